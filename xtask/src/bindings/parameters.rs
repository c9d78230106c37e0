//! `docs/parameters.md`.

use std::fmt::Write as _;

use crate::codes::{CODES, Enumeration};
use crate::params::{CHOICES, Kind, Parameter, TABLE};

/// A table for each object, and one for each set of named numbers.
pub fn page() -> String {
    let mut text = FRONT.to_owned();
    let mut objects: Vec<&str> = Vec::new();
    for row in TABLE.iter().filter(|row| !is_fact(row)) {
        if !objects.contains(&row.object()) {
            objects.push(row.object());
        }
    }
    for object in objects {
        let _ = write!(text, "\n## {object}\n\n{HEAD}");
        TABLE.iter().filter(|row| row.object() == object && !is_fact(row)).for_each(|row| line(&mut text, row));
    }
    text.push_str(
        "\n## Facts\n\nThey can be read, not set.\n\n| name | type | unit | since | meaning |\n|---|---|---|---|---|\n",
    );
    for row in TABLE.iter().filter(|row| is_fact(row)) {
        let kind = if matches!(row.kind, Kind::IntegerFact { .. }) { "i64" } else { "f64" };
        let _ = writeln!(text, "| `{}` | {kind} | {} | {} | {} |", row.name, row.unit(), row.since, cell(row.summary));
    }
    text.push_str("\n## Values of choices\n");
    CHOICES.iter().for_each(|set| values(&mut text, set));
    text.push_str("\n## Other named numbers\n");
    CODES.iter().for_each(|set| values(&mut text, set));
    text
}

fn is_fact(row: &Parameter) -> bool {
    matches!(row.kind, Kind::IntegerFact { .. } | Kind::NumberFact { .. })
}

fn line(text: &mut String, row: &Parameter) {
    let range = |minimum: String, maximum: String| format!("{minimum} to {maximum}");
    let shown = |default: Option<String>| default.unwrap_or_else(|| "none".to_owned());
    let (kind, range, default) = match row.kind {
        Kind::Integer { minimum, maximum, default, .. } => {
            let maximum = if maximum == i64::MAX { "2^63 - 1".to_owned() } else { maximum.to_string() };
            ("i64", range(minimum.to_string(), maximum), shown(default.map(|default| default.to_string())))
        }
        Kind::Number { minimum, maximum, default, .. } => {
            ("f64", range(real(minimum), real(maximum)), shown(default.map(real)))
        }
        Kind::Choice { of, default } => {
            let link = format!("[choice](#{})", anchor(of));
            let default = of.find(default.into()).map(|value| format!("`{}`", value.name));
            let names: Vec<_> = of.values.iter().map(|value| format!("`{}`", value.name)).collect();
            let _ = writeln!(text, "{}", cells(row, &link, &names.join(", "), &shown(default)));
            return;
        }
        _ => ("text", String::new(), "empty".to_owned()),
    };
    let _ = writeln!(text, "{}", cells(row, kind, &range, &default));
}

fn cells(row: &Parameter, kind: &str, range: &str, default: &str) -> String {
    let experimental = if row.experimental { " Experimental." } else { "" };
    format!(
        "| `{}` | {kind} | {} | {range} | {default} | {} | {} | {}{experimental} |",
        row.name,
        row.unit(),
        if row.live { "yes" } else { "" },
        row.since,
        cell(row.summary)
    )
}

fn values(text: &mut String, set: &Enumeration) {
    let _ = write!(
        text,
        "\n### abbe_{}_code\n\n{}\n\n| name | number | constant | meaning |\n|---|---|---|---|\n",
        set.name, set.summary
    );
    for value in set.values {
        let _ = writeln!(
            text,
            "| `{}` | {} | `{}` | {} |",
            value.name,
            value.number,
            set.constant(value),
            cell(value.summary)
        );
    }
}

fn anchor(set: &Enumeration) -> String {
    format!("abbe_{}_code", set.name)
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A number as people write it: 1e-9 for 0.000000001.
fn real(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e6).contains(&value.abs()) { format!("{value:e}") } else { value.to_string() }
}

const FRONT: &str = "# Parameters

Written from the library's own table by `cargo xtask header`; do not edit.

Every parameter has a name `<object>.<parameter>`, a type, a unit, a range that includes its ends, and a default that holds while it is not set. Objects are the
context, a point spread function (`psf`), the plan, and the kinds of steps. The constant of a parameter in C is its name in
capitals: `psf.wavelength_nm` is `ABBE_PSF_WAVELENGTH_NM`. `abbe_param_describe()` gives a row at run time as JSON. A parameter whose
default is none must be set where it matters, or is found in the image, as its text says.

A live parameter can be set on a committed plan and holds from the next execute on, without another commit; what it asks for must fit
the memory that the plan holds, or that execute fails with `ABBE_ERROR_STATE`. Where `plan.camera_gain`, `plan.camera_offset` or
`plan.camera_read_noise` is set, those of `background` and `output` are not live, since what they change is what later steps know of the camera.

A choice is set by `_set_i64` with one of the numbers [below](#values-of-choices).
";
const HEAD: &str =
    "| name | type | unit | range | default | live | since | meaning |\n|---|---|---|---|---|---|---|---|\n";
