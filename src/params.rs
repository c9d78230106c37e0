//! The one table of parameters, and the values that objects hold for them.
//!
//! A row of [`TABLE`] states id, name, kind of value, range, default, unit and summary of a parameter. Validation, the
//! C header, the parameters page of the documentation and the introspection functions of the C ABI all read it.

mod settings;
mod table;

pub use settings::Settings;
pub use table::*;

use serde_json::json;

/// Number of a parameter in the C ABI.
pub type Id = i32;

/// One parameter or fact.
#[derive(Debug)]
pub struct Parameter {
    /// Number in the C ABI, never reused.
    pub id: Id,
    /// Name of the constant in the C header without `ABBE_`, e.g. `PSF_WAVELENGTH_NM`.
    pub constant: &'static str,
    /// Name in configuration files, `<object>.<parameter>`, e.g. `psf.wavelength_nm`.
    pub name: &'static str,
    /// Kind, range and default of its value.
    pub kind: Kind,
    /// What it means, in one or two sentences.
    pub summary: &'static str,
    /// Whether it is experimental: it may change or go while the major version stays.
    pub experimental: bool,
}

/// Kind, range and default of a value. Ranges include their ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A whole number.
    Integer {
        /// Least value.
        minimum: i64,
        /// Greatest value.
        maximum: i64,
        /// Value when not set; `None`: must be set.
        default: Option<i64>,
        /// Unit, or empty.
        unit: &'static str,
    },
    /// A real number; NaN and infinity are never allowed.
    Number {
        /// Least value.
        minimum: f64,
        /// Greatest value.
        maximum: f64,
        /// Value when not set; `None`: must be set where it matters, or follows from others as the summary says.
        default: Option<f64>,
        /// Unit, or empty.
        unit: &'static str,
    },
    /// One of several named whole numbers.
    Choice {
        /// The named values; their constants in the header are `ABBE_<PREFIX>_<NAME>`.
        values: &'static [(&'static str, i64)],
        /// Prefix of the constants, e.g. `DEVICE`.
        prefix: &'static str,
        /// Value when not set.
        default: i64,
    },
    /// UTF-8 text; empty when not set.
    Text,
    /// A whole number that can only be read.
    IntegerFact {
        /// Unit, or empty.
        unit: &'static str,
    },
    /// A real number that can only be read.
    NumberFact {
        /// Unit, or empty.
        unit: &'static str,
    },
}

impl Parameter {
    /// The object the parameter belongs to: the part of the name before the point.
    pub fn object(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }

    /// The parameter of that number.
    pub fn by_id(id: Id) -> Option<&'static Parameter> {
        TABLE.iter().find(|row| row.id == id)
    }

    /// The parameter of that name.
    pub fn by_name(name: &str) -> Option<&'static Parameter> {
        TABLE.iter().find(|row| row.name == name)
    }

    /// The name that is most like `name`.
    pub fn nearest(name: &str) -> &'static str {
        let name: String = name.chars().take(LONGEST_NAME).collect();
        let likeness = |row: &&Parameter| strsim::jaro_winkler(row.name, &name);
        TABLE.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other))).map_or("", |row| row.name)
    }

    /// The unit, or an empty text.
    pub fn unit(&self) -> &'static str {
        match self.kind {
            Kind::Integer { unit, .. }
            | Kind::Number { unit, .. }
            | Kind::IntegerFact { unit }
            | Kind::NumberFact { unit } => unit,
            Kind::Choice { .. } | Kind::Text => "",
        }
    }
}

impl Parameter {
    /// The row as a JSON object, for property pages and configuration files.
    pub fn describe(&self) -> serde_json::Value {
        let mut row = json!({
            "id": self.id,
            "name": self.name,
            "constant": format!("ABBE_{}", self.constant),
            "object": self.object(),
            "unit": self.unit(),
            "summary": self.summary,
            "experimental": self.experimental,
        });
        let more = match self.kind {
            Kind::Integer { minimum, maximum, default, .. } => {
                json!({ "kind": "integer", "minimum": minimum, "maximum": maximum, "default": default })
            }
            Kind::Number { minimum, maximum, default, .. } => {
                json!({ "kind": "number", "minimum": minimum, "maximum": maximum, "default": default })
            }
            Kind::Choice { values, default, .. } => {
                let values: serde_json::Map<_, _> =
                    values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                json!({ "kind": "choice", "values": values, "default": default })
            }
            Kind::Text => json!({ "kind": "text" }),
            Kind::IntegerFact { .. } => json!({ "kind": "integer fact" }),
            Kind::NumberFact { .. } => json!({ "kind": "number fact" }),
        };
        if let (Some(row), serde_json::Value::Object(more)) = (row.as_object_mut(), more) {
            row.extend(more);
        }
        row
    }
}

/// Characters of a name that are looked at: no parameter's is longer.
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_names_and_constants_are_unique_and_agree() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.constant, row.name.replace('.', "_").to_uppercase(), "{}", row.name);
            for other in &TABLE[..at] {
                assert!(row.id != other.id && row.name != other.name, "{} and {}", row.name, other.name);
            }
        }
    }

    #[test]
    fn defaults_are_in_range() {
        for row in TABLE {
            match row.kind {
                Kind::Integer { minimum, maximum, default, .. } => {
                    assert!(default.is_none_or(|default| (minimum..=maximum).contains(&default)), "{}", row.name);
                }
                Kind::Number { minimum, maximum, default, .. } => {
                    assert!(default.is_none_or(|default| (minimum..=maximum).contains(&default)), "{}", row.name);
                }
                Kind::Choice { values, default, .. } => {
                    assert!(values.iter().any(|(_, value)| *value == default), "{}", row.name);
                }
                _ => {}
            }
        }
    }
}
