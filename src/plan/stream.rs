//! Images that go through a deconvolution in tiles.

use std::time::Instant;

use super::images::{Images, refuse_not_finite};
use super::record::{Outcome, Record};
use crate::deconvolve::{self, Background, Blocks, Deconvolution};
use crate::error::{Result, zeroed};
use crate::image::{Clipped, Dtype, Layout, Pitched, Region, Source};
use crate::runtime::{Rows, Watch, Workers};

/// The parts of a chain that is one deconvolution, with or without background before it: images go from source to
/// target tile by tile, and nothing holds a whole one on the way.
pub struct Stream<'a> {
    pub input: &'a Layout,
    pub output: &'a Layout,
    pub workers: &'a Workers,
    pub background: Option<&'a mut Background>,
    pub deconvolution: &'a mut Deconvolution,
    /// The block that is worked on; empty where images are read in place.
    pub frame: &'a mut [f32],
    pub record: &'a mut Record,
}

impl Stream<'_> {
    /// Sees to it that in a series nothing is written before all of it is known to be finite. Whole numbers always are,
    /// and a single image is looked at before its first tile is written.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::error::Error::Argument) where a sample is not finite;
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn check_finite(&mut self, images: &mut dyn Images, watch: &mut Watch) -> Result<()> {
        let series = self.input.volumes() > 1 && matches!(self.input.dtype(), Dtype::F16 | Dtype::F32);
        watch.control().span(0.0, 0.0);
        for image in 0..if series { self.input.volumes() } else { 0 } {
            let mut blocks = Passage::new(self, image, images);
            self.deconvolution.show(&mut blocks, self.frame, self.workers, watch, &mut |_| Ok(()))?;
        }
        Ok(())
    }

    /// Runs every image through the steps. Nothing is cancelled after the last write: what was asked before is heard by
    /// [`Deconvolution::execute_blocks`].
    ///
    /// # Errors
    /// What reading and writing say; [`Error::Argument`](crate::error::Error::Argument) for samples that are not
    /// finite; [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn execute(&mut self, images: &mut dyn Images, watch: &mut Watch) -> Result<()> {
        let count = self.input.volumes();
        for image in 0..count {
            let [start, end] = [image, image + 1].map(|done| done as f64 / count as f64);
            watch.control().span(start, end - start);
            let mut blocks = Passage::new(self, image, images);
            let mut at = 0;
            let (started, mut subtracted) = (Instant::now(), None);
            if let Some(background) = &mut self.background {
                watch.control().span(start, 0.0);
                if background.is_estimated() {
                    let look = &mut |piece: &deconvolve::Piece| {
                        background.look(piece, self.workers);
                        Ok(())
                    };
                    self.deconvolution.show(&mut blocks, self.frame, self.workers, watch, look)?;
                }
                let found = background.subtracted();
                blocks.background = found.value;
                subtracted = Some((found, started.elapsed()));
                watch.control().span(start, end - start);
            }
            let started = Instant::now();
            let outcome = self.deconvolution.execute_blocks(&mut blocks, self.frame, self.workers, watch)?;
            let time = started.elapsed();
            let samples = self.input.volume_shape().iter().map(|&extent| extent as f64).product::<f64>();
            let flux_in = outcome.flux_in + blocks.background * samples;
            let (flux_out, clipped) = (outcome.flux_out, blocks.clipped);
            if let Some((mut found, time)) = subtracted {
                found.negative = outcome.negative;
                self.record.stage(at, time, Outcome::Background(found));
                at += 1;
            }
            self.record.stage(at, time, Outcome::Deconvolve(outcome));
            self.record.clipped(clipped);
            self.record.flux(flux_in, flux_out);
        }
        Ok(())
    }
}

/// One of the images, on its way.
struct Passage<'a> {
    images: &'a mut dyn Images,
    input: &'a Layout,
    output: Dtype,
    image: usize,
    /// What is taken from every sample that is read.
    background: f64,
    clipped: Clipped,
}

impl<'a> Passage<'a> {
    fn new(stream: &Stream<'a>, image: usize, images: &'a mut dyn Images) -> Self {
        let output = stream.output.dtype();
        Self { images, input: stream.input, output, image, background: 0.0, clipped: Clipped::default() }
    }
}

impl Blocks for Passage<'_> {
    fn source(&self) -> Option<Source<'_>> {
        Some(self.images.source(self.image)?.less(self.background))
    }

    fn read(&mut self, region: Region, target: &mut [f32], room: &mut [f32], workers: &Workers) -> Result<()> {
        let found = self.images.read(self.input.dtype(), self.image, region, target, room, workers)?;
        refuse_not_finite(found.not_finite, target, region, self.input, self.image)?;
        if self.background != 0.0 {
            workers.each(Rows::of_mut(target, region.shape[2]), |_, _, row| {
                row.iter_mut().for_each(|sample| *sample = (f64::from(*sample) - self.background) as f32);
            });
        }
        Ok(())
    }

    fn write(&mut self, region: Region, source: Pitched, room: &mut [f32], workers: &Workers) -> Result<()> {
        let clipped = self.images.write(self.output, self.image, region, source, room, workers)?;
        self.clipped.add(&clipped);
        Ok(())
    }
}

/// A deconvolution among other steps, of a volume in memory.
pub struct Tiled {
    pub deconvolution: Deconvolution,
    /// The result; empty where there is one tile, or images are streamed.
    result: Vec<f32>,
    shape: [usize; 3],
}

impl Tiled {
    /// Allocates what volumes of `shape` need; nothing where images are streamed.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(deconvolution: Deconvolution, shape: [usize; 3], streamed: bool) -> Result<Self> {
        let in_tiles = !streamed && deconvolution.tiles() > 1;
        let result = zeroed("the image in the workspace", if in_tiles { shape.iter().product() } else { 0 })?;
        Ok(Self { deconvolution, result, shape })
    }

    /// Restores a volume in place.
    ///
    /// # Errors
    /// As [`Deconvolution::execute`].
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch) -> Result<deconvolve::Outcome> {
        if self.result.is_empty() {
            return self.deconvolution.execute(image, workers, watch);
        }
        let mut frames = Frames { shape: self.shape, source: image, target: &mut self.result };
        let outcome = self.deconvolution.execute_blocks(&mut frames, &mut [], workers, watch)?;
        image.copy_from_slice(&self.result);
        Ok(outcome)
    }
}

/// A volume in memory whose result goes to another.
struct Frames<'a> {
    shape: [usize; 3],
    source: &'a [f32],
    target: &'a mut [f32],
}

impl Blocks for Frames<'_> {
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
