//! The samples that a stage runs on.

use std::ops::Range;

use super::Grid;
use crate::error::Result;

/// The group of images in work, packed (c, z, y, x): one channel of a time point, or all of them.
pub struct Group<'a> {
    frame: &'a mut Vec<f32>,
    spare: &'a mut Vec<f32>,
    before: &'a Grid,
    after: &'a Grid,
    /// Its number, time point by time point.
    number: usize,
    /// The channels of `before` that are to be worked on.
    chosen: Range<usize>,
}

impl<'a> Group<'a> {
    /// Group `number`, whose samples are the first of `frame`, before and after the stage that is to run; `spare` has space
    /// for the result of a stage that does not work in place.
    pub fn new(
        frame: &'a mut Vec<f32>,
        spare: &'a mut Vec<f32>,
        [before, after]: [&'a Grid; 2],
        number: usize,
    ) -> Self {
        let chosen = 0..before.shape[0];
        Self { frame, spare, before, after, number, chosen }
    }

    /// Each channel, packed (z, y, x), to be changed in place.
    pub fn channels(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let volume: usize = self.before.volume().iter().product();
        self.frame[volume * self.chosen.start..volume * self.chosen.end].chunks_exact_mut(volume)
    }

    /// Its number, from 0, time point by time point: with one channel each, group g is channel g modulo the channels.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Has [`Group::channels`] give only that one.
    pub fn choose(&mut self, channel: usize) {
        self.chosen = channel..channel + 1;
    }

    /// Puts the samples that `work` makes of all channels in their place. It gets the samples as they are and those to
    /// be written, with the extents of [`Step::output`].
    ///
    /// # Errors
    /// What `work` says.
    pub fn replace<T>(&mut self, work: impl FnOnce(&[f32], &mut [f32]) -> Result<T>) -> Result<T> {
        let done = work(&self.frame[..self.before.samples()], &mut self.spare[..self.after.samples()])?;
        std::mem::swap(self.frame, self.spare);
        Ok(done)
    }

    /// As [`Group::replace`], with how many channels there are.
    ///
    /// # Errors
    /// What `work` says.
    pub fn replace_counted(&mut self, work: impl FnOnce(&[f32], &mut [f32], usize) -> Result<()>) -> Result<()> {
        let channels = self.before.shape[0];
        self.replace(|before, after| work(before, after, channels))
    }

    /// As [`Group::replace`], one channel after the other.
    ///
    /// # Errors
    /// What `work` says.
    pub fn replace_each(&mut self, mut work: impl FnMut(&[f32], &mut [f32]) -> Result<()>) -> Result<()> {
        self.replace_counted(|before, after, channels| {
            let after = after.chunks_exact_mut(after.len() / channels);
            before.chunks_exact(before.len() / channels).zip(after).try_for_each(|(before, after)| work(before, after))
        })
    }
}
