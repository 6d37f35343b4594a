"""atomic-install: its command line, its exit statuses, the samples, its man page."""
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "kickstart").glob("*.ks"))
GOOD = "autopart\nostreesetup --osname=a --url=http://updates.example/ --ref=b\n"


def test_check_counts(install):
    result = install("--check", "-", text="text\nselinux --enforcing\n%pre\nx\n%end\n")
    assert result.returncode == 0
    assert result.stdout == "-: 2 commands, 1 sections: 0 errors, 1 warnings\n"
    assert result.stderr.startswith("warning: -:2:9: --enforcing of selinux is not done: ")


def test_check_refuses(install, tmp_path):
    (tmp_path / "ks.cfg").write_text("text\npart / --siez=5\nprat\n")
    result = install("--check", tmp_path / "ks.cfg")
    assert result.returncode == 3
    assert result.stderr == (
        f"error: {tmp_path}/ks.cfg:2:8: part has no option --siez\n"
        "hint: did you mean --size?\n"
        f"error: {tmp_path}/ks.cfg:3:1: unknown command \"prat\"\n"
        "hint: did you mean \"part\"?\n")


def test_strict_and_quiet(install):
    warned = "graphical\n"
    assert install("--check", "--strict", "-", text=warned).returncode == 3
    assert install("--check", "--strict", "-", text="text\n").returncode == 0
    quiet = install("--check", "-q", "-", text=warned)
    assert (quiet.returncode, quiet.stderr) == (0, "")
    assert install("--check", "-q", "-", text="bogus\n").stderr != ""


def test_dry_run(install):
    result = install("--dry-run", "-", text=GOOD)
    assert result.returncode == 0
    assert result.stdout.splitlines()[0] == " 1. Choose the disks"
    assert "Deploy b from http://updates.example/  (-:2)" in result.stdout
    assert install("-n", "-", text=GOOD).stdout == result.stdout


@pytest.mark.parametrize(("text", "status", "message"), [
    ("text\n", 3, "error: -: no line says what to install\n"),
    ("ostreesetup --osname=a --url=http://x/ --ref=b\n", 3, "error: -: no line makes /\n"),
    (GOOD + "rescue\n", 3, "error: -:3:1: rescue cannot be carried out\n"),
    (GOOD + "part / --size=5\n", 3, "error: -:3:1: part and autopart exclude each other (-:1)\n"),
])
def test_dry_run_refuses(install, text, status, message):
    result = install("--dry-run", "-", text=text)
    assert (result.returncode, result.stdout) == (status, "")
    assert message in result.stderr


@pytest.mark.parametrize(("arguments", "message"), [
    ([], "no kickstart file is named"),
    (["-"], "say one of --check, --dry-run, --settings, --run, --partition and --format"),
    (["--check", "--dry-run", "-"],
     "say one of --check, --dry-run, --settings, --run, --partition and --format"),
    (["--check", "a", "b"], "one kickstart file at a time"),
    (["--chekc", "a"], "hint: did you mean --check?"),
    (["--check=yes", "a"], "--check takes no value"),
    (["--describe"], "--describe wants COMMAND"),
    (["--describe", "prat"], "hint: did you mean \"part\"?"),
    (["-x", "a"], "atomic-install has no option -x"),
])
def test_usage(install, arguments, message):
    result = install(*arguments, text="")
    assert result.returncode == 2
    assert message in result.stderr


def test_missing_file(install):
    result = install("--check", "/nowhere.ks")
    assert (result.returncode, result.stdout) == (4, "")
    assert result.stderr == "error: reading /nowhere.ks: No such file or directory\n"


def test_includes_are_found_beside_the_file(install, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/main.ks").write_text("%include common.ks\n")
    (tmp_path / "sub/common.ks").write_text("zerombr\nbogus\n")
    result = install("--check", "sub/main.ks", cwd=tmp_path)
    assert result.returncode == 3
    assert result.stderr.startswith("error: sub/common.ks:2:1: unknown command \"bogus\"\n")


def test_describe(install):
    text = install("--describe", "logvol").stdout
    assert text.startswith("usage: logvol [OPTION...] MOUNTPOINT\n")
    assert "--thinpool" in text
    assert install("--describe=post").stdout == install("--describe=%post").stdout != ""


def test_commands_are_those_of_the_language(install):
    names = set(re.findall(r"^  (\S+)", install("--commands").stdout, re.MULTILINE))
    wanted = """text graphical cmdline ostreesetup ostreecontainer clearpart zerombr ignoredisk part
        autopart volgroup logvol raid btrfs reqpart bootloader network hostname firewall selinux
        authselect rootpw user group sshkey sshpw keyboard lang timezone timesource services
        firstboot eula rescue vnc reboot poweroff halt logging repo url liveimg cdrom harddrive nfs
        driverdisk mount snapshot updates %pre %pre-install %post %onerror %traceback %packages
        %addon %anaconda %certificate""".split()
    assert set(wanted) <= names


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_samples(install, sample):
    result = install("--dry-run", sample)
    assert result.returncode == 0, result.stderr
    # Only what a script writes is left for later; nothing else is worth a warning.
    complaints = [line for line in result.stderr.splitlines() if "when %pre has run" not in line]
    assert complaints == []
    assert result.stdout != ""


def test_there_are_samples():
    assert "cloud.ks" in [path.name for path in SAMPLES]


def test_man_page(install, tmp_path):
    page = tmp_path / "atomic-install.8"
    page.write_text(install("--dump-man").stdout)
    lint = subprocess.run(["mandoc", "-Tlint", "-Wall", page], text=True, check=False,
                          capture_output=True)
    # Undated on purpose: the same sources give the same bytes.
    assert [line for line in (lint.stdout + lint.stderr).splitlines()
            if "missing date" not in line] == []
    groff = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], text=True, check=False,
                           capture_output=True)
    assert (groff.returncode, groff.stdout, groff.stderr) == (0, "", "")


def test_long_lines_take_no_time(install):
    """Lines near the limit, each of which takes over what the one before it says."""
    text = "".join("services " + f"--{('enabled', 'disabled')[i % 2]}=a{i} " * 3500 + "\n"
                   for i in range(16))
    result = install("--check", "-q", "-", text=text, timeout=60)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "-: 16 commands, 0 sections: 0 errors, 14 warnings\n"
