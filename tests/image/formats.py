"""A small disk for the tests of image formats, and readers of our own that take nothing on trust."""
import hashlib
import os
import random
import struct
import subprocess
import tarfile
import xml.etree.ElementTree
import zlib

from support import run_tool

MIB = 1 << 20
BLOCK = 1 << 16
DISK_BYTES = 97 * MIB  # no multiple of any format's larger units
NAMESPACES = {
    "ovf": "http://schemas.dmtf.org/ovf/envelope/1",
    "rasd": "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData",
    "vssd": "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData",
    "vmw": "http://www.vmware.com/schema/ovf",
    "ovirt": "http://www.ovirt.org/ovf",
}
OVF = "{%s}" % NAMESPACES["ovf"]
OVF3 = "{http://schemas.dmtf.org/ovf/envelope/1/}"
RASD = "{%s}" % NAMESPACES["rasd"]


def make_disk(path):
    """Partitions, text, noise, zeros that are written, holes, and something in the last sector."""
    noise = random.Random(7)
    with path.open("wb") as disk:
        disk.truncate(DISK_BYTES)
    run_tool("sfdisk", "--quiet", path, input="label: gpt\nstart=2048, size=8192\nstart=10240\n")
    with path.open("r+b") as disk:
        def put(offset, data):
            disk.seek(offset)
            disk.write(data)
        put(1 * MIB, b"text that packs well\n" * 20000)
        put(5 * MIB + 3 * BLOCK, noise.randbytes(5 * BLOCK))  # does not pack at all
        put(33 * MIB, noise.randbytes(100) * 3000)
        put(40 * MIB, bytes(3 * MIB))  # zeros, and no hole
        put(64 * MIB - 700, noise.randbytes(1400))  # over the edge of a table
        put(DISK_BYTES - BLOCK // 2, b"the end" * 100)


def convert(bin_dir, disk, output, *options, **run_options):
    return run_tool(bin_dir / "atomic-image", "convert", disk, "--output", output, "--name", "host",
                    "--version", "7", *options, **run_options)


def refused(*command):
    """Run what has to fail; what it says."""
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert result.returncode not in (0, -6, -11), result.stderr
    return result.stderr


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Vmdk:
    """A walk over a streamOptimized VMDK, marker by marker."""

    def __init__(self, data):
        self.data = data
        (self.magic, self.version, self.flags, self.capacity, self.grain, self.descriptor_at,
         self.descriptor_size, self.gtes, self.rgd, self.gd,
         self.overhead) = struct.unpack_from("<4sIIQQQQIQQQ", data)
        self.algorithm = struct.unpack_from("<H", data, 77)[0]
        text = data[self.descriptor_at * 512:(self.descriptor_at + self.descriptor_size) * 512]
        self.descriptor = text.rstrip(b"\0").decode()
        self.grains, self.markers, self.end_at = [], [], None
        at = self.overhead * 512
        while self.end_at is None:
            value, size, kind = struct.unpack_from("<QII", data, at)
            if size:
                self.grains.append((value, at // 512, data[at + 12:at + 12 + size]))
                at += -(-(12 + size) // 512) * 512
                continue
            self.markers.append((kind, at // 512, value))
            if kind == 0:
                self.end_at = at
            at += 512 + value * 512

    def disk(self):
        """What the grains say, as a disk."""
        content = bytearray(self.capacity * 512)
        for lba, _, packed in self.grains:
            grain = zlib.decompress(packed)
            assert len(grain) == BLOCK
            content[lba * 512:lba * 512 + BLOCK] = grain
        return bytes(content[:self.capacity * 512])


def members(path, mode="r:"):
    with tarfile.open(path, mode) as archive:
        return archive.getmembers()


def member(path, name, mode="r:"):
    with tarfile.open(path, mode) as archive:
        return archive.extractfile(name).read()


def description(path, name):
    return xml.etree.ElementTree.fromstring(member(path, name))


def tar_walk(path):
    """Members as oVirt's host reads them: 512 bytes, a name of 100, a size, no extension."""
    found = []
    with path.open("rb") as archive:
        while True:
            head = archive.read(512)
            if not head.strip(b"\0"):
                return found
            name = head[:100].rstrip(b"\0").decode()
            size = int(head[124:136].rstrip(b"\0 "), 8)
            found.append((name, archive.tell(), size))
            archive.seek(-(-size // 512) * 512, os.SEEK_CUR)
