"""Containers of an ordinary user: scopes of the user's own systemd."""
import json
import os
import pathlib
import subprocess

from booted import TOP, folder_of, properties, statistics, systemctl, until, update, values

MIB = 1 << 20


def prefix_of(box):
    return [*box.runtime.prefix, "env", f"XDG_RUNTIME_DIR={box.runtime.env['XDG_RUNTIME_DIR']}"]


def test_scope_of_the_user(session_box, user):
    """From a login session, which is outside of what is delegated to the user."""
    box = session_box
    config = box.config("sleep", "1000")
    config["linux"]["resources"] = {"memory": {"limit": 64 * MIB}, "pids": {"limit": 42},
                                    "cpu": {"quota": 50000, "period": 100000}}
    name, pid = box.start(config)
    manager = TOP / f"user.slice/user-{user.pw_uid}.slice/user@{user.pw_uid}.service"
    folder = folder_of(pid)
    assert folder == manager / "user.slice" / f"atomic-{name}.scope"
    assert os.stat(f"/proc/{pid}").st_uid == os.stat(folder).st_uid == user.pw_uid
    expected = {"memory.max": str(64 * MIB), "pids.max": "42", "cpu.max": "50000 100000"}
    assert values(folder, expected) == expected
    shown = properties(f"atomic-{name}.scope", "--user", prefix=prefix_of(box))
    assert shown["ActiveState"] == "active" and shown["MemoryMax"] == str(64 * MIB)

    update(box, name, memory={"limit": 32 * MIB}, pids={"limit": 43})
    systemctl("--user", "daemon-reload", prefix=prefix_of(box))
    expected.update({"memory.max": str(32 * MIB), "pids.max": "43"})
    assert values(folder, expected) == expected
    assert statistics(box, name)["memory"]["usage"]["limit"] == 32 * MIB

    assert box.runtime("exec", name, "cat", "/proc/self/cgroup").stdout.endswith("0::/\n")
    subprocess.run(box.runtime.argv("exec", "--detach", name, "sleep", "1234"), check=True,
                   env=box.runtime.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    pids = json.loads(box.runtime("ps", "--format", "json", name).stdout)
    assert len(pids) == 2 and {folder_of(one) for one in pids} == {folder}
    box.runtime("pause", name)
    assert box.runtime.state(name)["status"] == "paused"
    box.runtime("resume", name)
    box.runtime("kill", "--all", name, "KILL")
    box.runtime.wait(name, "stopped")
    box.runtime("delete", name)
    until(lambda: not folder.exists())
    listed = systemctl("--user", "list-units", "--all", "--plain", "--no-legend", "atomic-*.scope",
                       prefix=prefix_of(box))
    assert listed == ""


def test_out_of_memory_of_a_user(session_box):
    box = session_box
    config = box.config("a=0123456789; while :; do a=$a$a; done")
    config["linux"]["resources"] = {"memory": {"limit": 16 * MIB, "swap": 16 * MIB}}
    assert box.run(config, ok=False).returncode == 137


def test_a_controller_that_users_do_not_get(session_box):
    """systemd delegates memory, pids and cpu to users; the rest is refused by name."""
    box = session_box
    config = box.config("true")
    config["linux"]["resources"] = {"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]}
    done = box.run(config, ok=False)
    assert done.returncode != 0 and "hugetlb.2MB.max" in done.stderr
    assert "controller" in done.stderr


def test_a_user_without_a_manager(user_box):
    """Without linger and login there is nobody to ask."""
    user_box.runtime.options = ("--systemd-cgroup",)
    done = user_box.run(user_box.config("true"), ok=False)
    user_box.runtime.options = ()
    assert done.returncode != 0 and "enable-linger" in done.stderr


def test_ranges_of_ids(session_box, user):
    """By newuidmap, from the ranges that useradd has given."""
    box = session_box
    config = box.config("id -u; chown 5:6 /tmp; stat -c '%u %g' /tmp; cat /proc/self/setgroups")
    for kind in "uid", "gid":
        lines = pathlib.Path(f"/etc/sub{kind}").read_text(encoding="utf-8").splitlines()
        first = next(line.split(":")[1] for line in lines if line.startswith(f"{user.pw_name}:"))
        config["linux"][f"{kind}Mappings"].append(
            {"containerID": 1, "hostID": int(first), "size": 65536})
    bundle = box.bundle(config, own_rootfs=True)
    assert box.output(bundle) == "0\n5 6\nallow\n"
    os.chown(bundle / "rootfs/tmp", user.pw_uid, user.pw_gid)


def test_podman_style(session_box, user):
    """podman runs the runtime as root of a user namespace, inside the user's slice."""
    box = session_box
    inside = ("systemd-run", "--user", "--scope", "--quiet", "unshare", "--user", "--mount",
              "--map-root-user", "--map-auto")
    box.runtime.prefix = [*box.runtime.prefix, *inside]
    config = box.config("id -u; cat /proc/self/cgroup")
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != "user"]
    del config["linux"]["uidMappings"], config["linux"]["gidMappings"]
    config["linux"]["resources"] = {"pids": {"limit": 20}}
    assert box.output(config) == "0\n0::/\n"
    assert user.pw_uid == box.user
