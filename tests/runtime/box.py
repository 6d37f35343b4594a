"""Containers of one test, as callers configure them, and the proof that nothing is left of them."""
import collections
import itertools
import os
import pathlib
import subprocess
import time

import oci

IDS = itertools.count(1)
Mount = collections.namedtuple("Mount", "root point options propagation type source super_options")


def read_mounts(text):
    """/proc/PID/mountinfo by mount point; of several on one point the last."""
    mounts = {}
    for line in text.splitlines():
        left, right = line.split(" - ", 1)
        fields, (kind, source, super_options) = left.split(), right.split()
        mounts[fields[4]] = Mount(fields[3], fields[4], set(fields[5].split(",")),
                                  " ".join(fields[6:]), kind, source,
                                  set(super_options.split(",")))
    return mounts


def host_mounts(*folders):
    """What the host has mounted below these."""
    mounts = read_mounts(pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
    return [m for m in mounts if any(m.startswith(str(folder)) for folder in folders)]


def cgroups_of(names):
    return [os.path.join(top, folder) for top, folders, _ in os.walk("/sys/fs/cgroup")
            for folder in folders if folder in names]


def processes_of(root):
    """Processes that still run the runtime: the first of a container has the arguments of `create`
    until it executes its own program."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"--root={root}".encode() in path.read_bytes().split(b"\0"):
                found.append(path.parent.name)
        except OSError:
            pass
    return found


class Box:
    """A folder, a runtime, and containers with names of their own."""

    def __init__(self, folder, program, rootfs, user=None):
        self.folder = folder
        self.shared_rootfs = rootfs
        self.ids = []
        self.user = user
        prefix, env = (), dict(os.environ)
        if user is not None and os.geteuid() == 0:
            prefix = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups")
            env["XDG_RUNTIME_DIR"] = str(folder / "xdg")
            self.make_folder("xdg", 0o700)
        self.runtime = oci.Runtime(program, folder / "state", prefix=prefix, env=env)

    def make_folder(self, name, mode=0o755):
        path = self.folder / name
        path.mkdir()
        path.chmod(mode)
        if self.user is not None and os.geteuid() == 0:
            os.chown(path, self.user, self.user)
        return path

    def name(self):
        self.ids.append(f"atomic-test-{os.getpid()}-{next(IDS)}")
        return self.ids[-1]

    def config(self, *args):
        """Docker's configuration; one string is a script for sh."""
        args = ("sh", "-c", args[0]) if len(args) == 1 and " " in args[0] else args
        config = oci.docker_config(*args)
        if self.user is not None:
            make_rootless(config, self.user)
        return config

    def bundle(self, config, own_rootfs=False):
        """A bundle of the shared rootfs, which tests do not change, or of one of its own."""
        path = self.folder / f"bundle-{next(IDS)}"
        shared = None if own_rootfs or config["root"]["path"] != "rootfs" else self.shared_rootfs
        oci.make_bundle(path, config, shared)
        if self.user is not None and os.geteuid() == 0:
            subprocess.run(["chown", "-hR", f"{self.user}:{self.user}", path], check=True)
        return path

    def run(self, config, *options, ok=True, own_rootfs=False, **kwargs):
        """`run` to its end."""
        bundle = config if isinstance(config, pathlib.Path) else self.bundle(config, own_rootfs)
        return self.runtime("run", f"--bundle={bundle}", *options, self.name(), ok=ok, **kwargs)

    def output(self, config, *options, **kwargs):
        return self.run(config, *options, **kwargs).stdout

    def create(self, config, *options, own_rootfs=False):
        """A created container's name."""
        bundle = config if isinstance(config, pathlib.Path) else self.bundle(config, own_rootfs)
        name = self.name()
        done = self.runtime.create(f"--bundle={bundle}", *options, name)
        assert done.returncode == 0, done.stdout
        return name

    def start(self, config, *options, own_rootfs=False):
        """A started container's name and the host's number of its first process."""
        name = self.create(config, *options, own_rootfs=own_rootfs)
        self.runtime("start", name)
        return name, self.runtime.state(name)["pid"]

    def mounts(self, config, **kwargs):
        """What is mounted inside."""
        config["process"]["args"] = ["cat", "/proc/self/mountinfo"]
        return read_mounts(self.output(config, **kwargs))

    def left(self):
        """All that is left of this box's containers."""
        found = []
        if (self.folder / "state").exists():
            found += [str(p) for p in (self.folder / "state").iterdir()
                      if p.name != ".filters"]
        found += cgroups_of(self.ids)
        found += host_mounts(self.folder, self.shared_rootfs)
        return found + processes_of(self.runtime.root)

    def check_nothing_left(self):
        """What was killed may need a moment to be gone."""
        end = time.monotonic() + 5
        while (found := self.left()) and time.monotonic() < end:
            time.sleep(0.02)
        assert not found, found

    def close(self):
        for name in self.ids:
            self.runtime("delete", "--force", name, ok=False)
        self.check_nothing_left()


def make_rootless(config, user):
    """What an ordinary user can have."""
    config["linux"]["namespaces"].append({"type": "user"})
    for kind in "uid", "gid":
        config["linux"][f"{kind}Mappings"] = [{"containerID": 0, "hostID": user, "size": 1}]
    for mount in config["mounts"]:
        mount["options"] = [o for o in mount["options"] if o != "gid=5"]
    config["linux"]["resources"] = {}
