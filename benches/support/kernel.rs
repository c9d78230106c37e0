//! A kernel for benches.

use abbe::psf::Kernel;

/// Symmetric, a quarter of its extents wide.
pub fn gaussian([nz, ny, nx]: [usize; 3]) -> Kernel {
    let place = |at: usize, n: usize| (at as f32 - (n / 2) as f32) / (n as f32 / 8.0);
    let samples: Vec<f32> = (0..nz * ny * nx)
        .map(|at| [place(at / (ny * nx), nz), place(at / nx % ny, ny), place(at % nx, nx)])
        .map(|[z, y, x]| (-0.5 * (z * z + y * y + x * x)).exp())
        .collect();
    let sum: f64 = samples.iter().map(|&sample| f64::from(sample)).sum();
    let samples = samples.iter().map(|&sample| (f64::from(sample) / sum) as f32).collect();
    Kernel::new([nz, ny, nx], samples).expect("a kernel")
}
