"""atomic-install, and sparse files that are disks."""
import subprocess

import pytest

MIB = 1 << 20


@pytest.fixture
def install(bin_dir):
    """A runner of atomic-install."""
    def run(*arguments, text=None, **options):
        return subprocess.run([bin_dir / "atomic-install", *arguments], input=text, text=True,
                              capture_output=True, check=False, **options)
    return run


@pytest.fixture
def disk(tmp_path):
    """A maker of sparse files, each with the table that a script for sfdisk describes."""
    def make(name, size_mib, script=None):
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(size_mib * MIB)
        if script:
            subprocess.run(["sfdisk", "--quiet", path], input=script, text=True, check=True)
        return path
    return make
