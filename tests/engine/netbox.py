"""Hosts that are network namespaces: the engine runs in one, and another one is outside.

    outside (eth0 198.51.100.2) ---- (up0 198.51.100.1) host: atomic, its bridges and rules

Nothing of the machine's own network is touched: the only traffic is on loopback and between these
namespaces. Programs of the engine keep the machine's mount namespace (cgroups), so that nsenter and
not `ip netns exec` starts them.
"""
import itertools
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

HOST, OUTSIDE = "198.51.100.1", "198.51.100.2"
HOST6, OUTSIDE6 = "2001:db8:51::1", "2001:db8:51::2"
DEADLINE = 30  # seconds; a machine under load
BLOCKED = 1  # seconds after which a packet that is dropped counts as that

_serial = itertools.count()


def make_rootfs(folder):
    """A root file system of busybox alone, with a page for its web server."""
    for name in ("bin", "etc", "www", "proc", "sys", "dev", "tmp", "data/sub"):
        (folder / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", folder / "bin/busybox")
    names = subprocess.run(["/bin/busybox", "--list"], capture_output=True, text=True, check=True)
    for name in names.stdout.split():
        if name != "busybox":
            (folder / "bin" / name).symlink_to("busybox")
    (folder / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n")
    (folder / "www/index.html").write_text("page\n")
    (folder / "data/file").write_text("from the image\n")
    (folder / "data/sub/deep").write_text("deep\n")
    return folder


class Namespace:
    """A network namespace with a name in /run/netns."""

    def __init__(self, role):
        self.name = f"atest{os.getpid()}n{next(_serial)}{role}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *argv):
        return ["nsenter", f"--net=/run/netns/{self.name}", *map(str, argv)]

    def run(self, *argv, check=True, **options):
        done = subprocess.run(self.command(*argv), capture_output=True, text=True, check=False,
                              timeout=120, **options)
        assert not check or done.returncode == 0, (argv, done.returncode, done.stdout, done.stderr)
        return done

    def nft(self, text):
        self.run("nft", "-f", "-", input=text)

    def fetch(self, url, timeout=5):
        """The page at `url`, or None."""
        done = self.run("/bin/busybox", "timeout", timeout, "/bin/busybox", "wget", "-q", "-O", "-",
                        url, check=False)
        return done.stdout if done.returncode == 0 else None

    def reaches(self, url):
        """Wait until a page comes: servers need a moment to start."""
        return wait_for(lambda: self.fetch(url) is not None)

    def is_kept_from(self, url):
        return self.fetch(url, BLOCKED) is None

    def links(self, prefix=""):
        lines = self.run("ip", "-o", "link").stdout.splitlines()
        names = [line.split(": ")[1].split("@")[0] for line in lines]
        return [name for name in names if name.startswith(prefix)]

    def close(self):
        pids = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True,
                              check=False)
        for pid in pids.stdout.split():
            subprocess.run(["kill", "-9", pid], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", self.name], check=False)


def wait_for(condition):
    """Whether it becomes true before the deadline."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


class NetBox:
    """An engine with a store of its own on a host of its own, and a neighbour."""

    def __init__(self, bin_dir, rootfs):
        self.rootfs = rootfs
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="atomic-net-"))
        self.program = bin_dir / "atomic"
        self.host, self.outside = Namespace("host"), Namespace("out")
        self.env = {**os.environ, "ATOMIC_ROOT": str(self.folder / "root"),
                    "ATOMIC_RUN_ROOT": str(self.folder / "run")}
        self._processes = []
        self._connect()

    def _connect(self):
        self.host.run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "eth0", "netns",
                      self.outside.name)
        for side, link, address, address6 in ((self.host, "up0", HOST, HOST6),
                                              (self.outside, "eth0", OUTSIDE, OUTSIDE6)):
            side.run("ip", "addr", "add", f"{address}/24", "dev", link)
            side.run("ip", "addr", "add", f"{address6}/64", "dev", link, "nodad")
            side.run("ip", "link", "set", link, "up")
        self.host.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward")

    def atomic(self, *argv, check=True):
        return self.host.run(self.program, *argv, check=check, env=self.env)

    def start(self, *argv):
        """atomic ARGV, without waiting."""
        return subprocess.Popen(self.host.command(self.program, *argv), env=self.env,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run(self, *argv, check=True):
        """atomic run with our root file system; the options end where the command begins."""
        split = argv.index("--") if "--" in argv else len(argv)
        return self.atomic("run", *argv[:split], "--rootfs", self.rootfs, *argv[split + 1:],
                           check=check)

    def web(self, name, *options):
        """A container with a web server on port 80."""
        self.run("-d", "--name", name, *options, "--", "httpd", "-f", "-p", "80", "-h", "/www")
        return self

    def sleeper(self, name, *options):
        self.run("-d", "--name", name, *options, "--", "sleep", "1000")
        return self

    def inside(self, name, *argv, check=True):
        return self.atomic("exec", name, *argv, check=check)

    def beside(self, name, *argv):
        """A program of the machine in the container's network namespace; it ends with the test."""
        pid = self.atomic("container", "inspect", "-f", "{{.State.Pid}}", name).stdout.strip()
        process = subprocess.Popen(["nsenter", f"--net=/proc/{pid}/ns/net", *argv])
        self._processes.append(process)
        return process

    def fetch_inside(self, name, url, timeout=5):
        done = self.inside(name, "timeout", str(timeout), "wget", "-q", "-O", "-", url, check=False)
        return done.stdout if done.returncode == 0 else None

    def address(self, name, interface="eth0", family="inet"):
        lines = self.inside(name, "ip", "-o", "-f", family, "addr", "show", "dev", interface,
                            "scope", "global").stdout.split()
        return lines[lines.index(family) + 1].split("/")[0]

    def elements(self):
        """All that containers have in our maps."""
        listed = self.host.run("nft", "list", "table", "inet", "atomic", check=False).stdout
        return [line for line in listed.splitlines() if " . " in line and " : " in line
                and "type" not in line]

    def close(self):
        for process in self._processes:
            process.kill()
            process.wait()
        ids = self.atomic("ps", "-aq", check=False).stdout.split()
        if ids:
            self.atomic("rm", "-f", "-v", *ids, check=False)
        self.host.close()
        self.outside.close()
        shutil.rmtree(self.folder)
