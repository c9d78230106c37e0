package abbe.imagej;

import abbe.AbbeException;
import abbe.Context;
import abbe.Dtype;
import abbe.Model;
import abbe.Parameters;
import abbe.Plan;
import abbe.Step;
import ij.ImagePlus;
import ij.Prefs;

/** What Denoise... and Run Model... share: steps over every channel and frame of an image, networks among them. */
final class Networks {
  /** Loads the network that a dialog chose. */
  interface Loader {
    Model load(Context context) throws AbbeException;
  }

  private static final String RUNTIME = "abbe.context.onnxruntime";
  private static final String[] RESULTS = {"32-bit", "as_the_image"};

  private final MoreParameters more = new MoreParameters("model");
  private final ImagePlus image;
  private final boolean stack;
  private String runtime;
  private String memory;
  private boolean sameType;
  private boolean planes;

  /** Refuses images that are not measurements. */
  Networks(ImagePlus image) {
    String refusal = Volumes.refusal(image);
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    this.image = image;
    this.stack = image.getNSlices() > 1;
  }

  /** {@code slices}: whether the slices of a stack are images of their own at first. */
  void add(Fields fields, boolean slices) {
    fields.choice("Result", RESULTS, RESULTS[0]);
    fields.text("Memory_mb", "", 10, "most to hold, in MB, empty: 3/4 of what is free");
    fields.file("Onnx_runtime", Prefs.get(RUNTIME, ""));
    if (stack) {
      fields.check("Slice_by_slice", slices);
    }
    fields.check("Preview", false);
    more.addTo(fields);
  }

  /** Reads what {@link #add} added, but for the preview and the second dialog. */
  void read(Fields fields) {
    sameType = fields.nextChoice().equals(RESULTS[1]);
    memory = fields.nextText();
    runtime = fields.nextText();
    planes = stack && fields.nextCheck();
  }

  /** The preview of a dialog with these steps. */
  Preview preview(Preview.Steps steps) {
    return new Preview(image, steps);
  }

  /** Asks for what is left to ask, and runs. */
  void run(Fields fields, Preview.Steps steps, String suffix) throws AbbeException {
    fields.nextCheck(); // the preview
    if (!more.read(fields)) {
      return;
    }
    try (Context context = Log.context()) {
      Volumes volumes = new Volumes(image, planes, sameType ? Volumes.dtype(image) : Dtype.F32, FreeMemory.cap(memory));
      ImagePlus result = volumes.run(context, (plan, channel) -> steps.addTo(plan, context), suffix);
      Prefs.set(RUNTIME, runtime);
      Volumes.show(result, image);
    }
  }

  /** Adds the network of {@code loader} as a step. */
  void addTo(Plan plan, Context context, Loader loader) throws AbbeException {
    if (!runtime.isEmpty()) {
      context.set(Parameters.CONTEXT_ONNXRUNTIME, runtime);
    }
    plan.add(Step.MODEL);
    more.form().apply(plan, "model");
    try (Model model = loader.load(context)) {
      plan.set(model); // the plan keeps it alive
    }
  }
}
