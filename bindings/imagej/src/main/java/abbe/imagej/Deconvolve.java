package abbe.imagej;

import abbe.Abbe;
import abbe.AbbeException;
import abbe.Context;
import abbe.ParameterInfo;
import abbe.Plan;
import abbe.Psf;
import abbe.Step;
import ij.IJ;
import ij.ImagePlus;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Plugins &gt; Abbe &gt; Deconvolve...: each channel and frame of the current image with a point spread function. */
public final class Deconvolve implements Command {
  private static final List<String> MAIN = Arrays.asList("deconvolve.algorithm", "deconvolve.iterations");
  private static final String BACKGROUND = "deconvolve.background";
  private static final String[] BACKGROUNDS = {"automatic", "none", "constant", "estimated"};

  private final ParameterForm form = new ParameterForm();
  private final MoreParameters more = new MoreParameters("psf", "deconvolve").without(MAIN)
      .without(Collections.singleton(BACKGROUND));
  private String background;
  private String backgroundValue;

  @Override
  public void run(String argument) {
    Failures.told(this::work);
  }

  @Override
  public void work() throws AbbeException {
    ImagePlus image = IJ.getImage();
    ResultFields result = new ResultFields(image);
    Optics optics = new Optics(image, form, more.form());
    Fields fields = fields(optics, result);
    Preview preview = new Preview(image, (plan, context) -> {
      steps(plan);
      try (Psf psf = optics.psf(context, image.getC() - 1)) {
        plan.set(psf); // the plan keeps it alive
      }
    }, false);
    fields.listen(() -> read(fields, optics, result), preview);
    boolean answered = fields.shown();
    preview.close();
    if (!answered) {
      return;
    }
    read(fields, optics, result);
    fields.nextCheck(); // the preview
    if (!more.read(fields)) {
      return;
    }
    optics.remember();
    form.remember();
    try (Context context = Log.context()) {
      Volumes volumes = new Volumes(image, result, Reads.CHANNELS, Region.MARGIN_PX);
      Volumes.show(volumes.run(context, plan -> {
        steps(plan);
        optics.give(plan, context);
      }, "-deconvolved"), image);
    }
  }

  private Fields fields(Optics optics, ResultFields result) throws AbbeException {
    Fields fields = new Fields("Deconvolve");
    optics.add(fields, true);
    for (String name : MAIN) {
      form.add(fields, Abbe.parameter(name), "", true);
    }
    fields.choice("Background", BACKGROUNDS, BACKGROUNDS[0]);
    fields.text("Background_value", "0", 10, "intensity, for a constant one");
    result.add(fields, true);
    result.addSlices(fields, false);
    fields.check("Preview", false);
    more.addTo(fields);
    fields.help(form.help("<p>Each channel and frame is deconvolved by itself. The background is the"
        + " level without light: found by the automatic algorithm, none, constant as stated, or estimated and subtracted"
        + " first. The preview shows a region of the plane"
        + " in view (the selection, or the middle), taken as one plane in focus. Escape stops.</p>"));
    return fields;
  }

  private void read(Fields fields, Optics optics, ResultFields result) {
    optics.read(fields);
    form.read(fields);
    background = fields.nextChoice();
    backgroundValue = fields.nextText();
    result.read(fields);
  }

  private void steps(Plan plan) throws AbbeException {
    if (background.equals("estimated")) {
      plan.add(Step.BACKGROUND);
      ParameterInfo mode = Abbe.parameter("background.mode");
      plan.set(mode, mode.choices().get(background));
    }
    plan.add(Step.DECONVOLVE);
    if (background.equals("none") || background.equals("constant")) {
      ParameterInfo level = Abbe.parameter(BACKGROUND);
      plan.set(level, background.equals("none") ? 0 : ParameterForm.number(level, backgroundValue));
    }
    form.apply(plan, "deconvolve");
    more.form().apply(plan, "deconvolve");
  }
}
