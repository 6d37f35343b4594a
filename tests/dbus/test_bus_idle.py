"""hostd comes when it is asked for and goes when it is idle, and nobody notices."""
from private_bus import wait_until


def test_leaves_when_idle(bus):
    hostd = bus.start("--idle-timeout=100ms")
    assert hostd.wait(60) == 0
    assert not bus.watch.connection.name_has_owner("org.atomichost.Host1")


def test_stays_while_there_are_jobs(bus, folder):
    hostd = bus.start("--idle-timeout=50ms", "--keep=0s")
    job = bus.watch.ask("Upgrade", [f"hold {folder}/held"])
    wait_until((folder / "held").exists, "the worker")
    # Another call's answer comes after several times of idleness.
    second = bus.watch.ask("Pin")
    assert bus.watch.properties(second)["State"] == "queued"
    assert hostd.poll() is None
    bus.watch.cancel(job)
    assert bus.watch.wait_finished(second)[0] == "ok"
    assert hostd.wait(60) == 0


def test_is_started_by_a_call(bus):
    bus.make_activatable("--idle-timeout=100ms")
    assert str(bus.watch.call("Get", "org.atomichost.Host1.Manager", "Version",
                              interface="org.freedesktop.DBus.Properties", signature="ss"))


def test_no_call_is_lost_between_two_lives(bus):
    """Calls all the time meet a hostd that wants to leave all the time."""
    bus.make_activatable("--idle-timeout=1ms")
    for _ in range(60):
        assert list(bus.watch.call("ListJobs")) == []
    bus.wait_for_name(there=False)


def test_changes_survive_the_leaving(bus):
    """A change that meets a leaving hostd is asked for again by the command line."""
    bus.make_activatable("--idle-timeout=1ms", "--keep=0s")
    bus.allow("pin")
    for _ in range(10):
        done = bus.run_atomic("host", "pin", "0", "--quiet")
        assert done.returncode == 0, done.stderr
