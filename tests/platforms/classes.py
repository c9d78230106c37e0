"""Whether the classes of jars have at most a version, which says from which Java on they are read: classes.py 52 JAR..."""

import struct
import sys
import zipfile

for jar in sys.argv[2:]:
    with zipfile.ZipFile(jar) as archive:
        names = [name for name in archive.namelist() if name.endswith(".class") and not name.startswith("META-INF/versions/")]
        newest = max(struct.unpack(">IHH", archive.read(name)[:8])[2] for name in names)
    if newest > int(sys.argv[1]):
        sys.exit(f"{jar} has classes of version {newest}; they must be of {sys.argv[1]} at most")
    print(f"{jar}: {len(names)} classes of version {newest} at most")
