// The integers of golden.c by the classes for .NET.
using Abbe;

public static class Golden
{
    public static void Main()
    {
        var image = new byte[4 * 40 * 32];
        var result = new byte[image.Length];
        for (var at = 0; at < image.Length; at++)
        {
            int z = at / 32 / 40, y = at / 32 % 40, x = at % 32;
            var bar = x % 10 < 3 && y > 10 && y < 36 ? 1 : 0;
            var point = z == 2 && y % 16 == 5 && x % 16 == 11 ? 1 : 0;
            image[at] = (byte)(2 + 9 * bar * (z + 1) / 4 + 22 * point + (unchecked((uint)(at + 6) * 2654435761u) >> 30));
        }
        using (var context = AbbeContext.Create())
        using (var psf = AbbePsf.Create(context, abbe_psf_code.ABBE_PSF_WIDEFIELD))
        using (var plan = AbbePlan.Create(context))
        {
            psf.Set(abbe_param_code.ABBE_PSF_NUMERICAL_APERTURE, 1.2)
                .Set(abbe_param_code.ABBE_PSF_WAVELENGTH_NM, 520.0)
                .Set(abbe_param_code.ABBE_PSF_PIXEL_NM, 100.0)
                .Set(abbe_param_code.ABBE_PSF_STEP_NM, 300.0)
                .Set(abbe_param_code.ABBE_PSF_IMMERSION_INDEX, 1.333);
            plan.AddStep(abbe_step_code.ABBE_STEP_DECONVOLVE)
                .Set(psf)
                .Set(abbe_param_code.ABBE_DECONVOLVE_ALGORITHM, (long)abbe_algorithm_code.ABBE_ALGORITHM_RICHARDSON_LUCY)
                .Set(abbe_param_code.ABBE_DECONVOLVE_ITERATIONS, 10L)
                .SetInput(abbe_dtype_code.ABBE_DTYPE_U8, "zyx", new long[] { 4, 40, 32 })
                .Commit()
                .Execute(image, result);
        }
        ulong sum = 14695981039346656037;
        foreach (var sample in result)
        {
            sum = unchecked((sum ^ sample) * 1099511628211);
        }
        System.Console.WriteLine("checksum {0:x16}", sum);
    }
}
