package abbe.imagej;

import abbe.Abbe;
import abbe.AbbeException;
import abbe.Context;
import abbe.ParameterInfo;
import abbe.Plan;
import abbe.Step;
import ij.IJ;
import ij.ImagePlus;
import java.util.Collections;

/**
 * Plugins &gt; Abbe &gt; Denoise...: the current image by similar patches, by total variation, or by the network that is built
 * into libabbe.
 */
public final class Denoise implements Command {
  private final ParameterForm form = new ParameterForm();

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
    result.addSlices(fields, true);
    fields.check("Preview", false);
    fields.help(form.help("<p>The network is built in; it needs neither a file nor ONNX Runtime. Escape stops.</p>"));
    fields.finish();
    Preview preview = new Preview(image, (plan, context) -> steps(plan));
    fields.listen(() -> {
      form.read(fields);
      result.read(fields);
      preview.update(fields.nextCheck());
    });
    boolean answered = fields.shown();
    preview.close();
    if (!answered) {
      return;
    }
    form.read(fields);
    result.read(fields);
    fields.nextCheck(); // the preview
    form.remember();
    try (Context context = Log.context()) {
      Volumes volumes = new Volumes(image, result, Reads.VOLUMES, Region.MARGIN_PX);
      Volumes.show(volumes.run(context, this::steps, "-denoised"), image);
    }
  }

  private void steps(Plan plan) throws AbbeException {
    form.apply(plan, "plan");
    plan.add(Step.DENOISE);
    form.apply(plan, "denoise");
  }
}
