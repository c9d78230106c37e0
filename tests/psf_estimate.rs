//! Parameters found from images of fibres that the estimate knows nothing of.

#[path = "support/lanes.rs"]
mod lanes;
#[path = "support/optics.rs"]
mod optics;

use abbe::deconvolve::{PsfEstimate, estimate_psf};
use abbe::params;
use abbe::psf::{Kind, PsfSpec};
use abbe::runtime::{Answer, Control, Watch, Workers};
use optics::water;

fn optics(kind: Kind) -> PsfSpec {
    water(kind, 100.0, 300.0)
}

struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 60.0 {
            let normal = (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0;
            return (mean + mean.sqrt() * normal).round().max(0.0);
        }
        let (mut count, mut product) = (0.0, self.uniform());
        while product > (-mean).exp() {
            count += 1.0;
            product *= self.uniform();
        }
        count
    }
}

/// Fibres in and around the field of view as `source` shows them, `peak` photons at the brightest on a twentieth of
/// that, times `gain`.
fn draw(source: &PsfSpec, shape: [usize; 3], peak: f64, gain: f64, seed: u64) -> Vec<f32> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    random.uniform();
    let around = [if shape[0] > 1 { 6 } else { 0 }, 16, 16];
    let field: [usize; 3] = std::array::from_fn(|axis| shape[axis] + 2 * around[axis]);
    let mut truth = std::collections::BTreeMap::new();
    for _ in 0..field[1] * field[2] / 500 {
        let (turn, slope) = (std::f64::consts::TAU * random.uniform(), 0.3 * (random.uniform() - 0.5));
        let middle: [f64; 3] = std::array::from_fn(|axis| field[axis] as f64 * random.uniform());
        let brightness = 0.3 + random.uniform();
        for step in -40..=40 {
            let along = 0.5 * f64::from(step);
            let bend = 0.02 * along * along;
            let at = [
                if shape[0] > 1 { middle[0] + slope * along } else { 0.0 },
                middle[1] + turn.sin() * along + turn.cos() * bend,
                middle[2] + turn.cos() * along - turn.sin() * bend,
            ];
            // Shared among the neighbours.
            for corner in 0..8_usize {
                let mut place = [0; 3];
                let mut share = brightness;
                for axis in 0..3 {
                    let up = corner >> axis & 1;
                    let (floor, rest) = (at[axis].floor(), at[axis] - at[axis].floor());
                    place[axis] = floor as i64 + up as i64;
                    share *= if up == 1 { rest } else { 1.0 - rest };
                }
                if share > 0.0 && (0..3).all(|axis| (0..field[axis] as i64).contains(&place[axis])) {
                    *truth.entry(place).or_insert(0.0) += share;
                }
            }
        }
    }
    let wide: [usize; 3] = std::array::from_fn(|axis| 2 * field[axis] - 1);
    let kernel = source.sample(wide, &Workers::new(2).unwrap()).unwrap();
    let mut image = vec![0.0; shape.iter().product()];
    for (place, light) in &truth {
        for z in 0..shape[0] {
            for y in 0..shape[1] {
                // Index of the kernel where the voxel is as far from the point as the index from the kernel's middle.
                let from = |at: usize, axis: usize| (at + around[axis]) as i64 - place[axis] + (field[axis] - 1) as i64;
                let row = (from(z, 0) * wide[1] as i64 + from(y, 1)) * wide[2] as i64 + from(0, 2);
                let row = &kernel.samples()[row as usize..][..shape[2]];
                let target = &mut image[(z * shape[1] + y) * shape[2]..][..shape[2]];
                target.iter_mut().zip(row).for_each(|(target, value)| *target += light * f64::from(*value));
            }
        }
    }
    let most = image.iter().copied().fold(0.0, f64::max);
    image.iter().map(|value| (gain * random.poisson(peak * (value / most + 0.05))) as f32).collect()
}

fn found(source: &PsfSpec, image: &[f32], shape: [usize; 3]) -> PsfEstimate {
    let (control, mut silent) = (Control::new(), |_| Answer::Continue);
    estimate_psf(source, image, shape, &Workers::new(2).unwrap(), &mut Watch::new(&control, &mut silent)).unwrap()
}

/// Within `most` of the truth and within three of its own standard errors, which must say something.
fn finds(name: &str, shape: [usize; 3], [truth, start, most]: [f64; 3], peak: f64, gain: f64) {
    let (mut real, mut guess) = (optics(Kind::Widefield), optics(Kind::Widefield));
    real.set_by_name(name, truth).unwrap();
    guess.set_by_name(name, start).unwrap();
    guess.settings.set_text(params::PSF_FIT, name).unwrap();
    let blind = found(&guess, &draw(&real, shape, peak, gain, 1), shape);
    let mut got = blind.parameters[name];
    if name == "defocus_nm" {
        // A model without aberrations looks alike before and behind its focus.
        got.value = got.value.abs();
    }
    println!("{name}: {got:?}, truth {truth}, {} trials, {} photons a unit", blind.trials, blind.photon_gain);
    assert!((got.value - truth).abs() < most, "{got:?}");
    let error = got.error.unwrap();
    assert!((got.value - truth).abs() < 3.0 * error && error < most, "{got:?}");
    assert!(blind.findings.is_empty(), "{:?}", blind.findings);
    let mut source = guess.clone();
    blind.apply(&mut source).unwrap();
    assert_eq!(source.set_by_name(name, got.value), Ok(()));
}

#[test]
fn a_stack_tells_the_aperture() {
    finds("numerical_aperture", [12, 32, 32], [1.2, 1.05, 0.025], 200.0, 1.0);
}

#[test]
fn a_stack_tells_spherical_aberration_with_its_sign() {
    finds("spherical_nm", [12, 32, 32], [-50.0, 0.0, 10.0], 100.0, 2.0);
}

#[test]
fn a_plane_tells_its_defocus() {
    finds("defocus_nm", [1, 64, 64], [600.0, 450.0, 40.0], 200.0, 1.0);
}

#[test]
fn photons_without_a_specimen_tell_nothing() {
    let mut random = Random(3);
    let image: Vec<f32> = (0..48 * 48).map(|_| random.poisson(100.0) as f32).collect();
    let blind = found(&optics(Kind::Vectorial), &image, [1, 48, 48]);
    assert_eq!(blind.parameters["defocus_nm"].error, None, "{blind:?}");
    assert_eq!(blind.parameters["defocus_nm"].value, 0.0);
    assert_eq!(blind.findings[0].code, "estimate_undetermined");
}

#[test]
fn what_cannot_be_estimated_is_said() {
    let workers = Workers::new(1).unwrap();
    let told = |source: &PsfSpec, image: &[f32], shape| {
        let (control, mut silent) = (Control::new(), |_| Answer::Continue);
        estimate_psf(source, image, shape, &workers, &mut Watch::new(&control, &mut silent)).unwrap_err().to_string()
    };
    let ramp: Vec<f32> = (0..400).map(|at| at as f32).collect();
    let shape = [1, 20, 20];
    for kind in [Kind::Gaussian, Kind::Measured, Kind::Motion] {
        assert!(told(&optics(kind), &ramp, shape).contains(kind.name()));
    }
    let mut source = optics(Kind::Widefield);
    assert!(told(&source, &[7.0; 400], shape).contains("all 7"));
    assert!(told(&source, &[f32::NAN; 400], shape).contains("not finite"));
    assert!(told(&source, &ramp.iter().map(|value| -value).collect::<Vec<_>>(), shape).contains("mean of"));
    source.settings.set_text(params::PSF_FIT, "blur_nm").unwrap();
    assert!(told(&source, &ramp, shape).contains("\"blur_nm\""));
    source.settings.set_text(params::PSF_FIT, "numerical_aperture spherical_nm sample_index depth_nm").unwrap();
    assert!(told(&source, &vec![1.0; 800], [2, 20, 20]).contains("at most 3"));
}
