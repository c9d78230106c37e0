package abbe.imagej;

import abbe.AbbeException;
import ij.IJ;
import ij.ImagePlus;
import ij.Macro;
import ij.WindowManager;
import ij.macro.Interpreter;
import ij.plugin.PlugIn;
import java.io.File;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Plugins &gt; Abbe &gt; Folder...: one of the commands on every image of a folder; what fails does not keep others from being done. */
public final class Folder implements PlugIn {
  private static final Map<String, Supplier<Command>> COMMANDS = new LinkedHashMap<>();
  private static final String INPUT = "abbe.folder.input";
  private static final String OUTPUT = "abbe.folder.output";

  static {
    COMMANDS.put("Deconvolve", Deconvolve::new);
    COMMANDS.put("Denoise", Denoise::new);
    COMMANDS.put("Learn_to_Denoise", LearnToDenoise::new);
    COMMANDS.put("Run_Model", RunModel::new);
    for (Correction correction : Correction.values()) {
      COMMANDS.put(correction.title.replace(' ', '_'), () -> new Correct(correction));
    }
  }

  @Override
  public void run(String argument) {
    Failures.told(this::work);
  }

  private void work() {
    Fields fields = new Fields("Folder");
    String[] names = COMMANDS.keySet().toArray(new String[0]);
    fields.folder("Input", Fields.last(INPUT, ""));
    fields.folder("Output", Fields.last(OUTPUT, ""));
    fields.choice("Command", names, names[0]);
    fields.text("Options", "", 60, "");
    fields.help("<html><body style='width:420px'>The command runs on each image of the folder Input, without a dialog, and its"
        + " results go to the folder Output as TIFF, under the same names. Options are those of its macros: run it on one image"
        + " with Plugins &gt; Macros &gt; Record... open, and copy what stands between the last quotation marks. Images that"
        + " fail are named in the Log. Files that are there are not replaced.</body></html>");
    fields.finish();
    if (!fields.shown()) {
      return;
    }
    String[] folders = {fields.nextText(), fields.nextText()};
    String command = fields.nextChoice();
    String options = fields.nextText();
    File[] files = folder("Input", folders[0]).listFiles(file -> file.isFile() && !file.isHidden());
    File output = folder("Output", folders[1]);
    Fields.remember(INPUT, folders[0]);
    Fields.remember(OUTPUT, folders[1]);
    Arrays.sort(files);
    int failed = 0;
    for (int at = 0; at < files.length; at++) {
      IJ.showStatus("Abbe: " + files[at].getName());
      if (!done(files[at], output, COMMANDS.get(command).get(), options)) {
        failed++;
      }
      IJ.showProgress(at + 1, files.length);
      if (IJ.escapePressed()) {
        throw new IllegalArgumentException("Stopped after " + (at + 1) + " of " + files.length + " files.");
      }
    }
    if (failed > 0) {
      throw new IllegalArgumentException(failed + " of " + files.length + " files failed; the Log says why.");
    }
  }

  private static File folder(String name, String path) {
    File folder = new File(path);
    if (path.isEmpty() || !folder.isDirectory()) {
      throw new IllegalArgumentException(name + " is \"" + path + "\"; it must be a folder.");
    }
    return folder;
  }

  private static boolean done(File file, File output, Command command, String options) {
    String name = file.getName();
    int point = name.lastIndexOf('.');
    File target = new File(output, (point > 0 ? name.substring(0, point) : name) + ".tif");
    try {
      if (target.exists()) {
        throw new IllegalArgumentException(target + " is there already; choose another folder.");
      }
      ImagePlus image = IJ.openImage(file.getPath());
      if (image == null) {
        throw new IllegalArgumentException("it cannot be opened as an image.");
      }
      ImagePlus result = run(command, image, options);
      if (result == null) {
        throw new IllegalArgumentException("the command was stopped.");
      }
      if (!IJ.saveAsTiff(result, target.getPath())) {
        throw new IllegalArgumentException(target + " cannot be written.");
      }
      return true;
    } catch (AbbeException | IllegalArgumentException failure) {
      IJ.log("Abbe: " + file + ": " + Words.inImageJ(failure.getMessage()));
      return false;
    }
  }

  /** Runs a command on an image as a macro does; the image that it makes, in no window, or null. */
  static ImagePlus run(Command command, ImagePlus image, String options) throws AbbeException {
    Thread thread = Thread.currentThread();
    String name = thread.getName();
    String before = Macro.getOptions();
    boolean batch = Interpreter.batchMode;
    ImagePlus current = WindowManager.getTempCurrentImage();
    WindowManager.setTempCurrentImage(image);
    thread.setName("Run$_" + name); // where ImageJ looks for options of a macro
    Macro.setOptions(options.isEmpty() ? " " : options);
    Interpreter.batchMode = true;
    try {
      command.work();
      ImagePlus result = WindowManager.getTempCurrentImage();
      Interpreter.removeBatchModeImage(result);
      return result == image ? null : result;
    } finally {
      Interpreter.batchMode = batch;
      Macro.setOptions(before);
      thread.setName(name);
      WindowManager.setTempCurrentImage(current);
    }
  }
}
