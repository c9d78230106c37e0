//! How each function is entered into LabVIEW's Call Library Function Node.

use std::fmt::Write as _;

use super::{Abi, Function, Type};

/// One table a function: its return value and parameters in the words of the node's dialog.
pub fn tables(abi: &Abi) -> String {
    let mut text = String::new();
    for Function { name, result, parameters } in &abi.functions {
        let _ = writeln!(text, "\n### {name}\n\n| parameter | type | data type | pass or format |\n|---|---|---|---|");
        row(&mut text, "return type", result);
        for (name, kind) in parameters {
            row(&mut text, &format!("`{name}`"), kind);
        }
    }
    text + "\n### Values of constants\n\n| constant | value |\n|---|---|\n" + &constants(abi) + "\n"
}

fn constants(abi: &Abi) -> String {
    abi.enums
        .iter()
        .flat_map(|(_, constants)| constants)
        .map(|(name, value)| format!("| `{name}` | {value} |\n"))
        .collect()
}

fn row(text: &mut String, name: &str, kind: &Type) {
    let returned = !name.starts_with('`');
    let [class, data, pass] = match kind {
        Type::Void => ["Void", "", ""],
        Type::Number(number) => ["Numeric", number_type(number), if returned { "" } else { "Value" }],
        Type::NumberOut(number) => ["Numeric", number_type(number), "Pointer to Value"],
        Type::Array(number) => ["Array", number_type(number), "Array Data Pointer; Constant"],
        Type::ArrayOut(number) => ["Array", number_type(number), "Array Data Pointer; size it before the call"],
        Type::Handle(_) => ["Numeric", KEY, "Value"],
        Type::HandleOut(_) => ["Numeric", KEY, "Pointer to Value"],
        Type::Text if returned => ["String", "", "C String Pointer"],
        Type::Text => ["String", "", "C String Pointer; Constant"],
        Type::TextOut => ["String", "", "C String Pointer; minimum size: the capacity that follows"],
        Type::Bytes => ["Array", "of the image's samples", "Array Data Pointer; Constant"],
        Type::BytesOut => ["Array", "of the image's samples", "Array Data Pointer; size it before the call"],
        Type::User | Type::Callback(_) => ["Numeric", KEY, "Value: 0, as LabVIEW offers no callbacks"],
    };
    let _ = writeln!(text, "| {name} | {class} | {data} | {pass} |");
}

fn number_type(number: &str) -> &'static str {
    match number {
        "uint32_t" => "Unsigned 32-bit Integer",
        "int64_t" => "Signed 64-bit Integer",
        "size_t" => KEY,
        "float" => "4-byte Single",
        "double" => "8-byte Double",
        _ => "Signed 32-bit Integer",
    }
}

/// Keys and sizes are as wide as a pointer.
const KEY: &str = "Unsigned Pointer-sized Integer";
