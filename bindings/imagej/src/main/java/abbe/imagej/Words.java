package abbe.imagej;

/** Texts of libabbe with the dialogs' own words for calls and names of Java. */
final class Words {
  private Words() {}

  static String inImageJ(String text) {
    return String.valueOf(text).replace("(Plan.output())", "(Result 32-bit)")
        .replace("take 32-bit floating point for the target", "take 32-bit for the result")
        .replace("or have a step output leave room for the highest sample, whose output.highest is the largest number of the target"
            + " (255 for 8 bits)", "or scale the image first")
        .replace("context.onnxruntime", "Onnx_runtime").replace("Psf.Kind.MEASURED", "an open image");
  }
}
