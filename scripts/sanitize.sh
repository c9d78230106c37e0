#!/usr/bin/env bash
# Runs the tests of the C interface under a sanitizer: sanitize.sh address|thread [TEST...], TEST handles, threads and so on.
# The program and the static libabbe share the run-time library that comes with rustc: gcc's own beside it clashes.
set -euo pipefail
cd "$(dirname "$0")/.."
usage='usage: scripts/sanitize.sh address|thread [TEST...]'
sanitizer="${1:?$usage}"
shift
host=x86_64-unknown-linux-gnu
sysroot=$(rustc --print sysroot)
standard=()
declare -A excluded=([little_memory]='limits the address space, of which the sanitizer reserves terabytes')
case $sanitizer in
address)
    runtime=asan
    standard=()
    export ASAN_OPTIONS="${ASAN_OPTIONS:-allocator_may_return_null=1}"
    ;;
thread)
    runtime=tsan
    excluded[fork]='starts threads in the child of a process that has threads, which the sanitizer does not support'
    # A lock orders two threads only where the sanitizer sees it, so the standard library is compiled with it as well.
    standard=(-Zbuild-std)
    if [ ! -d "$sysroot/lib/rustlib/src/rust/library" ]; then
        echo 'the source of the standard library is missing; run: rustup component add rust-src' >&2
        exit 2
    fi
    export TSAN_OPTIONS="${TSAN_OPTIONS:-allocator_may_return_null=1}"
    ;;
*)
    echo "$usage" >&2
    exit 2
    ;;
esac

RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=$sanitizer" cargo rustc --lib --crate-type staticlib --locked --target $host "${standard[@]}"
library=target/$host/debug/libabbe.a
programs=target/$host/sanitize-$sanitizer
mkdir -p "$programs"
[ $# -gt 0 ] || set -- $(basename -s .c tests/c/test_*.c | sed 's/^test_//')

failed=0
for test; do
    if [ -n "${excluded[$test]:-}" ]; then
        echo "SKIPPED $test: ${excluded[$test]}"
        continue
    fi
    program=$programs/$test
    gcc -std=c99 -g -O1 -fno-omit-frame-pointer -fsanitize="$sanitizer" -Iinclude -c "tests/c/test_$test.c" -o "$program.o"
    gcc -rdynamic "$program.o" "$library" -Wl,--whole-archive "$sysroot"/lib/rustlib/$host/lib/librustc-*_rt.$runtime.a \
        -Wl,--no-whole-archive -lpthread -ldl -lrt -lm -lgcc_s -o "$program"
    if ABBE_TEST_SMALL=1 "$program" >"$program.txt" 2>&1; then
        echo "ok $test"
    else
        echo "FAILED $test"
        cat "$program.txt"
        failed=1
    fi
done
exit $failed
