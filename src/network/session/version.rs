//! The entry of an ONNX Runtime library, and its version, asked before anything else is.

use std::ffi::{CStr, c_void};
use std::path::Path;
use std::ptr::NonNull;

use ort::sys::{ORT_API_VERSION, OrtApi, OrtApiBase};

use crate::error::{Error, Result};

/// What ONNX Runtime's function `OrtGetApiBase` gives, of a library that stays loaded.
pub struct Base(NonNull<OrtApiBase>);

impl Base {
    /// Takes over a pointer of a host.
    ///
    /// # Errors
    /// [`Error::Argument`] for NULL.
    ///
    /// # Safety
    /// The pointer is NULL, or came from `OrtGetApiBase` of a library that stays loaded for the life of the process.
    pub unsafe fn of_host(pointer: *const c_void) -> Result<Self> {
        NonNull::new(pointer.cast_mut().cast()).map(Self).ok_or_else(|| {
            Error::Argument("api_base is NULL; it must be what OrtGetApiBase() of ONNX Runtime gives".into())
        })
    }

    /// Its version.
    ///
    /// # Errors
    /// [`Error::Device`] when it tells none, or is older than 1.24; `place` says which is meant.
    pub fn version(&self, place: &str) -> Result<String> {
        // SAFETY: the first two members of the interface are the same in every version.
        let text = unsafe { (self.0.as_ref().GetVersionString)() };
        if text.is_null() {
            return Err(alien(place));
        }
        // SAFETY: ONNX Runtime gives a NUL-terminated text that it keeps.
        let version = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
        let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
        if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST {
            return Err(Error::Device(format!(
                "ONNX Runtime at {place} is version {version}; it must be 1.24 or newer (1.28.0 is the qualified version)"
            )));
        }
        Ok(version)
    }

    /// Has all calls of this process go there.
    ///
    /// # Errors
    /// [`Error::Device`] when it lacks the interface, [`Error::State`] when they go elsewhere already.
    pub fn take(&self) -> Result<()> {
        let api = self.api().ok_or_else(|| alien("that address"))?;
        // SAFETY: ONNX Runtime keeps its tables of functions.
        if ort::set_api(unsafe { api.read() }) {
            Ok(())
        } else {
            Err(Error::State("this process already runs ONNX Runtime; it can run only one".into()))
        }
    }

    /// Whether `ort` loaded the same library.
    pub fn is_loaded(&self) -> bool {
        self.api().is_some_and(|api| std::ptr::eq(api.as_ptr(), ort::api()))
    }

    /// Its address, to tell one from another.
    pub fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }

    fn api(&self) -> Option<NonNull<OrtApi>> {
        // SAFETY: as for the version; versions that are not known give NULL.
        NonNull::new(unsafe { (self.0.as_ref().GetApi)(ORT_API_VERSION) }.cast_mut())
    }
}

/// The version of the ONNX Runtime library at a path, which is loaded for it.
///
/// # Errors
/// [`Error::Device`] when it cannot be loaded, is no ONNX Runtime, or is older than 1.24.
pub fn version(path: &Path) -> Result<String> {
    let place = path.display().to_string();
    let library = open(path).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})")).unwrap_or_default();
        Error::Device(format!(
            "ONNX Runtime at {place} cannot be loaded: {error}{cause}; its own libraries must be at hand{MORE}"
        ))
    })?;
    // SAFETY: the symbol has had this type in every version of ONNX Runtime.
    let entry: libloading::Symbol<'_, unsafe extern "C" fn() -> *const OrtApiBase> =
        unsafe { library.get(b"OrtGetApiBase") }.map_err(|_| alien(&place))?;
    // SAFETY: as above; the result is checked, and used while the library is loaded.
    let base = NonNull::new(unsafe { entry() }.cast_mut()).ok_or_else(|| alien(&place))?;
    let version = Base(base).version(&place)?;
    // It stays as it was loaded: its interface opens it again.
    std::mem::forget(library);
    Ok(version)
}

fn alien(place: &str) -> Error {
    Error::Device(format!("{place} is not ONNX Runtime; it must give its version and its interface"))
}

/// Loads the library. On Windows its own libraries are looked for beside it, beside the program and in the system's folder,
/// not in the current folder nor in PATH.
fn open(path: &Path) -> std::result::Result<libloading::Library, libloading::Error> {
    #[cfg(windows)]
    {
        use libloading::os::windows::{LOAD_LIBRARY_SEARCH_DEFAULT_DIRS, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR, Library};
        let places = LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS;
        // SAFETY: the host names this library as ONNX Runtime, whose initialisers may run in any program.
        unsafe { Library::load_with_flags(path, places) }.map(Into::into)
    }
    #[cfg(not(windows))]
    // SAFETY: as above.
    unsafe {
        libloading::Library::new(path)
    }
}

/// Nodes by device are told from this version on.
const OLDEST: (u32, u32) = (1, 24);
/// What else it needs there.
const MORE: &str =
    if cfg!(windows) { ", and Microsoft's Visual C++ runtime must be installed (vc_redist.x64.exe)" } else { "" };
