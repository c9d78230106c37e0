//! Rust makes the images, C++ written against `abbe.hpp` and against the bridge works on them, Rust compares.

use std::path::{Path, PathBuf};
use std::process::Command;

use abbe_cxx::{Optics, Shape, deconvolution};

#[cxx::bridge(namespace = "abbe_host")]
mod host {
    unsafe extern "C++" {
        include!("abbe-cxx/tests/host.h");

        fn through_hpp(
            padded: &[u16],
            target: &mut [f32],
            rows: i64,
            columns: i64,
            pitch: i64,
            iterations: i64,
            stop: f64,
        ) -> Result<bool>;
        fn refused_by_hpp() -> Result<String>;
        fn through_bridge(
            source: &[f32],
            target: &mut [f32],
            planes: i64,
            rows: i64,
            columns: i64,
            iterations: i64,
        ) -> Result<String>;
        fn lives() -> Result<i64>;
    }
}

// What build.rs made of host.cc.
#[link(name = "abbe-cxx-host", kind = "static")]
unsafe extern "C" {}

const ROWS: usize = 31;
const COLUMNS: usize = 45;
const PITCH: usize = 50;

/// A frame with one blurred point, packed and downwards.
fn frame() -> Vec<u16> {
    let light = |at: usize| {
        let (row, column) = ((at / COLUMNS) as f64 - 15.0, (at % COLUMNS) as f64 - 20.0);
        4000.0 * (-(row * row + column * column) / 8.0).exp()
    };
    (0..ROWS * COLUMNS).map(|at| light(at) as u16 + 100 + (at * 7919 % 31) as u16).collect()
}

/// The same with rows upwards and padded with what must not be read.
fn upwards() -> Vec<u16> {
    let mut padded = vec![u16::MAX; ROWS * PITCH];
    for (row, samples) in frame().chunks(COLUMNS).enumerate() {
        padded[(ROWS - 1 - row) * PITCH..][..COLUMNS].copy_from_slice(samples);
    }
    padded
}

fn optics() -> Optics {
    Optics { numerical_aperture: 1.4, wavelength_nm: 525.0, immersion_index: 1.515, pixel_nm: 65.0, step_nm: 200.0 }
}

fn shape() -> Shape {
    Shape { planes: 1, rows: ROWS as i64, columns: COLUMNS as i64 }
}

#[test]
fn header_bridge_and_rust_give_the_same_bits() {
    let source: Vec<f32> = frame().into_iter().map(f32::from).collect();
    let mut by_rust = vec![0.0; source.len()];
    deconvolution(optics(), shape(), 5).unwrap().execute(&source, &mut by_rust).unwrap();
    let brightest = by_rust[15 * COLUMNS + 20];
    assert!(brightest > 1.2 * 4000.0, "the brightest sample was 4000 and became {brightest}");

    let mut by_bridge = vec![0.0; source.len()];
    let report = host::through_bridge(&source, &mut by_bridge, 1, ROWS as i64, COLUMNS as i64, 5).unwrap();
    assert_eq!(by_bridge, by_rust);
    assert!(report.starts_with('{'), "{report}");

    let mut by_hpp = vec![0.0; source.len()];
    let sizes = (ROWS as i64, COLUMNS as i64, PITCH as i64);
    assert!(host::through_hpp(&upwards(), &mut by_hpp, sizes.0, sizes.1, sizes.2, 5, 2.0).unwrap());
    assert_eq!(by_hpp, by_rust);
}

#[test]
fn failures_cross_in_both_directions_with_their_texts() {
    let refused = host::refused_by_hpp().unwrap();
    assert!(refused.starts_with("-1: psf.numerical_aperture is 3"), "{refused}");
    let source = vec![1.0; ROWS * COLUMNS];
    let mut short = vec![0.0; 10];
    let failure = host::through_bridge(&source, &mut short, 1, ROWS as i64, COLUMNS as i64, 5).unwrap_err();
    assert!(failure.what().contains("dst holds 40 bytes"), "{failure}");
    let failure = host::through_hpp(&[1, 2, 3], &mut short, ROWS as i64, COLUMNS as i64, 45, 5, 2.0).unwrap_err();
    assert!(failure.what().contains("src holds 6 bytes"), "{failure}");
    let failure = deconvolution(optics(), shape(), 0).err().unwrap();
    assert!(failure.to_string().contains("deconvolve.iterations is 0"), "{failure}");
}

#[test]
fn a_listener_in_cpp_cancels() {
    let mut target = vec![0.0; ROWS * COLUMNS];
    let sizes = (ROWS as i64, COLUMNS as i64, PITCH as i64);
    assert!(!host::through_hpp(&upwards(), &mut target, sizes.0, sizes.1, sizes.2, 1000, 0.01).unwrap());
}

#[test]
fn objects_move_and_outlive_what_they_were_made_from() {
    assert_eq!(host::lives().unwrap(), 9 * 7 * 2);
}

#[test]
fn the_program_of_the_readme_builds_in_a_tree_and_runs() {
    let folder = Path::new(env!("OUT_DIR"));
    let readme = include_str!("../README.md");
    let program = readme.split("```cpp\n").nth(1).unwrap().split("```").next().unwrap();
    std::fs::write(folder.join("program.cpp"), program).unwrap();
    let built = Command::new(std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned()))
        .args(["-std=c++11", "-Wall", "-Wextra", "-Werror", "-o", "program", "program.cpp"])
        .arg("-I")
        .arg(folder.join("cxxbridge/include"))
        .arg(archive())
        .args(["-lpthread", "-ldl", "-lm"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let ran = Command::new(folder.join("program")).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(ran.stdout.starts_with(b"{"), "{}", String::from_utf8_lossy(&ran.stdout));
}

/// The static library that was built together with this test: the newest of its name beside it.
fn archive() -> PathBuf {
    let folder = std::env::current_exe().unwrap();
    let of_this_crate = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libabbe_cxx") && name.ends_with(".a")
    };
    let found = std::fs::read_dir(folder.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let written = |path: &PathBuf| path.metadata().unwrap().modified().unwrap();
    found.filter(|path| of_this_crate(path)).max_by_key(written).expect("the static library lies beside the tests")
}
