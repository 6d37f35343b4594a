"""The reading of logs and the making of states, without root and without a disk."""

import random

import pytest
import replay
from replay import DISCARD, ENTRY, FLUSH, FUA, MAGIC, MARK, SECTOR, SUPER


def block(data):
    return data + bytes(-len(data) % SECTOR)


def make_log(path, *entries):
    """Write a log of entries (sector, data or length, flags)."""
    text = block(SUPER.pack(MAGIC, 1, len(entries), SECTOR))
    for sector, data, flags in entries:
        if flags & MARK:
            text += block(ENTRY.pack(0, 0, flags, len(data))) + block(data)
        elif flags & DISCARD:
            text += block(ENTRY.pack(sector, data, flags, 0))
        else:
            text += block(ENTRY.pack(sector, len(data) // SECTOR, flags, 0)) + data
    path.write_bytes(text + bytes(2 * SECTOR))
    return replay.Log(path)


def fill(letter, sectors=1):
    return letter.encode() * (SECTOR * sectors)


@pytest.fixture
def log(tmp_path):
    """Two writes, a flush, three writes of which one is long and one is FUA."""
    return make_log(
        tmp_path / "log",
        (0, fill("a"), 0),
        (1, fill("b"), 0),
        (0, b"", FLUSH),
        (2, fill("c", 24), 0),
        (0, b"here", MARK),
        (0, fill("d"), FUA),
        (1, 1, DISCARD),
    )


def test_parse_reads_every_kind_of_entry(log):
    found = [(w.offset, bytes(w.data), w.epoch, w.fua) for w in log.writes]
    assert found == [
        (0, fill("a"), 0, False),
        (SECTOR, fill("b"), 0, False),
        (2 * SECTOR, fill("c", 24), 1, False),
        (0, fill("d"), 1, True),
        (SECTOR, bytes(SECTOR), 1, False),
    ]


def test_parse_refuses_another_format():
    with pytest.raises(ValueError, match="dm-log-writes"):
        list(replay.parse(bytes(4096)))


def test_nothing_is_stable_before_the_first_flush(log):
    assert [log.stable(n) for n in range(6)] == [0, 0, 0, 2, 2, 2]


def test_prefix_is_the_disk_after_so_many_writes(log, tmp_path):
    (tmp_path / "base").write_bytes(fill("-", 26))
    disk = replay.Disk(log, tmp_path / "base", tmp_path)
    images = []
    for n in range(6):
        disk.become(log.prefix(n))
        with open(disk.image, "rb") as f:
            images.append(f.read()[::SECTOR].decode().replace("\0", "0"))
    assert images == [
        "-" * 26,
        "a" + "-" * 25,
        "ab" + "-" * 24,
        "ab" + "c" * 24,
        "db" + "c" * 24,
        "d0" + "c" * 24,
    ]


def test_torn_write_keeps_its_first_part(log, tmp_path):
    (tmp_path / "base").write_bytes(fill("-", 26))
    disk = replay.Disk(log, tmp_path / "base", tmp_path)
    disk.become(replay.State(2, (2,), torn=7 * SECTOR))
    with open(disk.image, "rb") as f:
        assert f.read()[::SECTOR] == b"ab" + b"c" * 7 + b"-" * 17


def test_subsets_keep_what_was_flushed_and_what_forced_its_way(log):
    seeded = random.Random(5)
    states = [log.subset(seeded) for _ in range(300)]
    late = [s for s in states if s.stable == 2]
    assert {s.stable for s in states} == {0, 2}
    assert all(min(s.kept, default=2) >= 2 for s in late)
    assert any(s.kept == (3,) for s in late), "a later write without an earlier one"
    blocks = {3072, 3072 + 4096}  # the long write starts in the middle of a block of 4 KiB
    assert {s.torn for s in late if s.kept == (2,)} == {None} | blocks
    assert not any(s.torn for s in states if s.kept != (2,)), "one block cannot be torn"


def test_the_same_seed_gives_the_same_states(log):
    assert list(log.states(20, random.Random(1))) == list(log.states(20, random.Random(1)))
    assert len(list(log.states(20, random.Random(1)))) == 20


def test_key_forgets_what_does_not_belong(log):
    first = 0b01001  # the writes to sector 0
    assert log.prefix(1).key(first) == log.prefix(3).key(first) != log.prefix(4).key(first)
    torn = replay.State(2, (2,), torn=3072)
    assert torn.key(first) == log.prefix(2).key(first)
    assert torn.key(0b00100) != log.prefix(3).key(0b00100)
