"""Record each workload, cut the power at many moments, and print what the machine would start.

    prove-crash [--states N] [--seed N] [--json] [--bin FOLDER] [--only NAME]

The table has a row for each workload: how many states were judged, in how many of them the old
version starts, the new one, or neither, and in how many a file system is not whole; then from how
many the work was resumed to its end, and how many were stuck. The exit status is 1 when a row of
ours (not of a peer's) has a fault.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import check
import record
import replay
import workload

PROCESSES = 2
RESUME_EACH = 25  # states between two from which the work is resumed
MEMORY = "/dev/shm"  # disks are made there when it has room for all of a run
ROOM_BYTES = 1 << 30
BIN = Path(__file__).resolve().parents[2] / "build/dev/bin"


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
    """Judge every PROCESSES-th of the states; returns their verdicts, and those of the states from
    which the work was resumed."""
    # A machine that lost power has another boot id, by which libostree tells that the objects of an
    # interrupted pull may never have reached the disk.
    os.environ["OSTREE_BOOTID"] = "after-the-power-cut"
    with tempfile.TemporaryDirectory(dir=folder) as own:
        log = replay.Log(folder / "log")
        disk = replay.Disk(log, folder / "base.img", own)
        judge = check.Judge(log, work.outcome(), work.find_entry, workload.ETC, own)
        verdicts, resumed = [], []
        for number, state in enumerate(states[share::PROCESSES]):
            disk.become(state)
            verdict = judge.judge(disk.image, state)
            verdicts.append((state, verdict))
            if not work.peer and number % RESUME_EACH == 0 and verdict.version:
                resumed.append((state, resume(work, judge, disk, state, Path(own, "mnt"))))
        return verdicts, resumed


def resume(work, judge, disk, state, mount):
    """Go on from a state as its machine would: recovery at boot, and, unless that has brought the
    new version already, the same command again. The verdict on the end."""
    disk.become(state)
    verdict = check.Verdict()
    try:
        for step in (work.recover, work.act):
            if verdict.version != work.outcome()[1].name:
                with record.mounted(disk.image, mount) as root:
                    step(root)
                verdict = judge.judge(disk.image)
    except record.Failed as failed:
        return check.Verdict(reason=f"cannot resume: {failed}")
    return verdict


def prove(work, states, seed, folder):
    """Record one workload and judge that many states of it; returns the row of the table."""
    record_workload(work, folder)
    log = replay.Log(folder / "log")
    chosen = sorted(log.states(states, random.Random(seed)), key=lambda s: s.stable)
    started = time.monotonic()
    with multiprocessing.Pool(PROCESSES) as pool:
        shares = pool.starmap(judge_share, [(work, folder, chosen, i) for i in range(PROCESSES)])
    verdicts, resumed = (sum(lists, []) for lists in zip(*shares))
    old, new = (v.name for v in work.outcome())
    unsafe = [(s, v) for s, v in verdicts if v.version is None or v.fs_errors]
    stuck = [(s, v) for s, v in resumed if v.version != new or v.fs_errors]
    return {
        "workload": work.name,
        "peer": work.peer,
        "writes": len(log.writes),
        "states": len(verdicts),
        "old": sum(v.version == old for _, v in verdicts),
        "new": sum(v.version == new for _, v in verdicts),
        "neither": sum(v.version is None for _, v in verdicts),
        "fs_errors": sum(bool(v.fs_errors) for _, v in verdicts),
        "resumed": len(resumed) - len(stuck),
        "stuck": len(stuck),
        "seconds": round(time.monotonic() - started, 1),
        "faults": [fault(s, v) for s, v in unsafe + stuck],
    }


def fault(state, verdict):
    reason = verdict.reason or f"ends with version {verdict.version}"
    return {"state": repr(state), "reason": reason, "fs_errors": verdict.fs_errors}


def scratch():
    """Where disks are made: in memory, or, where there is little of it, the folder for such files."""
    has_room = os.path.isdir(MEMORY) and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    return MEMORY if has_room else "/var/tmp"


COUNTS = ("writes", "states", "old", "new", "neither", "fs_errors", "resumed", "stuck", "seconds")


def print_table(rows):
    print(f"{'workload':36}" + "".join(f"{c:>10}" for c in COUNTS))
    for row in rows:
        print(f"{row['workload']:36}" + "".join(f"{row[c]:>10}" for c in COUNTS))
    for row in rows:
        reasons = [f["fs_errors"][0] if f["fs_errors"] else f["reason"] for f in row["faults"]]
        for reason in sorted(set(reasons)):
            print(f"{row['workload']}: {reasons.count(reason)} x {reason}")


def main():
    parser = argparse.ArgumentParser(prog="prove-crash", description=__doc__.split("\n")[0])
    parser.add_argument("--states", type=int, default=3000, help="of each workload (3000)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument("--bin", type=Path, default=BIN, help="where hostd-worker is (build/dev/bin)")
    parser.add_argument("--only", default="", help="only workloads with this in their names")
    args = parser.parse_args()
    record.enter_private_mounts()
    rows = []
    with tempfile.TemporaryDirectory(dir=scratch(), prefix="prove-crash-") as top:
        for i, make in enumerate(workload.all_workloads()):
            folder = Path(top, str(i))
            folder.mkdir()
            work = make(folder, args.bin)
            if args.only in work.name:
                rows.append(prove(work, args.states, args.seed, folder))
    if args.json:
        json.dump({"seed": args.seed, "rows": rows}, sys.stdout, indent=1)
    else:
        print(f"seed {args.seed}")
        print_table(rows)
    return any(r["faults"] for r in rows if not r["peer"])


if __name__ == "__main__":
    sys.exit(main())
