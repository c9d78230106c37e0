package abbe.imagej;

/** What of a hyperstack is read together. */
enum Reads {
  /** The slices of one channel and frame. */
  VOLUMES,
  /** All channels of a frame, each with settings of its own. */
  CHANNELS,
  /** Everything: what is done to a frame depends on the others. */
  SERIES
}
