"""atomic-image lint and --fix, on images that break one rule each: ours, changed, and those of qemu-img."""
import hashlib
import io
import json
import re
import struct
import subprocess
import tarfile

import pytest

from formats import BLOCK, DISK_BYTES, MIB, convert, make_disk, member, members, refused
from support import run_tool

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def disk(tmp_path_factory):
    path = tmp_path_factory.mktemp("lint") / "disk.raw"
    make_disk(path)
    return path


@pytest.fixture(scope="session")
def images(disk, bin_dir):
    folder = disk.parent / "images"
    convert(bin_dir, disk, folder, "--format",
            "qcow2,qcow2-zlib,vsphere,rhev,rhev3,vhd,vhd-fixed,vhdx,vmdk,raw.zst")
    return folder


@pytest.fixture(scope="session")
def lint(bin_dir):
    """The rules that a file breaks: {id: [detail]}, and whether somebody refuses it."""
    def look(path, *options):
        done = subprocess.run([bin_dir / "atomic-image", "lint", "--json", *options, path],
                              capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        found = {}
        for finding in json.loads(done.stdout):
            found.setdefault(finding["rule"], []).append(finding["detail"])
            assert not finding["refused"] or done.returncode == 1
        return found
    return look


def changed(source, target, *patches):
    """A copy with bytes written over; a negative place counts from the end."""
    data = bytearray(source.read_bytes())
    for at, new in patches:
        at += len(data) if at < 0 else 0
        data[at:at + len(new)] = new
    target.write_bytes(data)
    return target


def repacked(source, target, change, **options):
    """An archive with its members changed: `change` takes and returns [(name, bytes)]."""
    content = change([(entry.name, member(source, entry.name)) for entry in members(source)])
    with tarfile.open(target, "w", format=options.get("format", tarfile.USTAR_FORMAT)) as archive:
        for name, data in content:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), 315532800, options.get("mode", 0o644)
            entry.uname = entry.gname = "root"
            if "pax" in options:
                entry.pax_headers = {"comment": options["pax"]}
            archive.addfile(entry, io.BytesIO(data))
    return target


def with_text(old, new, manifest=True):
    """Change the description; the manifest follows, unless it is told not to."""
    def change(content):
        (name, text), *rest = content
        assert re.search(old, text.decode()), old
        text = re.sub(old, new, text.decode()).encode()
        if manifest:
            digest = hashlib.sha256(text).hexdigest()
            rest = [(other, re.sub(rb"(?<=\.ovf\)= ).*", digest.encode(), data)
                     if other.endswith(".mf") else data) for other, data in rest]
        return [(name, text), *rest]
    return change


def with_manifest(old, new):
    def change(content):
        return [(name, re.sub(old, new, data.decode()).encode() if name.endswith(".mf") else data)
                for name, data in content]
    return change


class TestOurs:
    @pytest.mark.parametrize("name", [
        "host-7-vsphere.ova", "host-7-rhev.ova", "host-7-rhev3.ova", "host-7.vmdk", "host-7.vhd",
        "host-7-fixed.vhd", "host-7.vhdx", "host-7-zlib.qcow2"])
    def test_nothing_found(self, images, lint, name):
        assert lint(images / name) == {}

    def test_notes_are_no_refusal(self, bin_dir, images):
        done = subprocess.run([bin_dir / "atomic-image", "lint", images / "host-7.qcow2"],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "Q2 note" in done.stdout and "QEMU before 5.1" in done.stdout

    def test_every_rule_names_who_refuses(self, bin_dir):
        lines = run_tool(bin_dir / "atomic-image", "lint", "--rules").splitlines()
        assert len(lines) > 40 and all(re.match(r"[A-Z]\d* +\S.* \(\S.*\)", line) for line in lines)


class TestVmdk:
    def test_v4_v6_qemu_img(self, disk, lint, tmp_path):
        """What everybody meets who makes an OVA with qemu-img."""
        run_tool("qemu-img", "convert", "-O", "vmdk", "-o", "subformat=streamOptimized", disk,
                 tmp_path / "q.vmdk")
        found = lint(tmp_path / "q.vmdk")
        assert set(found) == {"V4", "V6"}
        assert re.match(r"64\d\d\d bytes follow", found["V4"][0])

    def test_v8_mended_twice_is_the_same(self, disk, lint, tmp_path):
        for name in ("one.vmdk", "two.vmdk"):
            run_tool("qemu-img", "convert", "-O", "vmdk", "-o", "subformat=streamOptimized", disk,
                     tmp_path / name)
            assert lint(tmp_path / name, "--fix") == {}
            assert "identical" in run_tool("qemu-img", "compare", disk, tmp_path / name)
        assert (tmp_path / "one.vmdk").read_bytes() == (tmp_path / "two.vmdk").read_bytes()

    def test_fix_leaves_a_sound_one_alone(self, images, lint, tmp_path):
        same = changed(images / "host-7.vmdk", tmp_path / "same.vmdk")
        before = same.stat()
        assert lint(same, "--fix") == {} and same.stat().st_mtime_ns == before.st_mtime_ns

    def test_fix_to_another_file(self, disk, images, lint, tmp_path):
        tail = changed(images / "host-7.vmdk", tmp_path / "tail.vmdk")
        with tail.open("ab") as stream:
            stream.write(bytes(1024))
        assert set(lint(tail)) == {"V4"}
        assert lint(tail, "--fix", "--output", tmp_path / "mended.vmdk") == {}
        assert set(lint(tail)) == {"V4"}
        assert "identical" in run_tool("qemu-img", "compare", disk, tmp_path / "mended.vmdk")

    @pytest.mark.parametrize("patch, rule", [
        ((4, struct.pack("<I", 1)), "V1"), ((8, struct.pack("<I", 3)), "V1"),
        ((20, struct.pack("<Q", 8)), "V2"), ((12, struct.pack("<Q", 1 << 60)), "V7"),
        ((BLOCK, struct.pack("<Q", 7)), "V7"), ((BLOCK + 20, b"\xff" * 8), "V7"),
        ((-1024 + 12, struct.pack("<Q", 4096)), "V7"), ((64, struct.pack("<Q", 1 << 50)), "V7")])
    def test_changed(self, images, lint, tmp_path, patch, rule):
        assert rule in lint(changed(images / "host-7.vmdk", tmp_path / "changed.vmdk", patch))

    def test_v3_order(self, images, lint, tmp_path):
        """The first grain says that it is the last."""
        data = (images / "host-7.vmdk").read_bytes()
        last = (DISK_BYTES - BLOCK) // 512
        broken = changed(images / "host-7.vmdk", tmp_path / "order.vmdk",
                         (BLOCK, struct.pack("<Q", last)))
        assert data[BLOCK:BLOCK + 8] == bytes(8)
        assert {"V3", "V7"} <= set(lint(broken))

    def test_v5_cut(self, images, lint, tmp_path):
        cut = tmp_path / "cut.vmdk"
        cut.write_bytes((images / "host-7.vmdk").read_bytes()[:-512])
        assert set(lint(cut)) == {"V5"}

    def test_o15_other_kinds(self, disk, lint, tmp_path):
        run_tool("qemu-img", "convert", "-O", "vmdk", disk, tmp_path / "sparse.vmdk")
        assert {"V1", "O15"} <= set(lint(tmp_path / "sparse.vmdk"))

    def test_broken_is_not_mended(self, bin_dir, images, tmp_path):
        broken = tmp_path / "broken.vmdk"
        before = (images / "host-7.vmdk").read_bytes()[:BLOCK + 1000].replace(b"lsilogic", b"buslogic")
        broken.write_bytes(before)
        said = refused(bin_dir / "atomic-image", "lint", "--fix", broken)
        assert "V7" in said and broken.read_bytes() == before
        assert list(tmp_path.iterdir()) == [broken]


class TestVsphere:
    @pytest.mark.parametrize("old, new, rule", [
        ("ovf:size=\"\\d+\"", 'ovf:size="5"', "O5"),
        ("capacity=\"\\d+\"", 'capacity="97"', "O5"),
        ("envelope/1\"", 'envelope/2"', "O6"),
        ("<Envelope ", "<Envelop ", "O6"),
        ("vmx-13", "vmx-99", "O7"), ("vmx-13", "virtualbox-2.2", "O14"),
        (" vmw:osType=\"[^\"]*\"", "", "O8"), ("VirtualSCSI", "virtualscsi", "O9"),
        ("VmxNet3<", "PCNet32x<", "O9"), ("<rasd:Parent>3<", "<rasd:Parent>9<", "O9"),
        ("ovf:/disk/vmdisk1", "/file/vmdisk1", "O9"), ("ovf:/disk/vmdisk1", "ovf:/disk/x", "O9"),
        ("vmx-13", "vmx-13 vmx-x", "O7"),
        ("vmw:value=\"efi\"", 'vmw:value="uefi"', "O10"),
        ("ovf:required=\"false\" vmw:key=\"firmware\"", 'vmw:key="firmware"', "O10"),
        (" ovf:transport=\"[^\"]*\"", "", "O11"),
        ("<rasd:Connection>VM Network", "<rasd:Connection>LAN", "O12"),
        ("#streamOptimized", "#sparse", "O15"), ("disk\\.vmdk", "other.vmdk", "O2"),
        ("<rasd:InstanceID>2<", "<rasd:InstanceID>1<", "O6"),
        ("(<rasd:ElementName>[^/]*/rasd:ElementName>)\\s*(<rasd:InstanceID>1<)", "\\2", "O6"),
        ("</VirtualHardwareSection>",
         '<v:Machine xmlns:v="http://www.virtualbox.org/ovf/machine"/></VirtualHardwareSection>',
         "O6")])
    def test_description(self, images, lint, tmp_path, old, new, rule):
        found = lint(repacked(images / "host-7-vsphere.ova", tmp_path / "changed.ova",
                              with_text(old, new)))
        assert rule in found

    @pytest.mark.parametrize("old, new", [
        ("ovf:/disk/vmdisk1", "/disk/vmdisk1"), ("vmx-13", "vmx-07 vmx-13"),
        (" ovf:size=\"\\d+\"", ""), ("VirtualSCSI", "lsilogic"),
        ("</DiskSection>", '<Disk ovf:capacity="5" ovf:diskId="empty"/></DiskSection>'),
        ("</VirtualHardwareSection>", '<v:Machine xmlns:v="urn:v" ovf:required="false"><v:In/></v:Machine>'
         "</VirtualHardwareSection>"),
        ("<rasd:AddressOnParent>0", '<rasd:Address>0</rasd:Address><rasd:AddressOnParent>0')])
    def test_what_others_write_and_importers_take(self, images, lint, tmp_path, old, new):
        assert lint(repacked(images / "host-7-vsphere.ova", tmp_path / "changed.ova",
                             with_text(old, new))) == {}

    @pytest.mark.parametrize("old, new, rule", [
        ("SHA256\\(", "SHA256 (", "O3"), ("\\)= ", ") = ", "O3"), ("\\)= ", ")=", "O3"),
        ("SHA256\\(", "SHA2-256(", "O3"), ("SHA256", "SHA512", "O4"), ("\n", "\r\n", "O3"),
        ("disk\\.vmdk", "disk2.vmdk", "O3"), ("\n$", "", "O3")])
    def test_manifest_is_mended(self, images, lint, tmp_path, old, new, rule):
        source = images / "host-7-vsphere.ova"
        broken = repacked(source, tmp_path / "broken.ova", with_manifest(old, new))
        assert rule in lint(broken)
        assert lint(broken, "--fix") == {}
        assert member(broken, "host.mf") == member(source, "host.mf")

    def test_o3_digest(self, images, lint, tmp_path):
        broken = repacked(images / "host-7-vsphere.ova", tmp_path / "broken.ova",
                          with_text("A virtual machine", "another", manifest=False))
        assert lint(broken) == {"O3": ["host.ovf: the digest is another one's"]}

    def test_o4_sha1(self, images, lint, tmp_path):
        def change(content):
            lines = "".join(f"SHA1({name})= {hashlib.sha1(data).hexdigest()}\n"
                            for name, data in content if not name.endswith(".mf"))
            return [(name, lines.encode() if name.endswith(".mf") else data) for name, data in content]
        broken = repacked(images / "host-7-vsphere.ova", tmp_path / "sha1.ova", change)
        assert set(lint(broken)) == {"O4"}
        assert lint(broken, "--fix") == {}

    def test_o1_o2_o5_order_headers_and_tail(self, disk, images, lint, tmp_path):
        """Somebody's own tar of what qemu-img made."""
        run_tool("qemu-img", "convert", "-O", "vmdk", "-o", "subformat=streamOptimized", disk,
                 tmp_path / "disk.vmdk")

        def change(content):
            ovf, _, _ = content
            return [("disk.vmdk", (tmp_path / "disk.vmdk").read_bytes()), ovf]
        broken = repacked(images / "host-7-vsphere.ova", tmp_path / "own.ova", change, mode=0o600,
                          format=tarfile.PAX_FORMAT, pax="x" * 10)
        assert {"O1", "O2", "O5", "V4", "V6"} <= set(lint(broken))
        assert lint(broken, "--fix") == {}
        assert [entry.name for entry in members(broken)] == ["host.ovf", "host.mf", "disk.vmdk"]
        (tmp_path / "inside.vmdk").write_bytes(member(broken, "disk.vmdk"))
        assert "identical" in run_tool("qemu-img", "compare", disk, tmp_path / "inside.vmdk")

    def test_o13(self, bin_dir, disk, lint, tmp_path):
        key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
        run_tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test",
                 "-keyout", key, "-out", certificate)
        convert(bin_dir, disk, tmp_path, "--format", "vsphere", "--sign-key", key,
                "--sign-certificate", certificate)
        signed = tmp_path / "host-7-vsphere.ova"
        assert lint(signed) == {}
        broken = repacked(signed, tmp_path / "broken.ova", lambda content: [
            (name, data.replace(b"host.mf)= ", b"host.mf)= 00") if name.endswith(".cert") else data)
            for name, data in content])
        assert set(lint(broken)) == {"O13"}

    def test_a_disk_is_read_once(self, bin_dir, images, lint, tmp_path):
        """However often a small description names a large one."""
        disks = "".join(f'<Disk ovf:capacity="{DISK_BYTES}" ovf:diskId="d{n}" ovf:fileRef="file1"/>'
                        for n in range(100))
        broken = repacked(images / "host-7-vsphere.ova", tmp_path / "disks.ova",
                          with_text("</DiskSection>", disks + "</DiskSection>"))
        assert lint(broken)["O2"] == ["two disks have the file file1"] * 100
        broken = repacked(images / "host-7-vsphere.ova", tmp_path / "lines.ova",
                          with_manifest("\\Z", "SHA256(disk.vmdk)= " + "0" * 64 + "\n"))
        assert lint(broken) == {"O3": ["disk.vmdk is listed twice"]}
        broken = repacked(images / "host-7-vsphere.ova", tmp_path / "files.ova", with_text(
            "</References>", '<File ovf:href="disk.vmdk" ovf:id="2"/></References>', manifest=False))
        assert "listed twice" in refused(bin_dir / "atomic-image", "lint", "--fix", broken)

    def test_no_description(self, images, lint, tmp_path):
        broken = repacked(images / "host-7-vsphere.ova", tmp_path / "broken.ova",
                          lambda content: content[1:])
        assert "O2" in lint(broken)

    def test_cut(self, images, lint, tmp_path):
        cut = tmp_path / "cut.ova"
        cut.write_bytes((images / "host-7-vsphere.ova").read_bytes()[:100000])
        assert "O1" in lint(cut)


class TestOvirt:
    @pytest.mark.parametrize("old, new, rules", [
        ("capacityAllocationUnits=\"[^\"]*\"", 'capacityAllocationUnits="MegaBytes"', {"E7"}),
        ("volume-format=\"COW\"", 'volume-format="RAW"', {"E8"}),
        (" ovf:disk-interface=\"[^\"]*\"", "", {"E8"}),
        ("<rasd:HostResource>", "<rasd:HostResource>x", {"E9"}),
        ("<BiosType>.</BiosType>", "", {"E10"}), ("MegaBytes", "byte * 2^20", {"E11"}),
        ("Drive 1", "Disk 1", {"E11"}), (" ovirt:id=\"33\"", "", {"E12"}),
        ("ovf:diskId=\"", 'ovf:diskId="0', {"E4", "E9"}),
        ("ovf:fileRef=\"", 'ovf:fileRef="0', {"E4"})])
    def test_description(self, images, lint, tmp_path, old, new, rules):
        """The padding keeps the disk where it was."""
        source = images / "host-7-rhev.ova"
        size = members(source)[0].size

        def change(content):
            (name, text), *rest = with_text(old, new)(content)
            return [(name, text.rstrip(b"\n").ljust(size, b"\n")[:max(size, len(text.rstrip()))]), *rest]
        assert set(lint(repacked(source, tmp_path / "changed.ova", change))) == rules

    def test_e3_manifest(self, images, lint, tmp_path):
        broken = repacked(images / "host-7-rhev.ova", tmp_path / "broken.ova",
                          lambda content: [*content, ("host.mf", b"SHA256(x)= y\n")])
        assert set(lint(broken)) == {"E3"}

    def test_e6_alignment(self, images, lint, tmp_path):
        broken = repacked(images / "host-7-rhev.ova", tmp_path / "broken.ova",
                          lambda content: [entry for entry in content if entry[0] != "pad"])
        assert set(lint(broken)) == {"E6"}

    def test_e2_gnu_headers_are_read(self, images, lint, tmp_path):
        """oVirt's own archives have them."""
        same = repacked(images / "host-7-rhev.ova", tmp_path / "gnu.ova", lambda content: content,
                        format=tarfile.GNU_FORMAT, mode=0o600)
        assert lint(same) == {}

    def test_mended(self, images, lint, tmp_path):
        """Another name, pax headers, a manifest, no pad: what people's own tar makes."""
        source = images / "host-7-rhev.ova"
        broken = repacked(source, tmp_path / "broken.ova", lambda content: [
            ("host.ovf", content[0][1]), ("host.mf", b"SHA256(x)= y\n"), content[-1]],
            format=tarfile.PAX_FORMAT, pax="x")
        assert set(lint(broken)) >= {"E1", "E2", "E3"}
        assert lint(broken, "--fix") == {}
        assert broken.read_bytes() == source.read_bytes()

    def test_e1_e5(self, images, lint, tmp_path):
        broken = repacked(images / "host-7-rhev.ova", tmp_path / "broken.ova", lambda content: [
            ("template.ovf", content[0][1]), *content[1:-1], (content[-1][0], bytes(BLOCK))])
        assert set(lint(broken)) == {"E1", "E5"}

    def test_e2_extensions(self, images, lint, tmp_path):
        broken = repacked(images / "host-7-rhev.ova", tmp_path / "broken.ova", lambda content: content,
                          format=tarfile.PAX_FORMAT, pax="x")
        assert "E2" in lint(broken)

    def test_rhev3(self, images, lint, tmp_path):
        with tarfile.open(tmp_path / "broken.ova", "w:gz") as archive:
            for name in ("images/a/b", "other"):
                entry = tarfile.TarInfo(name)
                entry.size = 3
                archive.addfile(entry, io.BytesIO(b"abc"))
        assert len(lint(tmp_path / "broken.ova")["B"]) == 2


class TestHyperV:
    @pytest.mark.parametrize("patch, rule", [
        ((-512 + 64, b"\0\0\0\0"), "H3"), ((-512 + 48, struct.pack(">Q", MIB + 512)), "H1"),
        ((-512 + 56, struct.pack(">H", 203)), "H2"), ((-512 + 40, struct.pack(">Q", MIB)), "H2"),
        ((512, b"nonsense"), "H5"), ((512 + 36, b"\0\0\0\0"), "H3"), ((0, b"x"), "H3"),
        ((1536, struct.pack(">I", 0x7fffffff)), "H5"), ((512 + 28, struct.pack(">I", 1)), "H5"),
        ((-512 + 60, struct.pack(">I", 4)), "H1")])
    def test_vhd(self, images, lint, tmp_path, patch, rule):
        assert rule in lint(changed(images / "host-7.vhd", tmp_path / "changed.vhd", patch))

    def test_h1_cut(self, images, lint, tmp_path):
        cut = tmp_path / "cut.vhd"
        cut.write_bytes((images / "host-7.vhd").read_bytes()[:-512])
        assert "H1" in lint(cut)

    def test_h1_h2_qemu_img(self, disk, lint, tmp_path):
        """Without force_size the disk gets the size that cylinders give."""
        run_tool("qemu-img", "convert", "-O", "vpc", disk, tmp_path / "q.vhd")
        assert {"H1", "H8"} == set(lint(tmp_path / "q.vhd"))

    def test_h3_is_mended(self, disk, images, lint, tmp_path):
        broken = changed(images / "host-7.vhd", tmp_path / "broken.vhd", (-512 + 64, b"\0\0\0\0"),
                         (512 + 36, b"\0\0\0\0"))
        assert set(lint(broken)) == {"H3"}
        assert lint(broken, "--fix") == {}
        assert broken.read_bytes() == (images / "host-7.vhd").read_bytes()

    def test_h6_qemu_img(self, disk, lint, tmp_path):
        run_tool("qemu-img", "convert", "-O", "vhdx", disk, tmp_path / "q.vhdx")
        assert lint(tmp_path / "q.vhdx") == {}

    @pytest.mark.parametrize("patches, count", [
        ([(BLOCK, b"x")], 0), ([(BLOCK, b"x"), (2 * BLOCK, b"x")], 1), ([(2 * MIB, b"x")], 1),
        ([(3 * MIB, struct.pack("<Q", 1 << 50 | 6))], 1),
        ([(2 * MIB + BLOCK + 32, struct.pack("<I", 4096))], 1),
        ([(2 * MIB + BLOCK, struct.pack("<I", 5))], 1),
        ([(3 * BLOCK, b"x"), (4 * BLOCK, b"x")], 1)])
    def test_h6_changed(self, images, lint, tmp_path, patches, count):
        found = lint(changed(images / "host-7.vhdx", tmp_path / "changed.vhdx", *patches))
        assert len(found.get("H6", [])) == count


class TestQcow2AndRaw:
    @pytest.mark.parametrize("patch, rule", [
        ((8, struct.pack(">Q", 512)), "Q1"), ((20, struct.pack(">I", 40)), "Q4"),
        ((72, struct.pack(">Q", 1)), "Q4"), ((72, struct.pack(">Q", 4)), "Q1"),
        ((40, struct.pack(">Q", 1 << 40)), "Q4"), ((4, struct.pack(">I", 9)), "Q4"),
        ((24, struct.pack(">Q", MIB + 1)), "D1"), ((80, struct.pack(">Q", 1)), "Q1")])
    def test_qcow2(self, images, lint, tmp_path, patch, rule):
        assert rule in lint(changed(images / "host-7-zlib.qcow2", tmp_path / "changed.qcow2", patch))

    def test_q1_q7_qemu_img(self, images, lint, tmp_path):
        run_tool("qemu-img", "create", "-q", "-f", "qcow2", "-o", "compat=0.10", "-b",
                 images / "host-7.qcow2", "-F", "qcow2", tmp_path / "over.qcow2")
        assert set(lint(tmp_path / "over.qcow2")) == {"Q1", "Q7"}

    def disk_with(self, path, script):
        with path.open("wb") as stream:
            stream.truncate(64 * MIB)
        run_tool("sfdisk", "--quiet", path, input=script)
        return path

    def test_d2_d3(self, lint, tmp_path):
        bios, esp, root = ("21686148-6449-6E6F-744E-656564454649",
                           "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
                           "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709")
        lines = ["label: gpt", f"start=2048, size=2048, type={bios}",
                 f"start=4096, size=8192, type={esp}"]
        good = self.disk_with(tmp_path / "a.raw",
                              "\n".join([*lines, f"start=20480, type={root}"]))
        assert lint(good) == {}
        first = self.disk_with(tmp_path / "b.raw", "\n".join(
            [*lines, f"start=20480, size=2048, type={root}", f"start=40960, type={esp}"]))
        assert set(lint(first)) == {"D3"}
        assert set(lint(self.disk_with(tmp_path / "c.raw", "label: dos\nstart=2048"))) == {"D2"}

    def test_d1(self, lint, tmp_path):
        odd = tmp_path / "odd.raw"
        odd.write_bytes(b"odd" * 1000)
        assert "D1" in lint(odd)


class TestStrangers:
    def test_nothing_at_all(self, lint, tmp_path):
        (tmp_path / "empty").touch()
        assert set(lint(tmp_path / "empty")) == {"X"}

    def test_packed(self, images, lint):
        assert set(lint(images / "host-7.raw.zst")) == {"X"}

    def test_no_file(self, bin_dir, tmp_path):
        assert "no file" in refused(bin_dir / "atomic-image", "lint", tmp_path)
        assert "nowhere" in refused(bin_dir / "atomic-image", "lint", tmp_path / "nowhere")

    def test_text_of_strangers_is_printable(self, images, lint, tmp_path):
        broken = repacked(images / "host-7-vsphere.ova", tmp_path / "broken.ova",
                          with_text("vmx-13", "\x7f\u009b31m"))
        assert "\u009b" not in lint(broken)["O7"][0]

    @pytest.mark.parametrize("name", ["host-7-vsphere.ova", "host-7-rhev.ova", "host-7.vmdk",
                                      "host-7.vhdx", "host-7.vhd", "host-7.qcow2"])
    def test_cut_anywhere(self, images, lint, tmp_path, name):
        data = (images / name).read_bytes()
        for length in (1, 5, 300, 512, 4096, 66000, 131073, len(data) // 2, len(data) - 1):
            (tmp_path / "cut").write_bytes(data[:length])
            assert lint(tmp_path / "cut"), length
