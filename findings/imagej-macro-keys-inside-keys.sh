#!/usr/bin/env bash
# ImageJ 1.54p (net.imagej:ij), ij.Macro.getValue(), by which dialogs read the options of a macro's run("...", "key=value ...").
#
# Guessed: a key is found as a whole word, so the order of options does not matter.
# Seen (2026-11-29): a key is also found at the end of a longer one. "pixel_size" of "bead_pixel_size=40 pixel_size=65" is 40, of
# "pixel_size=65 bead_pixel_size=40" it is 65, and of "bead_pixel_size=40" alone it is 40 instead of missing.
# A plugin therefore must not give a field a name that another field's name ends with.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mvn --quiet --batch-mode dependency:copy -Dartifact=net.imagej:ij:1.54p -DoutputDirectory=.
cat > Keys.java <<'JAVA'
public class Keys {
    public static void main(String[] arguments) {
        for (String options : new String[] {"bead_pixel_size=40 pixel_size=65 ", "pixel_size=65 bead_pixel_size=40 ", "bead_pixel_size=40 "}) {
            System.out.println("\"" + options.trim() + "\": pixel_size is " + ij.Macro.getValue(options, "pixel_size", "missing"));
        }
    }
}
JAVA
javac -cp ij-1.54p.jar Keys.java
java -Djava.awt.headless=true -cp ij-1.54p.jar:. Keys | tee seen
cat > expected <<'TEXT'
"bead_pixel_size=40 pixel_size=65": pixel_size is 40
"pixel_size=65 bead_pixel_size=40": pixel_size is 65
"bead_pixel_size=40": pixel_size is 40
TEXT
diff expected seen
echo "as found"
