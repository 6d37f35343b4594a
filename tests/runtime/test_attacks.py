"""One test for each class of attack that has worked against a container runtime."""
import ctypes
import json
import os
import pathlib
import subprocess
import threading

import pytest

from box import make_rootless
from oci import mount

pytestmark = pytest.mark.root


def digest(path):
    return subprocess.run(["sha256sum", path], capture_output=True, check=True).stdout


# The runtime's own binary (CVE-2019-5736)

OVERWRITE = ("exec 9</proc/{pid}/exe; for i in $(seq 200); do "
             "echo evil > /proc/self/fd/9 && echo overwritten && exit; done 2>/dev/null; true")


@pytest.fixture
def copied(box):
    """A copy of the program, in a folder where its user can write."""
    program = box.folder / "runtime"
    subprocess.run(["cp", box.runtime.program, program], check=True)
    box.runtime.program = str(program)
    before = digest(program)
    yield box
    assert digest(program) == before


@pytest.mark.parametrize("args", [["/proc/self/exe"], ["/bin/script"], ["/bin/link"]])
def test_binary_as_the_containers_program(copied, args):
    """It is started inside, by name, by a script's first line, by a link, and shows itself."""
    config = copied.config(*args)
    config["process"]["capabilities"] = {
        name: ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"] for name in ("bounding", "effective", "permitted")}
    bundle = copied.bundle(config, own_rootfs=True)
    script = bundle / "rootfs/bin/script"
    script.write_text("#!/proc/self/exe\n")
    script.chmod(0o755)
    (bundle / "rootfs/bin/link").symlink_to("/proc/self/exe")
    # The attacker's library is what our program loads when it is started inside.
    name = copied.name()
    done = copied.runtime("run", f"--bundle={bundle}", name, ok=False)
    assert done.returncode != 0


def test_binary_held_while_another_process_enters(copied):
    """A container that looks at each new process of its namespace, and writes to its program."""
    config = copied.config(
        "for i in $(seq 4000); do for p in /proc/[0-9]*; do "
        "case $p in /proc/1) ;; *) [ -e $p/exe ] && echo evil 2>/dev/null >> $p/exe;; esac; done; "
        "done 2>/dev/null; true")
    config["process"]["capabilities"] = {
        name: ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"] for name in ("bounding", "effective", "permitted")}
    name, _ = copied.start(config)
    for _ in range(25):
        copied.runtime("exec", name, "true", ok=False)


def test_binary_is_read_only_for_what_it_starts(copied):
    """Where the created container's first process shows it."""
    name = copied.create(copied.config("true"))
    pid = copied.runtime.state(name)["pid"]
    with pytest.raises(OSError) as refused:
        # No other processes: a file that runs is busy for all, one that is read-only for ever.
        os.open(f"/proc/{pid}/exe", os.O_WRONLY)
    assert refused.value.errno in (30, 26)  # EROFS, ETXTBSY
    exe = os.open(f"/proc/{pid}/exe", os.O_RDONLY)
    copied.runtime("delete", "--force", name)
    with pytest.raises(OSError) as refused:
        os.open(f"/proc/self/fd/{exe}", os.O_WRONLY)
    os.close(exe)
    assert refused.value.errno == 30


# Descriptors of the host (CVE-2024-21626)

def test_no_descriptor_of_the_host(box):
    os.set_inheritable(inherited := os.open("/", os.O_RDONLY), True)
    text = box.output(box.config("ls /proc/$$/fd; true"), close_fds=False)
    os.close(inherited)
    assert text.split() == ["0", "1", "2"]


def test_working_folder_through_a_descriptor(box):
    for number in range(3, 70):
        config = box.config("pwd -P; ls -a ")
        config["process"]["cwd"] = f"/proc/self/fd/{number}"
        done = box.run(config, ok=False)
        assert done.returncode == 1 and "change to folder" in done.stderr, number


def test_working_folder_of_exec_through_a_descriptor(box):
    name, _ = box.start(box.config("sleep", "100"))
    for number in range(3, 20):
        done = box.runtime("exec", f"--cwd=/proc/self/fd/{number}", name, "pwd", ok=False)
        assert done.returncode not in (0, 126, 127)


def test_program_through_a_descriptor(box):
    for number in range(3, 70):
        done = box.run(box.config(f"/proc/self/fd/{number}/bin/true"), ok=False)
        assert done.returncode in (126, 127)


# Links in the rootfs to the host (CVE-2026-41579, CVE-2026-47766)

@pytest.mark.parametrize("link", ["dev", "proc", "sys", "etc"])
def test_folders_of_the_rootfs_that_lead_out(box, link):
    outside = box.make_folder("outside")
    config = box.config("true")
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith(f"/{link}")]
    config["linux"]["devices"] = [{"type": "c", "path": "/dev/made", "major": 1, "minor": 3}]
    config["process"]["cwd"] = f"/{link}/made/cwd"
    bundle = box.bundle(config, own_rootfs=True)
    folder = bundle / "rootfs" / link
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.symlink_to(f"../../../../../../..{outside}")
    box.run(bundle, ok=False)
    assert list(outside.iterdir()) == []


def test_device_through_a_link(box):
    outside = box.make_folder("outside")
    config = box.config("true")
    config["linux"]["devices"] = [{"type": "c", "path": "/tmp/in/null", "major": 1, "minor": 3}]
    bundle = box.bundle(config, own_rootfs=True)
    (bundle / "rootfs/tmp/in").symlink_to(outside)
    box.run(bundle, ok=False)
    assert list(outside.iterdir()) == []


# Mount targets that are swapped (CVE-2021-30465, CVE-2019-19921, CVE-2023-27561, CVE-2023-28642)

def test_target_is_a_link_out(box):
    outside = box.make_folder("outside")
    source = box.make_folder("source")
    config = box.config("test -e /escape/inside/mark && echo mounted")
    config["mounts"] += [mount("/escape/inside", "bind", "bind", source=str(source))]
    (source / "mark").write_text("")
    bundle = box.bundle(config, own_rootfs=True)
    (bundle / "rootfs/escape").symlink_to(f"../../../../../../../../..{outside}")
    assert box.output(bundle) == "mounted\n"
    assert list(outside.iterdir()) == []


def test_target_is_swapped_meanwhile(box):
    outside = box.make_folder("outside")
    bundle = box.bundle(box.config("true"), own_rootfs=True)
    config = json.loads((bundle / "config.json").read_text())
    config["mounts"] += [mount("/var/swap/target", "tmpfs")] * 20
    (bundle / "config.json").write_text(json.dumps(config))
    var = bundle / "rootfs/var"
    (var / "swap/target").mkdir(parents=True)
    (var / "link").symlink_to(f"../../../../../../../..{outside}")
    (outside / "target").mkdir()
    stop = threading.Event()
    exchange = 2  # RENAME_EXCHANGE of renameat2(2)
    libc, here = ctypes.CDLL(None), -100
    names = os.fsencode(var / "swap"), os.fsencode(var / "link")

    def swap():
        while not stop.is_set():
            libc.renameat2(here, names[0], here, names[1], exchange)
    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(15):
            box.run(bundle, ok=False)
            assert [p.name for p in outside.iterdir()] == ["target"]
    finally:
        stop.set()
        thread.join()


def test_target_through_proc_of_another(box):
    """A link to the root of a process, which is the host's."""
    outside = box.make_folder("outside")
    config = box.config("true")
    config["mounts"] += [mount(f"/escape{outside}/made", "tmpfs")]
    bundle = box.bundle(config, own_rootfs=True)
    (bundle / "rootfs/escape").symlink_to("/proc/self/root")
    done = box.run(bundle, ok=False)
    assert done.returncode == 1 and list(outside.iterdir()) == []


# Masks and consoles (CVE-2025-31133, CVE-2025-52565)

def test_null_device_of_the_rootfs_masks_nothing(box):
    """A bound /dev whose null is something else."""
    dev = box.make_folder("dev")
    (dev / "null").write_text("not null\n")
    config = box.config("cat /proc/timer_list; cat /etc/secret; true")
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
    config["mounts"].append(mount("/dev", "bind", "rbind", source=str(dev)))
    config["linux"]["maskedPaths"].append("/etc/secret")
    bundle = box.bundle(config, own_rootfs=True)
    (bundle / "rootfs/etc/secret").write_text("secret\n")
    assert "secret" not in box.output(bundle) + "" and box.output(bundle) == ""


def test_masked_path_is_a_link(box):
    """What the link leads to inside is masked; the host's is not touched."""
    config = box.config("cat /etc/alias; cat /etc/secret; true")
    config["linux"]["maskedPaths"].append("/etc/alias")
    bundle = box.bundle(config, own_rootfs=True)
    (bundle / "rootfs/etc/secret").write_text("secret\n")
    (bundle / "rootfs/etc/alias").symlink_to("/etc/secret")
    assert box.output(bundle) == ""
    assert (bundle / "rootfs/etc/secret").read_text() == "secret\n"


def test_console_is_a_link(box):
    target = box.folder / "target"
    target.write_text("host\n")
    dev = box.make_folder("dev")
    (dev / "pts").mkdir()
    (dev / "console").symlink_to(target)
    config = box.config("true")
    config["process"]["terminal"] = True
    config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/dev"]
    config["mounts"].insert(0, mount("/dev", "bind", "bind", source=str(dev)))
    bundle = box.bundle(config)
    command = " ".join(box.runtime.argv("run", f"--bundle={bundle}", box.name()))
    done = subprocess.run(["script", "--quiet", "--return", "--command", command, "/dev/null"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                          check=False)
    assert done.returncode != 0 and target.read_text() == "host\n"


# What only looks like procfs (CVE-2019-16884, CVE-2025-52881)

def fake_proc(box):
    fake = box.make_folder("fake")
    for name in "sys/kernel/shmmax", "self/attr/exec", "thread-self/attr/exec", "thread-self/oom_score_adj":
        (fake / name).parent.mkdir(parents=True, exist_ok=True)
        (fake / name).write_text("untouched")
    return fake


def test_sysctl_is_not_written_to_a_fake(box):
    fake = fake_proc(box)
    config = box.config("sleep", "100")
    config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/proc"]
    config["mounts"].insert(0, mount("/proc", "bind", "bind", source=str(fake)))
    config["linux"]["sysctl"] = {"kernel.shmmax": "123456"}
    config["linux"]["maskedPaths"] = config["linux"]["readonlyPaths"] = []
    config["process"]["oomScoreAdj"] = 300
    _, pid = box.start(config)
    assert (fake / "sys/kernel/shmmax").read_text() == "untouched"
    assert (fake / "thread-self/oom_score_adj").read_text() == "untouched"
    shown = subprocess.run(["nsenter", f"--target={pid}", "--ipc", "cat", "/proc/sys/kernel/shmmax"],
                           capture_output=True, text=True, check=True)
    assert shown.stdout == "123456\n"


def test_label_is_not_written_to_a_fake(box):
    fake = fake_proc(box)
    config = box.config("true")
    config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/proc"]
    config["mounts"].insert(0, mount("/proc", "bind", "bind", source=str(fake)))
    config["linux"]["maskedPaths"] = config["linux"]["readonlyPaths"] = []
    config["process"]["apparmorProfile"] = "docker-default"
    done = box.run(config, ok=False)
    for name in "self/attr/exec", "thread-self/attr/exec":
        assert (fake / name).read_text() == "untouched"
    # A machine without AppArmor refuses; none pretends.
    assert done.returncode == 0 or "apparmor" in done.stderr


# Lengths (CVE-2021-43784)

@pytest.mark.parametrize("size", [4095, 4096, 65535, 65536, 70000, 200000])
def test_long_options(box, size):
    config = box.config("readlink", "/proc/self/ns/net")
    config["mounts"].append(mount("/mnt", "tmpfs", "x" * size))
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "mount tmpfs on /mnt" in done.stderr


def test_long_names(box):
    config = box.config("true")
    config["mounts"].append(mount("/" + "x/" * 3000, "tmpfs"))
    assert "File name too long" in box.run(config, ok=False).stderr
    config = box.config("true")
    config["linux"]["sysctl"] = {"net." + "x" * 5000: "1"}
    assert box.run(config, ok=False).returncode == 1
    config = box.config("true")
    config["hostname"] = "x" * 300
    assert "hostname" in box.run(config, ok=False).stderr


def test_many_namespaces_and_maps(box):
    config = box.config("true")
    make_rootless(config, 0)
    config["linux"]["uidMappings"] = [{"containerID": i, "hostID": 100000 + i, "size": 1}
                                      for i in range(0, 2000, 2)]
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "uid" in done.stderr


# Inheritable capabilities (CVE-2022-29162)

def test_no_inheritable_capabilities(box):
    name, _ = box.start(box.config("sleep", "100"))
    for options in [], ["--cap=CAP_NET_ADMIN"], ["--user=1000"]:
        text = box.runtime("exec", *options, name, "cat", "/proc/self/status").stdout
        assert "CapInh:\t0000000000000000" in text and "CapAmb:\t0000000000000000" in text
    text = box.runtime("exec", "--cap=CAP_NET_ADMIN", name, "cat", "/proc/self/status").stdout
    effective = int(text.split("CapEff:\t")[1].split()[0], 16)
    assert effective & 1 << 12


# Files of the host made through mounts (CVE-2024-45310)

def test_target_inside_of_a_volume_makes_nothing_on_the_host(box):
    outside = box.make_folder("outside")
    volume = box.make_folder("volume")
    (volume / "link").symlink_to(outside)
    (volume / "up").symlink_to("../../../../../../../.." + str(outside))
    config = box.config("true")
    config["mounts"] += [
        mount("/mnt", "bind", "bind", source=str(volume)),
        mount("/mnt/link/file", "bind", "bind", source="/etc/hostname"),
        mount("/mnt/up/folder", "tmpfs"),
    ]
    box.run(config, ok=False, own_rootfs=True)
    assert list(outside.iterdir()) == []


# Kernel parameters (CVE-2022-0811)

@pytest.mark.parametrize("key", ["kernel.core_pattern", "kernel/core_pattern",
                                 "net/../kernel/core_pattern", "net.ipv4/../../kernel/core_pattern",
                                 "/kernel/core_pattern", "fs.mqueue.../../kernel.core_pattern",
                                 "vm.drop_caches", "kernel.shmmax/../core_pattern"])
def test_parameters_of_the_host(box, key):
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern")
    before = pattern.read_text()
    config = box.config("true")
    config["linux"]["sysctl"] = {key: "|/evil"}
    done = box.run(config, ok=False)
    assert pattern.read_text() == before
    assert done.returncode == 1 and "sysctl" in done.stderr


def test_several_parameters_in_one_value(box):
    before = pathlib.Path("/proc/sys/kernel/core_pattern").read_text()
    config = box.config("cat", "/proc/sys/kernel/shm_rmid_forced")
    config["linux"]["sysctl"] = {"kernel.shm_rmid_forced": "1+kernel.core_pattern=|/evil"}
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "kernel.shm_rmid_forced" in done.stderr
    assert pathlib.Path("/proc/sys/kernel/core_pattern").read_text() == before


def test_network_parameters_without_a_network_of_its_own(box):
    before = pathlib.Path("/proc/sys/net/ipv4/ip_forward").read_text()
    config = box.config("true")
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"]
                                     if n["type"] != "network"]
    config["linux"]["sysctl"] = {"net.ipv4.ip_forward": "0" if before == "1\n" else "1"}
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "sysfs"]
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "net.ipv4.ip_forward" in done.stderr
    assert pathlib.Path("/proc/sys/net/ipv4/ip_forward").read_text() == before
