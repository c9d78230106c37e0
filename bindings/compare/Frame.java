import abbe.Context;
import abbe.Dtype;
import abbe.Parameters;
import abbe.Plan;
import abbe.Psf;
import abbe.Step;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The Java host of compare.py, with direct buffers: executes once for each line on standard input and answers one line. */
public final class Frame {
  public static void main(String[] arguments) throws Exception {
    int extent = Integer.parseInt(arguments[1]);
    int samples = extent * extent;
    ByteBuffer source = ByteBuffer.allocateDirect(2 * samples).order(ByteOrder.nativeOrder());
    ByteBuffer target = ByteBuffer.allocateDirect(2 * samples).order(ByteOrder.nativeOrder());
    for (int index = 0; index < samples; index++) {
      source.putShort(2 * index, (short) (200 + index * 7919L % 97));
    }
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    try (Context context = new Context().set(Parameters.CONTEXT_THREADS, 1); Plan plan = new Plan(context)) {
      if (arguments[0].equals("background")) {
        plan.add(Step.BACKGROUND).set(Parameters.BACKGROUND_MODE, Parameters.BackgroundMode.CONSTANT)
            .set(Parameters.BACKGROUND_VALUE, 100);
      } else {
        Psf psf = new Psf(context, Psf.Kind.GAUSSIAN).set(Parameters.PSF_PIXEL_NM, 65).set(Parameters.PSF_SIGMA_NM, 130);
        plan.add(Step.DECONVOLVE).set(psf)
            .set(Parameters.DECONVOLVE_ALGORITHM, Parameters.DeconvolveAlgorithm.RICHARDSON_LUCY)
            .set(Parameters.DECONVOLVE_STOP, Parameters.DeconvolveStop.ITERATIONS)
            .set(Parameters.DECONVOLVE_ITERATIONS, 3);
      }
      plan.input(Dtype.U16, "yx", extent, extent).commit();
      while (lines.readLine() != null) {
        plan.execute(source, target);
        System.out.println(target.getShort(samples / 2 * 2) & 0xffff);
      }
    }
  }
}
