"""buildah: `--isolation oci` calls create, start, state, kill and delete without conmon."""
import os

import pytest

from engines import Tool

pytestmark = [pytest.mark.root, pytest.mark.slow]


@pytest.fixture
def buildah(base, runtime, rootfs_tar):
    env = dict(os.environ, TMPDIR=str(base), BUILDAH_RUNTIME=str(runtime), BUILDAH_ISOLATION="oci")
    tool = Tool("buildah", "--root", base / "root", "--runroot", base / "run", "--storage-driver",
                "vfs", env=env)
    assert tool("from", "--name", "box", "scratch") == "box\n"
    tool("add", "box", rootfs_tar, "/")
    tool("config", "--workingdir", "/", "--env", "PATH=/bin", "box")
    yield tool
    tool("rm", "--all")


def test_run_changes_the_tree(buildah):
    assert buildah("run", "--network", "none", "box", "id", "-u") == "0\n"
    buildah("run", "--network", "none", "box", "sh", "-c", "echo made > /made")
    assert buildah("run", "--network", "none", "--user", "1000:1000", "box", "sh", "-c",
                   "cat /made; id -u") == "made\n1000\n"


def test_exit_status_and_reason(buildah):
    buildah("run", "--network", "none", "box", "sh", "-c", "exit 5", code=5)
    said = buildah("run", "--network", "none", "box", "no-such-command", code=1).stderr
    assert 'exec: "no-such-command": executable file not found in $PATH' in said


def test_only_the_program_speaks(buildah):
    """What the host does not allow is no text of the program's."""
    result = buildah("run", "--network", "none", "box", "sh", "-c", "echo said >&2; exit 4", code=4)
    assert result.stderr.startswith("said\n")


def test_commit_and_volumes(buildah, base):
    (base / "volume").mkdir()
    buildah("run", "--network", "none", "--volume", f"{base}/volume:/data", "box", "sh", "-c",
            "echo kept > /data/file")
    assert (base / "volume/file").read_text() == "kept\n"
    buildah("run", "--network", "none", "box", "touch", "/tmp/new")
    buildah("commit", "box", "made")
    assert buildah("from", "--name", "next", "made") == "next\n"
    assert buildah("run", "--network", "none", "next", "ls", "/tmp") == "new\n"
