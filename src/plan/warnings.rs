//! What an execute is warned of: told to the log once per commit, and to every report.

use std::fmt::{Arguments, Write};

/// Takes a warning: a short fixed name, and a text. Nothing is allocated for either.
pub type Tell<'a> = dyn FnMut(&'static str, Arguments<'_>) + 'a;

/// Remembers what the log was told, so that a series of images does not flood it.
pub struct Told {
    names: Vec<&'static str>,
    line: String,
}

impl Told {
    /// Nothing told yet.
    pub fn new() -> Self {
        Self { names: Vec::with_capacity(MAX_NAMES), line: String::with_capacity(MAX_LINE) }
    }

    /// Has `log` take the warnings that `warn` tells, unless one of that name was told before. Allocates nothing.
    pub fn log(&mut self, warn: impl FnOnce(&mut Tell<'_>), log: &mut dyn FnMut(&str)) {
        let Self { names, line } = self;
        warn(&mut |name, text| {
            if names.contains(&name) || names.len() == names.capacity() {
                return;
            }
            names.push(name);
            line.clear();
            // Text that is written to memory cannot fail.
            let _ = line.write_fmt(text);
            log(line);
        });
    }
}

/// More kinds of warnings than there are.
const MAX_NAMES: usize = 32;
/// Longer than any warning with its numbers.
const MAX_LINE: usize = 600;
