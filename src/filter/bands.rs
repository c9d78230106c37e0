//! Work on the rows of a volume, in bands between which the host hears how far it is and may cancel.

use crate::error::Result;
use crate::runtime::{Job, PerWorker, Rows, Watch, Workers};

/// Work on rows, each an equal part of it.
pub struct Bands<'a, 'b> {
    workers: &'a Workers,
    watch: &'a mut Watch<'b>,
    /// All rows, and those that are done.
    rows: usize,
    done: usize,
}

impl<'a, 'b> Bands<'a, 'b> {
    /// Work on `rows` rows in all.
    pub fn new(workers: &'a Workers, watch: &'a mut Watch<'b>, rows: usize) -> Self {
        Self { workers, watch, rows, done: 0 }
    }

    /// The threads.
    pub fn workers(&self) -> &'a Workers {
        self.workers
    }

    /// Says that so many rows were made by other means.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn pass(&mut self, rows: usize) -> Result<()> {
        self.done += rows;
        self.watch.advance(self.done as f64 / self.rows as f64)
    }

    /// Makes each row of `target`, of `width` samples, with its number and the thread's part of `scratch`.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn each(
        &mut self,
        target: &mut [f32],
        width: usize,
        scratch: &mut [f32],
        work: impl Fn(usize, &mut [f32], &mut [f32]) + Sync,
    ) -> Result<()> {
        let share = scratch.len() / self.workers.threads();
        for (band, rows) in target.chunks_mut(width * BAND).enumerate() {
            let count = rows.len() / width;
            let job = Job::new(self.workers, self.watch.control());
            job.each((Rows::of_mut(rows, width), PerWorker::of(scratch, share)), |_, row, (target, scratch)| {
                work(band * BAND + row, target, scratch);
                Ok(())
            })?;
            self.pass(count)?;
        }
        Ok(())
    }
}

/// Rows of a band: enough for many threads.
const BAND: usize = 64;
