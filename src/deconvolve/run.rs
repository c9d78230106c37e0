//! What one run of iterations works with.

use super::field::Field;
use super::held_out::Thinned;
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
    /// Photons held out that another rule chose; otherwise the stop of the options does.
    pub thinned: Option<Thinned<'a>>,
    pub workers: &'a Workers,
    pub watch: &'a mut Watch<'w>,
}
