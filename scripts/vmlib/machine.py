"""One virtual machine: a folder with its overlay, seed, log and sockets, and a QEMU process.

The folder is the truth: machine.json says what the machine is, qemu.pid which process runs it.
QEMU itself writes the serial log, so nobody has to read a console to keep the guest from stalling.
All waits are for conditions outside this process and have deadlines.
"""
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import uuid

from . import VmError, accel, seed
from .qmp import Qmp

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
OVMF = pathlib.Path("/usr/share/OVMF")

POLL_S = 0.5
SSH_TRY_S = 10
BOOT_LIMIT_S = 600
SHUTDOWN_LIMIT_S = 300
# "cloud-init status --wait" starts a Python for each look; the file appears when all is done.
CLOUD_INIT_WAIT = ("until [ -e /run/cloud-init/result.json ] || [ -e /run/cloud-init/disabled ] "
                   "|| [ ! -d /run/cloud-init ]; do sleep 0.5; done")


@dataclasses.dataclass
class Config:
    """What a machine is; written to machine.json. Paths are absolute."""
    image: str
    user: str
    firmware: str = "bios"
    memory_mib: int = 1024
    cpus: int = 2
    disk_gib: int = 0  # 0: the image's own size
    address: str = "dhcp"
    ssh_port: int = 0
    serve: str = None  # repository served to the guest
    serve_port: int = 0
    accel: list = dataclasses.field(default_factory=list)
    qemu: list = dataclasses.field(default_factory=list)  # further arguments


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_id():
    """Tells one first boot from another for cloud-init."""
    return uuid.uuid4().hex[:8]


def run(*command, **options):
    """Run a program; its last words become the error when it fails."""
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if result.returncode != 0:
        raise VmError(f"{command[0]}: {result.stderr.strip() or result.returncode}",
                      "scripts/install-packages")
    return result.stdout


class Machine:
    """The machine `name` below the folder `base`; it need not exist yet."""

    def __init__(self, name, base=CACHE / "vm"):
        if not NAME.fullmatch(name):
            raise VmError(f"{name!r} is no name for a machine",
                          "use letters, digits, '.', '_' and '-'")
        self.name = name
        self.folder = base / name
        self.serial = self.folder / "serial.log"

    # Making and removing

    def create(self, config, machine_seed):
        """Make the overlay and the seed. The instance's own key is added to the seed's keys."""
        if self.folder.exists():
            raise VmError(f"machine {self.name} exists already",
                          f"scripts/run-vm start {self.name}, or scripts/run-vm rm {self.name}")
        self.folder.mkdir(parents=True)
        try:
            size = [f"{config.disk_gib}G"] if config.disk_gib else []
            run("qemu-img", "create", "-q", "-f", "qcow2", "-b", config.image,
                "-F", image_format(config.image), self.folder / "disk.qcow2", *size)
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "run-vm",
                "-f", self.folder / "key")
            own_key = (self.folder / "key.pub").read_text().strip()
            machine_seed.ssh_keys = [*machine_seed.ssh_keys, own_key]
            seed.write(machine_seed, self.folder)
            if config.firmware == "uefi":
                # As qcow2, so that the machine's state can be saved with it.
                run("qemu-img", "convert", "-O", "qcow2", OVMF / "OVMF_VARS_4M.fd",
                    self.folder / "vars.qcow2")
            config.accel = config.accel or accel.arguments(config.image, CACHE)
            config.ssh_port = config.ssh_port or free_port()
            self._write(config)
        except BaseException:
            shutil.rmtree(self.folder)
            raise

    def remove(self):
        self.config()
        self.kill()
        shutil.rmtree(self.folder)

    def config(self):
        try:
            return Config(**json.loads((self.folder / "machine.json").read_text()))
        except FileNotFoundError:
            raise VmError(f"there is no machine {self.name}", "scripts/run-vm list") from None

    def _write(self, config):
        text = json.dumps(dataclasses.asdict(config), indent=2)
        (self.folder / "machine.json").write_text(text + "\n")

    # Running

    def start(self, from_state=None):
        """Power on, or go on from a saved state. Returns when QEMU runs; the guest still boots."""
        config = self.config()
        if self.pid():
            raise VmError(f"machine {self.name} runs already")
        if config.serve:
            self._serve(config)
        with self.serial.open("ab") as log:
            log.write(b"\n--- power on ---\n")
        command = qemu_command(self.name, config)
        if from_state:
            command += ["-loadvm", from_state]
        run(*command, cwd=self.folder, stdin=subprocess.DEVNULL)

    def _serve(self, config):
        # The guest's packages address the port for as long as the machine exists.
        config.serve_port = config.serve_port or free_port()
        self._write(config)
        with (self.folder / "http.log").open("ab") as log:
            server = subprocess.Popen(
                ["python3", "-m", "http.server", "--bind", "127.0.0.1", "--protocol", "HTTP/1.1",
                 "--directory", config.serve, str(config.serve_port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        (self.folder / "http.pid").write_text(f"{server.pid}\n")

    def pid(self):
        """Of QEMU, or None when the machine does not run."""
        return self._process("qemu.pid", b"qemu-system")

    def _process(self, pid_file, program):
        try:
            pid = int((self.folder / pid_file).read_text())
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        # A number may belong to somebody else by now.
        return pid if program in command else None

    def qmp(self):
        return Qmp(self.folder / "qmp.sock")

    def save(self, state):
        """Keep memory and disk under the name `state`; start(from_state) goes on from there."""
        self._close_ssh()
        with self.qmp() as qmp:
            qmp.monitor(f"savevm {state}")

    def stop(self):
        """Shut down as by the power button, and by force when that takes too long."""
        if self.pid():
            self._close_ssh()
            with self.qmp() as qmp:
                qmp.execute("system_powerdown")
            deadline = time.monotonic() + SHUTDOWN_LIMIT_S
            while self.pid() and time.monotonic() < deadline:
                time.sleep(POLL_S)
        self.kill()

    def kill(self):
        """Cut the power: no flush, no farewell."""
        for pid_file, program in (("qemu.pid", b"qemu-system"), ("http.pid", b"http.server")):
            pid = self._process(pid_file, program)
            if pid:
                os.kill(pid, signal.SIGKILL)
                while self._process(pid_file, program) and not _zombie(pid):
                    time.sleep(POLL_S / 10)
            (self.folder / pid_file).unlink(missing_ok=True)
        self._close_ssh()

    # Inside

    def ssh_command(self, *command, tty=False):
        """The argument vector of ssh into the machine; run it with cwd=folder."""
        config = self.config()
        return ["ssh", "-F", "none", "-p", str(config.ssh_port), "-i", "key",
                "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
                "-o", "UserKnownHostsFile=known_hosts", "-o", "StrictHostKeyChecking=accept-new",
                "-o", "ControlMaster=auto", "-o", "ControlPath=ssh.sock", "-o", "ControlPersist=60",
                "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=8",
                "-o", f"ConnectTimeout={SSH_TRY_S}", *(["-t"] if tty else []),
                f"{config.user}@127.0.0.1", *command]

    def ssh(self, command, timeout_s=300, stdin=None):
        """Run a shell line in the machine; returns subprocess.CompletedProcess with text."""
        return subprocess.run(self.ssh_command("--", command), cwd=self.folder, input=stdin,
                              stdin=subprocess.DEVNULL if stdin is None else None,
                              capture_output=True, text=True, timeout=timeout_s, check=False)

    def boot_id(self):
        """Of the running system, or None while nobody answers."""
        try:
            result = self.ssh("cat /proc/sys/kernel/random/boot_id", timeout_s=3 * SSH_TRY_S)
        except subprocess.TimeoutExpired:
            self._close_ssh()
            return None
        return result.stdout.strip() if result.returncode == 0 else None

    def wait_ssh(self, other_than=None, limit_s=BOOT_LIMIT_S):
        """Wait until a login works, in another boot than `other_than`; returns the boot id."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            boot_id = self.boot_id()
            if boot_id and boot_id != other_than:
                return boot_id
            if not self.pid():
                raise VmError(f"machine {self.name} is off", f"see {self.serial}")
            time.sleep(POLL_S)
        raise VmError(f"machine {self.name} gave no login in {limit_s} s", f"see {self.serial}")

    def wait_ready(self, limit_s=BOOT_LIMIT_S):
        """Wait for a login and then until cloud-init is through; returns the boot id."""
        boot_id = self.wait_ssh(limit_s=limit_s)
        self.ssh(CLOUD_INIT_WAIT, timeout_s=limit_s)
        return boot_id

    def reboot(self, limit_s=BOOT_LIMIT_S):
        """Reboot from inside and wait for the next login; returns the new boot id."""
        before = self.boot_id()
        self.ssh("sudo systemctl reboot")
        self._close_ssh()
        return self.wait_ssh(other_than=before, limit_s=limit_s)

    def _close_ssh(self):
        """Ends the shared connection; on return nobody adds to or removes from the folder."""
        control = self.folder / "ssh.sock"
        if not control.exists():
            return
        subprocess.run(["ssh", "-F", "none", "-o", "ControlPath=ssh.sock", "-O", "exit", "-"],
                       cwd=self.folder, capture_output=True, check=False)
        deadline = time.monotonic() + SSH_TRY_S
        while control.exists() and time.monotonic() < deadline:
            time.sleep(POLL_S / 10)
        control.unlink(missing_ok=True)


def _zombie(pid):
    # Our own child is a zombie until it is waited for; daemons are somebody else's.
    try:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return False


def image_format(image):
    return json.loads(run("qemu-img", "info", "--output=json", image))["format"]


def qemu_command(name, config):
    """QEMU's argument vector, with paths relative to the machine's folder (sockets' names have a
    limit of 108 bytes). Pure: the same configuration gives the same vector."""
    guest = "" if config.address == "dhcp" else config.address.split("/")[0]
    firmware = []
    if config.firmware == "uefi":
        firmware = ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF / 'OVMF_CODE_4M.fd'}",
                    "-drive", "if=pflash,format=qcow2,file=vars.qcow2"]
    return [
        "qemu-system-x86_64", "-name", name, "-machine", "q35", *config.accel,
        "-m", str(config.memory_mib), "-smp", str(config.cpus),
        "-nodefaults", "-display", "none", "-vga", "std", *firmware,
        "-drive", "if=virtio,format=qcow2,file=disk.qcow2,discard=unmap",
        "-drive", "if=virtio,format=raw,file=seed.iso,readonly=on",
        "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{config.ssh_port}-{guest}:22",
        "-device", "virtio-net-pci,netdev=net,romfile=",
        "-device", "virtio-rng-pci",
        "-chardev", "socket,id=console,path=console.sock,server=on,wait=off,"
                    "logfile=serial.log,logappend=on",
        "-serial", "chardev:console",
        "-qmp", "unix:qmp.sock,server=on,wait=off",
        *config.qemu, "-pidfile", "qemu.pid", "-daemonize",
    ]


def machines(base=CACHE / "vm"):
    """All machines below `base`, by name."""
    return [Machine(path.parent.name, base) for path in sorted(base.glob("*/machine.json"))]
