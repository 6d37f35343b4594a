"""QEMU is killed at ten moments of an upgrade and of the shutdown that finalises it.

Each time the machine boots the old or the new version, and its repository is whole. The moments
are fractions of what a rehearsal on the same machine took, so that they spread over the work on
any computer. Power cuts between single writes: tests/crash.
"""
import subprocess
import time

import pytest

from vm import Host

pytestmark = [pytest.mark.vm, pytest.mark.image, pytest.mark.network]

READY = "ready"
RESTARTING = r"reboot: Restarting system"
UPGRADE_CUTS = [0.1, 0.3, 0.5, 0.7, 0.9]
SHUTDOWN_CUTS = [0.1, 0.3, 0.5, 0.7, 0.9]


class Victim(Host):
    """A machine with a saved state: version 1 runs, version 2 is on its server."""

    def prepare(self):
        """Boot, save, and rehearse; how long the rehearsal took is kept."""
        self.start()
        self.wait_ready()
        self.forget_cloud_init()
        self.wait_for(lambda: self.status()["health"] == "healthy", "the boot to be complete")
        self.root("sync")
        self.save(READY)
        self.upgrade_s = duration(self.upgrade)
        self.shutdown_s = duration(self.shutdown)

    def restore(self):
        self.kill()
        self.start(from_state=READY)
        self.wait_ssh()

    def upgrade(self):
        self.root("atomic host upgrade", timeout_s=900)

    def shutdown(self):
        since = self.console_size()
        self.ssh("sudo systemctl reboot")
        self.wait_console(RESTARTING, since)

    def cut(self, command, after_s):
        """Begin `command` and cut the power `after_s` seconds later."""
        with subprocess.Popen(self.ssh_command("--", command), cwd=self.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL):
            time.sleep(after_s)  # the moment that is asked for, not a wait for something
            self.kill()

    def assert_whole(self, versions):
        """The machine boots one of `versions`, its files are whole, and it can be asked."""
        self.start()
        self.wait_ssh()
        assert self.version() in versions
        assert self.booted()["version"] == self.version()
        self.root("ostree fsck --quiet", timeout_s=600)


def duration(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


@pytest.fixture(scope="class")
def victim(host_images, repository, machines):
    repository.publish("2")
    host = Victim("power-cuts", machines, host_images.qcow2, repository.path)
    host.prepare()
    yield host
    host.kill()


class TestPowerCuts:
    @pytest.mark.parametrize("fraction", UPGRADE_CUTS)
    def test_while_upgrading(self, victim, fraction):
        victim.restore()
        victim.cut("sudo atomic host upgrade", fraction * victim.upgrade_s)
        victim.assert_whole(versions={"1"})

    @pytest.mark.parametrize("fraction", SHUTDOWN_CUTS)
    def test_while_shutting_down(self, victim, fraction):
        victim.restore()
        victim.upgrade()
        victim.cut("sudo systemctl reboot", fraction * victim.shutdown_s)
        victim.assert_whole(versions={"1", "2"})
