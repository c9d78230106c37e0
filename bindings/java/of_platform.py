#!/usr/bin/env python3
"""Makes a jar for each platform of the one that has the libraries of all: of_platform.py abbe-java-VERSION.jar FOLDER

They lie in FOLDER as abbe-java-VERSION-OS-CPU.jar; OS-CPU is the classifier that Maven knows them by.
"""

import copy
import sys
import zipfile
from pathlib import Path

jar, folder = map(Path, sys.argv[1:])
with zipfile.ZipFile(jar) as whole:
    entries = whole.infolist()
    platforms = sorted({entry.filename.split("/")[1] for entry in entries if entry.filename.startswith("natives/")} - {""})
    for platform in platforms:
        with zipfile.ZipFile(folder / f"{jar.stem}-{platform}.jar", "w") as out:
            for entry in entries:
                if not entry.filename.startswith("natives/") or entry.filename.startswith(f"natives/{platform}/"):
                    # Writing an entry tells it where it lies now.
                    out.writestr(copy.copy(entry), whole.read(entry))
