package abbe.imagej;

import abbe.AbbeException;
import abbe.Model;
import ij.IJ;
import java.nio.file.Paths;

/** Plugins &gt; Abbe &gt; Run Model...: a network from a file over each channel and frame of the current image. */
public final class RunModel implements Command {
  private static final String MODEL = "abbe.model";

  private String path;

  @Override
  public void run(String argument) {
    Failures.told(this::work);
  }

  @Override
  public void work() throws AbbeException {
    Networks networks = new Networks(IJ.getImage());
    Fields fields = new Fields("Run Model");
    fields.file("Model", Fields.last(MODEL, ""));
    networks.add(fields, false);
    fields.help("<html><body style='width:420px'>A network as .onnx, BioImage.IO package (.zip) or .czann. Each channel"
        + " and frame is run by itself, in tiles where it does not fit. ONNX Runtime is the path of its library"
        + " (libonnxruntime.so, onnxruntime.dll); empty: beside libabbe. Escape stops.</body></html>");
    Preview.Steps steps =
        (plan, context) -> networks.addTo(plan, context, made -> new Model(made, Paths.get(path)));
    Preview preview = networks.preview(steps);
    fields.listen(() -> {
      read(fields, networks);
      preview.update(fields.nextCheck());
    });
    boolean answered = fields.shown();
    preview.close();
    if (answered) {
      read(fields, networks);
      Fields.remember(MODEL, path);
      networks.run(fields, steps, "-model");
    }
  }

  private void read(Fields fields, Networks networks) {
    path = fields.nextText();
    if (path.isEmpty()) {
      throw new IllegalArgumentException("No model is chosen; name a file (.onnx, .zip or .czann).");
    }
    networks.read(fields);
  }
}
