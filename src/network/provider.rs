//! Execution providers that a host brings as libraries of their own (plug-ins of ONNX Runtime), and the devices they find.

use std::fs;

use serde_json::{Value, json};

use super::library::{self, PROVIDER_ENTRY};
use super::runtime::{Runtime, Search};
use super::session::{self, Provider};
use crate::error::{Error, Result};
use crate::params::{self, Settings};

/// The provider that a context names, with the device and the options that it is to have.
///
/// # Errors
/// [`Error::Argument`] for options that are no pairs.
pub fn chosen(context: &Settings) -> Result<Option<Provider>> {
    let name = context.text(params::CONTEXT_PROVIDER);
    if name.is_empty() {
        return Ok(None);
    }
    let pairs = context.text(params::CONTEXT_PROVIDER_OPTIONS).split(';').map(str::trim);
    let pair = |text: &str| match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err(Error::Argument(format!(
            "context.provider_options has \"{text}\"; each option must be key=value, with a semicolon between them"
        ))),
    };
    Ok(Some(Provider {
        name: name.to_owned(),
        index: usize::try_from(context.i64(params::CONTEXT_DEVICE_INDEX)).unwrap_or(0),
        options: pairs.filter(|text| !text.is_empty()).map(pair).collect::<Result<_>>()?,
    }))
}

/// Refuses a name that is one of those there are but for its spelling: the CPU would take the place of what was meant.
///
/// # Errors
/// [`Error::Argument`] with the name that is meant.
pub fn spelt(provider: &Provider, runtime: &'static Runtime) -> Result<()> {
    let known = session::devices(runtime.environment());
    let names = || known.iter().map(|device| device.provider.as_str());
    match names().find(|name| is_near(&provider.name, name)) {
        Some(near) if !names().any(|name| name == provider.name) => Err(Error::Argument(format!(
            "context.provider is {}; it must be a name as abbe_context_devices() lists it, like {near}",
            provider.name
        ))),
        _ => Ok(()),
    }
}

/// Whether two names differ by capitals, by one letter of what comes before `ExecutionProvider`, or by that itself.
fn is_near(one: &str, other: &str) -> bool {
    let stem = |name: &str| {
        let name = name.to_lowercase();
        name.strip_suffix("executionprovider").map(str::to_owned).unwrap_or(name)
    };
    strsim::osa_distance(&stem(one), &stem(other)) <= 1
}

/// Refuses a provider that has no such device.
///
/// # Errors
/// [`Error::Device`] with the providers that there are.
pub fn check(provider: &Provider, runtime: &'static Runtime) -> Result<()> {
    let known = session::devices(runtime.environment());
    let own = known.iter().filter(|device| device.provider == provider.name).count();
    if own > provider.index {
        return Ok(());
    }
    if own > 0 {
        return Err(Error::Device(format!(
            "context.device_index is {}; {} has {own} device(s), from 0 on",
            provider.index, provider.name
        )));
    }
    let mut names: Vec<&str> = known.iter().map(|device| device.provider.as_str()).collect();
    names.dedup();
    Err(Error::Device(format!(
        "context.provider is {}; ONNX Runtime {} has devices of {}; give its library to \
         abbe_context_register_provider() first",
        provider.name,
        runtime.version(),
        names.join(", ")
    )))
}

/// Loads a provider's library into the ONNX Runtime of this process, which is loaded for it if it is not yet.
///
/// # Errors
/// [`Error::Argument`] for a name that none can have; [`Error::Device`] where ONNX Runtime or the library is missing, the
/// file is no provider for this machine, or it finds no device; [`Error::State`] when another has the name.
pub fn register(context: &Settings, name: &str, path: &str) -> Result<()> {
    if name.is_empty() || name.len() > LONGEST {
        return Err(Error::Argument(format!("name has {} bytes; it must have 1 to {LONGEST}", name.len())));
    }
    let runtime = Runtime::load(&Search::from_context(context))?;
    let place = fs::canonicalize(path).map_err(|error| {
        Error::Device(format!("path is {path}; it must be an execution provider's library ({error})"))
    })?;
    let mut registered = runtime.registered();
    if let Some((_, known)) = registered.iter().find(|(known, _)| known == name) {
        return if *known == place {
            Ok(())
        } else {
            Err(Error::State(format!(
                "name is {name}; this process has {} under that name; choose another",
                known.display()
            )))
        };
    }
    let shown = place.display();
    let bytes = library::read(&place)?;
    library::inspect(&bytes, PROVIDER_ENTRY).map_err(|what| Error::Device(format!("{shown} {what}")))?;
    let environment = runtime.environment();
    let before = session::devices(environment).len();
    session::register(environment, name, &place).map_err(|error| {
        Error::Device(format!(
            "ONNX Runtime {} refuses the execution provider {shown}: {}; its own libraries must be at hand, and it must \
             be made for this version or an older one",
            runtime.version(),
            error.message().trim_end_matches(['.', '\n'])
        ))
    })?;
    if session::devices(environment).len() == before {
        session::unregister(environment, name);
        return Err(Error::Device(format!(
            "the execution provider {shown} finds no device on this machine; it needs its hardware and driver, and may need \
             a newer ONNX Runtime than {}",
            runtime.version()
        )));
    }
    registered.push((name.to_owned(), place));
    Ok(())
}

/// ONNX Runtime's version, the providers that are built into it, and all devices.
///
/// # Errors
/// As [`Runtime::load`].
pub fn devices(context: &Settings) -> Result<Value> {
    let runtime = Runtime::load(&Search::from_context(context))?;
    Ok(json!({
        "onnxruntime": runtime.version(),
        "library": runtime.path().map(|path| path.display().to_string()),
        "built_in": session::built_in(),
        "devices": session::devices(runtime.environment()),
    }))
}

/// Longest name: what `ort` has room for.
const LONGEST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_those_of_the_same_provider() {
        for (one, other, near) in [
            ("WebGPUExecutionProvider", "WebGpuExecutionProvider", true),
            ("OpenVINO", "OpenVINOExecutionProvider", true),
            ("OpenVNOExecutionProvider", "OpenVINOExecutionProvider", true),
            ("QNNExecutionProvider", "CPUExecutionProvider", false),
            ("NoSuchExecutionProvider", "CPUExecutionProvider", false),
            ("NvTensorRTRTXExecutionProvider", "TensorrtExecutionProvider", false),
        ] {
            assert_eq!(is_near(one, other), near, "{one} {other}");
        }
    }

    #[test]
    fn options_are_pairs_between_semicolons() {
        let mut context = Settings::new("context");
        assert_eq!(chosen(&context).unwrap(), None);
        context.set_text(params::CONTEXT_PROVIDER, "ggml").unwrap();
        context.set_text(params::CONTEXT_PROVIDER_OPTIONS, " device=cpu; path=/a=b ;; threads = 4;").unwrap();
        let provider = chosen(&context).unwrap().unwrap();
        let pairs = [("device", "cpu"), ("path", "/a=b"), ("threads", "4")];
        assert_eq!(provider.options, pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
        for wrong in ["device", "=cpu", "a=b;c"] {
            context.set_text(params::CONTEXT_PROVIDER_OPTIONS, wrong).unwrap();
            assert!(chosen(&context).unwrap_err().text().contains("must be key=value"), "{wrong}");
        }
    }
}
