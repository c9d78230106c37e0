package abbe.imagej;

import abbe.AbbeException;
import abbe.Context;
import abbe.Dtype;
import abbe.Plan;
import abbe.Status;
import ij.CompositeImage;
import ij.IJ;
import ij.ImagePlus;
import ij.gui.ImageRoi;
import ij.gui.Overlay;
import ij.process.FloatProcessor;
import ij.process.ImageProcessor;
import java.awt.Rectangle;

/** Shows a region of the plane in view as it would become, over the image, while a dialog is open. */
final class Preview {
  /** Adds the steps of the dialog to a plan. */
  interface Steps {
    void addTo(Plan plan, Context context) throws AbbeException;
  }

  private static final int MOST_PX = 256;
  private static final int MARGIN_PX = 32;
  private static final int POLL_MS = 50;

  private final ImagePlus image;
  private final Steps steps;
  private final boolean asTheImage;
  private final Overlay before;
  private Thread thread;
  private Plan running;
  private boolean shown;
  private boolean wanted;
  private boolean closed;

  /** {@code asTheImage}: whether it is shown between the grey values between which the image is. */
  Preview(ImagePlus image, Steps steps, boolean asTheImage) {
    this.image = image;
    this.steps = steps;
    this.asTheImage = asTheImage;
    this.before = image.getOverlay();
  }

  /** Computes it anew, or takes it away; a computation that runs is stopped. */
  synchronized void update(boolean show) {
    shown = show;
    if (running != null) {
      running.cancel();
    }
    if (!show) {
      wanted = false;
      image.setOverlay(before);
      return;
    }
    wanted = true;
    if (thread == null) {
      thread = new Thread(this::work, "abbe-preview");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Takes the preview away for good. */
  void close() {
    Thread working;
    synchronized (this) {
      closed = true;
      working = thread;
    }
    try {
      do {
        update(false); // again and again: the work may only be about to begin
        if (working != null) {
          working.join(POLL_MS);
        }
      } while (working != null && working.isAlive());
    } catch (InterruptedException cause) {
      Thread.currentThread().interrupt();
    }
    image.setOverlay(before);
  }

  private void work() {
    while (true) {
      synchronized (this) {
        if (!wanted || closed) {
          thread = null;
          return;
        }
        wanted = false;
      }
      try {
        show(region());
      } catch (AbbeException | IllegalArgumentException failure) {
        boolean stopped = failure instanceof AbbeException
            && ((AbbeException) failure).status() == Status.CANCELLED;
        if (!stopped) {
          IJ.showStatus("Abbe: " + Words.inImageJ(failure.getMessage()));
        }
      }
    }
  }

  private void show(Rectangle region) throws AbbeException {
    Rectangle all = new Rectangle(image.getWidth(), image.getHeight());
    Rectangle source = new Rectangle(region);
    source.grow(MARGIN_PX, MARGIN_PX);
    source = source.intersection(all);
    ImageProcessor plane = image.getProcessor();
    float[] values = cropped(plane, source);
    float[] result = new float[values.length];
    try (Context context = new Context(); Plan plan = new Plan(context)) {
      synchronized (this) {
        running = plan;
        if (wanted || closed) {
          return; // something changed since, of which the plan did not hear
        }
      }
      plan.input(Dtype.F32, "yx", source.height, source.width);
      steps.addTo(plan, context);
      plan.commit();
      plan.execute(values, result);
    } finally {
      synchronized (this) {
        running = null;
      }
    }
    FloatProcessor whole = new FloatProcessor(source.width, source.height, result);
    whole.setRoi(region.x - source.x, region.y - source.y, region.width, region.height);
    ImageProcessor inner = whole.crop();
    boolean coloured = image.isComposite() && ((CompositeImage) image).getMode() != IJ.GRAYSCALE;
    inner.setLut(coloured ? ((CompositeImage) image).getChannelLut() : plane.getLut());
    if (asTheImage) {
      inner.setMinAndMax(plane.getMin(), plane.getMax());
    } else {
      DisplayRange.fit(inner); // as results are shown
    }
    // Drawn from grey samples, Java would take them for linear light and brighten them.
    ImageRoi picture = new ImageRoi(region.x, region.y, inner.convertToRGB().getBufferedImage());
    Overlay overlay = before == null ? new Overlay() : before.duplicate();
    overlay.add(picture);
    synchronized (this) {
      if (shown && !closed) {
        image.setOverlay(overlay);
      }
    }
  }

  private Rectangle region() {
    Rectangle all = new Rectangle(image.getWidth(), image.getHeight());
    Rectangle chosen = image.getRoi() == null ? all : image.getRoi().getBounds().intersection(all);
    if (chosen.isEmpty()) {
      chosen = all;
    }
    int width = Math.min(chosen.width, MOST_PX);
    int height = Math.min(chosen.height, MOST_PX);
    return new Rectangle(
        chosen.x + (chosen.width - width) / 2, chosen.y + (chosen.height - height) / 2, width, height);
  }

  private static float[] cropped(ImageProcessor plane, Rectangle area) {
    float[] values = new float[area.width * area.height];
    for (int y = 0; y < area.height; y++) {
      for (int x = 0; x < area.width; x++) {
        values[y * area.width + x] = plane.getf(area.x + x, area.y + y);
      }
    }
    return values;
  }
}
