//! What one run of iterations works with.

use super::field::Field;
use super::options::Options;
use super::schedule::Schedule;
use super::sums::Sums;
use crate::image::Region;
use crate::runtime::{Watch, Workers};

/// What one run of iterations works with, apart from the image and the estimate.
pub(super) struct Run<'a, 'w> {
    pub field: &'a mut Field,
    /// What counts of the image in the field: all of it, or a tile without its halo.
    pub core: Region,
    pub sums: &'a Sums,
    pub options: &'a Options,
    pub schedule: &'a mut Schedule,
    pub workers: &'a Workers,
    pub watch: &'a mut Watch<'w>,
}
