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
# Blurred, a point of 60000 is at most 60000 / (2 pi 1.5^2) = 4244 bright; sharp again, half as bright again at least, and
# never brighter than all of its light in one pixel.
says() {
    awk '/^point-deconvolved: [0-9.]+ at most$/ && $2 > 1.5 * 4244 && $2 <= 60000 { found = 1 } END { exit !found }' "$folder/said.txt" ||
        { cat "$folder/said.txt"; return 1; }
}

# Fiji's launcher lays plugins/ onto the class path.
"${imagej[@]}" -Djava.awt.headless=true --add-opens java.base/java.lang=ALL-UNNAMED \
    -cp "$tests:$patcher:$javassist:$ij:$folder/plugins/*" abbe.imagej.Headless -batch "$folder/macro.ijm" >"$folder/said.txt"
says

# The same from Python, as PyImageJ would do it: the program of docs/imagej.md.
tools=build/tools/scyjava
[ -e "$tools/bin/python" ] || python3 -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check scyjava==1.12.5 jgo==3.2.0 jpype1==1.7.1 numpy==2.3.4 ||
    echo "SKIPPED: ImageJ from Python; scyjava cannot be had from PyPI"
if "$tools/bin/python" -c 'import jpype, numpy, scyjava' 2>/dev/null; then
    awk '/^## /{inside = /^## Scripts and Python/} inside && /^```/{fences++; next} inside && fences == 1' docs/imagej.md |
        sed "s#/opt/ImageJ#$folder#" >"$folder/program.py"
    JAVA_HOME="$(java -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.home = //p')" \
        "$tools/bin/python" "$folder/program.py" >"$folder/said.txt"
    awk '/^point-deconvolved [0-9.]+$/ && $2 > 1500 { found = 1 } END { exit !found }' "$folder/said.txt" || { cat "$folder/said.txt"; exit 1; }
fi

if command -v xvfb-run >/dev/null; then
    display=(xvfb-run -a -s '-screen 0 1280x900x24')
    "${display[@]}" "${imagej[@]}" -jar "$ij" -batch "$folder/macro.ijm" >"$folder/said.txt"
    says
    "${display[@]}" "${imagej[@]}" -cp "$tests:$ij" abbe.imagej.Recorded
else
    echo "SKIPPED: dialogs of the ImageJ plugin; xvfb-run is not there (package xvfb)"
fi
