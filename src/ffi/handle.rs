//! Handles are keys into one table, never addresses: a stale, foreign or made-up key finds nothing and harms nothing.
//!
//! A key holds the kind of object, the generation of its slot and the slot's index, the latter two mixed with a number
//! that each loaded copy of libabbe draws for itself: what one gave out is nothing to another. Destroying an object only
//! takes it out of the table: calls that still work on it, and its children, keep it alive.
//!
//! In the child of a fork only the thread is left that called `fork()`. The table is never half changed there, and
//! objects that other threads were at, which nobody ends with now, are taken out of it.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Once, OnceLock, PoisonError, RwLock, RwLockWriteGuard};

use super::constants::{abbe_assess, abbe_context, abbe_model, abbe_plan, abbe_psf, abbe_stream};
use super::slots::HostStream;
use crate::error::{Error, Result, headroom};
use crate::plan::{AssessObject, ModelObject, Plan, PsfObject};
use crate::runtime::{Context, at_fork};

/// A type that C holds keys of.
pub trait Handle: Sized {
    /// What stands behind the key.
    type Object: Send + Sync + 'static;
    /// Number of the kind in the key, 1 to 15.
    const KIND: usize;
    /// Name for error texts.
    const NAME: &'static str;
    /// The context that the object was made from.
    fn context(object: &Self::Object) -> &Context;
    /// Puts an object into the table's form.
    fn wrap(object: Arc<Self::Object>) -> Object;
    /// Takes it out of the table's form.
    fn unwrap(object: &Object) -> Option<&Arc<Self::Object>>;
}

/// An object in the table.
pub enum Object {
    /// Behind an `abbe_context`.
    Context(Arc<Context>),
    /// Behind an `abbe_psf`.
    Psf(Arc<PsfObject>),
    /// Behind an `abbe_model`.
    Model(Arc<ModelObject>),
    /// Behind an `abbe_plan`.
    Plan(Arc<Plan>),
    /// Behind an `abbe_assess`.
    Assess(Arc<AssessObject>),
    /// Behind an `abbe_stream`.
    Stream(Arc<HostStream>),
}

impl Object {
    fn is_idle(&self) -> bool {
        match self {
            Self::Context(context) => context.is_idle(),
            Self::Psf(psf) => psf.is_idle() && psf.context().is_idle(),
            Self::Model(model) => model.is_idle() && model.context().is_idle(),
            Self::Assess(assess) => assess.is_idle() && assess.context().is_idle(),
            Self::Stream(host) => host.stream.is_idle() && host.context().is_idle(),
            Self::Plan(plan) => plan.is_idle() && plan.context().is_idle(),
        }
    }
}

macro_rules! handles {
    ($($handle:ty => $variant:ident($object:ty), $kind:literal, $name:literal;)+) => {
        $(impl Handle for $handle {
            type Object = $object;
            const KIND: usize = $kind;
            const NAME: &'static str = $name;
            fn context(object: &$object) -> &Context {
                object.context()
            }
            fn wrap(object: Arc<$object>) -> Object {
                Object::$variant(object)
            }
            fn unwrap(object: &Object) -> Option<&Arc<$object>> {
                if let Object::$variant(object) = object { Some(object) } else { None }
            }
        })+
    };
}

handles! {
    abbe_context => Context(Context), 1, "context";
    abbe_psf => Psf(PsfObject), 2, "psf";
    abbe_model => Model(ModelObject), 3, "model";
    abbe_plan => Plan(Plan), 4, "plan";
    abbe_assess => Assess(AssessObject), 5, "assess";
    abbe_stream => Stream(HostStream), 6, "stream";
}

/// Puts an object into the table and gives its key.
///
/// # Errors
/// [`Error::Memory`] when the table is full, or memory is.
pub fn insert<H: Handle>(object: Arc<H::Object>) -> Result<*mut H> {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| at_fork(before_fork, in_parent, in_child));
    headroom()?;
    let mut slots = SLOTS.write().unwrap_or_else(PoisonError::into_inner);
    let index = match slots.free.pop() {
        Some(index) => index,
        None if slots.all.len() < INDICES => {
            slots.all.push(Slot { generation: 0, object: None });
            // Room for it when it is free again, so that destroying allocates nothing.
            let count = slots.all.len();
            slots.free.reserve(count);
            count - 1
        }
        None => return Err(Error::Memory(format!("the table of handles is full; destroy some of {INDICES} objects"))),
    };
    let slot = &mut slots.all[index];
    slot.generation += 1;
    slot.object = Some(H::wrap(object));
    let key = (H::KIND << (INDEX_BITS + GENERATION_BITS)) | (slot.generation << INDEX_BITS) | index;
    Ok(std::ptr::without_provenance_mut(key ^ salt()))
}

/// The object of a key.
///
/// # Errors
/// [`Error::Handle`] for NULL, a key of another kind, of a destroyed object, or one that was never given out.
pub fn find<H: Handle>(handle: *const H) -> Result<Arc<H::Object>> {
    let (index, generation) = split(handle)?;
    let slots = SLOTS.read().unwrap_or_else(PoisonError::into_inner);
    let slot = slots.all.get(index).filter(|slot| slot.generation == generation);
    slot.and_then(|slot| slot.object.as_ref()).and_then(H::unwrap).map(Arc::clone).ok_or_else(|| stale::<H>())
}

/// Takes an object out of the table; an unknown key is passed over in silence, as `free(NULL)` is.
pub fn remove<H: Handle>(handle: *mut H) {
    let Ok((index, generation)) = split(handle) else { return };
    let mut slots = SLOTS.write().unwrap_or_else(PoisonError::into_inner);
    let slot = slots.all.get_mut(index).filter(|slot| slot.generation == generation);
    let object = slot.and_then(|slot| slot.object.take_if(|object| H::unwrap(object).is_some()));
    if object.is_some() && generation < GENERATIONS {
        slots.free.push(index);
    }
    drop(slots);
    drop(object); // outside the lock: it may end threads, or be the last of a chain of objects
}

/// All slots, and the numbers of those that can be used again.
struct Slots {
    all: Vec<Slot>,
    free: Vec<usize>,
}

struct Slot {
    generation: usize,
    object: Option<Object>,
}

fn split<H: Handle>(handle: *const H) -> Result<(usize, usize)> {
    let key = handle.addr() ^ salt();
    if handle.is_null() {
        return Err(Error::Handle(format!("{} is NULL; it must be a handle that libabbe gave out", H::NAME)));
    }
    match key >> (INDEX_BITS + GENERATION_BITS) {
        kind if kind == H::KIND => Ok((key & (INDICES - 1), (key >> INDEX_BITS) & GENERATIONS)),
        1..=6 => Err(Error::Handle(format!(
            "{0} is a handle of another kind; it must be one that libabbe gave out as {0}",
            H::NAME
        ))),
        _ => Err(stale::<H>()),
    }
}

fn stale<H: Handle>() -> Error {
    Error::Handle(format!("{0} is an unknown handle; it was destroyed, or libabbe never gave it out", H::NAME))
}

/// What this copy of libabbe mixes into keys, the kind left as it is, so that a key is never NULL.
fn salt() -> usize {
    static SALT: OnceLock<usize> = OnceLock::new();
    let random = || RandomState::new().build_hasher().finish() as usize & ((1 << (INDEX_BITS + GENERATION_BITS)) - 1);
    *SALT.get_or_init(random)
}

extern "C" fn before_fork() {
    let slots = SLOTS.write().unwrap_or_else(PoisonError::into_inner);
    // A thread that has ended its own variables forks with whatever the others are doing.
    let _ = FORKING.try_with(|held| held.replace(Some(slots)));
}

extern "C" fn in_parent() {
    let _ = FORKING.try_with(RefCell::take);
}

extern "C" fn in_child() {
    let _ = FORKING.try_with(|held| {
        for slot in held.take().iter_mut().flat_map(|slots| &mut slots.all) {
            if slot.object.as_ref().is_some_and(|object| !object.is_idle()) {
                std::mem::forget(slot.object.take());
            }
        }
    });
}

thread_local! {
    /// The table while this thread forks.
    static FORKING: RefCell<Option<RwLockWriteGuard<'static, Slots>>> = const { RefCell::new(None) };
}

static SLOTS: RwLock<Slots> = RwLock::new(Slots { all: Vec::new(), free: Vec::new() });

const INDEX_BITS: u32 = usize::BITS * 3 / 8;
const GENERATION_BITS: u32 = usize::BITS / 2;
const INDICES: usize = 1 << INDEX_BITS;
const GENERATIONS: usize = (1 << GENERATION_BITS) - 1;
