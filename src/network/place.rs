//! On which device a network runs.

use super::model::Model;
use super::provider::{self, check, chosen};
use super::runtime::Runtime;
use super::session::{CPU, Device, Make, Provider, Session};
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
    let provider = chosen(context)?;
    let (wanted, asked) = match (context.choice(params::CONTEXT_DEVICE), &provider) {
        (params::Device::Auto, Some(Provider { name, .. })) if name == CPU => (Device::Cpu, true),
        (params::Device::Auto, Some(_)) => (Device::Provider, true),
        (params::Device::Auto, None) => (Device::Cuda, false),
        (_, Some(Provider { name, .. })) => {
            return Err(Error::Argument(format!(
                "context.provider is {name}, and context.device is set too; only one of them can choose the device"
            )));
        }
        (params::Device::Cpu, None) => (Device::Cpu, true),
        (params::Device::Cuda, None) => (Device::Cuda, true),
        (params::Device::TensorRt, None) => (Device::TensorRt, true),
    };
    let name = provider.as_ref().map_or(wanted.name(), |provider| &provider.name);
    let make = |device: Device| Make {
        device,
        index: i32::try_from(context.i64(params::CONTEXT_DEVICE_INDEX)).unwrap_or(0),
        deterministic: context.i64(params::CONTEXT_DETERMINISTIC) == 1,
        engines: context.text(params::CONTEXT_ENGINE_CACHE),
        rewrites: model.graph().may_be_rewritten(),
        provider: provider.as_ref(),
        threads: match runtime.path() {
            Some(_) => 0,
            None => usize::try_from(context.i64(params::CONTEXT_THREADS)).unwrap_or(0),
        },
    };
    let session = |device: Device| {
        if let (Device::Provider, Some(provider)) = (device, &provider) {
            check(provider, runtime)?;
        }
        Session::new(runtime.environment(), model.file(), model.weights(), &make(device))
    };
    if let (Device::Provider, Some(named)) = (wanted, &provider) {
        provider::spelt(named, runtime)?;
    }
    if wanted == Device::Cpu {
        return Ok((session(wanted)?, wanted, None));
    }
    match session(wanted) {
        Ok(session) if session.placed().iter().all(|placed| placed.provider.starts_with("CPU")) => {
            let text = format!("{name} can run none of the network's nodes");
            if asked && strict { Err(Error::Device(text)) } else { Ok((session, Device::Cpu, Some(text))) }
        }
        Ok(session) => Ok((session, wanted, None)),
        Err(error) if asked && strict => Err(Error::Device(format!(
            "{}; set context.fallback to 1 to run on the CPU",
            error.text().trim_end_matches(['.', '\n'])
        ))),
        Err(error) => {
            let reason = asked.then(|| error.text().trim_end_matches('\n').to_owned());
            Ok((session(Device::Cpu)?, Device::Cpu, reason))
        }
    }
}
