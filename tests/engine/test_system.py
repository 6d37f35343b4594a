"""info, version, and system df, prune, check."""
import json
import os
import signal

import pytest

from netbox import wait_for

pytest_plugins = ["netfixtures"]
pytestmark = pytest.mark.root


def test_info(net):
    net.sleeper("one")
    text = net.atomic("info").stdout
    assert " Containers: 1\n  Running: 1\n  Paused: 0\n  Stopped: 0\n" in text
    assert " Storage Driver: overlay\n" in text
    for driver in ("aufs", "lvm", "devicemapper"):
        assert f"  {driver}: unsupported: " in text
    shown = json.loads(net.atomic("info", "--format", "json").stdout)
    assert shown["Driver"] == "overlay" and shown["ContainersRunning"] == 1
    assert shown["DockerRootDir"] == str(net.folder / "root")
    assert shown["NCPU"] == os.sysconf("SC_NPROCESSORS_ONLN")
    assert net.atomic("info", "-f", "{{.OSType}}").stdout == "linux\n"


def test_version(net):
    version = net.atomic("version", "--format", "{{.Client.Version}}").stdout.strip()
    assert f"Version:           {version}" in net.atomic("version").stdout


def test_df_and_prune(net):
    net.sleeper("runs", "-v", "used:/data")
    net.run("--name", "ended", "--", "dd", "if=/dev/zero", "of=/file", "bs=1000", "count=1000")
    net.atomic("volume", "create")
    net.atomic("network", "create", "lonely")
    lines = [line.split() for line in net.atomic("system", "df").stdout.splitlines()]
    assert lines[0] == ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"]
    assert lines[2][:4] == ["Containers", "2", "1", "1MB"]
    assert lines[3][:4] == ["Local", "Volumes", "2", "1"]
    out = net.atomic("system", "prune", "-f", "--volumes").stdout
    assert "Deleted Containers:" in out and "Deleted Networks:\nlonely\n" in out
    assert "Deleted Volumes:" in out and "Total reclaimed space: 1MB" in out
    assert net.atomic("ps", "-a", "--format", "{{.Names}}").stdout == "runs\n"
    assert net.atomic("volume", "ls", "-q").stdout == "used\n"


def test_check_is_quiet_when_all_is_well(net):
    net.web("one", "-p", "8080:80", "-v", "db:/db").run("--name", "two", "--", "true")
    assert net.atomic("system", "check").stdout == "all is well\n"


def test_check_finds_and_repairs(net):
    net.web("one", "-p", "8080:80").sleeper("two", "-p", "8081:80")
    stray = net.folder / "root/volumes/stray"
    stray.mkdir(parents=True)
    folder = net.folder / "root/containers" / ("7" * 64)
    folder.mkdir()
    net.host.run("ip", "link", "add", "atv0123456789ab", "type", "veth", "peer", "name", "peer0")
    # The monitor first: nobody is left to say that the container has ended, or to look after rules.
    shown = json.loads(net.atomic("container", "inspect", "two").stdout)[0]
    with open(f"/proc/{shown['State']['Pid']}/status", encoding="utf-8") as status:
        monitor = next(int(line.split()[1]) for line in status if line.startswith("PPid:"))
    os.kill(monitor, signal.SIGKILL)
    os.kill(shown["State"]["Pid"], signal.SIGKILL)
    assert wait_for(lambda: "monitor was killed" in net.atomic("system", "check",
                                                               check=False).stdout)
    found = net.atomic("system", "check", check=False)
    assert found.returncode == 1
    for text in ("volumes/stray belongs to no volume", f"{'7' * 64} belongs to no container",
                 "interface atv0123456789ab belongs to no network or container",
                 "container two: its monitor was killed", "holds addresses or ports"):
        assert text in found.stdout, text
    repaired = net.atomic("system", "check", "--repair")
    assert repaired.stdout == "all is well\n"
    assert not stray.exists() and not folder.exists()
    assert "atv0123456789ab" not in net.host.links()
    assert len(net.elements()) == 1
    net.run("--rm", "-p", "8081:80", "--", "true")
