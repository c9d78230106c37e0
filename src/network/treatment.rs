//! What is done to a tensor, operation by operation, with numbers that follow from whole images.

use std::sync::atomic::{AtomicU64, Ordering};

use super::operations::{Operation, Whose};
use super::statistics::{Gauge, Whole};
use super::step::{Step, Table, softmax};
use crate::error::Result;
use crate::runtime::{Rows, Workers};

/// Operations with their steps. The numbers follow from images that are observed, each once in every pass; all
/// operations take theirs of the tensor as it arrives, before any of them acts.
pub struct Treatment {
    parts: Vec<Part>,
    /// Channels of the tensors.
    channels: usize,
    /// Samples that clips have cut since it was last measured.
    cut: AtomicU64,
}

struct Part {
    operation: Operation,
    gauges: [Option<Gauge>; 2],
    step: Step,
}

impl Treatment {
    /// For tensors of extents (c, z, y, x) `own`, and reference tensors of those of `reference`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(operations: Vec<Operation>, own: [usize; 4], reference: [usize; 4]) -> Result<Self> {
        let part = |operation: Operation| {
            let [first, second] = operation.wanted().map(|wanted| {
                wanted.map(|(whose, statistic, over)| Gauge::new(statistic, over, whose.of(own, reference))).transpose()
            });
            let gauges = [first?, second?];
            let step = operation.step(&gauges)?;
            Ok(Part { operation, gauges, step })
        };
        Ok(Self {
            parts: operations.into_iter().map(part).collect::<Result<_>>()?,
            channels: own[0],
            cut: AtomicU64::new(0),
        })
    }

    /// Memory that statistics of these operations take, and the numbers that follow from them.
    pub fn bytes(operations: &[Operation], own: [usize; 4], reference: [usize; 4]) -> u64 {
        let wanted = operations.iter().flat_map(|operation| operation.wanted().into_iter().flatten());
        let bytes = |(whose, statistic, over): (Whose, _, super::statistics::Over)| {
            let form = whose.of(own, reference);
            Gauge::bytes(statistic, over, form).saturating_add(Table::bytes(over.apart(form)).saturating_mul(2))
        };
        wanted.map(bytes).fold(0, u64::saturating_add)
    }

    /// How often every image must be observed; 0 where no number follows from images.
    pub fn passes(&self) -> usize {
        self.parts.iter().flat_map(|part| part.gauges.iter().flatten()).map(Gauge::passes).max().unwrap_or(0)
    }

    /// Forgets all images.
    pub fn begin(&mut self) {
        *self.cut.get_mut() = 0;
        self.gauges().for_each(|(_, gauge)| gauge.begin());
    }

    /// Observes an image in a pass.
    pub fn observe(&mut self, pass: usize, own: Whole<'_>, reference: Whole<'_>, workers: &Workers) {
        self.gauges().for_each(|(whose, gauge)| gauge.observe(pass, whose.of(own, reference), workers));
    }

    /// Ends a pass; the last one gives the steps their numbers.
    pub fn turn(&mut self, pass: usize) {
        self.gauges().for_each(|(_, gauge)| gauge.turn(pass));
        for part in &mut self.parts {
            part.operation.settle(&part.gauges, &mut part.step);
        }
    }

    /// All passes over one image.
    pub fn measure(&mut self, own: Whole<'_>, reference: Whole<'_>, workers: &Workers) {
        self.begin();
        for pass in 0..self.passes() {
            self.observe(pass, own, reference, workers);
            self.turn(pass);
        }
    }

    /// What becomes of a row of up to [`PIECE`] samples at channel, plane and row `place`: `column` is the column of each
    /// of them, and `read` reads the same row of another channel, for softmax along the channels.
    pub fn apply_to_row(
        &self,
        row: &mut [f32],
        place: [usize; 3],
        column: impl Fn(usize) -> usize,
        read: impl Fn(usize, &mut [f32]),
    ) {
        if !self.parts.is_empty() {
            let (mut wide, wide_row) = ([0.0; PIECE], row.len());
            let wide = &mut wide[..wide_row];
            widen(wide, row);
            self.through(self.parts.len(), wide, place, &column, &read);
            row.iter_mut().zip(wide).for_each(|(sample, wide)| *sample = *wide as f32);
        }
    }

    /// The first `count` steps on a row.
    fn through(
        &self,
        count: usize,
        row: &mut [f64],
        place: [usize; 3],
        column: &impl Fn(usize) -> usize,
        read: &impl Fn(usize, &mut [f32]),
    ) {
        let parts = &self.parts[..count];
        let Some(joining) = parts.iter().rposition(|part| matches!(part.step, Step::Softmax(_))) else {
            return parts.iter().for_each(|part| part.step.apply(row, place, column));
        };
        let (mut top, mut sum) = ([f64::NEG_INFINITY; PIECE], [0.0; PIECE]);
        for channel in 0..self.channels {
            let (mut samples, mut other) = ([0.0_f32; PIECE], [0.0; PIECE]);
            let (samples, other) = (&mut samples[..row.len()], &mut other[..row.len()]);
            read(channel, samples);
            widen(other, samples);
            self.through(joining, other, [channel, place[1], place[2]], column, read);
            for ((&mut x, top), sum) in other.iter_mut().zip(&mut top).zip(&mut sum) {
                let higher = top.max(x);
                *sum = *sum * (*top - higher).exp() + (x - higher).exp();
                *top = higher;
            }
        }
        self.through(joining, row, place, column, read);
        row.iter_mut().zip(top).zip(sum).for_each(|((x, top), sum)| *x = (*x - top).exp() / sum);
        parts[joining + 1..].iter().for_each(|part| part.step.apply(row, place, column));
    }

    /// What becomes of a packed tensor (c, z, y, x) of these extents.
    pub fn apply(&self, samples: &mut [f32], extents: [usize; 4], workers: &Workers) {
        let [_, planes, rows, columns] = extents;
        for parts in self.parts.split_inclusive(|part| matches!(part.step, Step::Softmax(_))) {
            workers.each(Rows::of_mut(samples, columns.max(1)), |_, at, row| {
                let place = [at / (planes * rows), at / rows % planes, at % rows];
                let mut wide = [0.0; PIECE];
                for (at, piece) in row.chunks_mut(PIECE).enumerate() {
                    let wide = &mut wide[..piece.len()];
                    widen(wide, piece);
                    let column = |within| at * PIECE + within;
                    for Part { step, .. } in parts {
                        self.cut.fetch_add(step.cuts(wide, place, &column), Ordering::Relaxed);
                        step.apply(wide, place, &column);
                    }
                    piece.iter_mut().zip(wide).for_each(|(sample, wide)| *sample = *wide as f32);
                }
            });
            if let Some(Part { step: Step::Softmax(axis), .. }) = parts.last() {
                softmax(samples, extents, *axis);
            }
        }
    }

    /// Samples that clips have cut in [`Treatment::apply`] since it was last measured.
    pub fn samples_cut(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }

    /// Gain and offset of all steps together, where they are linear with the same numbers everywhere:
    /// `x * gain + offset`.
    pub fn linear(&self) -> Option<(f64, f64)> {
        self.parts.iter().try_fold((1.0, 0.0), |(gain, offset), part| {
            part.step.linear().map(|(by, plus)| (gain * by, offset * by + plus))
        })
    }

    fn gauges(&mut self) -> impl Iterator<Item = (Whose, &mut Gauge)> {
        self.parts.iter_mut().flat_map(|part| {
            let whose = part.operation.wanted().map(|wanted| wanted.map_or(Whose::Own, |wanted| wanted.0));
            whose.into_iter().zip(&mut part.gauges).filter_map(|(whose, gauge)| Some((whose, gauge.as_mut()?)))
        })
    }
}

impl Whose {
    fn of<T>(self, own: T, reference: T) -> T {
        match self {
            Self::Own => own,
            Self::Reference => reference,
        }
    }
}

fn widen(wide: &mut [f64], row: &[f32]) {
    wide.iter_mut().zip(row).for_each(|(wide, &sample)| *wide = sample.into());
}

/// Samples that are processed together.
pub const PIECE: usize = 512;
