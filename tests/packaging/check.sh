#!/usr/bin/env bash
# Checks of the installed package: check.sh NAME PREFIX, NAME one of the functions below. Run in the root of the tree.
set -euo pipefail
root="$PWD"
prefix="$(realpath "$2")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
strict=(-Wall -Wextra -Wpedantic -Werror -I "$prefix/include")

# Each header compiles alone and twice, in every dialect.
headers() {
    printf '#include <abbe/abbe.h>\n#include <abbe/abbe.h>\nint main(void) { return abbe_version() == 0; }\n' >"$folder/c.c"
    for dialect in c99 c11 c17 c2x; do
        gcc -std=$dialect "${strict[@]}" -Wstrict-prototypes -c "$folder/c.c" -o "$folder/c.o"
    done
    cp "$folder/c.c" "$folder/c.cpp"
    printf '#include <abbe/abbe.hpp>\n#include <abbe/abbe.hpp>\nint main() { abbe::context context; }\n' >"$folder/cpp.cpp"
    for dialect in c++11 c++14 c++17 c++20; do
        g++ -std=$dialect "${strict[@]}" -Wshadow -Wconversion -c "$folder/c.cpp" -o "$folder/c.o"
        g++ -std=$dialect "${strict[@]}" -Wshadow -Wconversion -c "$folder/cpp.cpp" -o "$folder/c.o"
    done
    g++ -std=c++11 "${strict[@]}" -fsyntax-only -x c++ "$prefix/include/abbe/abbe.hpp" 2>"$folder/alone.txt" ||
        grep -v 'pragma once' "$folder/alone.txt"
    cmp include/abbe/abbe.h "$prefix/include/abbe/abbe.h"
}

# The library exports what the header declares and nothing else, and has the name for its interface.
symbols() {
    nm -D --defined-only "$prefix/lib/libabbe.so" | awk '{print $3}' | sort >"$folder/shared.txt"
    diff tests/abi/symbols.txt "$folder/shared.txt"
    nm -g --defined-only "$prefix/lib/libabbe.a" 2>/dev/null | awk '$3 ~ /^abbe_/ {print $3}' | sort -u >"$folder/static.txt"
    diff tests/abi/symbols.txt "$folder/static.txt"
    local version interface
    version="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)"
    case "$version" in 0.*) interface="${version%.*}" ;; *) interface="${version%%.*}" ;; esac
    readelf -d "$prefix/lib/libabbe.so" | grep -F "Library soname: [libabbe.so.$interface]"
    [ "$(readlink "$prefix/lib/libabbe.so")" = "libabbe.so.$interface" ]
    [ "$(readlink "$prefix/lib/libabbe.so.$interface")" = "libabbe.so.$version" ]
}

# The interface of the header against the one on record, tests/abi/abbe.abi: additions are fine, anything else is not.
interface() {
    describe "$prefix/include/abbe/abbe.h" "$folder/abbe.abi"
    if [ "${3:-}" = record ]; then
        cp "$folder/abbe.abi" tests/abi/abbe.abi
        return
    fi
    compatible tests/abi/abbe.abi "$folder/abbe.abi"
    # The check itself sees what it is there for.
    for change in 's/ABBE_CANCEL = 1/ABBE_CANCEL = 3/' 's/int32_t abbe_param_count/int64_t abbe_param_count/' \
        's/ABBE_API int32_t abbe_param_count(void);//' 's/ABBE_DTYPE_F16 = 3,//'; do
        sed "$change" "$prefix/include/abbe/abbe.h" >"$folder/changed.h"
        describe "$folder/changed.h" "$folder/changed.abi"
        if compatible tests/abi/abbe.abi "$folder/changed.abi" >/dev/null; then echo "$change was overlooked"; return 1; fi
    done
}

# describe HEADER ABI: what abidw knows of a library with the header's functions, and of its constants.
describe() {
    mkdir -p "$folder/include/abbe"
    cp "$1" "$folder/include/abbe/abbe.h"
    python3 tests/abi/stub.py "$1" >"$folder/stub.c"
    gcc -g -O0 -fPIC -shared -I "$folder/include" "$folder/stub.c" -o "$folder/libabbe.so"
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs "$folder/libabbe.so" >"$2"
}

# compatible OLD NEW: nothing went away or changed. abidiff's own answer lets changed constants and types pass.
compatible() {
    abidiff --harmless "$1" "$2" >"$folder/changes.txt" || true
    cat "$folder/changes.txt"
    [ ! -s "$folder/changes.txt" ] ||
        { grep -q '^Functions changes summary: 0 Removed, 0 Changed' "$folder/changes.txt" &&
            grep -q '^Variables changes summary: 0 Removed' "$folder/changes.txt" &&
            ! grep -qE 'enumerators? (deletion|change)' "$folder/changes.txt"; }
}

# find_package takes this version's interface and no other.
versions() {
    printf 'cmake_minimum_required(VERSION 3.16)\nproject(p C)\nfind_package(abbe ${WANTED} CONFIG REQUIRED)\n' \
        >"$folder/CMakeLists.txt"
    finds() { cmake -S "$folder" -B "$folder/build-$1" -DWANTED="$1" -DCMAKE_PREFIX_PATH="$prefix" >"$folder/log.txt" 2>&1; }
    for wanted in 0.1 0.1.0; do finds "$wanted" || { cat "$folder/log.txt"; return 1; }; done
    for wanted in 0.0.9 0.2 0.1.99 1.0; do
        if finds "$wanted"; then echo "version $wanted was accepted"; return 1; fi
        tr -s ' \n' ' ' <"$folder/log.txt" | grep -q 'compatible with requested version'
    done
}

# pkg-config's flags are enough for the shortest program, wherever the prefix is.
pkgconfig() {
    cp examples/c/minimal.c "$folder/main.c"
    export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
    pkg-config --validate abbe
    [ "$(pkg-config --modversion abbe)" = "$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)" ]
    # shellcheck disable=SC2046
    gcc "$folder/main.c" $(pkg-config --cflags --libs abbe) -o "$folder/shared"
    LD_LIBRARY_PATH="$prefix/lib" "$folder/shared"
    # shellcheck disable=SC2046
    gcc -DABBE_STATIC "$folder/main.c" $(pkg-config --cflags abbe) \
        $(pkg-config --static --libs abbe | sed 's/-labbe/-l:libabbe.a/') -o "$folder/static"
    "$folder/static"
    ! readelf -d "$folder/static" | grep -q libabbe
}

# The library without networks, $3: the same functions, the same bits of a deconvolution, and an answer where a network is asked for.
without_networks() {
    local name library
    library="$(realpath "$3")"
    name="$(readelf -d "$library" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')"
    ln -s "$library" "$folder/$name"
    nm -D --defined-only "$library" | awk '{print $3}' | sort | diff tests/abi/symbols.txt -
    gcc -std=c99 "${strict[@]}" tests/platforms/golden/golden.c -o "$folder/golden" -L "$prefix/lib" -labbe
    gcc -std=c99 "${strict[@]}" -I tests/c tests/packaging/without_networks.c -o "$folder/test" -L "$prefix/lib" -labbe
    LD_LIBRARY_PATH="$prefix/lib" "$folder/golden" "$folder/full.f32" >"$folder/full.txt"
    LD_LIBRARY_PATH="$folder" "$folder/golden" "$folder/small.f32" | tee "$folder/small.txt"
    cmp "$folder/full.txt" "$folder/small.txt"
    cmp "$folder/full.f32" "$folder/small.f32"
    LD_LIBRARY_PATH="$folder" "$folder/test"
}

"$1" "$@"
