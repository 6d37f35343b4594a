"""Layers on the disk: what is kept of an archive, how layers lie upon each other, and archives that
mean harm."""
import gzip
import os
import stat
import struct
import subprocess
import tarfile

import pytest

from registry import Image, archive, entry, folder, hardlink, symlink

pytestmark = [pytest.mark.root, pytest.mark.slow]

NEXT = iter(range(10 ** 6))


def pull(engine, fake, *layers, **options):
    """Pull an image of these layers; returns their folders, the lowest first."""
    name = fake.put("layers", str(next(NEXT)), Image(*layers, **options))
    engine.run("pull", "-q", name)
    return engine.layers(name)


def refuse(engine, fake, *layers):
    """Such an image is refused, and nothing of it is left; returns what was said."""
    said = engine.fail("pull", fake.put("layers", str(next(NEXT)), Image(*layers)))
    engine.assert_empty()
    return said


# ---- What is kept ----


def test_owners_modes_times(engine, fake):
    layer, = pull(engine, fake, archive(
        folder("data", mode=0o2775, uid=10, gid=20, mtime=1600000000),
        folder("sticky", mode=0o1777),
        entry("data/suid", b"x", mode=0o4755, uid=1000, gid=2000, pax_headers={"mtime": "1500000000.123456789"}),
        entry("data/private", b"y" * 70000, mode=0o600, uid=4000000000, gid=3),
        entry("data/of-root", b"", mode=0o640),
        symlink("data/link", "../sticky", uid=7, gid=8, mtime=1400000000)))
    data, suid = (layer / "data").stat(), (layer / "data/suid").stat()
    assert (stat.S_IMODE(data.st_mode), data.st_uid, data.st_gid, data.st_mtime) == (0o2775, 10, 20, 1600000000)
    assert stat.S_IMODE((layer / "sticky").stat().st_mode) == 0o1777
    assert (stat.S_IMODE(suid.st_mode), suid.st_uid, suid.st_gid) == (0o4755, 1000, 2000)
    assert suid.st_mtime_ns == 1500000000123456789
    private = (layer / "data/private").stat()
    assert (private.st_uid, private.st_gid, private.st_size) == (4000000000, 3, 70000)
    # Made in a folder with the set-group-id bit, but the archive says whose it is.
    assert (layer / "data/of-root").stat().st_gid == 0
    link = (layer / "data/link").lstat()
    assert (link.st_uid, link.st_gid, link.st_mtime) == (7, 8, 1400000000)
    assert os.readlink(layer / "data/link") == "../sticky"


def test_attributes_of_the_root(engine, fake):
    layer, = pull(engine, fake, archive(folder("./", mode=0o711, uid=5), entry("./a", b"1")))
    assert (stat.S_IMODE(layer.stat().st_mode), layer.stat().st_uid) == (0o711, 5)
    layer, = pull(engine, fake, archive(entry("b", b"2")))
    assert (stat.S_IMODE(layer.stat().st_mode), layer.stat().st_uid) == (0o755, 0)


def test_extended_attributes(engine, fake):
    capability = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)  # cap_net_bind_service=ep
    layer, = pull(engine, fake, archive(
        entry("server", b"elf", pax_headers={
            "SCHILY.xattr.security.capability": capability.decode("latin-1"),
            "SCHILY.xattr.user.mime": "text/plain", "SCHILY.xattr.trusted.secret": "no",
            "SCHILY.xattr.trusted.overlay.redirect": "/etc", "SCHILY.xattr.security.selinux": "no"}),
        folder("dir", pax_headers={"SCHILY.xattr.user.dir": "yes", "SCHILY.xattr.trusted.overlay.opaque": "y"})))
    assert {name: os.getxattr(layer / "server", name) for name in os.listxattr(layer / "server")} == {
        "security.capability": capability, "user.mime": b"text/plain"}
    assert os.listxattr(layer / "dir") == ["user.dir"]


def test_hard_links(engine, fake):
    layer, = pull(engine, fake, archive(entry("a/one", b"same"), hardlink("b/two", "a/one"),
                                        hardlink("./a/three", "/a/one"), hardlink("a/one", "a/one")))
    assert len({(layer / path).stat().st_ino for path in ("a/one", "b/two", "a/three")}) == 1
    assert (layer / "a/one").stat().st_nlink == 3


def test_devices(engine, fake):
    layer, = pull(engine, fake, archive(
        entry("null", kind=tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666),
        entry("disk", kind=tarfile.BLKTYPE, devmajor=8, devminor=300, mode=0o660, gid=6),
        entry("pipe", kind=tarfile.FIFOTYPE, mode=0o622)))
    null, disk, pipe = ((layer / name).stat() for name in ("null", "disk", "pipe"))
    assert stat.S_ISCHR(null.st_mode) and null.st_rdev == os.makedev(1, 3)
    assert stat.S_ISBLK(disk.st_mode) and disk.st_rdev == os.makedev(8, 300) and disk.st_gid == 6
    assert stat.S_ISFIFO(pipe.st_mode) and stat.S_IMODE(pipe.st_mode) == 0o622


@pytest.mark.parametrize("form", ["gnu", "0.0", "0.1", "1.0"])
def test_sparse_files(engine, fake, tmp_path, form):
    source = tmp_path / "source"
    source.mkdir()
    with open(source / "holes", "wb") as file:
        for offset in range(0, 60 << 20, 2 << 20):
            file.seek(offset)
            file.write(b"%d" % offset + b"x" * 5000)
        file.truncate(70 << 20)
    options = ["--format=gnu"] if form == "gnu" else ["--format=posix", f"--sparse-version={form}"]
    made = subprocess.run(["tar", "-C", source, "-c", "-S", *options, "holes"], check=True, capture_output=True)
    assert len(made.stdout) < 2 << 20
    layer, = pull(engine, fake, made.stdout)
    copy = layer / "holes"
    assert copy.stat().st_size == 70 << 20 and copy.stat().st_blocks * 512 < 4 << 20
    subprocess.run(["cmp", source / "holes", copy], check=True)


def test_long_names(engine, fake):
    deep = "/".join("n" * 200 + str(i) for i in range(15))
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        layer, = pull(engine, fake, archive(entry(deep, b"deep"), entry("ü/ß\n", b"odd"),
                                            symlink("long", "t" * 500), form=form))
        assert (layer / deep).read_bytes() == b"deep"
        assert (layer / "ü/ß\n").read_bytes() == b"odd"
        assert os.readlink(layer / "long") == "t" * 500


def test_as_tar_does(engine, fake):
    """A folder of this machine, packed by tar: the same as tar unpacks."""
    made = subprocess.run(["tar", "-C", "/usr/share", "-c", "--xattrs", "perl", "zoneinfo"],
                          check=True, capture_output=True)
    layer, = pull(engine, fake, made.stdout)
    found = [subprocess.run(f"cd {top} && find perl zoneinfo -printf '%p %m %U %G %s %T@ %l %y\\n' | sort",
                            shell=True, check=True, capture_output=True).stdout
             for top in ("/usr/share", layer)]
    strip = [[line for line in text.split(b"\n") if not line.endswith(b" d")] for text in found]
    assert strip[0] == strip[1] and len(strip[0]) > 1000
    subprocess.run(["diff", "-r", "--no-dereference", "/usr/share/perl", layer / "perl"], check=True)


def test_an_archive_of_several_members(engine, fake):
    """gzip files one behind another, as pigz and others make them."""
    def compress(data):
        return gzip.compress(data[:1000]) + gzip.compress(data[1000:3000]) + gzip.compress(data[3000:])

    layer, = pull(engine, fake, archive(entry("a", b"b" * 5000)), compress=compress)
    assert (layer / "a").read_bytes() == b"b" * 5000


def test_an_empty_layer(engine, fake):
    layer, = pull(engine, fake, archive())
    assert list(layer.iterdir()) == []


def test_twice_in_an_archive(engine, fake):
    """The later one counts."""
    layer, = pull(engine, fake, archive(
        entry("file", b"old"), entry("file", b"new"),
        folder("dir"), entry("dir/in", b"1"), symlink("dir", "file"),
        entry("other", b"1"), folder("other"), entry("other/in", b"2"),
        folder("same", mode=0o700), entry("same/in", b"3"), folder("same", mode=0o751)))
    assert (layer / "file").read_bytes() == b"new"
    assert os.readlink(layer / "dir") == "file"
    assert (layer / "other/in").read_bytes() == b"2"
    assert (layer / "same/in").read_bytes() == b"3"
    assert stat.S_IMODE((layer / "same").stat().st_mode) == 0o751


# ---- Layers upon each other ----


def is_whiteout(path):
    found = path.lstat()
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


def is_opaque(path):
    try:
        return os.getxattr(path, "trusted.overlay.opaque") == b"y"
    except OSError:
        return False


def test_whiteouts(engine, fake, tmp_path):
    base = archive(folder("a"), entry("a/1", b"1"), entry("a/2", b"2"), folder("b"), entry("b/1", b"1"),
                   folder("c"), entry("c/1", b"1"), folder("d"), entry("d/1", b"1"), entry("e", b"e"),
                   folder("f%é"), entry("f%é/1", b"1"))
    _, upper = lower, upper = pull(engine, fake, base, archive(
        entry("a/.wh.1"), folder("b"), entry("b/.wh..wh..opq"), entry("b/2", b"2"),
        entry(".wh.c"), entry("c/2", b"2"), folder("d"), entry("d/2", b"2"), entry(".wh.d"),
        entry("e", b"new"), entry(".wh.e"), entry(".wh..wh.plnk/x", b""), entry(".wh.never"),
        folder("f%é"), entry("f%é/.wh..wh..opq"), entry("f%é/2", b"2")))
    assert is_whiteout(upper / "a/1") and not is_opaque(upper / "a")
    assert is_opaque(upper / "b") and is_opaque(upper / "f%é")
    # A folder that is hidden, and made anew in the same layer, whatever comes first.
    assert is_opaque(upper / "c") and is_opaque(upper / "d")
    assert (upper / "e").read_bytes() == b"new"
    assert not (upper / ".wh..wh.plnk").exists()
    merged = tmp_path / "merged"
    merged.mkdir()
    subprocess.run(["mount", "-t", "overlay", "-o", f"lowerdir={upper}:{lower}", "overlay", merged], check=True)
    try:
        seen = sorted(str(path.relative_to(merged)) for path in merged.rglob("*"))
    finally:
        subprocess.run(["umount", merged], check=True)
    assert seen == ["a", "a/2", "b", "b/2", "c", "c/2", "d", "d/2", "e", "f%é", "f%é/2"]


def test_whiteouts_of_nothing(engine, fake):
    """The lowest layer has nothing to hide."""
    layer, = pull(engine, fake, archive(entry(".wh.a"), folder("b"), entry("b/.wh..wh..opq"), entry("b/1")))
    assert sorted(path.name for path in layer.rglob("*")) == ["1", "b"] and not is_opaque(layer / "b")


def test_a_root_that_hides_all(engine, fake):
    """Overlayfs cannot say it: the layers below are not mounted."""
    image = Image(archive(entry("old", b"1")), archive(entry(".wh..wh..opq"), entry("new", b"2")),
                  archive(entry("newer", b"3")))
    name = fake.put("layers", str(next(NEXT)), image)
    engine.run("pull", "-q", name)
    assert [sorted(os.listdir(layer)) for layer in engine.layers(name)] == [["new"], ["newer"]]


def test_implied_folders(engine, fake):
    """A layer that has usr/local/x alone takes the attributes of usr and usr/local from below."""
    _, middle, upper = pull(
        engine, fake,
        archive(folder("./", mode=0o711, uid=3), folder("usr", mode=0o751, uid=1, gid=2, mtime=1234567890,
                                                        pax_headers={"SCHILY.xattr.user.a": "b"}),
                folder("usr/local", mode=0o3775, gid=50), folder("opt", mode=0o700), symlink("var", "usr")),
        archive(entry("usr/local/x", b"1"), entry("opt/.wh..wh..opq"), entry("var/new/y", b"2"), entry("none/z", b"3")),
        archive(entry("usr/local/bin/z", b"4"), entry(".wh.opt"), entry("opt/in/side", b"5")))
    for layer in (middle, upper):
        usr, local = (layer / "usr").stat(), (layer / "usr/local").stat()
        assert (stat.S_IMODE(usr.st_mode), usr.st_uid, usr.st_gid, usr.st_mtime) == (0o751, 1, 2, 1234567890)
        assert os.getxattr(layer / "usr", "user.a") == b"b"
        assert (stat.S_IMODE(local.st_mode), local.st_gid) == (0o3775, 50)
        assert (stat.S_IMODE(layer.stat().st_mode), layer.stat().st_uid) == (0o711, 3)
    assert stat.S_IMODE((middle / "none").stat().st_mode) == 0o755
    # It was hidden before: it is another folder.
    assert stat.S_IMODE((upper / "opt").stat().st_mode) == 0o755


# ---- Archives that mean harm ----


@pytest.fixture
def outside(tmp_path):
    """A file and a folder that no layer may touch."""
    place = tmp_path / "outside"
    place.mkdir()
    (place / "file").write_bytes(b"mine")
    yield place
    assert sorted(path.name for path in place.iterdir()) == ["file"]
    assert (place / "file").read_bytes() == b"mine" and (place / "file").stat().st_nlink == 1


def test_upwards(engine, fake, outside):
    for name in ("../x", "a/../../x", "..", "a/..", "/../x"):
        assert "leaves the layer" in refuse(engine, fake, archive(entry(name, b"x")))
    assert "leaves the layer" in refuse(engine, fake, archive(entry("a", b"1"), hardlink("b", "../../etc/passwd")))


def test_absolute_names(engine, fake, outside):
    layer, = pull(engine, fake, archive(entry(str(outside / "new"), b"x"), entry(f"//{outside}//file", b"x")))
    assert (layer / str(outside)[1:] / "new").read_bytes() == b"x"


def test_through_links(engine, fake, outside):
    """A link to the outside means the place inside that has its name; one that leads nowhere inside
    is no folder."""
    said = refuse(engine, fake, archive(symlink("dangling", str(outside)), entry("dangling/new", b"x")))
    assert "dangling/new" in said
    layer, = pull(engine, fake, archive(folder(str(outside)), symlink("absolute", str(outside)),
                                        entry("absolute/new", b"x"), entry("absolute/file", b"x"),
                                        symlink("up", "../" * 20 + str(outside)[1:]), entry("up/other", b"x")))
    assert sorted(os.listdir(layer / str(outside)[1:])) == ["file", "new", "other"]


def test_over_links(engine, fake, outside):
    """A file in the place of a link replaces the link."""
    layer, = pull(engine, fake, archive(
        symlink("a", str(outside / "file")), entry("a", b"x"), symlink("b", str(outside)), folder("b", mode=0o700),
        symlink("c", str(outside / "file")), entry("c", kind=tarfile.FIFOTYPE)))
    assert (layer / "a").read_bytes() == b"x" and not (layer / "a").is_symlink()
    assert (layer / "b").is_dir() and not (layer / "b").is_symlink()
    assert outside.stat().st_mode & 0o777 != 0o700


def test_hard_links_outward(engine, fake, outside):
    said = refuse(engine, fake, archive(hardlink("a", str(outside / "file"))))
    assert "the folder of the archive's entry" in said
    said = refuse(engine, fake, archive(symlink("l", str(outside)), hardlink("a", "l/file")))
    assert "No such file" in said
    # To a link, not to what it names.
    layer, = pull(engine, fake, archive(symlink("l", str(outside / "file")), hardlink("a", "l")))
    assert (layer / "a").is_symlink()


def test_names_that_hide_more(engine, fake):
    for name in (".wh.", ".wh...", ".wh..", "a/.wh..."):
        base, upper = archive(entry("a/b", b"1")), archive(entry(name))
        assert "hides no name" in refuse(engine, fake, base, upper)


def test_overlay_devices(engine, fake):
    said = refuse(engine, fake, archive(entry("a", kind=tarfile.CHRTYPE, devmajor=0, devminor=0)))
    assert "0:0" in said


def test_root_replaced(engine, fake):
    assert "would replace" in refuse(engine, fake, archive(symlink(".", "/etc")))
    assert "would replace" in refuse(engine, fake, archive(hardlink("/", "etc")))


@pytest.mark.parametrize("damage", ["checksum", "cut", "size", "negative", "type", "pax", "huge name"])
def test_broken_archives(engine, fake, damage):
    good = bytearray(archive(entry("file", b"x" * 2000), entry("other", b"y")))
    if damage == "checksum":
        good[10] ^= 1
    elif damage == "cut":
        del good[1500:]
    elif damage == "size":
        good = bytearray(raw_header("file", size=b"77777777777\0"))
    elif damage == "negative":
        good = bytearray(raw_header("file", size=b"\xff" * 12))
    elif damage == "type":
        good = bytearray(raw_header("file", kind=b"Z"))
    elif damage == "pax":
        good = bytearray(archive(entry("file", b"x", pax_headers={"comment": "y" * 100})))
        good[512:514] = b"99"
    elif damage == "huge name":
        good = bytearray(raw_header("x", kind=b"L", size=b"00010000000\0"))
    assert "layer sha256:" in refuse(engine, fake, bytes(good))


def raw_header(name, size=b"00000000000\0", kind=b"0"):
    block = bytearray(512)
    block[:len(name)] = name.encode()
    block[100:108] = b"0000644\0"
    block[108:116] = block[116:124] = b"0000000\0"
    block[124:136] = size
    block[136:148] = b"00000000000\0"
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def test_garbage_behind_the_stream(engine, fake):
    layer = archive(entry("a", b"1"))
    image = Image(layer, compress=lambda data: gzip.compress(data) + b"garbage")
    said = engine.fail("pull", fake.put("layers", "garbage", image))
    assert "stand behind the end" in said
    engine.assert_empty()


def test_bomb(engine, fake):
    """Two gigabytes of zeros behind the end of the archive, in two megabytes."""
    layer = archive(entry("a", b"1"))
    zeros = gzip.compress(bytes(64 << 20), 9)
    image = Image(layer, compress=lambda data: gzip.compress(data) + zeros * 33)
    said = engine.fail("pull", fake.put("layers", "bomb", image))
    assert "grows more than" in said
    engine.assert_empty()
