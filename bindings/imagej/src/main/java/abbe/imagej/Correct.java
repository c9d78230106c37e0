package abbe.imagej;

import abbe.AbbeException;
import abbe.Context;
import abbe.Dtype;
import abbe.ParameterInfo;
import abbe.Plan;
import abbe.Step;
import ij.IJ;
import ij.ImagePlus;
import java.util.Collections;
import java.util.Locale;

/**
 * Plugins &gt; Abbe &gt; Correct Background..., Correct Hot Pixels... and Apply Filter...: one step of everyday corrections on the current
 * image. Its argument names the step.
 */
public final class Correct implements Command {
  private static final String[] RESULTS = {"32-bit", "as_the_image"};

  private final Step step;
  private final ParameterForm form = new ParameterForm();

  /** Made by ImageJ, which gives the step to {@link #run}. */
  public Correct() {
    this(null);
  }

  /** {@code step}: what is done, where nobody gives it to {@link #run}. */
  Correct(Step step) {
    this.step = step;
  }

  @Override
  public void run(String argument) {
    Correct named = step == null ? new Correct(Step.valueOf(argument.toUpperCase(Locale.ROOT))) : this;
    Failures.told(named::work);
  }

  @Override
  public void work() throws AbbeException {
    ImagePlus image = IJ.getImage();
    String refusal = Volumes.refusal(image);
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    String object = step.object();
    boolean stack = image.getNSlices() > 1;
    Fields fields = new Fields(
        step == Step.BACKGROUND ? "Correct Background" : step == Step.FILTER ? "Apply Filter" : "Correct Hot Pixels");
    for (ParameterInfo parameter : ParameterForm.parameters(object, Collections.emptyList())) {
      form.add(fields, parameter, "", true);
    }
    fields.choice("Result", RESULTS, RESULTS[step == Step.HOT_PIXELS ? 1 : 0]);
    fields.text("Memory_mb", "", 10, "most to hold, in MB, empty: 3/4 of what is free");
    if (stack) {
      fields.check("Slice_by_slice", false);
    }
    fields.help(form.help("<p>Each channel and frame is worked on by itself. Escape stops.</p>"));
    fields.finish();
    if (!fields.shown()) {
      return;
    }
    form.read(fields);
    boolean sameType = fields.nextChoice().equals(RESULTS[1]);
    long memory = FreeMemory.cap(fields.nextText());
    boolean planes = stack && fields.nextCheck();
    form.remember();
    try (Context context = Log.context()) {
      Volumes volumes = new Volumes(image, planes, sameType ? Volumes.dtype(image) : Dtype.F32, memory);
      Volumes.show(volumes.run(context, (plan, channel) -> steps(plan, object), "-corrected"), image);
    }
  }

  private void steps(Plan plan, String object) throws AbbeException {
    plan.add(step);
    form.apply(plan, object);
  }
}
