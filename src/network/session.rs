//! ONNX Runtime's raw calls: sessions, tensors over memory that this module keeps, and runs that copy nothing.
//!
//! This module is the only one of the networks with unsafe code. The safe `Session::run` of `ort` allocates its outputs
//! anew each time, and its `IoBinding` locks itself when it is given borrowed tensors; the raw `Run` on tensors made
//! once does neither.
#![allow(unsafe_code)]

mod arena;
mod devices;
mod own_file;
mod trial;
mod version;

use std::ffi::{CStr, CString, c_char};
use std::mem::ManuallyDrop;
use std::ptr::null;
use std::sync::Arc;

use ort::AsPointer;
use ort::environment::Environment;
use ort::ep::{CUDA, TensorRT};
use ort::logging::LogLevel;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{RunOptions, Session as OrtSession, SessionInputValue, SessionInputs};
use serde::Serialize;

use self::arena::Arena;
pub use self::devices::{Provider, built_in, devices, register, unregister};
pub use self::own_file::own_file;
pub use self::version::{Base, version};
use super::onnx::PORTS;
use super::tensor::{Tensor, sample_type};
use crate::error::{Error, Result};
use crate::runtime::{Control, Stopper, forks};

/// Where nodes may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// The processor.
    Cpu,
    /// An NVIDIA GPU through cuDNN.
    Cuda,
    /// An NVIDIA GPU through TensorRT; what it cannot do runs through cuDNN.
    TensorRt,
    /// A device of a provider that a host registered.
    Provider,
}

/// How a session is to be made.
#[derive(Clone, Debug)]
pub struct Make<'a> {
    /// Device.
    pub device: Device,
    /// Which of several GPUs.
    pub index: i32,
    /// Whether the same input must give the same bits again on a GPU.
    pub deterministic: bool,
    /// Folder for engines that TensorRT built; empty: none is kept.
    pub engines: &'a str,
    /// Whether ONNX Runtime may rewrite the graph.
    pub rewrites: bool,
    /// Whose device, for [`Device::Provider`].
    pub provider: Option<&'a Provider>,
    /// Threads of the session's own, where the environment has none for all; 0: as many as the machine has.
    pub threads: usize,
}

impl Make<'_> {
    /// For runs on the processor that show what a network does.
    pub fn trial(rewrites: bool) -> Self {
        Self { device: Device::Cpu, index: 0, deterministic: false, engines: "", rewrites, provider: None, threads: 0 }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.born == forks() {
            // SAFETY: nothing uses the session after this.
            unsafe { ManuallyDrop::drop(&mut self.session) };
        }
    }
}

/// How many nodes run on one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// Execution provider, e.g. `CPUExecutionProvider`.
    pub provider: String,
    /// Nodes, after ONNX Runtime's optimisations.
    pub nodes: usize,
}

/// A network ready to run on tensors of fixed shapes.
pub struct Session {
    session: ManuallyDrop<OrtSession>,
    /// See [`forks`]: ONNX Runtime waits for its threads, which the child of a fork does not have.
    born: u64,
    device: Device,
    options: Arc<RunOptions>,
    stop: Stopper,
    input_names: Vec<CString>,
    output_names: Vec<CString>,
    /// Last, so that it goes when all that lives in the arena has gone.
    _arena: Arena,
}

/// The tensors that runs read and write, one for each input and output of the network, in its order.
#[derive(Default)]
pub struct Tensors {
    /// Those that runs read.
    pub inputs: Vec<Tensor>,
    /// Those that runs write.
    pub outputs: Vec<Tensor>,
}

impl Session {
    /// Reads the network and plans its run on a device.
    ///
    /// # Errors
    /// [`Error::Device`] when the device cannot be had, [`Error::Model`] when ONNX Runtime refuses the network.
    pub fn new(
        environment: &'static Environment,
        file: &[u8],
        weights: &[(String, Arc<[u8]>)],
        make: &Make<'_>,
    ) -> Result<Self> {
        let arena = Arena::of(environment)?;
        let rewrites = if make.rewrites { None } else { Some(GraphOptimizationLevel::Disable) };
        let mut session = Self::started(environment, file, weights, make, rewrites)?;
        // ONNX Runtime 1.28 refuses networks whose 8-bit weights share a zero point, since it makes another of each with
        // its name; without that rewriting it multiplies them in single precision.
        if session.as_ref().is_err_and(|error| error.message().contains("AddInitializedOrtValue")) {
            session = Self::started(environment, file, weights, make, Some(GraphOptimizationLevel::Level1))?;
        }
        let session = session.map_err(|error| {
            let text = format!("ONNX Runtime refuses the network: {error}");
            if make.device == Device::Cpu { Error::Model(text) } else { Error::Device(text) }
        })?;
        let names = |outlets: &[ort::value::Outlet]| -> Result<Vec<CString>> {
            let name = |outlet: &ort::value::Outlet| {
                CString::new(outlet.name()).map_err(|_| Error::Model("an input's name holds a NUL".to_owned()))
            };
            outlets.iter().map(name).collect()
        };
        let (input_names, output_names) = (names(session.inputs())?, names(session.outputs())?);
        let options = RunOptions::new().map_err(|error| Error::Internal(format!("no run options: {error}")))?;
        let options = Arc::new(options);
        let terminated = Arc::clone(&options);
        Ok(Self {
            session: ManuallyDrop::new(session),
            born: forks(),
            device: make.device,
            options,
            // A failed request to stop leaves the run to end by itself.
            stop: Arc::new(move || drop(terminated.terminate())),
            input_names,
            output_names,
            _arena: arena,
        })
    }

    /// ONNX Runtime's session, or why it makes none; it rewrites the graph as far as it can where no level is stated.
    fn started(
        environment: &'static Environment,
        file: &[u8],
        weights: &[(String, Arc<[u8]>)],
        make: &Make<'_>,
        level: Option<GraphOptimizationLevel>,
    ) -> Result<ort::Result<OrtSession>> {
        let prepared = || {
            let mut builder = OrtSession::builder(environment)?
                .with_log_level(LogLevel::Fatal)?
                .with_env_allocators()?
                // A pattern is one more block for all tensors, beside those that the first run left in the arena.
                .with_memory_pattern(false)?
                .with_deterministic_compute(make.deterministic)?
                // Without it, sums of products of 8-bit numbers overflow on processors that have no instruction for them.
                .with_config_entry("session.x64quantprecision", "1")?
                .with_config_entry("session.record_ep_graph_assignment_info", "1")?;
            if let Some(level) = level {
                builder = builder.with_optimization_level(level)?;
            }
            if make.threads > 0 {
                builder = builder.with_intra_threads(make.threads)?;
            }
            for (name, bytes) in weights {
                // ONNX Runtime 1.28 takes one "./" off the names that it is given here, and none off those in the graph.
                let name = if name.starts_with("./") { &format!("./{name}") } else { name };
                builder = builder.with_external_initializer_file_in_memory(name, Arc::clone(bytes))?;
            }
            Ok::<_, ort::Error<_>>(builder)
        };
        let mut builder =
            prepared().map_err(|error| Error::Internal(format!("ONNX Runtime refuses an option: {error}")))?;
        let cuda = || {
            CUDA::default()
                .with_device_id(make.index)
                .with_arena_extend_strategy(ort::ep::ArenaExtendStrategy::SameAsRequested)
                .with_tf32(!make.deterministic)
                .build()
                .error_on_failure()
        };
        let providers = match make.device {
            Device::Cpu | Device::Provider => vec![],
            Device::Cuda => vec![cuda()],
            Device::TensorRt => {
                let mut engine = TensorRT::default().with_device_id(make.index);
                if !make.engines.is_empty() {
                    engine = engine
                        .with_engine_cache(true)
                        .with_engine_cache_path(make.engines)
                        .with_timing_cache(true)
                        .with_timing_cache_path(make.engines);
                }
                vec![engine.build().error_on_failure(), cuda()]
            }
        };
        if !providers.is_empty() {
            builder = builder.with_execution_providers(&providers).map_err(|error| {
                let device = make.device.name();
                Error::Device(format!("{device} is not to be had with this ONNX Runtime on this machine: {error}"))
            })?;
        }
        let chosen = match make.device {
            // Where none is named, `ort` has ONNX Runtime choose one of all that hosts registered.
            Device::Cpu => Some((CPU, 0, &[][..])),
            Device::Provider => make.provider.map(|one| (one.name.as_str(), one.index, &one.options[..])),
            Device::Cuda | Device::TensorRt => None,
        };
        if let Some((name, index, options)) = chosen {
            let device = devices::device(environment, name, index);
            let options: Vec<_> = options.iter().map(|(key, value)| (format!("{name}.{key}"), value.clone())).collect();
            builder = builder.with_devices(device, Some(&options)).map_err(|error| {
                Error::Device(format!("{name} is not to be had with this ONNX Runtime on this machine: {error}"))
            })?;
        }
        Ok(builder.commit_from_memory(file))
    }

    /// The device that it was made for.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Runs once into memory of ONNX Runtime's own and gives the outputs' sample types and shapes; ended inside the run
    /// when `control` is cancelled on another thread.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn shapes(&mut self, inputs: &mut [Tensor], control: &Control) -> Result<Vec<(i32, Vec<usize>)>> {
        self.watched(control, |session| session.shown(inputs))
    }

    fn shown(&mut self, inputs: &mut [Tensor]) -> Result<Vec<(i32, Vec<usize>)>> {
        inputs.iter_mut().for_each(Tensor::encode);
        let values: Vec<SessionInputValue<'_>> = inputs.iter().map(Tensor::as_input).collect();
        let outputs =
            self.session.run_with_options(SessionInputs::<0>::ValueSlice(&values), &self.options).map_err(|error| {
                if terminated(&error) {
                    Error::Cancelled
                } else if self.device == Device::Provider {
                    Error::Device(format!("the execution provider took the network, and does not run it: {error}"))
                } else {
                    Error::Model(format!("the network does not run: {error}"))
                }
            })?;
        let shape = |value: &ort::value::DynValue| {
            let kind = value.dtype();
            let extents = kind.tensor_shape().map(|shape| shape.iter().map(|&extent| extent.max(0) as usize).collect());
            match (kind.tensor_type().and_then(sample_type), extents) {
                (Some(kind), Some(extents)) => Ok((kind, extents)),
                _ => {
                    let samples =
                        kind.tensor_type().map_or("no samples".to_owned(), |kind| format!("samples of {kind}"));
                    Err(Error::Model(format!("an output of the network has {samples}; it must be a tensor of numbers")))
                }
            }
        };
        outputs.values().map(|value| shape(&value.view())).collect()
    }

    /// Runs the network on the inputs into the outputs; nothing is copied but what is not of type f32. It is ended inside
    /// the run when `control` is cancelled on another thread.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when it was stopped; [`Error::Model`] or [`Error::Device`] with ONNX Runtime's text.
    pub fn run(&mut self, tensors: &mut Tensors, device: Device, control: &Control) -> Result<()> {
        self.watched(control, |session| session.run_on(tensors, device))
    }

    fn run_on(&mut self, tensors: &mut Tensors, device: Device) -> Result<()> {
        if self.born != forks() {
            return Err(Error::State(
                "the network is of the process before fork(); its threads are not in this one; commit the plan again"
                    .into(),
            ));
        }
        tensors.inputs.iter_mut().for_each(Tensor::encode);
        let mut inputs = [null(); PORTS];
        let mut outputs = [std::ptr::null_mut(); PORTS];
        let (mut input_names, mut output_names) = ([null::<c_char>(); PORTS], [null::<c_char>(); PORTS]);
        let (reads, writes) = (tensors.inputs.len(), tensors.outputs.len());
        if reads != self.input_names.len() || writes != self.output_names.len() || reads.max(writes) > PORTS {
            return Err(Error::Model(format!(
                "the network is one of {} inputs and {} outputs; at most {PORTS} of each can be run",
                self.input_names.len(),
                self.output_names.len()
            )));
        }
        for (at, tensor) in tensors.inputs.iter().enumerate() {
            (inputs[at], input_names[at]) = (tensor.pointer(), self.input_names[at].as_ptr());
        }
        for (at, tensor) in tensors.outputs.iter().enumerate() {
            (outputs[at], output_names[at]) = (tensor.pointer().cast_mut(), self.output_names[at].as_ptr());
        }
        // SAFETY: names and values are alive in `self` and `tensors` and as many as said; `&mut self` keeps the session to this run.
        let status = unsafe {
            (ort::api().Run)(
                self.session.inner().ptr().cast_mut(),
                self.options.ptr(),
                input_names.as_ptr(),
                inputs.as_ptr(),
                reads,
                output_names.as_ptr(),
                writes,
                outputs.as_mut_ptr(),
            )
        };
        // SAFETY: the status came from the call above and is taken over once.
        let result: ort::Result<()> = unsafe { ort::Error::result_from_status(status) };
        match result {
            Ok(()) => {
                tensors.outputs.iter_mut().for_each(Tensor::decode);
                Ok(())
            }
            Err(error) if terminated(&error) => Err(Error::Cancelled),
            Err(error) if error.message().contains("computed output shape for this run") => Err(Error::Model(
                "a result of the network is of another size than for other images of the same size; its size must not \
                 depend on samples"
                    .to_owned(),
            )),
            Err(error) if device == Device::Cpu => {
                Err(Error::Model(format!("the network does not run on this image: {error}")))
            }
            Err(error) => Err(Error::Device(format!("{} failed: {error}", device.name()))),
        }
    }

    fn watched<T>(&mut self, control: &Control, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let refused = |error: ort::Error| Error::Internal(format!("a run cannot be made ready: {error}"));
        self.options.unterminate().map_err(refused)?;
        let stop = Arc::clone(&self.stop);
        control.stoppable(&stop, || work(self))
    }

    /// How many nodes were given to which provider.
    pub fn placed(&self) -> Vec<Placed> {
        let api = ort::api();
        let (mut parts, mut count) = (null(), 0);
        // SAFETY: the session is alive; on success `parts` points to `count` pointers that the session owns.
        let status =
            unsafe { (api.Session_GetEpGraphAssignmentInfo)(self.session.inner().ptr(), &mut parts, &mut count) };
        // SAFETY: the status came from the call above and is taken over once.
        if unsafe { ort::Error::<()>::result_from_status(status) }.is_err() || parts.is_null() {
            return Vec::new();
        }
        let mut placed: Vec<Placed> = Vec::new();
        // SAFETY: as the call above promised.
        for &part in unsafe { std::slice::from_raw_parts(parts, count) } {
            let (mut name, mut nodes, mut number) = (null(), null(), 0);
            // SAFETY: `part` is one of the session's; the two results stay the session's.
            let read = unsafe {
                let named = ort::Error::<()>::result_from_status((api.EpAssignedSubgraph_GetEpName)(part, &mut name));
                let counted = ort::Error::<()>::result_from_status((api.EpAssignedSubgraph_GetNodes)(
                    part,
                    &mut nodes,
                    &mut number,
                ));
                named.is_ok() && counted.is_ok() && !name.is_null()
            };
            if !read {
                continue;
            }
            // SAFETY: ONNX Runtime gives a NUL-terminated text that lives as long as the session.
            let provider = unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned();
            match placed.iter_mut().find(|known| known.provider == provider) {
                Some(known) => known.nodes += number,
                None => placed.push(Placed { provider, nodes: number }),
            }
        }
        placed
    }
}

/// ONNX Runtime's own provider, which is always there.
pub const CPU: &str = "CPUExecutionProvider";

/// Whether a run ended since somebody asked it to.
fn terminated(error: &ort::Error) -> bool {
    error.message().contains("terminate flag")
}

impl Device {
    /// The name for texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CUDA",
            Self::TensorRt => "TensorRT",
            Self::Provider => "the execution provider",
        }
    }
}
