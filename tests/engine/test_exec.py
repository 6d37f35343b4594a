"""exec, cp, diff, commit, export, top, port: looking into containers."""
import os
import pty
import tarfile

import pytest

from containers import wait_until

pytestmark = pytest.mark.root


def test_exec(box):
    box.daemon("one", "-e", "A=1", "-w", "/tmp")
    assert box("exec", "one", "sh", "-c", "echo $A; pwd; id -u") == "1\n/tmp\n0"
    assert box("exec", "-e", "A=2", "-w", "/", "-u", "user", "one", "sh", "-c",
               "echo $A; pwd; id -u; echo $HOME") == "2\n/\n1000\n/home/user"
    assert box("exec", "-i", "one", "cat", input="in\n") == "in"
    assert box("exec", "one", "cat", input="in\n") == ""
    box("exec", "one", "sh", "-c", "exit 9", status=9)
    assert "not found" in box.fails("exec", "one", "nope", status=127)
    assert "denied" in box.fails("exec", "one", "/etc/passwd", status=126)
    box("exec", "-d", "one", "touch", "/tmp/done")
    wait_until(lambda: "done" in box("exec", "one", "ls", "/tmp"), "the file")
    box("stop", "-t", "0", "one")
    assert "is not running" in box.fails("exec", "one", "true")


def test_exec_with_terminal(box):
    box.daemon("one")
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as terminal:
        child = box.start("exec", "-it", "one", "tty", stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        text = b""
        try:
            while chunk := terminal.read(4096):
                text += chunk
        except OSError:
            pass  # the other side is closed
        assert child.wait(timeout=60) == 0
    assert b"/dev/pts/0" in text
    assert "no terminal" in box.fails("exec", "-it", "one", "sh")


def test_same_rights_as_the_container(box):
    box.daemon("one")
    line = box("exec", "one", "grep", "-E", "CapEff|Seccomp:", "/proc/self/status")
    assert "00000000a80425fb" in line and "Seccomp:\t2" in line


def test_copy(box, tmp_path):
    box.daemon("one")
    (tmp_path / "file").write_text("text\n")
    (tmp_path / "tree/sub").mkdir(parents=True)
    (tmp_path / "tree/sub/x").write_text("x\n")
    (tmp_path / "tree/link").symlink_to("/etc/passwd")
    box("cp", tmp_path / "file", "one:/tmp")
    box("cp", tmp_path / "file", "one:/tmp/other")
    box("cp", tmp_path / "tree", "one:/tmp")
    box("cp", f"{tmp_path}/tree/.", "one:/new")
    assert box("exec", "one", "cat", "/tmp/file", "/tmp/other", "/tmp/tree/sub/x",
               "/new/sub/x") == "text\ntext\nx\nx"
    assert box("exec", "one", "readlink", "/tmp/tree/link") == "/etc/passwd"
    box("cp", "one:/tmp/tree", tmp_path / "back")
    assert (tmp_path / "back/sub/x").read_text() == "x\n"
    assert os.readlink(tmp_path / "back/link") == "/etc/passwd"
    # Of one that does not run, too.
    box("stop", "-t", "0", "one")
    box("cp", "one:/tmp/other", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "text\n"
    assert box.mounts() == []
    assert "No such file" in box.fails("cp", "one:/none", tmp_path)
    assert "exactly one" in box.fails("cp", tmp_path / "file", tmp_path / "x")


def test_copy_does_not_leave_the_container(box, tmp_path):
    """Links of the container lead nowhere else."""
    secret = tmp_path / "secret"
    secret.write_text("host\n")
    box.daemon("one")
    box("exec", "one", "ln", "-s", str(secret), "/tmp/leak")
    box("exec", "one", "ln", "-s", str(tmp_path), "/tmp/out")
    assert "No such file" in box.fails("cp", "-L", "one:/tmp/leak", tmp_path / "stolen")
    (tmp_path / "evil").write_text("evil\n")
    box.call("cp", tmp_path / "evil", "one:/tmp/out/secret")
    assert secret.read_text() == "host\n"
    box("cp", tmp_path / "evil", "one:/tmp/leak")
    assert secret.read_text() == "host\n"


def test_diff_commit(box):
    box("run", "--name", "one", "--network", "none", "busybox", "sh", "-c",
        "echo new > /added; rm /data/file; echo x >> /etc/group")
    assert box("diff", "one").splitlines() \
        == ["A /added", "C /data", "D /data/file", "C /etc", "C /etc/group"]
    image = box("commit", "-m", "note", "-c", 'CMD ["cat","/added"]', "-c", "ENV A=1", "one",
                "made:1")
    assert image.startswith("sha256:")
    assert box.run("made:1") == "new"
    assert "No such file" in box.call("run", "--rm", "--network", "none", "made:1", "cat",
                                      "/data/file").stderr
    assert "is not possible" in box.fails("commit", "-c", "RUN x", "one")
    box("rm", "one")
    box("rmi", "made:1")


def test_nothing_has_changed(box):
    box("run", "--name", "one", "--network", "none", "busybox", "true")
    assert box("diff", "one") == ""


def test_export(box, tmp_path):
    box.daemon("one", "-v", "/empty")
    box("exec", "one", "sh", "-c", "echo x > /added")
    box("export", "-o", tmp_path / "tar", "one")
    with tarfile.open(tmp_path / "tar") as archive:
        names = {name.removeprefix("./").rstrip("/") for name in archive.getnames()}
        assert {"added", "bin/busybox", "etc/passwd"} <= names
        assert not [name for name in names if name.startswith("proc/")]
    box("rm", "-f", "-v", "one")


def test_top_and_stats(box):
    box.daemon("one", command=["sleep", "4321"])
    assert "sleep 4321" in box("top", "one")
    assert box("top", "one", "-o", "pid,comm").splitlines()[1].split()[1] == "sleep"
    lines = box("stats", "--no-stream").splitlines()
    assert lines[0].split("   ")[0] == "CONTAINER ID" and "one" in lines[1] and "PIDS" in lines[0]
    assert box("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", "one") == "one 1"


def test_attach(box):
    box("run", "-d", "-i", "--name", "one", "--network", "none", "busybox", "sh", "-c",
        "while read x; do echo got $x; done; exit 6")
    child = box.start("attach", "one", stdin=-1)
    child.stdin.write("a\n")
    child.stdin.flush()
    assert child.stdout.readline() == "got a\n"
    box("kill", "one")
    assert child.wait(timeout=60) == 137
    assert "is not running" in box.fails("attach", "one")
