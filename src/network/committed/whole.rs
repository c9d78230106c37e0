//! The image as a whole, with which tiles that are not exact are compared where it fits beside them.

use std::time::Instant;

use super::Network;
use super::seam::{PLACES, Seen, Target, compare};
use crate::error::Result;
use crate::network::feed::{self, Item, Source};
use crate::network::ready::Spare;
use crate::network::tiles::Span;
use crate::runtime::{Watch, Workers};

/// Tensors for the image as one tile, and which of its samples stands at each place of them.
pub struct Whole {
    /// The tensors.
    pub spare: Spare,
    /// As [`feed::places`].
    pub places: [Vec<usize>; 3],
}

impl Network {
    /// What tiles differ from the image as a whole, for planes and groups of channels spread over it; `None` where it
    /// does not fit.
    pub(super) fn against_whole(
        &mut self,
        input: &[f32],
        output: &[f32],
        workers: &Workers,
        watch: &Watch<'_>,
        running: &mut f64,
    ) -> Result<Option<Seen>> {
        let planes = if self.geometry.planar { self.fit.shape[1] } else { 1 };
        let images = self.fit.groups * planes;
        let mut seen = Seen::default();
        for at in 0..PLACES.min(images) {
            let Some(Whole { spare, places }) = &mut self.whole else { return Ok(None) };
            let image = at * images / PLACES.min(images);
            let (group, plane) = (image / planes, image % planes);
            let whole = |to: usize| Span { start: 0, from: 0, to, fade_in: 0, fade_out: 0, origin: 0 };
            let [_, deep, rows, columns] = self.fit.output;
            let spans = [deep, rows, columns].map(whole);
            let item = Item { channel: group * self.fit.width, group, plane, spans };
            let (shape, planar) = (self.fit.shape, self.geometry.planar);
            let lanes = self.geometry.fed.len();
            for (lane, &(at, first)) in self.geometry.fed.iter().enumerate() {
                let frames = &self.frames;
                let source =
                    Source { samples: input, frames, shape, places, repeat: false, planar, lane: (lane, lanes, first) };
                let tensor = spare.tensors.inputs()[at].values();
                feed::fill(tensor, &spare.ready.feeds[lane], &source, &[item], &self.before, workers);
            }
            let begun = Instant::now();
            self.session.exchange(&mut spare.tensors);
            let run = self.session.run_watched(self.runs_on, watch.control());
            self.session.exchange(&mut spare.tensors);
            run?;
            *running += begun.elapsed().as_secs_f64();
            let target = Target { samples: output, shape: self.fit.output, planar };
            let tensor = spare.tensors.outputs()[self.geometry.given[0]].values();
            compare(tensor, &spare.ready.results[0], &item, target, &mut seen);
        }
        Ok(Some(seen))
    }
}
