//! The documents: CycloneDX 1.6, SPDX 2.3, licence texts, and the table of `docs/soup.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Origin, Part, Supply};
use crate::Result;

/// A bill of materials after CycloneDX 1.6.
pub fn cyclonedx(supply: &Supply) -> Result<String> {
    let (own, parts) = supply.parts.split_first().ok_or("libabbe has no parts")?;
    let component = |part: &Part| {
        let mut told = json!({
            "type": if part.origin == Origin::Network { "machine-learning-model" } else { "library" },
            "bom-ref": purl(part),
            "name": part.name,
            "version": part.version,
            "licenses": [{ "expression": part.licence }],
            "purl": purl(part),
        });
        if !part.authors.is_empty() {
            told["authors"] = part.authors.iter().map(|name| json!({ "name": name })).collect();
        }
        if let Some(hash) = &part.hash {
            told["hashes"] = json!([{ "alg": "SHA-256", "content": hash }]);
        }
        if !part.repository.is_empty() {
            told["externalReferences"] = json!([{ "type": "vcs", "url": part.repository }]);
        }
        told
    };
    let refer = |name: &(String, String)| {
        supply.parts.iter().find(|part| (&part.name, &part.version) == (&name.0, &name.1)).map(purl)
    };
    let dependency = |part: &Part| json!({ "ref": purl(part), "dependsOn": part.links.iter().filter_map(refer).collect::<Vec<_>>() });
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": time(supply.made),
            "lifecycles": [{ "phase": "build" }],
            "component": component(own),
            "properties": [{ "name": "abbe:target", "value": supply.target }],
        },
        "components": parts.iter().map(component).collect::<Vec<_>>(),
        "dependencies": supply.parts.iter().map(dependency).collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The same after SPDX 2.3.
pub fn spdx(supply: &Supply) -> Result<String> {
    let packages: Vec<Value> = supply
        .parts
        .iter()
        .map(|part| {
            let mut told = json!({
                "SPDXID": identifier(part),
                "name": part.name,
                "versionInfo": part.version,
                "downloadLocation": download(part),
                "filesAnalyzed": false,
                "licenseConcluded": part.licence,
                "licenseDeclared": part.licence,
                "copyrightText": "NOASSERTION",
                "externalRefs": [{
                    "referenceCategory": "PACKAGE-MANAGER",
                    "referenceType": "purl",
                    "referenceLocator": purl(part),
                }],
            });
            if let Some(hash) = &part.hash {
                told["checksums"] = json!([{ "algorithm": "SHA256", "checksumValue": hash }]);
            }
            told
        })
        .collect();
    let mut relations = Vec::new();
    for part in &supply.parts {
        for link in &part.links {
            let linked = supply.parts.iter().find(|other| (&other.name, &other.version) == (&link.0, &link.1));
            relations.extend(linked.map(|other| {
                json!({
                    "spdxElementId": identifier(part),
                    "relationshipType": if other.origin == Origin::Network { "CONTAINS" } else { "STATIC_LINK" },
                    "relatedSpdxElement": identifier(other),
                })
            }));
        }
    }
    let own = supply.parts.first().ok_or("libabbe has no parts")?;
    let content = format!("{}{}", serde_json::to_string(&packages)?, serde_json::to_string(&relations)?);
    let digest: String = Sha256::digest(&content).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": format!("abbe-{}-{}", own.version, supply.target),
        "documentNamespace": format!("https://spdx.org/spdxdocs/abbe-{}-{}-{digest}", own.version, supply.target),
        "creationInfo": { "created": time(supply.made), "creators": ["Organization: abbe contributors", "Tool: abbe-xtask"] },
        "documentDescribes": [identifier(own)],
        "packages": packages,
        "relationships": relations,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The licence texts of the crates, each text once, with the crates that state it.
pub fn third_party(supply: &Supply) -> String {
    let crates = || supply.parts.iter().filter(|part| part.origin == Origin::Registry);
    let mut text = "What is linked into libabbe besides its own code, with its licences.\n\n".to_owned();
    for part in supply.parts.iter().filter(|part| part.origin != Origin::Own) {
        let _ = writeln!(text, "{} {}: {}", part.name, part.version, part.licence);
    }
    text.push_str(
        "\nabbe's own licences are in LICENSE-MIT and LICENSE-APACHE; rust-std, Rust's standard library, has the same two. \
         Networks are data, built in, and files where they are shipped.\n",
    );
    let mut users: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for part in crates() {
        for licence in &part.texts {
            users.entry(licence).or_default().push(format!("{} {}", part.name, part.version));
        }
    }
    let mut texts: Vec<_> = users.into_iter().collect();
    texts.sort_by(|one, other| one.1.cmp(&other.1));
    for (licence, names) in texts {
        let _ = write!(text, "\n{}\n{}\n\n{licence}\n", "=".repeat(80), names.join(", "));
    }
    text
}

/// The table of the page.
pub fn table(supply: &Supply) -> String {
    let mut text = "| part | version | licence |\n|---|---|---|\n".to_owned();
    // The compiler's version is the builder's choice.
    for part in supply.parts.iter().filter(|part| matches!(part.origin, Origin::Registry | Origin::Network)) {
        let _ = writeln!(text, "| {} | {} | {} |", part.name, part.version, part.licence);
    }
    text
}

/// The part's package URL.
fn purl(part: &Part) -> String {
    let Part { name, version, .. } = part;
    match part.origin {
        Origin::Own | Origin::Compiler | Origin::Network => format!("pkg:generic/{name}@{version}"),
        Origin::Registry => format!("pkg:cargo/{name}@{version}"),
    }
}

fn download(part: &Part) -> String {
    match part.origin {
        Origin::Registry => format!("https://crates.io/api/v1/crates/{0}/{1}/download", part.name, part.version),
        _ => "NOASSERTION".to_owned(),
    }
}

fn identifier(part: &Part) -> String {
    let text = format!("{}-{}", part.name, part.version);
    let plain =
        text.chars().map(|letter| if letter.is_ascii_alphanumeric() || ".-".contains(letter) { letter } else { '-' });
    format!("SPDXRef-{}", plain.collect::<String>())
}

/// Seconds since 1970 as ISO 8601, in UTC, after the civil calendar of days since then.
fn time(seconds: u64) -> String {
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= if leap(year) { 366 } else { 365 } {
        days -= if leap(year) { 366 } else { 365 };
        year += 1;
    }
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    format!("{year}-{:02}-{:02}T{:02}:{:02}:{:02}Z", month + 1, days + 1, rest / 3600, rest / 60 % 60, rest % 60)
}
