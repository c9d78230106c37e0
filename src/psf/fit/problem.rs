//! Samples, what a model expects of them, and how far apart the two are.

use super::normal::Normal;
use super::unknowns::Unknowns;
use crate::error::{Error, Result, headroom_of, number, zeroed};
use crate::params::{self, Id, Pixel};
use crate::psf::diagnosis::centroid;
use crate::psf::finding::Finding;
use crate::psf::gaussian::along;
use crate::psf::kind::Kind;
use crate::psf::measured::{own_voxel_nm, present, window};
use crate::psf::model::Model;
use crate::psf::optical;
use crate::psf::polar::Polar;
use crate::psf::reader::{Patch, Reader};
use crate::psf::report::Report;
use crate::psf::sampling::Voxel;
use crate::psf::spec::PsfSpec;
use crate::runtime::Job;

pub(in crate::psf) struct Problem<'a> {
    /// The model, on the voxels of the samples.
    pub spec: PsfSpec,
    pub unknowns: Unknowns,
    /// What is added to a shift in the window for one in the samples, along (y, x).
    pub offset_px: [f64; 2],
    pub beads: [usize; 2],
    /// About the sampling.
    pub findings: Vec<Finding>,
    shape: [usize; 3],
    voxel: Voxel,
    data: Vec<f64>,
    /// For samples whose background was taken away.
    min_variance: f64,
    /// Standard deviation along one axis of a bead's ball, um.
    bead: f64,
    job: Job<'a>,
}

/// The model at some unknowns.
pub(in crate::psf) struct State {
    expected: Vec<f64>,
    residual: Vec<f64>,
    /// Inverse variances but for a scale.
    pub weights: Vec<f64>,
    /// Mean of the weighted squares.
    pub chi_square: f64,
    pub counts: f64,
    pub background: f64,
    peak: f64,
}

impl State {
    /// Root of the mean squared residual over the peak.
    pub fn residual(&self) -> f64 {
        let sum: f64 = self.residual.iter().map(|residual| residual * residual).sum();
        (sum / self.residual.len() as f64).sqrt() / self.peak
    }
}

impl<'a> Problem<'a> {
    pub fn of(spec: &PsfSpec, measured: &PsfSpec, job: Job<'a>) -> Result<Self> {
        if measured.kind != Kind::Measured {
            return Err(Error::Argument(format!(
                "measured is of kind {}; a model is fitted to the samples of a measured psf",
                measured.kind.name()
            )));
        }
        let given = present(measured.samples.as_ref())?.shape();
        let stack = given[0] > 1;
        let unknowns = Unknowns::of(spec, stack)?;
        let mut spec = spec.clone();
        let [step, _, pixel] = own_voxel_nm(&measured.settings);
        for (id, own) in [(params::PSF_PIXEL_NM, pixel), (params::PSF_STEP_NM, step)] {
            if let Some(own) = own {
                spec.settings.set_f64(id, own)?;
            }
        }
        let voxel = Voxel::of(&spec.settings, stack)?;
        let values = unknowns.start(&spec, voxel.pixel * 1000.0)?;
        let start = unknowns.set(&spec, &[vec![0.0; 2], values].concat())?;
        let wanted = start.extent(if stack { 3 } else { 2 }, given, job)?;
        let mut report = Report::default();
        if let Some(model) = Model::of(&start.settings, start.kind, job)? {
            voxel.check(model.nyquist(), &start.settings, &mut report)?;
        }
        let found = window(&measured.settings, measured.samples.as_ref(), wanted, job)?;
        let data = found.values;
        // Slopes along every unknown, the states of two trials, and what is made of them on the way.
        headroom_of((size_of::<f64>() * data.len() * COPIES) as u64)?;
        let peak = data.iter().copied().fold(f64::MIN, f64::max);
        let bottom = data.iter().copied().fold(f64::MAX, f64::min);
        if peak <= bottom {
            return Err(Error::Argument(format!(
                "psf samples are all {}; a point must stand out of them",
                number(peak)
            )));
        }
        Ok(Self {
            spec,
            unknowns,
            offset_px: found.offset_px,
            beads: found.beads,
            findings: report.findings,
            shape: found.shape,
            voxel,
            data,
            min_variance: MIN_VARIANCE * (peak - bottom),
            bead: measured.settings.required(params::PSF_BEAD_NM)? / 1000.0 / 20.0_f64.sqrt(),
            job,
        })
    }

    /// Where the search begins: the point at the centroid of what is bright.
    pub fn start(&self) -> Result<Vec<f64>> {
        let centre = centroid(&self.data, self.shape, 0.5);
        let off = |axis: usize| centre[axis] - (self.shape[axis] / 2) as f64;
        let mut start = vec![off(1), off(2)];
        start.extend(self.unknowns.start(&self.spec, self.voxel.pixel * 1000.0)?);
        if let Some(at) = self.unknowns.place_of(params::PSF_DEFOCUS_NM).filter(|_| self.shape[0] > 1) {
            start[at] = -off(0) * self.voxel.step * 1000.0;
        }
        Ok(start)
    }

    /// The largest standard deviation, nm, of which the samples show more than the top, which a background explains as
    /// well; `None` for what is not a width.
    pub fn widest(&self, id: Option<Id>) -> Option<f64> {
        let extent_um = match id? {
            params::PSF_SIGMA_NM => self.shape[1].min(self.shape[2]) as f64 * self.voxel.pixel,
            params::PSF_SIGMA_AXIAL_NM => self.shape[0] as f64 * self.voxel.step,
            _ => return None,
        };
        Some(500.0 * extent_um)
    }

    /// The defocus where it is not found, nm.
    pub fn fixed_defocus(&self) -> f64 {
        self.spec.settings.f64(params::PSF_DEFOCUS_NM).unwrap_or(0.0)
    }

    /// The normal equations around `now`, whose state is `state`.
    pub fn normal(&self, now: &[f64], state: &State) -> Result<Normal> {
        let slopes = (0..now.len())
            .map(|at| {
                let mut moved = now.to_vec();
                let delta = self.unknowns.delta(at);
                moved[at] += delta;
                let moved = self.at(&moved)?;
                Ok(moved.expected.iter().zip(&state.expected).map(|(moved, now)| (moved - now) / delta).collect())
            })
            .collect::<Result<Vec<Vec<f64>>>>()?;
        Ok(Normal::new(&slopes, &state.residual, &state.weights))
    }

    /// The state at some unknowns.
    pub fn at(&self, now: &[f64]) -> Result<State> {
        let shape = self.shape_of(now)?;
        // Weights from the data would favour low counts; a few rounds with weights from the model do not.
        let mut weights = vec![1.0; self.data.len()];
        let mut solution = (0.0, 0.0);
        for _ in 0..3 {
            solution = line(&shape, &self.data, &weights);
            let (counts, background) = solution;
            for (weight, shape) in weights.iter_mut().zip(&shape) {
                *weight = 1.0 / (counts * shape + background).max(self.min_variance);
            }
        }
        self.state(&shape, solution, weights)
    }

    /// The state at some unknowns with the weights of another state, so that the two can be compared.
    pub fn at_weights(&self, now: &[f64], weights: &[f64]) -> Result<State> {
        let shape = self.shape_of(now)?;
        self.state(&shape, line(&shape, &self.data, weights), weights.to_vec())
    }

    fn state(&self, shape: &[f64], (counts, background): (f64, f64), weights: Vec<f64>) -> Result<State> {
        if counts.is_nan() || counts <= 0.0 {
            return Err(Error::Argument(format!(
                "psf samples fit {} counts; a fit needs a bright point",
                number(counts)
            )));
        }
        let expected: Vec<f64> = shape.iter().map(|shape| counts * shape + background).collect();
        let residual: Vec<f64> = self.data.iter().zip(&expected).map(|(data, expected)| data - expected).collect();
        let squares: f64 = residual.iter().zip(&weights).map(|(residual, weight)| weight * residual * residual).sum();
        let chi_square = (squares / self.data.len() as f64).max(f64::MIN_POSITIVE);
        let peak = counts * shape.iter().copied().fold(0.0, f64::max);
        Ok(State { expected, residual, weights, chi_square, counts, background, peak })
    }

    /// The model's samples at some unknowns, summing to 1 in the grid.
    fn shape_of(&self, now: &[f64]) -> Result<Vec<f64>> {
        let spec = self.unknowns.set(&self.spec, now)?;
        match self.spec.kind {
            Kind::Gaussian => self.gaussian(&spec, now),
            _ => self.optical(&spec, now),
        }
    }

    /// Correlation of residuals with their right neighbours: about 0 for noise, towards 1 for what the model lacks.
    pub fn correlation(&self, state: &State) -> f64 {
        let rows = state.residual.chunks_exact(self.shape[2]);
        let (mut products, mut squares) = (0.0, 0.0);
        for row in rows {
            products += row.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>();
            squares += row.windows(2).map(|pair| 0.5 * (pair[0] * pair[0] + pair[1] * pair[1])).sum::<f64>();
        }
        if squares > 0.0 { products / squares } else { 0.0 }
    }

    /// An optical model's samples, summing to 1 in the grid.
    fn optical(&self, spec: &PsfSpec, now: &[f64]) -> Result<Vec<f64>> {
        let mut spec = spec.clone();
        let blur = spec.settings.required(params::PSF_BLUR_NM)?.hypot(self.bead * 1000.0);
        spec.settings.set_f64(params::PSF_BLUR_NM, blur)?;
        let Some(model) = Model::of(&spec.settings, spec.kind, self.job)? else {
            return Err(Error::Internal(format!("{} is no optical model", spec.kind.name())));
        };
        let [planes, rows, columns] = self.shape;
        // A ball spreads along z as two points at its standard deviation do, up to third order.
        let spread: &[f64] = if self.bead > 0.0 && planes > 1 { &[-1.0, 1.0] } else { &[0.0] };
        let offsets: Vec<f64> = (0..planes)
            .flat_map(|plane| {
                let offset = (plane as f64 - (planes / 2) as f64) * self.voxel.step;
                spread.iter().map(move |side| offset + side * self.bead)
            })
            .collect();
        let reach = self.voxel.corner(self.shape) + self.voxel.pixel * 2.0 * now[0].abs().max(now[1].abs());
        let intensity = model.intensity(&offsets, reach, self.job)?;
        let reader =
            self.reader(now, &intensity.table, optical::area(&spec.settings, &model).then(|| model.cutoff()))?;
        let mut values: Vec<f64> = zeroed("psf samples", planes * rows * columns)?;
        let mut part = vec![0.0; rows * columns];
        for (at, values) in values.chunks_exact_mut(rows * columns).enumerate() {
            self.job.check()?;
            for side in 0..spread.len() {
                reader.read(&intensity.table, at * spread.len() + side, &mut part);
                values.iter_mut().zip(&part).for_each(|(value, part)| *value += part);
            }
        }
        Ok(to_sum_one(values))
    }

    /// Weights for the pixels of a plane; `area` is the cutoff of the field where pixels are areas.
    fn reader(&self, now: &[f64], table: &Polar, area: Option<f64>) -> Result<Reader> {
        let patch = Patch::new(area, self.voxel.pixel, self.job)?;
        let steps = self.voxel.pixel / table.step;
        let [_, rows, columns] = self.shape;
        let mut reader = Reader::new(table.orders);
        for row in 0..rows {
            self.job.check()?;
            for column in 0..columns {
                let y = row as f64 - (rows / 2) as f64 - now[0];
                let x = column as f64 - (columns / 2) as f64 - now[1];
                reader.push(patch.at(y, x, steps))?;
            }
        }
        Ok(reader)
    }

    /// A Gaussian's samples, summing to 1 in the grid.
    fn gaussian(&self, spec: &PsfSpec, now: &[f64]) -> Result<Vec<f64>> {
        let stack = self.shape[0] > 1;
        let lateral = (spec.settings.required(params::PSF_SIGMA_NM)? / 1000.0).hypot(self.bead);
        let defocus = self.unknowns.place_of(params::PSF_DEFOCUS_NM).map_or(0.0, |at| now[at]) / 1000.0;
        let axial = match stack {
            true => (spec.settings.required(params::PSF_SIGMA_AXIAL_NM)? / 1000.0).hypot(self.bead),
            false => 1.0,
        };
        let area = spec.settings.choice::<Pixel>(params::PSF_PIXEL) == Pixel::Area;
        let z = match stack {
            true => along(self.shape[0], -defocus / self.voxel.step, axial / self.voxel.step, false),
            false => vec![1.0],
        };
        let [y, x] = [0, 1].map(|axis| along(self.shape[axis + 1], now[axis], lateral / self.voxel.pixel, area));
        let (y, x) = (&y, &x);
        let values = z.iter().flat_map(|z| y.iter().flat_map(move |y| x.iter().map(move |x| z * y * x))).collect();
        Ok(to_sum_one(values))
    }
}

fn to_sum_one(mut values: Vec<f64>) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
    values
}

/// Weighted least squares of data = counts shape + background.
fn line(shape: &[f64], data: &[f64], weights: &[f64]) -> (f64, f64) {
    let mut sums = [0.0; 5];
    for ((shape, data), weight) in shape.iter().zip(data).zip(weights) {
        let terms = [1.0, *shape, shape * shape, *data, shape * data];
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum += weight * term;
        }
    }
    let [one, x, xx, y, xy] = sums;
    let under = one * xx - x * x;
    if under == 0.0 {
        return (0.0, 0.0);
    }
    ((one * xy - x * y) / under, (xx * y - x * xy) / under)
}

/// Copies of the samples, in double precision, that a fit holds at a time at most.
const COPIES: usize = 32;
/// Variance of the emptiest samples, as a share of the range of the samples.
const MIN_VARIANCE: f64 = 1e-3;
