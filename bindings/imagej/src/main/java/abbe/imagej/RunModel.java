package abbe.imagej;

import abbe.AbbeException;
import abbe.Context;
import abbe.Model;
import abbe.Parameters;
import abbe.Plan;
import abbe.Step;
import ij.IJ;
import ij.ImagePlus;
import ij.Prefs;
import java.nio.file.Paths;

/** Plugins &gt; Abbe &gt; Run Model...: a network from a file over each channel and frame of the current image. */
public final class RunModel implements Command {
  private static final String MODEL = "abbe.model";
  private static final String RUNTIME = "abbe.context.onnxruntime";

  private final MoreParameters more = new MoreParameters("model");
  private String path;
  private String runtime;

  @Override
  public void run(String argument) {
    Failures.told(this::work);
  }

  @Override
  public void work() throws AbbeException {
    ImagePlus image = IJ.getImage();
    ResultFields result = new ResultFields(image);
    Fields fields = new Fields("Run Model");
    fields.file("Model", Fields.last(MODEL, ""));
    result.add(fields, true);
    fields.file("Onnx_runtime", Prefs.get(RUNTIME, ""));
    result.addSlices(fields, false);
    fields.check("Preview", false);
    more.addTo(fields);
    fields.help("<html><body style='width:420px'>A network as .onnx, BioImage.IO package (.zip) or .czann. Each channel"
        + " and frame is run by itself, in tiles where it does not fit. ONNX Runtime is the path of its library"
        + " (libonnxruntime.so, onnxruntime.dll); empty: beside libabbe. Escape stops.</body></html>");
    Preview preview = new Preview(image, this::steps, false);
    fields.listen(() -> read(fields, result), preview);
    boolean answered = fields.shown();
    preview.close();
    if (!answered) {
      return;
    }
    read(fields, result);
    fields.nextCheck(); // the preview
    if (!more.read(fields)) {
      return;
    }
    Fields.remember(MODEL, path);
    try (Context context = Log.context()) {
      Volumes volumes = new Volumes(image, result, Reads.VOLUMES, Region.MARGIN_PX);
      ImagePlus made = volumes.run(context, plan -> steps(plan, context), "-model");
      Prefs.set(RUNTIME, runtime);
      Volumes.show(made, image);
    }
  }

  private void read(Fields fields, ResultFields result) {
    path = fields.nextText();
    if (path.isEmpty()) {
      throw new IllegalArgumentException("No model is chosen; name a file (.onnx, .zip or .czann).");
    }
    result.read(fields);
    runtime = fields.nextText();
  }

  private void steps(Plan plan, Context context) throws AbbeException {
    if (!runtime.isEmpty()) {
      context.set(Parameters.CONTEXT_ONNXRUNTIME, runtime);
    }
    plan.add(Step.MODEL);
    more.form().apply(plan, "model");
    try (Model model = new Model(context, Paths.get(path))) {
      plan.set(model); // the plan keeps it alive
    }
  }
}
