"""What goes with images: sums and signature by sha256sum and gpg, lists of packages, provenance, and
`atomic-image verify` of what somebody changed."""
import json
import os
import subprocess

import pytest

from formats import convert, make_disk, refused, sha256
from support import run_tool

pytestmark = pytest.mark.slow

STATUS = """Package: bash
Status: install ok installed
Version: 5.2.37-2
Architecture: amd64

Package: gone
Status: deinstall ok config-files
Version: 1
Architecture: amd64

Package: libstdc++6
Status: install ok installed
Version: 1:14.2.0-19
Architecture: amd64
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sums")
    make_disk(folder / "disk.raw")
    (folder / "status").write_text(STATUS)
    for name in ("keys", "other"):
        (folder / name).mkdir(mode=0o700)
        run_tool("gpg", "--homedir", folder / name, "--batch", "--passphrase", "",
                 "--faked-system-time", "20200101T000000!", "--quick-generate-key", name, "ed25519",
                 "sign", "never")
        (folder / f"{name}.gpg").write_bytes(subprocess.run(
            ["gpg", "--homedir", folder / name, "--export"], check=True, capture_output=True).stdout)
        (folder / f"{name}.asc").write_bytes(subprocess.run(
            ["gpg", "--homedir", folder / name, "--armor", "--export"], check=True,
            capture_output=True).stdout)
    yield folder
    for name in ("keys", "other"):
        subprocess.run(["gpgconf", "--homedir", folder / name, "--kill", "all"], check=False)


def publish(bin_dir, place, folder, **options):
    convert(bin_dir, place / "disk.raw", folder, "--format", "qcow2,vhdx", "--packages",
            place / "status", "--key", place / "keys",
            env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}, **options)
    return folder


@pytest.fixture(scope="module")
def published(bin_dir, place):
    return publish(bin_dir, place, place / "out")


@pytest.fixture
def copy(published, tmp_path):
    run_tool("cp", "-r", published, tmp_path / "copy")
    return tmp_path / "copy"


def test_names(published):
    assert {path.name for path in published.iterdir()} == {
        "host-7.qcow2", "host-7.vhdx", "host-7.spdx.json", "host-7.cdx.json",
        "host-7.provenance.json", "SHA256SUMS", "SHA256SUMS.gpg", "signing-key.gpg"}


def test_stock_tools_agree(place, published):
    run_tool("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=published)
    listed = {line.split("  ")[1] for line in
              (published / "SHA256SUMS").read_text().splitlines()}
    assert listed == {path.name for path in published.iterdir()} - {"SHA256SUMS", "SHA256SUMS.gpg"}
    run_tool("gpg", "--homedir", place / "keys", "--batch", "--verify", published / "SHA256SUMS.gpg",
             published / "SHA256SUMS")
    run_tool("gpgv", "--keyring", place / "keys.gpg", published / "SHA256SUMS.gpg",
             published / "SHA256SUMS")


def test_lists_of_packages(published):
    spdx = json.loads((published / "host-7.spdx.json").read_text())
    cdx = json.loads((published / "host-7.cdx.json").read_text())
    wanted = {("bash", "5.2.37-2"), ("libstdc++6", "1:14.2.0-19")}
    assert {(entry["name"], entry["versionInfo"]) for entry in spdx["packages"][1:]} == wanted
    assert {(entry["name"], entry["version"]) for entry in cdx["components"]} == wanted
    assert (spdx["spdxVersion"], cdx["bomFormat"], cdx["specVersion"]) == (
        "SPDX-2.3", "CycloneDX", "1.5")
    # What SPDX 2.3's schema asks of a package and a document.
    ids = [entry["SPDXID"] for entry in spdx["packages"]]
    assert len(set(ids)) == 3
    for entry in spdx["packages"]:
        assert {"SPDXID", "name", "downloadLocation"} <= set(entry)
    assert {"SPDXID", "creationInfo", "dataLicense", "documentNamespace", "name"} <= set(spdx)
    related = {entry["relatedSpdxElement"] for entry in spdx["relationships"]}
    assert related == set(ids)
    assert all(entry["purl"] == entry["bom-ref"] for entry in cdx["components"])
    assert spdx["creationInfo"]["created"] == cdx["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"


def test_provenance(published):
    statement = json.loads((published / "host-7.provenance.json").read_text())
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert {entry["name"]: entry["digest"]["sha256"] for entry in statement["subject"]} == {
        name: sha256(published / name) for name in ("host-7.qcow2", "host-7.vhdx")}
    build = statement["predicate"]["buildDefinition"]
    assert build["externalParameters"]["formats"] == ["qcow2", "vhdx"]
    assert build["externalParameters"]["SOURCE_DATE_EPOCH"] == 1700000000
    assert build["externalParameters"]["machine"] == {
        "hardware": 13, "firmware": "efi", "os-type": "other5xLinux64Guest", "processors": 2,
        "memory": 2048, "manifest": "sha256", "signed": False}
    assert "zstd 1." in build["internalParameters"]["compressors"]


def test_no_path_of_this_machine(place, published):
    for path in published.iterdir():
        if path.suffix in (".json", "") or path.name == "SHA256SUMS":
            assert str(place) not in path.read_text()


def test_same_bytes_twice(bin_dir, place, published, tmp_path):
    again = publish(bin_dir, place, tmp_path / "again")
    for path in published.iterdir():
        assert sha256(again / path.name) == sha256(path), path.name


def test_signed_before_the_key_was_made(bin_dir, place, tmp_path):
    """Without SOURCE_DATE_EPOCH times are of 1980; the signature's is the key's then."""
    convert(bin_dir, place / "disk.raw", tmp_path, "--format", "qcow2", "--key", place / "keys")
    run_tool(bin_dir / "atomic-image", "verify", tmp_path, "--key", place / "keys.gpg")


class TestVerify:
    def verify(self, bin_dir, *arguments):
        return run_tool(bin_dir / "atomic-image", "verify", *arguments)

    @pytest.mark.parametrize("key", ["keys.gpg", "keys.asc"])
    def test_good(self, bin_dir, place, published, key):
        said = self.verify(bin_dir, published, "--key", place / key)
        assert said.count(": good") == 6

    def test_needs_a_key(self, bin_dir, published):
        assert "--no-signature" in refused(bin_dir / "atomic-image", "verify", published)
        self.verify(bin_dir, published, "--no-signature")

    def test_another_key(self, bin_dir, place, published):
        said = refused(bin_dir / "atomic-image", "verify", published, "--key", place / "other.gpg")
        assert "not by this key" in said

    def test_changed_image(self, bin_dir, place, copy):
        with (copy / "host-7.vhdx").open("r+b") as stream:
            stream.seek(5000)
            stream.write(b"x")
        said = refused(bin_dir / "atomic-image", "verify", copy, "--key", place / "keys.gpg")
        assert "host-7.vhdx is not the file that was published" in said

    def test_changed_list(self, bin_dir, place, copy):
        text = (copy / "SHA256SUMS").read_text()
        (copy / "SHA256SUMS").write_text(text.replace("0", "1", 1))
        said = refused(bin_dir / "atomic-image", "verify", copy, "--key", place / "keys.gpg")
        assert "signature" in said

    def test_no_signature(self, bin_dir, place, copy):
        (copy / "SHA256SUMS.gpg").unlink()
        said = refused(bin_dir / "atomic-image", "verify", copy, "--key", place / "keys.gpg")
        assert "no signature" in said

    def test_missing_file(self, bin_dir, place, copy):
        (copy / "host-7.vhdx").unlink()
        said = refused(bin_dir / "atomic-image", "verify", copy, "--key", place / "keys.gpg")
        assert "host-7.vhdx" in said and "--some" in said
        some = self.verify(bin_dir, copy, "--key", place / "keys.gpg", "--some")
        assert "host-7.vhdx: not here" in some and "host-7.qcow2: good" in some

    def resum(self, folder):
        names = [line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()]
        (folder / "SHA256SUMS").write_text("".join(f"{sha256(folder / name)}  {name}\n"
                                                   for name in names))

    def test_provenance_of_another_image(self, bin_dir, copy):
        """The sums were made right again; the statement was not."""
        with (copy / "host-7.vhdx").open("ab") as stream:
            stream.write(b"x")
        self.resum(copy)
        said = refused(bin_dir / "atomic-image", "verify", copy, "--no-signature")
        assert "provenance" in said and "another host-7.vhdx" in said

    def test_lists_differ(self, bin_dir, copy):
        text = (copy / "host-7.cdx.json").read_text()
        (copy / "host-7.cdx.json").write_text(text.replace("5.2.37-2", "5.2.37-1"))
        self.resum(copy)
        said = refused(bin_dir / "atomic-image", "verify", copy, "--no-signature")
        assert "different packages" in said

    @pytest.mark.parametrize("name", ["../disk.raw", "/etc/passwd", ".hidden", "a/b"])
    def test_names_that_lead_out(self, bin_dir, copy, name):
        with (copy / "SHA256SUMS").open("a") as stream:
            stream.write("0" * 64 + f"  {name}\n")
        said = refused(bin_dir / "atomic-image", "verify", copy, "--no-signature")
        assert "line 7" in said

    def test_link_is_not_followed(self, bin_dir, copy, tmp_path):
        (tmp_path / "elsewhere").write_bytes((copy / "host-7.vhdx").read_bytes())
        (copy / "host-7.vhdx").unlink()
        (copy / "host-7.vhdx").symlink_to(tmp_path / "elsewhere")
        assert "host-7.vhdx" in refused(bin_dir / "atomic-image", "verify", copy, "--no-signature")

    def test_a_later_unsigned_run_leaves_no_old_signature(self, bin_dir, place, copy):
        convert(bin_dir, place / "disk.raw", copy, "--format", "qcow2", "--sums")
        assert not (copy / "SHA256SUMS.gpg").exists()
