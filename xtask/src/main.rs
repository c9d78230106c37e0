//! Development tasks: `cargo xtask header [--check]`, `cargo xtask supply [--check | FOLDER [OPTIONS OF CARGO]]`,
//! `cargo xtask dist --target TARGET [--without-networks]`.

mod bindings;
mod dist;
mod header;
mod supply;

// The tables are compiled in: linking all of abbe would take minutes after each change of a line of it.
#[allow(dead_code, unused_imports)]
#[path = "../../src"]
mod abbe {
    pub mod codes;
    pub mod error;
    pub mod params;
}
use abbe::{codes, error, params};

use std::process::ExitCode;

/// A result whose failure is a text for the developer.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["header"] => header::write(),
        ["header", "--check"] => header::check(),
        ["supply"] => supply::page(false),
        ["supply", "--check"] => supply::page(true),
        ["supply", folder, options @ ..] => supply::write(folder.as_ref(), options, "rustc"),
        ["dist", "--target", target] => dist::make(target, true),
        ["dist", "--target", target, "--without-networks"] => dist::make(target, false),
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("{cause}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "usage: cargo xtask header [--check] | supply [--check | FOLDER [OPTIONS OF CARGO]] | dist --target TARGET [--without-networks]";
