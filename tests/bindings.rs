//! Every binding reaches every function of the C interface, or says here why not.

use std::path::Path;

/// Files of a binding that call functions, how a call of `abbe_NAME` is written there, and functions it has no use for: by name,
/// or by what names begin with before a `*`.
struct Binding {
    files: &'static [&'static str],
    calls: fn(&str) -> Vec<String>,
    without: &'static [(&'static str, &'static str)],
}

const BINDINGS: &[Binding] = &[
    Binding { files: &["include/abbe/abbe.hpp"], calls: |name| vec![name.to_owned()], without: &[] },
    Binding {
        files: &["bindings/dotnet/Abbe.cs"],
        calls: |name| vec![format!("Native.{name}(")],
        without: &[(
            "abbe_stream_*",
            "its collector moves what a camera writes into: streams are for hosts in C, C++ and Python so far",
        )],
    },
    Binding {
        files: &[
            "bindings/java/native/src/lib.rs",
            "bindings/java/native/src/objects.rs",
            "bindings/java/native/src/plan.rs",
            "bindings/java/native/src/assess.rs",
            "bindings/java/native/src/listeners.rs",
            "bindings/java/native/src/boundary.rs",
        ],
        calls: |name| vec![format!("(abbe.{})(", &name["abbe_".len()..])],
        without: &[
            ("abbe_status_text", "an exception has the text of its own failure"),
            ("abbe_context_adopt_onnxruntime", "Java holds no pointer to an ONNX Runtime"),
            ("abbe_param_range", "abbe_param_describe() has the range"),
            ("abbe_plan_try_execute", "a Plan of Java has a lock of its own, at which its calls take turns"),
            (
                "abbe_plan_set_calibrations",
                "Java has no images in parts that processes restore by themselves, as Dask's chunks",
            ),
            ("abbe_stream_*", "a JVM stops for its garbage: streams are for hosts in C, C++ and Python so far"),
        ],
    },
    Binding {
        files: &[
            "bindings/python/src/abbe/__init__.py",
            "bindings/python/src/abbe/_handles.py",
            "bindings/python/src/abbe/_library.py",
            "bindings/python/src/abbe/_parameters.py",
            "bindings/python/src/abbe/_steps.py",
            "bindings/python/src/abbe/context.py",
            "bindings/python/src/abbe/learning.py",
            "bindings/python/src/abbe/metrics.py",
            "bindings/python/src/abbe/model.py",
            "bindings/python/src/abbe/plan.py",
            "bindings/python/src/abbe/psf.py",
            "bindings/python/src/abbe/sensor.py",
            "bindings/python/src/abbe/stream.py",
            "bindings/python/src/abbe/trust.py",
        ],
        calls: python,
        without: &[
            ("abbe_version", "its text is compared"),
            ("abbe_context_adopt_onnxruntime", "Python's own ONNX Runtime is a part of its module"),
            ("abbe_param_find", "the table is read once, and looked up by name"),
            ("abbe_param_range", "abbe_param_describe() has the range"),
            ("abbe_plan_try_execute", "a Plan of Python has a lock of its own, at which its calls take turns"),
            ("abbe_stream_set_result", "results are taken: a function of Python would hold the stream's thread up"),
            ("abbe_stream_slot", "frames are copied once, into arrays that the stream keeps"),
        ],
    },
];

/// Python names most functions in full, and puts some together from an object's name.
fn python(name: &str) -> Vec<String> {
    let mut ways = vec![format!("\"{name}\""), format!("_LIBRARY.{name}("), format!(".{name}(")];
    for object in ["context", "psf", "model", "plan", "assess", "stream"] {
        if let Some(rest) = name.strip_prefix(&format!("abbe_{object}_")) {
            match rest {
                "create" => ways.push("abbe_{self._creator()}".to_owned()),
                "builtin" | "load" | "load_memory" => ways.push(format!("self._create = \"model_{rest}\"")),
                "load_json" => ways.push(format!("else \"{object}_load_json\"")),
                "destroy" => ways.push("abbe_{kind}_destroy".to_owned()),
                "set_i64" | "set_f64" | "set_text" => ways.push("abbe_{target}_set_{kind}".to_owned()),
                "get_i64" | "get_f64" => ways.push("abbe_{target}_get_{".to_owned()),
                "unset" => ways.push("abbe_{target}_unset".to_owned()),
                _ => {}
            }
        }
    }
    ways
}

fn means(name: &str, function: &str) -> bool {
    name.strip_suffix('*').map_or(name == function, |beginning| function.starts_with(beginning))
}

#[test]
fn bindings_reach_every_function() {
    let symbols = read("tests/abi/symbols.txt");
    let functions: Vec<&str> = symbols.lines().collect();
    assert!(functions.len() > 50);
    let mut missing = Vec::new();
    for Binding { files, calls, without } in BINDINGS {
        let text: String = files.iter().map(|file| read(file)).collect();
        for (name, why) in *without {
            assert!(functions.iter().any(|function| means(name, function)) && !why.is_empty(), "{name} is no function");
        }
        for name in functions.iter().filter(|name| !without.iter().any(|(other, _)| means(other, name))) {
            if !calls(name).iter().any(|call| holds(&text, call)) {
                missing.push(format!("{} in {}", name, files[0]));
            }
        }
    }
    assert!(missing.is_empty(), "not reached:\n{}", missing.join("\n"));
}

#[test]
fn native_methods_of_java_have_the_types_that_java_declares() {
    let declared = natives_of_java(&read("bindings/java/src/main/java/abbe/Native.java"));
    let mut defined = Vec::new();
    for file in ["lib", "objects", "plan", "assess", "memory"] {
        defined.extend(natives_of_rust(&read(&format!("bindings/java/native/src/{file}.rs"))));
    }
    assert!(defined.len() > 40, "{}", defined.len());
    for (name, types) in defined {
        let Some((_, java)) = declared.iter().find(|(other, _)| *other == name) else {
            panic!("Native.java has no method {name}");
        };
        assert_eq!(java.len(), types.len(), "parameters of {name}");
        for (java, rust) in java.iter().zip(&types) {
            let fits = match rust.as_str() {
                "jint" => java == "int",
                "jlong" => java == "long",
                "jdouble" => java == "double",
                "JByteArray" => java == "byte[]",
                "JIntArray" => java == "int[]",
                "JLongArray" => java == "long[]",
                "JFloatArray" => java == "float[]",
                "JDoubleArray" => java == "double[]",
                "JObjectArray" => java == "byte[][]",
                "JByteBuffer" => java == "ByteBuffer",
                "JObject" => ["Object", "Watcher", "BlockWatcher"].contains(&java.as_str()),
                _ => false,
            };
            assert!(fits, "{name}: {java} in Java, {rust} in Rust");
        }
    }
}

/// Names and types of the parameters of `static native int name(type name, ...);`.
fn natives_of_java(text: &str) -> Vec<(String, Vec<String>)> {
    let methods = text.split("static native int ").skip(1);
    methods
        .map(|rest| {
            let (name, rest) = rest.split_once('(').unwrap();
            let parameters = rest.split_once(')').unwrap().0.split(',').map(str::trim).filter(|one| !one.is_empty());
            (name.to_owned(), parameters.map(|one| one.split_whitespace().next().unwrap().to_owned()).collect())
        })
        .collect()
}

/// Those of the macro `natives!`, without the environment and the functions of libabbe.
fn natives_of_rust(text: &str) -> Vec<(String, Vec<String>)> {
    let Some((_, body)) = text.split_once("\nnatives! {") else { return Vec::new() };
    let functions = body.split("\n    fn ").skip(1);
    functions
        .map(|rest| {
            let (name, rest) = rest.split_once('(').unwrap();
            let parameters = rest.split_once(") {").unwrap().0.split(',').map(str::trim).filter(|one| !one.is_empty());
            let typed = parameters.filter_map(|one| one.split_once(": ")).map(|(_, kind)| kind.to_owned());
            (name.to_owned(), typed.collect())
        })
        .collect()
}

/// Whether a text holds a name as a whole: `abbe_version` is not `abbe_version_text`.
fn holds(text: &str, name: &str) -> bool {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.match_indices(name).any(|(at, _)| !name.ends_with(letter) || !text[at + name.len()..].starts_with(letter))
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}
