//! The table that ctypes needs, and the types of parameters that type checkers do.

use std::fmt::Write as _;

use super::{Abi, Function, Type};
use crate::params::{Kind, TABLE};

/// Enums as dictionaries, callbacks as ctypes types, functions with their result and parameters.
pub fn table(abi: &Abi) -> String {
    let mut text = format!("VERSION = ({})\n", abi.version.join(", "));
    for (name, constants) in abi.enums.iter().filter(|(name, _)| name != "abbe_param_code") {
        let _ = writeln!(text, "\n{name} = {{");
        for (name, value) in constants {
            let _ = writeln!(text, "    \"{name}\": {value},");
        }
        text.push_str("}\n");
    }
    text.push('\n');
    for Function { name, result, parameters } in &abi.callbacks {
        let types: Vec<String> =
            std::iter::once(result).chain(parameters.iter().map(|(_, kind)| kind)).map(ctype).collect();
        let _ = writeln!(text, "{name} = CFUNCTYPE({})", types.join(", "));
    }
    text.push_str("\nFUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {\n");
    for Function { name, result, parameters } in &abi.functions {
        let types: String = parameters.iter().map(|(_, kind)| ctype(kind) + ", ").collect();
        let _ = writeln!(text, "    \"{name}\": ({}, ({})),", ctype(result), types.trim_end());
    }
    text + "}\n"
}

/// The parameters of a deconvolution as a typed dictionary, but for those that the functions name themselves.
pub fn settings() -> String {
    let mut text = String::from(
        "\"\"\"Types of parameters, for type checkers alone: written by cargo xtask header from the table; do not edit.\"\"\"\n\n\
         from __future__ import annotations\n\n\
         from typing import Literal, TypedDict\n\n\n\
         class Deconvolve(TypedDict, total=False):\n    \
         \"\"\"Parameters ``deconvolve.*``; :func:`abbe.parameters` says what they mean.\"\"\"\n\n",
    );
    for row in TABLE.iter().filter(|row| row.object() == "deconvolve" && row.name != "deconvolve.background") {
        let kind = match row.kind {
            Kind::Integer { .. } => "int".to_owned(),
            Kind::Number { .. } => "float".to_owned(),
            Kind::Text => "str".to_owned(),
            Kind::Choice { of, .. } => {
                let names: Vec<_> = of.values.iter().map(|value| format!("\"{}\"", value.name)).collect();
                format!("Literal[{}] | int", names.join(", "))
            }
            Kind::IntegerFact { .. } | Kind::NumberFact { .. } => continue,
        };
        let name = row.name.trim_start_matches("deconvolve.");
        let _ = writeln!(text, "    {name}: {kind}");
    }
    text
}

fn ctype(kind: &Type) -> String {
    match kind {
        Type::Void => "None".to_owned(),
        Type::Number(number) => number_type(number).to_owned(),
        Type::NumberOut(number) | Type::Array(number) | Type::ArrayOut(number) => {
            format!("POINTER({})", number_type(number))
        }
        Type::HandleOut(_) => "POINTER(c_void_p)".to_owned(),
        Type::Text | Type::TextOut => "c_char_p".to_owned(),
        Type::Handle(_) | Type::Bytes | Type::BytesOut | Type::User => "c_void_p".to_owned(),
        Type::Callback(name) => name.clone(),
    }
}

fn number_type(number: &str) -> &'static str {
    match number {
        "uint32_t" => "c_uint32",
        "int64_t" => "c_int64",
        "size_t" => "c_size_t",
        "float" => "c_float",
        "double" => "c_double",
        _ => "c_int32",
    }
}
