"""The command line over the bus, and what it does when there is none."""
import json
import shutil
import signal
import subprocess

import pytest
from private_bus import HERE, LIMIT_S, as_user, stop, wait_until


@pytest.fixture
def allowed(bus, hostd, actions):
    bus.allow(*actions)
    return bus


@pytest.fixture
def held(allowed, folder):
    """A job of this process that runs until it is cancelled."""
    job = allowed.watch.ask("Upgrade", ['{"type":"phase","phase":"pull"}', f"hold {folder}/held"])
    wait_until((folder / "held").exists, "the worker")
    return job


def start(bus, *argv):
    return subprocess.Popen(bus.atomic(*argv), env=bus.env, cwd="/", stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_line(stream, words):
    """Read lines up to the one with `words`; returns them."""
    lines = []
    for line in stream:
        lines.append(line)
        if words in line:
            return "".join(lines)
    pytest.fail(f"no line with {words!r} in {''.join(lines)}")


def test_result_as_text_and_json(allowed):
    text = allowed.run_atomic("host", "deploy", "7")
    assert (text.returncode, text.stdout) == (0, "done\n"), text.stderr
    quiet = allowed.run_atomic("host", "deploy", "7", "-q")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    result = json.loads(allowed.run_atomic("host", "deploy", "7", "--json", "--reboot").stdout)
    assert result["code"] == "ok"
    assert result["data"]["request"] == {
        "verb": "deploy", "sysroot": "/", "options": {"commit": "7", "reboot": True}}


def test_waits_and_says_so(allowed, held):
    second = start(allowed, "host", "pin", "0")
    assert "Waiting for another change" in wait_for_line(second.stderr, "Waiting")
    allowed.watch.cancel(held)
    out, errors = second.communicate(timeout=LIMIT_S)
    assert (second.returncode, out) == (0, "done\n"), errors


def test_no_wait(allowed, held):
    refused = allowed.run_atomic("host", "pin", "0", "--no-wait")
    assert refused.returncode == 15
    assert "another change is under way" in refused.stderr
    assert "hint: wait for it without --no-wait" in refused.stderr
    as_json = allowed.run_atomic("host", "pin", "0", "--no-wait", "--json")
    assert json.loads(as_json.stdout)["code"] == "busy"
    assert as_json.returncode == 15


def test_ctrl_c_cancels_a_waiting_change(allowed, held):
    second = start(allowed, "host", "pin", "0")
    wait_for_line(second.stderr, "Waiting")
    second.send_signal(signal.SIGINT)
    _, errors = second.communicate(timeout=LIMIT_S)
    assert second.returncode == 16
    assert "Cancelling" in errors
    assert "cancelled before it began" in errors
    assert allowed.watch.properties(held)["State"] == "running"


def test_cancelled_by_someone_else(allowed, held):
    second = start(allowed, "host", "pin", "0")
    wait_for_line(second.stderr, "Waiting")
    done = allowed.run_atomic("host", "cancel", "--all")
    assert done.stdout == "cancelling job 2 (pin)\ncancelling job 1 (upgrade)\n"
    second.communicate(timeout=LIMIT_S)
    assert second.returncode == 16
    assert allowed.watch.wait_finished(held)[0] == "cancelled"


def test_hostd_dies(allowed, hostd, held):
    second = start(allowed, "host", "pin", "0")
    wait_for_line(second.stderr, "Waiting")
    assert stop(hostd, signal.SIGKILL) == -signal.SIGKILL
    _, errors = second.communicate(timeout=LIMIT_S)
    assert second.returncode == 20
    assert "hostd ended before the job did" in errors
    assert "hint:" in errors


def test_hostd_cannot_be_started(bus):
    failed = bus.run_atomic("host", "pin", "0")
    assert failed.returncode == 23
    assert "error: Pinning: " in failed.stderr
    assert "hint: as root the change is made without hostd" in failed.stderr


def test_no_bus(bus):
    bus.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={bus.folder}/none"
    failed = bus.run_atomic("host", "pin", "0")
    assert failed.returncode == 23
    assert "connecting to the system bus" in failed.stderr


@pytest.fixture
def atomic_with_stand_in(bus, folder):
    """A copy of the program with the stand-in as the worker beside it, and no bus."""
    programs = folder / "programs"
    programs.mkdir()
    shutil.copy(bus.bin_dir / "atomic", programs / "atomic")
    shutil.copy(HERE / "stand_in_worker.py", programs / "hostd-worker")
    bus.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={folder}/none"
    return programs / "atomic"


@pytest.mark.root
def test_root_needs_no_bus(bus, atomic_with_stand_in):
    done = subprocess.run([atomic_with_stand_in, "host", "pin", "0", "--json"], env=bus.env,
                          capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"]["request"] == {
        "verb": "pin", "sysroot": "/", "options": {"deployment": "0"}}


def test_another_sysroot_needs_no_bus(bus, folder, atomic_with_stand_in):
    done = subprocess.run(as_user([atomic_with_stand_in, "host", "upgrade", "--json",
                                   f"--sysroot={folder}"]),
                          env=bus.env, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"]["request"]["sysroot"] == str(folder)


def test_reboot_after_a_change(allowed):
    for verb in ("rollback", "upgrade"):
        assert allowed.run_atomic("host", verb, "--reboot").returncode == 0
    wait_until(lambda: allowed.asked().count("reboot False") == 2, "logind")


def test_no_reboot_after_looking_or_failing(allowed):
    assert allowed.run_atomic("host", "upgrade", "--check", "--reboot").returncode == 0
    for script in (["crash"], ['{"type":"result","code":"nothing","message":""}']):
        job = allowed.watch.ask("Upgrade", script, reboot=True)
        allowed.watch.wait_finished(job)
    # A change that reboots comes last: had another one asked, there were two.
    assert allowed.run_atomic("host", "rollback", "--reboot").returncode == 0
    wait_until(lambda: "reboot False" in allowed.asked(), "logind")
    assert allowed.asked().count("reboot False") == 1

