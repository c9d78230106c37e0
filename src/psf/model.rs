//! Optical models: intensity over distance from the axis and focus, from which kernels are sampled.
//!
//! An instrument combines what a point emits into the image with how it was lit: the product of a detection and an
//! excitation intensity (Sheppard and Choudhury, Optica Acta 24 (1977) 1051; Wilson, "Confocal Microscopy", 1990).

use num_complex::Complex64;

use super::optics::{Optics, Voxel};
use super::pinhole::{disc_mean, gaussian_mean, gaussian_reach};
use super::pupil::{Pupil, Wave};
use super::radial::Radial;
use super::source::Kind;
use super::zernike::Aberration;
use super::{aberrated, focus};
use crate::error::{Error, Result};
use crate::params::{self, Settings};
use crate::runtime::Workers;

/// A model with its parameters read and checked.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// Optics of what is seen; of the excitation for two photons, where all emission is collected.
    optics: Optics,
    wave: Wave,
    instrument: Instrument,
    /// Drive position of the middle plane, um.
    middle: f64,
    aberration: Aberration,
    /// Coefficient of primary spherical aberration (Noll 11), um.
    spherical: f64,
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
    /// As [`Optics::of`].
    pub fn of(settings: &Settings, kind: Kind) -> Result<Option<Self>> {
        let wave = match kind {
            Kind::Widefield => Wave::Scalar,
            Kind::BornWolf => Wave::BornWolf,
            Kind::Vectorial => Wave::Vectorial,
            _ if settings.i64(params::PSF_WAVE) == params::WAVE_SCALAR => Wave::Scalar,
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
        let aberration = Aberration::parse(settings.text(params::PSF_ZERNIKE))?;
        if kind != Kind::Widefield && !aberration.is_none() {
            return Err(Error::Argument(format!(
                "psf.zernike is {:?}; only the kind widefield takes aberrations",
                settings.text(params::PSF_ZERNIKE)
            )));
        }
        let optics = Optics::of(settings, kind.colour())?;
        let middle = match settings.i64(params::PSF_CENTER) {
            params::CENTER_NONE => 0.0,
            _ if wave == Wave::BornWolf => 0.0,
            params::CENTER_NOMINAL => optics.nominal_drive(),
            center => {
                let place = if center == params::CENTER_CENTROID { focus::centroid } else { focus::best };
                match &instrument {
                    Instrument::Confocal { excitation, .. } | Instrument::SpinningDisk { excitation, .. } => {
                        place(&[&optics, excitation], wave)?
                    }
                    _ => place(&[&optics], wave)?,
                }
            }
        };
        let micrometres = |id| Ok::<_, Error>(settings.required(id)? / 1000.0);
        let [spherical, defocus, blur] = [
            micrometres(params::PSF_SPHERICAL_NM)?,
            micrometres(params::PSF_DEFOCUS_NM)?,
            micrometres(params::PSF_BLUR_NM)?,
        ];
        if !aberration.is_none() && blur > 0.0 {
            return Err(Error::Argument(format!(
                "psf.blur_nm is {}; it must be 0 where psf.zernike is set",
                blur * 1000.0
            )));
        }
        Ok(Some(Self { optics, wave, instrument, middle, aberration, spherical, defocus, blur }))
    }

    /// Intensity at the focus offsets `offsets` (um, positive where the focus is deeper than the middle plane's) up to
    /// `radius` from the axis.
    ///
    /// # Errors
    /// As [`Pupil::new`]; [`crate::error::Error::Memory`].
    pub fn intensity(&self, offsets: &[f64], radius: f64, workers: &Workers) -> Result<Intensity> {
        let offsets: Vec<f64> = offsets.iter().map(|offset| offset + self.defocus).collect();
        if self.blur == 0.0 {
            return self.sharp(&offsets, radius, workers);
        }
        let step = Radial::step_for(self.cutoff());
        let sharp = self.sharp(&offsets, radius + gaussian_reach(self.blur) + MARGIN * step, workers)?;
        let table = gaussian_mean(&sharp.table, self.blur, self.cutoff(), workers)?;
        Ok(Intensity { table, ..sharp })
    }

    /// As [`Model::intensity`], without defocus and blur.
    fn sharp(&self, offsets: &[f64], radius: f64, workers: &Workers) -> Result<Intensity> {
        let step = Radial::step_for(self.cutoff());
        match &self.instrument {
            Instrument::Widefield => self.seen(&self.optics, offsets, step, radius, workers),
            Instrument::LightSheet { sigma } => {
                let mut seen = self.seen(&self.optics, offsets, step, radius, workers)?;
                for (plane, offset) in offsets.iter().enumerate() {
                    let light = (-0.5 * (offset / sigma).powi(2)).exp();
                    seen.table.plane_mut(plane).iter_mut().for_each(|value| *value *= light);
                    seen.plane_energies[plane] *= light;
                }
                Ok(seen)
            }
            Instrument::TwoPhoton => {
                let mut lit = self.seen(&self.optics, offsets, step, self.reach(radius), workers)?;
                lit.table.values.iter_mut().for_each(|value| *value *= *value);
                let flat = lit.unaberrated * lit.unaberrated;
                Ok(lit.summed(flat))
            }
            Instrument::Confocal { excitation, pinhole } => {
                let radius = self.reach(radius);
                let lit = self.seen(excitation, offsets, step, radius, workers)?;
                let seen = self.seen(&self.optics, offsets, step, radius + pinhole + MARGIN * step, workers)?;
                let flat = seen.unaberrated * lit.unaberrated;
                Ok(lit.times(&disc_mean(&seen.table, *pinhole, self.cutoff(), workers)?).summed(flat))
            }
            Instrument::SpinningDisk { excitation, pinhole, spacing } => {
                let radius = self.reach(radius);
                let lit = self.seen(excitation, offsets, step, radius + 2.0 * (pinhole + MARGIN * step), workers)?;
                let seen = self.seen(&self.optics, offsets, step, radius, workers)?;
                // A point under one pinhole is lit through it, seen from anywhere inside: the disc twice. The other
                // pinholes add, on average, what a plane holds over the area that each has to itself.
                let once = disc_mean(&lit.table, *pinhole, self.cutoff(), workers)?;
                let mut light = disc_mean(&once, *pinhole, self.cutoff(), workers)?;
                for (plane, energy) in lit.plane_energies.iter().enumerate() {
                    light.plane_mut(plane).iter_mut().for_each(|value| *value += energy / (spacing * spacing));
                }
                let flat = seen.unaberrated * lit.unaberrated;
                Ok(seen.times(&light).summed(flat))
            }
        }
    }

    /// Samples and what their planes hold for a model with an aberration; `None` without one.
    ///
    /// # Errors
    /// As [`Model::intensity`].
    pub fn aberrated(
        &self,
        offsets: &[f64],
        shape: [usize; 3],
        voxel: Voxel,
        area: bool,
        workers: &Workers,
    ) -> Result<Option<(Vec<f64>, f64, f64)>> {
        if self.aberration.is_none() {
            return Ok(None);
        }
        let drives: Vec<f64> = offsets.iter().map(|offset| self.middle - offset - self.defocus).collect();
        let pupil = self.pupil(&self.optics, &drives, voxel.corner(shape))?;
        let values = aberrated::intensities(&pupil, &self.aberration, &drives, shape, voxel, area, workers)?;
        Ok(Some((values, pupil.plane_energy(), pupil.unaberrated)))
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
            Instrument::Widefield | Instrument::LightSheet { .. } => self.optics.nyquist(),
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
    fn seen(&self, optics: &Optics, offsets: &[f64], step: f64, radius: f64, workers: &Workers) -> Result<Intensity> {
        let drives: Vec<f64> = offsets.iter().map(|offset| self.middle - offset).collect();
        let pupil = self.pupil(optics, &drives, radius)?;
        let table = Radial::new(&pupil, step, radius, &drives, workers)?;
        let plane_energies = vec![pupil.plane_energy(); offsets.len()];
        Ok(Intensity { table, plane_energies, unaberrated: pupil.unaberrated })
    }

    fn pupil(&self, optics: &Optics, drives: &[f64], radius: f64) -> Result<Pupil> {
        let ends = drives.iter().fold([f64::MAX, f64::MIN], |[low, high], drive| [low.min(*drive), high.max(*drive)]);
        let mut pupil = Pupil::new(optics, self.wave, radius, ends)?;
        if self.spherical != 0.0 {
            let round = Aberration::spherical(self.spherical);
            for node in &mut pupil.nodes {
                let wavefront = round.wavefront(node.frequency / pupil.cutoff, 0.0);
                let wave = Complex64::cis(pupil.wavenumber * wavefront);
                node.amplitudes.iter_mut().for_each(|amplitude| *amplitude *= wave);
            }
        }
        Ok(pupil)
    }
}

/// Tabulated intensity of a model.
pub(super) struct Intensity {
    /// One plane an offset.
    pub table: Radial,
    /// Integral over every plane, um^2.
    pub plane_energies: Vec<f64>,
    /// Intensity in focus without aberrations; for instruments with pinholes as if these were points.
    pub unaberrated: f64,
}

impl Intensity {
    /// The product with another table, as far out as both go.
    fn times(self, other: &Radial) -> Self {
        let count = self.table.count.min(other.count);
        let planes = self.table.values.len() / self.table.count;
        let values = (0..planes)
            .flat_map(|plane| {
                self.table.plane(plane)[..count].iter().zip(other.plane(plane)).map(|(value, factor)| value * factor)
            })
            .collect();
        Self { table: Radial { step: self.table.step, count, values }, ..self }
    }

    /// The same with the energies that its table adds up to.
    fn summed(self, unaberrated: f64) -> Self {
        let planes = self.table.values.len() / self.table.count;
        let plane_energies = (0..planes).map(|plane| self.table.integral(plane)).collect();
        Self { plane_energies, unaberrated, ..self }
    }
}

/// Diameter of the first dark ring of the Airy pattern in units of wavelength / NA.
const AIRY_DIAMETER: f64 = 1.219_669_891_266_504_4;
/// In units of wavelength / NA.
const PRODUCT_REACH: f64 = 8.0;
/// Samples of a table that its interpolation needs beyond the edge of a disc, and some more.
const MARGIN: f64 = 16.0;
