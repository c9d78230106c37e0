//! Spectra read frequency by frequency.

use super::Transform;

impl Transform {
    /// The values of a spectrum at the frequencies 0 to nx / 2 along x of the row (`z`, `y`), as (real, imaginary); a row
    /// stands for the frequency `z` / nz, or `z` / nz - 1 where that is less in size, and so does `y`. The spectrum is one that
    /// [`Transform::forward`] made. What is not there is the conjugate of what is.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn frequencies<'a>(
        &self,
        spectrum: &'a [f32],
        z: usize,
        y: usize,
    ) -> impl Iterator<Item = (f32, f32)> + use<'a> {
        let [nz, ny, nx] = self.shape();
        assert!(z < nz && y < ny);
        let (block, start) = (self.passes.block(), z * self.plane_pitch() + y * self.row_pitch());
        let row = &spectrum[start..start + self.passes.tiles() * block];
        let blocks = row.chunks_exact(block).map(move |block| block.split_at(block.len() / 2));
        blocks.flat_map(|(real, imaginary)| real.iter().copied().zip(imaginary.iter().copied())).take(nx / 2 + 1)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use crate::fft::{Buffer, Lanes, Transform};
    use crate::runtime::Workers;

    #[test]
    fn frequencies_are_those_of_a_slow_transform() {
        let workers = Workers::new(1).unwrap();
        for (lanes, shape) in
            Lanes::available().flat_map(|lanes| [[3, 4, 10], [1, 6, 33], [1, 1, 7]].map(|shape| (lanes, shape)))
        {
            let [nz, ny, nx] = shape;
            let image: Vec<f32> = (0..nz * ny * nx).map(|at| ((at * 37 + 11) % 97) as f32 / 97.0).collect();
            let transform = Transform::with_lanes(shape, lanes).unwrap();
            let mut volume = Buffer::new("volume", transform.len()).unwrap();
            let mut scratch = Buffer::new("scratch", transform.scratch_len(1)).unwrap();
            for (row, samples) in image.chunks_exact(nx).enumerate() {
                let start = row / ny * transform.plane_pitch() + row % ny * transform.row_pitch();
                volume[start..start + nx].copy_from_slice(samples);
            }
            transform.forward(&mut volume, &mut scratch, &workers);
            for (z, y) in (0..nz).flat_map(|z| (0..ny).map(move |y| (z, y))) {
                assert_eq!(transform.frequencies(&volume, z, y).count(), nx / 2 + 1);
                for (x, (real, imaginary)) in transform.frequencies(&volume, z, y).enumerate() {
                    let mut slow = (0.0, 0.0);
                    for (at, sample) in image.iter().enumerate() {
                        let place = [at / (ny * nx), at / nx % ny, at % nx];
                        let turns: f64 =
                            (0..3).map(|axis| (place[axis] * [z, y, x][axis]) as f64 / shape[axis] as f64).sum();
                        slow.0 += f64::from(*sample) * (TAU * turns).cos();
                        slow.1 -= f64::from(*sample) * (TAU * turns).sin();
                    }
                    let error = (f64::from(real) - slow.0).abs().max((f64::from(imaginary) - slow.1).abs());
                    assert!(error < 1e-4, "{lanes:?} {shape:?} {z} {y} {x}: {error}");
                }
            }
        }
    }
}
