//! Finding and loading ONNX Runtime: what is missing or must not be loaded is a clean error, and what is loaded
//! writes nothing anywhere.

mod network_support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use abbe::error::Error;
use abbe::network::{Model, Runtime, Search};
use network_support::{context, fixture, npy, onnxruntime, run, settings};

/// A folder of this test alone.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("abbe-runtime-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn refused(path: &str) -> String {
    match Runtime::load(&Search { explicit: Some(path), ..Search::default() }) {
        Err(Error::Device(text)) => text,
        Err(other) => panic!("{path}: {other}"),
        Ok(_) => panic!("{path} was loaded"),
    }
}

#[test]
fn what_is_no_onnx_runtime_is_refused_before_it_is_loaded() {
    let folder = folder("decoy");
    let told = "it must be the ONNX Runtime library or the folder that holds it; ";
    assert!(refused("/no/such/libonnxruntime.so").contains(&format!("{told}there is no such file or folder")));
    assert!(
        refused(folder.to_str().unwrap()).contains(&format!("{told}neither that folder nor its folder capi has a"))
    );
    let decoy = folder.join("libonnxruntime.so");
    let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    // Where ELF names the processor; 243 is RISC-V's number.
    let mut other = own.clone();
    other[18..20].copy_from_slice(&[243, 0]);
    for (bytes, reason) in [
        (&b"OrtGetApiBase and nothing else there is"[..], "is no library"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0 OrtGetApiBase", "is damaged or cut off"),
        (&own, "is not ONNX Runtime"),
        (&other, "is a library for Riscv64; this process needs one for"),
    ] {
        std::fs::write(&decoy, bytes).unwrap();
        let text = refused(decoy.to_str().unwrap());
        assert!(text.contains(reason) && text.contains("libonnxruntime.so"), "{text}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn parts_of_onnx_runtime_are_refused_and_the_folder_of_pythons_package_is_found() {
    let Some(whole) = onnxruntime() else { return };
    let library = |entry: std::fs::DirEntry| {
        let named = entry.file_name().to_string_lossy().starts_with("libonnxruntime.so");
        named.then(|| std::fs::read(entry.path()).unwrap())
    };
    let mut files = std::fs::read_dir(whole).into_iter().flatten().filter_map(|entry| library(entry.ok()?));
    let Some(bytes) = files.next() else {
        eprintln!("SKIPPED: ONNX Runtime is not in a folder of its own, as a library of Linux");
        return;
    };
    let folder = folder("parts");
    let inner = folder.join("capi");
    std::fs::create_dir_all(&inner).unwrap();
    let file = inner.join("libonnxruntime.so.1.28.0");
    for share in [1, 10, 19] {
        std::fs::write(&file, &bytes[..bytes.len() * share / 20]).unwrap();
        let text = refused(folder.to_str().unwrap());
        assert!(text.contains("is damaged or cut off") && text.contains("capi"), "{text}");
    }
    // What stands behind the last section is read by nobody, but for those who look for telemetry.
    std::fs::write(&file, [&bytes[..], b"ORT_DISABLE_TELEMETRY"].concat()).unwrap();
    if std::env::var_os("ORT_DISABLE_TELEMETRY").is_none() {
        assert!(refused(folder.to_str().unwrap()).contains("carries telemetry"));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn other_versions_are_refused() {
    // Folders of further versions, where a machine has them: 1.20.1 is too old, 1.31.1 carries telemetry.
    for (variable, reason) in
        [("ABBE_ONNXRUNTIME_OLD", "1.24 or newer"), ("ABBE_ONNXRUNTIME_TELEMETRY", "carries telemetry")]
    {
        match std::env::var(variable) {
            Ok(path) => assert!(refused(&path).contains(reason), "{path}"),
            Err(_) => eprintln!("SKIPPED: {variable} is not set to a folder of such an ONNX Runtime"),
        }
    }
}

/// Run by the test below in a process of its own.
#[test]
fn one_run() {
    if std::env::var_os("ABBE_ONE_RUN").is_none() {
        return;
    }
    let runtime = onnxruntime().unwrap();
    let model = Arc::new(Model::load(&fixture("plain.onnx")).unwrap());
    let (_, image) = npy(&fixture("plain.input.npy"));
    run(&model, [1, 1, 61, 83], &image, &settings(|_| {}), &context(&runtime), None).unwrap();
    let broken = Arc::new(Model::load(&fixture("unknown_operator.onnx")).unwrap());
    assert!(run(&broken, [1, 1, 61, 83], &image, &settings(|_| {}), &context(&runtime), None).is_err());
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        let targets = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        let sockets: Vec<_> = targets.filter(|target| target.to_string_lossy().starts_with("socket:")).collect();
        assert!(sockets.is_empty(), "{sockets:?}");
    }
}

/// A user who has a fresh home and no variable CI, which would keep ONNX Runtime's telemetry quiet, runs `one_run`.
fn one_run_of<'a>(program: &'a mut Command, home: &Path, runtime: &Path) -> &'a mut Command {
    program
        .args(["--exact", "one_run", "--nocapture", "--test-threads=1"])
        .env_remove("CI")
        .env("HOME", home)
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("TMPDIR", home)
        .env("ABBE_ONE_RUN", "1")
        .env("ABBE_ONNXRUNTIME", runtime)
        .current_dir(home)
}

/// What the kernel is asked for: a socket that is closed again, or a file that is removed again, would show.
#[test]
fn a_run_asks_for_no_socket_and_changes_no_file() {
    let Some(runtime) = onnxruntime() else { return };
    let (home, log) = (folder("traced"), folder("trace").join("calls"));
    let mut tracer = Command::new("strace");
    tracer.args(["-f", "-qq", "-e", "trace=network,file", "-o"]).arg(&log).arg(std::env::current_exe().unwrap());
    let child = one_run_of(&mut tracer, &home, &runtime).output();
    let calls = std::fs::read_to_string(&log).unwrap_or_default();
    if !child.is_ok_and(|child| child.status.success()) || calls.is_empty() {
        eprintln!("SKIPPED: calls of the kernel cannot be traced here (package strace)");
        return;
    }
    assert!(calls.contains("libonnxruntime"), "{calls}");
    let reads = [
        "access",
        "execve",
        "faccessat",
        "faccessat2",
        "getcwd",
        "lstat",
        "newfstatat",
        "open",
        "openat",
        "openat2",
        "readlink",
        "readlinkat",
        "stat",
        "statfs",
        "statx",
    ];
    for call in calls.lines() {
        let name = call.split_whitespace().nth(1).and_then(|call| call.split('(').next()).unwrap_or_default();
        let interrupted = call.contains("resumed>") || call.contains("+++") || call.contains("---");
        let writes = ["O_CREAT", "O_WRONLY", "O_RDWR", "O_TRUNC"].iter().any(|flag| call.contains(flag));
        assert!(interrupted || (reads.contains(&name) && !writes), "{call}");
    }
    std::fs::remove_dir_all(home).unwrap();
    std::fs::remove_dir_all(log.parent().unwrap()).unwrap();
}

#[test]
fn a_run_writes_no_file_and_no_line() {
    let Some(runtime) = onnxruntime() else { return };
    let home = folder("home");
    let mut program = Command::new(std::env::current_exe().unwrap());
    let child = one_run_of(&mut program, &home, &runtime).output().unwrap();
    let text = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{text}{}", String::from_utf8_lossy(&child.stderr));
    assert_eq!(child.stderr, b"", "{}", String::from_utf8_lossy(&child.stderr));
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.len() == 3 && lines[0].starts_with("running") && lines[2].starts_with("test result"), "{text}");
    let written: Vec<_> = std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(written.is_empty(), "{written:?}");
    std::fs::remove_dir_all(home).unwrap();
}
