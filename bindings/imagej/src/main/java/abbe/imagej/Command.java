package abbe.imagej;

import abbe.AbbeException;
import ij.plugin.PlugIn;

/** A command that makes one image of the current one. */
interface Command extends PlugIn {
  /** Asks what it needs, or takes it from a macro, and shows the result; failures are the caller's to tell. */
  void work() throws AbbeException;
}
