//! Reading fields of a package's description: a missing or wrong one is an error that names it.

use serde_json::Value;

use crate::error::{Error, Result};

/// A place in a description, with its name for errors.
#[derive(Clone)]
pub struct Place<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Place<'a> {
    /// The whole description.
    pub fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// The field of that name, null where there is none.
    pub fn field(&self, name: &str) -> Place<'a> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Place { value: &self.value[name], path }
    }

    /// The entries of a list; none where there is no list.
    pub fn list(&self) -> Vec<Place<'a>> {
        let entries = self.value.as_array().map_or(&[][..], Vec::as_slice);
        entries.iter().enumerate().map(|(at, value)| Place { value, path: format!("{}[{at}]", self.path) }).collect()
    }

    /// The value itself.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// Whether there is something.
    pub fn is_some(&self) -> bool {
        !self.value.is_null()
    }

    /// A text, or an empty one.
    pub fn text(&self) -> String {
        match self.value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// [`Error::Model`] that names the field.
    pub fn required(&self) -> Result<String> {
        Some(self.text()).filter(|text| !text.is_empty()).ok_or_else(|| self.wrong("a text"))
    }

    /// A real number that must be there.
    ///
    /// # Errors
    /// [`Error::Model`] that names the field.
    pub fn number(&self) -> Result<f64> {
        self.value.as_f64().ok_or_else(|| self.wrong("a number"))
    }

    /// A whole number from 0 on that must be there.
    ///
    /// # Errors
    /// [`Error::Model`] that names the field.
    pub fn count(&self) -> Result<usize> {
        let count = self.value.as_u64().filter(|&count| count <= u64::from(u32::MAX));
        count.map(|count| count as usize).ok_or_else(|| self.wrong("a whole number"))
    }

    /// A number, or a list of them.
    ///
    /// # Errors
    /// [`Error::Model`] that names the field.
    pub fn numbers(&self) -> Result<Vec<f64>> {
        match self.value {
            Value::Array(entries) if !entries.is_empty() => self.list().iter().map(Place::number).collect(),
            _ => Ok(vec![self.number()?]),
        }
    }

    /// The error for a field that is not what it must be.
    pub fn wrong(&self, allowed: &str) -> Error {
        let mut got = self.value.to_string();
        if got.len() > 60 {
            let end = (0..=60).rev().find(|&at| got.is_char_boundary(at)).unwrap_or(0);
            got.truncate(end);
        }
        Error::Model(format!("{} of the package is {got}; it must be {allowed}", self.path))
    }
}
