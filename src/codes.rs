//! Numbers that functions of the C ABI take and return: statuses, sample types, kinds of objects.
//!
//! Each is a row with its name and a sentence. The Rust enums, the C header, the bindings and `docs/parameters.md`
//! follow from the rows; the values of parameters that are choices are rows of the same form in [`crate::params`].

mod enumeration;

pub use enumeration::{Code, Enumeration, Named};

pub(crate) use enumeration::enumerations;

enumerations! {
    CODES: "Every set of numbers that functions take and return.";

    Status("status", ""): "The result of a call. Values are never reused." {
        Ok = 0, "ok", "The call succeeded.";
        Argument = -1, "error_argument", "An argument is outside its documented range.";
        Handle = -2, "error_handle", "A handle is NULL, of the wrong kind, or destroyed.";
        State = -3, "error_state", "The call does not fit the object's state, e.g. execute before commit.";
        Unsupported = -4, "error_unsupported", "This build or version cannot do that.";
        Memory = -5, "error_memory", "There is not enough memory, or the plan's memory cap is too low.";
        Io = -6, "error_io", "A file could not be read.";
        Model = -7, "error_model", "The network is malformed, or does not fit the image or the task.";
        Device = -8, "error_device", "The device that was asked for is missing or failed.";
        Cancelled = -9, "error_cancelled", "The call was stopped by a cancel function or a callback.";
        Internal = -10, "error_internal", "libabbe has a bug; please report the error text.";
        Busy = -11, "error_busy", "The object is at work for another call, and this call does not wait.";
    }

    Answer("answer", ""): "What a callback returns." {
        Continue = 0, "continue", "Go on.";
        Cancel = 1, "cancel", "Stop as soon as possible.";
    }

    Level("level", "LEVEL_"): "Severity of a log line." {
        Error = 0, "error", "A call failed.";
        Warning = 1, "warning", "A call succeeded, but not as asked, or with a doubtful result.";
        Info = 2, "info", "What was built and where it runs.";
        Debug = 3, "debug", "Details that help to find a fault.";
    }

    Dtype("dtype", "DTYPE_"): "Sample type of an image." {
        U8 = 1, "u8", "Unsigned 8-bit whole number, uint8_t.";
        U16 = 2, "u16", "Unsigned 16-bit whole number in the machine's byte order, uint16_t.";
        F16 = 3, "f16", "16-bit floating point, IEEE 754 binary16.";
        F32 = 4, "f32", "32-bit floating point, float.";
    }

    StepKind("step", "STEP_"): "What a step of a plan does." {
        Background = 1, "background", "Subtracts a background, stated or estimated: parameters background.*.";
        Deconvolve = 2, "deconvolve", "Deconvolves with a point spread function: parameters deconvolve.*.";
        Denoise = 3, "denoise", "Denoises without a network: parameters denoise.*.";
        Model = 4, "model", "Runs a network: parameters model.*.";
        Output = 5, "output", "Fits intensities to the target, so that none is cut: parameters output.*.";
        Filter = 6, "filter", "Everyday filters, Gaussian, median and others: parameters filter.*.";
        HotPixels = 7, "hot_pixels", "Replaces samples that stand out alone, as no light makes them: parameters hot_pixels.*.";
        Bin = 8, "bin", "Puts neighbouring samples, or all planes, into one: parameters bin.*.";
        Camera = 9, "camera", "Takes the camera's offset and gain, numbers or maps, out of the samples: parameters camera.*.";
        FlatField = 10, "flat_field", "Takes uneven light and sensitivity out, by a flat frame or by what a series shares: parameters flat_field.*.";
        Bleach = 11, "bleach", "Takes bleaching out of a series: parameters bleach.*.";
        Reassign = 20, "reassign", "Deblurs by pixel reassignment, which moves light and keeps its sum: parameters reassign.*.";
        Esrrf = 21, "esrrf", "Super-resolution by radial gradient convergence (eSRRF), of single images or series: parameters esrrf.*.";
        Resample = 22, "resample", "Brings images onto another grid of samples, isotropic or by stated factors: parameters resample.*.";
    }

    SensorMap("sensor_map", "SENSOR_MAP_"): "What a map of a sensor's pixels holds." {
        Offset = 1, "offset", "Intensity without light: the mean of dark frames.";
        Gain = 2, "gain", "Intensity per photon, 0 where a pixel is dead.";
        Variance = 3, "variance", "Variance without light, in intensities squared: that of dark frames.";
        Flat = 4, "flat", "Intensity in even light: the mean of flat frames.";
    }

    Metric("metric", "METRIC_"): "A number that compares an image with a reference." {
        Psnr = 1, "psnr", "Peak signal-to-noise ratio in dB.";
        ScaleInvariantPsnr = 2, "scale_invariant_psnr", "The same, both less their means and the image multiplied by what makes it greatest.";
        Ssim = 3, "ssim", "Structural similarity, Gaussian window of 11 x 11 samples, sigma 1.5, as Wang et al. 2004.";
        SsimUniform = 4, "ssim_uniform", "Structural similarity, 7 x 7 samples of equal weight, as scikit-image by default.";
        MicroSsim = 5, "micro_ssim", "MicroSSIM: structural similarity after backgrounds are taken away, with the scale that makes it greatest.";
        Nrmse = 6, "nrmse", "Root mean squared error over the root mean square of the reference.";
        Rsp = 7, "rsp", "Pearson's correlation, which SQUIRREL calls RSP.";
        FrcResolution = 8, "frc_resolution", "Distance in pixels at which the Fourier ring or shell correlation falls below 1/7.";
    }

    ImageRole("image", "IMAGE_"): "What an image is to an assessment." {
        Raw = 1, "raw", "The image as the camera gave it.";
        Result = 2, "result", "What was made of the raw image.";
        Reference = 3, "reference", "The truth, or an image that is taken for it.";
    }

    AssessMap("map", "MAP_"): "A map of an assessment, of the result's extents." {
        Error = 1, "error", "Distance of the raw image from what the result, blurred, explains, in the raw image's units.";
        Residual = 2, "residual", "The same with its sign, in standard deviations of the noise.";
        Suspicion = 3, "suspicion", "How much the patches around a sample contradict the raw image; above 1 is suspicious.";
        Spread = 4, "spread", "Standard deviation of the result by the noise of the raw image; only of runs with a plan.";
    }

    Submitted("submitted", "SUBMITTED_"): "What became of a frame that was offered to a stream." {
        Accepted = 0, "accepted", "It waits for its turn.";
        Replaced = 1, "replaced", "It does, and the oldest that waited was dropped for it.";
        Full = 2, "full", "It was not taken; its memory is the host's as before.";
    }

    ResultFact("result", "RESULT_"): "Place of a number among those that a stream gives with a result; times are in ns since abbe_stream_start(), by a clock that only goes forward." {
        Sequence = 0, "sequence", "Number of the frame among those that were taken, from 0.";
        Number = 1, "number", "The host's number of the frame.";
        SubmittedNs = 2, "submitted_ns", "When the frame was submitted.";
        StartedNs = 3, "started_ns", "When its turn came.";
        DoneNs = 4, "done_ns", "When the result was ready.";
        Level = 5, "level", "The plan that made it, from 0 for the first.";
        Flags = 6, "flags", "A sum of abbe_result_flag_code.";
    }

    ResultFlag("result_flag", "RESULT_FLAG_"): "What is to be said of a result of a stream; several are added." {
        Late = 1, "late", "It was ready after the deadline.";
        Clipped = 2, "clipped", "Samples did not fit the target's type.";
        Gap = 4, "gap", "Numbers of the host were left out before its frame.";
        OtherLevel = 8, "other_level", "Another plan made it than the result before.";
    }

    Count("count", "COUNT_"): "Place of a number among those that abbe_stream_counts() gives; the first is always the sum of the six that follow." {
        Submitted = 0, "submitted", "Frames that were taken.";
        Delivered = 1, "delivered", "Results that have reached the host.";
        DroppedOverflow = 2, "dropped_overflow", "Frames and results that newer ones took the place of.";
        DroppedDeadline = 3, "dropped_deadline", "Frames that were older than the deadline when their turn came.";
        DroppedByHost = 4, "dropped_by_host", "Frames that the host has cancelled.";
        Failed = 5, "failed", "Frames whose execute failed; the text of the first is in the log.";
        Pending = 6, "pending", "Frames that wait or are in work, and results that wait to be taken.";
        Refused = 7, "refused", "Frames that were not taken, since no place was free.";
        Missing = 8, "missing", "Numbers of the host that were left out.";
    }

    PsfKind("psf", "PSF_"): "Kind of a point spread function." {
        Gaussian = 1, "gaussian", "A Gaussian; its widths are set, or follow from the optics.";
        Widefield = 2, "widefield", "Widefield, scalar, after Gibson and Lanni: coverslip, immersion, sample index and depth.";
        Confocal = 3, "confocal", "Laser scanning confocal: focused excitation times emission through a pinhole.";
        Measured = 4, "measured", "Samples given by abbe_psf_set_samples().";
        BornWolf = 5, "born_wolf", "Widefield, scalar and paraxial, without layers, after Born and Wolf.";
        Vectorial = 6, "vectorial", "Widefield, vectorial, three layers, unpolarised emission.";
        TwoPhoton = 7, "two_photon", "Two-photon excitation: the squared intensity of focused light.";
        SpinningDisk = 8, "spinning_disk", "Spinning disk confocal: an array of pinholes with crosstalk between them.";
        LightSheet = 9, "light_sheet", "Light sheet: widefield emission times a Gaussian sheet.";
        Motion = 10, "motion", "Straight, even motion within the plane during the exposure.";
    }
}
