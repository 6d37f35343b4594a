"""The worker is killed at a system call that changes something: the host starts the old or the new
version, and the same command works again. Power cuts, where less is on the disk: tests/crash."""
import collections
import re
import shutil
import signal

import pytest

import repo as world

CALLS = ("?rename,renameat,renameat2,?link,linkat,?symlink,symlinkat,?unlink,unlinkat,?mkdir,mkdirat,"
         "pwrite64,fsync,fdatasync,syncfs,ftruncate,fchmod,fchmodat")
MOMENTS = [0.02, 0.15, 0.3, 0.45, 0.6, 0.75, 0.85, 0.95]


@pytest.fixture(scope="module")
def place(shared):
    folder = shared / "killed"
    folder.mkdir()
    yield world.give(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def hosts(place, installed, released, worker):
    """Hosts to copy: "running" version 1, with version 2 "staged", and with 2 "finalized"."""
    made = {}
    for name, base in (("running", installed), ("staged", None), ("finalized", None)):
        base = base or made["running" if name == "staged" else "staged"]
        world.run("cp", "-a", base.path, place / name)
        host = made[name] = world.Host(place / name, worker)
        host.ostree("config", "set", f'remote "{world.REMOTE}".url', f"file://{released.path}")
        if name == "staged":
            assert host.ask("upgrade").status == 0
        elif name == "finalized":
            assert host.unit("finalize").status == 0
    assert made["finalized"].versions() == ["2", "1"]
    return made


@pytest.fixture
def fresh(hosts, place, worker):
    """fresh(name): a copy of a host, of which one is there at a time."""
    path = place / "victim"

    def copy(name):
        shutil.rmtree(path, ignore_errors=True)
        world.run("cp", "-a", hosts[name].path, path)
        return world.Host(path, worker)
    yield copy
    shutil.rmtree(path, ignore_errors=True)


ACTIONS = {
    "upgrade": ("running", lambda host, wrap: host.ask("upgrade", wrap)),
    "finalize": ("staged", lambda host, wrap: host.unit("finalize", wrap)),
    "rollback": ("finalized", lambda host, wrap: host.ask("rollback", wrap)),
}


@pytest.fixture(scope="module")
def calls(hosts, place, worker):
    """For each action the calls of its busiest thread: name, and the how manieth of that name."""
    seen = {}
    for action, (state, act) in ACTIONS.items():
        world.run("cp", "-a", hosts[state].path, place / "rehearsal")
        log = place / "log"
        done = act(world.Host(place / "rehearsal", worker), strace(f"--trace={CALLS}", log))
        assert done.status == 0, done.errors
        threads = collections.defaultdict(list)
        for thread, name in re.findall(r"^(\d+) +(\w+)\(", log.read_text(), re.MULTILINE):
            threads[thread].append(name)
        names = max(threads.values(), key=len)
        seen[action] = [(name, names[:i + 1].count(name)) for i, name in enumerate(names)]
        shutil.rmtree(place / "rehearsal")
    return seen


def strace(option, log="/dev/null"):
    # The leak checker and strace would both be the process' tracer.
    return ("env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-qq", "-o", str(log), option)


@pytest.fixture
def victim(request, fresh, calls):
    """A host whose worker was killed on the way."""
    action, moment = request.param
    state, act = ACTIONS[action]
    host = fresh(state)
    name, nth = calls[action][int(len(calls[action]) * moment)]
    killed = act(host, strace(f"--inject={name}:signal=SIGKILL:when={nth}"))
    assert killed.status == -signal.SIGKILL, f"{name} {nth}: {killed}"
    return host


def moments(action):
    return pytest.mark.parametrize("victim", [(action, moment) for moment in MOMENTS],
                                   indirect=True, ids=lambda param: f"{param[1]:.0%}")


def assert_whole(host, versions):
    assert host.versions() == versions
    assert not host.staged()
    assert host.leftovers() == []
    host.fsck()


@moments("upgrade")
def test_upgrade(victim):
    assert victim.versions() == ["1"]
    assert victim.ask("upgrade").status in (0, 77)  # 77: only its last message was missing
    assert victim.staged()
    assert victim.unit("finalize").status == 0
    assert_whole(victim, ["2", "1"])


@moments("finalize")
def test_finalize(victim):
    assert victim.versions() in (["1"], ["2", "1"])
    assert victim.unit("recover").status == 0
    assert victim.versions() in (["1"], ["2", "1"])
    assert victim.unit("finalize").status in (0, 77)
    assert_whole(victim, ["2", "1"])


@moments("rollback")
def test_rollback(victim):
    assert victim.versions() in (["2", "1"], ["1", "2"])
    assert victim.unit("recover").status == 0
    before = victim.versions()
    assert victim.ask("rollback").status == 0
    assert_whole(victim, before[::-1])
