"""A bus of our own with hostd on it, run by an ordinary user, and a connection that watches."""
import os
import pathlib
import signal
import socket
import subprocess
import time

import dbus
import dbus.bus
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

HERE = pathlib.Path(__file__).resolve().parent
UID = 65534  # nobody, when the tests are run by root: dbus-daemon wants users with a name
LIMIT_S = 60  # for anything that takes a moment

NAME = "org.atomichost.Host1"
PATH = "/org/atomichost/Host1"
MANAGER = "org.atomichost.Host1.Manager"
JOB = "org.atomichost.Host1.Job"
ERROR = "org.atomichost.Host1.Error."

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow user="*"/> <allow own="*"/> <allow send_destination="*"/> <allow receive_sender="*"/>
  </policy>
</busconfig>
"""


def as_user(argv):
    """The command, run by the ordinary user."""
    argv = list(map(str, argv))
    if os.geteuid() != 0:
        return argv
    return ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", *argv]


def wait_until(condition, what):
    """Wait for something outside of this process."""
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {LIMIT_S} s: {what}"
        time.sleep(0.01)


class Bus:
    """dbus-daemon with stand-ins of polkit and logind; hostd is started by start() or, after
    make_activatable(), by the bus."""

    def __init__(self, folder, bin_dir):
        self.folder, self.bin_dir = folder, bin_dir
        self.processes = []
        self.address = f"unix:path={folder}/bus"
        self.env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.address, "LC_ALL": "C.UTF-8",
                    "PYTHONDONTWRITEBYTECODE": "1"}
        (folder / "services").mkdir(exist_ok=True)
        (folder / "bus.conf").write_text(CONFIG.format(folder=folder))
        self.allow()
        self.spawn("dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork")
        wait_until(self.listens, "dbus-daemon")
        self.spawn("/usr/bin/python3", HERE / "stand_in_services.py", folder)
        self.watch = Watch(self.address)
        self.wait_for_name("org.freedesktop.login1")

    def spawn(self, *argv, **options):
        process = subprocess.Popen(as_user(argv), env=self.env, cwd="/", stdin=subprocess.DEVNULL,
                                   **options)
        self.processes.append(process)
        return process

    def listens(self):
        with socket.socket(socket.AF_UNIX) as end:
            return end.connect_ex(f"{self.folder}/bus") == 0

    def close(self):
        self.watch.close()
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
            process.wait(LIMIT_S)

    def wait_for_name(self, name=NAME, there=True):
        wait_until(lambda: self.watch.connection.name_has_owner(name) == there, name)

    def hostd(self, *options):
        """The command line of hostd."""
        return [self.bin_dir / "hostd", "serve", f"--worker={HERE}/stand_in_worker.py", *options]

    def start(self, *options):
        process = self.spawn(*self.hostd(*options))
        self.wait_for_name()
        return process

    def make_activatable(self, *options):
        command = " ".join(map(str, self.hostd(*options)))
        (self.folder / f"services/{NAME}.service").write_text(
            f"[D-BUS Service]\nName={NAME}\nExec={command}\n")
        self.watch.connection.call_blocking("org.freedesktop.DBus", "/org/freedesktop/DBus",
                                            "org.freedesktop.DBus", "ReloadConfig", "", ())

    def allow(self, *verbs):
        """What polkit agrees to from now on."""
        (self.folder / "allow").write_text("".join(f"org.atomichost.host1.{verb}\n"
                                                   for verb in verbs))

    def asked(self):
        """What polkit and logind were asked."""
        file = self.folder / "asked"
        return file.read_text().splitlines() if file.exists() else []

    def atomic(self, *argv):
        """The command line, run by the ordinary user."""
        return [*as_user([self.bin_dir / "atomic", *argv])]

    def run_atomic(self, *argv):
        return subprocess.run(self.atomic(*argv), env=self.env, cwd="/", capture_output=True,
                              text=True, check=False, timeout=LIMIT_S, stdin=subprocess.DEVNULL)


class Watch:
    """A connection that keeps every signal of hostd, and calls its methods."""

    def __init__(self, address):
        self.connection = dbus.bus.BusConnection(address, mainloop=DBusGMainLoop())
        self.signals = []
        self.states = {}
        self.connection.add_signal_receiver(
            self._hear, path_keyword="path", member_keyword="member",
            interface_keyword="interface", sender_keyword="sender")

    def close(self):
        self.connection.close()

    def _hear(self, *args, path, member, interface, sender):
        if not str(path).startswith(PATH):
            return
        self.signals.append((str(path), str(member), args))
        if member == "PropertiesChanged" and "State" in args[1]:
            self.states.setdefault(str(path), []).append(str(args[1]["State"]))

    def until(self, condition, what):
        """Hear signals until the condition is true."""
        context = GLib.MainContext.default()
        deadline = time.monotonic() + LIMIT_S
        wake = GLib.timeout_add(20, lambda: True)
        while not condition():
            assert time.monotonic() < deadline, f"not within {LIMIT_S} s: {what}"
            context.iteration(True)
        GLib.source_remove(wake)

    def call(self, method, *args, path=PATH, interface=MANAGER, signature=None):
        return self.connection.call_blocking(NAME, path, interface, method, signature, args,
                                             timeout=LIMIT_S)

    def ask(self, method, script=(), **options):
        """Ask for a change; returns the job's path."""
        options = {name.replace("_", "-"): value for name, value in options.items()}
        if script:
            options["script"] = dbus.Array(script, signature="s")
        return str(self.call(method, dbus.Dictionary(options, signature="sv"),
                             signature="a{sv}"))

    def cancel(self, job):
        self.call("Cancel", path=job, interface=JOB)

    def properties(self, job):
        return self.call("GetAll", JOB, path=job, interface="org.freedesktop.DBus.Properties",
                         signature="s")

    def wait_finished(self, job):
        """Wait for Finished of the job; returns (code, result as text)."""
        def find():
            return [args for path, member, args in self.signals
                    if path == job and member == "Finished"]
        self.until(find, f"Finished of {job}")
        return tuple(map(str, find()[0]))

    def wait_state(self, job, state):
        self.until(lambda: state in self.states.get(job, []), f"{job} {state}")


def stop(process, how=signal.SIGTERM):
    """End a process; returns its exit status."""
    process.send_signal(how)
    return process.wait(LIMIT_S)
