"""scripts/run-vm without a virtual machine: what it tells cloud-init and QEMU, and what it refuses."""
import pathlib
import subprocess
import sys

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from vmlib import VmError, machine, seed  # noqa: E402 (found by the line above)

HOSTILE = ['a: b', '"', "'", "x\nroot: true", "# no comment", "{{ v1 }}", "- item", "ünïcode", "\\"]


def make_seed(**changes):
    values = {"instance_id": "i-1", "hostname": "h", "user": "u", "ssh_keys": ["ssh-ed25519 AAAA k"]}
    return seed.Seed(**{**values, **changes})


def filled(name, machine_seed):
    text = (seed.TEMPLATES / f"{name}.in").read_text()
    return yaml.safe_load(seed.fill(text, seed.values(machine_seed)))


@pytest.mark.parametrize("value", HOSTILE)
def test_values_stay_values(value):
    data = filled("user-data", make_seed(user=value, hostname=value, ssh_keys=[value],
                                         commands=[value]))
    user = data["users"][0]
    assert (data["hostname"], data["runcmd"]) == (value, [value])
    assert (user["name"], user["ssh_authorized_keys"]) == (value, [value])
    assert set(data) == {"hostname", "users", "ssh_pwauth", "runcmd"}
    assert filled("meta-data", make_seed(hostname=value))["local-hostname"] == value


def test_without_password_there_is_no_login_by_password():
    data = filled("user-data", make_seed())
    assert data["ssh_pwauth"] is False
    assert data["users"][0]["lock_passwd"] is True


def test_password_is_hashed():
    data = filled("user-data", make_seed(password="secret"))
    user = data["users"][0]
    assert data["ssh_pwauth"] is True
    assert user["lock_passwd"] is False
    _, kind, salt, _ = user["passwd"].split("$")
    again = subprocess.run(["openssl", "passwd", f"-{kind}", "-salt", salt, "secret"],
                           capture_output=True, text=True, check=True).stdout.strip()
    assert user["passwd"] == again


def test_network_by_dhcp():
    network = filled("network-config", make_seed())["ethernets"]["e*"]
    assert network == {"dhcp4": True}, "empty keys are refused"


def test_network_by_hand():
    network = filled("network-config", make_seed(address="10.0.2.77/24"))["ethernets"]["e*"]
    assert (network["dhcp4"], network["addresses"]) == (False, ["10.0.2.77/24"])
    assert network["routes"] == [{"to": "default", "via": "10.0.2.2"}]
    assert network["nameservers"] == {"addresses": ["10.0.2.3"]}


def test_files_keep_content_and_mode(tmp_path):
    source = tmp_path / "tool"
    source.write_bytes(b"\x00binary\n")
    source.chmod(0o750)
    entry = filled("user-data", make_seed(files=[(source, "/usr/local/bin/tool")]))["write_files"][0]
    assert (entry["path"], entry["permissions"]) == ("/usr/local/bin/tool", "0750")
    assert (entry["encoding"], entry["content"]) == ("b64", "AGJpbmFyeQo=")


def test_unknown_placeholder_is_named():
    with pytest.raises(VmError, match="@HOSTNAMES@"):
        seed.fill("@HOSTNAMES@", {"HOSTNAME": "x"})


def test_seed_disk_has_the_label_that_cloud_init_looks_for(tmp_path):
    disk = seed.write(make_seed(), tmp_path)
    label = subprocess.run(["blkid", "-o", "value", "-s", "LABEL", disk], capture_output=True,
                           text=True, check=True).stdout
    assert label.strip() == "cidata"


def test_ssh_reaches_a_static_address_too():
    config = machine.Config(image="/i", user="u", address="10.0.2.77/24", ssh_port=2222)
    assert "user,id=net,hostfwd=tcp:127.0.0.1:2222-10.0.2.77:22" \
        in machine.qemu_command("m", config)


def test_uefi_gets_firmware_and_variables_of_its_own():
    config = machine.Config(image="/i", user="u", firmware="uefi")
    drives = [word for word in machine.qemu_command("m", config) if word.startswith("if=pflash")]
    assert len(drives) == 2
    assert "readonly=on" in drives[0]
    assert drives[1].endswith("file=vars.qcow2")


@pytest.mark.parametrize("arguments", [
    ["stop", "no-such-machine"], ["ssh"], ["/no/such/image.qcow2"], ["stop", "../evil"],
])
def test_refuses_with_a_hint(arguments):
    result = subprocess.run([ROOT / "scripts/run-vm", *arguments], capture_output=True, text=True,
                            check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert "\nhint: " in result.stderr
    assert "Traceback" not in result.stderr


def test_bad_address_leaves_nothing_behind(tmp_path):
    image = tmp_path / "image.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, "1M"], check=True)
    result = subprocess.run([ROOT / "scripts/run-vm", image, "--name", "test-bad-address",
                             "--address", "10.0.2.300"], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("error: --address 10.0.2.300: ")
    assert not (machine.CACHE / "vm/test-bad-address").exists()
