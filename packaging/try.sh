#!/usr/bin/env bash
# Tries the recipes with one archive of this machine: packaging/try.sh ARCHIVE. Conan and rattler-build come from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
archive="$(realpath "$1")"
build="$PWD/build/recipes"
export CONAN_HOME="$build/conan-home"
rm -rf "$build/out" "$CONAN_HOME"
mkdir -p "$build"
if [ ! -x "$build/venv/bin/conan" ]; then
    python3 -m venv "$build/venv"
    "$build/venv/bin/python" -m pip install --quiet --disable-pip-version-check conan==2.34.0 py-rattler-build==0.73.0 ||
        { rm -rf "$build/venv"; echo "SKIPPED: Conan and rattler-build cannot be had from PyPI; recipes are not tried"; exit 0; }
fi
python3 packaging/recipes.py "$build/out" "file://$(dirname "$archive")" "$archive"

"$build/venv/bin/conan" profile detect --force >/dev/null 2>&1
"$build/venv/bin/conan" create "$build/out/conan" >"$build/conan.log" 2>&1 || { tail -n 40 "$build/conan.log"; exit 1; }
grep '^libabbe .* works$' "$build/conan.log" | sed 's/^/Conan: /'
grep -o '^checksum .*' "$build/conan.log" | diff tests/platforms/golden/checksum.txt - && echo "Conan: the golden image's integers"
"$build/venv/bin/python" packaging/conda.py "$build/out/conda/recipe.yaml" "$build"
