"""Engines and their tools as programs, and what they leave behind."""
import contextlib
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import time

import pytest

COMMANDS = ("sh", "cat", "echo", "false", "grep", "hostname", "id", "ls", "mkdir", "printenv", "ps",
            "pwd", "sleep", "stty", "test", "touch", "true", "wc", "dd", "readlink")
CGROUPS = pathlib.Path("/sys/fs/cgroup")
# The engines' own parent folders, which they keep whatever the runtime.
KEPT_CGROUPS = ("libpod_parent", "default", "docker", "kubepods")


class Tool:
    """A command with its fixed arguments and environment."""

    def __init__(self, *command, env=None):
        self.command = list(map(str, command))
        self.env = env

    def __call__(self, *args, code=0, text_in=None):
        """Run it; its standard output, or the whole result when another exit status is expected."""
        result = subprocess.run(self.command + list(map(str, args)), text=True, input=text_in,
                                capture_output=True, env=self.env, timeout=120, check=False)
        said = f"{' '.join(self.command + list(map(str, args)))}\n{result.stdout}{result.stderr}"
        assert result.returncode == code, said
        return result.stdout if code == 0 else result


class Daemon:
    """A server in a network and mount namespace of its own, which ends with its test."""

    def __init__(self, *command, log):
        self.log = open(log, "w+", encoding="utf-8")
        script = ('mount --make-rprivate / && mount -t tmpfs tmpfs /run && ip link set lo up && '
                  'exec "$@"')
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--net", "sh", "-c", script, "sh", *map(str, command)],
            stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def said(self):
        self.log.seek(0)
        return self.log.read()[-4000:]

    def wait_until(self, answers, seconds=60):
        """Ask until it answers: there is no descriptor that tells."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.said()
            if answers():
                return
            time.sleep(0.1)
        pytest.fail(self.said(), pytrace=False)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def save_image(folder, rootfs_tar, name, *options):
    """An image as `docker save` writes it, of this file system and configured by these options."""
    tool = Tool("buildah", "--root", folder / "root", "--runroot", folder / "run",
                "--storage-driver", "vfs")
    tool("from", "--name", "made", "scratch")
    tool("add", "made", rootfs_tar, "/")
    tool("config", *options, "made")
    tool("commit", "--format", "docker", "made", f"docker-archive:{folder}/image.tar:{name}")
    tool("rm", "--all")
    return folder / "image.tar"


def cgroup_file(pid, controller, file):
    """The file of a process' cgroup, whichever version has the controller."""
    for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return pathlib.Path(f"/sys/fs/cgroup/{names}{path}") / file[0]
        if names == "" and not pathlib.Path("/sys/fs/cgroup/unified").exists():
            return pathlib.Path(f"/sys/fs/cgroup{path}") / file[1]
    pytest.fail(f"no cgroup has {controller}")


def cgroup_folders():
    """Every cgroup that is named as an engine names those of containers."""
    return {path for path, _, _ in os.walk(CGROUPS)
            if re.search(r"[0-9a-f]{64}|libpod|buildah|docker", path)}


def mounts_below(folder):
    text = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    return {line.split()[4] for line in text.splitlines() if str(folder) in line}


def wait_for_ends(find, seconds=20):
    """Wait for the ends of an engine's helpers, which clear away; the ids of those that stay."""
    end = time.monotonic() + seconds
    while (found := list(find())) and time.monotonic() < end:
        for pid in found:
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            select.select([descriptor], [], [], max(0, end - time.monotonic()))
            os.close(descriptor)
    return found


def processes_of(word):
    """Ids of the processes that have the word in their command line."""
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if word in command and int(entry.name) != os.getpid():
            yield int(entry.name)


def kill_what_is_left(find):
    left = wait_for_ends(find)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left


@contextlib.contextmanager
def engine_folder(tmp_path_factory):
    """A folder for an engine's state whose name tells its processes; what is left is an error."""
    folder = tmp_path_factory.mktemp("engine")
    before = cgroup_folders() | _states()
    yield folder
    kill_what_is_left(lambda: processes_of(str(folder)))
    for name in KEPT_CGROUPS:
        _remove_cgroup(name)
    assert mounts_below(folder) == set()
    assert (cgroup_folders() | _states()) - before == set()
    shutil.rmtree(folder)


def _states():
    """The states that engines keep under the runtime's usual root."""
    return {str(path) for path in pathlib.Path("/run/atomic-runtime").glob("[0-9a-f]" * 64)}


def _remove_cgroup(name):
    """Of each hierarchy; one that another engine of the machine uses stays."""
    for root in [CGROUPS, *CGROUPS.iterdir()]:
        for path, _, _ in os.walk(root / name, topdown=False):
            _remove_folder(pathlib.Path(path))


def _remove_folder(path, seconds=10):
    """A process that has ended may hold it until it is reaped."""
    end = time.monotonic() + seconds
    while path.exists():
        try:
            path.rmdir()
        except OSError:
            if (path / "cgroup.procs").read_text(encoding="utf-8") \
                    or any(below.is_dir() for below in path.iterdir()):
                return
            assert time.monotonic() < end, f"{path} cannot be removed"
            time.sleep(0.05)
