"""atomic-install --partition: the tables that it writes, read back by sfdisk; what it leaves alone."""
import hashlib
import json
import os
import pathlib
import struct
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIB = 1 << 20
TYPES = {
    "bios": "21686148-6449-6E6F-744E-656564454649",
    "efi": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
    "boot": "BC13C2FF-59E6-4262-A352-B275FD6F7172",
    "root": "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
    "data": "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7",
    "linux": "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
}
SMALL = "part /boot --size=16\npart / --size=32 --grow\n"


def table(path):
    dump = subprocess.run(["sfdisk", "--json", path], capture_output=True, text=True, check=True)
    return json.loads(dump.stdout)["partitiontable"]


def places(path):
    """Name to (number, start, size), both in MiB."""
    found = {}
    for part in table(path)["partitions"]:
        number = int(part["node"].removeprefix(str(path)))
        assert part["start"] % 2048 == 0 and part["size"] % 2048 == 0
        found[part.get("name", "")] = (number, part["start"] // 2048, part["size"] // 2048)
    return found


def digest(path):
    """Of the bytes of a sparse file that are not zero, with their places."""
    state = hashlib.sha256(str(path.stat().st_size).encode())
    with path.open("rb") as file:
        for number in range(0, path.stat().st_size, MIB):
            file.seek(number)
            try:
                start = os.lseek(file.fileno(), number, os.SEEK_DATA)
            except OSError:  # only a hole is left
                break
            if start < number + MIB:
                file.seek(number)
                data = file.read(MIB)
                if data.strip(b"\0"):
                    state.update(str(number).encode() + data)
    return state.hexdigest()


def uuid(seed, name):
    """What kickstart/uuid.h says."""
    data = b"".join(struct.pack(">Q", len(text)) + text.encode() for text in (seed, name))
    raw = bytearray(hashlib.sha256(data).digest()[:16])
    raw[6] = raw[6] & 0x0f | 0x80
    raw[8] = raw[8] & 0x3f | 0x80
    text = raw.hex()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]]).upper()


def test_cloud_image(install, disk):
    path = disk("cloud.raw", 8192)
    result = install("--partition", f"--disk={path}", "--seed=abc", ROOT / "kickstart/cloud.ks")
    assert result.returncode == 0, result.stderr
    found = table(path)
    identity = uuid("abc", "disk")
    assert (found["label"], found["id"]) == ("gpt", identity)
    assert places(path) == {"bios": (1, 1, 1), "efi": (2, 2, 64), "boot": (3, 66, 512),
                            "root": (4, 578, 8192 - 1 - 578)}
    for part in found["partitions"]:
        assert part["type"] == TYPES[part["name"]]
        assert part["uuid"] == uuid(identity.lower(), part["name"])
    verify = subprocess.run(["sfdisk", "--verify", path], capture_output=True, text=True,
                            check=False)
    assert "No errors detected" in verify.stdout + verify.stderr
    # Only the two tables are written.
    assert path.stat().st_blocks * 512 < MIB


def test_same_seed_same_bytes(install, disk):
    digests = set()
    for name, zone in (("a", "UTC"), ("b", "Asia/Tokyo")):
        path = disk(name, 128)
        result = install("--partition", f"--disk={path}", "--seed=s", "--memory=1G", "-",
                         text=SMALL, env={**os.environ, "TZ": zone})
        assert result.returncode == 0, result.stderr
        digests.add(digest(path))
    assert len(digests) == 1
    other = disk("c", 128)
    install("--partition", f"--disk={other}", "--memory=1G", "-", text=SMALL)
    assert digest(other) not in digests


def test_ordinary_user(install, disk):
    path = disk("user.raw", 256)
    path.chmod(0o666)
    for folder in list(path.parents)[:3]:
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o711)
    result = install("--partition", f"--disk={path}", "-", text=SMALL,
                     **({"user": 65534, "group": 65534} if os.geteuid() == 0 else {}))
    assert result.returncode == 0, result.stderr
    assert list(places(path)) == ["bios", "efi", "boot", "root"]


def test_two_disks(install, disk):
    first, second = disk("first", 12000), disk("second", 12000)
    result = install("--partition", f"--disk=sda={first}", f"--disk=sdb={second}", "--memory=2G",
                     ROOT / "kickstart/mirror.ks")
    assert result.returncode == 0, result.stderr
    assert list(places(first)) == ["bios", "efi", "raid.boot1", "raid.host1"]
    assert places(second) == {"raid.boot2": (1, 1, 512), "raid.host2": (2, 513, 12000 - 1 - 513)}


def test_others_partitions_stay(install, disk):
    path = disk("shared", 512, "label: gpt\n"
                f"start=2048, size=40960, type={TYPES['linux']}, name=old\n"
                f"start=411648, size=204800, type={TYPES['data']}, name=data\n")
    with path.open("r+b") as file:
        file.seek(411648 * 512)
        file.write(b"precious")
    before = table(path)
    result = install("--partition", f"--disk=sda={path}", "-", text="clearpart --linux\n" + SMALL)
    assert result.returncode == 0, result.stderr
    after = places(path)
    assert set(after) == {"bios", "efi", "boot", "root", "data"}
    assert after["data"] == (2, 201, 100)
    assert after["root"][1] + after["root"][2] <= 201 or after["root"][1] >= 301
    assert table(path)["id"] == before["id"]
    with path.open("rb") as file:
        file.seek(411648 * 512)
        assert file.read(8) == b"precious"


def test_old_signatures_are_wiped(install, disk):
    path = disk("signature", 128)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-E", f"offset={82 * MIB}", path, "16M"],
                   check=True, capture_output=True)
    result = install("--partition", f"--disk={path}", "-",
                     text="part /boot --size=14\npart / --size=32\n")
    assert result.returncode == 0, result.stderr
    root = places(path)["root"]
    assert root[1] == 80
    path2 = disk("signature2", 128)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-E", f"offset={80 * MIB}", path2, "16M"],
                   check=True, capture_output=True)
    install("--partition", f"--disk={path2}", "-", text="part /boot --size=14\npart / --size=32\n")
    with path2.open("rb") as file:
        file.seek(80 * MIB + 1024 + 0x38)
        assert file.read(2) != b"\x53\xef"


@pytest.mark.parametrize(("content", "text", "status", "message"), [
    ("file system", SMALL, 3, "has something on it that is no partition table"),
    ("old table", SMALL, 3, "has an old partition table, and a GPT is needed"),
    ("full", SMALL, 14, "no room of 64 MiB for efi"),
    ("blank", "part /boot --size=16\npart / --size=4096\n", 14, "no room of 4096 MiB for root"),
    ("blank", "part /boot --size=16\npart / --size=32 --ondisk=sdz\n", 4, "there is no disk sdz"),
    ("blank", "ignoredisk --drives=sda\n" + SMALL, 4, "there is no disk to use"),
    ("blank", SMALL + "bogus\n", 3, "unknown command"),
    ("blank", "%include /tmp/nowhere.ks\n%pre\nx\n%end\n" + SMALL, 3, "is not read"),
])
def test_refused_and_untouched(install, disk, content, text, status, message):
    scripts = {"old table": "label: dos\nstart=2048, size=20480, type=83\n",
               "full": f"label: gpt\nstart=2048, size=260096, type={TYPES['linux']}\n"}
    path = disk("disk", 130, scripts.get(content))
    if content == "file system":
        subprocess.run(["mke2fs", "-q", "-t", "ext4", path], check=True, capture_output=True)
    before = digest(path)
    result = install("--partition", f"--disk=sda={path}", "-", text=text)
    assert (result.returncode, result.stdout) == (status, "")
    assert message in result.stderr
    assert digest(path) == before


@pytest.mark.parametrize("promise", ["zerombr\n", "clearpart --all\n",
                                     "clearpart --linux --initlabel\n"])
def test_promised(install, disk, promise):
    path = disk("disk", 256)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", path], check=True, capture_output=True)
    result = install("--partition", f"--disk=sda={path}", "-", text=promise + SMALL)
    assert result.returncode == 0, result.stderr
    assert list(places(path)) == ["bios", "efi", "boot", "root"]


def test_old_table_is_replaced(install, disk):
    path = disk("disk", 256, "label: dos\nstart=2048, size=20480, type=83\n")
    result = install("--partition", f"--disk=sda={path}", "-", text="clearpart --all\n" + SMALL)
    assert result.returncode == 0, result.stderr
    assert table(path)["label"] == "gpt"


def test_dry_run_changes_nothing(install, disk):
    path = disk("disk", 8192)
    result = install("--dry-run", f"--disk={path}", ROOT / "kickstart/cloud.ks")
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith("      4  root: 7613 MiB at 578 MiB\n")
    assert path.stat().st_blocks == 0


def test_wants_a_disk(install):
    result = install("--partition", "-", text=SMALL)
    assert (result.returncode, result.stdout) == (2, "")
    assert "no disk is named" in result.stderr
