//! Restoring what an optical system blurred.

mod background;

pub use background::{Background, Subtracted};
