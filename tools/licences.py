"""Checks that every crate that is linked has a licence that deny.toml allows, and comes from the registry.

cargo-deny checks more and is run too where it is installed; this check is always there.
"""

import json
import re
import subprocess
import sys
import tomllib

with open("deny.toml", "rb") as file:
    rules = tomllib.load(file)
allowed = set(rules["licenses"]["allow"])
exceptions = {(one["crate"], licence) for one in rules["licenses"]["exceptions"] for licence in one["allow"]}
banned = {one["crate"] for one in rules["bans"]["deny"]}


def passes(expression, name):
    """Whether an SPDX expression of AND, OR, WITH and brackets can be met by what is allowed."""
    tokens = re.findall(r"\(|\)|[\w.+-]+(?: WITH [\w.+-]+)?", expression.replace("/", " OR "))

    def either():
        value = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            value = both() or value
        return value

    def both():
        value = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            value = one() and value
        return value

    def one():
        token = tokens.pop(0)
        if token == "(":
            value = either()
            tokens.pop(0)
            return value
        return token in allowed or (name, token) in exceptions

    return either()


command = ["cargo", "metadata", "--format-version", "1", "--locked"]
packages = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["packages"]
faults = []
for package in packages:
    name = package["name"]
    source = package["source"] or ""
    if name in banned:
        faults.append(f"{name} is banned")
    if source and not source.startswith("registry+"):
        faults.append(f"{name} comes from {source}; it must come from the registry")
    if not passes(package["license"] or "none", name):
        faults.append(f"{name} has the licence {package['license']}; allowed are {', '.join(sorted(allowed))}")
print("\n".join(faults) or f"{len(packages)} crates, all with allowed licences")
sys.exit(bool(faults))
