"""Jobs on a real bus: what observers see, the queue, cancelling, workers that fail."""
import json
import signal

import dbus
import pytest
from private_bus import ERROR, JOB, wait_until

PHASES = ("recover", "resolve", "pull", "verify", "stage", "merge", "commit", "prune")


def progress(done, total):
    return json.dumps({"type": "progress", "done": done, "total": total, "unit": "bytes"})


def hold(folder, name="held"):
    """The word that makes a worker wait, and the file that says that it does."""
    return f"hold {folder}/{name}", folder / name


@pytest.fixture
def watch(bus, hostd):
    return bus.watch


def test_observer_sees_the_job(watch):
    job = watch.ask("Upgrade", [
        '{"type":"phase","phase":"resolve"}', '{"type":"message","text":"looking"}',
        '{"type":"phase","phase":"pull"}', progress(10, 40), progress(40, 40)])
    assert job == "/org/atomichost/Host1/jobs/1"
    code, text = watch.wait_finished(job)
    assert code == "ok"
    result = json.loads(text)
    assert result["message"] == "done"
    assert result["data"]["request"]["verb"] == "upgrade"
    assert result["data"]["request"]["sysroot"] == "/"

    changes = [args[1] for path, member, args in watch.signals
               if path == job and member == "PropertiesChanged"]
    phases = [str(change["Phase"]) for change in changes if "Phase" in change]
    assert phases == ["resolve", "pull"]
    assert "looking" in [str(change.get("Message")) for change in changes]
    assert watch.states[job] == ["running", "done"]
    last = changes[-1]
    assert (last["Done"], last["Total"], last["Unit"], last["Percent"]) == (40, 40, "bytes", 100)
    assert (str(last["Code"]), str(last["Result"])) == ("ok", text)
    assert ("/org/atomichost/Host1", "JobNew", (job, "upgrade")) in watch.signals
    assert all(args[0] == JOB for path, member, args in watch.signals
               if member == "PropertiesChanged")


def test_ended_job_is_kept_and_goes(watch):
    job = watch.ask("Pin")
    watch.wait_finished(job)
    assert watch.properties(job)["State"] == "done"
    assert [str(path) for path in watch.call("ListJobs")] == [job]
    gone = ("/org/atomichost/Host1", "JobRemoved", (job, "ok"))
    watch.until(lambda: gone in watch.signals, "JobRemoved")
    assert list(watch.call("ListJobs")) == []
    with pytest.raises(dbus.DBusException) as failure:
        watch.properties(job)
    assert failure.value.get_dbus_name() == "org.freedesktop.DBus.Error.UnknownObject"


def test_options_reach_the_worker(watch):
    job = watch.ask("Kargs", ["{\"type\":\"phase\",\"phase\":\"resolve\"}"],
                    append=dbus.Array(["a=b", "ä"], signature="s"), check=True, timeout=7,
                    stateroot="debian")
    options = json.loads(watch.wait_finished(job)[1])["data"]["request"]["options"]
    del options["script"]
    assert options == {"append": ["a=b", "ä"], "check": True, "timeout": 7, "stateroot": "debian"}


def test_changes_run_one_at_a_time_in_order(watch, folder):
    word, held = hold(folder)
    first = watch.ask("Upgrade", [word])
    wait_until(held.exists, "the first worker")
    second, third = watch.ask("Pin"), watch.ask("Unpin")
    assert watch.properties(second)["State"] == "queued"
    assert watch.properties(third)["State"] == "queued"
    watch.cancel(first)
    assert watch.wait_finished(third)[0] == "ok"
    ends = [path for path, member, _ in watch.signals if member == "Finished"]
    assert ends == [first, second, third]


def test_no_wait_refuses(watch, folder):
    word, held = hold(folder)
    first = watch.ask("Upgrade", [word])
    wait_until(held.exists, "the first worker")
    with pytest.raises(dbus.DBusException) as failure:
        watch.ask("Pin", no_wait=True)
    assert failure.value.get_dbus_name() == ERROR + "Busy"
    assert "another change is under way" in failure.value.get_dbus_message()
    watch.cancel(first)
    watch.wait_finished(first)
    assert watch.wait_finished(watch.ask("Pin", no_wait=True))[0] == "ok"


@pytest.mark.parametrize("phase", PHASES)
def test_cancel_in_each_phase(watch, folder, phase):
    word, held = hold(folder)
    job = watch.ask("Upgrade", [json.dumps({"type": "phase", "phase": phase}), word])
    wait_until(held.exists, "the worker")
    assert watch.properties(job)["Phase"] == phase
    watch.cancel(job)
    code, text = watch.wait_finished(job)
    assert code == "cancelled"
    assert json.loads(text)["message"] == "cancelled: all is as it was"
    assert watch.states[job] == ["running", "cancelled"]
    assert watch.wait_finished(watch.ask("Upgrade"))[0] == "ok"


def test_cancel_while_waiting(watch, folder):
    word, held = hold(folder)
    first = watch.ask("Upgrade", [word])
    wait_until(held.exists, "the first worker")
    second = watch.ask("Pin")
    watch.cancel(second)
    assert watch.wait_finished(second)[0] == "cancelled"
    assert watch.states[second] == ["cancelled"], "it never ran"
    assert watch.properties(first)["State"] == "running"
    watch.cancel(first)
    assert watch.wait_finished(first)[0] == "cancelled"


def test_a_worker_that_does_not_listen_is_killed(watch, folder):
    word, held = hold(folder)
    job = watch.ask("Upgrade", ["stubborn", word])
    wait_until(held.exists, "the worker")
    watch.cancel(job)
    assert watch.wait_finished(job)[0] == "cancelled"
    assert not is_alive(int(held.read_text()))


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_cancel_of_an_ended_job(watch):
    job = watch.ask("Pin")
    watch.wait_finished(job)
    with pytest.raises(dbus.DBusException) as failure:
        watch.cancel(job)
    assert failure.value.get_dbus_name() == ERROR + "NotFound"


@pytest.mark.parametrize("script, message", [
    (["crash"], "hostd-worker was killed by SIGSEGV"),
    (["exit 3"], "hostd-worker ended with status 3 and without a result"),
    (["Traceback (most recent call last)"], "hostd-worker said a line that is no JSON"),
])
def test_a_worker_that_fails_fails_its_job_alone(watch, script, message):
    first = watch.ask("Upgrade", script)
    second = watch.ask("Pin")
    code, text = watch.wait_finished(first)
    assert code == "worker"
    assert message in json.loads(text)["message"]
    assert json.loads(text)["hint"]
    assert watch.states[first][-1] == "failed"
    assert watch.wait_finished(second)[0] == "ok"


def test_sigterm_cancels_and_ends_in_order(bus, hostd, folder):
    word, held = hold(folder)
    job = bus.watch.ask("Upgrade", [word])
    wait_until(held.exists, "the worker")
    hostd.send_signal(signal.SIGTERM)
    assert bus.watch.wait_finished(job)[0] == "cancelled"
    assert hostd.wait(60) == 0


def test_a_second_hostd_is_refused(bus, hostd):
    second = bus.spawn(*bus.hostd())
    assert second.wait(60) == 15
    assert hostd.poll() is None


@pytest.mark.parametrize("options, words", [
    ({"speed": 1.5}, '"speed" has a type that is not accepted'),
    ({"script": dbus.Array(["x"] * 300, signature="s")}, '"script" has too many values'),
])
def test_bad_options_are_refused(watch, options, words):
    with pytest.raises(dbus.DBusException) as failure:
        watch.ask("Upgrade", **options)
    assert failure.value.get_dbus_name() == "org.freedesktop.DBus.Error.InvalidArgs"
    assert words in failure.value.get_dbus_message()
    assert list(watch.call("ListJobs")) == []
