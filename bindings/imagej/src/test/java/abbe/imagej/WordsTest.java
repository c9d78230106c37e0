package abbe.imagej;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import abbe.Abbe;
import abbe.Assess;
import abbe.Context;
import abbe.Model;
import abbe.ParameterInfo;
import abbe.Plan;
import abbe.Psf;
import java.lang.reflect.Method;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Errors name what a user of ImageJ sees: fields and commands, not parameters by their full names and calls of Java. */
class WordsTest {
  private static final Pattern CALL = Pattern.compile("\\b(Plan|Psf|Model|Context|Assess)\\.");

  @Test
  void noCallOfJavaIsLeft() {
    for (Class<?> owner : new Class<?>[] {Plan.class, Psf.class, Model.class, Context.class, Assess.class}) {
      for (Method method : owner.getMethods()) {
        String call = owner.getSimpleName() + "." + method.getName() + "()";
        for (String text : new String[] {"it has none; call " + call + " first", "it has none; call " + call, "it is so (" + call + ")",
            "give it, or call " + call + " first, to all"}) {
          assertFalse(CALL.matcher(Words.inImageJ(text)).find(), Words.inImageJ(text));
        }
      }
    }
    assertEquals("plan has no step", Words.inImageJ("plan has no step; call Plan.add() first"));
    assertEquals("the camera step has no offset; set Camera_offset, or choose an open image as map",
        Words.inImageJ("the camera step has no offset; set plan.camera_offset, or call Plan.sensorMap() first"));
    assertEquals("it needs 2 or more as frames", Words.inImageJ("it needs 2 or more along an axis t, all in one execute"));
    assertEquals("channel 2: it is blurred", Words.inImageJ("channel 1: it is blurred"));
  }

  @Test
  void parametersAreFields() throws Exception {
    for (ParameterInfo parameter : Abbe.parameters()) {
      String object = parameter.object();
      if (object.equals("filter") || object.equals("deconvolve") || object.equals("psf")) {
        String text = Words.inImageJ(parameter.name() + " is 3; it must be 2");
        assertFalse(text.contains(object + "."), text);
        assertTrue(text.endsWith(" is 3; it must be 2"), text);
      }
    }
    assertEquals("Numerical_aperture is 1.6; it must be below Immersion_index",
        Words.inImageJ("psf.numerical_aperture is 1.6; it must be below psf.immersion_index"));
  }
}
