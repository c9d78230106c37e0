//! What work may take that only finds something out, before a plan is made.

use super::Control;
use crate::params::Settings;

/// Where such work is done, who can end it, and what memory it may take.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// The context's settings.
    pub context: &'a Settings,
    /// Ends it.
    pub control: &'a Control,
    /// Bytes that it may take at a time; `None` is any number.
    pub memory: Option<u64>,
}

impl<'a> Limits<'a> {
    /// Of work that nobody ends, of any size.
    pub fn of(context: &'a Settings) -> Self {
        static NEVER: Control = Control::new();
        Self { context, control: &NEVER, memory: None }
    }
}
