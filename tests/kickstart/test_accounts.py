"""atomic-install --settings --root: users, groups, passwords and keys of a deployed host."""
import os
import stat
import subprocess

import pytest

EPOCH = {**os.environ, "SOURCE_DATE_EPOCH": "1795651200"}
FILES = {
    "passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "group": "root:x:0:\nsudo:x:27:\n",
    "shadow": "root:*:1:0:99999:7:::\n",
    "gshadow": "root:*::\nsudo:!::\n",
}


@pytest.fixture
def host(tmp_path):
    """A folder that is laid out as a deployed host, without anything in its /var."""
    root = tmp_path / "host"
    (root / "etc/skel").mkdir(parents=True)
    for name, text in FILES.items():
        (root / "etc" / name).write_text(text)
        (root / "etc" / name).chmod(0o640 if "shadow" in name else 0o644)
    (root / "etc/skel/.profile").write_text("PATH=/bin\n")
    (root / "home").symlink_to("var/home")
    (root / "root").symlink_to("var/roothome")
    return root


def me(name, more=""):
    """A line for a user whose files this process may own."""
    return f"user --name={name} --uid={os.geteuid() or 1234} --gid={os.getegid() or 1234} {more}\n"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_user(install, host):
    lines = me("core", "--groups=wheel --iscrypted --password=$y$hash --gecos='A B'")
    lines += 'sshkey --username=core "ssh-ed25519 AAAA me@example"\nrootpw --lock\n'
    number = f"{os.geteuid() or 1234}", f"{os.getegid() or 1234}"
    for _ in range(2):  # a second time changes nothing
        result = install("--settings", f"--root={host}", "-", text=lines, env=EPOCH)
        assert result.returncode == 0, result.stderr
        assert result.stdout == f"user core {':'.join(number)} /home/core, 1 keys\n"
    etc = host / "etc"
    assert (etc / "passwd").read_text() == (
        FILES["passwd"] + f"core:x:{':'.join(number)}:A B:/home/core:/bin/bash\n")
    assert (etc / "group").read_text() == (
        f"root:x:0:\nsudo:x:27:core\ncore:x:{number[1]}:\n")
    assert (etc / "shadow").read_text() == (
        "root:!*:1:0:99999:7:::\ncore:$y$hash:20783:0:99999:7:::\n")
    assert (etc / "gshadow").read_text() == "root:*::\nsudo:!::core\ncore:!::\n"
    assert mode(etc / "shadow") == 0o640
    home = host / "var/home/core"
    assert (mode(home), mode(home / ".ssh")) == (0o700, 0o700)
    assert mode(home / ".ssh/authorized_keys") == 0o600
    assert (home / ".ssh/authorized_keys").read_text() == "ssh-ed25519 AAAA me@example\n"
    assert (home / ".profile").read_text() == "PATH=/bin\n"
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in [home, *home.rglob("*")]}
    assert owners == {(int(number[0]), int(number[1]))}


def test_files_are_consistent(install, host):
    """As pwck and grpck see it; each looks into this system for what is in the other's files."""
    lines = "group --name=g\n" + me("a", "--groups=g,n(7)") + "rootpw secret\n"
    result = install("--settings", f"--root={host}", "-", text=lines)
    assert result.returncode == 0, result.stderr
    for program, names in (("pwck", ("passwd", "shadow")), ("grpck", ("group", "gshadow"))):
        paths = [host / "etc" / name for name in names]
        check = subprocess.run([f"/usr/sbin/{program}", "-r", *paths], capture_output=True,
                               text=True, check=False)
        lines = [line for line in (check.stdout + check.stderr).splitlines()
                 if not any(words in line for words in ("does not exist", "no changes", "no group",
                                                        "no user", "delete member"))]
        assert lines == []


def test_refused_before_written(install, host):
    result = install("--settings", f"--root={host}", "-",
                     text="hostname a\n" + me("a") + "user --name=b --groups=none\n")
    assert result.returncode == 3
    assert result.stderr == ("error: -:3:24: user: the host has no group none\n"
                             "hint: add a line: group --name=\n")
    assert not (host / "etc/hostname").exists()
    assert (host / "etc/passwd").read_text() == FILES["passwd"]


def test_no_host(install, tmp_path):
    (tmp_path / "etc").mkdir()
    result = install("--settings", f"--root={tmp_path}", "-", text=me("a"))
    assert result.returncode != 0
    assert "/etc/passwd" in result.stderr


def test_keys_do_not_follow_links(install, host, tmp_path):
    """A home that was there, with a link in place of its .ssh."""
    victim = tmp_path / "victim"
    victim.mkdir()
    home = host / "var/home/core"
    home.mkdir(parents=True)
    (home / ".ssh").symlink_to(victim)
    result = install("--settings", f"--root={host}", "-",
                     text=me("core") + 'sshkey --username=core "ssh-ed25519 AAAA"\n')
    assert result.returncode != 0
    assert list(victim.iterdir()) == []
