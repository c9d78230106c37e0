//! Kinds of outputs.

use serde::Serialize;

/// What the samples of an output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// Intensities: `x * gain + offset` in the image's units.
    Image,
    /// Widths of intensities: `x * gain`.
    Uncertainty,
    /// Numbers from 0 to 1, as they are.
    Probability,
    /// Numbers of classes or objects, as they are; never blended.
    Labels,
    /// Anything else, as it is.
    Other,
}

impl OutputKind {
    /// What the name of a tensor or channel says, word by word.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let words: Vec<&str> = name.split(|letter: char| !letter.is_alphabetic()).collect();
        let any = |known: &[&str]| words.iter().any(|word| known.contains(word));
        if any(&["var", "variance", "logvar", "logvariance", "logits", "logit", "flow", "flows", "embedding"]) {
            Some(Self::Other)
        } else if any(&["uncertainty", "uncertainties", "sigma", "std", "stddev", "deviation"]) {
            Some(Self::Uncertainty)
        } else if any(&["probability", "probabilities", "prob", "probs"]) {
            Some(Self::Probability)
        } else if any(&["label", "labels", "class", "classes", "argmax", "instances"]) {
            Some(Self::Labels)
        } else {
            None
        }
    }

    /// Whether it is in units that lead back to the image's.
    pub fn in_intensities(self) -> bool {
        matches!(self, Self::Image | Self::Uncertainty)
    }
}
