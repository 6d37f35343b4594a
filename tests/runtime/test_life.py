"""A container's life, from run to delete, and what callers read of it."""
import array
import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

pytestmark = pytest.mark.root


def test_run_passes_streams_and_status(box):
    done = box.run(box.config("cat; echo warn >&2; exit 7"), ok=False, input="hello\n")
    assert (done.returncode, done.stdout, done.stderr) == (7, "hello\n", "warn\n")


def test_run_tells_the_signal(box):
    name = box.name()
    bundle = box.bundle(box.config("echo up; sleep 100"))
    with subprocess.Popen(box.runtime.argv("run", f"--bundle={bundle}", name),
                          stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "up\n"
        box.runtime("kill", name, "KILL")
        assert process.wait(10) == 137


def test_run_passes_signals_on(box):
    bundle = box.bundle(box.config("trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done"))
    process = subprocess.Popen(box.runtime.argv("run", f"--bundle={bundle}", box.name()),
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 9
    process.stdout.close()


def test_states(box):
    config = box.config("sleep", "100")
    config["annotations"] = {"com.example.key": "value"}
    bundle = box.bundle(config)
    pid_file = box.folder / "pid"
    name = box.create(bundle, f"--pid-file={pid_file}")
    state = box.runtime.state(name)
    pid = int(pid_file.read_text())
    assert state["ociVersion"].startswith("1.")
    assert (state["id"], state["status"], state["pid"]) == (name, "created", pid)
    assert state["bundle"] == str(bundle)
    assert state["annotations"] == {"com.example.key": "value"}
    # Created means: its own program has not run.
    assert os.readlink(f"/proc/{pid}/exe") != "/bin/busybox"

    box.runtime("start", name)
    assert box.runtime.state(name)["status"] == "running"
    assert os.readlink(f"/proc/{pid}/exe").endswith("/bin/busybox")
    again = box.runtime("start", name, ok=False)
    assert again.returncode == 1 and "it is running" in again.stderr

    refused = box.runtime("delete", name, ok=False)
    assert refused.returncode == 1 and "not stopped" in refused.stderr
    box.runtime("kill", name, "SIGKILL")
    box.runtime.wait(name, "stopped")
    assert box.runtime.state(name)["pid"] == 0
    box.runtime("delete", name)
    assert box.left() == []


def test_words_that_callers_search_for(box):
    name, _ = box.start(box.config("sleep", "100"))
    box.runtime("kill", name, "9")
    box.runtime.wait(name, "stopped")
    assert "not running" in box.runtime("kill", name, "9", ok=False).stderr
    box.runtime("delete", name)
    for verb in "delete", "state", "start", "kill":
        done = box.runtime(verb, name, ok=False)
        assert done.returncode == 1 and "does not exist" in done.stderr


def test_delete_force(box):
    name, pid = box.start(box.config("sleep", "100"))
    box.runtime("delete", "--force", name)
    assert box.left() == [] and not os.path.exists(f"/proc/{pid}/root/bin")
    box.runtime("delete", "--force", "never-was")


def test_delete_of_a_created_container(box):
    name = box.create(box.config("sleep", "100"))
    box.runtime("delete", name)
    assert box.left() == []


def test_an_id_is_used_once(box):
    name, pid = box.start(box.config("sleep", "100"))
    again = box.runtime.create(f"--bundle={box.bundle(box.config('true'))}", name)
    assert again.returncode == 1 and "already exists" in again.stdout
    assert box.runtime.state(name)["pid"] == pid
    assert box.runtime.state(name)["status"] == "running"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "x" * 256])
def test_ids_that_are_none(box, name):
    done = box.runtime.create(f"--bundle={box.bundle(box.config('true'))}", name)
    assert done.returncode != 0 and "is no container id" in done.stdout


def test_detached_run(box):
    bundle, name = box.bundle(box.config("sleep", "100")), box.name()
    with open(os.devnull, "w", encoding="utf-8") as null:
        subprocess.run(box.runtime.argv("run", "--detach", f"--bundle={bundle}", name), check=True,
                       stdin=subprocess.DEVNULL, stdout=null, stderr=null, timeout=20)
    assert box.runtime.state(name)["status"] == "running"


def test_run_keeps_when_asked_to(box):
    bundle, name = box.bundle(box.config("exit 3 ")), box.name()
    done = box.runtime("run", "--keep", f"--bundle={bundle}", name, ok=False)
    assert done.returncode == 3
    assert box.runtime.state(name)["status"] == "stopped"


def test_kill_sends_the_signal(box):
    name, _ = box.start(box.config(
        "trap 'echo usr1 > /tmp/got' USR1; while :; do sleep 0.05; done"), own_rootfs=True)
    got = os.path.join(box.runtime.state(name)["rootfs"], "tmp/got")
    end = time.monotonic() + 20
    while not (os.path.exists(got) and os.path.getsize(got)) and time.monotonic() < end:
        box.runtime("kill", name, "USR1")
        time.sleep(0.01)
    with open(got, encoding="utf-8") as f:
        assert f.read() == "usr1\n"
    assert "unknown signal" in box.runtime("kill", name, "SIGNOTHING", ok=False).stderr


def test_kill_all_without_a_pid_namespace(box):
    """Nobody else ends its processes."""
    config = box.config("sleep 100 & sleep 100 & wait")
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"]
                                     if n["type"] != "pid"]
    name, pid = box.start(config)
    children = f"/proc/{pid}/task/{pid}/children"
    while True:
        with open(children, encoding="ascii") as f:
            others = f.read().split()
        if len(others) == 2:
            break
    box.runtime("kill", "--all", name, "KILL")
    box.runtime.wait(name, "stopped")
    box.runtime("delete", name)
    for other in others:
        assert not os.path.exists(f"/proc/{other}/exe") or not os.path.exists(
            f"/proc/{other}/root/bin/busybox")


def test_pause_and_resume(box):
    name, pid = box.start(box.config("while :; do :; done"))
    box.runtime("pause", name)
    assert box.runtime.state(name)["status"] == "paused"

    def cpu_time():
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[11:13]
    before = cpu_time()
    refused = box.runtime("exec", name, "true", ok=False)
    assert refused.returncode != 0 and "paused" in refused.stderr
    assert cpu_time() == before
    box.runtime("resume", name)
    assert box.runtime.state(name)["status"] == "running"
    assert "not paused" in box.runtime("resume", name, ok=False).stderr


def test_kill_of_a_paused_container(box):
    name, _ = box.start(box.config("sleep", "100"))
    box.runtime("pause", name)
    box.runtime("kill", name, "KILL")
    box.runtime.wait(name, "stopped")


def test_ps_and_list(box):
    name, pid = box.start(box.config("sleep 100 & wait"))
    pids = json.loads(box.runtime("ps", "--format=json", name).stdout)
    assert pid in pids
    listed = {c["id"]: c for c in json.loads(box.runtime("list", "--format=json").stdout)}
    assert (listed[name]["pid"], listed[name]["status"]) == (pid, "running")


def test_log_in_json(box):
    log = box.folder / "log"
    bundle, name = box.bundle(box.config("/nothing")), box.name()
    done = box.runtime.create(f"--bundle={bundle}", name)
    assert done.returncode != 0
    box.runtime.options = (f"--log={log}", "--log-format=json")
    done = box.runtime.create(f"--bundle={bundle}", name)
    box.runtime.options = ()
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert lines[-1]["level"] == "error" and "/nothing" in lines[-1]["msg"]


def with_descriptor_3(fd):
    """Arguments of subprocess: the program has `fd` as its number 3."""
    return {"close_fds": False, "preexec_fn": lambda: os.dup2(fd, 3)}


def test_preserved_descriptors(box):
    read_end, write_end = os.pipe()
    box.run(box.config("echo through >&3"), "--preserve-fds=1", **with_descriptor_3(write_end))
    os.close(write_end)
    with os.fdopen(read_end) as f:
        assert f.read() == "through\n"


def test_socket_activation(box):
    box.runtime.env = {**os.environ, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web"}
    read_end, write_end = os.pipe()
    os.write(write_end, b"request\n")
    text = box.output(box.config('echo "$LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES"; head -n1 <&3'),
                      **with_descriptor_3(read_end))
    os.close(read_end)
    os.close(write_end)
    assert text == "1 1 web\nrequest\n"


# Terminals

class Console:
    """What conmon and the shims do: a socket that receives the terminal."""

    def __init__(self, path):
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.master = -1
        self.thread = threading.Thread(target=self._receive)
        self.thread.start()

    def _receive(self):
        connection, _ = self.listener.accept()
        fds = array.array("i")
        _, control, _, _ = connection.recvmsg(100, socket.CMSG_SPACE(4))
        fds.frombytes(control[0][2])
        self.master = fds[0]
        connection.close()

    def read_until(self, text):
        got = b""
        self.thread.join(10)
        while text not in got:
            got += os.read(self.master, 4096)
        return got.decode()

    def close(self):
        self.thread.join(10)
        os.close(self.master)
        self.listener.close()


def test_console_socket(box):
    config = box.config("trap 'exit 3' INT; tty; stty size; ls -l /proc/self/fd/0 /dev/console; "
                        "echo end; while :; do sleep 0.05; done")
    config["process"]["terminal"] = True
    config["process"]["consoleSize"] = {"height": 33, "width": 77}
    console = Console(box.folder / "console.sock")
    name = box.create(config, f"--console-socket={console.path}")
    box.runtime("start", name)
    text = console.read_until(b"end\r\n")
    assert "/dev/pts/0" in text and "33 77" in text
    assert "-> /dev/pts/0" in text and "136,   0" in text.replace(",   ", ",   ")
    # The keys of its user reach it as signals: it is the controlling terminal.
    os.write(console.master, b"\x03")
    box.runtime.wait(name, "stopped")
    console.close()


def test_exec_with_a_console_socket(box):
    name, _ = box.start(box.config("sleep", "100"))
    console = Console(box.folder / "console.sock")
    box.runtime("exec", "--tty", "--detach", f"--console-socket={console.path}", name,
                "sh", "-c", "tty; echo end")
    assert "/dev/pts/0" in console.read_until(b"end\r\n")
    console.close()


def test_run_in_a_terminal(box):
    config = box.config("stty size; read line; echo got $line")
    config["process"]["terminal"] = True
    bundle = box.bundle(config)
    command = " ".join(box.runtime.argv("run", f"--bundle={bundle}", box.name()))
    done = subprocess.run(["script", "--quiet", "--return", "--command",
                           f"stty rows 22 cols 66; {command}", "/dev/null"], input="word\n",
                          capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout
    assert "22 66" in done.stdout and "got word" in done.stdout


def test_a_terminal_needs_a_holder(box):
    config = box.config("true")
    config["process"]["terminal"] = True
    done = box.runtime.create(f"--bundle={box.bundle(config)}", box.name())
    assert done.returncode != 0 and "process.terminal" in done.stdout
    done = box.runtime.create(f"--bundle={box.bundle(box.config('true'))}",
                              "--console-socket=/nowhere", box.name())
    assert done.returncode != 0 and "--console-socket" in done.stdout


# Further processes

def test_exec(box):
    name, _ = box.start(box.config("sleep", "100"))
    done = box.runtime("exec", "--env=A=b c", "--cwd=/tmp", "--user=1000:1001",
                       "--additional-gids=7", name, "sh", "-c",
                       'echo "$A"; pwd; id -u; id -g; id -G; cat /proc/1/comm; exit 5', ok=False)
    assert done.returncode == 5
    assert done.stdout.splitlines() == ["b c", "/tmp", "1000", "1001", "1001 7", "sleep"]


def test_exec_is_inside_of_everything(box):
    name, pid = box.start(box.config("sleep", "100"))
    links = box.runtime("exec", name, "sh", "-c",
                        "cd /proc/self/ns; for n in *; do readlink $n; done").stdout.split()
    inside = {link.split(":")[0]: link for link in links}
    for kind in "mnt", "net", "uts", "ipc", "pid", "cgroup":
        assert inside[kind] == os.readlink(f"/proc/{pid}/ns/{kind}")
    box.runtime("exec", "--detach", f"--pid-file={box.folder}/pid", name, "sh", "-c",
                "exec sleep 50 >/dev/null 2>&1")
    other = (box.folder / "pid").read_text()
    places = []
    for proc in pid, other:
        with open(f"/proc/{proc}/cgroup", encoding="ascii") as f:
            places.append([line for line in f.read().splitlines() if line.endswith(name)])
    assert places[0] == places[1] and len(places[0]) > 1


def test_exec_by_a_process_file(box):
    name, _ = box.start(box.config("sleep", "100"))
    process = box.config("sh", "-c", "echo $X; grep CapEff /proc/self/status")["process"]
    process["env"].append("X=y")
    process["capabilities"] = {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"],
                               "permitted": ["CAP_KILL"]}
    file = box.folder / "process.json"
    file.write_text(json.dumps(process))
    done = box.runtime("exec", f"--process={file}", name)
    assert done.stdout == "y\nCapEff:\t0000000000000020\n"


def test_exec_errors(box):
    name, _ = box.start(box.config("sleep", "100"))
    missing = box.runtime("exec", name, "nothing", ok=False)
    assert missing.returncode == 127 and "executable file not found in $PATH" in missing.stderr
    missing = box.runtime("exec", name, "/nothing", ok=False)
    assert missing.returncode == 127 and "no such file or directory" in missing.stderr
    refused = box.runtime("exec", name, "/etc/passwd", ok=False)
    assert refused.returncode == 126 and "permission denied" in refused.stderr
    box.runtime("kill", name, "KILL")
    box.runtime.wait(name, "stopped")
    stopped = box.runtime("exec", name, "true", ok=False)
    assert stopped.returncode not in (0, 126, 127) and "not running" in stopped.stderr


def test_exec_gets_no_descriptors(box):
    name, _ = box.start(box.config("sleep", "100"))
    os.set_inheritable(inherited := os.open("/", os.O_RDONLY), True)
    done = box.runtime("exec", name, "sh", "-c", "ls /proc/$$/fd; true", close_fds=False)
    os.close(inherited)
    assert done.stdout.split() == ["0", "1", "2"]


# Programs that do not start

@pytest.mark.parametrize("args, status, text", [
    (["nothing"], 127, "executable file not found in $PATH"),
    (["/nothing"], 127, "no such file or directory"),
    (["/etc/passwd"], 126, "permission denied"),
    (["/bin"], 126, "permission denied"),
])
def test_programs_that_do_not_start(box, args, status, text):
    done = box.run(box.config(*args), ok=False)
    assert done.returncode == status and text in done.stderr
    box.check_nothing_left()
    done = box.runtime.create(f"--bundle={box.bundle(box.config(*args))}", box.name())
    assert done.returncode != 0 and text in done.stdout
    box.check_nothing_left()


def test_a_program_of_another_format(box):
    bundle = box.bundle(box.config("/bin/text"), own_rootfs=True)
    (bundle / "rootfs/bin/text").write_bytes(b"\0\0\0\0")
    (bundle / "rootfs/bin/text").chmod(0o755)
    done = box.run(bundle, ok=False)
    assert done.returncode == 126 and "xec format error" in done.stderr


def test_home_of_the_user(box):
    config = box.config("echo $HOME ")
    assert box.output(config) == "/root\n"
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    assert box.output(config) == "/home/user\n"
    config["process"]["user"] = {"uid": 4711, "gid": 1000}
    assert box.output(config) == "/\n"
    config["process"]["env"].append("HOME=/given")
    assert box.output(config) == "/given\n"
