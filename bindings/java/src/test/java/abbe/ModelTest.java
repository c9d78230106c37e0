package abbe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ModelTest {
  private static final Path DENOISER = Paths.get("../../models/abbe-denoise.zip");

  @Test
  void filesAndBytesDescribeTheSameNetwork() throws Exception {
    try (Context context = new Context();
        Model file = new Model(context, DENOISER);
        Model bytes = new Model(context, Files.readAllBytes(DENOISER))) {
      assertTrue(file.describe().contains("\"axes\""), file.describe());
      assertTrue(bytes.describe().startsWith("{"), bytes.describe());
      file.close();
      Samples.failure(file::describe, Status.HANDLE, "model is closed");
    }
  }

  @Test
  void whatIsNoNetworkIsRefused() throws Exception {
    try (Context context = new Context(); Plan plan = new Plan(context).add(Step.BACKGROUND)) {
      Samples.failure(() -> new Model(context, Paths.get("/nowhere/network.onnx")), Status.IO, "/nowhere/network.onnx");
      Samples.failure(() -> new Model(context, new byte[] {1, 2, 3}), Status.MODEL, "");
      Samples.failure(() -> new Model(context, (byte[]) null), Status.ARGUMENT, "null");
      Samples.failure(() -> new Model(context, (Path) null), Status.ARGUMENT, "path is null");
      try (Model model = new Model(context, DENOISER)) {
        Samples.failure(() -> plan.set(model), Status.STATE, "");
      }
    }
  }

  /** Runs where the core's variable names ONNX Runtime's library. */
  @Test
  void networksRunInPlans() throws Exception {
    Assumptions.assumeTrue(System.getenv("ABBE_ONNXRUNTIME") != null, "SKIPPED: ABBE_ONNXRUNTIME is not set");
    float[] image = Samples.image(64 * 64);
    float[] once = new float[image.length];
    float[] again = new float[image.length];
    try (Context context = new Context(); Model model = new Model(context, DENOISER); Plan plan = new Plan(context)) {
      assertTrue(model.selftest().contains("\"passed\":true"), model.selftest());
      plan.input(Dtype.F32, "yx", 64, 64).add(Step.MODEL).set(model).commit();
      model.close();
      plan.execute(image, once);
      plan.execute(image, again);
      assertArrayEquals(once, again);
      double noise = 0;
      double left = 0;
      for (int index = 1; index < image.length; index++) {
        noise += Math.abs(image[index] - image[index - 1]);
        left += Math.abs(once[index] - once[index - 1]);
      }
      assertTrue(left < 0.7 * noise, left + " of " + noise);
    }
  }
}
