"""The container runtime's figures beside crun's, runc's and a floor's (runtime-floor.c).

    bench runtime [--runs N] [--bin FOLDER] [--quick] [--writable]

One bundle for all: static busybox with what Docker gives a container. Everything runs in a mount
namespace of its own: the programs' file systems are read-only there, as on an immutable host
(--writable leaves them as they are: then ours and crun make a read-only copy of themselves first),
and an empty version 2 hierarchy beside version 1 is unmounted, since Debian's crun refuses it.
"""

import argparse
import json
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
sys.path.insert(0, str(HERE.parent / "runtime"))

import figures  # noqa: E402
import oci  # noqa: E402

INSIDE = "ATOMIC_BENCH_INSIDE"
STATES = pathlib.Path("/run")
LIMITS_KIB = [96, 128, 160, 192, 224, 256, 288, 320, 384, 448, 512, 768, 1024, 2048, 3072, 4096, 6144, 8192]


def enter_namespace(writable, folder):
    """Run again in a mount namespace with read-only programs and only version 1 cgroups."""
    steps = ["mount --make-rprivate /", "! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified"]
    if not writable:
        steps += [f"mount --bind {path} {path} && mount -o remount,bind,ro {path}"
                  for path in ("/usr", folder)]
    # Where engines keep their containers' states, too, is memory.
    steps += [f"mount -t tmpfs tmpfs {STATES}"]
    script = " && ".join(steps) + ' && exec "$@"'
    os.environ[INSIDE] = "yes"
    os.execvp("unshare", ["unshare", "--mount", "sh", "-c", script, "sh", sys.executable,
                          *sys.argv])


class Taken:
    """What one run took, its children with it."""

    def __init__(self, argv):
        quiet = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1)]
        started = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=quiet)
        _, status, usage = os.wait4(pid, 0)
        self.wall_ms = (time.perf_counter() - started) * 1000
        self.cpu_ms = (usage.ru_utime + usage.ru_stime) * 1000
        self.ok = status == 0
        self.argv = argv

    def must(self):
        if not self.ok:
            raise SystemExit(f"failed: {' '.join(self.argv)}")
        return self


class Runtime:
    """One of those that are compared. `run` is a whole container, from start to exit."""

    def __init__(self, name, program, bench):
        self.name, self.program, self.bench = name, program, bench
        self.root = STATES / f"atomic-bench-{name}"
        self.count = 0
        self.staying = set()

    def argv(self, *args):
        return [self.program, "--root", str(self.root), *map(str, args)]

    def id(self):
        self.count += 1
        return f"bench-{self.name}-{os.getpid()}-{self.count}"

    def run_argv(self, bundle="true"):
        return self.argv("run", "--bundle", self.bench.bundles[bundle], self.id())

    def start(self, name):
        """A container that stays."""
        self.staying.add(name)
        subprocess.run(self.argv("run", "--detach", "--bundle", self.bench.bundles["sleep"], name),
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=True)

    def remove(self, name):
        self.staying.discard(name)
        subprocess.run(self.argv("delete", "--force", name), check=False, capture_output=True)


class Floor(Runtime):
    def run_argv(self, bundle="true"):
        return [self.program, "-c", self.id(), str(self.bench.rootfs), "/bin/true"]


class BareFloor(Runtime):
    """Without cgroups."""

    def run_argv(self, bundle="true"):
        return [self.program, str(self.bench.rootfs), "/bin/true"]


class Bench:
    def __init__(self, folder, programs):
        self.folder = folder
        self.rootfs = oci.make_rootfs(folder / "rootfs")
        self.bundles = {}
        self.add("true", oci.docker_config("/bin/true"))
        self.add("sleep", oci.docker_config("/bin/sleep", "1000"))
        bare = oci.docker_config("/bin/true")
        del bare["linux"]["seccomp"]
        self.add("unfiltered", bare)
        floor = folder / "floor"
        subprocess.run(["cc", "-O2", "-o", floor, HERE / "runtime-floor.c"], check=True)
        subprocess.run(["cc", "-O2", "-x", "c", "-o", folder / "empty", "-"], check=True, text=True,
                       input="int main (void) { return 0; }")
        self.ours = Runtime("ours", str(programs / "atomic-runtime"), self)
        self.peers = [Runtime(name, shutil.which(name), self) for name in ("crun", "runc")
                      if shutil.which(name)]
        self.floor = Floor("floor", str(floor), self)
        self.bare_floor = BareFloor("bare", str(floor), self)
        self.runtimes = [self.ours, *self.peers]
        self.all = [*self.runtimes, self.floor, self.bare_floor]
        self.rows = []

    def add(self, name, config):
        self.bundles[name] = str(oci.make_bundle(self.folder / f"bundle-{name}", config, self.rootfs))

    def row(self, figure, unit, values, aim=""):
        """`values` by runtime; missing ones are left empty."""
        self.rows.append((figure, unit, values, aim))
        print(".", end="", file=sys.stderr, flush=True)

    def in_turn(self, runs, argv_of, runtimes=None):
        """Runs of each, in turn, so that all meet the same noise."""
        taken = {r: [] for r in runtimes or self.all}
        for r in taken:
            Taken(argv_of(r)).must()
        for _ in range(runs):
            for r, list_ in taken.items():
                list_.append(Taken(argv_of(r)).must())
        return taken

    def start_to_exit(self, runs):
        taken = self.in_turn(runs, lambda r: r.run_argv())
        for what, key in ("CPU", "cpu_ms"), ("wall", "wall_ms"):
            for how, pick in ("median", statistics.median), ("least", min):
                self.row(f"run /bin/true: {what}, {how}", "ms",
                         {r: pick(getattr(t, key) for t in list_) for r, list_ in taken.items()},
                         {"CPUmedian": "crun/5", "wallmedian": "2 floors"}.get(what + how, ""))

    def filter_cost(self, runs):
        """With the profile and without it in turn, so that both meet the same noise."""
        kinds = "true", "unfiltered"
        taken = {(r, kind): [] for r in self.runtimes for kind in kinds}
        for r, kind in taken:
            Taken(r.run_argv(kind)).must()
        for _ in range(runs):
            for (r, kind), list_ in taken.items():
                list_.append(Taken(r.run_argv(kind)).must().cpu_ms)
        for how, pick in ("median", statistics.median), ("least", min):
            self.row(f"of it seccomp: CPU, {how}", "ms", {
                r: pick(taken[r, "true"]) - pick(taken[r, "unfiltered"]) for r in self.runtimes},
                "0.5" if how == "median" else "")

    def at_once(self, count):
        values, cpu = {}, {}
        for r in self.all:
            before = os.times()
            started = time.perf_counter()
            pids = [os.posix_spawnp(argv[0], argv, os.environ, file_actions=[
                (os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1)])
                for argv in (r.run_argv() for _ in range(count))]
            failed = sum(os.waitpid(pid, 0)[1] != 0 for pid in pids)
            if failed:
                print(f"{r.name}: {failed} of {count} at once failed", file=sys.stderr)
            values[r] = (time.perf_counter() - started) * 1000 / count
            after = os.times()
            cpu[r] = (after.children_user - before.children_user
                      + after.children_system - before.children_system) * 1000 / count
        self.row(f"{count} at once, each: CPU", "ms", cpu, "crun/5")
        self.row(f"{count} at once, each: wall", "ms", values, "2 floors")

    def system_calls(self):
        values = {}
        for r in self.all:
            with tempfile.NamedTemporaryFile("r") as counts:
                subprocess.run(["strace", "-f", "-c", "-o", counts.name, *r.run_argv()],
                               capture_output=True, check=True)
                total = re.search(r"^100\.00\s+\S+\s+\S+\s+(\d+).* total$", counts.read(), re.M)
            values[r] = int(total[1])
        self.row("system calls of a container", "", values, "300")

    def memory(self):
        values = {}
        for r in self.all:
            peaks = []
            for _ in range(5):
                if isinstance(r, Floor | BareFloor):
                    peaks.append(figures.cost(*r.run_argv()).peak_kib)
                    continue
                name = r.id()
                r.staying.add(name)
                with open(os.devnull, "r+b") as null, tempfile.NamedTemporaryFile("r") as peak:
                    for verb in (["create", "--bundle", self.bundles["true"], name], ["start", name]):
                        subprocess.run(["time", "--quiet", "--format=%M", f"--output={peak.name}",
                                        *r.argv(*verb)], stdin=null, stdout=null, stderr=null,
                                       check=True)
                        peak.seek(0)
                        peaks.append(int(peak.read()))
                r.remove(name)
            values[r] = max(peaks)
        self.row("create and start: peak memory", "KiB", values, "2048")

    def least_limit(self):
        values = {}
        for r in self.runtimes:
            for limit in LIMITS_KIB:
                config = oci.docker_config("/bin/true")
                config["linux"]["resources"]["memory"] = {"limit": limit * 1024}
                self.add("limited", config)
                if all(subprocess.run(r.run_argv("limited"), capture_output=True, timeout=20,
                                      check=False).returncode == 0 for _ in range(5)):
                    values[r] = limit
                    break
        self.row("least memory limit that starts", "KiB", values, "256")

    def verbs(self, runs):
        names = {r: r.id() for r in self.runtimes}
        for r, name in names.items():
            r.start(name)
        for verb, args in ("state", []), ("exec", ["/bin/true"]), ("kill", ["CONT"]):
            taken = self.in_turn(runs, lambda r, verb=verb, args=args: r.argv(verb, names[r], *args),
                                 self.runtimes)
            for what, key in ("CPU", "cpu_ms"), ("wall", "wall_ms"):
                self.row(f"{verb}: {what}", "ms", {r: statistics.median(getattr(t, key) for t in l)
                                                   for r, l in taken.items()}, "crun")
        for r, name in names.items():
            r.remove(name)

        def delete_argv(r):
            name = r.id()
            r.start(name)
            return r.argv("delete", "--force", name)
        taken = self.in_turn(max(runs // 4, 3), delete_argv, self.runtimes)
        for what, key in ("CPU", "cpu_ms"), ("wall", "wall_ms"):
            self.row(f"delete --force: {what}", "ms", {r: statistics.median(getattr(t, key) for t in l)
                                                       for r, l in taken.items()}, "crun")

    def short_ones(self, runs):
        empty = Runtime("empty", str(self.folder / "empty"), self)
        for verb in "features", "--version":
            taken = self.in_turn(runs, lambda r, verb=verb: [r.program] + [verb] * (r is not empty),
                                 [r for r in [*self.runtimes, empty]
                                  if r is empty or supports(r.program, verb)])
            least = statistics.median(t.wall_ms for t in taken.pop(empty))
            self.row(f"{verb}: wall above an empty program", "ms",
                     {r: statistics.median(t.wall_ms for t in l) - least for r, l in taken.items()},
                     "1.0")

    def size(self):
        stripped = self.folder / "stripped"
        values = {}
        for r in self.runtimes:
            subprocess.run(["strip", "-o", stripped, r.program], check=True)
            values[r] = stripped.stat().st_size / 1000
        self.row("stripped size", "kB", values, "400")

    def list_many(self, count, runs):
        values = {}
        for r in [self.ours, *[p for p in self.peers if p.name == "crun"]]:
            names = [r.id() for _ in range(count)]
            for name in names:
                r.start(name)
            values[r] = statistics.median(Taken(r.argv("list")).must().wall_ms for _ in range(runs))
            for name in names:
                r.remove(name)
        self.row(f"list of {count} running ones: wall", "ms", values, "50")

    def take(self, runs, quick):
        self.start_to_exit(runs)
        self.system_calls()
        self.memory()
        if quick:
            return
        self.filter_cost(runs)
        self.at_once(100)
        self.least_limit()
        self.verbs(runs)
        self.short_ones(runs)
        self.size()
        self.list_many(500, 10)

    def print(self):
        names = ["ours", *[p.name for p in self.peers], "floor", "bare"]
        print(f"\n| figure | unit | aim | {' | '.join(names)} |")
        print("|---|---|---|" + "--:|" * len(names))
        for figure, unit, values, aim in self.rows:
            by_name = {r.name: v for r, v in values.items()}
            cells = [f"{by_name[n]:.0f}" if n in by_name and (unit in ("", "KiB", "kB"))
                     else f"{by_name[n]:.2f}" if n in by_name else "" for n in names]
            print(f"| {figure} | {unit} | {aim} | {' | '.join(cells)} |")
        versions = [subprocess.run([p.program, "--version"], capture_output=True, text=True,
                                   check=True).stdout.split("\n")[0] for p in self.peers]
        print(f"\n{os.cpu_count()} processors; {', '.join(versions)}; kernel {os.uname().release}")


def supports(program, verb):
    done = subprocess.run([program, verb], capture_output=True, text=True, check=False)
    return done.returncode == 0 and (verb != "features" or bool(json.loads(done.stdout)))


def main():
    parser = argparse.ArgumentParser(prog="bench runtime")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--quick", action="store_true", help="only start to exit, calls and memory")
    parser.add_argument("--writable", action="store_true", help="programs on writable file systems")
    options = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("bench runtime: needs root")
    if INSIDE not in os.environ:
        enter_namespace(options.writable, options.bin.resolve())
    with tempfile.TemporaryDirectory(prefix="atomic-bench-") as name:
        bench = Bench(pathlib.Path(name), options.bin.resolve())
        try:
            bench.take(options.runs, options.quick)
        finally:
            for r in bench.runtimes:
                for container in list(r.staying):
                    r.remove(container)
        bench.print()


if __name__ == "__main__":
    main()
