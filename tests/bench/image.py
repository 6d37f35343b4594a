"""All image formats from one raw disk, beside a chain of qemu-img, dd, tar and zstd that makes the
same files as far as it can. Processor time and the largest process, not the clock: the machine may
do other things.
"""

import argparse
import dataclasses
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from figures import Row, cost, print_table

BIN = Path(__file__).resolve().parents[2] / "build/release/bin"
QEMU = ["qemu-img", "convert", "-f", "raw"]
# What people type: every format by a run of its own.
CHAIN = [
    [*QEMU, "-O", "qcow2", "-c", "-o", "compression_type=zstd", "{disk}", "{out}/a.qcow2"],
    [*QEMU, "-O", "vmdk", "-o", "subformat=streamOptimized", "{disk}", "{out}/a.vmdk"],
    ["sha256sum", "{out}/a.vmdk"],
    ["tar", "--format=ustar", "-cf", "{out}/vsphere.ova", "-C", "{out}", "a.vmdk"],
    [*QEMU, "-O", "qcow2", "-c", "{disk}", "{out}/b.qcow2"],
    ["tar", "--format=ustar", "-cf", "{out}/rhev.ova", "-C", "{out}", "b.qcow2"],
    [*QEMU, "-O", "qcow2", "-c", "-o", "compat=0.10", "{disk}", "{out}/c.qcow2"],
    ["tar", "-czf", "{out}/rhev3.ova", "-C", "{out}", "c.qcow2"],
    [*QEMU, "-O", "vpc", "-o", "force_size=on", "{disk}", "{out}/a.vhd"],
    [*QEMU, "-O", "vpc", "-o", "subformat=fixed,force_size=on", "{disk}", "{out}/fixed.vhd"],
    ["zstd", "-q", "-3", "{out}/fixed.vhd", "-o", "{out}/fixed.vhd.zst"],
    [*QEMU, "-O", "vhdx", "-o", "block_size=1M", "{disk}", "{out}/a.vhdx"],
    ["dd", "if={disk}", "of={out}/copy.raw", "bs=1M", "conv=sparse"],
    ["zstd", "-q", "-3", "{out}/copy.raw", "-o", "{out}/a.raw.zst"],
]
# Ours makes a raw.gz besides: gzip alone would take longer than all of these.
SUMS = "*.ova *.qcow2 *.vhd *.vhdx *.zst"


def processor_seconds(argv):
    """User and system time of a program and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, argv))}: {done.returncode}\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(tool, disk, out, formats):
    return [tool, "convert", disk, "--format", formats, "--output", out, "--name", "host", "--quiet"]


def chain(disk, out):
    """Seconds of the whole chain, with the sums of what it makes, by program."""
    total = 0.0
    for command in CHAIN:
        argv = [word.format(disk=disk, out=out) for word in command]
        seconds = processor_seconds(argv)
        print(f"  {seconds:6.1f} s  {' '.join(command)}", file=sys.stderr)
        total += seconds
    for path in sorted(path for pattern in SUMS.split() for path in Path(out).glob(pattern)):
        if path.name != "fixed.vhd":
            total += processor_seconds(["sha256sum", path])
    return total


def measure(args, scratch):
    def folder(name):
        path = Path(scratch) / name
        path.mkdir()
        return path

    tool = args.bin / "atomic-image"
    all_ours = processor_seconds(ours(tool, args.disk, folder("ours"), "all"))
    memory = cost(*ours(tool, args.disk, folder("memory"), "all")).peak_kib / 1024
    with_xz = cost(*ours(tool, args.disk, folder("xz"), "all,raw.xz")).peak_kib / 1024 if args.xz else None
    large = Path(scratch) / "large.raw"
    with large.open("wb") as stream:
        stream.truncate(1 << 40)
        stream.seek(1 << 39)
        stream.write(os.urandom(1 << 20))
    of_large = cost(*ours(tool, large, folder("large"), "qcow2,vmdk,vhd,vhdx")).peak_kib / 1024
    one = processor_seconds(ours(tool, args.disk, folder("one"), "qcow2"))
    peer_one = processor_seconds([*QEMU, "-O", "qcow2", "-c", "-o", "compression_type=zstd", args.disk,
                                  Path(scratch) / "one.qcow2"])
    peer = chain(args.disk, folder("chain")) if not args.ours else None
    yield Row("all formats: processor", "s", all_ours, peer, "qemu-img, dd, tar, zstd", "15 s")
    yield Row("all formats: peak memory", "MiB", memory, None, "", "128 MiB")
    if with_xz:
        yield Row("all formats and xz: peak memory", "MiB", with_xz, None, "", "128 MiB")
    yield Row("a disk of 1 TiB: peak memory", "MiB", of_large, None, "", "128 MiB")
    yield Row("qcow2 with zstd: processor", "s", one, peer_one, "qemu-img convert -c")
    theirs = {"host.qcow2": "a.qcow2", "host-vsphere.ova": "vsphere.ova",
              "host-rhev.ova": "rhev.ova", "host.vhd": "a.vhd", "host.vhdx": "a.vhdx",
              "host.raw.zst": "a.raw.zst", "host.raw.gz": None}
    for name, other in theirs.items():
        size = (Path(scratch) / "ours" / name).stat().st_size / 1e6
        beside = Path(scratch) / "chain" / (other or "none")
        yield Row(f"{name.removeprefix('host').lstrip('-.')}: size", "MB", size,
                  beside.stat().st_size / 1e6 if beside.exists() else None, other or "")


def main():
    parser = argparse.ArgumentParser(prog="bench image", description=__doc__.split("\n")[0])
    parser.add_argument("disk", type=Path, help="a raw disk, as atomic-image disk makes it")
    parser.add_argument("--bin", type=Path, default=BIN, help="the programs (build/release/bin)")
    parser.add_argument("--scratch", default="/var/tmp", help="where images are made")
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    parser.add_argument("--xz", action="store_true", help="memory with xz, too (minutes)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.scratch, prefix="bench-") as scratch:
        rows = list(measure(args, scratch))
    if args.json:
        json.dump([dataclasses.asdict(row) for row in rows], sys.stdout, indent=1)
    else:
        print_table(rows)


if __name__ == "__main__":
    main()
