//! How much of a result the microscope has not measured.
//!
//! The transfer function passes frequencies up to a limit, and of stacks not the cone around the axis z. A linear method gives hardly
//! anything beyond; what is there was put there, by a prior or by invention. That may be right, but it was not measured.

use serde_json::{Value, json};

use super::image::Image;
use super::rings::Rings;
use crate::error::Result;
use crate::psf::Kernel;

/// Shares of the energy of `result`, its mean left out: where the transfer function of `kernel` is below a hundredth beyond the
/// lateral limit, and below a hundredth within it, which is the missing cone.
pub(super) fn support(result: &Image, kernel: &Kernel, rings: &mut Rings) -> Result<Value> {
    rings.load(0, result);
    rings.load_kernel(1, kernel);
    let mut limit = 0.0_f64;
    rings.each(|[z, y, x], _, (real, imaginary), _| {
        if z == 0.0 && real.hypot(imaginary) >= LEAST {
            limit = limit.max(y.hypot(x));
        }
    });
    let (mut all, mut beyond, mut cone) = (0.0, 0.0, 0.0);
    rings.each(|[_, y, x], (a, b), (real, imaginary), times| {
        let energy = times * (a * a + b * b);
        all += energy;
        if real.hypot(imaginary) < LEAST {
            if y.hypot(x) > limit { beyond += energy } else { cone += energy }
        }
    });
    let share = |energy: f64| if all > 0.0 { energy / all } else { 0.0 };
    Ok(json!({
        "limit_per_px": limit,
        "beyond_limit": share(beyond),
        "missing_cone": if result.shape[0] > 1 { json!(share(cone)) } else { Value::Null },
    }))
}

/// What counts as passed.
const LEAST: f64 = 0.01;
