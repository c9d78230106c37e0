//! Motion blur: a straight streak and measured shakes, and a stop near the best iteration.

use abbe::params::{self, Algorithm, Settings, Stop};
use abbe::psf::Kernel;

use super::harness::{filaments, psnr, restore, settings};
use super::slow::{Direct, Random};
use super::support;

/// The best PSNR over iterations, and what each stop reaches.
fn judge(name: &str, kernel: &Kernel, truth: &[f64], n: usize) {
    let shape = [1, n, n];
    let mut random = Random(3);
    let image: Vec<f32> =
        Direct::new(shape, shape, kernel).blur(truth).iter().map(|&mean| random.poisson(mean) as f32).collect();
    let quality = |settings: &Settings| {
        let (result, outcome) = restore(&image, shape, kernel, settings, 2);
        (psnr(&result, truth), outcome)
    };
    for algorithm in [Algorithm::RichardsonLucy, Algorithm::HeavyBall] {
        let curve = [2, 4, 6, 9, 13, 19, 28, 40, 60, 90, 130].map(|k| quality(&settings(algorithm, k)).0);
        let best = curve.into_iter().fold(0.0, f64::max);
        let mut held_out = settings(algorithm, 400);
        held_out.set_choice(params::DECONVOLVE_STOP, Stop::HeldOut).unwrap();
        let (got, outcome) = quality(&held_out);
        let before = psnr(&image, truth);
        assert!(got > best - 0.5, "{name}: {got} dB at {}, {best} at best, {before} before", outcome.iterations);
        assert!(got > before + 1.0, "{name}: {got} dB after {before}");
    }
}

#[test]
fn a_streak_is_undone_up_to_the_best_iteration() {
    let truth = filaments(80, 900.0, 9);
    for (length, angle) in [(9.0, 0.0), (13.0, 30.0)] {
        let kernel = streak(length, angle);
        judge(&format!("{length} px at {angle} degrees"), &kernel, &truth, 80);
    }
}

#[test]
fn measured_shakes_are_undone_up_to_the_best_iteration() {
    let Some(file) = support::shared("data/motion/levin09_kernels.npz") else { return };
    let truth = filaments(80, 900.0, 9);
    for (name, kernel) in npz(&file).into_iter().step_by(3) {
        judge(&name, &kernel, &truth, 80);
    }
}

/// A streak by its definition: a thousand points along it, each in the nearest pixel.
fn streak(length: f64, angle: f64) -> Kernel {
    let n = 2 * (length / 2.0).ceil() as usize + 3;
    let mut samples = vec![0.0; n * n];
    for piece in 0..1000 {
        let along = (f64::from(piece) + 0.5) / 1000.0 * length - length / 2.0;
        let (sin, cos) = angle.to_radians().sin_cos();
        let (y, x) = ((n / 2) as f64 + along * sin, (n / 2) as f64 + along * cos);
        samples[y.round() as usize * n + x.round() as usize] += 1.0;
    }
    Kernel::new([1, n, n], samples).unwrap()
}

/// The arrays of an archive whose members are stored as they are, as planes.
fn npz(path: &std::path::Path) -> Vec<(String, Kernel)> {
    let bytes = std::fs::read(path).unwrap();
    let word = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let mut kernels = Vec::new();
    let mut at = 0;
    while bytes[at..].starts_with(b"PK\x03\x04") {
        let (method, name_len, extra) = (word(at + 8), word(at + 26), word(at + 28));
        assert_eq!(method, 0, "members are stored");
        let name = String::from_utf8_lossy(&bytes[at + 30..at + 30 + name_len]).into_owned();
        let array = &bytes[at + 30 + name_len + extra..];
        let header = usize::from(u16::from_le_bytes([array[8], array[9]]));
        let text = std::str::from_utf8(&array[10..10 + header]).unwrap();
        assert!(text.contains("'<f4'"), "{text}");
        let by_columns = text.contains("'fortran_order': True");
        let extents: Vec<usize> = text
            .split_once("'shape': (")
            .unwrap()
            .1
            .split_once(')')
            .unwrap()
            .0
            .split(',')
            .filter_map(|extent| extent.trim().parse().ok())
            .collect();
        let data = &array[10 + header..][..4 * extents[0] * extents[1]];
        let samples: Vec<f32> = data.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
        let (ny, nx) = (extents[0], extents[1]);
        let plane = (0..ny * nx).map(|at| if by_columns { samples[at % nx * ny + at / nx] } else { samples[at] });
        kernels.push((name, Kernel::new([1, ny, nx], plane.map(|value| value.max(0.0)).collect()).unwrap()));
        at += 30 + name_len + extra + 10 + header + data.len();
    }
    assert!(!kernels.is_empty());
    kernels
}
