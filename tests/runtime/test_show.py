"""What people look at: ps, list, events, and limits changed by hand."""
import json
import pathlib
import subprocess

import pytest

from test_cgroups import until

pytestmark = pytest.mark.root


def test_ps_shows_what_ps_shows(box):
    name, pid = box.start(box.config("sleep 1000 & exec sleep 2000"))
    children = f"/proc/{pid}/task/{pid}/children"
    head, *lines = box.runtime("ps", name).stdout.splitlines()
    assert head.split() == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
    rows = {fields[1]: fields for fields in (line.split() for line in lines)}
    first = rows.pop(str(pid))
    assert first[0] == "root" and first[5] == "?" and first[-2:] == ["sleep", "2000"]
    with open(children, encoding="ascii") as file:
        (child,) = file.read().split()
    # It may not have executed its own program yet.
    command = pathlib.Path(f"/proc/{child}/cmdline")
    until(lambda: command.read_bytes() == b"sleep\0" b"1000\0")
    rows = {fields[1]: fields for fields in
            (line.split() for line in box.runtime("ps", name).stdout.splitlines())}
    assert rows[child][2] == str(pid) and rows[child][-2:] == ["sleep", "1000"]


def test_ps_cannot_be_fooled(box):
    """Arguments that would move the cursor, or end a name."""
    name, pid = box.start(box.config("sh", "-c", "sleep 1000; :", "\033[2J", "a\nb", ") S 1"))
    text = box.runtime("ps", name).stdout
    assert f" {pid} " in text
    assert text.splitlines()[1].endswith("sh -c sleep 1000; : ?[2J a?b ) S 1")


def test_list_of_running_and_created(box):
    running, pid = box.start(box.config("sleep", "1000"))
    created = box.create(box.config("sleep", "1000"))
    lines = [line.split() for line in box.runtime("list").stdout.splitlines()[1:]]
    shown = {line[0]: line[1:3] for line in lines}
    assert shown[running] == [str(pid), "running"]
    assert shown[created][1] == "created"


def test_events_until_the_end(box):
    """Statistics at each interval; it ends with the container."""
    name, _ = box.start(box.config("sleep", "1000"))
    with subprocess.Popen(box.runtime.argv("events", "--interval=20ms", name), text=True,
                          stdout=subprocess.PIPE) as events:
        for _ in range(3):
            event = json.loads(events.stdout.readline())
            assert (event["type"], event["id"]) == ("stats", name)
            assert event["data"]["pids"]["current"] >= 1
        box.runtime("kill", name, "KILL")
        events.stdout.read()
        assert events.wait(10) == 0


def test_update_by_hand(box):
    name, _ = box.start(box.config("sleep", "1000"))
    box.runtime("update", "--memory=64m", "--pids-limit", "7", "--cpu-share=512", name)
    data = json.loads(box.runtime("events", "--stats", name).stdout)["data"]
    assert data["memory"]["usage"]["limit"] == 64 << 20
    assert data["pids"]["limit"] == 7


def test_pause_and_resume_only_once(box):
    """As runc and crun refuse it."""
    name, _ = box.start(box.config("sleep", "1000"))
    assert "is not paused: it is running" in box.runtime("resume", name, ok=False).stderr
    box.runtime("pause", name)
    done = box.runtime("pause", name, ok=False)
    assert done.returncode == 1 and "is not running: it is paused" in done.stderr
    box.runtime("resume", name)
    assert box.runtime.state(name)["status"] == "running"


def test_debug_tells_the_steps(box):
    done = box.runtime("--debug", "run", f"--bundle={box.bundle(box.config('true'))}", box.name())
    lines = done.stderr.splitlines()
    steps = [line.removeprefix("debug: ") for line in lines if line.startswith("debug: step ")]
    assert steps[0] == "step 1: new session"
    assert steps[-1] == f'step {len(steps)}: exec "true"'
