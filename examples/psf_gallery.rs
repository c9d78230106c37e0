//! Draws the figures of `docs/psf.md`: xy and xz sections on a logarithmic scale.
//!
//! `cargo run --example psf_gallery [folder]`

use std::io::Write;
use std::path::{Path, PathBuf};

use abbe::params::{self, Id};
use abbe::psf::{Kernel, Kind, Source};
use abbe::runtime::Workers;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("docs/figures/psf"), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let workers = Workers::new(std::thread::available_parallelism()?.get())?;
    let stack = |source: &Source| source.sample([97, 1, 97], &workers);
    let plane = |source: &Source| source.sample([1, 97, 97], &workers);

    let kinds = [
        Kind::Widefield,
        Kind::BornWolf,
        Kind::Vectorial,
        Kind::Confocal,
        Kind::TwoPhoton,
        Kind::SpinningDisk,
        Kind::LightSheet,
    ];
    let mut tiles = Vec::new();
    for kind in kinds {
        tiles.push(Tile::of(&plane(&source(kind, &[])?)?));
    }
    for kind in kinds {
        tiles.push(Tile::of(&stack(&source(kind, &[])?)?));
    }
    save(&folder.join("models.png"), &tiles, kinds.len())?;

    let mut tiles = Vec::new();
    for center in 0..4 {
        let mut source = source(Kind::Widefield, &[(params::PSF_SAMPLE_INDEX, 1.47), (params::PSF_DEPTH_NM, 3000.0)])?;
        source.settings.set_i64(params::PSF_CENTER, center)?;
        tiles.push(Tile::of(&stack(&source)?));
    }
    save(&folder.join("centre.png"), &tiles, 4)?;

    let mut tiles = Vec::new();
    for depth in [0.0, 5e3, 10e3, 20e3] {
        let source = source(Kind::Widefield, &[(params::PSF_SAMPLE_INDEX, 1.47), (params::PSF_DEPTH_NM, depth)])?;
        tiles.push(Tile::of(&stack(&source)?));
    }
    save(&folder.join("depth.png"), &tiles, 4)?;

    let mut tiles = Vec::new();
    for depth in [0.0, 500.0] {
        for beyond in [1, 0] {
            let mut source =
                source(Kind::Vectorial, &[(params::PSF_SAMPLE_INDEX, 1.33), (params::PSF_DEPTH_NM, depth)])?;
            source.settings.set_i64(params::PSF_BEYOND_CRITICAL, beyond)?;
            tiles.push(Tile::of(&stack(&source)?));
        }
    }
    save(&folder.join("critical.png"), &tiles, 4)?;

    let mut tiles = Vec::new();
    for pixel in [params::PIXEL_POINT, params::PIXEL_AREA] {
        let mut source = source(Kind::Widefield, &[(params::PSF_PIXEL_NM, 90.0)])?;
        source.settings.set_i64(params::PSF_PIXEL, pixel)?;
        tiles.push(Tile::of(&source.sample([1, 17, 17], &workers)?).enlarged(6));
    }
    save(&folder.join("pixels.png"), &tiles, 2)?;

    let mut tiles = Vec::new();
    for noll in 5..=11 {
        let mut source = source(Kind::Widefield, &[])?;
        source.settings.set_text(params::PSF_ZERNIKE, &format!("noll {noll}:60"))?;
        tiles.push(Tile::of(&source.sample([1, 65, 65], &workers)?));
    }
    save(&folder.join("zernike.png"), &tiles, 7)
}

/// An oil objective of NA 1.4, green emission, changed by `changes`.
fn source(kind: Kind, changes: &[(Id, f64)]) -> Result<Source> {
    let mut source = Source::new(kind);
    let common = [
        (params::PSF_NUMERICAL_APERTURE, 1.4),
        (params::PSF_WAVELENGTH_NM, 525.0),
        (params::PSF_EXCITATION_NM, if kind == Kind::TwoPhoton { 900.0 } else { 488.0 }),
        (params::PSF_PIXEL_NM, 40.0),
        (params::PSF_STEP_NM, 80.0),
        (params::PSF_SHEET_THICKNESS_NM, 1500.0),
    ];
    for (id, value) in common.iter().chain(changes) {
        source.settings.set_f64(*id, *value)?;
    }
    Ok(source)
}

/// A grey picture.
struct Tile {
    width: usize,
    pixels: Vec<u8>,
}

impl Tile {
    /// The plane of a kernel that has one, or the section of one that is a single row deep.
    fn of(kernel: &Kernel) -> Self {
        let peak = kernel.samples().iter().copied().fold(0.0, f32::max);
        let grey = |value: &f32| (255.0 * (1.0 + (value / peak).max(1e-9).log10() / 4.0)).clamp(0.0, 255.0) as u8;
        Self { width: kernel.shape()[2], pixels: kernel.samples().iter().map(grey).collect() }
    }

    /// Every pixel as a square.
    fn enlarged(&self, times: usize) -> Self {
        let rows = self.pixels.chunks_exact(self.width).flat_map(|row| std::iter::repeat_n(row, times));
        let pixels = rows.flat_map(|row| row.iter().flat_map(|value| std::iter::repeat_n(*value, times))).collect();
        Self { width: self.width * times, pixels }
    }
}

/// Writes tiles of equal size, `columns` a row, with a white line between, as PNG.
fn save(path: &Path, tiles: &[Tile], columns: usize) -> Result<()> {
    let (width, height) = (tiles[0].width, tiles[0].pixels.len() / tiles[0].width);
    let (across, down) = (columns * (width + 1) - 1, tiles.len().div_ceil(columns) * (height + 1) - 1);
    let mut rows = vec![255_u8; down * (across + 1)];
    for row in rows.chunks_exact_mut(across + 1) {
        // The filter of the row: none.
        row[0] = 0;
    }
    for (at, tile) in tiles.iter().enumerate() {
        for (y, line) in tile.pixels.chunks_exact(width).enumerate() {
            let start = (at / columns * (height + 1) + y) * (across + 1) + 1 + at % columns * (width + 1);
            rows[start..start + width].copy_from_slice(line);
        }
    }
    let mut header = Vec::new();
    header.extend((across as u32).to_be_bytes());
    header.extend((down as u32).to_be_bytes());
    // 8 bits, grey, deflate, adaptive filters, not interlaced.
    header.extend([8, 0, 0, 0, 0]);
    let mut file = std::fs::File::create(path)?;
    file.write_all(b"\x89PNG\r\n\x1a\n")?;
    chunk(&mut file, b"IHDR", &header)?;
    chunk(&mut file, b"IDAT", &stored(&rows))?;
    chunk(&mut file, b"IEND", &[])?;
    println!("{}", path.display());
    Ok(())
}

/// A zlib stream of uncompressed blocks.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = bytes.chunks(65_535);
    let last = blocks.len() - 1;
    for (at, block) in blocks.enumerate() {
        stream.push(u8::from(at == last));
        stream.extend((block.len() as u16).to_le_bytes());
        stream.extend((!(block.len() as u16)).to_le_bytes());
        stream.extend(block);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

/// A PNG chunk with its check sum.
fn chunk(file: &mut std::fs::File, name: &[u8; 4], data: &[u8]) -> Result<()> {
    let mut check = u32::MAX;
    for byte in name.iter().chain(data) {
        check ^= u32::from(*byte);
        for _ in 0..8 {
            check = if check & 1 == 1 { check >> 1 ^ 0xEDB8_8320 } else { check >> 1 };
        }
    }
    file.write_all(&(data.len() as u32).to_be_bytes())?;
    file.write_all(name)?;
    file.write_all(data)?;
    file.write_all(&(!check).to_be_bytes())?;
    Ok(())
}
