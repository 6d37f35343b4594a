"""logs: what is kept, and how it is read."""
import json
import re

import pytest

pytestmark = pytest.mark.root


def test_streams_and_times(box):
    box("run", "--name", "one", "--network", "none", "busybox", "sh", "-c",
        "echo out; echo err >&2; printf end")
    done = box.call("logs", "one")
    assert (sorted(done.stdout.splitlines()), done.stderr) == (["end", "out"], "err\n")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z out\n"
                        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z end",
                        box.call("logs", "-t", "one").stdout)
    file = box.root / "containers" / box.look("one", "{{.Id}}") / "log.json"
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert {"out\n", "err\n", "end"} == {entry["log"] for entry in entries}
    assert box.look("one", "{{.LogPath}}") == str(file)


def test_tail_since_until(box):
    box("run", "--name", "one", "--network", "none", "busybox", "seq", "10")
    assert box("logs", "--tail", "2", "one") == "9\n10"
    assert box("logs", "-n", "0", "one") == ""
    assert box("logs", "--tail", "all", "one").count("\n") == 9
    assert box("logs", "--since", "2100-01-01", "one") == ""
    assert box("logs", "--until", "2020-01-01T00:00:00Z", "one") == ""
    assert box("logs", "--since", "10m", "one").count("\n") == 9
    assert "is no time" in box.fails("logs", "--since", "now-ish", "one")


def test_any_bytes(box):
    r"""Quotes, control characters, bytes that are no UTF-8, and lines longer than a part."""
    box("run", "--name", "one", "--network", "none", "busybox", "sh", "-c",
        r"""printf 'q"\\ \001\t\377\303\244\n'; head -c 40000 /dev/zero | tr '\0' x; echo""")
    text = box("logs", "one")
    assert text.startswith('q"\\ \x01\t\ufffdä\n')
    assert text.splitlines()[1] == "x" * 40000


def test_rotation(box):
    box("run", "--name", "one", "--network", "none", "--log-opt", "max-size=10k", "--log-opt",
        "max-file=3", "busybox", "seq", "1", "2000")
    folder = box.root / "containers" / box.look("one", "{{.Id}}")
    files = sorted(path.name for path in folder.glob("log.json*"))
    assert files == ["log.json", "log.json.1", "log.json.2"]
    assert all((folder / name).stat().st_size <= 10 * 1024 for name in files)
    lines = box("logs", "one").splitlines()
    assert lines[-1] == "2000"
    assert lines == [str(i) for i in range(int(lines[0]), 2001)]


def test_follow_over_a_rotation(box):
    box.daemon("one", "--log-opt", "max-size=4k", "--log-opt", "max-file=50", command=[
        "sh", "-c", "i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo $i; done; sleep 0.2; echo last"])
    assert box("logs", "-f", "one").splitlines()[-1] == "last"


def test_drivers(box):
    box("run", "--name", "none", "--network", "none", "--log-driver", "none", "busybox", "echo", "x")
    assert "cannot be read here" in box.fails("logs", "none")
    assert "journal" in box.fails("run", "--rm", "--network", "none", "--log-driver", "journald",
                                  "busybox", "true", status=125)
