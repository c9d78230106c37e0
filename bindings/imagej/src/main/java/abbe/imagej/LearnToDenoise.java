package abbe.imagej;

import abbe.AbbeException;
import abbe.Context;
import abbe.Model;
import abbe.ParameterInfo;
import abbe.Parameters;
import abbe.Plan;
import abbe.Status;
import abbe.Step;
import ij.IJ;
import ij.ImagePlus;
import java.io.File;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Collections;
import org.json.JSONObject;

/**
 * Plugins &gt; Abbe &gt; Learn to Denoise...: the denoiser that is built in adapts itself to the current channel and frame, by the
 * noisy samples alone, and denoises the image. Escape ends learning with the best network until then.
 */
public final class LearnToDenoise implements Command {
  private final ParameterForm form = new ParameterForm();

  @Override
  public void run(String argument) {
    Failures.told(this::work);
  }

  @Override
  public void work() throws AbbeException {
    ImagePlus image = IJ.getImage();
    ResultFields result = new ResultFields(image);
    Fields fields = new Fields("Learn to Denoise");
    for (ParameterInfo parameter : ParameterForm.parameters("learn", Collections.emptyList())) {
      form.add(fields, parameter, "", true);
    }
    result.add(fields, true);
    fields.file("Save_as", "");
    fields.help(form.help("<p>The network learns from the current channel and frame, inside the selection if there is one, and"
        + " denoises the whole image, plane by plane. Learning takes about as long for large images as for small ones. Escape"
        + " ends it with the best network until then; pressed again it stops. Save as is a file that ends in .zip, for Denoise...,"
        + " Run Model... and other programs; empty: none.</p>"));
    fields.finish();
    if (!fields.shown()) {
      return;
    }
    form.read(fields);
    result.read(fields);
    Path file = target(fields.nextText());
    form.remember();
    Region region = new Region(image, 0);
    try (Context context = Log.context(); Model start = Model.builtin(context, "denoise")) {
      form.apply(start, "learn");
      try (Model learnt = learnt(start, image, region)) {
        if (file != null) {
          learnt.save(file);
        }
        JSONObject told = new JSONObject(learnt.describe()).getJSONObject("learning");
        Object kept = told.getJSONObject("outcome").opt("kept");
        if (kept instanceof String) {
          IJ.log("Abbe: nothing was learnt (" + kept + "); the image is denoised by the network that is built in.");
        }
        Volumes volumes = new Volumes(image, result, Reads.VOLUMES, Region.MARGIN_PX);
        ImagePlus made = volumes.run(context, plan -> steps(plan, learnt), "-denoised");
        if (made != null) {
          made.setProperty("Info", made.getProperty("Info") + "\nabbe learning: " + told);
        }
        Volumes.show(made, image);
      } catch (AbbeException failure) {
        if (failure.status() != Status.CANCELLED) {
          throw failure;
        }
        IJ.showStatus("Abbe: stopped");
      }
    }
  }

  /** Where to write the package; null for nowhere. Whether it can be written is asked before the work. */
  private static Path target(String path) {
    if (path.isEmpty()) {
      return null;
    }
    File place = new File(path).getAbsoluteFile();
    File folder = place.getParentFile();
    if (!path.toLowerCase(java.util.Locale.ROOT).endsWith(".zip") || place.exists() || !folder.isDirectory() || !folder.canWrite()) {
      throw new IllegalArgumentException("Save_as is \"" + path + "\"; it must be a new file whose name ends in .zip, in a folder that can"
          + " be written.");
    }
    return Paths.get(place.getPath());
  }

  private static Model learnt(Model start, ImagePlus image, Region region) throws AbbeException {
    float[] samples = Optics.values(image, region.bounds());
    int slices = image.getNSlices();
    long[] shape = slices > 1 ? new long[] {slices, region.height(), region.width()} : new long[] {region.height(), region.width()};
    try (Escape escape = new Escape()) {
      escape.stops(start::cancel);
      IJ.showStatus("Abbe: learning");
      return start.learn(fraction -> {
        IJ.showProgress(Math.min(fraction, 0.999));
        IJ.showStatus("Abbe: learning, " + Math.round(100 * fraction) + " %; Escape takes what is learnt by now");
      }, samples, shape);
    } finally {
      IJ.showProgress(1.0);
      IJ.resetEscape(); // it has ended learning, and is not meant for what follows
    }
  }

  private static void steps(Plan plan, Model learnt) throws AbbeException {
    plan.add(Step.DENOISE).set(Parameters.DENOISE_METHOD, Parameters.DenoiseMethod.NETWORK).set(learnt);
  }
}
