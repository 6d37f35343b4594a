"""Cgroups seen from outside: limits, devices, freezing, killing; version 1 or what the machine has,
version 2 in a mount namespace that has nothing else, and the systemd driver with a systemd of its
own."""
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

import oci
from test_failures import traced

pytestmark = pytest.mark.root

TOP = pathlib.Path("/sys/fs/cgroup")
UNIFIED = TOP / "unified" if (TOP / "unified").exists() else TOP
IS_V1 = not (TOP / "cgroup.controllers").exists()
only_v1 = pytest.mark.skipif(not IS_V1, reason="this machine has cgroup version 2 alone")


def folder_of(pid, controller=""):
    """The cgroup of a process in the hierarchy with a controller, "" for version 2."""
    for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return (UNIFIED if names == "" else TOP / names) / path.lstrip("/")
    raise LookupError(controller)


def value(pid, controller, file):
    return (folder_of(pid, controller) / file).read_text(encoding="utf-8").strip()


def sleeper(box, **resources):
    config = box.config("sleep", "1000")
    config["linux"]["resources"].update(resources)
    return config


def some_disk():
    """Major and minor number of a disk that is there: a loop device may be without a file."""
    for path in sorted(pathlib.Path("/sys/block").glob("*/dev")):
        size = int((path.parent / "size").read_text(encoding="utf-8"))
        if size > 0 and not path.parent.name.startswith(("loop", "zram")):
            return map(int, path.read_text(encoding="utf-8").split(":"))
    pytest.fail("this machine has no disk")


# Version 1


@only_v1
def test_limits_of_version_1(box):
    major, minor = some_disk()
    throttle = [{"major": major, "minor": minor, "rate": 1048576}]
    _, pid = box.start(sleeper(
        box, memory={"limit": 67108864, "swap": 100663296, "reservation": 33554432},
        cpu={"shares": 512, "quota": 50000, "period": 100000, "burst": 20000, "cpus": "0",
             "mems": "0"},
        pids={"limit": 42}, blockIO={"throttleReadBpsDevice": throttle,
                                     "throttleWriteIOPSDevice": throttle}))
    assert value(pid, "memory", "memory.limit_in_bytes") == "67108864"
    assert value(pid, "memory", "memory.memsw.limit_in_bytes") == "100663296"
    assert value(pid, "memory", "memory.soft_limit_in_bytes") == "33554432"
    assert value(pid, "cpu", "cpu.shares") == "512"
    assert value(pid, "cpu", "cpu.cfs_quota_us") == "50000"
    assert value(pid, "cpu", "cpu.cfs_burst_us") == "20000"
    assert value(pid, "cpuset", "cpuset.cpus") == "0"
    assert value(pid, "pids", "pids.max") == "42"
    assert value(pid, "blkio", "blkio.throttle.read_bps_device") == f"{major}:{minor} 1048576"
    assert value(pid, "blkio", "blkio.throttle.write_iops_device") == f"{major}:{minor} 1048576"


@only_v1
def test_update_of_version_1(box):
    name, pid = box.start(sleeper(box, memory={"limit": 67108864, "swap": 67108864},
                                  cpu={"quota": 50000, "period": 100000, "burst": 50000}))

    def update(**resources):
        return box.runtime("update", "--resources", "-", name, input=json.dumps(resources))

    # Each way needs another order of writing.
    for limit in 134217728, 33554432:
        update(memory={"limit": limit, "swap": limit})
        assert value(pid, "memory", "memory.limit_in_bytes") == str(limit)
        assert value(pid, "memory", "memory.memsw.limit_in_bytes") == str(limit)
    for quota in 200000, 20000:
        update(cpu={"quota": quota, "burst": quota})
        assert value(pid, "cpu", "cpu.cfs_quota_us") == value(pid, "cpu", "cpu.cfs_burst_us") \
            == str(quota)
    update(pids={"limit": -1}, memory={"limit": -1, "swap": -1})
    assert value(pid, "pids", "pids.max") == "max"
    done = box.runtime("update", "--resources", "-", name, ok=False,
                       input=json.dumps({"unified": {"memory.high": "1"}}))
    assert done.returncode != 0 and "linux.resources.unified" in done.stderr


@only_v1
def test_a_limit_without_its_controller_is_an_error(box):
    config = sleeper(box, network={"classID": 1048577})
    done = box.run(config, ok=False)
    assert done.returncode != 0
    assert 'linux.resources.network: no cgroup controller "net_cls" is mounted' in done.stderr


class Elsewhere:
    """A mount namespace of its own, with what a script mounts in it."""

    def __init__(self, script):
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-euc",
             f"mount --make-rprivate /\n{script}\necho ready\nexec sleep 3600"],
            stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "ready\n"
        self.prefix = ("nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt")

    def run(self, *command):
        return subprocess.run([*self.prefix, *command], check=True, capture_output=True,
                              text=True).stdout

    def close(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


@only_v1
def test_a_controller_mounted_elsewhere(box):
    place = Elsewhere(f"mkdir {box.folder}/net\nmount -t cgroup -o net_cls none {box.folder}/net")
    box.runtime.prefix = place.prefix
    try:
        name, pid = box.start(sleeper(box, network={"classID": 1048577}))
        file = f"{box.folder}/net/{folder_of(pid, 'net_cls').relative_to(TOP / 'net_cls')}"
        assert place.run("cat", f"{file}/net_cls.classid") == "1048577\n"
        box.runtime("delete", "--force", name)
        assert name not in place.run("ls", str(box.folder / "net"))
    finally:
        box.runtime.prefix = []
        place.close()
        # The kernel keeps an unmounted hierarchy whose folders were just removed; other engines then
        # look for its mount. The last unmount without one ends it; when that is, is the kernel's affair.
        deadline = time.monotonic() + 30
        while (":net_cls:" in pathlib.Path("/proc/self/cgroup").read_text("utf-8")
               and time.monotonic() < deadline):
            subprocess.run(["unshare", "--mount", "mount", "-t", "cgroup", "-o", "net_cls", "none",
                            f"{box.folder}/net"], check=False)
            time.sleep(0.5)


# Either version


def test_own_path_and_its_parents(box):
    """What was made for a container goes with it; `run` knows what it made."""
    config = box.config("cat", "/proc/self/cgroup")
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"]
                                     if n["type"] != "cgroup"]
    path = f"/{box.name()}/above/box"
    config["linux"]["cgroupsPath"] = path
    inside = box.output(config).splitlines()
    assert any(line.endswith(f":pids:{path}") or line == f"0::{path}" for line in inside), inside
    config["linux"]["cgroupsPath"] = "/../escape"
    assert 'has a ".."' in box.run(config, ok=False).stderr
    config["linux"]["cgroupsPath"] = "/"
    assert "is the root" in box.run(config, ok=False).stderr


def test_many_at_once_below_one_parent(box):
    """Containers of a pod, made while others of it come and go: whoever is first makes the parent,
    and nobody finds it half made."""
    top = f"/atomic-test-pod-{os.getpid()}"
    bundles = []
    for i in range(20):
        config = box.config("true")
        config["linux"]["cgroupsPath"] = f"{top}/pod/{box.name()}"
        bundles.append(box.bundle(config))
    names = box.ids[-20:]
    try:
        for _ in range(3):
            runs = [subprocess.Popen(box.runtime.argv("run", f"--bundle={bundle}", name),
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True)
                    for bundle, name in zip(bundles, names)]
            told = [run.communicate(timeout=60)[0] for run in runs]
            assert [run.returncode for run in runs] == [0] * 20 and set(told) == {""}, told
    finally:
        for path in sorted(TOP.glob(f"**{top}/**/"), reverse=True):
            path.rmdir()


def test_a_folder_with_other_processes_is_refused(box):
    """And those processes live on."""
    name = box.name()
    hierarchy = TOP / "pids" if IS_V1 else TOP
    folder = hierarchy / name
    folder.mkdir()
    with subprocess.Popen(["sleep", "1000"]) as other:
        (folder / "cgroup.procs").write_text(str(other.pid), encoding="utf-8")
        config = box.config("true")
        config["linux"]["cgroupsPath"] = f"/{name}"
        done = box.run(config, ok=False)
        assert done.returncode != 0 and "has processes of something else" in done.stderr
        assert other.poll() is None
        other.kill()
    folder.rmdir()


def test_a_frozen_folder_is_refused(box):
    """Whoever joins it would stop in the middle of starting, for ever."""
    folder, state, frozen, thawed = TOP / "freezer", "freezer.state", "FROZEN", "THAWED"
    if not folder.exists():
        folder, state, frozen, thawed = TOP, "cgroup.freeze", "1", "0"
    folder = folder / "atomic-test-frozen"
    folder.mkdir()
    config = box.config("true")
    config["linux"]["cgroupsPath"] = "/atomic-test-frozen"
    try:
        (folder / state).write_text(frozen)
        done = box.run(config, ok=False, timeout=10)
        assert done.returncode == 1 and "container's cgroup unexpectedly frozen" in done.stderr
        (folder / state).write_text(thawed)
    finally:
        if folder.exists():
            folder.rmdir()


@only_v1
def test_exec_in_cgroups_below(box):
    name, pid = box.start(sleeper(box))
    memory = folder_of(pid, "memory") / "below"
    show = ("cat", "/proc/self/cgroup")
    memory.mkdir()
    try:
        found = box.runtime("exec", "--cgroup=memory:below", name, *show).stdout
        # The container's own cgroups are the root that it sees.
        assert ":memory:/below\n" in found and ":pids:/\n" in found
        assert ":pids:/\n" in box.runtime("exec", "--cgroup=/", name, *show).stdout
        for wrong, words in [("..", ".. is not a sub cgroup path"),
                             ("memory:a/../..", "is not a sub cgroup path"),
                             ("nosuch", "No such file"), ("cpu:nosuch", "No such file"),
                             ("whaaat:/", "unknown controller")]:
            done = box.runtime("exec", f"--cgroup={wrong}", name, *show, ok=False)
            assert done.returncode == 255 and words in done.stderr, wrong
    finally:
        memory.rmdir()


def test_devices_by_rule(box):
    """The rules decide about what mknod makes, too."""
    config = box.config("cd /tmp; mknod zero c 1 5; mknod loop b 7 0; "
                        "head -c 1 zero | wc -c; head -c 1 loop > /dev/null || echo refused")
    config["mounts"].append(oci.mount("/tmp", "tmpfs"))
    said = box.output(config)
    assert said == "1\nrefused\n"
    config["linux"]["resources"]["devices"].append(
        {"allow": True, "type": "b", "major": 7, "minor": 0, "access": "r"})
    assert "refused" not in box.run(config).stdout


def test_update_of_devices(box):
    config = sleeper(box)
    config["mounts"].append(oci.mount("/tmp", "tmpfs"))
    name, _ = box.start(config)
    box.runtime("exec", name, "mknod", "/tmp/loop", "b", "7", "0")
    assert box.runtime("exec", name, "head", "-c", "1", "/tmp/loop", ok=False).returncode != 0
    rules = [{"allow": False, "access": "rwm"},
             {"allow": True, "type": "b", "major": 7, "minor": 0, "access": "rw"}]
    box.runtime("update", "--resources", "-", name, input=json.dumps({"devices": rules}))
    box.runtime("exec", name, "head", "-c", "1", "/tmp/loop")
    box.runtime("update", "--resources", "-", name, input=json.dumps({"devices": rules[:1]}))
    assert box.runtime("exec", name, "head", "-c", "1", "/tmp/loop", ok=False).returncode != 0
    box.runtime("exec", name, "head", "-c", "1", "/dev/zero")


FORKING = "sleep 1001 & sleep 1002 & (sleep 1003 & sleep 1004) & wait"


def alive(pids):
    found = []
    for pid in pids:
        try:
            text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:
            continue
        if text.rpartition(")")[2].split()[0] not in "ZX":
            found.append(pid)
    return found


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def pids_of(box, name, least):
    until(lambda: len(json.loads(box.runtime("ps", "--format", "json", name).stdout)) >= least)
    return json.loads(box.runtime("ps", "--format", "json", name).stdout)


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize("verb", [("kill", "--all", "{}", "KILL"), ("delete", "--force", "{}")])
def test_kill_of_all_processes(box, verb, paused):
    """Without a pid namespace nothing ends with the first process."""
    config = box.config(FORKING)
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != "pid"]
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "mqueue"]
    name, _ = box.start(config)
    pids = pids_of(box, name, 5)
    if paused:
        box.runtime("pause", name)
    box.runtime(*(word.format(name) for word in verb))
    until(lambda: not alive(pids))


def test_signal_to_all_processes(box):
    name, _ = box.start(box.config("trap 'exit 0' TERM; " + FORKING))
    pids = pids_of(box, name, 4)
    box.runtime("kill", "--all", name, "TERM")
    until(lambda: not alive(pids))


def test_pause(box):
    """Nothing runs in a paused container: its clock of used time stands still."""
    name, pid = box.start(box.config("while :; do :; done"))

    def used():
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()
        return int(fields[13]) + int(fields[14])

    until(lambda: used() > 0)
    box.runtime("pause", name)
    assert box.runtime.state(name)["status"] == "paused"
    before = used()
    assert box.runtime("exec", name, "true", ok=False).returncode != 0
    assert used() == before
    box.runtime("resume", name)
    until(lambda: used() > before)
    assert box.runtime.state(name)["status"] == "running"


def test_statistics(box):
    name, _ = box.start(sleeper(box, memory={"limit": 67108864}, pids={"limit": 42}))
    event = json.loads(box.runtime("events", "--stats", name).stdout)
    assert event["type"] == "stats" and event["id"] == name
    data = event["data"]
    assert data["cpu"]["usage"]["total"] > 0 and {"kernel", "user"} <= set(data["cpu"]["usage"])
    assert {"periods", "throttledPeriods", "throttledTime"} == set(data["cpu"]["throttling"])
    assert data["memory"]["usage"]["limit"] == 67108864
    assert 0 < data["memory"]["usage"]["usage"] <= data["memory"]["usage"]["max"]
    assert {"limit", "usage", "max", "failcnt"} == set(data["memory"]["swap"])
    assert data["memory"]["raw"]
    assert data["pids"] == {"current": 1, "limit": 42}
    assert isinstance(data["blkio"]["ioServiceBytesRecursive"], list)
    assert isinstance(data["hugetlb"], dict)
    assert data["cpuset"]["mems"] == [0]


def test_out_of_memory_event(box):
    config = box.config("until [ -e /tmp/go ]; do sleep 0.1; done; "
                        "(a=0123456789; while :; do a=$a$a; done); sleep 1000")
    config["linux"]["resources"]["memory"] = {"limit": 16777216, "swap": 16777216}
    config["mounts"].append(oci.mount("/tmp", "tmpfs"))
    name, _ = box.start(config)
    with subprocess.Popen(box.runtime.argv("events", name), stdout=subprocess.PIPE,
                          text=True) as events:
        box.runtime("exec", name, "touch", "/tmp/go")
        for line in events.stdout:
            if json.loads(line)["type"] == "oom":
                break
        else:
            pytest.fail("no event")
        assert json.loads(line)["id"] == name
        events.kill()


# Version 2 alone


@pytest.fixture
def v2_box(box):
    """A box on a machine that has version 2 alone, as far as its mounts tell."""
    place = Elsewhere("umount --lazy /sys/fs/cgroup\nmount -t cgroup2 none /sys/fs/cgroup")
    box.runtime.prefix = place.prefix
    yield box
    for name in box.ids:
        box.runtime("delete", "--force", name, ok=False)
    box.runtime.prefix = []
    place.close()


def v2_config(box, *args, **resources):
    """Without the limits whose controllers version 1 may hold."""
    config = box.config(*args)
    del config["linux"]["resources"]["memory"], config["linux"]["resources"]["pids"]
    config["linux"]["resources"].update(resources)
    return config


def test_version_2(v2_box):
    config = v2_config(v2_box, "sleep", "1000")
    name, pid = v2_box.start(config)
    assert folder_of(pid).name == name
    assert v2_box.runtime("exec", name, "cat", "/proc/self/cgroup").stdout.endswith("0::/\n")
    further = v2_box.runtime("exec", name, "sh", "-c", "cat /sys/fs/cgroup/cgroup.procs | wc -l")
    assert int(further.stdout) >= 2
    v2_box.runtime("pause", name)
    assert value(pid, "", "cgroup.freeze") == "1"
    assert v2_box.runtime.state(name)["status"] == "paused"
    v2_box.runtime("resume", name)
    assert value(pid, "", "cgroup.freeze") == "0"
    stats = json.loads(v2_box.runtime("events", "--stats", name).stdout)["data"]
    assert stats["cpu"]["usage"]["total"] > 0
    v2_box.runtime("delete", "--force", name)
    assert not pathlib.Path(f"/proc/{pid}").exists() or not alive([pid])


def test_devices_of_version_2(v2_box):
    config = v2_config(v2_box, "cd /tmp; mknod zero c 1 5; mknod loop b 7 0; "
                       "head -c 1 zero | wc -c; head -c 1 loop > /dev/null || echo refused")
    config["mounts"].append(oci.mount("/tmp", "tmpfs"))
    assert v2_box.output(config) == "1\nrefused\n"
    config["linux"]["resources"]["devices"].append(
        {"allow": True, "type": "b", "major": 7, "minor": 0, "access": "r"})
    assert "refused" not in v2_box.output(config)
    config["linux"]["resources"]["devices"] = [{"allow": True, "access": "rwm"}]
    assert "refused" not in v2_box.output(config)


def test_update_of_devices_of_version_2(v2_box):
    config = v2_config(v2_box, "sleep", "1000")
    config["mounts"].append(oci.mount("/tmp", "tmpfs"))
    name, _ = v2_box.start(config)
    v2_box.runtime("exec", name, "mknod", "/tmp/loop", "b", "7", "0")
    rules = [{"allow": False, "access": "rwm"},
             {"allow": True, "type": "b", "major": 7, "minor": 0, "access": "rw"}]
    for count, refused in (1, True), (2, False), (1, True), (2, False):
        v2_box.runtime("update", "--resources", "-", name,
                       input=json.dumps({"devices": rules[:count]}))
        done = v2_box.runtime("exec", name, "head", "-c", "1", "/tmp/loop", ok=False)
        assert (done.returncode != 0) == refused


@pytest.mark.parametrize("verb", [("kill", "--all", "{}", "KILL"), ("delete", "--force", "{}")])
def test_kill_of_version_2(v2_box, verb):
    config = v2_config(v2_box, FORKING)
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != "pid"]
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "mqueue"]
    name, _ = v2_box.start(config)
    pids = pids_of(v2_box, name, 5)
    v2_box.runtime("pause", name)
    v2_box.runtime(*(word.format(name) for word in verb))
    until(lambda: not alive(pids))


def test_unified_map_and_missing_controllers(v2_box):
    has = UNIFIED.joinpath("cgroup.controllers").read_text(encoding="utf-8").split()
    for controller, key, text in (("hugetlb", "hugetlb.2MB.max", "4194304"),
                                  ("memory", "memory.high", "67108864"),
                                  ("pids", "pids.max", "77")):
        config = v2_config(v2_box, "sleep", "1000", unified={key: text})
        if controller in has:
            name, pid = v2_box.start(config)
            assert value(pid, "", key) == text
            v2_box.runtime("delete", "--force", name)
        else:
            done = v2_box.run(config, ok=False)
            assert done.returncode != 0 and f"{key}: No such file" in done.stderr
            assert "cgroup.controllers" in done.stderr
    for key in "cgroup.procs", "../x.y", "nodot":
        done = v2_box.run(v2_config(v2_box, "true", unified={key: "1"}), ok=False)
        assert done.returncode != 0 and "linux.resources.unified" in done.stderr


def test_what_version_2_cannot_do(v2_box):
    for resources, reason in (
            ({"network": {"classID": 1}}, "linux.resources.network"),
            ({"cpu": {"realtimeRuntime": 1000}}, "linux.resources.cpu.realtimeRuntime")):
        done = v2_box.run(v2_config(v2_box, "true", **resources), ok=False)
        assert done.returncode != 0 and reason in done.stderr


def test_the_container_may_own_its_cgroup(v2_box):
    """Specification, "Cgroup ownership": new user and cgroup namespaces, and a writable mount."""
    config = v2_config(v2_box, "sh", "-c", "mkdir /sys/fs/cgroup/below && rmdir /sys/fs/cgroup/below")
    config["linux"]["namespaces"].append({"type": "user"})
    for kind in "uid", "gid":
        config["linux"][f"{kind}Mappings"] = [{"containerID": 0, "hostID": 100000, "size": 1000}]
    assert v2_box.run(config, ok=False).returncode != 0
    for mount in config["mounts"]:
        if mount["type"] == "cgroup":
            mount["options"] = ["rw"]
    v2_box.run(config)


def test_exec_beside_cgroups_below(v2_box):
    """A service manager inside divides the cgroup, and leaves no process in its own folder."""
    config = v2_config(
        v2_box, "mkdir /sys/fs/cgroup/init && echo 1 > /sys/fs/cgroup/init/cgroup.procs && "
        "for c in $(cat /sys/fs/cgroup/cgroup.controllers); do "
        "echo +$c > /sys/fs/cgroup/cgroup.subtree_control; done; exec sleep 1000")
    for mount in config["mounts"]:
        if mount["type"] == "cgroup":
            mount["options"] = ["rw"]
    name, pid = v2_box.start(config)
    until(lambda: pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep"))
    assert folder_of(pid).name == "init"
    v2_box.runtime("exec", name, "true")


@pytest.fixture
def delegated_box(user_box):
    """An ordinary user's box in a version 2 cgroup that is delegated to it."""
    box = user_box
    place = Elsewhere("umount --lazy /sys/fs/cgroup\nmount -t cgroup2 none /sys/fs/cgroup")
    top = UNIFIED / f"atomic-user-{os.getpid()}"
    top.mkdir()
    (top / "own").mkdir()
    for folder in top, top / "own":
        for path in folder, folder / "cgroup.procs", folder / "cgroup.subtree_control":
            os.chown(path, box.user, -1)
    box.runtime.prefix = [*place.prefix, "sh", "-c",
                          f'echo $$ > /sys/fs/cgroup/{top.name}/own/cgroup.procs; exec "$@"', "sh",
                          *box.runtime.prefix]
    yield box, top
    for name in box.ids:
        box.runtime("delete", "--force", name, ok=False)
    assert sorted(path.name for path in top.iterdir() if path.is_dir()) == ["own"]
    (top / "own").rmdir()
    top.rmdir()
    box.runtime.prefix = []
    place.close()


def test_user_with_a_delegated_cgroup(delegated_box):
    box, top = delegated_box
    name, pid = box.start(box.config("sleep", "1000"))
    assert folder_of(pid) == top / name
    assert box.runtime("exec", name, "id", "-u").stdout == "0\n"
    box.runtime("pause", name)
    assert box.runtime.state(name)["status"] == "paused"
    box.runtime("resume", name)
    box.runtime("kill", "--all", name, "KILL")
    until(lambda: not alive([pid]))
    box.runtime("delete", name)
    assert not (top / name).exists()


def test_user_without_a_cgroup(user_box):
    """Without limits a container runs all the same; a limit that nothing can keep is an error."""
    config = user_box.config("true")
    user_box.run(config)
    config["linux"]["resources"] = {"pids": {"limit": 10}}
    done = user_box.run(config, ok=False)
    assert done.returncode != 0 and "linux.resources.pids: cannot set pids limit" in done.stderr


# The systemd driver

SYSTEMD = """
mount --make-rprivate /
mount -t tmpfs tmpfs /run
umount --lazy /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mkdir /run/units
printf '[Unit]\\nDefaultDependencies=no\\n' > /run/units/default.target
export container=test SYSTEMD_UNIT_PATH=/run/units SYSTEMD_LOG_TARGET=console
exec /lib/systemd/systemd --system --unit=default.target --log-target=console
"""


@pytest.fixture(scope="module")
def systemd(tmp_path_factory):
    """The number of a systemd that is the first process of namespaces of its own."""
    folder = UNIFIED / f"atomic-systemd-{os.getpid()}"
    folder.mkdir()
    log = open(tmp_path_factory.mktemp("systemd") / "log", "w", encoding="utf-8")
    holder = subprocess.Popen(
        ["sh", "-c", f'echo $$ > {folder}/cgroup.procs; exec unshare --mount --pid --fork --cgroup '
         '--uts --ipc --net --mount-proc --kill-child sh -euc "$0"', SYSTEMD],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    children = pathlib.Path(f"/proc/{holder.pid}/task/{holder.pid}/children")
    until(lambda: children.read_text(encoding="utf-8").split(), 30)
    pid = int(children.read_text(encoding="utf-8").split()[0])
    until(lambda: pathlib.Path(f"/proc/{pid}/root/run/systemd/private").exists(), 30)
    yield pid
    os.kill(pid, signal.SIGKILL)
    holder.wait()
    log.close()
    for path, _, _ in os.walk(folder, topdown=False):
        os.rmdir(path)


@pytest.fixture
def systemd_box(box, systemd):
    box.runtime.prefix = ("nsenter", f"--target={systemd}", "--all")
    box.runtime.options = ("--systemd-cgroup",)
    yield box
    for name in box.ids:
        box.runtime("delete", "--force", name, ok=False)
    box.runtime.prefix = []
    box.runtime.options = ()


def show(box, unit):
    text = subprocess.run([*box.runtime.prefix, "systemctl", "show", unit], check=True,
                          capture_output=True, text=True).stdout
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def test_scope(systemd_box):
    box = systemd_box
    config = v2_config(box, "sleep", "1000")
    config["linux"]["cgroupsPath"] = f"machine-of.slice:test:{box.name()}"
    config["annotations"] = {"org.systemd.property.Description": "'a test'",
                             "org.systemd.property.TimeoutStopUSec": "uint64 1234567"}
    unit = f"test-{box.ids[-1]}.scope"
    name, _ = box.start(config)
    properties = show(box, unit)
    assert properties["ActiveState"] == "active" and properties["Slice"] == "machine-of.slice"
    assert properties["Description"] == "a test" and properties["Delegate"] == "yes"
    assert properties["TimeoutStopUSec"].startswith("1.234567s")
    assert properties["ControlGroup"] == f"/machine.slice/machine-of.slice/{unit}"
    assert properties["DevicePolicy"] == "strict"
    assert json.loads(box.runtime("state", name).stdout)["systemd-scope"] == unit
    inside = box.runtime("exec", name, "sh", "-c", "wc -l < /sys/fs/cgroup/cgroup.procs").stdout
    assert int(inside) == 2  # the container's own, and the one that asks
    box.runtime("pause", name)
    assert box.runtime.state(name)["status"] == "paused"
    box.runtime("resume", name)
    box.runtime("delete", "--force", name)
    assert show(box, unit)["ActiveState"] == "inactive"
    assert not list(UNIFIED.glob(f"**/{unit}"))


def test_scope_of_a_run(systemd_box):
    for _ in range(2):
        config = v2_config(systemd_box, "echo done")
        assert systemd_box.output(config) == "done\n"


def test_scope_that_is_there_is_refused(systemd_box):
    """And its container lives on."""
    box = systemd_box
    config = v2_config(box, "sleep", "1000")
    config["linux"]["cgroupsPath"] = f":test:{box.name()}"
    name, pid = box.start(config)
    done = box.run(config, ok=False)
    assert done.returncode != 0 and "systemd refused" in done.stderr
    assert box.runtime.state(name)["status"] == "running" and pid


@pytest.mark.parametrize("call, numbers", [
    ("socket", (1, 2, 3)), ("connect", (1, 2)), ("sendmsg", (1, 2, 3, 4, 6)),
    ("recvmsg", (1, 2, 3, 5, 8)), ("ppoll", (1, 2, 4)), ("clone3", (1, 2)), ("execve", (1, 2)),
    ("openat", (3, 10, 20, 30)), ("mkdir", (1,)), ("write", (1, 2, 3, 5, 8)), ("move_mount", (2,)),
    ("pivot_root", (1,)), ("renameat", (1, 2)), ("wait4", (1,))])
def test_a_failure_leaves_no_scope(systemd_box, call, numbers):
    """Whatever fails, also between the scope's start and the container's, and also when the runtime
    is killed there."""
    box = systemd_box
    box.runtime.env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    inside = list(box.runtime.prefix)
    for number, injection in itertools.product(numbers, ("error=EIO", "signal=KILL")):
        bundle, name = box.bundle(v2_config(box, "true")), box.name()
        box.runtime.prefix = inside + traced(call, f"{injection}:when={number}")
        box.runtime.create(f"--bundle={bundle}", name)
        box.runtime.prefix = inside
        box.runtime("delete", "--force", name)
        unit = f"atomic-{name}.scope"
        until(lambda: show(box, unit)["ActiveState"] in ("inactive", "failed"), 10)
        until(lambda: not any(unit in folders for _, folders, _ in os.walk(UNIFIED)), 10)
        box.check_nothing_left()


def test_limits_are_told_to_systemd(systemd_box):
    """Which would write its own at the next reload. What the kernel here has no file for is refused
    only after systemd was told."""
    box = systemd_box
    name, _ = box.start(v2_config(box, "sleep", "1000"))
    unit = f"atomic-{name}.scope"
    for resources, expected in (
            ({"pids": {"limit": 77}}, {"TasksMax": "77"}),
            ({"memory": {"limit": 67108864, "swap": 100663296, "reservation": 33554432}},
             {"MemoryMax": "67108864", "MemorySwapMax": "33554432", "MemoryLow": "33554432"}),
            ({"memory": {"limit": -1}}, {"MemoryMax": "infinity", "MemorySwapMax": "infinity"}),
            ({"cpu": {"shares": 1024, "quota": 50000, "period": 200000, "cpus": "0"}},
             {"CPUWeight": "100", "CPUQuotaPerSecUSec": "250ms", "AllowedCPUs": "0"}),
            ({"blockIO": {"weight": 1000}}, {"IOWeight": "10000"}),
            ({"unified": {"memory.high": "1048576", "cpu.max": "5000 50000", "pids.max": "max",
                          "cpuset.cpus": "0-1", "cpu.weight": "42"}},
             {"MemoryHigh": "1048576", "CPUQuotaPerSecUSec": "100ms", "TasksMax": "infinity",
              "AllowedCPUs": "0-1", "CPUWeight": "42"})):
        box.runtime("update", "--resources", "-", name, ok=False, input=json.dumps(resources))
        properties = show(box, unit)
        assert {key: properties[key] for key in expected} == expected


def test_what_systemd_will_not_take(systemd_box):
    for path in "/a/b", "a.slice:b", "noslice:a:b", "a--b.slice:c:d":
        config = v2_config(systemd_box, "true")
        config["linux"]["cgroupsPath"] = path
        done = systemd_box.run(config, ok=False)
        assert done.returncode != 0 and "linux.cgroupsPath" in done.stderr
    config = v2_config(systemd_box, "true")
    config["annotations"] = {"org.systemd.property.Description": "no quotes"}
    assert "org.systemd.property.Description" in systemd_box.run(config, ok=False).stderr


def test_without_systemd(box):
    box.runtime.options = ("--cgroup-manager=systemd",)
    box.runtime.prefix = ("unshare", "--mount", "sh", "-c",
                          'mount -t tmpfs tmpfs /run; exec "$@"', "sh")
    done = box.run(box.config("true"), ok=False)
    box.runtime.prefix, box.runtime.options = [], ()
    assert done.returncode != 0 and "the systemd cgroup driver" in done.stderr
    assert "--cgroup-manager=cgroupfs" in done.stderr


def test_disabled(box):
    box.runtime.options = ("--cgroup-manager=disabled",)
    config = box.config("sleep", "1000")
    name, pid = box.start(config)
    assert pathlib.Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8") \
        == pathlib.Path("/proc/self/cgroup").read_text(encoding="utf-8")
    assert box.runtime("pause", name, ok=False).returncode != 0
    box.runtime("delete", "--force", name)
    assert not re.search(name, box.runtime("list").stdout)
