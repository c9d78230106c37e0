//! The table of parameters, for property pages and configuration files.

use std::ffi::c_char;

use super::boundary::guard;
use super::buffers::{json_out, text_in, value_out};
use super::constants::{abbe_param, abbe_status};
use crate::error::{Error, Result};
use crate::params::{Kind, Parameter, TABLE};

/// Gives the number of parameters and facts that this version knows.
///
/// @return The count; pass 0 to count - 1 to abbe_param_at().
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_param_count() -> i32 {
    i32::try_from(TABLE.len()).unwrap_or(i32::MAX)
}

/// Gives the parameter at a place of the table.
///
/// @param      index  0 to abbe_param_count() - 1.
/// @param[out] param  Receives its number.
/// @since 0.1
///
/// # Safety
/// `param` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_param_at(index: i32, param: *mut abbe_param) -> abbe_status {
    guard(|| {
        let row = usize::try_from(index).ok().and_then(|index| TABLE.get(index));
        let row =
            row.ok_or_else(|| Error::Argument(format!("index is {index}; it must be 0 to {}", TABLE.len() - 1)))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("param", param, row.id) }
    })
}

/// Finds a parameter by its name.
///
/// @param      name   E.g. "psf.wavelength_nm".
/// @param[out] param  Receives its number.
/// @retval ABBE_ERROR_ARGUMENT  This version knows no such name.
/// @since 0.1
///
/// # Safety
/// `name` is NULL or ends in a NUL; `param` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_param_find(name: *const c_char, param: *mut abbe_param) -> abbe_status {
    guard(|| {
        // SAFETY: by this function's contract.
        let name = unsafe { text_in("name", name) }?;
        // SAFETY: by this function's contract.
        unsafe { value_out("param", param, Parameter::named(name)?.id) }
    })
}

/// Gives the range and the default of a parameter that is a number or a choice.
///
/// @param      param    A parameter.
/// @param[out] minimum  Receives the least value; may be NULL.
/// @param[out] maximum  Receives the greatest value; may be NULL.
/// @param[out] default_value  Receives the value it has when not set, NaN where it has none; may be NULL.
/// @retval ABBE_ERROR_ARGUMENT  Unknown, or a text or a fact, which have no range.
/// @since 0.1
///
/// # Safety
/// The addresses are NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_param_range(
    param: abbe_param,
    minimum: *mut f64,
    maximum: *mut f64,
    default_value: *mut f64,
) -> abbe_status {
    guard(|| {
        let row = known(param)?;
        let range = match row.kind {
            Kind::Integer { minimum, maximum, default, .. } => {
                [minimum as f64, maximum as f64, default.map_or(f64::NAN, |default| default as f64)]
            }
            Kind::Number { minimum, maximum, default, .. } => [minimum, maximum, default.unwrap_or(f64::NAN)],
            Kind::Choice { of, default } => {
                let numbers = || of.values.iter().map(|value| f64::from(value.number));
                [numbers().fold(f64::MAX, f64::min), numbers().fold(f64::MIN, f64::max), f64::from(default)]
            }
            Kind::Text | Kind::IntegerFact { .. } | Kind::NumberFact { .. } => {
                let held = if row.kind == Kind::Text { "a text" } else { "a fact" };
                return Err(Error::Argument(format!("{} is {held}; only numbers and choices have a range", row.name)));
            }
        };
        for (target, value) in [minimum, maximum, default_value].into_iter().zip(range) {
            if !target.is_null() {
                // SAFETY: by this function's contract.
                unsafe { value_out("target", target, value) }?;
            }
        }
        Ok(())
    })
}

/// Describes a parameter as one JSON object: id, name, constant, object, kind, minimum, maximum, default, unit, values
/// and value_summaries (of a choice), summary, since, experimental.
///
/// The kind is "integer" or "choice" (i64), "number" (f64), "text", "integer fact" or "number fact" (read only).
///
/// @param      param     A parameter.
/// @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
/// @param      capacity  Size of `json` in bytes.
/// @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
/// @since 0.1
///
/// # Safety
/// `json` is NULL or has `capacity` bytes; `needed` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_param_describe(
    param: abbe_param,
    json: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> abbe_status {
    // SAFETY: by this function's contract.
    guard(|| unsafe { json_out(&known(param)?.describe(), json, capacity, needed) })
}

fn known(param: abbe_param) -> Result<&'static Parameter> {
    Parameter::by_id(param).ok_or_else(|| {
        Error::Argument(format!("param is {param}; it must be a parameter that this version knows (abbe_param_at)"))
    })
}
