//! What tells files and samples apart, in reports, recipes and packages.

use sha2::{Digest, Sha256};

/// The sha256 of bytes as lower-case hexadecimals.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
