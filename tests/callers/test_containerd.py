"""containerd: its runc shim, by `ctr run --runc-binary`."""
import os
import pathlib
import re
import subprocess

import pytest

from engines import Daemon, Tool, cgroup_file

pytestmark = [pytest.mark.root, pytest.mark.slow]

CONFIG = """
version = 2
root = "{base}/root"
state = "{base}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{base}/socket"
[ttrpc]
address = "{base}/ttrpc"
"""


class Containerd:
    def __init__(self, base, runtime):
        (base / "config.toml").write_text(CONFIG.format(base=base))
        self.daemon = Daemon("containerd", "--config", base / "config.toml", log=base / "log")
        self.ctr = Tool("ctr", "--address", base / "socket")
        self.runtime = runtime
        self.fifos = base / "fifos"
        self.daemon.wait_until(lambda: self.answers(base / "socket"))

    def answers(self, socket):
        return socket.exists() and subprocess.run(self.ctr.command + ["version"], check=False,
                                                  capture_output=True).returncode == 0

    def run(self, *args, code=0):
        return self.ctr("run", "--runc-binary", self.runtime, "--fifo-dir", self.fifos, *args,
                        code=code)

    def exec(self, *args, code=0):
        return self.ctr("task", "exec", "--fifo-dir", self.fifos, "--exec-id", "further", *args,
                        code=code)

    def remove_all(self):
        for task in self.ctr("task", "ls", "--quiet").split():
            self.ctr("task", "rm", "--force", task)
        for container in self.ctr("container", "ls", "--quiet").split():
            self.ctr("container", "rm", container)

    def pid(self, name):
        return int(re.search(rf"^{name}\s+(\d+)", self.ctr("task", "ls"), re.M)[1])

    def status(self, name):
        return re.search(rf"^{name}\s+\d+\s+(\w+)", self.ctr("task", "ls"), re.M)[1]


@pytest.fixture
def containerd(base, runtime, image_tar):
    server = Containerd(base, runtime)
    server.ctr("image", "import", image_tar)
    yield server
    server.remove_all()
    server.daemon.stop()


def test_run(containerd):
    run = containerd.run
    assert run("--rm", "localhost/box:latest", "one", "id", "-u") == "0\n"
    run("--rm", "localhost/box:latest", "one", "sh", "-c", "exit 7", code=7)
    assert run("--rm", "--seccomp", "--env", "A=b", "--cwd", "/tmp", "localhost/box:latest", "one",
               "sh", "-c", "grep Seccomp: /proc/self/status; pwd; echo $A") == "Seccomp:\t2\n/tmp\nb\n"
    run("--rm", "--read-only", "localhost/box:latest", "one", "touch", "/new", code=1)
    assert run("--rm", "--mount", "type=tmpfs,src=tmpfs,dst=/fast,options=size=64k",
               "localhost/box:latest", "one", "grep", "-c", "/fast tmpfs", "/proc/mounts") == "1\n"


def test_reasons_reach_the_user(containerd):
    said = containerd.run("localhost/box:latest", "one", "no-such-command", code=1).stderr
    assert 'OCI runtime create failed: exec: "no-such-command": executable file not found' in said
    containerd.remove_all()
    said = containerd.run("--cwd", "/etc/passwd", "localhost/box:latest", "one", "true", code=1).stderr
    assert "OCI runtime create failed" in said and "/etc/passwd" in said
    containerd.remove_all()


def test_life(containerd):
    containerd.run("--detach", "--memory-limit", "67108864", "--cpus", "0.5",
                   "localhost/box:latest", "one", "sleep", "1000")
    pid = containerd.pid("one")
    assert cgroup_file(pid, "memory", ("memory.limit_in_bytes", "memory.max")
                       ).read_text() == "67108864\n"
    assert containerd.exec("one", "cat", "/proc/1/cmdline") == "sleep\0001000\0"
    containerd.exec("one", "sh", "-c", "exit 5", code=5)
    said = containerd.exec("one", "no-such-command", code=1).stderr
    assert 'OCI runtime exec failed: exec: "no-such-command": executable file not found' in said

    containerd.ctr("task", "pause", "one")
    assert containerd.status("one") == "PAUSED"
    containerd.ctr("task", "resume", "one")
    assert containerd.status("one") == "RUNNING"
    assert str(pid) in containerd.ctr("task", "ps", "one")
    metrics = containerd.ctr("task", "metrics", "one")
    assert re.search(r"^memory\.(limit_in_bytes|usage_limit)\s+67108864", metrics, re.M), metrics

    containerd.ctr("task", "kill", "--signal", "KILL", "one")
    containerd.daemon.wait_until(lambda: containerd.status("one") == "STOPPED")
    assert not pathlib.Path(f"/proc/{pid}").exists()
    containerd.ctr("task", "delete", "one")
    assert "one" not in containerd.ctr("task", "ls")


def test_namespaces_to_join(containerd):
    containerd.run("--detach", "localhost/box:latest", "one", "sleep", "1000")
    pid = containerd.pid("one")
    inside = containerd.run("--rm", "--with-ns", f"network:/proc/{pid}/ns/net", "--with-ns",
                            f"ipc:/proc/{pid}/ns/ipc", "localhost/box:latest", "two", "sh", "-c",
                            "readlink /proc/self/ns/net; readlink /proc/self/ns/ipc").split()
    assert inside == [os.readlink(f"/proc/{pid}/ns/{kind}") for kind in ("net", "ipc")]
