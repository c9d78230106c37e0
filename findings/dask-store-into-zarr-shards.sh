#!/usr/bin/env bash
# dask 2026.8.0 and zarr 3.1.6: dask.array.store(lock=False) into a sharded array whose chunks are exactly dask's chunks.
#
# Guessed: every task writes whole Zarr chunks of its own, so no lock is needed, as in an array without shards.
# Seen (2026-11-29): what is written at once is the shard. Threads that write different chunks of one shard read it, change it and write it back
# over each other: 70 % of the samples are lost, without an error. Nothing is lost without shards, with lock=True, or by dask.array.to_zarr,
# which joins chunks to shards first.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 dask==2026.8.0 zarr==3.1.6
"$folder/venv/bin/python" - "$folder" <<'PY'
import sys
import dask, dask.array, zarr

print("dask", dask.__version__, "zarr", zarr.__version__)
image = dask.array.ones((1024, 1024), chunks=(64, 64), dtype="u2")

def lost(name, shards, write):
    target = zarr.create_array(f"{sys.argv[1]}/{name}.zarr", shape=image.shape, chunks=(64, 64), shards=shards, dtype="u2", fill_value=0)
    write(target)
    share = float((target[:] == 0).mean())
    print(f"{name:28} lost {100 * share:5.1f} % of the samples")
    return share

store = lambda lock: lambda target: dask.array.store(image, target, lock=lock, scheduler="threads", num_workers=8)
assert lost("no shards, lock=False", None, store(False)) == 0
assert lost("shards, lock=True", (512, 512), store(True)) == 0
assert lost("shards, to_zarr", (512, 512), lambda target: dask.array.to_zarr(image, target)) == 0
assert lost("shards, lock=False", (512, 512), store(False)) > 0.05
print("as found")
PY
