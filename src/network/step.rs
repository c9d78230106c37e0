//! Processing steps with their numbers, as they act on samples.

/// What happens to a sample of channel `c` and plane `z`.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `x * gain + offset`.
    Linear {
        /// Factors.
        gain: Table,
        /// Summands.
        offset: Table,
    },
    /// `(x - offset) / scale`, computed as written so that it agrees with the reference to the last bit.
    Normalise {
        /// What is taken away.
        offset: Table,
        /// What it is divided by.
        scale: Table,
    },
    /// `x.clamp(low, high)`.
    Clamp {
        /// Lower bounds.
        low: Table,
        /// Upper bounds.
        high: Table,
    },
    /// `x > threshold`.
    Above(Table),
    /// The logistic function.
    Sigmoid,
    /// Softmax along the channels.
    Softmax,
    /// Cut off to whole numbers of a type, towards zero.
    Whole {
        /// Least.
        low: f32,
        /// Greatest.
        high: f32,
    },
    /// Nothing.
    Nothing,
}

/// A number for every channel and plane, or fewer.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Entry `c * planes + z`.
    values: Vec<f32>,
    /// Whether there is an entry for every channel.
    channels: bool,
    /// Entries a channel: 1, or the number of planes.
    planes: usize,
}

impl Table {
    /// The same for all.
    pub fn one(value: f64) -> Self {
        Self { values: vec![value as f32], channels: false, planes: 1 }
    }

    /// One a channel, or one for all where the list has one.
    pub fn by_channel(values: &[f64]) -> Self {
        Self { values: values.iter().map(|&value| value as f32).collect(), channels: values.len() > 1, planes: 1 }
    }

    /// Zeros for so many channels and planes, of which 1 stands for all.
    pub fn zeros([channels, planes]: [usize; 2]) -> Self {
        Self { values: vec![0.0; channels * planes], channels: channels > 1, planes }
    }

    /// Replaces the numbers by those of a function of channel and plane.
    pub fn fill(&mut self, number: impl Fn(usize, usize) -> f64) {
        for (at, value) in self.values.iter_mut().enumerate() {
            *value = number(at / self.planes, at % self.planes) as f32;
        }
    }

    /// The number for a channel and plane; the last where the author gave too few.
    pub fn at(&self, channel: usize, plane: usize) -> f32 {
        let channel = if self.channels { channel } else { 0 };
        let at = channel * self.planes + if self.planes > 1 { plane } else { 0 };
        self.values[at.min(self.values.len() - 1)]
    }
}

impl Step {
    /// What becomes of a row of samples of channel `channel` and plane `plane`; [`Step::Softmax`] needs [`softmax`]
    /// instead.
    pub fn apply(&self, row: &mut [f32], channel: usize, plane: usize) {
        match self {
            Self::Linear { gain, offset } => {
                let (gain, offset) = (gain.at(channel, plane), offset.at(channel, plane));
                row.iter_mut().for_each(|x| *x = *x * gain + offset);
            }
            Self::Normalise { offset, scale } => {
                let (offset, scale) = (offset.at(channel, plane), scale.at(channel, plane));
                row.iter_mut().for_each(|x| *x = (*x - offset) / scale);
            }
            Self::Clamp { low, high } => {
                let (low, high) = (low.at(channel, plane), high.at(channel, plane));
                row.iter_mut().for_each(|x| *x = x.max(low).min(high));
            }
            Self::Above(threshold) => {
                let threshold = threshold.at(channel, plane);
                row.iter_mut().for_each(|x| *x = f32::from(u8::from(*x > threshold)));
            }
            Self::Sigmoid => row.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp())),
            Self::Whole { low, high } => row.iter_mut().for_each(|x| *x = x.trunc().max(*low).min(*high)),
            Self::Softmax | Self::Nothing => {}
        }
    }

    /// Samples of a row that a clip will cut.
    pub fn cuts(&self, row: &[f32], channel: usize, plane: usize) -> u64 {
        let Self::Clamp { low, high } = self else { return 0 };
        let (low, high) = (low.at(channel, plane), high.at(channel, plane));
        row.iter().filter(|x| **x < low || **x > high).count() as u64
    }

    /// Gain and offset of a step that is linear with the same numbers for all channels and planes: `x * gain + offset`.
    pub fn linear(&self) -> Option<(f64, f64)> {
        let one = |table: &Table| (table.values.len() == 1).then(|| f64::from(table.values[0]));
        match self {
            Self::Linear { gain, offset } => Some((one(gain)?, one(offset)?)),
            Self::Normalise { offset, scale } => Some((1.0 / one(scale)?, -one(offset)? / one(scale)?)),
            Self::Nothing | Self::Whole { .. } | Self::Clamp { .. } => Some((1.0, 0.0)),
            Self::Above(_) | Self::Sigmoid | Self::Softmax => None,
        }
    }
}

/// Replaces a packed tensor by its softmax along the channels; `plane` is the number of samples of a channel.
pub fn softmax(samples: &mut [f32], plane: usize) {
    for at in 0..plane {
        let top = samples[at..].iter().step_by(plane).fold(f32::NEG_INFINITY, |top, &x| top.max(x));
        let mut sum = 0.0_f64;
        for x in samples[at..].iter_mut().step_by(plane) {
            *x = (*x - top).exp();
            sum += f64::from(*x);
        }
        samples[at..].iter_mut().step_by(plane).for_each(|x| *x = (f64::from(*x) / sum) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_sums_to_one() {
        let mut samples = [1.0, -2.0, 3.0, 0.5, 0.0, 1000.0];
        softmax(&mut samples, 2);
        assert!((samples[0] + samples[2] + samples[4] - 1.0).abs() < 1e-6);
        assert!((samples[5] - 1.0).abs() < 1e-6);
    }
}
