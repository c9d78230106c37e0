package abbe.imagej;

import abbe.Dtype;
import ij.ImagePlus;

/** The fields of a dialog that say what becomes of the image: the result's samples, the memory, and whether slices are images. */
final class ResultFields {
  private static final String THE_IMAGES = "as_the_image";
  private static final String FLOATS = "32-bit";
  private static final String BYTES = "8-bit";
  private static final String SHORTS = "16-bit";

  private final ImagePlus image;
  private boolean asksSlices;
  private String type;
  private String memory;
  private boolean planes;

  /** Refuses images that are not measurements. */
  ResultFields(ImagePlus image) {
    String refusal = Volumes.refusal(image);
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    this.image = image;
  }

  /** {@code floats}: whether the result is of 32 bit at first, and not of the image's samples. */
  void add(Fields fields, boolean floats) {
    addType(fields, floats ? FLOATS : THE_IMAGES, FLOATS, THE_IMAGES);
  }

  /** The same with the types of ImageJ, of 8 bit at first. */
  void addTypes(Fields fields) {
    addType(fields, BYTES, BYTES, SHORTS, FLOATS);
  }

  private void addType(Fields fields, String first, String... types) {
    fields.choice("Result", types, first);
    fields.text("Memory_mb", "", 10, "most to hold, in MB, empty: 3/4 of what is free");
  }

  /** Whether each slice is an image of its own; asked of stacks. */
  void addSlices(Fields fields, boolean first) {
    asksSlices = image.getNSlices() > 1;
    if (asksSlices) {
      fields.check("Slice_by_slice", first);
    }
  }

  /** Reads what was added. */
  void read(Fields fields) {
    type = fields.nextChoice();
    memory = fields.nextText();
    planes = asksSlices && fields.nextCheck();
  }

  /** The result's samples. */
  Dtype dtype() {
    switch (type) {
      case FLOATS:
        return Dtype.F32;
      case BYTES:
        return Dtype.U8;
      case SHORTS:
        return Dtype.U16;
      default:
        return Volumes.dtype(image);
    }
  }

  /** The most bytes that libabbe may hold. */
  long memory() {
    return FreeMemory.cap(memory);
  }

  /** Whether each slice is an image of its own. */
  boolean planes() {
    return planes;
  }
}
