//! The image as a whole, with which tiles that are not exact are compared where it fits beside them.

use super::Network;
use super::run::{Each, Which};
use super::seam::PLACES;
use crate::error::Result;
use crate::network::feed::Item;
use crate::network::ready::Ready;
use crate::network::tiles::Span;
use crate::runtime::{Watch, Workers};

/// Tensors for the image as one tile, and which of its samples stands at each place of them.
pub struct Whole {
    /// The tensors.
    pub ready: Ready,
    /// As [`places`](crate::network::feed::places).
    pub places: [Vec<usize>; 3],
}

impl Network {
    /// What tiles differ from the image as a whole, for planes and groups of channels spread over it.
    pub(super) fn against_whole(
        &mut self,
        input: &[f32],
        output: &[f32],
        workers: &Workers,
        watch: &Watch<'_>,
        running: &mut f64,
    ) -> Result<Each> {
        let images = self.images();
        let mut seen = Each::default();
        for at in 0..PLACES.min(images) {
            let (group, plane) = self.image(at * images / PLACES.min(images));
            let whole = |to: usize| Span { start: 0, from: 0, to, fade_in: 0, fade_out: 0, origin: 0 };
            let [_, deep, rows, columns] = self.fit.output;
            let spans = [deep, rows, columns].map(whole);
            let item = Item { channel: group * self.fit.width, group, plane, spans };
            *running += self.run(Which::Whole, input, &[item], workers, watch)?;
            self.compare(Which::Whole, &item, output, &mut seen);
        }
        Ok(seen)
    }
}
