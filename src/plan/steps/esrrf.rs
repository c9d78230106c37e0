//! The step of super-resolution by radial gradient convergence, over one time point or several.

use serde_json::{Map, Value};

use crate::error::{Error, Result, zeroed};
use crate::filter::{Bands, Convergence, Esrrf, Outcome};
use crate::image::Layout;
use crate::params::{
    ESRRF_FRAMES, ESRRF_FWHM_PX, ESRRF_MAGNIFICATION, ESRRF_OVER, ESRRF_SENSITIVITY, EsrrfOver, Settings,
};
use crate::plan::step::{Channels, Grid, Group, Kind, Outcomes, Place, Stage, Step, Window, outcomes};
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(EsrrfStep { settings: arguments.settings }) };

struct EsrrfStep {
    settings: Settings,
}

impl EsrrfStep {
    fn numbers(&self) -> Result<Convergence> {
        Ok(Convergence {
            factor: usize::try_from(self.settings.i64(ESRRF_MAGNIFICATION)).unwrap_or(1),
            fwhm: self.settings.required(ESRRF_FWHM_PX)?,
            sensitivity: self.settings.required(ESRRF_SENSITIVITY)?,
        })
    }

    /// Time points of a result.
    fn frames(&self) -> usize {
        usize::try_from(self.settings.i64(ESRRF_FRAMES)).unwrap_or(1)
    }

    fn over(&self) -> EsrrfOver {
        self.settings.choice(ESRRF_OVER)
    }

    /// Samples that are kept of a group, as it comes and as its convergence.
    fn samples(&self, grid: &Grid) -> Result<[usize; 2]> {
        Ok([grid.samples(), grid.samples() * self.numbers()?.factor.pow(2)])
    }
}

impl Step for EsrrfStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        let ([z, y, x], factor) = (input.volume(), self.numbers()?.factor);
        Ok(input.resampled([z, y * factor, x * factor], [1.0, factor as f64, factor as f64]))
    }

    fn channels(&self) -> Channels {
        // Time points that are looked at together must follow each other.
        if self.frames() > 1 { Channels::Together } else { Channels::Each }
    }

    fn in_place(&self) -> bool {
        false
    }

    fn check(&self, source: &Layout) -> Result<()> {
        let (frames, points, over) = (self.frames(), source.times(), self.over());
        if frames > points {
            return Err(Error::Argument(format!(
                "esrrf.frames is {frames} for images of {points} time points; it must be {points} at most"
            )));
        }
        if frames == 1 && over != EsrrfOver::Mean {
            return Err(Error::Argument(format!(
                "esrrf.frames is 1 with an esrrf.over of {}; it must be 2 at least, or esrrf.over 0 (mean)",
                self.settings.i64(ESRRF_OVER)
            )));
        }
        Ok(())
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        let ([_, _, ny, nx], [read, made]) = (place.grid.shape, self.samples(&place.grid)?);
        let kept = (read + made) * size_of::<f32>() + size_of::<usize>();
        let kept = if self.frames() > 1 { self.frames() * kept } else { 0 };
        Ok(kept as u64 + Esrrf::bytes([ny, nx], self.numbers()?, place.workers.threads()))
    }

    fn describe(&self) -> Result<Map<String, Value>> {
        Ok(Map::from_iter([
            ("magnification".into(), self.numbers()?.factor.into()),
            ("frames".into(), self.frames().into()),
            ("quantitative".into(), false.into()),
        ]))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let ([_, _, ny, nx], numbers) = (place.grid.shape, self.numbers()?);
        let (frames, [read, made]) = (self.frames(), self.samples(&place.grid)?);
        let buffer = |samples| zeroed("the time points of the convergence", frames * samples);
        let held = (frames > 1)
            .then(|| {
                let mut at = zeroed("the time points of the convergence", frames)?;
                at.clear();
                Ok::<_, Error>(Held { frames, read: buffer(read)?, made: buffer(made)?, at, first: 0, count: 0 })
            })
            .transpose()?;
        let esrrf = Esrrf::new([ny, nx], numbers, place.workers.threads())?;
        Ok(Box::new(EsrrfStage {
            esrrf,
            shape: [ny, nx],
            factor: numbers.factor,
            over: self.over(),
            held,
            outcomes: outcomes(place.images)?,
        }))
    }
}

/// Time points of a result, each at its number's remainder.
struct Held {
    frames: usize,
    /// As they came, and their convergences as far as these were needed.
    read: Vec<f32>,
    made: Vec<f32>,
    /// Places whose convergence is still to be made.
    at: Vec<usize>,
    /// Those of the next result.
    first: usize,
    count: usize,
}

impl Held {
    /// The first of the time points of a result.
    fn first(&self, at: usize, count: usize) -> usize {
        at.saturating_sub(self.frames / 2).min(count.saturating_sub(self.frames))
    }
}

struct EsrrfStage {
    esrrf: Esrrf,
    shape: [usize; 2],
    factor: usize,
    over: EsrrfOver,
    held: Option<Held>,
    outcomes: Vec<Outcome>,
}

impl Stage for EsrrfStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let Self { esrrf, shape, factor, over, held, outcomes } = self;
        let (plane, fine) = (shape[0] * shape[1], shape[0] * shape[1] * factor.pow(2));
        group.replace_counted(|before, after, images| {
            let planes = before.len() / plane;
            let rows = Esrrf::rows(*shape, *factor) * planes;
            let Some(held) = held else {
                let mut bands = Bands::new(workers, watch, rows);
                for (plane, target) in before.chunks_exact(plane).zip(after.chunks_exact_mut(fine)) {
                    esrrf.take(plane, target, &mut bands)?;
                }
                note(outcomes, before, after, images);
                return Ok(());
            };
            let mut bands = Bands::new(workers, watch, rows * held.at.len() + planes * shape[0] * *factor);
            while let Some(&at) = held.at.last() {
                let read = held.read[at * before.len()..][..before.len()].chunks_exact(plane);
                let made = held.made[at * after.len()..][..after.len()].chunks_exact_mut(fine);
                for (plane, target) in read.zip(made) {
                    esrrf.take(plane, target, &mut bands)?;
                }
                held.at.pop();
            }
            let samples = after.len();
            let (made, frames, first, count) = (&held.made, held.frames, held.first, held.count);
            let frame = |number: usize| &made[(first + number) % frames * samples..][..samples];
            let width = shape[1] * *factor;
            bands.each(after, width, &mut [], |row, target, _| {
                for (x, sample) in target.iter_mut().enumerate() {
                    let at = |number: usize| f64::from(frame(number)[row * width + x]);
                    let mean = (0..count).map(at).sum::<f64>() / count as f64;
                    let off = |number: usize| at(number) - mean;
                    let result = match over {
                        EsrrfOver::Mean => mean,
                        EsrrfOver::Variance => (0..count).map(|number| off(number).powi(2)).sum::<f64>() / count as f64,
                        EsrrfOver::Covariance => {
                            let pairs = (1..count).map(|number| off(number - 1) * off(number));
                            pairs.sum::<f64>() / (count - 1) as f64
                        }
                    };
                    *sample = result as f32;
                }
            })?;
            let middle = (first + count / 2) % frames * before.len();
            note(outcomes, &held.read[middle..][..before.len()], after, images);
            Ok(())
        })
    }

    fn settle(&mut self, _: bool) {
        if let Some(held) = &mut self.held {
            held.at.clear();
        }
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }

    fn window(&mut self) -> Option<&mut dyn Window> {
        if self.held.is_some() { Some(self) } else { None }
    }
}

/// Notes each of so many images.
fn note(outcomes: &mut Vec<Outcome>, before: &[f32], after: &[f32], images: usize) {
    let images = before.chunks_exact(before.len() / images).zip(after.chunks_exact(after.len() / images));
    outcomes.extend(images.map(|(before, after)| Outcome::of(before, after)));
}

impl Window for EsrrfStage {
    fn last(&self, at: usize, count: usize) -> usize {
        self.held.as_ref().map_or(at, |held| (held.first(at, count) + held.frames).min(count) - 1)
    }

    fn see(&mut self, at: usize, group: &[f32], _: &Workers) {
        if let Some(held) = &mut self.held {
            let place = at % held.frames;
            held.read[place * group.len()..][..group.len()].copy_from_slice(group);
            held.at.push(place);
        }
    }

    fn turn_to(&mut self, at: usize, count: usize) {
        if let Some(held) = &mut self.held {
            (held.first, held.count) = (held.first(at, count), held.frames.min(count));
        }
    }
}
