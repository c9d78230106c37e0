//! From radial tables to voxels.

use super::kernel::volume;
use super::optics::Voxel;
use super::quadrature::gauss_legendre;
use super::radial::{Radial, Reader};
use crate::error::{Result, zeroed};
use crate::runtime::{Rows, Workers};

/// Samples of a radial intensity on a grid, and what they add up to.
pub(super) struct Voxels {
    /// Scaled to a sum of 1, x fastest.
    pub samples: Vec<f32>,
    /// Sum of every plane before scaling.
    pub plane_sums: Vec<f64>,
    /// Largest sample before scaling.
    pub peak: f64,
}

/// Reads the tables at every voxel of `shape`; plane z of the tables is plane z of the grid.
///
/// `area` takes the mean over the square pixel, else the value at its middle. `cutoff` is the highest lateral frequency
/// of the field behind the intensity, rad/um. Only an eighth of a plane is read, the rest is its mirror.
pub(super) fn voxels(
    table: &Radial,
    shape: [usize; 3],
    voxel: Voxel,
    area: Option<f64>,
    workers: &Workers,
) -> Result<Voxels> {
    let side = shape[1].max(shape[2]) / 2 + 1;
    let reader = octant(table.step, side, voxel.pixel, area);
    let mut octants: Vec<f64> = zeroed("psf planes", shape[0] * reader.len())?;
    workers.each(Rows::of_mut(&mut octants, reader.len()), |_, plane, octant: &mut [f64]| {
        reader.read(table.plane(plane), octant);
    });
    let times = |half: usize, at: usize, extent: usize| {
        // Both signs of the offset, where the grid has them: an even extent has one more sample below the centre.
        if at == 0 { 1 } else { usize::from(at <= half) + usize::from(at < extent - half) }
    };
    let [rows, columns] = [shape[1] / 2, shape[2] / 2];
    let mut plane_sums = Vec::with_capacity(shape[0]);
    let mut peak = 0.0_f64;
    for octant in octants.chunks_exact(reader.len()) {
        let mut sum = 0.0;
        for y in 0..=rows {
            let mut row = 0.0;
            for x in 0..=columns {
                let value = octant[place(y, x)];
                peak = peak.max(value);
                row += value * times(columns, x, shape[2]) as f64;
            }
            sum += row * times(rows, y, shape[1]) as f64;
        }
        plane_sums.push(sum);
    }
    let scale = 1.0 / plane_sums.iter().sum::<f64>();
    let mut samples = zeroed("psf kernel", volume(shape)?)?;
    workers.each(
        (Rows::of_mut(&mut samples, shape[1] * shape[2]), Rows::of(&octants, reader.len())),
        |_, _, (plane, octant): (&mut [f32], &[f64])| spread(octant, plane, shape, scale),
    );
    Ok(Voxels { samples, plane_sums, peak })
}

/// Writes a plane from its octant.
fn spread(octant: &[f64], plane: &mut [f32], shape: [usize; 3], scale: f64) {
    let [rows, columns] = [shape[1] / 2, shape[2] / 2];
    for y in 0..=rows {
        let start = (rows - y) * shape[2];
        for x in 0..=columns {
            let value = (octant[place(y, x)] * scale).max(0.0) as f32;
            plane[start + columns - x] = value;
            if columns + x < shape[2] {
                plane[start + columns + x] = value;
            }
        }
        if y > 0 && rows + y < shape[1] {
            plane.copy_within(start..start + shape[2], (rows + y) * shape[2]);
        }
    }
}

/// Weights for the pixels (y, x) with x <= y < side.
fn octant(step: f64, side: usize, pixel: f64, area: Option<f64>) -> Reader {
    let points = match area {
        None => vec![(0.0, 1.0)],
        // The intensity has twice the frequencies of the field.
        Some(cutoff) => gauss_legendre((cutoff * pixel).ceil() as usize + 3)
            .into_iter()
            .map(|(x, weight)| (0.5 * x, 0.5 * weight))
            .collect(),
    };
    let mut reader = Reader::default();
    let mut scratch = Vec::new();
    for y in 0..side {
        for x in 0..=y {
            let patch = points.iter().flat_map(|(dy, wy)| {
                points.iter().map(move |(dx, wx)| {
                    let distance = (y as f64 + dy).hypot(x as f64 + dx);
                    (distance * pixel / step, wy * wx)
                })
            });
            reader.push(patch, &mut scratch);
        }
    }
    reader
}

fn place(y: usize, x: usize) -> usize {
    let (large, small) = if y < x { (x, y) } else { (y, x) };
    large * (large + 1) / 2 + small
}
