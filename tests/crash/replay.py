"""Turn a recorded log into disks after a power cut.

Reads the dm-log-writes format (Documentation/admin-guide/device-mapper/log-writes.rst of the
kernel): a superblock, then entries of one sector each, followed by their data. A disk may lose
or keep each write that it took since its last flush, and of one of them may keep the first blocks
only; what stood before a flush is on the disk. A block of 4 KiB arrives whole (what disks do; half a
superblock would be too much for ext4). Pure but for `Disk`, which applies writes to a file.
"""

import mmap
import os
import struct
from bisect import bisect_left
from dataclasses import dataclass

MAGIC = 0x6A736677736872
SECTOR = 512
BLOCK = 4096
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
SUPER = struct.Struct("<QQQI")  # magic, version, entries, sector size
ENTRY = struct.Struct("<QQQQ")  # sector, sectors, flags, length of a mark's text


@dataclass(frozen=True)
class Write:
    """One write: where on the disk, what, and the epoch (number of flushes before it)."""

    offset: int
    data: memoryview
    epoch: int
    fua: bool = False


@dataclass(frozen=True)
class State:
    """A disk after a power cut: the first `stable` writes, then those of `kept` (indices).

    Of the last kept write, only the first `torn` bytes arrived; None: all of it.
    """

    stable: int
    kept: tuple
    torn: int | None = None

    def key(self, among):
        """Equal for two states that differ in none of the writes of the bit set `among`."""
        arrived = ((1 << self.stable) - 1 | sum(1 << i for i in self.kept)) & among
        return arrived, self.torn if self.kept and among >> self.kept[-1] & 1 else None


class Log:
    """The writes of a log, in order."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self._map = memoryview(mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ))
        self.writes = list(parse(self._map))
        self.epochs = [w.epoch for w in self.writes]

    def among(self, partition):
        """The bit set of the writes to a partition."""
        return sum(1 << i for i, w in enumerate(self.writes) if partition.holds(w.offset))

    def stable(self, count):
        """How many of the first `count` writes are on the disk for certain: those before the last
        flush, where a flush after them all is taken as not done yet."""
        return bisect_left(self.epochs, self.epochs[count - 1]) if count else 0

    def prefix(self, count):
        """The state in which the first `count` writes arrived and no other."""
        stable = self.stable(count)
        return State(stable, tuple(range(stable, count)))

    def subset(self, random):
        """A random state: a moment, a random part of what was not flushed then, one write torn."""
        count = random.randrange(1, len(self.writes) + 1)
        stable = self.stable(count)
        chance = random.choice((0.2, 0.5, 0.8))
        loose = range(stable, count)
        kept = tuple(i for i in loose if self.writes[i].fua or random.random() < chance)
        last = self.writes[kept[-1]] if kept else None
        torn = None
        if last and not last.fua and len(last.data) > BLOCK and random.random() < 0.5:
            torn = random.randrange(BLOCK, len(last.data), BLOCK) - last.offset % BLOCK
        return State(stable, kept, torn)

    def states(self, total, random):
        """`total` states: prefixes (each, or half of the total when there are more), then subsets."""
        points = range(len(self.writes) + 1)
        if len(points) > total // 2:
            points = sorted(random.sample(points, total // 2))
        yield from (self.prefix(n) for n in points)
        yield from (self.subset(random) for _ in range(total - len(points)))


def parse(log):
    """Yield the writes of a log given as bytes; ends where the log is empty."""
    magic, version, _, size = SUPER.unpack_from(log)
    if magic != MAGIC or version != 1:
        raise ValueError("not a log of dm-log-writes, version 1")
    at, epoch = size, 0
    while at + size <= len(log):
        sector, sectors, flags, text = ENTRY.unpack_from(log, at)
        if not sectors and not flags:
            return
        at += size
        epoch += bool(flags & FLUSH)
        length = sectors * size
        if flags & MARK:
            at += (text + size - 1) // size * size
        elif flags & DISCARD:
            yield Write(sector * size, memoryview(bytes(length)), epoch)
        elif length:
            yield Write(sector * size, log[at : at + length], epoch, bool(flags & FUA))
            at += length


class Disk:
    """A disk file that is brought from one state to the next; states come in order of `stable`."""

    def __init__(self, log, base, folder):
        self._log, self._done = log, 0
        self._stable = os.path.join(folder, "stable.img")
        self.image = os.path.join(folder, "state.img")
        copy(base, self._stable)

    def become(self, state):
        """Make `image` the disk of a state."""
        writes = self._log.writes
        with open(self._stable, "r+b") as f:
            for w in writes[self._done : state.stable]:
                os.pwrite(f.fileno(), w.data, w.offset)
        self._done = state.stable
        copy(self._stable, self.image)
        with open(self.image, "r+b") as f:
            for i in state.kept:
                whole = state.torn is None or i != state.kept[-1]
                data = writes[i].data if whole else writes[i].data[: state.torn]
                os.pwrite(f.fileno(), data, writes[i].offset)


def copy(source, target):
    """Copy a sparse file, its data only."""
    with open(source, "rb") as s, open(target, "wb") as t:
        size = os.fstat(s.fileno()).st_size
        t.truncate(size)
        at = 0
        while at < size:
            try:
                start = os.lseek(s.fileno(), at, os.SEEK_DATA)
            except OSError:  # no data behind `at`
                return
            at = os.lseek(s.fileno(), start, os.SEEK_HOLE)
            os.lseek(t.fileno(), start, os.SEEK_SET)
            while start < at:
                start += os.sendfile(t.fileno(), s.fileno(), start, at - start)
