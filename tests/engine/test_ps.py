"""ps and inspect: columns, filters, templates."""
import json

import pytest

pytestmark = pytest.mark.root


def test_columns(box):
    name = box.daemon("one", command=["sh", "-c", "sleep 1000000"])
    head, row = box("ps").splitlines()
    assert head.startswith("CONTAINER ID   IMAGE     COMMAND                 CREATED   ")
    assert head.split() == "CONTAINER ID IMAGE COMMAND CREATED STATUS PORTS NAMES".split()
    assert row.startswith(f"{name[:12]}   busybox   \"sh -c sleep 1000000\"   ")
    assert row.endswith("       one") and "Up " in row


def test_which(box):
    box("create", "--name", "made", "-l", "tier=front", "busybox")
    box.daemon("runs", "-l", "tier=back", "-l", "x=y")
    box("run", "--name", "ended", "--network", "none", "busybox", "sh", "-c", "exit 3", status=3)

    def names(*words):
        return set(box("ps", "--format", "{{.Names}}", *words).split())
    assert names() == {"runs"}
    assert names("-a") == {"made", "runs", "ended"}
    assert names("-l") == {"ended"} and names("-n", "2") == {"ended", "runs"}
    assert names("-f", "status=created") == {"made"}
    assert names("-f", "status=created", "-f", "status=exited") == {"made", "ended"}
    assert names("-f", "exited=3") == {"ended"} and names("-f", "exited=0") == set()
    assert names("-a", "-f", "label=tier") == {"made", "runs"}
    assert names("-a", "-f", "label=tier=back", "-f", "label=x=y") == {"runs"}
    assert names("-a", "-f", "name=^ma") == {"made"}
    assert names("-a", "-f", "ancestor=busybox", "-f", "status=running") == {"runs"}
    assert "is not understood" in box.fails("ps", "-f", "color=red")
    assert box("ps", "-q") == box.look("runs", "{{.Id}}")[:12]


def test_formats(box):
    box.daemon("one", "-l", "a=b")
    assert box("ps", "--format", r"table {{.Names}}\t{{.Label \"a\"}}".replace('\\"', '"')) \
        .splitlines()[1].split() == ["one", "b"]
    row = json.loads(box("ps", "--format", "json"))
    assert (row["Names"], row["Image"], row["State"], row["Labels"]) == ("one", "busybox", "running",
                                                                         "a=b")
    assert box("ps", "--format", "{{upper .Names}}-{{json .Image}}") == 'ONE-"busybox"'
    assert "the template" in box.fails("ps", "--format", "{{.Names")


def test_inspect(box):
    name = box.daemon("one", "-e", "A=1", "-v", "/data")
    data = json.loads(box("inspect", "one"))[0]
    assert (data["Id"], data["Name"], data["Path"], data["Args"]) == (name, "/one", "sleep", ["1000"])
    assert data["State"]["Status"] == "running" and data["State"]["Pid"] > 1
    assert "A=1" in data["Config"]["Env"] and data["Config"]["Image"] == "busybox"
    assert data["Mounts"][0]["Destination"] == "/data" and data["Mounts"][0]["Type"] == "volume"
    assert data["HostConfig"]["NetworkMode"] == "none"
    assert box("inspect", "-f", "{{.State.Running}} {{.HostConfig.RestartPolicy.Name}}", "one") \
        == "true no"
    assert box("inspect", "-f", '{{range .Config.Env}}{{println .}}{{end}}', "one") \
        .splitlines()[0] == "A=1"
    assert box("inspect", "--type", "image", "-f", "{{index .RepoTags 0}}", "busybox") \
        == "busybox:latest"
    done = box.call("inspect", "nosuch")
    assert (done.returncode, done.stdout) == (1, "[]\n") and "No such object" in done.stderr


def test_size(box):
    box("run", "--name", "one", "--network", "none", "busybox", "sh", "-c",
        "head -c 100000 /dev/zero > /x")
    assert box("ps", "-a", "-s", "--format", "{{.Size}}").startswith("100kB (virtual ")
    assert "SIZE" in box("ps", "-a", "-s").splitlines()[0]
    assert "SIZE" not in box("ps", "-a").splitlines()[0]
    assert json.loads(box("inspect", "-s", "one"))[0]["SizeRw"] == 100000
