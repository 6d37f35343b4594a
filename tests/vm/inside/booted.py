"""Fixtures and looks of the checks that run inside a booted host: cgroup version 2 with controllers,
under systemd. They come in beside those of tests/runtime, as a plugin."""
import json
import os
import pathlib
import pwd
import subprocess
import time

import pytest

from box import Box

TOP = pathlib.Path("/sys/fs/cgroup")
PLACE = pathlib.Path(__file__).resolve().parents[2]
USER = "container-user"


def folder_of(pid):
    line = pathlib.Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    return TOP / line.strip().split(":", 2)[2].lstrip("/")


def values(folder, names):
    """The content of files of a cgroup, by their names."""
    return {name: (folder / name).read_text(encoding="utf-8").strip() for name in names}


def main_disk():
    """MAJOR:MINOR of the disk below /var."""
    device = os.stat("/var").st_dev
    part = pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    disk = part.parent if (part / "partition").exists() else part
    return (disk / "dev").read_text(encoding="utf-8").strip()


def sleeper(box, **resources):
    config = box.config("sleep", "1000")
    config["linux"]["resources"].update(resources)
    return config


def update(box, name, ok=True, **resources):
    return box.runtime("update", "--resources", "-", name, ok=ok, input=json.dumps(resources))


def statistics(box, name):
    return json.loads(box.runtime("events", "--stats", name).stdout)["data"]


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return value


def systemctl(*args, prefix=(), **options):
    done = subprocess.run([*prefix, "systemctl", *args], capture_output=True, text=True,
                          check=False, **options)
    return done.stdout


def properties(unit, *args, **options):
    text = systemctl(*args, "show", unit, **options)
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def pytest_collection_modifyitems(config, items):
    """The systemd of their own that tests/runtime starts has no place beside a real one."""
    others = [item for item in items if "systemd" in item.fixturenames]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


@pytest.fixture
def scope_box(box):
    """A box whose containers are scopes of systemd."""
    box.runtime.options = ("--systemd-cgroup",)
    return box


@pytest.fixture(params=["cgroupfs", "systemd"])
def either_box(request, box):
    """A box for each cgroup driver."""
    if request.param == "systemd":
        box.runtime.options = ("--systemd-cgroup",)
    return box


@pytest.fixture(scope="session")
def user():
    """An ordinary user with a systemd of its own, and ranges of ids."""
    subprocess.run(["useradd", "--create-home", USER], check=True)
    entry = pwd.getpwnam(USER)
    subprocess.run(["loginctl", "enable-linger", USER], check=True)
    socket = pathlib.Path(f"/run/user/{entry.pw_uid}/systemd/private")
    until(socket.exists)
    yield entry
    subprocess.run(["loginctl", "disable-linger", USER], check=True)
    until(lambda: not socket.exists())
    subprocess.run(["userdel", "--remove", USER], check=True, capture_output=True)


@pytest.fixture
def session_box(folder, program, rootfs, user):
    """A box of that user, called as from a login."""
    os.chown(folder, user.pw_uid, -1)
    made = Box(folder, program, rootfs, user.pw_uid)
    made.runtime.env["XDG_RUNTIME_DIR"] = f"/run/user/{user.pw_uid}"
    made.runtime.env["HOME"] = user.pw_dir
    made.runtime.options = ("--systemd-cgroup",)
    yield made
    made.close()
