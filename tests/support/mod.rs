//! Where tests find the shared images, reference values and networks that are not part of the project.

use std::path::PathBuf;

/// The path of `name` below the shared folder (`ABBE_SHARED`, else `../shared` beside the checkout), or `None` with a
/// loud line where it is not there: the test that asked is to be skipped.
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ABBE_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there; set ABBE_SHARED to the folder of shared test data", path.display());
    None
}
