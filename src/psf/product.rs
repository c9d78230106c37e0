//! The matrix product behind the tables: fields and their intensities, block by block.

use crate::fft::{Loop, vectorised};

/// Distances a block.
pub(super) const BLOCK: usize = 4;
/// Planes a tile.
pub(super) const TILE: usize = 4;

/// Adds |sum over nodes of bessel[node] phase[node]|^2 to `target`, `[BLOCK distances][TILE planes]`.
pub(super) fn intensities(bessel: &[f64], phases: &[f64], target: &mut [f64]) {
    for (fields, target) in fields(bessel, phases).iter().zip(target.chunks_exact_mut(TILE)) {
        for plane in 0..TILE {
            target[plane] += fields[plane].powi(2) + fields[TILE + plane].powi(2);
        }
    }
}

/// Sum over nodes of bessel[node] phase[node]: real, then imaginary parts of the planes for every distance.
///
/// `bessel` is `[node][BLOCK distances]`, `phases` is `[node][TILE real, TILE imaginary]`. Nodes are added in order, so
/// the bits do not depend on threads.
pub(super) fn fields(bessel: &[f64], phases: &[f64]) -> [[f64; 2 * TILE]; BLOCK] {
    vectorised(Product { bessel, phases })
}

struct Product<'a> {
    bessel: &'a [f64],
    phases: &'a [f64],
}

impl Loop for Product<'_> {
    type Output = [[f64; 2 * TILE]; BLOCK];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut fields = [[0.0; 2 * TILE]; BLOCK];
        for (bessel, phases) in self.bessel.chunks_exact(BLOCK).zip(self.phases.chunks_exact(2 * TILE)) {
            for (fields, bessel) in fields.iter_mut().zip(bessel) {
                for (field, phase) in fields.iter_mut().zip(phases) {
                    *field += bessel * phase;
                }
            }
        }
        fields
    }
}
