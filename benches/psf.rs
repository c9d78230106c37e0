//! Time of the optical models for 257 x 257 x 129 voxels on one thread.
//!
//! `ABBE_PSFMODELS_PYTHON`, the path of a Python with psfmodels (PyPI), adds its time for the same kernels, taken in
//! turn in the same run, and the ratio. psfmodels is measured only; nothing of it is used.

use std::process::Command;
use std::time::Instant;

use abbe::params;
use abbe::psf::{Kind, Source};
use abbe::runtime::Workers;

const SHAPE: [usize; 3] = [129, 257, 257];
const ROUNDS: usize = 5;

fn main() {
    let workers = Workers::new(1).expect("one thread");
    for (kind, name) in [(Kind::Widefield, "scalar"), (Kind::Vectorial, "vectorial")] {
        let mut source = Source::new(kind);
        for (id, value) in [
            (params::PSF_NUMERICAL_APERTURE, 1.4),
            (params::PSF_WAVELENGTH_NM, 525.0),
            (params::PSF_PIXEL_NM, 65.0),
            (params::PSF_STEP_NM, 100.0),
            (params::PSF_SAMPLE_INDEX, 1.47),
            (params::PSF_DEPTH_NM, 2000.0),
        ] {
            source.settings.set_f64(id, value).expect("in range");
        }
        let mut ours = f64::MAX;
        let mut theirs = f64::MAX;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            std::hint::black_box(source.sample(SHAPE, &workers).expect("a kernel"));
            ours = ours.min(start.elapsed().as_secs_f64());
            theirs = theirs.min(psfmodels(name).unwrap_or(f64::MAX));
        }
        print!("psf {name} 257x257x129, one thread: {:.1} ms", ours * 1e3);
        if theirs < f64::MAX {
            print!("; psfmodels {:.1} ms; ratio {:.4}", theirs * 1e3, ours / theirs);
        }
        println!();
    }
}

/// Seconds that psfmodels takes for the same kernel, its import not counted.
fn psfmodels(name: &str) -> Option<f64> {
    let script = format!(
        "import psfmodels, numpy, time\n\
         z = numpy.linspace(-6.4, 6.4, 129)\n\
         start = time.perf_counter()\n\
         psfmodels.{name}_psf(z, nx=257, dxy=0.065, pz=2.0, wvl=0.525, params=dict(NA=1.4, ns=1.47))\n\
         print(time.perf_counter() - start)"
    );
    let output = Command::new(std::env::var_os("ABBE_PSFMODELS_PYTHON")?).args(["-c", &script]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
