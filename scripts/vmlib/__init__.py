"""Virtual machines of an image: what scripts/run-vm and tests/vm are made of.

seed (cloud-init's data), accel (KVM or emulation), qmp (QEMU's control socket), machine (one
instance: its folder, its process, ssh into it). Python's standard library only.
"""


class VmError(Exception):
    """What failed on what object; `hint` is what to do about it, or None."""

    def __init__(self, message, hint=None):
        super().__init__(message)
        self.hint = hint
