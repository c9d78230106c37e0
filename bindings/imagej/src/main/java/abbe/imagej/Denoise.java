package abbe.imagej;

import abbe.Abbe;
import abbe.AbbeException;
import abbe.Context;
import abbe.Model;
import abbe.ParameterInfo;
import abbe.Plan;
import abbe.Step;
import ij.IJ;
import ij.ImagePlus;
import java.nio.file.Paths;
import java.util.Collections;

/**
 * Plugins &gt; Abbe &gt; Denoise...: the current image by similar patches, by total variation, or by the network that is built
 * into libabbe.
 */
public final class Denoise implements Command {
  private static final String MODEL = "abbe.denoise.model";

  private final ParameterForm form = new ParameterForm();
  private String model;

  @Override
  public void run(String argument) {
    Failures.told(this::work);
  }

  @Override
  public void work() throws AbbeException {
    ImagePlus image = IJ.getImage();
    ResultFields result = new ResultFields(image);
    Fields fields = new Fields("Denoise");
    for (ParameterInfo parameter : ParameterForm.parameters("denoise", Collections.emptyList())) {
      form.add(fields, parameter, "", true);
    }
    for (String name : ParameterForm.CAMERA) {
      form.add(fields, Abbe.parameter(name), "", true);
    }
    result.add(fields, true);
    fields.file("Model", Fields.last(MODEL, ""));
    result.addSlices(fields, true);
    fields.check("Preview", false);
    fields.help(form.help("<p>The network is built in; it needs neither a file nor ONNX Runtime. Model is a package that Learn to"
        + " Denoise... saved, in its place; empty: the one that is built in. Escape stops.</p>"));
    fields.finish();
    Preview preview = new Preview(image, this::steps, false);
    fields.listen(() -> read(fields, result), preview);
    boolean answered = fields.shown();
    preview.close();
    if (!answered) {
      return;
    }
    read(fields, result);
    fields.nextCheck(); // the preview
    form.remember();
    Fields.remember(MODEL, model);
    try (Context context = Log.context()) {
      Volumes volumes = new Volumes(image, result, Reads.VOLUMES, Region.MARGIN_PX);
      Volumes.show(volumes.run(context, plan -> steps(plan, context), "-denoised"), image);
    }
  }

  private void read(Fields fields, ResultFields result) {
    form.read(fields);
    result.read(fields);
    model = fields.nextText();
    if (!model.isEmpty() && !form.value("denoise.method").equals("network")) {
      throw new IllegalArgumentException("Model is \"" + model + "\" and Method is " + form.value("denoise.method")
          + "; choose network, or leave Model empty.");
    }
  }

  private void steps(Plan plan, Context context) throws AbbeException {
    form.apply(plan, "plan");
    plan.add(Step.DENOISE);
    form.apply(plan, "denoise");
    if (!model.isEmpty()) {
      try (Model learnt = new Model(context, Paths.get(model))) {
        plan.set(learnt); // the plan keeps it alive
      }
    }
  }
}
