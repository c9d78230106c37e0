//! Writes what other languages must know of the C ABI. Functions are read from the header, constants with their sentences
//! from the tables.

mod dotnet;
mod java;
mod labview;
mod parameters;
mod python;

use std::path::{Path, PathBuf};

use crate::Result;

/// The declarations of the header, in its order.
#[derive(Default)]
pub struct Abi {
    /// Major, minor, patch.
    pub version: [String; 3],
    /// Enums with their constants.
    pub enums: Vec<(String, Vec<(String, i64)>)>,
    /// Names of the opaque types.
    pub handles: Vec<String>,
    /// Function pointers.
    pub callbacks: Vec<Function>,
    /// Exported functions.
    pub functions: Vec<Function>,
    /// Names that stand for a number type.
    aliases: Vec<(String, String)>,
}

/// A function or the type of a function pointer.
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it returns.
    pub result: Type,
    /// Its parameters.
    pub parameters: Vec<(String, Type)>,
}

/// A type, with what a pointer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Nothing.
    Void,
    /// A number: `int32_t`, `uint32_t`, `int64_t`, `size_t`, `float` or `double`.
    Number(String),
    /// The address of one number to be written.
    NumberOut(String),
    /// Several numbers to be read.
    Array(String),
    /// Several numbers to be written.
    ArrayOut(String),
    /// A key.
    Handle(String),
    /// The address of a key to be written.
    HandleOut(String),
    /// Text that ends in a NUL.
    Text,
    /// Room for text.
    TextOut,
    /// Bytes to be read.
    Bytes,
    /// Bytes to be written.
    BytesOut,
    /// A pointer that libabbe hands back to a callback.
    User,
    /// A function pointer.
    Callback(String),
}

/// The files that follow from the header and the tables, with their new contents.
pub fn files(root: &Path, header: &str) -> Result<Vec<(PathBuf, String)>> {
    let abi = parse(header)?;
    let mut files = vec![
        (root.join("docs/parameters.md"), parameters::page()),
        (root.join("bindings/java/src/main/java/abbe/Parameters.java"), java::parameters()),
        (root.join("bindings/python/src/abbe/_settings.py"), python::settings()),
    ];
    let java = |file: &str| format!("bindings/java/src/main/java/abbe/{file}.java");
    let [step, dtype, status, psf, log] = ["Step", "Dtype", "Status", "Psf", "LogListener"].map(java);
    let [metric, image, map, sensor] = ["Metric", "AssessImage", "AssessMap", "SensorMap"].map(java);
    for (path, start, end, text) in [
        ("bindings/java/native/src/abbe.rs", "// <generated>", "// </generated>", java::signatures(&abi)),
        (step.as_str(), "  // <generated>", "  // </generated>", java::values("Step")),
        (&dtype, "  // <generated>", "  // </generated>", java::values("Dtype")),
        (&status, "  // <generated>", "  // </generated>", java::values("Status")),
        (&metric, "  // <generated>", "  // </generated>", java::values("Metric")),
        (&image, "  // <generated>", "  // </generated>", java::values("AssessImage")),
        (&map, "  // <generated>", "  // </generated>", java::values("AssessMap")),
        (&sensor, "  // <generated>", "  // </generated>", java::values("SensorMap")),
        (&psf, "    // <generated>", "    // </generated>", java::values("Psf.Kind")),
        (&log, "    // <generated>", "    // </generated>", java::values("Level")),
        ("bindings/python/src/abbe/_abi.py", "# <generated>", "# </generated>", python::table(&abi)),
        (
            "bindings/dotnet/Abbe.cs",
            "    // <generated>",
            "    // </generated>",
            dotnet::declarations(&abi, header, &std::fs::read_to_string(root.join("bindings/dotnet/Abbe.cs"))?),
        ),
        ("docs/labview.md", "<!-- generated -->", "<!-- /generated -->", labview::tables(&abi)),
    ] {
        let path = root.join(path);
        let old = std::fs::read_to_string(&path).map_err(|cause| format!("{}: {cause}", path.display()))?;
        let (before, rest) = old.split_once(start).ok_or_else(|| format!("{} lacks {start}", path.display()))?;
        let (_, after) = rest.split_once(end).ok_or_else(|| format!("{} lacks {end}", path.display()))?;
        files.push((path, format!("{before}{start}\n{text}{end}{after}")));
    }
    Ok(files)
}

fn parse(header: &str) -> Result<Abi> {
    let mut abi = Abi::default();
    for (part, version) in ["MAJOR", "MINOR", "PATCH"].iter().zip(&mut abi.version) {
        let define = format!("#define ABBE_VERSION_{part} ");
        let line = header.lines().find_map(|line| line.strip_prefix(&define)).ok_or("the header states no version")?;
        *version = line.trim().to_owned();
    }
    let code: String =
        without_comments(header)?.lines().filter(|line| !is_preprocessor(line)).flat_map(|line| [line, " "]).collect();
    let code = code.replace("extern \"C\" {", " ");
    for declaration in statements(&code) {
        let declaration = declaration.split_whitespace().collect::<Vec<_>>().join(" ");
        if declaration.is_empty() || declaration == "}" {
            continue;
        }
        read(&mut abi, &declaration).map_err(|cause| format!("{declaration}: {cause}"))?;
    }
    Ok(abi)
}

fn without_comments(text: &str) -> Result<String> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").ok_or("a comment does not end")?.1;
    }
    kept.push_str(rest);
    Ok(kept.lines().map(|line| line.split("//").next().unwrap_or(line).to_owned() + "\n").collect())
}

/// Preprocessor lines, those of the header's own conditions and macros.
fn is_preprocessor(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// Splits at semicolons outside braces.
fn statements(code: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut depth = 0;
    for letter in code.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if letter == ';' && depth == 0 {
            found.push(String::new());
        } else if let Some(last) = found.last_mut() {
            last.push(letter);
        }
    }
    found
}

fn read(abi: &mut Abi, declaration: &str) -> Result<()> {
    if let Some(rest) = declaration.strip_prefix("typedef enum {") {
        let (body, name) = rest.split_once('}').ok_or("an enum without an end")?;
        let mut constants = Vec::new();
        for constant in body.split(',').map(str::trim).filter(|constant| !constant.is_empty()) {
            let (name, value) = constant.split_once('=').ok_or("a constant without a value")?;
            constants.push((name.trim().to_owned(), value.trim().parse()?));
        }
        abi.enums.push((name.trim().to_owned(), constants));
    } else if let Some(rest) = declaration.strip_prefix("typedef struct ") {
        let (name, same) = rest.split_once(' ').ok_or("a struct without a name")?;
        if name != same {
            return Err("only opaque types may cross the ABI".into());
        }
        abi.handles.push(name.to_owned());
    } else if let Some(rest) = declaration.strip_prefix("typedef ") {
        if let Some((result, rest)) = rest.split_once("(*") {
            let (name, parameters) = rest.split_once(")(").ok_or("a function pointer without parameters")?;
            let function = function(abi, result, name, parameters)?;
            abi.callbacks.push(function);
        } else {
            let (number, name) = rest.rsplit_once(' ').ok_or("a type without a name")?;
            abi.aliases.push((name.to_owned(), number.to_owned()));
        }
    } else {
        let plain = declaration.replace("ABBE_NODISCARD ", "");
        let plain = plain.trim_start_matches(['}', ' ']);
        let rest = plain.strip_prefix("ABBE_API ").ok_or("neither a type nor an exported function")?;
        let (before, parameters) = rest.split_once('(').ok_or("a function without parameters")?;
        let at = before.rfind([' ', '*']).ok_or("a function without a result")? + 1;
        let function = function(abi, &before[..at], &before[at..], parameters)?;
        abi.functions.push(function);
    }
    Ok(())
}

fn function(abi: &Abi, result: &str, name: &str, parameters: &str) -> Result<Function> {
    let parameters = parameters.trim_end_matches(')').trim();
    let mut read = Vec::new();
    for parameter in parameters.split(',').map(str::trim).filter(|one| !one.is_empty() && *one != "void") {
        let at = parameter.rfind([' ', '*']).ok_or("a parameter without a name")? + 1;
        let name = &parameter[at..];
        read.push((name.to_owned(), type_of(abi, &parameter[..at], name)?));
    }
    Ok(Function { name: name.to_owned(), result: type_of(abi, result, "")?, parameters: read })
}

fn type_of(abi: &Abi, text: &str, name: &str) -> Result<Type> {
    let text = text.trim();
    let constant = text.starts_with("const ");
    let base = text.trim_start_matches("const ").trim_end_matches(['*', ' ']);
    let stars = text.matches('*').count();
    let number = abi.aliases.iter().find(|(alias, _)| alias == base).map_or(base, |(_, number)| number.as_str());
    let is_number = NUMBERS.contains(&number);
    let number = number.to_owned();
    Ok(match (base, stars) {
        ("void", 0) => Type::Void,
        ("void", 1) if name == "user" => Type::User,
        ("void", 1) => {
            if constant {
                Type::Bytes
            } else {
                Type::BytesOut
            }
        }
        ("char", 1) => {
            if constant {
                Type::Text
            } else {
                Type::TextOut
            }
        }
        (_, 0) if is_number => Type::Number(number),
        (_, 1) if is_number && constant => Type::Array(number),
        (_, 1) if is_number && ARRAYS.contains(&name) => Type::ArrayOut(number),
        (_, 1) if is_number => Type::NumberOut(number),
        (_, 0) if abi.callbacks.iter().any(|callback| callback.name == base) => Type::Callback(base.to_owned()),
        (_, 1) if abi.handles.iter().any(|handle| handle == base) => Type::Handle(base.to_owned()),
        (_, 2) if abi.handles.iter().any(|handle| handle == base) => Type::HandleOut(base.to_owned()),
        _ => return Err(format!("{text} is outside the subset of C that every language can call").into()),
    })
}

const NUMBERS: [&str; 6] = ["int32_t", "uint32_t", "int64_t", "size_t", "float", "double"];
/// Parameters that are written and hold several numbers; every other one holds a single number.
const ARRAYS: [&str; 2] = ["samples", "shape"];
