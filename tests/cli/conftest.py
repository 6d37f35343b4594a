"""Fixtures of the tests of worker and command line: a repository, a server, a host of version 1."""
import os
import pathlib
import shutil
import tempfile

import pytest

import repo as world

# Every change syncs its file system: one in memory does not wait for what others write.
PLACE = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture(scope="session")
def shared():
    """A folder of the ordinary user for the whole session."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="atomic-shared-", dir=PLACE))
    folder.chmod(0o755)
    yield world.give(folder)
    shutil.rmtree(folder)


@pytest.fixture
def folder():
    """A folder of the ordinary user for one test."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="atomic-test-", dir=PLACE))
    path.chmod(0o755)
    yield world.give(path)
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def keys(shared):
    made = world.Keys(shared / "keys")
    yield made
    made.close()


@pytest.fixture(scope="session")
def worker(bin_dir):
    path = bin_dir / "hostd-worker"
    assert os.access(path, os.X_OK), f"{path} is not built"
    return path


@pytest.fixture(scope="session")
def released(shared, keys):
    """The repository with versions 1 and 2; not to be changed."""
    place = shared / "released"
    place.mkdir()
    made = world.Repo(world.give(place), keys)
    made.release(1)
    made.release(2)
    return made


@pytest.fixture(scope="session")
def installed(shared, released, worker):
    """A host of version 1; not to be changed."""
    place = shared / "installed"
    place.mkdir()
    world.give(place)
    first = released.copy(place)
    first.point_to(released.commits[1])
    return world.install(place, first, worker, f"file://{first.path}")


@pytest.fixture
def repo(folder, released):
    """The repository of this test: versions 1 and 2, the branch at 2."""
    return released.copy(folder)


@pytest.fixture
def server(folder, repo):
    made = world.Server(folder)
    yield made
    made.close()


@pytest.fixture
def host(folder, installed, server, worker):
    """A host of version 1 whose remote is this test's server."""
    world.run("cp", "-a", installed.path, folder / "sysroot")
    made = world.Host(folder / "sysroot", worker)
    made.ostree("config", "set", f'remote "{world.REMOTE}".url', server.url)
    return made
