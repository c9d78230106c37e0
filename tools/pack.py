"""Packs a folder so that the same files give the same bytes: pack.py FOLDER ARCHIVE, .zip or .tar.gz.

Names are in order, times are one, owners are none; symbolic links stay links, and are copies in a .zip.
"""

import gzip
import sys
import tarfile
import zipfile
from pathlib import Path

TIME = (2026, 1, 1, 0, 0, 0)
SECONDS = 1767225600


def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = SECONDS, 0, 0, "", ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


folder, archive = map(Path, sys.argv[1:])
files = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
if archive.suffix == ".zip":
    with zipfile.ZipFile(archive, "w") as out:
        for path in files:
            entry = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", TIME)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            out.writestr(entry, path.read_bytes())
else:
    with open(archive, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as out:
            for path in files:
                out.add(path, f"{folder.name}/{path.relative_to(folder)}", filter=plain)
