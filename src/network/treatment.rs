//! What is done to a tensor, operation by operation, with numbers that follow from whole images.

use std::sync::atomic::{AtomicU64, Ordering};

use super::operations::{Operation, Whose};
use super::statistics::{Gauge, Whole};
use super::step::{Step, softmax};
use crate::error::Result;
use crate::runtime::{Rows, Workers};

/// Operations with their steps. The numbers follow from images that are observed, each once in every pass; all
/// operations take theirs of the tensor as it arrives, before any of them acts.
pub struct Treatment {
    parts: Vec<Part>,
    /// Samples that clips have cut since it was last measured.
    cut: AtomicU64,
}

struct Part {
    operation: Operation,
    gauges: [Option<Gauge>; 2],
    step: Step,
}

impl Treatment {
    /// For tensors of `own` channels and planes, and reference tensors of those of `reference`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(operations: Vec<Operation>, own: [usize; 2], reference: [usize; 2]) -> Result<Self> {
        let part = |operation: Operation| {
            let [first, second] = operation.wanted().map(|wanted| {
                wanted.map(|(whose, statistic, over)| Gauge::new(statistic, over, whose.of(own, reference))).transpose()
            });
            let gauges = [first?, second?];
            let step = operation.step(&gauges);
            Ok(Part { operation, gauges, step })
        };
        Ok(Self { parts: operations.into_iter().map(part).collect::<Result<_>>()?, cut: AtomicU64::new(0) })
    }

    /// Memory that statistics of these operations take.
    pub fn bytes(operations: &[Operation], own: [usize; 2], reference: [usize; 2]) -> u64 {
        let wanted = operations.iter().flat_map(|operation| operation.wanted().into_iter().flatten());
        wanted.map(|(whose, statistic, over)| Gauge::bytes(statistic, over, whose.of(own, reference))).sum()
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

    /// What becomes of a row of samples of channel `channel` and plane `plane`; operations that join channels are left
    /// out.
    pub fn apply_to_row(&self, row: &mut [f32], channel: usize, plane: usize) {
        self.parts.iter().for_each(|part| part.step.apply(row, channel, plane));
    }

    /// What becomes of packed channels of planes.
    pub fn apply(&self, samples: &mut [f32], channels: usize, planes: usize, workers: &Workers) {
        self.parts.iter().for_each(|part| self.apply_step(&part.step, samples, channels, planes, workers));
    }

    /// Samples that clips have cut in [`Treatment::apply`] since it was last measured.
    pub fn samples_cut(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }

    /// A step on packed channels of planes.
    fn apply_step(&self, step: &Step, samples: &mut [f32], channels: usize, planes: usize, workers: &Workers) {
        let plane = samples.len() / (channels * planes).max(1);
        if *step == Step::Softmax {
            return softmax(samples, plane * planes);
        }
        let part = plane.div_ceil(PARTS).max(1);
        for (at, samples) in samples.chunks_exact_mut(plane.max(1)).enumerate() {
            workers.each(Rows::of_mut(samples, part), |_, _, row| {
                let (channel, plane) = (at / planes, at % planes);
                self.cut.fetch_add(step.cuts(row, channel, plane), Ordering::Relaxed);
                step.apply(row, channel, plane);
            });
        }
    }

    /// Gain and offset of all steps together, where they are linear with the same numbers for all channels and planes:
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

/// Parts of a plane that threads take.
const PARTS: usize = 64;
