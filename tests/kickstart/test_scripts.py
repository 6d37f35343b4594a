"""atomic-install --run: scripts here and in a host, their logs, and what happens when they fail."""
import os
import pathlib
import shutil
import subprocess

import pytest


def leftovers():
    return list(pathlib.Path("/tmp").glob("ks-script-*"))


@pytest.fixture
def host(tmp_path):
    """A folder with a shell and what it is linked to."""
    root = tmp_path / "host"
    busybox = shutil.which("busybox")
    if not busybox or b"statically" not in subprocess.run(
            ["file", "-L", busybox], capture_output=True, check=False).stdout:
        pytest.skip("no static busybox")
    (root / "bin").mkdir(parents=True)
    shutil.copy(busybox, root / "bin/sh")
    return root


def test_here(install, tmp_path):
    """All scripts of the section, in order, whatever their interpreter; and no others."""
    log = tmp_path / "logs/pre.log"
    text = (f"%pre --log={log}\necho one\necho two >&2\n%end\n"
            "%post --nochroot\necho post\n%end\n"
            "%pre --interpreter=/usr/bin/python3\nprint('three')\n%end\n")
    result = install("--run=%pre", "-", text=text)
    assert (result.returncode, result.stderr) == (0, "")
    assert sorted(result.stdout.split()[:2]) == ["one", "two"]
    assert result.stdout.split()[2:] == ["three"]
    assert sorted(log.read_text().split()) == ["one", "two"]
    assert leftovers() == []


def test_host_is_named(install, tmp_path):
    result = install("--run=%post", f"--root={tmp_path}", "-",
                     text="%post --nochroot\necho $ANA_INSTALL_PATH; pwd\n%end\n")
    assert result.stdout == f"{tmp_path}\n/\n"


def test_failure_is_passed_over(install):
    result = install("--run=%pre", "-", text="%pre\necho a; exit 3\n%end\n%pre\necho b\n%end\n")
    assert result.returncode == 0
    assert result.stdout == "a\nb\n"
    assert "-:1: %pre: " in result.stderr


def test_error_on_fail(install):
    result = install("--run=%pre", "-", text=(
        "text\n%pre --erroronfail\necho a; echo why >&2; exit 3\n%end\n%pre\necho b\n%end\n"))
    assert result.returncode == 1
    assert "a" in result.stdout.split() and "b" not in result.stdout.split()
    assert result.stderr.startswith("error: -:2: %pre: ")
    assert leftovers() == []


def test_no_interpreter(install):
    result = install("--run=%pre", "-",
                     text="%pre --erroronfail --interpreter=/nonexistent\n%end\n")
    assert result.returncode != 0
    assert "/nonexistent" in result.stderr


@pytest.mark.parametrize(("arguments", "text", "status", "message"), [
    (["--run=%post"], "%post\n%end\n", 2, "%post runs in a host, and none is named"),
    (["--run=%packages"], "", 2, "\"%packages\" is no section of scripts"),
    (["--run=%pre"], "%pre\ntouch /tmp/ks-script-ran\n%end\nprat\n", 3, "unknown command"),
])
def test_refused(install, arguments, text, status, message):
    result = install(*arguments, "-", text=text)
    assert result.returncode == status
    assert message in result.stderr
    assert leftovers() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="chroot takes root")
def test_in_the_host(install, host):
    result = install("--run=%post", f"--root={host}", "-", text=(
        "%post --log=/var/log/post.log\necho hello; echo \"$ANA_INSTALL_PATH\" > /made; pwd\n"
        "%end\n"))
    assert result.returncode == 0, result.stderr
    assert result.stdout == "hello\n/\n"
    assert (host / "made").exists()
    assert (host / "var/log/post.log").read_text() == "hello\n/\n"
    assert list((host / "tmp").iterdir()) == []
