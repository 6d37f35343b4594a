"""Fixtures of the tests of networks and volumes: pytest_plugins = ["netfixtures"]."""
import pathlib
import shutil
import tempfile

import pytest

from netbox import NetBox, make_rootfs


@pytest.fixture(scope="session")
def net_rootfs():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="atomic-rootfs-"))
    folder.chmod(0o755)
    yield make_rootfs(folder)
    shutil.rmtree(folder)


@pytest.fixture
def net(bin_dir, net_rootfs):
    box = NetBox(bin_dir, net_rootfs)
    yield box
    box.close()
