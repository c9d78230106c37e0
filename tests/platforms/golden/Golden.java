import abbe.Context;
import abbe.Dtype;
import abbe.Parameters;
import abbe.Plan;
import abbe.Psf;
import abbe.Step;

/** The integers of golden.c by the jar for Java. */
public final class Golden {
  public static void main(String[] arguments) throws Exception {
    byte[] image = new byte[4 * 40 * 32];
    byte[] result = new byte[image.length];
    for (int at = 0; at < image.length; at++) {
      int z = at / 32 / 40;
      int y = at / 32 % 40;
      int x = at % 32;
      int bar = x % 10 < 3 && y > 10 && y < 36 ? 1 : 0;
      int point = z == 2 && y % 16 == 5 && x % 16 == 11 ? 1 : 0;
      image[at] = (byte) (2 + 9 * bar * (z + 1) / 4 + 22 * point + ((at + 6) * (int) 2654435761L >>> 30));
    }
    try (Context context = new Context();
        Psf psf = new Psf(context, Psf.Kind.WIDEFIELD);
        Plan plan = new Plan(context)) {
      psf.set(Parameters.PSF_NUMERICAL_APERTURE, 1.2)
          .set(Parameters.PSF_WAVELENGTH_NM, 520)
          .set(Parameters.PSF_PIXEL_NM, 100)
          .set(Parameters.PSF_STEP_NM, 300)
          .set(Parameters.PSF_IMMERSION_INDEX, 1.333);
      plan.input(Dtype.U8, "zyx", 4, 40, 32)
          .add(Step.DECONVOLVE)
          .set(psf)
          .set(Parameters.DECONVOLVE_ALGORITHM, Parameters.DeconvolveAlgorithm.RICHARDSON_LUCY)
          .set(Parameters.DECONVOLVE_ITERATIONS, 10)
          .commit();
      plan.execute(image, result);
    }
    long sum = 0xcbf29ce484222325L;
    for (byte sample : result) {
      sum = (sum ^ (sample & 0xff)) * 1099511628211L;
    }
    System.out.printf("checksum %016x%n", sum);
  }
}
