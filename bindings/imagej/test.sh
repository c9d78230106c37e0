#!/usr/bin/env bash
# Runs the plugin where users have it, after bindings/java/test.sh: the macro of docs/imagej.md without a display as Fiji
# does it; and, where xvfb-run is (package xvfb), in an ImageJ with the jar in its folder plugins/, the same macro and what
# a user does in the dialogs: recorded, the recorded macro run again, dialogs filled from the image, and cancelled.
set -euo pipefail
cd "$(dirname "$0")/../.."
central="$HOME/.m2/repository"
version() { sed -n "/<artifactId>$1</,/<version>/s/.*<version>\(.*\)<.*/\1/p" bindings/imagej/pom.xml | head -n 1; }
ij="$central/net/imagej/ij/$(version ij)/ij-$(version ij).jar"
patcher="$central/net/imagej/ij1-patcher/$(version ij1-patcher)/ij1-patcher-$(version ij1-patcher).jar"
javassist="$(find "$central/org/javassist" -name 'javassist-*.jar' | sort | tail -n 1)"
jar="$(ls bindings/imagej/target/Abbe_-*.jar)"
tests=bindings/imagej/target/test-classes
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/plugins"
cp "$jar" "$folder/plugins"
# ImageJ's settings stay in the folder too.
imagej=(java "-Dplugins.dir=$folder" "-Dij.dir=$folder" "-Duser.home=$folder")

awk '/^## /{inside = /^## Macros/} inside && /^```/{fences++; next} inside && fences == 1' docs/imagej.md >"$folder/macro.ijm"
# A point of 5000 is not darker when it is sharper.
says() { grep -xE 'point-deconvolved: [5-9][0-9]{3}[.][0-9]+ at most' "$folder/said.txt" || { cat "$folder/said.txt"; return 1; }; }

# Fiji's launcher lays plugins/ onto the class path.
"${imagej[@]}" -Djava.awt.headless=true --add-opens java.base/java.lang=ALL-UNNAMED \
    -cp "$tests:$patcher:$javassist:$ij:$folder/plugins/*" abbe.imagej.Headless -batch "$folder/macro.ijm" >"$folder/said.txt"
says

if command -v xvfb-run >/dev/null; then
    display=(xvfb-run -a -s '-screen 0 1280x900x24')
    "${display[@]}" "${imagej[@]}" -jar "$ij" -batch "$folder/macro.ijm" >"$folder/said.txt"
    says
    "${display[@]}" "${imagej[@]}" -cp "$tests:$ij" abbe.imagej.Recorded
else
    echo "SKIPPED: dialogs of the ImageJ plugin; xvfb-run is not there (package xvfb)"
fi
