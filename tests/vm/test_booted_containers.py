"""The container runtime in the booted host: cgroup version 2 with all controllers, a real systemd, a
kernel with AppArmor, users with a manager of their own.

The containers are made by pytest inside; one boot serves all.
"""
import json

import pytest

from guest import Guest
from vm import Host

pytestmark = [pytest.mark.vm, pytest.mark.image, pytest.mark.network]

# Of tests/runtime what another kernel or another systemd can change.
SUITE = ("test_cgroups.py", "test_rootless.py")


@pytest.fixture(scope="module")
def host(host_images, repository, machines):
    repository.publish("1")
    vm = Host("containers", machines, host_images.qcow2, repository.path)
    vm.start()
    vm.wait_ready()
    yield vm
    vm.kill()


@pytest.fixture(scope="module")
def guest(host, tmp_path_factory):
    return Guest(host, tmp_path_factory.mktemp("guest"))


def test_the_image_has_all_that_the_runtime_needs(host):
    assert host.run("atomic-runtime --version").startswith("atomic-runtime version ")
    features = json.loads(host.run("atomic-runtime features"))
    assert features["linux"]["cgroup"]["v2"] and features["linux"]["cgroup"]["systemd"]
    libraries = host.run("/sbin/ldconfig -p")
    assert "libseccomp.so.2 " in libraries and "libsystemd.so.0 " in libraries
    host.run("command -v newuidmap newgidmap")


@pytest.mark.parametrize("checks", ["limits", "scopes", "users", "profiles"])
def test_checks(guest, checks):
    print(guest.run(f"tests/runtime/check_{checks}.py"))


def test_suite(guest):
    print(guest.run(*(f"tests/runtime/{name}" for name in SUITE)))


def test_nothing_is_left(host, guest):
    """No unit has failed, no scope and no mount has stayed."""
    assert guest.host is host
    assert host.run("systemctl --failed --no-legend") == ""
    assert host.run("systemctl list-units --all --plain --no-legend 'atomic-*.scope'") == ""
    assert host.run("grep -c atomic-test /proc/self/mountinfo", status=1) == "0"
