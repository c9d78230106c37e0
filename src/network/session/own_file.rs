//! The file that this code was loaded from.

use std::path::PathBuf;

/// libabbe's file, or that of the program that holds it; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub fn own_file() -> Option<PathBuf> {
    let here = own_file as *const () as usize;
    std::fs::read_to_string("/proc/self/maps").ok()?.lines().find_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let inside = usize::from_str_radix(start, 16).ok()? <= here && here < usize::from_str_radix(end, 16).ok()?;
        let path = rest.find('/').map(|at| PathBuf::from(&rest[at..]))?;
        inside.then_some(path)
    })
}

/// libabbe's file, or that of the program that holds it; `None` where the system does not tell.
#[cfg(windows)]
pub fn own_file() -> Option<PathBuf> {
    use std::ffi::{OsString, c_void};
    use std::os::windows::ffi::OsStringExt;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *mut c_void) -> i32;
        fn GetModuleFileNameW(module: *mut c_void, name: *mut u16, size: u32) -> u32;
    }
    // GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT
    const OF_ADDRESS: u32 = 4 | 2;
    let mut module = std::ptr::null_mut();
    // SAFETY: the address is of this code; the handle counts for nothing and is used while this code runs only.
    if unsafe { GetModuleHandleExW(OF_ADDRESS, own_file as *const c_void, &mut module) } == 0 {
        return None;
    }
    let mut name = vec![0; 32_768];
    // SAFETY: the buffer has as many places as are stated.
    let length = unsafe { GetModuleFileNameW(module, name.as_mut_ptr(), name.len() as u32) } as usize;
    (0 < length && length < name.len()).then(|| PathBuf::from(OsString::from_wide(&name[..length])))
}

/// libabbe's file, or that of the program that holds it; `None` where the system does not tell.
#[cfg(target_os = "macos")]
pub fn own_file() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
    use std::os::unix::ffi::OsStrExt;

    #[repr(C)]
    struct Found {
        file: *const c_char,
        base: *mut c_void,
        symbol: *const c_char,
        address: *mut c_void,
    }
    unsafe extern "C" {
        fn dladdr(address: *const c_void, found: *mut Found) -> c_int;
    }
    let (file, base) = (std::ptr::null(), std::ptr::null_mut());
    let mut found = Found { file, base, symbol: file, address: base };
    // SAFETY: the address is of this code, and the answer has the layout of dlfcn.h.
    if unsafe { dladdr(own_file as *const c_void, &mut found) } == 0 || found.file.is_null() {
        return None;
    }
    // SAFETY: the loader keeps the name, which ends with NUL, as long as this code is loaded.
    let name = unsafe { CStr::from_ptr(found.file) };
    Some(PathBuf::from(OsStr::from_bytes(name.to_bytes())))
}
