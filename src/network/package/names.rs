//! Files by which a package is known.

/// The entry that makes a zip a CZANN package.
pub const CZANN: &str = "model.json";

/// The usual names of a BioImage.IO description.
pub const DESCRIPTIONS: [&str; 3] = ["rdf.yaml", "bioimageio.yaml", "model.yaml"];

/// Whether a file of that name is a BioImage.IO description.
pub fn describes(name: &str) -> bool {
    let ends = [".model.yaml", ".model.yml", ".bioimageio.yaml", ".bioimageio.yml", ".rdf.yaml", ".rdf.yml"];
    DESCRIPTIONS.contains(&name) || ends.iter().any(|end| name.ends_with(end))
}
