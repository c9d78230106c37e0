//! How good results are, and how soon: PSNR by iterations and by time, on phantoms with their truth.
//!
//! `cargo bench --bench quality -- FOLDER... [parameter=value...]`, with folders as `phantom.py` writes them (`gt.npy`,
//! `raw_u16.npy`, `obs.npy`, `psf.npy`). Parameters are those of the step, by name: `deconvolve.algorithm=2`. Without
//! parameters every algorithm and preset is run. `image=obs` takes `obs.npy`, `threads=1` one thread, `save=FILE`
//! writes the result as raw f32.
//!
//! PSNR is that of `score.py`: after the best gain and offset, against the 99.99th percentile of the truth, inside a
//! margin of (4, 16, 16) voxels and on the whole field. Times are wall times of planning and restoring; their unit, the
//! floor, is four real transforms of the padded volume by FFTW (`FFTW_MEASURE`, as many threads), the smallest of nine.

#[path = "support/fftw.rs"]
mod fftw;
#[path = "support/npy.rs"]
mod npy;

use std::path::Path;
use std::time::Instant;

use abbe::deconvolve::{Deconvolution, Outcome};
use abbe::params::{Kind, Parameter, Settings};
use abbe::psf::Kernel;
use abbe::runtime::{Answer, Control, Watch, Workers};
use fftw::{Best, Fftw, Floor};

/// A scene, its image and its point spread function.
struct Scene {
    shape: [usize; 3],
    image: Vec<f32>,
    truth: Vec<f32>,
    kernel: Kernel,
}

impl Scene {
    fn read(folder: &Path, image: &str) -> Self {
        let (shape, image) = npy::read(&folder.join(format!("{image}.npy")));
        let (_, truth) = npy::read(&folder.join("gt.npy"));
        let (kernel_shape, samples) = npy::read(&folder.join("psf.npy"));
        Self { shape, image, truth, kernel: Kernel::new(kernel_shape, samples).expect("a psf") }
    }

    /// PSNR inside the margin and on the whole field.
    fn score(&self, result: &[f32]) -> [f64; 2] {
        let peak = {
            let mut sorted = self.truth.clone();
            sorted.sort_unstable_by(f32::total_cmp);
            f64::from(sorted[((sorted.len() - 1) as f64 * 0.9999) as usize])
        };
        let [nz, ny, nx] = self.shape;
        let [mz, my, mx] = if nz > 1 { [4, 16, 16] } else { [0, 16, 16] };
        let inside = |at: usize| {
            let [z, y, x] = [at / (ny * nx), at / nx % ny, at % nx];
            (mz..nz - mz).contains(&z) && (my..ny - my).contains(&y) && (mx..nx - mx).contains(&x)
        };
        let error = |wanted: &dyn Fn(usize) -> bool| {
            let (mut n, mut x, mut g, mut xx, mut xg, mut gg) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
            for (_, (a, b)) in result.iter().zip(&self.truth).enumerate().filter(|(at, _)| wanted(*at)) {
                let (a, b) = (f64::from(*a), f64::from(*b));
                (n, x, g) = (n + 1.0, x + a, g + b);
                (xx, xg, gg) = (xx + a * a, xg + a * b, gg + b * b);
            }
            let (xx, xg, gg) = (xx / n - x * x / n / n, xg / n - x * g / n / n, gg / n - g * g / n / n);
            (gg - xg * xg / xx.max(1e-30)).max(0.0).sqrt()
        };
        [20.0 * (peak / error(&inside)).log10(), 20.0 * (peak / error(&|_| true)).log10()]
    }

    /// Plans and restores once; the result, its outcome, and the seconds both took together and the last of them.
    fn restore(&self, settings: &Settings, workers: &Workers) -> (Vec<f32>, Outcome, [f64; 2]) {
        let mut result = self.image.clone();
        let started = Instant::now();
        let mut plan = Deconvolution::new(self.shape, settings, &self.kernel, workers).expect("a plan");
        let planned = started.elapsed().as_secs_f64();
        let control = Control::new();
        let mut listener = |_| Answer::Continue;
        let outcome = plan.execute(&mut result, workers, &mut Watch::new(&control, &mut listener)).expect("a result");
        let all = started.elapsed().as_secs_f64();
        (result, outcome, [all, all - planned])
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let (given, folders): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| argument.contains('='));
    let option = |name: &str| given.iter().find_map(|text| text.strip_prefix(name)?.strip_prefix('='));
    let workers = Workers::new(option("threads").map_or(2, |text| text.parse().expect("threads"))).expect("threads");
    let fftw = Fftw::load();
    if let Some(fftw) = &fftw {
        // SAFETY: called before any other function of FFTW.
        unsafe { (fftw.init_threads)() };
    }
    let rows: Vec<Vec<(&str, &str)>> =
        match given.iter().filter_map(|text| text.split_once('=')).filter(|(name, _)| name.contains('.')) {
            settings if settings.clone().count() > 0 => vec![settings.collect()],
            _ => ROWS.iter().map(|row| row.split(' ').filter_map(|text| text.split_once('=')).collect()).collect(),
        };
    for folder in &folders {
        let scene = Scene::read(Path::new(folder), option("image").unwrap_or("raw_u16"));
        let [inside, whole] = scene.score(&scene.image);
        println!("{folder}: {:?}, untouched {inside:.2} / {whole:.2} dB", scene.shape);
        let mut floors: Vec<([usize; 3], f64)> = Vec::new();
        for row in &rows {
            let mut settings = Settings::new("deconvolve");
            row.iter().for_each(|(name, value)| set(&mut settings, name, value));
            let (result, outcome, [all, execute]) = scene.restore(&settings, &workers);
            let [inside, whole] = scene.score(&result);
            let known = floors.iter().find(|(shape, _)| *shape == outcome.padded_shape).map(|(_, floor)| *floor);
            let floor = known.or_else(|| fftw.as_ref().map(|fftw| floor(fftw, outcome.padded_shape, &workers)));
            floors.extend(floor.map(|floor| (outcome.padded_shape, floor)));
            let floors = floor.map_or(String::new(), |floor| {
                let iterations = outcome.iterations.max(1) as f64;
                format!("{:6.1} floors, {:.2} an iteration", all / floor, execute / floor / iterations)
            });
            let text: Vec<_> =
                row.iter().map(|(name, value)| format!("{}={value}", name.replace("deconvolve.", ""))).collect();
            println!(
                "{:48} {:3} {:12} {inside:6.2} / {whole:5.2} dB, {all:6.2} s {floors}, misfit {:.3}, matched from {}, {:?}",
                text.join(" "),
                outcome.iterations,
                outcome.stopped,
                outcome.misfit.unwrap_or(f64::NAN),
                outcome.matched_from,
                outcome.padded_shape,
            );
            if let Some(file) = option("save") {
                let bytes: Vec<u8> = result.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                std::fs::write(file, bytes).expect("the result is written");
            }
        }
    }
}

fn set(settings: &mut Settings, name: &str, value: &str) {
    let row = Parameter::by_name(name).unwrap_or_else(|| panic!("{name} is no parameter"));
    match row.kind {
        Kind::Number { .. } => settings.set_f64(row.id, value.parse().expect("a number")),
        _ => settings.set_i64(row.id, value.parse().expect("a whole number")),
    }
    .expect("a value in range");
}

/// Seconds of four transforms by FFTW.
fn floor(fftw: &Fftw, shape: [usize; 3], workers: &Workers) -> f64 {
    let (mut floor, mut best) = (Floor::new(fftw, shape, workers.threads()), Best::NONE);
    (0..9).for_each(|_| floor.time(&mut best));
    2.0 * best.wall
}

/// What is run where nothing else is asked for.
const ROWS: [&str; 8] = [
    "deconvolve.preset=1",
    "deconvolve.preset=2",
    "deconvolve.preset=3",
    "deconvolve.preset=0",
    "deconvolve.algorithm=1 deconvolve.stop=3",
    "deconvolve.algorithm=2 deconvolve.stop=3",
    "deconvolve.algorithm=3 deconvolve.stop=3",
    "deconvolve.algorithm=10",
];
