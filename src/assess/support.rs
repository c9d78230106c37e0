//! How much of a result the microscope has not measured.
//!
//! The transfer function passes frequencies up to a limit, and of stacks not the cone around the axis z. A linear method gives hardly
//! anything beyond; what is there was put there, by a prior or by invention. That may be right, but it was not measured.

use serde_json::{Map, Value, json};

use super::image::Image;
use super::jackknife::Estimate;
use super::rings::Rings;
use crate::error::Result;
use crate::psf::Kernel;

/// Shares of the energy of `result`, its mean left out: where the transfer function of `kernel` is below a hundredth beyond the
/// lateral limit, and below a hundredth within it, which is the missing cone; the share of the frequencies that lie there, which is
/// that of the energy of white noise; and by rings of the frequency along y and x the
/// energy, as a share of all, beside the mean modulus of the transfer function. Their standard errors are those of sums of squares of
/// independent normal numbers, which vary by twice the square of each.
pub(super) fn support(result: &Image, kernel: &Kernel, rings: &mut Rings) -> Result<Value> {
    rings.load(0, result);
    rings.load_kernel(1, kernel);
    let mut limit = 0.0_f64;
    rings.each(|[z, y, x], _, (real, imaginary), _| {
        if z == 0.0 && real.hypot(imaginary) >= LEAST {
            limit = limit.max(y.hypot(x));
        }
    });
    let extent = result.shape[1].min(result.shape[2]);
    let mut curve = vec![[0.0_f64; 3]; extent / 2 + 1];
    // Energy, its square, and frequencies: of all, beyond the limit, in the cone.
    let mut sums = [[0.0_f64; 3]; 3];
    rings.each(|[_, y, x], (a, b), (real, imaginary), times| {
        let energy = a * a + b * b;
        let passed = real.hypot(imaginary);
        let terms = [times * energy, times * times * energy * energy, times];
        let mut add = |to: usize| sums[to].iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        add(0);
        if passed < LEAST {
            add(if y.hypot(x) > limit { 1 } else { 2 });
        }
        if let Some(ring) = curve.get_mut((y.hypot(x) * extent as f64 + 0.5) as usize) {
            ring.iter_mut().zip([times * energy, times * passed, times]).for_each(|(sum, term)| *sum += term);
        }
    });
    let [all, beyond, cone] = sums;
    let share = |[energy, squares, _]: [f64; 3]| {
        let share = if all[0] > 0.0 { energy / all[0] } else { 0.0 };
        // |F|² of noise varies by its own square, which |F|⁴ is twice of.
        let variance = 0.5 * (squares * (1.0 - share).powi(2) + (all[1] - squares) * share * share);
        Estimate { value: Some(share), error: (all[0] > 0.0).then(|| variance.sqrt() / all[0]) }
    };
    let mut report = Map::new();
    report.insert("limit_per_px".into(), json!(limit));
    share(beyond).put(&mut report, "beyond_limit");
    let stack = result.shape[0] > 1;
    let energy_in_cone = if stack { share(cone) } else { Estimate::default() };
    energy_in_cone.put(&mut report, "missing_cone");
    // What noise that is equal everywhere would have there.
    report.insert("beyond_limit_of_white".into(), json!(beyond[2] / all[2]));
    report.insert("missing_cone_of_white".into(), json!(stack.then(|| cone[2] / all[2])));
    let of = |number: &dyn Fn(&[f64; 3]) -> f64| curve.iter().map(number).collect::<Vec<_>>();
    report.insert(
        "curve".into(),
        json!({
            "frequencies_per_px": (0..curve.len()).map(|ring| ring as f64 / extent as f64).collect::<Vec<_>>(),
            "energy": of(&|ring| if all[0] > 0.0 { ring[0] / all[0] } else { 0.0 }),
            "transfer": of(&|ring| ring[1] / ring[2].max(1.0)),
        }),
    );
    Ok(Value::Object(report))
}

/// What counts as passed.
const LEAST: f64 = 0.01;
