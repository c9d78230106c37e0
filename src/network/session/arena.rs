//! The memory that the sessions of a process share.

use std::sync::{Mutex, PoisonError};

use ort::AsPointer;
use ort::environment::Environment;
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};

use crate::error::{Error, Result};
use crate::runtime::forks;

/// The arena for the processor's tensors of all sessions. It grows by what is asked, where the arena that each session
/// would make by itself doubles, and takes up to twice the memory; and its memory goes back to the system with the last
/// session.
pub struct Arena {
    environment: &'static Environment,
    /// See [`forks`].
    born: u64,
}

/// Sessions that are alive, and whether the arena is one that was registered here.
static SESSIONS: Mutex<(usize, bool)> = Mutex::new((0, false));

impl Arena {
    /// For one more session.
    ///
    /// # Errors
    /// [`Error::Device`] when ONNX Runtime gives no arena.
    pub fn of(environment: &'static Environment) -> Result<Self> {
        let mut sessions = SESSIONS.lock().unwrap_or_else(PoisonError::into_inner);
        let (alive, own) = &mut *sessions;
        if *alive == 0 {
            *own = match register(environment) {
                Ok(()) => true,
                // A host's ONNX Runtime may have one of the host's.
                Err(error) if error.message().contains("already been registered") => false,
                Err(error) => return Err(Error::Device(format!("ONNX Runtime has no memory for networks: {error}"))),
            };
        }
        *alive += 1;
        Ok(Self { environment, born: forks() })
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if self.born != forks() {
            return;
        }
        let mut sessions = SESSIONS.lock().unwrap_or_else(PoisonError::into_inner);
        let (alive, own) = &mut *sessions;
        *alive = alive.saturating_sub(1);
        if *alive > 0 || !*own {
            return;
        }
        if let Ok(place) = place() {
            // SAFETY: environment and place are alive, and no session is that would use the arena.
            let status = unsafe { (ort::api().UnregisterAllocator)(self.environment.ptr().cast_mut(), place.ptr()) };
            // SAFETY: the status came from the call above and is taken over once. An arena that stays is used again.
            drop(unsafe { ort::Error::<()>::result_from_status(status) });
        }
    }
}

fn place() -> ort::Result<MemoryInfo<'static>> {
    MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Arena, MemoryType::Default)
}

fn register(environment: &'static Environment) -> ort::Result<()> {
    let keys = [c"arena_extend_strategy".as_ptr(), c"initial_chunk_size_bytes".as_ptr()];
    // Strategy 1 is "same as requested".
    let values = [1_usize, 1 << 20];
    let place = place()?;
    let api = ort::api();
    let mut arena = std::ptr::null_mut();
    // SAFETY: as many keys and values as said, all alive.
    unsafe {
        ort::Error::<()>::result_from_status((api.CreateArenaCfgV2)(
            keys.as_ptr(),
            values.as_ptr(),
            keys.len(),
            &mut arena,
        ))?;
    }
    // SAFETY: the environment, the place and the configuration are alive; the last is released once, here.
    unsafe {
        let made = (api.CreateAndRegisterAllocator)(environment.ptr().cast_mut(), place.ptr(), arena);
        (api.ReleaseArenaCfg)(arena);
        ort::Error::result_from_status(made)
    }
}
