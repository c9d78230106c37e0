package abbe.imagej;

import ij.IJ;
import ij.ImageJ;
import ij.ImagePlus;
import ij.Menus;
import ij.WindowManager;
import ij.gui.GenericDialog;
import ij.gui.Overlay;
import ij.macro.Interpreter;
import ij.plugin.frame.Recorder;
import java.awt.Checkbox;
import java.awt.Choice;
import java.awt.Dialog;
import java.awt.EventQueue;
import java.awt.TextField;
import java.awt.Window;
import java.awt.event.ItemEvent;
import java.awt.event.KeyEvent;
import java.awt.event.TextEvent;
import java.awt.event.WindowEvent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Works the installed plugin as a user does, on a display: its dialog filled, what the recorder makes of that, and that
 * macro once more. {@code bindings/imagej/test.sh} runs it; it exits with 1 on a fault.
 */
final class Recorded {
  /** Another test, a network from a file, a batch and no image. */
  private static final List<String> APART = Arrays.asList("Deconvolve", "Run Model", "Folder", "About Abbe");

  /** A dialog that is closed before its thread waits for that waits for ever. */
  private static final int SETTLE_MS = 300;
  private static final int LONGEST_MS = 60_000;

  private Recorded() {}

  public static void main(String[] arguments) {
    int status = 1;
    try {
      new ImageJ(ImageJ.EMBEDDED).setVisible(true);
      IJ.redirectErrorMessages(true); // a dialog of an error would wait for a user
      dialogsAreRecordedAndTheMacroDoesTheSame();
      everyCommandIsRecorded();
      slidersStandWhereTheImageIs();
      dialogsAreFilledFromTheImage();
      cancelMakesNoImage();
      previewsFollowTheDialog();
      allDialogsFitOnASmallScreen();
      status = 0;
    } catch (Throwable fault) {
      fault.printStackTrace();
      System.err.println(IJ.getLog());
    }
    System.exit(status);
  }

  private static void dialogsAreRecordedAndTheMacroDoesTheSame() throws Exception {
    Recorder recorder = new Recorder(false);
    ImagePlus image = shown();
    Thread runs = start("Deconvolve...");
    fill(dialog("Deconvolve"), "525", "1.2", "1.33");
    end(dialog("Deconvolve"), KeyEvent.VK_ENTER);
    join(runs);
    ImagePlus byHand = WindowManager.getCurrentImage();
    check(byHand != image && byHand.getTitle().equals("cells-deconvolved.tif"), "the result is " + byHand);
    String macro = recorder.getText();
    check(macro.contains("run(\"Deconvolve...\", \"psf=widefield wavelength_nm=525 numerical_aperture=1.2 immersion_index=1.33"),
        "recorded: " + macro);
    Recorder.record = false;
    recorder.close();

    float[] expected = (float[]) byHand.getProcessor().getPixels();
    byHand.changes = false;
    byHand.close();
    replay(macro);
    ImagePlus byMacro = WindowManager.getCurrentImage();
    check(byMacro != image && Arrays.equals(expected, (float[]) byMacro.getProcessor().getPixels()),
        "the macro gave " + byMacro);
    closeAll();
  }

  /** What the dialogs of the other commands are recorded as gives the same once more. */
  private static void everyCommandIsRecorded() throws Exception {
    Map<?, ?> menus = Menus.getCommands();
    List<String> commands = menus.keySet().stream().map(Object::toString).filter(name -> menus.get(name).toString().startsWith("abbe.imagej."))
        .map(name -> name.replace("...", "")).sorted().collect(Collectors.toList());
    commands.removeAll(APART);
    check(commands.size() == 16, "the commands are " + commands);
    for (String command : commands) {
      ImagePlus image = command.startsWith("PSF") ? Microscope.beads() : Microscope.hyperstack("series.tif", 16, 48, 40, 2, 3, 8);
      image.show();
      ImagePlus front = command.startsWith("Assess") ? image.duplicate() : image;
      front.show();
      List<Integer> before = open();
      Recorder recorder = new Recorder(false);
      Thread runs = start(command + "...");
      GenericDialog dialog = dialog(command);
      if (command.startsWith("Make")) {
        fill(dialog, "525", "1.2", "1.33");
      } else if (command.equals("Learn to Denoise")) {
        fill(dialog, "2");
      } else if (command.equals("Correct Camera")) {
        fill(dialog, "100", "2");
      } else if (command.equals("Correct Flat Field")) {
        ((Choice) dialog.getChoices().get(0)).select("series");
      }
      end(dialog, KeyEvent.VK_ENTER);
      join(runs);
      ImagePlus byHand = WindowManager.getCurrentImage();
      check(open().size() > before.size(), command + " made no image");
      String macro = recorder.getText();
      check(macro.contains("run(\"" + command + "...\", \""), "recorded: " + macro);
      Recorder.record = false;
      recorder.close();
      String title = byHand.getTitle();
      Object expected = byHand.getProcessor().getPixels();
      for (int id : open()) {
        if (!before.contains(id)) {
          close(id);
        }
      }
      IJ.selectWindow(front.getID());
      replay(macro);
      ImagePlus byMacro = WindowManager.getCurrentImage();
      boolean same = Arrays.deepEquals(new Object[] {expected}, new Object[] {byMacro.getProcessor().getPixels()});
      check(!before.contains(byMacro.getID()) && byMacro.getTitle().equals(title) && same, command + " gave " + byMacro + " by " + macro);
      closeAll();
    }
  }

  private static void slidersStandWhereTheImageIs() throws Exception {
    ImagePlus image = Microscope.hyperstack("stack.tif", 16, 32, 32, 1, 7, 1);
    image.show();
    image.setSlice(5);
    Thread runs = start("Deconvolve...");
    fill(dialog("Deconvolve"), "525", "1.2", "1.33");
    end(dialog("Deconvolve"), KeyEvent.VK_ENTER);
    join(runs);
    ImagePlus result = WindowManager.getCurrentImage();
    check(result != image && result.getSlice() == 5, "the slice of the result is " + result.getSlice());
    // ImageJ moves sliders by events that it leaves to the window's own thread.
    java.awt.EventQueue.invokeAndWait(() -> { });
    int sliders = 0;
    for (java.awt.Component part : result.getWindow().getComponents()) {
      if (part instanceof ij.gui.ScrollbarWithLabel) {
        sliders++;
        check(((ij.gui.ScrollbarWithLabel) part).getValue() == 5, "the slider stands at " + ((ij.gui.ScrollbarWithLabel) part).getValue());
      }
    }
    check(sliders == 1, sliders + " sliders");
    closeAll();
  }

  private static void dialogsAreFilledFromTheImage() throws Exception {
    ImagePlus image = shown();
    image.getCalibration().pixelWidth = 0.0432;
    image.getCalibration().pixelHeight = 0.0432;
    Thread runs = start("Deconvolve...");
    GenericDialog dialog = dialog("Deconvolve");
    String pixel = ((TextField) dialog.getStringFields().get(3)).getText();
    check(pixel.equals("43.2"), "pixel_nm is " + pixel);
    String wavelength = ((TextField) dialog.getStringFields().get(0)).getText();
    check(wavelength.equals("525"), "the wavelength entered last is " + wavelength);
    end(dialog, KeyEvent.VK_ESCAPE);
    join(runs);
    closeAll();
  }

  private static void cancelMakesNoImage() throws Exception {
    for (String command : new String[] {"Deconvolve...", "Denoise...", "Run Model...", "Make PSF...", "PSF from Beads...", "Folder...",
        "Learn to Denoise...", "Correct Camera...", "Resample Image..."}) {
      ImagePlus image = shown();
      Thread runs = start(command);
      end(dialog(command.replace("...", "")), KeyEvent.VK_ESCAPE);
      join(runs);
      check(WindowManager.getImageCount() == 1 && WindowManager.getCurrentImage() == image, command + " made an image");
      closeAll();
    }
  }

  /** What steps make of the plane in view is shown while their dialogs are open, anew when a field changes, and not after. */
  private static void previewsFollowTheDialog() throws Exception {
    for (String command : new String[] {"Apply Filter", "Correct Background", "Correct Hot Pixels", "Denoise", "Deconvolve"}) {
      ImagePlus image = shown();
      Thread runs = start(command + "...");
      GenericDialog dialog = dialog(command);
      if (command.equals("Deconvolve")) {
        fill(dialog, "525", "1.2", "1.33");
      }
      Checkbox preview = null;
      for (Object box : dialog.getCheckboxes()) {
        preview = ((Checkbox) box).getLabel().equals("Preview") ? (Checkbox) box : preview;
      }
      check(preview != null, command + " has no preview");
      preview.setState(true);
      dialog.itemStateChanged(new ItemEvent(preview, ItemEvent.ITEM_STATE_CHANGED, "Preview", ItemEvent.SELECTED));
      Object first = picture(image, null);
      dialog.textValueChanged(new TextEvent(dialog.getStringFields().get(0), TextEvent.TEXT_VALUE_CHANGED));
      picture(image, first);
      check(WindowManager.getImageCount() == 1, command + " made an image");
      end(dialog, KeyEvent.VK_ESCAPE);
      join(runs);
      check(image.getOverlay() == null, command + " leaves its preview");
      closeAll();
    }
  }

  /** Waits for what a preview shows, when that is not {@code before} any more. */
  private static Object picture(ImagePlus image, Object before) throws Exception {
    for (int wait = 0; wait < LONGEST_MS / 50; wait++) {
      Overlay overlay = image.getOverlay();
      if (overlay != null && overlay.get(0) != before) {
        return overlay.get(0);
      }
      Thread.sleep(50);
    }
    throw new IllegalStateException("no preview");
  }

  /** The second dialog has several dozens of fields. */
  private static void allDialogsFitOnASmallScreen() throws Exception {
    for (String command : new String[] {"Deconvolve...", "Denoise...", "Run Model...", "Make PSF...", "PSF from Beads...",
        "Learn to Denoise...", "Apply Filter...", "Correct Camera..."}) {
      shown();
      Thread runs = start(command);
      GenericDialog dialog = dialog(command.replace("...", ""));
      fits(dialog);
      if (command.equals("Deconvolve...")) {
        Checkbox more = (Checkbox) dialog.getCheckboxes().lastElement();
        check(more.getLabel().startsWith("More"), "the last checkbox is " + more);
        more.setState(true);
        end(dialog, KeyEvent.VK_ENTER);
        dialog = dialog("More parameters");
        fits(dialog);
      }
      end(dialog, KeyEvent.VK_ESCAPE);
      join(runs);
      closeAll();
    }
  }

  private static void fits(GenericDialog dialog) {
    check(dialog.getWidth() <= 1280 && dialog.getHeight() <= 768, dialog.getTitle() + " is " + dialog.getSize());
  }

  private static ImagePlus shown() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 64, 64, 1, 1, 1);
    image.show();
    return image;
  }

  /** Runs a command as its menu does; the thread that ImageJ gives it. */
  private static Thread start(String command) {
    IJ.doCommand(command);
    Thread[] threads = new Thread[Thread.activeCount() + 100];
    int count = Thread.enumerate(threads);
    for (int index = 0; index < count; index++) {
      if (threads[index].getName().equals(command)) {
        return threads[index];
      }
    }
    throw new IllegalStateException(command + " did not start");
  }

  private static GenericDialog dialog(String title) throws Exception {
    for (int wait = 0; wait < 600; wait++) {
      for (Window window : Window.getWindows()) {
        if (window instanceof GenericDialog && window.isShowing() && ((Dialog) window).getTitle().equals(title)) {
          Thread.sleep(SETTLE_MS);
          return (GenericDialog) window;
        }
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException("no dialog " + title);
  }

  /** Runs a macro, and no dialog that waits for a user tells its errors. */
  private static void replay(String macro) {
    Interpreter interpreter = new Interpreter();
    interpreter.setIgnoreErrors(true);
    interpreter.run(macro, null);
    check(!interpreter.wasError(), interpreter.getErrorMessage() + " in " + macro);
  }

  private static void join(Thread command) throws Exception {
    command.join(LONGEST_MS);
    check(!command.isAlive(), command.getName() + " does not end: " + Arrays.toString(command.getStackTrace()));
  }

  private static void fill(GenericDialog dialog, String... values) {
    for (int field = 0; field < values.length; field++) {
      ((TextField) dialog.getStringFields().get(field)).setText(values[field]);
    }
  }

  /** Enter or Escape. */
  private static void end(GenericDialog dialog, int key) throws Exception {
    EventQueue.invokeAndWait(() -> {
      if (key == KeyEvent.VK_ESCAPE) {
        dialog.windowClosing(new WindowEvent(dialog, WindowEvent.WINDOW_CLOSING));
      } else {
        dialog.keyPressed(new KeyEvent(dialog, KeyEvent.KEY_PRESSED, 0, 0, key, '\n'));
      }
    });
  }

  private static List<Integer> open() {
    int[] images = WindowManager.getIDList();
    return images == null ? Arrays.asList() : Arrays.stream(images).boxed().collect(Collectors.toList());
  }

  private static void close(int id) {
    WindowManager.getImage(id).changes = false;
    WindowManager.getImage(id).close();
  }

  private static void closeAll() {
    open().forEach(Recorded::close);
  }

  private static void check(boolean right, String text) {
    if (!right) {
      throw new IllegalStateException(text);
    }
  }
}
