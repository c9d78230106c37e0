package abbe.imagej;

import abbe.AbbeException;
import abbe.Context;
import abbe.Model;
import abbe.ParameterInfo;
import abbe.Parameters;
import abbe.Plan;
import abbe.Step;
import ij.IJ;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;

/**
 * Plugins &gt; Abbe &gt; Denoise...: the current image by similar patches, by total variation, or by the network that comes
 * with abbe.
 */
public final class Denoise implements Command {
  private static final String MODEL = "/abbe-denoise.zip";
  private static final String[] METHODS = {"patches", "total_variation", "network"};

  private final ParameterForm form = new ParameterForm();
  private String method;

  @Override
  public void run(String argument) {
    Failures.told(this::work);
  }

  @Override
  public void work() throws AbbeException {
    Networks networks = new Networks(IJ.getImage());
    Fields fields = new Fields("Denoise");
    fields.choice("Method", METHODS, METHODS[0]);
    for (ParameterInfo parameter : ParameterForm.parameters("denoise", Collections.singletonList("denoise.method"))) {
      form.add(fields, parameter, "", true);
    }
    networks.add(fields, true);
    fields.help(form.help("<p>Patches and total variation need nothing else. The network comes with abbe, needs no parameters and"
        + " runs through ONNX Runtime: give the path of its library (libonnxruntime.so, onnxruntime.dll); empty: beside"
        + " libabbe. Escape stops.</p>"));
    Preview.Steps steps = (plan, context) -> steps(networks, plan, context);
    Preview preview = networks.preview(steps);
    fields.listen(() -> {
      read(fields, networks);
      preview.update(fields.nextCheck());
    });
    boolean answered = fields.shown();
    preview.close();
    if (answered) {
      read(fields, networks);
      form.remember();
      networks.run(fields, steps, "-denoised");
    }
  }

  private void read(Fields fields, Networks networks) {
    method = fields.nextChoice();
    form.read(fields);
    networks.read(fields);
  }

  private void steps(Networks networks, Plan plan, Context context) throws AbbeException {
    if (method.equals(METHODS[2])) {
      networks.addTo(plan, context, Denoise::shipped);
    } else {
      plan.add(Step.DENOISE);
      plan.set(Parameters.DENOISE_METHOD,
          method.equals(METHODS[0]) ? Parameters.DenoiseMethod.PATCHES : Parameters.DenoiseMethod.TOTAL_VARIATION);
      form.apply(plan, "denoise");
    }
  }

  private static Model shipped(Context context) throws AbbeException {
    try (InputStream stream = Denoise.class.getResourceAsStream(MODEL)) {
      if (stream == null) {
        throw new IllegalArgumentException("The network " + MODEL + " is missing in the jar; install it again.");
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      byte[] block = new byte[1 << 16];
      for (int count = stream.read(block); count >= 0; count = stream.read(block)) {
        bytes.write(block, 0, count);
      }
      return new Model(context, bytes.toByteArray());
    } catch (IOException cause) {
      throw new IllegalArgumentException("The network " + MODEL + " in the jar cannot be read: " + cause, cause);
    }
  }
}
