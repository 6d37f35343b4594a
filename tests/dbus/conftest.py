"""A private bus for each test."""
import os
import pathlib
import shutil
import tempfile

import pytest

pytest.importorskip("dbus", reason="needs python3-dbus")
pytest.importorskip("gi", reason="needs python3-gi")

import private_bus  # noqa: E402  what it needs is looked for first


@pytest.fixture
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="atomic-bus-"))
    path.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(path, private_bus.UID, private_bus.UID)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def bus(folder, bin_dir):
    made = private_bus.Bus(folder, bin_dir)
    if os.geteuid() != 0:
        made.allow(*ACTIONS)
    yield made
    made.close()


ACTIONS = ("upgrade", "rollback", "deploy", "rebase", "pin", "unpin", "cleanup", "kargs", "check",
           "cancel")


@pytest.fixture
def actions():
    """Every action of the policy."""
    return ACTIONS


@pytest.fixture
def hostd(bus):
    """hostd on the bus, with the stand-in worker."""
    return bus.start("--keep=200ms", "--cancel-timeout=300ms")
