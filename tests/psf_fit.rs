//! Parameters recovered from noisy synthetic beads.

#[path = "support/optics.rs"]
mod optics;

use abbe::params::{self, Pixel};
use abbe::psf::{Fit, Kind, PsfSpec, Samples, fit};
use abbe::runtime::Workers;
use optics::water;

const SHAPE: [usize; 3] = [21, 25, 25];

fn source(aperture: f64, step_nm: f64) -> PsfSpec {
    let mut source = PsfSpec::new(Kind::Widefield);
    for (id, value) in [
        (params::PSF_NUMERICAL_APERTURE, aperture),
        (params::PSF_IMMERSION_INDEX, 1.333),
        (params::PSF_WAVELENGTH_NM, 520.0),
        (params::PSF_PIXEL_NM, 80.0),
        (params::PSF_STEP_NM, step_nm),
    ] {
        source.settings.set_f64(id, value).unwrap();
    }
    source.settings.set_choice(params::PSF_PIXEL, Pixel::Point).unwrap();
    source
}

/// Knuth's Poisson numbers on Marsaglia's xorshift.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn poisson(&mut self, mean: f64) -> f64 {
        let limit = (-mean).exp();
        let (mut count, mut product) = (0.0, self.uniform());
        while product > limit {
            count += 1.0;
            product *= self.uniform();
        }
        count
    }
}

fn measured(shape: [usize; 3], values: Vec<f32>) -> PsfSpec {
    let mut measured = PsfSpec::new(Kind::Measured);
    measured.samples = Some(Samples::new(shape, values).unwrap());
    measured
}

/// Counts of a bead of 10,000 photons on a background of 0.2 a voxel, in units of `gain` a photon: 0.25 px off along y,
/// -0.5 px along x, focused 100 nm deeper (half a step). The truth is sampled on a grid four times as fine and thinned
/// with an offset: a shift that no part of the fit makes.
fn bead(aperture: f64, seed: u64, gain: f64) -> PsfSpec {
    let fine = {
        let mut fine = source(aperture, 100.0);
        fine.settings.set_f64(params::PSF_PIXEL_NM, 20.0).unwrap();
        fine.sample([45, 121, 121], &Workers::new(2).unwrap()).unwrap()
    };
    let place = |at: usize| [at / (25 * 25), at / 25 % 25, at % 25];
    let clean: Vec<f64> = (0..SHAPE.iter().product())
        .map(|at| {
            let [z, y, x] = place(at);
            let [z, y, x] = [2 * z + 22 - 20 + 1, 4 * y + 60 - 48 - 1, 4 * x + 60 - 48 + 2];
            f64::from(fine.samples()[(z * 121 + y) * 121 + x])
        })
        .collect();
    let sum: f64 = clean.iter().sum();
    let mut noise = Noise(seed);
    measured(SHAPE, clean.iter().map(|value| (gain * noise.poisson(10_000.0 * value / sum + 0.2)) as f32).collect())
}

/// Within 1 %, 20 nm and 0.05 px of [`bead`], and within four standard errors.
fn check(found: &Fit, aperture: f64) {
    println!("{found:?}");
    let got = found.parameters["numerical_aperture"];
    assert!((got.value / aperture - 1.0).abs() < 0.01, "{found:?}");
    assert!((found.defocus_nm.value - 100.0).abs() < 20.0, "{found:?}");
    let known = [(got, aperture), (found.defocus_nm, 100.0), (found.shift_px[0], 0.25), (found.shift_px[1], -0.5)];
    for (got, truth) in known {
        assert!((got.value - truth).abs() < 4.0 * got.error.unwrap(), "{found:?}");
    }
    assert!((found.shift_px[0].value - 0.25).abs() < 0.05 && (found.shift_px[1].value + 0.5).abs() < 0.05);
    assert!(found.parameters["spherical_nm"].value.abs() < 10.0, "{found:?}");
    assert!(found.findings.is_empty(), "{found:?}");
}

#[test]
fn aperture_defocus_and_shift_are_recovered_at_ten_thousand_photons() {
    let workers = Workers::new(2).unwrap();
    for seed in [88_172_645_463_325_252, 7, 0x5eed] {
        let found = fit(&source(1.05, 200.0), &bead(1.15, seed, 1.0), &workers).unwrap();
        check(&found, 1.15);
        assert!((found.chi_square - 1.0).abs() < 0.1, "{found:?}");
        assert!((found.counts / 10_000.0 - 1.0).abs() < 0.05, "{found:?}");
    }
}

#[test]
fn a_gain_changes_nothing_but_the_units() {
    let workers = Workers::new(2).unwrap();
    let found = fit(&source(1.05, 200.0), &bead(1.15, 3, 40.0), &workers).unwrap();
    check(&found, 1.15);
    assert!((found.chi_square / 40.0 - 1.0).abs() < 0.1, "{found:?}");
}

#[test]
fn standard_errors_are_those_of_repeated_fits() {
    let workers = Workers::new(2).unwrap();
    let fits: Vec<Fit> = (1..=12)
        .map(|seed| fit(&source(1.1, 200.0), &bead(1.15, seed * 0x9e37_79b9, 1.0), &workers).unwrap())
        .collect();
    type Number = fn(&Fit) -> (f64, f64);
    let get: [Number; 3] = [
        |fit| (fit.parameters["numerical_aperture"].value, fit.parameters["numerical_aperture"].error.unwrap()),
        |fit| (fit.defocus_nm.value, fit.defocus_nm.error.unwrap()),
        |fit| (fit.shift_px[1].value, fit.shift_px[1].error.unwrap()),
    ];
    for get in get {
        let values: Vec<(f64, f64)> = fits.iter().map(get).collect();
        let mean = values.iter().map(|value| value.0).sum::<f64>() / 12.0;
        let spread = (values.iter().map(|value| (value.0 - mean).powi(2)).sum::<f64>() / 11.0).sqrt();
        let stated = values.iter().map(|value| value.1).sum::<f64>() / 12.0;
        println!("mean {mean} spread {spread} stated {stated}");
        // 99.9 % of chi-square with 11 degrees of freedom.
        assert!((0.4..1.7).contains(&(spread / stated)), "{spread} {stated}");
    }
}

/// Samples of `truth` with its settings, `photons` of them.
fn noisy(truth: &PsfSpec, shape: [usize; 3], photons: f64, seed: u64) -> PsfSpec {
    let kernel = truth.sample(shape, &Workers::new(2).unwrap()).unwrap();
    let mut noise = Noise(seed);
    measured(shape, kernel.samples().iter().map(|value| noise.poisson(photons * f64::from(*value)) as f32).collect())
}

fn with(mut source: PsfSpec, kind: Kind, values: &[(params::Id, f64)], wanted: &str) -> PsfSpec {
    source.kind = kind;
    for (id, value) in values {
        source.settings.set_f64(*id, *value).unwrap();
    }
    source.settings.set_text(params::PSF_FIT, wanted).unwrap();
    source
}

#[test]
fn spherical_aberration_blur_and_widths_are_recovered() {
    let workers = Workers::new(2).unwrap();
    let truth = with(source(1.15, 200.0), Kind::Vectorial, &[(params::PSF_SPHERICAL_NM, 40.0)], "");
    let found =
        fit(&with(source(1.1, 200.0), Kind::Vectorial, &[], ""), &noisy(&truth, [25, 31, 31], 1e4, 5), &workers)
            .unwrap();
    assert!((found.parameters["spherical_nm"].value - 40.0).abs() < 4.0, "{found:?}");
    assert!((found.parameters["numerical_aperture"].value / 1.15 - 1.0).abs() < 0.01, "{found:?}");

    let truth = with(source(1.15, 200.0), Kind::Widefield, &[(params::PSF_BLUR_NM, 90.0)], "");
    let start = with(source(1.15, 200.0), Kind::Widefield, &[], "blur_nm");
    let found = fit(&start, &noisy(&truth, [25, 31, 31], 1e4, 6), &workers).unwrap();
    assert!((found.parameters["blur_nm"].value - 90.0).abs() < 5.0, "{found:?}");

    let widths = [(params::PSF_SIGMA_NM, 130.0), (params::PSF_SIGMA_AXIAL_NM, 410.0)];
    let truth = with(source(1.15, 200.0), Kind::Gaussian, &widths, "");
    let found =
        fit(&with(source(1.15, 200.0), Kind::Gaussian, &[], ""), &noisy(&truth, [25, 31, 31], 1e4, 7), &workers)
            .unwrap();
    assert!((found.parameters["sigma_nm"].value / 130.0 - 1.0).abs() < 0.02, "{found:?}");
    assert!((found.parameters["sigma_axial_nm"].value / 410.0 - 1.0).abs() < 0.02, "{found:?}");

    // A single plane, out of focus.
    let truth = with(source(1.15, 200.0), Kind::Widefield, &[(params::PSF_DEFOCUS_NM, 600.0)], "");
    let start = with(source(1.15, 200.0), Kind::Widefield, &[(params::PSF_DEFOCUS_NM, 400.0)], "defocus_nm");
    let found = fit(&start, &noisy(&truth, [1, 41, 41], 1e4, 8), &workers).unwrap();
    assert!((found.parameters["defocus_nm"].value - 600.0).abs() < 20.0, "{found:?}");
}

#[test]
fn the_size_of_the_bead_is_part_of_the_model() {
    let workers = Workers::new(2).unwrap();
    // A ball of 200 nm from 500 points within it, each a fine kernel moved by whole fine voxels.
    let mut fine = source(1.15, 40.0);
    fine.settings.set_f64(params::PSF_PIXEL_NM, 20.0).unwrap();
    let fine = fine.sample([121, 141, 141], &workers).unwrap();
    let shape = [21, 25, 25];
    let mut clean = vec![0.0; 21 * 25 * 25];
    for (dz, dy, dx) in (-3..=3_i32).flat_map(|z| (-5..=5_i32).flat_map(move |y| (-5..=5_i32).map(move |x| (z, y, x))))
    {
        if (40 * dz).pow(2) + (20 * dy).pow(2) + (20 * dx).pow(2) > 100 * 100 {
            continue;
        }
        for (at, value) in clean.iter_mut().enumerate() {
            let [z, y, x] = [at / 625, at / 25 % 25, at % 25].map(|at| at as i32);
            let [z, y, x] = [60 + 5 * (z - 10) + dz, 70 + 4 * (y - 12) + dy, 70 + 4 * (x - 12) + dx];
            *value += f64::from(fine.samples()[((z * 141 + y) * 141 + x) as usize]);
        }
    }
    let mut bead = measured(shape, clean.iter().map(|value| (1e4 * value) as f32).collect());
    let bare = fit(&source(1.1, 200.0), &bead, &workers).unwrap();
    bead.settings.set_f64(params::PSF_BEAD_NM, 200.0).unwrap();
    let found = fit(&source(1.1, 200.0), &bead, &workers).unwrap();
    let error = |fit: &Fit| (fit.parameters["numerical_aperture"].value / 1.15 - 1.0).abs();
    println!("{} {}", error(&bare), error(&found));
    assert!(error(&found) < 0.01 && error(&found) < 0.3 * error(&bare));
}

#[test]
fn aberrations_that_are_given_are_part_of_the_model() {
    let workers = Workers::new(2).unwrap();
    for kind in [Kind::Widefield, Kind::Vectorial] {
        let of = |aperture: f64, step_nm: f64, zernike: &str| {
            let mut source = with(source(aperture, step_nm), kind, &[], "");
            source.settings.set_text(params::PSF_ZERNIKE, zernike).unwrap();
            source
        };
        let mut truth = of(1.15, 200.0, "noll 7:50 6:-35");
        truth.settings.set_f64(params::PSF_SPHERICAL_NM, 30.0).unwrap();
        let truth = truth.sample(SHAPE, &workers).unwrap();
        let bead = measured(SHAPE, truth.samples().iter().map(|value| 1e4 * value).collect());
        let found = fit(&of(1.1, 200.0, "noll 7:50 6:-35"), &bead, &workers).unwrap();
        assert!((found.parameters["numerical_aperture"].value - 1.15).abs() < 1e-3, "{kind:?} {found:?}");
        assert!((found.parameters["spherical_nm"].value - 30.0).abs() < 0.5, "{kind:?} {found:?}");
        assert!(found.shift_px.iter().all(|shift| shift.value.abs() < 0.01), "{kind:?} {found:?}");
        // Without them the fit says that something is amiss.
        let plain = fit(&of(1.1, 200.0, ""), &bead, &workers).unwrap();
        assert!(plain.residual > 10.0 * found.residual && plain.residual_correlation > 0.5, "{kind:?} {plain:?}");
    }
}

/// An aperture that ends where the immersion's index ends it, and a width that the samples do not show, are told.
#[test]
fn ends_of_ranges_and_widths_that_are_not_shown_are_told() {
    // A bead far narrower than any aperture makes it.
    let mut measured = water(Kind::Measured, 80.0, 200.0);
    let narrow = |at: usize| {
        let [z, y, x] = [at / 625, at / 25 % 25, at % 25].map(|index| index as f64);
        let square = ((z - 7.0) / 0.8).powi(2) + (y - 12.0).powi(2) / 0.25 + (x - 12.0).powi(2) / 0.25;
        (1000.0 * (-0.5 * square).exp() + 10.0) as f32
    };
    measured.samples = Some(Samples::new([15, 25, 25], (0..15 * 625).map(narrow).collect()).unwrap());
    let mut model = water(Kind::Widefield, 80.0, 200.0);
    model.settings.set_text(params::PSF_FIT, "numerical_aperture").unwrap();
    let found = fit(&model, &measured, &Workers::new(2).unwrap()).unwrap();
    assert!(found.parameters["numerical_aperture"].value > 1.33, "{found:?}");
    assert!(found.findings.iter().any(|finding| finding.code == "fit_at_limit"), "{found:?}");
    // The top of a wide Gaussian alone.
    let mut measured = water(Kind::Measured, 80.0, 200.0);
    let mut state = 1_u64;
    let top = |at: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = (state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5;
        let [y, x] = [at / 7, at % 7].map(|index| index as f64 - 3.0);
        (1000.0 * (-0.5 * (y * y + x * x) / 900.0).exp() + 100.0 * noise) as f32
    };
    measured.samples = Some(Samples::new([1, 7, 7], (0..49).map(top).collect()).unwrap());
    let mut model = water(Kind::Gaussian, 80.0, 200.0);
    model.settings.set_f64(params::PSF_SIGMA_NM, 100.0).unwrap();
    let found = fit(&model, &measured, &Workers::new(1).unwrap()).unwrap();
    let told = found.findings.iter().find(|finding| finding.code == "fit_undetermined").map(|finding| &finding.text);
    assert!(told.is_some_and(|text| text.contains("sigma_nm is ")), "{found:?}");
    // A wide Gaussian without noise is determined, but for the background.
    let wide = |at: usize| {
        let [y, x] = [at / 7, at % 7].map(|index| index as f64 - 3.0);
        (1000.0 * (-0.5 * (y * y + x * x) / 25.0).exp()) as f32
    };
    measured.samples = Some(Samples::new([1, 7, 7], (0..49).map(wide).collect()).unwrap());
    let found = fit(&model, &measured, &Workers::new(1).unwrap()).unwrap();
    let told = found.findings.iter().find(|finding| finding.code == "fit_undetermined").map(|finding| &finding.text);
    assert!(told.is_some_and(|text| text.contains("up to 280 nm, half their extent")), "{found:?}");
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let workers = Workers::new(1).unwrap();
    let bead = measured([1, 1, 2], vec![1.0, 2.0]);
    let told = |source: &PsfSpec, bead: &PsfSpec| fit(source, bead, &workers).unwrap_err().to_string();
    assert!(told(&with(source(1.1, 200.0), Kind::Motion, &[], ""), &bead).contains("motion"));
    assert!(told(&source(1.1, 200.0), &source(1.1, 200.0)).contains("measured"));
    assert!(told(&with(source(1.1, 200.0), Kind::Widefield, &[], "sigma_nm"), &bead).contains("\"sigma_nm\""));
    assert!(told(&source(1.1, 200.0), &measured([3, 5, 5], vec![2.0; 75])).contains("all 2"));
    assert!(told(&source(1.1, 200.0), &PsfSpec::new(Kind::Measured)).contains("not set"));
}
