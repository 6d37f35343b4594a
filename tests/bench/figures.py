"""How a figure is taken, and the table in which ours stands beside the peer's."""

import os
import re
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Cost:
    """What one run of a program took. `peak_kib` is the largest of its processes."""

    wall_ms: float
    peak_kib: int


def cost(*argv, stdin="", ok=(0,)):
    """Run a program and measure it. GNU time stands between, since a process that is forked by Python
    would have Python's memory as its own peak."""
    with tempfile.NamedTemporaryFile("r") as peak:
        command = ["time", "--quiet", "--format=%M", f"--output={peak.name}", *map(str, argv)]
        started = time.perf_counter()
        done = subprocess.run(command, input=stdin, capture_output=True, text=True)
        wall = (time.perf_counter() - started) * 1000
        if done.returncode not in ok:
            raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return Cost(wall, int(peak.read()))


def start_to_exit_ms(*argv):
    """Time of a short program, with nothing between it and us."""
    argv = [os.fsdecode(a) for a in argv]
    quiet = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1)]
    started = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=quiet)
    status = os.waitpid(pid, 0)[1]
    took = (time.perf_counter() - started) * 1000
    if status != 0:
        raise SystemExit(f"{' '.join(argv)}: status {status}")
    return took


def paired(ours, peer, runs):
    """Call two functions in turn, so that both meet the same noise; returns two lists."""
    return zip(*((ours(), peer()) for _ in range(runs)))


def medians(ours, peer):
    return statistics.median(ours), statistics.median(peer)


def instructions(*argv):
    """Instructions that a program executes in user space, in millions, by valgrind."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *map(str, argv)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1]) / 1e6


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


@dataclass
class Row:
    """One line of the table; `aim` is what the ratio, or ours without a peer, must not exceed."""

    figure: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    aim: str = ""

    def __str__(self):
        peer, ratio = "", ""
        if self.peer is not None:
            peer, ratio = f"{self.peer:.1f}", f"{self.ours / self.peer:.2f}"
        return (
            f"| {self.figure:42} | {self.unit:6} | {self.ours:9.1f} | {peer:>9} | {ratio:>5} "
            f"| {self.aim:8} | {self.peer_name} |"
        )


def print_table(rows):
    print(f"| {'figure':42} | unit   | {'ours':>9} | {'peer':>9} | ratio | aim      | peer |")
    print(f"|{'-' * 44}|--------|{'-' * 10}:|{'-' * 10}:|------:|----------|------|")
    for row in rows:
        print(row)
    print(f"\n{os.cpu_count()} processors; medians; every row's ours and peer ran in turn")
