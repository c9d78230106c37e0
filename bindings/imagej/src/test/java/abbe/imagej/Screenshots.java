package abbe.imagej;

import ij.ImageJ;
import ij.ImagePlus;
import ij.Macro;
import ij.WindowManager;
import ij.gui.GenericDialog;
import ij.plugin.PlugIn;
import ij.process.FloatProcessor;
import ij.process.ImageProcessor;
import java.awt.Checkbox;
import java.awt.Color;
import java.awt.Dialog;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.Robot;
import java.awt.Window;
import java.awt.event.ActionEvent;
import java.awt.event.ItemEvent;
import java.awt.event.WindowEvent;
import java.awt.image.BufferedImage;
import java.io.File;
import java.util.Arrays;
import javax.imageio.ImageIO;

/** Draws the figures of docs/imagej.md; needs a display: {@code bindings/imagej/screenshots.sh}. */
final class Screenshots {
  private static final ImagePlus[] RESULT = new ImagePlus[1];
  private static File folder;

  private Screenshots() {}

  public static void main(String[] arguments) throws Exception {
    folder = new File(arguments[0]);
    new ImageJ(ImageJ.EMBEDDED).setVisible(true);
    ImagePlus image = new Simulation(1, 256, 256, 4).cells().seen("cells.tif");
    image.show();
    image.setDisplayRange(0, image.getStatistics().max);
    image.updateAndDraw();
    image.getWindow().setLocation(580, 120);
    dialog("imagej-deconvolve", new Deconvolve(), "wavelength_nm=525 numerical_aperture=1.2 immersion_index=1.33", false);
    dialog("imagej-preview", new Deconvolve(), "", true);
    moreParameters();
    dialog("imagej-denoise", new Denoise(), "", false);
    dialog("imagej-learn", new LearnToDenoise(), "", false);
    ij.Prefs.set("abbe.filter.sigma_px", "3");
    dialog("imagej-filter", new Correct(Correction.FILTER), "", true);
    dialog("imagej-run-model", new RunModel(), "", false);
    dialog("imagej-make-psf", new MakePsf(), "", false);
    dialog("imagej-psf-from-beads", new PsfFromBeads(), "", false);
    dialog("imagej-about", new About(), "", false);
    beforeAfter();
    beads();
    System.exit(0);
  }

  private static void dialog(String name, PlugIn command, String fill, boolean preview) throws Exception {
    if (!fill.isEmpty()) {
      ij.Prefs.set("abbe.psf.wavelength_nm", "525");
      ij.Prefs.set("abbe.psf.numerical_aperture", "1.2");
      ij.Prefs.set("abbe.psf.immersion_index", "1.33");
      ij.Prefs.set("abbe.deconvolve.iterations", "30");
    }
    Thread runs = new Thread(() -> command.run(""), "command");
    runs.start();
    Dialog dialog = shown("");
    Rectangle area = still(dialog, 120);
    if (preview) {
      check((GenericDialog) dialog, "Preview");
      for (int wait = 0; wait < 300 && WindowManager.getCurrentImage().getOverlay() == null; wait++) {
        Thread.sleep(200);
      }
      Thread.sleep(1000);
      area = area.union(WindowManager.getCurrentImage().getWindow().getBounds());
    }
    ImageIO.write(new Robot().createScreenCapture(area), "png", new File(folder, name + ".png"));
    close(dialog, runs);
  }

  /** The second dialog of Deconvolve..., which its checkbox asks for. */
  private static void moreParameters() throws Exception {
    Thread runs = new Thread(() -> new Deconvolve().run(""), "command");
    runs.start();
    GenericDialog first = (GenericDialog) shown("");
    check(first, "More_parameters...");
    first.actionPerformed(new ActionEvent(first.getButtons()[0], ActionEvent.ACTION_PERFORMED, "OK"));
    Dialog dialog = shown("More parameters");
    Rectangle area = still(dialog, 0);
    ImageIO.write(new Robot().createScreenCapture(area), "png", new File(folder, "imagej-more-parameters.png"));
    close(dialog, runs);
  }

  /** The dialog that is open, with that title where one is given. */
  private static Dialog shown(String title) throws Exception {
    for (int wait = 0; wait < 100; wait++) {
      Thread.sleep(200);
      for (Window window : Window.getWindows()) {
        if (window instanceof Dialog && window.isShowing() && ((Dialog) window).getTitle().contains(title)) {
          return (Dialog) window;
        }
      }
    }
    throw new IllegalStateException("no dialog " + title);
  }

  /** Where a dialog is, once it is drawn and lies still. */
  private static Rectangle still(Dialog dialog, int top) throws Exception {
    Rectangle area = null;
    for (Rectangle before = new Rectangle(); !before.equals(area); Thread.sleep(2000)) {
      before = area == null ? before : area;
      dialog.setLocation(20, top);
      Thread.sleep(2000);
      area = new Rectangle(dialog.getLocationOnScreen(), dialog.getSize());
    }
    return area;
  }

  private static void check(GenericDialog fields, String label) {
    for (Object found : fields.getCheckboxes()) {
      Checkbox box = (Checkbox) found;
      if (box.getLabel().replace(' ', '_').equals(label)) {
        box.setState(true);
        fields.itemStateChanged(new ItemEvent(box, ItemEvent.ITEM_STATE_CHANGED, box.getLabel(), ItemEvent.SELECTED));
      }
    }
  }

  private static void close(Dialog dialog, Thread runs) throws Exception {
    if (dialog instanceof GenericDialog) {
      ((GenericDialog) dialog).windowClosing(new WindowEvent(dialog, WindowEvent.WINDOW_CLOSING));
    }
    dialog.dispose();
    runs.join(20_000);
    Thread.sleep(500);
  }

  /** Runs a command as a macro does; the image that it makes. */
  private static ImagePlus made(PlugIn command, ImagePlus image, String options) throws Exception {
    Thread runs = new Thread(() -> {
      WindowManager.setTempCurrentImage(image);
      command.run("");
      RESULT[0] = WindowManager.getTempCurrentImage();
    }, "Run$_command");
    Macro.setOptions(runs, options);
    ij.macro.Interpreter.batchMode = true;
    runs.start();
    runs.join();
    return RESULT[0];
  }

  /** The middle plane over a section along the optical axis, of what the microscope saw, of the result and of the truth. */
  private static void beforeAfter() throws Exception {
    Simulation scene = new Simulation(24, 176, 176, 3).cells();
    ImagePlus image = scene.seen("cells.tif");
    ImagePlus result = made(new Deconvolve(), image, Simulation.OPTICS + "background=constant background_value=20");
    ImagePlus[] images = {image, result, scene.truth()};
    String[] captions = {"simulated widefield stack", "Deconvolve...", "truth"};
    int width = 2 * 160;
    int section = (int) Math.rint(2 * 24 * Simulation.STEP_NM / Simulation.PIXEL_NM);
    BufferedImage picture = new BufferedImage(3 * width + 16, 20 + width + 8 + section, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = canvas(picture);
    for (int index = 0; index < 3; index++) {
      int left = index * (width + 8);
      graphics.drawString(captions[index], left + 2, 14);
      FloatProcessor across = plane(images[index], 8, 8, 160, 160);
      double[] range = range(across, index == 2 ? 0.995 : 0.999);
      draw(graphics, across, range, left, 20, width, width);
      draw(graphics, section(images[index], 8, 160), range, left, 28 + width, width, section);
    }
    ImageIO.write(picture, "png", new File(folder, "imagej-before-after.png"));
  }

  /** Beads, and in the middle plane and along the optical axis what they average to beside what they were drawn with. */
  private static void beads() throws Exception {
    ImagePlus image = new Simulation(25, 200, 200, 5).beads(14).seen("beads.tif");
    ImagePlus[] kernels = {
      made(new PsfFromBeads(), image, "box_width=31 box_slices=17 pixel_nm=80 step_nm=250"),
      made(new MakePsf(), image, Simulation.OPTICS + "width=31 height=31 slices=17")
    };
    int scale = 5;
    int side = 31 * scale;
    int section = (int) Math.rint(17 * scale * Simulation.STEP_NM / Simulation.PIXEL_NM);
    int height = side + 8 + section;
    BufferedImage picture = new BufferedImage(height + 2 * (side + 8), 20 + height, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = canvas(picture);
    graphics.drawString("simulated beads, plane in focus", 2, 14);
    FloatProcessor seen = plane(image, 0, 0, 200, 200);
    draw(graphics, seen, range(seen, 0.999), 0, 20, height, height);
    String[] captions = {"PSF from Beads...", "their optics"};
    for (int index = 0; index < 2; index++) {
      int left = height + 8 + index * (side + 8);
      graphics.drawString(captions[index], left + 2, 14);
      FloatProcessor across = plane(kernels[index], 0, 0, 31, 31);
      FloatProcessor along = section(kernels[index], 0, 31);
      across.sqrt();
      along.sqrt(); // the faint rings
      across.resetMinAndMax();
      double[] range = {0, across.getMax()};
      draw(graphics, across, range, left, 20, side, side);
      draw(graphics, along, range, left, 28 + side, side, section);
    }
    ImageIO.write(picture, "png", new File(folder, "imagej-beads.png"));
  }

  private static Graphics2D canvas(BufferedImage picture) {
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, picture.getWidth(), picture.getHeight());
    graphics.setColor(Color.BLACK);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    return graphics;
  }

  /** A region of the middle plane. */
  private static FloatProcessor plane(ImagePlus image, int x, int y, int width, int height) {
    ImageProcessor plane = image.getStack().getProcessor(image.getNSlices() / 2 + 1);
    plane.setRoi(x, y, width, height);
    return plane.crop().convertToFloatProcessor();
  }

  /** z downwards against x, in the middle row. */
  private static FloatProcessor section(ImagePlus image, int x, int width) {
    FloatProcessor section = new FloatProcessor(width, image.getNSlices());
    for (int z = 0; z < image.getNSlices(); z++) {
      ImageProcessor plane = image.getStack().getProcessor(z + 1);
      for (int column = 0; column < width; column++) {
        section.setf(column, z, plane.getf(x + column, image.getHeight() / 2));
      }
    }
    return section;
  }

  private static double[] range(FloatProcessor plane, double share) {
    float[] sorted = ((float[]) plane.getPixels()).clone();
    Arrays.sort(sorted);
    return new double[] {sorted[sorted.length / 100], sorted[(int) (share * (sorted.length - 1))]};
  }

  private static void draw(Graphics2D graphics, FloatProcessor image, double[] range, int x, int y, int width, int height) {
    image.setMinAndMax(range[0], range[1]);
    graphics.drawImage(image.getBufferedImage(), x, y, width, height, null);
  }
}
