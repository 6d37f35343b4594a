"""What the specification leaves open, and runc and crun do alike; or one of them, and nothing speaks
against it."""
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import time

import pytest

pytestmark = pytest.mark.root


def lines(done):
    return done.stdout.splitlines()


# Environment


def test_the_last_of_two_variables_counts(box):
    config = box.config("env")
    config["process"]["env"] = ["PATH=/nowhere", "ONE=1", "ONE=", "PATH=/usr/bin:/bin"]
    assert sorted(lines(box.run(config))) == ["HOME=/root", "ONE=", "PATH=/usr/bin:/bin"]


def test_exec_changes_a_variable(box):
    name, _ = box.start(box.config("sleep", "100"))
    found = lines(box.runtime("exec", "--env=PATH=/elsewhere:/bin", "--env=NEW=1", name, "env"))
    assert [v for v in found if v.startswith("PATH=")] == ["PATH=/elsewhere:/bin"]
    assert "NEW=1" in found


@pytest.mark.parametrize("given, home", [([], "/home/user"), (["HOME="], "/home/user"),
                                         (["HOME=/a", "HOME=/b"], "/b")])
def test_home(box, given, home):
    config = box.config("env")
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    config["process"]["env"] = ["PATH=/bin", *given]
    assert [v for v in lines(box.run(config)) if v.startswith("HOME=")] == [f"HOME={home}"]


def test_groups_of_the_caller_stay_when_asked_to(box):
    """podman's --group-add keep-groups."""
    config = box.config("id", "-G")
    config["annotations"] = {"run.oci.keep_original_groups": "1"}
    box.runtime.prefix = ["setpriv", "--groups=5,6,7"]
    assert box.output(config).split() == ["0", "5", "6", "7"]
    config["annotations"] = {"run.oci.keep_original_groups": "0"}
    assert box.output(config).split() == ["0"]


def test_capabilities_for_exec_by_a_user(box):
    """Ambient, or they would do nothing for who is not root; never inheritable."""
    config = box.config("sleep", "100")
    config["process"]["capabilities"] = {"bounding": ["CAP_SYSLOG"], "inheritable": ["CAP_SYSLOG"]}
    name, _ = box.start(config)
    script = "grep -E 'Cap(Inh|Eff|Amb)' /proc/self/status | cut -f2"
    argv = ("exec", "--user=1000:1000", "--cap=CAP_SYSLOG", "--cap=CAP_KILL", name, "sh", "-c", script)
    assert [int(n, 16) for n in lines(box.runtime(*argv))] == [1 << 34] * 3


# The process


def test_cpus_of_the_caller_are_not_the_containers(box):
    """systemd's CPUAffinity= of the engine's service is not meant for what it starts."""
    own = os.sched_getaffinity(0)
    if len(own) < 2:
        pytest.skip("one CPU")
    script = "grep Cpus_allowed: /proc/self/status"
    everywhere = box.output(box.config(script))
    box.runtime.prefix = ["taskset", "--cpu-list", str(min(own))]
    assert box.output(box.config(script)) == everywhere
    name, _ = box.start(box.config("sleep", "100"))
    assert box.runtime("exec", name, "sh", "-c", script).stdout == everywhere


def test_a_created_container_holds_nothing_open(box):
    """Only its streams, and sockets for `start`."""
    name = box.create(box.config("true"))
    folder = pathlib.Path(f"/proc/{box.runtime.state(name)['pid']}/fd")
    held = {int(path.name): os.readlink(path) for path in folder.iterdir()}
    beyond = {fd: target for fd, target in held.items() if fd > 2}
    assert all(target.startswith("socket:") for target in beyond.values()), beyond


def test_a_missing_interpreter(box):
    """The file is there: the message must not say that it is not."""
    config = box.config("/bin/script")
    bundle = box.bundle(config, own_rootfs=True)
    script = bundle / "rootfs/bin/script"
    script.write_text("#!/nowhere/sh\n")
    script.chmod(0o755)
    done = box.runtime("run", f"--bundle={bundle}", box.name(), ok=False)
    assert done.returncode == 127
    assert "exec /bin/script: no such file or directory" in done.stderr
    assert "interpreter" in done.stderr


def test_failures_of_exec_itself_are_255(box):
    """1 is what the program may say."""
    name, _ = box.start(box.config("sleep", "100"))
    assert box.runtime("exec", name, "false", ok=False).returncode == 1
    assert box.runtime("exec", "--pid-file=/nowhere/pid", name, "true", ok=False).returncode == 255
    assert box.runtime("exec", "nosuch", "true", ok=False).returncode == 255
    box.runtime("pause", name)
    done = box.runtime("exec", name, "true", ok=False)
    assert done.returncode == 255 and "cannot exec in a paused container" in done.stderr
    box.runtime("resume", name)


def test_signal_0_asks_whether_it_runs(box):
    name, _ = box.start(box.config("sleep", "100"))
    box.runtime("kill", name, "0")
    box.runtime("kill", name, "KILL")
    box.runtime.wait(name, "stopped")
    done = box.runtime("kill", name, "0", ok=False)
    assert done.returncode == 1 and "container not running" in done.stderr


def test_a_created_container_ends_by_the_usual_signals(box):
    """As the first of its pid namespace it would not notice them."""
    for which in "TERM", "INT", "HUP":
        name = box.create(box.config("true"))
        box.runtime("kill", name, which)
        box.runtime.wait(name, "stopped")
        box.runtime("delete", name)
    # The program itself gets them as ever: not before it asks for them.
    name, _ = box.start(box.config("sleep", "100"))
    box.runtime("kill", name, "TERM")
    time.sleep(0.2)
    assert box.runtime.state(name)["status"] == "running"


def test_a_pidfd_over_a_socket(box):
    path = box.folder / "pidfd.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        name = box.create(box.config("sleep", "100"), f"--pidfd-socket={path}")
        box.runtime("start", name)
        subprocess.run(box.runtime.argv("exec", "--detach", f"--pidfd-socket={path}", name, "sleep",
                                        "50"), check=True, timeout=20, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ends = []
        for _ in range(2):
            connection, _ = server.accept()
            with connection:
                ends.append(socket.recv_fds(connection, 64, 1)[1][0])
    first = [line for line in pathlib.Path(f"/proc/self/fdinfo/{ends[0]}").read_text().splitlines()
             if line.startswith("Pid:")]
    assert first == [f"Pid:\t{box.runtime.state(name)['pid']}"]
    signal.pidfd_send_signal(ends[0], signal.SIGKILL)
    box.runtime.wait(name, "stopped")
    for fd in ends:
        os.close(fd)
    done = box.runtime.create(f"--bundle={box.bundle(box.config('true'))}",
                              f"--pidfd-socket={box.folder}/nosuch", box.name())
    assert done.returncode == 1 and "--pidfd-socket" in done.stdout
    assert box.runtime("list", "-q").stdout.split() == [name]


def test_a_terminal_of_ours_adds_no_carriage_returns(box):
    """Into a file goes what the program wrote; a real terminal adds them itself."""
    config = box.config("sh", "-c", "echo one; echo two; tty >&2")
    config["process"]["terminal"] = True
    assert box.output(config) == "one\ntwo\n/dev/pts/0\n"
    master, slave = pty.openpty()
    with os.fdopen(master, "rb", buffering=0) as ours, os.fdopen(slave) as theirs:
        subprocess.run(box.runtime.argv("run", f"--bundle={box.bundle(config)}", box.name()),
                       stdin=theirs, stdout=theirs, stderr=theirs, check=True, timeout=20)
        assert ours.read(4096).startswith(b"one\r\ntwo\r\n")


# Hooks


def with_hook(box, kind, **hook):
    config = box.config("true")
    config["hooks"] = {kind: [{"path": "/bin/sh", "args": ["sh", "-c", "true"]},
                              {"path": "/bin/sh", **hook}]}
    return config


@pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer",
                                  "startContainer"])
def test_what_a_failing_hook_said_is_told(box, kind):
    done = box.run(with_hook(box, kind, args=["sh", "-c", "echo first; echo reason >&2; exit 3"]),
                   ok=False)
    assert f"error running {kind} hook #1: /bin/sh: exit status 3: first reason" in done.stderr
    # Neither is it the program's output.
    assert done.stdout == ""


def test_a_hook_that_talks_much(box):
    """More than a pipe holds, and then the reason."""
    script = "head -c 1000000 /dev/zero | tr '\\0' x; echo; echo reason; exit 1"
    done = box.run(with_hook(box, "createRuntime", args=["sh", "-c", script]), ok=False)
    assert done.stderr.strip().endswith("reason") and len(done.stderr) < 500


def test_a_hook_that_leaves_something_behind(box):
    """Nobody waits for what it started, although that holds its streams."""
    config = with_hook(box, "createRuntime", args=["sh", "-c", "sleep 5 & exit 0"])
    box.run(config, timeout=4)


@pytest.mark.parametrize("kind, value", [("createRuntime", "runtime"),
                                         ("createContainer", "runtime"),
                                         ("startContainer", "program")])
def test_hooks_without_an_environment_get_one(box, kind, value):
    """The runtime's own, and inside the container the program's."""
    box.runtime.env["WHOSE"] = "runtime"
    config = with_hook(box, kind, args=["sh", "-c", 'test "$WHOSE" = ' + value])
    config["process"]["env"] += ["WHOSE=program"]
    box.run(config)
    # One that names some has only those.
    config = with_hook(box, kind, args=["sh", "-c", 'test -z "$WHOSE" -a "$X" = 1'], env=["X=1"])
    config["process"]["env"] += ["WHOSE=program"]
    box.run(config)


def test_start_hooks_have_no_more_rights_than_the_program(box):
    """What they execute comes from the image."""
    script = "grep -E 'CapEff|NoNew|Seccomp:' /proc/self/status | tr -s '\\t\\n' ' '; exit 1"
    config = with_hook(box, "startContainer", args=["sh", "-c", script])
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    config["process"]["noNewPrivileges"] = True
    told = box.run(config, ok=False).stderr
    assert "CapEff: 0000000000000000" in told, told
    assert "NoNewPrivs: 1" in told and "Seccomp: 2" in told


def test_start_hooks_are_under_the_filter(box):
    config = with_hook(box, "startContainer", args=["sh", "-c", "mkdir /tmp/x"])
    config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL"},
                     {"names": ["pidfd_open"], "action": "SCMP_ACT_ERRNO"}]}
    done = box.run(config, ok=False)
    assert done.returncode == 1
    assert "error running startContainer hook #1: /bin/sh" in done.stderr
    # Without pidfd_open the time is still watched.
    config["hooks"]["startContainer"][1].update(args=["sh", "-c", "exec sleep 100"], timeout=1)
    assert "longer than 1 s" in box.run(config, ok=False).stderr


# The tree


@pytest.mark.parametrize("name", ["proc", "sys"])
def test_a_link_for_proc_or_sys_is_refused(box, name):
    bundle = box.bundle(box.config("true"), own_rootfs=True)
    (bundle / "rootfs" / name).rmdir()
    (bundle / "rootfs" / name).symlink_to("/etc")
    done = box.runtime("run", f"--bundle={bundle}", box.name(), ok=False)
    assert done.returncode == 1
    assert "must be mounted on ordinary directory" in done.stderr


def kernels_mounts():
    text = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if " /proc " in line or " /sys " in line]


def test_without_pivot_no_whole_procfs_is_left(box):
    """Or who has a user namespace of his own could mount a new one, without the masks."""
    script = ("grep -c ' - proc ' /proc/self/mountinfo; "
              "unshare -mrpf mount -t proc none /mnt && echo exposed")
    config = box.config("sh", "-c", script)
    del config["linux"]["seccomp"]
    config["process"]["capabilities"] = {
        s: [*config["process"]["capabilities"]["bounding"], "CAP_SETFCAP"]
        for s in ("bounding", "permitted", "effective")}
    before = kernels_mounts()
    assert "exposed" not in box.run(config, "--no-pivot", ok=False).stdout
    assert kernels_mounts() == before


def test_links_above_proc_are_followed_inside(box):
    config = box.config("cat", "/a/proc/self/comm")
    config["mounts"].append({"destination": "/b/proc", "type": "proc", "source": "proc"})
    bundle = box.bundle(config, own_rootfs=True)
    (bundle / "rootfs/a").mkdir()
    (bundle / "rootfs/b").symlink_to("a")
    assert box.runtime("run", f"--bundle={bundle}", box.name()).stdout == "cat\n"


def test_a_read_only_tmpfs_becomes_so_last(box):
    """What else is mounted and made in it must be possible before."""
    config = box.config()
    for mount in config["mounts"]:
        if mount["destination"] == "/dev":
            mount["options"].append("ro")
    config["mounts"] += [
        {"destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": ["ro", "mode=755"]},
        {"destination": "/run/below", "type": "tmpfs", "source": "tmpfs", "options": ["rw"]}]
    mounts = box.mounts(config)
    assert "ro" in mounts["/dev"].options and "rw" in mounts["/dev/pts"].options
    assert "ro" in mounts["/run"].options and "rw" in mounts["/run/below"].options
    config["process"]["args"] = ["sh", "-c", "test -c /dev/null && ! touch /dev/x && ! touch /run/x"]
    box.run(config)


def test_a_slash_behind_a_device(box):
    config = box.config("sh", "-c", "stat -c %t:%T /made/here /dev/null")
    config["linux"]["devices"] = [
        {"path": "/made/here/", "type": "c", "major": 1, "minor": 5},
        {"path": "/dev/null//", "type": "c", "major": 1, "minor": 3}]
    assert lines(box.run(config, own_rootfs=True)) == ["1:5", "1:3"]


# The command line


def test_delete_by_expression(box):
    names = [box.create(box.config("true")) for _ in range(3)]
    first = f"^({names[0]}|{names[1]})$"
    box.runtime("delete", "--regex", first)
    assert [n for n in names if (box.runtime.root / n).exists()] == names[2:]
    box.runtime("delete", "--regex", "nothing of that name")
    done = box.runtime("delete", "--regex", "(", ok=False)
    assert done.returncode == 2 and "regular expression" in done.stderr
    box.runtime("delete", "--force", "--regex", f"{names[2][:-1]}.")
    box.check_nothing_left()


def test_a_namespace_with_an_empty_path_is_new(box):
    config = box.config("readlink", "/proc/self/ns/uts")
    for namespace in config["linux"]["namespaces"]:
        namespace["path"] = ""
    assert box.output(config).strip() != os.readlink("/proc/self/ns/uts")


@pytest.fixture
def machine_log(box):
    """Sockets at the places of the machine's logs, in a mount namespace of the runtime's."""
    folder = box.make_folder("log")
    listeners = {}
    for name in "syslog", "journald":
        listeners[name] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listeners[name].bind(str(folder / name))
        listeners[name].settimeout(5)
    script = (f"mkdir {folder}/run {folder}/dev && mount -t tmpfs tmpfs {folder}/run && "
              f"mkdir -p {folder}/run/systemd/journal && "
              f"ln -s {folder}/journald {folder}/run/systemd/journal/socket && "
              f"mount --bind {folder}/run /run && mount -t tmpfs tmpfs {folder}/dev && "
              f"ln -s {folder}/syslog {folder}/dev/log && touch {folder}/dev/null && "
              f"mount --bind /dev/null {folder}/dev/null && mount --rbind {folder}/dev /dev && "
              'exec "$@"')
    yield listeners, ["unshare", "--mount", "sh", "-c", script, "sh"]
    for listener in listeners.values():
        listener.close()


def test_the_machines_log(box, machine_log):
    listeners, prefix = machine_log
    box.runtime.prefix = prefix
    box.runtime.options = ("--log=journald:web\none",)
    done = box.runtime("state", "a\nb", ok=False)
    assert listeners["journald"].recv(4096).decode().splitlines() == [
        "PRIORITY=3", "SYSLOG_IDENTIFIER=web?one",
        'MESSAGE="a?b" is no container id (use letters, digits and _+-., no dot in front)']
    assert "is no container id" in done.stderr


def test_the_machines_log_by_syslog(box, machine_log):
    listeners, prefix = machine_log
    box.runtime.prefix = prefix
    box.runtime.options = ("--log=syslog:",)
    box.runtime("state", "nosuch", ok=False)
    text = listeners["syslog"].recv(4096).decode()
    assert re.fullmatch(r'<27>\w{3} [ \d]\d \d\d:\d\d:\d\d atomic-runtime\[\d+\]: '
                        r'container "nosuch" does not exist', text), text


def test_no_log_of_the_machine(box):
    """Then it is standard error, as ever."""
    box.runtime.prefix = ["unshare", "--mount", "sh", "-c",
                          'mount -t tmpfs tmpfs /run && exec "$@"', "sh"]
    box.runtime.options = ("--log=journald:web",)
    assert "does not exist" in box.runtime("state", "nosuch", ok=False).stderr


def test_words_for_a_wrong_id(box):
    done = box.runtime("state", "a/b", ok=False)
    assert "invalid character `/` in the ID" in done.stderr


def test_a_hostname_is_no_sysctl(box):
    """There is a member for it."""
    config = box.config("true")
    config["linux"]["sysctl"] = {"kernel.hostname": "other"}
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "linux.sysctl.kernel.hostname" in done.stderr
    config["linux"]["sysctl"] = {"kernel.domainname": "example.org"}
    config["process"]["args"] = ["cat", "/proc/sys/kernel/domainname"]
    assert box.output(config) == "example.org\n"
