//! A committed plan enhances images.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use super::chain::Chain;
use super::executing::Executing;
use super::images::{Buffers, Images};
use super::{Plan, Work, not_committed};
use crate::error::{Error, Result, zeroed};
use crate::image::Layout;
use crate::runtime::{Answer, Level, Watch};

impl Plan {
    /// Enhances one image. `buffers` gets the bytes that source and target need, and whether their layouts are
    /// equal, and gives them.
    ///
    /// # Errors
    /// [`Error::State`] when not committed, [`Error::Cancelled`], what `buffers` says, and [`Error::Argument`] for
    /// samples that are not finite.
    pub fn execute<'a>(&self, buffers: impl FnOnce(u64, u64, bool) -> Result<Buffers<'a>>) -> Result<()> {
        self.run(self.work()?, None, |chain, watch| with_buffers(chain, buffers, watch)).map(drop)
    }

    /// As [`Plan::execute`], with progress that goes to `listener` instead of the plan's own; it is asked while other calls are
    /// waited for, too; gives how many samples did not fit the target's type.
    ///
    /// # Errors
    /// As [`Plan::execute`].
    pub fn execute_heard<'a>(
        &self,
        buffers: impl FnOnce(u64, u64, bool) -> Result<Buffers<'a>>,
        listener: &mut dyn FnMut(f64) -> Answer,
    ) -> Result<u64> {
        self.run(self.work_heard(listener)?, Some(listener), |chain, watch| with_buffers(chain, buffers, watch))
    }

    /// As [`Plan::execute`], but that it waits for no other call on the plan.
    ///
    /// # Errors
    /// As [`Plan::execute`]; [`Error::Busy`] where another call is at work.
    pub fn try_execute<'a>(&self, buffers: impl FnOnce(u64, u64, bool) -> Result<Buffers<'a>>) -> Result<()> {
        self.refuse_inside()?;
        let busy = || Error::Busy("plan is busy on another call; call again when that is done".into());
        let work = self.free().ok_or_else(busy)?;
        self.run(work, None, |chain, watch| with_buffers(chain, buffers, watch)).map(drop)
    }

    /// As [`Plan::execute`], of images that `images` reads and writes part by part.
    ///
    /// # Errors
    /// As [`Plan::execute`]; what `images` says; [`Error::State`] for a plan that is not made for blocks.
    pub fn execute_blocks(&self, images: &mut dyn Images) -> Result<()> {
        self.run(self.work()?, None, |chain, watch| chain.execute_blocks(images, watch)).map(drop)
    }

    /// The layouts of source and target of a committed plan.
    ///
    /// # Errors
    /// [`Error::State`] for other plans.
    pub fn layouts(&self) -> Result<(Layout, Layout)> {
        self.work()?.chain.as_ref().map(Chain::layouts).ok_or_else(not_committed)
    }

    /// The layouts of a committed plan that takes one image of `shape` (z, y, x) to one of `after`.
    ///
    /// # Errors
    /// [`Error::State`] for other plans.
    pub fn takes_samples(&self, shape: [usize; 3], after: [usize; 3]) -> Result<(Layout, Layout)> {
        let work = self.work()?;
        if work.chain.is_none() {
            return Err(not_committed());
        }
        let (draft, settings) = (self.lock_draft().clone(), self.context.settings());
        let limits = draft.limits(&settings, &self.control);
        let (input, output) = (draft.input()?.clone(), draft.output(limits)?);
        let fits = |layout: &Layout, shape| layout.volumes() == 1 && layout.volume_shape() == shape;
        if !fits(&input, shape) || !fits(&output, after) {
            return Err(Error::State(format!(
                "plan takes {:?} to {:?}; it must take one image of {shape:?} samples along z, y, x to one of {after:?}",
                input.shape(),
                output.shape()
            )));
        }
        Ok((input, output))
    }

    /// Enhances one image of packed samples (z, y, x) into another, with their extents, whatever the types of source and target;
    /// progress goes to `listener` instead of the plan's own.
    ///
    /// # Errors
    /// As [`Plan::execute`]; [`Error::State`] for a plan that is not made for one image of these extents, or gives others.
    pub fn execute_samples(
        &self,
        (source, shape): (&[f32], [usize; 3]),
        (target, after): (&mut [f32], [usize; 3]),
        listener: &mut dyn FnMut(f64) -> Answer,
    ) -> Result<()> {
        let (input, output) = self.takes_samples(shape, after)?;
        let workers = self.context.workers()?;
        let bytes = |layout: &Layout| usize::try_from(layout.bytes()).unwrap_or(usize::MAX);
        let mut before: Vec<u8> = zeroed("plan's source", bytes(&input))?;
        let mut after: Vec<u8> = zeroed("plan's target", bytes(&output))?;
        input.write(source, 0, &mut before, &workers);
        self.run(self.work()?, Some(listener), |chain, watch| {
            // No image is the next of a series here.
            chain.forget();
            chain.execute(Buffers::Apart { source: &before, target: &mut after }, watch)
        })?;
        output.read(&after, 0, target, &workers);
        Ok(())
    }

    /// Runs `body` on the chain; gives how many samples did not fit the target's type.
    fn run(
        &self,
        mut work: MutexGuard<'_, Work>,
        instead: Option<&mut dyn FnMut(f64) -> Answer>,
        body: impl FnOnce(&mut Chain, &mut Watch<'_>) -> Result<()>,
    ) -> Result<u64> {
        let Work { chain, listener, .. } = &mut *work;
        let chain = chain.as_mut().ok_or_else(not_committed)?;
        if self.tuned.load(Ordering::Relaxed) {
            let draft = self.lock_draft();
            chain.retune(&draft)?;
            self.tuned.store(false, Ordering::Relaxed);
        }
        self.control.begin();
        let _executing = Executing::new(&self.executing);
        let mut silent = |_| Answer::Continue;
        let listener: &mut dyn FnMut(f64) -> Answer = match (instead, listener) {
            (Some(instead), _) => instead,
            (None, Some(listener)) => listener,
            (None, None) => &mut silent,
        };
        let done = body(chain, &mut Watch::new(&self.control, listener));
        let clipped = chain.samples_clipped();
        self.clipped.store(clipped, Ordering::Relaxed);
        for (place, value) in self.scaling.iter().zip(chain.scaling()) {
            place.store(value.to_bits(), Ordering::Relaxed);
        }
        if done.is_ok() {
            chain.warn(&mut |line| self.context.log(Level::Warning, line));
        }
        if let Some(report) = &mut *self.lock_report() {
            chain.tell(report);
        }
        drop(work);
        self.freed.1.notify_all();
        done.map(|()| clipped)
    }
}

/// Runs a chain on the buffers that `buffers` gives for its bytes.
fn with_buffers<'a>(
    chain: &mut Chain,
    buffers: impl FnOnce(u64, u64, bool) -> Result<Buffers<'a>>,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let facts = chain.facts();
    let buffers = buffers(facts.input_bytes, facts.output_bytes, chain.same_place())?;
    chain.execute(buffers, watch)
}
