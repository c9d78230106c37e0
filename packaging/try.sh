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

# vcpkg itself cannot be had; the port is run as it would run it.
cmake "-DPORT=$build/out/vcpkg/ports/abbe" "-DINSTALLED=$build/vcpkg" -P packaging/vcpkg.cmake
[ -s "$build/vcpkg/share/abbe/copyright" ]
rm -rf "$build/vcpkg-consumer" "$build/vcpkg-source"
cp -r packaging/consumer "$build/vcpkg-source" && cp tests/platforms/golden/golden.c "$build/vcpkg-source"
cmake -S "$build/vcpkg-source" -B "$build/vcpkg-consumer" "-DCMAKE_PREFIX_PATH=$build/vcpkg" >/dev/null
cmake --build "$build/vcpkg-consumer" >/dev/null
"$build/vcpkg-consumer/consumer" | sed 's/^/vcpkg, its port without vcpkg: /'
"$build/vcpkg-consumer/golden" "$build/vcpkg-consumer/golden.f32" | diff tests/platforms/golden/checksum.txt - && echo "vcpkg: the golden image's integers"
