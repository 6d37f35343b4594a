"""`run` and `create`: what the options make of the container, and exit statuses."""
import json
import os
import pty
import signal
import subprocess

import pytest

from containers import wait_until

pytestmark = pytest.mark.root


def test_output_and_status(box):
    assert box.run("busybox", "echo", "hello") == "hello"
    done = box.call("run", "--rm", "--network", "none", "busybox", "sh", "-c",
                    "echo out; echo err >&2; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
    assert box.names() == []


def test_exit_statuses_are_dockers(box):
    assert "executable file not found" in box.fails("run", "--rm", "--network", "none", "busybox",
                                                    "nope", status=127)
    assert "denied" in box.fails("run", "--rm", "--network", "none", "busybox", "/etc/passwd",
                                 status=126)
    child = box.start("run", "--rm", "--name", "killed", "--network", "none", "busybox", "sh", "-c",
                      "echo ready; sleep 1000")
    assert child.stdout.readline() == "ready\n"
    box("kill", "-s", "9", "killed")
    assert child.wait(timeout=60) == 137
    assert "has no option --nope" in box.fails("run", "--nope", "busybox", status=125)
    assert "is missing" in box.fails("run", status=125)
    assert "No such image" in box.fails("run", "--pull", "never", "nothing", status=125)
    assert box.names() == []


def test_input(box):
    assert box.run("-i", "busybox", "cat", input="one\ntwo\n") == "one\ntwo"
    # Without -i there is none.
    assert box.run("busybox", "cat", input="one\n") == ""


def test_much_in_both_directions(box):
    """Neither waits for the other for ever, and nothing is lost."""
    text = "".join(f"{i:07d}\n" for i in range(400_000))
    assert box.run("-i", "busybox", "cat", input=text) == text.removesuffix("\n")


def test_slow_reader_loses_nothing(box):
    command = f"'{box.bin}/atomic' run --rm --network none busybox seq 1 200000 | (sleep 1; tail -n 1)"
    done = subprocess.run(["sh", "-c", command], env=box.env, capture_output=True, text=True,
                          check=True, timeout=300)
    assert done.stdout == "200000\n"


def test_terminal(box):
    """A terminal of its own with our size, and what is typed."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as terminal:
        subprocess.run(["stty", "rows", "33", "cols", "77"], stdin=theirs, check=True)
        child = box.start("run", "--rm", "-it", "--network", "none", "busybox", "sh", "-c",
                          "read x; tty; stty size; echo got $x", stdin=theirs, stdout=theirs,
                          stderr=theirs)
        os.close(theirs)
        terminal.write(b"word\n")
        text = b""
        try:
            while chunk := terminal.read(4096):
                text += chunk
        except OSError:
            pass  # the other side is closed
        assert child.wait(timeout=60) == 0, text
    assert b"/dev/pts/0" in text and b"33 77" in text and b"got word" in text


def test_detach_keys(box):
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as terminal:
        child = box.start("run", "-it", "--name", "kept", "--network", "none", "busybox", "sh",
                          stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        wait_until(lambda: b"#" in terminal.read(4096), "a prompt")
        terminal.write(b"\x10\x11")
        assert child.wait(timeout=60) == 0
    assert box.state("kept")["Running"]


def test_signals_are_passed_on(box):
    child = box.start("run", "--rm", "--network", "none", "busybox", "sh", "-c",
                      "trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.1; done")
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGTERM)
    assert child.stdout.readline() == "got it\n"
    assert child.wait(timeout=60) == 5


def test_environment(box, tmp_path):
    file = tmp_path / "env"
    file.write_text("# comment\nFROM_FILE=1\nPASSED\n\n")
    box.env["PASSED"] = "on"
    env = box.run("-e", "A=b c", "-e", "PASSED", "-e", "ABSENT", "--env-file", file, "-h", "name",
                  "busybox", "env").splitlines()
    assert {"A=b c", "PASSED=on", "FROM_FILE=1", "HOSTNAME=name", "HOME=/root"} <= set(env)
    assert not [line for line in env if line.startswith("ABSENT")]
    assert "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" in env


@pytest.mark.parametrize("user, expected", [
    ("", "uid=0(root) gid=0(root) groups=0(root)"),
    ("user", "uid=1000(user) gid=1001(user) groups=1001(user),2000(extra)"),
    ("1000", "uid=1000(user) gid=1001(user) groups=1001(user),2000(extra)"),
    ("user:root", "uid=1000(user) gid=0(root) groups=0(root)"),
    ("4711:815", "uid=4711 gid=815 groups=815"),
])
def test_users(box, user, expected):
    assert box.run("-u", user, "busybox", "id") == expected


def test_unknown_user(box):
    assert 'no user "nobody"' in box.fails("run", "--rm", "--network", "none", "-u", "nobody",
                                           "busybox", "id", status=125)


def test_capabilities_and_seccomp(box):
    def effective(*options):
        line = box.run(*options, "busybox", "grep", "-E", "CapEff|Seccomp:", "/proc/self/status")
        return dict(item.split(":\t") for item in line.splitlines())
    usual = effective()
    assert usual == {"CapEff": "00000000a80425fb", "Seccomp": "2"}
    assert effective("--cap-drop", "ALL")["CapEff"] == "0000000000000000"
    assert effective("--cap-drop", "ALL", "--cap-add", "net_admin")["CapEff"] == "0000000000001000"
    assert effective("--security-opt", "seccomp=unconfined")["Seccomp"] == "0"
    assert effective("--privileged")["Seccomp"] == "0"
    assert "unknown capability" in box.fails("run", "--cap-add", "fly", "--network", "none",
                                             "busybox", "true", status=125)


def test_folders_and_files(box, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x").write_text("host\n")
    made = tmp_path / "made/by/us"
    text = box.run("-v", f"{tmp_path}/in:/in:ro", "-v", f"{made}:/out", "--tmpfs", "/scratch:size=1m",
                   "-w", "/out", "busybox", "sh", "-c",
                   "cat /in/x; touch /in/y 2>&1; pwd; touch z; df /scratch | tail -n 1")
    lines = text.splitlines()
    assert lines[0] == "host" and "Read-only" in lines[1] and lines[2] == "/out"
    assert lines[3].split()[:2] == ["tmpfs", "1024"]
    assert (made / "z").exists()
    assert "No such file" in box.fails("run", "--network", "none", "--mount",
                                       f"type=bind,src={tmp_path}/none,dst=/x", "busybox", "true",
                                       status=125)


def test_volume_gets_the_images_content(box):
    assert box.run("-v", "vol:/data", "busybox", "cat", "/data/file") == "from the image"
    box.run("-v", "vol:/data", "busybox", "sh", "-c", "echo changed > /data/file")
    assert box.run("-v", "vol:/x", "busybox", "cat", "/x/file") == "changed"
    box("volume", "rm", "vol")


def test_read_only(box):
    done = box.call("run", "--rm", "--network", "none", "--read-only", "busybox", "touch", "/x")
    assert done.returncode == 1 and "Read-only" in done.stderr


def test_limits(box):
    text = box.run("-m", "64m", "--pids-limit", "50", "--cpu-shares", "512", "--ulimit",
                   "nofile=100:200", "--shm-size", "1m", "busybox", "sh", "-c",
                   "ulimit -Sn; ulimit -Hn; df /dev/shm | tail -n 1")
    soft, hard, shm = text.splitlines()
    assert (soft, hard, shm.split()[1]) == ("100", "200", "1024")
    box.daemon("limited", "-m", "64m", "--cpus", "0.5", "--pids-limit", "50")
    host = json.loads(box("inspect", "limited"))[0]["HostConfig"]
    assert (host["Memory"], host["NanoCpus"], host["PidsLimit"]) == (64 << 20, 500_000_000, 50)
    # Of version 1 or 2.
    assert box("exec", "limited", "sh", "-c", "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes "
               "2>/dev/null || cat memory.max") == str(64 << 20)


def test_out_of_memory_is_told(box):
    box("run", "--name", "big", "--network", "none", "-m", "16m", "--memory-swap", "16m", "busybox",
        "sh", "-c", "x=a; while :; do x=$x$x; done", status=137)
    assert box.state("big")["OOMKilled"]


def test_names_of_hosts(box):
    text = box.run("--hostname", "me", "--add-host", "other:10.1.2.3", "--dns", "10.9.8.7",
                   "busybox", "sh", "-c", "hostname; cat /etc/hostname /etc/hosts /etc/resolv.conf")
    lines = text.splitlines()
    assert lines[:2] == ["me", "me"]
    assert any(line.split() == ["10.1.2.3", "other"] for line in lines)
    assert "nameserver 10.9.8.7" in lines


def test_namespaces_of_another(box):
    box.daemon("first", command=["sh", "-c", "exec sleep 999"])
    assert "sleep 999" in box("run", "--rm", "--network", "container:first", "--pid",
                              "container:first", "busybox", "ps")
    box("rm", "-f", "first")
    assert "No such container" in box.fails("run", "--rm", "--network", "container:first", "busybox",
                                            "true", status=125)


def test_init(box):
    assert "docker-init" in box.run("--init", "busybox", "ps").splitlines()[1]


def test_cidfile(box, tmp_path):
    file = tmp_path / "cid"
    box("create", "--cidfile", file, "--network", "none", "busybox")
    assert file.read_text() == box("ps", "-aq", "--no-trunc")
    assert "is there already" in box.fails("create", "--cidfile", file, "busybox")


def test_name_is_taken(box):
    box("create", "--name", "mine", "busybox", "true")
    assert 'the name "mine" is used by' in box.fails("create", "--name", "mine", "busybox")
    assert "cannot be a container's name" in box.fails("create", "--name", "-x/", "busybox")


@pytest.mark.parametrize("words, says", [
    (["--restart", "sometimes"], "unknown policy"),
    (["--rm", "--restart", "always"], "contradict"),
    (["--log-driver", "syslog"], 'no driver "syslog"'),
    (["--userns", "keep-id"], "no mode"),
    (["--security-opt", "fancy"], "is not possible"),
    (["--memory", "much"], "wants a size"),
    (["--device", "/dev/none"], "No such file"),
    (["--ulimit", "nofile"], "NAME=SOFT"),
    (["--ip", "10.0.0.1"], "no network of its own"),
    (["-p", "80"], "cannot be published"),
])
def test_what_is_not_possible_is_refused(box, words, says):
    assert says in box.fails("run", "--rm", "--network", "none", *words, "busybox", "true",
                             status=125)
    assert box.names() == []


def test_create_request_of_image(box):
    """Command and environment of the image, and what overrides them."""
    box("import", "-c", 'ENTRYPOINT ["echo","e"]', "-c", 'CMD ["c"]', "-c", "ENV A=1",
        box.where / "busybox.tar", "speaks")
    assert box.run("speaks") == "e c"
    assert box.run("speaks", "x") == "e x"
    assert box.run("--entrypoint", "env", "speaks").splitlines().count("A=1") == 1
    box("rmi", "speaks")
