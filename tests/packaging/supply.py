"""Checks what vendors file: bills of materials by their schemas and by what is really in the library, and docs/soup.md.

    supply.py FOLDER_OF_DOCUMENTS LIBRARY     (needs cyclonedx-python-lib[json-validation] and spdx-tools)
"""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

ROOT = Path(__file__).resolve().parent.parent.parent
# Crates of Rust's own distribution, inside its standard library.
OWN_TO_RUST = set(
    "core alloc std std_detect panic_unwind panic_abort unwind compiler_builtins rustc_demangle addr2line gimli object"
    " miniz_oxide adler2 hashbrown memchr cfg_if libc __rustc rustc_std_workspace_core".split()
)


def documents(folder: Path) -> set[str]:
    """Names of all parts, after both documents passed their schemas and said the same."""
    text = (folder / "abbe.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    parts = {(part["name"], part["version"]): part for part in bill["components"]}
    assert len(parts) == len(bill["components"]) > 50
    known = {bill["metadata"]["component"]["bom-ref"]} | {part["bom-ref"] for part in parts.values()}
    assert {row["ref"] for row in bill["dependencies"]} == known
    reached, waiting = set(), [bill["metadata"]["component"]["bom-ref"]]
    links = {row["ref"]: row["dependsOn"] for row in bill["dependencies"]}
    while waiting:
        if (one := waiting.pop()) not in reached:
            reached.add(one)
            waiting += links[one]
    assert reached == known, f"nothing links {known - reached}"

    spdx = parse_file(str(folder / "abbe.spdx.json"))
    assert validate_full_spdx_document(spdx) == []
    own = bill["metadata"]["component"]
    assert {(one.name, one.version) for one in spdx.packages} == set(parts) | {(own["name"], own["version"])}
    lock = (ROOT / "Cargo.lock").read_text()
    for (name, version), part in parts.items():
        if part["purl"].startswith("pkg:cargo/"):
            entry = re.search(rf'name = "{name}"\nversion = "{re.escape(version)}"\n.*\nchecksum = "(\w+)"', lock)
            assert entry and part["hashes"][0]["content"] == entry[1], name
        if part["type"] == "machine-learning-model":
            file = ROOT / "models" / f"{name}.zip"
            assert part["hashes"][0]["content"] == hashlib.sha256(file.read_bytes()).hexdigest()
            stated = subprocess.run(["unzip", "-p", str(file), "bioimageio.yaml"], capture_output=True, text=True)
            assert f"license: {part['licenses'][0]['expression']}\n" in stated.stdout
    shipped = {file.stem for file in (ROOT / "models").glob("*.zip")}
    assert shipped == {part["name"] for part in parts.values() if part["type"] == "machine-learning-model"}
    texts = (folder / "THIRD_PARTY.txt").read_text()
    for name, version in parts:
        assert f"{name} {version}" in texts or name == "abbe-workers", name
    return {name.replace("-", "_") for name, _ in parts} | {own["name"]}


def crates_in(library: Path) -> set[str]:
    """Crates whose functions are in the library, by its symbols."""
    listed = subprocess.run(["nm", "-C", str(library)], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r" [tT] <?([a-z_][a-z_0-9]*)::", listed))


def page() -> None:
    """What docs/soup.md and the anomalies name is there."""
    text = (ROOT / "docs" / "soup.md").read_text()
    named = re.findall(r"`((?:tests|fuzz|bindings|src)/[\w/.]+)(?:::(\w+))?`", text)
    assert len(named) > 20
    for path, test in named:
        source = (ROOT / path).read_text()
        assert not test or re.search(rf"\b(fn|def) {test}\b", source), f"{path}::{test}"
    told = json.loads((ROOT / "docs" / "known-anomalies.json").read_text())["anomalies"]
    assert [one["id"] for one in told] == [f"ABBE-{at + 1:04}" for at in range(len(told))]
    keys = "id title affects since fixed severity effect shows workaround cause case".split()
    assert all(list(one) == keys and one["severity"] in ("minor", "major", "critical") for one in told)
    failing = {line.split()[0] for line in (ROOT / "tests/cases/open.txt").read_text().splitlines()[1:] if line}
    unlisted = failing - {one["case"] for one in told if not one["fixed"]}
    assert not unlisted, f"docs/known-anomalies.json lacks {sorted(unlisted)}"


def main() -> None:
    parts = documents(Path(sys.argv[1]))
    found = crates_in(Path(sys.argv[2]))
    assert {"abbe", "rustfft"} <= found
    missing = found - parts - OWN_TO_RUST
    assert not missing, f"in the library, and not in its bill of materials: {sorted(missing)}"
    page()
    print(f"{len(parts)} parts listed, {len(found - OWN_TO_RUST)} crates seen in the library")


if __name__ == "__main__":
    main()
