package abbe.imagej;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ij.ImagePlus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Macros as earlier states of the plugin recorded them: they do the same, or name the key that is not there any more. Lines are added only. */
@ExtendWith(BatchMode.class)
class OldMacrosTest {
  private static ImagePlus image() {
    return Microscope.hyperstack("stack.tif", 16, 48, 40, 1, 3, 1);
  }

  private static void same(Command command, String recorded, String wanted) throws Exception {
    ImagePlus before = Folder.run(command, image(), recorded);
    ImagePlus now = Folder.run(command.getClass().getDeclaredConstructor().newInstance(), image(), wanted);
    assertArrayEquals((float[]) now.getStack().getPixels(2), (float[]) before.getStack().getPixels(2));
  }

  @Test
  void whatWasRecordedDoesTheSame() throws Exception {
    // 0.1.0 before Denoise... took a Model.
    same(new Denoise(), "strength=1 gain=[] offset=[] read_noise=[] method=patches camera_offset=[] camera_gain=[] camera_read_noise=[] result=32-bit"
        + " memory_mb=[] slice_by_slice", "slice_by_slice");
    same(new Denoise(), "strength=1 gain=[] offset=[] read_noise=[] method=network camera_offset=[] camera_gain=[] camera_read_noise=[] result=32-bit"
        + " memory_mb=[] slice_by_slice preview", "method=network");
    same(new Deconvolve(), "psf=widefield wavelength_nm=525 numerical_aperture=1.2 immersion_index=1.33 pixel_nm=65 step_nm=200 algorithm=automatic"
        + " iterations=4 background=none background_value=0 result=32-bit memory_mb=[]", "psf=widefield wavelength_nm=525 numerical_aperture=1.2"
        + " immersion_index=1.33 pixel_nm=65 step_nm=200 iterations=4 background=none");
    // And before Apply Filter..., Correct Background... and Correct Hot Pixels... had a Preview.
    String filter = "kind=gaussian sigma_px=2 sigma_planes=0 ratio=1.6 amount=1 radius_px=2 radius_planes=0 tile_px=0 tile_planes=1 clip_limit=0.01"
        + " shortest_px=3 longest_px=40 along=x width_px=16 length_px=200 result=32-bit memory_mb=[]";
    ImagePlus filtered = Folder.run(new Correct(Correction.FILTER), image(), filter);
    ImagePlus wanted = Folder.run(new Correct(Correction.FILTER), image(), "kind=gaussian sigma_px=2");
    assertArrayEquals((float[]) wanted.getStack().getPixels(2), (float[]) filtered.getStack().getPixels(2));
    for (Object[] macro : new Object[][] {
      {Correction.BACKGROUND, "background_mode=constant background_value=90 background_percent=5 background_radius_px=50 result=32-bit memory_mb=[]"},
      {Correction.HOT_PIXELS, "fwhm_px=1.3 listed=100 camera_offset=[] camera_gain=[] camera_read_noise=[] result=32-bit memory_mb=[]"},
      {Correction.BIN, "kind=mean px=2 planes=1 result=32-bit memory_mb=[]"},
    }) {
      assertTrue(Folder.run(new Correct((Correction) macro[0]), image(), (String) macro[1]).getBitDepth() == 32, macro[0].toString());
    }
  }

  /** One that only another version has. */
  @Test
  void keysThatAreNotThereAnyMoreAreNamed() {
    String recorded = "psf=widefield wavelength_nm=525 numerical_aperture=1.2 immersion_index=1.33 deconvolve_stop=iterations";
    Exception refused = assertThrows(IllegalArgumentException.class, () -> Folder.run(new Deconvolve(), image(), recorded));
    assertTrue(refused.getMessage().startsWith("deconvolve_stop is no key of this command; "), refused.getMessage());
  }
}
