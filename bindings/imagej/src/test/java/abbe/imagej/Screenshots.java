package abbe.imagej;

import ij.ImageJ;
import ij.ImagePlus;
import ij.Macro;
import ij.WindowManager;
import ij.gui.GenericDialog;
import ij.plugin.PlugIn;
import ij.process.ImageProcessor;
import java.awt.Checkbox;
import java.awt.Dialog;
import java.awt.Graphics;
import java.awt.Rectangle;
import java.awt.Robot;
import java.awt.Window;
import java.awt.event.ItemEvent;
import java.awt.event.WindowEvent;
import java.awt.image.BufferedImage;
import java.io.File;
import javax.imageio.ImageIO;

/** Draws the figures of docs/imagej.md; needs a display: {@code bindings/imagej/screenshots.sh}. */
final class Screenshots {
  private static final ImagePlus[] RESULT = new ImagePlus[1];
  private static File folder;

  private Screenshots() {}

  public static void main(String[] arguments) throws Exception {
    folder = new File(arguments[0]);
    new ImageJ(ImageJ.EMBEDDED).setVisible(true);
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 256, 256, 1, 1, 1);
    image.show();
    image.setDisplayRange(0, 1500);
    image.updateAndDraw();
    image.getWindow().setLocation(620, 120);
    dialog("imagej-deconvolve", new Deconvolve(), "wavelength_nm=525 numerical_aperture=1.2 immersion_index=1.33", false);
    dialog("imagej-preview", new Deconvolve(), "", true);
    dialog("imagej-denoise", new Denoise(), "", false);
    dialog("imagej-run-model", new RunModel(), "", false);
    dialog("imagej-make-psf", new MakePsf(), "", false);
    dialog("imagej-psf-from-beads", new PsfFromBeads(), "", false);
    dialog("imagej-about", new About(), "", false);
    beforeAfter(image);
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
    Dialog dialog = null;
    for (int wait = 0; wait < 100 && dialog == null; wait++) {
      Thread.sleep(200);
      for (Window window : Window.getWindows()) {
        dialog = window instanceof Dialog && window.isShowing() ? (Dialog) window : dialog;
      }
    }
    dialog.setLocation(20, 120);
    Thread.sleep(4000);
    Rectangle area = new Rectangle(dialog.getLocationOnScreen(), dialog.getSize());
    if (preview) {
      GenericDialog fields = (GenericDialog) dialog;
      for (Object found : fields.getCheckboxes()) {
        Checkbox box = (Checkbox) found;
        if (box.getLabel().equals("Preview")) {
          box.setState(true);
          fields.itemStateChanged(new ItemEvent(box, ItemEvent.ITEM_STATE_CHANGED, box.getLabel(), ItemEvent.SELECTED));
        }
      }
      for (int wait = 0; wait < 300 && WindowManager.getCurrentImage().getOverlay() == null; wait++) {
        Thread.sleep(200);
      }
      Thread.sleep(1000);
      area = area.union(WindowManager.getCurrentImage().getWindow().getBounds());
    }
    ImageIO.write(new Robot().createScreenCapture(area), "png", new File(folder, name + ".png"));
    Dialog shown = dialog;
    if (shown instanceof GenericDialog) {
      ((GenericDialog) shown).windowClosing(new WindowEvent(shown, WindowEvent.WINDOW_CLOSING));
    }
    shown.dispose();
    runs.join(20_000);
    Thread.sleep(500);
  }

  private static void beforeAfter(ImagePlus image) throws Exception {
    Thread runs = new Thread(() -> {
      WindowManager.setTempCurrentImage(image);
      new Deconvolve().run("");
      RESULT[0] = WindowManager.getTempCurrentImage();
    }, "Run$_Deconvolve");
    Macro.setOptions(runs, "psf=gaussian more_parameters sigma_nm=130"); // as they were drawn
    ij.macro.Interpreter.batchMode = true;
    runs.start();
    runs.join();
    ImagePlus result = RESULT[0];
    int scale = 2;
    int size = 128 * scale;
    BufferedImage both = new BufferedImage(2 * size + 8, size, BufferedImage.TYPE_INT_RGB);
    Graphics graphics = both.getGraphics();
    ImagePlus[] images = {image, result};
    for (int index = 0; index < 2; index++) {
      ImageProcessor part = images[index].getProcessor().duplicate();
      part.setRoi(64, 64, 128, 128);
      part = part.crop();
      part.setMinAndMax(0, index == 0 ? 1500 : 4000);
      graphics.drawImage(part.getBufferedImage(), index * (size + 8), 0, size, size, null);
    }
    ImageIO.write(both, "png", new File(folder, "imagej-before-after.png"));
  }
}
