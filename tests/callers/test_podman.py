"""podman as root: `--runtime` with conmon in between."""
import json
import os
import pathlib
import pty
import re
import subprocess

import pytest

from engines import Tool, cgroup_file

pytestmark = [pytest.mark.root, pytest.mark.slow]

CONFIG = """
[containers]
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "atomic-runtime"
runtime_supports_json = [{json}]
[engine.runtimes]
atomic-runtime = ["{runtime}"]
"""


def make_podman(base, runtime, rootfs_tar, speaks_json=True):
    config = base / "containers.conf"
    config.write_text(CONFIG.format(runtime=runtime,
                                    json='"atomic-runtime"' if speaks_json else ""))
    env = dict(os.environ, CONTAINERS_CONF=str(config), TMPDIR=str(base))
    tool = Tool("podman", "--root", base / "root", "--runroot", base / "run", "--tmpdir",
                base / "tmp", "--storage-driver", "vfs", env=env)
    tool("import", rootfs_tar, "localhost/box")
    return tool


@pytest.fixture
def podman(base, runtime, rootfs_tar):
    tool = make_podman(base, runtime, rootfs_tar)
    yield tool
    remove_all(tool)


def remove_all(podman):
    """Remove the containers; podman finds its own mount of shm busy now and then, also with runc."""
    for _ in range(5):
        try:
            podman("rm", "--all", "--force", "--time", "0")
            return
        except AssertionError as error:
            if "busy" not in str(error):
                raise
    pytest.fail("a container cannot be removed")


def pid_of(podman, name):
    return int(podman("inspect", "--format", "{{.State.Pid}}", name))


def test_run(podman):
    info = json.loads(podman("info", "--format", "json"))
    assert info["host"]["ociRuntime"]["name"] == "atomic-runtime"
    assert "atomic-runtime version" in info["host"]["ociRuntime"]["version"]
    assert podman("run", "--rm", "box", "id", "-u") == "0\n"
    assert podman("run", "--rm", "--user", "user", "box", "id").startswith("uid=1000(user) gid=1000")
    assert podman("run", "--rm", "--hostname", "inside", "box", "hostname") == "inside\n"
    assert podman("run", "--rm", "-i", "box", "cat", text_in="through\n") == "through\n"
    podman("run", "--rm", "box", "sh", "-c", "exit 7", code=7)


def test_what_docker_would_give(podman):
    """The default profile: masks, capabilities, seccomp, read-only paths."""
    status = podman("run", "--rm", "box", "cat", "/proc/self/status")
    assert re.search(r"^Seccomp:\t2$", status, re.M)
    assert re.search(r"^SigIgn:\t0+$", status, re.M)  # conmon ignores SIGPIPE
    capabilities = int(re.search(r"^CapEff:\t(\w+)$", status, re.M)[1], 16)
    assert capabilities & 1 << 0 and not capabilities & 1 << 21  # CHOWN, SYS_ADMIN
    assert podman("run", "--rm", "box", "sh", "-c", "cat /proc/kcore | wc -c") == "0\n"
    podman("run", "--rm", "box", "sh", "-c", "echo 1 > /proc/sys/kernel/panic", code=1)
    podman("run", "--rm", "--read-only", "box", "touch", "/new", code=1)
    assert "new" in podman("run", "--rm", "--privileged", "box", "sh", "-c", "touch /new; ls /")


def test_life(podman):
    podman("run", "--detach", "--name", "one", "--memory", "64m", "--pids-limit", "50", "--cpus",
           "0.5", "box", "sleep", "1000")
    pid = pid_of(podman, "one")
    assert os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")
    assert cgroup_file(pid, "memory", ("memory.limit_in_bytes", "memory.max")
                       ).read_text() == "67108864\n"
    assert cgroup_file(pid, "pids", ("pids.max", "pids.max")).read_text() == "50\n"
    assert podman("exec", "one", "cat", "/proc/1/cmdline") == "sleep\0001000\0"
    assert podman("exec", "--user", "user", "--workdir", "/tmp", "--env", "A=b", "one", "sh", "-c",
                  "id -u; pwd; echo $A") == "1000\n/tmp\nb\n"
    podman("exec", "one", "sh", "-c", "exit 9", code=9)
    podman("exec", "--detach", "one", "sleep", "500")
    assert "sleep 500" in podman("top", "one", "args")

    podman("pause", "one")
    assert podman("inspect", "--format", "{{.State.Status}}", "one") == "paused\n"
    podman("unpause", "one")
    assert podman("inspect", "--format", "{{.State.Status}}", "one") == "running\n"

    stats = json.loads(podman("stats", "--no-stream", "--format", "json", "one"))[0]
    assert stats["mem_usage"].endswith("67.11MB") and stats["pids"] == "2"

    podman("stop", "--time", "0", "one")
    assert not pathlib.Path(f"/proc/{pid}").exists()
    podman("start", "one")
    assert pid_of(podman, "one") != pid
    podman("kill", "--signal", "KILL", "one")
    assert podman("wait", "one") == "137\n"
    podman("rm", "one")


def test_update_of_limits(podman):
    podman("run", "--detach", "--name", "one", "--memory", "64m", "box", "sleep", "1000")
    podman("update", "--memory", "32m", "one")
    limit = cgroup_file(pid_of(podman, "one"), "memory", ("memory.limit_in_bytes", "memory.max"))
    assert limit.read_text() == "33554432\n"


def test_terminal(podman):
    master, slave = pty.openpty()
    with subprocess.Popen(podman.command + ["run", "--rm", "-t", "box", "sh", "-c",
                                            "test -t 0 && stty size && echo on a terminal"],
                          stdin=slave, stdout=slave, stderr=slave, env=podman.env) as process:
        os.close(slave)
        text = b""
        try:
            while chunk := os.read(master, 4096):
                text += chunk
        except OSError:  # its other end is closed
            pass
        assert process.wait(60) == 0, text
    os.close(master)
    assert b"on a terminal" in text


@pytest.mark.parametrize("speaks_json", [True, False])
def test_reasons_reach_the_user(base, runtime, rootfs_tar, speaks_json):
    podman = make_podman(base, runtime, rootfs_tar, speaks_json)
    said = podman("run", "--rm", "box", "no-such-command", code=127).stderr
    assert 'exec: "no-such-command": executable file not found in $PATH' in said
    said = podman("run", "--rm", "box", "/no/such/file", code=127).stderr
    assert 'exec: "/no/such/file": stat /no/such/file: no such file or directory' in said
    said = podman("run", "--rm", "box", "/etc/passwd", code=126).stderr
    assert 'exec: "/etc/passwd": permission denied' in said
    podman("run", "--detach", "--name", "one", "box", "sleep", "1000")
    said = podman("exec", "one", "no-such-command", code=127).stderr
    assert 'exec: "no-such-command": executable file not found in $PATH' in said
    podman("exec", "one", "/etc", code=126)
    said = podman("run", "--rm", "--workdir", "/etc/passwd", "box", "true", code=126).stderr
    assert "/etc/passwd" in said and "directory" in said
    remove_all(podman)


def test_volumes_and_tmpfs(podman, base):
    folder = base / "volume"
    folder.mkdir()
    podman("run", "--rm", "--volume", f"{folder}:/data", "box", "sh", "-c", "echo hello > /data/file")
    assert (folder / "file").read_text() == "hello\n"
    podman("run", "--rm", "--volume", f"{folder}:/data:ro", "box", "touch", "/data/other", code=1)
    mounts = podman("run", "--rm", "--tmpfs", "/fast:rw,size=64k", "box", "cat", "/proc/mounts")
    assert re.search(r"^tmpfs /fast tmpfs .*size=64k", mounts, re.M)
    podman("volume", "rm", "--all", "--force")


def test_user_namespace(podman):
    podman("run", "--detach", "--name", "one", "--uidmap", "0:100000:1000", "--gidmap",
           "0:100000:1000", "box", "sleep", "1000")
    assert podman("exec", "one", "id", "-u") == "0\n"
    assert os.stat(f"/proc/{pid_of(podman, 'one')}").st_uid == 100000


def test_build(podman, base):
    context = base / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(
        'FROM localhost/box\nRUN echo made > /made && id -u >> /made\nUSER user\n'
        'RUN id -un > /tmp/who\nCMD ["cat", "/made", "/tmp/who"]\n')
    podman("build", "--isolation", "oci", "--tag", "built", context)
    assert podman("run", "--rm", "built") == "made\n0\nuser\n"
    (context / "Dockerfile").write_text("FROM localhost/box\nRUN exit 3\n")
    said = podman("build", "--isolation", "oci", "--tag", "other", context, code=3)
    assert "exit status 3" in said.stderr


def test_pod(podman):
    podman("pod", "create", "--name", "pod", "--network", "none", "--hostname", "shared")
    podman("run", "--detach", "--pod", "pod", "--name", "one", "box", "sleep", "1000")
    assert podman("run", "--rm", "--pod", "pod", "box", "hostname") == "shared\n"
    infra = podman("pod", "inspect", "--format", "{{.InfraContainerID}}", "pod").strip()
    ids = [pid_of(podman, name) for name in (infra, "one")]
    for kind, shared in ("uts", True), ("ipc", True), ("net", True), ("pid", False):
        names = {os.readlink(f"/proc/{pid}/ns/{kind}") for pid in ids}
        assert (len(names) == 1) == shared, kind
    podman("pod", "rm", "--force", "--time", "0", "pod")
