//! The declarations of the C# file.

use std::fmt::Write as _;

use super::{Abi, Function, Type};

/// Enums, delegates, P/Invoke declarations, and a thin method for each function that the hand-written part of `file` does
/// not call; the safe handles stand in the file itself.
pub fn declarations(abi: &Abi, file: &str) -> String {
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
    text.push_str("    }\n");
    let by_hand = file.split("// <generated>").next().unwrap_or("");
    let rest: Vec<&Function> =
        abi.functions.iter().filter(|function| !by_hand.contains(&format!("Native.{}(", function.name))).collect();
    let _ = writeln!(
        text,
        "\n    /// <summary>Functions of abbe.h that belong to no object.</summary>\n    public static class AbbeLibrary\n    {{"
    );
    rest.iter()
        .filter(|function| owner(abi, function).is_none())
        .for_each(|function| method(&mut text, abi, function, None));
    text.push_str("    }\n");
    for handle in &abi.handles {
        let own: Vec<_> = rest.iter().filter(|function| owner(abi, function) == Some(handle)).collect();
        if !own.is_empty() {
            let _ = writeln!(text, "\n    public sealed partial class {}\n    {{", safe_handle(handle));
            own.iter().for_each(|function| method(&mut text, abi, function, Some(handle)));
            text.push_str("    }\n");
        }
    }
    text
}

/// The object whose method a function becomes: that of its first parameter, or the one that it makes.
fn owner<'a>(abi: &'a Abi, function: &Function) -> Option<&'a String> {
    abi.handles.iter().find(|handle| function.name.starts_with(&format!("{handle}_")))
}

/// A method as thin as can be: it passes everything on and throws where the status says so. Numbers that are written
/// last, and texts, are returned.
fn method(text: &mut String, abi: &Abi, Function { name, result, parameters }: &Function, owner: Option<&String>) {
    let (short, own) = match owner {
        Some(handle) => (
            &name[handle.len() + 1..],
            parameters.first().is_some_and(|(_, kind)| *kind == Type::Handle(handle.clone())),
        ),
        None => (name.trim_start_matches("abbe_"), false),
    };
    let method: String = short.split('_').map(capitalised).collect();
    let given = &parameters[usize::from(own)..];
    let first = if own { vec!["this".to_owned()] } else { Vec::new() };
    let is_status = *result == Type::Number("int32_t".to_owned()) && name != "abbe_param_count";
    let text_at = given.iter().position(|(_, kind)| *kind == Type::TextOut).filter(|_| is_status);
    let head = if own { "public" } else { "public static" };
    let declared = |given: &[(String, Type)]| {
        let all: Vec<_> = given.iter().map(|(name, kind)| format!("{} {name}", public(abi, name, kind))).collect();
        all.join(", ")
    };
    let passed = |given: &[(String, Type)]| given.iter().map(|(name, kind)| argument(name, kind)).collect::<Vec<_>>();
    let call = |arguments: Vec<String>| format!("Native.{name}({})", [first.clone(), arguments].concat().join(", "));
    let listens = given.iter().any(|(_, kind)| matches!(kind, Type::Callback(_)));
    let keep = if listens { " Keep the delegate alive as long as libabbe may call it." } else { "" };
    let _ = writeln!(text, "\n        /// <summary>{name} of abbe.h.{keep}</summary>");
    if let Some(at) = text_at {
        let before = &given[..at];
        let ask =
            |room: &str, size: &str| call([passed(before), vec![room.into(), size.into(), "out size".into()]].concat());
        let _ = writeln!(
            text,
            "        {head} string {method}({})\n        {{\n            UIntPtr size;\n            \
             AbbeException.Check({});\n            var text = new byte[(int)size];\n            AbbeException.Check({});\n            \
             return Encoding.UTF8.GetString(text, 0, (int)size - 1);\n        }}",
            declared(before),
            ask("null", "UIntPtr.Zero"),
            ask("text", "size"),
        );
        return;
    }
    let returned = match given.last() {
        Some((last, Type::NumberOut(number)))
            if is_status
                && given.iter().filter(|(_, kind)| matches!(kind, Type::NumberOut(_))).count() == 1
                && !given.iter().any(|(_, kind)| matches!(kind, Type::ArrayOut(_))) =>
        {
            Some((last, number_type(number).to_owned()))
        }
        Some((last, Type::HandleOut(handle))) => Some((last, safe_handle(handle))),
        _ => None,
    };
    if let Some((last, kind)) = returned {
        let before = &given[..given.len() - 1];
        let _ = writeln!(
            text,
            "        {head} {kind} {method}({})\n        {{\n            AbbeException.Check({});\n            return {last};\n        }}",
            declared(before),
            call([passed(before), vec![format!("out {kind} {last}")]].concat()),
        );
    } else if is_status && own {
        let _ = writeln!(
            text,
            "        {head} {} {method}({})\n        {{\n            AbbeException.Check({});\n            return this;\n        }}",
            owner.map_or(String::new(), |handle| safe_handle(handle)),
            declared(given),
            call(passed(given)),
        );
    } else if is_status {
        let _ = writeln!(
            text,
            "        {head} void {method}({})\n        {{\n            AbbeException.Check({});\n        }}",
            declared(given),
            call(passed(given)),
        );
    } else {
        if *result == Type::Text {
            let call = call(passed(given));
            let _ = writeln!(
                text,
                "        {head} string {method}({})\n        {{\n            return Marshal.PtrToStringAnsi({call});\n        }}",
                declared(given),
            );
            return;
        }
        let answer = if *result == Type::Void { "" } else { "return " };
        let _ = writeln!(
            text,
            "        {head} {} {method}({})\n        {{\n            {answer}{};\n        }}",
            plain(result),
            declared(given),
            call(passed(given)),
        );
    }
}

/// A parameter's type where people pass it: constants by their enum.
fn public(abi: &Abi, name: &str, kind: &Type) -> String {
    let code = format!("abbe_{name}_code");
    match kind {
        Type::Number(number) if number == "int32_t" && abi.enums.iter().any(|(known, _)| *known == code) => code,
        Type::Text => "string".to_owned(),
        Type::TextOut => "byte[]".to_owned(),
        Type::ArrayOut(number) => format!("{}[]", number_type(number)),
        other => parameter(other),
    }
}

fn argument(name: &str, kind: &Type) -> String {
    match kind {
        Type::Number(number) if number == "int32_t" => format!("(int){name}"),
        Type::NumberOut(_) => format!("out {name}"),
        _ => name.to_owned(),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
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
    format!("Abbe{}", capitalised(name.trim_start_matches("abbe_")))
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
