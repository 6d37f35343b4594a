"""cloud-init's seed: the templates of cloud-init/, filled in and put on a disk by cloud-localds.

Every value enters a template as JSON, which is YAML's flow style: no name, password or command can
become a key of its own or end a string.
"""
import base64
import dataclasses
import ipaddress
import json
import pathlib
import re
import subprocess

from . import VmError

TEMPLATES = pathlib.Path(__file__).resolve().parents[2] / "cloud-init"
PLACEHOLDER = re.compile(r"@([A-Z_]+)@")

# What QEMU's user network gives: docs/system/devices/net.rst.
GATEWAY = "10.0.2.2"
NAME_SERVER = "10.0.2.3"


@dataclasses.dataclass
class Seed:
    """What a machine is told at its first boot; `address` is "dhcp" or ADDRESS/PREFIX."""
    instance_id: str
    hostname: str
    user: str
    ssh_keys: list
    password: str = None
    address: str = "dhcp"
    files: list = dataclasses.field(default_factory=list)  # of (pathlib.Path, path on the host)
    commands: list = dataclasses.field(default_factory=list)


def values(seed):
    """The placeholders of the templates and their values, before they are quoted."""
    static = [] if seed.address == "dhcp" else [interface(seed.address)]
    return {
        "INSTANCE_ID": seed.instance_id,
        "HOSTNAME": seed.hostname,
        "USER": seed.user,
        "SSH_KEYS": seed.ssh_keys,
        "PASSWORD_HASH": hash_password(seed.password) if seed.password else "*",
        "LOCK_PASSWORD": not seed.password,
        "PASSWORD_LOGIN": bool(seed.password),
        "FILES": [_file(source, target) for source, target in seed.files],
        "COMMANDS": seed.commands,
        "DHCP": not static,
        "ADDRESSES": static,
        "ROUTES": [{"to": "default", "via": GATEWAY}] if static else [],
        "NAME_SERVERS": {"addresses": [NAME_SERVER]} if static else {},
    }


def interface(address):
    try:
        return str(ipaddress.ip_interface(address))
    except ValueError as error:
        raise VmError(f"--address {address}: {error}", "write 10.0.2.N/24, or dhcp") from error


def fill(template, names):
    """`template` with each @NAME@ replaced by names[NAME] as JSON; an unknown name is an error.

    A line whose value is empty is left out: cloud-init refuses some keys with nothing in them."""
    lines = []
    for line in template.splitlines(keepends=True):
        found = PLACEHOLDER.findall(line)
        unknown = [name for name in found if name not in names]
        if unknown:
            raise VmError(f"template: unknown placeholder @{unknown[0]}@",
                          "known are: " + " ".join(sorted(names)))
        if all(names[name] not in ([], {}) for name in found):
            lines.append(PLACEHOLDER.sub(lambda match: json.dumps(names[match[1]]), line))
    return "".join(lines)


def hash_password(password):
    """SHA-512 crypt(3), so that the seed does not hold the password itself."""
    result = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password + "\n",
                            capture_output=True, text=True, check=True)
    return result.stdout.strip()


def _file(source, target):
    if not target.startswith("/"):
        raise VmError(f"--file {source}:{target}: {target} is not an absolute path",
                      "write --file SOURCE:/PATH/ON/THE/HOST")
    try:
        content = source.read_bytes()
        mode = source.stat().st_mode & 0o777
    except OSError as error:
        raise VmError(f"--file {source}: {error.strerror}") from error
    return {"path": target, "encoding": "b64", "permissions": f"{mode:04o}",
            "content": base64.b64encode(content).decode()}


def remote_command(port):
    """The shell line that makes port `port` of the machine's host its update server."""
    return ("sed -i 's|^url=.*|url=http://%s:%d/|' /etc/ostree/remotes.d/*.conf"
            % (GATEWAY, port))


def write(seed, folder):
    """Write the seed's files and its disk into `folder`; returns the disk's path."""
    names = values(seed)
    paths = {}
    for name in ("meta-data", "user-data", "network-config"):
        paths[name] = folder / name
        paths[name].touch(mode=0o600)
        paths[name].write_text(fill((TEMPLATES / f"{name}.in").read_text(), names))
    disk = folder / "seed.iso"
    result = subprocess.run(["cloud-localds", "-N", paths["network-config"], disk,
                             paths["user-data"], paths["meta-data"]],
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise VmError(f"cloud-localds: {result.stderr.strip()}", "scripts/install-packages")
    return disk
