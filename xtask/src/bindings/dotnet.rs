//! The declarations of the C# file.

use std::fmt::Write as _;

use super::{Abi, Function, Type};

/// Enums, delegates, P/Invoke declarations, and a thin method for each function that the hand-written part of `file` does
/// not call; the safe handles stand in the file itself, and functions of objects that have none there are left out.
pub fn declarations(abi: &Abi, header: &str, file: &str) -> String {
    let by_hand = file.split("// <generated>").next().unwrap_or("");
    let has_class = |handle: &String| by_hand.contains(&format!("class {} ", safe_handle(handle)));
    let functions = || abi.functions.iter().filter(|function| owner(abi, function).is_none_or(has_class));
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
    let number = abi.version.iter().fold(0, |number, part| 1000 * number + part.parse::<u32>().unwrap_or(0));
    let _ = writeln!(text, "        internal const uint Version = {number};");
    for Function { name, result, parameters } in functions() {
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
    let rest: Vec<&Function> =
        functions().filter(|function| !by_hand.contains(&format!("Native.{}(", function.name))).collect();
    let _ = writeln!(
        text,
        "\n    /// <summary>Functions of abbe.h that belong to no object.</summary>\n    public static partial class AbbeLibrary\n    {{"
    );
    rest.iter()
        .filter(|function| owner(abi, function).is_none())
        .for_each(|function| method(&mut text, abi, header, function, None));
    text.push_str("    }\n");
    for handle in &abi.handles {
        let own: Vec<_> = rest.iter().filter(|function| owner(abi, function) == Some(handle)).collect();
        if !own.is_empty() {
            let _ = writeln!(text, "\n    public sealed partial class {}\n    {{", safe_handle(handle));
            own.iter().for_each(|function| method(&mut text, abi, header, function, Some(handle)));
            text.push_str("    }\n");
        }
    }
    text
}

/// The object whose method a function becomes: that of its first parameter, or the one that it makes.
fn owner<'a>(abi: &'a Abi, function: &Function) -> Option<&'a String> {
    abi.handles.iter().find(|handle| function.name.starts_with(&format!("{handle}_")))
}

/// One parameter of a method, which may stand for several of the function.
enum Piece<'a> {
    /// One that is passed on as it is.
    Plain(&'a str, &'a Type),
    /// Samples that are read, as many as the shape has.
    Samples(&'a str),
    /// Samples that are written, and returned.
    Result(&'a str),
    /// Extents with their number.
    Shape(&'a str),
    /// Bytes with their number.
    Bytes(&'a str),
    /// A function that is told of progress, with its pointer.
    Progress(&'a str),
}

/// What a method takes for a function's parameters.
fn pieces(given: &[(String, Type)]) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = given;
    while let [(name, kind), after @ ..] = rest {
        let next = after.first().map(|(name, kind)| (name.as_str(), kind));
        let (piece, taken) = match (kind, next) {
            (Type::Number(_), Some((shape, Type::Array(_)))) if name == "ndim" => (Piece::Shape(shape), 2),
            (Type::Bytes, Some((_, Type::Number(_)))) => (Piece::Bytes(name), 2),
            (Type::Callback(_), Some((_, Type::User))) => (Piece::Progress(name), 2),
            (Type::Array(number), _) if number == "float" => (Piece::Samples(name), 1),
            (Type::ArrayOut(number), _) if number == "float" => (Piece::Result(name), 1),
            _ => (Piece::Plain(name, kind), 1),
        };
        found.push(piece);
        rest = &rest[taken..];
    }
    found
}

impl Piece<'_> {
    fn declared(&self, abi: &Abi) -> Option<String> {
        match self {
            Self::Plain(name, kind) => Some(format!("{} {name}", public(abi, name, kind))),
            Self::Samples(name) => Some(format!("float[] {name}")),
            Self::Result(_) => None,
            Self::Shape(name) => Some(format!("long[] {name}")),
            Self::Bytes(name) => Some(format!("byte[] {name}")),
            Self::Progress(name) => Some(format!("Func<double, abbe_answer_code> {name}")),
        }
    }

    fn passed(&self) -> String {
        match self {
            Self::Plain(name, kind) => argument(name, kind),
            Self::Samples(name) | Self::Result(name) => (*name).to_owned(),
            Self::Shape(name) => format!("{name}.Length, {name}"),
            Self::Bytes(_) => "pinned.Address, pinned.Bytes".to_owned(),
            Self::Progress(_) => "listener.Function, IntPtr.Zero".to_owned(),
        }
    }

    /// What goes before the call.
    fn prepared(&self) -> Option<String> {
        match self {
            Self::Samples(name) => Some(format!("Samples.Check(nameof({name}), {name}, shape);")),
            Self::Result(name) => Some(format!("var {name} = new float[Samples.Count(shape)];")),
            Self::Progress(name) => Some(format!("var listener = new Listener({name});")),
            _ => None,
        }
    }
}

/// A method that throws where the status says so. Numbers and samples that are written, and texts, are returned; arrays
/// are as long as their shape says.
fn method(
    text: &mut String,
    abi: &Abi,
    header: &str,
    Function { name, result, parameters }: &Function,
    owner: Option<&String>,
) {
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
    let call = |arguments: Vec<String>| format!("Native.{name}({})", [first.clone(), arguments].concat().join(", "));
    let head = if own { "public" } else { "public static" };
    let is_status = *result == Type::Number("int32_t".to_owned()) && name != "abbe_param_count";
    let declare = |text: &mut String, kind: &str, pieces: &[Piece<'_>]| {
        let taken: Vec<String> = pieces.iter().filter_map(|piece| piece.declared(abi)).collect();
        let _ = writeln!(
            text,
            "\n        /// <summary>{} See {name} of abbe.h.</summary>\n        {head} {kind} {method}({})\n        {{",
            summary(header, name),
            taken.join(", ")
        );
    };
    let end = |text: &mut String, lines: &[String]| {
        lines.iter().for_each(|line| text.push_str(&format!("            {line}\n")));
        text.push_str("        }\n");
    };
    if !is_status {
        let pieces = pieces(given);
        let call = call(pieces.iter().map(Piece::passed).collect());
        let (kind, line) = match result {
            Type::Text => ("string".to_owned(), format!("return AbbeLibrary.Text({call});")),
            Type::Void => ("void".to_owned(), format!("{call};")),
            other => (plain(other), format!("return {call};")),
        };
        declare(text, &kind, &pieces);
        return end(text, &[line]);
    }
    if let Some(at) = given.iter().position(|(_, kind)| *kind == Type::TextOut) {
        let pieces = pieces(&given[..at]);
        let ask = |room: &str, size: &str| {
            let mut arguments: Vec<String> = pieces.iter().map(Piece::passed).collect();
            arguments.extend([room, size, "out size"].map(str::to_owned));
            format!("AbbeException.Check({});", call(arguments))
        };
        declare(text, "string", &pieces);
        return end(
            text,
            &[
                "UIntPtr size;".to_owned(),
                ask("null", "UIntPtr.Zero"),
                "var text = new byte[(int)size];".to_owned(),
                ask("text", "size"),
                "return Encoding.UTF8.GetString(text, 0, (int)size - 1);".to_owned(),
            ],
        );
    }
    // One value that is written last is returned; several stay parameters.
    let written = given.iter().filter(|(_, kind)| matches!(kind, Type::NumberOut(_))).count();
    let value = match given.last() {
        Some((last, Type::NumberOut(number))) if written == 1 => Some((last, number_type(number).to_owned())),
        Some((last, Type::HandleOut(handle))) => Some((last, safe_handle(handle))),
        _ => None,
    };
    let pieces = pieces(&given[..given.len() - usize::from(value.is_some())]);
    let mut arguments: Vec<String> = pieces.iter().map(Piece::passed).collect();
    arguments.extend(value.iter().map(|(last, kind)| format!("out {kind} {last}")));
    let samples = pieces.iter().find_map(|piece| if let Piece::Result(name) = piece { Some(*name) } else { None });
    let (kind, answer) = match (&value, samples, owner) {
        (Some((last, kind)), ..) => (kind.clone(), Some((*last).clone())),
        (None, Some(samples), _) => ("float[]".to_owned(), Some(samples.to_owned())),
        (None, None, Some(handle)) if own => (safe_handle(handle), Some("this".to_owned())),
        _ => ("void".to_owned(), None),
    };
    let listens = pieces.iter().any(|piece| matches!(piece, Piece::Progress(_)));
    let check = format!("{}.Check({});", if listens { "listener" } else { "AbbeException" }, call(arguments));
    let mut lines: Vec<String> = pieces.iter().filter_map(Piece::prepared).collect();
    let answer = answer.map(|answer| format!("return {answer};"));
    match pieces.iter().find_map(|piece| if let Piece::Bytes(name) = piece { Some(name) } else { None }) {
        Some(bytes) => {
            lines.extend([format!("using (var pinned = new Pinned({bytes}))"), "{".to_owned()]);
            lines.extend([Some(check), answer].into_iter().flatten().map(|line| format!("    {line}")));
            lines.push("}".to_owned());
        }
        None => lines.extend([Some(check), answer].into_iter().flatten()),
    }
    declare(text, &kind, &pieces);
    end(text, &lines);
}

/// The first sentence of what the header says of a function.
fn summary(header: &str, name: &str) -> String {
    let declared = |at: &usize| header[..*at].lines().last().is_some_and(|line| line.contains("ABBE_API "));
    let at = header.match_indices(&format!("{name}(")).map(|(at, _)| at).find(declared).unwrap_or(0);
    let comment = header[..at].rsplit_once("/**").map_or("", |(_, comment)| comment);
    let lines = comment.lines().map(|line| line.trim_start_matches([' ', '*']));
    let words: Vec<&str> = lines.take_while(|line| !line.starts_with('@')).flat_map(str::split_whitespace).collect();
    let text = words.join(" ").trim_end_matches('/').trim_end().to_owned();
    let ends = text.match_indices(". ").map(|(at, _)| at).find(|at| text[at + 2..].starts_with(char::is_uppercase));
    let sentence = &text[..ends.unwrap_or(text.len())];
    format!("{}.", sentence.replace('&', "&amp;").replace('<', "&lt;").trim_end_matches('.'))
}

/// A parameter's type where people pass it: constants by their enum.
fn public(abi: &Abi, name: &str, kind: &Type) -> String {
    let code = format!("abbe_{name}_code");
    match kind {
        Type::Number(number) if number == "int32_t" && abi.enums.iter().any(|(known, _)| *known == code) => code,
        Type::Text => "string".to_owned(),
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
