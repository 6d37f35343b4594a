"""podman as an ordinary user: user namespaces by newuidmap, no cgroups to speak of."""
import os
import pathlib
import signal
import subprocess

import pytest

from engines import Tool, kill_what_is_left

pytestmark = [pytest.mark.root, pytest.mark.slow]

CONFIG = """
[containers]
netns = "none"
cgroups = "disabled"
default_ulimits = ["nofile=1024:1024", "nproc=10000:10000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
# A sanitizer looks for leaks in ways that a user namespace forbids.
conmon_env_vars = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "ASAN_OPTIONS=detect_leaks=0"]
runtime = "atomic-runtime"
runtime_supports_json = ["atomic-runtime"]
runtime_supports_nocgroup = ["atomic-runtime"]
runtime_supports_nocgroups = ["atomic-runtime"]
[engine.runtimes]
atomic-runtime = ["{runtime}"]
"""
UID = 4000


class Private:
    """A mount namespace in which an ordinary user with subordinate ids exists, and a folder for it."""

    def __init__(self, runtime, rootfs_tar, work):
        passwd = work / "passwd"
        passwd.write_text(pathlib.Path("/etc/passwd").read_text(encoding="utf-8")
                          + f"tester:x:{UID}:{UID}::/mnt/home:/bin/sh\n")
        (work / "group").write_text(pathlib.Path("/etc/group").read_text(encoding="utf-8")
                                    + f"tester:x:{UID}:\n")
        (work / "subids").write_text("tester:400000:65536\n")
        script = f"""
            mount --make-rprivate /
            mount -t tmpfs -o mode=755 tmpfs /mnt
            for file in passwd group; do mount --bind {work}/$file /etc/$file; done
            for file in subuid subgid; do
              [ -e /etc/$file ] || touch /etc/$file
              mount --bind {work}/subids /etc/$file
            done
            cp {runtime} /mnt/atomic-runtime
            # Beside the small program of a release is the full one.
            [ ! -e {runtime}-full ] || cp {runtime}-full /mnt/atomic-runtime-full
            cp {rootfs_tar} /mnt/rootfs.tar
            mkdir /mnt/home /mnt/run /mnt/tmp
            chown {UID}:{UID} /mnt/home /mnt/run /mnt/tmp
            chmod 755 /mnt/atomic-runtime*; chmod 644 /mnt/rootfs.tar; chmod 700 /mnt/run
            echo ready
            exec sleep 3600"""
        self.holder = subprocess.Popen(["unshare", "--mount", "sh", "-euc", script],
                                       stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "ready\n"
        self.enter = ["nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt", "setpriv",
                      f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--inh-caps=-all",
                      "env", "--chdir=/mnt/home", "HOME=/mnt/home", "XDG_RUNTIME_DIR=/mnt/run",
                      "TMPDIR=/mnt/tmp", "CONTAINERS_CONF=/mnt/home/containers.conf"]

    def tool(self, *command):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        return Tool(*self.enter, *command, env=env)

    def write(self, path, text):
        Tool(*self.enter)("sh", "-c", f"cat > {path}", text_in=text)

    def end(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


@pytest.fixture
def private(base, runtime, rootfs_tar):
    place = Private(runtime, rootfs_tar, base)
    place.write("/mnt/home/containers.conf", CONFIG.format(runtime="/mnt/atomic-runtime"))
    yield place
    place.end()
    kill_what_is_left(processes_of_user)


def processes_of_user():
    """Those of the user itself and of its subordinate ids; a zombie has no command line."""
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            uid = entry.stat().st_uid
            if (uid == UID or 400000 <= uid < 465536) and (entry / "cmdline").read_bytes():
                yield int(entry.name)
        except OSError:
            continue


@pytest.fixture
def podman(private):
    tool = private.tool("podman", "--storage-driver", "vfs")
    tool("import", "/mnt/rootfs.tar", "localhost/box")
    yield tool
    tool("rm", "--all", "--force", "--time", "0")
    # The process that holds its namespaces stays until it is told to go.
    os.kill(int(private.tool("cat")("/mnt/run/libpod/tmp/pause.pid")), signal.SIGKILL)


def test_run_as_user(podman):
    assert podman("run", "--rm", "box", "id", "-u") == "0\n"
    assert podman("run", "--rm", "--user", "1000", "box", "id", "-u") == "1000\n"
    maps = podman("run", "--rm", "box", "cat", "/proc/self/uid_map").split()
    assert maps[:6] == ["0", str(UID), "1", "1", "400000", "65536"]
    status = podman("run", "--rm", "box", "cat", "/proc/self/status")
    assert "Seccomp:\t2\n" in status
    said = podman("run", "--rm", "box", "no-such-command", code=127).stderr
    assert 'exec: "no-such-command": executable file not found in $PATH' in said


def test_files_belong_to_the_user(podman, private):
    private.tool("mkdir")("/mnt/home/data")
    podman("run", "--rm", "--volume", "/mnt/home/data:/data", "box", "sh", "-c", "echo hello > /data/file")
    assert private.tool("stat")("--format", "%u %s", "/mnt/home/data/file") == f"{UID} 6\n"


def test_life_as_user(podman):
    podman("run", "--detach", "--name", "one", "--hostname", "inside", "box", "sleep", "1000")
    assert podman("exec", "one", "hostname") == "inside\n"
    assert podman("exec", "--user", "user", "one", "id", "-un") == "user\n"
    podman("stop", "--time", "0", "one")
    assert podman("wait", "one") == "137\n"
    podman("start", "one")
    assert podman("exec", "one", "id", "-u") == "0\n"


def test_cgroups_that_cannot_be_had(podman, private):
    """Where the user may make no cgroup, the container runs without one."""
    text = CONFIG.format(runtime="/mnt/atomic-runtime").replace('cgroups = "disabled"\n', "")
    private.write("/mnt/home/containers.conf", text)
    assert podman("run", "--rm", "box", "id", "-u") == "0\n"


def test_build_as_user(podman, private):
    private.tool("mkdir")("/mnt/home/context")
    private.write("/mnt/home/context/Dockerfile",
                  'FROM localhost/box\nRUN id -u > /made\nCMD ["cat", "/made"]\n')
    podman("build", "--isolation", "oci", "--network", "none", "--tag", "built", "/mnt/home/context")
    assert podman("run", "--rm", "built") == "0\n"
