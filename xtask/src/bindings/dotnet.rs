//! The declarations of the C# file.

use std::fmt::Write as _;

use super::{Abi, Function, Type};

/// Enums, delegates and P/Invoke declarations; the safe handles they name stand in the file itself.
pub fn declarations(abi: &Abi) -> String {
    let mut text = String::new();
    for (name, constants) in &abi.enums {
        let _ = writeln!(text, "    public enum {name}\n    {{");
        for (name, value) in constants {
            let _ = writeln!(text, "        {name} = {value},");
        }
        text.push_str("    }\n\n");
    }
    for Function { name, result, parameters } in &abi.callbacks {
        let parameters: Vec<String> = parameters.iter().map(|(name, kind)| format!("{} {name}", plain(kind))).collect();
        let _ = writeln!(
            text,
            "    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]\n    public delegate {} {name}({});\n",
            plain(result),
            parameters.join(", ")
        );
    }
    text.push_str("    internal static class Native\n    {\n        private const string Library = \"abbe\";\n");
    for Function { name, result, parameters } in &abi.functions {
        // A handle is destroyed by its SafeHandle alone, which has nothing but the key by then.
        let destroys = name.ends_with("_destroy");
        let parameters: Vec<String> = parameters
            .iter()
            .map(|(name, kind)| format!("{} {name}", if destroys { "IntPtr".to_owned() } else { parameter(kind) }))
            .collect();
        let _ = writeln!(
            text,
            "\n        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]\n        \
             internal static extern {} {name}({});",
            plain(result),
            parameters.join(", ")
        );
    }
    text + "    }\n"
}

fn parameter(kind: &Type) -> String {
    match kind {
        Type::NumberOut(number) => format!("out {}", number_type(number)),
        Type::Array(number) => format!("{}[]", number_type(number)),
        Type::ArrayOut(number) => format!("[Out] {}[]", number_type(number)),
        Type::Handle(name) => safe_handle(name),
        Type::HandleOut(name) => format!("out {}", safe_handle(name)),
        Type::Text => "[MarshalAs(UnmanagedType.LPUTF8Str)] string".to_owned(),
        Type::TextOut => "[Out] byte[]".to_owned(),
        Type::Callback(name) => name.clone(),
        other => plain(other),
    }
}

/// Types of results and of what a callback gets, which .NET must not free or close.
fn plain(kind: &Type) -> String {
    match kind {
        Type::Void => "void".to_owned(),
        Type::Number(number) => number_type(number).to_owned(),
        _ => "IntPtr".to_owned(),
    }
}

/// `abbe_plan` becomes `AbbePlan`.
fn safe_handle(name: &str) -> String {
    let mut letters = name.trim_start_matches("abbe_").chars();
    format!("Abbe{}{}", letters.next().unwrap_or(' ').to_uppercase(), letters.as_str())
}

fn number_type(number: &str) -> &'static str {
    match number {
        "uint32_t" => "uint",
        "int64_t" => "long",
        "size_t" => "UIntPtr",
        "float" => "float",
        "double" => "double",
        _ => "int",
    }
}
