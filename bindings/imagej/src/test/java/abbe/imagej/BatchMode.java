package abbe.imagej;

import ij.WindowManager;
import ij.macro.Interpreter;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests in ImageJ's batch mode, without windows, each beginning without an image. */
final class BatchMode implements BeforeEachCallback, AfterEachCallback {
  @Override
  public void beforeEach(ExtensionContext context) {
    Interpreter.batchMode = true;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    WindowManager.setTempCurrentImage(null);
  }
}
