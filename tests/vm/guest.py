"""pytest inside a booted host: the tests of containers on a kernel and a systemd that the machine
which builds does not have. The host's image has Python; all else comes along, below /var."""
import importlib.util
import io
import pathlib
import subprocess
import tarfile

import pytest

from support import ROOT, run_tool

PLACE = "/var/lib/atomic-tests"
# pytest and what it imports, of Debian 12 and 13: pure Python.
MODULES = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "attr")
SHARED = {"busybox": "/bin/busybox", "seccomp.json": "/usr/share/containers/seccomp.json"}
# Nearly everything, for the runtime mounts, and one file that shows that it is in force.
APPARMOR = """\
profile atomic-test flags=(attach_disconnected,mediate_deleted) {
  file, capability, network, mount, umount, pivot_root, signal, ptrace, unix,
  deny /etc/passwd r,
}
"""
LAST_LINES = 200


def apparmor_policy():
    """In the kernel's form, for the host has no parser."""
    return subprocess.run(["apparmor_parser", "--skip-kernel-load", "--skip-cache", "--stdout"],
                          input=APPARMOR.encode(), capture_output=True, check=True).stdout


def module_path(name):
    found = importlib.util.find_spec(name)
    if found is None:
        return None
    path = pathlib.Path(found.origin)
    return path.parent if path.name == "__init__.py" else path


def pack(archive_path):
    """All that the host needs, as an archive."""
    def without_caches(info):
        return None if "__pycache__" in info.name else info

    with tarfile.open(archive_path, "w:gz", compresslevel=1) as archive:
        def add(source, name):
            archive.add(source, name, filter=without_caches)

        for path in filter(None, map(module_path, MODULES)):
            add(path, f"lib/{path.name}")
        for name in "conftest.py", "support.py", "pytest.ini":
            add(ROOT / "tests" / name, f"tests/{name}")
        for folder in ROOT / "tests/runtime", ROOT / "tests/vm/inside":
            for path in folder.glob("*.py"):
                add(path, f"tests/runtime/{path.name}")
        for name, path in SHARED.items():
            add(path, f"share/{name}")
        policy = apparmor_policy()
        info = tarfile.TarInfo("share/apparmor")
        info.size = len(policy)
        archive.addfile(info, io.BytesIO(policy))


class Guest:
    """The tests of containers in a host that runs."""

    def __init__(self, host, folder):
        self.host = host
        pack(folder / "tests.tar.gz")
        with open(folder / "tests.tar.gz", "rb") as stream:
            run_tool(*host.ssh_command("--", f"sudo mkdir {PLACE} && sudo tar -xzC {PLACE}"),
                     stdin=stream, cwd=host.folder)
        # Users' containers read what is shared; /tmp holds no more than half of the memory.
        host.root(f"chmod -R a+rX {PLACE}; mkdir -m 1777 {PLACE}/tmp; modprobe -a loop overlay")

    def run(self, *arguments, timeout_s=900):
        """Run pytest as root; what it said is the reason when a test fails or is missing."""
        words = " ".join(f"'{word}'" for word in arguments)
        done = self.host.ssh(
            f"cd {PLACE} && sudo timeout --kill-after=10 {timeout_s - 20} env CI=true ATOMIC_BIN_DIR=/usr/bin TMPDIR={PLACE}/tmp "
            f"PYTHONPATH={PLACE}/lib:{PLACE}/tests/runtime "
            f"ATOMIC_BUSYBOX={PLACE}/share/busybox ATOMIC_SECCOMP_PROFILE={PLACE}/share/seccomp.json "
            "python3 -W ignore::DeprecationWarning -m pytest -c tests/pytest.ini --rootdir tests "
            f"-p booted -o python_files='test_*.py check_*.py' --durations 10 {words}",
            timeout_s=timeout_s)
        if done.returncode != 0:
            lines = (done.stdout + done.stderr).splitlines()[-LAST_LINES:]
            pytest.fail("\n".join(lines), pytrace=False)
        return done.stdout
