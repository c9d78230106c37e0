//! How far seams can be seen: a tile across the middle seams against what was stitched there.

use super::Network;
use crate::error::Result;
use crate::network::description::AxisKind;
use crate::network::feed::Item;
use crate::network::outcome::Seam;
use crate::network::tiles::Span;
use crate::params::{self, SeamCheck};
use crate::runtime::{Watch, Workers};

impl Network {
    /// Computes a tile across the middle seams and compares it with what was stitched; `running` grows by the seconds
    /// that the network took. `None` where there is no seam, or nobody asked.
    pub(super) fn seam(
        &mut self,
        input: &[f32],
        output: &[f32],
        workers: &Workers,
        watch: &Watch<'_>,
        running: &mut f64,
    ) -> Result<Option<Seam>> {
        let wanted = match self.settings.choice(params::MODEL_SEAM_CHECK) {
            SeamCheck::Auto => !self.geometry.exact(),
            SeamCheck::Never => false,
            SeamCheck::Always => true,
        };
        if !wanted || self.fit.averages || self.choice.lines.iter().all(|line| line.spans.len() == 1) {
            return Ok(None);
        }
        let planar = self.geometry.planar;
        let shifted: [Span; 3] = [0, 1, 2].map(|at| self.geometry.rules[at].across(&self.choice.lines[at]));
        let item = Item { channel: 0, group: 0, plane: 0, spans: shifted };
        *running += self.run(input, &[item], workers, watch)?;
        let strides = &self.results[0];
        let tensor = self.session.outputs()[self.geometry.given[0]].values();
        let (mut worst, mut low, mut high, mut samples) = (0.0_f64, f64::INFINITY, f64::NEG_INFINITY, 0);
        let [_, planes, rows, columns] = self.fit.output;
        let depth = if planar { 0..1 } else { shifted[0].from..shifted[0].to.min(planes) };
        for c in 0..strides.extent(AxisKind::Channel) {
            for z in depth.clone() {
                for y in shifted[1].from..shifted[1].to.min(rows) {
                    for x in shifted[2].from..shifted[2].to.min(columns) {
                        let deep = if planar { 0 } else { z - shifted[0].origin };
                        let own = [deep, y - shifted[1].origin, x - shifted[2].origin];
                        let there = f64::from(output[((c * planes + z) * rows + y) * columns + x]);
                        worst = worst.max((f64::from(tensor[strides.index(c, own)]) - there).abs());
                        (low, high) = (low.min(there), high.max(there));
                        samples += 1;
                    }
                }
            }
        }
        let relative = if high > low { worst / (high - low) } else { 0.0 };
        Ok((samples > 0).then_some(Seam { difference: worst, relative, samples }))
    }
}
