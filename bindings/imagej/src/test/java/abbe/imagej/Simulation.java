package abbe.imagej;

import abbe.AbbeException;
import abbe.Context;
import abbe.Parameters;
import abbe.Psf;
import ij.ImagePlus;
import ij.ImageStack;
import ij.process.FloatProcessor;
import ij.process.ShortProcessor;
import java.util.Random;

/**
 * What a widefield microscope would see of a scene of bright points: each is spread by the point spread function of the
 * stated optics, and the photons are counted (Poisson noise). Axes z, y, x.
 */
final class Simulation {
  static final double PIXEL_NM = 80;
  static final double STEP_NM = 250;
  /** The optics as a macro gives them. */
  static final String OPTICS = "psf=widefield wavelength_nm=525 numerical_aperture=1.2 immersion_index=1.33 pixel_nm=80 step_nm=250 ";

  private static final int BACKGROUND = 20;
  private static final int FINER = 3; // positions to a third of a pixel
  private static final int SIDE = 81; // extent of the kernel in pixels

  private final int depth;
  private final int height;
  private final int width;
  private final Random random;
  /** Photons of each sample of the scene, on the finer grid in y and x. */
  private final float[][] light;

  Simulation(int depth, int height, int width, long seed) {
    this.depth = depth;
    this.height = height;
    this.width = width;
    random = new Random(seed);
    light = new float[depth][height * width * FINER * FINER];
  }

  /** Filaments and hollow vesicles, everywhere in the stack. */
  Simulation cells() {
    for (int filament = 0; filament < height * width / 700; filament++) {
      double x = width * random.nextDouble();
      double y = height * random.nextDouble();
      double z = depth * (0.3 + 0.4 * random.nextDouble());
      double direction = 2 * Math.PI * random.nextDouble();
      double rise = 0.03 * random.nextGaussian();
      double bend = 0.01 * random.nextGaussian();
      for (int step = 0; step < 400; step++) {
        add(z, y, x, 800);
        bend = 0.98 * bend + 0.001 * random.nextGaussian();
        direction += bend;
        x += 0.4 * Math.cos(direction);
        y += 0.4 * Math.sin(direction);
        z += 0.4 * rise;
      }
    }
    for (int vesicle = 0; vesicle < height * width / 1500; vesicle++) {
      double radius = PIXEL_NM * (5 + 4 * random.nextDouble());
      double x = width * random.nextDouble();
      double y = height * random.nextDouble();
      double z = depth * (0.3 + 0.4 * random.nextDouble());
      for (int point = 0; point < 2500; point++) {
        double cosine = 2 * random.nextDouble() - 1;
        double around = 2 * Math.PI * random.nextDouble();
        double sine = Math.sqrt(1 - cosine * cosine);
        add(z + radius * cosine / STEP_NM, y + radius * sine * Math.sin(around) / PIXEL_NM,
            x + radius * sine * Math.cos(around) / PIXEL_NM, 220);
      }
    }
    return this;
  }

  /** Beads smaller than the resolution, in the middle plane. */
  Simulation beads(int count) {
    for (int bead = 0; bead < count; bead++) {
      add(depth / 2, height * random.nextDouble(), width * random.nextDouble(), 300_000);
    }
    return this;
  }

  private void add(double z, double y, double x, double photons) {
    int plane = (int) Math.rint(z);
    int row = (int) Math.floor(FINER * y);
    int column = (int) Math.floor(FINER * x);
    if (plane >= 0 && plane < depth && row >= 0 && row < FINER * height && column >= 0 && column < FINER * width) {
      light[plane][row * FINER * width + column] += photons;
    }
  }

  /** The scene itself, on the samples of the image. */
  ImagePlus truth() {
    return image("truth", binned(light), false);
  }

  /** The scene through the microscope, as 16-bit counts over a background of 20. */
  ImagePlus seen(String title) throws AbbeException {
    float[][] blurred = new float[depth][height * width];
    float[][] kernels = kernels();
    for (int z = 0; z < depth; z++) {
      for (int at = 0; at < light[z].length; at++) {
        if (light[z][at] > 0) {
          int y = at / (FINER * width);
          int x = at % (FINER * width);
          float[] kernel = kernels[y % FINER * FINER + x % FINER];
          spread(blurred, kernel, light[z][at], z, y / FINER, x / FINER);
        }
      }
    }
    return image(title, blurred, true);
  }

  /** What the pixels around collect of a point in each of the finer places within a pixel. */
  private float[][] kernels() throws AbbeException {
    int fine = FINER * SIDE + 2 * FINER;
    float[] samples;
    try (Context context = new Context(); Psf psf = new Psf(context, Psf.Kind.WIDEFIELD)) {
      psf.set(Parameters.PSF_WAVELENGTH_NM, 525).set(Parameters.PSF_NUMERICAL_APERTURE, 1.2)
          .set(Parameters.PSF_IMMERSION_INDEX, 1.33).set(Parameters.PSF_PIXEL_NM, PIXEL_NM / FINER)
          .set(Parameters.PSF_STEP_NM, STEP_NM);
      samples = psf.sample(2 * depth - 1, fine, fine);
    }
    float[][] kernels = new float[FINER * FINER][(2 * depth - 1) * SIDE * SIDE];
    for (int place = 0; place < kernels.length; place++) {
      // The pixel in the middle begins so far before the kernel's centre.
      int up = fine / 2 - FINER * (SIDE / 2) - place / FINER;
      int left = fine / 2 - FINER * (SIDE / 2) - place % FINER;
      for (int z = 0; z < 2 * depth - 1; z++) {
        for (int y = 0; y < FINER * SIDE; y++) {
          for (int x = 0; x < FINER * SIDE; x++) {
            kernels[place][(z * SIDE + y / FINER) * SIDE + x / FINER] += samples[(z * fine + y + up) * fine + x + left];
          }
        }
      }
    }
    return kernels;
  }

  private void spread(float[][] into, float[] kernel, float photons, int z, int y, int x) {
    int reach = SIDE / 2;
    int last = Math.min(width, x + reach + 1);
    for (int plane = 0; plane < depth; plane++) {
      for (int row = Math.max(0, y - reach); row < Math.min(height, y + reach + 1); row++) {
        int from = ((plane - z + depth - 1) * SIDE + row - y + reach) * SIDE + reach - x;
        for (int column = Math.max(0, x - reach); column < last; column++) {
          into[plane][row * width + column] += photons * kernel[from + column];
        }
      }
    }
  }

  private float[][] binned(float[][] fine) {
    float[][] coarse = new float[depth][height * width];
    for (int z = 0; z < depth; z++) {
      for (int at = 0; at < fine[z].length; at++) {
        coarse[z][at / (FINER * width) / FINER * width + at % (FINER * width) / FINER] += fine[z][at];
      }
    }
    return coarse;
  }

  private ImagePlus image(String title, float[][] planes, boolean counted) {
    ImageStack stack = new ImageStack(width, height);
    for (float[] plane : planes) {
      if (counted) {
        short[] counts = new short[plane.length];
        for (int index = 0; index < plane.length; index++) {
          counts[index] = (short) poisson(plane[index] + BACKGROUND);
        }
        stack.addSlice(new ShortProcessor(width, height, counts, null));
      } else {
        stack.addSlice(new FloatProcessor(width, height, plane));
      }
    }
    ImagePlus image = new ImagePlus(title, stack);
    image.setDimensions(1, depth, 1);
    image.getCalibration().setUnit("nm");
    image.getCalibration().pixelWidth = PIXEL_NM;
    image.getCalibration().pixelHeight = PIXEL_NM;
    image.getCalibration().pixelDepth = STEP_NM;
    image.setSlice(depth / 2 + 1);
    return image;
  }

  private int poisson(double mean) {
    if (mean > 100) {
      return (int) Math.max(0, Math.rint(mean + Math.sqrt(mean) * random.nextGaussian()));
    }
    int count = -1;
    for (double left = 1, limit = Math.exp(-mean); left > limit; count++) {
      left *= random.nextDouble();
    }
    return count;
  }
}
