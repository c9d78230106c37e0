#!/usr/bin/env bash
# Runs fuzz targets for longer than `./test rust` does: fuzz.sh CASES [TARGET], TARGET models, packages, texts or calls.
# What fails is printed as the smallest case that fails.
set -euo pipefail
cd "$(dirname "$0")/.."
PROPTEST_CASES="${1:?usage: scripts/fuzz.sh CASES [TARGET]}" cargo test --locked --test fuzz -- --nocapture "${@:2}"
