//! What can go wrong, one variant a status of the C ABI.
//!
//! Every text has the form `<thing> is <got>; <what is allowed>[; <what to do>]`.

use std::fmt;

use abbe_workers::prefer_large_pages;

use crate::codes::Status;

/// A failure and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An argument is outside its documented range.
    Argument(String),
    /// A handle is NULL, of the wrong kind, or destroyed.
    Handle(String),
    /// The call does not fit the object's state.
    State(String),
    /// This build or version cannot do that.
    Unsupported(String),
    /// Not enough memory, or a memory cap that is too low.
    Memory(String),
    /// A file could not be read.
    Io(String),
    /// A model is malformed, or does not fit the image.
    Model(String),
    /// A device is missing or failed.
    Device(String),
    /// Stopped by the caller.
    Cancelled,
    /// The object is at work for another call, and this one does not wait.
    Busy(String),
    /// A bug in abbe.
    Internal(String),
}

/// A result whose failure has a text for the caller.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// What kind of failure it is in the C ABI.
    pub fn status(&self) -> Status {
        match self {
            Self::Argument(_) => Status::Argument,
            Self::Handle(_) => Status::Handle,
            Self::State(_) => Status::State,
            Self::Unsupported(_) => Status::Unsupported,
            Self::Memory(_) => Status::Memory,
            Self::Io(_) => Status::Io,
            Self::Model(_) => Status::Model,
            Self::Device(_) => Status::Device,
            Self::Cancelled => Status::Cancelled,
            Self::Busy(_) => Status::Busy,
            Self::Internal(_) => Status::Internal,
        }
    }

    /// With a text of at most 2000 bytes, and without NUL, which ends a text of C: what the host gave is quoted in it, and may
    /// be megabytes.
    pub fn shortened(mut self) -> Self {
        if let Self::Argument(text)
        | Self::Handle(text)
        | Self::State(text)
        | Self::Unsupported(text)
        | Self::Memory(text)
        | Self::Io(text)
        | Self::Model(text)
        | Self::Device(text)
        | Self::Busy(text)
        | Self::Internal(text) = &mut self
        {
            if text.len() > LONGEST {
                // What is allowed stands at the end.
                let (head, tail) =
                    (text.floor_char_boundary(LONGEST / 2), text.ceil_char_boundary(text.len() - LONGEST / 2));
                text.replace_range(head..tail, " ... ");
            }
            if text.contains('\0') {
                *text = text.replace('\0', "\\0");
            }
        }
        self
    }

    /// The text for the caller.
    pub fn text(&self) -> &str {
        match self {
            Self::Argument(text)
            | Self::Handle(text)
            | Self::State(text)
            | Self::Unsupported(text)
            | Self::Memory(text)
            | Self::Io(text)
            | Self::Model(text)
            | Self::Device(text)
            | Self::Busy(text)
            | Self::Internal(text) => text,
            Self::Cancelled => "the call was cancelled",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text())
    }
}

impl std::error::Error for Error {}

/// Refuses a result whose sum is not finite, as one of its samples is not then: numbers of single precision end at 3.4e38. The text
/// says ` in ` which image.
///
/// # Errors
/// [`Error::Argument`].
pub fn refuse_infinite(sum: f64, within: impl FnOnce() -> String) -> Result<()> {
    if sum.is_finite() {
        return Ok(());
    }
    Err(Error::Argument(format!(
        "dst would hold samples that are infinite{}: those of src are too large for what the steps calculate; multiply them by a \
         constant, so that they stay below 1e15",
        within()
    )))
}

/// A number for a text: as it is, or with an exponent where it would have hundreds of digits.
pub fn number(value: impl Into<f64>) -> Number {
    Number(value.into())
}

/// See [`number`].
#[derive(Clone, Copy, Debug)]
pub struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = self;
        if *value == 0.0 || !value.is_finite() || (1e-6..1e15).contains(&value.abs()) {
            fmt::Display::fmt(value, formatter)
        } else {
            fmt::LowerExp::fmt(value, formatter)
        }
    }
}

/// A buffer of `len` zeros, or [`Error::Memory`] that names `thing` where the system has no room for it, nor
/// [`headroom`] beside it.
///
/// # Errors
/// [`Error::Memory`] when the bytes cannot be had; [`Error::Cancelled`] where what this thread does is to end.
pub fn zeroed<T: Clone + Default>(thing: &str, len: usize) -> Result<Vec<T>> {
    let mut buffer = reserved(thing, len)?;
    while buffer.len() < len {
        // The system hands pages out as they are written, which takes seconds for the largest.
        if abbe_workers::stopped() {
            return Err(Error::Cancelled);
        }
        buffer.resize(len.min(buffer.len() + WRITTEN_AT_ONCE), T::default());
    }
    Ok(buffer)
}

/// Elements of a buffer that are written between two looks at whether they are still wanted.
const WRITTEN_AT_ONCE: usize = 1 << 22;

/// As [`zeroed`], with nothing written yet.
///
/// # Errors
/// As [`zeroed`].
pub fn reserved<T>(thing: &str, len: usize) -> Result<Vec<T>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(len).map_err(|_| {
        let bytes = len as u128 * size_of::<T>() as u128;
        Error::Memory(format!("{thing} is {bytes} bytes; this machine could not give that much memory"))
    })?;
    headroom()?;
    prefer_large_pages(buffer.spare_capacity_mut());
    Ok(buffer)
}

/// A list of those items, or [`Error::Memory`] that names `thing` where the system has no room for it.
///
/// # Errors
/// [`Error::Memory`] when the bytes cannot be had.
pub fn collected<T>(thing: &str, items: impl ExactSizeIterator<Item = T>) -> Result<Vec<T>> {
    let mut list = Vec::new();
    grown(thing, &mut list, items.len())?;
    list.extend(items);
    Ok(list)
}

/// Makes room in a list for so many items more.
///
/// # Errors
/// [`Error::Memory`] that names `thing` when the bytes cannot be had.
pub fn grown<T>(thing: &str, list: &mut Vec<T>, more: usize) -> Result<()> {
    list.try_reserve(more).map_err(|_| {
        let bytes = (list.len() as u128 + more as u128) * size_of::<T>() as u128;
        Error::Memory(format!("{thing} is {bytes} bytes; this machine could not give that much memory"))
    })
}

/// Checks that the system can give a little more memory.
///
/// Rust's library ends the process when it gets no memory for something small. So whoever makes objects of many small
/// parts asks here first, and no large buffer is taken that would leave nothing for them.
///
/// # Errors
/// [`Error::Memory`] when it cannot.
pub fn headroom() -> Result<()> {
    headroom_of(0)
}

/// As [`headroom`], with so many bytes more, for what is about to be taken by code that cannot fail softly.
///
/// # Errors
/// [`Error::Memory`] when the system cannot give them.
pub fn headroom_of(bytes: u64) -> Result<()> {
    let wanted = bytes.saturating_add(HEADROOM);
    let mut probe = Vec::<u8>::new();
    let given = usize::try_from(wanted).is_ok_and(|wanted| probe.try_reserve_exact(wanted).is_ok());
    // Memory that nobody looks at need not be asked for, by the compiler's rules.
    std::hint::black_box(&mut probe);
    if given {
        return Ok(());
    }
    Err(Error::Memory(format!("free memory is less than {wanted} bytes; libabbe needs that much here; free some")))
}

/// More than the small parts of a plan, a model's description or a report take between two large buffers.
const HEADROOM: u64 = 2 << 20;

/// Longest error text in bytes, nearly.
const LONGEST: usize = 2000;
