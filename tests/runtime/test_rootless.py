"""Containers of an ordinary user."""
import os
import subprocess

import pytest

from oci import mount

pytestmark = pytest.mark.userns


def test_dockers_configuration(user_box):
    box = user_box
    text = box.output(box.config("id -u; cat /proc/self/uid_map; echo x > /dev/null && ls /dev; "
                                 "grep Seccomp: /proc/self/status; cat /proc/self/setgroups"))
    assert text.splitlines()[0] == "0"
    assert text.splitlines()[1].split() == ["0", str(box.user), "1"]
    assert {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "shm"} <= set(text.split())
    assert "Seccomp:\t2" in text and text.endswith("deny\n")


def test_life(user_box):
    box = user_box
    name, pid = box.start(box.config("sleep", "100"))
    assert box.runtime.state(name)["owner"] == str(box.user)
    assert os.stat(f"/proc/{pid}").st_uid == box.user
    assert box.runtime("exec", name, "sh", "-c", "id -u; hostname").stdout == "0\ncontainer\n"
    box.runtime("kill", name, "KILL")
    box.runtime.wait(name, "stopped")
    box.runtime("delete", name)
    assert box.left() == []


def test_cgroups_are_read_only(user_box):
    """With the host's network, sysfs cannot be mounted anew (CVE-2023-25809)."""
    box = user_box
    config = box.config("for f in /sys/fs/cgroup/x /sys/fs/cgroup/*/x /sys/x; do "
                        "mkdir $f && echo made $f; done; true")
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"]
                                     if n["type"] not in ("network", "cgroup")]
    done = box.run(config)
    assert done.stdout == "" and "Read-only file system" in done.stderr


def test_files_belong_to_the_user(user_box):
    box = user_box
    volume = box.make_folder("volume")
    config = box.config("touch /mnt/file; chown 0:0 /mnt/file; chown 5:5 /mnt/file || echo refused")
    config["mounts"].append(mount("/mnt", "bind", "bind", source=str(volume)))
    assert box.output(config) == "refused\n"
    assert (volume / "file").stat().st_uid == box.user


def test_what_cannot_be_had_is_said(user_box):
    box = user_box
    config = box.config("true")
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != "user"]
    del config["linux"]["uidMappings"], config["linux"]["gidMappings"]
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "Operation not permitted" in done.stderr

    config = box.config("true")
    config["linux"]["uidMappings"][0]["hostID"] = 0
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "uid" in done.stderr

    config = box.config("true")
    config["linux"]["devices"] = [{"type": "c", "path": "/dev/nothing", "major": 250, "minor": 9}]
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "/dev/nothing" in done.stderr or "nothing" in done.stderr


def test_a_failure_leaves_nothing(user_box):
    box = user_box
    config = box.config("true")
    config["mounts"].append(mount("/mnt", "bind", "bind", source="/nowhere"))
    assert box.run(config, ok=False).returncode == 1
    box.check_nothing_left()


@pytest.mark.root
def test_ranges_of_ids_by_newuidmap(user_box):
    """In a mount namespace in which user 1000 has a range of its own."""
    box = user_box
    config = box.config("id -u; chown 5:6 /tmp && stat -c '%u %g' /tmp; cat /proc/self/setgroups; id -G")
    for kind in "uid", "gid":
        config["linux"][f"{kind}Mappings"].append(
            {"containerID": 1, "hostID": 400000, "size": 65536})
    config["process"]["user"]["additionalGids"] = [7]
    for mounted in config["mounts"]:
        if mounted["destination"] == "/dev/pts":
            mounted["options"].append("gid=5")
    bundle = box.bundle(config, own_rootfs=True)
    for name in "passwd", "subuid", "subgid":
        text = "user1000:x:1000:1000::/:/bin/sh\n" if name == "passwd" else "user1000:400000:65536\n"
        (box.folder / name).write_text(text)
    binds = " && ".join(f"mount --bind {box.folder}/{name} /etc/{name}"
                        for name in ("passwd", "subuid", "subgid"))
    command = " ".join(box.runtime.argv("run", f"--bundle={bundle}", box.name()))
    done = subprocess.run(["unshare", "--mount", "sh", "-c", f"{binds} && {command}"],
                          capture_output=True, text=True, timeout=30, check=False,
                          env=box.runtime.env)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "0\n5 6\nallow\n0 7\n"
    # Its files are nobody's here: root removes them.
    subprocess.run(["chown", "-R", "0:0", bundle], check=True)


@pytest.mark.root
def test_ranges_that_were_not_granted(user_box):
    box = user_box
    config = box.config("true")
    config["linux"]["uidMappings"].append({"containerID": 1, "hostID": 400000, "size": 65536})
    config["linux"]["gidMappings"].append({"containerID": 1, "hostID": 400000, "size": 65536})
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "newgidmap" in done.stderr and "subuid" in done.stderr
