"""AppArmor: a profile of the kernel's, and one that it does not know."""
import pathlib

import pytest

from booted import PLACE

KERNEL = pathlib.Path("/sys/kernel/security/apparmor")
PROFILE = "atomic-test"


@pytest.fixture
def profile():
    """In the kernel; compiled elsewhere, for the host has no compiler of policies."""
    (KERNEL / ".load").write_bytes((PLACE / "share/apparmor").read_bytes())
    yield PROFILE
    (KERNEL / ".remove").write_bytes(PROFILE.encode())


def confined(box, *args):
    config = box.config(*args)
    config["process"]["apparmorProfile"] = PROFILE
    return config


def test_a_profile_confines(box, profile):
    config = confined(box, "cat /proc/self/attr/current; cat /etc/group >/dev/null && cat /etc/passwd")
    done = box.run(config, ok=False)
    assert done.returncode == 1
    assert done.stdout.rstrip("\n\0") == f"{profile} (enforce)"
    assert "can't open '/etc/passwd': Permission denied" in done.stderr


def test_exec_is_confined_too(box, profile):
    name, pid = box.start(confined(box, "sleep", "1000"))
    assert pathlib.Path(f"/proc/{pid}/attr/current").read_text(encoding="utf-8") \
        == f"{profile} (enforce)\n"
    inside = box.runtime("exec", name, "cat", "/proc/self/attr/current").stdout
    assert inside.rstrip("\n\0") == f"{profile} (enforce)"
    assert box.runtime("exec", name, "cat", "/etc/passwd", ok=False).returncode == 1


def test_an_unknown_profile_is_refused(box):
    done = box.run(confined(box, "true"), ok=False)
    assert done.returncode != 0
    assert f"{PROFILE}: the host's kernel does not have this profile" in done.stderr
