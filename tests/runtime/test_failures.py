"""Nothing is left behind, whichever system call fails, and whenever the runtime is killed."""
import os
import subprocess

import pytest

pytestmark = pytest.mark.root

# strace's fault injection: each call of a name fails at its N-th time, in the runtime or in the
# process that becomes the container's.
CALLS = {
    "mkdir": 12, "mkdirat": 12, "openat": 60, "openat2": 40, "socketpair": 1, "socket": 3, "bind": 1,
    "listen": 1, "clone3": 1, "setsid": 1, "unshare": 1, "write": 40, "sethostname": 1, "mount": 12,
    "open_tree": 20, "move_mount": 30, "mount_setattr": 6, "fsopen": 8, "fsconfig": 26, "fsmount": 8,
    "mknodat": 6, "symlinkat": 6, "pivot_root": 1, "umount2": 1, "chdir": 2, "fchdir": 10,
    "close_range": 3, "prctl": 30, "setgroups": 1, "setresgid": 1, "setresuid": 1, "capget": 1,
    "capset": 2, "seccomp": 1, "execve": 2, "sendto": 3, "recvfrom": 3, "renameat": 2, "accept4": 1,
    "faccessat2": 1, "execveat": 1, "memfd_create": 1,
}
# Not each of many like ones.
TIMES = [1, 2, 3, 4, 5, 6, 8, 11, 14, 18, 23, 29, 36, 44, 53]


def traced(call, injection):
    # -D: beside the runtime, whose end is what we wait for; the container's process goes on.
    return ["strace", "-D", "-f", "-qq", "-o", os.devnull, "--seccomp-bpf", "-e", f"trace={call}",
            "-e", f"inject={call}:{injection}"]


@pytest.fixture
def bundle(box):
    # What the sanitizers of a debug build look for at the end cannot be looked for under strace.
    box.runtime.env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    config = box.config("true")
    config["linux"]["sysctl"] = {"net.ipv4.ip_forward": "1"}
    return box.bundle(config)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_fails(box, bundle, call):
    for number in [n for n in TIMES if n <= CALLS[call]]:
        name = box.name()
        box.runtime.prefix = traced(call, f"error=EIO:when={number}")
        done = box.runtime.create(f"--bundle={bundle}", name)
        box.runtime.prefix = []
        if done.returncode == 0:
            box.runtime("delete", "--force", name)
        else:
            assert done.stdout.strip(), f"{call} {number}: no word of what failed"
        box.check_nothing_left()


@pytest.mark.parametrize("call", ["mkdir", "clone3", "recvfrom", "sendto", "renameat", "openat2",
                                  "move_mount", "pivot_root", "execve"])
def test_a_runtime_that_is_killed(box, bundle, call):
    """`delete --force` clears away, and the process in the making does not stay."""
    for number in 1, 2, 5:
        name = box.name()
        box.runtime.prefix = traced(call, f"signal=KILL:when={number}")
        box.runtime.create(f"--bundle={bundle}", name)
        box.runtime.prefix = []
        box.runtime("delete", "--force", name)
        box.check_nothing_left()


def test_start_that_fails(box, bundle):
    """The container stays created or has stopped, and can be deleted."""
    for call in "socket", "connect", "sendto", "recvfrom":
        name = box.create(bundle)
        box.runtime.prefix = traced(call, "error=EIO:when=1")
        done = box.runtime("start", name, ok=False)
        box.runtime.prefix = []
        assert done.returncode != 0, call
        box.runtime("delete", "--force", name)
        box.check_nothing_left()


def test_exec_that_fails(box, bundle):
    """The container goes on."""
    name, _ = box.start(box.config("sleep", "100"))
    for call in ["setns", "clone3", "openat2", "close_range", "setresuid", "capset", "seccomp",
                 "write", "pidfd_open", "sendto"]:
        box.runtime.prefix = traced(call, "error=EIO:when=1")
        box.runtime("exec", name, "true", ok=False)
        box.runtime.prefix = []
        assert box.runtime.state(name)["status"] == "running"
        assert len(box.runtime("exec", name, "sh", "-c", "ls -d /proc/[0-9]*").stdout.split()) <= 3


def test_too_little_memory_says_so(box):
    config = box.config("true")
    config["linux"]["resources"]["memory"] = {"limit": 4096 * 12}
    done = box.run(config, ok=False)
    assert done.returncode != 0 and "memory" in done.stderr


def test_no_room_for_processes(box):
    config = box.config("sh", "-c", "true & true & wait")
    config["linux"]["resources"]["pids"] = {"limit": 1}
    assert box.run(config, ok=False).returncode != 0


def test_a_bundle_on_a_full_file_system(box):
    """The state cannot be kept."""
    small = box.make_folder("small")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", small], check=True)
    try:
        bundle = box.bundle(box.config("true"))
        root, box.runtime.root = box.runtime.root, small / "state"
        done = box.runtime.create(f"--bundle={bundle}", box.name())
        box.runtime.root = root
        assert done.returncode == 1 and "No space left" in done.stdout
        assert list((small / "state").iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)
