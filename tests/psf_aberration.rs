//! Aberrated kernels against a slow integral over the pupil's disc.

use abbe::params;
use abbe::psf::{Kind, Source};
use abbe::runtime::Workers;

const SHAPE: [usize; 3] = [5, 21, 22];

fn source(zernike: &str) -> Source {
    let mut source = Source::new(Kind::Widefield);
    for (id, value) in [
        (params::PSF_NUMERICAL_APERTURE, 1.2),
        (params::PSF_IMMERSION_INDEX, 1.333),
        (params::PSF_WAVELENGTH_NM, 520.0),
        (params::PSF_PIXEL_NM, 80.0),
        (params::PSF_STEP_NM, 300.0),
    ] {
        source.settings.set_f64(id, value).unwrap();
    }
    source.settings.set_i64(params::PSF_PIXEL, params::PIXEL_POINT).unwrap();
    source.settings.set_text(params::PSF_ZERNIKE, zernike).unwrap();
    source
}

/// |U|^2 by midpoint rules over radius and angle of the pupil, for the wavefront `w` in um.
fn slow(y: f64, x: f64, drive: f64, w: &dyn Fn(f64, f64) -> f64) -> f64 {
    let k = std::f64::consts::TAU / 0.52;
    let (mut re, mut im) = (0.0, 0.0);
    let (rings, turns) = (400, 160);
    for ring in 0..rings {
        let rho = (ring as f64 + 0.5) / rings as f64;
        let axial = (1.333_f64.powi(2) - (1.2 * rho).powi(2)).sqrt() - 1.333;
        for turn in 0..turns {
            let angle = std::f64::consts::TAU * turn as f64 / turns as f64;
            let phase = k * (w(rho, angle) + drive * axial + 1.2 * rho * (x * angle.cos() + y * angle.sin()));
            re += rho * phase.cos();
            im += rho * phase.sin();
        }
    }
    re * re + im * im
}

#[test]
fn coma_and_astigmatism_match_a_slow_integral() {
    // Noll 8 is horizontal coma, sqrt(8) (3 rho^3 - 2 rho) cos; Noll 5 oblique astigmatism, sqrt(6) rho^2 sin 2.
    let kernel = source("noll 8:60 5:-40").sample(SHAPE, &Workers::new(2).unwrap()).unwrap();
    let w = |rho: f64, angle: f64| {
        0.060 * 8.0_f64.sqrt() * (3.0 * rho.powi(3) - 2.0 * rho) * angle.cos()
            - 0.040 * 6.0_f64.sqrt() * rho * rho * (2.0 * angle).sin()
    };
    let peak =
        (0..SHAPE.iter().product()).max_by(|&a, &b| kernel.samples()[a].total_cmp(&kernel.samples()[b])).unwrap();
    let truth = |at: usize| {
        let [z, y, x] = [at / (21 * 22), at / 22 % 21, at % 22].map(|at| at as f64);
        // A higher plane is a focus deeper in the sample: a thinner immersion layer.
        slow((y - 10.0) * 0.08, (x - 11.0) * 0.08, -(z - 2.0) * 0.3, &w)
    };
    let scale = truth(peak) / f64::from(kernel.samples()[peak]);
    for at in (0..SHAPE.iter().product()).step_by(7) {
        let error = (f64::from(kernel.samples()[at]) * scale - truth(at)).abs() / truth(peak);
        assert!(error < 1e-4, "{at}: {error:e}");
    }
}

#[test]
fn a_tiny_aberration_changes_next_to_nothing_and_strehl_falls_as_marechal_says() {
    let workers = Workers::new(1).unwrap();
    let plain = source("").sample(SHAPE, &workers).unwrap();
    let tiny = source("noll 7:0.001").sample(SHAPE, &workers).unwrap();
    let peak = plain.samples().iter().copied().fold(0.0, f32::max);
    for (one, other) in plain.samples().iter().zip(tiny.samples()) {
        assert!((one - other).abs() < 1e-4 * peak);
    }
    let strehl = source("ansi 12:30").sample([1, 9, 9], &workers).unwrap().report().strehl.unwrap();
    let expected = (-(std::f64::consts::TAU * 30.0 / 520.0_f64).powi(2)).exp();
    assert!((strehl - expected).abs() < 0.01, "{strehl} {expected}");
}

#[test]
fn only_widefield_takes_aberrations() {
    let mut source = source("noll 7:30");
    source.kind = Kind::Vectorial;
    let told = source.sample(SHAPE, &Workers::new(1).unwrap()).unwrap_err().to_string();
    assert!(told.contains("only the kind widefield"), "{told}");
}
