//! Spectra against a slow transform that is proved first, and against rustfft in f64.

use std::f64::consts::TAU;

use rustfft::FftPlanner;
use rustfft::num_complex::Complex64;

use super::{Buffer, Lanes, Transform};
use crate::runtime::Workers;

/// The definition: X[k] = sum of x[j] exp(-2 pi i j k / n).
fn slow(line: &mut [Complex64]) {
    let n = line.len();
    let roots: Vec<Complex64> = (0..n).map(|j| Complex64::from_polar(1.0, -TAU * j as f64 / n as f64)).collect();
    let result: Vec<Complex64> = (0..n).map(|k| (0..n).map(|j| line[j] * roots[j * k % n]).sum()).collect();
    line.copy_from_slice(&result);
}

fn quick(line: &mut [Complex64]) {
    FftPlanner::new().plan_fft_forward(line.len()).process(line);
}

/// Transforms every axis of packed samples by `line`.
fn spectrum(samples: &[f32], [nz, ny, nx]: [usize; 3], line: fn(&mut [Complex64])) -> Vec<Complex64> {
    let mut values: Vec<Complex64> = samples.iter().map(|&value| Complex64::new(value.into(), 0.0)).collect();
    for (n, step) in [(nx, 1), (ny, nx), (nz, nx * ny)] {
        for start in (0..values.len()).filter(|start| start / step % n == 0) {
            let mut points: Vec<Complex64> = (0..n).map(|at| values[start + at * step]).collect();
            line(&mut points);
            points.iter().enumerate().for_each(|(at, &point)| values[start + at * step] = point);
        }
    }
    values
}

/// Numbers in -1..1 that look random.
pub(super) fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// Relative L2 errors of the spectrum, and of what comes back from it.
fn errors(shape: [usize; 3], lanes: Lanes, workers: &Workers, truth: fn(&mut [Complex64])) -> (f64, f64) {
    let [nz, ny, nx] = shape;
    let samples = noise(nz * ny * nx, (nz * 1_000_003 + ny * 1009 + nx) as u64);
    let transform = Transform::with_lanes(shape, lanes).unwrap();
    let mut volume = Buffer::new("volume", transform.len()).unwrap();
    // Whatever is between the rows must not matter.
    volume.fill(f32::NAN);
    let mut scratch = vec![f32::NAN; transform.scratch_len(workers.threads())];
    let start = |z: usize, y: usize| z * transform.plane_pitch() + y * transform.row_pitch();
    for (row, source) in samples.chunks_exact(nx).enumerate() {
        volume[start(row / ny, row % ny)..][..nx].copy_from_slice(source);
    }
    transform.forward(&mut volume, &mut scratch, workers);
    let (mut wrong, mut size) = (0.0, 0.0);
    for (at, value) in spectrum(&samples, shape, truth).into_iter().enumerate() {
        let (z, y, x) = (at / nx / ny, at / nx % ny, at % nx);
        if x <= nx / 2 {
            let block = transform.passes.block();
            let offset = start(z, y) + x / (block / 2) * block + x % (block / 2);
            let found = Complex64::new(volume[offset].into(), volume[offset + block / 2].into());
            wrong += (found - value).norm_sqr();
            size += value.norm_sqr();
        }
    }
    transform.inverse(&mut volume, &mut scratch, workers);
    let (mut back, mut scale) = (0.0, 0.0);
    for (row, source) in samples.chunks_exact(nx).enumerate() {
        for (found, &value) in volume[start(row / ny, row % ny)..][..nx].iter().zip(source) {
            back += (f64::from(*found) / samples.len() as f64 - f64::from(value)).powi(2);
            scale += f64::from(value).powi(2);
        }
    }
    ((wrong / size).sqrt(), (back / scale).sqrt())
}

fn check(shape: [usize; 3], workers: &Workers, truth: fn(&mut [Complex64]), limit: f64) {
    for lanes in Lanes::available() {
        let (there, back) = errors(shape, lanes, workers, truth);
        assert!(there < limit && back < limit, "{shape:?} {lanes:?}: {there:e}, and {back:e} back");
    }
}

#[test]
fn the_slow_transform_matches_closed_forms() {
    for n in [1, 2, 3, 8, 13, 30] {
        let mut impulse = vec![Complex64::default(); n];
        impulse[0] = Complex64::new(1.0, 0.0);
        slow(&mut impulse);
        assert!(impulse.iter().all(|value| (value - 1.0).norm() < 1e-12));
        // sum of (r w)^j = (1 - r^n) / (1 - r w), w = exp(-2 pi i k / n)
        let mut powers: Vec<Complex64> = (0..n).map(|j| Complex64::new(0.9_f64.powi(j as i32), 0.0)).collect();
        slow(&mut powers);
        for (k, value) in powers.iter().enumerate() {
            let root = Complex64::from_polar(0.9, -TAU * k as f64 / n as f64);
            assert!((value - (1.0 - 0.9_f64.powi(n as i32)) / (1.0 - root)).norm() < 1e-12);
        }
        // A turning phasor meets one frequency.
        let turn = 2 % n;
        let mut phasor: Vec<Complex64> =
            (0..n).map(|j| Complex64::from_polar(1.0, TAU * (j * turn) as f64 / n as f64)).collect();
        slow(&mut phasor);
        for (k, value) in phasor.iter().enumerate() {
            assert!((value - if k == turn { n as f64 } else { 0.0 }).norm() < 1e-11);
        }
    }
}

#[test]
fn rows_of_every_size_to_128() {
    let workers = Workers::new(1).unwrap();
    for n in 1..=128 {
        check([1, 1, n], &workers, slow, 4e-7);
        check([1, 9, n], &workers, slow, 4e-7);
    }
}

#[test]
fn planes_and_volumes_of_every_size_to_128_along_y_and_z() {
    let workers = Workers::new(1).unwrap();
    for n in 1..=128 {
        check([1, n, 5], &workers, slow, 4e-7);
        check([n, 3, 4], &workers, slow, 4e-7);
        check([2, n, 3], &workers, slow, 4e-7);
    }
}

#[test]
fn sizes_of_one_in_every_place() {
    let workers = Workers::new(2).unwrap();
    for shape in [[1, 1, 1], [1, 1, 40], [1, 40, 1], [40, 1, 1], [1, 20, 21], [20, 1, 21], [20, 21, 1]] {
        check(shape, &workers, slow, 4e-7);
    }
}

#[test]
fn larger_and_random_sizes() {
    let workers = Workers::new(2).unwrap();
    for shape in [[1, 512, 640], [24, 49, 300], [1, 1, 4096], [1, 1000, 18], [3, 1155, 6], [61, 17, 31], [1, 1, 6007]] {
        check(shape, &workers, quick, 5e-7);
    }
    let picks = noise(36, 5);
    for pick in picks.chunks_exact(3) {
        let [z, y, x] = [0, 1, 2].map(|axis| 1 + (pick[axis].abs() * [20.0, 300.0, 400.0][axis]) as usize);
        check([z, y, x], &workers, quick, 5e-7);
    }
}
