#!/usr/bin/env bash
# Draws the figures of docs/imagej.md under a virtual display, after bindings/java/test.sh. Needs Xvfb (package xvfb).
set -euo pipefail
cd "$(dirname "$0")/../.."
version="$(sed -n '/<artifactId>ij</,/<version>/s/.*<version>\(.*\)<.*/\1/p' bindings/imagej/pom.xml)"
jars="$HOME/.m2/repository/net/imagej/ij/$version/ij-$version.jar"
classes="bindings/imagej/target/test-classes:$(ls bindings/imagej/target/Abbe_-*.jar)"
xvfb-run -a -s '-screen 0 1280x900x24' java -cp "$classes:$jars" abbe.imagej.Screenshots docs/figures
