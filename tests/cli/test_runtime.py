"""atomic-runtime's command line: what needs no container."""
import json
import os
import re
import shutil
import subprocess

import pytest

VERBS = ("create", "start", "run", "state", "kill", "delete", "exec", "list", "ps", "pause",
         "resume", "update", "events", "features", "spec", "plan")


@pytest.fixture
def runtime(bin_dir, tmp_path):
    def call(*args, status=0, root=tmp_path / "root"):
        done = subprocess.run([bin_dir / "atomic-runtime", "--root", root, *args],
                              capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == status, done.stderr
        return done
    return call


def make_state(root, name, **members):
    """What is kept of a container whose process has ended."""
    folder = root / name
    folder.mkdir(parents=True)
    state = {"id": name, "pid": 1, "start_time": 1, "bundle": f"/bundles/{name}",
             "rootfs": "/r", "created": "2026-01-02T03:04:05.000000000Z", "owner": "root", **members}
    (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")


def test_version(runtime):
    first, second = runtime("--version").stdout.splitlines()
    name, word, version = first.split()
    assert (name, word) == ("atomic-runtime", "version")
    assert [part.isdigit() for part in version.split(".")] == [True] * 3
    assert second == "spec: 1.3.0"


def test_libraries(bin_dir):
    """Each costs its share of every start: what is rarely needed is loaded then."""
    text = subprocess.run(["readelf", "--dynamic", bin_dir / "atomic-runtime"],
                          capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"NEEDED.*\[(.*)\]", text)
    few = ("libc.so.", "ld-linux", "libasan.so.", "libubsan.so.")
    assert [name for name in needed if not name.startswith(few)] == []


def test_help(runtime):
    lines = runtime("--help").stdout.splitlines()
    assert [line.split()[0] for line in lines[2:2 + len(VERBS)]] == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_verb_help(runtime, verb):
    text = runtime(verb, "--help").stdout
    assert text.startswith(f"usage: atomic-runtime {verb} [OPTION ...]")
    assert "--help" in text


@pytest.mark.parametrize("args, words", [
    ((), "a verb is missing (see --help)"),
    (("creat", "x"), 'unknown verb "creat" (did you mean create)'),
    (("--debugg", "list"), "unknown option --debugg (did you mean --debug)"),
    (("create",), "usage: atomic-runtime create [OPTION ...] ID"),
    (("create", "a", "b"), "usage: atomic-runtime create [OPTION ...] ID"),
    (("create", "../a"), '"../a" is no container id'),
    (("list", "--format=xml"), '--format: expected table or json, got "xml"'),
    (("--log-format=xml", "list"), '--log-format: expected text or json, got "xml"'),
    (("--cgroup-manager=runit", "run", "a"), '--cgroup-manager: unknown "runit"'),
    (("kill", "a", "NOSUCH"), 'unknown signal "NOSUCH"'),
    (("events", "--interval=soon", "a"), '--interval: expected a time as 5s, got "soon"'),
])
def test_wrong_line(runtime, args, words):
    assert words in runtime(*args, status=2).stderr


# Callers search for these words.
@pytest.mark.parametrize("args", [
    ("state", "gone"), ("start", "gone"), ("kill", "gone"), ("delete", "gone"), ("exec", "gone", "a"),
    ("ps", "gone"), ("pause", "gone"), ("resume", "gone"), ("events", "gone"),
    ("update", "--memory=1G", "gone"),
])
def test_unknown_container(runtime, args):
    status = 255 if args[0] == "exec" else 1
    assert runtime(*args, status=status).stderr == 'error: container "gone" does not exist\n'


def test_force_delete_of_nothing(runtime):
    assert runtime("delete", "--force", "gone").stderr == ""


def test_stopped_container(runtime, tmp_path):
    make_state(tmp_path / "root", "box")
    assert json.loads(runtime("state", "box").stdout) == {
        "ociVersion": "1.3.0", "id": "box", "pid": 0, "status": "stopped", "bundle": "/bundles/box",
        "rootfs": "/r", "created": "2026-01-02T03:04:05.000000000Z", "owner": "root"}
    assert "not running" in runtime("kill", "box", "KILL", status=1).stderr
    for verb in ("exec", "events"):
        words, status = (["true"], 255) if verb == "exec" else ([], 1)
        assert "not running" in runtime(verb, "box", *words, status=status).stderr
    assert "not running" in runtime("update", "--memory=1G", "box", status=1).stderr
    assert "has stopped" in runtime("start", "box", status=1).stderr
    runtime("delete", "box")
    assert "does not exist" in runtime("state", "box", status=1).stderr


def test_log_as_json(runtime, tmp_path):
    log = tmp_path / "log"
    done = runtime("--log", log, "--log-format=json", "state", "gone", status=1)
    line = json.loads(log.read_text(encoding="utf-8"))
    assert (line["level"], line["msg"]) == ("error", 'container "gone" does not exist')
    assert done.stderr == 'error: container "gone" does not exist\n'


def test_log_is_appended_to(runtime, tmp_path):
    log = tmp_path / "log"
    for _ in range(2):
        runtime("--log", log, "state", "gone", status=1)
    assert log.read_text(encoding="utf-8").splitlines() == [
        'error: container "gone" does not exist'] * 2


def test_log_that_cannot_be_opened(runtime, tmp_path):
    done = runtime("--log", tmp_path / "no" / "log", "list", status=1)
    assert f"opening the log {tmp_path}/no/log: No such file or directory" in done.stderr


def test_list(runtime, tmp_path):
    root = tmp_path / "root"
    assert runtime("list").stdout.split() == ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]
    assert json.loads(runtime("list", "--format=json").stdout) == []
    make_state(root, "second")
    make_state(root, "a-first-with-a-long-name", annotations={"k": "v"})
    (root / "half-made").mkdir()
    (root / ".filters").mkdir()
    assert runtime("list", "-q").stdout == "a-first-with-a-long-name\nsecond\n"
    head, first, second = runtime("list").stdout.splitlines()
    assert first.split()[:4] == ["a-first-with-a-long-name", "0", "stopped",
                                 "/bundles/a-first-with-a-long-name"]
    for column in ("PID", "STATUS", "CREATED", "OWNER"):
        at = head.index(column)
        assert first[at - 1] == second[at - 1] == " " and second[at] != " "
    states = json.loads(runtime("list", "-f", "json").stdout)
    assert [state["id"] for state in states] == ["a-first-with-a-long-name", "second"]
    assert states[0]["annotations"] == {"k": "v"}


def test_list_with_one_that_cannot_be_read(runtime, tmp_path):
    make_state(tmp_path / "root", "good")
    make_state(tmp_path / "root", "torn", pid="many")
    done = runtime("list", "-q")
    assert done.stdout == "good\n"
    assert done.stderr.startswith("warning: torn: state.pid: expected a whole number")


def test_features(runtime):
    features = json.loads(runtime("features").stdout)
    assert (features["ociVersionMin"], features["ociVersionMax"]) == ("1.0.0", "1.3.0")
    assert set(features["hooks"]) == {"prestart", "createRuntime", "createContainer",
                                      "startContainer", "poststart", "poststop"}
    assert {"rro", "idmap", "tmpcopyup", "nosymfollow"} < set(features["mountOptions"])
    linux = features["linux"]
    assert set(linux["namespaces"]) == {"pid", "network", "mount", "ipc", "uts", "user", "cgroup",
                                        "time"}
    assert "CAP_SYS_ADMIN" in linux["capabilities"]
    assert linux["cgroup"] == {"v1": True, "v2": True, "systemd": True, "systemdUser": True,
                               "rdma": True}
    assert linux["seccomp"]["enabled"] and "SCMP_ACT_NOTIFY" in linux["seccomp"]["actions"]
    assert set(linux["seccomp"]["supportedFlags"]) <= set(linux["seccomp"]["knownFlags"])
    assert linux["intelRdt"] == {"enabled": False, "schemata": False, "monitoring": False}
    assert features["potentiallyUnsafeConfigAnnotations"] == ["org.systemd.property."]
    assert "MPOL_BIND" in linux["memoryPolicy"]["modes"]
    assert linux["mountExtensions"]["idmap"]["enabled"] and linux["netDevices"]["enabled"]


@pytest.mark.parametrize("options, namespace", [((), "network"), (("--rootless",), "user")])
def test_spec(runtime, tmp_path, options, namespace):
    runtime("spec", "--bundle", tmp_path, *options)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config["ociVersion"] == "1.3.0" and config["process"]["args"] == ["sh"]
    assert namespace in {entry["type"] for entry in config["linux"]["namespaces"]}
    if options:
        assert config["linux"]["uidMappings"] == [
            {"containerID": 0, "hostID": os.geteuid(), "size": 1}]
        assert "resources" not in config["linux"]
        (sys,) = [m for m in config["mounts"] if m["destination"] == "/sys"]
        assert "rro" in sys["options"]
    # It is not overwritten, and what it says can be done.
    assert "already exists" in runtime("spec", "--bundle", tmp_path, status=1).stderr
    (tmp_path / "rootfs").mkdir()
    steps = runtime("plan", "--bundle", tmp_path, "box").stdout.splitlines()
    assert steps[-1] == 'exec "sh"' and "pivot root" in steps


@pytest.mark.skipif(shutil.which("runc") is None, reason="needs runc")
def test_spec_and_runc(runtime, tmp_path):
    """runc's own configuration is taken as it is."""
    (tmp_path / "rootfs").mkdir()
    subprocess.run(["runc", "spec"], cwd=tmp_path, check=True)
    assert 'exec "sh"' in runtime("plan", "--bundle", tmp_path, "box").stdout


def test_wrong_config(runtime, tmp_path):
    runtime("spec", "--bundle", tmp_path)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["linux"]["namespaces"][2]["type"] = "net"
    path.write_text(json.dumps(config), encoding="utf-8")
    message = runtime("create", "--bundle", tmp_path, "box", status=1).stderr
    assert 'linux.namespaces[2].type: unknown value "net", expected one of pid, network' in message
    path.write_text("{", encoding="utf-8")
    assert "line 1, column 2" in runtime("create", "--bundle", tmp_path, "box", status=1).stderr
    path.unlink()
    assert f"reading {tmp_path}/config.json" in runtime("create", "--bundle", tmp_path, "box",
                                                       status=1).stderr
    assert runtime("list", "-q").stdout == ""


def test_nothing_to_update(runtime, tmp_path):
    make_state(tmp_path / "root", "box")
    assert "nothing to update" in runtime("update", "box", status=2).stderr
    assert "not together" in runtime("update", "--memory=1G", "--resources=-", "box",
                                     status=2).stderr
