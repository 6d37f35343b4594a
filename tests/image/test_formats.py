"""Each rule of docs/formats.md for the images that we write, on a small disk; others are the judges
where there are any."""
import gzip
import hashlib
import json
import lzma
import os
import random
import re
import resource
import signal
import struct
import subprocess
import time
import uuid

import pytest

from formats import (BLOCK, DISK_BYTES, MIB, NAMESPACES, OVF, OVF3, RASD, Vmdk, convert, description,
                     make_disk, member, members, refused, sha256, tar_walk)
from support import run_tool

pytestmark = pytest.mark.slow

EVERY = ("qcow2,qcow2-zlib,vsphere,rhev,rhev3,vhd,vhd-fixed,vhd-fixed.zst,vhdx,vmdk,raw,raw.zst,"
         "raw.gz,raw.xz")


@pytest.fixture(scope="session")
def disk(tmp_path_factory):
    path = tmp_path_factory.mktemp("formats") / "disk.raw"
    make_disk(path)
    return path


@pytest.fixture(scope="session")
def images(disk, bin_dir):
    """A folder with the disk in every format."""
    folder = disk.parent / "images"
    convert(bin_dir, disk, folder, "--format", EVERY)
    return folder


@pytest.fixture(scope="session")
def vmdk(images):
    return Vmdk((images / "host-7.vmdk").read_bytes())


@pytest.fixture(scope="session")
def vsphere(images):
    return images / "host-7-vsphere.ova"


@pytest.fixture(scope="session")
def rhev(images):
    return images / "host-7-rhev.ova"


def same(disk, path, kind):
    assert "identical" in run_tool("qemu-img", "compare", "-f", "raw", "-F", kind, disk, path)


def info(path, kind):
    return json.loads(run_tool("qemu-img", "info", "-f", kind, "--output=json", path))


class TestDisk:
    def test_d1_size_in_mebibytes(self, bin_dir, tmp_path):
        odd = tmp_path / "odd.raw"
        with odd.open("wb") as stream:
            stream.truncate(MIB + 512)
        said = refused(bin_dir / "atomic-image", "convert", odd)
        assert "D1" in said and "truncate --size=%1M" in said
        assert list(tmp_path.iterdir()) == [odd]

    def test_d6_holes_stay_holes(self, images):
        """What is zero takes no room, written or not."""
        for name in ("host-7.raw", "host-7-fixed.vhd"):
            assert (images / name).stat().st_blocks * 512 < 4 * MIB, name

    def test_a_large_empty_disk_is_quick(self, bin_dir, tmp_path):
        large = tmp_path / "large.raw"
        with large.open("wb") as stream:
            stream.truncate(1 << 40)
            stream.seek(700 << 30)
            stream.write(b"in the middle")
        convert(bin_dir, large, tmp_path, "--format", "qcow2,qcow2-zlib,vmdk,vhd,vhdx")
        assert sum(path.stat().st_blocks for path in tmp_path.glob("host*")) * 512 < 64 * MIB
        for name, kind in (("host-7.qcow2", "qcow2"), ("host-7.vmdk", "vmdk"),
                           ("host-7.vhd", "vpc"), ("host-7.vhdx", "vhdx")):
            found = run_tool("qemu-io", "-f", kind, "-r", "-c", f"read -P 0x69 {700 << 30} 1", "-c",
                             f"read -P 0 {(700 << 30) + 512} 1M", tmp_path / name)
            assert "failed" not in found, name

    def test_nothing_is_left_of_a_failure(self, bin_dir, disk, tmp_path):
        refused(bin_dir / "atomic-image", "convert", disk, "--output", tmp_path, "--format",
                "qcow2,vsphere,raw.gz", "--sign-key", disk, "--sign-certificate", disk)
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted(self, bin_dir, tmp_path, number):
        (tmp_path / "noise.raw").write_bytes(random.Random(1).randbytes(48 * MIB))
        out = tmp_path / "out"
        running = subprocess.Popen([bin_dir / "atomic-image", "convert", tmp_path / "noise.raw",
                                    "--output", out, "--format", "raw.xz,vhd"],
                                   stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not list(out.glob("*.new")) and time.monotonic() < deadline:
            time.sleep(0.01)
        running.send_signal(number)
        _, said = running.communicate(timeout=120)
        assert "interrupted" in said and running.returncode == 16
        assert not list(out.iterdir())

    def test_a_full_disk(self, bin_dir, disk, tmp_path):
        """A limit of file sizes stands in: what is refused is a write, and it is said where."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000))
        done = subprocess.run([bin_dir / "atomic-image", "convert", disk, "--output", tmp_path,
                               "--format", "qcow2,vsphere,rhev3"], preexec_fn=limit,
                              restore_signals=False, capture_output=True, text=True, check=False)
        assert done.returncode not in (0, -25) and "File too large" in done.stderr
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("arguments, word", [
        (["--format", "qcow"], "did you mean qcow2"), (["--hardware", "12"], "O7"),
        (["--name", "a/b"], "O1"), (["--sign-key", "x"], "O13"), (["--firmware", "uefi"], "efi")])
    def test_bad_options(self, bin_dir, disk, tmp_path, arguments, word):
        said = refused(bin_dir / "atomic-image", "convert", disk, "--output", tmp_path, *arguments)
        assert word in said


class TestQcow2:
    @pytest.mark.parametrize("name, packing", [("host-7.qcow2", "zstd"),
                                               ("host-7-zlib.qcow2", "zlib")])
    def test_q1_q2_q4(self, disk, images, name, packing):
        found = info(images / name, "qcow2")
        data = found["format-specific"]["data"]
        assert found["virtual-size"] == DISK_BYTES and found["cluster-size"] == 65536
        assert (data["compat"], data["compression-type"], data["refcount-bits"]) == ("1.1", packing, 16)
        assert not data["lazy-refcounts"] and not data["corrupt"]
        assert "backing-filename" not in found and "data-file" not in data
        checked = json.loads(run_tool("qemu-img", "check", "--output=json", images / name))
        assert checked["check-errors"] == 0 and checked.get("leaks", 0) == 0
        assert 0 < checked["compressed-clusters"] < checked["allocated-clusters"]
        same(disk, images / name, "qcow2")

    def test_q6_takes_an_overlay(self, images, tmp_path):
        overlay = tmp_path / "overlay.qcow2"
        run_tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", images / "host-7.qcow2", "-F",
                 "qcow2", overlay)
        run_tool("qemu-io", "-c", "write -P 1 1M 64k", overlay)
        run_tool("qemu-img", "check", overlay)

    def test_q7_no_preallocation(self, images):
        mapped = json.loads(run_tool("qemu-img", "map", "--output=json", images / "host-7.qcow2"))
        assert any(not entry["data"] for entry in mapped)


class TestVmdk:
    def test_v1_header(self, vmdk):
        assert (vmdk.magic, vmdk.version, vmdk.flags) == (b"KDMV", 3, 0x30001)
        assert vmdk.algorithm == 1

    def test_v2_geometry_of_tables(self, vmdk):
        assert (vmdk.grain, vmdk.gtes, vmdk.capacity) == (128, 512, DISK_BYTES // 512)

    def test_v3_grains_ascend_and_zeros_are_left_out(self, vmdk):
        places = [lba for lba, _, _ in vmdk.grains]
        assert places == sorted(set(places))
        assert 40 * MIB // 512 not in places
        assert len(places) < 30

    def test_tables_point_to_their_grains(self, vmdk):
        directory = next(at for kind, at, _ in vmdk.markers if kind == 2) + 1
        tables = -(-vmdk.capacity // (128 * 512))
        where = {lba: at for lba, at, _ in vmdk.grains}
        for number in range(tables):
            table = struct.unpack_from("<I", vmdk.data, directory * 512 + 4 * number)[0]
            entries = struct.unpack_from("<512I", vmdk.data, table * 512) if table else [0] * 512
            for index, entry in enumerate(entries):
                assert entry == where.get((number * 512 + index) * 128, 0)
        footer = next(at for kind, at, _ in vmdk.markers if kind == 3) + 1
        assert struct.unpack_from("<Q", vmdk.data, footer * 512 + 56)[0] == directory

    def test_v4_one_end_and_nothing_behind(self, vmdk):
        assert vmdk.end_at == len(vmdk.data) - 512 and len(vmdk.data) % 512 == 0
        assert [kind for kind, _, _ in vmdk.markers].count(0) == 1

    def test_v5_an_empty_disk(self, bin_dir, tmp_path):
        empty = tmp_path / "empty.raw"
        with empty.open("wb") as stream:
            stream.truncate(2 * MIB)
        convert(bin_dir, empty, tmp_path, "--format", "vmdk")
        walked = Vmdk((tmp_path / "host-7.vmdk").read_bytes())
        assert not walked.grains and walked.end_at == len(walked.data) - 512
        same(empty, tmp_path / "host-7.vmdk", "vmdk")

    def test_v6_descriptor(self, vmdk):
        text = vmdk.descriptor
        assert 'createType="streamOptimized"' in text
        assert re.findall(r"^RW .*", text, re.M) == [f'RW {DISK_BYTES // 512} SPARSE "disk.vmdk"']
        values = dict(re.findall(r'^ddb\.(\S+) = "(.*)"$', text, re.M))
        assert values["adapterType"] == "lsilogic" and values["virtualHWVersion"] in ("4", "6")
        assert (values["geometry.heads"], values["geometry.sectors"]) == ("255", "63")
        assert (values["toolsVersion"], values["toolsInstallType"]) == ("2147483647", "4")
        identity = re.search(r"^CID=([0-9a-f]{8})$", text, re.M)[1]
        assert identity not in ("ffffffff", "fffffffe")
        assert re.fullmatch("[0-9a-f]{32}", values["longContentID"])
        assert values["longContentID"].endswith(identity)

    def test_v6_identity_follows_the_content(self, bin_dir, disk, tmp_path):
        other = tmp_path / "other.raw"
        other.write_bytes(disk.read_bytes())
        with other.open("r+b") as stream:
            stream.seek(50 * MIB)
            stream.write(b"changed")
        texts = set()
        for source in (disk, other):
            convert(bin_dir, source, tmp_path, "--format", "vmdk")
            texts.add(Vmdk((tmp_path / "host-7.vmdk").read_bytes()).descriptor)
        assert len(texts) == 2

    def test_v7_others_read_it(self, disk, images, vmdk):
        found = info(images / "host-7.vmdk", "vmdk")
        assert found["format-specific"]["data"]["create-type"] == "streamOptimized"
        same(disk, images / "host-7.vmdk", "vmdk")
        assert vmdk.disk() == disk.read_bytes()

    def test_v9_grains_are_zlib(self, vmdk):
        assert all(packed[:2] == b"\x78\x9c" for _, _, packed in vmdk.grains)


class TestVsphere:
    def test_o1_plain_ustar(self, vsphere):
        data = vsphere.read_bytes()
        for entry in members(vsphere):
            head = data[entry.offset:entry.offset + 512]
            assert head[257:265] == b"ustar\x0000" and head[156:157] == b"0"
            assert (entry.uid, entry.gid, entry.mode, entry.mtime) == (0, 0, 0o644, 315532800)
            assert "/" not in entry.name and len(entry.name) < 100
        assert data.endswith(bytes(1024)) and len(data) % 512 == 0

    def test_o1_others_read_it(self, vsphere):
        assert run_tool("tar", "--list", "-f", vsphere).split() == ["host.ovf", "host.mf", "disk.vmdk"]

    def test_o2_order(self, vsphere):
        assert [entry.name for entry in members(vsphere)] == ["host.ovf", "host.mf", "disk.vmdk"]

    def test_o3_o4_manifest(self, vsphere, tmp_path):
        text = member(vsphere, "host.mf").decode()
        lines = re.findall(r"^SHA256\(([^)]+)\)= ([0-9a-f]{64})\n", text, re.M)
        assert "".join(f"SHA256({name})= {digest}\n" for name, digest in lines) == text
        assert [name for name, _ in lines] == ["host.ovf", "disk.vmdk"]
        run_tool("tar", "-xf", vsphere, "-C", tmp_path)
        sums = "".join(f"{digest}  {name}\n" for name, digest in lines)
        run_tool("sha256sum", "--check", "-", input=sums, cwd=tmp_path)

    def test_o4_sha1_for_old_hosts(self, bin_dir, disk, tmp_path):
        convert(bin_dir, disk, tmp_path, "--format", "vsphere", "--manifest", "sha1", "--hardware", "10")
        ova = tmp_path / "host-7-vsphere.ova"
        lines = re.findall(r"^SHA1\(([^)]+)\)= ([0-9a-f]{40})\n", member(ova, "host.mf").decode(), re.M)
        assert {name: hashlib.sha1(member(ova, name)).hexdigest()
                for name in ("host.ovf", "disk.vmdk")} == dict(lines)
        assert "O4" in refused(bin_dir / "atomic-image", "convert", disk, "--manifest", "sha512")

    def test_o5_sizes(self, vsphere):
        envelope = description(vsphere, "host.ovf")
        entry = envelope.find("ovf:References/ovf:File", NAMESPACES)
        size = next(found.size for found in members(vsphere) if found.name == "disk.vmdk")
        assert entry.get(OVF + "size") == str(size)
        one = envelope.find("ovf:DiskSection/ovf:Disk", NAMESPACES)
        assert one.get(OVF + "capacity") == str(DISK_BYTES)
        assert one.get(OVF + "capacityAllocationUnits") == "byte"

    def test_o6_envelope(self, vsphere, tmp_path):
        """The order and the names that DSP8023 1.1.0 and the CIM schemas have."""
        run_tool("tar", "-xf", vsphere, "-C", tmp_path, "host.ovf")
        run_tool("xmllint", "--noout", tmp_path / "host.ovf")
        envelope = description(vsphere, "host.ovf")
        assert envelope.tag == OVF + "Envelope"
        assert [child.tag.removeprefix(OVF) for child in envelope] == [
            "References", "DiskSection", "NetworkSection", "VirtualSystem"]
        system = envelope.find("ovf:VirtualSystem", NAMESPACES)
        assert [child.tag.removeprefix(OVF) for child in system] == [
            "Info", "Name", "OperatingSystemSection", "VirtualHardwareSection", "ProductSection"]
        items = system.findall("ovf:VirtualHardwareSection/ovf:Item", NAMESPACES)
        for item in items:
            names = [child.tag.removeprefix(RASD) for child in item]
            assert names == sorted(names)
            assert {"ElementName", "InstanceID", "ResourceType"} <= set(names)
        numbers = [item.findtext("rasd:InstanceID", None, NAMESPACES) for item in items]
        assert len(set(numbers)) == len(numbers)
        for section in envelope.iter():
            if section.tag.endswith("Section"):
                assert section[0].tag == OVF + "Info"

    @pytest.mark.parametrize("options, family", [([], "vmx-13"), (["--hardware", "21"], "vmx-21")])
    def test_o7_o14_hardware(self, bin_dir, disk, tmp_path, options, family):
        convert(bin_dir, disk, tmp_path, "--format", "vsphere", *options)
        envelope = description(tmp_path / "host-7-vsphere.ova", "host.ovf")
        assert [found.text for found in
                envelope.iter("{%s}VirtualSystemType" % NAMESPACES["vssd"])] == [family]

    def test_o8_system(self, bin_dir, disk, vsphere, tmp_path):
        found = description(vsphere, "host.ovf").find(".//ovf:OperatingSystemSection", NAMESPACES)
        assert found.get(OVF + "id") == "96"
        assert found.get("{%s}osType" % NAMESPACES["vmw"]) == "other5xLinux64Guest"
        convert(bin_dir, disk, tmp_path, "--format", "vsphere", "--os-type", "debian13_64Guest")
        assert b'vmw:osType="debian13_64Guest"' in member(tmp_path / "host-7-vsphere.ova", "host.ovf")

    def test_o9_devices(self, vsphere):
        items = {item.findtext("rasd:ResourceType", None, NAMESPACES): item for item in
                 description(vsphere, "host.ovf").iter(OVF + "Item")}

        def text(kind, name):
            return items[kind].findtext("rasd:" + name, None, NAMESPACES)
        assert text("6", "ResourceSubType") == "VirtualSCSI"
        assert text("10", "ResourceSubType") == "VmxNet3"
        assert text("17", "HostResource") == "ovf:/disk/vmdisk1"
        assert text("17", "Parent") == text("6", "InstanceID")

    @pytest.mark.parametrize("firmware", ["efi", "bios"])
    def test_o10_firmware(self, bin_dir, disk, tmp_path, firmware):
        convert(bin_dir, disk, tmp_path, "--format", "vsphere", "--firmware", firmware)
        vmw = "{%s}" % NAMESPACES["vmw"]
        configs = list(description(tmp_path / "host-7-vsphere.ova", "host.ovf").iter(vmw + "Config"))
        values = {found.get(vmw + "key"): found.get(vmw + "value") for found in configs}
        assert values["firmware"] == firmware
        assert values["bootOptions.efiSecureBootEnabled"] == "false"
        assert all(found.get(OVF + "required") == "false" for found in configs)

    def test_o11_cloud_init(self, vsphere):
        envelope = description(vsphere, "host.ovf")
        hardware = envelope.find(".//ovf:VirtualHardwareSection", NAMESPACES)
        assert hardware.get(OVF + "transport") == "iso com.vmware.guestInfo"
        keys = {found.get(OVF + "key") for found in envelope.iter(OVF + "Property")}
        assert keys == {"instance-id", "hostname", "seedfrom", "public-keys", "user-data", "password",
                        "guestinfo.userdata", "guestinfo.userdata.encoding", "guestinfo.metadata",
                        "guestinfo.metadata.encoding"}

    def test_o12_nothing_random(self, vsphere):
        envelope = description(vsphere, "host.ovf")
        networks = [found.get(OVF + "name") for found in envelope.iter(OVF + "Network")]
        used = [found.text for found in envelope.iter(RASD + "Connection")]
        assert networks == used == ["VM Network"]
        text = member(vsphere, "host.ovf").decode().lower()
        assert "address>00:" not in text and "uuid" not in text

    def test_o13_certificate(self, bin_dir, disk, tmp_path):
        key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
        run_tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test",
                 "-keyout", key, "-out", certificate)
        convert(bin_dir, disk, tmp_path, "--format", "vsphere", "--sign-key", key,
                "--sign-certificate", certificate)
        ova = tmp_path / "host-7-vsphere.ova"
        assert [entry.name for entry in members(ova)] == ["host.ovf", "host.mf", "host.cert",
                                                          "disk.vmdk"]
        first, _, pem = member(ova, "host.cert").decode().partition("\n")
        signature = re.fullmatch(r"SHA256\(host\.mf\)= ([0-9a-f]+)", first)[1]
        (tmp_path / "signature").write_bytes(bytes.fromhex(signature))
        (tmp_path / "inside.pem").write_text(pem)
        (tmp_path / "host.mf").write_bytes(member(ova, "host.mf"))
        public = run_tool("openssl", "x509", "-in", tmp_path / "inside.pem", "-pubkey", "-noout")
        (tmp_path / "public.pem").write_text(public)
        run_tool("openssl", "dgst", "-sha256", "-verify", tmp_path / "public.pem", "-signature",
                 tmp_path / "signature", tmp_path / "host.mf")

    def test_o15_disk_inside_is_the_disk(self, vsphere, images):
        assert member(vsphere, "disk.vmdk") == (images / "host-7.vmdk").read_bytes()

    def test_text_is_escaped(self, bin_dir, disk, tmp_path):
        convert(bin_dir, disk, tmp_path, "--format", "vsphere,rhev,rhev3", "--title", "A <b> & \"c\"")
        envelope = description(tmp_path / "host-7-vsphere.ova", "host.ovf")
        assert envelope.findtext(".//ovf:Product", None, NAMESPACES) == 'A <b> & "c"'
        assert description(tmp_path / "host-7-rhev.ova", "vm.ovf") is not None


class TestRhev:
    def test_e1_e3_members(self, rhev):
        names = [name for name, _, _ in tar_walk(rhev)]
        assert names[0] == "vm.ovf" and names[1:-1] in ([], ["pad"])
        disks = [name for name in names if name != "pad" and not name.lower().endswith(("ovf", "dat"))]
        assert disks == [str(uuid.UUID(names[-1]))]
        assert b'xmlns:ovirt=' in member(rhev, "vm.ovf")

    def test_e2_plain_headers(self, rhev):
        assert [(name, size) for name, _, size in tar_walk(rhev)] == [
            (entry.name, entry.size) for entry in members(rhev)]

    def test_e4_one_name_for_the_disk(self, rhev):
        envelope = description(rhev, "vm.ovf")
        name = tar_walk(rhev)[-1][0]
        entry, one = envelope.find("References/File"), envelope.find("DiskSection/Disk")
        assert entry.get(OVF3 + "href") == entry.get(OVF3 + "id") == name
        assert one.get(OVF3 + "fileRef") == one.get(OVF3 + "diskId") == name

    def test_e5_e6_payload(self, disk, rhev):
        """As the host reads it: from its offset to the archive's end."""
        _, at, size = tar_walk(rhev)[-1]
        assert at % 4096 == 0
        place = {"driver": "qcow2", "file": {"driver": "raw", "offset": at, "file": {
            "driver": "file", "filename": str(rhev)}}}
        found = json.loads(run_tool("qemu-img", "info", "--output=json", "json:" + json.dumps(place)))
        assert found["format"] == "qcow2" and found["virtual-size"] == DISK_BYTES
        assert found["format-specific"]["data"]["compression-type"] == "zlib"
        assert "identical" in run_tool("qemu-img", "compare", disk, "json:" + json.dumps(place))
        entry = description(rhev, "vm.ovf").find("References/File")
        assert entry.get(OVF3 + "size") == str(size)

    def test_e7_e8_disk(self, rhev):
        one = description(rhev, "vm.ovf").find("DiskSection/Disk")

        def value(name):
            return one.get(OVF3 + name)
        base, power = re.fullmatch(r"(byte) \* 2\^(\d+)", value("capacityAllocationUnits")).groups()
        assert base == "byte" and int(value("capacity")) << int(power) == DISK_BYTES
        assert int(value("populatedSize")) == tar_walk(rhev)[-1][2]
        assert (value("volume-format"), value("volume-type")) == ("COW", "Sparse")
        assert value("disk-interface") == "VirtIO_SCSI" and value("boot") == "true"

    def test_e9_e11_items(self, rhev):
        items = {item.findtext("rasd:ResourceType", None, NAMESPACES): item
                 for item in description(rhev, "vm.ovf").iter("Item")}

        def text(kind, name):
            return items[kind].findtext("rasd:" + name, None, NAMESPACES)
        one = description(rhev, "vm.ovf").find("DiskSection/Disk")
        assert one.get(OVF3 + "description") is None
        assert text("17", "HostResource").split("/")[-1] == one.get(OVF3 + "diskId")
        assert text("17", "Caption").startswith("Drive ")
        assert (text("3", "num_of_sockets"), text("3", "cpu_per_socket")) == ("2", "1")
        assert (text("4", "AllocationUnits"), text("4", "VirtualQuantity")) == ("MegaBytes", "2048")
        assert text("10", "ResourceSubType") == "3"

    @pytest.mark.parametrize("firmware, number", [("efi", "2"), ("bios", "1")])
    def test_e10_firmware(self, bin_dir, disk, tmp_path, firmware, number):
        convert(bin_dir, disk, tmp_path, "--format", "rhev", "--firmware", firmware)
        assert description(tmp_path / "host-7-rhev.ova", "vm.ovf").findtext(".//BiosType") == number

    def test_e12_system(self, rhev):
        found = description(rhev, "vm.ovf").find(".//OperatingSystemSection")
        assert found.get(OVF3 + "id") == "36"
        assert found.get("{%s}id" % NAMESPACES["ovirt"]) in ("5", "33")


class TestRhev3:
    """Dialect B."""

    def test_layout(self, images):
        names = [entry.name for entry in members(images / "host-7-rhev3.ova", "r:gz")]
        guid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        volume = re.fullmatch(f"images/({guid})/({guid})", names[0])
        machine = re.fullmatch(f"master/vms/({guid})/({guid}).ovf", names[2])
        assert volume and machine and machine[1] == machine[3]
        assert names[1] == names[0] + ".meta" and len(names) == 3

    def test_whole_for_gzip(self, images):
        run_tool("gzip", "--test", "--suffix", ".ova", images / "host-7-rhev3.ova")

    def test_disk_is_for_old_readers(self, disk, images, tmp_path):
        ova = images / "host-7-rhev3.ova"
        name = members(ova, "r:gz")[0].name
        (tmp_path / "volume").write_bytes(member(ova, name, "r:gz"))
        assert info(tmp_path / "volume", "qcow2")["format-specific"]["data"]["compat"] == "0.10"
        run_tool("qemu-img", "check", "-f", "qcow2", tmp_path / "volume")
        same(disk, tmp_path / "volume", "qcow2")

    def test_meta(self, images):
        ova = images / "host-7-rhev3.ova"
        names = [entry.name for entry in members(ova, "r:gz")]
        lines = member(ova, names[1], "r:gz").decode().splitlines()
        values = dict(line.split("=", 1) for line in lines[:-1])
        assert lines[-1] == "EOF" and set(values) == {
            "DOMAIN", "VOLTYPE", "CTIME", "MTIME", "FORMAT", "IMAGE", "DISKTYPE", "PUUID", "LEGALITY",
            "POOL_UUID", "SIZE", "TYPE", "DESCRIPTION"}
        assert (values["VOLTYPE"], values["FORMAT"], values["TYPE"]) == ("LEAF", "COW", "SPARSE")
        assert values["SIZE"] == str(DISK_BYTES // 512)
        assert values["IMAGE"] == names[0].split("/")[1]

    def test_description(self, images):
        import xml.etree.ElementTree as tree
        ova = images / "host-7-rhev3.ova"
        names = [entry.name for entry in members(ova, "r:gz")]
        envelope = tree.fromstring(member(ova, names[2], "r:gz"))
        kind = "{http://www.w3.org/2001/XMLSchema-instance}type"
        assert envelope.tag == OVF3 + "Envelope" and envelope.get(OVF3 + "version") == "0.9"
        assert [child.get(kind) for child in envelope if child.tag != "References"] == [
            "ovf:NetworkSection_Type", "ovf:DiskSection_Type", "ovf:VirtualSystem_Type"]
        reference = names[0].removeprefix("images/")
        assert envelope.find("References/File").get(OVF3 + "href") == reference
        assert envelope.find(".//Disk").get(OVF3 + "fileRef") == reference
        assert envelope.find(".//Disk").get(OVF3 + "size") == "1"  # whole GiB
        assert envelope.findtext(".//Content/TemplateId") == str(uuid.UUID(int=0))
        assert reference in [found.text for found in envelope.iter(RASD + "HostResource")]


def vhd_footer(data):
    names = ("cookie features version offset time app appversion os original current cylinders heads "
             "sectors kind checksum uuid saved").split()
    found = dict(zip(names, struct.unpack(">8sIIQI4sI4sQQHBBII16sB", data[:85])))
    assert found["checksum"] == ~(sum(data) - sum(data[64:68])) & 0xffffffff
    return found


class TestVhd:
    def test_h1_fixed_is_the_disk_and_a_footer(self, disk, images):
        data = (images / "host-7-fixed.vhd").read_bytes()
        assert data[:-512] == disk.read_bytes() and (len(data) - 512) % MIB == 0
        assert vhd_footer(data[-512:])["kind"] == 2

    @pytest.mark.parametrize("name, kind", [("host-7.vhd", 3), ("host-7-fixed.vhd", 2)])
    def test_h2_size_is_what_counts(self, images, name, kind):
        footer = vhd_footer((images / name).read_bytes()[-512:])
        assert (footer["cylinders"], footer["heads"], footer["sectors"]) == (65535, 16, 255)
        assert (footer["app"], footer["kind"]) == (b"qem2", kind)
        assert footer["original"] == footer["current"] == DISK_BYTES
        assert info(images / name, "vpc")["virtual-size"] == DISK_BYTES

    def test_h3_footer_is_constant_and_twice_in_a_dynamic(self, images):
        data = (images / "host-7.vhd").read_bytes()
        assert data[:512] == data[-512:] and vhd_footer(data[:512])["time"] == 0
        assert vhd_footer(data[:512])["uuid"] != bytes(16)

    def test_h3_dynamic_header(self, images):
        data = (images / "host-7.vhd").read_bytes()
        header = data[512:1536]
        cookie, _, table, version, entries, block, checksum = struct.unpack(">8sQQIIII", header[:40])
        assert (cookie, version, block) == (b"cxsparse", 0x10000, 2 * MIB)
        assert checksum == ~(sum(header) - sum(header[36:40])) & 0xffffffff
        assert entries == -(-DISK_BYTES // block)
        places = [at for at in struct.unpack_from(f">{entries}I", data, table) if at != 0xffffffff]
        assert places == sorted(places) and all((at + 1) % 8 == 0 for at in places)

    @pytest.mark.parametrize("name", ["host-7.vhd", "host-7-fixed.vhd"])
    def test_h4_others_read_it(self, disk, images, name):
        same(disk, images / name, "vpc")

    def test_h5_compressed(self, images, tmp_path):
        run_tool("zstd", "-q", "-d", images / "host-7-fixed.vhd.zst", "-o", tmp_path / "fixed.vhd")
        assert sha256(tmp_path / "fixed.vhd") == sha256(images / "host-7-fixed.vhd")
        assert (images / "host-7.vhd").stat().st_size < DISK_BYTES / 3

    def test_too_large_for_a_vhd(self, bin_dir, tmp_path):
        with (tmp_path / "disk.raw").open("wb") as stream:
            stream.truncate(2041 << 30)
        said = refused(bin_dir / "atomic-image", "convert", tmp_path / "disk.raw", "-f", "vhd")
        assert "2,040 GiB" in said and "vhdx" in said


class TestVhdx:
    def test_h6_others_read_it(self, disk, images):
        path = images / "host-7.vhdx"
        assert info(path, "vhdx")["virtual-size"] == DISK_BYTES
        assert info(path, "vhdx")["cluster-size"] == MIB
        run_tool("qemu-img", "check", "-f", "vhdx", path)
        same(disk, path, "vhdx")

    def test_h6_sectors_and_size(self, images):
        data = (images / "host-7.vhdx").read_bytes()
        values = data[2 * MIB + BLOCK:]
        assert struct.unpack_from("<IIQ", values) == (MIB, 0, DISK_BYTES)
        assert struct.unpack_from("<II", values, 32) == (512, 4096)
        assert len(data) % MIB == 0

    def test_h8_identities(self, images):
        data = (images / "host-7.vhdx").read_bytes()
        one, two = (data[at:at + 4096] for at in (BLOCK, 2 * BLOCK))
        sequence = [struct.unpack_from("<Q", header, 8)[0] for header in (one, two)]
        assert sequence == [1, 2] and one[16:48] == two[16:48] and one[48:64] == bytes(16)
        assert data[3 * BLOCK:4 * BLOCK] == data[4 * BLOCK:5 * BLOCK]


class TestCompressed:
    def test_zstd(self, disk, images):
        assert subprocess.run(["zstd", "-dc", images / "host-7.raw.zst"], check=True,
                              capture_output=True).stdout == disk.read_bytes()

    def test_gzip(self, disk, images):
        run_tool("gzip", "--test", images / "host-7.raw.gz")
        assert gzip.decompress((images / "host-7.raw.gz").read_bytes()) == disk.read_bytes()

    def test_xz(self, disk, images):
        run_tool("xz", "--test", images / "host-7.raw.xz")
        assert lzma.decompress((images / "host-7.raw.xz").read_bytes()) == disk.read_bytes()

    def test_raw(self, disk, images):
        assert sha256(images / "host-7.raw") == sha256(disk)


class TestTwice:
    def test_same_bytes_elsewhere(self, bin_dir, disk, images, tmp_path):
        """Another file, folder, time zone, language, user's name, umask and number of processors."""
        copy = tmp_path / "somewhere else" / "copied.img"
        copy.parent.mkdir()
        run_tool("cp", "--sparse=never", disk, copy)
        environment = {**os.environ, "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "LANG": "de_DE",
                       "HOME": "/nonexistent", "USER": "other", "TMPDIR": str(tmp_path)}
        convert(bin_dir, copy, tmp_path / "out", "--format", EVERY, env=environment, umask=0o077,
                preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))
        for path in sorted(images.iterdir()):
            assert sha256(tmp_path / "out" / path.name) == sha256(path), path.name

    def test_one_alone_is_the_same(self, bin_dir, disk, images, tmp_path):
        """What else is written beside a format does not change it."""
        for name, suffix in (("vsphere", "-vsphere.ova"), ("raw.gz", ".raw.gz"), ("qcow2", ".qcow2")):
            convert(bin_dir, disk, tmp_path, "--format", name)
            assert sha256(tmp_path / f"host-7{suffix}") == sha256(images / f"host-7{suffix}")

    def test_time_is_an_input(self, bin_dir, disk, vsphere, tmp_path):
        convert(bin_dir, disk, tmp_path, "--format", "vsphere",
                env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
        ova = tmp_path / "host-7-vsphere.ova"
        assert {entry.mtime for entry in members(ova)} == {1700000000}
        assert member(ova, "disk.vmdk") == member(vsphere, "disk.vmdk")
