//! Kernels against independent values: quadrature in 30 digits (`../shared/data/psf-reference`), read through the
//! public sampling path on a grid whose pixels fall on the tabulated distances.

#[path = "support/lanes.rs"]
mod lanes;
mod support;

use abbe::params::{self, BeyondCritical, Centre, Pixel};
use abbe::psf::{Kernel, Kind, PsfSpec};
use abbe::runtime::Workers;

const PIXEL_UM: f64 = 0.0325;
const STEP_UM: f64 = 0.16;
const SHAPE: [usize; 3] = [65, 3, 257];

/// Columns of a CSV file.
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Table {
    fn read(name: &str) -> Option<Self> {
        let text = std::fs::read_to_string(support::shared("data/psf-reference")?.join(name)).unwrap();
        let mut lines = text.lines();
        let names = lines.next().unwrap().split(',').map(str::to_owned).collect();
        let rows = lines.map(|line| line.split(',').map(|value| value.parse().unwrap()).collect()).collect();
        Some(Self { names, rows })
    }

    fn column(&self, name: &str) -> Vec<f64> {
        let at = self.names.iter().position(|known| known == name).unwrap();
        self.rows.iter().map(|row| row[at]).collect()
    }
}

/// A source with the optics common to all cases, changed by `changes`.
fn source(kind: Kind, changes: &[(params::Id, f64)]) -> PsfSpec {
    let mut source = PsfSpec::new(kind);
    let common = [
        (params::PSF_NUMERICAL_APERTURE, 1.4),
        (params::PSF_WAVELENGTH_NM, 525.0),
        (params::PSF_IMMERSION_INDEX, 1.515),
        (params::PSF_PIXEL_NM, PIXEL_UM * 1000.0),
        (params::PSF_STEP_NM, STEP_UM * 1000.0),
    ];
    for (id, value) in common.iter().chain(changes) {
        source.settings.set_f64(*id, *value).unwrap();
    }
    source.settings.set_choice(params::PSF_CENTRE, Centre::Nominal).unwrap();
    source.settings.set_choice(params::PSF_PIXEL, Pixel::Point).unwrap();
    source
}

const GL_B: &[(params::Id, f64)] = &[(params::PSF_SAMPLE_INDEX, 1.47), (params::PSF_DEPTH_NM, 10_000.0)];
const GL_C: &[(params::Id, f64)] = &[
    (params::PSF_NUMERICAL_APERTURE, 1.2),
    (params::PSF_IMMERSION_INDEX, 1.333),
    (params::PSF_SAMPLE_INDEX, 1.38),
    (params::PSF_COVERSLIP_INDEX, 1.52),
    (params::PSF_DESIGN_COVERSLIP_INDEX, 1.515),
    (params::PSF_COVERSLIP_NM, 175_000.0),
    (params::PSF_WORKING_DISTANCE_NM, 280_000.0),
    (params::PSF_DEPTH_NM, 20_000.0),
];
const GL_D: &[(params::Id, f64)] = &[(params::PSF_SAMPLE_INDEX, 1.33), (params::PSF_DEPTH_NM, 2000.0)];

/// Compares a kernel with a file, after one scale factor: the kernel's samples sum to 1, the file's do not.
fn compare(file: &str, column: &str, source: &PsfSpec, bound: f64) {
    let Some(table) = Table::read(file) else { return };
    let workers = Workers::new(2).unwrap();
    let kernel = source.sample(SHAPE, &workers).unwrap();
    let (distances, depths, truth) = (table.column("r_um"), table.column("z_um"), table.column(column));
    let peak = truth.iter().copied().fold(0.0, f64::max);
    // The files' z grows with the immersion layer, the kernel's with the depth of the focus.
    let values: Vec<f64> =
        distances.iter().zip(&depths).map(|(r, z)| f64::from(at(&kernel, r / PIXEL_UM, -z / STEP_UM))).collect();
    let product: f64 = values.iter().zip(&truth).map(|(value, truth)| value * truth).sum();
    let scale = product / values.iter().map(|value| value * value).sum::<f64>();
    let worst =
        values.iter().zip(&truth).map(|(value, truth)| (value * scale - truth).abs() / peak).fold(0.0, f64::max);
    println!("{file} {column}: worst error {worst:.2e} of the peak");
    assert!(worst <= bound, "{file} {column}: {worst:e}");
}

/// The sample `x` pixels and `z` planes from the centre.
fn at(kernel: &Kernel, x: f64, z: f64) -> f32 {
    let [depth, height, width] = kernel.shape();
    assert!((x - x.round()).abs() < 1e-9 && (z - z.round()).abs() < 1e-9);
    let plane = (depth as i64 / 2 + z.round() as i64) as usize;
    kernel.samples()[(plane * height + height / 2) * width + width / 2 + x.round() as usize]
}

#[test]
fn born_wolf() {
    compare("born_wolf_paraxial_NA1.4_n1.515_525nm.csv", "intensity", &source(Kind::BornWolf, &[]), 1e-6);
}

#[test]
fn scalar_gibson_lanni() {
    compare("gibson_lanni_scalar_glA.csv", "intensity", &source(Kind::Widefield, &[]), 1e-6);
    compare("gibson_lanni_scalar_glB.csv", "intensity", &source(Kind::Widefield, GL_B), 1e-6);
    compare("gibson_lanni_scalar_glC.csv", "intensity", &source(Kind::Widefield, GL_C), 1e-6);
}

#[test]
fn scalar_gibson_lanni_below_the_critical_index() {
    let mut source = source(Kind::Widefield, GL_D);
    compare("gibson_lanni_scalar_glD.csv", "intensity_evan", &source, 1e-6);
    source.settings.set_choice(params::PSF_BEYOND_CRITICAL, BeyondCritical::Truncated).unwrap();
    compare("gibson_lanni_scalar_glD.csv", "intensity_trunc", &source, 1e-6);
}

#[test]
fn vectorial() {
    let column = "I0sq_2I1sq_I2sq";
    compare("richards_wolf_NA1.4_n1.515_525nm.csv", column, &source(Kind::Vectorial, &[]), 1e-6);
    compare("vectorial_three_layer_glB.csv", column, &source(Kind::Vectorial, GL_B), 1e-6);
    compare("vectorial_three_layer_glC.csv", column, &source(Kind::Vectorial, GL_C), 1e-6);
    compare("vectorial_three_layer_glD.csv", column, &source(Kind::Vectorial, GL_D), 1e-6);
}

#[test]
fn means_over_pixels() {
    let Some(table) = Table::read("pixel_mean_65nm_NA1.4_n1.515_525nm.csv") else { return };
    let workers = Workers::new(1).unwrap();
    let (px, py, z) = (table.column("px"), table.column("py"), table.column("z_um"));
    for (kind, column) in
        [(Kind::BornWolf, "mean_bw"), (Kind::Widefield, "mean_scalar_glA"), (Kind::Vectorial, "mean_rw")]
    {
        let mut source = source(kind, &[(params::PSF_PIXEL_NM, 65.0)]);
        source.settings.set_choice(params::PSF_PIXEL, Pixel::Area).unwrap();
        let kernel = source.sample([33, 65, 65], &workers).unwrap();
        let truth = table.column(column);
        let scale = truth[0] / f64::from(kernel.samples()[(16 * 65 + 32) * 65 + 32]);
        for row in 0..truth.len() {
            let plane = (16.0 - z[row] / STEP_UM).round() as usize;
            let sample = kernel.samples()[(plane * 65 + 32 + py[row] as usize) * 65 + 32 + px[row] as usize];
            let error = (f64::from(sample) * scale - truth[row]).abs();
            assert!(error <= 1e-6, "{column} row {row}: {error:e}");
        }
    }
}

/// Rows of the same files (mpmath, 30 digits; `gibson_lanni_scalar_glB.csv` and `vectorial_three_layer_glC.csv`), for
/// checkouts without them: distance and stage position z in um, intensity relative to the first row.
#[test]
fn embedded_values() {
    let workers = Workers::new(1).unwrap();
    for (source, rows) in
        [(source(Kind::Widefield, GL_B), EMBEDDED_GL_B), (source(Kind::Vectorial, GL_C), EMBEDDED_VECTORIAL_GL_C)]
    {
        let kernel = source.sample(SHAPE, &workers).unwrap();
        let value = |row: &[f64; 3]| f64::from(at(&kernel, row[0] / PIXEL_UM, -row[1] / STEP_UM));
        let peak = rows.iter().map(|row| row[2]).fold(0.0, f64::max);
        let scale = rows[0][2] / value(&rows[0]);
        for row in rows {
            assert!((value(row) * scale - row[2]).abs() <= 1e-6 * peak, "{row:?}");
        }
    }
}

const EMBEDDED_GL_B: &[[f64; 3]] = &[
    [0.0, -0.32, 0.6478501615502499],
    [0.065, -0.32, 0.5033071693938745],
    [0.26, -0.32, 0.0026016583715244746],
    [0.0325, 0.0, 0.355796948863357],
    [0.13, 0.64, 0.03459617497405408],
    [0.52, -1.28, 0.0125909122568755],
    [1.04, 1.92, 0.002385919283706468],
    [0.0, 5.12, 0.0006009237067476288],
];

const EMBEDDED_VECTORIAL_GL_C: &[[f64; 3]] = &[
    [0.0, -2.56, 0.14086903919670052],
    [0.065, -2.56, 0.11512750293514126],
    [0.26, -2.56, 0.0283872261166522],
    [0.0325, -1.92, 0.08404064081514012],
    [0.13, 0.64, 0.0026977394330877516],
    [0.52, -1.28, 0.0022200859034862217],
    [1.04, 1.92, 0.00047425750304353956],
    [0.0, 5.12, 0.00017206337522840417],
];
