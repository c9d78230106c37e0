package abbe.imagej;

import abbe.SensorMap;
import abbe.Step;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The commands of one step each: what their dialogs ask beside the step's own parameters, and what their steps read. */
enum Correction {
  BACKGROUND(Step.BACKGROUND, "Correct Background"),
  HOT_PIXELS(Step.HOT_PIXELS, "Correct Hot Pixels", ParameterForm.CAMERA),
  FILTER(Step.FILTER, "Apply Filter"),
  CAMERA(Step.CAMERA, "Correct Camera", ParameterForm.CAMERA),
  FLAT_FIELD(Step.FLAT_FIELD, "Correct Flat Field", ParameterForm.CAMERA.subList(0, 1)),
  BLEACH(Step.BLEACH, "Correct Bleaching"),
  BIN(Step.BIN, "Bin Pixels"),
  RESAMPLE(Step.RESAMPLE, "Resample Image"),
  REASSIGN(Step.REASSIGN, "Reassign Pixels"),
  ESRRF(Step.ESRRF, "Super-Resolve by eSRRF"),
  OUTPUT(Step.OUTPUT, "Fit Intensities");

  final Step step;
  final String title;
  /** Parameters of the plan that the step takes. */
  final List<String> stated;

  Correction(Step step, String title) {
    this(step, title, Collections.emptyList());
  }

  Correction(Step step, String title, List<String> stated) {
    this.step = step;
    this.title = title;
    this.stated = stated;
  }

  /** Whether what is done to a sample depends on those of other slices, and a dialog asks if it shall. */
  boolean asksSlices() {
    return this == BACKGROUND || this == HOT_PIXELS || this == FILTER;
  }

  /** Whether a plane alone shows what becomes of an image: of its own size, by its own samples. */
  boolean previews() {
    return asksSlices();
  }

  /** Whether most intensities stay what they are, so that the result is shown as its image is. */
  boolean keepsIntensities() {
    return this == HOT_PIXELS || this == BLEACH;
  }

  /** Open images that the step takes as maps of the sensor's pixels, by the names of their fields. */
  Map<String, SensorMap> maps() {
    Map<String, SensorMap> maps = new LinkedHashMap<>();
    if (this == CAMERA) {
      maps.put("Offset_map", SensorMap.OFFSET);
      maps.put("Gain_map", SensorMap.GAIN);
      maps.put("Variance_map", SensorMap.VARIANCE);
    } else if (this == FLAT_FIELD) {
      maps.put("Flat_frame", SensorMap.FLAT);
      maps.put("Dark_frame", SensorMap.OFFSET);
    }
    return maps;
  }

  /** What one execute reads, with a form that was answered. */
  Reads reads(ParameterForm form) {
    boolean series = this == BLEACH || this == OUTPUT && form.value("output.mode").equals("fit")
        || this == FLAT_FIELD && form.value("flat_field.mode").equals("series")
        || this == ESRRF && !form.value("esrrf.frames").equals("1");
    return series ? Reads.SERIES : Reads.VOLUMES;
  }

  /** Pixels around a selection that are read too. */
  int margin() {
    switch (this) {
      case FLAT_FIELD: // its mean is 1 over the whole image
        return Region.ALL_PX;
      case BLEACH: // brightness and highest sample are the selection's
      case OUTPUT:
      case BIN: // whose first pixel is the selection's
        return 0;
      default:
        return Region.MARGIN_PX;
    }
  }
}
