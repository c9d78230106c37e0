"""Takes the image stacks out of flowdec's wheel: unpack.py WHEEL FOLDER."""

import pathlib
import sys
import zipfile

wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        path = pathlib.PurePosixPath(name)
        if path.suffix == ".tif" and path.parent.name.endswith("-25pct"):
            target = pathlib.Path(folder, path.parent.name, path.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
