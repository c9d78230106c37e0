//! What transforms need of lanes.

use super::columns::Stage;
use crate::simd::Vector;

/// Lanes with butterflies: one lane is one column of a volume, or one row of it after a transposition.
///
/// # Safety
/// As for [`Vector`].
pub(super) unsafe trait Columnwise: Vector {
    /// Runs the butterflies of a stage with these instructions, in a function that all lines share.
    unsafe fn stage<const R: usize, const TWIDDLED: bool, const WHOLE: bool>(stage: &Stage);
}
