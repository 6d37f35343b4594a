"""A repository with signed versions of a small host, and a sysroot with the first one.

Stock ostree makes both, so that the product and its peer start from the same ground.
"""

import os
import random
import shutil
from pathlib import Path

import check
from record import run

STATEROOT = "host"
REF = "host/amd64"
REMOTE = "up"
KEY = "Crash Test <crash@example.org>"


class Source:
    """The repository; `same_kernel`: a further version brings no new kernel."""

    def __init__(self, folder, same_kernel=False, files=200, kernel_bytes=1 << 20):
        self.folder = Path(folder)
        self.repo = self.folder / "repo"
        self.versions = []
        self._same_kernel, self._files, self._kernel_bytes = same_kernel, files, kernel_bytes
        self._gpg = self.folder / "gpg"
        self._gpg.mkdir(mode=0o700)
        gpg = ("gpg", "--homedir", self._gpg, "--batch", "--quiet")
        run(*gpg, "--passphrase", "", "--quick-gen-key", KEY, "ed25519", "sign", "0")
        run(*gpg, "--export", "--output", self.folder / "key.gpg", KEY)
        run("ostree", "init", f"--repo={self.repo}", "--mode=archive")
        run("ostree", "config", f"--repo={self.repo}", "set", "core.fsync", "false")

    def close(self):
        """End the agent that signing started."""
        run("gpgconf", "--homedir", self._gpg, "--kill", "all")

    def tree(self, number, add=None):
        """Make the tree of a version: kernel and initramfs, files of which a fifth changes from one
        version to the next, and what add(tree) puts there."""
        tree = self.folder / f"tree-{number}"
        modules = tree / "usr/lib/modules/6.12.0"
        modules.mkdir(parents=True)
        seeded = random.Random(1 if self._same_kernel else number)
        (modules / "vmlinuz").write_bytes(seeded.randbytes(self._kernel_bytes))
        (modules / "initramfs.img").write_bytes(seeded.randbytes(2 * self._kernel_bytes))
        for i in range(self._files):
            file = tree / f"usr/share/host/{i % 10}/file-{i}"
            file.parent.mkdir(parents=True, exist_ok=True)
            version = number if i % 5 == 0 else 1
            file.write_bytes(random.Random(f"{i} {version}").randbytes(i % 200 * 97))
        (tree / "usr/etc").mkdir()
        (tree / "usr/etc/hostname").write_text("host\n")
        (tree / "usr/etc/release").write_text(f"{number}\n")
        (tree / "usr/lib/os-release").write_text(f"NAME=Host\nID=host\nVERSION_ID={number}\n")
        for name in ("sysroot", "boot", "proc", "sys", "dev", "run", "tmp", "var"):
            (tree / name).mkdir()
        os.symlink("sysroot/ostree", tree / "ostree")
        if add:
            add(tree)
        return tree

    def release(self, number, add=None):
        """Commit a version, signed, and note what it must be on the host."""
        where, tree = f"--repo={self.repo}", self.tree(number, add)
        commit = run(
            *("ostree", "commit", where, f"--branch={REF}", f"--tree=dir={tree}"),
            *(f"--gpg-sign={KEY}", f"--gpg-homedir={self._gpg}", "--owner-uid=0", "--owner-gid=0"),
            *(f"--add-metadata-string=version={number}", f"--timestamp=2026-01-0{number} 00:00:00Z"),
        ).strip()
        shutil.rmtree(tree)
        run("ostree", "checkout", where, commit, tree)
        kernel, initramfs = (
            check.sha256((tree / "usr/lib/modules/6.12.0" / name).read_bytes())
            for name in ("vmlinuz", "initramfs.img")
        )
        digest = check.tree_digest(tree)
        self.versions.append(check.Version(str(number), commit, kernel, initramfs, digest))
        shutil.rmtree(tree)

    def install(self, root, etc, url=None):
        """Deploy what the branch has to an empty sysroot, and write the owner's files below /etc."""
        admin(root, "init-fs", "--modern", root)
        admin(root, "os-init", STATEROOT)
        where = f"--repo={root}/ostree/repo"
        key = f"--gpg-import={self.folder}/key.gpg"
        run("ostree", "remote", "add", where, key, REMOTE, url or f"file://{self.repo}")
        run("ostree", "pull", where, REMOTE, REF)
        admin(root, "deploy", f"--os={STATEROOT}", f"{REMOTE}:{REF}")
        for name, text in etc.items():
            (deployments(root)[0] / "etc" / name).write_text(text)


def admin(root, verb, *args):
    """Run a verb of `ostree admin` on a sysroot."""
    return run("ostree", "admin", verb, f"--sysroot={root}", *args)


def deployments(root):
    """The folders of a sysroot's deployments."""
    return sorted(Path(root, f"ostree/deploy/{STATEROOT}/deploy").glob("*.[0-9]"))
