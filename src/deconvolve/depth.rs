//! Deconvolution with kernels that change with depth.
//!
//! The stack is cut into slabs each with its own kernel. A slab is restored by itself, with as many planes around it as its
//! kernel reaches; the results are added with weights that fall linearly from one slab's middle to the next one's and
//! add up to 1 in every plane: block-wise restoration as C. Preza and J.-A. Conchello 2004, "Depth-variant
//! maximum-likelihood restoration for three-dimensional fluorescence microscopy", JOSA A 21, 1593, compare it to their
//! strata, with results blended instead of forward models.

use std::sync::Arc;

use super::{Deconvolution, Outcome};
use crate::error::{Error, Result};
use crate::noise::Stated;
use crate::params::{Algorithm, DECONVOLVE_ALGORITHM, Settings};
use crate::psf::{Kernel, Slab};
use crate::runtime::{Job, Watch, Workers};

/// A planned deconvolution of stacks of one shape, one plan per slab.
pub struct DepthVariant {
    shape: [usize; 3],
    slabs: Vec<Planned>,
    /// The image as it came.
    source: Vec<f32>,
    /// The planes of the slab in work.
    window: Vec<f32>,
}

struct Planned {
    slab: Slab,
    window: Window,
    deconvolution: Deconvolution,
}

/// Planes that are restored for a slab.
#[derive(Clone, Copy)]
struct Window {
    first: usize,
    planes: usize,
}

impl DepthVariant {
    /// Bytes that [`DepthVariant::new`] will hold.
    ///
    /// # Errors
    /// As [`DepthVariant::new`].
    pub fn workspace_bytes(
        shape: [usize; 3],
        settings: &Settings,
        slabs: &[(Slab, Kernel)],
        threads: usize,
    ) -> Result<u64> {
        if settings.choice::<Algorithm>(DECONVOLVE_ALGORITHM) == Algorithm::BlindRichardsonLucy {
            return Err(Error::Argument(
                "deconvolve.algorithm is blind_richardson_lucy with depth slabs; deconvolve.depth_slabs must be 1 there: \
                 slabs would each find a point spread function of their own"
                    .into(),
            ));
        }
        let plane = (shape[1] * shape[2] * size_of::<f32>()) as u64;
        let mut bytes = plane * (shape[0] + most_planes(shape[0], slabs)) as u64;
        for (slab, kernel) in slabs {
            let window = [Window::of(shape[0], slab, kernel).planes, shape[1], shape[2]];
            bytes += Deconvolution::workspace_bytes(window, settings, kernel, threads)?;
        }
        Ok(bytes)
    }

    /// Plans and allocates everything for stacks of `shape` (z, y, x) and the `deconvolve.*` settings.
    ///
    /// # Errors
    /// As [`Deconvolution::new`].
    pub fn new<'a>(
        shape: [usize; 3],
        settings: &Settings,
        slabs: Vec<(Slab, Kernel)>,
        job: impl Into<Job<'a>>,
    ) -> Result<Self> {
        let job = job.into();
        let plane = shape[1] * shape[2];
        let source = job.zeroed("the stack to be restored by slabs", plane * shape[0])?;
        let window = job.zeroed("a slab of the stack", plane * most_planes(shape[0], &slabs))?;
        let slabs = slabs
            .into_iter()
            .map(|(slab, kernel)| {
                let window = Window::of(shape[0], &slab, &kernel);
                let shape = [window.planes, shape[1], shape[2]];
                Ok(Planned { slab, window, deconvolution: Deconvolution::new(shape, settings, &kernel, job)? })
            })
            .collect::<Result<_>>()?;
        Ok(Self { shape, slabs, source, window })
    }

    /// Takes what is stated of the camera, where the settings do not state it.
    #[must_use]
    pub fn with_camera(mut self, stated: &Stated) -> Self {
        self.slabs = self
            .slabs
            .into_iter()
            .map(|slab| Planned { deconvolution: slab.deconvolution.with_camera(stated), ..slab })
            .collect();
        self
    }

    /// As [`Deconvolution::with_extra`].
    #[must_use]
    pub fn with_extra(mut self, extra: Option<&Arc<Vec<f32>>>) -> Self {
        self.slabs = self
            .slabs
            .into_iter()
            .map(|slab| Planned { deconvolution: slab.deconvolution.with_extra(extra.cloned()), ..slab })
            .collect();
        self
    }

    /// As [`Deconvolution::restate`].
    ///
    /// # Errors
    /// As [`Deconvolution::restate`], of the first slab: all are planned alike.
    pub fn restate(&mut self, settings: &Settings, camera: &Stated) -> Result<()> {
        self.slabs.iter_mut().try_for_each(|slab| slab.deconvolution.restate(settings, camera))
    }

    /// As [`Deconvolution::with_gaps`].
    #[must_use]
    pub fn with_gaps(mut self) -> Self {
        self.slabs = self
            .slabs
            .into_iter()
            .map(|slab| Planned { deconvolution: slab.deconvolution.with_gaps(), ..slab })
            .collect();
        self
    }

    /// As [`Deconvolution::set_channels`].
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn set_channels(&mut self, channels: usize) -> Result<()> {
        self.slabs.iter_mut().try_for_each(|slab| slab.deconvolution.set_channels(channels))
    }

    /// As [`Deconvolution::begin_images`].
    pub fn begin_images(&mut self) {
        self.slabs.iter_mut().for_each(|slab| slab.deconvolution.begin_images());
    }

    /// As [`Deconvolution::knows_gaps`].
    pub fn knows_gaps(&self) -> bool {
        self.slabs.iter().all(|slab| slab.deconvolution.knows_gaps())
    }

    /// As [`Deconvolution::settle`].
    pub fn settle(&mut self, done: bool) {
        self.slabs.iter_mut().for_each(|slab| slab.deconvolution.settle(done));
    }

    /// Restores `image`, packed samples (z, y, x), in place. After an error it is as before.
    ///
    /// Of the outcome, iterations are the most of any slab, light in and out is the stack's, and what else differs
    /// between slabs is the first one's.
    ///
    /// # Errors
    /// As [`Deconvolution::execute`].
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch) -> Result<Outcome> {
        if image.len() != self.source.len() {
            return Err(Error::Argument(format!(
                "image holds {} samples; this plan takes {}",
                image.len(),
                self.source.len()
            )));
        }
        self.source.copy_from_slice(image);
        let result = self.restore(image, workers, watch);
        if result.is_err() {
            image.copy_from_slice(&self.source);
        }
        result
    }

    fn restore(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch) -> Result<Outcome> {
        let plane = self.shape[1] * self.shape[2];
        image.fill(0.0);
        let (start, length) = watch.control().current_span();
        let part = length / self.slabs.len() as f64;
        let mut outcome: Option<Outcome> = None;
        for (at, planned) in self.slabs.iter_mut().enumerate() {
            watch.control().span(start + part * at as f64, part);
            let Planned { slab, window: Window { first, planes }, deconvolution } = planned;
            let window = &mut self.window[..*planes * plane];
            window.copy_from_slice(&self.source[*first * plane..][..*planes * plane]);
            let found = deconvolution.execute(window, workers, watch)?;
            let inner = &window[(slab.first - *first) * plane..];
            let target = &mut image[slab.first * plane..];
            for ((target, source), weight) in
                target.chunks_exact_mut(plane).zip(inner.chunks_exact(plane)).zip(&slab.weights)
            {
                target.iter_mut().zip(source).for_each(|(target, source)| *target += weight * source);
            }
            outcome = Some(match outcome {
                None => found,
                Some(first) => Outcome { iterations: first.iterations.max(found.iterations), ..first },
            });
        }
        watch.control().span(start, length);
        let sum = |samples: &[f32]| samples.iter().map(|&sample| f64::from(sample)).sum();
        let negative = self.source.iter().filter(|sample| **sample < 0.0).count() as u64;
        Ok(Outcome { flux_in: sum(&self.source), flux_out: sum(image), negative, ..outcome.unwrap_or_default() })
    }
}

impl Window {
    fn of(planes: usize, slab: &Slab, kernel: &Kernel) -> Self {
        let reach = kernel.shape()[0] / 2;
        let first = slab.first.saturating_sub(reach);
        let end = (slab.first + slab.weights.len() + reach).min(planes);
        Self { first, planes: end - first }
    }
}

fn most_planes(planes: usize, slabs: &[(Slab, Kernel)]) -> usize {
    slabs.iter().map(|(slab, kernel)| Window::of(planes, slab, kernel).planes).max().unwrap_or(0)
}
