//! Instrument models against what their definitions say, computed another way.

use abbe::params::{self, Pixel};
use abbe::psf::{Kernel, Kind, PsfSpec};
use abbe::runtime::Workers;

const SHAPE: [usize; 3] = [17, 33, 33];

fn source(kind: Kind) -> PsfSpec {
    let mut source = PsfSpec::new(kind);
    for (id, value) in [
        (params::PSF_NUMERICAL_APERTURE, 1.2),
        (params::PSF_IMMERSION_INDEX, 1.333),
        (params::PSF_WAVELENGTH_NM, 520.0),
        (params::PSF_EXCITATION_NM, 488.0),
        (params::PSF_PIXEL_NM, 40.0),
        (params::PSF_STEP_NM, 120.0),
        (params::PSF_SHEET_THICKNESS_NM, 1500.0),
    ] {
        source.settings.set_f64(id, value).unwrap();
    }
    source.settings.set_choice(params::PSF_PIXEL, Pixel::Point).unwrap();
    source
}

fn kernel(source: &PsfSpec) -> Kernel {
    source.sample(SHAPE, &Workers::new(2).unwrap()).unwrap()
}

/// The widefield kernel at another wavelength.
fn widefield(wavelength_nm: f64) -> Vec<f64> {
    let mut source = source(Kind::Vectorial);
    source.settings.set_f64(params::PSF_WAVELENGTH_NM, wavelength_nm).unwrap();
    kernel(&source).samples().iter().map(|&value| f64::from(value)).collect()
}

fn normalised(values: Vec<f64>) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    values.into_iter().map(|value| value / sum).collect()
}

fn assert_same(kernel: &Kernel, expected: &[f64], bound: f64) {
    let peak = expected.iter().copied().fold(0.0, f64::max);
    for (at, (value, expected)) in kernel.samples().iter().zip(expected).enumerate() {
        assert!((f64::from(*value) - expected).abs() <= bound * peak, "{at}: {value} {expected}");
    }
}

/// Full width at half maximum along an axis through the centre, in samples.
fn width(kernel: &Kernel, axis: usize) -> f64 {
    let shape = kernel.shape();
    let stride = [shape[1] * shape[2], shape[2], 1][axis];
    let centre = kernel.centre();
    let at = (centre[0] * shape[1] + centre[1]) * shape[2] + centre[2];
    let value = |step: usize| f64::from(kernel.samples()[at + step * stride]);
    let half = 0.5 * value(0);
    let step = (0..).find(|step| value(step + 1) < half).unwrap();
    2.0 * (step as f64 + (value(step) - half) / (value(step) - value(step + 1)))
}

#[test]
fn two_photon_is_the_square_of_the_excitation() {
    let mut source = source(Kind::TwoPhoton);
    source.settings.set_f64(params::PSF_EXCITATION_NM, 900.0).unwrap();
    let expected = normalised(widefield(900.0).into_iter().map(|value| value * value).collect());
    assert_same(&kernel(&source), &expected, 1e-6);
}

#[test]
fn a_tiny_pinhole_gives_the_product_and_a_huge_one_the_excitation() {
    let mut source = source(Kind::Confocal);
    source.settings.set_f64(params::PSF_PINHOLE_AIRY, 0.05).unwrap();
    let product = widefield(520.0).into_iter().zip(widefield(488.0)).map(|(seen, lit)| seen * lit).collect();
    // A mean over a disc of radius a is off by a^2 / 8 times the Laplacian: (k NA a)^2 / 8 = 0.0046 of the peak.
    assert_same(&kernel(&source), &normalised(product), 5e-3);
    source.settings.set_f64(params::PSF_PINHOLE_AIRY, 20.0).unwrap();
    assert_same(&kernel(&source), &widefield(488.0), 3e-2);
}

#[test]
fn a_pinhole_is_the_mean_over_a_disc() {
    // The detection through the pinhole by brute force: a fine widefield plane, added over a fine disc.
    let source = source(Kind::Confocal);
    let confocal = kernel(&source);
    let radius: f64 = 0.5 * 1.219_669_89 * 520.0 / 1.2;
    let mut fine = source.clone();
    fine.kind = Kind::Vectorial;
    fine.settings.set_f64(params::PSF_PIXEL_NM, 8.0).unwrap();
    let fine = fine.sample([1, 401, 401], &Workers::new(1).unwrap()).unwrap();
    let lit = widefield(488.0);
    let middle = (SHAPE[0] / 2) * SHAPE[1] * SHAPE[2] + SHAPE[1] / 2 * SHAPE[2] + SHAPE[2] / 2;
    let through = |pixels: usize| -> f64 {
        let mut sum = 0.0;
        let reach = (radius / 8.0).ceil() as i64;
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                if ((dy * dy + dx * dx) as f64).sqrt() * 8.0 <= radius {
                    let (y, x) = ((200 + dy) as usize, (200 + 5 * pixels as i64 + dx) as usize);
                    sum += f64::from(fine.samples()[y * 401 + x]);
                }
            }
        }
        sum
    };
    let at = |pixels: usize| f64::from(confocal.samples()[middle + pixels]) / f64::from(confocal.samples()[middle]);
    for pixels in [1, 2, 4, 7] {
        let expected = through(pixels) * lit[middle + pixels] / (through(0) * lit[middle]);
        assert!((at(pixels) - expected).abs() < 3e-3, "{pixels}: {} {expected}", at(pixels));
    }
}

#[test]
fn a_light_sheet_is_widefield_times_a_gaussian() {
    let expected = widefield(520.0)
        .into_iter()
        .enumerate()
        .map(|(at, value)| {
            let z = (at / (33 * 33)) as f64 * 120.0 - 960.0;
            value * (-4.0 * 2.0_f64.ln() * (z / 1500.0).powi(2)).exp()
        })
        .collect();
    assert_same(&kernel(&source(Kind::LightSheet)), &normalised(expected), 1e-6);
}

#[test]
fn sectioning_instruments_are_ordered_by_width() {
    let widefield = kernel(&source(Kind::Vectorial));
    let confocal = kernel(&source(Kind::Confocal));
    let mut disk = source(Kind::SpinningDisk);
    let narrow = kernel(&disk);
    disk.settings.set_f64(params::PSF_PINHOLE_SPACING, 1000.0).unwrap();
    let alone = kernel(&disk);
    assert!(width(&confocal, 0) < width(&narrow, 0) && width(&narrow, 0) < width(&widefield, 0));
    assert!(width(&confocal, 2) < width(&widefield, 2));
    // Neighbouring pinholes add haze away from focus.
    let outer = |kernel: &Kernel| kernel.samples()[..33 * 33].iter().sum::<f32>();
    assert!(outer(&narrow) > 1.2 * outer(&alone), "{} {}", outer(&narrow), outer(&alone));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let told = |change: &dyn Fn(&mut PsfSpec), kind| {
        let mut source = source(kind);
        change(&mut source);
        source.sample(SHAPE, &Workers::new(1).unwrap()).unwrap_err().to_string()
    };
    let set = |id, value| move |source: &mut PsfSpec| source.settings.set_f64(id, value).unwrap();
    assert!(
        told(&set(params::PSF_NUMERICAL_APERTURE, 1.4), Kind::Confocal).contains("below the immersion index 1.333")
    );
    assert!(told(&set(params::PSF_PIXEL_NM, 20_000.0), Kind::Widefield).contains("Nyquist"));
    assert!(told(&set(params::PSF_STEP_NM, 65_000.0), Kind::Widefield).contains("psf.step_nm"));
    let mut source = source(Kind::Confocal);
    for pinhole in [0.0, f64::INFINITY, f64::NAN, -1.0] {
        let told = source.settings.set_f64(params::PSF_PINHOLE_AIRY, pinhole).unwrap_err().to_string();
        assert!(told.contains("psf.pinhole_airy") && told.contains("0.05 to 20"), "{told}");
    }
}
