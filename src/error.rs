//! What can go wrong, one variant a status of the C ABI.
//!
//! Every text has the form `<thing> is <got>; <what is allowed>[; <what to do>]`.

use std::fmt;

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
    /// A bug in abbe.
    Internal(String),
}

/// A result whose failure has a text for the caller.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The number of this failure in the C ABI; the values are pinned and never reused.
    pub fn status(&self) -> i32 {
        match self {
            Self::Argument(_) => -1,
            Self::Handle(_) => -2,
            Self::State(_) => -3,
            Self::Unsupported(_) => -4,
            Self::Memory(_) => -5,
            Self::Io(_) => -6,
            Self::Model(_) => -7,
            Self::Device(_) => -8,
            Self::Cancelled => -9,
            Self::Internal(_) => -10,
        }
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

/// A buffer of `len` zeros, or [`Error::Memory`] that names `thing` where the system has no room for it, nor
/// [`headroom`] beside it.
///
/// # Errors
/// [`Error::Memory`] when the bytes cannot be had.
pub fn zeroed<T: Clone + Default>(thing: &str, len: usize) -> Result<Vec<T>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(len).map_err(|_| {
        let bytes = len as u128 * size_of::<T>() as u128;
        Error::Memory(format!("{thing} is {bytes} bytes; this machine could not give that much memory"))
    })?;
    headroom()?;
    buffer.resize(len, T::default());
    Ok(buffer)
}

/// Checks that the system can give a little more memory.
///
/// Rust's library ends the process when it gets no memory for something small. So whoever makes objects of many small
/// parts asks here first, and no large buffer is taken that would leave nothing for them.
///
/// # Errors
/// [`Error::Memory`] when it cannot.
pub fn headroom() -> Result<()> {
    Vec::<u8>::new().try_reserve_exact(HEADROOM).map_err(|_| {
        Error::Memory(format!("free memory is less than {HEADROOM} bytes; libabbe needs that much to work; free some"))
    })
}

/// More than the small parts of a plan, a model's description or a report take between two large buffers.
const HEADROOM: usize = 2 << 20;
