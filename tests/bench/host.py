"""The host's figures beside stock ostree's, on this machine and without a virtual one.

    bench host [--runs N] [--bin FOLDER] [--qcow2 FILE] [--json]

Both sides start from copies of one sysroot, made by stock ostree, and fetch the same signed commits
from the same HTTP server. Builds of the dev preset would measure the sanitizers: give a release build.
"""

import argparse
import contextlib
import dataclasses
import functools
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "crash"))

import booted  # noqa: E402
import figures  # noqa: E402
import record  # noqa: E402
import replay  # noqa: E402
import source  # noqa: E402
from figures import Row  # noqa: E402

ETC = {"hostname": "kept by its owner\n"}
BIN = HERE.parents[1] / "build/release/bin"
MIB = 1 << 20


@contextlib.contextmanager
def serving(folder):
    """Serve a folder on a loopback port; gives the URL."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept
        disable_nagle_algorithm = True  # or each object waits for the client's delayed ACK
        log_message = staticmethod(lambda *_: None)

    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Bed:
    """Where the figures are taken: programs, a served repository with version 1 and 2, and a disk
    with version 1 in three kinds: as stock ostree leaves it, with our boot sets, with GRUB."""

    def __init__(self, folder, programs, runs):
        self.folder, self.runs = folder, runs
        self.atomic, self.hostd, self.worker = (
            programs / name for name in ("atomic", "hostd", "hostd-worker")
        )
        self.source = source.Source(folder, files=3000, kernel_bytes=4 * MIB)

    def prepare(self, url):
        first = self.disk("plain")
        record.make_disk(first)
        self.source.release(1, booted.add_grub)
        with record.mounted(first, self.folder / "mnt") as root:
            self.source.install(root, ETC, url)
        for kind, make_ready in (("ours", self._add_boot_sets), ("grub", booted.use_grub)):
            replay.copy(first, self.disk(kind))
            with record.mounted(self.disk(kind), self.folder / "mnt") as root:
                make_ready(root)
        self.source.release(2, booted.add_grub)
        self.source.close()

    def disk(self, kind):
        return self.folder / f"{kind}.img"

    def _add_boot_sets(self, root):
        record.run(self.worker, "recover", f"--sysroot={root}")

    @contextlib.contextmanager
    def sysroot(self, kind):
        """A fresh copy of a disk, mounted."""
        replay.copy(self.disk(kind), self.disk("run"))
        with record.mounted(self.disk("run"), self.folder / "mnt") as root:
            yield root

    def ask(self, root):
        return figures.cost(
            *(self.atomic, "host", "upgrade", f"--sysroot={root}"),
            f"--stateroot={source.STATEROOT}",
        )

    def finalize(self, root):
        return figures.cost(self.worker, "finalize", f"--sysroot={root}")


def status(bed):
    """What everyone types most: with two deployments in the sysroot."""
    with bed.sysroot("ours") as root:
        bed.ask(root)
        bed.finalize(root)
        sides = (
            (bed.atomic, "host", "status", f"--sysroot={root}"),
            ("ostree", "admin", "status", f"--sysroot={root}"),
        )
        name = "ostree admin status"
        ours, peer = (functools.partial(figures.start_to_exit_ms, *argv) for argv in sides)
        times = figures.medians(*figures.paired(ours, peer, bed.runs * 10))
        yield Row("status: time", "ms", *times, name, "0.33")
        counts = (figures.instructions(*argv) for argv in sides)
        yield Row("status: instructions", "10^6", *counts, name)
        yield Row("status: peak memory", "KiB", *(figures.cost(*a).peak_kib for a in sides), name)


def upgrade(bed):
    """From version 1 to version 2, downloads included. The peer finalizes at once, so the sum of
    our upgrade and our finalization stands in a row of its own."""

    def ours():
        with bed.sysroot("ours") as root:
            return bed.ask(root), bed.finalize(root)

    def peer():
        with bed.sysroot("plain") as root:
            return figures.cost(
                *("ostree", "admin", "upgrade", f"--sysroot={root}", f"--os={source.STATEROOT}")
            )

    ours, peers = figures.paired(ours, peer, bed.runs)
    asked = [a for a, _ in ours]
    whole = [a.wall_ms + f.wall_ms for a, f in ours]
    name, peer_ms = "ostree admin upgrade, no boot loader", [p.wall_ms for p in peers]
    times = figures.medians([a.wall_ms for a in asked], peer_ms)
    yield Row("upgrade: time", "ms", *times, name, "1.00")
    yield Row("upgrade and finalize: time", "ms", *figures.medians(whole, peer_ms), name)
    peaks = figures.medians([a.peak_kib for a in asked], [p.peak_kib for p in peers])
    yield Row("upgrade: peak memory", "KiB", *peaks, name, "1.00")


def finalize(bed):
    """What shutdown waits for: both in a chroot that is a booted machine to them."""
    where = bed.folder / "root"

    def timed(chroot, *argv):
        started = time.perf_counter()
        chroot(*argv)
        return (time.perf_counter() - started) * 1000

    def ours():
        with bed.sysroot("ours") as root:
            bed.ask(root)
            with booted.booted(root, where) as chroot:
                record.run("cp", bed.worker, where / "tmp")
                return timed(chroot, f"/tmp/{bed.worker.name}", "finalize")

    def peer():
        with bed.sysroot("grub") as root, booted.booted(root, where) as chroot:
            chroot("ostree", "admin", "upgrade", "--stage")
            booted.lend_programs(where, root)
            return timed(chroot, "ostree", "admin", "finalize-staged")

    times = figures.medians(*figures.paired(ours, peer, bed.runs))
    yield Row("finalize: time", "ms", *times, "ostree admin finalize-staged, grub-mkconfig", "0.50")


def daemon(bed):
    """hostd on a bus of its own, after it has answered."""
    address = f"unix:path={bed.folder}/bus"
    with contextlib.ExitStack() as stack:

        def start(*argv):
            process = subprocess.Popen(
                [str(a) for a in argv], env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address}
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
            return process

        root = stack.enter_context(bed.sysroot("ours"))
        start("dbus-daemon", "--session", f"--address={address}", "--nofork", "--nopidfile")
        wait_for(bed.folder / "bus")
        hostd = start(bed.hostd, "serve", f"--sysroot={root}", f"--worker={bed.worker}")
        name, path = "org.atomichost.Host1", "/org/atomichost/Host1"
        bus = ("busctl", f"--address={address}")
        record.run("gdbus", "wait", f"--address={address}", "--timeout=30", name)
        for _ in range(20):
            record.run(*bus, "call", name, path, f"{name}.Manager", "GetStatus")
        yield Row("hostd: memory while serving", "KiB", figures.resident_kib(hostd.pid), aim="8192")


def image(qcow2):
    """The image's size beside what Debian 12's own generic cloud image weighs."""
    megabytes = qcow2.stat().st_size / 1e6
    yield Row("qcow2: size", "MB", megabytes, 281, "Debian 12 generic cloud", "1.00")


def wait_for(path):
    deadline = time.monotonic() + 30
    while not path.exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"{path} does not appear")
        time.sleep(0.01)


def main():
    parser = argparse.ArgumentParser(prog="bench host", description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="of each figure (5; status: ten times)")
    parser.add_argument("--bin", type=Path, default=BIN, help="the programs (build/release/bin)")
    parser.add_argument("--qcow2", type=Path, help="an image to weigh")
    parser.add_argument("--scratch", default="/var/tmp", help="where disks are made: not a tmpfs")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    record.enter_private_mounts()
    rows = []
    with tempfile.TemporaryDirectory(dir=args.scratch, prefix="bench-") as folder:
        bed = Bed(Path(folder), args.bin, args.runs)
        with serving(bed.source.repo) as url:
            bed.prepare(url)
            for figure in (status, upgrade, finalize, daemon):
                rows += figure(bed)
    if args.qcow2:
        rows += image(args.qcow2)
    if args.json:
        json.dump([dataclasses.asdict(row) for row in rows], sys.stdout, indent=1)
    else:
        figures.print_table(rows)


if __name__ == "__main__":
    main()
