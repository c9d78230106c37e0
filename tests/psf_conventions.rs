//! What docs/psf.md promises: grids, extents, energy, centring, sampling checks, the same bits on any number of threads.

#[path = "support/optics.rs"]
mod optics;

use abbe::params::{self, Centre, known};
use abbe::psf::{Kernel, Kind, PsfSpec, Severity};
use abbe::runtime::Workers;
use optics::water;

fn source(kind: Kind) -> PsfSpec {
    let mut source = water(kind, 60.0, 100.0);
    for (id, value) in [
        (params::PSF_EXCITATION_NM, 488.0),
        (params::PSF_SHEET_THICKNESS_NM, 1500.0),
        (params::PSF_MOTION_LENGTH_PX, 7.0),
    ] {
        source.settings.set_f64(id, value).unwrap();
    }
    source
}

fn kernel(source: &PsfSpec, shape: [usize; 3]) -> Kernel {
    source.sample(shape, &Workers::new(1).unwrap()).unwrap()
}

fn modelled() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Measured)
}

#[test]
fn every_kind_sums_to_one_is_highest_at_the_centre_and_has_its_number() {
    for kind in modelled() {
        let kernel = kernel(&source(kind), [7, 18, 21]);
        let sum: f64 = kernel.samples().iter().map(|&value| f64::from(value)).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{kind:?} {sum}");
        assert_eq!(kernel.centre(), [3, 9, 10]);
        let peak = kernel.samples().iter().copied().fold(0.0, f32::max);
        assert!(kernel.samples()[(3 * 18 + 9) * 21 + 10] >= peak * 0.999, "{kind:?}");
        assert_eq!(known::<Kind>("psf kind", kind as i64).unwrap(), kind);
        assert_eq!(kernel.report().kind, kind.name());
    }
    assert!(known::<Kind>("psf kind", 99).unwrap_err().to_string().contains("light_sheet"));
}

#[test]
fn even_and_odd_extents_hold_the_same_values() {
    for kind in [Kind::Widefield, Kind::Confocal] {
        let (odd, even) = (kernel(&source(kind), [5, 21, 21]), kernel(&source(kind), [4, 20, 18]));
        let value = |kernel: &Kernel, offset: [i64; 3]| {
            let at: [usize; 3] = std::array::from_fn(|axis| (kernel.centre()[axis] as i64 + offset[axis]) as usize);
            f64::from(kernel.samples()[(at[0] * kernel.shape()[1] + at[1]) * kernel.shape()[2] + at[2]])
        };
        let scale = value(&odd, [0; 3]) / value(&even, [0; 3]);
        for offset in [[-2, 0, 0], [1, -10, 3], [0, 9, -9], [-1, 5, 8]] {
            let error = (value(&odd, offset) - scale * value(&even, offset)).abs();
            assert!(error < 1e-6 * value(&odd, [0; 3]), "{kind:?} {offset:?} {error:e}");
        }
    }
}

#[test]
fn bits_do_not_depend_on_threads() {
    for kind in [Kind::Vectorial, Kind::SpinningDisk] {
        let one = kernel(&source(kind), [9, 31, 30]);
        for threads in [2, 5] {
            let many = source(kind).sample([9, 31, 30], &Workers::new(threads).unwrap()).unwrap();
            assert!(one.samples().iter().zip(many.samples()).all(|(one, many)| one.to_bits() == many.to_bits()));
        }
    }
}

#[test]
fn extents_hold_the_energy_within_the_cap() {
    let workers = Workers::new(1).unwrap();
    for kind in [Kind::Widefield, Kind::Vectorial, Kind::Confocal, Kind::LightSheet, Kind::Gaussian] {
        let mut source = source(kind);
        source.settings.set_f64(params::PSF_ENERGY, 0.9).unwrap();
        let plane = source.extent(2, [1, 401, 401], &workers).unwrap();
        assert!(plane[0] == 1 && plane[1] == plane[2] && plane[1] % 2 == 1, "{kind:?} {plane:?}");
        let missed = kernel(&source, plane).report().energy_missed.unwrap();
        assert!(missed <= 0.1 && plane[1] < 101, "{kind:?} {plane:?} {missed}");
        let stack = source.extent(3, [301, 301, 301], &workers).unwrap();
        assert!(stack.iter().all(|extent| extent % 2 == 1) && stack[0] > 3 && stack[0] < 101, "{kind:?} {stack:?}");
        let missed = kernel(&source, stack).report().energy_missed.unwrap();
        assert!(missed <= 0.101, "{kind:?} {stack:?} {missed}");
        let capped = source.extent(3, [4, 10, 12], &workers).unwrap();
        assert!(capped[0] <= 4 && capped[1] <= 10 && capped[2] <= 12, "{kind:?} {capped:?}");
    }
    assert!(source(Kind::Widefield).extent(4, [9; 3], &workers).is_err());
}

#[test]
fn best_focus_is_in_the_middle_and_nominal_is_not() {
    let mut source = source(Kind::Widefield);
    source.settings.set_f64(params::PSF_SAMPLE_INDEX, 1.40).unwrap();
    source.settings.set_f64(params::PSF_DEPTH_NM, 15_000.0).unwrap();
    let highest = |source: &PsfSpec| {
        let kernel = kernel(source, [61, 1, 1]);
        (0..61).max_by(|&a, &b| kernel.samples()[a].total_cmp(&kernel.samples()[b])).unwrap()
    };
    assert_eq!(highest(&source), 30);
    source.settings.set_choice(params::PSF_CENTRE, Centre::Nominal).unwrap();
    assert_ne!(highest(&source), 30);
}

#[test]
fn undersampling_is_a_warning() {
    let mut source = source(Kind::Widefield);
    assert!(kernel(&source, [5, 9, 9]).report().findings.iter().all(|finding| finding.severity == Severity::Note));
    source.settings.set_f64(params::PSF_PIXEL_NM, 150.0).unwrap();
    source.settings.set_f64(params::PSF_STEP_NM, 600.0).unwrap();
    let kernel = kernel(&source, [5, 9, 9]);
    assert!(kernel.report().has("undersampled_xy") && kernel.report().has("undersampled_z"));
}

#[test]
fn what_cannot_be_meant_is_an_error_that_names_it() {
    let workers = Workers::new(1).unwrap();
    let told = |id, value| {
        let mut source = source(Kind::Widefield);
        source.settings.set_f64(id, value).unwrap();
        source.sample([5, 9, 9], &workers).map(|kernel| kernel.samples().iter().sum::<f32>())
    };
    assert!(told(params::PSF_NUMERICAL_APERTURE, 1.333).unwrap_err().to_string().contains("below the immersion index"));
    // A millimetre of water above oil optics and a missing coverslip under a huge design: an error or a true kernel.
    for (id, value) in [(params::PSF_DEPTH_NM, 1e6), (params::PSF_COVERSLIP_NM, 2e6), (params::PSF_COVERSLIP_NM, 0.0)] {
        match told(id, value) {
            Ok(sum) => assert!((sum - 1.0).abs() < 1e-4, "{sum}"),
            Err(error) => assert!(error.to_string().contains("psf."), "{error}"),
        }
    }
    let mut settings = source(Kind::Widefield).settings;
    for (id, value) in [
        (params::PSF_WAVELENGTH_NM, 0.0),
        (params::PSF_PIXEL_NM, -65.0),
        (params::PSF_STEP_NM, f64::NAN),
        (params::PSF_DEPTH_NM, -1.0),
        (params::PSF_COVERSLIP_NM, 1e9),
        (params::PSF_NUMERICAL_APERTURE, f64::INFINITY),
    ] {
        assert!(settings.set_f64(id, value).unwrap_err().to_string().starts_with("psf."));
    }
    assert!(source(Kind::Widefield).sample([0, 9, 9], &workers).is_err());
    assert!(PsfSpec::new(Kind::Widefield).sample([1, 9, 9], &workers).unwrap_err().to_string().contains("not set"));
}
