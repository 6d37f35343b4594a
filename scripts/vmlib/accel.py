"""KVM or emulation?

A /dev/kvm that opens proves nothing: nested, para-virtual KVMs run a boot loader and then choke on
an ordinary kernel. So the image itself is booted, on a throw-away overlay, until its init speaks or
a time limit is over; the verdict holds until this machine reboots.
"""
import os
import pathlib
import re
import subprocess
import tempfile
import time

KVM = ["-accel", "kvm", "-cpu", "host"]
# AMD's name keeps the guest from page-table isolation, which is dear to emulate.
TCG = ["-accel", "tcg,thread=multi,tb-size=512", "-cpu",
       "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+rdrand"]

PROBE_LIMIT_S = 30
INIT_SPEAKS = re.compile(rb"systemd\[1\]: |Welcome to ")
POLL_S = 0.2


def arguments(image, cache):
    """QEMU's arguments for the fastest way that really runs `image`; verdicts go to `cache`."""
    return KVM if kvm_works(image, cache) else TCG


def kvm_works(image, cache):
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    boot_id = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    verdict = cache / f"kvm-{boot_id}"
    if not verdict.exists():
        cache.mkdir(parents=True, exist_ok=True)
        verdict.write_text("yes\n" if _probe(image) else "no\n")
    return verdict.read_text() == "yes\n"


def _probe(image):
    with tempfile.TemporaryDirectory(prefix="kvm-probe-") as folder:
        serial = pathlib.Path(folder, "serial")
        serial.touch()
        errors = pathlib.Path(folder, "errors")
        with errors.open("wb") as stream:
            qemu = subprocess.Popen(
                ["qemu-system-x86_64", *KVM, "-m", "512", "-nodefaults", "-display", "none",
                 "-no-reboot", "-serial", f"file:{serial}", "-snapshot",
                 "-drive", f"file={image},if=virtio"],
                stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
        try:
            return _init_speaks(qemu, serial, errors)
        finally:
            qemu.kill()
            qemu.wait()


def _init_speaks(qemu, serial, errors):
    deadline = time.monotonic() + PROBE_LIMIT_S
    while time.monotonic() < deadline and qemu.poll() is None:
        if INIT_SPEAKS.search(serial.read_bytes()):
            return True
        if b"KVM internal error" in errors.read_bytes():
            return False
        time.sleep(POLL_S)
    return False
