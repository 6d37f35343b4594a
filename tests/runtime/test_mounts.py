"""Mounts: every kind and option, and what a target may be."""
import os
import json
import pathlib
import subprocess

import pytest

from oci import mount

pytestmark = pytest.mark.root


def with_mounts(box, *mounts, script="true"):
    config = box.config("sh", "-c", script)
    config["mounts"] += mounts
    return config


def test_dockers_own(box):
    mounts = box.mounts(box.config())
    assert mounts["/proc"].type == "proc" and {"nosuid", "nodev", "noexec"} <= mounts["/proc"].options
    assert mounts["/dev"].type == "tmpfs" and "nosuid" in mounts["/dev"].options
    assert "mode=755" in mounts["/dev"].super_options
    assert "size=65536k" in mounts["/dev"].super_options
    assert mounts["/dev/pts"].type == "devpts"
    assert {"ptmxmode=666", "mode=620", "gid=5"} <= mounts["/dev/pts"].super_options
    assert mounts["/sys"].type == "sysfs" and "ro" in mounts["/sys"].options
    assert mounts["/dev/mqueue"].type == "mqueue"
    assert mounts["/dev/shm"].type == "tmpfs" and "size=65536k" in mounts["/dev/shm"].super_options
    assert "ro" in mounts["/sys/fs/cgroup"].options
    # The host's tree is gone.
    assert all(m.point == "/" or m.root != "/" or m.type != mounts["/"].type
               for m in mounts.values())


@pytest.mark.parametrize("option, there, missing", [
    ("ro", {"ro"}, {"rw"}),
    ("rw", {"rw"}, {"ro"}),
    ("nosuid", {"nosuid"}, set()),
    ("nodev", {"nodev"}, set()),
    ("noexec", {"noexec"}, set()),
    ("noatime", {"noatime"}, {"relatime"}),
    ("relatime", {"relatime"}, {"noatime"}),
    ("strictatime", set(), {"relatime", "noatime"}),
    ("nodiratime", {"nodiratime"}, set()),
    ("nosymfollow", {"nosymfollow"}, set()),
])
@pytest.mark.parametrize("kind", ["tmpfs", "bind"])
def test_options(box, kind, option, there, missing):
    source = str(box.make_folder("source")) if kind == "bind" else "tmpfs"
    extra = ["bind"] if kind == "bind" else []
    mounts = box.mounts(with_mounts(box, mount("/mnt", kind, *extra, option, source=source)))
    assert there <= mounts["/mnt"].options
    assert not missing & mounts["/mnt"].options


@pytest.mark.parametrize("pair", [("suid", "nosuid"), ("dev", "nodev"), ("exec", "noexec"),
                                  ("rw", "ro"), ("atime", "noatime"), ("diratime", "nodiratime"),
                                  ("symfollow", "nosymfollow")])
def test_the_last_of_two_counts(box, pair):
    clear, name = pair
    config = with_mounts(box, mount("/mnt", "tmpfs", name, clear), mount("/run", "tmpfs", clear, name))
    mounts = box.mounts(config)
    assert name not in mounts["/mnt"].options
    assert name in mounts["/run"].options


def test_super_block_options(box):
    mounts = box.mounts(with_mounts(box, mount("/mnt", "tmpfs", "size=1m", "mode=0700", "uid=7")))
    assert {"size=1024k", "mode=700", "uid=7"} <= mounts["/mnt"].super_options


def test_an_option_that_the_kernel_refuses(box):
    done = box.run(with_mounts(box, mount("/mnt", "tmpfs", "nothing=1")), ok=False)
    assert done.returncode == 1
    assert "mount tmpfs on /mnt" in done.stderr and "nothing" in done.stderr


def test_a_type_that_is_not_there(box):
    done = box.run(with_mounts(box, mount("/mnt", "nofs")), ok=False)
    assert "mount nofs on /mnt" in done.stderr


def test_bind_is_live_and_recursive_only_when_asked(box):
    source = box.make_folder("source")
    (source / "file").write_text("seen\n")
    (source / "sub").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", source / "sub"], check=True)
    (source / "sub/deep").write_text("deep\n")
    try:
        script = "cat /mnt/file; ls /mnt/sub"
        assert box.output(with_mounts(box, mount("/mnt", "bind", "bind", source=str(source)),
                                      script=script)) == "seen\n"
        assert box.output(with_mounts(box, mount("/mnt", "none", "rbind", source=str(source)),
                                      script=script)) == "seen\ndeep\n"
        # ro is of the first mount alone, rro of all.
        mounts = box.mounts(with_mounts(box, mount("/mnt", "none", "rbind", "ro", source=str(source))))
        assert "ro" in mounts["/mnt"].options and "rw" in mounts["/mnt/sub"].options
        mounts = box.mounts(with_mounts(box, mount("/mnt", "none", "rbind", "rro", "rnosuid", "rnodev",
                                                   "rnoexec", "rnoatime", source=str(source))))
        for point in "/mnt", "/mnt/sub":
            assert {"ro", "nosuid", "nodev", "noexec", "noatime"} <= mounts[point].options
    finally:
        subprocess.run(["umount", source / "sub"], check=True)


def test_bind_of_a_file_and_of_a_socket(box):
    file = box.folder / "file"
    file.write_text("text\n")
    os.mkfifo(box.folder / "fifo")
    config = with_mounts(box, mount("/etc/made/file", "bind", "bind", source=str(file)),
                         mount("/run/fifo", "bind", "bind", source=str(box.folder / "fifo")),
                         script="cat /etc/made/file; test -p /run/fifo && echo fifo")
    assert box.output(config, own_rootfs=True) == "text\nfifo\n"


def test_bind_source_relative_to_the_bundle(box):
    config = with_mounts(box, mount("/mnt", "bind", "bind", source="data"), script="cat /mnt/file")
    bundle = box.bundle(config)
    (bundle / "data").mkdir()
    (bundle / "data/file").write_text("relative\n")
    assert box.output(bundle) == "relative\n"


def test_a_source_that_is_not_there(box):
    done = box.run(with_mounts(box, mount("/mnt", "bind", "bind", source="/nowhere")), ok=False)
    assert done.returncode == 1 and "/nowhere" in done.stderr and "/mnt" in done.stderr


@pytest.mark.parametrize("option, shown", [("private", ""), ("rprivate", ""), ("slave", "master:"),
                                           ("rslave", "master:"), ("shared", "shared:"),
                                           ("rshared", "shared:"), ("unbindable", "unbindable")])
def test_propagation(box, option, shown):
    source = box.make_folder("source")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", source], check=True)
    subprocess.run(["mount", "--make-shared", source], check=True)
    try:
        config = with_mounts(box, mount("/mnt", "bind", "rbind", option, source=str(source)))
        got = box.mounts(config)["/mnt"].propagation
        assert shown in got if shown else got == ""
    finally:
        subprocess.run(["umount", source], check=True)


def test_a_slave_sees_what_the_host_mounts_later(box):
    source = box.make_folder("source")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", source], check=True)
    subprocess.run(["mount", "--make-shared", source], check=True)
    try:
        config = with_mounts(box, mount("/mnt", "bind", "rbind", "rslave", source=str(source)),
                             script="sleep 100")
        name, _ = box.start(config)
        (source / "later").mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", source / "later"], check=True)
        (source / "later/file").write_text("later\n")
        assert box.runtime("exec", name, "cat", "/mnt/later/file").stdout == "later\n"
        box.runtime("delete", "--force", name)
    finally:
        subprocess.run(["umount", "--recursive", source], check=True)


def test_tmpcopyup(box):
    config = with_mounts(box, mount("/data", "tmpfs", "tmpcopyup", "noexec"),
                         script="ls -ln /data; cat /data/sub/file; readlink /data/link; touch /data/new")
    bundle = box.bundle(config, own_rootfs=True)
    data = bundle / "rootfs/data"
    (data / "sub").mkdir(parents=True)
    (data / "sub/file").write_text("copied\n")
    (data / "sub").chmod(0o750)
    os.chown(data / "sub", 12, 34)
    (data / "link").symlink_to("/etc/passwd")
    text = box.output(bundle)
    assert "copied\n/etc/passwd\n" in text
    assert "drwxr-x---    2 12       34" in text
    assert sorted(os.listdir(data)) == ["link", "sub"]


def test_a_tmpfs_has_the_mode_of_what_it_covers(box):
    config = with_mounts(box, mount("/covered", "tmpfs"), script="stat -c %a /covered")
    bundle = box.bundle(config, own_rootfs=True)
    (bundle / "rootfs/covered").mkdir()
    (bundle / "rootfs/covered").chmod(0o1751)
    assert box.output(bundle) == "1751\n"


def test_a_tmpfs_on_nothing_has_its_usual_mode(box):
    config = box.config("stat", "-c", "%a", "/new/below", "/new")
    config["mounts"].append({"destination": "/new/below", "type": "tmpfs", "source": "tmpfs",
                             "options": ["ro"]})
    assert box.output(config, own_rootfs=True).split() == ["1777", "755"]


def test_idmapped(box):
    source = box.make_folder("source")
    (source / "file").write_text("")
    os.chown(source / "file", 0, 0)
    entry = mount("/mnt", "bind", "bind", "idmap", source=str(source))
    entry["uidMappings"] = [{"containerID": 0, "hostID": 3000, "size": 1000}]
    entry["gidMappings"] = [{"containerID": 0, "hostID": 4000, "size": 1000}]
    config = with_mounts(box, entry, script="stat -c '%u %g' /mnt/file; ")
    assert box.output(config) == "3000 4000\n"
    assert (source / "file").stat().st_uid == 0


def test_idmapped_by_the_containers_own_map(box):
    from box import make_rootless
    source = box.make_folder("source")
    (source / "file").write_text("")
    config = with_mounts(box, mount("/mnt", "bind", "bind", "idmap", source=str(source)),
                         script="stat -c '%u %g' /mnt/file; touch /mnt/new")
    make_rootless(config, 0)
    config["linux"]["uidMappings"][0]["hostID"] = 5000
    config["linux"]["gidMappings"][0]["hostID"] = 5000
    assert box.output(config) == "0 0\n"
    assert (source / "new").stat().st_uid == 0


def test_remount(box):
    source = box.make_folder("source")
    config = with_mounts(box, mount("/mnt", "bind", "bind", source=str(source)),
                         mount("/mnt", "none", "bind", "remount", "ro", "nosuid", source="none"))
    assert {"ro", "nosuid"} <= box.mounts(config)["/mnt"].options


def test_order_and_stacking(box):
    source = box.make_folder("source")
    config = with_mounts(box, mount("/mnt", "tmpfs"), mount("/mnt/inner/deep", "bind", "bind", source=str(source)),
                         script="touch /mnt/inner/deep/file")
    box.output(config)
    assert (source / "file").exists()


def test_overlay(box):
    for name in "lower", "upper", "work":
        box.make_folder(name)
    (box.folder / "lower/file").write_text("lower\n")
    config = with_mounts(box, mount("/mnt", "overlay", f"lowerdir={box.folder}/lower",
                                    f"upperdir={box.folder}/upper", f"workdir={box.folder}/work",
                                    source="overlay"),
                         script="cat /mnt/file; echo new > /mnt/file")
    assert box.output(config) == "lower\n"
    assert (box.folder / "upper/file").read_text() == "new\n"


# The root

def test_read_only_root(box):
    config = box.config("touch /file; touch /tmp/file; echo x > /dev/null && echo null")
    config["root"]["readonly"] = True
    done = box.run(config)
    assert done.stdout == "null\n" and done.stderr.count("Read-only file system") == 2


@pytest.mark.parametrize("propagation, shown", [("private", ""), ("rprivate", ""), ("slave", "master:"),
                                                ("rslave", "master:"), ("shared", "shared:"),
                                                ("rshared", "shared:"), ("unbindable", "unbindable")])
def test_root_propagation(box, propagation, shown):
    """On a rootfs that is a shared mount of its own."""
    top = box.make_folder("top")
    subprocess.run(["mount", "--bind", box.shared_rootfs, top], check=True)
    subprocess.run(["mount", "--make-shared", top], check=True)
    try:
        config = box.config("cat", "/proc/self/mountinfo")
        config["root"]["path"] = str(top)
        config["linux"]["rootfsPropagation"] = propagation
        root = [line for line in box.output(config).splitlines() if line.split()[4] == "/"][-1]
        tags = root.split(" - ")[0].split()[6:]
        assert any(shown in tag for tag in tags) if shown else tags == []
    finally:
        subprocess.run(["umount", top], check=True)


def test_without_pivot(box):
    text = box.output(box.config("ls /; ls /proc/1/root; "), "--no-pivot")
    assert "busybox" not in text and text.count("etc") == 2


def test_a_rootfs_that_is_not_there(box):
    config = box.config("true")
    config["root"]["path"] = "/nowhere"
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "root.path: /nowhere" in done.stderr


# Masks, read-only paths, devices

def test_masked_paths(box):
    bundle = box.bundle(box.config(
        "cat /etc/secret; ls /var/secret; echo x > /var/secret/new; wc -c < /proc/timer_list; "
        "test -c /proc/keys && echo null"), own_rootfs=True)
    (bundle / "rootfs/etc/secret").write_text("secret\n")
    (bundle / "rootfs/var/secret").mkdir()
    (bundle / "rootfs/var/secret/file").write_text("secret\n")
    config = pathlib.Path(bundle / "config.json")
    config.write_text(config.read_text().replace(
        '"maskedPaths": [', '"maskedPaths": ["/etc/secret", "/var/secret", "/not/there", '))
    done = box.run(bundle)
    assert done.stdout == "0\nnull\n" and "Read-only file system" in done.stderr


def test_masks_over_one_another(box):
    """What was made read-only as a whole hides nothing of what is masked in it afterwards."""
    config = box.config("for f in keys timer_list; do wc -c < /proc/$f; done; ls /proc/acpi /sys/firmware; "
                        "for f in sys/kernel/printk irq/default_smp_affinity sysrq-trigger; do "
                        "echo 1 > /proc/$f; done; true")
    config["linux"]["readonlyPaths"] = ["/proc/sys", "/proc", "/proc/irq"]
    config["linux"]["maskedPaths"] = ["/proc/keys", "/sys/firmware", "/proc/timer_list", "/proc/acpi"]
    done = box.run(config)
    counts = done.stdout.split()
    assert counts[:2] == ["0", "0"]
    assert [word for word in counts[2:] if not word.endswith(":")] == []
    assert done.stderr.count("Read-only file system") >= 2
    assert "ro" in box.mounts(config)["/proc"].options


def test_masks_where_there_is_no_procfs(box):
    """Names of procfs in a folder of the rootfs, where they can be links."""
    config = box.config("cat /proc/keys /proc/timer_list /proc/acpi/file; cat /proc/kcore")
    config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/proc"]
    bundle = box.bundle(config, own_rootfs=True)
    proc = bundle / "rootfs/proc"
    (proc / "keys").write_text("secret")
    (proc / "acpi").mkdir()
    (proc / "acpi/file").write_text("secret")
    (proc / "timer_list").symlink_to("../var/timers")
    (bundle / "rootfs/var/timers").write_text("secret")
    (proc / "kcore").write_text("not masked")
    text = (bundle / "config.json").read_text()
    masked = json.loads(text)
    masked["linux"]["maskedPaths"] = ["/proc/keys", "/proc/timer_list", "/proc/acpi"]
    (bundle / "config.json").write_text(json.dumps(masked))
    done = box.run(bundle, ok=False)
    assert done.stdout == "not masked"


def test_read_only_paths(box):
    done = box.run(box.config("for f in sys/kernel/printk irq/default_smp_affinity; do "
                              "echo 1 > /proc/$f; done; true"))
    assert done.stderr.count("Read-only file system") == 2
    mounts = box.mounts(box.config())
    assert all("ro" in mounts[f"/proc/{name}"].options for name in ("bus", "fs", "irq", "sys"))


def test_default_devices(box):
    text = box.output(box.config("cd /dev; stat -c '%n %F %t %T %a' null zero full random urandom tty; "
                                 "ls -l | grep -e '->'; head -c 3 zero | od -An -tx1; echo x > full; true"))
    expected = {"null": "1 3", "zero": "1 5", "full": "1 7", "random": "1 8", "urandom": "1 9",
                "tty": "5 0"}
    for name, number in expected.items():
        assert f"{name} character special file {number} 666" in text
    for link in "core -> /proc/kcore", "fd -> /proc/self/fd", "stdin -> /proc/self/fd/0", \
            "stdout -> /proc/self/fd/1", "stderr -> /proc/self/fd/2", "ptmx -> pts/ptmx":
        assert link in text
    assert " 00 00 00" in text


def test_devices_by_list(box):
    config = box.config("cd /dev; stat -c '%n %F %t %T %a %u %g' made/zero block pipe null")
    config["linux"]["devices"] = [
        {"type": "c", "path": "/dev/made/zero", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 7,
         "gid": 8},
        {"type": "b", "path": "/dev/block", "major": 7, "minor": 99, "fileMode": 0o600},
        {"type": "p", "path": "/dev/pipe", "major": 0, "minor": 0},
        {"type": "c", "path": "/dev/null", "major": 1, "minor": 3, "fileMode": 0o600},
    ]
    assert box.output(config).splitlines() == [
        "made/zero character special file 1 5 640 7 8", "block block special file 7 63 600 0 0",
        "pipe fifo 0 0 666 0 0", "null character special file 1 3 600 0 0"]


def test_devices_that_are_not_allowed(box):
    config = box.config("sh", "-c", "mknod /tmp/kmsg c 1 11 && head -c 1 /tmp/kmsg")
    done = box.run(config, ok=False, own_rootfs=True)
    assert done.returncode != 0 and "Operation not permitted" in done.stderr
