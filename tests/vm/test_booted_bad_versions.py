"""Versions that do not start give way to the one before, with nobody present."""
import pytest

from vm import Host
from variants import PANIC, UNIT_FAILS

pytestmark = [pytest.mark.vm, pytest.mark.image, pytest.mark.network]

BOOTED_GOOD = "good"
GRUB_AND_THREE_TRIES = r"(Linux version [\s\S]*){4}"


@pytest.fixture(scope="class")
def host(host_images, repository, machines):
    """A machine that runs version 2, and a saved state to come back to: `good`."""
    repository.publish("2")
    vm = Host("bad-versions", machines, host_images.qcow2, repository.path)
    vm.start()
    vm.wait_ready()
    vm.forget_cloud_init()
    vm.root("atomic host upgrade", timeout_s=900)
    vm.reboot()
    vm.wait_for(lambda: vm.booted()["boot_state"] == "good", "version 2 to be marked good")
    vm.save(BOOTED_GOOD)
    yield vm
    vm.kill()


@pytest.fixture
def good_host(host):
    host.kill()
    host.start(from_state=BOOTED_GOOD)
    host.wait_ssh()
    return host


class TestBadVersions:
    @pytest.mark.parametrize(("version", "files", "complaint"), [
        ("3-panic", PANIC, "Attempted to kill init"),
        ("3-unit", UNIT_FAILS, "A requirement that is never met"),
    ])
    def test_comes_back_by_itself(self, good_host, repository, version, files, complaint):
        host = good_host
        repository.add_variant(version, files)
        host.root("atomic host upgrade", timeout_s=900)
        assert host.status()["deployments"][0]["version"] == version

        before = host.boot_id()
        since = host.console_size()
        host.ssh("sudo systemctl reboot")
        host.wait_console(GRUB_AND_THREE_TRIES, since, limit_s=1200)
        host.wait_ssh(other_than=before)

        console = host.console(since)
        assert console.count("Linux version ") == 4, "three tries, then the version before"
        assert console.count(complaint) >= 3
        assert host.version() == "2"
        host.wait_for(lambda: host.status()["failed_version"] == version, "the failure to be told")
        status = host.status()
        assert status["tries_left"] == -1
        states = {entry["version"]: entry["boot_state"] for entry in status["deployments"]}
        assert states[version] == "failed"
        assert host.booted()["next"], "what came back stays"
        assert version in host.run("atomic host status")
