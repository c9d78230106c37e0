//! Corrections and everyday filters, as steps of plans, against slow, obvious code.

mod background;
mod bin;
mod filter;
mod finer;
mod harness;
mod hot_pixels;
mod resample;
mod slow;
