//! Layouts of all kinds against a slow reference that walks sample by sample.

use std::sync::OnceLock;

use abbe::codes::Status;
use abbe::error::Error;
use abbe::image::{Clipped, Dtype, Found, Layout, overlap};
use abbe::params::known;
use abbe::runtime::Workers;
use half::f16;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const DTYPES: [Dtype; 4] = [Dtype::U8, Dtype::U16, Dtype::F16, Dtype::F32];

/// A layout as it was asked for.
#[derive(Clone, Debug)]
struct Asked {
    dtype: Dtype,
    axes: String,
    shape: Vec<i64>,
    strides: Vec<i64>,
    offset: i64,
}

impl Asked {
    fn layout(&self) -> Layout {
        Layout::new(self.dtype, &self.axes, &self.shape, Some(&self.strides), self.offset).unwrap()
    }

    /// Byte of the sample at t, c, z, y, x, from the definition.
    fn place(&self, at: [usize; 5]) -> usize {
        let mut place = self.offset;
        for (letter, stride) in self.axes.chars().zip(&self.strides) {
            place += stride * at["tczyx".find(letter).unwrap()] as i64;
        }
        place.try_into().unwrap()
    }

    fn extent(&self, letter: char) -> usize {
        self.axes.find(letter).map_or(1, |at| self.shape[at] as usize)
    }

    /// The samples of a volume: place in the buffer, in packed order.
    fn places(&self, volume: usize) -> Vec<usize> {
        let (t, c) = (volume / self.extent('c'), volume % self.extent('c'));
        let mut places = Vec::new();
        for z in 0..self.extent('z') {
            for y in 0..self.extent('y') {
                for x in 0..self.extent('x') {
                    places.push(self.place([t, c, z, y, x]));
                }
            }
        }
        places
    }

    fn volumes(&self) -> usize {
        self.extent('t') * self.extent('c')
    }
}

fn load(dtype: Dtype, bytes: &[u8]) -> f32 {
    match dtype {
        Dtype::U8 => f32::from(bytes[0]),
        Dtype::U16 => f32::from(u16::from_ne_bytes([bytes[0], bytes[1]])),
        Dtype::F16 => f16::from_ne_bytes([bytes[0], bytes[1]]).to_f32(),
        Dtype::F32 => f32::from_ne_bytes(bytes[..4].try_into().unwrap()),
    }
}

/// The bytes of a sample and whether it is below, above, or not finite.
fn store(dtype: Dtype, value: f32) -> (Vec<u8>, [u64; 3]) {
    let whole = |maximum: f64| {
        let rounded = f64::from(value).round_ties_even();
        let counts = if value.is_finite() { [rounded < 0.0, rounded > maximum, false] } else { [false, false, true] };
        (if value.is_nan() { 0.0 } else { rounded.clamp(0.0, maximum) }, counts.map(u64::from))
    };
    match dtype {
        Dtype::U8 => (vec![whole(255.0).0 as u8], whole(255.0).1),
        Dtype::U16 => ((whole(65535.0).0 as u16).to_ne_bytes().to_vec(), whole(65535.0).1),
        Dtype::F16 => {
            let nearest = f16::from_f64(f64::from(value));
            let (stored, counts) = match (value.is_finite(), nearest.is_infinite()) {
                (false, _) => (nearest, [0, 0, 1]),
                (true, true) if value > 0.0 => (f16::MAX, [0, 1, 0]),
                (true, true) => (f16::MIN, [1, 0, 0]),
                (true, false) => (nearest, [0, 0, 0]),
            };
            (stored.to_ne_bytes().to_vec(), counts)
        }
        Dtype::F32 => (value.to_ne_bytes().to_vec(), [0, 0, u64::from(!value.is_finite())]),
    }
}

/// Axes in any order with small extents, strides that nest in another random order with gaps, some downwards.
fn nested() -> impl Strategy<Value = Asked> {
    let axes = subsequence(vec!['t', 'c', 'z'], 0..=3).prop_map(|axes| [axes, vec!['y', 'x']].concat()).prop_shuffle();
    (select(DTYPES.to_vec()), axes, any::<[u8; 20]>(), 0..7_i64).prop_map(|(dtype, axes, random, slack)| {
        let shape: Vec<i64> =
            (0..axes.len()).map(|at| i64::from(random[at] % if at < 3 { 37 } else { 5 }) + 1).collect();
        let mut order: Vec<usize> = (0..axes.len()).collect();
        order.sort_by_key(|at| random[5 + at]);
        let (mut strides, mut span, mut offset) = (vec![0; axes.len()], dtype.bytes() as i64, slack);
        for at in order {
            let (gap, down) = (random[10 + at], random[15 + at] % 3 == 0);
            let stride = span + if gap % 2 == 0 { 0 } else { i64::from(gap % 23) };
            strides[at] = if down { -stride } else { stride };
            offset += if down { stride * (shape[at] - 1) } else { 0 };
            span += stride * (shape[at] - 1);
        }
        Asked { dtype, axes: axes.into_iter().collect(), shape, strides, offset }
    })
}

/// Any strides, also zero and overlapping ones: allowed for sources.
fn any_source() -> impl Strategy<Value = Asked> {
    (nested(), any::<[i8; 5]>()).prop_map(|(mut asked, random)| {
        asked.offset = 0;
        let bytes = asked.dtype.bytes() as i64;
        let apart = |stride: i64| if stride.abs() < bytes { stride * bytes } else { stride };
        asked.strides = random[..asked.axes.len()].iter().map(|stride| apart(i64::from(*stride))).collect();
        for (stride, extent) in asked.strides.iter().zip(&asked.shape) {
            asked.offset -= (stride * (extent - 1)).min(0);
        }
        asked
    })
}

fn pools() -> &'static [Workers] {
    static POOLS: OnceLock<Vec<Workers>> = OnceLock::new();
    POOLS.get_or_init(|| [1, 2, 5].map(|threads| Workers::new(threads).unwrap()).into())
}

fn noise(seed: u32, index: usize) -> u32 {
    let mixed = (index as u32 ^ seed).wrapping_mul(0x9E37_79B9);
    (mixed ^ mixed >> 15).wrapping_mul(0x85EB_CA6B) ^ mixed >> 13
}

fn value(seed: u32, index: usize) -> f32 {
    let random = noise(seed, index);
    match random % 16 {
        0 => f32::NAN,
        1 => f32::INFINITY,
        2 => f32::NEG_INFINITY,
        3 => 65519.996,
        4 => -65520.0,
        5 => (random >> 8) as f32 * 0.5 - 10.0, // Many ties.
        6 => f32::from_bits(noise(seed ^ 1, index)),
        _ => (random >> 8) as f32 / 65536.0 * 1.1 - 5.0,
    }
}

fn check_read(asked: &Asked, seed: u32) -> Result<(), TestCaseError> {
    let layout = asked.layout();
    prop_assert_eq!(layout.volumes(), asked.volumes());
    let bytes: Vec<u8> = (0..layout.bytes() as usize).map(|at| noise(seed, at) as u8).collect();
    for volume in 0..asked.volumes() {
        let expected: Vec<f32> = asked.places(volume).iter().map(|at| load(asked.dtype, &bytes[*at..])).collect();
        let finite = || expected.iter().copied().filter(|value| value.is_finite()).map(f64::from);
        let mut first: Option<Found> = None;
        for workers in pools() {
            let mut volume_read = vec![-7.0; expected.len()];
            let found = layout.read(&bytes, volume, &mut volume_read, workers);
            let equal = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
            prop_assert!(volume_read.iter().zip(&expected).all(equal));
            prop_assert_eq!(found.not_finite, (expected.len() - finite().count()) as u64);
            let size = finite().map(f64::abs).sum::<f64>();
            prop_assert!((found.sum - finite().sum::<f64>()).abs() <= 1e-12 * size, "sum {}", found.sum);
            prop_assert_eq!(first.get_or_insert(found).sum.to_bits(), found.sum.to_bits());
        }
    }
    Ok(())
}

fn check_write(asked: &Asked, seed: u32) -> Result<(), TestCaseError> {
    let layout = asked.layout();
    layout.check_writable().unwrap();
    for workers in pools() {
        let mut expected = vec![0xA5_u8; layout.bytes() as usize + 3];
        let mut bytes = expected.clone();
        for volume in 0..asked.volumes() {
            let places = asked.places(volume);
            let source: Vec<f32> = (0..places.len()).map(|at| value(seed, at + volume)).collect();
            let mut counts = [0; 3];
            for (value, place) in source.iter().zip(&places) {
                let (sample, clipped) = store(asked.dtype, *value);
                expected[*place..*place + sample.len()].copy_from_slice(&sample);
                counts.iter_mut().zip(clipped).for_each(|(total, one)| *total += one);
            }
            let clipped = layout.write(&source, volume, &mut bytes, workers);
            prop_assert_eq!(clipped, Clipped { low: counts[0], high: counts[1], not_finite: counts[2] });
        }
        if asked.dtype == Dtype::F16 {
            // The bits of a NaN are free.
            let nan = |bytes: &[u8], at: usize| f16::from_ne_bytes([bytes[at], bytes[at + 1]]).is_nan();
            for place in (0..asked.volumes()).flat_map(|volume| asked.places(volume)) {
                prop_assert_eq!(nan(&bytes, place), nan(&expected, place));
                if nan(&bytes, place) {
                    bytes.copy_within(place + 1..place + 2, place);
                    expected[place] = bytes[place];
                    expected[place + 1] = bytes[place + 1];
                }
            }
        }
        prop_assert!(bytes == expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_nested_layouts_gives_the_reference(asked in nested(), seed: u32) {
        check_read(&asked, seed)?;
    }

    #[test]
    fn reading_any_layout_gives_the_reference(asked in any_source(), seed: u32) {
        check_read(&asked, seed)?;
    }

    #[test]
    fn writing_gives_the_reference_and_leaves_gaps_alone(asked in nested(), seed: u32) {
        check_write(&asked, seed)?;
    }

    #[test]
    fn a_writable_layout_never_overlaps(asked in any_source()) {
        let mut used = std::collections::HashSet::new();
        let bytes = (0..asked.volumes()).flat_map(|volume| asked.places(volume))
            .flat_map(|place| place..place + asked.dtype.bytes());
        let disjoint = { bytes }.all(|byte| used.insert(byte));
        prop_assert!(disjoint || asked.layout().check_writable().is_err());
    }

    #[test]
    fn no_layout_reaches_out_of_its_bytes(
        numbers in any::<[i64; 5]>(), strides in any::<[i64; 5]>(), small in any::<[u8; 5]>(), offset: i64,
        shifts in any::<[u8; 11]>(),
    ) {
        let shape: Vec<i64> = (0..5)
            .map(|at| if shifts[at] % 2 == 0 { numbers[at] >> (shifts[at] % 64) } else { small[at].into() }).collect();
        let strides: Vec<i64> = (0..5).map(|at| strides[at] >> (shifts[5 + at] % 64)).collect();
        let offset = offset >> (shifts[10] % 64);
        let exact = |up: bool| shape.iter().zip(&strides)
            .map(|(extent, stride)| i128::from(extent - 1) * i128::from(*stride))
            .filter(|way| (*way > 0) == up).sum::<i128>() + i128::from(offset);
        match Layout::new(Dtype::U16, "tczyx", &shape, Some(&strides), offset) {
            Ok(layout) => {
                prop_assert!(shape.iter().all(|extent| *extent > 0));
                prop_assert!(exact(false) >= 0);
                prop_assert_eq!(i128::from(layout.bytes()), exact(true) + 2);
            }
            Err(error) => prop_assert_eq!(error.status(), Status::Argument),
        }
    }

    #[test]
    fn overlap_is_a_shared_byte(a in 0..9_usize, b in 0..9_usize, c in 0..9_usize, d in 0..9_usize) {
        prop_assert_eq!(overlap(a..b, c..d), (a..b).any(|byte| (c..d).contains(&byte)));
    }
}

/// Long rows, so that runs of vector code and the parts of several threads are met, in the layouts that hosts use.
#[test]
fn large_images_in_the_layouts_of_hosts() {
    let (z, y, x) = (3, 130, 1033);
    for dtype in DTYPES {
        let b = dtype.bytes() as i64;
        let cases: [(&str, Vec<i64>, Vec<i64>, i64); 5] = [
            ("zyx", vec![z, y, x], vec![y * x * b, x * b, b], 1),
            ("zyx", vec![z, y, x], vec![b, z * b, z * y * b], 0),
            ("zyx", vec![z, y, x], vec![y * x * b, b, y * b], 3),
            ("yxc", vec![y, x, 3], vec![x * 3 * b + 5, 3 * b, b], 0),
            ("yx", vec![y, x], vec![-(x * b + 16), b], (y - 1) * (x * b + 16)),
        ];
        for (axes, shape, strides, offset) in cases {
            let asked = Asked { dtype, axes: axes.into(), shape, strides, offset };
            check_read(&asked, 5).unwrap();
            check_write(&asked, 6).unwrap();
        }
    }
}

#[test]
fn tight_strides_are_the_default() {
    for dtype in DTYPES {
        let b = dtype.bytes() as i64;
        let tight = Layout::new(dtype, "tcyx", &[2, 3, 5, 7], None, 4).unwrap();
        let stated = Layout::new(dtype, "tcyx", &[2, 3, 5, 7], Some(&[105 * b, 35 * b, 7 * b, b]), 4).unwrap();
        assert!(tight.same_place(&stated) && tight.is_packed() && stated.is_packed());
        let padded = Layout::new(dtype, "tcyx", &[2, 3, 5, 7], Some(&[150 * b, 50 * b, 10 * b, b]), 4).unwrap();
        assert!(!padded.is_packed());
        assert_eq!(tight.bytes(), 210 * b as u64 + 4);
        assert_eq!((tight.times(), tight.channels(), tight.volume_shape()), (2, 3, [1, 5, 7]));
    }
}

#[test]
fn places_are_the_same_where_all_that_matters_is() {
    let layout = |dtype, axes, shape: &[i64], strides: Option<&[i64]>, offset| {
        Layout::new(dtype, axes, shape, strides, offset).unwrap()
    };
    let base = layout(Dtype::U16, "zyx", &[1, 4, 6], None, 0);
    assert!(base.same_place(&layout(Dtype::U16, "zyx", &[1, 4, 6], Some(&[0, 12, 2]), 0)));
    assert!(base.same_place(&layout(Dtype::U16, "yx", &[4, 6], None, 0)));
    assert!(!base.same_place(&layout(Dtype::F16, "zyx", &[1, 4, 6], None, 0)));
    assert!(!base.same_place(&layout(Dtype::U16, "zyx", &[1, 4, 6], None, 2)));
    assert!(!base.same_place(&layout(Dtype::U16, "zyx", &[1, 4, 6], Some(&[0, 14, 2]), 0)));
    assert!(!base.same_place(&layout(Dtype::U16, "zyx", &[1, 6, 4], None, 0)));
}

#[test]
fn bad_layouts_are_refused_with_a_text() {
    let refused = |axes: &str, shape: &[i64], strides: Option<&[i64]>, offset: i64, part: &str| {
        let error = Layout::new(Dtype::U16, axes, shape, strides, offset).unwrap_err();
        assert!(matches!(&error, Error::Argument(text) if text.contains(part)), "{error}");
    };
    refused("", &[], None, 0, "y and x must be");
    refused("x", &[4], None, 0, "y and x must be");
    refused("yxy", &[4, 4, 4], None, 0, "y must be there once");
    refused("yxq", &[4, 4, 4], None, 0, "among t, c, z, y, x");
    refused("YX", &[4, 4], None, 0, "among t, c, z, y, x");
    refused("yx", &[4], None, 0, "shape has 1 numbers");
    refused("yx", &[4, 0], None, 0, "shape is 0 along x");
    refused("yx", &[-3, 4], None, 0, "shape is -3 along y");
    refused("yx", &[i64::MAX, 2], None, 0, "less than 2^63 bytes");
    refused("tczyx", &[1 << 13; 5], None, 0, "less than 2^63 bytes");
    refused("yx", &[4, 4], Some(&[8]), 0, "byte_strides has 1 numbers");
    refused("yx", &[4, 4], Some(&[4, 1]), 0, "byte_strides is 1 along x; it is in bytes, and a sample has 2");
    refused("yx", &[4, 4], Some(&[8, -1]), 99, "byte_strides is -1 along x");
    refused("yx", &[4, 4], Some(&[-8, 2]), 23, "raise byte_offset by 1");
    refused("yx", &[4, 4], None, -1, "lowest byte of the layout is -1");
    refused("yx", &[4, 4], Some(&[i64::MAX, 2]), 0, "the layout spans");
    refused("yx", &[4, 4], None, i64::MAX, "the layout spans");
    assert!(Layout::new(Dtype::U16, "yx", &[4, 1], Some(&[2, i64::MIN]), 0).is_ok());
    assert!(Layout::new(Dtype::U16, "yx", &[4, 1], Some(&[2, 1]), 0).is_ok());
    assert!(Layout::new(Dtype::U16, "yx", &[4, 4], Some(&[8, 0]), 0).is_ok());
    assert_eq!(known::<Dtype>("dtype", 5).unwrap_err().status(), Status::Argument);
    assert_eq!(known::<Dtype>("dtype", 3).unwrap(), Dtype::F16);
}

#[test]
fn targets_whose_samples_overlap_are_refused() {
    let writable =
        |strides: &[i64]| Layout::new(Dtype::U16, "yx", &[4, 6], Some(strides), 100).unwrap().check_writable().is_ok();
    assert!(writable(&[12, 2]) && writable(&[-12, 2]) && writable(&[2, 8]) && writable(&[13, 2]));
    assert!(!writable(&[0, 2]) && !writable(&[12, 0]) && !writable(&[12, 3]) && !writable(&[11, 2]));
    assert!(!writable(&[-10, 2]));
}
