//! Optical models: intensity over the plane and focus, from which kernels are sampled.
//!
//! An instrument combines what a point emits into the image with how it was lit: the product of a detection and an
//! excitation intensity (Sheppard and Choudhury, Optica Acta 24 (1977) 1051; Wilson, "Confocal Microscopy", 1990).

use super::focus::{self, OnAxis, Search};
use super::kind::Kind;
use super::optics::Optics;
use super::pinhole::{disc_mean, gaussian_mean, gaussian_reach};
use super::polar::Polar;
use super::pupil::{Pupil, Wave};
use super::zernike::Aberration;
use crate::error::{Error, Result, zeroed};
use crate::params::{self, Centre, Settings};
use crate::runtime::{Job, Rows};

/// A model with its parameters read and checked.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// Optics of what is seen; of the excitation for two photons, where all emission is collected.
    optics: Optics,
    wave: Wave,
    instrument: Instrument,
    /// Drive position of the middle plane, um.
    middle: f64,
    /// Of the objective, in excitation and emission.
    aberration: Aberration,
    /// How much deeper than the drive position `middle` the middle plane is focused, um.
    defocus: f64,
    /// Standard deviation of a lateral Gaussian besides, um.
    blur: f64,
}

#[derive(Clone, Debug)]
enum Instrument {
    Widefield,
    /// Focused laser, descanned detection through a pinhole of that radius in the sample, um.
    Confocal {
        excitation: Optics,
        pinhole: f64,
    },
    /// Focused laser whose squared intensity excites; all emission is collected.
    TwoPhoton,
    /// Many pinholes of that radius at that distance in the sample, um, for light and detection.
    SpinningDisk {
        excitation: Optics,
        pinhole: f64,
        spacing: f64,
    },
    /// Widefield detection; a sheet with that standard deviation along z, um, lights the focal plane.
    LightSheet {
        sigma: f64,
    },
}

impl Model {
    /// The optical model of that kind; `None` for kinds that are not optical.
    ///
    /// # Errors
    /// As [`Optics::of`]; [`Error::Memory`]; [`Error::Cancelled`].
    pub fn of(settings: &Settings, kind: Kind, job: Job) -> Result<Option<Self>> {
        let wave = match kind {
            Kind::Widefield => Wave::Scalar,
            Kind::BornWolf => Wave::BornWolf,
            Kind::Vectorial => Wave::Vectorial,
            _ if settings.choice::<params::Wave>(params::PSF_WAVE) == params::Wave::Scalar => Wave::Scalar,
            _ => Wave::Vectorial,
        };
        let instrument = match kind {
            Kind::Gaussian | Kind::Measured | Kind::Motion => return Ok(None),
            Kind::Widefield | Kind::BornWolf | Kind::Vectorial => Instrument::Widefield,
            Kind::TwoPhoton => Instrument::TwoPhoton,
            Kind::LightSheet => {
                let thickness = settings.required(params::PSF_SHEET_THICKNESS_NM)? / 1000.0;
                Instrument::LightSheet { sigma: thickness / (8.0 * 2.0_f64.ln()).sqrt() }
            }
            Kind::Confocal | Kind::SpinningDisk => {
                let excitation = Optics::of(settings, params::PSF_EXCITATION_NM)?;
                let emission = Optics::of(settings, params::PSF_WAVELENGTH_NM)?;
                let airy = AIRY_DIAMETER * emission.wavelength / emission.numerical_aperture;
                let diameter = settings.required(params::PSF_PINHOLE_AIRY)? * airy;
                if kind == Kind::Confocal {
                    Instrument::Confocal { excitation, pinhole: 0.5 * diameter }
                } else {
                    let spacing = settings.required(params::PSF_PINHOLE_SPACING)? * diameter;
                    Instrument::SpinningDisk { excitation, pinhole: 0.5 * diameter, spacing }
                }
            }
        };
        let micrometres = |id| Ok::<_, Error>(settings.required(id)? / 1000.0);
        let aberration = Aberration::parse(settings.text(params::PSF_ZERNIKE))?
            .with_spherical(micrometres(params::PSF_SPHERICAL_NM)?);
        let optics = Optics::of(settings, kind.colour())?;
        let defocus = micrometres(params::PSF_DEFOCUS_NM)?;
        let blur = micrometres(params::PSF_BLUR_NM)?;
        let mut model = Self { optics, wave, instrument, middle: 0.0, aberration, defocus, blur };
        model.middle = match settings.choice(params::PSF_CENTRE) {
            Centre::None => 0.0,
            Centre::Nominal if wave == Wave::BornWolf => 0.0,
            Centre::Nominal => model.optics.nominal_drive(),
            Centre::Centroid => model.focus(focus::centroid, job)?,
            Centre::BestFocus => model.focus(focus::best, job)?,
        };
        Ok(Some(model))
    }

    /// Intensity at the focus offsets `offsets` (um, positive where the focus is deeper than the middle plane's) up to
    /// `radius` from the axis.
    ///
    /// # Errors
    /// As [`Pupil::new`]; [`crate::error::Error::Memory`].
    pub fn intensity(&self, offsets: &[f64], radius: f64, job: Job) -> Result<Intensity> {
        job.release();
        let offsets: Vec<f64> = offsets.iter().map(|offset| offset + self.defocus).collect();
        if self.blur == 0.0 {
            return self.sharp(&offsets, radius, job);
        }
        let step = Polar::step_for(self.cutoff());
        let sharp = self.sharp(&offsets, radius + gaussian_reach(self.blur) + MARGIN * step, job)?;
        let table = gaussian_mean(&sharp.table, self.blur, self.cutoff(), job)?;
        Ok(Intensity { table, ..sharp })
    }

    /// As [`Model::intensity`], without defocus and blur.
    fn sharp(&self, offsets: &[f64], radius: f64, job: Job) -> Result<Intensity> {
        let step = Polar::step_for(self.cutoff());
        match &self.instrument {
            Instrument::Widefield => self.seen(&self.optics, offsets, step, radius, job),
            Instrument::LightSheet { sigma } => {
                let mut seen = self.seen(&self.optics, offsets, step, radius, job)?;
                for (plane, offset) in offsets.iter().enumerate() {
                    let light = (-0.5 * (offset / sigma).powi(2)).exp();
                    seen.table.plane_mut(plane).iter_mut().for_each(|value| *value *= light);
                    seen.plane_energies[plane] *= light;
                }
                Ok(seen)
            }
            Instrument::TwoPhoton => {
                let lit = self.seen(&self.optics, offsets, step, self.reach(radius), job)?;
                lit.times(&lit.table, lit.unaberrated * lit.unaberrated, job)
            }
            Instrument::Confocal { excitation, pinhole } => {
                let radius = self.reach(radius);
                let lit = self.seen(excitation, offsets, step, radius, job)?;
                let seen = self.seen(&self.optics, offsets, step, radius + pinhole + MARGIN * step, job)?;
                let flat = seen.unaberrated * lit.unaberrated;
                lit.times(&disc_mean(&seen.table, *pinhole, self.cutoff(), job)?, flat, job)
            }
            Instrument::SpinningDisk { excitation, pinhole, spacing } => {
                let radius = self.reach(radius);
                let lit = self.seen(excitation, offsets, step, radius + 2.0 * (pinhole + MARGIN * step), job)?;
                let seen = self.seen(&self.optics, offsets, step, radius, job)?;
                // A point under one pinhole is lit through it, seen from anywhere inside: the disc twice. The other
                // pinholes add, on average, what a plane holds over the area that each has to itself.
                let once = disc_mean(&lit.table, *pinhole, self.cutoff(), job)?;
                let mut light = disc_mean(&once, *pinhole, self.cutoff(), job)?;
                for (plane, energy) in lit.plane_energies.iter().enumerate() {
                    light.mean_mut(plane).iter_mut().for_each(|value| *value += energy / (spacing * spacing));
                }
                let flat = seen.unaberrated * lit.unaberrated;
                seen.times(&light, flat, job)
            }
        }
    }

    /// The drive position that `place` finds; tilt and defocus among the aberrations are there to move the point and
    /// do not count.
    fn focus(&self, place: fn(&Search, &OnAxis) -> Result<f64>, job: Job) -> Result<f64> {
        let still = Self { aberration: self.aberration.blurring(), ..self.clone() };
        let search = Search::of(&still.colours(), self.wave, &still.aberration);
        place(&search, &*still.on_axis([search.low, search.high], job)?)
    }

    /// Intensities on the axis between the drive positions `ends`; of a light sheet without the sheet, which lights the
    /// middle plane.
    fn on_axis<'a>(&'a self, ends: [f64; 2], job: Job<'a>) -> Result<Box<OnAxis<'a>>> {
        let point = |optics| {
            let pupil = self.pupil(optics, &ends, 0.0, job)?;
            Ok::<_, Error>(move |drives: &[f64]| {
                let mut values = zeroed("psf axis", drives.len())?;
                job.each((Rows::of_mut(&mut values, 1), Rows::of(drives, 1)), |_, _, (value, drive): Point| {
                    value[0] = pupil.on_axis(drive[0]);
                    Ok(())
                })?;
                Ok(values)
            })
        };
        let own = point(&self.optics)?;
        let times =
            |one: Vec<f64>, other: Vec<f64>| one.into_iter().zip(other).map(|(one, other)| one * other).collect();
        Ok(match &self.instrument {
            Instrument::Widefield | Instrument::LightSheet { .. } => Box::new(own),
            Instrument::TwoPhoton => Box::new(move |drives| Ok(times(own(drives)?, own(drives)?))),
            Instrument::Confocal { excitation, pinhole } => {
                let (lit, seen) = (point(excitation)?, self.disc_on_axis(&self.optics, *pinhole, 1, ends, job)?);
                Box::new(move |drives| Ok(times(lit(drives)?, seen(drives)?)))
            }
            Instrument::SpinningDisk { excitation, pinhole, spacing } => {
                let light = self.disc_on_axis(excitation, *pinhole, 2, ends, job)?;
                let haze = self.pupil(excitation, &ends, 0.0, job)?.plane_energy() / (spacing * spacing);
                Box::new(move |drives| {
                    Ok(times(own(drives)?, light(drives)?.into_iter().map(|value| value + haze).collect()))
                })
            }
        })
    }

    /// As [`Model::on_axis`] for the mean over a disc, taken so many times.
    fn disc_on_axis<'a>(
        &'a self,
        optics: &Optics,
        radius: f64,
        times: usize,
        ends: [f64; 2],
        job: Job<'a>,
    ) -> Result<Box<OnAxis<'a>>> {
        let step = Polar::step_for(self.cutoff());
        let reach = times as f64 * (radius + MARGIN * step);
        let pupil = self.pupil(optics, &ends, reach, job)?;
        Ok(Box::new(move |drives| {
            job.release();
            let mut table = pupil.means(step, reach, drives, job)?;
            for _ in 0..times {
                table = disc_mean(&table, radius, self.cutoff(), job)?;
            }
            Ok((0..drives.len()).map(|plane| table.mean(plane)[0]).collect())
        }))
    }

    /// The optics of the emission, and of the excitation where its place counts.
    fn colours(&self) -> Vec<&Optics> {
        match &self.instrument {
            Instrument::Confocal { excitation, .. } | Instrument::SpinningDisk { excitation, .. } => {
                vec![&self.optics, excitation]
            }
            _ => vec![&self.optics],
        }
    }

    /// Half the highest lateral frequency of the intensity, rad/um.
    pub fn cutoff(&self) -> f64 {
        let own = |optics: &Optics| optics.wavenumber() * optics.numerical_aperture;
        match &self.instrument {
            Instrument::Widefield | Instrument::LightSheet { .. } => own(&self.optics),
            Instrument::TwoPhoton => 2.0 * own(&self.optics),
            Instrument::Confocal { excitation, .. } | Instrument::SpinningDisk { excitation, .. } => {
                own(&self.optics) + own(excitation)
            }
        }
    }

    /// Largest distances between samples, axial and lateral, um.
    pub fn nyquist(&self) -> [f64; 2] {
        match &self.instrument {
            Instrument::Widefield => self.optics.nyquist(),
            // A sheet thinner than the depth of field gives the planes.
            Instrument::LightSheet { sigma } => {
                let [axial, lateral] = self.optics.nyquist();
                [axial.min(0.5 * (8.0 * 2.0_f64.ln()).sqrt() * sigma), lateral]
            }
            Instrument::TwoPhoton => self.optics.nyquist().map(|distance| 0.5 * distance),
            Instrument::Confocal { excitation, .. } | Instrument::SpinningDisk { excitation, .. } => {
                let (seen, lit) = (self.optics.nyquist(), excitation.nyquist());
                std::array::from_fn(|axis| 1.0 / (1.0 / seen[axis] + 1.0 / lit[axis]))
            }
        }
    }

    /// Whether the light goes from the sample to the pixels of a camera.
    pub fn has_camera(&self) -> bool {
        !matches!(self.instrument, Instrument::Confocal { .. } | Instrument::TwoPhoton)
    }

    /// Whether the intensity is a mean over pinholes, below a point's.
    pub fn has_pinhole(&self) -> bool {
        matches!(self.instrument, Instrument::Confocal { .. } | Instrument::SpinningDisk { .. })
    }

    /// Distance from the axis of the geometric cone of light at that focus offset, um.
    pub fn cone(&self, offset: f64) -> f64 {
        offset.abs() * self.optics.aperture_angle().tan()
    }

    /// Far enough from the axis that the light beyond is negligible for products of two intensities.
    fn reach(&self, radius: f64) -> f64 {
        radius.max(PRODUCT_REACH * self.optics.wavelength / self.optics.numerical_aperture)
    }

    /// The intensity of a point in a widefield microscope with these optics.
    fn seen(&self, optics: &Optics, offsets: &[f64], step: f64, radius: f64, job: Job) -> Result<Intensity> {
        let drives: Vec<f64> = offsets.iter().map(|offset| self.middle - offset).collect();
        let pupil = self.pupil(optics, &drives, radius, job)?;
        let table = pupil.table(step, radius, &drives, job)?;
        let plane_energies = vec![pupil.plane_energy(); offsets.len()];
        Ok(Intensity { table, plane_energies, unaberrated: pupil.unaberrated })
    }

    fn pupil(&self, optics: &Optics, drives: &[f64], radius: f64, job: Job) -> Result<Pupil> {
        let ends = drives.iter().fold([f64::MAX, f64::MIN], |[low, high], drive| [low.min(*drive), high.max(*drive)]);
        Pupil::new(optics, self.wave, &self.aberration, radius, ends, job)
    }
}

/// An intensity on the axis and its drive position.
type Point<'a> = (&'a mut [f64], &'a [f64]);

/// Tabulated intensity of a model.
pub(super) struct Intensity {
    /// One plane an offset.
    pub table: Polar,
    /// Integral over every plane, um^2.
    pub plane_energies: Vec<f64>,
    /// Intensity in focus without aberrations; for instruments with pinholes as if these were points.
    pub unaberrated: f64,
}

impl Intensity {
    /// The product with another table, which holds what it adds up to; `unaberrated` is its intensity in focus.
    fn times(&self, other: &Polar, unaberrated: f64, job: Job) -> Result<Self> {
        let table = self.table.times(other, job)?;
        let plane_energies = (0..table.planes()).map(|plane| table.integral(plane)).collect();
        Ok(Self { table, plane_energies, unaberrated })
    }
}

/// Diameter of the first dark ring of the Airy pattern in units of wavelength / NA.
const AIRY_DIAMETER: f64 = 1.219_669_891_266_504_4;
/// In units of wavelength / NA.
const PRODUCT_REACH: f64 = 8.0;
/// Samples of a table that its interpolation needs beyond the edge of a disc, and some more.
const MARGIN: f64 = 16.0;
