"""Limits on cgroup version 2: in the files, kept by the kernel, and what is told of them."""
import contextlib
import itertools
import json
import os
import pathlib
import subprocess

import oci
from booted import folder_of, main_disk, sleeper, statistics, until, update, values

MIB = 1 << 20
EVENTS_MAX = 300  # a minute


def disk_numbers():
    return dict(zip(("major", "minor"), map(int, main_disk().split(":"))))


def test_every_limit_is_in_its_file(either_box):
    box = either_box
    name, pid = box.start(sleeper(
        box, memory={"limit": 64 * MIB, "swap": 96 * MIB, "reservation": 32 * MIB},
        cpu={"shares": 262144, "quota": 50000, "period": 200000, "burst": 10000, "cpus": "0",
             "mems": "0"},
        pids={"limit": 42},
        blockIO={"throttleReadBpsDevice": [{**disk_numbers(), "rate": MIB}],
                 "throttleWriteIOPSDevice": [{**disk_numbers(), "rate": 1000}]},
        hugepageLimits=[{"pageSize": "2MB", "limit": 4 * MIB}],
        unified={"memory.high": str(48 * MIB), "memory.oom.group": "1"}))
    expected = {
        "memory.max": str(64 * MIB), "memory.swap.max": str(32 * MIB), "memory.low": str(32 * MIB),
        "memory.high": str(48 * MIB), "memory.oom.group": "1", "cpu.weight": "10000",
        "cpu.max": "50000 200000", "cpu.max.burst": "10000", "cpuset.cpus": "0", "cpuset.mems": "0",
        "pids.max": "42", "hugetlb.2MB.max": str(4 * MIB), "hugetlb.2MB.rsvd.max": str(4 * MIB),
        "io.max": f"{main_disk()} rbps={MIB} wbps=max riops=max wiops=1000"}
    folder = folder_of(pid)
    assert values(folder, expected) == expected
    assert pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").count(
        "Cpus_allowed_list:\t0\n") == 1

    update(box, name, memory={"limit": 32 * MIB, "swap": 32 * MIB, "reservation": 16 * MIB},
           cpu={"shares": 2, "quota": 20000, "burst": 0, "cpus": "0-1"}, pids={"limit": -1},
           blockIO={"throttleReadBpsDevice": [{**disk_numbers(), "rate": 0}]},
           hugepageLimits=[{"pageSize": "2MB", "limit": 2 * MIB}],
           unified={"memory.high": "max"})
    expected.update({
        "memory.max": str(32 * MIB), "memory.swap.max": "0", "memory.low": str(16 * MIB),
        "memory.high": "max", "cpu.weight": "1", "cpu.max": "20000 200000", "cpu.max.burst": "0",
        "cpuset.cpus": "0-1", "pids.max": "max", "hugetlb.2MB.max": str(2 * MIB),
        "hugetlb.2MB.rsvd.max": str(2 * MIB),
        "io.max": f"{main_disk()} rbps=max wbps=max riops=max wiops=1000"})
    assert values(folder, expected) == expected
    update(box, name, cpu={"idle": 1})
    assert values(folder, ["cpu.idle"]) == {"cpu.idle": "1"}


def test_weights_of_disks(either_box):
    """Which file has them is the scheduler's choice: BFQ's own, or the kernel's."""
    subprocess.run(["modprobe", "bfq"], check=False)
    box = either_box
    name, pid = box.start(sleeper(box, blockIO={"weight": 500}))
    folder = folder_of(pid)
    file, expected = ("io.bfq.weight", "500") if (folder / "io.bfq.weight").exists() \
        else ("io.weight", "5001")
    assert values(folder, [file])[file].split()[-1] == expected
    update(box, name, blockIO={"weight": 10})
    assert values(folder, [file])[file].split()[-1] == ("10" if expected == "500" else "1")


def test_what_there_is_none_of_is_refused(box):
    for resources, reason in (
            ({"unified": {"misc.max": "sev 1"}}, "misc.max"),
            ({"rdma": {"mlx5_1": {"hcaHandles": 3}}}, "rdma.max"),
            ({"hugepageLimits": [{"pageSize": "3MB", "limit": 1}]}, "hugetlb.3MB.max"),
            ({"cpu": {"cpus": "4000"}}, "cpuset.cpus"),
            ({"network": {"classID": 1}}, "linux.resources.network")):
        config = box.config("true")
        config["linux"]["resources"].update(resources)
        done = box.run(config, ok=False)
        assert done.returncode != 0 and reason in done.stderr, done.stderr
        box.check_nothing_left()


HOG = "a=0123456789; while :; do a=$a$a; done"


def limited(box, script, **resources):
    config = box.config(script)
    config["linux"]["resources"].update(
        memory={"limit": 16 * MIB, "swap": 16 * MIB}, **resources)
    config["mounts"].append(oci.mount("/tmp", "tmpfs"))
    return config


@contextlib.contextmanager
def watched(box, name):
    """What `events` tells from now on, an event at a time; it ends with the container."""
    with subprocess.Popen(box.runtime.argv("events", "--interval=200ms", name),
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            assert json.loads(process.stdout.readline())["type"] == "stats"
            yield map(json.loads, itertools.islice(process.stdout, EVENTS_MAX))
        finally:
            process.kill()


def test_a_container_that_ends_out_of_memory(either_box):
    """Its own first process is killed: the event comes all the same, and the exit status."""
    box = either_box
    assert box.run(limited(box, HOG + "; true"), ok=False).returncode == 137
    name, _ = box.start(limited(box, f"until [ -e /tmp/go ]; do sleep 0.1; done; {HOG}"))
    with watched(box, name) as events:
        box.runtime("exec", name, "touch", "/tmp/go")
        assert [event["type"] for event in events].count("oom") == 1
    box.runtime.wait(name, "stopped")


def test_a_process_that_ends_out_of_memory(either_box):
    """A further process is killed: the container goes on, also as a scope of systemd."""
    box = either_box
    name, _ = box.start(limited(box, f"until [ -e /tmp/go ]; do sleep 0.1; done; ({HOG}); "
                                     "echo $? > /tmp/code; sleep 1000"))
    with watched(box, name) as events:
        box.runtime("exec", name, "touch", "/tmp/go")
        assert next(event for event in events if event["type"] == "oom")["id"] == name
        code = until(lambda: box.runtime("exec", name, "cat", "/tmp/code", ok=False).stdout.strip())
        assert code == "137" and box.runtime.state(name)["status"] == "running"
        assert statistics(box, name)["memory"]["usage"]["failcnt"] > 0
        box.runtime("kill", name, "KILL")
        assert {event["type"] for event in events} <= {"stats"}


def test_a_group_that_ends_out_of_memory(box):
    """With memory.oom.group nobody survives."""
    name, _ = box.start(limited(box, f"until [ -e /tmp/go ]; do sleep 0.1; done; ({HOG}); sleep 1000",
                                unified={"memory.oom.group": "1"}))
    box.runtime("exec", name, "touch", "/tmp/go")
    box.runtime.wait(name, "stopped", timeout=60)


def test_a_limit_below_the_usage(box):
    name, _ = box.start(limited(box, "head -c 6291456 /dev/zero > /tmp/held; sleep 1000"))
    until(lambda: statistics(box, name)["memory"]["usage"]["usage"] > 6 * MIB)
    done = update(box, name, ok=False,
                  memory={"limit": 4 * MIB, "swap": 4 * MIB, "checkBeforeUpdate": True})
    assert done.returncode != 0 and "linux.resources.memory.limit: is below the usage" in done.stderr
    assert statistics(box, name)["memory"]["usage"]["limit"] == 16 * MIB


def test_pids_are_counted(either_box):
    config = either_box.config("for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; echo all; wait")
    config["linux"]["resources"]["pids"] = {"limit": 5}
    done = either_box.run(config, ok=False)
    assert "can't fork" in done.stderr and "all" not in done.stdout


def test_cpu_time_is_limited(either_box):
    config = either_box.config("while :; do :; done")
    config["linux"]["resources"]["cpu"] = {"quota": 5000, "period": 100000}
    name, _ = either_box.start(config)
    cpu = until(lambda: (data := statistics(either_box, name)["cpu"])["throttling"]
                ["throttledPeriods"] > 2 and data)
    assert cpu["throttling"]["throttledTime"] > 0 and cpu["usage"]["total"] > 0
    assert set(cpu["psi"]) == {"some", "full"}


def test_writes_are_counted(box):
    """By the disk that they go to."""
    volume = box.make_folder("volume")
    config = box.config("dd if=/dev/zero of=/data/file bs=65536 count=16 conv=fsync; sleep 1000")
    config["mounts"].append(oci.mount("/data", "bind", "bind", source=str(volume)))
    name, _ = box.start(config)
    disk = disk_numbers()

    def written():
        return [entry["value"] for entry in statistics(box, name)["blkio"]["ioServiceBytesRecursive"]
                if entry["op"] == "Write" and {k: entry[k] for k in disk} == disk]

    assert until(lambda: [value for value in written() if value >= 16 * 65536])


HUGE = """
import mmap, sys
try:
    mmap.mmap(-1, int(sys.argv[1]) << 21, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)
    print("mapped")
except OSError as error:
    print(error.strerror)
"""


def test_huge_pages_are_limited(box):
    """With the host's Python: busybox maps no huge pages."""
    pool = pathlib.Path("/proc/sys/vm/nr_hugepages")
    pool.write_text("4", encoding="utf-8")
    config = box.config("/usr/bin/python3", "-c", HUGE, "1")
    config["linux"]["resources"]["hugepageLimits"] = [{"pageSize": "2MB", "limit": 2 * MIB}]
    config["mounts"].append(oci.mount("/usr", "bind", "rbind", "ro", source="/usr"))
    bundle = box.bundle(config, own_rootfs=True)
    for name in "lib", "lib64":
        (bundle / "rootfs" / name).symlink_to(f"usr/{name}")
    try:
        assert box.output(bundle) == "mapped\n"
        (bundle / "config.json").write_text(json.dumps(
            {**config, "process": {**config["process"],
                                   "args": [*config["process"]["args"][:-1], "2"]}}))
        assert box.output(bundle) == "Cannot allocate memory\n"
    finally:
        pool.write_text("0", encoding="utf-8")


def test_statistics_are_complete(either_box):
    box = either_box
    name, _ = box.start(sleeper(box, memory={"limit": 64 * MIB, "swap": 96 * MIB}, pids={"limit": 42},
                                cpu={"cpus": "1"}, hugepageLimits=[{"pageSize": "2MB", "limit": 0}]))
    data = statistics(box, name)
    usage = data["memory"]["usage"]
    assert usage["limit"] == 64 * MIB and 0 < usage["usage"] <= usage["max"] <= usage["limit"]
    assert data["memory"]["swap"]["limit"] == 32 * MIB and data["memory"]["raw"]["anon"] > 0
    assert data["pids"] == {"current": 1, "limit": 42}
    assert data["cpuset"] == {"cpus": [1], "mems": [0]}
    assert "2MB" in data["hugetlb"]
    for part in "cpu", "memory", "blkio":
        assert data[part]["psi"]["some"]["total"] >= 0, part


def test_devices(either_box):
    """Decided by programs, ours beside systemd's, also after an update."""
    box = either_box
    numbers = disk_numbers()
    config = sleeper(box)
    config["mounts"].append(oci.mount("/tmp", "tmpfs"))
    name, pid = box.start(config)
    box.runtime("exec", name, "mknod", "/tmp/disk", "b", *map(str, numbers.values()))

    def reads(path):
        return box.runtime("exec", name, "sh", "-c", f"head -c 1 {path} >/dev/null",
                           ok=False).returncode == 0

    assert reads("/dev/zero") and not reads("/tmp/disk")
    rules = [{"allow": False, "access": "rwm"}, {"allow": True, "type": "b", **numbers, "access": "r"}]
    update(box, name, devices=rules)
    assert reads("/dev/zero") and reads("/tmp/disk")
    update(box, name, devices=rules[:1])
    assert reads("/dev/zero") and not reads("/tmp/disk")
    assert folder_of(pid).exists()


def test_exec_in_a_user_namespace(either_box):
    """systemd mounts with nsdelegate: who is in the container's cgroup namespace moves nobody into it."""
    config = either_box.config("sleep", "1000")
    config["linux"]["namespaces"].append({"type": "user"})
    for kind in "uid", "gid":
        config["linux"][f"{kind}Mappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    name, pid = either_box.start(config)
    script = "id -u; cat /proc/self/cgroup; readlink /proc/self/ns/cgroup; cat /sys/fs/cgroup/pids.max"
    inside = os.readlink(f"/proc/{pid}/ns/cgroup")
    assert either_box.runtime("exec", name, "sh", "-c", script).stdout == f"0\n0::/\n{inside}\n100\n"


def test_controllers_reach_the_container(either_box):
    _, pid = either_box.start(either_box.config("sleep", "1000"))
    assert set((folder_of(pid) / "cgroup.controllers").read_text(encoding="utf-8").split()) \
        >= {"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"}
