"""atomic-install --format: each file system, read by its own checker, in its place on a disk file."""
import hashlib
import json
import os
import subprocess

import pytest

MIB = 1 << 20
# Kickstart type, size in MiB, what blkid calls it, what says that it is sound.
KINDS = [
    ("ext4", 64, "ext4", ["e2fsck", "-fn"]),
    ("ext2", 64, "ext2", ["e2fsck", "-fn"]),
    ("xfs", 320, "xfs", ["xfs_repair", "-n"]),
    ("btrfs", 320, "btrfs", ["btrfs", "check"]),
    ("vfat", 64, "vfat", ["fsck.vfat", "-n"]),
]


def extract(path, name, folder):
    """The partition with this name as a sparse file of its own."""
    dump = subprocess.run(["sfdisk", "--json", path], capture_output=True, text=True, check=True)
    part = next(part for part in json.loads(dump.stdout)["partitiontable"]["partitions"]
                if part["name"] == name)
    target = folder / f"{name}.img"
    subprocess.run(["dd", f"if={path}", f"of={target}", "bs=1M", "conv=sparse", "status=none",
                    f"skip={part['start'] // 2048}", f"count={part['size'] // 2048}"], check=True)
    os.truncate(target, part["size"] * 512)
    return target


def probe(path):
    text = subprocess.run(["blkid", "-p", "-o", "export", path], capture_output=True, text=True,
                          check=True).stdout
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def digest(path):
    state = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(MIB):
            state.update(block if block.strip(b"\0") else b"0")
    return state.hexdigest()


@pytest.mark.parametrize(("kind", "size", "found", "checker"), KINDS, ids=[row[0] for row in KINDS])
def test_kind(install, disk, tmp_path, kind, size, found, checker):
    path = disk("disk", size + 128)
    result = install("--format", f"--disk={path}", "--seed=s", "-",
                     text=f"part /boot --size=24\npart /data --size={size} --fstype={kind} "
                          "--label=DATA\n")
    assert result.returncode == 0, result.stderr
    image = extract(path, "data", tmp_path)
    assert {"TYPE": found, "LABEL": "DATA"}.items() <= probe(image).items()
    check = subprocess.run([*checker, image], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


def test_swap(install, disk, tmp_path):
    path = disk("disk", 256)
    result = install("--format", f"--disk={path}", "--memory=64M", "-",
                     text="part /boot --size=24\npart swap --recommended --label=SWAP\n")
    assert result.returncode == 0, result.stderr
    image = extract(path, "swap", tmp_path)
    assert {"TYPE": "swap", "LABEL": "SWAP"}.items() <= probe(image).items()


def test_boot_is_readable_by_grub(install, disk, tmp_path):
    path = disk("disk", 256)
    assert install("--format", f"--disk={path}", "-",
                   text="part /boot --size=24\npart / --size=64\n").returncode == 0
    for name, plain in (("boot", True), ("root", False)):
        image = extract(path, name, tmp_path)
        features = subprocess.run(["dumpe2fs", "-h", image], capture_output=True, text=True,
                                  check=True).stdout.partition("features:")[2].splitlines()[0]
        if plain:
            assert "metadata_csum_seed" not in features and "orphan_file" not in features
    listing = subprocess.run(["grub-fstest", extract(path, "boot", tmp_path), "ls", "(loop0)/"],
                             capture_output=True, text=True, check=False)
    assert "lost+found" in listing.stdout, listing.stderr


def test_same_seed_same_bytes(install, disk):
    text = "part /boot --size=24\npart / --size=64\npart swap --size=16\n"
    digests = set()
    for name, zone in (("a", "UTC"), ("b", "Asia/Tokyo")):
        path = disk(name, 256)
        env = {**os.environ, "TZ": zone, "SOURCE_DATE_EPOCH": "1700000000"}
        assert install("--format", f"--disk={path}", "--seed=s", "-", text=text,
                       env=env).returncode == 0
        digests.add(digest(path))
    assert len(digests) == 1


def test_sparse_and_nothing_left(install, disk, tmp_path):
    path = disk("disk", 8192)
    work = tmp_path / "work"
    work.mkdir()
    result = install("--format", f"--disk={path}", "-",
                     text="part /boot --size=512\npart / --grow\n",
                     env={**os.environ, "TMPDIR": str(work)})
    assert result.returncode == 0, result.stderr
    assert path.stat().st_blocks * 512 < 64 * MIB
    assert not list(work.iterdir())


@pytest.mark.parametrize(("text", "status", "message"), [
    ("part /boot --size=24\npart pv.1 --size=9\n", 3, "-:2:1: part needs devices of the kernel"),
    ("autopart --type=lvm\n", 3, "-:1:1: autopart needs devices of the kernel"),
    ("part / --size=64 --encrypted --passphrase=x\n", 3, "--encrypted needs devices"),
    ("part /boot --size=24\npart / --size=64 --mkfsoptions=\"-L 'x\"\n", 3,
     "a quote that is never closed"),
])
def test_refused_and_untouched(install, disk, text, status, message):
    path = disk("disk", 256)
    result = install("--format", f"--disk={path}", "-", text=text)
    assert (result.returncode, result.stdout) == (status, "")
    assert message in result.stderr
    assert path.stat().st_blocks == 0


def test_failing_program(install, disk, tmp_path):
    path = disk("disk", 256)
    work = tmp_path / "work"
    work.mkdir()
    result = install("--format", f"--disk={path}", "-",
                     text="part /boot --size=24\npart / --size=64 --mkfsoptions=--bogus\n",
                     env={**os.environ, "TMPDIR": str(work)})
    assert result.returncode == 1
    assert result.stderr.startswith("error: making the file system root: ")
    assert not list(work.iterdir())


def test_fstab_names_what_is_made(install, disk, tmp_path):
    """The same seed gives fstab the identifiers of the file systems."""
    text = ("clearpart --all\nostreesetup --osname=a --url=http://updates.example/ --ref=b\n"
            "part biosboot --size=1\npart /boot/efi --fstype=efi --size=64\n"
            "part /boot --size=64\npart / --size=64\npart /srv --size=320 --fstype=xfs\n"
            "part swap --size=16\n")
    path = disk("disk", 640)
    root = tmp_path / "host"
    (root / "etc").mkdir(parents=True)
    for name in ("passwd", "group"):
        (root / "etc" / name).touch()
    result = install("--settings", f"--root={root}", f"--disk={path}", "--seed=s", "-", text=text)
    assert result.returncode == 0, result.stderr
    assert install("--format", f"--disk={path}", "--seed=s", "-", text=text).returncode == 0
    lines = (root / "etc/fstab").read_text().splitlines()[1:]
    for line, name in zip(lines, ("boot", "efi", "var-srv", "swap"), strict=True):
        found = probe(extract(path, name, tmp_path))
        assert line.split()[0] == f"UUID={found['UUID']}"
        assert line.split()[2] == found["TYPE"]


def test_fstab_wants_a_seed(install, disk):
    result = install("--settings", f"--disk={disk('disk', 64)}", "-", text="part / --size=9\n")
    assert result.returncode == 2
    assert "hint: add --seed=TEXT" in result.stderr
