"""What a kill -9 leaves is found and removed by the next command.

ATOMIC_KILL_ROUNDS says how many rounds of random kills there are (a few, unless it is set).
"""
import json
import os
import random
import signal
import time

import pytest

from containers import kill_tree, wait_until

pytestmark = [pytest.mark.root, pytest.mark.slow]

ROUNDS = int(os.environ.get("ATOMIC_KILL_ROUNDS", "12"))


def test_killed_monitor(box):
    name = box.daemon("one", "-m", "64m")
    pid = box.state("one")["Pid"]
    kill_tree(box.monitor("one"))
    done = box.call("ps", "-a", "--format", "{{.Names}} {{.State}}")
    assert done.stdout == "one exited\n"
    assert "one: its monitor was killed" in done.stderr
    wait_until(lambda: pid not in box.processes() and not os.path.exists(f"/proc/{pid}"),
               "the end of its process")
    assert not (box.run_root / "runtime" / name).exists()
    state = box.state("one")
    assert (state["ExitCode"], state["Error"]) == (137, "its monitor was killed")
    box("start", "one")
    assert box("exec", "one", "echo", "again") == "again"


def test_killed_monitor_of_rm(box):
    box.daemon("one", "--rm")
    kill_tree(box.monitor("one"))
    assert box.names() == []
    # The name is free even for who does not look first.
    box.daemon("two", "--rm")
    kill_tree(box.monitor("two"))
    box.daemon("two", "--rm")


@pytest.mark.parametrize("words", [["stop"], ["start"], ["rm"], ["restart", "-t", "0"]])
def test_first_command_after_a_kill(box, words):
    box.daemon("one")
    kill_tree(box.monitor("one"))
    box(*words, "one")
    assert box.names() == ([] if words == ["rm"] else ["one"])
    if words[0] in ("start", "restart"):
        assert box.state("one")["Running"]


def test_attached_to_a_killed_monitor(box):
    child = box.start("run", "--name", "one", "--network", "none", "busybox", "sh", "-c",
                      "echo ready; sleep 1000")
    assert child.stdout.readline() == "ready\n"
    kill_tree(box.monitor("one"))
    assert child.wait(timeout=60) == 125
    assert "was killed" in child.stderr.read()


def test_killed_client(box):
    """The container goes on; one of --rm is removed at its end."""
    child = box.start("run", "--rm", "--name", "one", "--network", "none", "busybox", "sh", "-c",
                      "echo ready; sleep 1000")
    assert child.stdout.readline() == "ready\n"
    child.kill()
    child.wait()
    assert box.state("one")["Running"]
    box("kill", "one")
    wait_until(lambda: box.names() == [], "the removal")


def test_reboot(box):
    """The run root is empty then; states on the disk still say that something runs."""
    box.daemon("one")
    box.daemon("two", "--rm")
    for name in ("one", "two"):
        pid = box.state(name)["Pid"]
        kill_tree(box.monitor(name))
        kill_tree(pid)
    box("ps")  # what a boot does for cgroups
    folder = box.root / "containers" / box.look("one", "{{.Id}}")
    state = json.loads((folder / "state.json").read_text())
    state["status"] = "running"
    (folder / "state.json").write_text(json.dumps(state))
    for path in (box.run_root / "containers").glob("*/*"):
        path.unlink()
    assert box.names() == ["one"]
    assert box.state("one")["Status"] == "exited"
    box("start", "one")


def victims(box, child):
    """Our process, and what it has started, in an order of chance."""
    found = [child.pid, *(pid for pid, command in box.processes().items()
                          if any(name in command for name in ("atomic-monitor", "atomic-runtime",
                                                              "container cleanup")))]
    random.shuffle(found)
    return found


def test_random_kills(box):
    """Kill any of the programs at any moment: afterwards all can be used and nothing is left."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    random.seed(seed)
    for turn in range(ROUNDS):
        kind = random.choice((["run", "--rm"], ["run", "-d"], ["run", "-d", "--rm"], ["run"]))
        child = box.start(*kind, "--name", "victim", "--network", "none", "busybox", "sleep", "0.2")
        time.sleep(random.uniform(0, 0.15))
        for pid in victims(box, child)[:random.choice((1, 1, 2, 9))]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        child.communicate(timeout=120)
        box("ps", "-a")
        # Whatever is left of it has a name and can be removed.
        box("rm", "-f", "victim")
        assert box.names() == [], turn
        assert box.run("busybox", "echo", "works") == "works"
        wait_until(lambda: not box.processes(), f"the end of {box.processes()}")
