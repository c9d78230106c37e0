// The shortest complete program: deconvolve a camera frame.
using Abbe;

public static class Example
{
    public static void Main()
    {
        var frame = new ushort[512 * 512];
        var restored = new ushort[512 * 512];
        frame[256 * 512 + 256] = 1000;

        using (var context = AbbeContext.Create())
        using (var psf = AbbePsf.Create(context, abbe_psf_code.ABBE_PSF_WIDEFIELD))
        using (var plan = AbbePlan.Create(context))
        {
            psf.Set(abbe_param_code.ABBE_PSF_NUMERICAL_APERTURE, 1.4)
                .Set(abbe_param_code.ABBE_PSF_WAVELENGTH_NM, 525.0)
                .Set(abbe_param_code.ABBE_PSF_PIXEL_NM, 65.0);
            plan.AddStep(abbe_step_code.ABBE_STEP_DECONVOLVE)
                .Set(psf)
                .SetInput(abbe_dtype_code.ABBE_DTYPE_U16, "yx", new long[] { 512, 512 })
                .Commit()
                .Execute(frame, restored);
            System.Console.WriteLine(plan.Report());
        }
    }
}
