//! The samples around one that a filter looks at: a disc within planes, an ellipsoid through several.

use crate::error::{Result, reserved};

/// A row of a footprint: samples up to `half` on both sides of its middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chord {
    /// Planes and rows from the middle of the footprint.
    pub from: [isize; 2],
    /// Samples on either side.
    pub half: usize,
}

/// The samples at (z, y, x) with (x² + y²) / radius² + z² / planes² <= 1, in whole numbers; of a plane alone where
/// `planes` is below 1.
#[derive(Debug)]
pub struct Footprint {
    chords: Vec<Chord>,
}

impl Footprint {
    /// Of a radius within planes and one across them.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(radius: f64, planes: f64) -> Result<Self> {
        let mut chords = reserved("the rows of the footprint", rows(radius, planes))?;
        each(radius, planes, |chord| chords.push(chord));
        Ok(Self { chords })
    }

    /// Bytes of [`Footprint::new`].
    pub fn bytes(radius: f64, planes: f64) -> u64 {
        (rows(radius, planes) * size_of::<Chord>()) as u64
    }

    /// Its rows, from the first plane to the last.
    pub fn chords(&self) -> &[Chord] {
        &self.chords
    }

    /// Samples in it.
    pub fn samples(radius: f64, planes: f64) -> usize {
        let mut samples = 0;
        each(radius, planes, |chord| samples += 2 * chord.half + 1);
        samples
    }
}

fn rows(radius: f64, planes: f64) -> usize {
    let mut rows = 0;
    each(radius, planes, |_| rows += 1);
    rows
}

/// Visits the rows in order.
fn each(radius: f64, planes: f64, mut visit: impl FnMut(Chord)) {
    let [y, z] = [radius, planes].map(|radius| radius.floor() as isize);
    for dz in -z..=z {
        let across = if dz == 0 { 0.0 } else { (dz as f64 / planes).powi(2) };
        for dy in -y..=y {
            let left = radius * radius * (1.0 - across) - (dy * dy) as f64;
            if left >= -ROUNDING {
                visit(Chord { from: [dz, dy], half: (left + ROUNDING).max(0.0).sqrt() as usize });
            }
        }
    }
}

/// Samples on the rim belong to it.
const ROUNDING: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of samples of `skimage.morphology.disk` and `ball` in scikit-image 0.26.
    #[test]
    fn footprints_are_discs_and_balls() {
        let disc = |radius| Footprint::samples(radius, 0.0);
        assert_eq!([0.0, 1.0, 2.0, 3.0, 5.0, 10.0].map(disc), [1, 5, 13, 29, 81, 317]);
        assert_eq!([1.0, 2.0, 3.0].map(|radius| Footprint::samples(radius, radius)), [7, 33, 123]);
        assert_eq!(disc(1.5), 9);
        assert_eq!(Footprint::samples(0.0, 2.0), 5);
        let flat = Footprint::new(1.0, 1.0).unwrap();
        let halves: Vec<_> = flat.chords().iter().map(|chord| (chord.from, chord.half)).collect();
        assert_eq!(halves, [([-1, 0], 0), ([0, -1], 0), ([0, 0], 1), ([0, 1], 0), ([1, 0], 0)]);
    }
}
