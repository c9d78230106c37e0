//! What reaches a network of an image: what its input's type cannot hold, and what its layers may be wrong about.

use super::Network;
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
    /// Looks at what reaches the network; `None` where nothing of it can go wrong.
    pub(super) fn fed(&self, input: &[f32]) -> Option<Fed> {
        let range = tensor::range(self.geometry.inputs[self.geometry.image].sample_type);
        if range.is_none() && self.normalises.is_none() {
            return None;
        }
        let [low, high] = range.unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
        let [_, planes, rows, columns] = self.fit.shape;
        let (mut fed, mut sum, mut squares) = (Fed::default(), 0.0_f64, 0.0_f64);
        // Squares of differences to the first sample lose less than squares of the samples.
        let mut first = None;
        let mut buffer = [0.0_f32; PIECE];
        for (line, image) in input.chunks_exact(columns).enumerate() {
            let (at, plane, row) = (line / rows / planes, line / rows % planes, line % rows);
            let (group, channel) = (at / self.fit.width, at % self.fit.width);
            for (piece, samples) in image.chunks(PIECE).enumerate() {
                let (first_column, length) = (piece * PIECE, samples.len());
                let other = |channel: usize, row_of: &mut [f32]| {
                    let line = ((group * self.fit.width + channel) * planes + plane) * rows + row;
                    row_of.copy_from_slice(&input[line * columns + first_column..][..length]);
                };
                let fed_piece = &mut buffer[..length];
                fed_piece.copy_from_slice(samples);
                self.before[group].apply_to_row(fed_piece, [channel, plane, row], |at| first_column + at, other);
                for &sample in &*fed_piece {
                    // What rounds to the ends of the range is held.
                    fed.saturated[0] += u64::from(sample < low - 0.5);
                    fed.saturated[1] += u64::from(sample > high + 0.5);
                    let away = f64::from(sample) - *first.get_or_insert(f64::from(sample));
                    (sum, squares) = (sum + away, squares + away * away);
                }
            }
        }
        let count = input.len().max(1) as f64;
        let mean = sum / count;
        fed.moments = [first.unwrap_or(0.0) + mean, (squares / count - mean * mean).max(0.0).sqrt()];
        Some(fed)
    }
}
