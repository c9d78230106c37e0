//! Reading tensors that packages bring to be tested with: NumPy's `.npy` format, versions 1 to 3.
//!
//! Source: NumPy Enhancement Proposal 1. C order only, and number types that an image can have.

use crate::error::{Error, Result};

/// Shape and samples of a file, last axis fastest.
///
/// # Errors
/// [`Error::Model`] for what is not such a file, or is cut off.
pub fn read(bytes: &[u8]) -> Result<(Vec<usize>, Vec<f32>)> {
    let wrong = |what: &str| Error::Model(format!("a test tensor of the package is {what}; it must be an .npy file"));
    let head = bytes.get(..12).filter(|head| head.starts_with(b"\x93NUMPY")).ok_or_else(|| wrong("something else"))?;
    let (start, len) = match head[6] {
        1 => (10_usize, usize::from(u16::from_le_bytes([head[8], head[9]]))),
        _ => (12, u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize),
    };
    let data_at = start.checked_add(len).filter(|&end| end <= bytes.len()).ok_or_else(|| wrong("cut off"))?;
    let header = std::str::from_utf8(&bytes[start..data_at]).map_err(|_| wrong("of a broken header"))?;
    let value = |key: &str| header.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
    let kind = value("descr").and_then(|rest| rest.split('\'').nth(1)).ok_or_else(|| wrong("of a broken header"))?;
    if value("fortran_order").is_none_or(|rest| !rest.starts_with("False")) {
        return Err(wrong("in Fortran order"));
    }
    let extents = value("shape").and_then(|rest| rest.strip_prefix('(')?.split(')').next());
    let extents = extents.ok_or_else(|| wrong("of a broken header"))?.split(',').map(str::trim);
    let shape: Vec<usize> = extents
        .filter(|extent| !extent.is_empty())
        .map(|extent| extent.parse().map_err(|_| wrong("of a broken shape")))
        .collect::<Result<_>>()?;
    let count = shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent));
    let data = &bytes[data_at..];
    let samples: Vec<f32> = match kind.trim_start_matches(['<', '|', '=']) {
        "f4" => data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        "f8" => data.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        "f2" => data.as_chunks().0.iter().map(|bytes| half::f16::from_le_bytes(*bytes).to_f32()).collect(),
        "u1" | "b1" => data.iter().map(|&byte| byte.into()).collect(),
        "u2" => data.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes).into()).collect(),
        "i2" => data.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes).into()).collect(),
        "i4" => data.as_chunks().0.iter().map(|bytes| i32::from_le_bytes(*bytes) as f32).collect(),
        "i8" => data.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as f32).collect(),
        other => return Err(wrong(&format!("of type {other:?}"))),
    };
    if count != Some(samples.len()) {
        return Err(wrong("cut off"));
    }
    Ok((shape, samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn types_and_shapes() {
        let header = "{'descr': '<u2', 'fortran_order': False, 'shape': (1, 2), }\n";
        assert_eq!(read(&file(header, &[1, 0, 0, 2])).unwrap(), (vec![1, 2], vec![1.0, 512.0]));
        assert!(read(&file(header, &[1, 0, 0])).is_err());
        assert!(read(b"PK").is_err());
        assert!(read(&file("{'descr': '<f4', 'fortran_order': True, 'shape': (0,)}", &[])).is_err());
        assert!(
            read(&file("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999)}", &[])).is_err()
        );
    }
}
