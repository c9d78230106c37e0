package abbe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParametersTest {
  @Test
  void constantsAreThoseOfTheLibrary() throws Exception {
    Map<String, Parameter> constants = new HashMap<>();
    for (Field field : Parameters.class.getFields()) {
      Parameter parameter = (Parameter) field.get(null);
      constants.put(parameter.name(), parameter);
      assertEquals(parameter.name().replace('.', '_').toUpperCase(Locale.ROOT), field.getName());
    }
    for (ParameterInfo row : Abbe.parameters()) {
      Parameter constant = constants.remove(row.name());
      assertEquals(row.id(), constant.id(), row.name());
      if (constant instanceof Parameter.OfChoice) {
        Map<String, Long> values = new HashMap<>();
        for (Choice value : ((Parameter.OfChoice<?>) constant).values()) {
          values.put(value.toString().toLowerCase(Locale.ROOT), value.value());
        }
        assertEquals(row.choices(), values, row.name());
      }
    }
    assertTrue(constants.isEmpty(), constants.toString());
  }

  @Test
  void introspectionGivesRangesUnitsAndChoices() throws Exception {
    ParameterInfo wavelength = Parameters.PSF_WAVELENGTH_NM.describe();
    assertEquals("psf.wavelength_nm", wavelength.name());
    assertEquals("nm", wavelength.unit());
    assertEquals(ParameterInfo.Kind.NUMBER, wavelength.kind());
    assertTrue(wavelength.minimum() < 400 && wavelength.maximum() > 700);
    assertTrue(Double.isNaN(wavelength.defaultValue()));
    assertFalse(wavelength.summary().isEmpty());
    ParameterInfo mode = Abbe.parameter("background.mode");
    assertEquals(ParameterInfo.Kind.CHOICE, mode.kind());
    assertTrue(mode.choices().containsKey("constant"), mode.choices().toString());
  }

  @Test
  void unknownNamesAreRefused() {
    Samples.failure(() -> Abbe.parameter("psf.wavelenght_nm"), Status.ARGUMENT, "psf.wavelenght_nm");
    Samples.failure(() -> Abbe.parameter(null), Status.ARGUMENT, "null");
    Samples.failure(() -> Abbe.parameter("a\0b"), Status.ARGUMENT, "NUL");
  }

  @Test
  void valuesOutOfRangeAreRefusedWithTheRange() throws Exception {
    try (Context context = new Context(); Psf psf = new Psf(context, Psf.Kind.WIDEFIELD); Plan plan = new Plan(context)) {
      Samples.failure(() -> psf.set(Parameters.PSF_WAVELENGTH_NM, 5), Status.ARGUMENT, "200 to 2000 nm");
      Samples.failure(() -> psf.set(Parameters.PSF_WAVELENGTH_NM, Double.NaN), Status.ARGUMENT, "NaN");
      Samples.failure(() -> context.set(Parameters.CONTEXT_THREADS, -1), Status.ARGUMENT, "context.threads");
      Samples.failure(() -> psf.set(Abbe.parameter("psf.pixel"), 1.5), Status.ARGUMENT, "whole number");
      plan.add(Step.BACKGROUND).set(Parameters.BACKGROUND_MODE, Parameters.BackgroundMode.CONSTANT);
      assertEquals(Parameters.BackgroundMode.CONSTANT, plan.get(Parameters.BACKGROUND_MODE));
      plan.set(Parameters.BACKGROUND_VALUE, 12.5);
      assertEquals(12.5, plan.get(Parameters.BACKGROUND_VALUE));
      assertEquals(0.0, plan.unset(Parameters.BACKGROUND_VALUE).get(Parameters.BACKGROUND_VALUE));
      plan.set(Parameters.BACKGROUND_VALUE, 12.5).unset(Abbe.parameter("background.value"));
      assertEquals(0.0, plan.get(Parameters.BACKGROUND_VALUE));
      psf.set(Parameters.PSF_ENERGY, 0.9).unset(Parameters.PSF_ENERGY);
      assertEquals(0.99, psf.get(Parameters.PSF_ENERGY));
      context.set(Parameters.CONTEXT_THREADS, 2).unset(Parameters.CONTEXT_THREADS);
      Samples.failure(() -> psf.unset(Parameters.BACKGROUND_VALUE), Status.ARGUMENT, "background.value");
    }
  }

  @Test
  void versionIsThatOfTheBuild() throws Exception {
    assertEquals(BuildVersion.TEXT, Abbe.version());
  }
}
