"""A small operating system, signed versions of it in a repository, a server for them, a host.

Everything is made and run by an ordinary user, also when the tests are run by root. A host is a
sysroot in a folder; what its boot loader would start is read from the boot environment and the boot
set, as GRUB reads them.
"""
import dataclasses
import http.server
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import threading

UID = 54321  # of the ordinary user, when the tests are run by root
STATEROOT = "host"
REMOTE = "up"
REF = "host/amd64"
KERNEL = "6.12.0"
PACKAGES = {
    1: [("base-files", "13.8", "amd64"), ("bash", "5.2-1", "amd64"), ("old-thing", "1", "all")],
    2: [("base-files", "13.8", "amd64"), ("bash", "5.2-2", "amd64"), ("curl", "8.14-1", "amd64")],
    3: [("base-files", "13.9", "amd64"), ("bash", "5.2-2", "amd64"), ("curl", "8.13-1", "amd64")],
}


def as_user(argv):
    """The command, run by the ordinary user."""
    argv = list(map(str, argv))
    if os.geteuid() != 0:
        return argv
    return ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", *argv]


def run(*argv, **options):
    """Run a command as the ordinary user; its output is returned, a failure shown."""
    options = {"env": environment(), "cwd": "/", **options}
    done = subprocess.run(as_user(argv), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, **options)
    assert done.returncode == 0, f"{shlex.join(map(str, argv))}\n{done.stdout}{done.stderr}"
    return done.stdout


def environment(**more):
    return {**os.environ, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
            "OSTREE_GRUB2_EXEC": "/usr/bin/sort", **more}


def give(path):
    """Hand a folder to the ordinary user."""
    if os.geteuid() == 0:
        run_as_root = subprocess.run(["chown", "-R", f"{UID}:{UID}", path], check=True)
        assert run_as_root.returncode == 0
    return path


class Keys:
    """A GnuPG home with one signing key; `when`: what its clock says."""

    def __init__(self, folder, name="Test Key <key@example.org>", expires="0", when=None):
        self.home, self.name = folder, name
        folder.mkdir(mode=0o700)
        if when:
            (folder / "gpg.conf").write_text(f"faked-system-time {when}!\n")
        give(folder)
        self.public = folder / "public.gpg"
        gpg = ("gpg", "--homedir", folder, "--batch", "--quiet")
        run(*gpg, "--passphrase", "", "--quick-gen-key", name, "ed25519", "sign", expires)
        run(*gpg, "--export", "--output", self.public, name)
        listing = run(*gpg, "--list-keys", "--with-colons")
        self.fingerprint = re.search(r"^fpr:+([0-9A-F]+):", listing, re.M).group(1)

    def close(self):
        """End the agent that signing started."""
        run("gpgconf", "--homedir", self.home, "--kill", "all")


class Repo:
    """An archive repository; release() adds a version to the branch."""

    def __init__(self, folder, keys):
        self.folder, self.keys = folder, keys
        self.path = folder / "repo"
        self.commits = {}
        run("ostree", "init", f"--repo={self.path}", "--mode=archive")
        run("ostree", "config", f"--repo={self.path}", "set", "core.fsync", "false")

    def copy(self, folder):
        """The same in another folder, which tests may damage."""
        run("cp", "-a", self.path, folder / "repo")
        other = Repo.__new__(Repo)
        other.folder, other.keys, other.path = folder, self.keys, folder / "repo"
        other.commits = dict(self.commits)
        return other

    def tree(self, number, change=None):
        tree = self.folder / f"tree-{number}"
        modules = tree / f"usr/lib/modules/{KERNEL}"
        modules.mkdir(parents=True)
        (modules / "vmlinuz").write_bytes(f"kernel {number}\n".encode() * 999)
        (modules / "initramfs.img").write_bytes(f"initramfs {number}\n".encode() * 3333)
        for i in range(40):
            file = tree / f"usr/share/host/{i % 4}/file-{i}"
            file.parent.mkdir(parents=True, exist_ok=True)
            version = number if i % 5 == 0 else 1
            file.write_text(f"{i} {version}\n" * (1 + i * 37))
        (tree / "usr/etc/conf.d").mkdir(parents=True)
        (tree / "usr/etc/hostname").write_text("host\n")
        (tree / "usr/etc/release").write_text(f"{number}\n")
        (tree / "usr/etc/conf.d/default").write_text(f"default {number}\n")
        (tree / "usr/etc/removed").write_text("by its owner\n")
        (tree / "usr/lib/os-release").write_text(f"NAME=Host\nID=host\nVERSION_ID={number}\n")
        for name in ("sysroot", "boot", "proc", "sys", "dev", "run", "tmp", "var"):
            (tree / name).mkdir()
        os.symlink("sysroot/ostree", tree / "ostree")
        if change:
            change(tree)
        return give(tree)

    def release(self, number, *, keys=None, signed=True, day=None, architecture="amd64",
                ref=REF, change=None, parent=None):
        """Commit a version of the tree and return its checksum."""
        tree = self.tree(number, change)
        sign = (f"--gpg-sign={(keys or self.keys).name}",
                f"--gpg-homedir={(keys or self.keys).home}") if signed else ()
        packages = PACKAGES.get(number, PACKAGES[3])
        commit = run(
            "ostree", "commit", f"--repo={self.path}", f"--branch={ref}", f"--tree=dir={tree}",
            *sign, *((f"--parent={parent}",) if parent else ()),
            f"--add-metadata-string=version={number}",
            f"--add-metadata-string=ostree.architecture={architecture}",
            f"--add-metadata-string=ostree.linux={KERNEL}",
            f"--add-metadata=atomic.packages={packages}",
            f"--timestamp=2026-01-{day or number:02} 00:00:00Z").strip()
        shutil.rmtree(tree)
        self.commits[number] = commit
        return commit

    def point_to(self, commit, ref=REF):
        """Make the branch name a commit, as a server that replays an older state does."""
        (self.path / "refs/heads" / ref).write_text(commit + "\n")

    def objects(self, suffix):
        """The files of all objects of a kind, largest first."""
        files = self.path.glob(f"objects/*/*.{suffix}")
        return sorted(files, key=lambda file: (-file.stat().st_size, file.name))


class Server:
    """Serves a folder on a loopback port. `faults` maps a regular expression of the path to what
    goes wrong: an HTTP status, or "stall", "cut", "corrupt"."""

    def __init__(self, folder):
        self.folder, self.faults, self.log = folder, {}, []
        self.release_stalled = threading.Event()
        self.stalled = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                server.answer(self)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/repo"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def fault_of(self, path):
        for pattern, fault in self.faults.items():
            if re.search(pattern, path):
                return fault
        return None

    def answer(self, request):
        self.log.append(request.path)
        fault = self.fault_of(request.path)
        file = self.folder / request.path.lstrip("/")
        if isinstance(fault, int) or not file.is_file():
            return self.send(request, fault if isinstance(fault, int) else 404, b"")
        body = file.read_bytes()
        if fault == "corrupt":
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1:]
        if fault in ("stall", "cut"):
            return self.send_half(request, body, fault)
        return self.send(request, 200, body)

    @staticmethod
    def send(request, status, body):
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def send_half(self, request, body, fault):
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[:len(body) // 2])
        request.wfile.flush()
        if fault == "stall":
            self.stalled.set()
            self.release_stalled.wait(600)
        request.close_connection = True

    def close(self):
        self.release_stalled.set()
        self._server.shutdown()
        self._server.server_close()


@dataclasses.dataclass
class Result:
    """What a worker said."""
    status: int
    events: list
    errors: str

    @property
    def last(self):
        assert self.events and self.events[-1]["type"] == "result", self.errors
        return self.events[-1]

    @property
    def code(self):
        return self.last["code"]

    @property
    def data(self):
        return self.last.get("data")

    @property
    def text(self):
        return self.last["message"] + "\n" + self.last.get("hint", "")

    @property
    def phases(self):
        return [event["phase"] for event in self.events if event["type"] == "phase"]


@dataclasses.dataclass
class Entry:
    """A menu entry of a boot set and where it leads."""
    title: str
    kargs: list
    tree: pathlib.Path
    version: str


class Host:
    """A sysroot that is not booted, and the worker that changes it."""

    def __init__(self, path, worker):
        self.path, self.worker_path = path, worker

    def command(self, *argv, wrap=()):
        return as_user((*wrap, self.worker_path, *argv))

    def start(self, verb, wrap=(), **options):
        """Start the worker with a request; the caller waits for it."""
        options = {name.replace("_", "-"): value for name, value in options.items()}
        process = subprocess.Popen(self.command(wrap=wrap), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=environment(), cwd="/")
        request = {"verb": verb, "sysroot": str(self.path), "options": options}
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        process.stdin = None
        return process

    @staticmethod
    def finish(process):
        out, errors = process.communicate()
        return Result(process.returncode, [json.loads(line) for line in out.splitlines()], errors)

    def ask(self, verb, wrap=(), **options):
        """Run the worker with a request."""
        return self.finish(self.start(verb, wrap, **options))

    def unit(self, verb, wrap=()):
        """Run the worker as a unit does."""
        process = subprocess.Popen(self.command(verb, f"--sysroot={self.path}", wrap=wrap),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=environment(), cwd="/", stdin=subprocess.DEVNULL)
        return self.finish(process)

    def ostree(self, *argv):
        return run("ostree", *argv, f"--repo={self.path}/ostree/repo")

    def boot_environment(self):
        """The boot set and the tries (None: not counting), as GRUB reads them."""
        block = (self.path / "boot/atomic/env").read_bytes()
        assert len(block) == 512 and block.startswith(b"# GRUB Environment Block\n")
        values = dict(line.split("=", 1) for line in block.decode().split("\n") if "=" in line)
        tries = values.get("atomic_tries")
        return int(values["atomic_set"]), None if tries is None else int(tries)

    def entries(self):
        """The entries of the active boot set; each must lead to a kernel, an initramfs, a tree."""
        number, _ = self.boot_environment()
        text = (self.path / f"boot/atomic/set-{number}.cfg").read_text()
        entries = []
        for i, block in enumerate(re.findall(r"^menuentry (.*?)^}$", text, re.M | re.S)):
            lines = [shlex.split(line) for line in block.splitlines()]
            title, _, entry_id = lines[0][:3]
            linux = next(line for line in lines if line[0] == "linux")
            initrd = next(line for line in lines if line[0] == "initrd")
            assert entry_id == f"atomic-{i}"
            assert (self.path / "boot" / linux[1].lstrip("/")).is_file()
            assert (self.path / "boot" / initrd[1].lstrip("/")).is_file()
            link = next(arg for arg in linux if arg.startswith("ostree="))[len("ostree="):]
            tree = (self.path / link.lstrip("/")).resolve()
            release = (tree / "usr/lib/os-release").read_text()
            kernel = (self.path / "boot" / linux[1].lstrip("/")).read_text().split()[1]
            version = re.search(r"VERSION_ID=(.*)", release).group(1)
            assert kernel == version, "kernel and tree are of two versions"
            entries.append(Entry(title, linux[2:], tree, version))
        assert entries
        return entries

    def versions(self):
        """The versions of the boot set, in boot order."""
        return [entry.version for entry in self.entries()]

    def etc(self, index=0):
        """/etc of a deployment."""
        return self.entries()[index].tree / "etc"

    def write_etc(self, name, text, index=0):
        file = self.etc(index) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        give(file.parent if file.parent != self.etc(index) else file)

    def staged(self):
        """Whether something is staged."""
        return (self.path / "ostree/atomic/staged").exists()

    def history(self):
        file = self.path / "ostree/atomic/history"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(json.loads(line)["event"], json.loads(line).get("version")) for line in lines]

    def fsck(self):
        """The repository is whole, and every deployment's content is there."""
        self.ostree("fsck", "--quiet")

    def leftovers(self):
        """What nothing refers to: trees in waiting beside the staged one, unfinished checkouts."""
        trees = self.path / "ostree/atomic/trees"
        known = {entry.tree.name for entry in self.entries()}
        found = [path for path in (self.path / f"ostree/deploy/{STATEROOT}/deploy").iterdir()
                 if path.is_dir() and path.name not in known]
        waiting = [path for path in trees.iterdir() if path.is_dir()] if trees.exists() else []
        return found + waiting[1 if self.staged() else 0:]


def install(folder, repo, worker, url):
    """A host with what the branch has."""
    sysroot = folder / "sysroot"
    sysroot.mkdir()
    give(sysroot)
    where = f"--repo={sysroot}/ostree/repo"
    admin = ("ostree", "admin", f"--sysroot={sysroot}")
    run(*admin, "init-fs", "--modern", sysroot)
    run(*admin, "os-init", STATEROOT)
    run("ostree", "config", where, "set", "sysroot.bootloader", "grub2")
    run("ostree", "remote", "add", where, f"--gpg-import={repo.keys.public}", REMOTE, url)
    run("ostree", "pull", where, REMOTE, REF)
    run(*admin, "deploy", f"--os={STATEROOT}", "--karg=root=LABEL=root", "--karg=rw",
        f"{REMOTE}:{REF}")
    host = Host(sysroot, worker)
    assert host.unit("recover").code == "ok"
    return host
