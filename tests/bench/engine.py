"""The engine's figures beside those of Debian's podman, the same image, in turn.

    bench engine [--runs N] [--bin FOLDER] [--peer-runtime PROGRAM] [--containers N]

Both have a store of their own in a temporary folder. Podman needs cgroupfs where systemd is not the
first process, and a runtime that takes the machine's cgroups (runc takes any). The aims are those of
the engine's issue.
"""

import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "engine"))

import containers  # noqa: E402
import figures  # noqa: E402

LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=10000:10000"]


class Atomic:
    def __init__(self, bin_dir, folder):
        self.command = [str(bin_dir / "atomic")]
        self.options = []
        os.environ.update(ATOMIC_ROOT=str(folder / "root"), ATOMIC_RUN_ROOT=str(folder / "run"),
                          ATOMIC_POLICY=str(folder / "policy.json"))
        (folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')


class Podman:
    def __init__(self, runtime, folder):
        self.command = ["podman", "--root", str(folder / "podman"), "--runroot",
                        str(folder / "podman-run"), "--cgroup-manager=cgroupfs", "--runtime", runtime]
        self.options = LIMITS


class Bench:
    def __init__(self, ours, peer, runs):
        self.ours, self.peer, self.runs = ours, peer, runs
        self.rows = []

    def must(self, engine, *words):
        done = subprocess.run([*engine.command, *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(engine.command)} {' '.join(words)}\n{done.stderr}")
        return done.stdout.strip()

    def took(self, engine, *words):
        return figures.start_to_exit_ms(shutil.which(engine.command[0]), *engine.command[1:], *words)

    def row(self, name, ours, peer, aim):
        ours, peer = statistics.median(ours), statistics.median(peer)
        self.rows.append((name, f"{ours:.1f} ms", f"{peer:.1f} ms", f"1/{peer / ours:.1f}", aim))

    def run_once(self, name, aim, *options):
        def once(engine):
            return self.took(engine, "run", "--rm", *engine.options, *options, "busybox", "true")
        for engine in (self.ours, self.peer):
            once(engine)
        self.row(name, *figures.paired(lambda: once(self.ours), lambda: once(self.peer), self.runs), aim)

    def life(self):
        """The same container through its life, so many of it."""
        times = {verb: ([], []) for verb in ("run -d", "exec", "stop", "rm")}
        for turn in range(self.runs):
            for side, engine in enumerate((self.ours, self.peer)):
                name = f"bench{turn}"
                times["run -d"][side].append(
                    self.took(engine, "run", "-d", "--name", name, "--network", "none",
                              *engine.options, "busybox", "sleep", "1000"))
                times["exec"][side].append(self.took(engine, "exec", name, "true"))
                times["stop"][side].append(self.took(engine, "stop", "-t", "0", name))
                times["rm"][side].append(self.took(engine, "rm", name))
        for verb, (ours, peer) in times.items():
            self.row(verb, ours, peer, "1/4")

    def list_many(self, count):
        for engine in (self.ours, self.peer):
            for i in range(count):
                self.must(engine, "create", "--name", f"many{i}", "--network", "none",
                          *engine.options, "busybox", "true")
        self.row(f"ps -a of {count}", *figures.paired(
            lambda: self.took(self.ours, "ps", "-a"), lambda: self.took(self.peer, "ps", "-a"),
            self.runs), "20 ms")

    def at_once(self, count):
        """Wall time of so many runs that are started together."""
        def together(engine):
            started = time.perf_counter()
            children = [subprocess.Popen([*engine.command, "run", "--rm", "--network", "none",
                                          *engine.options, "busybox", "true"],
                                         stdout=subprocess.DEVNULL) for _ in range(count)]
            if any([child.wait() for child in children]):
                raise SystemExit(f"{engine.command[0]}: one of {count} runs at once failed")
            return (time.perf_counter() - started) * 1000
        self.row(f"{count} run --rm at once", [together(self.ours)], [together(self.peer)], "")

    def help(self):
        docker = str(pathlib.Path(self.ours.command[0]).parent / "docker")
        ours, empty = zip(*((figures.start_to_exit_ms(docker, "--help"),
                             figures.start_to_exit_ms("/bin/true")) for _ in range(self.runs * 3)))
        self.rows.append(("docker --help over /bin/true",
                          f"{statistics.median(ours) - statistics.median(empty):.1f} ms", "", "",
                          "3 ms"))

    def memory(self):
        for engine, program in ((self.ours, "atomic-monitor"), (self.peer, "conmon")):
            self.must(engine, "run", "-d", "--name", "memory", "--network", "none", *engine.options,
                      "busybox", "sleep", "1000")
            yield private_kib(program, self.must(engine, "inspect", "-f", "{{.Id}}", "memory"))
            self.must(engine, "rm", "-f", "memory")


def private_kib(program, container):
    """Private memory of the process of this name that has the container's id among its arguments."""
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes().split(b"\0")
            if command[0].endswith(program.encode()) and container.encode() in command:
                text = (path / "smaps_rollup").read_text()
                return sum(map(int, re.findall(r"Private_\w+:\s+(\d+)", text)))
        except OSError:
            pass
    raise SystemExit(f"no {program} for {container}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--peer-runtime", default="runc")
    parser.add_argument("--containers", type=int, default=500)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="atomic-bench-"))
    folder.chmod(0o755)
    ours, peer = Atomic(options.bin.resolve(), folder), Podman(options.peer_runtime, folder)
    bench = Bench(ours, peer, options.runs)
    try:
        archive = containers.make_archive(folder / "busybox.tar")
        bench.must(ours, "import", str(archive), "busybox")
        bench.must(peer, "import", str(archive), "busybox")
        bench.run_once("run --rm, no network", "1/20", "--network", "none")
        bench.life()
        bench.at_once(8)
        bench.help()
        memory = list(bench.memory())
        bench.rows.append(("private memory a container", f"{memory[0]} KiB", f"{memory[1]} KiB",
                           f"1/{memory[1] / memory[0]:.1f}", "1024 KiB"))
        if options.containers:
            bench.list_many(options.containers)
    finally:
        for engine in (ours, peer):
            subprocess.run([*engine.command, "rm", "-f", *subprocess.run(
                [*engine.command, "ps", "-aq"], capture_output=True, text=True,
                check=False).stdout.split()], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{'':30}{'atomic':>12}{'podman':>12}{'ratio':>9}   aim")
    for row in bench.rows:
        print(f"{row[0]:30}{row[1]:>12}{row[2]:>12}{row[3]:>9}   {row[4]}")


if __name__ == "__main__":
    main()
