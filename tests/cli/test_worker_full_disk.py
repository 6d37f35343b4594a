"""A full disk and a full /boot, on file systems of their own, with the room that is left as the
variable: a clear error, the deployments as before, and the same command works with room again."""
import os
import shutil

import pytest

import repo as world
from support import run_tool

pytestmark = pytest.mark.root

SIZE = "64M"
BOOT_SIZE = "16M"
PARTS = [0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95]
CODES = ("ok", "no-space")


class Disk:
    """A mounted file system whose room a file takes up."""

    def __init__(self, path, size):
        path.mkdir(exist_ok=True)
        run_tool("mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "none", path)
        self.path, self.filler = path, path / "filler"
        world.give(path)

    def free(self):
        room = os.statvfs(self.path)
        return room.f_bfree * room.f_frsize

    def fill(self, leave):
        """Leave so many bytes free."""
        with self.filler.open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, max(1, self.free() - int(leave)))

    def empty(self):
        self.filler.unlink()

    def unmount(self):
        run_tool("umount", self.path)


@pytest.fixture
def disks(folder):
    """The disks of a host: root and, below it, /boot."""
    root = Disk(folder / "disk", SIZE)
    (root.path / "sysroot").mkdir()
    world.give(root.path / "sysroot")
    boot = Disk(root.path / "sysroot/boot", BOOT_SIZE)
    yield root, boot
    boot.unmount()
    root.unmount()


@pytest.fixture
def host(disks, installed, released, worker):
    root, _ = disks
    rest = [path for path in installed.path.iterdir() if path.name != "boot"]
    world.run("cp", "-a", *rest, root.path / "sysroot")
    world.run("cp", "-a", f"{installed.path}/boot/.", root.path / "sysroot/boot")
    made = world.Host(root.path / "sysroot", worker)
    made.ostree("config", "set", f'remote "{world.REMOTE}".url', f"file://{released.path}")
    # The reserve of the image is for disks of gigabytes.
    made.ostree("config", "set", "core.min-free-space-size", "0MB")
    return made


@pytest.fixture(scope="module")
def needed(shared, installed, released, worker):
    """Bytes that staging takes, and those that it takes in /boot: a kernel and an initramfs."""
    place = shared / "rehearsal"
    world.run("cp", "-a", installed.path, place)
    host = world.Host(place, worker)
    host.ostree("config", "set", f'remote "{world.REMOTE}".url', f"file://{released.path}")
    before = used(place)
    assert host.ask("upgrade").status == 0
    staged = used(place) - before
    kernels = max(map(used, (place / "boot/ostree").iterdir()))
    shutil.rmtree(place)
    return staged, kernels


def used(folder):
    """Bytes of the blocks below a folder, each file counted once."""
    seen = {}
    for parent, names, files in os.walk(folder):
        for name in [*names, *files]:
            status = os.lstat(os.path.join(parent, name))
            seen[status.st_ino] = status.st_blocks * 512
    return sum(seen.values())


def assert_recovers(host, disk, result):
    assert result.code in CODES, result.text
    if result.code == "no-space":
        assert result.status == 14
        assert "room" in result.text or "space" in result.text
        assert host.versions() == ["1"]
        assert not host.staged()
        disk.empty()
        assert host.leftovers() == []
        host.fsck()
        assert host.ask("upgrade").status == 0
    else:
        disk.empty()
    assert host.unit("finalize").status == 0
    assert host.versions() == ["2", "1"]
    host.fsck()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("which", [0, 1], ids=["root", "boot"])
def test_upgrade(host, disks, needed, which, part):
    disks[which].fill(needed[which] * part)
    upgrade = host.ask("upgrade")
    if part == 0:
        assert upgrade.code == "no-space", upgrade.text
    assert_recovers(host, disks[which], upgrade)


@pytest.mark.parametrize("which", [0, 1], ids=["root", "boot"])
@pytest.mark.parametrize("leave", [0, 8192, 40960])
def test_finalize(host, disks, which, leave):
    assert host.ask("upgrade").status == 0
    disks[which].fill(leave)
    done = host.unit("finalize")
    assert done.code in CODES, done.text
    assert host.versions() in (["1"], ["2", "1"])
    disks[which].empty()
    assert host.unit("recover").status == 0
    assert host.unit("finalize").status in (0, 77)
    assert host.versions() == ["2", "1"]
    assert not host.staged()
    assert host.leftovers() == []
    host.fsck()


@pytest.mark.parametrize("which", [0, 1], ids=["root", "boot"])
def test_rollback(host, disks, which):
    assert host.ask("upgrade").status == 0
    assert host.unit("finalize").status == 0
    disks[which].fill(0)
    done = host.ask("rollback")
    assert done.code in CODES, done.text
    assert host.versions() == (["1", "2"] if done.code == "ok" else ["2", "1"])
    disks[which].empty()
    if done.code != "ok":
        assert host.ask("rollback").status == 0
    assert host.versions() == ["1", "2"]
    host.fsck()
