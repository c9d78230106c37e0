//! Measured kernels: every fault injected into a synthetic bead is named, and mended where that is possible.

#[path = "support/optics.rs"]
mod optics;

use abbe::params::{self, Centre, Policy, SamplesHold};
use abbe::psf::{Kernel, Kind, PsfSpec, Samples};
use abbe::runtime::Workers;
use optics::water;

const SHAPE: [usize; 3] = [25, 41, 41];

fn optics(kind: Kind) -> PsfSpec {
    water(kind, 80.0, 200.0)
}

/// A noise-free Gaussian bead with the optics' own widths, 1000 counts high.
fn bead() -> Vec<f32> {
    let kernel = optics(Kind::Gaussian).sample(SHAPE, &Workers::new(1).unwrap()).unwrap();
    let peak = kernel.samples().iter().copied().fold(0.0, f32::max);
    kernel.samples().iter().map(|value| value / peak * 1000.0).collect()
}

fn measured(values: Vec<f32>) -> PsfSpec {
    let mut source = optics(Kind::Measured);
    source.samples = Some(Samples::new(SHAPE, values).unwrap());
    source
}

fn kernel(source: &PsfSpec) -> Kernel {
    source.sample(SHAPE, &Workers::new(1).unwrap()).unwrap()
}

fn moved(values: &[f32], by: [i64; 3]) -> Vec<f32> {
    let at = |index: usize| {
        let place = [index / (41 * 41), index / 41 % 41, index % 41];
        let from: [i64; 3] = std::array::from_fn(|axis| place[axis] as i64 - by[axis]);
        if (0..3).all(|axis| (0..SHAPE[axis] as i64).contains(&from[axis])) {
            values[((from[0] * 41 + from[1]) * 41 + from[2]) as usize]
        } else {
            0.0
        }
    };
    (0..values.len()).map(at).collect()
}

#[test]
fn a_clean_bead_has_no_fault() {
    let kernel = kernel(&measured(bead()));
    assert!(kernel.report().findings.is_empty(), "{:?}", kernel.report().findings);
    let diagnosis = kernel.report().diagnosis.as_ref().unwrap();
    for ratio in diagnosis.width_over_theory {
        assert!((ratio.unwrap() - 1.0).abs() < 0.05, "{ratio:?}");
    }
}

/// What optics give ends in a faint tail, which is no background.
#[test]
fn a_computed_kernel_has_no_background() {
    for kind in [Kind::Widefield, Kind::Vectorial, Kind::BornWolf] {
        let computed = optics(kind).sample(SHAPE, &Workers::new(1).unwrap()).unwrap();
        let kernel = kernel(&measured(computed.samples().to_vec()));
        let diagnosis = kernel.report().diagnosis.as_ref().unwrap();
        assert!(diagnosis.background > 0.0 && diagnosis.background_over_peak < 1e-3, "{kind:?}: {diagnosis:?}");
        assert!(!kernel.report().has("background"), "{kind:?}: {:?}", kernel.report().findings);
    }
    let raised = kernel(&measured(bead().iter().map(|value| value + 2.0).collect()));
    let texts: Vec<_> = raised.report().findings.iter().map(|finding| &finding.text).collect();
    assert_eq!(texts, ["the samples have a background of 2.000e0, 0.20 % of their peak"]);
}

#[test]
fn every_fault_is_named_refused_and_reported() {
    let clean = bead();
    let tilted: Vec<f32> = (0..SHAPE[0] as i64)
        .flat_map(|z| {
            let plane = moved(&clean, [0, 0, ((z - 12) as f64 * 0.5).round() as i64]);
            plane[z as usize * 41 * 41..(z as usize + 1) * 41 * 41].to_vec()
        })
        .collect();
    let lopsided: Vec<f32> = {
        let ghost = moved(&clean, [0, 0, 6]);
        clean.iter().zip(ghost).map(|(value, ghost)| value + 0.6 * ghost).collect()
    };
    let cases: [(&str, Vec<f32>); 7] = [
        ("off_centre", moved(&clean, [2, -4, 5])),
        ("background", clean.iter().map(|value| value + 37.0).collect()),
        ("negative", clean.iter().enumerate().map(|(at, value)| value - if at % 2 == 0 { 1.0 } else { 0.0 }).collect()),
        ("saturated", clean.iter().map(|value| value.min(700.0)).collect()),
        ("tilted", tilted),
        ("asymmetric", lopsided),
        ("width_xy", clean.iter().enumerate().map(|(at, value)| if at % 41 == 20 { *value } else { 0.0 }).collect()),
    ];
    for (code, values) in cases {
        let mut source = measured(values);
        if code == "negative" {
            source.settings.set_f64(params::PSF_BACKGROUND, 0.0).unwrap();
        }
        let repaired = kernel(&source);
        assert!(repaired.report().has(code), "{code}: {:?}", repaired.report());
        assert!(repaired.samples().iter().all(|value| value.is_finite() && *value >= 0.0));
        source.settings.set_choice(params::PSF_POLICY, Policy::Refuse).unwrap();
        let told = source.sample(SHAPE, &Workers::new(1).unwrap()).unwrap_err().to_string();
        assert!(told.contains("refused") && told.contains("psf.policy"), "{told}");
        source.settings.set_choice(params::PSF_POLICY, Policy::Warn).unwrap();
        assert!(kernel(&source).report().has(code), "{code}");
    }
}

#[test]
fn off_centre_and_background_are_mended() {
    let clean = kernel(&measured(bead()));
    let spoilt = moved(&bead(), [2, -4, 5]).iter().map(|value| value + 37.0).collect();
    let mended = kernel(&measured(spoilt));
    let peak = clean.samples().iter().copied().fold(0.0, f32::max);
    for (value, expected) in mended.samples().iter().zip(clean.samples()) {
        assert!((value - expected).abs() < 2e-3 * peak);
    }
}

/// A kernel of 10,000 photons as counts, moved.
fn aberrated(kind: Kind, settings: &[(params::Id, f64)], zernike: &str, by: [i64; 3]) -> Vec<f32> {
    let mut source = optics(kind);
    for (id, value) in settings {
        source.settings.set_f64(*id, *value).unwrap();
    }
    source.settings.set_text(params::PSF_ZERNIKE, zernike).unwrap();
    let kernel = source.sample(SHAPE, &Workers::new(2).unwrap()).unwrap();
    moved(kernel.samples(), by).iter().map(|value| value * 1e4).collect()
}

#[test]
fn good_aberrated_beads_are_not_off_centre() {
    let spherical = |nm: f64| vec![(params::PSF_SPHERICAL_NM, nm)];
    let deep = vec![(params::PSF_SAMPLE_INDEX, 1.42), (params::PSF_DEPTH_NM, 6000.0)];
    for (kind, settings, zernike) in [
        (Kind::Vectorial, spherical(60.0), ""),
        (Kind::Vectorial, spherical(-60.0), ""),
        (Kind::Widefield, deep.clone(), ""),
        (Kind::Vectorial, deep, ""),
        (Kind::Vectorial, vec![], "noll 8:60"),
        (Kind::Vectorial, vec![], "noll 7:-30 5:50 11:40"),
    ] {
        let clean = aberrated(kind, &settings, zernike, [0, 0, 0]);
        let mut noise = Noise(88_172_645_463_325_252);
        let noisy: Vec<f32> = clean
            .iter()
            .map(|value| {
                let mean = f64::from(*value) + 0.2;
                (mean + mean.sqrt() * noise.normal()) as f32
            })
            .collect();
        for values in [&clean, &noisy] {
            let kept = kernel(&measured(values.clone()));
            assert!(!kept.report().has("off_centre"), "{kind:?} {zernike:?} {:?}", kept.report());
        }
        let kept = kernel(&measured(clean.clone()));
        let gone = kernel(&measured(aberrated(kind, &settings, zernike, [3, -4, 5])));
        assert!(gone.report().has("off_centre"), "{kind:?} {zernike:?} {:?}", gone.report());
        // Brought back to within a voxel.
        let overlap = |by: [i64; 3]| -> f64 {
            let back = moved(gone.samples(), by);
            back.iter().zip(kept.samples()).map(|(one, other)| f64::from(one * other)).sum()
        };
        let at = |index: i64| [index / 25 - 2, index / 5 % 5 - 2, index % 5 - 2];
        let best = (0..125).max_by(|&one, &other| overlap(at(one)).total_cmp(&overlap(at(other)))).unwrap();
        assert!(at(best).iter().all(|off| off.abs() <= 1), "{kind:?} {zernike:?} {:?}", at(best));
    }
}

#[test]
fn cut_undersampled_and_wide_beads_are_named() {
    let mut cut = optics(Kind::Measured);
    let clean = bead();
    let narrow = (0..25 * 41 * 7).map(|at| clean[at / 7 * 41 + 17 + at % 7]).collect();
    cut.samples = Some(Samples::new([25, 41, 7], narrow).unwrap());
    let report = cut.sample([25, 41, 7], &Workers::new(1).unwrap()).unwrap().report().clone();
    assert!(report.has("truncated"), "{report:?}");
    // The same samples, said to be of larger voxels: of 2.3 widths, and coarser than Nyquist.
    let mut coarse = measured(clean);
    coarse.settings.set_f64(params::PSF_PIXEL_NM, 184.0).unwrap();
    coarse.settings.set_f64(params::PSF_STEP_NM, 500.0).unwrap();
    let report = kernel(&coarse).report().clone();
    for code in ["undersampled_xy", "undersampled_z", "width_xy", "width_z"] {
        assert!(report.has(code), "{code}: {report:?}");
    }
    coarse.settings.set_choice(params::PSF_POLICY, Policy::Refuse).unwrap();
    let told = coarse.sample(SHAPE, &Workers::new(1).unwrap()).unwrap_err().to_string();
    assert!(told.contains("Nyquist") && told.contains("voxel sizes"), "{told}");
}

#[test]
fn empty_constant_dark_and_tiny_samples_are_errors_or_named() {
    let workers = Workers::new(1).unwrap();
    let told = |source: &PsfSpec| source.sample(SHAPE, &workers).unwrap_err().to_string();
    assert!(told(&optics(Kind::Measured)).contains("not set"));
    assert!(told(&measured(vec![0.0; 25 * 41 * 41])).contains("bright"));
    let dark: Vec<f32> = bead().iter().map(|value| 5000.0 - value).collect();
    assert!(told(&measured(dark)).contains("bright"));
    assert!(Samples::new([1, 1, 2], vec![f32::NAN, 1.0]).unwrap_err().to_string().contains("finite"));
    assert!(Samples::new([0, 1, 2], vec![]).is_err());
    let mut small = optics(Kind::Measured);
    small.samples = Some(Samples::new([1, 3, 3], vec![0.5, 1.0, 0.5, 1.0, 2.0, 1.0, 0.5, 1.0, 0.5]).unwrap());
    small.settings.set_f64(params::PSF_BACKGROUND, 0.0).unwrap();
    let kernel = small.sample([1, 5, 5], &workers).unwrap();
    assert!(kernel.report().has("too_small") && kernel.report().has("truncated"), "{:?}", kernel.report());
}

/// A small generator of reproducible noise (Marsaglia's xorshift).
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

#[test]
fn beads_are_found_aligned_and_averaged() {
    let shape = [31, 160, 160];
    let places =
        [[15.3, 40.2, 40.7], [14.8, 120.6, 45.1], [15.6, 45.4, 118.3], [15.1, 118.9, 121.5], [15.0, 3.0, 80.0]];
    let mut noise = Noise(88_172_645_463_325_252);
    let sigma = [2.2, 1.4, 1.4];
    let values = (0..shape.iter().product())
        .map(|at: usize| {
            let at = [at / (160 * 160), at / 160 % 160, at % 160];
            let light: f64 = places
                .iter()
                .map(|place| {
                    let square: f64 = (0..3).map(|axis| ((at[axis] as f64 - place[axis]) / sigma[axis]).powi(2)).sum();
                    3000.0 * (-0.5 * square).exp()
                })
                .sum();
            let mean = light + 20.0;
            (mean + mean.sqrt() * noise.normal()).max(0.0) as f32
        })
        .collect();
    let mut source = PsfSpec::new(Kind::Measured);
    source.settings.set_choice(params::PSF_SAMPLES_HOLD, SamplesHold::Beads).unwrap();
    source.samples = Some(Samples::new(shape, values).unwrap());
    let kernel = source.sample([15, 21, 21], &Workers::new(1).unwrap()).unwrap();
    let diagnosis = kernel.report().diagnosis.as_ref().unwrap();
    assert_eq!(diagnosis.beads, [5, 4], "the fifth touches the border");
    let peak = f64::from(kernel.samples()[(7 * 21 + 10) * 21 + 10]);
    for (at, value) in kernel.samples().iter().enumerate() {
        let at = [at / (21 * 21), at / 21 % 21, at % 21];
        let square: f64 = (0..3).map(|axis| ((at[axis] as f64 - [7.0, 10.0, 10.0][axis]) / sigma[axis]).powi(2)).sum();
        let error = (f64::from(*value) / peak - (-0.5 * square).exp()).abs();
        assert!(error < 0.04, "{at:?}: {error}");
    }
}

/// The window of a bead that is not in the middle plane reaches beyond the stack, where there is no light, and no floor either.
#[test]
fn beads_on_a_floor_need_not_be_in_the_middle_plane() {
    let (shape, floor) = ([17, 128, 128], 120.0);
    let sigma = 1.5_f64;
    for z in [8.0, 9.4, 11.0, 12.6] {
        let places = [[30.2, 30.0], [30.0, 95.7], [96.4, 31.0], [95.0, 96.3]];
        let values = (0..shape.iter().product())
            .map(|at| {
                let at = [at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]].map(|at| at as f64);
                let light = |[y, x]: [f64; 2]| {
                    let square = (at[0] - z).powi(2) + (at[1] - y).powi(2) + (at[2] - x).powi(2);
                    2000.0 * (-0.5 * square / (sigma * sigma)).exp()
                };
                (places.map(light).iter().sum::<f64>() + floor).round() as f32
            })
            .collect();
        let mut source = PsfSpec::new(Kind::Measured);
        source.settings.set_choice(params::PSF_SAMPLES_HOLD, SamplesHold::Beads).unwrap();
        source.samples = Some(Samples::new(shape, values).unwrap());
        let workers = Workers::new(1).unwrap();
        for window in [[15, 31, 31], source.extent(3, shape, &workers).unwrap()] {
            let kernel = source.sample(window, &workers).unwrap();
            let middle = window.map(|extent| extent / 2);
            let at = |z: usize, y: usize, x: usize| f64::from(kernel.samples()[(z * window[1] + y) * window[2] + x]);
            let peak = at(middle[0], middle[1], middle[2]);
            for step in 0..5 {
                let expected = (-0.5 * (step as f64 / sigma).powi(2)).exp();
                for got in [at(middle[0] - step, middle[1], middle[2]), at(middle[0], middle[1], middle[2] + step)] {
                    assert!((got / peak - expected).abs() < 0.01, "{z} {window:?} {step}: {} {expected}", got / peak);
                }
            }
        }
    }
}

/// An image of beads of sigma (3, 1.6, 1.6) on 100 counts and 10 photons, at places and heights, of a camera that ends at
/// 4095.
fn image_of_beads(shape: [usize; 3], beads: &[([f64; 3], f64)], seed: u64) -> PsfSpec {
    let mut noise = Noise(seed);
    let values = (0..shape.iter().product())
        .map(|at: usize| {
            let at = [at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]];
            let light = |(place, height): &([f64; 3], f64)| {
                let square: f64 =
                    (0..3).map(|axis| ((at[axis] as f64 - place[axis]) / [3.0, 1.6, 1.6][axis]).powi(2)).sum();
                height * (-0.5 * square).exp()
            };
            let mean = beads.iter().map(light).sum::<f64>() + 10.0;
            (mean + mean.sqrt() * noise.normal() + 100.0).round().clamp(0.0, 4095.0) as f32
        })
        .collect();
    let mut spec = PsfSpec::new(Kind::Measured);
    spec.settings.set_choice(params::PSF_SAMPLES_HOLD, SamplesHold::Beads).unwrap();
    spec.samples = Some(Samples::new(shape, values).unwrap());
    spec
}

#[test]
fn bright_and_saturated_beads_hide_no_others() {
    let (shape, workers) = ([31, 120, 120], Workers::new(1).unwrap());
    let good = [([15.0, 30.0, 30.0], 800.0), ([15.3, 60.4, 90.2], 600.0), ([15.0, 95.0, 40.0], 700.0)];
    for (more, used, saturated) in [(0.0, 3, 0), (3000.0, 4, 0), (5000.0, 3, 1), (8000.0, 3, 1), (60_000.0, 3, 1)] {
        let beads = [&good[..], &[([15.0, 30.0, 100.0], more)]].concat();
        let spec = image_of_beads(shape, &beads[..if more > 0.0 { 4 } else { 3 }], 77);
        let kernel = spec.sample([21, 17, 17], &workers).unwrap();
        let report = kernel.report();
        let diagnosis = report.diagnosis.as_ref().unwrap();
        assert_eq!(diagnosis.beads, [used + saturated, used], "{more}: {report:?}");
        assert_eq!(report.has("saturated_beads"), saturated > 0, "{more}");
        for (width, expected) in diagnosis.width.iter().zip([7.06, 3.77, 3.77]) {
            assert!((width.unwrap() / expected - 1.0).abs() < 0.05, "{more}: {diagnosis:?}");
        }
    }
    let alone = image_of_beads(shape, &[([15.0, 30.0, 100.0], 5000.0)], 78);
    let told = alone.sample([21, 17, 17], &workers).unwrap_err().to_string();
    assert!(told.contains("1 of them saturated"), "{told}");
}

/// The extent of an image of beads is what they have to themselves, and a larger kernel is filled up with zeros.
#[test]
fn beads_make_a_kernel_of_the_size_that_their_neighbours_leave() {
    let workers = Workers::new(1).unwrap();
    let places = [[15.0, 30.0, 30.0], [15.0, 32.0, 62.0], [15.0, 80.0, 85.0], [15.0, 88.0, 40.0]];
    let spec = image_of_beads([30, 120, 120], &places.map(|place| (place, 900.0)), 5);
    let extent = spec.extent(3, [1025; 3], &workers).unwrap();
    assert!(extent[0] == 29 && extent[1] == extent[2] && extent[1] % 2 == 1, "{extent:?}");
    assert!((59..=69).contains(&extent[1]), "{extent:?}");
    let kernel = spec.sample(extent, &workers).unwrap();
    assert!(!kernel.report().has("crowded") && kernel.report().diagnosis.as_ref().unwrap().beads[1] >= 2);
    let wide = spec.sample([29, 119, 119], &workers).unwrap();
    assert!(wide.report().has("crowded"), "{:?}", wide.report());
    assert_eq!(wide.samples()[14 * 119 * 119..][..119].iter().copied().fold(0.0, f32::max), 0.0);
    assert!(spec.for_image([8, 64, 64], &workers).is_ok());
    // A model whose light reaches farther than that is fitted to what there is.
    let mut model = optics(Kind::Widefield);
    model.settings.set_text(params::PSF_FIT, "numerical_aperture blur_nm").unwrap();
    let mut measured = spec.clone();
    measured.settings.set_f64(params::PSF_SAMPLES_PIXEL_NM, 80.0).unwrap();
    measured.settings.set_f64(params::PSF_SAMPLES_STEP_NM, 200.0).unwrap();
    assert!(model.extent(3, [1025; 3], &workers).unwrap()[1] > 119);
    assert!(abbe::psf::fit(&model, &measured, &workers).unwrap().beads[1] >= 2);
}

/// Where the noise lifts the highest sample, widths keep to what they are without noise.
#[test]
fn widths_of_noisy_beads_are_those_of_quiet_ones() {
    let shape = [31, 25, 25];
    let mut sums = [0.0; 3];
    for seed in 1..=24 {
        let mut noise = Noise(seed * 7919);
        let centre: [f64; 3] = [15.0, 12.0, 12.0].map(|middle| middle + noise.uniform() - 0.5);
        let values = (0..31 * 25 * 25)
            .map(|at: usize| {
                let at = [at / 625, at / 25 % 25, at % 25];
                let square: f64 =
                    (0..3).map(|axis| ((at[axis] as f64 - centre[axis]) / [3.0, 1.6, 1.6][axis]).powi(2)).sum();
                let mean = 200.0 * (-0.5 * square).exp() + 20.0;
                (mean + mean.sqrt() * noise.normal()).round().max(0.0) as f32
            })
            .collect();
        let mut spec = PsfSpec::new(Kind::Measured);
        spec.settings.set_f64(params::PSF_BACKGROUND, 20.0).unwrap();
        spec.samples = Some(Samples::new(shape, values).unwrap());
        let kernel = spec.sample(shape, &Workers::new(1).unwrap()).unwrap();
        let width = kernel.report().diagnosis.as_ref().unwrap().width;
        sums.iter_mut().zip(width).for_each(|(sum, width)| *sum += width.unwrap() / 24.0);
    }
    for (mean, sigma) in sums.iter().zip([3.0, 1.6, 1.6]) {
        let ratio = mean / (sigma * (8.0 * 2.0_f64.ln()).sqrt());
        assert!((0.96..1.04).contains(&ratio), "{ratio}");
    }
}

/// A Gaussian on a grid of that shape with its centre there.
fn spot(shape: [usize; 3], centre: [f64; 3]) -> Vec<f32> {
    (0..shape.iter().product())
        .map(|at: usize| {
            let at = [at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]];
            let square: f64 = (0..3).map(|axis| (at[axis] as f64 - centre[axis]).powi(2)).sum();
            (100.0 * (-square / 4.5).exp()) as f32
        })
        .collect()
}

fn centroid(kernel: &Kernel) -> [f64; 3] {
    let [_, ny, nx] = kernel.shape();
    let mut moment = [0.0; 3];
    for (at, value) in kernel.samples().iter().enumerate() {
        for (moment, index) in moment.iter_mut().zip([at / (ny * nx), at / nx % ny, at % nx]) {
            *moment += f64::from(*value) * index as f64;
        }
    }
    moment
}

/// Even numbers of samples have no middle one: a point at (n - 1) / 2 is moved by half a sample, and nothing shifts.
#[test]
fn points_between_two_samples_come_to_lie_on_one() {
    let workers = Workers::new(1).unwrap();
    for shape in [[1, 16, 16], [1, 15, 16], [12, 16, 14]] {
        let between = shape.map(|extent| (extent - 1) as f64 / 2.0);
        let mut spec = PsfSpec::new(Kind::Measured);
        spec.samples = Some(Samples::new(shape, spot(shape, between)).unwrap());
        let extent = spec.extent(if shape[0] > 1 { 3 } else { 2 }, [99; 3], &workers).unwrap();
        assert_eq!(extent, shape.map(|extent| extent | 1));
        for centre in [Centre::BestFocus, Centre::Centroid] {
            spec.settings.set_choice(params::PSF_CENTRE, centre).unwrap();
            let kernel = spec.sample(extent, &workers).unwrap();
            assert!(kernel.report().has("off_centre"), "{:?}", kernel.report());
            for (got, middle) in centroid(&kernel).into_iter().zip(kernel.centre()) {
                assert!((got - middle as f64).abs() < 0.01, "{shape:?} {:?}", centroid(&kernel));
            }
        }
        spec.settings.set_choice(params::PSF_POLICY, Policy::Warn).unwrap();
        assert!(spec.sample(extent, &workers).unwrap().report().has("off_centre"));
    }
    // Where the point lies on a sample nothing is interpolated.
    let mut spec = PsfSpec::new(Kind::Measured);
    spec.samples = Some(Samples::new([1, 16, 16], spot([1, 16, 16], [0.0, 8.0, 8.0])).unwrap());
    let kernel = spec.sample([1, 17, 17], &workers).unwrap();
    assert!(!kernel.report().has("off_centre"));
    let ratio = f64::from(kernel.samples()[8 * 17 + 9] / kernel.samples()[8 * 17 + 8]);
    assert!((ratio - (-1.0_f64 / 4.5).exp()).abs() < 1e-3, "{ratio}");
}

/// The order of Fourier transforms, the point in the corner, is told and mended.
#[test]
fn samples_in_the_order_of_fourier_transforms_are_mended() {
    let workers = Workers::new(1).unwrap();
    for shape in [[1, 16, 16], [1, 17, 15], [9, 16, 17]] {
        let middle = shape.map(|extent| extent / 2);
        let centred = spot(shape, middle.map(|at| at as f64));
        let mut rolled = vec![0.0; centred.len()];
        for (at, value) in centred.iter().enumerate() {
            let place = [at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]];
            let [z, y, x]: [usize; 3] =
                std::array::from_fn(|axis| (place[axis] + shape[axis] - middle[axis]) % shape[axis]);
            rolled[(z * shape[1] + y) * shape[2] + x] = *value;
        }
        let mut spec = PsfSpec::new(Kind::Measured);
        spec.samples = Some(Samples::new(shape, rolled).unwrap());
        let extent = shape.map(|extent| extent | 1);
        let kernel = spec.sample(extent, &workers).unwrap();
        assert!(kernel.report().has("fft_order") && !kernel.report().has("off_centre"), "{:?}", kernel.report());
        spec.samples = Some(Samples::new(shape, centred).unwrap());
        let expected = spec.sample(extent, &workers).unwrap();
        assert!(!expected.report().has("fft_order"));
        assert_eq!(kernel.samples(), expected.samples(), "{shape:?}");
    }
}

/// A box is a point spread function too, as large as its samples.
#[test]
fn boxes_are_taken_as_they_are() {
    let workers = Workers::new(1).unwrap();
    for (shape, extent) in [([1, 5, 5], [1, 5, 5]), ([1, 4, 4], [1, 5, 5]), ([3, 3, 3], [3, 3, 3])] {
        let mut spec = PsfSpec::new(Kind::Measured);
        spec.samples = Some(Samples::new(shape, vec![0.04; shape.iter().product()]).unwrap());
        assert_eq!(spec.extent(if shape[0] > 1 { 3 } else { 2 }, [99; 3], &workers).unwrap(), extent);
        let kernel = spec.sample(extent, &workers).unwrap();
        assert!(kernel.report().has("box"), "{:?}", kernel.report());
        for (got, middle) in centroid(&kernel).into_iter().zip(kernel.centre()) {
            assert!((got - middle as f64).abs() < 1e-3, "{shape:?} {:?}", centroid(&kernel));
        }
        if shape == extent {
            assert!(kernel.samples().iter().all(|value| (value * kernel.samples().len() as f32 - 1.0).abs() < 1e-5));
        }
    }
}

#[test]
fn every_key_of_a_report_is_explained() {
    let measured = measured(bead());
    let report = serde_json::to_value(kernel(&measured).report()).unwrap();
    let mut model = optics(Kind::Gaussian);
    model.settings.set_f64(params::PSF_SIGMA_NM, 90.0).unwrap();
    let fit = serde_json::to_value(abbe::psf::fit(&model, &measured, &Workers::new(1).unwrap()).unwrap()).unwrap();
    let docs = include_str!("../docs/psf.md");
    let keys = [&report, &report["diagnosis"], &fit].into_iter().flat_map(|value| value.as_object().unwrap().keys());
    for key in keys {
        assert!(docs.contains(&format!("`{key}`")), "docs/psf.md does not explain {key}");
    }
}
