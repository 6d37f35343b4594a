"""The image of the repository's own host, judged by stock tools: repository, disk, and built twice."""
import hashlib
import json
import pathlib
import re
import shutil
import subprocess

import pytest

from support import ROOT, run_tool

pytestmark = [pytest.mark.image, pytest.mark.network]

DEFINITION = ROOT / "images/atomic-host.conf"
SECTOR = 512
# What Debian 12's own generic cloud image weighs.
QCOW2_BYTES = 281 << 20
SECTOR_OF_ENVIRONMENT = "# GRUB Environment Block\n"


def sha256(path):
    state = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            state.update(block)
    return state.hexdigest()


@pytest.fixture(scope="session")
def ostree(host_images):
    """Run stock ostree on the images' repository."""
    def run(*argv):
        return run_tool("ostree", f"--repo={host_images.repo}", *argv).strip()
    return run


class TestCommit:
    def test_is_whole(self, ostree):
        ostree("fsck", "--quiet")

    def test_is_signed_for_stock_tools(self, ostree, host_images, tmp_path):
        """A repository that trusts the key only takes both versions from this one."""
        key = subprocess.run(["gpg", "--homedir", host_images.keys, "--export"], check=True,
                             capture_output=True).stdout
        assert key
        (tmp_path / "key").write_bytes(key)
        other = f"--repo={tmp_path}/repo"
        run_tool("ostree", other, "init", "--mode=archive")
        run_tool("ostree", other, "remote", "add", "up", f"file://{host_images.repo}",
                 f"--gpg-import={tmp_path}/key")
        for commit in host_images.commits.values():
            run_tool("ostree", other, "pull", "--commit-metadata-only", "up",
                     f"{host_images.branch}@{commit}")

    def test_says_what_it_is_made_of(self, ostree, host_images):
        for version, commit in host_images.commits.items():
            shown = ostree("show", commit)
            assert f"Version: {version}" in shown
            packages = ostree("show", "--print-metadata-key=atomic.packages", commit)
            for name in ("systemd", "cloud-init", "openssh-server", "atomic-host"):
                assert f"'{name}'" in packages
            assert re.search(r"[0-9a-f]{64}",
                             ostree("show", "--print-metadata-key=atomic.inputs", commit))
            assert ostree("show", "--print-metadata-key=ostree.architecture", commit) == "'x86_64'"
            assert ostree("show", "--print-metadata-key=ostree.bootable", commit) == "true"

    def test_tree_is_laid_out_for_ostree(self, ostree, host_images):
        top = {line.split()[-1] if "->" not in line else line.split(" -> ")[0].split()[-1]:
               line[0] for line in ostree("ls", host_images.commits["1"], "/").splitlines()}
        assert top["/usr"] == "d" and "/etc" not in top
        for link in ("/home", "/root", "/srv", "/opt", "/mnt", "/ostree", "/bin", "/lib"):
            assert top[link] == "l", link
        kernels = ostree("ls", "-R", host_images.commits["1"], "/usr/lib/modules")
        assert kernels.count("/vmlinuz") == 1 and kernels.count("/initramfs.img") == 1

    def test_no_secret_and_no_machine_of_the_builder(self, ostree, host_images):
        etc = ostree("ls", "-R", host_images.commits["1"], "/usr/etc")
        assert "ssh_host_" not in etc
        machine_id = ostree("cat", host_images.commits["1"], "/usr/etc/machine-id")
        assert machine_id in ("", "uninitialized")
        for line in ostree("cat", host_images.commits["1"], "/usr/etc/shadow").splitlines():
            assert line.split(":")[1][:1] in ("!", "*"), line.split(":")[0]


@pytest.fixture(scope="class")
def disk(host_images, tmp_path_factory):
    """Version 1's disk, uncompressed."""
    path = tmp_path_factory.mktemp("disk") / "disk.raw"
    run_tool("qemu-img", "convert", "-O", "raw", host_images.qcow2, path)
    yield path
    shutil.rmtree(path.parent)


@pytest.fixture(scope="class")
def partitions(disk):
    table = json.loads(run_tool("sfdisk", "--json", disk))["partitiontable"]
    assert table["label"] == "gpt"
    return {entry["name"]: entry for entry in table["partitions"]}


def cut_out(disk, partition):
    """The bytes of a partition as a file of their own; holes stay holes."""
    path = disk.with_name(partition["name"])
    if not path.exists():
        run_tool("dd", f"if={disk}", f"of={path}", f"bs={1 << 20}", "iflag=skip_bytes,count_bytes",
                 "conv=sparse", f"skip={partition['start'] * SECTOR}",
                 f"count={partition['size'] * SECTOR}")
    return path


class TestDisk:
    def test_qcow2(self, host_images):
        checked = json.loads(run_tool("qemu-img", "check", "--output=json", host_images.qcow2))
        assert checked["check-errors"] == 0 and "corruptions" not in checked
        assert checked["compressed-clusters"] > checked["allocated-clusters"] / 2
        assert host_images.qcow2.stat().st_size <= QCOW2_BYTES

    def test_partitions(self, disk, partitions):
        assert "No errors detected" in run_tool("sfdisk", "--verify", disk)
        kinds = [entry["type"] for entry in
                 sorted(partitions.values(), key=lambda entry: entry["start"])]
        # BIOS boot, EFI system, extended boot, root of x86-64: the discoverable partitions'.
        assert kinds == ["21686148-6449-6E6F-744E-656564454649",
                         "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
                         "BC13C2FF-59E6-4262-A352-B275FD6F7172",
                         "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"]
        for entry in partitions.values():
            assert entry["start"] % 2048 == 0, "aligned to 1 MiB"

    def test_file_systems_are_whole(self, disk, partitions):
        checked = 0
        for entry in partitions.values():
            part = cut_out(disk, entry)
            kind = subprocess.run(["blkid", "-p", "-o", "value", "-s", "TYPE", part], check=False,
                                  capture_output=True, text=True).stdout.strip()
            if kind == "ext4":
                run_tool("e2fsck", "-fn", part)
                checked += 1
            elif kind == "vfat":
                run_tool("fsck.vfat", "-n", part)
                checked += 1
        assert checked == 3

    def test_both_firmwares_find_a_loader(self, disk, partitions):
        code = disk.open("rb").read(440)
        assert code.count(b"\0") < 400 and b"GRUB" in code
        esp = next(entry for entry in partitions.values() if entry["type"].startswith("C12A7328"))
        listing = run_tool("mdir", "-i", f"{disk}@@{esp['start'] * SECTOR}", "-b", "-/", "::")
        assert "/EFI/BOOT/BOOTX64.EFI" in listing.upper()

    def test_grub_finds_one_set(self, disk, partitions):
        boot = next(entry for entry in partitions.values() if entry["type"].startswith("BC13C2FF"))
        part = cut_out(disk, boot)

        def cat(path):
            return run_tool("grub-fstest", part, "cat", path)

        environment = cat("/atomic/env")
        assert len(environment) == 512 and environment.startswith(SECTOR_OF_ENVIRONMENT)
        number = re.search(r"^atomic_set=([01])$", environment, re.MULTILINE).group(1)
        entries = cat(f"/atomic/set-{number}.cfg")
        assert entries.count("menuentry ") == 1
        kernel = re.search(r"linux\s+(\S+)", entries).group(1).strip("'")
        assert run_tool("grub-fstest", part, "ls", kernel)


class TestTwice:
    def test_same_inputs_same_bytes(self, host_images, bin_dir, tmp_path):
        """Built again elsewhere, from packages alone: commit and image are equal."""
        cache = ROOT / ".cache/atomic-image"
        first = self.facts(host_images.repo, host_images.commits["1"], host_images.qcow2)
        again = self.build(bin_dir, cache, tmp_path / "again", first["epoch"])
        if again["inputs"] != first["inputs"]:  # the mirror has moved on since
            first = again
            again = self.build(bin_dir, cache, tmp_path / "once-more", first["epoch"])
        assert again == first

    def build(self, bin_dir, cache, place, epoch):
        mine = place / "cache"
        mine.mkdir(parents=True)
        # Packages and their key are inputs; what is made of them is not.
        shutil.copytree(cache / "debs", mine / "debs")
        shutil.copytree(cache / "keys", mine / "keys", ignore=shutil.ignore_patterns("S.*"))
        agent = max(cache.glob("agent/*/*.deb"), key=lambda path: path.stat().st_mtime)
        run_tool("env", f"SOURCE_DATE_EPOCH={epoch}", bin_dir / "atomic-image", "build", DEFINITION,
                 "--version", "1", "--quiet", "--cache", mine, "--repo", place / "repo",
                 "--package", agent, "--output", place)
        commit = run_tool("ostree", f"--repo={place}/repo", "rev-parse",
                          "atomic-host/amd64/stable").strip()
        return self.facts(place / "repo", commit, place / "atomic-host-1.qcow2")

    @staticmethod
    def facts(repo, commit, qcow2):
        def show(key):
            return run_tool("ostree", f"--repo={repo}", "show", f"--print-metadata-key={key}", commit)
        variant = run_tool("ostree", f"--repo={repo}", "show", commit)
        date = re.search(r"^Date:\s+(.*)$", variant, re.MULTILINE).group(1)
        epoch = run_tool("date", "--utc", f"--date={date}", "+%s").strip()
        return {"commit": commit, "inputs": show("atomic.inputs"), "epoch": epoch,
                "qcow2": sha256(qcow2)}


class TestCommandLine:
    @pytest.mark.parametrize("verb", ["build", "compose", "package"])
    def test_dry_run_does_nothing(self, bin_dir, tmp_path, verb):
        plan = run_tool(bin_dir / "atomic-image", verb, DEFINITION, "--dry-run",
                        *(["--version", "1"] if verb != "package" else []),
                        "--cache", tmp_path / "cache", cwd=tmp_path)
        assert "1. " in plan
        assert not list(pathlib.Path(tmp_path).iterdir())

    def test_a_misspelt_key_has_its_place(self, bin_dir, tmp_path):
        wrong = tmp_path / "wrong.conf"
        wrong.write_text("[Image]\nName=x\n\n[Packages]\nInclud=systemd\n")
        result = subprocess.run([bin_dir / "atomic-image", "build", wrong, "--version", "1"],
                                capture_output=True, text=True, check=False, cwd=tmp_path)
        assert result.returncode not in (0, 1)
        assert f"{wrong}:5" in result.stderr and "Include" in result.stderr
        assert len(list(tmp_path.iterdir())) == 1
