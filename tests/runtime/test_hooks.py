"""Hooks: when and where they run, what they read, and what comes of their failures."""
import json
import os

import pytest

pytestmark = pytest.mark.root

KINDS = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]


def hook(box, kind, script=None, **more):
    """One that writes its state, its namespace and its environment beside the bundle."""
    script = script or (f'cat > "$OUT/{kind}.json"; readlink /proc/self/ns/mnt > "$OUT/{kind}.ns"; '
                        f'echo {kind} >> "$OUT/order"')
    return {"path": "/bin/sh", "args": ["sh", "-c", script],
            "env": [f"OUT={box.folder}/out", "PATH=/bin:/usr/bin"], **more}


def with_hooks(box, *args):
    """All kinds.  What runs inside has our folder by a mount."""
    out = box.make_folder("out")
    config = box.config(*args)
    config["hooks"] = {kind: [hook(box, kind)] for kind in KINDS}
    config["mounts"].append({"destination": str(out), "type": "bind", "source": str(out),
                             "options": ["bind"]})
    return config, out


def test_order_state_and_place(box):
    config, out = with_hooks(box, "sleep", "100")
    config["annotations"] = {"key": "value"}
    name = box.create(config)
    assert (out / "order").read_text().split() == KINDS[:3]
    pid = box.runtime.state(name)["pid"]
    box.runtime("start", name)
    assert (out / "order").read_text().split() == KINDS[:5]
    inside = os.readlink(f"/proc/{pid}/ns/mnt")
    box.runtime("kill", name, "KILL")
    box.runtime.wait(name, "stopped")
    box.runtime("delete", name)
    assert (out / "order").read_text().split() == KINDS

    statuses = {"prestart": "creating", "createRuntime": "creating", "createContainer": "creating",
                "startContainer": "created", "poststart": "running", "poststop": "stopped"}
    for kind in KINDS:
        state = json.loads((out / f"{kind}.json").read_text())
        assert (state["id"], state["status"]) == (name, statuses[kind]), kind
        assert state["annotations"] == {"key": "value"}
        assert state["bundle"] and state["ociVersion"]
        if kind != "poststop":
            assert state["pid"] == pid, kind
        in_container = kind in ("createContainer", "startContainer")
        assert ((out / f"{kind}.ns").read_text().strip() == inside) == in_container, kind


def test_several_of_one_kind_run_in_order(box):
    config, out = with_hooks(box, "true")
    config["hooks"] = {"createRuntime": [hook(box, "a", 'echo a >> "$OUT/order"'),
                                         hook(box, "b", 'echo b >> "$OUT/order"')]}
    box.run(config)
    assert (out / "order").read_text() == "a\nb\n"


@pytest.mark.parametrize("kind", KINDS[:4])
def test_a_hook_that_fails_ends_it(box, kind):
    config, out = with_hooks(box, "true")
    config["hooks"] = {kind: [hook(box, kind, "exit 3")],
                       "poststop": [hook(box, "poststop")]}
    done = box.run(config, ok=False)
    assert done.returncode == 1
    assert kind in done.stderr and "/bin/sh" in done.stderr
    box.check_nothing_left()


@pytest.mark.parametrize("kind", KINDS[4:])
def test_a_late_hook_that_fails_is_a_warning(box, kind):
    config, _ = with_hooks(box, "true")
    config["hooks"] = {kind: [hook(box, kind, "exit 3")]}
    done = box.run(config)
    assert "warning" in done.stderr and kind in done.stderr and "exit status 3" in done.stderr


@pytest.mark.parametrize("kind", ["createRuntime", "createContainer"])
def test_a_hook_that_takes_too_long(box, kind):
    config, _ = with_hooks(box, "true")
    config["hooks"] = {kind: [hook(box, kind, "exec sleep 100", timeout=1)]}
    done = box.run(config, ok=False)
    assert done.returncode == 1 and kind in done.stderr
    assert "too long" in done.stderr or "longer than" in done.stderr


def test_a_hook_that_is_not_there(box):
    config = box.config("true")
    config["hooks"] = {"createRuntime": [{"path": "/nowhere/hook"}]}
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "/nowhere/hook" in done.stderr


def test_a_hook_gets_its_own_environment_only(box):
    config, out = with_hooks(box, "true")
    config["hooks"] = {"createRuntime": [hook(box, "x", 'env > "$OUT/env"')]}
    box.run(config)
    names = {line.split("=")[0] for line in (out / "env").read_text().splitlines()}
    assert names <= {"OUT", "PATH", "PWD", "SHLVL", "_", "OLDPWD"}


def test_a_large_state(box):
    """More than a pipe holds, for a hook that reads nothing."""
    config = box.config("true")
    config["annotations"] = {f"key{i}": "x" * 100 for i in range(400)}
    config["hooks"] = {kind: [{"path": "/bin/true"}]
                       for kind in ("createRuntime", "createContainer")}
    box.run(config)
