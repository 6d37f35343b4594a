"""The peer of the image: the same packages and files on the same disk, installed and not deployed.

mmdebstrap installs what the image's definition names, with the definition's hooks, files and units,
but without the agent. The disk is a copy of the image's, boot code and all, in which /boot and the
root file system are made anew. What the image's boot code starts then is GRUB with an ordinary menu.
"""

import json
import os
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

from record import run

ROOT = Path(__file__).resolve().parents[2]
STAGE = "/atomic-image"  # where the hooks look for what they lay over the tree
BOOT, ROOTFS = 3, 4  # partitions of the image's disk
LABELS = {BOOT: "atomic-boot", ROOTFS: "atomic-root"}
FEATURES = {BOOT: "^metadata_csum_seed,^orphan_file", ROOTFS: "verity,^metadata_csum_seed,^orphan_file"}
FSTAB = "LABEL=atomic-root / ext4 defaults 0 1\nLABEL=atomic-boot /boot ext4 defaults,nosuid,nodev,noexec 0 2\n"
# The image's GRUB writes to the serial line, too; that takes its time.
GRUB_CFG = """set timeout=1
if serial --unit=0 --speed=115200; then
  terminal_input console serial
  terminal_output console serial
fi
menuentry 'Debian' {
  linux /vmlinuz root=LABEL=atomic-root %s
  initrd /initramfs.img
}
"""


def read_definition(path):
    """Words of each key of an image's definition; a key that is given again adds to its list."""
    words, section = defaultdict(list), ""
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            words[section, key] += value.split()
    return words


def lay_out_stage(definition, base, stage):
    """Make the folder that the hooks read, as atomic-image makes it."""
    for tree in definition["Files", "Tree"]:
        source, _, target = tree.partition(":")
        shutil.copytree(base / source, stage / "files" / target.lstrip("/"), symlinks=True, dirs_exist_ok=True)
    (stage / "files/etc/fstab").write_text(FSTAB)
    for section, key in (("Files", "Passwd"), ("Files", "Group"), ("Hooks", "Essential"), ("Hooks", "Customize")):
        shutil.copy(base / definition[section, key][0], stage / key.lower())
    # The agent's units, and the one that grows the root below a read-only mount, are OSTree's business.
    units = [u for u in definition["Units", "Enable"] if not u.startswith("atomic-")]
    lists = {
        "enable": units,
        "disable": definition["Units", "Disable"],
        "mask": definition["Units", "Mask"],
        "purge": definition["Packages", "Purge"],
        "os-release": [],
    }
    for name, lines in lists.items():
        (stage / name).write_text("".join(f"{line}\n" for line in lines))


def install(definition, stage, tree, mirrors):
    """Install the packages into the folder `tree`."""
    hooks = {
        "essential": [f'mkdir "$1{STAGE}"', f"sync-in {stage} {STAGE}", f'chroot "$1" sh {STAGE}/essential'],
        "customize": [f'chroot "$1" sh {STAGE}/customize', f'rm -r "$1{STAGE}"'],
    }
    run(
        *("mmdebstrap", "--variant=minbase", "--format=directory"),
        f"--architectures={definition['Image', 'Architecture'][0]}",
        f"--include={','.join(definition['Packages', 'Include'])}",
        *(f"--{when}-hook={line}" for when, lines in hooks.items() for line in lines),
        *(definition["Image", "Suite"][0], tree, *mirrors),
        env={**os.environ, "INITRD": "No", "LC_ALL": "C.UTF-8"},
    )
    for pattern in definition["Files", "Drop"]:
        if pattern != "/usr/lib/sysusers.d":  # which the image has, too, in a form of its own
            subprocess.run(["sh", "-c", f"rm -rf -- .{pattern}"], cwd=tree, check=True)
    (tree / "etc/machine-id").write_text("")
    (tree / "etc/hostname").unlink(missing_ok=True)
    (tree / "etc/resolv.conf").unlink(missing_ok=True)
    (tree / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")


def take_out_boot(definition, tree, boot):
    """Make the folder of /boot: kernel, initramfs, GRUB's configuration."""
    (modules,) = (tree / "usr/lib/modules").iterdir()
    (boot / "grub").mkdir(parents=True)
    for name in ("vmlinuz", "initramfs.img"):
        shutil.move(modules / name, boot / name)
    arguments = " ".join(definition["Kernel", "Arguments"])
    (boot / "grub/grub.cfg").write_text(GRUB_CFG % arguments)
    shutil.rmtree(tree / "boot")
    (tree / "boot").mkdir()


def fill_partition(disk, number, folder):
    """Make the file system of a partition anew, with what is in the folder."""
    table = json.loads(run("sfdisk", "--json", disk))["partitiontable"]["partitions"]
    start, size = (table[number - 1][key] * 512 for key in ("start", "size"))
    run("fallocate", "--punch-hole", "--offset", start, "--length", size, disk)
    options = f"offset={start},nodiscard,lazy_itable_init=1,lazy_journal_init=0"
    run(
        *("mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-I", "256", "-m", "1"),
        *("-L", LABELS[number], "-O", FEATURES[number], "-E", options, "-d", folder),
        *(disk, f"{size // 1024}k"),
    )


def make(definition_path, image, output, mirrors, scratch):
    """Make the qcow2 `output` beside the qcow2 `image`. Takes a few minutes and 3 GB of `scratch`,
    an empty folder."""
    definition = read_definition(definition_path)
    stage, tree, boot, disk = (scratch / name for name in ("stage", "tree", "boot", "disk.raw"))
    lay_out_stage(definition, definition_path.parent, stage)
    install(definition, stage, tree, mirrors)
    take_out_boot(definition, tree, boot)
    run("qemu-img", "convert", "-O", "raw", image, disk)
    fill_partition(disk, BOOT, boot)
    fill_partition(disk, ROOTFS, tree)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_suffix(".new")
    run("qemu-img", "convert", "-O", "qcow2", "-c", "-m", "4", "-o", "compression_type=zstd", disk, partial)
    partial.rename(output)
