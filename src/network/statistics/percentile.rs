//! Exact percentiles by counting, in memory that does not grow with the samples.
//!
//! Samples are taken in the order of their bits. The first pass counts their upper halves, the second the lower halves
//! within the one upper half where the percentile lies.

use crate::error::{Result, zeroed};

/// A percentile of samples that come by twice.
pub struct Percentile {
    share: f64,
    between: bool,
    /// How many samples have each upper half, then, of those with the chosen one, each lower half.
    counts: Vec<u64>,
    samples: u64,
    upper: u32,
    /// Samples below the chosen upper half.
    below: u64,
    /// The least sample above the chosen upper half.
    next: u32,
    value: f64,
}

impl Percentile {
    /// Of samples, the share of which lies below; interpolated between neighbours, or a sample itself.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(share: f64, between: bool) -> Result<Self> {
        let counts = zeroed("a percentile of the image", HALVES)?;
        Ok(Self { share, between, counts, samples: 0, upper: 0, below: 0, next: u32::MAX, value: 0.0 })
    }

    /// Forgets all samples.
    pub fn begin(&mut self) {
        self.counts.fill(0);
        (self.samples, self.upper, self.below, self.next) = (0, 0, 0, u32::MAX);
    }

    /// The first pass over all samples.
    pub fn count_upper<'a>(&mut self, planes: impl Iterator<Item = &'a [f32]>) {
        for plane in planes {
            self.samples += plane.len() as u64;
            plane.iter().for_each(|&sample| self.counts[(order(sample) >> 16) as usize] += 1);
        }
    }

    /// Ends the first pass.
    pub fn choose(&mut self) {
        let (place, _) = self.place();
        let mut below = 0;
        for (upper, &count) in self.counts.iter().enumerate() {
            if below + count > place {
                (self.upper, self.below) = (upper as u32, below);
                break;
            }
            below += count;
        }
        self.counts.fill(0);
    }

    /// The second pass.
    pub fn count_lower<'a>(&mut self, planes: impl Iterator<Item = &'a [f32]>) {
        for &sample in planes.flatten() {
            let order = order(sample);
            match (order >> 16).cmp(&self.upper) {
                std::cmp::Ordering::Equal => self.counts[(order & LOWER) as usize] += 1,
                std::cmp::Ordering::Greater => self.next = self.next.min(order),
                std::cmp::Ordering::Less => {}
            }
        }
    }

    /// Ends the second pass.
    pub fn settle(&mut self) {
        if self.samples == 0 {
            self.value = 0.0;
            return;
        }
        let (place, share) = self.place();
        let at = |place: u64| {
            let mut below = self.below;
            let lower = self.counts.iter().position(|&count| {
                below += count;
                below > place
            });
            lower.map_or(self.next, |lower| self.upper << 16 | lower as u32)
        };
        let low = f64::from(sample(at(place)));
        let high = if share > 0.0 { f64::from(sample(at(place + 1))) } else { low };
        self.value = low + (high - low) * share;
    }

    /// The percentile, once both passes have ended.
    pub fn value(&self) -> f64 {
        self.value
    }

    fn place(&self) -> (u64, f64) {
        place(self.samples, self.share, self.between)
    }
}

/// A percentile of samples in memory, which get sorted.
pub fn of_sorted(samples: &mut [f32], share: f64, between: bool) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    samples.sort_unstable_by(f32::total_cmp);
    let (place, share) = place(samples.len() as u64, share, between);
    let at = |place: u64| f64::from(samples[(place as usize).min(samples.len() - 1)]);
    let low = at(place);
    if share > 0.0 { low + (at(place + 1) - low) * share } else { low }
}

/// The place of the sample, counted from 0, and the share of the next one in the value.
fn place(samples: u64, share: f64, between: bool) -> (u64, f64) {
    if between {
        let place = share * samples.saturating_sub(1) as f64;
        (place.floor() as u64, place.fract())
    } else {
        let at = (share * samples as f64).ceil() as u64;
        (at.clamp(1, samples.max(1)) - 1, 0.0)
    }
}

/// Bits that sort as the samples do.
fn order(sample: f32) -> u32 {
    let bits = sample.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn sample(order: u32) -> f32 {
    f32::from_bits(if order & SIGN == 0 { !order } else { order & !SIGN })
}

const SIGN: u32 = 1 << 31;
const LOWER: u32 = 0xffff;
/// Values of half the bits of a sample.
const HALVES: usize = 1 << 16;
/// Memory of one.
pub const BYTES: u64 = (HALVES * size_of::<u64>()) as u64;
