//! Extents (z, y, x), and places in them.

use crate::error::{Error, Result};

/// The number of samples in `shape`.
///
/// # Errors
/// [`Error::Argument`] when an extent is 0 or the product passes what an address can hold.
pub(super) fn volume(shape: [usize; 3]) -> Result<usize> {
    let product = shape.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent));
    match product {
        Some(0) => Err(Error::Argument(format!("psf shape is {shape:?}; every extent must be at least 1"))),
        Some(product) if product <= isize::MAX as usize / size_of::<f64>() => Ok(product),
        _ => Err(Error::Argument(format!("psf shape is {shape:?}; that is more than memory can address"))),
    }
}

/// Index (z, y, x) of the sample at `offset`.
pub(super) fn place(shape: [usize; 3], offset: usize) -> [usize; 3] {
    [offset / (shape[1] * shape[2]), offset / shape[2] % shape[1], offset % shape[2]]
}
