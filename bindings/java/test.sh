#!/usr/bin/env bash
# Builds libabbe and the JNI library, lays them where the jars take them from, tests and packages both Java modules with
# their Javadoc, and tries the plugin in ImageJ itself.
#
#   bindings/java/test.sh               build, test, package (the profile is $PROFILE, "dev" when not set)
#   bindings/java/test.sh --natives     build and lay the native libraries only
#   bindings/java/test.sh --large       an image of 2.2 GB, after the tests; takes 5 GB of memory
#
# Needs cargo, a JDK of 9 or later and Maven 3.6 or later.
set -euo pipefail
cd "$(dirname "$0")/../.."

profile="${PROFILE:-dev}"
folder="$profile"; [ "$profile" = dev ] && folder=debug
target="${CARGO_TARGET_DIR:-target}/$folder"
cargo build --quiet --profile "$profile" --lib -p abbe -p abbe-jni

case "$(uname -s)" in
    Linux) os=linux; extension=so; prefix=lib ;;
    Darwin) os=macos; extension=dylib; prefix=lib ;;
    *) os=windows; extension=dll; prefix= ;;
esac
cpu="$(uname -m)"; [ "$cpu" = arm64 ] && cpu=aarch64
natives="bindings/java/target/native-libraries/natives/$os-$cpu"
mkdir -p "$natives"
for library in abbe abbe_jni; do
    file="$prefix$library.$extension"
    # Only what changed: a jar of libraries with debug information would be ten times as large.
    if [ "$target/$file" -nt "$natives/$file" ]; then
        cp "$target/$file" "$natives/$file.part"
        [ "$os" = linux ] && strip --strip-debug "$natives/$file.part"
        mv "$natives/$file.part" "$natives/$file"
    fi
done
[ "${1:-}" = --natives ] && exit

# Java takes its user's folder from the system, not from HOME, where the scripts look for what Maven got.
maven=(mvn -q -B -f bindings/pom.xml "-Dmaven.repo.local=$HOME/.m2/repository" "-Dabbe.library.path=$PWD/$natives")
if [ "${1:-}" = --large ]; then
    jar="$(ls bindings/java/target/abbe-java-*[0-9].jar)"
    exec java -Xmx2600m "-Dabbe.library.path=$PWD/$natives" -cp "bindings/java/target/test-classes:$jar" abbe.LargeImage
fi
"${maven[@]}" package
bindings/imagej/test.sh
