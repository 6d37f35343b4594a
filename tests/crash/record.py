"""Record every write of a workload on a real disk.

A disk is one file with a GPT, an ext4 /boot and an ext4 root, as on the host. While it is recorded,
qemu-storage-daemon stands between the file and the file systems: its blklogwrites filter notes each
write and flush in one log, so the order across both file systems is kept. Knows nothing of OSTree
and nothing of what the log is for (replay.py reads it).

Everything is mounted inside the caller's mount namespace (see enter_private_mounts), by loop
devices that go with their last mount: a killed run leaves nothing behind.
"""

import contextlib
import ctypes
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18  # of sched.h and sys/mount.h
UNMOUNT_LIMIT_S = 30
LOG_SPACE_BYTES = 8 << 30  # sparse: only what is logged takes room


@dataclass(frozen=True)
class Partition:
    """One partition of the disk; `number` is GRUB's (gptN), start and size are in bytes."""

    name: str
    number: int
    start: int
    size: int
    features: str

    def holds(self, offset):
        return self.start <= offset < self.start + self.size


# The numbers and file system features are those of the image's disk; only the sizes are small.
FEATURES = "^metadata_csum_seed,^orphan_file"
BOOT = Partition("boot", 3, 1 * MIB, 40 * MIB, FEATURES)
ROOT = Partition("root", 4, 41 * MIB, 120 * MIB, f"verity,{FEATURES}")
PARTITIONS = (BOOT, ROOT)
DISK_BYTES = 162 * MIB


class Failed(Exception):
    """A program that ended with an exit status; the text has what it said."""


def run(*argv, ok=(0,), **kwargs):
    """Run a program and return what it prints; an exit status that is not in `ok` raises Failed."""
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, **kwargs)
    if done.returncode not in ok:
        command = " ".join(str(a) for a in argv)
        raise Failed(f"{command}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def enter_private_mounts():
    """A mount namespace of our own: whatever ends us unmounts everything."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        raise OSError(ctypes.get_errno(), "entering a mount namespace (are you root?)")


def make_disk(image):
    """Make a sparse disk file with both file systems, empty."""
    with open(image, "wb") as f:
        f.truncate(DISK_BYTES)
    table = "label: gpt\n" + "".join(
        f"{p.number}: start={p.start // 512}, size={p.size // 512}\n" for p in PARTITIONS
    )
    run("sfdisk", "--quiet", image, input=table)
    for p in PARTITIONS:
        options = f"offset={p.start},lazy_itable_init=0,lazy_journal_init=0,nodiscard"
        run("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-O", p.features, "-E", options, image, f"{p.size // 1024}K")


@contextlib.contextmanager
def mounted(image, where, options="rw"):
    """Mount the disk's root at `where` and its /boot at `where`/boot, journals replayed."""
    where = Path(where)
    where.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        stack.callback(wait_released, image)
        for p, target in ((ROOT, where), (BOOT, where / "boot")):
            target.mkdir(exist_ok=True)
            loop = f"{options},loop,offset={p.start},sizelimit={p.size}"
            run("mount", "-t", "ext4", "-o", loop, image, target)
            stack.callback(unmount, target)
        yield where


def unmount(target):
    """Unmount what may still be in use for a moment: libostree watches over a frozen /boot with a
    child that it does not wait for."""
    deadline = time.monotonic() + UNMOUNT_LIMIT_S
    while True:
        try:
            return run("umount", target)
        except Failed as failed:
            if "busy" not in str(failed) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def wait_released(image):
    """Wait until no loop device holds the file: a copy of a mount in another namespace would go on
    writing to it behind our back."""
    deadline = time.monotonic() + UNMOUNT_LIMIT_S
    while str(image) in backing_files():
        if time.monotonic() > deadline:
            raise Failed(f"{image}: a loop device still holds it")
        time.sleep(0.01)


def backing_files():
    """The files of all loop devices."""
    for attribute in Path("/sys/block").glob("loop*/loop/backing_file"):
        with contextlib.suppress(OSError):  # it has just gone
            yield attribute.read_text().rstrip("\n")


@contextlib.contextmanager
def recording(image, log):
    """While the context lasts, every write to the file `image` is also noted in the file `log`."""
    with open(log, "wb") as f:
        f.truncate(LOG_SPACE_BYTES)
    daemon = subprocess.Popen(
        [
            "qemu-storage-daemon",
            *("--blockdev", f"driver=file,node-name=disk,filename={image}"),
            *("--blockdev", f"driver=file,node-name=log,filename={log}"),
            *("--blockdev", "driver=blklogwrites,node-name=both,file=disk,log=log"),
            *("--export", f"type=fuse,id=e,node-name=both,mountpoint={image},writable=on"),
            *("--pidfile", f"{log}.pid"),  # written when the export is ready
        ]
    )
    try:
        while not os.path.exists(f"{log}.pid"):
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise Failed(f"qemu-storage-daemon ended: {daemon.wait(0.02)}")
        yield
    finally:
        daemon.terminate()
        daemon.wait()
