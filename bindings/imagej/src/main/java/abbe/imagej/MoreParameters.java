package abbe.imagej;

import abbe.AbbeException;
import abbe.ParameterInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** A second dialog with every parameter of some objects that the first one does not show, asked for by a checkbox. */
final class MoreParameters {
  private final ParameterForm form = new ParameterForm();
  private final String[] objects;
  private final Collection<String> shown = new ArrayList<>(Optics.MAIN);

  /** {@code objects}: e.g. "psf", "deconvolve". */
  MoreParameters(String... objects) {
    this.objects = objects;
    shown.add(Optics.WAVELENGTH);
  }

  /** Leaves out parameters that the first dialog shows. */
  MoreParameters without(Collection<String> names) {
    shown.addAll(names);
    return this;
  }

  /** The fields; empty until the second dialog was shown. */
  ParameterForm form() {
    return form;
  }

  void addTo(Fields fields) {
    fields.check("More_parameters...", false);
  }

  /**
   * Shows the second dialog if the first one, now answered, asks for it, or if a macro gives any of its fields; false when it
   * was cancelled.
   */
  boolean read(Fields first) throws AbbeException {
    boolean asked = first.nextCheck();
    if (!asked && first.shows()) {
      return true;
    }
    Fields fields = new Fields("More parameters", first);
    List<ParameterInfo> all = new ArrayList<>();
    for (String object : objects) {
      all.addAll(ParameterForm.parameters(object, shown));
    }
    for (ParameterInfo parameter : all) {
      form.add(fields, parameter, "", false);
    }
    fields.help(form.help(""));
    fields.finish();
    if (!asked && !fields.given()) {
      return true;
    }
    if (!fields.shown()) {
      return false;
    }
    form.read(fields);
    return true;
  }
}
