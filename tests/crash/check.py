"""Judge a disk after a power cut, as the machine that starts from it would meet it.

First as GRUB: its own file system driver (grub-fstest) reads /boot with no journal replayed and finds
one default entry with its kernel and initramfs. Then as the host: the journals are replayed by
mounting, the entry's ostree= link leads to a deployment that is whole, and e2fsck finds nothing
to mend. Knows neither what was recorded nor how; `Version` says what the old and the new are.
"""

import hashlib
import os
import re
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from record import BOOT, PARTITIONS, Failed, mounted


@dataclass(frozen=True)
class Version:
    """What a whole deployment is: its commit, the digests of kernel, initramfs and tree."""

    name: str
    commit: str
    kernel: str
    initramfs: str
    tree: str


@dataclass(frozen=True)
class Entry:
    """The boot entry that GRUB takes: two paths on /boot, and the ostree= argument."""

    kernel: str
    initramfs: str
    link: str


class NotBootable(Exception):
    """What GRUB or the initramfs would stop at."""


@dataclass
class Verdict:
    """`version` is the name of the one that boots, or None with the reason."""

    version: str | None = None
    reason: str = ""
    fs_errors: list = field(default_factory=list)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Grub:
    """/boot of a disk file, read with GRUB's own driver: no journal is replayed."""

    def __init__(self, image):
        self._image = str(image)

    def _run(self, command, path):
        where = f"(loop0,gpt{BOOT.number}){path}"
        done = subprocess.run(["grub-fstest", self._image, command, where], capture_output=True)
        if done.returncode != 0 or done.stderr:
            raise NotBootable(f"GRUB cannot {command} {path}: {done.stderr.decode().strip()}")
        return done.stdout

    def cat(self, path):
        return self._run("cat", path)

    def ls(self, path):
        return self._run("ls", path).decode().split()


def boot_set_entry(grub):
    """The default entry as the host's static grub.cfg finds it (docs/ARCHITECTURE.md, "The boot sets")."""
    block = grub.cat("/atomic/env")
    if len(block) != 512 or not block.startswith(b"# GRUB Environment Block\n"):
        raise NotBootable("the boot environment is not a block of 512 bytes")
    env = dict(re.findall(r"^(\w+)=(.*)$", block.decode(), re.M))
    text = grub.cat(f"/atomic/set-{env['atomic_set']}.cfg").decode()
    wanted = "atomic-1" if env.get("atomic_tries") == "0" else "atomic-0"
    entries = re.findall(r"^menuentry .*?^}", text, re.M | re.S)
    default = [e for e in entries if re.search(rf"--id[ =]['\"]?{wanted}\b", e)]
    if len(default) != 1:
        raise NotBootable(f"{len(default)} entries of set {env['atomic_set']} are {wanted}")
    return entry_of(default[0])


def loader_entry(grub):
    """The default entry as a boot loader that reads loader/entries finds it: the highest version."""
    names = [n for n in grub.ls("/loader/entries/") if n.endswith(".conf")]
    texts = [grub.cat(f"/loader/entries/{n}").decode() for n in names]
    if not texts:
        raise NotBootable("there is no boot entry")
    return entry_of(max(texts, key=lambda t: int(re.search(r"^version (\d+)", t, re.M).group(1))))


def entry_of(text):
    """Kernel, initramfs and link of one entry, of grub.cfg's form or of loader/entries'."""
    kernel, initramfs, link = (
        re.search(pattern, text, re.M)
        for pattern in (
            r"^\s*linux\s+['\"]?([^\s'\"]+)",
            r"^\s*initrd\s+['\"]?([^\s'\"]+)",
            r"\bostree=([^\s'\"]+)",
        )
    )
    if not (kernel and initramfs and link):
        raise NotBootable("the default entry lacks kernel, initramfs or ostree=")
    return Entry(kernel[1], initramfs[1], link[1])


def tree_digest(root):
    """Digest of a deployment's tree: names, types, modes, owners, contents. /etc and /var are the
    machine's own and left out."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(root):
        folders.sort()
        if folder == str(root):
            folders[:] = [f for f in folders if f not in ("etc", "var")]
        for path in (Path(folder, name) for name in sorted(folders + files)):
            st = path.lstat()
            what = b""
            if stat.S_ISLNK(st.st_mode):
                what = os.readlink(path).encode()
            elif stat.S_ISREG(st.st_mode):
                what = path.read_bytes()
            head = f"{path.relative_to(root)} {st.st_mode:o} {st.st_uid} {st.st_gid} {len(what)}\n"
            digest.update(head.encode() + what)
    return digest.hexdigest()


class Judge:
    """Judges states of one log. What is equal to an earlier state's is not looked at again."""

    def __init__(self, log, versions, find_entry, etc, folder):
        """`find_entry(Grub)` plays the boot script; `etc` maps files below /etc to the contents
        that the machine's owner gave them."""
        self._versions = {v.commit: v for v in versions}
        self._find_entry = find_entry
        self._etc = etc
        self._mount = Path(folder, "mnt")
        self._among = {p: log.among(p) for p in PARTITIONS}
        self._seen = {}

    def judge(self, image, state=None):
        """The verdict on `image`, a disk in `state` (None: in none of the log's); the disk is changed,
        for its journals are replayed."""
        keys = {p: state and state.key(among) for p, among in self._among.items()}
        entry = self._once("entry", keys[BOOT], self._grub, image)
        return self._once("host", state and tuple(keys.items()), self._host, image, entry, keys)

    def _once(self, what, key, look, *args):
        """look(*args), or what it found before for the same key; there is none for None."""
        if key is None:
            return look(*args)
        if (what, key) not in self._seen:
            self._seen[what, key] = look(*args)
        return self._seen[what, key]

    def _host(self, image, entry, keys):
        verdict = Verdict()
        try:
            with mounted(image, self._mount) as sysroot:
                verdict.version = self._version(entry, sysroot)
        except NotBootable as stop:
            verdict.reason = str(stop)
        except Failed as failed:
            verdict.reason, verdict.fs_errors = "cannot be mounted", [str(failed)]
        for p in PARTITIONS:
            verdict.fs_errors += self._once("fsck", keys[p] and (p, keys[p]), self._fsck, image, p)
        return verdict

    def _grub(self, image):
        """The default entry with the digests of what it loads, or why there is none."""
        grub = Grub(image)
        try:
            entry = self._find_entry(grub)
            return entry, sha256(grub.cat(entry.kernel)), sha256(grub.cat(entry.initramfs))
        except NotBootable as stop:
            return stop

    def _version(self, found, sysroot):
        if isinstance(found, NotBootable):
            raise found
        entry, kernel, initramfs = found
        deployment = Path(f"{sysroot}{entry.link}")
        if not deployment.is_dir():
            raise NotBootable(f"{entry.link} leads nowhere")
        version = self._versions.get(deployment.resolve().name.split(".")[0])
        if version is None:
            raise NotBootable(f"{entry.link} leads to neither version")
        if (kernel, initramfs) != (version.kernel, version.initramfs):
            raise NotBootable(f"kernel or initramfs is not that of {version.name}")
        if tree_digest(deployment.resolve()) != version.tree:
            raise NotBootable(f"the tree of {version.name} is not whole")
        for name, text in self._etc.items():
            path = deployment / "etc" / name
            if not path.is_file() or path.read_text() != text:
                raise NotBootable(f"/etc/{name} of {version.name} is not what it was")
        return version.name

    @staticmethod
    def _fsck(image, partition):
        done = subprocess.run(
            ["e2fsck", "-fn", f"{image}?offset={partition.start}"], capture_output=True, text=True
        )
        return [] if done.returncode == 0 else [f"{partition.name}: {done.stdout}"]
