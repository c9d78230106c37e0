//! Images of packed samples as blocks.

use super::blocks::Blocks;
use crate::error::Result;
use crate::image::{Pitched, Region, Source};
use crate::runtime::{Rows, Workers};

/// A packed image whose result takes its place.
pub struct InPlace<'a> {
    pub shape: [usize; 3],
    pub samples: &'a mut [f32],
}

impl Blocks for InPlace<'_> {
    fn source(&self) -> Option<Source<'_>> {
        Some(Source::packed(self.shape, self.samples))
    }

    fn read(&mut self, region: Region, target: &mut [f32], _: &mut [f32], _: &Workers) -> Result<()> {
        Source::packed(self.shape, self.samples).copy(region, target);
        Ok(())
    }

    fn write(&mut self, region: Region, source: Pitched, _: &mut [f32], workers: &Workers) -> Result<()> {
        let [_, ny, nx] = region.shape;
        workers.each(Rows::of_mut(self.samples, nx), |_, row, target| {
            target.copy_from_slice(&source.row(row / ny, row % ny)[..nx]);
        });
        Ok(())
    }
}

/// A packed image whose result goes to another.
pub struct Volumes<'a> {
    /// Extents (z, y, x) of both.
    pub shape: [usize; 3],
    /// The image.
    pub source: &'a [f32],
    /// Its result.
    pub target: &'a mut [f32],
}

impl Blocks for Volumes<'_> {
    fn source(&self) -> Option<Source<'_>> {
        Some(Source::packed(self.shape, self.source))
    }

    fn read(&mut self, region: Region, target: &mut [f32], _: &mut [f32], _: &Workers) -> Result<()> {
        Source::packed(self.shape, self.source).copy(region, target);
        Ok(())
    }

    fn write(&mut self, region: Region, source: Pitched, _: &mut [f32], _: &Workers) -> Result<()> {
        let ([_, ny, nx], [planes, rows, columns]) = (self.shape, region.ranges());
        for z in planes {
            for y in rows.clone() {
                let line = source.row(z - region.start[0], y - region.start[1]);
                self.target[(z * ny + y) * nx..][columns.clone()].copy_from_slice(&line[..columns.len()]);
            }
        }
        Ok(())
    }
}
