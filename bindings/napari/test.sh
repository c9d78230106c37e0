#!/usr/bin/env bash
# Builds the wheels of abbe and of its plugin for napari, installs both into a virtual environment in the build folder, and tests the
# plugin there, in a napari without a screen.
# ABBE_LIBRARY: the library to pack instead of building one. Arguments go to pytest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${CARGO_TARGET_DIR:-$root/target}/napari
mkdir -p "$build"

if [ -z "${ABBE_LIBRARY:-}" ]; then
    (cd "$root" && cargo build --release --lib)
    export ABBE_LIBRARY=${CARGO_TARGET_DIR:-$root/target}/release/libabbe.so
fi
if ! cmp -s "$here/requirements-test.txt" "$build/venv/requirements-test.txt"; then
    rm -rf "$build/venv"
    python3 -m venv "$build/venv"
    "$build/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements-test.txt"
    cp "$here/requirements-test.txt" "$build/venv/"
fi
rm -rf "$build/wheel"
pip() { "$build/venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }
pip wheel --no-deps --no-build-isolation --wheel-dir "$build/wheel" "$root/bindings/python" "$here"
pip install --no-deps --force-reinstall "$build"/wheel/*.whl
pip check
# The tests are of what the wheels installed, with the library that one carries.
unset ABBE_LIBRARY
cd "$here"
xvfb-run --auto-servernum --server-args="-screen 0 1600x1200x24" "$build/venv/bin/python" -m pytest "$@"
