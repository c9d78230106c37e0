package abbe.imagej;

import abbe.Abbe;
import abbe.AbbeException;
import abbe.ParameterInfo;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts of libabbe with the dialogs' fields for its parameters and for calls of Java. */
final class Words {
  private static final Pattern PARAMETER = Pattern.compile("\\b[a-z_]+\\.[a-z_]+\\b");
  /** Counted from 0 there, from 1 in ImageJ. */
  private static final Pattern CHANNEL = Pattern.compile("\\bchannel ([0-9]{1,4})\\b");
  private static final String CALL = "(?:Abbe|Assess|Context|Model|Plan|Psf)\\.[a-z]\\w*\\(\\)";
  /** What a text says to call has been called here, or cannot be. */
  private static final Pattern ADVICE = Pattern.compile("; call " + CALL + "(?: first)?(?=$|[.;])|, or call " + CALL + "(?: first)?| ?\\(" + CALL + "\\)");
  /** Whole sayings, before single names. */
  private static final String[][] SAYINGS = {
    {"take 32-bit floating point for the target (Plan.output())", "take 32-bit for Result"},
    {"or have a step output leave room for the highest sample, whose output.highest is the largest number of the target"
        + " (255 for 8 bits)", "or run Fit Intensities... first"},
    {"or call Plan.sensorMap() first", "or choose an open image as map"},
    {"call Plan.sensorMap() first, or", "choose an open image as Flat_frame, or"},
    {"resample.pixel_nm and resample.step_nm", "Isotropic"},
    {"the samples of Psf.sample() as a measured one", "what Make PSF... makes"},
    {"; leave it out and give it samples by Plan.modelInput()", "; leave it out"},
    {", or give it samples by Plan.modelInput()", ""},
    {"raise plan.memory_cap_bytes", "raise Memory_mb"},
    {"Psf.Kind.MEASURED", "an open image"},
    {"along an axis t, all in one execute", "as frames"},
    {"all time points along an axis t", "all frames"},
    {"along an axis t", "as frames"},
    {"Step.MODEL", "Run Model..."},
  };
  private static final Map<String, String> FIELDS = new HashMap<>();

  static {
    try {
      for (ParameterInfo parameter : Abbe.parameters()) {
        boolean ours = !parameter.object().equals("context") && !parameter.object().equals("stream") && !parameter.object().equals("plan");
        if (ours || parameter.name().startsWith("plan.camera_")) {
          FIELDS.put(parameter.name(), ParameterForm.label(parameter));
        }
      }
    } catch (AbbeException failure) {
      throw new IllegalStateException(failure);
    }
    FIELDS.put("deconvolve.background", "Background_value");
    FIELDS.put("plan.memory_cap_bytes", "Memory_mb, in bytes,");
    FIELDS.put("context.onnxruntime", "Onnx_runtime");
  }

  private Words() {}

  static String inImageJ(String text) {
    String said = String.valueOf(text);
    for (String[] saying : SAYINGS) {
      said = said.replace(saying[0], saying[1]);
    }
    Matcher name = PARAMETER.matcher(ADVICE.matcher(said).replaceAll(""));
    StringBuffer fields = new StringBuffer();
    while (name.find()) {
      name.appendReplacement(fields, Matcher.quoteReplacement(FIELDS.getOrDefault(name.group(), name.group())));
    }
    Matcher channel = CHANNEL.matcher(name.appendTail(fields));
    StringBuffer counted = new StringBuffer();
    while (channel.find()) {
      channel.appendReplacement(counted, "channel " + (Integer.parseInt(channel.group(1)) + 1));
    }
    return channel.appendTail(counted).toString();
  }
}
