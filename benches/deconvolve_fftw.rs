//! What an iteration and a filter cost, against transforms by FFTW (`FFTW_MEASURE`) in turn in one process:
//! `cargo bench --bench deconvolve_fftw`.
//!
//! The unit of an iteration is four real transforms of the padded field by FFTW, which a loop on it cannot do without;
//! of the Wiener filter from u16 to u16 it is its own two transforms. FFTW is a reference for development only, as in
//! `fft_fftw`. CPU time and wall time are the smallest over the rounds; arguments: threads (default: 1 and 2), rounds
//! (default 5).

#[path = "support/fftw.rs"]
mod fftw;
#[path = "support/kernel.rs"]
mod kernel;

use std::sync::Arc;

use abbe::codes::StepKind;
use abbe::deconvolve::Deconvolution;
use abbe::fft::{Buffer, Transform};
use abbe::image::Dtype;
use abbe::params::{self, Algorithm, Settings, Stop};
use abbe::plan::{Buffers, Object, Plan, PsfObject, samples_for};
use abbe::runtime::{Answer, Context, Control, Watch, Workers};
use fftw::{Best, Fftw, Floor};
use kernel::gaussian;

fn main() {
    // Cargo passes `--bench`.
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let threads = numbers.next().map_or(vec![1, 2], |threads| vec![threads]);
    let rounds = numbers.next().unwrap_or(5);
    let Some(fftw) = Fftw::load() else {
        println!("SKIPPED: libfftw3f.so.3 and libfftw3f_threads.so.3 are not installed");
        return;
    };
    // SAFETY: called before any other function of FFTW.
    unsafe { (fftw.init_threads)() };
    for threads in threads {
        let workers = Workers::new(threads).expect("threads");
        for (name, shape, kernel) in SCENES {
            for (algorithm, number) in ALGORITHMS {
                let ([own, four], field) = iteration(&fftw, shape, kernel, number, &workers, rounds);
                println!(
                    "{threads} threads, {name}, {algorithm}: {:.4} s cpu, {:.4} s wall an iteration; of four transforms of \
                     {field:?} {:.2} cpu, {:.2} wall",
                    own.cpu,
                    own.wall,
                    own.cpu / four.cpu,
                    own.wall / four.wall
                );
            }
        }
        let [filter, two] = wiener(threads, rounds);
        println!(
            "{threads} threads, Wiener of 2048 x 2048, u16 to u16: {:.4} s cpu, {:.4} s wall; of its two transforms {:.2} cpu, \
             {:.2} wall",
            filter.cpu,
            filter.wall,
            filter.cpu / two.cpu,
            filter.wall / two.wall
        );
    }
}

/// An iteration, and four transforms by FFTW of the field that it runs on.
fn iteration(
    fftw: &Fftw,
    shape: [usize; 3],
    kernel: [usize; 3],
    algorithm: i64,
    workers: &Workers,
    rounds: usize,
) -> ([Best; 2], [usize; 3]) {
    let image: Vec<f32> = scene(shape).into_iter().map(f32::from).collect();
    let kernel = gaussian(kernel);
    let mut runs = [FEW, MANY].map(|iterations| {
        let mut settings = Settings::new("deconvolve");
        settings.set_i64(params::DECONVOLVE_ALGORITHM, algorithm).expect("a setting");
        settings.set_i64(params::DECONVOLVE_ITERATIONS, iterations).expect("a setting");
        settings.set_choice(params::DECONVOLVE_STOP, Stop::Iterations).expect("a setting");
        (Deconvolution::new(shape, &settings, &kernel, workers).expect("a plan"), Best::NONE)
    });
    let (mut two, mut floor) = (Best::NONE, None);
    let mut field = shape;
    for _ in 0..rounds {
        for (plan, best) in &mut runs {
            let mut result = image.clone();
            let (control, mut listener) = (Control::new(), |_| Answer::Continue);
            best.time(|| {
                let mut watch = Watch::new(&control, &mut listener);
                field = plan.execute(&mut result, workers, &mut watch).expect("a result").padded_shape;
            });
        }
        let floor = floor.get_or_insert_with(|| Floor::new(fftw, field, workers.threads()));
        floor.time(&mut two);
    }
    let [(_, few), (_, many)] = runs;
    let one = |few: f64, many: f64| (many - few) / (MANY - FEW) as f64;
    (
        [
            Best { cpu: one(few.cpu, many.cpu), wall: one(few.wall, many.wall) },
            Best { cpu: 2.0 * two.cpu, wall: 2.0 * two.wall },
        ],
        field,
    )
}

/// The Wiener filter from u16 to u16 as a plan does it, and the two transforms of its field.
fn wiener(threads: usize, rounds: usize) -> [Best; 2] {
    let context = Arc::new(Context::default());
    context.set_i64(params::CONTEXT_THREADS, threads as i64).expect("a setting");
    let psf = PsfObject::new(Arc::clone(&context), PSF_MEASURED).expect("a psf");
    let kernel = gaussian([1, 129, 129]);
    psf.change(|source| samples_for(source, kernel.samples(), kernel.shape())).expect("samples");
    let plan = Plan::new(context);
    let described = plan.change(|draft| {
        draft.add_step(StepKind::Deconvolve);
        draft.give(Object::Psf(Arc::new(psf)))?;
        draft
            .settings_mut(params::DECONVOLVE_ALGORITHM)?
            .set_choice(params::DECONVOLVE_ALGORITHM, Algorithm::Wiener)?;
        draft.set_input(Dtype::U16, "yx", &[2048, 2048], None, 0)?;
        draft.set_output(Dtype::U16, None, 0)
    });
    described.expect("a plan");
    plan.commit().expect("a plan");
    let source: Vec<u8> = scene([1, 2048, 2048]).into_iter().flat_map(u16::to_ne_bytes).collect();
    let mut target = vec![0; source.len()];
    plan.execute(|_, _, _| Ok(Buffers::Apart { source: &source, target: &mut target })).expect("a result");
    let field = plan.report().expect("a report")["steps"][0]["images"][0]["padded_shape"].clone();
    let field: [usize; 3] = serde_json::from_value(field).expect("a shape");
    let workers = Workers::new(threads).expect("threads");
    let transform = Transform::new(field).expect("a plan");
    let mut volume = Buffer::new("volume", transform.len()).expect("memory");
    let mut scratch = Buffer::new("scratch", transform.scratch_len(threads)).expect("memory");
    let mut best = [Best::NONE; 2];
    for _ in 0..4 * rounds {
        best[0].time(|| {
            plan.execute(|_, _, _| Ok(Buffers::Apart { source: &source, target: &mut target })).expect("a result");
        });
        volume.fill(1.0);
        best[1].time(|| {
            transform.forward(&mut volume, &mut scratch, &workers);
            transform.inverse(&mut volume, &mut scratch, &workers);
        });
    }
    best
}

/// Squares on dim ground, with noise that a linear congruential generator makes.
fn scene([nz, ny, nx]: [usize; 3]) -> Vec<u16> {
    let mut state = 1_u32;
    (0..nz * ny * nx)
        .map(|at| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (y, x) = (at / nx % ny, at % nx);
            let light = if y % 40 < 5 && x % 48 < 6 { 900 } else { 100 };
            light + (state >> 28) as u16
        })
        .collect()
}

/// The scenes of the comparison with peers.
const SCENES: [(&str, [usize; 3], [usize; 3]); 3] = [
    ("v256", [32, 256, 256], [65, 129, 129]),
    ("v512", [64, 512, 512], [65, 129, 129]),
    ("i2048", [1, 2048, 2048], [1, 129, 129]),
];
const ALGORITHMS: [(&str, i64); 3] = [("Richardson-Lucy", 1), ("heavy ball", 2), ("Biggs-Andrews", 3)];
const FEW: i64 = 2;
const MANY: i64 = 8;
/// `ABBE_PSF_MEASURED`.
const PSF_MEASURED: i32 = 4;
