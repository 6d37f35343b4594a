"""Versions that only tests want: a few files laid over version 2, signed with the same key.

A variant costs a second, where a compose costs minutes. It keeps the metadata that a host asks
for, so a host cannot tell it from a composed version.
"""
import dataclasses
import io
import subprocess
import tarfile

KEPT = ("atomic.packages", "atomic.inputs", "ostree.architecture", "ostree.bootable",
        "ostree.linux")

DEAD_INIT = """\
#!/bin/sh
echo "this init dies" >/dev/console
# The host's panic=30 is for people who read the screen.
echo 1 >/proc/sys/kernel/panic
exit 1
"""
BROKEN_UNIT = """\
[Unit]
Description=A requirement that is never met
Before=boot-complete.target

[Service]
Type=oneshot
ExecStart=/bin/false
"""


@dataclasses.dataclass
class File:
    path: str
    content: str = ""
    mode: int = 0o644
    link: str = None


# init dies, and with it the kernel.
PANIC = [File("usr/lib/systemd/systemd", DEAD_INIT, 0o755)]
# All starts, but what boot-complete.target requires.
UNIT_FAILS = [
    File("usr/lib/systemd/system/broken.service", BROKEN_UNIT),
    File("usr/lib/systemd/system/boot-complete.target.requires/broken.service",
         link="../broken.service"),
]


class Repository:
    """The served copy of a composed repository. Its branch says what hosts upgrade to."""

    def __init__(self, path, images):
        self.path = path
        self.branch = images.branch
        self.commits = dict(images.commits)  # version to checksum
        self._key_home = images.keys
        path.mkdir()
        self._run("init", "--mode=archive")
        # Objects become hard links; the branch is this copy's own.
        self._run("pull-local", str(images.repo), *self.commits.values())

    def _run(self, *arguments):
        result = subprocess.run(["ostree", f"--repo={self.path}", *arguments],
                                capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def publish(self, version):
        """Make `version` what the branch names."""
        self._run("refs", "--create", self.branch, "--force", self.commits[version])

    def add_variant(self, version, files, sign=True):
        """Commit `files` over version 2 as `version`, and publish it."""
        base = self.commits["2"]
        archive = self.path / "variant.tar"
        write_tar(archive, files)
        key = ["--gpg-sign=" + fingerprint(self._key_home), f"--gpg-homedir={self._key_home}"]
        self.commits[version] = self._run(
            "commit", f"--branch={self.branch}", f"--parent={base}", f"--tree=ref={base}",
            f"--tree=tar={archive}", "--tar-autocreate-parents", f"--subject=Variant {version}",
            f"--add-metadata-string=version={version}",
            *(f"--keep-metadata={name}" for name in KEPT), *(key if sign else []))


def fingerprint(home):
    listing = subprocess.run(["gpg", "--homedir", home, "--batch", "--with-colons", "-K"],
                             capture_output=True, text=True, check=True).stdout
    return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))


def write_tar(path, files):
    """All files belong to root, whoever runs the tests."""
    with tarfile.open(path, "w") as archive:
        for entry in files:
            info = tarfile.TarInfo(entry.path)
            info.mode = entry.mode
            if entry.link:
                info.type = tarfile.SYMTYPE
                info.linkname = entry.link
                archive.addfile(info)
                continue
            data = entry.content.encode()
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
