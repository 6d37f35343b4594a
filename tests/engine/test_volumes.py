"""Volumes, binds and tmpfs as containers see them, and what becomes of them."""
import json
import os

import pytest

pytest_plugins = ["netfixtures"]
pytestmark = pytest.mark.root


def names(net):
    return net.atomic("volume", "ls", "-q").stdout.split()


def test_named_volume_keeps_its_content(net):
    net.run("--rm", "-v", "db:/var/db", "--", "sh", "-c", "echo kept > /var/db/file")
    assert net.run("--rm", "-v", "db:/elsewhere", "--", "cat", "/elsewhere/file").stdout == "kept\n"
    assert names(net) == ["db"]
    path = json.loads(net.atomic("volume", "inspect", "db").stdout)[0]["Mountpoint"]
    with open(f"{path}/file", encoding="utf-8") as file:
        assert file.read() == "kept\n"


def test_new_volume_gets_what_the_image_has(net):
    seen = net.run("--rm", "-v", "db:/data", "--", "sh", "-c", "cat /data/file /data/sub/deep")
    assert seen.stdout == "from the image\ndeep\n"
    net.run("--rm", "-v", "db:/data", "--", "rm", "/data/file")
    assert net.run("--rm", "-v", "db:/data", "--", "ls", "/data").stdout == "sub\n"
    # Not when it is not wanted, nor when the volume was made by hand and filled.
    assert net.run("--rm", "-v", "bare:/data:nocopy", "--", "ls", "/data").stdout == ""
    net.atomic("volume", "create", "mine")
    path = json.loads(net.atomic("volume", "inspect", "mine").stdout)[0]["Mountpoint"]
    with open(f"{path}/own", "w", encoding="utf-8"):
        pass
    assert net.run("--rm", "-v", "mine:/data", "--", "ls", "/data").stdout == "own\n"


def test_binds(net, tmp_path):
    (tmp_path / "there").write_text("from the host\n")
    assert net.run("--rm", "-v", f"{tmp_path}:/host", "--", "cat", "/host/there").stdout \
        == "from the host\n"
    # -v makes a folder that is not there, --mount does not.
    net.run("--rm", "-v", f"{tmp_path}/new/sub:/host", "--", "touch", "/host/made")
    assert (tmp_path / "new/sub/made").exists()
    missing = net.run("--rm", "--mount", f"type=bind,src={tmp_path}/absent,dst=/host", "--", "true",
                      check=False)
    assert missing.returncode == 125 and "absent" in missing.stderr
    read_only = net.run("--rm", "-v", f"{tmp_path}:/host:ro", "--", "touch", "/host/x", check=False)
    assert read_only.returncode == 1 and not (tmp_path / "x").exists()
    assert names(net) == []


def test_tmpfs(net):
    mounts = net.run("--rm", "--tmpfs", "/scratch:size=1m,mode=700", "--mount",
                     "type=tmpfs,dst=/other,tmpfs-size=2m", "--", "sh", "-c",
                     "cat /proc/mounts; stat -c %a /scratch").stdout
    lines = {line.split()[1]: line for line in mounts.splitlines() if " " in line}
    assert lines["/scratch"].startswith("tmpfs") and "size=1024k" in lines["/scratch"]
    assert "noexec" in lines["/scratch"]
    assert "size=2048k" in lines["/other"]
    assert mounts.splitlines()[-1] == "700"


def test_anonymous_volumes_go_with_their_container(net):
    net.run("--rm", "-v", "/data", "--", "true")
    assert names(net) == []
    net.run("--name", "one", "-v", "/data", "-v", "db:/db", "--", "true")
    made = names(net)
    assert len(made) == 2 and "db" in made
    used = net.atomic("volume", "rm", "db", check=False)
    assert used.returncode == 1 and "used by one" in used.stderr
    net.atomic("rm", "-v", "one")
    assert names(net) == ["db"]


def test_verbs(net):
    made = net.atomic("volume", "create", "--label", "a=b", "one").stdout.strip()
    assert made == "one"
    made = net.atomic("volume", "create").stdout.strip()
    assert len(made) == 64
    assert net.atomic("volume", "ls", "-q", "--filter", "label=a=b").stdout == "one\n"
    assert net.atomic("volume", "ls", "--format", "{{.Driver}} {{.Name}}", "--filter",
                      "name=one").stdout == "local one\n"
    head = net.atomic("volume", "ls").stdout.splitlines()[0]
    assert head == "DRIVER    VOLUME NAME"
    wrong = net.atomic("volume", "create", "a/b", check=False)
    assert wrong.returncode == 1 and "neither a volume's name nor a path" in wrong.stderr
    near = net.atomic("volume", "inspect", "on", check=False)
    assert near.returncode == 1 and 'did you mean "one"?' in near.stderr
    # prune takes the anonymous ones, --all the others, too.
    assert f"Deleted Volumes:\n{made}\n" in net.atomic("volume", "prune", "-f").stdout
    assert names(net) == ["one"]
    net.atomic("volume", "prune", "-f", "--all")
    assert names(net) == [] and os.listdir(net.folder / "root/volumes") == []


def test_spellings_are_answered_with_the_nearest(net):
    for argv, hint in ((("-v", "a:/b:nocpy"), 'did you mean "nocopy"?'),
                       (("--mount", "typ=bind,src=/a,dst=/b"), 'did you mean "type"?'),
                       (("--tmpfs", "/a:noexce"), 'did you mean "noexec"?'),
                       (("--network", "name=bridge,alais=x"), "did you mean alias=?")):
        refused = net.run("--rm", *argv, "--", "true", check=False)
        assert refused.returncode == 125 and hint in refused.stderr, argv
    assert names(net) == []
