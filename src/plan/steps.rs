//! The kinds of steps, one file each.

mod background;
mod deconvolve;
mod denoise;
mod model;

use super::step::Kind;
use crate::error::{Error, Result};

/// All kinds, in the order of their numbers.
pub const KINDS: &[Kind] = &[background::KIND, deconvolve::KIND, denoise::KIND, model::KIND];

/// The kind of that number in the C ABI.
///
/// # Errors
/// [`Error::Argument`] for an unknown number.
pub fn kind(code: i32) -> Result<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code).ok_or_else(|| {
        let known: Vec<_> = KINDS.iter().map(|kind| format!("{} ({})", kind.code, kind.name)).collect();
        Error::Argument(format!("step is {code}; it must be an abbe_step_code: {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::TABLE;

    #[test]
    fn kinds_have_numbers_and_parameters_of_their_own() {
        for (at, kind) in KINDS.iter().enumerate() {
            assert!(KINDS[..at].iter().all(|other| other.code < kind.code && other.name != kind.name), "{}", kind.name);
            assert!(TABLE.iter().any(|row| row.object() == kind.name), "{} has no parameters", kind.name);
            assert_eq!(super::kind(kind.code).unwrap().name, kind.name);
        }
        assert!(kind(0).is_err() && kind(KINDS.len() as i32 + 1).is_err());
    }
}
