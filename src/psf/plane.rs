//! From tables to voxels.

use super::polar::Polar;
use super::reader::{Patch, Reader};
use super::sampling::Voxel;
use super::shape::volume;
use crate::error::Result;
use crate::runtime::{Job, Rows};

/// Samples of an intensity on a grid, and what they add up to.
pub(super) struct Voxels {
    /// Scaled to a sum of 1, x fastest.
    pub samples: Vec<f32>,
    /// Sum of all samples before scaling.
    pub sum: f64,
    /// Largest sample before scaling.
    pub peak: f64,
}

/// Reads the tables at every voxel of `shape`; plane z of the tables is plane z of the grid.
///
/// `area` takes the mean over the square pixel, else the value at its middle; it is the highest lateral frequency of the
/// field behind the intensity, rad/um.
pub(super) fn voxels(table: &Polar, shape: [usize; 3], voxel: Voxel, area: Option<f64>, job: Job) -> Result<Voxels> {
    let patch = Patch::new(area, voxel.pixel, job)?;
    if table.orders == 0 { round(table, shape, voxel, &patch, job) } else { any(table, shape, voxel, &patch, job) }
}

/// Of a round intensity only an eighth of a plane is read, the rest is its mirror.
fn round(table: &Polar, shape: [usize; 3], voxel: Voxel, patch: &Patch, job: Job) -> Result<Voxels> {
    let reader = octant(shape[1].max(shape[2]) / 2 + 1, voxel.pixel / table.step, patch, job)?;
    let mut octants: Vec<f64> = job.zeroed("psf planes", shape[0] * reader.len())?;
    job.each(Rows::of_mut(&mut octants, reader.len()), |_, plane, octant: &mut [f64]| {
        reader.read(table, plane, octant);
        Ok(())
    })?;
    let times = |half: usize, at: usize, extent: usize| {
        // Both signs of the offset, where the grid has them: an even extent has one more sample below the centre.
        if at == 0 { 1 } else { usize::from(at <= half) + usize::from(at < extent - half) }
    };
    let [rows, columns] = [shape[1] / 2, shape[2] / 2];
    let mut total = 0.0;
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
        total += sum;
    }
    let mut samples = job.zeroed("psf kernel", volume(shape)?)?;
    job.each(
        (Rows::of_mut(&mut samples, shape[1] * shape[2]), Rows::of(&octants, reader.len())),
        |_, _, (plane, octant): (&mut [f32], &[f64])| {
            spread(octant, plane, shape, 1.0 / total);
            Ok(())
        },
    )?;
    Ok(Voxels { samples, sum: total, peak })
}

/// Of any intensity every pixel is read; the weights of a row of pixels serve all planes.
fn any(table: &Polar, shape: [usize; 3], voxel: Voxel, patch: &Patch, job: Job) -> Result<Voxels> {
    let [planes, rows, columns] = shape;
    let steps = voxel.pixel / table.step;
    // [y][z][x]
    let mut turned: Vec<f64> = job.zeroed("psf planes", volume(shape)?)?;
    job.each(Rows::of_mut(&mut turned, planes * columns), |_, row, target: &mut [f64]| {
        let mut reader = Reader::new(table.orders);
        let y = row as f64 - (rows / 2) as f64;
        for column in 0..columns {
            reader.push(patch.at(y, column as f64 - (columns / 2) as f64, steps))?;
        }
        if row == rows / 2 {
            // Every thread has one, of about that size.
            job.count("psf weights", job.workers().threads() as u64 * reader.bytes())?;
        }
        for (plane, target) in target.chunks_exact_mut(columns).enumerate() {
            job.check()?;
            reader.read(table, plane, target);
        }
        Ok(())
    })?;
    let sum: f64 = turned.chunks_exact(planes * columns).map(|row| row.iter().sum::<f64>()).sum();
    let peak = turned.iter().copied().fold(0.0, f64::max);
    let mut samples: Vec<f32> = job.zeroed("psf kernel", volume(shape)?)?;
    for (at, target) in samples.chunks_exact_mut(columns).enumerate() {
        let (plane, row) = (at / rows, at % rows);
        let source = &turned[(row * planes + plane) * columns..][..columns];
        for (target, value) in target.iter_mut().zip(source) {
            *target = (value / sum).max(0.0) as f32;
        }
    }
    Ok(Voxels { samples, sum, peak })
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

/// Weights for the pixels (y, x) with x <= y < side, a pixel being so many `steps` of the table wide.
fn octant(side: usize, steps: f64, patch: &Patch, job: Job) -> Result<Reader> {
    let mut reader = Reader::new(0);
    for y in 0..side {
        job.check()?;
        for x in 0..=y {
            reader.push(patch.at(y as f64, x as f64, steps))?;
        }
    }
    job.count("psf weights", reader.bytes())?;
    Ok(reader)
}

fn place(y: usize, x: usize) -> usize {
    let (large, small) = if y < x { (x, y) } else { (y, x) };
    large * (large + 1) / 2 + small
}
