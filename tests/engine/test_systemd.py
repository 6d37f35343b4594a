"""Monitors as services of a systemd that is the first process of namespaces of its own (version 2)."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

from containers import Shop, wait_until

pytestmark = [pytest.mark.root, pytest.mark.slow]

UNIFIED = pathlib.Path("/sys/fs/cgroup/unified")
SYSTEMD = r"""
mount --make-rprivate /
mount -t tmpfs tmpfs /run
umount --lazy /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mkdir /run/units
for name in default sysinit basic shutdown; do
  printf '[Unit]\nDefaultDependencies=no\n' > /run/units/$name.target
done
export container=test SYSTEMD_UNIT_PATH=/run/units SYSTEMD_LOG_TARGET=console
exec /lib/systemd/systemd --system --unit=default.target --log-target=console
"""


class Machine(Shop):
    """A shop whose commands run beside that systemd."""

    def __init__(self, bin_dir, where, pid):
        self.prefix = ["nsenter", f"--target={pid}", "--all"]
        super().__init__(bin_dir, where)

    def call(self, *words, name="atomic", **options):
        return subprocess.run([*self.prefix, self.bin / name, *map(str, words)], env=self.env,
                              text=True, capture_output=True, check=False, timeout=300,
                              stdin=subprocess.DEVNULL, **options)

    def systemctl(self, *words):
        return subprocess.run([*self.prefix, "systemctl", "--no-pager", *words], text=True,
                              capture_output=True, check=False, timeout=120).stdout


@pytest.fixture(scope="module")
def machine(bin_dir, tmp_path_factory):
    top = UNIFIED if UNIFIED.exists() else pathlib.Path("/sys/fs/cgroup")
    folder = top / f"atomic-engine-{os.getpid()}"
    folder.mkdir()
    log = open(tmp_path_factory.mktemp("systemd") / "log", "w", encoding="utf-8")
    holder = subprocess.Popen(
        ["sh", "-c", f'echo $$ > {folder}/cgroup.procs; exec unshare --mount --pid --fork --cgroup '
         '--uts --ipc --net --mount-proc --kill-child sh -euc "$0"', SYSTEMD],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    children = pathlib.Path(f"/proc/{holder.pid}/task/{holder.pid}/children")
    pid = int(wait_until(lambda: children.read_text(encoding="utf-8").split(), "systemd")[0])
    wait_until(lambda: pathlib.Path(f"/proc/{pid}/root/run/systemd/private").exists(), "systemd")
    where = pathlib.Path(tempfile.mkdtemp(prefix="atomic-engine-"))
    where.chmod(0o755)
    yield Machine(bin_dir, where, pid)
    os.kill(pid, signal.SIGKILL)
    holder.wait()
    log.close()
    for path, _, _ in os.walk(folder, topdown=False):
        os.rmdir(path)
    shutil.rmtree(where)


def unit_of(name):
    return f"atomic-{name[:12]}.service"


def test_a_service_for_each(machine):
    name = machine.daemon("web", "--stop-timeout", "0")
    text = machine.systemctl("status", unit_of(name))
    assert "container web (busybox)" in text and "Active: active (running)" in text
    assert "├─container" in text and "└─monitor" in text
    group = pathlib.Path(machine.systemctl("show", "-P", "ControlGroup", unit_of(name)).strip())
    assert group == pathlib.Path("/system.slice") / unit_of(name)
    # Stopped by systemd it ends in order, and starts again.
    machine.systemctl("stop", unit_of(name))
    assert machine.state("web")["Status"] == "exited"
    machine("start", "web")
    assert machine("exec", "web", "echo", "x") == "x"
    machine("rm", "-f", "web")
    wait_until(lambda: unit_of(name) not in machine.systemctl("list-units", "--all"), "its end")


def test_foreground(machine):
    assert machine.run("busybox", "sh", "-c", "echo x; exit 0") == "x"
    assert "not found" in machine.fails("run", "--rm", "--network", "none", "busybox", "nope",
                                        status=127)
    assert machine.names() == []


def test_policy_survives_the_machines_end(machine):
    name = machine.daemon("kept", "--restart", "unless-stopped", "--stop-timeout", "0")
    machine.systemctl("stop", unit_of(name))
    assert machine("ps", "-q") == ""
    machine("container", "boot")
    assert machine.state("kept")["Running"]
    machine("rm", "-f", "kept")


def test_declared_container(machine, tmp_path):
    """A .container file becomes a service, whose main process is the monitor."""
    quadlets = machine.where / "quadlets"
    units = machine.where / "units"
    quadlets.mkdir()
    units.mkdir()
    (quadlets / "web.container").write_text(
        "[Unit]\nDescription=Declared\n[Container]\nImage=busybox\nNetwork=none\n"
        "Exec=sh -c \"echo $A; exec sleep 1000\"\nEnvironment=\"A=two words\"\nStopTimeout=0\n"
        "[Install]\nWantedBy=default.target\n")
    (quadlets / "wrong.container").write_text("[Container]\nImage=x\nNope=1\n")
    done = subprocess.run([machine.bin / "atomic-quadlet", units], text=True, capture_output=True,
                          env={**machine.env, "QUADLET_UNIT_DIRS": str(quadlets)}, check=False)
    assert done.returncode == 1 and "wrong.container:3: [Container] has no key Nope" in done.stderr
    assert os.readlink(units / "default.target.wants/web.service") == "../web.service"
    text = (units / "web.service").read_text()
    atomic = text.split("ExecStart=")[1].split()[0]
    variables = " ".join(f"{key}={machine.env[key]}"
                         for key in ("ATOMIC_ROOT", "ATOMIC_RUN_ROOT", "ATOMIC_POLICY"))
    (units / "web.service").write_text(text.replace(atomic, str(machine.bin / "atomic")).replace(
        "[Service]", f"[Service]\nEnvironment={variables}"))
    subprocess.run([*machine.prefix, "cp", units / "web.service", "/run/units"], check=True)
    machine.systemctl("daemon-reload")
    machine.systemctl("start", "web.service")
    assert machine.state("systemd-web")["Running"], machine.systemctl("status", "web.service")
    main = int(machine.systemctl("show", "-P", "MainPID", "web.service"))
    assert main == machine.monitor("systemd-web")
    assert machine("logs", "systemd-web") == "two words"
    group = "/sys/fs/cgroup/system.slice/web.service/container/cgroup.procs"
    processes = subprocess.run([*machine.prefix, "cat", group], text=True, capture_output=True,
                               check=True).stdout.split()
    assert processes == [str(machine.state("systemd-web")["Pid"])]
    machine.systemctl("stop", "web.service")
    assert machine.names() == []
