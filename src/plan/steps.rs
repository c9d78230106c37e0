//! The kinds of steps, one file each.

mod background;
mod bin;
mod bleach;
mod camera;
mod deconvolve;
mod denoise;
mod esrrf;
mod filter;
mod flat_field;
mod hot_pixels;
mod model;
mod output;
mod reassign;
mod resample;

use super::step::Kind;
use crate::codes::StepKind;

/// What a kind takes and how its steps are made; a line per kind.
pub fn kind(kind: StepKind) -> &'static Kind {
    match kind {
        StepKind::Background => &background::KIND,
        StepKind::Bin => &bin::KIND,
        StepKind::Bleach => &bleach::KIND,
        StepKind::Camera => &camera::KIND,
        StepKind::Deconvolve => &deconvolve::KIND,
        StepKind::Denoise => &denoise::KIND,
        StepKind::Esrrf => &esrrf::KIND,
        StepKind::Filter => &filter::KIND,
        StepKind::FlatField => &flat_field::KIND,
        StepKind::HotPixels => &hot_pixels::KIND,
        StepKind::Model => &model::KIND,
        StepKind::Output => &output::KIND,
        StepKind::Reassign => &reassign::KIND,
        StepKind::Resample => &resample::KIND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::TABLE;

    #[test]
    fn kinds_have_parameters_of_their_own() {
        for kind in StepKind::ALL {
            assert!(TABLE.iter().any(|row| row.object() == kind.name()), "{} has no parameters", kind.name());
        }
    }
}
