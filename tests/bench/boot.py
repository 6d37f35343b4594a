"""Power-on to a login over ssh: the image beside the same packages without OSTree.

    bench boot [--image FILE] [--plain FILE] [--runs N] [--mirror URL] [--json]

Both disks have the same boot code, kernel, initramfs and seed (see plain.py; the plain one is made
when it is not there yet, which needs root and a package mirror). The machines run one after the
other, in turn. A first boot has cloud-init's work in it, a second one has not. Beside the time stands
what the emulator's threads used of processors until then: on a busy machine it says more.
"""

import argparse
import dataclasses
import json
import os
import socket
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "crash"), str(ROOT / "scripts")]

import figures  # noqa: E402
import host  # noqa: E402
import plain  # noqa: E402
from vmlib import VmError, machine, seed  # noqa: E402

IMAGE = ROOT / "out/atomic-host-1.qcow2"
PLAIN = ROOT / ".cache/bench/plain.qcow2"
DEFINITION = ROOT / "images/atomic-host.conf"
USER = "bench"
LIMIT_S = 900
POLL_S = 0.2
PEER = "same packages, installed by mmdebstrap, not OSTree"


def wait_login(vm):
    """Return when a command was run over ssh."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if not vm.pid():
            raise VmError(f"machine {vm.name} is off", f"see {vm.serial}")
        if is_answering(vm.config().ssh_port) and vm.boot_id():
            return
        time.sleep(POLL_S)
    raise VmError(f"machine {vm.name} gave no login in {LIMIT_S} s", f"see {vm.serial}")


def is_answering(port):
    """Whether a server greets. QEMU itself accepts every connection, whoever listens behind it."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.settimeout(1)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


@dataclasses.dataclass
class Boot:
    """Seconds of the clock, and of processors, from power-on to the login."""

    wall_s: float
    processor_s: float


def boot(vm, which):
    started = time.monotonic()
    vm.start()
    wait_login(vm)
    took = Boot(time.monotonic() - started, processor_seconds(vm.pid()))
    print(f"{vm.name}: {which} {took.wall_s:.1f} s, processor {took.processor_s:.1f} s", file=sys.stderr)
    return took


def processor_seconds(pid):
    """User and system time of a process so far (proc_pid_stat(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_and_second(image, name, folder):
    """The first boot of a new machine, and the one after it was shut down."""
    vm = machine.Machine(name, folder)
    vm.create(
        machine.Config(image=str(image), user=USER),
        seed.Seed(f"{name}-{machine.new_id()}", hostname=name, user=USER, ssh_keys=[]),
    )
    try:
        first = boot(vm, "first boot")
        vm.ssh(machine.CLOUD_INIT_WAIT, timeout_s=LIMIT_S)
        vm.stop()
        return first, boot(vm, "second boot")
    finally:
        vm.remove()


def boots(image, peer, runs, folder):
    def side(disk, name):
        return lambda: first_and_second(disk.resolve(), name, folder)

    ours, peers = figures.paired(side(image, "ours"), side(peer, "plain"), runs)
    for number, which in enumerate(("first boot", "second boot")):
        for unit, measure, aim in (("time", "wall_s", "1.00"), ("processor time", "processor_s", "")):
            medians = figures.medians(
                *([getattr(boots[number], measure) for boots in side] for side in (ours, peers))
            )
            yield figures.Row(f"{which} to ssh login: {unit}", "s", *medians, PEER, aim)


def main():
    parser = argparse.ArgumentParser(prog="bench boot", description=__doc__.split("\n")[0])
    parser.add_argument("--image", type=Path, default=IMAGE, help="(out/atomic-host-1.qcow2)")
    parser.add_argument("--plain", type=Path, default=PLAIN, help="(.cache/bench/plain.qcow2)")
    parser.add_argument("--definition", type=Path, default=DEFINITION, help="(images/atomic-host.conf)")
    parser.add_argument("--mirror", action="append", default=[], help="of packages (mmdebstrap's own)")
    parser.add_argument("--runs", type=int, default=3, help="of each figure (3)")
    parser.add_argument("--scratch", default="/var/tmp", help="where disks are made")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if not args.image.exists():
        raise SystemExit(f"{args.image}: no such image; scripts/quickstart builds one")
    with tempfile.TemporaryDirectory(dir=args.scratch, prefix="bench-boot-") as folder:
        if not args.plain.exists():
            (Path(folder) / "plain").mkdir()
            plain.make(args.definition, args.image, args.plain, args.mirror, Path(folder) / "plain")
        rows = [*host.image(args.image), *boots(args.image, args.plain, args.runs, Path(folder))]
    if args.json:
        json.dump([dataclasses.asdict(row) for row in rows], sys.stdout, indent=1)
    else:
        figures.print_table(rows)


if __name__ == "__main__":
    main()
