"""Start, stop, restart, pause, remove: states, and who restarts what."""
import json
import subprocess

import pytest

from containers import wait_until

pytestmark = pytest.mark.root

TRAP = "trap 'echo stopping; exit 3' TERM; echo ready; while :; do sleep 0.05; done"


def test_start_stop_rm(box):
    name = box.daemon("one", command=["sh", "-c", TRAP])
    wait_until(lambda: "ready" in box("logs", "one"), "the trap")
    assert box.state("one")["Status"] == "running"
    assert "is running" in box.fails("rm", "one")
    assert box("stop", "one") == "one"
    state = box.state("one")
    assert (state["Status"], state["ExitCode"], state["Pid"]) == ("exited", 3, 0)
    assert box("logs", "one") == "ready\nstopping"
    assert box("start", name[:12]) == name[:12]
    assert box.state("one")["Running"]
    box("stop", "-t", "0", "one")
    assert box.state("one")["ExitCode"] == 137
    assert box("rm", "one") == "one"
    assert "No such container: one" in box.fails("stop", "one")


def test_stop_kills_in_the_end(box):
    box.daemon("deaf", command=["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"])
    box("stop", "-t", "1", "deaf")
    assert box.state("deaf")["ExitCode"] == 137


def test_stop_signal(box):
    box.daemon("int", "--stop-signal", "INT", command=["sh", "-c", TRAP.replace("TERM", "INT")])
    wait_until(lambda: "ready" in box("logs", "int"), "the trap")
    box("stop", "int")
    assert box.state("int")["ExitCode"] == 3


def test_kill_and_wait(box):
    box.daemon("one")
    waiter = box.start("wait", "one")
    box("kill", "-s", "KILL", "one")
    assert waiter.communicate(timeout=60)[0] == "137\n"
    assert box("wait", "one") == "137"
    assert "is not running" in box.fails("kill", "one")
    assert "unknown signal" in box.fails("kill", "-s", "NOPE", "one")


def test_pause(box):
    box.daemon("one")
    box("pause", "one")
    assert box.state("one")["Status"] == "paused"
    assert "(Paused)" in box("ps")
    assert "is paused" in box.fails("exec", "one", "true")
    assert "already paused" in box.fails("pause", "one")
    box("unpause", "one")
    assert box("exec", "one", "echo", "again") == "again"
    # One that is paused can be stopped.
    box("pause", "one")
    box("stop", "-t", "0", "one")
    assert box.state("one")["ExitCode"] == 137


def test_restart_keeps_files(box):
    box.daemon("one")
    box("exec", "one", "touch", "/kept")
    before = box.state("one")["Pid"]
    box("restart", "-t", "0", "one")
    assert box.state("one")["Pid"] != before
    assert box("exec", "one", "ls", "/kept") == "/kept"


def test_policy_on_failure(box):
    box.daemon("fails", "--restart", "on-failure:2", command=["sh", "-c", "echo run; exit 4"])
    assert box("wait", "fails") == "4"
    assert box("logs", "fails").count("run") == 3
    assert box.look("fails", "{{.RestartCount}}") == "2"
    box.daemon("works", "--restart", "on-failure", command=["true"])
    assert box("wait", "works") == "0"
    assert box.look("works", "{{.RestartCount}}") == "0"


def test_policy_always(box):
    box.daemon("always", "--restart", "always", command=["sh", "-c", "echo run; sleep 0.05"])
    wait_until(lambda: box("logs", "always").count("run") >= 3, "a third run")
    box("stop", "-t", "0", "always")
    runs = box("logs", "always").count("run")
    assert box.state("always")["Status"] == "exited"
    box("update", "--restart", "no", "always")
    box("start", "always")
    assert box("wait", "always") == "0"
    assert box("logs", "always").count("run") == runs + 1


def test_health(box):
    box.daemon("one", "--health-cmd", "test -e /well", "--health-interval", "100ms",
               "--health-retries", "1")
    wait_until(lambda: box.state("one")["Health"]["Status"] == "unhealthy", "a failure")
    box("exec", "one", "touch", "/well")
    wait_until(lambda: box.state("one")["Health"]["Status"] == "healthy", "health")
    assert "(healthy)" in box("ps")
    assert box("ps", "-q", "--filter", "health=healthy") != ""
    assert box.state("one")["Health"]["Log"][-1]["ExitCode"] == 0


def test_late_health_check(box):
    box.daemon("slow", "--health-cmd", "echo begun; sleep 100", "--health-interval", "100ms",
               "--health-timeout", "200ms", "--health-retries", "1")
    wait_until(lambda: box.state("slow")["Health"]["Status"] == "unhealthy", "a timeout")
    assert "timeout" in box.state("slow")["Health"]["Log"][-1]["Output"]


def test_rename(box):
    box.daemon("before")
    box.daemon("other")
    box("rename", "before", "after")
    assert box("exec", "after", "echo", "x") == "x"
    assert "is used by" in box.fails("rename", "after", "other")


def test_update_changes_limits(box):
    box.daemon("one", "-m", "64m")
    box("update", "-m", "128m", "--memory-swap", "256m", "one")
    assert box.look("one", "{{.HostConfig.Memory}}") == str(128 << 20)
    assert "nothing was said" in box.fails("update", "one")


def test_auto_remove(box):
    name = box.daemon("gone", "--rm")
    box("stop", "-t", "0", "gone")
    assert box.names() == []
    assert not (box.root / "containers" / name).exists()
    # Nobody is attached: the monitor sees to it.
    box.daemon("short", "--rm", command=["true"])
    wait_until(lambda: "short" not in box.names(), "the removal")


def test_rm_of_several(box):
    box.daemon("aa")
    box.daemon("bb")
    done = box.call("rm", "-f", "aa", "nosuch", "bb")
    assert done.stdout == "aa\nnosuch\nbb\n" and done.returncode == 0
    box.daemon("cc")
    done = box.call("stop", "-t", "0", "nosuch", "cc")
    assert done.stdout == "cc\n" and done.returncode == 1
    assert "No such container: nosuch" in done.stderr


def test_prune(box):
    box.daemon("runs")
    name = box("create", "--name", "ended", "busybox")
    text = box("container", "prune", "-f")
    assert text.startswith(f"Deleted Containers:\n{name}\n\nTotal reclaimed space: ")
    assert box.names() == ["runs"]


def test_events(box):
    name = box.daemon("one", "-l", "a=b")
    box("kill", "one")
    box("wait", "one")
    lines = box("events", "--since", "1h", "--until", "0s", "--filter", f"container={name}", "--format",
                "{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}").splitlines()
    assert [line.split()[0] for line in lines][:2] == ["create", "start"]
    assert sorted(line.split()[0] for line in lines)[1:3] == ["die", "kill"]
    assert "die one 137" in lines
    follower = box.start("events", "--filter", "event=start", "--format", "json")
    box.daemon("two")
    assert json.loads(follower.stdout.readline())["Actor"]["Attributes"]["name"] == "two"
    follower.kill()
    follower.wait()


def test_one_command_at_a_time(box):
    """Many at once on one container: each finds it in a state that makes sense."""
    box.daemon("one")
    children = [box.start("restart", "-t", "0", "one") for _ in range(5)]
    assert [child.wait(timeout=120) for child in children] == [0] * 5
    assert box.state("one")["Running"]
    children = [box.start("rm", "-f", "one") for _ in range(3)]
    assert [child.wait(timeout=120) for child in children] == [0] * 3


def test_many_at_once(box):
    children = [box.start("run", "--rm", "--network", "none", "busybox", "echo", str(i))
                for i in range(20)]
    out = [child.communicate(timeout=240) for child in children]
    assert [text for text, _ in out] == [f"{i}\n" for i in range(20)], out
    assert box.names() == []


def test_docker_is_the_same_program(box):
    assert box("ps", name="docker").startswith("CONTAINER ID   IMAGE")
    text = box("--help", name="docker")
    assert text.startswith("Usage:  docker [OPTIONS] COMMAND") and "\n  run " in text
    assert "\n  host " not in text and "\n  host " in box("--help")
    assert box("--version", name="docker").startswith("Docker version ")
    assert 'no verb "nosuch"' in box.fails("nosuch", name="docker")
    assert 'no verb "host"' in box.fails("host", "status", name="docker")


def test_ordinary_user(box):
    done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", box.bin / "atomic", "ps"],
                          env=box.env, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "rights of root" in done.stderr


def test_shutdown_and_boot(box):
    for policy in ("always", "unless-stopped", "no", "on-failure"):
        box.daemon(policy, "--restart", policy, "--stop-timeout", "0")
    for policy in ("always", "unless-stopped"):
        box.daemon(f"stopped-{policy}", "--restart", policy)
        box("stop", "-t", "0", f"stopped-{policy}")
    box("create", "--name", "created", "--restart", "always", "busybox")
    box("container", "shutdown")
    assert box("ps", "-q") == ""
    # The youngest first.
    ends = [box.state(name)["FinishedAt"] for name in ("on-failure", "no", "unless-stopped", "always")]
    assert ends == sorted(ends)
    box("container", "boot")
    assert set(box("ps", "--format", "{{.Names}}").split()) \
        == {"always", "unless-stopped", "stopped-always"}


def test_restart_of_auto_remove(box):
    box.daemon("one", "--rm")
    box("exec", "one", "touch", "/kept")
    box("restart", "-t", "0", "one")
    assert box("exec", "one", "ls", "/kept") == "/kept"
    box("stop", "-t", "0", "one")
    assert box.names() == []
