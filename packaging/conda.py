"""Builds a filled conda recipe with rattler-build, and the consumer against what the package holds: conda.py RECIPE FOLDER."""

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import rattler_build

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent / "tests" / "platforms" / "golden"
recipe, folder = Path(sys.argv[1]), Path(sys.argv[2])
# Nothing is needed from any channel; an empty one keeps the network out of it.
channel = folder / "channel"
for platform in ("noarch", "linux-64", "linux-aarch64"):
    (channel / platform).mkdir(parents=True, exist_ok=True)
    (channel / platform / "repodata.json").write_text(json.dumps({"packages": {}, "packages.conda": {}}))
(variant,) = rattler_build.Stage0Recipe.from_file(recipe).render()
built = variant.run_build(channels=[channel.as_uri()], output_dir=folder / "conda", package_format="tar.bz2")
(package,) = built.packages
prefix = folder / "conda-prefix"
shutil.rmtree(prefix, ignore_errors=True)
with tarfile.open(package) as archive:
    archive.extractall(prefix, filter="fully_trusted")
program, source = folder / "conda-consumer", folder / "conda-source"
shutil.copytree(HERE / "consumer", source, dirs_exist_ok=True)
shutil.copy(GOLDEN / "golden.c", source)
shutil.rmtree(program, ignore_errors=True)
commands = [
    ["cmake", "-S", str(source), "-B", str(program), f"-DCMAKE_PREFIX_PATH={prefix}"],
    ["cmake", "--build", str(program)],
    [str(program / "consumer")],
    [str(program / "golden"), str(program / "golden.f32")],
]
*_, works, checksum = (subprocess.run(command, check=True, capture_output=True, text=True).stdout for command in commands)
assert checksum == (GOLDEN / "checksum.txt").read_text(), checksum
print(f"conda, {Path(package).name}: {works.strip()}, with the golden image's integers")
