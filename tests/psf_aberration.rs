//! Aberrated kernels against a slow integral over the pupil's disc.

use abbe::params::{self, Centre, Pixel};
use abbe::psf::{Kind, PsfSpec};
use abbe::runtime::Workers;

const SHAPE: [usize; 3] = [5, 21, 22];

fn source(zernike: &str) -> PsfSpec {
    let mut source = PsfSpec::new(Kind::Widefield);
    for (id, value) in [
        (params::PSF_NUMERICAL_APERTURE, 1.2),
        (params::PSF_IMMERSION_INDEX, 1.333),
        (params::PSF_WAVELENGTH_NM, 520.0),
        (params::PSF_PIXEL_NM, 80.0),
        (params::PSF_STEP_NM, 300.0),
    ] {
        source.settings.set_f64(id, value).unwrap();
    }
    source.settings.set_choice(params::PSF_PIXEL, Pixel::Point).unwrap();
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
    let w = coma_and_astigmatism;
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

/// Intensity of freely rotating dipoles at a point of the plane, by midpoint rules over angle and turn of the rays behind
/// an aplanatic lens: every dipole's field across a ray is turned into the image's plane, and the three add up.
fn slow_vectorial(wavelength: f64, [y, x]: [f64; 2], drive: f64) -> f64 {
    let (k, index, aperture) = (std::f64::consts::TAU / wavelength, 1.333, 1.2_f64);
    let (rings, turns) = (240, 64);
    let widest = (aperture / index).asin();
    let mut fields = [[num_complex::Complex64::ZERO; 2]; 3];
    for ring in 0..rings {
        let (sine, cosine) = (widest * (f64::from(ring) + 0.5) / f64::from(rings)).sin_cos();
        for turn in 0..turns {
            let angle = std::f64::consts::TAU * f64::from(turn) / f64::from(turns);
            let (s, c) = angle.sin_cos();
            let path = coma_and_astigmatism(index * sine / aperture, angle)
                + drive * index * (cosine - 1.0)
                + index * sine * (x * c + y * s);
            let wave = cosine.sqrt() * sine * num_complex::Complex64::cis(k * path);
            let across = [[cosine * c, -s], [cosine * s, c], [-sine, 0.0]];
            for (field, [radial, around]) in fields.iter_mut().zip(across) {
                field[0] += wave * (radial * c - around * s);
                field[1] += wave * (radial * s + around * c);
            }
        }
    }
    fields.as_flattened().iter().map(|field| field.norm_sqr()).sum()
}

/// Noll 8 and 5, um.
fn coma_and_astigmatism(rho: f64, angle: f64) -> f64 {
    0.060 * 8.0_f64.sqrt() * (3.0 * rho.powi(3) - 2.0 * rho) * angle.cos()
        - 0.040 * 6.0_f64.sqrt() * rho * rho * (2.0 * angle).sin()
}

fn any_kind(kind: Kind, zernike: &str) -> PsfSpec {
    let mut source = source(zernike);
    source.kind = kind;
    for (id, value) in [
        (params::PSF_COVERSLIP_INDEX, 1.333),
        (params::PSF_EXCITATION_NM, if kind == Kind::TwoPhoton { 800.0 } else { 488.0 }),
        (params::PSF_SHEET_THICKNESS_NM, 900.0),
    ] {
        source.settings.set_f64(id, value).unwrap();
    }
    // So that the slow integrals know where the middle plane is.
    source.settings.set_choice(params::PSF_CENTRE, Centre::Nominal).unwrap();
    source
}

#[test]
fn every_kind_matches_slow_integrals_over_pupil_and_pinhole() {
    let workers = Workers::new(2).unwrap();
    // Points that stand for the mean over the pinhole's disc: midpoints of rings of equal area.
    let radius = 0.5 * 1.219_669_891 * 0.52 / 1.2;
    let disc: Vec<[f64; 2]> = (0..12)
        .flat_map(|ring| (0..24).map(move |turn| (ring, turn)))
        .map(|(ring, turn)| {
            let (s, c) = (std::f64::consts::TAU * (f64::from(turn) + 0.5) / 24.0).sin_cos();
            let distance = radius * ((f64::from(ring) + 0.5) / 12.0).sqrt();
            [distance * s, distance * c]
        })
        .collect();
    let pinhole = |at: [f64; 2], drive: f64| -> f64 {
        let parts = disc.iter().map(|[y, x]| slow_vectorial(0.52, [at[0] + y, at[1] + x], drive));
        parts.sum::<f64>() / disc.len() as f64
    };
    let sheet = |drive: f64| (-0.5 * (drive / 0.9).powi(2) * 8.0 * 2.0_f64.ln()).exp();
    type Truth<'a> = Box<dyn Fn([f64; 2], f64) -> f64 + 'a>;
    let cases: [(Kind, Truth, f64); 4] = [
        (Kind::Vectorial, Box::new(|at, drive| slow_vectorial(0.52, at, drive)), 1e-4),
        (Kind::TwoPhoton, Box::new(|at, drive| slow_vectorial(0.8, at, drive).powi(2)), 1e-4),
        (Kind::LightSheet, Box::new(|at, drive| slow_vectorial(0.52, at, drive) * sheet(drive)), 1e-4),
        (Kind::Confocal, Box::new(|at, drive| slow_vectorial(0.488, at, drive) * pinhole(at, drive)), 2e-3),
    ];
    for (kind, truth, most) in cases {
        let kernel = any_kind(kind, "noll 8:60 5:-40").sample(SHAPE, &workers).unwrap();
        let value = |[z, y, x]: [usize; 3]| f64::from(kernel.samples()[(z * 21 + y) * 22 + x]);
        let truth = |[z, y, x]: [usize; 3]| {
            truth([(y as f64 - 10.0) * 0.08, (x as f64 - 11.0) * 0.08], -(z as f64 - 2.0) * 0.3)
        };
        let middle = [2, 10, 11];
        let scale = truth(middle) / value(middle);
        for at in [[2, 10, 9], [2, 12, 14], [2, 6, 8], [1, 10, 11], [3, 8, 13], [0, 13, 9], [4, 11, 15]] {
            let error = (value(at) * scale - truth(at)).abs() / truth(middle);
            assert!(error < most, "{kind:?} {at:?}: {error:e}");
        }
    }
}

#[test]
fn tilt_moves_every_kind_by_the_pixels_it_stands_for() {
    // Noll 2 is 2 rho cos and moves the point by 2 coefficients over NA; here by three pixels along x.
    let workers = Workers::new(2).unwrap();
    let tilt = 3.0 * 80.0 * 1.2 / 2.0;
    for kind in [
        Kind::Widefield,
        Kind::BornWolf,
        Kind::Vectorial,
        Kind::TwoPhoton,
        Kind::LightSheet,
        Kind::Confocal,
        Kind::SpinningDisk,
    ] {
        let of = |zernike: &str| {
            let mut source = any_kind(kind, zernike);
            source.settings.set_choice(params::PSF_CENTRE, Centre::BestFocus).unwrap();
            source.settings.set_f64(params::PSF_BLUR_NM, if kind == Kind::LightSheet { 60.0 } else { 0.0 }).unwrap();
            source.sample([3, 31, 41], &workers).unwrap()
        };
        let (straight, tilted) = (of(""), of(&format!("noll 2:{tilt}")));
        let highest = |kernel: &abbe::psf::Kernel| {
            (0..kernel.samples().len()).max_by(|&a, &b| kernel.samples()[a].total_cmp(&kernel.samples()[b])).unwrap()
        };
        let peak = straight.samples()[highest(&straight)];
        let moved = highest(&tilted) as i64 - highest(&straight) as i64;
        assert_eq!(moved.abs(), 3, "{kind:?}");
        // Of the light that leaves at one side the sums differ a little.
        let scale = peak / tilted.samples()[highest(&tilted)];
        for line in 0..3 * 31 {
            for x in 3..38 {
                let at = line * 41 + x;
                let off = scale * tilted.samples()[(at + moved) as usize] - straight.samples()[at as usize];
                assert!(off.abs() < 2e-6 * peak, "{kind:?} {line} {x}: {}", off / peak);
            }
        }
    }
}

#[test]
fn a_round_zernike_is_spherical_aberration_and_best_focus_counts_it() {
    let workers = Workers::new(2).unwrap();
    for kind in [Kind::Widefield, Kind::BornWolf, Kind::Vectorial, Kind::TwoPhoton, Kind::Confocal] {
        let of = |zernike: &str, spherical: f64| {
            let mut source = any_kind(kind, zernike);
            source.settings.set_f64(params::PSF_SPHERICAL_NM, spherical).unwrap();
            source.settings.set_choice(params::PSF_CENTRE, Centre::BestFocus).unwrap();
            source.settings.set_f64(params::PSF_STEP_NM, 100.0).unwrap();
            source.sample([9, 9, 9], &workers).unwrap()
        };
        let (zernike, round) = (of("noll 11:80", 0.0), of("", 80.0));
        assert_eq!(zernike.samples(), round.samples(), "{kind:?}");
        for mixed in [&round, &of("noll 5:50 7:20", 80.0)] {
            let axis: Vec<f32> = (0..9).map(|z| mixed.samples()[(z * 9 + 4) * 9 + 4]).collect();
            let highest = (0..9).max_by(|&a, &b| axis[a].total_cmp(&axis[b])).unwrap();
            assert_eq!(highest, 4, "{kind:?} {axis:?}");
        }
    }
}

#[test]
fn extents_of_aberrated_kernels_hold_the_energy() {
    for kind in [Kind::Vectorial, Kind::Confocal] {
        let mut source = any_kind(kind, "noll 7:80");
        source.settings.set_f64(params::PSF_ENERGY, 0.9).unwrap();
        let [_, side, _] = source.extent(2, [1, 401, 401], &Workers::new(1).unwrap()).unwrap();
        let missed = |side: usize| {
            source.sample([1, side, side], &Workers::new(1).unwrap()).unwrap().report().energy_missed.unwrap()
        };
        // The extent is that of a circle, and a kernel is its square.
        assert!(
            missed(side) <= 0.1 && missed(side * 2 / 3) > 0.1,
            "{kind:?} {side} {} {}",
            missed(side),
            missed(side * 2 / 3)
        );
    }
}

#[test]
fn bits_of_aberrated_kernels_do_not_depend_on_threads() {
    for kind in [Kind::Vectorial, Kind::Confocal] {
        let source = any_kind(kind, "noll 7:40 5:20");
        let one = source.sample([6, 15, 16], &Workers::new(1).unwrap()).unwrap();
        let three = source.sample([6, 15, 16], &Workers::new(3).unwrap()).unwrap();
        assert!(one.samples().iter().zip(three.samples()).all(|(one, three)| one.to_bits() == three.to_bits()));
    }
}

#[test]
fn kinds_without_a_pupil_take_no_aberrations() {
    for kind in [Kind::Gaussian, Kind::Motion, Kind::Measured] {
        let source = any_kind(kind, "noll 7:30");
        for told in [
            source.sample(SHAPE, &Workers::new(1).unwrap()).unwrap_err(),
            source.extent(3, SHAPE, &Workers::new(1).unwrap()).unwrap_err(),
        ] {
            let told = told.to_string();
            assert!(told.contains("psf.zernike") && told.contains(kind.name()), "{told}");
        }
    }
}
