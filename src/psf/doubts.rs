//! What is suspicious about the parameters themselves, whatever the kernel: units, wavelengths, media, and parameters that
//! change nothing.

use super::finding::Severity;
use super::kind::Kind;
use super::report::Report;
use crate::params::{self, Centre, Id, Parameter, Settings};

/// Adds what is to be doubted, and what has no effect.
pub(super) fn doubt(kind: Kind, settings: &Settings, report: &mut Report) {
    immersion(kind, settings, report);
    wavelengths(kind, settings, report);
    units(kind, settings, report);
    idle(kind, settings, report);
}

/// Warns of an oil lens that nobody asked for.
fn immersion(kind: Kind, settings: &Settings, report: &mut Report) {
    if !kind.reads(params::PSF_IMMERSION_INDEX) || settings.is_set(params::PSF_IMMERSION_INDEX) {
        return;
    }
    let (Some(aperture), Some(index)) =
        (settings.f64(params::PSF_NUMERICAL_APERTURE), settings.f64(params::PSF_IMMERSION_INDEX))
    else {
        return;
    };
    let mostly = match aperture {
        ..1.0 => "below NA 1 are mostly dry; set it, to 1 for air",
        ..1.3 => "of NA 1 to 1.3 are mostly for water or silicone oil; set it, to 1.33 for water",
        _ => return,
    };
    let text = format!(
        "psf.numerical_aperture is {aperture} and psf.immersion_index is not set, so that {index} (oil) is taken; lenses {mostly}"
    );
    report.find(Severity::Warning, "assumed_oil", text);
}

/// Warns of emission below the excitation, and of two photons with the wavelength of one.
fn wavelengths(kind: Kind, settings: &Settings, report: &mut Report) {
    if !kind.reads(params::PSF_EXCITATION_NM) {
        return;
    }
    let Some(excitation) = settings.f64(params::PSF_EXCITATION_NM) else { return };
    if kind == Kind::TwoPhoton {
        if excitation < SHORTEST_OF_TWO_NM {
            let text = format!(
                "psf.excitation_nm is {excitation}; two photons are mostly of 680 to 1300 nm, about twice the wavelength of \
                 one that excites"
            );
            report.find(Severity::Warning, "one_photon_excitation", text);
        }
    } else if let Some(emission) = settings.f64(params::PSF_WAVELENGTH_NM).filter(|emission| *emission <= excitation) {
        let text = format!(
            "psf.excitation_nm is {excitation} and psf.wavelength_nm, the emission, {emission}; fluorescence has the longer \
             wavelength; were they swapped?"
        );
        report.find(Severity::Warning, "swapped_wavelengths", text);
    }
}

/// Warns of lengths that are hardly nanometres.
fn units(kind: Kind, settings: &Settings, report: &mut Report) {
    for (id, min) in MIN_NM {
        let given = settings.f64(id).filter(|_| settings.is_set(id) && kind.reads(id));
        let (Some(value), Some(row)) = (given.filter(|value| *value > 0.0 && *value < min), Parameter::by_id(id))
        else {
            continue;
        };
        let (unit, factor) = if 1e3 * value >= min { ("um", 1e3) } else { ("mm", 1e6) };
        let text = format!("{} is {value} nm; check its unit: {value} {unit} are {} nm", row.name, factor * value);
        report.find(Severity::Warning, "unit", text);
    }
}

/// Names parameters that are set and change nothing.
fn idle(kind: Kind, settings: &Settings, report: &mut Report) {
    let unread: Vec<&str> =
        settings.set().filter(|id| !kind.reads(*id)).filter_map(|id| Some(Parameter::by_id(id)?.name)).collect();
    if !unread.is_empty() {
        let text = format!("the kind {} does not depend on {}", kind.name(), unread.join(", "));
        report.find(Severity::Note, "no_effect", text);
    }
    if !kind.is_layered() {
        return;
    }
    let immersion = settings.f64(params::PSF_IMMERSION_INDEX);
    let index = |id| settings.f64(id).or(immersion);
    if settings.is_set(params::PSF_DEPTH_NM) && index(params::PSF_SAMPLE_INDEX) == immersion {
        let (severity, why) = match settings.is_set(params::PSF_SAMPLE_INDEX) {
            true => (Severity::Note, "is the immersion's"),
            false => (Severity::Warning, "is not set, so that it is the immersion's"),
        };
        report.find(severity, "no_effect", format!("psf.depth_nm has no effect where psf.sample_index {why}"));
    }
    let coverslip = settings.f64(params::PSF_COVERSLIP_INDEX);
    let design = settings.f64(params::PSF_DESIGN_COVERSLIP_INDEX).or(coverslip);
    let thickness = [params::PSF_COVERSLIP_NM, params::PSF_DESIGN_COVERSLIP_NM];
    let centred = settings.choice::<Centre>(params::PSF_CENTRE) != Centre::None;
    if thickness.iter().any(|id| settings.is_set(*id)) && coverslip == immersion && design == immersion && centred {
        let text = "the coverslip's thickness has no effect but on the focus where its index is the immersion's";
        report.find(Severity::Note, "no_effect", text.into());
    }
}

/// Lengths below which micrometres or millimetres were given.
const MIN_NM: [(Id, f64); 4] = [
    (params::PSF_DEPTH_NM, 50.0),
    (params::PSF_COVERSLIP_NM, 10_000.0),
    (params::PSF_DESIGN_COVERSLIP_NM, 10_000.0),
    (params::PSF_BEAD_NM, 5.0),
];
/// Lasers of two-photon microscopes have longer wavelengths.
const SHORTEST_OF_TWO_NM: f64 = 650.0;
