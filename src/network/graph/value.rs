//! What is known of the values inside a network.

use crate::network::onnx::TensorProto;

/// Where a sample looks: sample `o` depends on input samples `o * jump + low ..= o * jump + high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceptiveField {
    /// Input samples from one sample to the next.
    pub jump: f64,
    /// First input sample that sample 0 depends on.
    pub low: f64,
    /// Last input sample that sample 0 depends on.
    pub high: f64,
}

impl Default for ReceptiveField {
    fn default() -> Self {
        Self { jump: 1.0, low: 0.0, high: 0.0 }
    }
}

impl ReceptiveField {
    /// The field of samples that look at `size` of these, `step` apart from each other and starting `before` ahead.
    pub fn window(self, step: f64, before: f64, reach: f64) -> Self {
        Self {
            jump: self.jump * step,
            low: self.low - self.jump * before,
            high: self.high + self.jump * (reach - before),
        }
    }

    /// The distance at which the network repeats itself: the jump where it is a whole number above 1.
    pub fn stride(self) -> usize {
        let whole = self.jump.round();
        if whole > 1.0 && (self.jump - whole).abs() < 1e-9 { whole as usize } else { 1 }
    }

    /// The field of samples that look at those of both.
    pub fn join(self, other: Self) -> Self {
        Self { jump: self.jump.max(other.jump), low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// What is known of a value.
#[derive(Clone, Debug, Default)]
pub struct Value {
    /// Its shape, when known.
    pub shape: Option<Vec<usize>>,
    /// Its content, when it is a small constant.
    pub content: Option<Vec<f64>>,
    /// For each axis the image axis it came from and its receptive field.
    pub fields: Vec<Option<(usize, ReceptiveField)>>,
    /// Whether it depends on an input.
    pub moving: bool,
}

impl Value {
    /// A weight or constant.
    pub fn of_weight(weight: &TensorProto) -> Self {
        let shape: Vec<usize> = weight.dims.iter().map(|&extent| usize::try_from(extent).unwrap_or(0)).collect();
        let integers = weight.integers().map(|values| values.iter().map(|&value| value as f64).collect());
        let content = integers.or_else(|| weight.numbers());
        Self { fields: vec![None; shape.len()], shape: Some(shape), content, moving: false }
    }

    /// Something of that shape that depends on an input.
    pub fn of_shape(shape: Vec<usize>) -> Self {
        Self { fields: vec![None; shape.len()], shape: Some(shape), content: None, moving: true }
    }

    /// Something that depends on an input, and that is all that is known.
    pub fn unknown() -> Self {
        Self { moving: true, ..Self::default() }
    }

    /// A constant list.
    pub fn list(content: Vec<f64>) -> Self {
        Self { shape: Some(vec![content.len()]), content: Some(content), fields: vec![None], moving: false }
    }

    /// Bytes as f32.
    pub fn bytes(&self) -> u64 {
        let shape = self.shape.as_deref().unwrap_or(&[]);
        shape.iter().fold(4_u64, |bytes, &extent| bytes.saturating_mul(extent as u64))
    }

    /// The content as whole numbers.
    pub fn integers(&self) -> Option<Vec<i64>> {
        self.content.as_ref().map(|content| content.iter().map(|&value| value as i64).collect())
    }

    /// Something of that shape that depends on an input, with the fields of its axes.
    pub fn with_fields(shape: Vec<usize>, fields: Vec<Option<(usize, ReceptiveField)>>) -> Self {
        Self { shape: Some(shape), content: None, fields, moving: true }
    }
}

/// What an operator makes.
pub struct Flow {
    /// Its outputs.
    pub values: Vec<Value>,
    /// How far it sees.
    pub reach: Reach,
    /// Whether its output can take the place of its first input in memory.
    pub in_place: bool,
}

impl Flow {
    /// Nothing is known about `outputs` outputs.
    pub fn unknown(outputs: usize) -> Self {
        Self { values: vec![Value::unknown(); outputs], reach: Reach::Unknown, in_place: false }
    }

    /// Sees no further than what it reads.
    pub fn local(value: Value) -> Self {
        Self { values: vec![value], reach: Reach::Local, in_place: false }
    }

    /// The same, in the memory of what it reads.
    pub fn in_place(value: Value) -> Self {
        Self { values: vec![value], reach: Reach::Local, in_place: true }
    }

    /// Sees the whole image.
    pub fn global(value: Value) -> Self {
        Self { values: vec![value], reach: Reach::Global, in_place: false }
    }
}

/// How far an operator sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// As far as its fields say.
    Local,
    /// The whole image.
    Global,
    /// It is not known here.
    Unknown,
}

/// The number of samples of a shape, however absurd.
pub fn samples(shape: &[usize]) -> usize {
    shape.iter().fold(1, |count: usize, &extent| count.saturating_mul(extent))
}

/// A place that may count from the end.
pub fn axis(at: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let at = if at < 0 { at.saturating_add(rank) } else { at };
    (0..rank).contains(&at).then_some(at as usize)
}
