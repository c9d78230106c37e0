//! Parameters that are set and have no effect as their step, or the context, is set.

use crate::params::{
    self, Algorithm, BackgroundMode, Bleach, Device, FilterKind, FlatField, Id, Normalisation, OutputMode, Parameter,
    Settings, Statistics, Stop,
};

/// A doubt about each parameter of a step, or of the context that its network runs in, that is set and has no effect.
pub fn idle(settings: &Settings) -> impl Iterator<Item = String> {
    settings.set().filter_map(|id| {
        let rule = RULES.iter().find(|rule| rule.ids.contains(&id) && !(rule.acts)(settings))?;
        let name = Parameter::by_id(id)?.name;
        Some(format!("{name} is set and has no effect here; it acts {}", rule.place))
    })
}

/// Parameters that act under a condition only, and where that is.
struct Rule {
    ids: &'static [Id],
    acts: fn(&Settings) -> bool,
    place: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        ids: &[
            params::DECONVOLVE_ITERATIONS,
            params::DECONVOLVE_STOP,
            params::DECONVOLVE_STOP_CHANGE,
            params::DECONVOLVE_STOP_MISFIT,
            params::DECONVOLVE_TEMPERING,
            params::DECONVOLVE_WARM_START,
            params::DECONVOLVE_COURSE,
            params::DECONVOLVE_CONTRAST,
        ],
        acts: |settings| !is_linear(settings),
        place: "where deconvolve.algorithm iterates, which wiener, tikhonov and regularised_inverse do not",
    },
    Rule {
        ids: &[params::DECONVOLVE_DENOISING],
        acts: |settings| matches!(algorithm(settings), Algorithm::Hybrid | Algorithm::Automatic),
        place: "where deconvolve.algorithm is hybrid or automatic",
    },
    Rule {
        ids: &[params::DECONVOLVE_NOISE_TO_SIGNAL],
        acts: is_linear,
        place: "where deconvolve.algorithm is wiener, tikhonov or regularised_inverse",
    },
    Rule {
        ids: &[params::DECONVOLVE_TOTAL_VARIATION],
        acts: |settings| algorithm(settings) == Algorithm::TotalVariation,
        place: "where deconvolve.algorithm is total_variation",
    },
    Rule {
        ids: &[params::DECONVOLVE_PRESET],
        acts: |settings| {
            matches!(algorithm(settings), Algorithm::Automatic | Algorithm::Tempered)
                || !is_linear(settings) && stop(settings) == Stop::Discrepancy
        },
        place: "where deconvolve.algorithm is automatic",
    },
    Rule {
        ids: &[params::DECONVOLVE_STOP_CHANGE],
        acts: |settings| match stop(settings) {
            Stop::Automatic => !matches!(algorithm(settings), Algorithm::Automatic | Algorithm::BlindRichardsonLucy),
            stop => stop == Stop::Change,
        },
        place: "where deconvolve.stop is change, which automatic is for most algorithms",
    },
    Rule {
        ids: &[params::DECONVOLVE_STOP_MISFIT],
        acts: |settings| stop(settings) == Stop::Discrepancy,
        place: "where deconvolve.stop is discrepancy",
    },
    Rule {
        ids: &[
            params::MODEL_LOW_PERCENTILE,
            params::MODEL_HIGH_PERCENTILE,
            params::MODEL_RANGE_LOW,
            params::MODEL_RANGE_HIGH,
        ],
        acts: |settings| normalisation(settings) == Normalisation::Percentile,
        place: "where model.normalisation is percentile",
    },
    Rule {
        ids: &[params::MODEL_OFFSET, params::MODEL_GAIN],
        acts: |settings| normalisation(settings) == Normalisation::Fixed,
        place: "where model.normalisation is fixed",
    },
    Rule {
        ids: &[params::MODEL_STATISTICS],
        acts: |settings| {
            !matches!(normalisation(settings), Normalisation::None | Normalisation::Fixed)
                || settings.choice::<Statistics>(params::MODEL_STATISTICS) == Statistics::Image
        },
        place: "where model.normalisation takes statistics of the image",
    },
    Rule {
        ids: &[params::BACKGROUND_VALUE],
        acts: |settings| matches!(background(settings), BackgroundMode::Constant | BackgroundMode::Automatic),
        place: "where background.mode is constant or automatic",
    },
    Rule {
        ids: &[params::BACKGROUND_PERCENT],
        acts: |settings| background(settings) == BackgroundMode::Percentile,
        place: "where background.mode is percentile",
    },
    Rule {
        ids: &[params::BACKGROUND_RADIUS_PX],
        acts: |settings| matches!(background(settings), BackgroundMode::RollingBall | BackgroundMode::TopHat),
        place: "where background.mode is rolling_ball or top_hat",
    },
    Rule {
        ids: &[params::FILTER_SIGMA_PX, params::FILTER_SIGMA_PLANES],
        acts: |settings| {
            matches!(filter(settings), FilterKind::Gaussian | FilterKind::DifferenceOfGaussians | FilterKind::Unsharp)
        },
        place: "where filter.kind is gaussian, difference_of_gaussians or unsharp",
    },
    Rule {
        ids: &[params::FILTER_RADIUS_PX, params::FILTER_RADIUS_PLANES],
        acts: |settings| matches!(filter(settings), FilterKind::Median | FilterKind::TopHat),
        place: "where filter.kind is median or top_hat",
    },
    Rule {
        ids: &[params::FILTER_RATIO],
        acts: |settings| filter(settings) == FilterKind::DifferenceOfGaussians,
        place: "where filter.kind is difference_of_gaussians",
    },
    Rule {
        ids: &[params::FILTER_AMOUNT],
        acts: |settings| filter(settings) == FilterKind::Unsharp,
        place: "where filter.kind is unsharp",
    },
    Rule {
        ids: &[params::FILTER_TILE_PX, params::FILTER_TILE_PLANES, params::FILTER_CLIP_LIMIT],
        acts: |settings| filter(settings) == FilterKind::Clahe,
        place: "where filter.kind is clahe",
    },
    Rule {
        ids: &[params::FILTER_SHORTEST_PX, params::FILTER_LONGEST_PX],
        acts: |settings| filter(settings) == FilterKind::BandPass,
        place: "where filter.kind is band_pass",
    },
    Rule {
        ids: &[params::FILTER_ALONG, params::FILTER_WIDTH_PX, params::FILTER_LENGTH_PX],
        acts: |settings| filter(settings) == FilterKind::Stripes,
        place: "where filter.kind is stripes",
    },
    Rule {
        ids: &[params::FLAT_FIELD_DEGREE],
        acts: |settings| settings.choice::<FlatField>(params::FLAT_FIELD_MODE) == FlatField::Series,
        place: "where flat_field.mode is series",
    },
    Rule {
        ids: &[params::BLEACH_BACKGROUND],
        acts: |settings| settings.choice::<Bleach>(params::BLEACH_MODE) != Bleach::Histogram,
        place: "where bleach.mode is ratio or exponential",
    },
    Rule {
        ids: &[params::OUTPUT_GAIN],
        acts: |settings| settings.choice::<OutputMode>(params::OUTPUT_MODE) != OutputMode::Range,
        place: "where output.mode is fit or stated",
    },
    Rule {
        ids: &[params::OUTPUT_HIGHEST],
        acts: |settings| settings.choice::<OutputMode>(params::OUTPUT_MODE) != OutputMode::Stated,
        place: "where output.mode is fit or range",
    },
    Rule {
        ids: &[params::OUTPUT_LOW, params::OUTPUT_HIGH],
        acts: |settings| settings.choice::<OutputMode>(params::OUTPUT_MODE) == OutputMode::Range,
        place: "where output.mode is range",
    },
    Rule {
        ids: &[params::MODEL_HALO_TOLERANCE],
        acts: |settings| settings.i64(params::MODEL_HALO_PX) < 0,
        place: "where model.halo_px is -1",
    },
    Rule {
        ids: &[params::CONTEXT_PROVIDER_OPTIONS],
        acts: has_provider,
        place: "where context.provider names another provider than that of the CPU",
    },
    Rule {
        ids: &[params::CONTEXT_DEVICE_INDEX],
        acts: |settings| match device(settings) {
            Device::Auto => settings.text(params::CONTEXT_PROVIDER) != CPU,
            device => device != Device::Cpu,
        },
        place: "where networks run on a GPU, or on a device of context.provider",
    },
    Rule {
        ids: &[params::CONTEXT_ENGINE_CACHE],
        acts: |settings| device(settings) == Device::TensorRt,
        place: "where context.device is tensorrt",
    },
];

/// The CPU's name among providers.
const CPU: &str = "CPUExecutionProvider";

fn device(settings: &Settings) -> Device {
    settings.choice(params::CONTEXT_DEVICE)
}

fn has_provider(settings: &Settings) -> bool {
    !["", CPU].contains(&settings.text(params::CONTEXT_PROVIDER))
}

fn algorithm(settings: &Settings) -> Algorithm {
    settings.choice(params::DECONVOLVE_ALGORITHM)
}

fn is_linear(settings: &Settings) -> bool {
    matches!(algorithm(settings), Algorithm::Wiener | Algorithm::Tikhonov | Algorithm::RegularisedInverse)
}

fn stop(settings: &Settings) -> Stop {
    settings.choice(params::DECONVOLVE_STOP)
}

fn background(settings: &Settings) -> BackgroundMode {
    settings.choice(params::BACKGROUND_MODE)
}

fn filter(settings: &Settings) -> FilterKind {
    settings.choice(params::FILTER_KIND)
}

fn normalisation(settings: &Settings) -> Normalisation {
    settings.choice(params::MODEL_NORMALISATION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Code;

    #[test]
    fn what_has_no_effect_is_named_once() {
        let told = |algorithm: Algorithm, stop: Stop| -> Vec<String> {
            let mut settings = Settings::new("deconvolve");
            settings.set_choice(params::DECONVOLVE_ALGORITHM, algorithm).unwrap();
            settings.set_choice(params::DECONVOLVE_STOP, stop).unwrap();
            settings.set_i64(params::DECONVOLVE_ITERATIONS, 5).unwrap();
            settings.set_f64(params::DECONVOLVE_STOP_CHANGE, 0.1).unwrap();
            settings.set_f64(params::DECONVOLVE_STOP_MISFIT, 1.0).unwrap();
            settings.set_f64(params::DECONVOLVE_NOISE_TO_SIGNAL, 0.1).unwrap();
            settings.set_f64(params::DECONVOLVE_TOTAL_VARIATION, 0.01).unwrap();
            let mut names: Vec<_> =
                idle(&settings).map(|text| text.split(' ').next().unwrap_or("").replace("deconvolve.", "")).collect();
            names.sort();
            names
        };
        assert_eq!(
            told(Algorithm::Wiener, Stop::Automatic),
            ["iterations", "stop", "stop_change", "stop_misfit", "total_variation"]
        );
        assert_eq!(
            told(Algorithm::RichardsonLucy, Stop::Automatic),
            ["noise_to_signal", "stop_misfit", "total_variation"]
        );
        assert_eq!(told(Algorithm::TotalVariation, Stop::Discrepancy), ["noise_to_signal", "stop_change"]);
        assert_eq!(
            told(Algorithm::Automatic, Stop::Automatic),
            ["noise_to_signal", "stop_change", "stop_misfit", "total_variation"]
        );
    }

    #[test]
    fn what_a_context_cannot_use_is_named() {
        let told = |device: Device, provider: &str| -> Vec<String> {
            let mut settings = Settings::new("context");
            settings.set_choice(params::CONTEXT_DEVICE, device).unwrap();
            settings.set_text(params::CONTEXT_PROVIDER, provider).unwrap();
            settings.set_text(params::CONTEXT_PROVIDER_OPTIONS, "threads=4").unwrap();
            settings.set_i64(params::CONTEXT_DEVICE_INDEX, 1).unwrap();
            settings.set_text(params::CONTEXT_ENGINE_CACHE, "engines").unwrap();
            let mut names: Vec<_> =
                idle(&settings).map(|text| text.split(' ').next().unwrap_or("").replace("context.", "")).collect();
            names.sort();
            names
        };
        assert_eq!(told(Device::Auto, ""), ["engine_cache", "provider_options"]);
        assert_eq!(told(Device::Auto, CPU), ["device_index", "engine_cache", "provider_options"]);
        assert_eq!(told(Device::Auto, "OpenVINOExecutionProvider"), ["engine_cache"]);
        assert_eq!(told(Device::Cpu, ""), ["device_index", "engine_cache", "provider_options"]);
        assert_eq!(told(Device::TensorRt, ""), ["provider_options"]);
    }

    #[test]
    fn networks_normalise_by_what_their_normalisation_reads() {
        let mut settings = Settings::new("model");
        settings.set_f64(params::MODEL_GAIN, 255.0).unwrap();
        settings.set_i64(params::MODEL_STATISTICS, Statistics::Series.number().into()).unwrap();
        let told: Vec<_> = idle(&settings).collect();
        assert!(told.len() == 1 && told[0].starts_with("model.gain is set"), "{told:?}");
        settings.set_choice(params::MODEL_NORMALISATION, Normalisation::Fixed).unwrap();
        let told: Vec<_> = idle(&settings).collect();
        assert!(told.len() == 1 && told[0].starts_with("model.statistics is set"), "{told:?}");
    }
}
