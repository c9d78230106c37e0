# Sourced by the test scripts of Python packages, with `here`, the folder of the package, `name`, that of its build folder, and `packages`. Builds libabbe
# unless ABBE_LIBRARY names one, then wheels of the folders in `packages`, and installs them into a virtual environment with
# what requirements-test.txt asks for; `build` is the folder of that environment, `pip` its pip.
root=$(cd "$here/../.." && pwd)
build=${CARGO_TARGET_DIR:-$root/target}/$name
mkdir -p "$build"

pip() { "$build/venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }

if [ -z "${ABBE_LIBRARY:-}" ]; then
    (cd "$root" && cargo build --release --lib)
    export ABBE_LIBRARY=${CARGO_TARGET_DIR:-$root/target}/release/libabbe.so
fi
if ! cmp -s "$here/requirements-test.txt" "$build/venv/requirements-test.txt"; then
    rm -rf "$build/venv"
    python3 -m venv "$build/venv"
    pip install -r "$here/requirements-test.txt"
    cp "$here/requirements-test.txt" "$build/venv/"
fi
rm -rf "$build/wheel"
pip wheel --no-deps --no-build-isolation --wheel-dir "$build/wheel" "${packages[@]}"
pip install --no-deps --force-reinstall "$build"/wheel/*.whl
# The tests are of what the wheels installed, with the library that one carries.
unset ABBE_LIBRARY
cd "$here"
