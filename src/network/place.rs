//! On which device a network runs.

use super::model::Model;
use super::runtime::Runtime;
use super::session::{Device, Make, Session};
use crate::error::{Error, Result};
use crate::params::{self, Settings};

/// The session on the device that the context asks for, or on the CPU with the reason.
///
/// # Errors
/// [`Error::Device`] when the device cannot be had and the CPU is not allowed in its place; [`Error::Model`].
pub fn place(
    runtime: &'static Runtime,
    model: &Model,
    context: &Settings,
) -> Result<(Session, Device, Option<String>)> {
    let strict = context.i64(params::CONTEXT_FALLBACK) == 0;
    let (wanted, asked) = match context.choice(params::CONTEXT_DEVICE) {
        params::Device::Cpu => (Device::Cpu, true),
        params::Device::Cuda => (Device::Cuda, true),
        params::Device::TensorRt => (Device::TensorRt, true),
        params::Device::Auto => (Device::Cuda, false),
    };
    let make = |device: Device| Make {
        device,
        index: i32::try_from(context.i64(params::CONTEXT_DEVICE_INDEX)).unwrap_or(0),
        deterministic: context.i64(params::CONTEXT_DETERMINISTIC) == 1,
        engines: context.text(params::CONTEXT_ENGINE_CACHE),
        rewrites: model.graph().may_be_rewritten(),
    };
    let session = |device: Device| Session::new(runtime.environment(), model.file(), model.weights(), &make(device));
    if wanted == Device::Cpu {
        return Ok((session(wanted)?, wanted, None));
    }
    match session(wanted) {
        Ok(session) if session.placed().iter().all(|placed| placed.provider.starts_with("CPU")) => {
            let text = format!("{} can run none of the network's nodes", wanted.name());
            if asked && strict { Err(Error::Device(text)) } else { Ok((session, Device::Cpu, Some(text))) }
        }
        Ok(session) => Ok((session, wanted, None)),
        Err(error) if asked && strict => Err(Error::Device(format!(
            "{}; set context.fallback to 1 to run on the CPU",
            error.text().trim_end_matches('.')
        ))),
        Err(error) => {
            let reason = asked.then(|| error.text().to_owned());
            Ok((session(Device::Cpu)?, Device::Cpu, reason))
        }
    }
}
