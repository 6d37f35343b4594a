"""Kubernetes: pods and their containers through containerd's CRI, called as kubelet calls it."""
import itertools
import json
import os
import pathlib
import re
import time

import pytest

import cri
from engines import CGROUPS, Daemon, Tool, cgroup_file, processes_of, save_image

pytestmark = [pytest.mark.root, pytest.mark.slow]

# A score below one's own is not given to everybody; a runtime cannot know who will ask.
CONFIG = """
version = 2
root = "{base}/root"
state = "{base}/state"
[grpc]
address = "{base}/socket"
[ttrpc]
address = "{base}/ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{image}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "atomic"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.atomic]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.atomic.options]
BinaryName = "{runtime}"
SystemdCgroup = false
"""
IMAGE, PAUSE = "localhost/box:latest", "localhost/pause:latest"
MEMORY = 67108864
# What kubelet asks for when a pod says nothing.
MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
          "/proc/scsi", "/sys/firmware"]
READONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]


class Pod:
    """A sandbox and what is made in it."""

    def __init__(self, server, number, sysctls=(), **sandbox):
        uid = f"00000000-0000-4000-8000-{number:012}"
        self.server = server
        self.parent = f"/kubepods/pod{uid}"
        self.logs = server.base / f"logs-{number}"
        namespaces = sandbox.pop("namespaces", {"network": cri.NODE, "pid": cri.CONTAINER})
        self.config = {
            "metadata": {"name": f"pod-{number}", "uid": uid, "namespace": "default"},
            "log_directory": str(self.logs),
            "linux": {"cgroup_parent": self.parent, "security_context": {
                "namespace_options": namespaces, "seccomp": {"profile_type": cri.DEFAULT},
                **sandbox}, "sysctls": sysctls}}
        self.namespaces = namespaces
        self.logs.mkdir()
        self.id = server.call("RunPodSandbox", config=self.config).pod_sandbox_id

    def create(self, name, *command, resources=None, security=None, **config):
        """A container that exists and does not run yet; its id."""
        context = {"namespace_options": self.namespaces, "masked_paths": MASKED,
                   "readonly_paths": READONLY, "seccomp": {"profile_type": cri.DEFAULT},
                   **(security or {})}
        return self.server.call(
            "CreateContainer", pod_sandbox_id=self.id, sandbox_config=self.config,
            config={"metadata": {"name": name}, "image": {"image": IMAGE}, "command": command,
                    "log_path": f"{name}.log",
                    "linux": {"resources": resources or {}, "security_context": context},
                    **config}).container_id

    def run(self, *args, **kwargs):
        """A container that runs; its id."""
        container = self.create(*args, **kwargs)
        self.server.call("StartContainer", container_id=container)
        return container

    def finish(self, *args, **kwargs):
        """Run a container to its end; its exit status and what it wrote."""
        container = self.run(*args, **kwargs)
        status = self.server.wait(container, lambda status: status.state == cri.EXITED)
        return status.exit_code, "".join(text for _, text in self.log(args[0]))

    def log(self, name):
        """The lines of a container's log, as kubelet reads it: stream and text."""
        lines = (self.logs / f"{name}.log").read_text(encoding="utf-8").splitlines()
        fields = [line.split(" ", 3) for line in lines]
        assert all(tag in "FP" for _, _, tag, _ in fields)
        return [(stream, f"{text}\n") for _, stream, _, text in fields]

    def remove(self):
        self.server.call("StopPodSandbox", pod_sandbox_id=self.id)
        self.server.call("RemovePodSandbox", pod_sandbox_id=self.id)


class Server:
    """containerd, and a kubelet's view of it."""

    def __init__(self, base, runtime):
        self.base = base
        (base / "config.toml").write_text(CONFIG.format(base=base, runtime=runtime, image=PAUSE))
        self.daemon = Daemon("containerd", "--config", base / "config.toml", log=base / "log")
        self.ctr = Tool("ctr", "--address", base / "socket", "--namespace", "k8s.io")
        self.call = cri.Client(base / "socket")
        self.numbers = itertools.count(1)
        self.daemon.wait_until(self.ready)

    def ready(self):
        try:
            conditions = self.call("Status").status.conditions
        except cri.Refused:
            return False
        return any(c.type == "RuntimeReady" and c.status for c in conditions)

    def has_image(self, name):
        return self.call("ImageStatus", image={"image": name}).HasField("image")

    def pod(self, **options):
        return Pod(self, next(self.numbers), **options)

    def status(self, container):
        return self.call("ContainerStatus", container_id=container).status

    def wait(self, container, condition, seconds=60):
        self.daemon.wait_until(lambda: condition(self.status(container)), seconds)
        return self.status(container)

    def pid(self, container):
        answer = self.call("ContainerStatus", container_id=container, verbose=True)
        return json.loads(next(pair.value for pair in answer.info if pair.key == "info"))["pid"]

    def exec(self, container, *command, timeout=0):
        """Exit status, standard output and standard error of a command inside."""
        done = self.call("ExecSync", container_id=container, cmd=command, timeout=timeout)
        return done.exit_code, done.stdout.decode(), done.stderr.decode()

    def close(self):
        for sandbox in self.call("ListPodSandbox").items:
            self.call("StopPodSandbox", pod_sandbox_id=sandbox.id)
            self.call("RemovePodSandbox", pod_sandbox_id=sandbox.id)
        self.call.close()
        self.daemon.stop()


@pytest.fixture(scope="module")
def pause_tar(tmp_path_factory, rootfs_tar):
    """What holds a pod's namespaces; a machine without a network has to bring its own."""
    return save_image(tmp_path_factory.mktemp("pause"), rootfs_tar, PAUSE,
                      "--entrypoint", '["/bin/sleep", "1000000"]')


@pytest.fixture(scope="module")
def server(module_base, runtime, image_tar, pause_tar):
    made = Server(module_base, runtime)
    for tar in image_tar, pause_tar:
        made.ctr("images", "import", tar)
    # It hears of them by events.
    made.daemon.wait_until(lambda: all(made.has_image(name) for name in (IMAGE, PAUSE)))
    yield made
    made.close()


@pytest.fixture
def pod(server):
    made = server.pod()
    yield made
    made.remove()


def namespace(pid, kind):
    return os.readlink(f"/proc/{pid}/ns/{kind}")


def test_version(server):
    version = server.call("Version")
    assert (version.runtime_name, version.runtime_api_version) == ("containerd", "v1")


def test_life_of_a_pod(server):
    """The calls of kubelet for a pod with one container, in its order, and that nothing is left."""
    pod = server.pod()
    assert server.call("PodSandboxStatus", pod_sandbox_id=pod.id).status.state == cri.READY
    container = pod.create("one", "sh", "-c", "trap 'echo bye; exit 3' TERM; echo hello; "
                           "echo oh >&2; while :; do sleep 0.1; done",
                           resources={"memory_limit_in_bytes": MEMORY})
    assert server.status(container).state == cri.CREATED
    server.call("StartContainer", container_id=container)
    status = server.status(container)
    assert status.state == cri.RUNNING and status.started_at > 0
    assert server.exec(container, "sh", "-c", "echo out; echo err >&2; exit 5") \
        == (5, "out\n", "err\n")
    pid = server.pid(container)
    folder = cgroup_file(pid, "memory", ("memory.limit_in_bytes", "memory.max")).parent
    assert folder.relative_to(CGROUPS).match(f"*{pod.parent}/{container}")
    server.wait(container, lambda _: len(pod.log("one")) == 2)

    server.call("StopContainer", container_id=container, timeout=30)
    status = server.status(container)
    assert (status.state, status.exit_code, status.reason) == (cri.EXITED, 3, "Error")
    assert sorted(pod.log("one")) \
        == [("stderr", "oh\n"), ("stdout", "bye\n"), ("stdout", "hello\n")]
    server.call("RemoveContainer", container_id=container)
    with pytest.raises(cri.Refused, match="NOT_FOUND"):
        server.status(container)
    server.call("StopPodSandbox", pod_sandbox_id=pod.id)
    assert server.call("PodSandboxStatus", pod_sandbox_id=pod.id).status.state == cri.NOT_READY
    server.call("RemovePodSandbox", pod_sandbox_id=pod.id)
    assert not server.call("ListPodSandbox").items
    assert not folder.exists() and not pathlib.Path(f"/proc/{pid}").exists()
    assert list(processes_of(pod.id)) == []


def test_limits_and_their_update(server, pod):
    container = pod.run("one", "sleep", "1000", resources={
        "memory_limit_in_bytes": MEMORY, "cpu_period": 100000, "cpu_quota": 50000,
        "cpu_shares": 512, "cpuset_cpus": "0", "oom_score_adj": 999})
    pid = server.pid(container)

    def limits():
        memory = cgroup_file(pid, "memory", ("memory.limit_in_bytes", "memory.max")).read_text()
        quota = cgroup_file(pid, "cpu", ("cpu.cfs_quota_us", "cpu.max")).read_text()
        cpus = cgroup_file(pid, "cpuset", ("cpuset.cpus", "cpuset.cpus")).read_text()
        return int(memory), int(quota.split()[0]), cpus.strip()

    assert limits() == (MEMORY, 50000, "0")
    assert pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text(encoding="utf-8") == "999\n"
    server.call("UpdateContainerResources", container_id=container, linux={
        "memory_limit_in_bytes": 2 * MEMORY, "cpu_period": 100000, "cpu_quota": 20000})
    assert limits() == (2 * MEMORY, 20000, "0")
    stats = server.call("ContainerStats", container_id=container).stats
    assert stats.cpu.usage_core_nano_seconds.value > 0
    assert 0 < stats.memory.working_set_bytes.value < 2 * MEMORY


def test_out_of_memory_is_told(server, pod):
    """What `kubectl describe pod` shows as the reason comes from the events of the cgroup."""
    container = pod.run("one", "sh", "-c", "a=0123456789; while :; do a=$a$a; done",
                        resources={"memory_limit_in_bytes": 16777216})
    status = server.wait(container, lambda s: s.state == cri.EXITED and s.reason == "OOMKilled")
    assert status.exit_code == 137


def test_grace_period(server, pod):
    """A program that does not hear is killed when its time is over."""
    container = pod.run("one", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
    server.daemon.wait_until(lambda: pod.log("one"))
    server.call("StopContainer", container_id=container, timeout=1)
    assert server.status(container).exit_code == 137
    server.call("StopContainer", container_id=container, timeout=1)


def test_a_probe_that_hangs(server, pod):
    container = pod.run("one", "sleep", "1000")
    word = f"{time.time():.9f}"
    with pytest.raises(cri.Refused, match="DEADLINE_EXCEEDED"):
        server.exec(container, "sh", "-c", f"echo {word} >/dev/null; while :; do sleep 0.1; done",
                    timeout=1)
    server.daemon.wait_until(lambda: not list(processes_of(word)))
    assert server.exec(container, "true") == (0, "", "")


def test_reasons_reach_kubelet(server, pod):
    container = pod.create("one", "no-such-command")
    with pytest.raises(cri.Refused, match='exec: "no-such-command": executable file not found'):
        server.call("StartContainer", container_id=container)
    status = server.status(container)
    assert (status.state, status.exit_code, status.reason) == (cri.EXITED, 128, "StartError")
    assert "executable file not found" in status.message
    container = pod.run("two", "sleep", "1000")
    with pytest.raises(cri.Refused, match='exec: "no-such-command": executable file not found'):
        server.exec(container, "no-such-command")
    container = pod.create("three", "true", working_dir="/etc/passwd")
    with pytest.raises(cri.Refused, match="/etc/passwd"):
        server.call("StartContainer", container_id=container)


def test_security_context(server, pod):
    """Who the program is and what it may, as a pod's securityContext says."""
    code, said = pod.finish(
        "one", "sh", "-c",
        "exec 2>&1; id -u; id -g; id -G; touch /new; echo 1 >/proc/sys/kernel/domainname; pwd; "
        "echo $A; grep -E 'Seccomp:|NoNewPrivs|CapEff' /proc/self/status",
        working_dir="/tmp", envs=[{"key": "A", "value": "b c"}],
        security={"run_as_user": {"value": 1000}, "run_as_group": {"value": 2000},
                  "supplemental_groups": [3000], "readonly_rootfs": True, "no_new_privs": True,
                  "capabilities": {"drop_capabilities": ["ALL"]}})
    assert code == 0
    assert said.startswith("1000\n2000\n2000 3000\ntouch: /new: Read-only file system\n")
    assert "/proc/sys/kernel/domainname: Read-only file system\n/tmp\nb c\n" in said
    assert said.endswith(f"CapEff:\t{0:016x}\nNoNewPrivs:\t1\nSeccomp:\t2\n")


def test_volumes_and_devices(server, pod):
    volume = server.base / "volume"
    volume.mkdir()
    (volume / "file").write_text("given\n", encoding="utf-8")
    code, said = pod.finish(
        "one", "sh", "-c", "exec 2>&1; cat /data/file; touch /data/new; touch /fixed/new; "
        "wc -c </dev/given",
        mounts=[{"container_path": "/data", "host_path": str(volume)},
                {"container_path": "/fixed", "host_path": str(volume), "readonly": True}],
        devices=[{"container_path": "/dev/given", "host_path": "/dev/null", "permissions": "rwm"}])
    assert (code, said) == (0, "given\ntouch: /fixed/new: Read-only file system\n0\n")
    assert sorted(path.name for path in volume.iterdir()) == ["file", "new"]


def test_privileged(server):
    pod = server.pod(privileged=True)
    code, said = pod.finish("one", "sh", "-c", "grep -E 'Seccomp:|CapEff' /proc/self/status; "
                            "grep -E ' /(proc|sys) ' /proc/mounts; ls /dev/kmsg",
                            security={"privileged": True, "masked_paths": [], "readonly_paths": [],
                                      "seccomp": {"profile_type": cri.UNCONFINED}})
    own = re.search(r"CapBnd:\s+(\w+)", pathlib.Path("/proc/self/status").read_text("utf-8"))[1]
    assert code == 0 and f"CapEff:\t{own}\n" in said and "Seccomp:\t0\n" in said
    assert not re.search(r"^\S+ /(proc|sys) \S+ ro", said, re.M) and said.endswith("/dev/kmsg\n")
    pod.remove()


def test_namespaces_of_a_pod(server):
    """Shared by its containers: network of the node, IPC of the pod, and processes when asked."""
    pod = server.pod(namespaces={"network": cri.NODE, "pid": cri.POD},
                     sysctls=[{"key": "kernel.shm_rmid_forced", "value": "1"}])
    pids = [server.pid(pod.run(name, "sleep", "1000")) for name in ("one", "two")]
    assert namespace(pids[0], "ipc") == namespace(pids[1], "ipc") != namespace("self", "ipc")
    assert namespace(pids[0], "pid") == namespace(pids[1], "pid") != namespace("self", "pid")
    assert namespace(pids[0], "mnt") != namespace(pids[1], "mnt")
    assert namespace(pids[0], "net") == namespace(server.daemon.process.pid, "net")
    code, said = pod.finish("three", "sh", "-c",
                            "ps -o args; cat /proc/sys/kernel/shm_rmid_forced")
    assert code == 0 and said.count("sleep 1000\n") == 2 and "/bin/sleep 1000000" in said
    assert said.endswith("\n1\n")
    pod.remove()


def test_a_debugging_container(server, pod):
    """`kubectl debug --target`: a later container sees the processes of another."""
    target = pod.run("one", "sleep", "1000")
    options = {"network": cri.NODE, "pid": cri.TARGET, "target_id": target}
    code, said = pod.finish("two", "cat", "/proc/1/cmdline",
                            security={"namespace_options": options})
    assert (code, said) == (0, "sleep\0001000\0\n")


def test_a_container_that_ends_by_itself(server, pod):
    """And is made again, as kubelet does after a crash."""
    assert pod.finish("one", "sh", "-c", "echo first; exit 1") == (1, "first\n")
    assert pod.finish("one", "true", metadata={"name": "one", "attempt": 1})[0] == 0


def test_a_pod_that_is_stopped_takes_its_containers(server):
    pod = server.pod()
    pids = [server.pid(pod.run(name, "sh", "-c", "sleep 1001 & wait")) for name in ("one", "two")]
    server.call("StopPodSandbox", pod_sandbox_id=pod.id)
    assert not any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids)
    pod.remove()
