"""scripts/check-layers: the tree keeps its layers, and the script sees each kind of breach."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*arguments):
    return subprocess.run([ROOT / "scripts/check-layers", *arguments], capture_output=True,
                          text=True, check=False)


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_tree_keeps_its_layers():
    result = run()
    assert result.returncode == 0, result.stdout


def test_graph_has_the_known_arrows():
    arrows = run("--graph").stdout.splitlines()
    assert "base -> common" in arrows
    assert not [arrow for arrow in arrows if arrow.startswith("common -> ")]


@pytest.mark.parametrize(("files", "expected"), [
    ({"hostd/base/a.h": '#include "host/b.h"\n'}, "hostd/base/a.h:1: upward arrow"),
    ({"hostd/state/a.c": "#include <ostree.h>\n"}, "hostd/state/a.c:1: <ostree.h> belongs to"),
    ({"hostd/common/a.c": "\n#include <glib.h>\n"}, "hostd/common/a.c:2: <glib.h> belongs to"),
    ({"hostd/runtime/a.c": '#include "base/error.h"\n'}, "plain C"),
    ({"hostd/base/a.c": '#include "error.h"\n'}, "included without its folder"),
    ({"hostd/odd/a.c": "\n"}, "folder odd has no layer"),
    ({"hostd/base/a.h": '#include "base/b.h"\n', "hostd/base/b.h": '#include "base/a.h"\n'},
     "circle: base/a -> base/b -> base/a"),
])
def test_breach_is_seen(tmp_path, files, expected):
    for name, text in files.items():
        write(tmp_path, name, text)
    result = run("--root", tmp_path)
    assert result.returncode == 1
    assert expected in result.stdout


def test_downward_arrows_are_fine(tmp_path):
    write(tmp_path, "hostd/host/a.c", '#include <ostree.h>\n#include "state/b.h"\n')
    write(tmp_path, "hostd/state/b.h", '#include "common/err.h"\n#include <glib.h>\n')
    result = run("--root", tmp_path)
    assert (result.returncode, result.stdout) == (0, "")
