//! Transforms there and back against FFTW (`FFTW_MEASURE`), in turn in one process: `cargo bench --bench fft_fftw`.
//!
//! FFTW is a reference for development only: `libfftw3f.so.3` and `libfftw3f_threads.so.3` (Debian: libfftw3-single3)
//! are loaded at run time, and the comparison is skipped without them. CPU time and wall time are the smallest over
//! the rounds; arguments: threads (default: 1 and 2), rounds (default 9).

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::time::Instant;

use abbe::fft::{Buffer, Lanes, Transform};
use abbe::runtime::Workers;

unsafe extern "C" {
    fn dlopen(path: *const c_char, mode: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn clock_gettime(clock: c_int, time: *mut [i64; 2]) -> c_int;
}

type Plan = *mut c_void;

/// The functions of FFTW that are needed.
struct Fftw {
    init_threads: unsafe extern "C" fn() -> c_int,
    plan_with_nthreads: unsafe extern "C" fn(c_int),
    plan_r2c: unsafe extern "C" fn(c_int, *const c_int, *mut f32, *mut f32, c_uint) -> Plan,
    plan_c2r: unsafe extern "C" fn(c_int, *const c_int, *mut f32, *mut f32, c_uint) -> Plan,
    execute: unsafe extern "C" fn(Plan),
    destroy: unsafe extern "C" fn(Plan),
}

impl Fftw {
    fn load() -> Option<Self> {
        // SAFETY: the names are C texts; the types are those of fftw3.h.
        unsafe {
            let main = dlopen(c"libfftw3f.so.3".as_ptr(), NOW_AND_GLOBAL);
            let threads = dlopen(c"libfftw3f_threads.so.3".as_ptr(), NOW_AND_GLOBAL);
            if main.is_null() || threads.is_null() {
                return None;
            }
            let find = |library, name: &CStr| dlsym(library, name.as_ptr());
            Some(Self {
                init_threads: std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> c_int>(find(
                    threads,
                    c"fftwf_init_threads",
                )),
                plan_with_nthreads: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(c_int)>(find(
                    threads,
                    c"fftwf_plan_with_nthreads",
                )),
                plan_r2c: std::mem::transmute::<
                    *mut c_void,
                    unsafe extern "C" fn(c_int, *const c_int, *mut f32, *mut f32, c_uint) -> Plan,
                >(find(main, c"fftwf_plan_dft_r2c")),
                plan_c2r: std::mem::transmute::<
                    *mut c_void,
                    unsafe extern "C" fn(c_int, *const c_int, *mut f32, *mut f32, c_uint) -> Plan,
                >(find(main, c"fftwf_plan_dft_c2r")),
                execute: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(Plan)>(find(main, c"fftwf_execute")),
                destroy: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(Plan)>(find(
                    main,
                    c"fftwf_destroy_plan",
                )),
            })
        }
    }
}

/// Smallest CPU and wall seconds seen.
#[derive(Clone, Copy)]
struct Best {
    cpu: f64,
    wall: f64,
}

impl Best {
    const NONE: Self = Self { cpu: f64::INFINITY, wall: f64::INFINITY };

    fn time(&mut self, run: impl FnOnce()) {
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        run();
        self.wall = self.wall.min(wall.elapsed().as_secs_f64());
        self.cpu = self.cpu.min(cpu_seconds() - cpu);
    }
}

fn cpu_seconds() -> f64 {
    let mut time = [0; 2];
    // SAFETY: the pointer is valid; timespec is two 64-bit numbers where these benches run.
    unsafe { clock_gettime(PROCESS_CPU_TIME, &mut time) };
    time[0] as f64 + time[1] as f64 * 1e-9
}

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
const MEASURE: c_uint = 0;
const NOW_AND_GLOBAL: c_int = 0x102;
const PROCESS_CPU_TIME: c_int = 2;
