"""atomic-image seed: cloud-localds' options, the same bytes each time, and nothing that cloud-init
would ignore (rules N1 to N6 of docs/formats.md)."""
import json
import os
import stat
import subprocess
import tarfile

import pytest

from formats import refused, sha256
from support import run_tool

pytestmark = pytest.mark.slow

USER_DATA = "#cloud-config\nusers:\n  - name: me\n    ssh_authorized_keys: [ssh-ed25519 AAAA]\n"
NETWORK = "version: 2\nethernets:\n  all:\n    match: {name: \"e*\"}\n    dhcp4: true\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "user").write_text(USER_DATA)
    (tmp_path / "meta").write_text("instance-id: one\nlocal-hostname: first\n")
    (tmp_path / "net").write_text(NETWORK)
    (tmp_path / "vendor").write_text("#cloud-config\ntimezone: UTC\n")
    return tmp_path


@pytest.fixture
def seed(bin_dir, files):
    """Make a seed from the files' folder; its path."""
    def make(*arguments, output="seed.img", **options):
        run_tool(bin_dir / "atomic-image", "seed", files / output, files / "user", *arguments,
                 cwd=files, **options)
        return files / output
    return make


def read_iso(path, name):
    return run_tool("isoinfo", "-J", "-x", f"/{name}", "-i", path)


def read_fat(path, name):
    return subprocess.run(["mtype", "-i", path, f"::/{name}"], check=True, capture_output=True,
                          text=True).stdout


READERS = {"iso": read_iso, "vfat": read_fat}


@pytest.mark.parametrize("kind", ["iso", "vfat"])
class TestDisk:
    def test_n1_label_and_files(self, seed, files, kind):
        path = seed("meta", "-f", kind, "-N", "net", "-V", "vendor")
        label = run_tool("blkid", "-p", "-o", "value", "-s", "LABEL", path).strip()
        assert label == "CIDATA"
        for name, source in (("user-data", "user"), ("meta-data", "meta"), ("network-config", "net"),
                             ("vendor-data", "vendor")):
            assert READERS[kind](path, name) == (files / source).read_text(), name

    def test_n2_n4_meta_data_from_options(self, seed, kind):
        meta = json.loads(READERS[kind](seed("-f", kind, "-H", "host-1", "-m", "local"), "meta-data"))
        assert meta["local-hostname"] == "host-1" and meta["dsmode"] == "local"
        other = json.loads(READERS[kind](seed("-f", kind, "-H", "host-2"), "meta-data"))
        assert meta["instance-id"] and meta["instance-id"] != other["instance-id"]

    def test_n5_same_bytes(self, seed, files, kind):
        one = sha256(seed("meta", "-f", kind, "-N", "net"))
        os.utime(files / "user", (1, 1))
        environment = {**os.environ, "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "USER": "x"}
        assert sha256(seed("meta", "-f", kind, "-N", "net", output="other.img", env=environment,
                           umask=0o077)) == one
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
        assert sha256(seed("meta", "-f", kind, env=environment)) != one

    def test_large_file(self, seed, files, kind):
        """cloud-localds' own vfat image has 128 KiB, whatever goes in."""
        (files / "user").write_text("#!/bin/sh\n" + "# filler\n" * 300000)
        path = seed("-f", kind)
        assert READERS[kind](path, "user-data") == (files / "user").read_text()
        if kind == "vfat":
            run_tool("fsck.vfat", "-n", path)


class TestContainers:
    def test_vfat_is_sound(self, seed):
        path = seed("-f", "vfat")
        assert "4 files" not in run_tool("fsck.vfat", "-n", "-v", path)
        assert "user-data" in run_tool("mdir", "-i", path, "::")

    def test_qemu_format(self, seed):
        path = seed("-d", "qcow2", "-f", "vfat", output="seed.qcow2")
        assert json.loads(run_tool("qemu-img", "info", "--output=json", path))["format"] == "qcow2"

    @pytest.mark.parametrize("kind, folder", [
        ("tar", ""), ("tar-seed-local", "var/lib/cloud/seed/nocloud/"),
        ("tar-seed-net", "var/lib/cloud/seed/nocloud-net/")])
    def test_tar(self, seed, kind, folder):
        with tarfile.open(seed("meta", "-d", kind, output="seed.tar")) as archive:
            assert sorted(archive.getnames()) == [folder + "meta-data", folder + "user-data"]
            assert archive.extractfile(folder + "user-data").read().decode() == USER_DATA

    def test_interfaces(self, seed, files):
        (files / "interfaces").write_text("auto eth0\niface eth0 inet dhcp\n")
        meta = json.loads(read_fat(seed("-f", "vfat", "-i", "interfaces"), "meta-data"))
        assert meta["network-interfaces"] == "auto eth0\niface eth0 inet dhcp\n"

    def test_streams(self, bin_dir, seed):
        """cloud-localds takes "-", too."""
        path = seed("meta", "-f", "vfat")
        done = subprocess.run([bin_dir / "atomic-image", "seed", "-f", "vfat", "-", "-",
                               path.parent / "meta"], input=USER_DATA.encode(), check=True,
                              capture_output=True)
        assert done.stdout == path.read_bytes()

    def test_a_seed_is_replaced_whole(self, bin_dir, seed, files):
        path = seed("-f", "vfat")
        before = sha256(path)
        (files / "user").write_text("nonsense")
        refused(bin_dir / "atomic-image", "seed", path, files / "user", "-f", "vfat")
        assert sha256(path) == before
        assert not [entry for entry in files.iterdir() if entry.name.endswith(".new")]


class TestRefused:
    @pytest.mark.parametrize("text, words", [
        ("hostname: x\n", ["user:1", "#cloud-config"]),
        ("#cloud-config\nssh_pwauthx: 1\n", ["user:2", "ssh_pwauth"]),
        ("#cloud-config\nusers: [\n\tx]\n", ["user:3", "spaces"])])
    def test_n6_user_data(self, bin_dir, files, text, words):
        (files / "user").write_text(text)
        said = refused(bin_dir / "atomic-image", "seed", files / "seed", files / "user")
        assert all(word in said for word in words)
        assert not (files / "seed").exists()

    @pytest.mark.parametrize("name, text, option, word", [
        ("vendor", "x\n", "-V", "vendor:1"), ("net", "ethernets: {}\n", "-N", "version"),
        ("net", "version: 2\nethernet: {}\n", "-N", "ethernets")])
    def test_other_files(self, bin_dir, files, name, text, option, word):
        (files / name).write_text(text)
        said = refused(bin_dir / "atomic-image", "seed", files / "seed", files / "user", option,
                       files / name)
        assert word in said

    def test_n2_meta_data(self, bin_dir, files):
        (files / "meta").write_text("local-hostname: x\n")
        said = refused(bin_dir / "atomic-image", "seed", files / "seed", files / "user", files / "meta")
        assert "instance-id" in said

    @pytest.mark.parametrize("arguments, word", [
        (["-H", "a_b"], "a_b"), (["-m", "far"], "local or net"), (["-f", "ext4"], "iso or vfat"),
        (["meta", "-H", "x"], "ignored")])
    def test_options(self, bin_dir, files, arguments, word):
        said = refused(bin_dir / "atomic-image", "seed", files / "seed", files / "user",
                       *[files / entry if entry == "meta" else entry for entry in arguments])
        assert word in said

    def test_missing(self, bin_dir, files):
        assert "nowhere" in refused(bin_dir / "atomic-image", "seed", files / "seed",
                                    files / "nowhere")


class TestSchema:
    """A cloud-init of the test's own stands in: what it says decides, and it is asked the right thing."""

    @pytest.fixture
    def cloud_init(self, tmp_path):
        folder = tmp_path / "bin"
        folder.mkdir()

        def answer(status):
            program = folder / "cloud-init"
            program.write_text(f"#!/bin/sh\necho \"$@\" >> {tmp_path}/asked\n"
                               f"echo \"users: 5 is not valid\" >&2\nexit {status}\n")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
            return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        return answer

    def test_content(self, seed, files, cloud_init):
        seed("-f", "vfat", "-V", "vendor", env=cloud_init(0))
        asked = (files / "asked").read_text().splitlines()
        assert asked == [f"schema --config-file {files}/user", "schema --config-file vendor"]

    def test_refusal(self, bin_dir, files, cloud_init):
        done = subprocess.run([bin_dir / "atomic-image", "seed", files / "seed", files / "user"],
                              env=cloud_init(1), capture_output=True, text=True, check=False)
        assert done.returncode != 0 and "users: 5 is not valid" in done.stderr
        assert "--annotate" in done.stderr and not (files / "seed").exists()

    def test_scripts_have_none(self, seed, files, cloud_init):
        (files / "user").write_text("#!/bin/sh\n")
        seed("-f", "vfat", env=cloud_init(1))
        assert not (files / "asked").exists()
