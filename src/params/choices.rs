//! Values of the parameters that are choices.

use crate::codes::enumerations;

enumerations! {
    CHOICES: "Every set of values of a parameter that is a choice.";

    Device("device", "DEVICE_"): "Device that networks run on." {
        Auto = 0, "auto", "CUDA where ONNX Runtime and the machine have it, else the CPU.";
        Cpu = 1, "cpu", "The CPU.";
        Cuda = 2, "cuda", "An NVIDIA GPU through CUDA.";
        TensorRt = 3, "tensorrt", "An NVIDIA GPU through TensorRT.";
    }

    Pixel("pixel", "PIXEL_"): "What a sample of a point spread function is." {
        Auto = 0, "auto", "The mean over the area where a camera sees the light directly (widefield models, spinning disk, light sheet), the point elsewhere.";
        Point = 1, "point", "The value at the middle of the pixel.";
        Area = 2, "area", "The mean over the area of the pixel.";
    }

    Centre("centre", "CENTRE_"): "What lies in the middle plane of a point spread function." {
        None = 0, "none", "The design focus at the coverslip; measured samples stay where they are.";
        Nominal = 1, "nominal", "The paraxial focus of the source; measured samples stay where they are.";
        BestFocus = 2, "best_focus", "The highest intensity on the axis; of measured samples the peak.";
        Centroid = 3, "centroid", "The centroid of the intensity on the axis; of measured samples that of the point.";
    }

    BeyondCritical("beyond_critical", "BEYOND_CRITICAL_"): "Treatment of light beyond the critical angle of the sample." {
        Truncated = 0, "truncated", "The aperture is cut off at the critical angle.";
        Evanescent = 1, "evanescent", "Waves that decay with depth are kept.";
    }

    Wave("wave", "WAVE_"): "Theory of a point spread function." {
        Scalar = 0, "scalar", "Scalar waves.";
        Vectorial = 1, "vectorial", "Vectorial waves, unpolarised emission.";
    }

    Policy("policy", "POLICY_"): "Treatment of measured samples with faults." {
        Refuse = 0, "refuse", "Any fault is an error that names it.";
        Repair = 1, "repair", "Faults are repaired where that is possible.";
        Warn = 2, "warn", "Samples are used as they are, but for negative ones, which become 0.";
    }

    SamplesHold("samples_hold", "SAMPLES_HOLD_"): "Content of measured samples." {
        Psf = 0, "psf", "One point spread function.";
        Beads = 1, "beads", "An image of one or more beads, which are found, centred and averaged.";
    }

    NotANumber("not_a_number", "NOT_A_NUMBER_"): "Meaning of NaN in the samples of an image." {
        Refuse = 0, "refuse", "A fault: the execute fails and says where the first is.";
        NotMeasured = 1, "not_measured", "A sample that was not measured, as where abbe_plan_set_mask() says so.";
    }

    NotMeasured("not_measured", "NOT_MEASURED_"): "What becomes of samples that were not measured." {
        Restored = 0, "restored", "They get what the steps find there: the estimate of a deconvolution, else a value between their neighbours.";
        Untouched = 1, "untouched", "They stay as they are in the source.";
    }

    StreamMode("stream_mode", "STREAM_MODE_"): "What becomes of a frame of a stream that finds no place." {
        Lossless = 0, "lossless", "It is refused, and no frame is lost that was taken.";
        Latest = 1, "latest", "The oldest that waits is dropped for it, as is one that is older than the deadline when its turn comes.";
    }

    FilterKind("filter", "FILTER_"): "What the step filter does." {
        Gaussian = 0, "gaussian", "Blurs by a Gaussian of filter.sigma_px and filter.sigma_planes; sums of intensities stay.";
        Median = 1, "median", "Takes the median of the samples up to filter.radius_px and filter.radius_planes from each; not quantitative.";
        DifferenceOfGaussians = 2, "difference_of_gaussians", "Takes a Gaussian filter.ratio times as wide from the one of kind gaussian: spots and edges of that size stand out of 0; not quantitative.";
        Unsharp = 3, "unsharp", "Unsharp masking: adds filter.amount times what a Gaussian takes away; not quantitative.";
        TopHat = 4, "top_hat", "White top-hat: takes away whatever is wider than filter.radius_px and filter.radius_planes; not quantitative.";
        Clahe = 5, "clahe", "Contrast-limited adaptive histogram equalisation in tiles of filter.tile_px and filter.tile_planes, within the range of the image; not quantitative.";
        BandPass = 6, "band_pass", "Keeps waves from filter.shortest_px to filter.longest_px, plane by plane, in Fourier space; not quantitative.";
        Stripes = 7, "stripes", "Takes stripes away that run along filter.along, plane by plane, in Fourier space; sums of intensities stay; not quantitative.";
    }

    FilterAlong("filter_along", "FILTER_ALONG_"): "Axis that stripes run along." {
        X = 0, "x", "Along x, each in rows.";
        Y = 1, "y", "Along y, each in columns.";
    }

    EsrrfOver("esrrf_over", "ESRRF_OVER_"): "What the step esrrf makes of several time points." {
        Mean = 0, "mean", "Their mean.";
        Variance = 1, "variance", "Their variance: things that blink stand out.";
        Covariance = 2, "covariance", "The covariance of each with the next, which leaves noise out.";
    }

    ResampleBetween("resample", "RESAMPLE_"): "What runs between samples in the step resample." {
        Cubic = 0, "cubic", "A cubic spline, which keeps more detail, and may pass what lies around it.";
        Linear = 1, "linear", "A straight line.";
    }

    BinKind("bin", "BIN_"): "What the step bin makes of neighbouring samples." {
        Mean = 0, "mean", "Their mean.";
        Sum = 1, "sum", "Their sum, as a camera with larger pixels sees it.";
        Max = 2, "max", "The highest; not quantitative.";
    }

    CameraResult("camera_result", "CAMERA_RESULT_"): "Units of what the step camera gives." {
        Photons = 0, "photons", "Photons: 0 without light.";
        Intensity = 1, "intensity", "Intensities of a camera whose pixels all have the mean gain and offset of the maps.";
    }

    FlatField("flat_field", "FLAT_FIELD_"): "Source of the field that the step flat_field takes out." {
        Map = 0, "map", "The map ABBE_SENSOR_MAP_FLAT, less the dark frame.";
        Series = 1, "series", "All frames of an execute, planes and time points, 8 or more for each channel: what is smooth and the same in all of them.";
    }

    Bleach("bleach", "BLEACH_"): "How the step bleach brings time points to the brightness of the first." {
        Ratio = 0, "ratio", "Each is multiplied such that its mean is that of the first.";
        Exponential = 1, "exponential", "By the ratio of an exponential, with or without a level, that is fitted to all means: what the specimen does stays.";
        Histogram = 2, "histogram", "Each sample gets the intensity of its rank in the first; not quantitative.";
    }

    Denoising("denoise_method", "DENOISE_METHOD_"): "How the step denoise smooths." {
        Patches = 0, "patches", "By Bayesian estimates from similar patches, plane by plane; for noise that neighbours share, too.";
        TotalVariation = 1, "total_variation", "By total variation, in volumes as a whole; for noise that is independent from sample to sample.";
        Network = 2, "network", "By a small network that is built in, plane by plane, as raw images come; trained on simulated fluorescence micrographs.";
        Wavelets = 3, "wavelets", "By undecimated wavelets that keep what stands out of the noise, plane by plane; the fastest, for noise that neighbours share, too.";
    }

    Learning("learn_method", "LEARN_METHOD_"): "How a network learns from one noisy image." {
        Automatic = 0, "automatic", "photon_splitting; blind_spots where neighbours share noise along one axis.";
        PhotonSplitting = 1, "photon_splitting", "The photons of every sample are shared out, and the network predicts one part from the other, by the camera that is stated or found in the image.";
        BlindSpots = 2, "blind_spots", "The network predicts samples that were taken out of the image, with their neighbours along an axis along which noise is shared.";
    }

    OutputMode("output", "OUTPUT_"): "Gain and offset of the step output." {
        Fit = 0, "fit", "output.gain, or as much of it as the highest sample of all images of an execute leaves below output.highest; plus output.offset.";
        Stated = 1, "stated", "output.gain, plus output.offset.";
        Range = 2, "range", "Such that output.low becomes output.offset, and output.high output.highest.";
    }

    BackgroundMode("background", "BACKGROUND_"): "Source of the background that is subtracted." {
        Constant = 0, "constant", "The number background.value.";
        Estimated = 1, "estimated", "The level of the darkest places of each image.";
        Automatic = 2, "automatic", "The number background.value where one is given, else estimated.";
        Percentile = 3, "percentile", "The level that background.percent of the samples of each image are below.";
        RollingBall = 4, "rolling_ball", "Where a ball of background.radius_px that rolls along below the samples touches them, each plane by itself (Sternberg 1983).";
        TopHat = 5, "top_hat", "The opening by a disc of background.radius_px, each plane by itself: whatever is wider than it.";
    }

    Algorithm("algorithm", "ALGORITHM_"): "Algorithm of a deconvolution." {
        Automatic = 0, "automatic", "Follows deconvolve.preset and the noise of the image.";
        RichardsonLucy = 1, "richardson_lucy", "Richardson-Lucy; for results to be compared with other programs.";
        HeavyBall = 2, "heavy_ball", "Richardson-Lucy with the heavy ball's momentum: the same estimate in a third of the iterations.";
        BiggsAndrews = 3, "biggs_andrews", "Richardson-Lucy with a momentum that follows from the image; holds one volume more.";
        Tempered = 4, "tempered", "Richardson-Lucy with an unmatched back projector, bounded by deconvolve.tempering; the fastest way to a good estimate.";
        WienerButterworth = 5, "wiener_butterworth", "Richardson-Lucy with the Wiener-Butterworth back projector; results after two to four iterations.";
        TotalVariation = 6, "total_variation", "Richardson-Lucy with total variation; for noisy images of things with sharp edges.";
        Landweber = 7, "landweber", "Projected Landweber: least squares, for noise that is the same everywhere.";
        Isra = 8, "isra", "Image space reconstruction algorithm: least squares, for noise that is the same everywhere.";
        GoldMeinel = 9, "gold_meinel", "Gold-Meinel ratios; for bright images nearly without noise and kernels that are centred.";
        Wiener = 10, "wiener", "Wiener filter, in one step.";
        Tikhonov = 11, "tikhonov", "Tikhonov filter, in one step.";
        RegularisedInverse = 12, "regularised_inverse", "Least squares with the least curvature, in one step.";
        BlindRichardsonLucy = 13, "blind_richardson_lucy", "Also finds how much wider or narrower the point spread function is than the one given.";
        Hybrid = 14, "hybrid", "Denoises the image first, with the network given to the step or else as the denoise step does, and ends by photons held out of the raw image; the plain result where they prefer it.";
    }

    Preset("preset", "PRESET_"): "Effort of the automatic algorithm." {
        Automatic = 0, "automatic", "The same as quality.";
        Fast = 1, "fast", "A quick look: few iterations, half the padding.";
        Balanced = 2, "balanced", "A good result in little time.";
        Quality = 3, "quality", "The best result.";
    }

    Padding("padding", "PADDING_"): "Margin around the image from which light may come in." {
        Automatic = 0, "automatic", "Full, but half for the preset fast.";
        Full = 1, "full", "The whole point spread function.";
        Half = 2, "half", "Half of it: less memory and time, a little worse at the border.";
        None = 3, "none", "No margin: opposite borders of the image are neighbours.";
    }

    Stop("stop", "STOP_"): "What ends the iterations before deconvolve.iterations." {
        Automatic = 0, "automatic", "Discrepancy for the automatic algorithm, held_out for blind_richardson_lucy, change for the others.";
        Iterations = 1, "iterations", "Nothing.";
        Change = 2, "change", "An iteration changes the estimate by less than deconvolve.stop_change.";
        Discrepancy = 3, "discrepancy", "Residuals are as small as the noise: their reduced chi-square is below deconvolve.stop_misfit.";
        HeldOut = 4, "held_out", "One photon in eight, held out, becomes less likely: from then on noise would be learned. As many iterations are then done of all photons.";
    }

    Contrast("contrast", "CONTRAST_"): "What the samples of an image are." {
        Automatic = 0, "automatic", "Signed where more samples lie below 0 than noise around some light explains, absorption where most of a plane is bright, else emission.";
        Emission = 1, "emission", "Light of the specimen; samples below 0 count as 0.";
        Absorption = 2, "absorption", "Light that the specimen lets through: the darkest places are part of it, and the automatic mode takes no pedestal.";
        Signed = 3, "signed", "Values around 0 with noise that is the same everywhere, as after subtraction or of reconstructed images.";
    }

    Course("course", "COURSE_"): "How far the iterations of the images of one plan go." {
        Series = 0, "series", "The time points of a channel as far as its first one with light, so that series do not flicker.";
        Image = 1, "image", "Each as far as its own noise allows.";
        First = 2, "first", "All channels and time points as far as the first image with light, so that their ratios can be compared.";
    }

    Storage("storage", "STORAGE_"): "How the estimate and the transfer function are kept between passes." {
        Single = 0, "single", "As 32-bit floating point.";
        Half = 1, "half", "In 16 bits each: less memory, results change by one to five thousandths in 30 iterations.";
    }

    Normalisation("normalisation", "NORMALISATION_"): "How intensities become network values." {
        Package = 0, "package", "As the package says; for a plain network as they are.";
        None = 1, "none", "As they are, without the package's own steps.";
        Percentile = 2, "percentile", "model.low_percentile to model.high_percentile onto model.range_low to model.range_high.";
        MeanStd = 3, "mean_std", "To mean 0 and standard deviation 1.";
        Fixed = 4, "fixed", "(intensity - model.offset) / model.gain.";
    }

    Intensities("intensities", "INTENSITIES_"): "Units of a network's result." {
        Auto = 0, "auto", "Those of the image for images and uncertainties (model.output_kind), unless the package ends in a scale of its own; else the network's.";
        Input = 1, "input", "Those of the image, but for labels.";
        Network = 2, "network", "Those of the network.";
    }

    OutputKinds("output_kind", "OUTPUT_KIND_"): "What a network's result holds." {
        Auto = 0, "auto", "As the package says, or what the network's last operator and the names of its outputs show; else an image.";
        Image = 1, "image", "Intensities, in the units that model.intensities chooses.";
        Uncertainty = 2, "uncertainty", "Widths of intensities, in the same units without an offset.";
        Probability = 3, "probability", "Numbers from 0 to 1, in the network's units.";
        Labels = 4, "labels", "Numbers of classes or objects, as they are; tiles are not blended.";
        Other = 5, "other", "Anything else, in the network's units.";
    }

    Extent("extent", "EXTENT_"): "Size of a network's result." {
        Full = 0, "full", "The network's scale times the image, which is continued by reflection where the network shrinks it.";
        Network = 1, "network", "What the network gives for the image as it is.";
    }

    Channels("channels", "CHANNELS_"): "Channels of the image for a network of several channels." {
        Exact = 0, "exact", "The image must have as many channels as the network reads.";
        Repeat = 1, "repeat", "Each channel of the image is given to all channels of the network; the results are averaged.";
    }

    SeamCheck("seam_check", "SEAM_CHECK_"): "Whether the result of tiles is compared with that of the image as a whole, or with an estimate of it where that does not fit, to state how far they are apart." {
        Auto = 0, "auto", "Where tiles cannot be exact.";
        Never = 1, "never", "Never.";
        Always = 2, "always", "Always.";
    }

    Statistics("statistics", "STATISTICS_"): "Images whose percentiles, means and deviations normalise." {
        Image = 0, "image", "Each image's own.";
        First = 1, "first", "Those of the first image after a commit that gave a result, for all that follow.";
        Series = 2, "series", "All time points of an execute together; the input must have an axis t.";
    }
}
