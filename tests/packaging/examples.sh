#!/usr/bin/env bash
# Runs the example hosts on a phantom: both give the same stack, it is nearer to the truth, and bad input is told of.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
sharpen=build/examples/sharpen
python3 tools/phantom.py "$folder"

"$sharpen" "$folder/data.tif" "$folder/c.tif" --psf "$folder/kernel.tif" --truth "$folder/actual.tif" \
    --picture "$folder/both.png" --report "$folder/report.json" | tee "$folder/said.txt"
awk '/^correlation/ { found = 1; exit !($4 > $2 + 0.1) } END { if (!found) exit 1 }' "$folder/said.txt"
python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$folder/report.json"
[ "$(head -c 4 "$folder/both.png" | tail -c 3)" = PNG ]

build/examples/sharpen_cpp "$folder/data.tif" "$folder/kernel.tif" "$folder/cpp.tif"
cmp "$folder/c.tif" "$folder/cpp.tif"

# A result explains the raw image that it was made of, and not another.
trust=build/examples/trust
"$trust" "$folder/data.tif" "$folder/c.tif" "$folder/trust.png" "$folder/kernel.tif" | tee "$folder/said.txt"
awk '/^rsp/ { rsp = $2 } /^greatest suspicion/ { suspicion = $3 } /^resolution/ { resolution = $5 }
    END { exit !(rsp > 0.8 && suspicion < 1 && resolution > 2) }' "$folder/said.txt"
[ "$(head -c 4 "$folder/trust.png" | tail -c 3)" = PNG ]
"$trust" "$folder/actual.tif" "$folder/data.tif" "$folder/trust.png" | awk '/^rsp/ { exit !($2 < 0.8) }'

# Optics in physical units.
"$sharpen" "$folder/data.tif" "$folder/optics.tif" --na 1.2 --wavelength 525 --pixel 100 --step 250 --immersion 1.33 --iterations 5
build/examples/sharpen_cpp "$folder/data.tif" 1.2,525,100,250 "$folder/optics.tif"

fails() {
    local text="$1"
    shift
    if "$@" >"$folder/said.txt" 2>&1; then echo "$* did not fail"; return 1; fi
    grep -F -e "$text" "$folder/said.txt"
}
fails usage "$sharpen"
fails usage "$sharpen" in.tif out.tif --no-such-option 3
fails "cannot be opened" "$sharpen" "$folder/none.tif" "$folder/o.tif" --psf "$folder/kernel.tif"
fails "cannot be opened" "$sharpen" "$folder/data.tif" "$folder/o.tif" --psf "$folder/report.json"
fails "psf.numerical_aperture" "$sharpen" "$folder/data.tif" "$folder/o.tif" --na 7
fails "must have the extents of raw" "$trust" "$folder/data.tif" "$folder/kernel.tif" "$folder/o.png"
fails "psf." "$sharpen" "$folder/data.tif" "$folder/o.tif" --na 1.2

# The denoiser, with the network where ONNX Runtime is there: the light stays, the noise between neighbours goes.
models=("")
[ -z "${ABBE_ONNXRUNTIME:-}" ] || models+=(models/abbe-denoise.zip)
for model in "${models[@]}"; do
    build/examples/denoise examples/data/leaf.tif "$folder/leaf.tif" --picture "$folder/leaf.png" ${model:+--model "$model"} |
        tee "$folder/said.txt"
    awk '/^flux in/ { before = $3 } /^flux out/ { exit !($3 > 0.99 * before && $3 < 1.01 * before) }' "$folder/said.txt"
    [ "$(head -c 4 "$folder/leaf.png" | tail -c 3)" = PNG ]
done
fails "cannot be read" build/examples/denoise examples/data/leaf.tif "$folder/o.tif" --model "$folder/none.zip"

# A camera that is too fast: the account adds up, or the program fails.
build/examples/stream 64 2000 100000 5 | tee "$folder/said.txt"
grep -q '^submitted' "$folder/said.txt"
fails usage build/examples/stream 0
