//! How well states of a network do on samples that were held out.

use super::crops::{Crops, EXTENT, Use, hash};
use super::pairs::{Pair, Pairs};
use crate::convnet::Network;
use crate::error::{Result, reserved};
use crate::runtime::Workers;

/// Compares states by the same pairs of the same samples.
pub(super) struct Judge {
    seed: u64,
    /// What the unadapted network misses by, by row.
    reference: Vec<[f64; 2]>,
    own: Vec<[f64; 2]>,
}

/// What a state misses by.
#[derive(Clone, Copy)]
pub(super) struct Verdict {
    /// Mean square of what is missed, in variances of the noise of one sample.
    pub loss: f64,
    /// The unadapted network's minus this.
    pub gain: f64,
    /// Its standard error.
    pub error: f64,
}

impl Judge {
    pub(super) fn new(crops: &Crops, seed: u64) -> Result<Self> {
        let rows = crops.all.len() * EXTENT * DRAWS as usize;
        Ok(Self { seed, reference: reserved(THING, rows)?, own: reserved(THING, rows)? })
    }

    /// The verdict on the state that `network` has; the first is the one that others are compared with.
    pub(super) fn judge(
        &mut self,
        crops: &Crops,
        pairs: &mut Pairs,
        pair: &mut Pair,
        network: &mut Network,
        workers: &Workers,
    ) -> Verdict {
        self.own.clear();
        for (number, crop) in crops.all.iter().enumerate() {
            for draw in 0..DRAWS {
                pairs.draw(crops, crop, Use::HeldOut, hash(&[self.seed, number as u64, draw]), pair);
                network.begin();
                let feed = |y: usize, row: &mut [f32]| row.copy_from_slice(&pair.given[y * EXTENT..][..EXTENT]);
                while let Some(rows) = network.advance(feed, workers) {
                    for y in rows {
                        let mut sums = [0.0; 2];
                        for (x, result) in network.result(y).iter().enumerate() {
                            let (asked, weight) = (pair.asked[y * EXTENT + x], f64::from(pair.weights[y * EXTENT + x]));
                            if weight > 0.0 {
                                sums[0] += weight * f64::from(result - asked).powi(2);
                                sums[1] += 1.0;
                            }
                        }
                        self.own.push(sums);
                    }
                }
            }
        }
        if self.reference.is_empty() {
            self.reference.extend_from_slice(&self.own);
        }
        let count: f64 = self.own.iter().map(|[_, count]| count).sum::<f64>().max(1.0);
        let differences = self.reference.iter().zip(&self.own).map(|(reference, own)| reference[0] - own[0]);
        let gain = differences.clone().sum::<f64>() / count;
        let squares: f64 =
            differences.zip(&self.own).map(|(difference, own)| (difference - gain * own[1]).powi(2)).sum();
        let loss = self.own.iter().map(|[sum, _]| sum).sum::<f64>() / count;
        Verdict { loss, gain, error: squares.sqrt() / count }
    }
}

const THING: &str = "what is held out";
/// Pairs of each crop that a state is judged by.
const DRAWS: u64 = 2;
