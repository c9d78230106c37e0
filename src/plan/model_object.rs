//! A loaded network as an object of the C ABI.

use std::sync::Arc;

use crate::error::Result;
use crate::network::{self, Model};
use crate::runtime::Context;

/// A loaded network and the context it was loaded with.
pub struct ModelObject {
    context: Arc<Context>,
    model: Arc<Model>,
    /// Where it was loaded from, if not from memory.
    path: Option<String>,
}

impl ModelObject {
    /// Reads a network or package from a file or folder.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load(context: Arc<Context>, path: &str) -> Result<Self> {
        Ok(Self { context, model: Arc::new(Model::load(path)?), path: Some(path.to_owned()) })
    }

    /// Reads a network or package from memory.
    ///
    /// # Errors
    /// As [`Model::load_memory`].
    pub fn load_memory(context: Arc<Context>, bytes: &[u8]) -> Result<Self> {
        Ok(Self { context, model: Arc::new(Model::load_memory(bytes)?), path: None })
    }

    /// The network with an input that always reads the same samples; see [`Model::with_input`].
    ///
    /// # Errors
    /// As [`Model::with_input`].
    pub fn with_input(&self, name: &str, shape: &[usize], samples: &[f32]) -> Result<Self> {
        let model = self.model.with_input(name, shape, samples)?;
        Ok(Self { context: Arc::clone(&self.context), model: Arc::new(model), path: self.path.clone() })
    }

    /// What the network is, wants and does; see [`network::describe`].
    pub fn describe(&self) -> serde_json::Value {
        network::describe(&self.model)
    }

    /// Runs the test that the package brings; see [`network::selftest`].
    ///
    /// # Errors
    /// As [`network::selftest`].
    pub fn selftest(&self) -> Result<serde_json::Value> {
        network::selftest(&self.model, &self.context.settings(), &*self.context.workers()?)
    }

    /// The context it was loaded with.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The file or folder that it was loaded from; `None`: from memory.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The network.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }
}
