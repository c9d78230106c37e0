// Tests of Abbe.cs: what its methods add to the C interface. A failure throws.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading;
using Abbe;

public static class Tests
{
    private const int Side = 64;
    private static readonly long[] Plane = { Side, Side };

    /// <summary>Arguments: calls of C that texts of libabbe name.</summary>
    public static void Main(string[] calls)
    {
        Texts(calls);
        using (var context = AbbeContext.Create())
        {
            Errors(context);
            PointSpreadFunctions(context);
            Execution(context);
            ProgressAndCancel(context);
            Blocks(context);
            Assessments(context);
            Logs(context);
        }
        Lifetimes();
        Console.WriteLine("passed on " + RuntimeInformation.FrameworkDescription);
    }

    private static void Texts(string[] calls)
    {
        MethodInfo inDotNet = typeof(AbbeException).GetMethod("InDotNet", BindingFlags.NonPublic | BindingFlags.Static);
        foreach (string call in calls)
        {
            string[] parts = ((string)inDotNet.Invoke(null, new object[] { call })).Split('.');
            Type owner = typeof(AbbePlan).Assembly.GetType("Abbe." + parts[0]);
            True(owner != null && owner.GetMethods().Any(method => method.Name + "()" == parts[1]), call);
        }
    }

    private static void Errors(AbbeContext context)
    {
        using (AbbePlan empty = AbbePlan.Create(context))
        {
            Same(Throws<AbbeException>(() => empty.Commit()).Message, "plan has no input; call AbbePlan.SetInput() first");
        }
        var error = Throws<AbbeException>(() => context.Set(abbe_param_code.ABBE_CONTEXT_THREADS, -1L));
        Same(error.Status, (int)abbe_status_code.ABBE_ERROR_ARGUMENT);
        True(error.Message.StartsWith("context.threads is -1; "), error.Message);
        error = Throws<AbbeException>(() => AbbeModel.Load(context, "/nowhere/\u00e4\u6c34.zip"));
        True(error.Message.Contains("/nowhere/\u00e4\u6c34.zip"), error.Message);
        Throws<AbbeException>(() => AbbeModel.LoadMemory(context, new byte[] { 1, 2, 3 }));
        Same(AbbeLibrary.ParamFind("psf.wavelength_nm"), (int)abbe_param_code.ABBE_PSF_WAVELENGTH_NM);
        AbbeLibrary.ParamRange(abbe_param_code.ABBE_CONTEXT_FALLBACK, out double low, out double high, out double preset);
        Same(low, 0.0);
        Same(high, 1.0);
        Same(preset, 1.0);
        True(AbbeLibrary.ParamDescribe(abbe_param_code.ABBE_PSF_WAVELENGTH_NM).StartsWith("{"), "JSON");
        True(AbbeLibrary.StatusText(abbe_status_code.ABBE_OK).Length > 0, "a text");
        Same(AbbeLibrary.VersionText().Split('.').Length, 3);
    }

    private static void PointSpreadFunctions(AbbeContext context)
    {
        using (AbbePsf psf = Gaussian(context))
        {
            Same(psf.GetF64(abbe_param_code.ABBE_PSF_SIGMA_NM), 130.0);
            float[] samples = psf.Sample(new long[] { 15, 15 });
            Same(samples.Length, 225);
            True(Math.Abs(samples.Sum() - 1) < 1e-5, "a sum of 1");
            Same(psf.Extent(2).Length, 2);
            using (var measured = AbbePsf.Create(context, abbe_psf_code.ABBE_PSF_MEASURED))
            {
                var error = Throws<ArgumentException>(() => measured.SetSamples(samples, new long[] { 15, 16 }));
                Same(error.Message, "samples holds 225 samples; an image of [15, 16] has 240");
                Throws<ArgumentNullException>(() => measured.SetSamples(samples, null));
                Throws<AbbeException>(() => measured.SetSamples(null, new long[] { 15, 15 }));
                measured.SetSamples(samples, new long[] { 15, 15 });
            }
        }
    }

    private static void Execution(AbbeContext context)
    {
        using (AbbePlan plan = Deconvolution(context, abbe_dtype_code.ABBE_DTYPE_F32))
        {
            Same(plan.OutputShape().Length, 2);
            Throws<ArgumentException>(() => plan.SetOutput(abbe_dtype_code.ABBE_DTYPE_F32, new long[] { 4 }));
            Throws<ArgumentException>(() => plan.SetInput(abbe_dtype_code.ABBE_DTYPE_F32, "yx", new long[] { 4 }));
            float[] blurred = Blurred(context), restored = new float[Side * Side];
            plan.Commit().Execute(blurred, restored);
            True(restored.Max() > 2 * blurred.Max(), "sharper");
            True(plan.Report().StartsWith("{"), "JSON");
            var error = Throws<AbbeException>(() => plan.Execute(blurred, new float[10]));
            Same(error.Message, "dst holds 40 bytes; this plan needs 16384");
            plan.SetMask(Enumerable.Range(0, Side * Side).Select(at => (byte)(at == 5 ? 0 : 1)).ToArray());
            Throws<AbbeException>(() => plan.SetMask(new byte[3]));
            plan.SetMask(null).Commit().Execute(blurred, restored);
        }
    }

    private static void ProgressAndCancel(AbbeContext context)
    {
        using (AbbePlan plan = Deconvolution(context, abbe_dtype_code.ABBE_DTYPE_F32))
        {
            float[] blurred = Blurred(context), restored = new float[Side * Side];
            var told = new List<double>();
            plan.SetProgress(share => { told.Add(share); return abbe_answer_code.ABBE_CONTINUE; }).Commit().Execute(blurred, restored);
            True(told.Count > 1 && told.Zip(told.Skip(1), (one, next) => one <= next).All(rises => rises), "rising shares");
            Same(told.Last(), 1.0);
            plan.SetProgress(share => abbe_answer_code.ABBE_CANCEL);
            Same(Throws<AbbeException>(() => plan.Execute(blurred, restored)).Status,
                (int)abbe_status_code.ABBE_ERROR_CANCELLED);
            plan.SetProgress(share => throw new InvalidOperationException("of the host"));
            Same(Throws<InvalidOperationException>(() => plan.Execute(blurred, restored)).Message, "of the host");
            plan.SetProgress(null);
            GC.Collect();
            plan.Execute(blurred, restored);
        }
    }

    private static void Blocks(AbbeContext context)
    {
        float[] blurred = Blurred(context), whole = new float[Side * Side], pieces = new float[Side * Side];
        using (AbbePlan plan = Deconvolution(context, abbe_dtype_code.ABBE_DTYPE_F32))
        {
            plan.Commit().Execute(blurred, whole);
            plan.Set(abbe_param_code.ABBE_PLAN_BLOCKS, 1L).Commit();
            plan.ExecuteBlocks(Rows(blurred, (line, at, memory) => Marshal.Copy(blurred, at, memory, line)),
                Rows(pieces, (line, at, memory) => Marshal.Copy(memory, pieces, at, line)));
            True(whole.SequenceEqual(pieces), "the same in blocks");
            BlockAccess fails = (image, start, shape, samples, bytes) => throw new InvalidOperationException("no disk");
            Same(Throws<InvalidOperationException>(() => plan.ExecuteBlocks(fails, fails)).Message, "no disk");
        }
    }

    private static BlockAccess Rows(float[] image, Action<int, int, IntPtr> copy)
    {
        return (number, start, shape, samples, bytes) =>
        {
            Same(number, 0L);
            Same(bytes, 4 * shape[0] * shape[1] * shape[2]);
            for (int row = 0; row < shape[1]; row++)
            {
                copy((int)shape[2], (int)((start[1] + row) * Side + start[2]), samples + (int)(4 * row * shape[2]));
            }
        };
    }

    private static void Assessments(AbbeContext context)
    {
        float[] image = Blurred(context), other = image.Select(value => value + 1).ToArray();
        double measured = AbbeLibrary.MetricMeasure(context, abbe_metric_code.ABBE_METRIC_PSNR, other, image, Plane, 100.0);
        True(Math.Abs(measured - 40) < 1e-3, $"PSNR of {measured} dB");
        Throws<ArgumentException>(() => AbbeLibrary.MetricMeasure(context, abbe_metric_code.ABBE_METRIC_PSNR, other,
            new float[3], Plane, 100.0));
        using (var assess = AbbeAssess.Create(context))
        using (AbbePsf psf = Gaussian(context))
        {
            assess.Set(abbe_param_code.ABBE_ASSESS_GAIN, 1.0).SetImage(abbe_image_code.ABBE_IMAGE_RAW, image, Plane)
                .SetImage(abbe_image_code.ABBE_IMAGE_RESULT, image, Plane).SetPsf(psf);
            assess.Run(null);
            Same(assess.Map(abbe_map_code.ABBE_MAP_ERROR, Plane).Length, Side * Side);
            True(assess.Report().StartsWith("{"), "JSON");
            Same(Throws<InvalidOperationException>(() => assess.Run(
                share => throw new InvalidOperationException("of the host"))).Message, "of the host");
        }
    }

    private static void Logs(AbbeContext context)
    {
        var lines = new List<string>();
        context.SetLog((level, line) => { lock (lines) { lines.Add(level + " " + line); } });
        Throws<AbbeException>(() => context.Set(abbe_param_code.ABBE_CONTEXT_THREADS, -1L));
        True(lines.Count == 1 && lines[0].StartsWith("ABBE_LEVEL_ERROR context.threads is -1"), string.Join("|", lines));
        context.SetLog((level, line) => throw new InvalidOperationException("of the host"));
        Throws<AbbeException>(() => context.Set(abbe_param_code.ABBE_CONTEXT_THREADS, -1L));
        context.SetLog(null);
    }

    private static void Lifetimes()
    {
        AbbePlan plan;
        using (var context = AbbeContext.Create())
        {
            plan = Deconvolution(context, abbe_dtype_code.ABBE_DTYPE_F32);
        }
        plan.Commit();
        plan.Dispose();
        plan.Dispose();
        Throws<ObjectDisposedException>(() => plan.Commit());
        // Collected without Dispose, on the finalizer's thread.
        for (int round = 0; round < 50; round++)
        {
            Gaussian(AbbeContext.Create());
        }
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using (var context = AbbeContext.Create())
        using (AbbePlan late = Deconvolution(context, abbe_dtype_code.ABBE_DTYPE_F32))
        {
            var canceller = new Thread(late.Cancel);
            canceller.Start();
            canceller.Join();
        }
    }

    private static AbbePsf Gaussian(AbbeContext context)
    {
        return AbbePsf.Create(context, abbe_psf_code.ABBE_PSF_GAUSSIAN).Set(abbe_param_code.ABBE_PSF_PIXEL_NM, 65.0)
            .Set(abbe_param_code.ABBE_PSF_SIGMA_NM, 130.0);
    }

    private static AbbePlan Deconvolution(AbbeContext context, abbe_dtype_code dtype)
    {
        using (AbbePsf psf = Gaussian(context))
        {
            return AbbePlan.Create(context).AddStep(abbe_step_code.ABBE_STEP_DECONVOLVE).Set(psf)
                .Set(abbe_param_code.ABBE_DECONVOLVE_ALGORITHM, (long)abbe_algorithm_code.ABBE_ALGORITHM_RICHARDSON_LUCY)
                .Set(abbe_param_code.ABBE_DECONVOLVE_ITERATIONS, 30L).SetInput(dtype, "yx", Plane);
        }
    }

    private static float[] Blurred(AbbeContext context)
    {
        var image = new float[Side * Side];
        using (AbbePsf psf = Gaussian(context))
        {
            float[] samples = psf.Sample(new long[] { 25, 25 });
            for (int at = 0; at < samples.Length; at++)
            {
                image[(20 + at / 25) * Side + 20 + at % 25] = 10000 * samples[at];
            }
        }
        return image;
    }

    private static T Throws<T>(Action work) where T : Exception
    {
        try
        {
            work();
        }
        catch (T expected)
        {
            return expected;
        }
        throw new Exception($"no {typeof(T).Name}");
    }

    private static void Same<T>(T found, T expected)
    {
        True(Equals(found, expected), $"{found}, not {expected}");
    }

    private static void True(bool holds, string what)
    {
        if (!holds)
        {
            throw new Exception(what);
        }
    }
}
