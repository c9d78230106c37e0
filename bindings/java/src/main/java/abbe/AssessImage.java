package abbe;

/** What an image is to an assessment. */
public enum AssessImage {
  // <generated>
  /** The image as the camera gave it. */
  RAW(1),
  /** What was made of the raw image. */
  RESULT(2),
  /** The truth, or an image that is taken for it. */
  REFERENCE(3);
  // </generated>

  final int number;

  AssessImage(int number) {
    this.number = number;
  }
}
