//! Transforms there and back against FFTW (`FFTW_MEASURE`), in turn in one process: `cargo bench --bench fft_fftw`.
//!
//! FFTW is a reference for development only: `libfftw3f.so.3` and `libfftw3f_threads.so.3` (Debian: libfftw3-single3)
//! are loaded at run time, and the comparison is skipped without them. CPU time and wall time are the smallest over
//! the rounds; arguments: threads (default: 1 and 2), rounds (default 9).

#[path = "support/fftw.rs"]
mod fftw;

use std::ffi::c_int;

use abbe::fft::{Buffer, Lanes, Transform};
use abbe::runtime::Workers;
use fftw::{Best, Fftw, MEASURE};

fn main() {
    // Cargo passes `--bench`.
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let threads = numbers.next().map_or(vec![1, 2], |threads| vec![threads]);
    let rounds = numbers.next().unwrap_or(9);
    let Some(fftw) = Fftw::load() else {
        println!("SKIPPED: libfftw3f.so.3 and libfftw3f_threads.so.3 are not installed");
        return;
    };
    // SAFETY: called before any other function of FFTW.
    unsafe { (fftw.init_threads)() };
    println!("lanes {:?}; seconds there and back, ratio to FFTW of CPU time and wall time", Lanes::best());
    for threads in threads {
        let mut logs = [0.0; 2];
        for shape in SHAPES {
            let [own, other] = compare(&fftw, shape, threads, rounds);
            let ratios = [own.cpu / other.cpu, own.wall / other.wall];
            println!(
                "{threads} threads {shape:?}: {:.4} against {:.4} cpu, {:.4} against {:.4} wall: {:.2} {:.2}",
                own.cpu, other.cpu, own.wall, other.wall, ratios[0], ratios[1]
            );
            logs.iter_mut().zip(ratios).for_each(|(log, ratio)| *log += ratio.ln() / SHAPES.len() as f64);
        }
        println!("{threads} threads, geometric mean: {:.3} cpu, {:.3} wall", logs[0].exp(), logs[1].exp());
    }
}

fn compare(fftw: &Fftw, shape: [usize; 3], threads: usize, rounds: usize) -> [Best; 2] {
    let [nz, ny, nx] = shape;
    let workers = Workers::new(threads).expect("threads");
    let transform = Transform::new(shape).expect("a plan");
    let mut volume = Buffer::new("volume", transform.len()).expect("memory");
    let mut scratch = Buffer::new("scratch", transform.scratch_len(threads)).expect("memory");
    // Out of place, as FFTW is fastest.
    let mut real = Buffer::new("real", nz * ny * nx).expect("memory");
    let mut spectrum = Buffer::new("spectrum", nz * ny * (nx / 2 + 1) * 2).expect("memory");
    let sizes = shape.map(|n| n as c_int);
    let sizes = if nz > 1 { &sizes[..] } else { &sizes[1..] };
    // SAFETY: the arrays are as large as fftw3.h asks and outlive the plans.
    let plans = unsafe {
        (fftw.plan_with_nthreads)(threads as c_int);
        let rank = sizes.len() as c_int;
        let (real, spectrum) = (real.as_mut_ptr(), spectrum.as_mut_ptr());
        [
            (fftw.plan_r2c)(rank, sizes.as_ptr(), real, spectrum, MEASURE),
            (fftw.plan_c2r)(rank, sizes.as_ptr(), spectrum, real, MEASURE),
        ]
    };
    let ramp = |at: usize| (at % 251) as f32 / 251.0;
    let mut best = [Best::NONE; 2];
    for _ in 0..rounds {
        volume.iter_mut().enumerate().for_each(|(at, value)| *value = ramp(at));
        real.iter_mut().enumerate().for_each(|(at, value)| *value = ramp(at));
        best[0].time(|| {
            transform.forward(&mut volume, &mut scratch, &workers);
            transform.inverse(&mut volume, &mut scratch, &workers);
        });
        // SAFETY: the plans' arrays live.
        best[1].time(|| unsafe { plans.iter().for_each(|&plan| (fftw.execute)(plan)) });
    }
    // SAFETY: the plans are not used again.
    unsafe { plans.iter().for_each(|&plan| (fftw.destroy)(plan)) };
    best
}

const SHAPES: [[usize; 3]; 5] = [[64, 512, 512], [1, 2048, 2048], [1, 2304, 2304], [160, 300, 300], [96, 640, 640]];
