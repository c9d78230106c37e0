"""One frame of 2048 x 2048 u16 through C, Python and Java's direct buffers: three processes that take turns.

    cargo build --release --lib -p abbe -p abbe-jni && bindings/java/test.sh && python3 bindings/compare/compare.py

Needs a C compiler, a JDK, NumPy, and target/release; takes about a minute. Each turn is one execute on one thread of a
plan prepared before, timed from the request to the answer, in processor time of the whole process (user and system, all
threads, from /proc) and on the wall. Turns are interleaved and begin with another host each round, so that what else the
machine does meets all three alike. Printed are medians, medians of the ratios within a round, and the least processor time,
which other programs on the machine disturb the least.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "bindings" / "compare"
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
WARMING = 5
ROUNDS = {"background": 200, "deconvolve": 30}


class Host:
    """A process that executes once per line."""

    def __init__(self, command: list[str], **variables: str) -> None:
        environment = {**os.environ, **variables}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, bufsize=1
        )

    def turn(self) -> tuple[float, float, str]:
        """Milliseconds of processor and of wall time of one execute, and what it answered."""
        assert self.process.stdin and self.process.stdout
        processor, begun = self.processor_ms(), time.perf_counter()
        self.process.stdin.write("\n")
        answer = self.process.stdout.readline().strip()
        wall = (time.perf_counter() - begun) * 1e3
        if not answer:
            sys.exit(f"{self.process.args} ended")
        return self.processor_ms() - processor, wall, answer

    def processor_ms(self) -> float:
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6

    def end(self) -> None:
        self.process.communicate()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        program, classes = f"{folder}/frame", ROOT / "bindings" / "java" / "target" / "classes"
        link = [f"-L{RELEASE}", "-labbe", f"-Wl,-rpath,{RELEASE}"]
        compile_c = ["cc", "-O2", f"-I{ROOT / 'include'}", "-o", program, str(HERE / "frame.c"), *link]
        # The binary's name of the library is that of its interface, which the build's folder lacks.
        os.symlink(RELEASE / "libabbe.so", f"{folder}/{soname()}")
        subprocess.run(compile_c, check=True)
        subprocess.run(["javac", "-cp", str(classes), "-d", folder, str(HERE / "Frame.java")], check=True)
        java = ["java", f"-Dabbe.library.path={RELEASE}", "-cp", f"{folder}:{classes}:{json_jar()}", "Frame"]
        python = [sys.executable, str(HERE / "frame.py")]
        variables = {"ABBE_LIBRARY": str(RELEASE / "libabbe.so"), "PYTHONPATH": str(ROOT / "bindings" / "python" / "src")}
        for kind, rounds in ROUNDS.items():
            told = [kind, "2048"]
            compare(
                kind,
                rounds,
                {
                    "C": Host([program, *told], LD_LIBRARY_PATH=folder),
                    "Python": Host([*python, *told], **variables),
                    "Java": Host([*java, *told]),
                },
            )


def compare(kind: str, rounds: int, hosts: dict[str, Host]) -> None:
    for _ in range(WARMING):
        if len({host.turn()[2] for host in hosts.values()}) != 1:
            sys.exit("the hosts do not give the same image")
    names = list(hosts)
    turns: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for number in range(rounds):
        for at in range(len(names)):
            name = names[(at + number) % len(names)]
            processor, wall, _ = hosts[name].turn()
            turns[name].append((processor, wall))
    print(f"{kind}, 2048 x 2048 u16, one thread, {rounds} rounds, load {os.getloadavg()[0]:.1f}")
    for name in names:
        processor, wall = (median(turn[measure] for turn in turns[name]) for measure in (0, 1))
        ratios = [
            median(own[measure] / bare[measure] for own, bare in zip(turns[name], turns["C"])) for measure in (0, 1)
        ]
        least = {one: min(turn[0] for turn in turns[one]) for one in (name, "C")}
        print(
            f"  {name:7s} processor {processor:8.2f} ms ({ratios[0]:.3f} of C), "
            f"least {least[name]:8.2f} ms ({least[name] / least['C']:.3f})   "
            f"wall {wall:8.2f} ms ({ratios[1]:.3f})",
            flush=True,
        )
    for host in hosts.values():
        host.end()


def soname() -> str:
    described = subprocess.run(["readelf", "-d", RELEASE / "libabbe.so"], check=True, capture_output=True, text=True)
    return described.stdout.split("Library soname: [")[1].split("]")[0]


def json_jar() -> Path:
    return max((Path.home() / ".m2/repository/org/json/json").glob("*/json-*.jar"))


if __name__ == "__main__":
    main()
