//! The one table of parameters, and the values that objects hold for them.
//!
//! A row of [`TABLE`] states id, name, kind of value, range, default, unit and summary of a parameter; [`CHOICES`]
//! has the values of choices. Validation, the C header, the bindings, `docs/parameters.md` and the introspection
//! functions of the C ABI all follow from them.

mod choices;
mod settings;
mod table;

pub use choices::*;
pub use settings::Settings;
pub use table::*;

use serde_json::{Map, Value, json};

use crate::codes::{Code, Enumeration};
use crate::error::{Error, Result};

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
    /// Version that had it first, e.g. `0.1`.
    pub since: &'static str,
    /// Whether it is experimental: it may change or go while the major version stays.
    pub experimental: bool,
    /// Whether it can be set on a committed plan, and holds from the next execute on without another commit.
    pub live: bool,
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
        /// The named values.
        of: &'static Enumeration,
        /// Value when not set.
        default: i32,
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

    /// The parameter of that name, for a host that may be wrong.
    ///
    /// # Errors
    /// [`Error::Argument`] for a name that is none, with the one that is most like it.
    pub fn named(name: &str) -> Result<&'static Parameter> {
        Self::by_name(name).ok_or_else(|| {
            let near = Self::nearest(name);
            Error::Argument(format!(
                "name is \"{name:.64}\"; it must be a parameter that this version knows (abbe_param_at), like {near}"
            ))
        })
    }

    /// The name that is most like `name`.
    fn nearest(name: &str) -> &'static str {
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
    pub fn describe(&self) -> Value {
        let mut row = json!({
            "id": self.id,
            "name": self.name,
            "constant": format!("ABBE_{}", self.constant),
            "object": self.object(),
            "unit": self.unit(),
            "summary": self.summary,
            "since": self.since,
            "experimental": self.experimental,
            "live": self.live,
        });
        let more = match self.kind {
            Kind::Integer { minimum, maximum, default, .. } => {
                json!({ "kind": "integer", "minimum": minimum, "maximum": maximum, "default": default })
            }
            Kind::Number { minimum, maximum, default, .. } => {
                json!({ "kind": "number", "minimum": minimum, "maximum": maximum, "default": default })
            }
            Kind::Choice { of, default } => {
                let numbers: Map<_, _> =
                    of.values.iter().map(|value| (value.name.to_owned(), json!(value.number))).collect();
                let summaries: Map<_, _> =
                    of.values.iter().map(|value| (value.name.to_owned(), json!(value.summary))).collect();
                json!({ "kind": "choice", "values": numbers, "value_summaries": summaries, "default": default })
            }
            Kind::Text => json!({ "kind": "text" }),
            Kind::IntegerFact { .. } => json!({ "kind": "integer fact" }),
            Kind::NumberFact { .. } => json!({ "kind": "number fact" }),
        };
        if let (Some(row), Value::Object(more)) = (row.as_object_mut(), more) {
            row.extend(more);
        }
        row
    }
}

/// The value of a number that the host gave; `thing` is what an error text calls it.
///
/// # Errors
/// [`Error::Argument`] for a number that this version does not know.
pub fn known<T: Code>(thing: &str, number: i64) -> Result<T> {
    T::of(number).ok_or_else(|| unknown(T::ENUMERATION, thing, number))
}

/// The number of a value that is told by its name; `thing` is what an error text calls it.
///
/// # Errors
/// [`Error::Argument`] for anything else than a name that this version knows.
pub fn value_of(of: &Enumeration, thing: &str, name: &Value) -> Result<i32> {
    let found = name.as_str().and_then(|name| of.values.iter().find(|value| value.name == name));
    found.map(|value| value.number).ok_or_else(|| {
        let names: Vec<_> = of.values.iter().map(|value| value.name).collect();
        Error::Argument(format!("{thing} is {name:.64}; it must be one of {}", names.join(", ")))
    })
}

fn unknown(of: &Enumeration, thing: &str, number: i64) -> Error {
    Error::Argument(format!("{thing} is {number}; it must be one of {}", of.known()))
}

/// Characters of a name that are looked at: no parameter's is longer.
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{CODES, PsfKind, Status, StepKind};

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
                Kind::Choice { of, default } => assert!(of.find(default.into()).is_some(), "{}", row.name),
                _ => {}
            }
        }
    }

    #[test]
    fn named_numbers_are_unique_and_every_set_of_choices_is_used() {
        let all = || CODES.iter().chain(CHOICES);
        let constants: Vec<_> = all().flat_map(|set| set.values.iter().map(|value| set.constant(value))).collect();
        for (at, constant) in constants.iter().enumerate() {
            assert!(!constants[..at].contains(constant), "{constant}");
            assert!(TABLE.iter().all(|row| format!("ABBE_{}", row.constant) != *constant), "{constant}");
        }
        for set in all() {
            assert_eq!(all().filter(|other| other.name == set.name).count(), 1, "{}", set.name);
            for (at, value) in set.values.iter().enumerate() {
                assert!(set.values[..at].iter().all(|other| other.number != value.number), "{}", value.name);
                assert!(value.summary.ends_with('.'), "{}", value.summary);
            }
        }
        for set in CHOICES {
            assert!(
                TABLE.iter().any(|row| matches!(row.kind, Kind::Choice { of, .. } if of.name == set.name)),
                "{}",
                set.name
            );
        }
    }

    #[test]
    fn names_are_those_of_the_variants() {
        fn check<T: Code + std::fmt::Debug>(all: &[T], name: impl Fn(T) -> &'static str) {
            for &value in all {
                let variant = format!("{value:?}").to_lowercase();
                assert!(name(value).replace('_', "").ends_with(&variant), "{value:?} is called {}", name(value));
                assert_eq!(T::of(value.number().into()).map(Code::number), Some(value.number()));
            }
            assert!(T::of(-99).is_none() && known::<T>("thing", -99).is_err());
        }
        check(Status::ALL, Status::name);
        check(StepKind::ALL, StepKind::name);
        check(PsfKind::ALL, PsfKind::name);
        check(Algorithm::ALL, Algorithm::name);
        check(Device::ALL, Device::name);
    }
}
