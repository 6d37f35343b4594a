"""What all tests share: the tree's root, the programs, a cache that may be lost at any time.

A test that lacks what its marker asks for is skipped and says so; on a CI machine (CI=true) it
fails instead, so that a hole in the machine does not look like a pass.
"""
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

from support import BIN_DIR, ROOT, run_tool


def _has_root():
    return os.geteuid() == 0


def _has_user_namespaces():
    return subprocess.run(["unshare", "--user", "--map-root-user", "true"],
                          capture_output=True, check=False).returncode == 0


def _has_qemu():
    return shutil.which("qemu-system-x86_64") is not None


LACKS = {
    "root": (_has_root, "needs root"),
    "userns": (_has_user_namespaces, "needs user namespaces"),
    "vm": (_has_qemu, "needs qemu-system-x86"),
}


def pytest_runtest_setup(item):
    for name, (has, reason) in LACKS.items():
        if item.get_closest_marker(name) and not has():
            if os.environ.get("CI") == "true":
                pytest.fail(f"this machine {reason}", pytrace=False)
            pytest.skip(reason)


@pytest.fixture(scope="session")
def root():
    """The top of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def bin_dir():
    """Where the programs are."""
    return BIN_DIR


class Work:
    """A folder of made things, keyed by what they were made of: the same key, the same thing."""

    def __init__(self, folder):
        self._folder = folder
        self._used = []  # descriptors with a shared lock, until this session ends

    def make(self, name, recipe, *inputs):
        """The path of `name` made from `inputs` (paths of files or folders, and strings) by
        recipe(path); what an earlier session made is used again, older ones that no session uses
        are dropped."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another session may be making it
            path = self._make_alone(name, recipe, *inputs)
            self._used.append(os.open(path, os.O_RDONLY))
            fcntl.flock(self._used[-1], fcntl.LOCK_SH)
            return path

    def _make_alone(self, name, recipe, *inputs):
        path = self._folder / f"{name}-{digest(*inputs)}"
        if path.exists():
            return path
        for old in self._folder.glob(f"{name}-*"):
            self._drop_unused(old)
        # The name appears when the thing is whole.
        partial = self._folder / f"{name}-partial"
        partial.mkdir()
        recipe(partial)
        partial.rename(path)
        return path

    @staticmethod
    def _drop_unused(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path)
        except BlockingIOError:
            pass  # a session at work uses it; the next one drops it
        finally:
            os.close(descriptor)


def digest(*inputs):
    """Sixteen digits that change when a file's name, mode or content or a string changes."""
    state = hashlib.sha256()
    for entry in inputs:
        if not isinstance(entry, pathlib.Path):
            state.update(f"string {entry}\0".encode())
            continue
        for path in [entry] if entry.is_file() else sorted(entry.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                state.update(f"{path.relative_to(ROOT)} {path.stat().st_mode}\0".encode())
                state.update(path.read_bytes())
    return state.hexdigest()[:16]


@pytest.fixture(scope="session")
def work():
    """The cache of the tests, .cache/tests."""
    return Work(ROOT / ".cache/tests")


@dataclasses.dataclass
class HostImages:
    """What the definition of the repository's own host gives."""
    repo: pathlib.Path  # versions 1 and 2; the branch is at 2
    qcow2: pathlib.Path  # of version 1
    keys: pathlib.Path  # GnuPG folder of the signing key
    commits: dict  # version to checksum
    branch: str = "atomic-host/amd64/stable"


@pytest.fixture(scope="session")
def host_images(work, bin_dir):
    """Versions 1 and 2 of the host, built once for the same sources."""
    cache = ROOT / ".cache/atomic-image"
    definition = ROOT / "images/atomic-host.conf"

    def recipe(path):
        common = ["--cache", cache, "--quiet", "--repo", path / "repo"]
        run_tool(bin_dir / "atomic-image", "build", definition, "--version", "1", *common,
                 "--output", path)
        note("1", path)
        run_tool(bin_dir / "atomic-image", "compose", definition, "--version", "2", *common,
                 "--with", ROOT / "images/atomic-host-next.conf")
        note("2", path)

    def note(version, path):
        commit = run_tool("ostree", f"--repo={path}/repo", "rev-parse", HostImages.branch).strip()
        (path / f"commit-{version}").write_text(commit)

    inputs = [ROOT / name for name in ("images", "tools", "hostd", "cloud-init", "CMakeLists.txt",
                                     "docs/org.atomichost.Host1.xml")]
    # A lost key would make a kept image unable to trust what is signed from now on. It is made
    # before the first image, so that both lanes of the first run ask for the same thing.
    key = run_tool(bin_dir / "atomic-image", "keygen", definition, "--cache", cache, status=(0, 77))
    path = work.make("host", recipe, *inputs, key)
    commits = {version: (path / f"commit-{version}").read_text() for version in ("1", "2")}
    return HostImages(path / "repo", path / "atomic-host-1.qcow2", cache / "keys", commits)
