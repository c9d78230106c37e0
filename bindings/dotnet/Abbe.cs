// SPDX-License-Identifier: MIT OR Apache-2.0
//
// libabbe for .NET: safe handles, checked errors, and the declarations of the C ABI in include/abbe/abbe.h.
//
// Add this file to a project (.NET Framework 4.7 and later, .NET Core 3.1, .NET 5 and later) and put abbe.dll or
// libabbe.so where the loader looks, beside the program; or use the package that pack.py makes. What stands between
// the marks at the end is generated from the header.

using System;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Abbe
{
    /// <summary>A failure of libabbe: its status, and its text "thing is got; what is allowed".</summary>
    public sealed class AbbeException : Exception
    {
        public int Status { get; }

        internal AbbeException(int status, string text) : base(text)
        {
            Status = status;
        }

        /// <summary>Throws where a call failed. To be called on the thread of the call, which keeps the text.</summary>
        internal static void Check(int status)
        {
            if (status == 0)
            {
                return;
            }
            using (var none = new AbbeContext())
            {
                UIntPtr size = Native.abbe_error_text(none, null, UIntPtr.Zero);
                var text = new byte[(int)size];
                Native.abbe_error_text(none, text, size);
                throw new AbbeException(status, InDotNet(Encoding.UTF8.GetString(text, 0, text.Length - 1)));
            }
        }

        /// <summary>A text of libabbe with the methods of this file for the functions of C.</summary>
        internal static string InDotNet(string text)
        {
            text = Regex.Replace(text, @"\babbe_(context|psf|model|plan|assess)((?:_[a-z0-9]+)+)\(\)", found =>
                "Abbe" + Pascal("_" + found.Groups[1].Value) + "." + Pascal(found.Groups[2].Value) + "()");
            return Regex.Replace(text, @"\bAbbePlan\.Set(?:Psf|Model)\(\)", "AbbePlan.Set()");
        }

        private static string Pascal(string words)
        {
            return Regex.Replace(words, "_([a-z])", letter => letter.Groups[1].Value.ToUpperInvariant());
        }
    }

    /// <summary>A key of libabbe. It is destroyed once, by Dispose or when collected.</summary>
    public abstract class AbbeHandle : SafeHandle
    {
        protected AbbeHandle() : base(IntPtr.Zero, true)
        {
        }

        public override bool IsInvalid => handle == IntPtr.Zero;
    }

    /// <summary>Reads a block of an image into the memory at samples, or takes one of a result from there: bytes bytes of
    /// samples (z, y, x), tightly packed, x fastest, that begin at start and extend over shape. image is channel +
    /// channels * time point.</summary>
    public delegate void BlockAccess(long image, long[] start, long[] shape, IntPtr samples, long bytes);

    /// <summary>An array that stays where it is as long as libabbe works on it.</summary>
    internal struct Pinned : IDisposable
    {
        private GCHandle handle;

        internal readonly IntPtr Address;
        internal readonly UIntPtr Bytes;

        internal Pinned(Array array)
        {
            handle = GCHandle.Alloc(array, GCHandleType.Pinned);
            Address = array == null ? IntPtr.Zero : handle.AddrOfPinnedObject();
            Bytes = (UIntPtr)(array == null ? 0UL : (ulong)Buffer.ByteLength(array));
        }

        public void Dispose()
        {
            handle.Free();
        }
    }

    /// <summary>Calls of libabbe into the host: an exception must not pass through native frames, so it ends the call,
    /// and is thrown again behind it.</summary>
    internal sealed class Listener
    {
        private readonly Func<double, abbe_answer_code> progress;
        private ExceptionDispatchInfo failure;

        internal readonly abbe_progress_fn Function;

        internal Listener(Func<double, abbe_answer_code> progress)
        {
            this.progress = progress;
            if (progress != null)
            {
                Function = Tell;
            }
        }

        private int Tell(IntPtr user, double fraction)
        {
            return Guard(() => progress(fraction));
        }

        internal int Guard(Func<abbe_answer_code> work)
        {
            try
            {
                return (int)work();
            }
            catch (Exception cause)
            {
                failure = ExceptionDispatchInfo.Capture(cause);
                return (int)abbe_answer_code.ABBE_CANCEL;
            }
        }

        /// <summary>As AbbeException.Check, for a call that this listened to.</summary>
        internal void Check(int status)
        {
            ExceptionDispatchInfo thrown = failure;
            failure = null;
            thrown?.Throw();
            AbbeException.Check(status);
        }
    }

    /// <summary>Samples of an image in an array, last axis fastest.</summary>
    internal static class Samples
    {
        /// <summary>How many samples an image has; 0 where libabbe refuses its shape.</summary>
        internal static long Count(long[] shape)
        {
            if (shape == null)
            {
                throw new ArgumentNullException(nameof(shape));
            }
            long count = 1;
            foreach (long extent in shape)
            {
                if (extent < 1)
                {
                    return 0;
                }
                count = checked(count * extent);
            }
            return count;
        }

        internal static void Check(string name, float[] samples, long[] shape)
        {
            long count = Count(shape);
            if (samples != null && count != 0 && samples.LongLength != count)
            {
                throw new ArgumentException(
                    $"{name} holds {samples.LongLength} samples; an image of [{string.Join(", ", shape)}] has {count}");
            }
        }
    }

    public static partial class AbbeLibrary
    {
        /// <summary>Gives the version of the loaded library as ABBE_VERSION_NUMBER has it: major * 1000000 + minor * 1000 + patch.
        /// See abbe_version of abbe.h.</summary>
        /// <exception cref="DllNotFoundException">It is not there, or does not load.</exception>
        public static uint Version()
        {
            string place = "libabbe (abbe.dll, Linux: libabbe.so, macOS: libabbe.dylib) was looked for beside the program, in "
                + AppDomain.CurrentDomain.BaseDirectory + ", and where the system looks for libraries, and ";
            string advice = "; put the library there that is for this system and a process of " + 8 * IntPtr.Size
                + " bits, or use the package Abbe, which has them";
            try
            {
                return Native.abbe_version();
            }
            catch (DllNotFoundException cause)
            {
                throw new DllNotFoundException(place + "is missing or does not load (" + cause.Message + ")" + advice, cause);
            }
            catch (BadImageFormatException cause)
            {
                throw new DllNotFoundException(place + "is for another processor or damaged (" + cause.Message + ")" + advice, cause);
            }
            catch (EntryPointNotFoundException cause)
            {
                throw new DllNotFoundException(place + "what was found is another library (" + cause.Message + ")" + advice, cause);
            }
        }

        /// <summary>Refuses a library of another version than this file before anything else is asked of it.</summary>
        internal static void Check()
        {
            uint version = Version() / 1000, wanted = Native.Version / 1000;
            if (version != wanted)
            {
                throw new AbbeException((int)abbe_status_code.ABBE_ERROR_UNSUPPORTED, "libabbe is version " + version / 1000 + "."
                    + version % 1000 + "; this assembly works with " + wanted / 1000 + "." + wanted % 1000
                    + "; put the library of that version beside the program, and no other where the system looks");
            }
        }

        /// <summary>A text that libabbe keeps; Marshal reads UTF-8 of its own on newer systems only.</summary>
        internal static string Text(IntPtr address)
        {
            int length = 0;
            while (Marshal.ReadByte(address, length) != 0)
            {
                length++;
            }
            var bytes = new byte[length];
            Marshal.Copy(address, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes);
        }
    }

    /// <summary>Threads, devices and logging shared by the objects made from it.</summary>
    public sealed partial class AbbeContext : AbbeHandle
    {
        public static AbbeContext Create()
        {
            AbbeLibrary.Check();
            AbbeException.Check(Native.abbe_context_create(out AbbeContext context));
            return context;
        }

        public AbbeContext Set(abbe_param_code param, long value)
        {
            AbbeException.Check(Native.abbe_context_set_i64(this, (int)param, value));
            return this;
        }

        /// <summary>Sends lines of level and of more severe ones to sink, on any thread; null ends the log. What sink
        /// throws is lost.</summary>
        public AbbeContext SetLog(Action<abbe_level_code, string> sink,
            abbe_level_code level = abbe_level_code.ABBE_LEVEL_WARNING)
        {
            abbe_log_fn target = null;
            if (sink != null)
            {
                target = (user, severity, message) =>
                {
                    try
                    {
                        sink((abbe_level_code)severity, AbbeException.InDotNet(AbbeLibrary.Text(message)));
                    }
                    catch (Exception)
                    {
                        // Nobody is there to catch it: the thread may be libabbe's own.
                    }
                };
                Logs.Add(target);
            }
            AbbeException.Check(Native.abbe_context_set_log(this, target, IntPtr.Zero, (int)level));
            return this;
        }

        // Objects made from a context log as long as they live, which may be longer than it does.
        private static readonly ConcurrentBag<abbe_log_fn> Logs = new ConcurrentBag<abbe_log_fn>();

        protected override bool ReleaseHandle()
        {
            Native.abbe_context_destroy(handle);
            return true;
        }
    }

    /// <summary>A point spread function.</summary>
    public sealed partial class AbbePsf : AbbeHandle
    {
        public static AbbePsf Create(AbbeContext context, abbe_psf_code kind)
        {
            AbbeException.Check(Native.abbe_psf_create(context, (int)kind, out AbbePsf psf));
            return psf;
        }

        public AbbePsf Set(abbe_param_code param, double value)
        {
            AbbeException.Check(Native.abbe_psf_set_f64(this, (int)param, value));
            return this;
        }

        public AbbePsf Set(abbe_param_code param, long value)
        {
            AbbeException.Check(Native.abbe_psf_set_i64(this, (int)param, value));
            return this;
        }

        /// <summary>Extents, slowest axis first, that hold nearly all of the light, along ndim axes.</summary>
        public long[] Extent(int ndim)
        {
            var shape = new long[Math.Max(ndim, 3)];
            AbbeException.Check(Native.abbe_psf_extent(this, ndim, shape));
            Array.Resize(ref shape, ndim);
            return shape;
        }

        protected override bool ReleaseHandle()
        {
            Native.abbe_psf_destroy(handle);
            return true;
        }
    }

    /// <summary>A loaded network; immutable.</summary>
    public sealed partial class AbbeModel : AbbeHandle
    {
        public static AbbeModel Load(AbbeContext context, string path)
        {
            AbbeException.Check(Native.abbe_model_load(context, path, out AbbeModel model));
            return model;
        }

        protected override bool ReleaseHandle()
        {
            Native.abbe_model_destroy(handle);
            return true;
        }
    }

    /// <summary>How far a result can be believed: a raw image, what was made of it, and what is known of both.</summary>
    public sealed partial class AbbeAssess : AbbeHandle
    {
        public static AbbeAssess Create(AbbeContext context)
        {
            AbbeException.Check(Native.abbe_assess_create(context, out AbbeAssess assess));
            return assess;
        }

        public AbbeAssess Set(abbe_param_code param, double value)
        {
            AbbeException.Check(Native.abbe_assess_set_f64(this, (int)param, value));
            return this;
        }

        public AbbeAssess Set(abbe_param_code param, long value)
        {
            AbbeException.Check(Native.abbe_assess_set_i64(this, (int)param, value));
            return this;
        }

        protected override bool ReleaseHandle()
        {
            Native.abbe_assess_destroy(handle);
            return true;
        }
    }

    /// <summary>Work prepared for one image layout: an ordered chain of steps.</summary>
    public sealed partial class AbbePlan : AbbeHandle
    {
        // Its delegate must live as long as libabbe may call it.
        private Listener listener = new Listener(null);

        public static AbbePlan Create(AbbeContext context)
        {
            AbbeException.Check(Native.abbe_plan_create(context, out AbbePlan plan));
            return plan;
        }

        public AbbePlan AddStep(abbe_step_code step)
        {
            AbbeException.Check(Native.abbe_plan_add_step(this, (int)step));
            return this;
        }

        public AbbePlan Set(AbbePsf psf)
        {
            AbbeException.Check(Native.abbe_plan_set_psf(this, psf));
            return this;
        }

        public AbbePlan Set(AbbeModel model)
        {
            AbbeException.Check(Native.abbe_plan_set_model(this, model));
            return this;
        }

        public AbbePlan Set(abbe_param_code param, long value)
        {
            AbbeException.Check(Native.abbe_plan_set_i64(this, (int)param, value));
            return this;
        }

        public AbbePlan Set(abbe_param_code param, double value)
        {
            AbbeException.Check(Native.abbe_plan_set_f64(this, (int)param, value));
            return this;
        }

        /// <summary>States how the source lies in memory: one extent an axis, slowest first; no strides mean tightly
        /// packed.</summary>
        public AbbePlan SetInput(abbe_dtype_code dtype, string axes, long[] shape, long[] byteStrides = null,
            long byteOffset = 0)
        {
            if (shape == null || shape.Length != axes.Length || (byteStrides != null && byteStrides.Length != axes.Length))
            {
                throw new ArgumentException($"shape and strides must have {axes.Length} values, one for each axis");
            }
            AbbeException.Check(Native.abbe_plan_set_input(this, (int)dtype, axes, shape, byteStrides, byteOffset));
            return this;
        }

        /// <summary>States the target's sample type, and how it lies in memory; no strides mean tightly packed.</summary>
        public AbbePlan SetOutput(abbe_dtype_code dtype, long[] byteStrides = null, long byteOffset = 0)
        {
            if (byteStrides != null && byteStrides.Length != OutputShape().Length)
            {
                throw new ArgumentException($"byteStrides must have {OutputShape().Length} values, one for each axis");
            }
            AbbeException.Check(Native.abbe_plan_set_output(this, (int)dtype, byteStrides, byteOffset));
            return this;
        }

        /// <summary>Extents of the target, slowest axis first.</summary>
        public long[] OutputShape()
        {
            AbbeException.Check(Native.abbe_plan_output_shape(this, null, 0, out int ndim));
            var shape = new long[ndim];
            AbbeException.Check(Native.abbe_plan_output_shape(this, shape, ndim, out ndim));
            return shape;
        }

        /// <summary>Tells of progress, 0 to 1, on the thread that executes; what it throws comes
        /// out of the call that it listened to.</summary>
        public AbbePlan SetProgress(Func<double, abbe_answer_code> progress)
        {
            var next = new Listener(progress);
            AbbeException.Check(Native.abbe_plan_set_progress(this, next.Function, IntPtr.Zero));
            listener = next;
            return this;
        }

        public AbbePlan Commit()
        {
            listener.Check(Native.abbe_plan_commit(this));
            return this;
        }

        /// <summary>Enhances one image; the arrays are pinned and not copied.</summary>
        public void Execute(Array source, Array target)
        {
            using (var from = new Pinned(source))
            using (var to = new Pinned(target))
            {
                listener.Check(Native.abbe_plan_execute(this, from.Address, from.Bytes, to.Address, to.Bytes));
            }
        }

        /// <summary>Enhances one image in memory that the caller holds, a camera's buffer for example.</summary>
        public void Execute(IntPtr source, long sourceBytes, IntPtr target, long targetBytes)
        {
            listener.Check(Native.abbe_plan_execute(this, source, (UIntPtr)(ulong)sourceBytes, target,
                (UIntPtr)(ulong)targetBytes));
        }

        /// <summary>Enhances images that are read and written in blocks, so that they may be larger than memory. An
        /// exception of either ends the call and comes out of it.</summary>
        public void ExecuteBlocks(BlockAccess read, BlockAccess write)
        {
            var calls = new Listener(null);
            abbe_read_fn reads = (user, image, start, shape, samples, bytes) =>
                Access(calls, read, image, start, shape, samples, bytes);
            abbe_write_fn writes = (user, image, start, shape, samples, bytes) =>
                Access(calls, write, image, start, shape, samples, bytes);
            int status = Native.abbe_plan_execute_blocks(this, reads, writes, IntPtr.Zero);
            GC.KeepAlive(reads);
            GC.KeepAlive(writes);
            calls.Check(status);
        }

        private static int Access(Listener calls, BlockAccess access, long image, IntPtr start, IntPtr shape,
            IntPtr samples, UIntPtr bytes)
        {
            return calls.Guard(() =>
            {
                long[] from = new long[3], extents = new long[3];
                Marshal.Copy(start, from, 0, 3);
                Marshal.Copy(shape, extents, 0, 3);
                access(image, from, extents, samples, (long)bytes);
                return abbe_answer_code.ABBE_CONTINUE;
            });
        }

        /// <summary>Asks the execute that runs on another thread to stop.</summary>
        public void Cancel()
        {
            Native.abbe_plan_cancel(this);
        }

        /// <summary>What the last execute really did, as JSON.</summary>
        public string Report()
        {
            AbbeException.Check(Native.abbe_plan_report(this, null, UIntPtr.Zero, out UIntPtr size));
            var text = new byte[(int)size];
            AbbeException.Check(Native.abbe_plan_report(this, text, size, out size));
            return Encoding.UTF8.GetString(text, 0, (int)size - 1);
        }

        protected override bool ReleaseHandle()
        {
            Native.abbe_plan_destroy(handle);
            return true;
        }
    }

    // <generated>
    public enum abbe_status_code
    {
        ABBE_OK = 0,
        ABBE_ERROR_ARGUMENT = -1,
        ABBE_ERROR_HANDLE = -2,
        ABBE_ERROR_STATE = -3,
        ABBE_ERROR_UNSUPPORTED = -4,
        ABBE_ERROR_MEMORY = -5,
        ABBE_ERROR_IO = -6,
        ABBE_ERROR_MODEL = -7,
        ABBE_ERROR_DEVICE = -8,
        ABBE_ERROR_CANCELLED = -9,
        ABBE_ERROR_INTERNAL = -10,
        ABBE_ERROR_BUSY = -11,
    }

    public enum abbe_answer_code
    {
        ABBE_CONTINUE = 0,
        ABBE_CANCEL = 1,
    }

    public enum abbe_level_code
    {
        ABBE_LEVEL_ERROR = 0,
        ABBE_LEVEL_WARNING = 1,
        ABBE_LEVEL_INFO = 2,
        ABBE_LEVEL_DEBUG = 3,
    }

    public enum abbe_dtype_code
    {
        ABBE_DTYPE_U8 = 1,
        ABBE_DTYPE_U16 = 2,
        ABBE_DTYPE_F16 = 3,
        ABBE_DTYPE_F32 = 4,
    }

    public enum abbe_step_code
    {
        ABBE_STEP_BACKGROUND = 1,
        ABBE_STEP_DECONVOLVE = 2,
        ABBE_STEP_DENOISE = 3,
        ABBE_STEP_MODEL = 4,
        ABBE_STEP_OUTPUT = 5,
        ABBE_STEP_FILTER = 6,
        ABBE_STEP_HOT_PIXELS = 7,
        ABBE_STEP_BIN = 8,
        ABBE_STEP_CAMERA = 9,
        ABBE_STEP_FLAT_FIELD = 10,
        ABBE_STEP_BLEACH = 11,
        ABBE_STEP_REASSIGN = 20,
        ABBE_STEP_ESRRF = 21,
        ABBE_STEP_RESAMPLE = 22,
    }

    public enum abbe_sensor_map_code
    {
        ABBE_SENSOR_MAP_OFFSET = 1,
        ABBE_SENSOR_MAP_GAIN = 2,
        ABBE_SENSOR_MAP_VARIANCE = 3,
        ABBE_SENSOR_MAP_FLAT = 4,
    }

    public enum abbe_metric_code
    {
        ABBE_METRIC_PSNR = 1,
        ABBE_METRIC_SCALE_INVARIANT_PSNR = 2,
        ABBE_METRIC_SSIM = 3,
        ABBE_METRIC_SSIM_UNIFORM = 4,
        ABBE_METRIC_MICRO_SSIM = 5,
        ABBE_METRIC_NRMSE = 6,
        ABBE_METRIC_RSP = 7,
        ABBE_METRIC_FRC_RESOLUTION = 8,
    }

    public enum abbe_image_code
    {
        ABBE_IMAGE_RAW = 1,
        ABBE_IMAGE_RESULT = 2,
        ABBE_IMAGE_REFERENCE = 3,
    }

    public enum abbe_map_code
    {
        ABBE_MAP_ERROR = 1,
        ABBE_MAP_RESIDUAL = 2,
        ABBE_MAP_SUSPICION = 3,
        ABBE_MAP_SPREAD = 4,
    }

    public enum abbe_submitted_code
    {
        ABBE_SUBMITTED_ACCEPTED = 0,
        ABBE_SUBMITTED_REPLACED = 1,
        ABBE_SUBMITTED_FULL = 2,
    }

    public enum abbe_result_code
    {
        ABBE_RESULT_SEQUENCE = 0,
        ABBE_RESULT_NUMBER = 1,
        ABBE_RESULT_SUBMITTED_NS = 2,
        ABBE_RESULT_STARTED_NS = 3,
        ABBE_RESULT_DONE_NS = 4,
        ABBE_RESULT_LEVEL = 5,
        ABBE_RESULT_FLAGS = 6,
    }

    public enum abbe_result_flag_code
    {
        ABBE_RESULT_FLAG_LATE = 1,
        ABBE_RESULT_FLAG_CLIPPED = 2,
        ABBE_RESULT_FLAG_GAP = 4,
        ABBE_RESULT_FLAG_OTHER_LEVEL = 8,
    }

    public enum abbe_count_code
    {
        ABBE_COUNT_SUBMITTED = 0,
        ABBE_COUNT_DELIVERED = 1,
        ABBE_COUNT_DROPPED_OVERFLOW = 2,
        ABBE_COUNT_DROPPED_DEADLINE = 3,
        ABBE_COUNT_DROPPED_BY_HOST = 4,
        ABBE_COUNT_FAILED = 5,
        ABBE_COUNT_PENDING = 6,
        ABBE_COUNT_REFUSED = 7,
        ABBE_COUNT_MISSING = 8,
    }

    public enum abbe_psf_code
    {
        ABBE_PSF_GAUSSIAN = 1,
        ABBE_PSF_WIDEFIELD = 2,
        ABBE_PSF_CONFOCAL = 3,
        ABBE_PSF_MEASURED = 4,
        ABBE_PSF_BORN_WOLF = 5,
        ABBE_PSF_VECTORIAL = 6,
        ABBE_PSF_TWO_PHOTON = 7,
        ABBE_PSF_SPINNING_DISK = 8,
        ABBE_PSF_LIGHT_SHEET = 9,
        ABBE_PSF_MOTION = 10,
    }

    public enum abbe_param_code
    {
        ABBE_CONTEXT_THREADS = 1000,
        ABBE_CONTEXT_ONNXRUNTIME = 1001,
        ABBE_CONTEXT_DEVICE = 1002,
        ABBE_CONTEXT_DEVICE_INDEX = 1003,
        ABBE_CONTEXT_FALLBACK = 1004,
        ABBE_CONTEXT_ENGINE_CACHE = 1005,
        ABBE_CONTEXT_DETERMINISTIC = 1006,
        ABBE_CONTEXT_ONNXRUNTIME_TELEMETRY = 1007,
        ABBE_CONTEXT_PROVIDER = 1008,
        ABBE_CONTEXT_PROVIDER_OPTIONS = 1009,
        ABBE_PSF_NUMERICAL_APERTURE = 2000,
        ABBE_PSF_WAVELENGTH_NM = 2001,
        ABBE_PSF_PIXEL_NM = 2002,
        ABBE_PSF_STEP_NM = 2003,
        ABBE_PSF_IMMERSION_INDEX = 2004,
        ABBE_PSF_ENERGY = 2005,
        ABBE_PSF_PIXEL = 2006,
        ABBE_PSF_CENTRE = 2007,
        ABBE_PSF_SIGMA_NM = 2008,
        ABBE_PSF_SIGMA_AXIAL_NM = 2009,
        ABBE_PSF_SAMPLES_PIXEL_NM = 2010,
        ABBE_PSF_SAMPLES_STEP_NM = 2011,
        ABBE_PSF_BACKGROUND = 2012,
        ABBE_PSF_MOTION_LENGTH_PX = 2013,
        ABBE_PSF_MOTION_ANGLE_DEG = 2014,
        ABBE_PSF_SAMPLE_INDEX = 2015,
        ABBE_PSF_DEPTH_NM = 2016,
        ABBE_PSF_COVERSLIP_NM = 2017,
        ABBE_PSF_DESIGN_COVERSLIP_NM = 2018,
        ABBE_PSF_COVERSLIP_INDEX = 2019,
        ABBE_PSF_DESIGN_COVERSLIP_INDEX = 2020,
        ABBE_PSF_DESIGN_IMMERSION_INDEX = 2021,
        ABBE_PSF_WORKING_DISTANCE_NM = 2022,
        ABBE_PSF_BEYOND_CRITICAL = 2023,
        ABBE_PSF_EXCITATION_NM = 2024,
        ABBE_PSF_PINHOLE_AIRY = 2025,
        ABBE_PSF_PINHOLE_SPACING = 2026,
        ABBE_PSF_SHEET_THICKNESS_NM = 2027,
        ABBE_PSF_WAVE = 2028,
        ABBE_PSF_POLICY = 2029,
        ABBE_PSF_BEAD_NM = 2030,
        ABBE_PSF_SAMPLES_HOLD = 2031,
        ABBE_PSF_ZERNIKE = 2032,
        ABBE_PSF_DEFOCUS_NM = 2033,
        ABBE_PSF_SPHERICAL_NM = 2034,
        ABBE_PSF_BLUR_NM = 2035,
        ABBE_PSF_FIT = 2036,
        ABBE_PSF_FIT_DEFOCUS_NM = 2100,
        ABBE_PSF_FIT_SHIFT_Y_PX = 2101,
        ABBE_PSF_FIT_SHIFT_X_PX = 2102,
        ABBE_PSF_FIT_CHI_SQUARE = 2103,
        ABBE_PLAN_MEMORY_CAP_BYTES = 3000,
        ABBE_PLAN_BLOCKS = 3001,
        ABBE_PLAN_CAMERA_GAIN = 3010,
        ABBE_PLAN_CAMERA_OFFSET = 3011,
        ABBE_PLAN_CAMERA_READ_NOISE = 3012,
        ABBE_PLAN_CAMERA_CORRELATION = 3013,
        ABBE_PLAN_NOT_A_NUMBER = 3014,
        ABBE_PLAN_NOT_MEASURED = 3015,
        ABBE_BACKGROUND_MODE = 3100,
        ABBE_BACKGROUND_VALUE = 3101,
        ABBE_BACKGROUND_PERCENT = 3102,
        ABBE_BACKGROUND_RADIUS_PX = 3103,
        ABBE_DECONVOLVE_ITERATIONS = 3200,
        ABBE_DECONVOLVE_ALGORITHM = 3201,
        ABBE_DECONVOLVE_PRESET = 3202,
        ABBE_DECONVOLVE_PADDING = 3203,
        ABBE_DECONVOLVE_STOP = 3204,
        ABBE_DECONVOLVE_STOP_CHANGE = 3205,
        ABBE_DECONVOLVE_NOISE_TO_SIGNAL = 3206,
        ABBE_DECONVOLVE_PHOTON_GAIN = 3207,
        ABBE_DECONVOLVE_BACKGROUND = 3208,
        ABBE_DECONVOLVE_TEMPERING = 3209,
        ABBE_DECONVOLVE_STOP_MISFIT = 3210,
        ABBE_DECONVOLVE_WARM_START = 3211,
        ABBE_DECONVOLVE_TOTAL_VARIATION = 3212,
        ABBE_DECONVOLVE_STORAGE = 3213,
        ABBE_DECONVOLVE_DENOISING = 3217,
        ABBE_DECONVOLVE_COURSE = 3218,
        ABBE_DECONVOLVE_CONTRAST = 3219,
        ABBE_DECONVOLVE_DEPTH_SLABS = 3230,
        ABBE_DENOISE_STRENGTH = 3400,
        ABBE_DENOISE_GAIN = 3401,
        ABBE_DENOISE_OFFSET = 3402,
        ABBE_DENOISE_READ_NOISE = 3403,
        ABBE_DENOISE_METHOD = 3404,
        ABBE_MODEL_AXES = 3500,
        ABBE_MODEL_NORMALISATION = 3501,
        ABBE_MODEL_LOW_PERCENTILE = 3502,
        ABBE_MODEL_HIGH_PERCENTILE = 3503,
        ABBE_MODEL_OFFSET = 3504,
        ABBE_MODEL_GAIN = 3505,
        ABBE_MODEL_RANGE_LOW = 3506,
        ABBE_MODEL_RANGE_HIGH = 3507,
        ABBE_MODEL_INTENSITIES = 3508,
        ABBE_MODEL_EXTENT = 3509,
        ABBE_MODEL_OUTPUT = 3510,
        ABBE_MODEL_VALUE = 3511,
        ABBE_MODEL_CHANNELS = 3512,
        ABBE_MODEL_HALO_PX = 3513,
        ABBE_MODEL_TILE_PX = 3514,
        ABBE_MODEL_SEAM_CHECK = 3515,
        ABBE_MODEL_STATISTICS = 3516,
        ABBE_MODEL_HALO_TOLERANCE = 3517,
        ABBE_MODEL_MULTIPLE_PX = 3518,
        ABBE_MODEL_OUTPUT_KIND = 3519,
        ABBE_MODEL_INPUTS = 3521,
        ABBE_MODEL_STATES = 3522,
        ABBE_MODEL_FRAMES = 3520,
        ABBE_OUTPUT_MODE = 3600,
        ABBE_OUTPUT_GAIN = 3601,
        ABBE_OUTPUT_OFFSET = 3602,
        ABBE_OUTPUT_HIGHEST = 3603,
        ABBE_OUTPUT_LOW = 3604,
        ABBE_OUTPUT_HIGH = 3605,
        ABBE_FILTER_KIND = 3700,
        ABBE_FILTER_SIGMA_PX = 3701,
        ABBE_FILTER_SIGMA_PLANES = 3702,
        ABBE_FILTER_RATIO = 3703,
        ABBE_FILTER_AMOUNT = 3704,
        ABBE_FILTER_RADIUS_PX = 3705,
        ABBE_FILTER_RADIUS_PLANES = 3706,
        ABBE_FILTER_TILE_PX = 3707,
        ABBE_FILTER_TILE_PLANES = 3708,
        ABBE_FILTER_CLIP_LIMIT = 3709,
        ABBE_FILTER_SHORTEST_PX = 3710,
        ABBE_FILTER_LONGEST_PX = 3711,
        ABBE_FILTER_ALONG = 3712,
        ABBE_FILTER_WIDTH_PX = 3713,
        ABBE_FILTER_LENGTH_PX = 3714,
        ABBE_HOT_PIXELS_FWHM_PX = 3800,
        ABBE_HOT_PIXELS_LISTED = 3801,
        ABBE_BIN_KIND = 3900,
        ABBE_BIN_PX = 3901,
        ABBE_BIN_PLANES = 3902,
        ABBE_CAMERA_RESULT = 3930,
        ABBE_FLAT_FIELD_MODE = 3940,
        ABBE_FLAT_FIELD_DEGREE = 3941,
        ABBE_BLEACH_MODE = 3950,
        ABBE_BLEACH_BACKGROUND = 3951,
        ABBE_REASSIGN_MAGNIFICATION = 4200,
        ABBE_REASSIGN_FWHM_PX = 4201,
        ABBE_REASSIGN_GAIN = 4202,
        ABBE_REASSIGN_RADIUS_PX = 4203,
        ABBE_ESRRF_MAGNIFICATION = 4300,
        ABBE_ESRRF_FWHM_PX = 4301,
        ABBE_ESRRF_SENSITIVITY = 4302,
        ABBE_ESRRF_FRAMES = 4303,
        ABBE_ESRRF_OVER = 4304,
        ABBE_RESAMPLE_FACTOR_PX = 4400,
        ABBE_RESAMPLE_FACTOR_PLANES = 4401,
        ABBE_RESAMPLE_PIXEL_NM = 4402,
        ABBE_RESAMPLE_STEP_NM = 4403,
        ABBE_RESAMPLE_BETWEEN = 4404,
        ABBE_PLAN_INPUT_BYTES = 4000,
        ABBE_PLAN_OUTPUT_BYTES = 4001,
        ABBE_PLAN_WORKSPACE_BYTES = 4002,
        ABBE_PLAN_PROGRESS = 4003,
        ABBE_PLAN_CLIPPED = 4004,
        ABBE_PLAN_OUTPUT_GAIN = 4005,
        ABBE_PLAN_OUTPUT_OFFSET = 4006,
        ABBE_ASSESS_GAIN = 6000,
        ABBE_ASSESS_OFFSET = 6001,
        ABBE_ASSESS_READ_NOISE = 6002,
        ABBE_ASSESS_CORRELATION = 6012,
        ABBE_ASSESS_NOT_A_NUMBER = 6011,
        ABBE_ASSESS_ALIGN = 6013,
        ABBE_ASSESS_PIXEL_NM = 6003,
        ABBE_ASSESS_STEP_NM = 6004,
        ABBE_ASSESS_DRAWS = 6005,
        ABBE_ASSESS_SPLITS = 6006,
        ABBE_ASSESS_DEADLINE_S = 6007,
        ABBE_ASSESS_MEMORY_CAP_BYTES = 6008,
        ABBE_ASSESS_WORKSPACE_BYTES = 6009,
        ABBE_ASSESS_PROGRESS = 6010,
        ABBE_STREAM_MODE = 7000,
        ABBE_STREAM_FRAMES = 7001,
        ABBE_STREAM_RESULTS = 7002,
        ABBE_STREAM_SLOTS = 7003,
        ABBE_STREAM_DEADLINE_MS = 7004,
        ABBE_STREAM_LEVEL = 7005,
        ABBE_LEARN_METHOD = 8000,
        ABBE_LEARN_STEPS = 8001,
        ABBE_LEARN_DEADLINE_S = 8002,
        ABBE_LEARN_SEED = 8003,
        ABBE_LEARN_GAIN = 8004,
        ABBE_LEARN_OFFSET = 8005,
        ABBE_LEARN_READ_NOISE = 8006,
    }

    public enum abbe_device_code
    {
        ABBE_DEVICE_AUTO = 0,
        ABBE_DEVICE_CPU = 1,
        ABBE_DEVICE_CUDA = 2,
        ABBE_DEVICE_TENSORRT = 3,
    }

    public enum abbe_pixel_code
    {
        ABBE_PIXEL_AUTO = 0,
        ABBE_PIXEL_POINT = 1,
        ABBE_PIXEL_AREA = 2,
    }

    public enum abbe_centre_code
    {
        ABBE_CENTRE_NONE = 0,
        ABBE_CENTRE_NOMINAL = 1,
        ABBE_CENTRE_BEST_FOCUS = 2,
        ABBE_CENTRE_CENTROID = 3,
    }

    public enum abbe_beyond_critical_code
    {
        ABBE_BEYOND_CRITICAL_TRUNCATED = 0,
        ABBE_BEYOND_CRITICAL_EVANESCENT = 1,
    }

    public enum abbe_wave_code
    {
        ABBE_WAVE_SCALAR = 0,
        ABBE_WAVE_VECTORIAL = 1,
    }

    public enum abbe_policy_code
    {
        ABBE_POLICY_REFUSE = 0,
        ABBE_POLICY_REPAIR = 1,
        ABBE_POLICY_WARN = 2,
    }

    public enum abbe_samples_hold_code
    {
        ABBE_SAMPLES_HOLD_PSF = 0,
        ABBE_SAMPLES_HOLD_BEADS = 1,
    }

    public enum abbe_not_a_number_code
    {
        ABBE_NOT_A_NUMBER_REFUSE = 0,
        ABBE_NOT_A_NUMBER_NOT_MEASURED = 1,
    }

    public enum abbe_not_measured_code
    {
        ABBE_NOT_MEASURED_RESTORED = 0,
        ABBE_NOT_MEASURED_UNTOUCHED = 1,
    }

    public enum abbe_stream_mode_code
    {
        ABBE_STREAM_MODE_LOSSLESS = 0,
        ABBE_STREAM_MODE_LATEST = 1,
    }

    public enum abbe_filter_code
    {
        ABBE_FILTER_GAUSSIAN = 0,
        ABBE_FILTER_MEDIAN = 1,
        ABBE_FILTER_DIFFERENCE_OF_GAUSSIANS = 2,
        ABBE_FILTER_UNSHARP = 3,
        ABBE_FILTER_TOP_HAT = 4,
        ABBE_FILTER_CLAHE = 5,
        ABBE_FILTER_BAND_PASS = 6,
        ABBE_FILTER_STRIPES = 7,
    }

    public enum abbe_filter_along_code
    {
        ABBE_FILTER_ALONG_X = 0,
        ABBE_FILTER_ALONG_Y = 1,
    }

    public enum abbe_esrrf_over_code
    {
        ABBE_ESRRF_OVER_MEAN = 0,
        ABBE_ESRRF_OVER_VARIANCE = 1,
        ABBE_ESRRF_OVER_COVARIANCE = 2,
    }

    public enum abbe_resample_code
    {
        ABBE_RESAMPLE_CUBIC = 0,
        ABBE_RESAMPLE_LINEAR = 1,
    }

    public enum abbe_bin_code
    {
        ABBE_BIN_MEAN = 0,
        ABBE_BIN_SUM = 1,
        ABBE_BIN_MAX = 2,
    }

    public enum abbe_camera_result_code
    {
        ABBE_CAMERA_RESULT_PHOTONS = 0,
        ABBE_CAMERA_RESULT_INTENSITY = 1,
    }

    public enum abbe_flat_field_code
    {
        ABBE_FLAT_FIELD_MAP = 0,
        ABBE_FLAT_FIELD_SERIES = 1,
    }

    public enum abbe_bleach_code
    {
        ABBE_BLEACH_RATIO = 0,
        ABBE_BLEACH_EXPONENTIAL = 1,
        ABBE_BLEACH_HISTOGRAM = 2,
    }

    public enum abbe_denoise_method_code
    {
        ABBE_DENOISE_METHOD_PATCHES = 0,
        ABBE_DENOISE_METHOD_TOTAL_VARIATION = 1,
        ABBE_DENOISE_METHOD_NETWORK = 2,
        ABBE_DENOISE_METHOD_WAVELETS = 3,
    }

    public enum abbe_learn_method_code
    {
        ABBE_LEARN_METHOD_AUTOMATIC = 0,
        ABBE_LEARN_METHOD_PHOTON_SPLITTING = 1,
        ABBE_LEARN_METHOD_BLIND_SPOTS = 2,
    }

    public enum abbe_output_code
    {
        ABBE_OUTPUT_FIT = 0,
        ABBE_OUTPUT_STATED = 1,
        ABBE_OUTPUT_RANGE = 2,
    }

    public enum abbe_background_code
    {
        ABBE_BACKGROUND_CONSTANT = 0,
        ABBE_BACKGROUND_ESTIMATED = 1,
        ABBE_BACKGROUND_AUTOMATIC = 2,
        ABBE_BACKGROUND_PERCENTILE = 3,
        ABBE_BACKGROUND_ROLLING_BALL = 4,
        ABBE_BACKGROUND_TOP_HAT = 5,
    }

    public enum abbe_algorithm_code
    {
        ABBE_ALGORITHM_AUTOMATIC = 0,
        ABBE_ALGORITHM_RICHARDSON_LUCY = 1,
        ABBE_ALGORITHM_HEAVY_BALL = 2,
        ABBE_ALGORITHM_BIGGS_ANDREWS = 3,
        ABBE_ALGORITHM_TEMPERED = 4,
        ABBE_ALGORITHM_WIENER_BUTTERWORTH = 5,
        ABBE_ALGORITHM_TOTAL_VARIATION = 6,
        ABBE_ALGORITHM_LANDWEBER = 7,
        ABBE_ALGORITHM_ISRA = 8,
        ABBE_ALGORITHM_GOLD_MEINEL = 9,
        ABBE_ALGORITHM_WIENER = 10,
        ABBE_ALGORITHM_TIKHONOV = 11,
        ABBE_ALGORITHM_REGULARISED_INVERSE = 12,
        ABBE_ALGORITHM_BLIND_RICHARDSON_LUCY = 13,
        ABBE_ALGORITHM_HYBRID = 14,
    }

    public enum abbe_preset_code
    {
        ABBE_PRESET_AUTOMATIC = 0,
        ABBE_PRESET_FAST = 1,
        ABBE_PRESET_BALANCED = 2,
        ABBE_PRESET_QUALITY = 3,
    }

    public enum abbe_padding_code
    {
        ABBE_PADDING_AUTOMATIC = 0,
        ABBE_PADDING_FULL = 1,
        ABBE_PADDING_HALF = 2,
        ABBE_PADDING_NONE = 3,
    }

    public enum abbe_stop_code
    {
        ABBE_STOP_AUTOMATIC = 0,
        ABBE_STOP_ITERATIONS = 1,
        ABBE_STOP_CHANGE = 2,
        ABBE_STOP_DISCREPANCY = 3,
        ABBE_STOP_HELD_OUT = 4,
    }

    public enum abbe_contrast_code
    {
        ABBE_CONTRAST_AUTOMATIC = 0,
        ABBE_CONTRAST_EMISSION = 1,
        ABBE_CONTRAST_ABSORPTION = 2,
        ABBE_CONTRAST_SIGNED = 3,
    }

    public enum abbe_course_code
    {
        ABBE_COURSE_SERIES = 0,
        ABBE_COURSE_IMAGE = 1,
        ABBE_COURSE_FIRST = 2,
    }

    public enum abbe_storage_code
    {
        ABBE_STORAGE_SINGLE = 0,
        ABBE_STORAGE_HALF = 1,
    }

    public enum abbe_normalisation_code
    {
        ABBE_NORMALISATION_PACKAGE = 0,
        ABBE_NORMALISATION_NONE = 1,
        ABBE_NORMALISATION_PERCENTILE = 2,
        ABBE_NORMALISATION_MEAN_STD = 3,
        ABBE_NORMALISATION_FIXED = 4,
    }

    public enum abbe_intensities_code
    {
        ABBE_INTENSITIES_AUTO = 0,
        ABBE_INTENSITIES_INPUT = 1,
        ABBE_INTENSITIES_NETWORK = 2,
    }

    public enum abbe_output_kind_code
    {
        ABBE_OUTPUT_KIND_AUTO = 0,
        ABBE_OUTPUT_KIND_IMAGE = 1,
        ABBE_OUTPUT_KIND_UNCERTAINTY = 2,
        ABBE_OUTPUT_KIND_PROBABILITY = 3,
        ABBE_OUTPUT_KIND_LABELS = 4,
        ABBE_OUTPUT_KIND_OTHER = 5,
    }

    public enum abbe_extent_code
    {
        ABBE_EXTENT_FULL = 0,
        ABBE_EXTENT_NETWORK = 1,
    }

    public enum abbe_channels_code
    {
        ABBE_CHANNELS_EXACT = 0,
        ABBE_CHANNELS_REPEAT = 1,
    }

    public enum abbe_seam_check_code
    {
        ABBE_SEAM_CHECK_AUTO = 0,
        ABBE_SEAM_CHECK_NEVER = 1,
        ABBE_SEAM_CHECK_ALWAYS = 2,
    }

    public enum abbe_statistics_code
    {
        ABBE_STATISTICS_IMAGE = 0,
        ABBE_STATISTICS_FIRST = 1,
        ABBE_STATISTICS_SERIES = 2,
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate void abbe_log_fn(IntPtr user, int level, IntPtr message);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int abbe_progress_fn(IntPtr user, double fraction);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int abbe_read_fn(IntPtr user, long image, IntPtr start, IntPtr shape, IntPtr samples, UIntPtr bytes);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int abbe_write_fn(IntPtr user, long image, IntPtr start, IntPtr shape, IntPtr samples, UIntPtr bytes);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate void abbe_deliver_fn(IntPtr user, IntPtr image, UIntPtr bytes, IntPtr facts, int count);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate void abbe_release_fn(IntPtr user, IntPtr frame);

    internal static class Native
    {
        private const string Library = "abbe";
        internal const uint Version = 1000;

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern uint abbe_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr abbe_version_text();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr abbe_status_text(int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern UIntPtr abbe_error_text(AbbeContext context, [Out] byte[] text, UIntPtr capacity);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_param_count();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_param_at(int index, out int param);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_param_find([MarshalAs(UnmanagedType.LPUTF8Str)] string name, out int param);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_param_range(int param, out double minimum, out double maximum, out double default_value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_param_describe(int param, [Out] byte[] json, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_context_create(out AbbeContext context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_context_set_i64(AbbeContext context, int param, long value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_context_set_f64(AbbeContext context, int param, double value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_context_set_text(AbbeContext context, int param, [MarshalAs(UnmanagedType.LPUTF8Str)] string value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_context_unset(AbbeContext context, int param);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_context_set_log(AbbeContext context, abbe_log_fn log, IntPtr user, int level);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_context_register_provider(AbbeContext context, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string path);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_context_devices(AbbeContext context, [Out] byte[] json, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_context_adopt_onnxruntime(AbbeContext context, IntPtr api_base);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void abbe_context_destroy(IntPtr context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_create(AbbeContext context, int kind, out AbbePsf psf);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_set_i64(AbbePsf psf, int param, long value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_set_f64(AbbePsf psf, int param, double value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_set_text(AbbePsf psf, int param, [MarshalAs(UnmanagedType.LPUTF8Str)] string value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_unset(AbbePsf psf, int param);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_set_samples(AbbePsf psf, float[] samples, int ndim, long[] shape);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_extent(AbbePsf psf, int ndim, [Out] long[] shape);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_sample(AbbePsf psf, [Out] float[] samples, int ndim, long[] shape);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_fit(AbbePsf psf, AbbePsf measured);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_estimate(AbbePsf psf, float[] samples, int ndim, long[] shape, abbe_progress_fn progress, IntPtr user);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void abbe_psf_cancel(AbbePsf psf);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_get_i64(AbbePsf psf, int param, out long value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_get_f64(AbbePsf psf, int param, out double value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_psf_report(AbbePsf psf, [Out] byte[] json, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void abbe_psf_destroy(IntPtr psf);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_model_load(AbbeContext context, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, out AbbeModel model);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_model_load_memory(AbbeContext context, IntPtr bytes, UIntPtr size, out AbbeModel model);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_model_builtin(AbbeContext context, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, out AbbeModel model);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_model_set_i64(AbbeModel model, int param, long value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_model_set_f64(AbbeModel model, int param, double value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_model_unset(AbbeModel model, int param);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_model_learn(AbbeModel model, float[] samples, int ndim, long[] shape, abbe_progress_fn progress, IntPtr user, out AbbeModel learnt);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void abbe_model_cancel(AbbeModel model);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_model_save(AbbeModel model, [MarshalAs(UnmanagedType.LPUTF8Str)] string path);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_model_describe(AbbeModel model, [Out] byte[] json, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_model_selftest(AbbeModel model, [Out] byte[] json, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void abbe_model_destroy(IntPtr model);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_create(AbbeContext context, out AbbePlan plan);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_add_step(AbbePlan plan, int step);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_select_step(AbbePlan plan, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_psf(AbbePlan plan, AbbePsf psf);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_channel_psf(AbbePlan plan, int channel, AbbePsf psf);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_model(AbbePlan plan, AbbeModel model);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_model_input(AbbePlan plan, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, float[] samples, int ndim, long[] shape);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_i64(AbbePlan plan, int param, long value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_f64(AbbePlan plan, int param, double value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_text(AbbePlan plan, int param, [MarshalAs(UnmanagedType.LPUTF8Str)] string value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_unset(AbbePlan plan, int param);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_input(AbbePlan plan, int dtype, [MarshalAs(UnmanagedType.LPUTF8Str)] string axes, long[] shape, long[] byte_strides, long byte_offset);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_mask(AbbePlan plan, IntPtr mask, UIntPtr mask_bytes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_sensor_map(AbbePlan plan, int sensor_map, float[] samples, int ndim, long[] shape);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_calibrations(AbbePlan plan, [MarshalAs(UnmanagedType.LPUTF8Str)] string calibrations);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_output(AbbePlan plan, int dtype, long[] byte_strides, long byte_offset);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_output_shape(AbbePlan plan, [Out] long[] shape, int capacity, out int ndim);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_set_progress(AbbePlan plan, abbe_progress_fn progress, IntPtr user);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_commit(AbbePlan plan);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_execute(AbbePlan plan, IntPtr src, UIntPtr src_bytes, IntPtr dst, UIntPtr dst_bytes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_try_execute(AbbePlan plan, IntPtr src, UIntPtr src_bytes, IntPtr dst, UIntPtr dst_bytes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void abbe_plan_cancel(AbbePlan plan);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_get_i64(AbbePlan plan, int param, out long value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_get_f64(AbbePlan plan, int param, out double value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_estimated_psf(AbbePlan plan, AbbePsf psf);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_report(AbbePlan plan, [Out] byte[] json, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void abbe_plan_destroy(IntPtr plan);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_sensor_measure(AbbeContext context, int dtype, IntPtr frames, UIntPtr frames_bytes, long dark_frames, long flat_levels, long flat_frames, int ndim, long[] shape, [Out] float[] samples);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_save_json(AbbePlan plan, [Out] byte[] json, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_load_json(AbbeContext context, [MarshalAs(UnmanagedType.LPUTF8Str)] string json, out AbbePlan plan);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_plan_execute_blocks(AbbePlan plan, abbe_read_fn read, abbe_write_fn write, IntPtr user);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_metric_measure(AbbeContext context, int metric, float[] samples, float[] reference, int ndim, long[] shape, double range, out double value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_create(AbbeContext context, out AbbeAssess assess);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_set_i64(AbbeAssess assess, int param, long value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_set_f64(AbbeAssess assess, int param, double value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_unset(AbbeAssess assess, int param);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_set_image(AbbeAssess assess, int image, float[] samples, int ndim, long[] shape);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_set_mask(AbbeAssess assess, IntPtr mask, UIntPtr mask_bytes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_set_psf(AbbeAssess assess, AbbePsf psf);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_set_plan(AbbeAssess assess, AbbePlan plan);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_run(AbbeAssess assess, abbe_progress_fn progress, IntPtr user);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void abbe_assess_cancel(AbbeAssess assess);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_get_i64(AbbeAssess assess, int param, out long value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_get_f64(AbbeAssess assess, int param, out double value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_map(AbbeAssess assess, int map, [Out] float[] samples, int ndim, long[] shape);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int abbe_assess_report(AbbeAssess assess, [Out] byte[] json, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void abbe_assess_destroy(IntPtr assess);
    }

    /// <summary>Functions of abbe.h that belong to no object.</summary>
    public static partial class AbbeLibrary
    {

        /// <summary>Gives the version of the loaded library as text, e.g. "0.1.0". See abbe_version_text of abbe.h.</summary>
        public static string VersionText()
        {
            return AbbeLibrary.Text(Native.abbe_version_text());
        }

        /// <summary>Gives a short English sentence for a status. See abbe_status_text of abbe.h.</summary>
        public static string StatusText(abbe_status_code status)
        {
            return AbbeLibrary.Text(Native.abbe_status_text((int)status));
        }

        /// <summary>Gives the number of parameters and facts that this version knows. See abbe_param_count of abbe.h.</summary>
        public static int ParamCount()
        {
            return Native.abbe_param_count();
        }

        /// <summary>Gives the parameter at a place of the table. See abbe_param_at of abbe.h.</summary>
        public static int ParamAt(int index)
        {
            AbbeException.Check(Native.abbe_param_at((int)index, out int param));
            return param;
        }

        /// <summary>Finds a parameter by its name. See abbe_param_find of abbe.h.</summary>
        public static int ParamFind(string name)
        {
            AbbeException.Check(Native.abbe_param_find(name, out int param));
            return param;
        }

        /// <summary>Gives the range and the default of a parameter that is a number or a choice. See abbe_param_range of abbe.h.</summary>
        public static void ParamRange(abbe_param_code param, out double minimum, out double maximum, out double default_value)
        {
            AbbeException.Check(Native.abbe_param_range((int)param, out minimum, out maximum, out default_value));
        }

        /// <summary>Describes a parameter as one JSON object: id, name, constant, object, kind, minimum, maximum, default, unit, values and value_summaries (of a choice), summary, since, experimental. See abbe_param_describe of abbe.h.</summary>
        public static string ParamDescribe(abbe_param_code param)
        {
            UIntPtr size;
            AbbeException.Check(Native.abbe_param_describe((int)param, null, UIntPtr.Zero, out size));
            var text = new byte[(int)size];
            AbbeException.Check(Native.abbe_param_describe((int)param, text, size, out size));
            return Encoding.UTF8.GetString(text, 0, (int)size - 1);
        }

        /// <summary>Measures maps of a sensor's pixels, for abbe_plan_set_sensor_map(), from frames without light and in even light. See abbe_sensor_measure of abbe.h.</summary>
        public static float[] SensorMeasure(AbbeContext context, abbe_dtype_code dtype, byte[] frames, long dark_frames, long flat_levels, long flat_frames, long[] shape)
        {
            var samples = new float[Samples.Count(shape)];
            using (var pinned = new Pinned(frames))
            {
                AbbeException.Check(Native.abbe_sensor_measure(context, (int)dtype, pinned.Address, pinned.Bytes, dark_frames, flat_levels, flat_frames, shape.Length, shape, samples));
                return samples;
            }
        }

        /// <summary>Compares an image with a reference that is true, or taken for true: PSNR, SSIM and others. docs/trust.md has the formulas. See abbe_metric_measure of abbe.h.</summary>
        public static double MetricMeasure(AbbeContext context, abbe_metric_code metric, float[] samples, float[] reference, long[] shape, double range)
        {
            Samples.Check(nameof(samples), samples, shape);
            Samples.Check(nameof(reference), reference, shape);
            AbbeException.Check(Native.abbe_metric_measure(context, (int)metric, samples, reference, shape.Length, shape, range, out double value));
            return value;
        }
    }

    public sealed partial class AbbeAssess
    {

        /// <summary>Forgets what was set: the parameter has its default again, or is worked out where it has none. See abbe_assess_unset of abbe.h.</summary>
        public AbbeAssess Unset(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_assess_unset(this, (int)param));
            return this;
        }

        /// <summary>Gives an image: the raw one, of 16 samples or more along y and x, what was made of it, or a reference; all of the same extents unless ABBE_ASSESS_ALIGN is 1. See abbe_assess_set_image of abbe.h.</summary>
        public AbbeAssess SetImage(abbe_image_code image, float[] samples, long[] shape)
        {
            Samples.Check(nameof(samples), samples, shape);
            AbbeException.Check(Native.abbe_assess_set_image(this, (int)image, samples, shape.Length, shape));
            return this;
        }

        /// <summary>States which samples of the raw image were not measured: saturated, dead, outside a deskewed or stitched field. See abbe_assess_set_mask of abbe.h.</summary>
        public AbbeAssess SetMask(byte[] mask)
        {
            using (var pinned = new Pinned(mask))
            {
                AbbeException.Check(Native.abbe_assess_set_mask(this, pinned.Address, pinned.Bytes));
                return this;
            }
        }

        /// <summary>Gives the point spread function whose blur the result is without. See abbe_assess_set_psf of abbe.h.</summary>
        public AbbeAssess SetPsf(AbbePsf psf)
        {
            AbbeException.Check(Native.abbe_assess_set_psf(this, psf));
            return this;
        }

        /// <summary>Gives the plan that made the result, which is run again on halves of the light. See abbe_assess_set_plan of abbe.h.</summary>
        public AbbeAssess SetPlan(AbbePlan plan)
        {
            AbbeException.Check(Native.abbe_assess_set_plan(this, plan));
            return this;
        }

        /// <summary>Works out numbers and maps: a few seconds for a million samples, and the plan's own time twice per split. See abbe_assess_run of abbe.h.</summary>
        public AbbeAssess Run(Func<double, abbe_answer_code> progress)
        {
            var listener = new Listener(progress);
            listener.Check(Native.abbe_assess_run(this, listener.Function, IntPtr.Zero));
            return this;
        }

        /// <summary>Asks the run to stop, which then returns ABBE_ERROR_CANCELLED. See abbe_assess_cancel of abbe.h.</summary>
        public void Cancel()
        {
            Native.abbe_assess_cancel(this);
        }

        /// <summary>Gives a whole number of an assessment: what was set, its default, or a fact of the last run. See abbe_assess_get_i64 of abbe.h.</summary>
        public long GetI64(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_assess_get_i64(this, (int)param, out long value));
            return value;
        }

        /// <summary>Gives a real number of an assessment: what was set, its default, or a fact of the run. See abbe_assess_get_f64 of abbe.h.</summary>
        public double GetF64(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_assess_get_f64(this, (int)param, out double value));
            return value;
        }

        /// <summary>Copies a map of the last run. See abbe_assess_map of abbe.h.</summary>
        public float[] Map(abbe_map_code map, long[] shape)
        {
            var samples = new float[Samples.Count(shape)];
            AbbeException.Check(Native.abbe_assess_map(this, (int)map, samples, shape.Length, shape));
            return samples;
        }

        /// <summary>Describes what the last run found, as one JSON object: "noise", "grid", "intensities", "seams", "squirrel", "forward", "shift_px", "suspicion", "frc_raw", of planes "decorrelation_raw" and "decorrelation_result", with a point spread function "support", with a plan "halves", with a reference "reference"; "left_out" names what the deadline left no time for. See abbe_assess_report of abbe.h.</summary>
        public string Report()
        {
            UIntPtr size;
            AbbeException.Check(Native.abbe_assess_report(this, null, UIntPtr.Zero, out size));
            var text = new byte[(int)size];
            AbbeException.Check(Native.abbe_assess_report(this, text, size, out size));
            return Encoding.UTF8.GetString(text, 0, (int)size - 1);
        }
    }

    public sealed partial class AbbeContext
    {

        /// <summary>Sets a real number of a context. See abbe_context_set_f64 of abbe.h.</summary>
        public AbbeContext SetF64(abbe_param_code param, double value)
        {
            AbbeException.Check(Native.abbe_context_set_f64(this, (int)param, value));
            return this;
        }

        /// <summary>Sets a text of a context. See abbe_context_set_text of abbe.h.</summary>
        public AbbeContext SetText(abbe_param_code param, string value)
        {
            AbbeException.Check(Native.abbe_context_set_text(this, (int)param, value));
            return this;
        }

        /// <summary>Forgets what was set: the parameter has its default again, or is worked out where it has none. See abbe_context_unset of abbe.h.</summary>
        public AbbeContext Unset(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_context_unset(this, (int)param));
            return this;
        }

        /// <summary>Loads an execution provider of ONNX Runtime that is a library of its own (a plug-in), for devices that ONNX Runtime does not know by itself: OpenVINO, WebGPU, TensorRT-RTX and others. See abbe_context_register_provider of abbe.h.</summary>
        public AbbeContext RegisterProvider(string name, string path)
        {
            AbbeException.Check(Native.abbe_context_register_provider(this, name, path));
            return this;
        }

        /// <summary>Lists the devices that networks can run on, as one JSON object: "onnxruntime", its version; "library", its path, or null where it is the host's; "built_in", names of the providers in it; "devices", for each "provider" (for `context.provider`), "index" (for `context.device_index`), "kind" (cpu, gpu or npu), "vendor", "provider_vendor", "id", and what the provider tells: "metadata", "hardware", "options". See abbe_context_devices of abbe.h.</summary>
        public string Devices()
        {
            UIntPtr size;
            AbbeException.Check(Native.abbe_context_devices(this, null, UIntPtr.Zero, out size));
            var text = new byte[(int)size];
            AbbeException.Check(Native.abbe_context_devices(this, text, size, out size));
            return Encoding.UTF8.GetString(text, 0, (int)size - 1);
        }

        /// <summary>Runs networks in the ONNX Runtime that the host has loaded itself, so that the process never has two. See abbe_context_adopt_onnxruntime of abbe.h.</summary>
        public AbbeContext AdoptOnnxruntime(IntPtr api_base)
        {
            AbbeException.Check(Native.abbe_context_adopt_onnxruntime(this, api_base));
            return this;
        }
    }

    public sealed partial class AbbeModel
    {

        /// <summary>Loads a network from memory, e.g. from a host's own archive. See abbe_model_load_memory of abbe.h.</summary>
        public static AbbeModel LoadMemory(AbbeContext context, byte[] bytes)
        {
            using (var pinned = new Pinned(bytes))
            {
                AbbeException.Check(Native.abbe_model_load_memory(context, pinned.Address, pinned.Bytes, out AbbeModel model));
                return model;
            }
        }

        /// <summary>Gives a network that is built in: no file, no ONNX Runtime. See abbe_model_builtin of abbe.h.</summary>
        public static AbbeModel Builtin(AbbeContext context, string name)
        {
            AbbeException.Check(Native.abbe_model_builtin(context, name, out AbbeModel model));
            return model;
        }

        /// <summary>Sets a whole number of how networks are learnt from this one, or a real number to a whole value. See abbe_model_set_i64 of abbe.h.</summary>
        public AbbeModel SetI64(abbe_param_code param, long value)
        {
            AbbeException.Check(Native.abbe_model_set_i64(this, (int)param, value));
            return this;
        }

        /// <summary>Sets a real number of how networks are learnt from this one. See abbe_model_set_f64 of abbe.h.</summary>
        public AbbeModel SetF64(abbe_param_code param, double value)
        {
            AbbeException.Check(Native.abbe_model_set_f64(this, (int)param, value));
            return this;
        }

        /// <summary>Gives a parameter of learning its default again. See abbe_model_unset of abbe.h.</summary>
        public AbbeModel Unset(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_model_unset(this, (int)param));
            return this;
        }

        /// <summary>Learns a network for an image from this one, by the image alone: no clean image is needed. docs/learning.md says how, and what it is good for. See abbe_model_learn of abbe.h.</summary>
        public AbbeModel Learn(float[] samples, long[] shape, Func<double, abbe_answer_code> progress)
        {
            Samples.Check(nameof(samples), samples, shape);
            var listener = new Listener(progress);
            listener.Check(Native.abbe_model_learn(this, samples, shape.Length, shape, listener.Function, IntPtr.Zero, out AbbeModel learnt));
            return learnt;
        }

        /// <summary>Asks whoever learns from this network to stop with the best one until then. See abbe_model_cancel of abbe.h.</summary>
        public void Cancel()
        {
            Native.abbe_model_cancel(this);
        }

        /// <summary>Saves a network that is built in or was learnt as a BioImage.IO 0.5 package: a zip with the weights as ONNX, a test, and how it was learnt. See abbe_model_save of abbe.h.</summary>
        public AbbeModel Save(string path)
        {
            AbbeException.Check(Native.abbe_model_save(this, path));
            return this;
        }

        /// <summary>Describes a network as one JSON object: name, authors, licence, axes, scale, halo, receptive field, stride, operators; for one that was learnt `learning` says from what, how, and how it does on samples that were held out. See abbe_model_describe of abbe.h.</summary>
        public string Describe()
        {
            UIntPtr size;
            AbbeException.Check(Native.abbe_model_describe(this, null, UIntPtr.Zero, out size));
            var text = new byte[(int)size];
            AbbeException.Check(Native.abbe_model_describe(this, text, size, out size));
            return Encoding.UTF8.GetString(text, 0, (int)size - 1);
        }

        /// <summary>Runs the test that a package brings, on the context's device, and compares: needs ONNX Runtime. See abbe_model_selftest of abbe.h.</summary>
        public string Selftest()
        {
            UIntPtr size;
            AbbeException.Check(Native.abbe_model_selftest(this, null, UIntPtr.Zero, out size));
            var text = new byte[(int)size];
            AbbeException.Check(Native.abbe_model_selftest(this, text, size, out size));
            return Encoding.UTF8.GetString(text, 0, (int)size - 1);
        }
    }

    public sealed partial class AbbePlan
    {

        /// <summary>Selects the step that setters and getters of step parameters apply to. See abbe_plan_select_step of abbe.h.</summary>
        public AbbePlan SelectStep(int index)
        {
            AbbeException.Check(Native.abbe_plan_select_step(this, (int)index));
            return this;
        }

        /// <summary>Sets the point spread function of one channel of the images of the selected step, a deconvolution, where channels differ: each colour of a fluorescence image is blurred in its own way. See abbe_plan_set_channel_psf of abbe.h.</summary>
        public AbbePlan SetChannelPsf(int channel, AbbePsf psf)
        {
            AbbeException.Check(Native.abbe_plan_set_channel_psf(this, (int)channel, psf));
            return this;
        }

        /// <summary>Gives an input of the selected step's network the samples that it reads in every run: a point spread function, a table, a time step, of extents of its own. See abbe_plan_set_model_input of abbe.h.</summary>
        public AbbePlan SetModelInput(string name, float[] samples, long[] shape)
        {
            Samples.Check(nameof(samples), samples, shape);
            AbbeException.Check(Native.abbe_plan_set_model_input(this, name, samples, shape.Length, shape));
            return this;
        }

        /// <summary>Sets a text of a plan (ABBE_PLAN_*) or of its selected step. See abbe_plan_set_text of abbe.h.</summary>
        public AbbePlan SetText(abbe_param_code param, string value)
        {
            AbbeException.Check(Native.abbe_plan_set_text(this, (int)param, value));
            return this;
        }

        /// <summary>Forgets what was set: the parameter has its default again, or is worked out where it has none. See abbe_plan_unset of abbe.h.</summary>
        public AbbePlan Unset(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_plan_unset(this, (int)param));
            return this;
        }

        /// <summary>States which samples of the images to come were not measured: saturated, dead, outside a deskewed or stitched field. See abbe_plan_set_mask of abbe.h.</summary>
        public AbbePlan SetMask(byte[] mask)
        {
            using (var pinned = new Pinned(mask))
            {
                AbbeException.Check(Native.abbe_plan_set_mask(this, pinned.Address, pinned.Bytes));
                return this;
            }
        }

        /// <summary>Gives the selected step, a camera step, a map of the sensor's pixels. See abbe_plan_set_sensor_map of abbe.h.</summary>
        public AbbePlan SetSensorMap(abbe_sensor_map_code sensor_map, float[] samples, long[] shape)
        {
            Samples.Check(nameof(samples), samples, shape);
            AbbeException.Check(Native.abbe_plan_set_sensor_map(this, (int)sensor_map, samples, shape.Length, shape));
            return this;
        }

        /// <summary>States what the images of the selected step, a deconvolution, are: noise, background and how far iterations go are not looked for then. See abbe_plan_set_calibrations of abbe.h.</summary>
        public AbbePlan SetCalibrations(string calibrations)
        {
            AbbeException.Check(Native.abbe_plan_set_calibrations(this, calibrations));
            return this;
        }

        /// <summary>As abbe_plan_execute(), but that it waits for no other call on the plan. See abbe_plan_try_execute of abbe.h.</summary>
        public AbbePlan TryExecute(byte[] src, IntPtr dst, UIntPtr dst_bytes)
        {
            using (var pinned = new Pinned(src))
            {
                AbbeException.Check(Native.abbe_plan_try_execute(this, pinned.Address, pinned.Bytes, dst, dst_bytes));
                return this;
            }
        }

        /// <summary>Gives a whole number of a plan: a fact (ABBE_PLAN_WORKSPACE_BYTES), or a setting of the plan or its selected step. See abbe_plan_get_i64 of abbe.h.</summary>
        public long GetI64(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_plan_get_i64(this, (int)param, out long value));
            return value;
        }

        /// <summary>Gives a real number of a plan: a fact (ABBE_PLAN_PROGRESS), or a setting of the plan or its selected step. See abbe_plan_get_f64 of abbe.h.</summary>
        public double GetF64(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_plan_get_f64(this, (int)param, out double value));
            return value;
        }

        /// <summary>Gives a measured point spread function the samples of the one that the selected step, a deconvolution whose algorithm is ABBE_ALGORITHM_BLIND_RICHARDSON_LUCY, found in the last image. See abbe_plan_estimated_psf of abbe.h.</summary>
        public AbbePlan EstimatedPsf(AbbePsf psf)
        {
            AbbeException.Check(Native.abbe_plan_estimated_psf(this, psf));
            return this;
        }

        /// <summary>Gives what a plan does as one JSON object, from which abbe_plan_load_json() makes another: its steps with their settings, and the point spread functions with theirs, as they are now; only what was set. See abbe_plan_save_json of abbe.h.</summary>
        public string SaveJson()
        {
            UIntPtr size;
            AbbeException.Check(Native.abbe_plan_save_json(this, null, UIntPtr.Zero, out size));
            var text = new byte[(int)size];
            AbbeException.Check(Native.abbe_plan_save_json(this, text, size, out size));
            return Encoding.UTF8.GetString(text, 0, (int)size - 1);
        }

        /// <summary>Makes a plan that does what another one did. See abbe_plan_load_json of abbe.h.</summary>
        public static AbbePlan LoadJson(AbbeContext context, string json)
        {
            AbbeException.Check(Native.abbe_plan_load_json(context, json, out AbbePlan plan));
            return plan;
        }
    }

    public sealed partial class AbbePsf
    {

        /// <summary>Sets a text of a point spread function. See abbe_psf_set_text of abbe.h.</summary>
        public AbbePsf SetText(abbe_param_code param, string value)
        {
            AbbeException.Check(Native.abbe_psf_set_text(this, (int)param, value));
            return this;
        }

        /// <summary>Forgets what was set: the parameter has its default again, or is worked out where it has none. See abbe_psf_unset of abbe.h.</summary>
        public AbbePsf Unset(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_psf_unset(this, (int)param));
            return this;
        }

        /// <summary>Gives the samples of a measured point spread function, or a motion kernel. See abbe_psf_set_samples of abbe.h.</summary>
        public AbbePsf SetSamples(float[] samples, long[] shape)
        {
            Samples.Check(nameof(samples), samples, shape);
            AbbeException.Check(Native.abbe_psf_set_samples(this, samples, shape.Length, shape));
            return this;
        }

        /// <summary>Computes the kernel: its sum is 1, its centre at index extent / 2 of every axis. See abbe_psf_sample of abbe.h.</summary>
        public float[] Sample(long[] shape)
        {
            var samples = new float[Samples.Count(shape)];
            AbbeException.Check(Native.abbe_psf_sample(this, samples, shape.Length, shape));
            return samples;
        }

        /// <summary>Fits a model to measured samples, beads or one point, on the samples' own voxels and with their background. See abbe_psf_fit of abbe.h.</summary>
        public AbbePsf Fit(AbbePsf measured)
        {
            AbbeException.Check(Native.abbe_psf_fit(this, measured));
            return this;
        }

        /// <summary>Finds parameters of an optical model from an image of an unknown specimen, on the voxels of the model. See abbe_psf_estimate of abbe.h.</summary>
        public AbbePsf Estimate(float[] samples, long[] shape, Func<double, abbe_answer_code> progress)
        {
            Samples.Check(nameof(samples), samples, shape);
            var listener = new Listener(progress);
            listener.Check(Native.abbe_psf_estimate(this, samples, shape.Length, shape, listener.Function, IntPtr.Zero));
            return this;
        }

        /// <summary>Asks all calls on a point spread function that run on other threads to stop: abbe_psf_sample(), abbe_psf_extent(), abbe_psf_fit() and abbe_psf_estimate(), which then return ABBE_ERROR_CANCELLED. See abbe_psf_cancel of abbe.h.</summary>
        public void Cancel()
        {
            Native.abbe_psf_cancel(this);
        }

        /// <summary>Gives a whole number or a choice of a point spread function: what was set, or its default. See abbe_psf_get_i64 of abbe.h.</summary>
        public long GetI64(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_psf_get_i64(this, (int)param, out long value));
            return value;
        }

        /// <summary>Gives a real number of a point spread function: what was set or found, its default, or a fact of the last fit. See abbe_psf_get_f64 of abbe.h.</summary>
        public double GetF64(abbe_param_code param)
        {
            AbbeException.Check(Native.abbe_psf_get_f64(this, (int)param, out double value));
            return value;
        }

        /// <summary>Describes the kernel last computed, by abbe_psf_sample(), as one JSON object: "shape" and "centre", "energy_missed" (share of the light outside the edges), "nyquist_pixel_nm" and "nyquist_step_nm" (largest distances of samples that the optics allow), "strehl" (highest sample over a point's in focus without aberrations), "diagnosis" (numbers about measured samples) and "findings" (what is wrong, and what was repaired: "severity", "code", "text"); after abbe_psf_fit() and abbe_psf_estimate() also what was found, as "fit" and "estimate". docs/psf.md explains every key. See abbe_psf_report of abbe.h.</summary>
        public string Report()
        {
            UIntPtr size;
            AbbeException.Check(Native.abbe_psf_report(this, null, UIntPtr.Zero, out size));
            var text = new byte[(int)size];
            AbbeException.Check(Native.abbe_psf_report(this, text, size, out size));
            return Encoding.UTF8.GetString(text, 0, (int)size - 1);
        }
    }
    // </generated>
}
