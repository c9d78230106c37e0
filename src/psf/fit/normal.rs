//! Normal equations of a least squares problem.

/// J' W J and J' W residual.
pub(in crate::psf) struct Normal {
    matrix: Vec<Vec<f64>>,
    right: Vec<f64>,
}

impl Normal {
    /// From the columns of J, the residuals and the diagonal of W.
    pub fn new(slopes: &[Vec<f64>], residual: &[f64], weights: &[f64]) -> Self {
        let product = |one: &[f64], other: &[f64]| -> f64 {
            one.iter().zip(other).zip(weights).map(|((one, other), weight)| one * other * weight).sum()
        };
        Self {
            matrix: slopes.iter().map(|one| slopes.iter().map(|other| product(one, other)).collect()).collect(),
            right: slopes.iter().map(|slope| product(slope, residual)).collect(),
        }
    }

    /// The step of Levenberg and Marquardt.
    pub fn step(&self, damping: f64) -> Vec<f64> {
        let mut matrix = self.matrix.clone();
        for (at, row) in matrix.iter_mut().enumerate() {
            row[at] = if row[at] > 0.0 { row[at] * (1.0 + damping) } else { 1.0 };
        }
        let right = self.right.clone();
        solved(matrix, right).unwrap_or_else(|| vec![0.0; self.right.len()])
    }

    /// Standard errors where a unit of weight is the inverse of a variance of `scale`.
    pub fn errors(&self, scale: f64) -> Vec<Option<f64>> {
        standard_errors(&self.matrix, scale)
    }
}

/// Roots of the diagonal of the inverse of `information` times `scale`; `None` where there is no such root.
pub fn standard_errors(information: &[Vec<f64>], scale: f64) -> Vec<Option<f64>> {
    (0..information.len())
        .map(|at| {
            let unit = (0..information.len()).map(|other| f64::from(u8::from(other == at))).collect();
            let variance = solved(information.to_vec(), unit)?[at] * scale;
            (variance > 0.0 && variance.is_finite()).then(|| variance.sqrt())
        })
        .collect()
}

/// Gauss's elimination of a symmetric system, scaled to a diagonal of 1; `None` where it is singular.
fn solved(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let count = right.len();
    let scale: Vec<f64> = (0..count).map(|at| matrix[at][at].sqrt()).collect();
    if scale.iter().any(|scale| scale.is_nan() || *scale <= 0.0) {
        return None;
    }
    for (at, row) in matrix.iter_mut().enumerate() {
        row.iter_mut().enumerate().for_each(|(other, value)| *value /= scale[at] * scale[other]);
        right[at] /= scale[at];
    }
    for at in 0..count {
        if matrix[at][at].is_nan() || matrix[at][at] < SINGULAR {
            return None;
        }
        let (pivot, value) = (matrix[at].clone(), right[at]);
        for other in (0..count).filter(|other| *other != at) {
            let factor = matrix[other][at] / pivot[at];
            matrix[other].iter_mut().zip(&pivot).for_each(|(target, value)| *target -= factor * value);
            right[other] -= factor * value;
        }
    }
    Some((0..count).map(|at| right[at] / matrix[at][at] / scale[at]).collect())
}

/// Two slopes whose correlation is as near to 1 as this are one.
const SINGULAR: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_points_has_the_known_step_and_errors() {
        // y = a + b x at x = 0, 1, 2, 3 with weights of 4: var b = 1 / (4 * 5), var a = 14 / (4 * 20).
        let slopes = vec![vec![1.0; 4], vec![0.0, 1.0, 2.0, 3.0]];
        let normal = Normal::new(&slopes, &[1.0, 3.0, 5.0, 7.0], &[4.0; 4]);
        let step = normal.step(0.0);
        assert!((step[0] - 1.0).abs() < 1e-12 && (step[1] - 2.0).abs() < 1e-12, "{step:?}");
        let errors = normal.errors(1.0);
        assert!((errors[0].unwrap().powi(2) - 14.0 / 80.0).abs() < 1e-12);
        assert!((errors[1].unwrap().powi(2) - 1.0 / 20.0).abs() < 1e-12);
        let twice = Normal::new(&[slopes[1].clone(), slopes[1].clone()], &[0.0; 4], &[1.0; 4]);
        assert_eq!(twice.errors(1.0), [None, None]);
    }
}
