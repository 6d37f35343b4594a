"""Run stock ostree on a sysroot as if the machine had booted it, without a machine.

`ostree admin finalize-staged` acts on a booted system only: the one whose root folder is a deployment's,
with /run/ostree-booted in it. A chroot into the deployment, in a mount and a process namespace
of its own, is that. The programs (grub-mkconfig among them, which libostree starts in the new deployment)
are this machine's, bound over the empty folders of the deployments.
"""

import contextlib
import os
from pathlib import Path

from record import run
from source import deployments

# Folders of a deployment that take this machine's programs; the rest of its /usr stays its own.
PROGRAMS = ("bin", "sbin", "lib64", "lib/x86_64-linux-gnu", "lib/grub", "share")
GRUB_SCRIPTS = ("00_header", "10_linux", "30_uefi-firmware", "40_custom")
# What libostree's script for grub-mkconfig does: say which device /boot is, have the entries made.
GRUB_OSTREE = """#!/bin/sh
. /usr/share/grub/grub-mkconfig_lib
export GRUB2_BOOT_DEVICE_ID="$(grub_get_device_id "$GRUB_DEVICE_BOOT")"
export GRUB2_PREPARE_ROOT_CACHE="$(prepare_grub_to_access_device "$GRUB_DEVICE_BOOT")"
exec ostree admin instutil grub2-generate
"""


def add_grub(tree):
    """Add to a host's tree what grub-mkconfig needs: folders to bind programs over, its scripts."""
    for name in ("bin", "sbin", "lib", "lib64"):
        os.symlink(f"usr/{name}", tree / name)
    for name in PROGRAMS:
        (tree / "usr" / name).mkdir(parents=True, exist_ok=True)
    scripts = tree / "usr/etc/grub.d"
    scripts.mkdir()
    for name in GRUB_SCRIPTS:
        run("cp", "-a", f"/etc/grub.d/{name}", scripts / name)
    (scripts / "15_ostree").write_text(GRUB_OSTREE)
    (scripts / "15_ostree").chmod(0o755)
    (tree / "usr/etc/default").mkdir()
    (tree / "usr/etc/default/grub").write_text("GRUB_TIMEOUT=1\n")


def use_grub(root):
    """Make stock libostree write GRUB's configuration on a sysroot, by grub-mkconfig."""
    run("ostree", "config", f"--repo={root}/ostree/repo", "set", "sysroot.bootloader", "grub2")
    (root / "boot/loader/grub.cfg").touch()
    (root / "boot/grub").mkdir()
    (root / "boot/grub/grub.cfg").symlink_to("../loader/grub.cfg")


@contextlib.contextmanager
def booted(sysroot, root):
    """Mount at `root` what a machine sees that booted the only deployment of `sysroot`; gives a
    function that runs a program in it. The caller is in a mount namespace of its own."""

    def chroot(*argv):
        enter = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
        return run("unshare", "-mpf", "sh", "-c", enter, root, *argv)

    (deployment,) = deployments(sysroot)
    root.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        run("mount", "--bind", deployment, root)
        stack.callback(run, "umount", "-R", "-l", root)
        run("mount", "--bind", sysroot, root / "sysroot")
        run("mount", "--bind", sysroot / "boot", root / "boot")
        for name in ("dev", "sys"):
            run("mount", "--rbind", f"/{name}", root / name)
        for name in ("run", "tmp", "var"):
            run("mount", "-t", "tmpfs", "none", root / name)
        (root / "run/ostree-booted").touch()
        (root / "var/tmp").mkdir()
        bind_programs(root)
        yield chroot


def lend_programs(root, sysroot):
    """Bind the programs over the deployments inside the booted root too, for grub-mkconfig's chroot."""
    for deployment in deployments(sysroot):
        bind_programs(root / "sysroot" / deployment.relative_to(sysroot))


def bind_programs(tree):
    for name in PROGRAMS:
        run("mount", "--bind", f"/usr/{name}", Path(tree, "usr", name))
