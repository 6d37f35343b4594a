"""Filters in force: errors, ENOSYS for what a profile cannot know, other architectures, an agent."""
import array
import errno
import fcntl
import json
import os
import re
import socket
import struct
import subprocess
import threading

import pytest

pytestmark = pytest.mark.root

ASK = r"""
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
/* Prints the errno of each system call number given. */
int main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    printf ("%d\n", syscall (atol (argv[i]), -1L, 0, 0, 0, 0, 0) < 0 ? errno : 0);
  return 0;
}
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """A static program that tells what system calls answer."""
    folder = tmp_path_factory.mktemp("ask")
    (folder / "ask.c").write_text(ASK)
    subprocess.run(["cc", "-static", "-o", folder / "ask", folder / "ask.c"], check=True)
    return folder / "ask"


def with_program(box, program, *args):
    config = box.config("/ask", *args)
    config["mounts"].append({"destination": "/ask", "type": "bind", "source": str(program),
                             "options": ["bind", "ro"]})
    return config


def answers(box, config):
    return [int(line) for line in box.output(config).split()]


def test_errors_and_newer_calls(box, ask):
    """EPERM for what the profile could have named, ENOSYS for what it could not."""
    config = with_program(box, ask)
    profile = config["linux"]["seccomp"]
    profile["defaultErrnoRet"] = 1
    newest = subprocess.run(["cc", "-E", "-dM", "-include", "asm/unistd_64.h", "-x", "c", os.devnull],
                            check=True, capture_output=True, text=True).stdout
    numbers = dict(re.findall(r"#define __NR_(\w+) (\d+)", newest))
    named = {name for rule in profile["syscalls"] for name in rule["names"]}
    last = max(int(numbers[name]) for name in named if name in numbers)
    config["process"]["args"] = ["/ask", numbers["sethostname"], str(last + 1), "5000",
                                 numbers["getppid"]]
    assert answers(box, config) == [errno.EPERM, errno.ENOSYS, errno.ENOSYS, 0]


def test_actions_and_arguments(box, ask):
    config = with_program(box, ask, "83", "32", "32")  # mkdir, dup
    config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [
            {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77},
            {"names": ["dup"], "action": "SCMP_ACT_ERRNO", "errnoRet": 78, "args": [
                {"index": 0, "value": 2**64 - 1, "op": "SCMP_CMP_EQ"}]}]}
    assert answers(box, config) == [77, 78, 78]
    config["linux"]["seccomp"]["syscalls"][0]["action"] = "SCMP_ACT_KILL_PROCESS"
    del config["linux"]["seccomp"]["syscalls"][0]["errnoRet"]
    assert box.run(config, ok=False).returncode == 128 + 31


def test_exec_is_filtered_too(box):
    config = box.config("sleep", "1000")
    config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}
    name, _ = box.start(config)
    done = box.runtime("exec", name, "mkdir", "/tmp/x", ok=False)
    assert done.returncode == 1 and "No space left" in done.stderr
    assert "Seccomp:\t2" in box.runtime("exec", name, "grep", "Seccomp:", "/proc/self/status").stdout


def test_a_known_profile_is_not_compiled(box, folder):
    """The second start does not load libseccomp."""
    config = box.config("true")
    box.run(config)
    bundle = box.bundle(config)
    trace = folder / "trace"
    # Under strace nothing else can trace, and a sanitizer's search for leaks would.
    box.runtime.env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    box.runtime.prefix = ("strace", "-f", "-o", str(trace), "-e", "trace=openat,seccomp")
    box.run(bundle)
    box.runtime.prefix = ()
    text = trace.read_text(encoding="utf-8")
    assert "SECCOMP_SET_MODE_FILTER" in text
    assert "libseccomp" not in text


class Agent:
    """Listens as a seccomp agent does: the state and the listener come in one message."""

    def __init__(self, path):
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen(1)
        self.state = None
        self.listeners = []
        self.thread = threading.Thread(target=self.receive, daemon=True)
        self.thread.start()

    def receive(self):
        connection, _ = self.server.accept()
        fds = array.array("i")
        data, control, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(fds.itemsize * 4))
        for level, kind, payload in control:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds.frombytes(payload[:len(payload) - len(payload) % fds.itemsize])
        self.listeners = list(fds)
        self.state = json.loads(data)
        connection.close()

    def close(self):
        for fd in self.listeners:
            os.close(fd)
        self.server.close()


def test_agent_gets_the_listener(box, folder):
    """Specification, config-linux.md, "The Container Process State"."""
    agent = Agent(folder / "agent")
    config = box.config("sleep", "1000")
    config["annotations"] = {"a": "b"}
    config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": str(folder / "agent"),
        "listenerMetadata": "of mine",
        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}
    name, pid = box.start(config)
    agent.thread.join(20)
    assert agent.state["fds"] == ["seccompFd"] and len(agent.listeners) == 1
    assert agent.state["pid"] == pid and agent.state["metadata"] == "of mine"
    state = agent.state["state"]
    assert state["id"] == name and state["pid"] == pid and state["annotations"] == {"a": "b"}
    assert state["status"] == "creating"
    assert os.readlink(f"/proc/self/fd/{agent.listeners[0]}") == "anon_inode:seccomp notify"
    agent.close()


def test_agent_that_is_not_there(box, folder):
    config = box.config("true")
    config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": str(folder / "nobody"),
        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}
    done = box.run(config, ok=False)
    assert done.returncode != 0 and "linux.seccomp.listenerPath" in done.stderr
    assert "failed to connect with seccomp agent" in done.stderr


def test_listener_without_a_call_for_it(box, folder):
    """Who gives a path gets the listener, as with crun."""
    agent = Agent(folder / "agent")
    config = box.config("true")
    config["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
                                  "listenerPath": str(folder / "agent")}
    box.run(config)
    agent.thread.join(20)
    assert agent.state["fds"] == ["seccompFd"] and len(agent.listeners) == 1
    agent.close()


def answer_with(listener, error):
    """Answer one call as an agent does (seccomp_unotify(2)), with an error."""
    receive, send = 0xC0502100, 0xC0182101
    request = bytearray(80)
    fcntl.ioctl(listener, receive, request)
    cookie = struct.unpack_from("Q", request)[0]
    fcntl.ioctl(listener, send, struct.pack("QqiI", cookie, 0, -error, 0))


def test_agent_answers(box, folder):
    """Of the container's own process, and of a further one, which has a listener of its own."""
    first = Agent(folder / "agent")
    config = box.config("mkdir /tmp/x 2>&1; sleep 1000")
    config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": str(folder / "agent"),
        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}
    name, _ = box.start(config)
    first.thread.join(20)
    answer_with(first.listeners[0], errno.ENOMEDIUM)
    first.close()
    (folder / "agent").unlink()
    second = Agent(folder / "agent")
    with subprocess.Popen(box.runtime.argv("exec", name, "mkdir", "/tmp/y"), text=True,
                          stderr=subprocess.PIPE) as further:
        second.thread.join(20)
        answer_with(second.listeners[0], errno.ENOMEDIUM)
        assert "No medium found" in further.communicate(timeout=20)[1]
    second.close()


def test_other_architecture(box):
    """A program of 32 bits is filtered by its own numbers."""
    if subprocess.run(["cc", "-m32", "-x", "c", "-c", "-o", os.devnull, "-"], input="int x;",
                      text=True, capture_output=True, check=False).returncode != 0:
        pytest.skip("the compiler makes no programs of 32 bits")
    source = ('__attribute__((used)) void _start (void) { int r; '
              '__asm__ volatile ("int $0x80" : "=a" (r) : "a" (39), "b" (0), "c" (0)); '
              '__asm__ volatile ("int $0x80" : : "a" (1), "b" (-r)); }')
    program = box.folder / "ask32"
    subprocess.run(["cc", "-m32", "-nostdlib", "-static", "-fno-pie", "-no-pie", "-x", "c", "-o",
                    program, "-"], input=source, text=True, check=True)
    config = with_program(box, program)
    config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77}]}
    assert box.run(config, ok=False).returncode == 77
