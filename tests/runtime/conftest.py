"""The runtime, a root file system, and containers that end with their test."""
import os
import pathlib
import shutil
import tempfile

import pytest

import oci
from box import Box


@pytest.fixture(scope="session")
def program(bin_dir):
    path = bin_dir / "atomic-runtime"
    assert path.exists(), f"{path} is not built"
    return os.path.realpath(path)


@pytest.fixture(scope="session")
def rootfs():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="atomic-rootfs-"))
    folder.chmod(0o755)
    yield oci.make_rootfs(folder / "rootfs")
    shutil.rmtree(folder)


@pytest.fixture
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="atomic-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def box(folder, program, rootfs):
    made = Box(folder, program, rootfs)
    yield made
    made.close()


@pytest.fixture
def user_box(folder, program, rootfs):
    """The same for an ordinary user: user 1000 when the tests are root's."""
    user = 1000 if os.geteuid() == 0 else os.geteuid()
    os.chown(folder, user, -1)
    made = Box(folder, program, rootfs, user)
    yield made
    made.close()
