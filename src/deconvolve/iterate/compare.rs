//! How an estimate compares with the image.

use super::super::discrepancy::{TERMS, Terms};
use super::super::field::Field;
use super::super::held_out::{self, Thinned};
use super::super::observed::Observed;
use super::super::options::Algorithm;
use super::super::richardson_lucy::{MISFIT, Residuals};
use super::super::sums::Sums;
use super::super::{least_squares, richardson_lucy};
use crate::fft::{Loop, vectorised};
use crate::image::{RUN, Region};
use crate::runtime::Workers;

/// Turns the blurred rows of the image into residuals; says how large they are beside the noise, and how likely the
/// photons are that were held out.
///
/// Only `core` is counted: where the halo of a tile ends, what does not belong together meets, and nothing fits.
pub fn compare(
    field: &mut Field,
    core: Region,
    sums: &Sums,
    observed: Observed,
    algorithm: Algorithm,
    Criteria { is_judged, thinned }: Criteria,
    workers: &Workers,
) -> Compare {
    let [nz, ny, nx] = field.geometry.image;
    let [planes, rows, columns] = core.ranges();
    field.compare(workers, &|z, y, row| {
        // The squares, the likelihood and the terms.
        let mut totals = [0.0; 2 + TERMS];
        let mut scratch = [0.0; RUN];
        let in_core = planes.contains(&z) && rows.contains(&y);
        observed.samples.runs(z, y, nx, |x, samples| {
            let end = x + samples.len();
            let first = columns.start.clamp(x, end);
            let last = columns.end.clamp(first, end);
            let parts = [(x..first, false), (first..last, in_core), (last..end, false)];
            for (part, counts) in parts.into_iter().filter(|(part, _)| !part.is_empty()) {
                let (samples, row) = (&samples[part.start - x..part.end - x], &mut row[part.clone()]);
                if let Some(Thinned { whole, kept, share }) = thinned.filter(|_| counts) {
                    let first = [z, y, part.start];
                    whole.samples.part(first).runs(0, 0, samples.len(), |x, all| {
                        kept.part(first).part([0, 0, x]).runs(0, 0, all.len(), |start, kept| {
                            let (all, row) = (&all[start..], &row[x + start..]);
                            totals[1] += held_out::likelihood(&whole, share, all, kept, row);
                        });
                    });
                }
                let extra =
                    observed.extra.map(|extra| extra.variances.run([z, y, part.start], &mut scratch[..samples.len()]));
                let run = vectorised(Compared { algorithm, is_judged, observed: &observed, samples, extra, run: row });
                if counts {
                    totals[0] += run[0];
                    totals[2..].iter_mut().zip(&run[1..]).for_each(|(total, sum)| *total += sum);
                }
            }
        });
        sums.set(z * ny + y, totals);
    });
    let [squares, likelihood, mut terms @ ..]: [f64; 2 + TERMS] = sums.totals(nz * ny);
    // Every other term is one of squares.
    terms.iter_mut().step_by(2).for_each(|term| *term /= observed.gain);
    Compare { chi_square: squares / (observed.gain * terms[1].max(1.0)), terms, likelihood }
}

/// What ends the iterations beside their number.
#[derive(Clone, Copy)]
pub struct Criteria<'a> {
    /// The discrepancy.
    pub is_judged: bool,
    /// Photons held out.
    pub thinned: Option<Thinned<'a>>,
}

/// How an estimate compares with the image.
pub struct Compare {
    /// Reduced chi-square.
    pub chi_square: f64,
    /// Of the discrepancy, where it is judged.
    pub terms: Terms,
    /// Of photons held out, without what does not depend on the estimate.
    pub likelihood: f64,
}

/// Turns a run of blurred values into residuals; the result is their sum of squares over what is expected.
struct Compared<'a> {
    algorithm: Algorithm,
    /// Whether the terms of the discrepancy are wanted besides.
    is_judged: bool,
    observed: &'a Observed<'a>,
    samples: &'a [f32],
    /// See [`Observed::extra`].
    extra: Option<&'a [f32]>,
    run: &'a mut [f32],
}

impl Loop for Compared<'_> {
    type Output = Residuals;

    #[inline(always)]
    fn run(self) -> Residuals {
        let Self { algorithm, is_judged, observed, samples, extra, run } = self;
        let even = |squares: f64| {
            let mut sums = [0.0; 1 + TERMS];
            sums[..2].fill(squares);
            sums[2] = samples.iter().filter(|sample| **sample < observed.limit).count() as f64;
            sums
        };
        match algorithm {
            Algorithm::Landweber => even(least_squares::differences(observed, samples, run)),
            // The blurred estimate itself is projected.
            Algorithm::Isra => even(least_squares::measured(observed, samples, run)),
            _ if is_judged => richardson_lucy::residuals(observed, samples, extra, run),
            _ => {
                let mut sums = [0.0; 1 + TERMS];
                sums[..MISFIT].copy_from_slice(&richardson_lucy::residuals::<MISFIT>(observed, samples, extra, run));
                sums
            }
        }
    }
}
