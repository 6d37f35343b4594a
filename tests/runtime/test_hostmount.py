"""Containers without a mount namespace of their own: they inherit the runtime's (specification,
config-linux.md, Namespaces), and all that they mount there goes with them."""
import os
import pathlib
import subprocess

import pytest

from test_failures import traced

pytestmark = pytest.mark.root


def here(box):
    """All mounts of the machine that have to do with this box."""
    text = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    return sorted(line.split(" ", 2)[2] for line in text.splitlines()
                  if str(box.folder) in line or str(box.shared_rootfs) in line)


def sharing(box, *args):
    config = box.config(*args)
    linux = config["linux"]
    linux["namespaces"] = [n for n in linux["namespaces"] if n["type"] != "mount"]
    linux["maskedPaths"] = linux["readonlyPaths"] = []
    return config


@pytest.fixture
def untouched(box):
    before = here(box)
    yield before
    assert here(box) == before


def test_run(box, untouched):
    config = sharing(box, "sh", "-c", "readlink /proc/self/ns/mnt; ls /; test -c /dev/null; "
                                      "touch /made 2>/dev/null || echo read-only")
    config["root"]["readonly"] = True
    out = box.output(config)
    assert out.splitlines()[0] == os.readlink("/proc/self/ns/mnt")
    assert "bin" in out and "boot" not in out and "read-only" in out


def test_life(box, untouched):
    name, pid = box.start(sharing(box, "sleep", "100"))
    assert os.readlink(f"/proc/{pid}/ns/mnt") == os.readlink("/proc/self/ns/mnt")
    assert len(here(box)) > len(untouched)
    # A further process is in the container's tree, not in the host's.
    assert "boot" not in box.runtime("exec", name, "ls", "/").stdout
    assert os.readlink(f"/proc/{pid}/root") == str(box.shared_rootfs)
    box.runtime("kill", name, "KILL")
    box.runtime.wait(name, "stopped")
    box.runtime("delete", name)


def test_what_was_mounted_there_before_stays(box):
    """The rootfs may be a mount of the caller's, as engines make it."""
    folder = box.make_folder("mounted")
    subprocess.run(["mount", "--bind", box.shared_rootfs, folder], check=True)
    try:
        before = here(box)
        config = sharing(box, "true")
        config["root"]["path"] = str(folder)
        box.run(config)
        box.runtime("delete", "--force", box.create(config))
        assert here(box) == before
    finally:
        subprocess.run(["umount", folder], check=True)


def test_other_mount_namespaces_keep_none(box, untouched):
    """Where the host shares its mounts, the bind goes to others, and from them."""
    shared = box.make_folder("shared")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", shared], check=True)
    subprocess.run(["mount", "--make-shared", shared], check=True)
    try:
        config = sharing(box, "true")
        (shared / "rootfs").mkdir()
        subprocess.run(["cp", "-a", f"{box.shared_rootfs}/.", shared / "rootfs"], check=True)
        config["root"]["path"] = str(shared / "rootfs")
        with subprocess.Popen(["unshare", "--mount", "--propagation=unchanged", "cat"],
                              stdin=subprocess.PIPE) as other:
            while os.readlink(f"/proc/{other.pid}/exe").endswith("unshare"):
                pass
            info = pathlib.Path(f"/proc/{other.pid}/mountinfo")
            before = len(info.read_text().splitlines())
            box.run(config)
            assert len(info.read_text().splitlines()) == before
            other.stdin.close()
    finally:
        subprocess.run(["umount", "--recursive", shared], check=True)


@pytest.mark.parametrize("call, number", [("move_mount", 1), ("move_mount", 2), ("mount", 1),
                                          ("mount_setattr", 1), ("fsmount", 1), ("mknodat", 1),
                                          ("chroot", 1), ("execve", 2), ("clone3", 1)])
def test_a_failure_leaves_nothing(box, untouched, call, number):
    bundle = box.bundle(sharing(box, "true"))
    box.runtime.env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    for injection in "error=EIO", "signal=KILL":
        name = box.name()
        box.runtime.prefix = traced(call, f"{injection}:when={number}")
        box.runtime.create(f"--bundle={bundle}", name)
        box.runtime.prefix = []
        box.runtime("delete", "--force", name)
        box.check_nothing_left()


@pytest.mark.parametrize("member", ["maskedPaths", "readonlyPaths"])
def test_what_needs_a_mount_namespace(box, member):
    config = sharing(box, "true")
    config["linux"][member] = ["/proc/kcore"]
    done = box.run(config, ok=False)
    assert done.returncode == 1 and f"linux.{member}: needs a mount namespace" in done.stderr


def test_the_hosts_own_root_is_refused(box, untouched):
    config = sharing(box, "true")
    config["root"]["path"] = "/"
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "root.path" in done.stderr
