//! The table that ctypes needs.

use std::fmt::Write as _;

use super::{Abi, Function, Type};

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
