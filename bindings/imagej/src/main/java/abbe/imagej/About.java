package abbe.imagej;

import abbe.Abbe;
import ij.IJ;
import ij.plugin.PlugIn;

/** Plugins &gt; Abbe &gt; About Abbe... */
public final class About implements PlugIn {
  @Override
  public void run(String argument) {
    Failures.told(() -> IJ.showMessage("About Abbe", "Abbe " + Abbe.version() + "\n \n"
        + "Deconvolution, denoising and networks for microscope images.\n"
        + "License: MIT or Apache-2.0.\n \n"
        + "Results carry a report of what was done: Image > Show Info..."));
  }
}
