"""Namespaces, new and joined, seen from inside and from outside."""
import json
import os
import subprocess

import pytest

from box import make_rootless

pytestmark = pytest.mark.root

NEW = {"mount": "mnt", "network": "net", "uts": "uts", "pid": "pid", "ipc": "ipc",
       "cgroup": "cgroup"}


def namespace(pid, name):
    return os.readlink(f"/proc/{pid}/ns/{name}")


def set_namespaces(config, **paths):
    """Replace namespaces: a path joins, None leaves the host's."""
    kept = [n for n in config["linux"]["namespaces"] if n["type"] not in paths]
    config["linux"]["namespaces"] = kept + [{"type": name, "path": path}
                                            for name, path in paths.items() if path]


def test_each_is_new(box):
    _, pid = box.start(box.config("sleep", "100"))
    for name in NEW.values():
        assert namespace(pid, name) != namespace("self", name), name
    assert namespace(pid, "user") == namespace("self", "user")


@pytest.mark.parametrize("left_out", ["network", "uts", "pid", "ipc", "cgroup"])
def test_one_that_is_not_asked_for_is_the_hosts(box, left_out):
    config = box.config("sleep", "100")
    set_namespaces(config, **{left_out: None})
    if left_out == "uts":
        del config["hostname"]
    if left_out == "network":
        config["mounts"] = [m for m in config["mounts"] if m["type"] != "sysfs"]
    _, pid = box.start(config)
    for kind, name in NEW.items():
        same = namespace(pid, name) == namespace("self", name)
        assert same == (kind == left_out), kind


def test_joined_ones(box):
    _, first = box.start(box.config("sleep", "100"))
    config = box.config("sleep", "100")
    set_namespaces(config, **{kind: f"/proc/{first}/ns/{name}"
                              for kind, name in NEW.items() if kind not in ("mount", "cgroup")})
    del config["hostname"]
    _, second = box.start(config)
    for kind, name in NEW.items():
        same = namespace(second, name) == namespace(first, name)
        assert same == (kind not in ("mount", "cgroup")), kind


def test_joined_pid_namespace_sees_both(box):
    first_name, first = box.start(box.config("sleep", "100"))
    config = box.config("ps -o pid,args ")
    set_namespaces(config, pid=f"/proc/{first}/ns/pid")
    assert "sleep 100" in box.output(config)
    assert box.runtime.state(first_name)["status"] == "running"


def test_joined_user_namespace(box):
    config = box.config("sleep", "100")
    make_rootless(config, 0)
    config["linux"]["uidMappings"][0]["hostID"] = 4000
    config["linux"]["gidMappings"][0]["hostID"] = 4000
    name, first = box.start(config)
    second_config = box.config("sleep", "100")
    make_rootless(second_config, 0)
    for kind in "uid", "gid":
        del second_config["linux"][f"{kind}Mappings"]
    set_namespaces(second_config, user=f"/proc/{first}/ns/user", network=f"/proc/{first}/ns/net")
    _, second = box.start(second_config)
    assert namespace(second, "user") == namespace(first, "user")
    assert namespace(second, "net") == namespace(first, "net")
    assert namespace(second, "mnt") != namespace(first, "mnt")
    assert box.runtime("exec", name, "id", "-u").stdout == "0\n"


def test_a_path_that_is_no_namespace(box):
    config = box.config("true")
    set_namespaces(config, network="/nowhere/net")
    done = box.run(config, ok=False)
    assert done.returncode == 1
    assert "/nowhere/net" in done.stderr and "No such file" in done.stderr


def test_a_path_of_another_kind(box):
    config = box.config("true")
    set_namespaces(config, network="/proc/self/ns/uts")
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "/proc/self/ns/uts" in done.stderr


def test_names(box):
    config = box.config("hostname; cat /proc/sys/kernel/domainname")
    config["hostname"], config["domainname"] = "inside", "example.com"
    assert box.output(config) == "inside\nexample.com\n"
    assert os.uname().nodename != "inside"


def test_loopback_is_up(box):
    assert "UP" in box.output(box.config("ip link show lo ")).split("<")[1].split(">")[0]
    assert "127.0.0.1" in box.output(box.config("ip addr show lo "))


def test_devices_of_a_network_move_in(box):
    """From a namespace of our own, so that the host's stays as it is."""
    config = box.config("ip -o link ")
    config["linux"]["netDevices"] = {"dummy7": {"name": "inside0"}}
    bundle, name = box.bundle(config), box.name()
    script = f"ip link add dummy7 type veth peer name peer7 && {' '.join(box.runtime.argv())} " \
             f"run --bundle={bundle} {name} && ip -o link"
    done = subprocess.run(["unshare", "--net", "sh", "-c", script], capture_output=True, text=True,
                          check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    assert "inside0" in done.stdout and "dummy7" not in done.stdout


def test_a_device_that_is_not_there(box):
    config = box.config("true")
    config["linux"]["netDevices"] = {"nothing0": {}}
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "linux.netDevices.nothing0" in done.stderr


def test_time_offsets(box):
    config = box.config("cut", "-d.", "-f1", "/proc/uptime")
    config["linux"]["namespaces"].append({"type": "time"})
    config["linux"]["timeOffsets"] = {"boottime": {"secs": 1000000, "nanosecs": 0}}
    inside = int(box.output(config))
    with open("/proc/uptime", encoding="ascii") as f:
        outside = float(f.read().split()[0])
    assert 0 <= outside + 1000000 - inside < 30


def test_id_maps(box):
    config = box.config("sleep", "100")
    make_rootless(config, 0)
    for kind in "uid", "gid":
        config["linux"][f"{kind}Mappings"] = [
            {"containerID": 0, "hostID": 5000, "size": 10},
            {"containerID": 1000, "hostID": 6000, "size": 5},
        ]
    name, pid = box.start(config)
    for kind in "uid", "gid":
        with open(f"/proc/{pid}/{kind}_map", encoding="ascii") as f:
            assert [line.split() for line in f] == [["0", "5000", "10"], ["1000", "6000", "5"]]
    assert os.stat(f"/proc/{pid}").st_uid == 5000
    done = box.runtime("exec", "--user=1000:1000", "--additional-gids=3", name, "id")
    assert done.stdout.startswith("uid=1000(user) gid=1000(user) groups=3")


def test_own_user_namespace_keeps_mounts_of_the_host_apart(box):
    config = box.config("umount /proc/kcore 2>/dev/null; mount -o remount,rw /proc/sys; "
                        "echo 1 > /proc/sys/kernel/printk; true")
    config["process"]["capabilities"] = {
        name: ["CAP_SYS_ADMIN"] for name in ("bounding", "effective", "permitted")}
    make_rootless(config, 0)
    config["linux"]["uidMappings"][0]["hostID"] = 5000
    config["linux"]["gidMappings"][0]["hostID"] = 5000
    del config["linux"]["seccomp"]
    with open("/proc/sys/kernel/printk", encoding="ascii") as f:
        before = f.read()
    box.run(config)
    with open("/proc/sys/kernel/printk", encoding="ascii") as f:
        assert f.read() == before


def test_state_of_processes_that_share_the_hosts_pids(box):
    """Ends the container, though the others of its processes still run."""
    config = box.config("sleep 100 & exit 0")
    set_namespaces(config, pid=None)
    name, _ = box.start(config)
    box.runtime.wait(name, "stopped")
    assert json.loads(box.runtime("state", name).stdout)["pid"] == 0


@pytest.fixture
def closed(box):
    """A folder that only the host's root may enter, as an engine's storage is one."""
    folder = box.make_folder("closed", 0o700)
    (folder / "volume").mkdir()
    (folder / "volume/file").write_text("data")
    return folder


def mapped(box, *args):
    config = box.config(*args)
    config["linux"]["namespaces"].append({"type": "user"})
    for kind in "uid", "gid":
        config["linux"][f"{kind}Mappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    config["process"].pop("oomScoreAdj", None)
    return config


def test_a_volume_that_the_containers_root_could_not_reach(box, closed):
    config = mapped(box, "cat", "/mnt/file", "/var/file")
    config["mounts"] += [
        {"destination": "/mnt", "type": "bind", "source": str(closed / "volume"),
         "options": ["rbind", "ro"]},
        # Its source is what was mounted just before, which the host does not see.
        {"destination": "/var", "type": "bind", "options": ["bind"],
         "source": str(box.shared_rootfs / "mnt")}]
    where = os.getcwd(), os.readlink("/proc/self/ns/mnt")
    assert box.output(config) == "datadata"
    assert (os.getcwd(), os.readlink("/proc/self/ns/mnt")) == where
    # An ordinary file, and a source that is not there.
    config["mounts"][-2:] = [{"destination": "/etc/group", "type": "bind", "options": ["bind"],
                              "source": str(closed / "volume/file")}]
    config["process"]["args"] = ["cat", "/etc/group"]
    assert box.output(config) == "data"
    config["mounts"][-1]["source"] = str(closed / "nosuch")
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "nosuch" in done.stderr and "No such file" in done.stderr


def test_a_relative_pid_file_beside_such_a_volume(box, closed):
    """The runtime comes back to where it was."""
    config = mapped(box, "sleep", "100")
    config["mounts"].append({"destination": "/mnt", "type": "bind", "options": ["bind"],
                             "source": str(closed / "volume")})
    bundle, name = box.bundle(config), box.name()
    done = box.runtime.create(f"--bundle={bundle}", "--pid-file=pid", name, cwd=closed)
    assert done.returncode == 0, done.stdout
    assert (closed / "pid").read_text() == str(box.runtime.state(name)["pid"])


def test_devices_that_the_host_does_not_have(box):
    """In a user namespace nobody can make nodes: the runtime makes them, with the container's owner."""
    config = mapped(box, "sh", "-c", "stat -c '%F %t:%T %a %u:%g' /dev/other /dev/zero; "
                                     "head -c 3 /dev/other | od -An -tx1; mount | grep -c /state/")
    config["linux"]["devices"] = [
        {"path": "/dev/other", "type": "c", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 10,
         "gid": 11}]
    config["process"]["user"] = {"uid": 10, "gid": 0}
    lines = box.run(config, ok=False).stdout.splitlines()
    assert lines[0] == "character special file 1:5 640 10:11"
    assert lines[1].startswith("character special file 1:5 666")
    assert lines[2].split() == ["00"] * 3
    assert lines[3] == "0"


def test_an_ordinary_users_containers_get_no_more(user_box):
    """What the user may not reach stays closed."""
    config = user_box.config("true")
    secret = user_box.make_folder("secret", 0o700)
    (secret / "volume").mkdir()
    os.chown(secret, 0, 0)
    config["mounts"].append({"destination": "/mnt", "type": "bind", "options": ["bind"],
                             "source": str(secret / "volume")})
    done = user_box.run(config, ok=False)
    assert done.returncode == 1 and "Permission denied" in done.stderr
