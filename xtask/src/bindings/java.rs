//! The Java binding's constants, enums and call signatures.

use std::fmt::Write as _;

use super::{Abi, Function, Type};
use crate::codes::{
    AssessMap, Code, Dtype, Enumeration, ImageRole, Level, Metric, Named, PsfKind, SensorMap, Status, StepKind,
};
use crate::params::{Kind, Parameter, TABLE};

/// Rust declarations of the functions of the C ABI, for the JNI library, which looks them up at run time.
pub fn signatures(abi: &Abi) -> String {
    let mut text = String::new();
    for Function { name, result, parameters } in &abi.callbacks {
        let parameters: Vec<_> = parameters.iter().map(|(name, kind)| format!("{name}: {}", rust(kind))).collect();
        let pointer = format!("unsafe extern \"C\" fn({}){}", parameters.join(", "), returned(result));
        let _ = writeln!(text, "/// `{name}`.\n#[rustfmt::skip]\npub type {} = {pointer};\n", callback(name));
    }
    for value in Status::ENUMERATION.values.iter().filter(|value| value.number != 0) {
        let constant = Status::ENUMERATION.constant(value);
        let short = constant.trim_start_matches("ABBE_ERROR_");
        let _ = writeln!(text, "/// `{constant}`.\npub const {short}: i32 = {};", value.number);
    }
    text.push_str("\nfunctions! {\n");
    for Function { name, result, parameters } in &abi.functions {
        let types: Vec<String> = parameters.iter().map(|(_, kind)| rust(kind)).collect();
        let short = name.trim_start_matches("abbe_");
        let _ = writeln!(text, "    {short}: fn({}){};", types.join(", "), returned(result));
    }
    text + "}\n"
}

fn returned(kind: &Type) -> String {
    match kind {
        Type::Void => String::new(),
        // A text that is returned is libabbe's, and is not written.
        other => format!(" -> {}", rust(other)),
    }
}

fn rust(kind: &Type) -> String {
    match kind {
        Type::Void => "()".to_owned(),
        Type::Number(number) => number_type(number).to_owned(),
        Type::NumberOut(number) | Type::ArrayOut(number) => format!("*mut {}", number_type(number)),
        Type::Array(number) => format!("*const {}", number_type(number)),
        Type::Handle(_) => "Handle".to_owned(),
        Type::HandleOut(_) => "*mut Handle".to_owned(),
        Type::Text => "*const c_char".to_owned(),
        Type::TextOut => "*mut c_char".to_owned(),
        Type::Bytes => "*const c_void".to_owned(),
        Type::BytesOut | Type::User => "*mut c_void".to_owned(),
        Type::Callback(name) => format!("Option<{}>", callback(name)),
    }
}

fn number_type(number: &str) -> &'static str {
    match number {
        "uint32_t" => "u32",
        "int64_t" => "i64",
        "size_t" => "usize",
        "float" => "f32",
        "double" => "f64",
        _ => "i32",
    }
}

/// `abbe_progress_fn` becomes `Progress`.
fn callback(name: &str) -> String {
    capitalised(name.trim_start_matches("abbe_").trim_end_matches("_fn"))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// The values of an enum of its own, and what its constructor is given for each.
pub fn values(set: &str) -> String {
    let (of, arguments, indent): (_, fn(&Named) -> String, _) = match set {
        "Step" => (StepKind::ENUMERATION, |value| format!("{}, \"{}\"", value.number, value.name), "  "),
        "Dtype" => (Dtype::ENUMERATION, |value| format!("{}, {}", value.number, bytes(value)), "  "),
        "Status" => (Status::ENUMERATION, |value| value.number.to_string(), "  "),
        "AssessImage" => (ImageRole::ENUMERATION, |value| value.number.to_string(), "  "),
        "AssessMap" => (AssessMap::ENUMERATION, |value| value.number.to_string(), "  "),
        "SensorMap" => (SensorMap::ENUMERATION, |value| value.number.to_string(), "  "),
        "Metric" => (Metric::ENUMERATION, |value| value.number.to_string(), "  "),
        "Level" => (Level::ENUMERATION, |value| value.number.to_string(), "    "),
        _ => (PsfKind::ENUMERATION, |value| value.number.to_string(), "    "),
    };
    constants(of, arguments, indent)
}

fn bytes(dtype: &Named) -> usize {
    dtype.name.trim_start_matches(char::is_alphabetic).parse::<usize>().unwrap_or(8) / 8
}

fn constants(of: &Enumeration, arguments: impl Fn(&Named) -> String, indent: &str) -> String {
    let mut text = String::new();
    for (at, value) in of.values.iter().enumerate() {
        document(&mut text, indent, &escaped(value.summary));
        let end = if at + 1 < of.values.len() { "," } else { ";" };
        let name = constant(value.name.trim_start_matches("error_"));
        let _ = writeln!(text, "{indent}{name}({}){end}", arguments(value));
    }
    text
}

/// `Parameters.java`.
pub fn parameters() -> String {
    let mut text = String::from(
        "package abbe;\n\n/** Every parameter and fact of libabbe. Written by {@code cargo xtask header}; do not edit. */\n\
         public final class Parameters {\n",
    );
    for row in TABLE {
        document(&mut text, "  ", &documentation(row));
        let (class, made, last) = match row.kind {
            Kind::Choice { .. } => {
                let name = enumeration(row);
                (format!("OfChoice<{name}>"), "OfChoice<>", format!(", {name}.class"))
            }
            kind => {
                let class = class(kind);
                (class.to_owned(), class, String::new())
            }
        };
        let _ = writeln!(
            text,
            "  public static final Parameter.{class} {} =\n      new Parameter.{made}({}, \"{}\"{last});\n",
            row.constant, row.id, row.name
        );
    }
    text.push_str("  private Parameters() {}\n");
    for row in TABLE {
        let Kind::Choice { of, .. } = row.kind else { continue };
        let name = enumeration(row);
        let _ = writeln!(
            text,
            "\n  /** {} Values of {{@link #{}}}. */\n  public enum {name} implements Choice {{",
            escaped(of.summary),
            row.constant
        );
        text.push_str(&constants(of, |value| value.number.to_string(), "    "));
        let _ = write!(
            text,
            "\n    private final long value;\n\n    {name}(long value) {{\n      this.value = value;\n    }}\n\n    @Override\n    \
             public long value() {{\n      return value;\n    }}\n  }}\n"
        );
    }
    text + "}\n"
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer { minimum: 0, maximum: 1, .. } => "OfSwitch",
        Kind::Integer { .. } => "OfInteger",
        Kind::Number { .. } => "OfNumber",
        Kind::Choice { .. } => "OfChoice",
        Kind::Text => "OfText",
        Kind::IntegerFact { .. } => "IntegerFact",
        Kind::NumberFact { .. } => "NumberFact",
    }
}

/// `psf.samples_hold` becomes `PsfSamplesHold`.
fn enumeration(row: &Parameter) -> String {
    row.name.split(['.', '_']).map(capitalised).collect()
}

fn documentation(row: &Parameter) -> String {
    let unit = if row.unit().is_empty() { String::new() } else { format!(" {}", row.unit()) };
    let range = |minimum: String, maximum: String, default: Option<String>| {
        let default = default.map_or(String::new(), |default| format!(", {default} when not set"));
        format!(" From {minimum} to {maximum}{unit}{default}.")
    };
    let more = match row.kind {
        Kind::Integer { minimum: 0, maximum: 1, default, .. } => {
            format!(" {} when not set.", if default == Some(1) { "On (1)" } else { "Off (0)" })
        }
        Kind::Integer { minimum, maximum, default, .. } => {
            range(minimum.to_string(), maximum.to_string(), default.map(|default| default.to_string()))
        }
        Kind::Number { minimum, maximum, default, .. } => {
            range(minimum.to_string(), maximum.to_string(), default.map(|default| default.to_string()))
        }
        Kind::Choice { of, default } => {
            of.find(default.into()).map_or(String::new(), |value| format!(" \"{}\" when not set.", value.name))
        }
        Kind::Text => String::new(),
        Kind::IntegerFact { .. } | Kind::NumberFact { .. } if unit.is_empty() => String::new(),
        Kind::IntegerFact { .. } | Kind::NumberFact { .. } => format!(" In{unit}."),
    };
    let experimental = if row.experimental { " Experimental: it may change." } else { "" };
    escaped(&format!("{}{more}{experimental}", row.summary))
}

fn document(text: &mut String, indent: &str, documentation: &str) {
    if indent.len() + documentation.len() + 8 <= WIDTH {
        let _ = writeln!(text, "{indent}/** {documentation} */");
        return;
    }
    let _ = writeln!(text, "{indent}/**");
    let mut line = format!("{indent} *");
    for word in documentation.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = format!("{indent} *");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}\n{indent} */");
}

fn constant(name: &str) -> String {
    name.to_uppercase()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "&#64;")
}

/// Columns that Javadoc takes.
const WIDTH: usize = 118;
