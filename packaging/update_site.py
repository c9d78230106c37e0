#!/usr/bin/env python3
"""Adds the plugin's jar to the folder of an update site of Fiji: packaging/update_site.py SITE bindings/imagej/target/Abbe_-0.1.0.jar

SITE is then what a server shows: the index `db.xml.gz` and `plugins/NAME.jar-TIME`, the time being that of the file, in UTC. What the
index had as the newest version stays in it as an older one, by which Fiji knows which files it may replace. The index and its
checksums are as imagej-updater 2.0 writes and reads them (XMLFileWriter, UpdaterUtil.getJarDigest).
"""

import gzip
import hashlib
import re
import sys
import time
import xml.etree.ElementTree as xml
import zipfile
from pathlib import Path

# The part of the format that a site with plugins and without dependencies needs.
DOCTYPE = """<!DOCTYPE pluginRecords [
<!ELEMENT pluginRecords (plugin*)>
<!ELEMENT plugin (version?, previous-version*)>
<!ELEMENT version (description?, link*, author*)>
<!ELEMENT previous-version EMPTY>
<!ELEMENT description (#PCDATA)>
<!ELEMENT link (#PCDATA)>
<!ELEMENT author (#PCDATA)>
<!ATTLIST plugin filename CDATA #REQUIRED>
<!ATTLIST version checksum CDATA #REQUIRED timestamp CDATA #REQUIRED filesize CDATA #REQUIRED>
<!ATTLIST previous-version filename CDATA #IMPLIED timestamp CDATA #REQUIRED timestamp-obsolete CDATA #IMPLIED
    checksum CDATA #REQUIRED>
]>
"""


def checksum(jar: Path) -> str:
    """SHA-1 of names and contents in the order of the names, without comments in properties and without the manifest's lines."""
    digest = hashlib.sha1()
    with zipfile.ZipFile(jar) as archive:
        for name in sorted(archive.namelist()):
            content = archive.read(name)
            if name.endswith(".properties"):
                content = re.sub(rb"(?m)^#.*\n?", b"", content)
            elif name == "META-INF/MANIFEST.MF":
                content = b""
            digest.update(name.encode("ascii"))
            digest.update(content)
    return digest.hexdigest()


def add(site: Path, jar: Path) -> None:
    index, stem = site / "db.xml.gz", jar.name.split("-")[0]
    records = xml.fromstring(gzip.decompress(index.read_bytes())) if index.exists() else xml.Element("pluginRecords")
    stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(jar.stat().st_mtime))
    name, digest = f"plugins/{jar.name}", checksum(jar)
    # One record for all versions of a file, under the newest name.
    record = next((one for one in records if one.get("filename", "").startswith(f"plugins/{stem}-")), None)
    if record is None:
        record = xml.SubElement(records, "plugin")
    newest = record.find("version")
    if newest is not None:
        if newest.get("checksum") == digest:
            sys.exit(f"{name} is in the site already")
        older = {"filename": record.attrib["filename"], "timestamp": newest.attrib["timestamp"]}
        xml.SubElement(record, "previous-version", older, **{"timestamp-obsolete": stamp, "checksum": newest.attrib["checksum"]})
        record.remove(newest)
    record.set("filename", name)
    version = xml.Element("version", checksum=digest, timestamp=stamp, filesize=str(jar.stat().st_size))
    xml.SubElement(version, "description").text = "Deconvolution, denoising and networks for microscope images"
    xml.SubElement(version, "author").text = "abbe contributors"
    record.insert(0, version)
    (site / "plugins").mkdir(parents=True, exist_ok=True)
    (site / f"{name}-{stamp}").write_bytes(jar.read_bytes())
    xml.indent(records, "    ")
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{DOCTYPE}{xml.tostring(records, encoding="unicode")}\n'
    index.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{name}-{stamp}: {digest}")


add(Path(sys.argv[1]), Path(sys.argv[2]))
