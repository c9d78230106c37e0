//! How far a result is displaced against its raw image: from the highest place of the cross-correlation by steps of least
//! squares to where no step is left.

use super::explain::{Explained, explain};
use super::forward::deviation;
use super::image::{Image, filled};
use super::jackknife::{Estimate, Parts};
use super::places::Places;
use super::register::peak;
use super::scene::Scene;
use crate::error::Result;
use crate::noise::Camera;
use crate::psf::Kernel;
use crate::runtime::Job;

/// A shift d in samples of the raw image along (z, y, x): raw(p) is like the result, blurred, at p + d.
pub(super) struct Displaced {
    /// No value along axes where nothing tells.
    pub shift: [Estimate; 3],
    /// Why there is none.
    pub reason: Option<&'static str>,
    /// What was taken away.
    pub corrected: Option<[f64; 3]>,
}

/// Finds the shift, and explains the raw image by the result: with up to [`MOST`] samples taken away where `align` says so and the
/// shift is sure, else as it is.
///
/// # Errors
/// [`Error::Memory`](crate::error::Error::Memory), [`Error::Cancelled`](crate::error::Error::Cancelled).
pub(super) fn register(
    scene: &mut Scene,
    kernel: Option<&Kernel>,
    (camera, align): (&Camera, bool),
    job: Job,
) -> Result<(Explained, Displaced)> {
    let full = scene.full_raw();
    let mean = full.samples.iter().map(|value| f64::from(*value)).sum::<f64>() / full.samples.len() as f64;
    let peak = job.passing(|| {
        let alike = filled(&scene.result(), job)?;
        let result = Image { samples: &alike, shape: full.shape };
        peak(&result, &full, deviation(camera, mean).powi(2), job)
    })?;
    let start = peak.unwrap_or_default();
    let mut at = if start.iter().any(|shift| shift.abs() > 0.5) { start } else { [0.0; 3] };
    scene.see(at, job)?;
    let mut explained = job.passing(|| explain(scene, kernel, job))?;
    let mut left = job.passing(|| of_model(scene, &explained, camera, job))?;
    // Further rounds take what the first one gave back.
    for _ in 0..ROUNDS {
        if peak.is_none() || !left.iter().any(is_left) {
            break;
        }
        at = std::array::from_fn(|axis| at[axis] + left[axis].value.unwrap_or(0.0).clamp(-1.0, 1.0));
        drop(explained);
        scene.see(at, job)?;
        explained = job.passing(|| explain(scene, kernel, job))?;
        left = job.passing(|| of_model(scene, &explained, camera, job))?;
    }
    let mut found = Displaced { shift: [Estimate::default(); 3], reason: None, corrected: None };
    let total = |axis: usize| {
        let shift = at[axis] + left[axis].value.unwrap_or(0.0);
        // What single precision leaves of equal images is no shift.
        if shift.abs() > ROUNDING { shift } else { 0.0 }
    };
    found.reason = if peak.is_none() {
        Some("several shifts explain the raw image alike, or one of a quarter of an extent or more")
    } else if left.iter().all(|step| step.value.is_none()) {
        Some("the result has too little structure")
    } else if left.iter().any(is_left) || (0..3).any(|axis| (total(axis) - start[axis]).abs() > NEAR) {
        Some("no shift explains the raw image better than others near it")
    } else {
        found.shift =
            std::array::from_fn(|axis| Estimate { value: left[axis].value.map(|_| total(axis)), ..left[axis] });
        None
    };
    let sure = |shift: &Estimate| shift.value.zip(shift.error).is_some_and(|(value, error)| value.abs() > 2.0 * error);
    let values = found.shift.map(|shift| shift.value.unwrap_or(0.0));
    if align && found.shift.iter().any(sure) && values.iter().all(|shift| shift.abs() <= MOST) {
        found.corrected = Some(values);
    }
    let wanted = found.corrected.unwrap_or_default();
    if wanted != at {
        drop(explained);
        scene.see(wanted, job)?;
        explained = job.passing(|| explain(scene, kernel, job))?;
    }
    Ok((explained, found))
}

/// Whether another step is worth it.
fn is_left(step: &Estimate) -> bool {
    step.value.zip(step.error).is_some_and(|(value, error)| value.abs() > ENOUGH && value.abs() > error)
}

/// The step that is left between the raw image and its model.
fn of_model(scene: &Scene, explained: &Explained, camera: &Camera, job: Job) -> Result<[Estimate; 3]> {
    let (model, places): (_, &Places) = (explained.image(), &explained.places);
    let weight = |at: usize| {
        if places.has(at) { deviation(camera, f64::from(model.samples[at])).powi(-2) } else { 0.0 }
    };
    let mut found = step(&scene.raw(), &model, weight, job)?;
    for shift in &mut found {
        shift.error = shift.error.map(|error| error * camera.long_range().max(1.0).sqrt());
    }
    Ok(found)
}

/// The step of least squares from `model` to `fixed`, fixed(p) = α model(p + d) + β, linear in d: with the squares of what is left
/// weighted, and left out where the weight is 0. Its error is the greater of that of noise of one over the weights, and of the
/// jackknife, which sees what no shift explains.
pub(super) fn step(
    fixed: &Image,
    model: &Image,
    weight: impl Fn(usize) -> f64 + Sync,
    job: Job,
) -> Result<[Estimate; 3]> {
    let shape @ [_, ny, nx] = fixed.shape;
    let steps = [ny * nx, nx, 1];
    let parts = Parts::<SUMS>::of(shape, job, |at| {
        let weight = weight(at);
        let place = [at / (ny * nx), at / nx % ny, at % nx];
        let mut terms = [0.0, 0.0, 0.0, f64::from(model.samples[at]), 1.0, f64::from(fixed.samples[at])];
        for axis in (0..3).filter(|axis| shape[*axis] >= LEAST) {
            if !(1..shape[axis] - 1).contains(&place[axis]) {
                return None;
            }
            let [before, after] = [at - steps[axis], at + steps[axis]].map(|at| f64::from(model.samples[at]));
            terms[axis] = 0.5 * (after - before);
        }
        let mut sums = [1.0; SUMS];
        let products = (0..TERMS).flat_map(|row| (row..=TERMS).map(move |column| (row, column)));
        sums[1..].iter_mut().zip(products).for_each(|(sum, (row, column))| *sum = weight * terms[row] * terms[column]);
        (weight > 0.0).then_some(sums)
    })?;
    let of_noise = Fit::of(&parts.total()).map(|fit| fit.errors);
    Ok(std::array::from_fn(|axis| {
        let found = parts.estimate(|sums| Fit::of(sums).and_then(|fit| fit.shift[axis]));
        let noise = of_noise.and_then(|errors| errors[axis]);
        Estimate { error: found.error.map_or(noise, |error| noise.map(|noise| noise.max(error))), ..found }
    }))
}

/// What the normal equations give.
struct Fit {
    shift: [Option<f64>; 3],
    errors: [Option<f64>; 3],
}

impl Fit {
    /// Of sums of the products of gradients, model and 1, with each other and with the image; `None` where the model says nothing.
    fn of(sums: &[f64; SUMS]) -> Option<Self> {
        // The products of each row, from the diagonal on, with that of the image last.
        let product = |row: usize, column: usize| {
            let (row, column) = (row.min(column), row.max(column));
            sums[1 + row * (2 * TERMS + 3 - row) / 2 + column - row]
        };
        let matrix: [[f64; TERMS]; TERMS] =
            std::array::from_fn(|row| std::array::from_fn(|column| product(row, column)));
        let right: [f64; TERMS] = std::array::from_fn(|row| product(row, TERMS));
        let told: [bool; TERMS] = std::array::from_fn(|row| matrix[row][row] > 0.0);
        let inverse = inverse(matrix, told)?;
        let solved = inverse.map(|row| row.iter().zip(&right).map(|(one, other)| one * other).sum::<f64>());
        let scale = solved[3];
        let of = |axis: usize, value: f64| (told[axis] && scale > 0.0).then(|| value / scale);
        Some(Self {
            shift: std::array::from_fn(|axis| of(axis, solved[axis])),
            errors: std::array::from_fn(|axis| of(axis, inverse[axis][axis].max(0.0).sqrt())),
        })
    }
}

/// The inverse of a symmetric matrix without the rows that are not told of; `None` where it has none to speak of.
fn inverse(matrix: [[f64; TERMS]; TERMS], told: [bool; TERMS]) -> Option<[[f64; TERMS]; TERMS]> {
    // Rows and columns of like size.
    let size: [f64; TERMS] = std::array::from_fn(|row| if told[row] { matrix[row][row].sqrt() } else { 1.0 });
    let mut left: [[f64; TERMS]; TERMS] = std::array::from_fn(|row| {
        std::array::from_fn(|column| match (told[row] && told[column], row == column) {
            (true, _) => matrix[row][column] / (size[row] * size[column]),
            (false, same) => f64::from(u8::from(same)),
        })
    });
    let mut right: [[f64; TERMS]; TERMS] =
        std::array::from_fn(|row| std::array::from_fn(|column| f64::from(u8::from(row == column))));
    for pivot in 0..TERMS {
        let value = left[pivot][pivot];
        if value < SINGULAR {
            return None;
        }
        left[pivot].iter_mut().chain(&mut right[pivot]).for_each(|one| *one /= value);
        for row in (0..TERMS).filter(|row| *row != pivot) {
            let factor = left[row][pivot];
            for column in 0..TERMS {
                left[row][column] -= factor * left[pivot][column];
                right[row][column] -= factor * right[pivot][column];
            }
        }
    }
    Some(std::array::from_fn(|row| std::array::from_fn(|column| right[row][column] / (size[row] * size[column]))))
}

/// Unknowns: a shift along each axis, scale and offset.
const TERMS: usize = 5;
/// A count, and products of the unknowns' terms with each other and with the image.
const SUMS: usize = 1 + TERMS * (TERMS + 3) / 2;
/// Samples of an axis along which shifts are looked for.
const LEAST: usize = 8;
/// Share of its own size that must be left of a term beside the others.
const SINGULAR: f64 = 1e-9;
/// Steps after the first, and what is too little for another.
const ROUNDS: usize = 4;
const ENOUGH: f64 = 0.05;
/// Samples between the highest correlation and where the steps may lead.
const NEAR: f64 = 4.0;
/// Samples of a shift that may come of rounding.
const ROUNDING: f64 = 1e-6;
/// Samples of a shift that is taken away, at most.
const MOST: f64 = 2.0;
