# Programs for aarch64 Linux by zig, run by QEMU; ABBE_TOOLS has zig's scripts, ABBE_ROOT is the folder with the system's libraries.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER $ENV{ABBE_TOOLS}/cc-aarch64-linux)
set(CMAKE_CXX_COMPILER $ENV{ABBE_TOOLS}/c++-aarch64-linux)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L $ENV{ABBE_ROOT})
