#!/usr/bin/env bash
# Builds the wheel around libabbe, installs it into a virtual environment in the build folder, and tests it there.
# ABBE_LIBRARY: the library to pack instead of building one. Arguments go to pytest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=python
packages=("$here")
. "$here/../../tools/python-environment.sh"
"$build/venv/bin/python" -m pytest "$@"
