//! Parameters recovered from noisy synthetic beads.

use abbe::params;
use abbe::psf::{Kind, Samples, Source, fit};
use abbe::runtime::Workers;

const SHAPE: [usize; 3] = [21, 25, 25];

fn source(aperture: f64, step_nm: f64) -> Source {
    let mut source = Source::new(Kind::Widefield);
    for (id, value) in [
        (params::PSF_NUMERICAL_APERTURE, aperture),
        (params::PSF_IMMERSION_INDEX, 1.333),
        (params::PSF_WAVELENGTH_NM, 520.0),
        (params::PSF_PIXEL_NM, 80.0),
        (params::PSF_STEP_NM, step_nm),
    ] {
        source.settings.set_f64(id, value).unwrap();
    }
    source.settings.set_i64(params::PSF_PIXEL, params::PIXEL_POINT).unwrap();
    source
}

/// Knuth's Poisson numbers on Marsaglia's xorshift.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn poisson(&mut self, mean: f64) -> f64 {
        let limit = (-mean).exp();
        let (mut count, mut product) = (0.0, self.uniform());
        while product > limit {
            count += 1.0;
            product *= self.uniform();
        }
        count
    }
}

#[test]
fn aperture_defocus_and_shift_are_recovered_at_ten_thousand_photons() {
    let workers = Workers::new(2).unwrap();
    // The truth is sampled on a grid four times as fine and thinned with an offset: a shift that no part of the fit
    // makes. 0.25 px along y, -0.5 px along x, 100 nm of defocus (half a step).
    let fine = {
        let mut fine = source(1.15, 100.0);
        fine.settings.set_f64(params::PSF_PIXEL_NM, 20.0).unwrap();
        fine.sample([45, 121, 121], &workers).unwrap()
    };
    let place = |at: usize| [at / (25 * 25), at / 25 % 25, at % 25];
    let clean: Vec<f64> = (0..SHAPE.iter().product())
        .map(|at| {
            let [z, y, x] = place(at);
            let [z, y, x] = [2 * z + 22 - 20 + 1, 4 * y + 60 - 48 - 1, 4 * x + 60 - 48 + 2];
            f64::from(fine.samples()[(z * 121 + y) * 121 + x])
        })
        .collect();
    let sum: f64 = clean.iter().sum();
    let mut noise = Noise(88_172_645_463_325_252);
    let counts = clean.iter().map(|value| noise.poisson(10_000.0 * value / sum + 0.2) as f32).collect();
    let found = fit(&source(1.05, 200.0), &Samples::new(SHAPE, counts).unwrap(), &workers).unwrap();
    println!("{found:?}");
    assert!((found.numerical_aperture / 1.15 - 1.0).abs() < 0.01, "{found:?}");
    assert!((found.defocus_nm - 100.0).abs() < 20.0, "{found:?}");
    assert!((found.shift_px[0] - 0.25).abs() < 0.05 && (found.shift_px[1] + 0.5).abs() < 0.05, "{found:?}");
    assert!((found.chi_square - 1.0).abs() < 0.1, "{found:?}");
    assert!(found.spherical_nm.abs() < 10.0 && (found.counts / 10_000.0 - 1.0).abs() < 0.05, "{found:?}");
}

#[test]
fn kinds_without_optics_are_refused() {
    let workers = Workers::new(1).unwrap();
    let mut source = source(1.1, 200.0);
    source.kind = Kind::Gaussian;
    let told = fit(&source, &Samples::new([1, 1, 2], vec![1.0, 2.0]).unwrap(), &workers).unwrap_err().to_string();
    assert!(told.contains("gaussian"), "{told}");
}
