//! What is said about parameters that are hardly meant, and about those that change nothing.

#[path = "support/optics.rs"]
mod optics;

use abbe::params::{self, Centre, Id, Kind as ValueKind, Parameter, Pixel, Policy, TABLE};
use abbe::psf::{Kind, PsfSpec, Samples, Severity};
use abbe::runtime::Workers;
use optics::water;

const SHAPE: [usize; 3] = [5, 11, 11];

fn with(kind: Kind, settings: &[(Id, f64)]) -> PsfSpec {
    let mut spec = water(kind, 80.0, 200.0);
    if kind == Kind::LightSheet {
        spec.settings.set_f64(params::PSF_SHEET_THICKNESS_NM, 2000.0).unwrap();
    }
    for (id, value) in settings {
        spec.settings.set_f64(*id, *value).unwrap();
    }
    spec
}

/// Codes of the findings that are more than notes.
fn doubts(spec: &PsfSpec) -> Vec<&'static str> {
    let kernel = spec.sample(SHAPE, &Workers::new(1).unwrap()).unwrap();
    let findings = kernel.report().findings.iter();
    findings.filter(|finding| finding.severity != Severity::Note).map(|finding| finding.code).collect()
}

#[test]
fn what_is_hardly_meant_is_doubted() {
    let pixel = |nm| (params::PSF_PIXEL_NM, nm);
    let step = |nm| (params::PSF_STEP_NM, nm);
    let aperture = |value| (params::PSF_NUMERICAL_APERTURE, value);
    let (depth, coverslip) = (|nm| (params::PSF_DEPTH_NM, nm), |nm| (params::PSF_COVERSLIP_NM, nm));
    let sample = (params::PSF_SAMPLE_INDEX, 1.40);
    let colours =
        |excitation, emission| [(params::PSF_EXCITATION_NM, excitation), (params::PSF_WAVELENGTH_NM, emission)];
    let none: &[&str] = &[];
    for (kind, settings, expected) in [
        (Kind::Widefield, &[][..], none),
        (Kind::Widefield, &[pixel(6.5)], &["oversampled_xy"]),
        (Kind::Widefield, &[pixel(1.0)], &["oversampled_xy"]),
        (Kind::Widefield, &[pixel(25.0), step(60.0)], none),
        (Kind::Widefield, &[step(2.0)], &["oversampled_z"]),
        (Kind::Widefield, &[aperture(0.12)], &["oversampled_xy", "oversampled_z"]),
        (Kind::Widefield, &[depth(5.0), sample], &["unit"]),
        (Kind::Widefield, &[depth(5000.0), sample], none),
        (Kind::Widefield, &[depth(5000.0)], &["no_effect"]),
        (Kind::Widefield, &[coverslip(0.17)], &["unit"]),
        (Kind::Widefield, &[coverslip(170.0)], &["unit"]),
        (Kind::Confocal, &colours(488.0, 525.0), none),
        (Kind::Confocal, &colours(525.0, 488.0), &["swapped_wavelengths"]),
        (Kind::SpinningDisk, &colours(525.0, 525.0), &["swapped_wavelengths"]),
        (Kind::TwoPhoton, &[(params::PSF_EXCITATION_NM, 488.0)], &["one_photon_excitation"]),
        (Kind::TwoPhoton, &[(params::PSF_EXCITATION_NM, 920.0)], none),
    ] {
        let found = doubts(&with(kind, settings));
        let aberrated = |code: &&str| *code != "aberrated" && !code.starts_with("undersampled");
        let found: Vec<_> = found.into_iter().filter(aberrated).collect();
        assert_eq!(found, expected, "{kind:?} {settings:?}");
    }
}

#[test]
fn oil_is_assumed_aloud_where_lenses_are_mostly_for_something_else() {
    for (aperture, expected) in [(0.8, true), (1.0, true), (1.2, true), (1.3, false), (1.4, false)] {
        let mut spec = with(Kind::Widefield, &[]);
        spec.settings.unset(params::PSF_IMMERSION_INDEX).unwrap();
        spec.settings.set_f64(params::PSF_NUMERICAL_APERTURE, aperture).unwrap();
        assert_eq!(doubts(&spec).contains(&"assumed_oil"), expected, "{aperture}");
        spec.settings.set_f64(params::PSF_IMMERSION_INDEX, 1.515).unwrap();
        assert!(!doubts(&spec).contains(&"assumed_oil"));
    }
}

/// Coarse sampling makes a kernel and a warning; what nobody means is an error, of stacks whose kernel would be one plane
/// too, unless the policy says otherwise.
#[test]
fn coarse_sampling_is_doubted_before_anything_else() {
    let workers = Workers::new(1).unwrap();
    for kind in [Kind::Widefield, Kind::Vectorial, Kind::Confocal, Kind::BornWolf, Kind::LightSheet, Kind::Gaussian] {
        for (step, code, severe) in [
            (200.0, None, false),
            (600.0, Some("undersampled_z"), false),
            (2000.0, Some("undersampled_z"), true),
            (5000.0, Some("undersampled_z"), true),
        ] {
            let spec = with(kind, &[(params::PSF_STEP_NM, step), (params::PSF_EXCITATION_NM, 488.0)]);
            if kind == Kind::Confocal && step == 200.0 {
                continue;
            }
            let kernel = spec.for_image([16, 32, 32], &workers).unwrap();
            let report = kernel.report();
            let text = report.findings.iter().find(|finding| finding.code == "undersampled_z").map(|found| &found.text);
            assert_eq!(text.is_some(), code.is_some(), "{kind:?} {step} {report:?}");
            assert!(!severe || text.unwrap().contains("check its unit"), "{kind:?} {step} {text:?}");
            assert_eq!(report.has("one_plane"), kernel.shape()[0] == 1, "{kind:?} {step}");
        }
        let mut spec = with(kind, &[(params::PSF_STEP_NM, 60_000.0), (params::PSF_EXCITATION_NM, 488.0)]);
        for told in [
            spec.for_image([16, 32, 32], &workers).unwrap_err().to_string(),
            spec.extent(3, [31, 63, 63], &workers).unwrap_err().to_string(),
        ] {
            assert!(told.contains("psf.step_nm is 60000") && told.contains("psf.policy"), "{kind:?}: {told}");
        }
        spec.settings.set_choice(params::PSF_POLICY, Policy::Warn).unwrap();
        assert!(spec.for_image([16, 32, 32], &workers).unwrap().report().has("undersampled_z"), "{kind:?}");
        spec.settings.set_f64(params::PSF_STEP_NM, 2000.0).unwrap();
        spec.settings.set_choice(params::PSF_POLICY, Policy::Refuse).unwrap();
        let told = spec.for_image([16, 32, 32], &workers).unwrap_err().to_string();
        assert!(told.contains("refused") && told.contains("psf.step_nm is 2000"), "{kind:?}: {told}");
    }
}

/// All that a kind needs, and what makes its other parameters matter.
fn complete(kind: Kind) -> PsfSpec {
    let mut spec = PsfSpec::new(kind);
    for (id, value) in [
        (params::PSF_NUMERICAL_APERTURE, 1.38),
        (params::PSF_WAVELENGTH_NM, 525.0),
        (params::PSF_PIXEL_NM, 80.0),
        (params::PSF_STEP_NM, 200.0),
        (params::PSF_SAMPLE_INDEX, 1.35),
        (params::PSF_DEPTH_NM, 300.0),
        (params::PSF_COVERSLIP_INDEX, 1.52),
        (params::PSF_DESIGN_COVERSLIP_INDEX, 1.525),
        (params::PSF_DESIGN_IMMERSION_INDEX, 1.51),
        (params::PSF_SPHERICAL_NM, 130.0),
        (params::PSF_EXCITATION_NM, if kind == Kind::TwoPhoton { 900.0 } else { 488.0 }),
        (params::PSF_SHEET_THICKNESS_NM, 800.0),
        (params::PSF_SAMPLES_PIXEL_NM, 70.0),
        (params::PSF_SAMPLES_STEP_NM, 180.0),
        (params::PSF_MOTION_LENGTH_PX, 5.0),
    ] {
        spec.settings.set_f64(id, value).unwrap();
    }
    if kind == Kind::Measured {
        // A point that is not in the middle.
        let value = |at: usize| {
            let place = [at / 225, at / 15 % 15, at % 15].map(|index| index as f32);
            let square: f32 = place.iter().zip([6.2, 7.8, 8.3]).map(|(at, centre)| (at - centre).powi(2)).sum();
            3.0 + 100.0 * (-square / 6.0).exp()
        };
        spec.samples = Some(Samples::new([15, 15, 15], (0..15 * 15 * 15).map(value).collect()).unwrap());
    }
    spec
}

/// Samples, extent and all numbers of the report.
fn outcome(spec: &PsfSpec) -> Option<Vec<f64>> {
    let workers = Workers::new(1).unwrap();
    let kernel = spec.sample(SHAPE, &workers).ok()?;
    let mut report = kernel.report().clone();
    report.findings.clear();
    let peak = kernel.samples().iter().copied().fold(0.0, f32::max);
    let mut numbers: Vec<f64> = kernel.samples().iter().map(|value| f64::from(value / peak)).collect();
    numbers.extend(spec.extent(3, [41; 3], &workers).ok()?.map(|extent| extent as f64));
    gather(&serde_json::to_value(&report).unwrap(), &mut numbers);
    Some(numbers)
}

fn gather(value: &serde_json::Value, numbers: &mut Vec<f64>) {
    match value {
        serde_json::Value::Array(values) => values.iter().for_each(|value| gather(value, numbers)),
        serde_json::Value::Object(values) => values.values().for_each(|value| gather(value, numbers)),
        value => numbers.push(value.as_f64().unwrap_or(-1.0)),
    }
}

fn differ(one: &[f64], other: &[f64]) -> bool {
    one.len() != other.len()
        || one.iter().zip(other).any(|(one, other)| (one - other).abs() > 1e-5 * one.abs().max(1.0))
}

/// The table of what kinds read, against kernels: another value changes the kernel or what is said of it exactly where the
/// kind reads the parameter.
#[test]
fn kinds_depend_on_what_they_read_and_on_nothing_else() {
    for kind in Kind::ALL.iter().copied() {
        let plain = complete(kind);
        let before = outcome(&plain).unwrap_or_else(|| panic!("{kind:?}"));
        for row in TABLE.iter().filter(|row| row.object() == "psf") {
            let mut spec = plain.clone();
            match row.kind {
                _ if matches!(row.id, params::PSF_POLICY) => continue,
                ValueKind::Number { .. } => {
                    let now = plain.settings.f64(row.id);
                    let value = match row.id {
                        params::PSF_ENERGY => 0.9,
                        params::PSF_DEPTH_NM => 2000.0,
                        params::PSF_COVERSLIP_NM | params::PSF_DESIGN_COVERSLIP_NM => 150_000.0,
                        params::PSF_MOTION_ANGLE_DEG => 40.0,
                        params::PSF_DEFOCUS_NM | params::PSF_BLUR_NM | params::PSF_BEAD_NM => 150.0,
                        params::PSF_BACKGROUND => 5.0,
                        params::PSF_DESIGN_COVERSLIP_INDEX => 1.53,
                        params::PSF_SIGMA_NM | params::PSF_SIGMA_AXIAL_NM => 250.0,
                        params::PSF_IMMERSION_INDEX => 1.5,
                        params::PSF_DESIGN_IMMERSION_INDEX => 1.50,
                        _ => now.unwrap() * 1.07,
                    };
                    spec.settings.set_f64(row.id, value).unwrap();
                }
                ValueKind::Choice { of, default } => {
                    let points = matches!(kind, Kind::Confocal | Kind::TwoPhoton | Kind::Gaussian);
                    let other = match row.id {
                        params::PSF_CENTRE => Centre::None as i32,
                        params::PSF_PIXEL if points => Pixel::Area as i32,
                        params::PSF_PIXEL => Pixel::Point as i32,
                        _ => of.values.iter().map(|value| value.number).find(|number| *number != default).unwrap(),
                    };
                    spec.settings.set_i64(row.id, other.into()).unwrap();
                }
                _ => continue,
            }
            let changed = outcome(&spec).is_none_or(|after| differ(&before, &after));
            assert_eq!(kind.reads(row.id), changed, "{kind:?} {}", row.name);
        }
    }
}

#[test]
fn parameters_without_effect_are_named() {
    for (kind, id, value) in [
        (Kind::Widefield, params::PSF_PINHOLE_AIRY, 1.0),
        (Kind::Widefield, params::PSF_EXCITATION_NM, 488.0),
        (Kind::TwoPhoton, params::PSF_PINHOLE_AIRY, 1.0),
        (Kind::BornWolf, params::PSF_DEPTH_NM, 3000.0),
    ] {
        let mut spec = with(kind, &[(id, value)]);
        if kind == Kind::TwoPhoton {
            spec.settings.unset(params::PSF_WAVELENGTH_NM).unwrap();
            spec.settings.set_f64(params::PSF_EXCITATION_NM, 920.0).unwrap();
        }
        let kernel = spec.sample(SHAPE, &Workers::new(1).unwrap()).unwrap();
        let notes: Vec<_> = kernel.report().findings.iter().filter(|finding| finding.code == "no_effect").collect();
        let name = Parameter::by_id(id).unwrap().name;
        assert!(notes.len() == 1 && notes[0].text.contains(name), "{kind:?} {name}: {notes:?}");
    }
}
