"""Containers of busybox in a store of their own, and what they leave."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

DEADLINE = 60  # seconds; a machine under load
APPLETS = """[ cat chmod chown cp cut date df echo env false find grep head hostname id kill ln ls mkdir
mknod mount mv nc ping printf ps pwd readlink rm sed seq sh sleep sort stat stty tail tee test
timeout touch tr true tty umount uname wc wget which yes""".split()


def make_archive(path):
    """The archive of a root file system: busybox, and users."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in "bin dev etc proc sys tmp var/empty root run home/user data".split():
            (root / name).mkdir(parents=True)
        root.chmod(0o755)
        (root / "tmp").chmod(0o1777)
        shutil.copy("/bin/busybox", root / "bin/busybox")
        for name in APPLETS:
            (root / "bin" / name).symlink_to("busybox")
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n"
                                         "user:x:1000:1001:user:/home/user:/bin/sh\n")
        (root / "etc/group").write_text("root:x:0:\nuser:x:1001:\nextra:x:2000:user\n")
        (root / "data/file").write_text("from the image\n")
        subprocess.run(["tar", "-C", root, "--numeric-owner", "--owner=0", "--group=0", "-cf", path,
                        "."], check=True)
    return path


def wait_until(condition, what="that"):
    """Until `condition()` is true: it is looked at, since nothing tells of it."""
    end = time.monotonic() + DEADLINE
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.01)
    return value


class Shop:
    """A store with the image `busybox`."""

    def __init__(self, bin_dir, where):
        self.bin = bin_dir
        self.where = where
        self.root = where / "root"
        self.run_root = where / "run"
        policy = where / "policy.json"
        policy.write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))
        self.env = {**os.environ, "ATOMIC_ROOT": str(self.root), "ATOMIC_POLICY": str(policy),
                    "ATOMIC_RUN_ROOT": str(self.run_root), "LC_ALL": "C.UTF-8", "HOME": str(where)}
        for name in ("NO_COLOR", "NOTIFY_SOCKET", "LISTEN_FDS"):
            self.env.pop(name, None)
        self("import", make_archive(where / "busybox.tar"), "busybox")

    def argv(self, *words):
        return [self.bin / "atomic", *map(str, words)]

    def call(self, *words, name="atomic", **options):
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([self.bin / name, *map(str, words)], env=self.env, text=True,
                              errors="replace", capture_output=True, check=False, timeout=300,
                              **options)

    def __call__(self, *words, status=0, **options):
        """Run a verb that must end with `status`; what it printed, without the last line's end."""
        done = self.call(*words, **options)
        assert done.returncode == status, \
            f"{words}: {done.returncode}, not {status}\n{done.stdout}{done.stderr}"
        return done.stdout.removesuffix("\n")

    def fails(self, *words, status=1, **options):
        """Run a verb that must fail; what it said."""
        done = self.call(*words, **options)
        assert done.returncode == status, \
            f"{words}: {done.returncode}, not {status}\n{done.stdout}{done.stderr}"
        return done.stderr

    def start(self, *words, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(self.argv(*words), env=self.env, text=True, **options)

    def run(self, *words, **options):
        """A container without a network that is removed at its end; what it printed."""
        return self("run", "--rm", "--network", "none", *words, **options)

    def daemon(self, name, *words, image="busybox", command=("sleep", "1000")):
        """A container without a network in the background; its id."""
        return self("run", "-d", "--name", name, "--network", "none", *words, image, *command)

    def look(self, name, template):
        return self("inspect", "--format", template, name)

    def state(self, name):
        return json.loads(self("inspect", name))[0]["State"]

    def names(self):
        return self("ps", "-a", "--format", "{{.Names}}").split()

    def monitor(self, name):
        """Process id of a container's monitor."""
        folder = self.root / "containers" / self.look(name, "{{.Id}}")
        return json.loads((folder / "state.json").read_text())["monitor"]

    def processes(self):
        """Processes that have something to do with this store: {pid: command}."""
        found = {}
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if str(self.root) in command or str(self.run_root) in command:
                    found[int(path.name)] = command
        return found

    def cgroups(self):
        """Cgroups of containers of this store, which are known by their ids."""
        ids = set(os.listdir(self.root / "containers")) | self.ids
        return [path for path in pathlib.Path("/sys/fs/cgroup").glob("*/atomic/*")
                if path.name in ids]

    ids = frozenset()

    def mounts(self):
        return [line for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
                if str(self.where) in line]

    def clear(self):
        """Remove all containers, and see that nothing is left."""
        self.ids = frozenset(os.listdir(self.root / "containers")
                             if (self.root / "containers").exists() else ())
        if left := self("ps", "-aq", "--no-trunc").split():
            self("rm", "-f", "-v", *left)
        wait_until(lambda: not self.processes(), f"the end of {self.processes()}")
        assert self.mounts() == []
        assert os.listdir(self.root / "containers") == []
        assert os.listdir(self.run_root / "runtime") == []
        wait_until(lambda: not self.cgroups(), f"the end of {self.cgroups()}")


def kill_tree(pid):
    """SIGKILL, and until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not re.match(rf"{pid} \(.*\) [^Z]", stat_of(pid)), f"the end of {pid}")


def stat_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
