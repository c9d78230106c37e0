package abbe;

/** The version that this binding was built as. */
final class BuildVersion {
  static final String TEXT = "${project.version}";

  private BuildVersion() {}
}
