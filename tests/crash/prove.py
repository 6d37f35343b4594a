"""Record each workload, cut the power at many moments, and print what the machine would start.

    prove-crash [--states N] [--seed N] [--json]

The table has a row for each workload: how many states were judged, and in how many of them the
old version starts, the new one, or neither, and how many file systems are not whole. The exit status
is 1 when a row of ours (not of a peer's) has a state with neither or a broken file system.
"""

import argparse
import ctypes
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import check
import record
import replay
import workload

PROCESSES = 2
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18


def enter_private_mounts():
    """A mount namespace of our own: whatever ends us unmounts everything."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        raise OSError(ctypes.get_errno(), "entering a mount namespace (are you root?)")


def record_workload(work, folder):
    """Prepare and act; leaves base.img (before) and log in `folder`."""
    disk, base, log = folder / "disk.img", folder / "base.img", folder / "log"
    record.make_disk(disk)
    with record.mounted(disk, folder / "mnt") as root:
        work.prepare(root)
    replay.copy(disk, base)
    with record.recording(disk, log), record.mounted(disk, folder / "mnt") as root:
        work.act(root)
    os.unlink(disk)


def judge_share(work, folder, states, share):
    """Judge every PROCESSES-th of the states; returns pairs of state and verdict."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        log = replay.Log(folder / "log")
        disk = replay.Disk(log, folder / "base.img", own)
        judge = check.Judge(log, work.versions(), work.find_entry, workload.ETC, own)
        verdicts = []
        for state in states[share::PROCESSES]:
            disk.become(state)
            verdicts.append((state, judge.judge(disk.image, state)))
        return verdicts


def prove(work, states, seed, folder):
    """Record one workload and judge that many states of it; returns the row of the table."""
    record_workload(work, folder)
    log = replay.Log(folder / "log")
    chosen = sorted(log.states(states, random.Random(seed)), key=lambda s: s.stable)
    started = time.monotonic()
    with multiprocessing.Pool(PROCESSES) as pool:
        shares = [(work, folder, chosen, i) for i in range(PROCESSES)]
        verdicts = [v for share in pool.starmap(judge_share, shares) for v in share]
    old, new = (v.name for v in work.outcome())
    return {
        "workload": work.name,
        "peer": work.peer,
        "writes": len(log.writes),
        "states": len(verdicts),
        "old": sum(v.version == old for _, v in verdicts),
        "new": sum(v.version == new for _, v in verdicts),
        "neither": sum(v.version is None for _, v in verdicts),
        "fs_errors": sum(bool(v.fs_errors) for _, v in verdicts),
        "seconds": round(time.monotonic() - started, 1),
        "faults": [
            {"state": repr(s), "reason": v.reason, "fs_errors": v.fs_errors}
            for s, v in verdicts
            if v.version is None or v.fs_errors
        ],
    }


COLUMNS = ("workload", "writes", "states", "old", "new", "neither", "fs_errors", "seconds")


def print_table(rows):
    print(f"{COLUMNS[0]:44}" + "".join(f"{c:>10}" for c in COLUMNS[1:]))
    for row in rows:
        print(f"{row['workload']:44}" + "".join(f"{row[c]:>10}" for c in COLUMNS[1:]))
    for row in rows:
        reasons = [f["reason"] or f["fs_errors"][0] for f in row["faults"]]
        for reason in sorted(set(reasons)):
            print(f"  {row['workload']}: {reasons.count(reason)} x {reason}")


def main():
    parser = argparse.ArgumentParser(prog="prove-crash", description=__doc__.split("\n")[0])
    parser.add_argument("--states", type=int, default=3000, help="of each workload (3000)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    args = parser.parse_args()
    enter_private_mounts()
    rows = []
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="prove-crash-") as top:
        for i, make in enumerate(workload.ALL):
            folder = Path(top, str(i))
            folder.mkdir()
            rows.append(prove(make(folder), args.states, args.seed, folder))
    if args.json:
        json.dump({"seed": args.seed, "rows": rows}, sys.stdout, indent=1)
    else:
        print(f"seed {args.seed}")
        print_table(rows)
    return any(r["neither"] or r["fs_errors"] for r in rows if not r["peer"])


if __name__ == "__main__":
    sys.exit(main())
