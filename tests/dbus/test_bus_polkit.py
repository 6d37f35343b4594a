"""Who may do what. The callers are ordinary users; polkit is a stand-in."""
import subprocess

import pytest
from private_bus import wait_until


@pytest.mark.parametrize("verb, words", [
    ("upgrade", []), ("rollback", []), ("deploy", ["1"]), ("rebase", ["a:b"]), ("pin", ["0"]),
    ("unpin", ["0"]), ("cleanup", []), ("kargs", ["--append=a"])])
def test_every_change_needs_its_action(bus, hostd, actions, verb, words):
    bus.allow(*(action for action in actions if action != verb))
    denied = bus.run_atomic("host", verb, *words)
    assert denied.returncode == 19, denied.stderr
    assert f"not allowed to do org.atomichost.host1.{verb}" in denied.stderr
    assert "hint:" in denied.stderr
    assert list(bus.watch.call("ListJobs")) == []

    bus.allow(verb)
    allowed = bus.run_atomic("host", verb, *words)
    assert allowed.returncode == 0, allowed.stderr
    questions = [line.split()[0] for line in bus.asked()]
    assert questions == [f"org.atomichost.host1.{verb}"] * 2


@pytest.mark.parametrize("option", ["--check", "--preview"])
def test_looking_needs_an_action_of_its_own(bus, hostd, option):
    bus.allow("check")
    assert bus.run_atomic("host", "upgrade", option).returncode == 0
    assert bus.run_atomic("host", "upgrade").returncode == 19


def test_polkit_may_ask_the_user_of_the_command_line(bus, hostd):
    bus.allow("pin")
    bus.run_atomic("host", "pin", "0")
    assert bus.asked()[0].endswith("flags 1")


def test_reading_is_free(bus, hostd):
    bus.allow()
    before = bus.asked()
    listing = bus.run_atomic("host", "cancel")
    assert (listing.returncode, listing.stdout) == (77, "no change is under way\n")
    assert bus.asked() == before


def test_without_polkit_ordinary_users_are_denied(bus, hostd):
    services = bus.processes[1]
    services.terminate()
    services.wait(60)
    bus.wait_for_name("org.freedesktop.PolicyKit1", there=False)
    denied = bus.run_atomic("host", "pin", "0")
    assert denied.returncode == 19
    assert "polkit cannot be asked" in denied.stderr
    assert "sudo" in denied.stderr


@pytest.fixture
def foreign_job(bus, hostd, folder):
    """A job of root."""
    job = bus.watch.ask("Upgrade", [f"hold {folder}/held"])
    wait_until((folder / "held").exists, "the worker")
    return job


@pytest.mark.root
def test_root_is_not_asked(bus, foreign_job):
    assert bus.asked() == []


@pytest.mark.root
def test_cancelling_what_others_asked_for_needs_an_action(bus, foreign_job):
    bus.allow()
    denied = bus.run_atomic("host", "cancel")
    assert denied.returncode == 19
    assert bus.watch.properties(foreign_job)["State"] == "running"
    bus.allow("cancel")
    done = bus.run_atomic("host", "cancel")
    assert (done.returncode, done.stdout) == (0, "cancelling job 1 (upgrade)\n")
    assert bus.watch.wait_finished(foreign_job)[0] == "cancelled"


def test_cancelling_ones_own_needs_none(bus, hostd, folder):
    bus.allow("upgrade")
    command = ["busctl", f"--address={bus.address}", "call", "org.atomichost.Host1",
               "/org/atomichost/Host1", "org.atomichost.Host1.Manager", "Upgrade", "a{sv}", "1",
               "script", "as", "1", f"hold {folder}/held"]
    bus.spawn(*command, stdout=subprocess.DEVNULL).wait(60)
    wait_until((folder / "held").exists, "the worker")
    bus.allow()
    done = bus.run_atomic("host", "cancel")
    assert done.returncode == 0, done.stderr
    assert bus.watch.wait_finished("/org/atomichost/Host1/jobs/1")[0] == "cancelled"
