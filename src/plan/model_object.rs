//! A network as an object of the C ABI: loaded, built in, or learnt.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use serde_json::{Value, json};

use crate::convnet::denoiser;
use crate::digest::sha256;
use crate::error::{Error, Result, collected};
use crate::learn::{Learnt, Source, learn};
use crate::network::{self, Model};
use crate::params::Settings;
use crate::runtime::{Answer, Context, Control, Watch};

/// A network, the context it was made with, and how others are to be learnt from it.
pub struct ModelObject {
    context: Arc<Context>,
    /// For ONNX Runtime; or why there is none.
    model: Result<Arc<Model>>,
    /// Those of [`denoiser::graph`], where the network is one of these.
    weights: Option<Arc<[f32]>>,
    /// Where it was loaded from.
    path: Option<String>,
    /// How it was learnt, if it was.
    learning: Option<Value>,
    /// The package of a network that was not loaded.
    package: Option<Vec<u8>>,
    settings: Mutex<Settings>,
    control: Control,
    /// Held by whoever learns.
    running: Mutex<()>,
}

impl ModelObject {
    /// Reads a network or package from a file or folder.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load(context: Arc<Context>, path: &str) -> Result<Self> {
        Ok(Self { path: Some(path.to_owned()), ..Self::of(context, Model::load(path)?) })
    }

    /// Reads a network or package from memory.
    ///
    /// # Errors
    /// As [`Model::load_memory`].
    pub fn load_memory(context: Arc<Context>, bytes: &[u8]) -> Result<Self> {
        Ok(Self::of(context, Model::load_memory(bytes)?))
    }

    /// A network that is built in.
    ///
    /// # Errors
    /// [`Error::Argument`] for a name of none; [`Error::Memory`].
    pub fn built_in(context: Arc<Context>, name: &str) -> Result<Self> {
        if name != BUILT_IN {
            return Err(Error::Argument(format!("name is \"{name:.64}\"; it must be \"{BUILT_IN}\"")));
        }
        Self::of_weights(context, denoiser::weights()?, None)
    }

    fn of(context: Arc<Context>, model: Model) -> Self {
        let weights = network::own_weights(&model).map(Arc::from);
        Self::with(context, Ok(Arc::new(model)), weights)
    }

    /// A network of the built-in denoiser's layers. Where this build has no ONNX networks, it runs all the same.
    fn of_weights(context: Arc<Context>, weights: Vec<f32>, learning: Option<Value>) -> Result<Self> {
        let packed = network::pack(&weights, learning.as_ref(), &*context.workers()?);
        let (package, model) = match packed {
            Ok(package) => {
                let model = Model::load_memory(&package)?;
                (Some(package), Ok(Arc::new(model)))
            }
            Err(Error::Unsupported(text)) => (None, Err(Error::Unsupported(text))),
            Err(error) => return Err(error),
        };
        Ok(Self { package, learning, ..Self::with(context, model, Some(weights.into())) })
    }

    fn with(context: Arc<Context>, model: Result<Arc<Model>>, weights: Option<Arc<[f32]>>) -> Self {
        Self {
            context,
            model,
            weights,
            path: None,
            learning: None,
            package: None,
            settings: Mutex::new(Settings::new("learn")),
            control: Control::new(),
            running: Mutex::new(()),
        }
    }

    /// The network with an input that always reads the same samples; see [`Model::with_input`].
    ///
    /// # Errors
    /// As [`Model::with_input`].
    pub fn with_input(&self, name: &str, shape: &[usize], samples: &[f32]) -> Result<Self> {
        let model = self.model()?.with_input(name, shape, samples)?;
        Ok(Self { path: self.path.clone(), ..Self::of(Arc::clone(&self.context), model) })
    }

    /// Changes a setting of what is learnt next.
    ///
    /// # Errors
    /// What `change` says.
    pub fn set(&self, change: impl FnOnce(&mut Settings) -> Result<()>) -> Result<()> {
        change(&mut self.settings())
    }

    /// Learns a network for an image, samples (z, y, x), from this one; `listener` is told the share that is done.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a network of other layers; [`Error::Argument`] for samples that are not finite;
    /// [`Error::State`] while another call learns; as [`learn`].
    pub fn learn(&self, image: &[f32], shape: [usize; 3], listener: &mut dyn FnMut(f64) -> Answer) -> Result<Self> {
        let _running = match self.running.try_lock() {
            Ok(running) => running,
            Err(TryLockError::Poisoned(running)) => running.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::State("model is learnt from by another call; wait for that, or cancel it".into()));
            }
        };
        let weights = self.weights()?;
        if let Some(at) = image.iter().position(|sample| sample.is_nan() || sample.abs() > LARGEST) {
            let [_, ny, nx] = shape;
            return Err(Error::Argument(format!(
                "samples are {} at z {}, y {}, x {}; they must be finite and at most {LARGEST:.0e} either way",
                image[at],
                at / (ny * nx),
                at / nx % ny,
                at % nx
            )));
        }
        let settings = self.settings().clone();
        self.control.begin();
        let mut watch = Watch::new(&self.control, listener);
        let workers = self.context.workers()?;
        let Learnt { weights: found, outcome } =
            learn(&Source { image, shape }, weights, &settings, &workers, &mut watch)?;
        let learning = json!({
            "from": sha256(&bytes(weights)?),
            "shape": shape,
            "settings": settings.to_json(),
            "outcome": outcome,
        });
        Self::of_weights(Arc::clone(&self.context), found, Some(learning))
    }

    /// Asks whoever learns to stop with the best network until then.
    pub fn cancel(&self) {
        self.control.cancel();
    }

    /// Writes the network's package to a file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::State`] for a network that was loaded; [`Error::Unsupported`] where this build has no packages; [`Error::Io`].
    pub fn save(&self, path: &str) -> Result<()> {
        self.model()?;
        let package = self.package.as_ref().ok_or_else(|| {
            Error::State(
                "model was loaded; only networks that are built in or were learnt are saved; copy its file".into(),
            )
        })?;
        let path = Path::new(path);
        let unwritable = |cause: std::io::Error| Error::Io(format!("{} cannot be written: {cause}", path.display()));
        let name = path.file_name().ok_or_else(|| {
            Error::Argument(format!("path is {:?}; it must be the path of a file", path.display().to_string()))
        })?;
        // Beside its place, so that it gets there by its name alone, and nobody ever sees half of it.
        let mut part = name.to_owned();
        part.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(part);
        let written = std::fs::write(&part, package).and_then(|()| std::fs::rename(&part, path));
        written.map_err(|cause| {
            let _ = std::fs::remove_file(&part);
            unwritable(cause)
        })
    }

    /// What the network is, wants and does; see [`network::describe`].
    pub fn describe(&self) -> Value {
        let mut all =
            self.model.as_ref().map_or_else(|_| json!({ "name": "abbe denoise" }), |model| network::describe(model));
        all["built_in_layers"] = self.weights.is_some().into();
        if let Some(learning) = &self.learning {
            all["learning"] = learning.clone();
        }
        all
    }

    /// Runs the test that the package brings; see [`network::selftest`].
    ///
    /// # Errors
    /// As [`network::selftest`].
    pub fn selftest(&self) -> Result<Value> {
        network::selftest(self.model()?, &self.context.settings(), &*self.context.workers()?)
    }

    /// The context it was made with.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whether no call is at it now.
    pub fn is_idle(&self) -> bool {
        self.running.try_lock().is_ok() && self.settings.try_lock().is_ok()
    }

    /// The file or folder that it was loaded from; `None`: from memory, or not loaded.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The sha256 of its network file, or of its weights where this build has no such files.
    pub fn sha256(&self) -> String {
        let weights = || self.weights.as_ref().and_then(|weights| bytes(weights).ok());
        self.model.as_ref().map_or_else(|_| sha256(&weights().unwrap_or_default()), |model| model.sha256().to_owned())
    }

    /// The network for ONNX Runtime.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where this build has none.
    pub fn model(&self) -> Result<&Arc<Model>> {
        self.model.as_ref().map_err(Clone::clone)
    }

    /// The weights of a network of the built-in denoiser's layers, which runs without ONNX Runtime.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for another.
    pub fn weights(&self) -> Result<&Arc<[f32]>> {
        self.weights.as_ref().ok_or_else(|| {
            Error::Unsupported(
                "the network has other layers than the built-in denoiser; only that, and what was learnt from it, can learn and run \
                 without ONNX Runtime; run others by a step of kind model"
                    .into(),
            )
        })
    }

    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bytes(weights: &[f32]) -> Result<Vec<u8>> {
    collected("the weights of a network", (0..4 * weights.len()).map(|at| weights[at / 4].to_le_bytes()[at % 4]))
}

/// The name of the network that is built in.
const BUILT_IN: &str = "denoise";
/// Samples beyond this are no intensities; their squares would overflow.
const LARGEST: f32 = 1e15;
