//! Corrections and everyday filters, as steps of plans, against slow, obvious code.

mod background;
mod bin;
mod bleach;
mod camera;
mod filter;
mod finer;
mod flat_field;
mod harness;
mod hot_pixels;
mod large;
mod resample;
mod slow;
