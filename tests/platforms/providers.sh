#!/usr/bin/env bash
# Runs networks on execution providers that are libraries of their own, through libabbe, beside the CPU:
#
#   tests/platforms/providers.sh LIBABBE      in the root of the tree
#
# WebGPU's on a Vulkan in software, Debian's SwiftShader, since ONNX Runtime takes a graphics card for there that the system lists: in a
# mount namespace of its own /sys lists one. OpenVINO's on the CPU, which it takes from Intel only: elsewhere QEMU gives one.
set -euo pipefail
library="$(realpath "$1")" work="$PWD/build/providers"
python="$work/venv/bin/python" vulkan="$work/vulkan/usr/lib/chromium/vk_swiftshader_icd.json"
if [ ! -e "$vulkan" ]; then
    mkdir -p "$work/vulkan"
    (cd "$work/vulkan" && apt-get download -qq chromium-common && dpkg -x chromium-common_*.deb . && rm chromium-common_*.deb)
fi
if [ ! -e "$work/ready" ]; then
    python3 -m venv "$work/venv"
    "$python" -m pip install --quiet --disable-pip-version-check numpy onnxruntime==1.28.0 onnxruntime-ep-webgpu==0.4.0 \
        onnxruntime-ep-openvino==1.8.1
    touch "$work/ready"
fi
site="$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
export ABBE_LIBRARY="$library" ABBE_ONNXRUNTIME="$site/onnxruntime/capi" PYTHONPATH="$PWD/bindings/python/src:$site"
export OPENBLAS_NUM_THREADS=1
networks=(tests/data/network/{plain,shuffle_x3}.onnx)

echo "WebGPU on SwiftShader"
unshare --map-root-user --mount bash -c '
    mount -t tmpfs none /sys/class
    mkdir -p /sys/class/drm/card0/device
    echo 0x1ae0 >/sys/class/drm/card0/device/vendor
    echo 0xc0de >/sys/class/drm/card0/device/device
    VK_ICD_FILENAMES="$1" XDG_RUNTIME_DIR=/tmp exec "${@:2}"
' - "$vulkan" "$python" scripts/check_providers.py \
    "webgpu=$site/onnxruntime_ep_webgpu/libonnxruntime_providers_webgpu.so,WebGpuExecutionProvider" "${networks[@]}"

echo "OpenVINO on the CPU"
emulator=()
grep -q GenuineIntel /proc/cpuinfo || emulator=(qemu-x86_64 -cpu Skylake-Client-noTSX-IBRS)
"${emulator[@]}" "$(readlink -f "$python")" scripts/check_providers.py \
    "openvino=$site/onnxruntime_ep_openvino/libonnxruntime_providers_openvino_plugin.so,OpenVINOExecutionProvider" "${networks[@]}" \
    tests/data/network/{u_net,half}.onnx 2> >(grep -v "TCG doesn't support" >&2)
