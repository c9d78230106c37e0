//! Values that an object holds for the parameters of the table.

use serde_json::{Value as Json, json};

use super::{Id, Kind, Parameter, TABLE, unknown, value_of};
use crate::codes::Code;
use crate::error::{Error, Result, grown, number};

/// The values set on one object; what is not set has its default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    object: &'static str,
    values: Vec<(Id, Value)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Integer(i64),
    Number(f64),
    Text(String),
}

impl Settings {
    /// No value set yet for the parameters named `<object>.*`.
    pub fn new(object: &'static str) -> Self {
        Self { object, values: Vec::new() }
    }

    /// The object whose parameters these are.
    pub fn object(&self) -> &'static str {
        self.object
    }

    /// Sets a whole number or a choice, or a real number to a whole value.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown parameter, one of another object, another kind, or a value out of range;
    /// nothing is changed then.
    pub fn set_i64(&mut self, id: Id, value: i64) -> Result<()> {
        let row = self.row(id)?;
        match row.kind {
            Kind::Integer { minimum, maximum, unit, .. } => {
                if !(minimum..=maximum).contains(&value) {
                    let unit = spaced(unit);
                    return Err(Error::Argument(format!(
                        "{} is {value}; it must be {minimum} to {maximum}{unit}",
                        row.name
                    )));
                }
            }
            Kind::Choice { of, .. } if of.find(value).is_none() => return Err(unknown(of, row.name, value)),
            Kind::Choice { .. } => {}
            Kind::Number { .. } => return self.set_f64(id, value as f64),
            _ => return Err(wrong_kind(row, "a whole number")),
        }
        self.store(id, Value::Integer(value));
        Ok(())
    }

    /// Sets a choice.
    ///
    /// # Errors
    /// As [`Settings::set_i64`].
    pub fn set_choice(&mut self, id: Id, value: impl Code) -> Result<()> {
        self.set_i64(id, value.number().into())
    }

    /// Sets a real number.
    ///
    /// # Errors
    /// As [`Settings::set_i64`]; NaN and infinity are out of every range.
    pub fn set_f64(&mut self, id: Id, value: f64) -> Result<()> {
        let row = self.row(id)?;
        let Kind::Number { minimum, maximum, unit, .. } = row.kind else {
            return Err(wrong_kind(row, "a real number"));
        };
        if !(minimum..=maximum).contains(&value) {
            let micrometres = unit == "nm" && (minimum..=maximum).contains(&(1000.0 * value));
            let meant = if micrometres { format!("; {value} um are {} nm", 1000.0 * value) } else { String::new() };
            let unit = spaced(unit);
            return Err(Error::Argument(format!(
                "{} is {}; it must be {minimum} to {maximum}{unit}{meant}",
                row.name,
                number(value)
            )));
        }
        self.store(id, Value::Number(value));
        Ok(())
    }

    /// Sets a text.
    ///
    /// # Errors
    /// As [`Settings::set_i64`].
    pub fn set_text(&mut self, id: Id, value: &str) -> Result<()> {
        let row = self.row(id)?;
        if row.kind != Kind::Text {
            return Err(wrong_kind(row, "a text"));
        }
        if value.len() > LONGEST_TEXT {
            return Err(Error::Argument(format!(
                "{} is a text of {} bytes; it must have at most {LONGEST_TEXT}",
                row.name,
                value.len()
            )));
        }
        self.store(id, Value::Text(value.to_owned()));
        Ok(())
    }

    /// Sets what [`Settings::to_json`] gave: a whole number, a real number, a text, or the name of a choice.
    ///
    /// # Errors
    /// As [`Settings::set_i64`].
    pub fn set_json(&mut self, id: Id, value: &Json) -> Result<()> {
        let row = self.row(id)?;
        if let Kind::Choice { of, .. } = row.kind {
            return self.set_i64(id, value_of(of, row.name, value)?.into());
        }
        // JSON names no setter, so its text is not that of a wrong one.
        let wrong = |allowed: String| Error::Argument(format!("{} is {value:.64}; it must be {allowed}", row.name));
        match row.kind {
            Kind::Integer { minimum, maximum, unit, .. } => self.set_i64(
                id,
                value
                    .as_i64()
                    .ok_or_else(|| wrong(format!("a whole number, {minimum} to {maximum}{}", spaced(unit))))?,
            ),
            Kind::Number { .. } => self.set_f64(id, value.as_f64().ok_or_else(|| wrong("a real number".to_owned()))?),
            Kind::Text => self.set_text(id, value.as_str().ok_or_else(|| wrong("a text".to_owned()))?),
            Kind::Choice { .. } | Kind::IntegerFact { .. } | Kind::NumberFact { .. } => Err(wrong_kind(row, "a value")),
        }
    }

    /// What was set, by name, in the order of the table; choices are their names.
    pub fn to_json(&self) -> Json {
        let told = |row: &Parameter| {
            let value = match (self.value(row.id)?, row.kind) {
                (Value::Integer(number), Kind::Choice { of, .. }) => json!(of.find(*number).map(|value| value.name)),
                (Value::Integer(number), _) => json!(number),
                (Value::Number(number), _) => json!(number),
                (Value::Text(text), _) => json!(text),
            };
            Some((row.name.to_owned(), value))
        };
        Json::Object(TABLE.iter().filter_map(told).collect())
    }

    /// Forgets a value, so that the default holds again; one that was not set stays so.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown parameter, one of another object, or a fact.
    pub fn unset(&mut self, id: Id) -> Result<()> {
        let row = self.row(id)?;
        if matches!(row.kind, Kind::IntegerFact { .. } | Kind::NumberFact { .. }) {
            return Err(wrong_kind(row, "no value"));
        }
        self.values.retain(|(known, _)| *known != id);
        Ok(())
    }

    /// The same with room for every live number, so that [`Settings::take_live`] allocates nothing.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn with_room(mut self) -> Result<Self> {
        let live = TABLE.iter().filter(|row| row.live && row.object() == self.object).count();
        grown("the settings of a step", &mut self.values, live)?;
        Ok(self)
    }

    /// Whether a live number is another in settings of the same object.
    pub fn differs_live(&self, other: &Self) -> bool {
        !self.live().eq(other.live())
    }

    /// Takes the live numbers of settings of the same object, set or not.
    pub fn take_live(&mut self, from: &Self) {
        self.values.retain(|(id, _)| !is_live(*id));
        self.values.extend(from.live());
    }

    fn live(&self) -> impl Iterator<Item = (Id, Value)> {
        self.values.iter().filter(|(id, _)| is_live(*id)).cloned()
    }

    /// Whether a value was set.
    pub fn is_set(&self, id: Id) -> bool {
        self.value(id).is_some()
    }

    /// The parameters that were set, in no order.
    pub fn set(&self) -> impl Iterator<Item = Id> {
        self.values.iter().map(|(id, _)| *id)
    }

    /// The whole number or choice set, or its default.
    ///
    /// # Panics
    /// When the table has no such whole number, or it has neither value nor default: a bug in abbe.
    pub fn i64(&self, id: Id) -> i64 {
        match (self.value(id), Parameter::by_id(id).map(|row| row.kind)) {
            (Some(Value::Integer(value)), _) => *value,
            (None, Some(Kind::Integer { default: Some(default), .. })) => default,
            (None, Some(Kind::Choice { default, .. })) => default.into(),
            _ => panic!("parameter {id} has no whole number"),
        }
    }

    /// The choice set, or its default.
    ///
    /// # Panics
    /// When the table has no such choice: a bug in abbe.
    pub fn choice<T: Code>(&self, id: Id) -> T {
        match Parameter::by_id(id).map(|row| row.kind) {
            Some(Kind::Choice { of, .. }) if of.name == T::ENUMERATION.name => {}
            _ => panic!("parameter {id} is not a choice of {}", T::ENUMERATION.name),
        }
        T::of(self.i64(id)).unwrap_or_else(|| panic!("parameter {id} has no such choice"))
    }

    /// The real number set, or its default; `None` where it has neither.
    ///
    /// # Panics
    /// When the table has no such real number: a bug in abbe.
    pub fn f64(&self, id: Id) -> Option<f64> {
        match (self.value(id), Parameter::by_id(id).map(|row| row.kind)) {
            (Some(Value::Number(value)), _) => Some(*value),
            (None, Some(Kind::Number { default, .. })) => default,
            _ => panic!("parameter {id} has no real number"),
        }
    }

    /// The real number set, or its default.
    ///
    /// # Errors
    /// [`Error::State`] that names the parameter where it has neither.
    pub fn required(&self, id: Id) -> Result<f64> {
        self.f64(id).ok_or_else(|| match Parameter::by_id(id) {
            Some(row) => not_set(row),
            None => Error::Internal(format!("parameter {id} is not in the table")),
        })
    }

    /// A whole number or choice for whoever asks by number: its value, or its default.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown parameter, one of another object, or another kind.
    pub fn read_i64(&self, id: Id) -> Result<i64> {
        let row = self.row(id)?;
        match row.kind {
            Kind::Integer { default: None, .. } if !self.is_set(id) => Err(without_value(row)),
            Kind::Integer { .. } | Kind::Choice { .. } => Ok(self.i64(id)),
            _ => Err(wrong_getter(row, "a whole number")),
        }
    }

    /// A real number for whoever asks by number: its value, or its default.
    ///
    /// # Errors
    /// As [`Settings::read_i64`], and [`Error::State`] where it has neither.
    pub fn read_f64(&self, id: Id) -> Result<f64> {
        let row = self.row(id)?;
        match row.kind {
            Kind::Number { .. } => self.f64(id).ok_or_else(|| without_value(row)),
            _ => Err(wrong_getter(row, "a real number")),
        }
    }

    /// The text set, or an empty one.
    pub fn text(&self, id: Id) -> &str {
        match self.value(id) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    fn row(&self, id: Id) -> Result<&'static Parameter> {
        let row = Parameter::by_id(id).ok_or_else(|| {
            Error::Argument(format!("param is {id}; it must be a parameter that this version knows (abbe_param_at)"))
        })?;
        if row.object() != self.object {
            return Err(Error::Argument(format!("param is {}; it must be one of {}", row.name, self.takes())));
        }
        Ok(row)
    }

    /// The parameters that can be set where these are.
    fn takes(&self) -> String {
        match self.object {
            "context" | "psf" | "plan" | "assess" | "stream" | "learn" => format!("{}.*", self.object),
            step => format!("plan.* or, for the step now chosen, {step}.*"),
        }
    }

    fn value(&self, id: Id) -> Option<&Value> {
        self.values.iter().find(|(known, _)| *known == id).map(|(_, value)| value)
    }

    fn store(&mut self, id: Id, value: Value) {
        self.values.retain(|(known, _)| *known != id);
        self.values.push((id, value));
    }
}

fn is_live(id: Id) -> bool {
    Parameter::by_id(id).is_some_and(|row| row.live)
}

fn not_set(row: &Parameter) -> Error {
    Error::State(format!("{} is not set; set it first ({})", row.name, row.summary))
}

fn without_value(row: &Parameter) -> Error {
    Error::State(format!("{} is not set and has no default; {}", row.name, row.summary))
}

fn wrong_getter(row: &Parameter, asked: &str) -> Error {
    let (held, getter) = match row.kind {
        Kind::Integer { .. } | Kind::Choice { .. } | Kind::IntegerFact { .. } => ("a whole number", "use _get_i64"),
        Kind::Number { .. } | Kind::NumberFact { .. } => ("a real number", "use _get_f64"),
        Kind::Text => ("a text", "texts cannot be read back"),
    };
    Error::Argument(format!("{} is asked for as {asked}; it is {held}; {getter}", row.name))
}

fn spaced(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" {unit}") }
}

fn wrong_kind(row: &Parameter, got: &str) -> Error {
    let (allowed, setter) = match row.kind {
        Kind::Integer { .. } => ("a whole number", "_set_i64"),
        Kind::Choice { .. } => ("a choice", "_set_i64"),
        Kind::Number { .. } => ("a real number", "_set_f64"),
        Kind::Text => ("a text", "_set_text"),
        Kind::IntegerFact { .. } => ("a fact to be read", "_get_i64 instead"),
        Kind::NumberFact { .. } => ("a fact to be read", "_get_f64 instead"),
    };
    Error::Argument(format!("{} is given {got}; it is {allowed}; use {setter}", row.name))
}

/// Most bytes of a text parameter: the longest path that systems take.
const LONGEST_TEXT: usize = 32 * 1024;
