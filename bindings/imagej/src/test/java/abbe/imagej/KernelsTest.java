package abbe.imagej;

import static abbe.imagej.Macros.OPTICS;
import static abbe.imagej.Macros.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ij.IJ;
import ij.ImagePlus;
import ij.gui.Roi;
import ij.macro.Interpreter;
import ij.process.ImageProcessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Point spread functions: of models, of beads, and with what an image's Info says of the optics. */
@ExtendWith(BatchMode.class)
class KernelsTest {
  @Test
  void kernelsAreMadeAndUsed() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 32, 32, 32, 1, 1, 1);
    ImagePlus kernel = run(new MakePsf(), image, OPTICS + "width=15 height=15 slices=1");
    assertNotNull(kernel);
    assertEquals(15, kernel.getWidth());
    assertEquals(1, sum(kernel), 1e-5);
    assertEquals(65, kernel.getCalibration().pixelWidth);
    Interpreter.addBatchModeImage(kernel);
    ImagePlus result = run(new Deconvolve(), image, "psf=PSF iterations=2 background=none");
    assertNotNull(result);
    ImagePlus stack = run(new MakePsf(), image, OPTICS + "step_nm=200 width=0 height=0 slices=0");
    assertTrue(stack.getStackSize() > 3 && stack.getStackSize() % 2 == 1);
    assertEquals(1, sum(stack), 1e-4);
  }

  @Test
  void moreParametersAreTaken() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 32, 32, 32, 1, 1, 1);
    ImagePlus plain = run(new MakePsf(), image, OPTICS + "step_nm=200 width=15 height=15 slices=5");
    ImagePlus deep =
        run(new MakePsf(), image, OPTICS + "step_nm=200 width=15 height=15 slices=5 more_parameters depth_nm=20000 sample_index=1.4");
    double difference = 0;
    for (int z = 1; z <= 5; z++) {
      for (int index = 0; index < 225; index++) {
        difference += Math.abs(plain.getStack().getProcessor(z).getf(index) - deep.getStack().getProcessor(z).getf(index));
      }
    }
    assertTrue(difference > 0.05, "changed by " + difference);
    ImagePlus implied =
        run(new MakePsf(), image, OPTICS + "step_nm=200 width=15 height=15 slices=5 depth_nm=20000 sample_index=1.4");
    for (int z = 1; z <= 5; z++) {
      assertArrayEquals((float[]) deep.getStack().getPixels(z), (float[]) implied.getStack().getPixels(z));
    }
  }

  /** Beads at fractional places average to the Gaussian that they were drawn with. */
  @Test
  void beadsAverageToTheirShape() {
    double sigma = Microscope.BEAD_SIGMA;
    ImagePlus image = Microscope.beads();
    ImagePlus found = run(new PsfFromBeads(), image, "box_width=21");
    assertNotNull(found);
    assertEquals("PSF of beads", found.getTitle());
    assertEquals("pixel", found.getCalibration().getUnit());
    ImagePlus calibrated = run(new PsfFromBeads(), image, "box_width=21 pixel_nm=65");
    assertEquals(65, calibrated.getCalibration().pixelWidth);
    assertEquals("nm", calibrated.getCalibration().getUnit());
    assertEquals(1, sum(found), 1e-5);
    for (int y = 0; y < 21; y++) {
      for (int x = 0; x < 21; x++) {
        double squared = (x - 10) * (x - 10) + (y - 10) * (y - 10);
        double expected = Math.exp(-squared / (2 * sigma * sigma)) / (2 * Math.PI * sigma * sigma);
        assertEquals(expected, found.getProcessor().getf(x, y), 0.04 / (2 * Math.PI * sigma * sigma));
      }
    }
    image.setRoi(new Roi(0, 0, 60, 100));
    assertNotNull(run(new PsfFromBeads(), image, "box_width=21"), "the bead in the selection");
    image.setRoi(new Roi(100, 80, 20, 20));
    assertNull(run(new PsfFromBeads(), image, "box_width=15"), "no bead in the selection");
    assertNull(run(new PsfFromBeads(), image, "box_width=20"), "an even box");
  }

  /** A kernel that takes seconds, stopped at once. */
  @Test
  void escapeStopsAKernel() throws Exception {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 32, 32, 1, 1, 1);
    String options = "psf=vectorial wavelength_nm=525 numerical_aperture=1.4 immersion_index=1.515 pixel_nm=30 step_nm=60"
        + " width=701 height=701 slices=301";
    Thread presses = new Thread(() -> {
      while (!Thread.currentThread().isInterrupted()) {
        IJ.setKeyDown(java.awt.event.KeyEvent.VK_ESCAPE);
        Thread.yield();
      }
    });
    presses.start();
    try {
      assertNull(run(new MakePsf(), image, options));
    } finally {
      presses.interrupt();
      presses.join();
      IJ.resetEscape();
    }
  }

  /** Lines as Bio-Formats leaves them, of two channels: fields that a macro does not give have what they say. */
  @Test
  void opticsComeFromTheInfo() {
    ImagePlus image = Microscope.hyperstack("cells.tif", 16, 32, 32, 2, 1, 1);
    image.setProperty("Info", "Information|Instrument|Objective|LensNA #1 = 1.2\nInformation|Image|ObjectiveSettings|Medium #1 = Water\n"
        + "Information|Image|Channel|EmissionWavelength #1 = 460.0\nInformation|Image|Channel|EmissionWavelength #2 = 525.0\n"
        + "Information|Image|Channel|ExcitationWavelength #1 = 4.05E-7\nInformation|Image|Channel|ExcitationWavelength #2 = 4.88E-7\n"
        + "Experiment|NA = none\nSizeC = 2\n");
    for (String kind : new String[] {"widefield", "confocal"}) {
      String given = "psf=" + kind + " numerical_aperture=1.2 immersion_index=1.333 wavelength_nm=[460,525] iterations=2 background=none";
      ImagePlus said = run(new Deconvolve(), image, "psf=" + kind + " iterations=2 background=none");
      assertNotNull(said);
      for (int channel = 1; channel <= 2; channel++) {
        ImagePlus alone = new ImagePlus("alone", image.getStack().getProcessor(channel));
        alone.setCalibration(image.getCalibration());
        String one = given.replace("[460,525]", channel == 1 ? "460" : "525")
            + (kind.equals("confocal") ? " excitation_nm=" + (channel == 1 ? 405 : 488) : "");
        ImagePlus expected = run(new Deconvolve(), alone, one);
        assertArrayEquals((float[]) expected.getProcessor().getPixels(), (float[]) said.getStack().getPixels(channel));
      }
    }
    String each = "psf=confocal numerical_aperture=1.2 immersion_index=1.333 wavelength_nm=[460,525] iterations=2 background=none ";
    ImagePlus said = run(new Deconvolve(), image, each);
    image.setProperty("Info", null);
    ImagePlus given = run(new Deconvolve(), image, each + "excitation_nm=[405, 488]");
    for (int channel = 1; channel <= 2; channel++) {
      assertArrayEquals((float[]) said.getStack().getPixels(channel), (float[]) given.getStack().getPixels(channel));
    }
    assertNull(run(new Deconvolve(), image, each + "excitation_nm=[405,488,561]"));
    Information contradicted = new Information(infoOf("LensNA = 1.2\nObjective|NumericalAperture = 1.4\nRefractiveIndex #1 = 1.33"));
    assertEquals("", contradicted.value("psf.numerical_aperture"));
    assertEquals("1.33", contradicted.value("psf.immersion_index"));
    assertEquals("", new Information(infoOf("NA = -1\nEmissionWavelength #1 = 3 km")).wavelengths());
    assertEquals("", new Information(null).value("psf.numerical_aperture"));
  }

  private static ImagePlus infoOf(String info) {
    ImagePlus image = Microscope.hyperstack("cells.tif", 8, 8, 8, 1, 1, 1);
    image.setProperty("Info", info);
    return image;
  }

  private static double sum(ImagePlus image) {
    double sum = 0;
    for (int z = 1; z <= image.getStackSize(); z++) {
      ImageProcessor plane = image.getStack().getProcessor(z);
      for (int index = 0; index < plane.getPixelCount(); index++) {
        sum += plane.getf(index);
      }
    }
    return sum;
  }
}
