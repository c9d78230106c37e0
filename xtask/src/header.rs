//! Writes the C header: functions and types by cbindgen from `src/ffi/`, parameters from the table.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::codes::{CODES, Enumeration};
use crate::params::{CHOICES, Kind, Parameter, TABLE};

use crate::{Result, bindings};

/// Writes `include/abbe/abbe.h`, `tests/abi/symbols.txt`, and what the bindings take from the header.
pub fn write() -> Result<()> {
    for (path, text) in files()? {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// Fails when writing would change a file.
pub fn check() -> Result<()> {
    for (path, text) in files()? {
        if std::fs::read_to_string(&path)? != text {
            return Err(format!("{} is not what the sources say; run `cargo xtask header`", path.display()).into());
        }
    }
    Ok(())
}

fn files() -> Result<Vec<(PathBuf, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask has no parent folder")?;
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    config.header = Some(FRONT_PAGE.trim().to_owned());
    config.after_includes = Some(preamble());
    let mut builder = cbindgen::Builder::new().with_config(config);
    for module in MODULES {
        builder = builder.with_src(root.join("src/ffi").join(module));
    }
    let bindings = builder.generate()?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = tidy(&String::from_utf8(text)?);
    let mut symbols: Vec<&str> =
        text.lines().filter(|line| line.starts_with("ABBE_")).filter_map(function_name).collect();
    symbols.sort_unstable();
    let symbols = symbols.join("\n") + "\n";
    let mut files = bindings::files(root, &text)?;
    files.push((root.join("include/abbe/abbe.h"), text));
    files.push((root.join("tests/abi/symbols.txt"), symbols));
    Ok(files)
}

/// The name in a line that starts a declaration.
fn function_name(line: &str) -> Option<&str> {
    let before = line.split('(').next()?;
    before.split([' ', '*']).next_back().filter(|name| name.starts_with("abbe_"))
}

/// Leaves out what is for Rust only, and asks C compilers to warn where a status is passed over.
fn tidy(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut skipping = false;
    let mut broken = false;
    let mut indent = 0;
    for line in text.lines() {
        if line.trim_start() == "* # Safety" {
            // The contract of pointers stands in the block at the top, for all functions.
            skipping = true;
            while lines.last().is_some_and(|line| line.trim() == "*") {
                lines.pop();
            }
        }
        if line.trim_start().starts_with("*/") {
            skipping = false;
        }
        if skipping {
            continue;
        }
        if line == "ABBE_API" {
            // The declaration follows on several lines.
            broken = true;
            continue;
        }
        let line = if std::mem::take(&mut broken) { format!("ABBE_API {line}") } else { line.to_owned() };
        let marked = line.replace("ABBE_API abbe_status ", "ABBE_NODISCARD ABBE_API abbe_status ");
        if marked.starts_with("ABBE_") && marked.ends_with(',') {
            indent = marked.find('(').map_or(0, |at| at + 1);
        }
        let continues = indent > 0 && !marked.starts_with("ABBE_");
        let line = if continues { format!("{:indent$}{}", "", marked.trim_start()) } else { marked };
        if line.ends_with(';') {
            indent = 0;
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n") + "\n"
}

fn preamble() -> String {
    let mut text = String::from("\n");
    for (part, value) in [
        ("MAJOR", env!("CARGO_PKG_VERSION_MAJOR")),
        ("MINOR", env!("CARGO_PKG_VERSION_MINOR")),
        ("PATCH", env!("CARGO_PKG_VERSION_PATCH")),
    ] {
        let _ = writeln!(text, "#define ABBE_VERSION_{part} {value}");
    }
    text.push_str(MACROS);
    CODES.iter().for_each(|set| enumeration(&mut text, set, set.summary));
    text.push_str(
        "\n/** Parameters and facts: kind, range, unit, default and meaning. abbe_param_describe() gives the same at run \
         time.\n *  Parameters marked experimental may change while the major version stays. */\ntypedef enum {\n",
    );
    for (at, row) in TABLE.iter().enumerate() {
        let comma = if at + 1 < TABLE.len() { "," } else { "" };
        let _ = writeln!(text, "{}    ABBE_{} = {}{comma}", comment("    ", &describe(row)), row.constant, row.id);
    }
    text.push_str("} abbe_param_code;\n");
    for set in CHOICES {
        let rows = TABLE.iter().filter(|row| matches!(row.kind, Kind::Choice { of, .. } if of.name == set.name));
        let names: Vec<&str> = rows.map(|row| row.name).collect();
        enumeration(&mut text, set, &format!("{} Values of {}.", set.summary, names.join(" and ")));
    }
    text.push('\n');
    text
}

fn enumeration(text: &mut String, set: &Enumeration, summary: &str) {
    let _ = writeln!(text, "\n{}typedef enum {{", comment("", summary));
    for (at, value) in set.values.iter().enumerate() {
        let comma = if at + 1 < set.values.len() { "," } else { "" };
        let about = comment("    ", value.summary);
        let _ = writeln!(text, "{about}    {} = {}{comma}", set.constant(value), value.number);
    }
    let _ = writeln!(text, "}} abbe_{}_code;", set.name);
}

/// A comment, wrapped.
fn comment(indent: &str, text: &str) -> String {
    let mut comment = format!("{indent}/**");
    let mut line = comment.len();
    for word in text.split_whitespace() {
        if line + word.len() > WIDTH {
            let _ = write!(comment, "\n{indent} * ");
            line = indent.len() + 2;
        }
        let _ = write!(comment, " {word}");
        line += word.len() + 1;
    }
    comment + " */\n"
}

fn describe(row: &Parameter) -> String {
    let unit = if row.unit().is_empty() { String::new() } else { format!(" {}", row.unit()) };
    let kind = match row.kind {
        Kind::Integer { minimum, maximum, default, .. } => {
            let maximum = if maximum == i64::MAX { "2^63 - 1".to_owned() } else { maximum.to_string() };
            let default = default.map_or(String::new(), |default| format!(", default {default}"));
            format!("i64, {minimum} to {maximum}{unit}{default}.")
        }
        Kind::Number { minimum, maximum, default, .. } => {
            let default = default.map_or(String::new(), |default| format!(", default {default}"));
            format!("f64, {minimum} to {maximum}{unit}{default}.")
        }
        Kind::Choice { of, default } => {
            let default = of.find(default.into()).map_or(String::new(), |value| of.constant(value));
            format!("i64, an abbe_{}_code, default {default}.", of.name)
        }
        Kind::Text => "text.".to_owned(),
        Kind::IntegerFact { .. } => format!("i64 fact{}.", unit.replacen(' ', ", ", 1)),
        Kind::NumberFact { .. } => format!("f64 fact{}.", unit.replacen(' ', ", ", 1)),
    };
    let experimental = if row.experimental { " Experimental." } else { "" };
    let live = if row.live { " Live." } else { "" };
    format!("{kind} {}{live}{experimental}", row.summary)
}

/// Columns that a comment takes, the space and the end of the comment left out.
const WIDTH: usize = 115;
/// In the order in which the header describes them.
const MODULES: [&str; 13] = [
    "constants.rs",
    "library.rs",
    "params.rs",
    "context.rs",
    "psf.rs",
    "model.rs",
    "plan.rs",
    "plan_run.rs",
    "sensor.rs",
    "recipe.rs",
    "blocks.rs",
    "assess.rs",
    "stream.rs",
];

const FRONT_PAGE: &str = r#"
/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * libabbe: deconvolution, denoising and super-resolution of microscope images.
 * Generated from src/ffi/ by `cargo xtask header`; do not edit.
 *
 * How the library is used
 *   context -> psf and/or model -> plan: steps, input -> commit once -> execute per image
 *
 * Rules that hold for every function
 *   Status    Everything that can fail returns an abbe_status; outputs are written only on ABBE_OK. abbe_error_text() says why a
 *             call failed.
 *   Handles   Are keys, not addresses. NULL, stale or foreign handles give ABBE_ERROR_HANDLE, never a crash.
 *             An object keeps alive what it was made from, so handles may be destroyed in any order.
 *   Pointers  Point to as many values as the description says, aligned for their type; pixels may lie anywhere. NULL
 *             is refused unless the description allows it. Pixels stay the caller's, and nothing is allocated on one
 *             side and freed on the other.
 *   Threads   Any function may be called from any thread. Calls on one plan run one after another, except
 *             abbe_plan_cancel(), abbe_plan_get_*() of facts of a committed plan and of settings, abbe_plan_report() and
 *             the setters of live parameters, which never wait, and abbe_plan_try_execute(), which fails instead.
 *   Text      Is UTF-8, file paths included, on every platform.
 *   Values    Pixel values are taken as they are and never rescaled silently. Results in whole numbers are rounded
 *             to the nearest, ties to even; values that do not fit are clipped and counted in the report.
 *   Floats    How the host rounds, what it traps and what it flushes to zero changes no result. All of that is as before
 *             when a call returns, with the exceptions that had occurred and no others.
 *   Callbacks The host's own functions are called with the host's floating-point environment, and must return. Leaving
 *             one by a C++ exception, longjmp() or pthread_exit() is undefined: it may end the process, and what the
 *             call was about stays locked. Catch inside, take a note, and answer ABBE_CANCEL or an error.
 *   Growth    Within one ABBE_VERSION_MAJOR functions and constants are only added. There are no structs. Functions
 *             named abbe_x_*, and those said to be, are experimental and may change or go.
 */
"#;

const MACROS: &str = r#"#define ABBE_VERSION_NUMBER (ABBE_VERSION_MAJOR * 1000000 + ABBE_VERSION_MINOR * 1000 + ABBE_VERSION_PATCH)

#if defined(ABBE_STATIC)
#  define ABBE_API
#elif defined(_WIN32)
#  define ABBE_API __declspec(dllimport)
#else
#  define ABBE_API __attribute__((visibility("default")))
#endif
#if defined(__GNUC__) || defined(__clang__)
#  define ABBE_NODISCARD __attribute__((warn_unused_result))
#else
#  define ABBE_NODISCARD
#endif
"#;
