package abbe.imagej;

import abbe.Abbe;
import abbe.AbbeException;
import abbe.Context;
import abbe.Parameters;
import abbe.Psf;
import ij.IJ;
import ij.ImagePlus;
import ij.plugin.PlugIn;
import java.awt.Rectangle;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Plugins &gt; Abbe &gt; PSF from Beads...: libabbe finds the beads of the current channel and frame, inside the selection
 * if there is one, centres each to a fraction of a pixel and averages them into a measured point spread function.
 */
public final class PsfFromBeads implements PlugIn {
  private static final List<String> MAIN =
      Collections.unmodifiableList(Arrays.asList("psf.bead_nm", "psf.background"));

  @Override
  public void run(String argument) {
    Failures.told(this::average);
  }

  private void average() throws AbbeException {
    ImagePlus image = IJ.getImage();
    String refusal = Volumes.refusal(image);
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    int depth = image.getNSlices();
    ParameterForm form = new ParameterForm();
    Optics optics = new Optics(image, form, new ParameterForm());
    Fields fields = new Fields("PSF from Beads");
    fields.text("Box_width", "25", 10, "px, odd");
    fields.text("Box_slices", String.valueOf(Math.max(1, depth - 1 + depth % 2)), 10, "odd, 1 to " + depth);
    optics.addSampling(fields);
    for (String name : MAIN) {
      form.add(fields, Abbe.parameter(name), "", true);
    }
    fields.help(form.help("<p>Beads are found inside the selection, or in the whole image. Those count that stand alone in"
        + " their box, unsaturated and away from the border. Take beads smaller than a third of the resolution, or"
        + " give their diameter.</p>"));
    fields.finish();
    if (!fields.shown()) {
      return;
    }
    int width = odd("Box_width", fields.nextText(), Math.min(image.getWidth(), image.getHeight()));
    int slices = odd("Box_slices", fields.nextText(), depth);
    form.read(fields);
    form.remember();
    Rectangle area = image.getRoi() == null ? new Rectangle(image.getWidth(), image.getHeight())
        : image.getRoi().getBounds().intersection(new Rectangle(image.getWidth(), image.getHeight()));
    long[] given = depth > 1 ? new long[] {depth, area.height, area.width} : new long[] {area.height, area.width};
    long[] shape = depth > 1 ? new long[] {slices, width, width} : new long[] {width, width};
    try (Context context = Log.context(); Psf psf = new Psf(context, Psf.Kind.MEASURED)) {
      form.apply(psf, "psf");
      psf.set(Parameters.PSF_SAMPLES_HOLD, Parameters.PsfSamplesHold.BEADS).samples(Optics.values(image, area), given);
      ImagePlus kernel = MakePsf.kernel("PSF of " + image.getShortTitle(), psf, () -> shape);
      if (kernel != null) {
        MakePsf.calibrate(kernel, form);
        kernel.show();
      }
    }
  }

  private static int odd(String name, String value, int most) {
    int whole = ParameterForm.whole(name, value, 1, most);
    if (whole % 2 == 0) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be odd, 1 to " + most + ".");
    }
    return whole;
  }
}
