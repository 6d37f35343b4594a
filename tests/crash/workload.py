"""What is recorded: upgrades and rollbacks of a small host, by the product and by its peer.

A workload prepares a sysroot (not recorded), acts on it (recorded), and says which versions a machine
may start after a power cut and how its boot loader finds the default entry.
"""

import os
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import check
from record import run

STATEROOT = "host"
REF = "host/amd64"
ETC = {"hostname": "kept by its owner\n"}  # edited after installation; every version must have it


def make_tree(tree, kernel, program):
    """A host's tree in small: kernel and initramfs of 1 and 2 MiB, made from the seed `kernel`, and
    200 files, a few of which depend on `program`."""
    modules = Path(tree, "usr/lib/modules/6.12.0")
    modules.mkdir(parents=True)
    seeded = random.Random(kernel)
    (modules / "vmlinuz").write_bytes(seeded.randbytes(1 << 20))
    (modules / "initramfs.img").write_bytes(seeded.randbytes(2 << 20))
    for i in range(200):
        file = Path(tree, f"usr/share/host/{i % 10}/file-{i}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(random.Random(f"{i} {program if i < 40 else 0}").randbytes(i * 97))
    Path(tree, "usr/etc").mkdir()
    Path(tree, "usr/etc/hostname").write_text("host\n")
    Path(tree, "usr/etc/release").write_text(f"{program}\n")
    Path(tree, "usr/lib/os-release").write_text(f"NAME=Host\nID=host\nVERSION_ID={program}\n")
    for name in ("sysroot", "boot", "proc", "sys", "dev", "run", "tmp", "var"):
        Path(tree, name).mkdir()
    os.symlink("sysroot/ostree", Path(tree, "ostree"))


@dataclass
class Source:
    """A repository with version 1 and 2; `same_kernel`: version 2 brings no new kernel."""

    folder: Path
    same_kernel: bool = False
    versions: list = field(default_factory=list)

    def __post_init__(self):
        self.repo = self.folder / "repo"
        run("ostree", "init", f"--repo={self.repo}", "--mode=archive")

    def release(self, number):
        """Commit a version, and note what it must be on the host."""
        tree = self.folder / f"tree-{number}"
        make_tree(tree, "same" if self.same_kernel else number, number)
        where = f"--repo={self.repo}"
        commit = run(
            *("ostree", "commit", where, f"--branch={REF}", f"--tree=dir={tree}"),
            *(f"--add-metadata-string=version={number}", "--owner-uid=0", "--owner-gid=0"),
        ).strip()
        out = self.folder / "checkout"
        run("ostree", "checkout", where, commit, out)
        modules = out / "usr/lib/modules/6.12.0"
        kernel, initramfs = (
            check.sha256((modules / name).read_bytes()) for name in ("vmlinuz", "initramfs.img")
        )
        version = check.Version(str(number), commit, kernel, initramfs, check.tree_digest(out))
        self.versions.append(version)
        shutil.rmtree(out)


class StockUpgrade:
    """The peer: `ostree admin upgrade`, with the boot entries that libostree itself writes."""

    name = "ostree admin upgrade"
    find_entry = staticmethod(check.loader_entry)

    def __init__(self, folder, same_kernel=False):
        self._source = Source(Path(folder), same_kernel)

    def prepare(self, root):
        self._source.release(1)
        self._admin(root, "init-fs", "--modern", root)
        self._admin(root, "os-init", STATEROOT)
        where = f"--repo={root}/ostree/repo"
        run("ostree", "remote", "add", where, "--no-gpg-verify", "up", f"file://{self._source.repo}")
        run("ostree", "pull", where, "up", REF)
        self._admin(root, "deploy", f"--os={STATEROOT}", f"up:{REF}")
        self._edit_etc(root)
        self._source.release(2)

    def act(self, root):
        self._admin(root, "upgrade", f"--os={STATEROOT}")

    def versions(self):
        return self._source.versions

    def _admin(self, root, verb, *args):
        run("ostree", "admin", verb, f"--sysroot={root}", *args)

    def _edit_etc(self, root):
        (deployment,) = Path(root, f"ostree/deploy/{STATEROOT}/deploy").glob("*.0")
        for name, text in ETC.items():
            (deployment / "etc" / name).write_text(text)

    peer = True

    def outcome(self):
        """The version that starts before, and the one that starts after."""
        return self._source.versions


ALL = (StockUpgrade,)
