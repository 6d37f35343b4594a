"""A booted host under test: what a person would do with it over ssh, and what its console says.

Starting, stopping and reaching the machine is scripts/vmlib, the library of scripts/run-vm; this
adds what only tests want. Every wait has a generous limit and names what it waited for.
"""
import json
import pathlib
import re
import shlex
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))

from vmlib import machine, seed  # noqa: E402 (found by the line above)

USER = "admin"
POLL_S = 0.2


class Host(machine.Machine):
    """A machine made from `image` that updates from the repository `serve`."""

    def __init__(self, name, base, image, serve, firmware="bios", **seed_options):
        super().__init__(name, base)
        self.failed_step = None
        config = machine.Config(image=str(image), user=USER, firmware=firmware, disk_gib=10,
                                serve=str(serve), serve_port=machine.free_port())
        commands = [seed.remote_command(config.serve_port), *seed_options.pop("commands", [])]
        self.create(config, seed.Seed(instance_id=machine.new_id(), hostname=name, user=USER,
                                      ssh_keys=[], commands=commands, **seed_options))

    # Asking the host

    def run(self, command, status=0, timeout_s=300):
        """Run a shell line, expect an exit status, give what it printed."""
        result = self.ssh(command, timeout_s=timeout_s)
        if result.returncode != status:
            pytest.fail(f"{command!r} on {self.name} ended with {result.returncode}, not {status}\n"
                        f"{result.stdout}{result.stderr}", pytrace=True)
        return result.stdout.strip()

    def root(self, command, **options):
        return self.run(f"sudo sh -c {shlex.quote(command)}", **options)

    def status(self):
        return json.loads(self.run("atomic host status --json"))

    def booted(self):
        """The running deployment, of `atomic host status --json`."""
        return next(entry for entry in self.status()["deployments"] if entry["booted"])

    def version(self):
        """What runs, asked of the tree itself and not of the agent."""
        return self.run(". /etc/os-release && echo $IMAGE_VERSION")

    def history(self):
        return json.loads(self.run("atomic host history --json"))

    # The console

    def console_size(self):
        return self.serial.stat().st_size

    def console(self, since=0):
        with self.serial.open("rb") as stream:
            stream.seek(since)
            return stream.read().decode(errors="replace")

    def wait_console(self, pattern, since, limit_s=machine.BOOT_LIMIT_S):
        """Wait until the console has said `pattern` after byte `since` of its log."""
        self.wait_for(lambda: re.search(pattern, self.console(since)), f"{pattern!r} on the console",
                      limit_s)

    @staticmethod
    def wait_for(condition, what, limit_s=300):
        """Wait until condition() is true; returns what it gave."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(POLL_S)
        return pytest.fail(f"waited {limit_s} s in vain for {what}")

    def forget_cloud_init(self):
        """Later boots of this machine do without cloud-init: they have nothing to ask it."""
        self.root("touch /etc/cloud/cloud-init.disabled")
