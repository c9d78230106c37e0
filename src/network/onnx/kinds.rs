//! ONNX's numbers and names of sample types.

/// f32.
pub const FLOAT: i32 = 1;
/// u8.
pub const UINT8: i32 = 2;
/// i8.
pub const INT8: i32 = 3;
/// u16.
pub const UINT16: i32 = 4;
/// i16.
pub const INT16: i32 = 5;
/// i32.
pub const INT32: i32 = 6;
/// i64.
pub const INT64: i32 = 7;
/// Truth values, a byte each.
pub const BOOL: i32 = 9;
/// f16.
pub const FLOAT16: i32 = 10;
/// f64.
pub const DOUBLE: i32 = 11;
/// u32.
pub const UINT32: i32 = 12;
/// u64.
pub const UINT64: i32 = 13;
/// bf16.
pub const BFLOAT16: i32 = 16;

/// ONNX's name of a sample type.
pub fn type_name(kind: i32) -> &'static str {
    const NAMES: [&str; 17] = [
        "undefined",
        "float",
        "uint8",
        "int8",
        "uint16",
        "int16",
        "int32",
        "int64",
        "string",
        "bool",
        "float16",
        "double",
        "uint32",
        "uint64",
        "complex64",
        "complex128",
        "bfloat16",
    ];
    usize::try_from(kind).ok().and_then(|kind| NAMES.get(kind)).copied().unwrap_or("float8 or int4")
}

/// Whether a sample type is one of real numbers.
pub fn is_real(kind: i32) -> bool {
    [FLOAT, FLOAT16, DOUBLE, BFLOAT16].contains(&kind)
}

/// Whether a sample type is one of whole numbers or truth values.
pub fn is_whole(kind: i32) -> bool {
    [UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL, UINT32, UINT64].contains(&kind)
}

/// Bytes of a sample; those of f32 where the type is not known.
pub fn sample_bytes(kind: i32) -> u64 {
    match kind {
        UINT8 | INT8 | BOOL => 1,
        UINT16 | INT16 | FLOAT16 | BFLOAT16 => 2,
        INT64 | DOUBLE | UINT64 => 8,
        _ => 4,
    }
}
