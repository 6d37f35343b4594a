"""What is recorded: upgrades and a rollback of a small host, by the product and by its peer.

A workload prepares a sysroot (not recorded), acts on it (recorded), and says which version a machine
starts before and after, and how its boot loader finds the default entry.
"""

import json

import check
from record import run
from source import STATEROOT, Source, admin

ETC = {"hostname": "kept by its owner\n"}  # written after installation; every version must have it
NOTHING_TO_DO = 77  # of hostd-worker: what was asked for is staged already


class Upgrade:
    """`atomic host upgrade`, and what shutdown does: from version 1 to version 2."""

    name = "atomic host upgrade"
    peer = False
    find_entry = staticmethod(check.boot_set_entry)

    def __init__(self, folder, programs, same_kernel=False):
        self._source = Source(folder, same_kernel)
        self._worker = programs / "hostd-worker"
        if same_kernel:
            self.name += ", same kernel"

    def prepare(self, root):
        self._source.release(1)
        self._source.install(root, ETC)
        self.recover(root)
        self._source.release(2)
        self._source.close()

    def act(self, root):
        self._ask("upgrade", root, stateroot=STATEROOT)
        self._by_unit("finalize", root)

    def recover(self, root):
        """What the next boot does first. It makes the first boot set and the boot environment, too."""
        self._by_unit("recover", root)

    def outcome(self):
        """The versions that start before and after."""
        return self._source.versions

    def _ask(self, verb, root, **options):
        request = {"verb": verb, "sysroot": str(root), "options": options}
        run(self._worker, input=json.dumps(request), ok=(0, NOTHING_TO_DO))

    def _by_unit(self, verb, root):
        run(self._worker, verb, f"--sysroot={root}")


class Rollback(Upgrade):
    """`atomic host rollback`: from version 2 to version 1."""

    name = "atomic host rollback"

    def prepare(self, root):
        super().prepare(root)
        super().act(root)

    def act(self, root):
        self._ask("rollback", root)

    def outcome(self):
        return self._source.versions[::-1]


class StockUpgrade(Upgrade):
    """The peer: `ostree admin upgrade`, with the boot entries that libostree itself writes."""

    name = "ostree admin upgrade"
    peer = True
    find_entry = staticmethod(check.loader_entry)

    def prepare(self, root):
        self._source.release(1)
        self._source.install(root, ETC)
        self._source.release(2)
        self._source.close()

    def act(self, root):
        admin(root, "upgrade", f"--os={STATEROOT}")


def all_workloads():
    """Functions (folder, folder of the programs) -> workload, in the order of the table."""
    return (
        Upgrade,
        lambda folder, programs: Upgrade(folder, programs, same_kernel=True),
        Rollback,
        StockUpgrade,
        lambda folder, programs: StockUpgrade(folder, programs, same_kernel=True),
    )
