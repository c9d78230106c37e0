//! What leaves the objective's pupil towards the image: amplitude and phase over the aperture angle.
//!
//! Fields at lateral distance r and drive position s are U_m(r, s) = sum over nodes of
//! amplitude_m J_m(frequency r) exp(i rate s), and the intensity is the sum over m of weight_m |U_m|^2. The drive
//! position is the excess thickness of the immersion layer, positive where the objective is farther from the sample.
//!
//! - Born and Wolf, "Principles of Optics", 8.8: scalar, paraxial, no layers.
//! - Gibson and Lanni 1992 (see [`Optics`]): scalar, with the layers' path differences; the apodisation is p dp with
//!   p = n sin(t) / NA, which is uniform over the pupil.
//! - Richards and Wolf, Proc. R. Soc. A 253 (1959) 358, with the Fresnel transmission of the layers after Torok and
//!   Varga, Applied Optics 36 (1997) 2305, in the form of Aguet et al., Optics Express 17 (2009) 6829: vectorial,
//!   aplanatic apodisation sqrt(cos t), emission of freely rotating dipoles.

use num_complex::Complex64;

use super::node::Node;
use super::optics::Optics;
use super::quadrature::Segment;
use super::spectrum::Spectrum;
use super::zernike::Aberration;
use crate::error::{Error, Result, collected, grown};
use crate::runtime::Job;

/// Which theory of the wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wave {
    BornWolf,
    Scalar,
    Vectorial,
}

/// The pupil as nodes.
#[derive(Clone, Debug)]
pub(super) struct Pupil {
    pub nodes: Vec<Node>,
    /// Weights of |U_m|^2 in the intensity; one for scalar waves, three for vectorial ones.
    pub weights: &'static [f64],
    /// Intensity at the focus without any aberration.
    pub unaberrated: f64,
    /// Of aberrations that are not round; the round ones are in the amplitudes.
    pub spectrum: Option<Spectrum>,
}

impl Pupil {
    /// Nodes enough for lateral distances up to `radius` and drive positions `drives` (least, greatest), um.
    ///
    /// # Errors
    /// [`Error::Argument`] where the phase turns so often over the aperture that the lengths cannot be meant;
    /// [`Error::Memory`]; [`Error::Cancelled`].
    pub fn new(
        optics: &Optics,
        wave: Wave,
        aberration: &Aberration,
        radius: f64,
        drives: [f64; 2],
        job: Job,
    ) -> Result<Self> {
        let wavenumber = optics.wavenumber();
        let cutoff = wavenumber * optics.numerical_aperture;
        let steepest = wavenumber * aberration.steepest();
        let mut nodes = match wave {
            Wave::BornWolf => born_wolf(optics, steepest, radius, drives, job)?,
            _ => layered(optics, wave, steepest, radius, drives, job)?,
        };
        let unaberrated = match wave {
            Wave::Vectorial => nodes.iter().map(|node| node.amplitudes[0].norm()).sum::<f64>().powi(2),
            _ => 1.0,
        };
        let (round, angular) = (aberration.round(), aberration.angular());
        if !round.is_none() {
            for node in &mut nodes {
                let phase = Complex64::cis(wavenumber * round.wavefront(node.frequency / cutoff, 0.0));
                node.amplitudes.iter_mut().for_each(|amplitude| *amplitude *= phase);
            }
        }
        let spectrum = match angular.is_none() {
            true => None,
            false => Some(Spectrum::of(&nodes, cutoff, wavenumber, &angular, job)?),
        };
        let weights: &[f64] = if wave == Wave::Vectorial { &[1.0, 2.0, 1.0] } else { &[1.0] };
        Ok(Self { nodes, weights, unaberrated, spectrum })
    }

    /// Integral of the intensity over any plane, um^2 (Parseval's theorem for the Hankel transform).
    pub fn plane_energy(&self) -> f64 {
        let sum: f64 = self
            .nodes
            .iter()
            .map(|node| {
                let power: f64 = self
                    .weights
                    .iter()
                    .zip(&node.amplitudes)
                    .map(|(weight, amplitude)| weight * amplitude.norm_sqr())
                    .sum();
                power / (node.measure * node.frequency)
            })
            .sum();
        std::f64::consts::TAU * sum
    }
}

/// U = 2 Int_0^1 J0(k NA r p) exp(-i k NA^2 s p^2 / (2 n)) p dp.
fn born_wolf(optics: &Optics, steepest: f64, radius: f64, drives: [f64; 2], job: Job) -> Result<Vec<Node>> {
    let cutoff = optics.wavenumber() * optics.numerical_aperture;
    let bend = -cutoff * optics.numerical_aperture / (2.0 * optics.immersion_index);
    let far = drives[0].abs().max(drives[1].abs());
    let rate = |p: f64| 2.0 * bend.abs() * far * p + cutoff * radius + steepest;
    limit(rate(1.0))?;
    let nodes = Segment::plain(0.0, 1.0).nodes(rate, job)?.into_iter().map(|(p, weight)| Node {
        frequency: cutoff * p,
        measure: cutoff * weight,
        rate: bend * p * p,
        amplitudes: [(2.0 * p * weight).into(), Complex64::ZERO, Complex64::ZERO],
    });
    collected("psf nodes", nodes)
}

/// Nodes over the angle t in the immersion medium, for scalar and vectorial waves through the layers.
fn layered(optics: &Optics, wave: Wave, steepest: f64, radius: f64, drives: [f64; 2], job: Job) -> Result<Vec<Node>> {
    let k = optics.wavenumber();
    let (index, sample) = (optics.immersion_index, optics.sample_index);
    let aperture = optics.aperture_angle();
    let rate = |angle: f64| {
        let fixed = path_slope(optics, angle);
        let drive = |drive: f64| (fixed.re - drive * index * angle.sin()).abs();
        let layers = k * (drive(drives[0]).max(drive(drives[1])) + fixed.im.abs() + index * angle.cos() * radius);
        layers + steepest * index * angle.cos() / optics.numerical_aperture
    };
    limit(
        (0..100).map(|at| rate(aperture * f64::from(at) / 100.0)).filter(|rate| rate.is_finite()).fold(0.0, f64::max),
    )?;
    let mut segments = Vec::new();
    if sample < index {
        let critical = (sample / index).asin();
        segments.push(Segment::below(critical, 0.0, aperture.min(critical)));
        if aperture > critical && optics.evanescent {
            segments.push(Segment::above(critical, aperture));
        }
    } else {
        segments.push(Segment::plain(0.0, aperture));
    }
    let path_on_axis = path(optics, 0.0).re;
    let mut nodes = Vec::new();
    for segment in segments {
        let rule = segment.nodes(rate, job)?;
        grown("psf nodes", &mut nodes, rule.len())?;
        for (angle, weight) in rule {
            let (sine, cosine) = angle.sin_cos();
            let phase = Complex64::I * k * (path(optics, index * sine) - path_on_axis);
            let wave_factor = phase.exp() * weight;
            let amplitudes = match wave {
                Wave::Vectorial => dipole(optics, sine, cosine).map(|factor| factor * wave_factor),
                _ => {
                    let pupil = index / optics.numerical_aperture;
                    [wave_factor * (2.0 * pupil * sine * pupil * cosine), Complex64::ZERO, Complex64::ZERO]
                }
            };
            nodes.push(Node {
                frequency: k * index * sine,
                measure: k * index * cosine * weight,
                rate: k * index * (cosine - 1.0),
                amplitudes,
            });
        }
    }
    Ok(nodes)
}

/// Optical path of the layers for the ray invariant `q` = n sin t, without the drive (Gibson and Lanni 1992, eq. 4).
fn path(optics: &Optics, q: f64) -> Complex64 {
    layers(optics).into_iter().map(|(thickness, index)| thickness * root(index, q)).sum()
}

/// Derivative of [`path`] with respect to the angle in the immersion medium.
fn path_slope(optics: &Optics, angle: f64) -> Complex64 {
    let q = optics.immersion_index * angle.sin();
    let slope = -q * optics.immersion_index * angle.cos();
    layers(optics).into_iter().map(|(thickness, index)| thickness * slope / root(index, q)).sum()
}

/// Thickness (um, negative for what the design has) and index of the layers.
fn layers(optics: &Optics) -> [(f64, f64); 5] {
    [
        (optics.depth, optics.sample_index),
        (optics.coverslip, optics.coverslip_index),
        (-optics.design_coverslip, optics.design_coverslip_index),
        (optics.design_working_distance, optics.immersion_index),
        (-optics.design_working_distance, optics.design_immersion_index),
    ]
}

/// sqrt(index^2 - q^2), with a positive imaginary part beyond the critical angle: waves decay away from the source.
fn root(index: f64, q: f64) -> Complex64 {
    let square = (index - q) * (index + q);
    if square >= 0.0 { Complex64::new(square.sqrt(), 0.0) } else { Complex64::new(0.0, (-square).sqrt()) }
}

/// Amplitudes of the three integrals I0, I1, I2 for a freely rotating dipole behind the layers (Aguet 2009, eq. 7).
fn dipole(optics: &Optics, sine: f64, cosine: f64) -> [Complex64; 3] {
    let (immersion, slip, sample) = (optics.immersion_index, optics.coverslip_index, optics.sample_index);
    let q = immersion * sine;
    let slip_root = root(slip, q);
    let sample_root = root(sample, q);
    let (slip_cosine, sample_cosine) = (slip_root / slip, sample_root / sample);
    let s =
        (2.0 * immersion * cosine / (immersion * cosine + slip_root)) * (2.0 * slip_root / (slip_root + sample_root));
    let p = (2.0 * immersion * cosine / (slip * cosine + immersion * slip_cosine))
        * (2.0 * slip * slip_cosine / (sample * slip_cosine + slip * sample_cosine));
    let apodisation = cosine.sqrt() * sine;
    [apodisation * (s + p * sample_cosine), apodisation * p * (q / sample), apodisation * (s - p * sample_cosine)]
}

fn limit(rate: f64) -> Result<()> {
    if rate > FASTEST {
        return Err(Error::Argument(format!(
            "the phase of these psf parameters turns {:.0} rad over the aperture; at most {FASTEST:.0} can be meant; \
             check psf.depth_nm, psf.coverslip_nm, psf.working_distance_nm, psf.zernike, the indices and the extent",
            rate
        )));
    }
    Ok(())
}

const FASTEST: f64 = 20_000.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{self, Settings};
    use crate::psf::polar::Polar;
    use crate::runtime::Workers;

    #[test]
    fn every_plane_of_the_scalar_models_holds_four_pi_over_k_na_squared() {
        let mut settings = Settings::new("psf");
        settings.set_f64(params::PSF_NUMERICAL_APERTURE, 1.3).unwrap();
        settings.set_f64(params::PSF_WAVELENGTH_NM, 525.0).unwrap();
        let optics = Optics::of(&settings, params::PSF_WAVELENGTH_NM).unwrap();
        let (index, aperture) = (optics.immersion_index, optics.numerical_aperture);
        let cutoff = optics.wavenumber() * aperture;
        let expected = 4.0 * std::f64::consts::PI / cutoff.powi(2);
        let workers = Workers::new(2).unwrap();
        let job = Job::from(&workers);
        let (radius, drives) = (80.0, [-4.0, -1.0, 0.0, 0.3, 2.5]);
        for (wave, slope) in [
            (Wave::Scalar, -optics.wavenumber() * aperture.powi(2) / (index.powi(2) - aperture.powi(2)).sqrt()),
            (Wave::BornWolf, -optics.wavenumber() * aperture.powi(2) / index),
        ] {
            let pupil = Pupil::new(&optics, wave, &Aberration::default(), radius, [-4.0, 2.5], job).unwrap();
            assert!((pupil.plane_energy() / expected - 1.0).abs() < 1e-12);
            let table = pupil.table(Polar::step_for(cutoff), radius, &drives, job).unwrap();
            let edge = cutoff * (table.count as f64 - 0.5) * table.step;
            for (plane, drive) in drives.iter().enumerate() {
                // Far outside the cone of light both ends of a diameter of the rim diffract by themselves: with the
                // phase's slope there they leave 1 / (pi (v + slope)) + 1 / (pi (v - slope)) of the light beyond
                // v, which is Rayleigh's J0^2 + J1^2 = 2 / (pi v) in focus.
                let slope = slope * drive;
                let beyond = (1.0 / (edge + slope) + 1.0 / (edge - slope)) / std::f64::consts::PI;
                let error = table.integral(plane) / expected + beyond - 1.0;
                assert!(error.abs() < 1e-6, "{wave:?} at {drive} um: {error:e}");
            }
        }
    }
}
