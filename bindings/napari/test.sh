#!/usr/bin/env bash
# Builds the wheels of abbe and of its plugin for napari, installs both into a virtual environment in the build folder, and tests the
# plugin there, in a napari without a screen.
# ABBE_LIBRARY: the library to pack instead of building one. Arguments go to pytest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=napari
packages=("$here/../python" "$here")
. "$here/../../tools/python-environment.sh"
pip check
xvfb-run --auto-servernum --server-args="-screen 0 1600x1200x24" "$build/venv/bin/python" -m pytest "$@"
