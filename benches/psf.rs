//! CPU time of the optical models for 257 x 257 x 129 voxels on one thread.
//!
//! `ABBE_PSFMODELS_PYTHON`, the path of a Python with psfmodels (PyPI), adds its CPU time for the same kernels, taken in
//! turn in the same run, and the ratio of the least ones. psfmodels is measured only; nothing of it is used.

#[path = "support/fftw.rs"]
mod clocks;

use std::process::Command;

use abbe::params;
use abbe::psf::{Kind, PsfSpec};
use abbe::runtime::Workers;
use clocks::cpu_seconds;

const SHAPE: [usize; 3] = [129, 257, 257];
const ROUNDS: usize = 5;

fn main() {
    let workers = Workers::new(1).expect("one thread");
    for (kind, name, zernike) in [
        (Kind::Widefield, "scalar", ""),
        (Kind::Vectorial, "vectorial", ""),
        (Kind::Widefield, "scalar with coma", "noll 7:50"),
        (Kind::Vectorial, "vectorial with coma", "noll 7:50"),
    ] {
        let mut source = PsfSpec::new(kind);
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
        source.settings.set_text(params::PSF_ZERNIKE, zernike).expect("a text");
        let mut ours = f64::MAX;
        let mut theirs = f64::MAX;
        for _ in 0..ROUNDS {
            let start = cpu_seconds();
            std::hint::black_box(source.sample(SHAPE, &workers).expect("a kernel"));
            ours = ours.min(cpu_seconds() - start);
            if zernike.is_empty() {
                theirs = theirs.min(psfmodels(name).unwrap_or(f64::MAX));
            }
        }
        print!("psf {name} 257x257x129, one thread: {:.1} ms", ours * 1e3);
        if theirs < f64::MAX {
            print!("; psfmodels {:.1} ms; ratio {:.4}", theirs * 1e3, ours / theirs);
        }
        println!();
    }
}

/// CPU seconds that psfmodels takes for the same kernel, its import not counted.
fn psfmodels(name: &str) -> Option<f64> {
    let script = format!(
        "import psfmodels, numpy, time\n\
         z = numpy.linspace(-6.4, 6.4, 129)\n\
         start = time.process_time()\n\
         psfmodels.{name}_psf(z, nx=257, dxy=0.065, pz=2.0, wvl=0.525, params=dict(NA=1.4, ns=1.47))\n\
         print(time.process_time() - start)"
    );
    let output = Command::new(std::env::var_os("ABBE_PSFMODELS_PYTHON")?).args(["-c", &script]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
