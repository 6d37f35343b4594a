"""Bundles and the runtime's command line, for tests and for the bench.

A configuration is a plain dict that a test changes before it runs it; `docker_config` is what
Docker gives a container that asks for nothing.
"""
import copy
import json
import os
import pathlib
import shutil
import subprocess
import time

BUSYBOX = os.environ.get("ATOMIC_BUSYBOX", "/bin/busybox")
APPLETS = """[ awk cat chgrp chmod chown chrt cp cut date dd df echo env expr false find getopt grep
head hostname id ifconfig ionice ip kill ln ls mkdir mkfifo mknod mount nc od ping pivot_root
printf ps pwd readlink rm rmdir sed seq setsid sh sleep sort stat stty sysctl tail taskset tee
test timeout touch tr true tty umount uname unshare wc which whoami xargs yes""".split()

DOCKER_CAPS = """CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_MKNOD CAP_NET_RAW CAP_SETGID
CAP_SETUID CAP_SETFCAP CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_KILL
CAP_AUDIT_WRITE""".split()

MASKED = """/proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats
/proc/timer_list /proc/timer_stats /proc/sched_debug /proc/scsi /sys/firmware""".split()
READONLY = "/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger".split()

# Of the package golang-github-containers-common: Docker's list with the calls since.
PROFILE = os.environ.get("ATOMIC_SECCOMP_PROFILE", "/usr/share/containers/seccomp.json")


def seccomp_profile(caps=DOCKER_CAPS, arch="amd64"):
    """Docker's profile as an engine writes it into config.json for these capabilities."""
    with open(PROFILE, encoding="utf-8") as f:
        source = json.load(f)

    def applies(rule):
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        if not set(includes.get("caps", [])) <= set(caps):
            return False
        if set(excludes.get("caps", [])) & set(caps):
            return False
        return arch in includes.get("arches", [arch]) and arch not in excludes.get("arches", [])

    rules = []
    for rule in filter(applies, source["syscalls"]):
        entry = {"names": rule["names"], "action": rule["action"]}
        if rule.get("args"):
            entry["args"] = rule["args"]
        if rule["action"] == "SCMP_ACT_ERRNO" and "errnoRet" in rule:
            entry["errnoRet"] = rule["errnoRet"]
        rules.append(entry)
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 38,
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        "syscalls": rules,
    }


def mount(destination, kind, *options, source=None):
    return {"destination": destination, "type": kind, "source": source or kind,
            "options": list(options)}


def docker_config(*args):
    """What Docker writes for `docker run IMAGE args`, without a terminal."""
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": list(args) or ["/bin/true"],
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "cwd": "/",
            "capabilities": {name: list(DOCKER_CAPS)
                             for name in ("bounding", "effective", "permitted")},
            "oomScoreAdj": 0,
        },
        "root": {"path": "rootfs"},
        "hostname": "container",
        "mounts": [
            mount("/proc", "proc", "nosuid", "noexec", "nodev"),
            mount("/dev", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            mount("/dev/pts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666",
                  "mode=0620", "gid=5"),
            mount("/sys", "sysfs", "nosuid", "noexec", "nodev", "ro"),
            mount("/sys/fs/cgroup", "cgroup", "ro", "nosuid", "noexec", "nodev"),
            mount("/dev/mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            mount("/dev/shm", "tmpfs", "nosuid", "noexec", "nodev", "mode=1777", "size=67108864",
                  source="shm"),
        ],
        "linux": {
            "resources": {
                "devices": [
                    {"allow": False, "access": "rwm"},
                    {"allow": True, "type": "c", "major": 1, "minor": 5, "access": "rwm"},
                    {"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rwm"},
                    {"allow": True, "type": "c", "major": 1, "minor": 9, "access": "rwm"},
                    {"allow": True, "type": "c", "major": 1, "minor": 8, "access": "rwm"},
                    {"allow": True, "type": "c", "major": 5, "minor": 0, "access": "rwm"},
                    {"allow": True, "type": "c", "major": 5, "minor": 1, "access": "rwm"},
                    {"allow": False, "type": "c", "major": 10, "minor": 229, "access": "rwm"},
                ],
                "memory": {"limit": 268435456},
                "pids": {"limit": 100},
            },
            "namespaces": [{"type": name} for name in
                           ("mount", "network", "uts", "pid", "ipc", "cgroup")],
            "maskedPaths": list(MASKED),
            "readonlyPaths": list(READONLY),
            "seccomp": seccomp_profile(),
        },
    }


def make_rootfs(path):
    """Static busybox, and folders as an image has them."""
    path = pathlib.Path(path)
    for name in "bin dev etc proc sys tmp var root run mnt".split():
        (path / name).mkdir(parents=True, exist_ok=True)
    (path / "tmp").chmod(0o1777)
    shutil.copy(BUSYBOX, path / "bin/busybox")
    for name in APPLETS:
        (path / "bin" / name).symlink_to("busybox")
    (path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n"
                                     "user:x:1000:1000:user:/home/user:/bin/sh\n")
    (path / "etc/group").write_text("root:x:0:\nuser:x:1000:\n")
    return path


def make_bundle(path, config, rootfs=None):
    """A bundle with a rootfs of its own, or with `rootfs`."""
    path = pathlib.Path(path)
    path.mkdir(parents=True, exist_ok=True)
    config = copy.deepcopy(config)
    if rootfs is not None:
        config["root"]["path"] = str(rootfs)
    elif not (path / "rootfs").exists() and config["root"]["path"] == "rootfs":
        make_rootfs(path / "rootfs")
    (path / "config.json").write_text(json.dumps(config))
    return path


class Runtime:
    """The program with a --root of its own."""

    def __init__(self, program, root, *options, prefix=(), env=None):
        self.program = str(program)
        self.root = pathlib.Path(root)
        self.options = options
        self.prefix = list(prefix)
        self.env = env

    def argv(self, *args):
        return [*self.prefix, self.program, f"--root={self.root}", *self.options,
                *map(str, args)]

    def __call__(self, *args, ok=True, stdin=subprocess.DEVNULL, timeout=60, **kwargs):
        """Run a verb; the result has text in stdout and stderr. `ok`: must it end with 0?"""
        if "input" not in kwargs:
            kwargs["stdin"] = stdin
        done = subprocess.run(self.argv(*args), capture_output=True, text=True, timeout=timeout,
                              env=self.env, check=False, **kwargs)
        if ok:
            assert done.returncode == 0, f"{args}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def create(self, *args, **kwargs):
        """`create` hands its streams to the container, so they must not be pipes that we wait for
        the end of; returns what it wrote until it returned itself."""
        folder = self.root.parent
        with open(folder / "create.out", "w+", encoding="utf-8") as out:
            done = subprocess.run(self.argv("create", *args), stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=out, timeout=60, env=self.env, check=False, **kwargs)
            out.seek(0)
            done.stdout = out.read()
        return done

    def state(self, name):
        return json.loads(self("state", name).stdout)

    def wait(self, name, status, timeout=10):
        """Until the container has this status. Nothing tells of it, so it is looked at."""
        end = time.monotonic() + timeout
        while (now := self.state(name)["status"]) != status:
            assert time.monotonic() < end, f"{name} is {now}, not {status}"
            time.sleep(0.01)
