"""Containers as scopes of a real systemd."""
import json
import pathlib
import subprocess

import oci
from booted import (TOP, folder_of, main_disk, properties, sleeper, systemctl, until, update,
                      values)

MIB = 1 << 20


def scope_of(name):
    return f"atomic-{name}.scope"


def test_status_shows_the_container(scope_box):
    box = scope_box
    config = sleeper(box)
    config["linux"]["cgroupsPath"] = f"machine-some.slice:test:{box.name()}"
    config["annotations"] = {"org.systemd.property.Description": "'a test of scopes'"}
    unit = f"test-{box.ids[-1]}.scope"
    name, pid = box.start(config)
    shown = systemctl("status", "--no-pager", "--full", unit)
    assert f"{unit} - a test of scopes" in shown and "Active: active (running)" in shown
    assert "Transient: yes" in shown and f"{pid} sleep 1000" in shown
    properties_ = properties(unit)
    assert properties_["Delegate"] == "yes" and properties_["Slice"] == "machine-some.slice"
    assert TOP / properties_["ControlGroup"].lstrip("/") == folder_of(pid)
    # It keeps the streams that it was given.
    subprocess.run(box.runtime.argv("exec", "--detach", name, "sleep", "1234"), check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert "sleep 1234" in systemctl("status", "--no-pager", "--full", unit)
    assert unit in subprocess.run(["systemd-cgls", "--no-pager", "/machine.slice"], check=True,
                                  capture_output=True, text=True).stdout
    box.runtime("delete", "--force", name)
    assert properties(unit)["LoadState"] == "not-found"


LIMITS = {
    "memory": {"limit": 64 * MIB, "swap": 96 * MIB, "reservation": 32 * MIB},
    "cpu": {"shares": 2048, "quota": 30000, "period": 60000, "burst": 10000, "cpus": "0",
            "mems": "0"},
    "pids": {"limit": 42},
    "hugepageLimits": [{"pageSize": "2MB", "limit": 4 * MIB}],
    "unified": {"memory.high": str(48 * MIB), "memory.oom.group": "1", "memory.min": "1048576"},
}
FILES = ("memory.max", "memory.swap.max", "memory.low", "memory.high", "memory.min",
         "memory.oom.group", "cpu.weight", "cpu.max", "cpu.max.burst", "cpuset.cpus", "cpuset.mems",
         "pids.max", "hugetlb.2MB.max", "io.max", "cgroup.controllers", "cgroup.freeze")


def test_limits_survive_a_reload(scope_box):
    """systemd writes what it knows of once more; what it was told has to be what the container has."""
    box = scope_box
    major, minor = map(int, main_disk().split(":"))
    rate = [{"major": major, "minor": minor, "rate": MIB}]
    config = sleeper(box, **LIMITS, blockIO={"throttleWriteBpsDevice": rate})
    config["mounts"].append(oci.mount("/tmp", "tmpfs"))
    name, pid = box.start(config)
    folder = folder_of(pid)
    box.runtime("exec", name, "mknod", "/tmp/disk", "b", str(major), str(minor))

    def check():
        before = values(folder, FILES)
        systemctl("daemon-reload")
        # Another unit's start has systemd look at all that lie above.
        subprocess.run(["systemd-run", "--quiet", "--wait", "true"], check=True)
        assert values(folder, FILES) == before
        return before

    before = check()
    assert before["cpu.max"] == "30000 60000" and before["memory.max"] == str(64 * MIB)
    read = ("exec", name, "sh", "-c", "head -c 1 /tmp/disk >/dev/null")
    assert box.runtime(*read, ok=False).returncode != 0
    box.runtime("exec", name, "head", "-c", "1", "/dev/zero")

    update(box, name, memory={"limit": 32 * MIB, "swap": 32 * MIB}, cpu={"quota": -1, "shares": 512},
           pids={"limit": 77}, unified={"memory.high": "max"},
           devices=[{"allow": False, "access": "rwm"},
                    {"allow": True, "type": "b", "major": major, "minor": minor, "access": "r"}])
    box.runtime("pause", name)
    after = check()
    assert after["cgroup.freeze"] == "1" and box.runtime.state(name)["status"] == "paused"
    box.runtime("resume", name)
    assert after["memory.max"] == str(32 * MIB) and after["memory.swap.max"] == "0"
    assert after["cpu.max"].startswith("max ") and after["pids.max"] == "77"
    box.runtime(*read)
    assert folder_of(pid) == folder


def test_systemd_may_pause_it(scope_box):
    box = scope_box
    name, _ = box.start(sleeper(box))
    systemctl("freeze", scope_of(name))
    assert box.runtime.state(name)["status"] == "paused"
    systemctl("thaw", scope_of(name))
    assert box.runtime.state(name)["status"] == "running"


def test_systemd_may_stop_it(scope_box):
    box = scope_box
    config = box.config("trap 'exit 0' TERM; sleep 1001 & while :; do wait; done")
    name, pid = box.start(config)
    systemctl("stop", scope_of(name))
    box.runtime.wait(name, "stopped", timeout=60)
    assert not pathlib.Path(f"/proc/{pid}/root/bin").exists()
    box.runtime("delete", name)


def test_nothing_has_failed(scope_box):
    """Neither a container that is killed nor one that ends with an error leaves a failed unit."""
    box = scope_box
    assert box.run(box.config("exit 3"), ok=False).returncode == 3
    name, _ = box.start(sleeper(box))
    box.runtime("kill", "--all", name, "KILL")
    box.runtime.wait(name, "stopped")
    box.runtime("delete", name)
    assert systemctl("list-units", "--all", "--no-legend", "--plain", "atomic-*.scope") == ""
    assert systemctl("--failed", "--no-legend") == ""


def test_pods_in_slices(scope_box):
    """As Kubernetes' kubelet nests them: the slices come and go with systemd."""
    box = scope_box
    pods = []
    for kind in "sandbox", "container":
        config = sleeper(box, pids={"limit": 10})
        config["linux"]["cgroupsPath"] = f"kubepods-besteffort-pod1.slice:{kind}:{box.name()}"
        pods.append(box.start(config))
    assert [folder_of(pid).parent for _, pid in pods] == [
        TOP / "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice"] * 2
    for name, _ in pods:
        box.runtime("delete", "--force", name)
    subprocess.run(["systemctl", "stop", "kubepods.slice"], check=True)
    until(lambda: not (TOP / "kubepods.slice").exists())


def test_a_service_manager_inside(scope_box):
    """It may divide what is delegated to it, and systemd outside leaves that alone."""
    box = scope_box
    config = box.config(
        "mkdir /sys/fs/cgroup/init && echo 1 > /sys/fs/cgroup/init/cgroup.procs && "
        "echo '+memory +pids' > /sys/fs/cgroup/cgroup.subtree_control && "
        "echo 7 > /sys/fs/cgroup/init/pids.max && exec sleep 1000")
    for mount in config["mounts"]:
        if mount["type"] == "cgroup":
            mount["options"] = ["rw"]
    name, pid = box.start(config)
    until(lambda: pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep"))
    assert folder_of(pid).name == "init"
    systemctl("daemon-reload")
    assert values(folder_of(pid), ["pids.max"]) == {"pids.max": "7"}
    box.runtime("exec", name, "true")
    assert len(json.loads(box.runtime("ps", "--format", "json", name).stdout)) == 1
