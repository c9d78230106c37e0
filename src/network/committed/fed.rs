//! What reaches a network of an image: what its input's type cannot hold, and what its layers may be wrong about.

use super::Network;
use super::execute::part;
use crate::network::tensor;
use crate::network::treatment::PIECE;

/// Of an image, as it reaches the network.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fed {
    /// Samples below and above what the input's type holds.
    pub saturated: [u64; 2],
    /// Mean and deviation.
    pub moments: [f64; 2],
}

impl Network {
    /// Looks at what reaches the network of an image; `None` where nothing of it can go wrong.
    pub(super) fn fed(&self, image: &[f32]) -> Option<Fed> {
        let range = |input: usize| tensor::range(self.geometry.inputs[input].sample_type);
        if self.normalises.is_none() && self.geometry.fed.iter().all(|&(input, _)| range(input).is_none()) {
            return None;
        }
        let (mut fed, mut sum, mut squares) = (Fed::default(), 0.0_f64, 0.0_f64);
        // Squares of differences to the first sample lose less than squares of the samples.
        let mut origin = None;
        let mut buffer = [0.0_f32; PIECE];
        for (at, before) in self.before.iter().enumerate() {
            let own = part(&self.fit, &self.geometry, image, at);
            let [_, planes, rows, columns] = own.extents;
            let (input, _) = self.geometry.fed[at % self.geometry.fed.len()];
            let [low, high] = range(input).unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
            let line = |channel: usize, plane: usize, row: usize| {
                let start = ((channel * planes + plane) * rows + row) * columns;
                &own.samples[start..start + columns]
            };
            for number in 0..own.samples.len() / columns {
                let (channel, plane, row) = (number / rows / planes, number / rows % planes, number % rows);
                for (piece, samples) in line(channel, plane, row).chunks(PIECE).enumerate() {
                    let (first, length) = (piece * PIECE, samples.len());
                    let reached = &mut buffer[..length];
                    reached.copy_from_slice(samples);
                    let other = |channel: usize, samples: &mut [f32]| {
                        samples.copy_from_slice(&line(channel, plane, row)[first..first + length]);
                    };
                    before.apply_to_row(reached, [channel, plane, row], |column| first + column, other);
                    for &sample in &*reached {
                        // What rounds to the ends of the range is held.
                        fed.saturated[0] += u64::from(sample < low - 0.5);
                        fed.saturated[1] += u64::from(sample > high + 0.5);
                        let away = f64::from(sample) - *origin.get_or_insert(f64::from(sample));
                        (sum, squares) = (sum + away, squares + away * away);
                    }
                }
            }
        }
        let count = image.len().max(1) as f64;
        let mean = sum / count;
        fed.moments = [origin.unwrap_or(0.0) + mean, (squares / count - mean * mean).max(0.0).sqrt()];
        Some(fed)
    }
}
