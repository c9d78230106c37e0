//! Transforms through their public interface: convolution, threads, memory, errors.

#[path = "support/lanes.rs"]
mod lanes;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use abbe::error::Error;
use abbe::fft::{Buffer, Lanes, Otf, Storage, Support, Transform, good_size};
use abbe::runtime::Workers;

/// Counts the allocations of the thread that runs a test.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// out[i] = sum over j of kernel[j] image[i - (j - centre)], or [i + (j - centre)] for a correlation, wrapped around.
fn direct(image: &[f32], n: [usize; 3], kernel: &[f32], m: [usize; 3], correlate: bool) -> Vec<f64> {
    let mut out = vec![0.0; image.len()];
    for (j, &weight) in kernel.iter().enumerate() {
        let j = [j / m[2] / m[1], j / m[2] % m[1], j % m[2]];
        for (i, &value) in image.iter().enumerate() {
            let i = [i / n[2] / n[1], i / n[2] % n[1], i % n[2]];
            let at = |axis: usize| {
                let (n, centre) = (n[axis], m[axis] / 2);
                if correlate { (i[axis] + n - j[axis] + centre) % n } else { (i[axis] + j[axis] + n - centre) % n }
            };
            out[(at(0) * n[1] + at(1)) * n[2] + at(2)] += f64::from(weight) * f64::from(value);
        }
    }
    out
}

struct Case {
    transform: Transform,
    otf: Otf,
    volume: Buffer,
    scratch: Buffer,
    workers: Workers,
}

impl Case {
    fn new(shape: [usize; 3], kernel: &[f32], kernel_shape: [usize; 3], threads: usize, lanes: Lanes) -> Self {
        let workers = Workers::new(threads).unwrap();
        let transform = Transform::with_lanes(shape, lanes).unwrap();
        let mut volume = Buffer::new("volume", transform.len()).unwrap();
        let mut scratch = Buffer::new("scratch", transform.scratch_len(threads)).unwrap();
        let otf = transform.otf(kernel, kernel_shape, &mut scratch, &workers).unwrap();
        assert_eq!(otf.bytes(), transform.otf_bytes(kernel, kernel_shape, Storage::Single).unwrap());
        volume.fill(f32::NAN);
        scratch.fill(f32::NAN);
        Self { transform, otf, volume, scratch, workers }
    }

    fn convolve(&mut self, image: &[f32], conjugate: bool, [from, to]: [Support; 2]) -> Vec<f32> {
        let Self { transform, otf, volume, scratch, workers } = self;
        let [nz, ny, nx] = transform.shape();
        transform.inner_forward_within(volume, scratch, workers, from, &|z, y, row| {
            assert!(z < from.planes && y < from.rows);
            row.copy_from_slice(&image[(z * ny + y) * nx..][..nx]);
        });
        transform.outer_filter_within(volume, otf, conjugate, scratch, workers, [from, to]);
        transform.inner_inverse_within(volume, scratch, workers, to, &|z, y, _| {
            assert!(z < to.planes && y < to.rows);
        });
        let rows = (0..nz * ny)
            .map(|row| &volume[row / ny * transform.plane_pitch() + row % ny * transform.row_pitch()..][..nx]);
        rows.flatten().copied().collect()
    }
}

fn largest_difference<'a>(found: impl Iterator<Item = &'a f32>, wanted: impl Iterator<Item = &'a f64>) -> f64 {
    found.zip(wanted).map(|(&a, &b)| (f64::from(a) - b).abs()).fold(0.0, f64::max)
}

/// Kernels of every symmetry that transfer functions make use of.
fn kernels() -> Vec<(&'static str, Vec<f32>, [usize; 3])> {
    let round = |z: i32, y: i32, x: i32| 1.0 / (1.0 + (2 * z * z + y * y + x * x) as f32);
    let make = |m: [usize; 3], f: &dyn Fn(i32, i32, i32) -> f32| {
        let at = |i: usize, axis: usize| i as i32 - (m[axis] / 2) as i32;
        let samples =
            (0..m[0] * m[1] * m[2]).map(|i| f(at(i / m[2] / m[1], 0), at(i / m[2] % m[1], 1), at(i % m[2], 2)));
        samples.collect::<Vec<f32>>()
    };
    vec![
        ("none", noise(3 * 4 * 5, 3), [3, 4, 5]),
        ("all", make([3, 5, 5], &round), [3, 5, 5]),
        ("round, but not along z", make([3, 5, 5], &|z, y, x| round(z, y, x) * (3 + z) as f32), [3, 5, 5]),
        ("point", make([3, 5, 5], &|z, y, x| round(z, y, x) * (50 + z * y + y * x) as f32), [3, 5, 5]),
        ("z only", make([3, 5, 5], &|z, y, x| round(z, y, x) * (9 + y + 2 * x) as f32), [3, 5, 5]),
        ("y only", make([3, 5, 5], &|z, y, x| round(z, y, x) * (9 + z + 2 * x) as f32), [3, 5, 5]),
        ("x only", make([3, 5, 5], &|z, y, x| round(z, y, x) * (9 + z + 2 * y) as f32), [3, 5, 5]),
        ("even size", make([2, 4, 4], &round), [2, 4, 4]),
        ("one sample", vec![1.0], [1, 1, 1]),
    ]
}

#[test]
fn filters_convolve_and_correlate() {
    for lanes in Lanes::available() {
        for shape in [[6, 7, 12], [5, 16, 9], [8, 6, 34], [4, 5, 6]] {
            let image = noise(shape.iter().product(), 11);
            for (name, kernel, m) in kernels() {
                let mut case = Case::new(shape, &kernel, m, 2, lanes);
                for correlate in [false, true] {
                    let wanted = direct(&image, shape, &kernel, m, correlate);
                    let found = case.convolve(&image, correlate, [Support::WHOLE; 2]);
                    let difference = largest_difference(found.iter(), wanted.iter());
                    assert!(difference < 2e-4, "{shape:?} {name} {lanes:?}: {difference}");
                }
            }
        }
    }
}

#[test]
fn filters_convolve_planes_and_rows() {
    for lanes in Lanes::available() {
        for shape in [[1, 7, 12], [1, 16, 9], [1, 1, 21], [1, 1, 30]] {
            let image = noise(shape.iter().product(), 12);
            for (name, kernel, [_, y, x]) in kernels() {
                let m = [1, y.min(shape[1]), x];
                let kernel = &kernel[..m[1] * m[2]];
                let mut case = Case::new(shape, kernel, m, 2, lanes);
                let wanted = direct(&image, shape, kernel, m, false);
                let found = case.convolve(&image, false, [Support::WHOLE; 2]);
                let difference = largest_difference(found.iter(), wanted.iter());
                assert!(difference < 2e-4, "{shape:?} {name} {lanes:?}: {difference}");
            }
        }
    }
}

#[test]
fn a_kernel_as_large_as_the_volume_convolves() {
    let shape = [4, 6, 5];
    let (image, kernel) = (noise(120, 1), noise(120, 2));
    let found = Case::new(shape, &kernel, shape, 1, Lanes::best()).convolve(&image, false, [Support::WHOLE; 2]);
    let wanted = direct(&image, shape, &kernel, shape, false);
    assert!(largest_difference(found.iter(), wanted.iter()) < 1e-5);
}

#[test]
fn symmetric_kernels_take_less() {
    let workers = Workers::new(1).unwrap();
    let transform = Transform::new([32, 64, 64]).unwrap();
    let volume = (transform.len() * 4) as f64;
    let mut scratch = vec![0.0; transform.scratch_len(1)];
    for (name, share) in [("none", 1.0), ("all", 0.125), ("round, but not along z", 0.25), ("point", 0.5)] {
        let (_, kernel, m) = kernels().into_iter().find(|kernel| kernel.0 == name).unwrap();
        let otf = transform.otf(&kernel, m, &mut scratch, &workers).unwrap();
        assert!((otf.bytes() as f64) < 1.1 * share * volume, "{name}: {} of {volume}", otf.bytes());
        assert_eq!(otf.is_real(), name == "all" || name == "point");
    }
}

#[test]
fn skipped_padding_changes_nothing() {
    for lanes in Lanes::available() {
        for shape in [[12, 18, 20], [1, 40, 20], [9, 35, 16]] {
            let from = Support { planes: 5, rows: 11 };
            let to = Support { planes: 7, rows: 13 };
            let [nz, ny, nx] = shape;
            let mut image = noise(nz * ny * nx, 8);
            for (row, samples) in image.chunks_exact_mut(nx).enumerate() {
                if row / ny >= from.planes || row % ny >= from.rows {
                    samples.fill(0.0);
                }
            }
            let kernel = noise(15, 9);
            let mut case = Case::new(shape, &kernel, [1, 3, 5], 2, lanes);
            let whole = case.convolve(&image, false, [Support::WHOLE; 2]);
            let part = case.convolve(&image, false, [from, to]);
            for (row, (whole, part)) in whole.chunks_exact(nx).zip(part.chunks_exact(nx)).enumerate() {
                if row / ny < to.planes && row % ny < to.rows {
                    assert_eq!(whole, part, "{shape:?} {lanes:?} row {row}");
                }
            }
        }
    }
}

#[test]
fn rounds_show_the_rows_and_take_them_back() {
    for shape in [[6, 9, 14], [1, 9, 14], [1, 1, 14]] {
        let [nz, ny, nx] = shape;
        let image = noise(nz * ny * nx, 4);
        let mut case = Case::new(shape, &[1.0], [1, 1, 1], 2, Lanes::best());
        let Case { transform, otf, volume, scratch, workers } = &mut case;
        transform.inner_forward(volume, scratch, workers, &|z, y, row| {
            row.copy_from_slice(&image[(z * ny + y) * nx..][..nx]);
        });
        transform.outer_filter(volume, otf, false, scratch, workers);
        transform.inner_round(volume, scratch, workers, &|z, y, row| {
            for (found, wanted) in row.iter_mut().zip(&image[(z * ny + y) * nx..]) {
                assert!((*found - wanted).abs() < 1e-6);
                *found += 1.0;
            }
        });
        transform.outer_filter(volume, otf, true, scratch, workers);
        transform.inner_inverse(volume, scratch, workers, &|z, y, row| {
            for (found, wanted) in row.iter().zip(&image[(z * ny + y) * nx..]) {
                assert!((found - 1.0 - wanted).abs() < 2e-6);
            }
        });
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for shape in [[23, 20, 26], [3, 20, 26], [1, 50, 66], [1, 1, 77]] {
        let image = noise(shape.iter().product(), 6);
        let kernel = noise(3, 7);
        let bits = |threads| -> Vec<u32> {
            let mut case = Case::new(shape, &kernel, [1, 1, 3], threads, Lanes::best());
            case.convolve(&image, false, [Support::WHOLE; 2]).iter().map(|value| value.to_bits()).collect()
        };
        assert_eq!(bits(1), bits(2));
        assert_eq!(bits(1), bits(5));
    }
}

#[test]
fn passes_allocate_nothing() {
    for shape in [[6, 9, 14], [1, 31, 51], [3, 11, 61]] {
        let mut case = Case::new(shape, &[1.0], [1, 1, 1], 1, Lanes::best());
        let Case { transform, otf, volume, scratch, workers } = &mut case;
        let before = ALLOCATIONS.get();
        volume.fill(1.0);
        transform.forward(volume, scratch, workers);
        transform.inverse(volume, scratch, workers);
        transform.inner_forward(volume, scratch, workers, &|_, _, row| row.fill(1.0));
        transform.outer_filter(volume, otf, false, scratch, workers);
        transform.inner_round(volume, scratch, workers, &|_, _, _| {});
        transform.outer_filter(volume, otf, true, scratch, workers);
        transform.inner_inverse(volume, scratch, workers, &|_, _, _| {});
        assert_eq!(ALLOCATIONS.get(), before);
    }
}

#[test]
fn bad_shapes_and_kernels_are_refused() {
    for shape in [[0, 1, 1], [1, 0, 1], [1, 1, 0], [1, 1, usize::MAX], [1 << 22, 1 << 22, 1 << 22]] {
        assert!(matches!(Transform::new(shape), Err(Error::Argument(_))), "{shape:?}");
    }
    let workers = Workers::new(1).unwrap();
    let transform = Transform::new([4, 4, 4]).unwrap();
    let mut scratch = vec![0.0; transform.scratch_len(1)];
    for (samples, shape) in [(5, [1, 1, 5]), (0, [0, 1, 1]), (3, [1, 2, 2])] {
        let kernel = vec![1.0; samples];
        let refused = transform.otf(&kernel, shape, &mut scratch, &workers);
        assert!(matches!(refused, Err(Error::Argument(_))), "{shape:?}");
        assert!(transform.otf_bytes(&kernel, shape, Storage::Single).is_err());
    }
    // Planned, though no machine could hold it.
    assert!(Transform::new([1 << 12, 1 << 12, 1 << 12]).unwrap().len() > 1 << 31);
}

#[test]
fn good_sizes_are_even_and_near() {
    for at_least in 1..3000 {
        let size = good_size(at_least);
        assert!(size >= at_least && size <= at_least + (at_least / 8).max(16), "{at_least}: {size}");
        assert!(at_least <= 1 || size.is_multiple_of(2), "{at_least}: {size}");
        let rest = [2, 3, 5, 7].into_iter().fold(size, |mut rest, prime| {
            while rest.is_multiple_of(prime) {
                rest /= prime;
            }
            rest
        });
        assert_eq!(rest, 1, "{at_least}: {size}");
    }
}
