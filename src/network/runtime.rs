//! Finds and loads ONNX Runtime, once per process.
//!
//! libabbe is not linked to ONNX Runtime: it looks for the library when the first network is committed, in this order,
//! and takes the first place that is stated: the context's `context.onnxruntime`, the variable `ABBE_ONNXRUNTIME`, the
//! folder that holds libabbe itself. Each may be the library or its folder. A bare name that the system would look up
//! anywhere is never used. Before the library is loaded its bytes are inspected: a file that is no ONNX Runtime is not
//! executed at all, and a build that carries telemetry is refused unless the host switched it off or allows it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ort::environment::{Environment, GlobalThreadPoolOptions};
use ort::logging::LogLevel;

use super::library;
use super::session::{self, Base};
use crate::error::{Error, Result};
use crate::params::{self, Settings};

/// Where to look for ONNX Runtime and how to start it.
#[derive(Clone, Debug, Default)]
pub struct Search<'a> {
    /// The library or its folder, as the host states it.
    pub explicit: Option<&'a str>,
    /// Whether a build with telemetry may be loaded with its telemetry on.
    pub telemetry_allowed: bool,
    /// Threads of the pool that all networks of the process share; 0: as many as the machine has.
    pub threads: usize,
}

impl<'a> Search<'a> {
    /// What a context's parameters say.
    pub fn from_context(context: &'a Settings) -> Self {
        let explicit = Some(context.text(params::CONTEXT_ONNXRUNTIME)).filter(|path| !path.is_empty());
        let telemetry_allowed = context.i64(params::CONTEXT_ONNXRUNTIME_TELEMETRY) == 1;
        let threads = usize::try_from(context.i64(params::CONTEXT_THREADS)).unwrap_or(0);
        Self { explicit, telemetry_allowed, threads }
    }
}

/// The loaded ONNX Runtime: one library, one environment and one pool of threads per process.
#[derive(Debug)]
pub struct Runtime {
    source: Source,
    version: String,
    environment: Environment,
    /// Names and libraries of the providers that hosts registered.
    registered: Mutex<Vec<(String, PathBuf)>>,
}

/// Where the process has it from.
#[derive(Debug)]
enum Source {
    /// Loaded from this library.
    Library(PathBuf),
    /// A host's own, with the address that it gave.
    Host(usize),
}

static LOADED: Mutex<Option<&'static Runtime>> = Mutex::new(None);

impl Runtime {
    /// The runtime of this process, loaded now if it is not yet.
    ///
    /// # Errors
    /// [`Error::Device`] when no library is found, or what is found is missing, too old, no ONNX Runtime, or carries
    /// telemetry; [`Error::State`] when the host names another library than the one that is already loaded.
    pub fn load(search: &Search<'_>) -> Result<&'static Runtime> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = *loaded {
            return runtime.check(search);
        }
        let path = locate(search)?;
        inspect(&path, search)?;
        let version = session::version(&path)?;
        let builder = ort::init_from(&path)
            .map_err(|error| Error::Device(format!("ONNX Runtime at {} cannot be loaded: {error}", path.display())))?;
        let threads = match search.threads {
            0 => std::thread::available_parallelism().map_or(1, Into::into),
            threads => threads,
        };
        let environment = GlobalThreadPoolOptions::default()
            .with_intra_threads(threads)
            .and_then(|options| options.with_inter_threads(1))
            .and_then(|options| options.with_spin_control(false))
            .and_then(|options| {
                builder.with_name("abbe").with_telemetry(false).with_global_thread_pool(options).build()
            })
            .map_err(|error| Error::Device(format!("ONNX Runtime at {} does not start: {error}", path.display())))?;
        // Whatever goes wrong comes back as an error; the runtime itself must not write to the host's streams.
        environment.set_log_level(LogLevel::Fatal);
        Ok(loaded.insert(Self::kept(Source::Library(path), version, environment)))
    }

    /// Runs networks in the ONNX Runtime that a host has loaded itself, with threads of each session's own. Its
    /// environment, log level and allocators stay the host's.
    ///
    /// # Errors
    /// [`Error::Device`] when it is too old, [`Error::State`] when the process runs another one.
    pub fn adopt(base: &Base) -> Result<()> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let version = base.version("the address that the host gave")?;
        if let Some(runtime) = *loaded {
            let same = match &runtime.source {
                Source::Library(_) => base.is_loaded(),
                Source::Host(address) => *address == base.address(),
            };
            return if same {
                Ok(())
            } else {
                Err(Error::State(format!(
                    "this process already runs ONNX Runtime {} ({}); hand over the host's before anything needs one",
                    runtime.version,
                    runtime.place()
                )))
            };
        }
        base.take()?;
        let environment = ort::init()
            .with_name("abbe")
            .with_telemetry(false)
            .build()
            .map_err(|error| Error::Device(format!("the host's ONNX Runtime {version} does not start: {error}")))?;
        *loaded = Some(Self::kept(Source::Host(base.address()), version, environment));
        Ok(())
    }

    fn kept(source: Source, version: String, environment: Environment) -> &'static Runtime {
        Box::leak(Box::new(Runtime { source, version, environment, registered: Mutex::default() }))
    }

    /// The library's path; none where it is the host's.
    pub fn path(&self) -> Option<&Path> {
        match &self.source {
            Source::Library(path) => Some(path),
            Source::Host(_) => None,
        }
    }

    fn place(&self) -> String {
        self.path().map_or("the host's".to_owned(), |path| path.display().to_string())
    }

    /// Names and libraries of registered providers.
    pub(super) fn registered(&self) -> MutexGuard<'_, Vec<(String, PathBuf)>> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The library's version, e.g. `1.28.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn environment(&'static self) -> &'static Environment {
        &self.environment
    }

    fn check(&'static self, search: &Search<'_>) -> Result<&'static Runtime> {
        if search.explicit.is_some() && Some(locate(search)?.as_path()) != self.path() {
            return Err(Error::State(format!(
                "context.onnxruntime is {}; this process already runs {}, and can run only one",
                search.explicit.unwrap_or_default(),
                self.place()
            )));
        }
        Ok(self)
    }
}

/// The library's canonical path by the documented order.
fn locate(search: &Search<'_>) -> Result<PathBuf> {
    let variable = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
    let (place, what) = match (search.explicit, &variable) {
        (Some(explicit), _) => (PathBuf::from(explicit), "context.onnxruntime"),
        (None, Some(variable)) => (PathBuf::from(variable), VARIABLE),
        (None, None) => (own_folder(), ""),
    };
    let found = if place.is_dir() { library_in(&place) } else { Some(place.clone()) };
    match found.and_then(|path| fs::canonicalize(path).ok()).filter(|path| path.is_file()) {
        Some(path) => Ok(path),
        None if what.is_empty() => Err(Error::Device(format!(
            "ONNX Runtime is not found beside libabbe (in {}); networks need it; set context.onnxruntime or {VARIABLE} \
             to the library (1.28.0 is the qualified version)",
            place.display()
        ))),
        None => Err(Error::Device(format!(
            "{what} is {}; it must be the ONNX Runtime library or the folder that holds it; {}",
            place.display(),
            if place.is_dir() {
                format!("neither that folder nor its folder capi has a {}", library_name())
            } else {
                "there is no such file or folder".to_owned()
            }
        ))),
    }
}

/// The library of a folder, or of the folder `capi` in it, where Python's package has it; of several versions the newest.
pub(super) fn library_in(folder: &Path) -> Option<PathBuf> {
    named_library_in(folder).or_else(|| named_library_in(&folder.join("capi")))
}

fn named_library_in(folder: &Path) -> Option<PathBuf> {
    let exact = folder.join(library_name());
    if exact.is_file() {
        return Some(exact);
    }
    let mut named: Vec<_> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            name.starts_with("libonnxruntime.so.") || (name.starts_with("libonnxruntime.") && name.ends_with(".dylib"))
        })
        .collect();
    named.sort_by_cached_key(|name| numbers(name));
    named.pop().map(|name| folder.join(name))
}

/// The library's name on this system, but for a version.
fn library_name() -> String {
    format!("{}onnxruntime{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// The numbers of a version in a name, which `libonnxruntime.so.1.9.0` has less of than `libonnxruntime.so.1.28.0`.
fn numbers(name: &str) -> Vec<u64> {
    name.split(|letter: char| !letter.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

/// The folder of the file that holds this code: libabbe's, or the program's where the system does not tell.
fn own_folder() -> PathBuf {
    let file = session::own_file().or_else(|| std::env::current_exe().ok()).unwrap_or_default();
    file.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Refuses a file that must not be loaded, by its bytes alone.
fn inspect(path: &Path, search: &Search<'_>) -> Result<()> {
    let bytes = library::read(path)?;
    let wrong = |what| Error::Device(format!("{} {what}", path.display()));
    library::inspect(&bytes, library::ENTRY).map_err(wrong)?;
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let switched_off = std::env::var_os(TELEMETRY_SWITCH).is_some_and(|value| value == "1");
    if holds(TELEMETRY_SWITCH) && !switched_off && !search.telemetry_allowed {
        return Err(Error::Device(format!(
            "ONNX Runtime at {} carries telemetry that writes files and reports use; abbe does not load it; use 1.28.0, \
             or set {TELEMETRY_SWITCH}=1 in the environment, or context.onnxruntime_telemetry to 1",
            path.display()
        )));
    }
    Ok(())
}

const VARIABLE: &str = "ABBE_ONNXRUNTIME";
const TELEMETRY_SWITCH: &str = "ORT_DISABLE_TELEMETRY";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_several_versions_is_taken() {
        let folder = std::env::temp_dir().join(format!("abbe-versions-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for version in ["1.9.0", "1.28.0", "1.24.10", "1.24.4"] {
            fs::write(folder.join(format!("libonnxruntime.so.{version}")), "").unwrap();
        }
        assert_eq!(library_in(&folder), Some(folder.join("libonnxruntime.so.1.28.0")));
        fs::remove_dir_all(folder).unwrap();
    }
}
