#!/usr/bin/env bash
# Compiles the C code of a page as one program against the installed package, and runs it: page.sh PAGE PREFIX.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
awk '/^```c$/ { code = 1; next } /^```$/ { code = 0 } code' "$1" >"$folder/page.c"
cc -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror -I "$2/include" "$folder/page.c" -o "$folder/page" \
    -L "$2/lib" -Wl,-rpath,"$2/lib" -labbe -lm
"$folder/page"
