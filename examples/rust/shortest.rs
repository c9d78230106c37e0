//! The shortest complete program: deconvolve a widefield frame.

use std::sync::Arc;

use abbe::arrays::{Plan, Psf};
use abbe::codes::{PsfKind, StepKind};
use abbe::error::Result;
use abbe::runtime::Context;
use ndarray::Array2;

/// Deconvolves a frame and prints what came out.
pub fn main() -> Result<()> {
    let context = Arc::new(Context::default());
    let mut psf = Psf::new(&context, PsfKind::Widefield)?;
    psf.set("psf.numerical_aperture", 1.4)?;
    psf.set("psf.wavelength_nm", 525)?;
    psf.set("psf.pixel_nm", 65)?;

    let mut plan = Plan::new(&context);
    plan.add_step(StepKind::Deconvolve)?;
    plan.set_psf(&psf)?;
    plan.set("deconvolve.iterations", 30)?;

    let mut frame = Array2::<u16>::zeros((128, 128));
    frame[[64, 64]] = 1000;
    let restored = plan.run("yx", frame.view())?;
    let brightest = restored.fold(0.0_f32, |most, sample| most.max(*sample));
    println!("{} x {} pixels, brightest {brightest:.0}", restored.ncols(), restored.nrows());
    Ok(())
}
