"""What the Landlock annotation denies beside opening files."""
import subprocess

import pytest

import oci

pytestmark = pytest.mark.root

PROGRAM = r"""
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  int r = argc == 2 ? truncate (argv[1], 0) : rename (argv[1], argv[2]);
  puts (r == 0 ? "done" : strerror (errno));
  return 0;
}
"""


@pytest.fixture(scope="module")
def change(tmp_path_factory):
    """`change FILE` truncates it, `change A B` renames."""
    path = tmp_path_factory.mktemp("change") / "change"
    subprocess.run(["cc", "-static", "-o", path, "-x", "c", "-"], input=PROGRAM, text=True,
                   check=True)
    return path


def test_truncate_and_rename(box, change):
    """A file that may only be read keeps its content; what may be written moves between folders."""
    (data := box.make_folder("data")).joinpath("kept").write_text("kept", encoding="utf-8")
    config = box.config("mkdir /tmp/sub; echo x > /tmp/a; /bin/change /data/kept; "
                        "/bin/change /tmp/a; /bin/change /tmp/a /tmp/sub/b; cat /data/kept")
    config["mounts"] += [oci.mount("/tmp", "tmpfs"),
                         oci.mount("/data", "bind", "rbind", source=str(data)),
                         oci.mount("/bin/change", "bind", "bind", source=str(change))]
    config["annotations"] = {"org.atomichost.landlock": "rx:/bin;rw:/tmp;r:/data"}
    done = box.run(config, own_rootfs=True)
    assert done.stdout.splitlines() == ["Permission denied", "done", "done", "kept"]
