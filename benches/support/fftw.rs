//! FFTW as a reference for development only, loaded at run time, and clocks.
#![allow(dead_code)] // Every bench uses a part.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::time::Instant;

use abbe::fft::Buffer;

unsafe extern "C" {
    fn dlopen(path: *const c_char, mode: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn clock_gettime(clock: c_int, time: *mut [i64; 2]) -> c_int;
}

/// A plan of FFTW.
pub type Plan = *mut c_void;

/// The functions of FFTW that are needed.
pub struct Fftw {
    pub init_threads: unsafe extern "C" fn() -> c_int,
    pub plan_with_nthreads: unsafe extern "C" fn(c_int),
    pub plan_r2c: unsafe extern "C" fn(c_int, *const c_int, *mut f32, *mut f32, c_uint) -> Plan,
    pub plan_c2r: unsafe extern "C" fn(c_int, *const c_int, *mut f32, *mut f32, c_uint) -> Plan,
    pub execute: unsafe extern "C" fn(Plan),
    pub destroy: unsafe extern "C" fn(Plan),
}

impl Fftw {
    /// FFTW, where it is installed.
    pub fn load() -> Option<Self> {
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

/// Transforms of a volume there and back by FFTW, in place.
pub struct Floor<'a> {
    fftw: &'a Fftw,
    volume: Buffer,
    plans: [Plan; 2],
}

impl<'a> Floor<'a> {
    /// Measures plans of `shape` (z, y, x) for so many threads.
    pub fn new(fftw: &'a Fftw, [nz, ny, nx]: [usize; 3], threads: usize) -> Self {
        let mut volume = Buffer::new("volume", nz * ny * (nx / 2 + 1) * 2).expect("memory");
        let sizes = [nz, ny, nx].map(|n| n as c_int);
        let sizes = if nz > 1 { &sizes[..] } else { &sizes[1..] };
        // SAFETY: rows are padded as fftw3.h asks; the volume outlives the plans.
        let plans = unsafe {
            (fftw.plan_with_nthreads)(threads as c_int);
            let (rank, data) = (sizes.len() as c_int, volume.as_mut_ptr());
            [
                (fftw.plan_r2c)(rank, sizes.as_ptr(), data, data, MEASURE),
                (fftw.plan_c2r)(rank, sizes.as_ptr(), data, data, MEASURE),
            ]
        };
        volume.fill(1.0);
        Self { fftw, volume, plans }
    }

    /// Times both.
    pub fn time(&mut self, best: &mut Best) {
        self.volume.fill(1.0);
        // SAFETY: the plans' volume lives.
        best.time(|| unsafe { self.plans.iter().for_each(|&plan| (self.fftw.execute)(plan)) });
    }
}

impl Drop for Floor<'_> {
    fn drop(&mut self) {
        // SAFETY: the plans are not used again.
        unsafe { self.plans.iter().for_each(|&plan| (self.fftw.destroy)(plan)) };
    }
}

/// The smallest CPU and wall seconds seen.
#[derive(Clone, Copy)]
pub struct Best {
    pub cpu: f64,
    pub wall: f64,
}

impl Best {
    /// Nothing timed yet.
    pub const NONE: Self = Self { cpu: f64::INFINITY, wall: f64::INFINITY };

    /// Times `run`.
    pub fn time(&mut self, run: impl FnOnce()) {
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        run();
        self.wall = self.wall.min(wall.elapsed().as_secs_f64());
        self.cpu = self.cpu.min(cpu_seconds() - cpu);
    }
}

/// CPU seconds of this process.
pub fn cpu_seconds() -> f64 {
    let mut time = [0; 2];
    // SAFETY: the pointer is valid; timespec is two 64-bit numbers where these benches run.
    unsafe { clock_gettime(PROCESS_CPU_TIME, &mut time) };
    time[0] as f64 + time[1] as f64 * 1e-9
}

/// FFTW's flag for plans that were measured.
pub const MEASURE: c_uint = 0;
const NOW_AND_GLOBAL: c_int = 0x102;
const PROCESS_CPU_TIME: c_int = 2;
