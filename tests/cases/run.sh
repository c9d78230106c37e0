#!/usr/bin/env bash
# Runs the small failing inputs that reports and users brought, kept outside the tree: run.sh PREFIX, the installed package.
# A script whose last line is FAIL, or that ends in an error, fails, except those that tests/cases/open.txt lists. Others
# whose last line is not OK are only run, as are the C programs.
set -uo pipefail
cases="${ABBE_SHARED:-../shared}/cases"
if [ ! -d "$cases" ]; then
    echo "SKIPPED: $cases is not there; set ABBE_SHARED to the folder of shared test data"
    exit 0
fi
if [ -z "${ABBE_ONNXRUNTIME:-}" ]; then
    echo "SKIPPED: the cases need ONNX Runtime"
    exit 0
fi
prefix="$(realpath "$1")"
cases="$(realpath "$cases")"
open="$PWD/tests/cases/open.txt"
venv="$PWD/build/cases/venv"
if ! cmp -s tests/cases/requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv" && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        -r tests/cases/requirements.txt && cp tests/cases/requirements.txt "$venv/" || exit 1
fi
export ABBE_LIBRARY="$prefix/lib/libabbe.so" PYTHONPATH="$PWD/bindings/python/src" PYTHONDONTWRITEBYTECODE=1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
failed=0

# judge NAME STATUS: by the exit status and the last line of what it printed.
judge() {
    local last result
    cat "$work/said.txt"
    last="$(tail -n 1 "$work/said.txt")"
    case "$last" in FAIL*) result=FAIL ;; OK*) result=OK ;; *) result=run ;; esac
    [ "$2" -eq 0 ] || result="FAIL (exit status $2)"
    if [[ $result == FAIL* ]]; then
        if grep -q "^$1 " "$open"; then result="$result, known"; else failed=1; fi
    elif [ $result = OK ] && grep -q "^$1 " "$open"; then
        result="OK: take it from tests/cases/open.txt"
    fi
    echo "CASE $1: $result"
}

for script in "$cases"/*.py "$cases"/networks/[0-9]*.py; do
    (cd "$work" && timeout 600 "$venv/bin/python" "$script") >"$work/said.txt" 2>&1
    judge "$(basename "$script" .py)" $?
done
for source in lastcancel.c round.c cancelpsf.c silent.cpp stepz.cpp repro_hot.cpp; do
    name="${source%.*}" arguments=()
    [ "$name" != cancelpsf ] || arguments=(2 8 64 0.05)
    compiler=(gcc)
    [[ $source != *.cpp ]] || compiler=(g++ -std=c++17)
    "${compiler[@]}" -O1 -w "$cases/c/$source" -I "$prefix/include" -L "$prefix/lib" -Wl,-rpath,"$prefix/lib" -labbe -lm \
        -lpthread -o "$work/$name" >"$work/said.txt" 2>&1 &&
        (cd "$work" && timeout 600 "./$name" "${arguments[@]}") >"$work/said.txt" 2>&1
    judge "$name" $?
done
exit $failed
