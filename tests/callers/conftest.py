"""The engines that call the runtime, each with folders of its own, and what they leave behind."""
import shutil
import tarfile

import pytest

from engines import COMMANDS, engine_folder, save_image


@pytest.fixture(scope="session")
def runtime(bin_dir):
    """The program under test, reachable for an ordinary user too."""
    path = bin_dir / "atomic-runtime"
    assert path.exists(), f"{path} is not built"
    return path


@pytest.fixture(scope="session")
def rootfs_tar(tmp_path_factory):
    """A file system of static busybox alone."""
    folder = tmp_path_factory.mktemp("rootfs")
    path = folder / "rootfs.tar"
    for name in ("bin", "tmp", "etc"):
        (folder / "root" / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", folder / "root/bin/busybox")
    for name in COMMANDS:
        (folder / "root/bin" / name).symlink_to("busybox")
    (folder / "root/etc/passwd").write_text("root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n")
    (folder / "root/etc/group").write_text("root:x:0:\nuser:x:1000:\n")
    (folder / "root/tmp").chmod(0o1777)
    with tarfile.open(path, "w") as tar:
        tar.add(folder / "root", ".")
    return path


@pytest.fixture(scope="session")
def image_tar(tmp_path_factory, rootfs_tar):
    """The same as an image, "localhost/box"."""
    return save_image(tmp_path_factory.mktemp("image"), rootfs_tar, "localhost/box:latest",
                      "--env", "PATH=/bin")


@pytest.fixture
def base(tmp_path_factory):
    with engine_folder(tmp_path_factory) as folder:
        yield folder


@pytest.fixture(scope="module")
def module_base(tmp_path_factory):
    with engine_folder(tmp_path_factory) as folder:
        yield folder
