"""Interfaces that move into the container."""
import pathlib
import subprocess

import pytest

pytestmark = pytest.mark.root


@pytest.fixture
def veth():
    """Makes interfaces with addresses; they go with the container's namespace, or here."""
    made = []

    def make(name, *addresses):
        subprocess.run(["ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}p"],
                       check=True)
        made.append(f"{name}p")
        for address in addresses:
            subprocess.run(["ip", "address", "add", address, "dev", name], check=True)
        return name
    yield make
    for name in made:
        subprocess.run(["ip", "link", "delete", name], check=False, capture_output=True)


def test_it_comes_up_with_its_addresses(box, veth):
    veth("atomic-d0", "192.0.2.5/24", "192.0.2.6/24", "2001:db8::5/64")
    config = box.config("ip", "address", "show", "dev", "inside0")
    config["linux"]["netDevices"] = {"atomic-d0": {"name": "inside0"}}
    text = box.output(config)
    assert "UP" in text.splitlines()[0]
    for address in ("inet 192.0.2.5/24", "inet 192.0.2.6/24", "inet6 2001:db8::5/64"):
        assert f"{address} scope global" in text
    assert not pathlib.Path("/sys/class/net/atomic-d0").exists()


def test_it_keeps_its_name(box, veth):
    veth("atomic-d0")
    config = box.config("cat", "/sys/class/net/atomic-d0/flags")
    config["linux"]["netDevices"] = {"atomic-d0": {}}
    assert int(box.output(config), 16) & 1  # IFF_UP


def test_a_template_gives_each_a_name(box, veth):
    config = box.config("ls", "/sys/class/net")
    config["linux"]["netDevices"] = {veth("atomic-d0"): {"name": "in%d"},
                                     veth("atomic-d1"): {"name": "in%d"}}
    assert box.output(config).split() == ["in0", "in1", "lo"]


def test_a_name_that_is_taken(box, veth):
    """It stays here: what fails leaves nothing changed."""
    config = box.config("true")
    config["linux"]["netDevices"] = {veth("atomic-d0", "192.0.2.5/24"): {"name": "lo"}}
    done = box.run(config, ok=False)
    assert done.returncode == 1
    assert "linux.netDevices.atomic-d0: lo in the container: File exists" in done.stderr
    shown = subprocess.run(["ip", "address", "show", "dev", "atomic-d0"], capture_output=True,
                           text=True, check=True).stdout
    assert "192.0.2.5/24" in shown
