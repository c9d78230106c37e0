//! Images that go from source to target in tiles.

use std::time::Instant;

use super::images::{Images, refuse_not_finite};
use super::record::Record;
use super::step::{OnRead, Tiles};
use crate::deconvolve::Blocks;
use crate::error::Result;
use crate::image::{Clipped, Dtype, Layout, Piece, Pitched, Region, Source};
use crate::runtime::{Rows, Watch, Workers};

/// The parts of a chain that ends in a stage of tiles, with or without one before it that works on samples as they are
/// read: images go from source to target tile by tile, and nothing holds a whole one on the way.
pub struct Stream<'a> {
    pub input: &'a Layout,
    pub output: &'a Layout,
    pub workers: &'a Workers,
    pub on_read: Option<&'a mut dyn OnRead>,
    pub tiles: &'a mut dyn Tiles,
    /// The block that is worked on; empty where images are read in place.
    pub frame: &'a mut [f32],
    pub record: &'a mut Record,
}

impl Stream<'_> {
    /// Sees to it that in a series nothing is written before all of it is known to be finite. Whole numbers always are,
    /// and a single image is surveyed before its first tile is written.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::error::Error::Argument) where a sample is not finite;
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn check_finite(&mut self, images: &mut dyn Images, watch: &mut Watch) -> Result<()> {
        let series = self.input.volumes() > 1 && matches!(self.input.dtype(), Dtype::F16 | Dtype::F32);
        watch.control().span(0.0, 0.0);
        for image in 0..if series { self.input.volumes() } else { 0 } {
            self.tiles.turn_to(image);
            let mut blocks = Passage::new(self.input, self.output.dtype(), image, images);
            self.tiles.show(&mut blocks, self.frame, self.workers, watch, &mut |_| Ok(()))?;
        }
        Ok(())
    }

    /// Runs every image through the steps. Nothing is cancelled after the last write: what was asked before is heard by
    /// [`Tiles::execute`].
    ///
    /// # Errors
    /// What reading and writing say; [`Error::Argument`](crate::error::Error::Argument) for samples that are not
    /// finite; [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn execute(&mut self, images: &mut dyn Images, watch: &mut Watch) -> Result<()> {
        let count = self.input.volumes();
        for image in 0..count {
            let [start, end] = [image, image + 1].map(|done| done as f64 / count as f64);
            watch.control().span(start, end - start);
            self.tiles.turn_to(image);
            let mut blocks = Passage::new(self.input, self.output.dtype(), image, images);
            let started = Instant::now();
            if let Some(stage) = &mut self.on_read {
                watch.control().span(start, 0.0);
                if stage.needs_survey() {
                    let visit = &mut |piece: &Piece<'_>| {
                        stage.survey(piece, self.workers);
                        Ok(())
                    };
                    self.tiles.show(&mut blocks, self.frame, self.workers, watch, visit)?;
                }
                blocks.level = stage.level();
                watch.control().span(start, end - start);
            }
            let surveyed = started.elapsed();
            let done = self.tiles.execute(&mut blocks, self.frame, self.workers, watch)?;
            let time = started.elapsed() - surveyed;
            let (level, clipped) = (blocks.level, blocks.clipped);
            if let Some(stage) = &mut self.on_read {
                stage.done(done.negative);
                self.record.stage(0, surveyed);
            }
            self.record.stage(usize::from(self.on_read.is_some()), time);
            let samples = self.input.volume_shape().iter().map(|&extent| extent as f64).product::<f64>();
            self.record.clipped(clipped);
            self.record.flux(done.flux_in + level * samples, done.flux_out);
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
    level: f64,
    clipped: Clipped,
}

impl<'a> Passage<'a> {
    fn new(input: &'a Layout, output: Dtype, image: usize, images: &'a mut dyn Images) -> Self {
        Self { images, input, output, image, level: 0.0, clipped: Clipped::default() }
    }
}

impl Blocks for Passage<'_> {
    fn source(&self) -> Option<Source<'_>> {
        Some(self.images.source(self.image)?.less(self.level))
    }

    fn read(&mut self, region: Region, target: &mut [f32], scratch: &mut [f32], workers: &Workers) -> Result<()> {
        let found = self.images.read(self.input.dtype(), self.image, region, target, scratch, workers)?;
        refuse_not_finite(found.not_finite, target, region, self.input, self.image)?;
        if self.level != 0.0 {
            workers.each(Rows::of_mut(target, region.shape[2]), |_, _, row| {
                row.iter_mut().for_each(|sample| *sample = (f64::from(*sample) - self.level) as f32);
            });
        }
        Ok(())
    }

    fn write(&mut self, region: Region, source: Pitched, scratch: &mut [f32], workers: &Workers) -> Result<()> {
        let clipped = self.images.write(self.output, self.image, region, source, scratch, workers)?;
        self.clipped.add(&clipped);
        Ok(())
    }
}
