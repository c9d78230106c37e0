#!/usr/bin/env bash
# Draws the figures of docs/imagej.md under a virtual display, after bindings/java/test.sh. Needs Xvfb (package xvfb).
set -euo pipefail
cd "$(dirname "$0")/../.."
jars="$(find "$HOME/.m2/repository/net/imagej/ij" -name 'ij-*.jar' | sort | tail -1)"
classes="bindings/imagej/target/test-classes:$(ls bindings/imagej/target/Abbe_-*.jar)"
xvfb-run -a -s '-screen 0 1280x900x24' java -cp "$classes:$jars" abbe.imagej.Screenshots docs/figures
