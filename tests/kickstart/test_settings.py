"""atomic-install --settings: what it writes is read by those who will read it."""
import os
import pathlib
import shutil
import subprocess

import pytest

NETWORKD = "/lib/systemd/systemd-networkd"
NETWORKS = pathlib.Path(__file__).parents[1] / "fuzz/corpus/kickstart/networks"
HOST = """\
hostname host.example
network --device=eth0 --ip=192.0.2.5 --netmask=255.255.255.0 --gateway=192.0.2.1
firewall --service=http,dns --port=5900-5910:udp,8443 --trust=eth1
timezone --utc Europe/Sofia
services --enabled=wanted,sshd --disabled=unwanted,absent
"""


@pytest.fixture
def host(tmp_path):
    """A folder with the units of a host."""
    root = tmp_path / "host"
    units = root / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    (root / "etc/systemd/system/multi-user.target.wants").mkdir(parents=True)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (root / "etc/group").write_text("root:x:0:\n")
    for name in ("wanted", "unwanted", "sshd", "nftables"):
        (units / f"{name}.service").write_text(
            "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n")
    wants = root / "etc/systemd/system/multi-user.target.wants/unwanted.service"
    wants.symlink_to("/usr/lib/systemd/system/unwanted.service")
    return root


def test_printed(install):
    result = install("--settings", "-", text="timezone --utc UTC\nservices --enabled=a\n")
    assert result.returncode == 0
    assert result.stdout == (
        "/etc/localtime -> ../usr/share/zoneinfo/UTC\n/etc/timezone\n    UTC\n"
        "/etc/adjtime\n    0.0 0 0.0\n    0\n    UTC\nenable a\n")


def test_written(install, host):
    result = install("--settings", f"--root={host}", "-", text=HOST)
    assert result.returncode == 0, result.stderr
    assert (host / "etc/hostname").read_text() == "host.example\n"
    assert os.readlink(host / "etc/localtime") == "../usr/share/zoneinfo/Europe/Sofia"
    wants = host / "etc/systemd/system/multi-user.target.wants"
    assert sorted(path.name for path in wants.iterdir()) == [
        "nftables.service", "sshd.service", "wanted.service"]
    network = host / "etc/systemd/network/50-eth0.network"
    assert "Address=192.0.2.5/24\n" in network.read_text()
    assert network.stat().st_mode & 0o777 == 0o644


def test_umask(install, host):
    """Folders and files are open to all readers whatever the umask is."""
    result = install("--settings", f"--root={host}", "-", text=HOST, umask=0o077)
    assert result.returncode == 0
    assert (host / "etc/systemd/network").stat().st_mode & 0o777 == 0o755
    assert (host / "etc/hostname").stat().st_mode & 0o777 == 0o644


def test_absent_unit(install, host):
    result = install("--settings", f"--root={host}", "-", text="services --enabled=absent\n")
    assert result.returncode != 0
    assert "absent" in result.stderr


def test_no_folder(install, tmp_path):
    result = install("--settings", f"--root={tmp_path}/none", "-", text=HOST)
    assert result.returncode != 0
    assert result.stderr.startswith("error: ")


def test_refused(install, host):
    """Nothing is written when a later line cannot be."""
    result = install("--settings", f"--root={host}", "-",
                     text="hostname a\nfirewall --service=xyzzy\n")
    assert result.returncode == 3
    assert not (host / "etc/hostname").exists()


@pytest.mark.skipif(not shutil.which("nft"), reason="nft is not installed")
def test_rules_are_rules(install, host):
    assert install("--settings", f"--root={host}", "-", text=HOST).returncode == 0
    rules = host / "etc/nftables.conf"
    check = subprocess.run(["unshare", "--user", "--map-root-user", "--net", "nft", "-f", rules],
                           capture_output=True, text=True, check=False)
    if "unshare" in check.stderr:
        pytest.skip("no user namespaces")
    assert check.returncode == 0, check.stderr


@pytest.mark.skipif(not os.path.exists(NETWORKD), reason="systemd-networkd is not installed")
def test_networkd_knows_every_key(install, tmp_path):
    """It names each line that it does not understand when it starts."""
    lines = [line for line in NETWORKS.read_text().splitlines() if line.startswith("network")]
    (tmp_path / "etc").mkdir()
    for name in ("passwd", "group"):
        (tmp_path / "etc" / name).touch()
    result = install("--settings", f"--root={tmp_path}", "-", text="\n".join(lines) + "\n")
    assert result.returncode == 0, result.stderr
    folder = tmp_path / "etc/systemd/network"
    script = (f"mount -t tmpfs run /run && mkdir -p /run/systemd/network && "
              f"mount --bind {folder} /run/systemd/network && echo ready && "
              f"SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console timeout 2 {NETWORKD}")
    # It takes on another user, which a user namespace does not have: only root can try.
    networkd = subprocess.run(["unshare", "--mount", "--net", "sh", "-c", script],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    output = networkd.stdout.decode(errors="replace")
    if "ready" not in output or 'loaded "bridge"' not in output:
        pytest.skip("networkd does not start here")
    assert [line for line in output.splitlines() if "/systemd/network/" in line] == []
