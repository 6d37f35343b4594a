"""The command line with the real worker on a sysroot that is not booted, as an ordinary user."""
import json
import signal
import subprocess

import jsonschema
import pytest
import repo as world

LIMIT_S = 120


@pytest.fixture
def atomic(bin_dir, host):
    """Run `atomic host VERB --sysroot=...`."""
    def call(verb, *words, sysroot=host.path):
        return subprocess.run(
            world.as_user([bin_dir / "atomic", "host", verb, f"--sysroot={sysroot}", *words]),
            env=world.environment(), cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False, timeout=LIMIT_S)
    return call


@pytest.fixture
def status(atomic, root):
    """The status as JSON, checked against its schema."""
    schema = json.loads((root / "docs/status.schema.json").read_text())

    def read():
        done = atomic("status", "--json")
        assert done.returncode == 0, done.stderr
        value = json.loads(done.stdout)
        jsonschema.Draft7Validator(schema).validate(value)
        return value
    return read


def test_status(atomic, status, host, repo):
    text = atomic("status").stdout
    lines = text.splitlines()
    assert lines[0] == f"      Health: unknown: {host.path} is not the running system"
    assert lines[1] == "     Updates: not checked yet, 'atomic host upgrade --check' looks"
    assert lines[2] == " Next reboot: version 1"
    assert f"      Commit: {repo.commits[1]}\n" in text
    assert f"      Origin: {world.REMOTE}:{world.REF}\n" in text
    assert f"   StateRoot: {world.STATEROOT}\n" in text
    assert "      Staged: no\n" in text
    assert "●" not in text, "nothing of it is running"
    value = status()
    assert [(one["version"], one["next"]) for one in value["deployments"]] == [("1", True)]
    assert value["deployments"][0]["kargs"] == ["root=LABEL=root", "rw"]


def test_upgrade_says_what_changed_and_what_to_do(atomic, status, host, keys):
    done = atomic("upgrade")
    assert done.returncode == 0, done.stderr
    assert "  bash  5.2-1 -> 5.2-2\n" in done.stdout
    assert "  curl  8.14-1\n" in done.stdout
    assert f" Signature: good, key {keys.fingerprint}, Test Key <key@example.org>\n" in done.stdout
    headline = done.stdout.splitlines()[0]
    assert "version 2" in headline and "1 package upgraded, 1 added, 1 removed" in headline
    assert "\nnext: " in done.stdout
    assert "Downloading" in done.stderr

    staged, running = status()["deployments"]
    assert (staged["version"], staged["staged"], staged["next"]) == ("2", True, True)
    assert staged["signature"]["key"] == keys.fingerprint
    assert (running["version"], running["fallback"]) == ("1", True)
    assert " Next reboot: version 2, staged; version 1 if it does not start\n" in atomic(
        "status").stdout

    again = atomic("upgrade")
    assert again.returncode == 77, again.stderr
    assert host.versions() == ["1"]


def test_check_and_preview_change_nothing(atomic, status, host):
    check = atomic("upgrade", "--check")
    assert check.returncode == 0, check.stderr
    assert "version 2" in check.stdout
    value = status()
    assert (value["currency"], value["available_version"]) == ("behind", "2")
    assert "     Updates: version 2 is available" in atomic("status").stdout

    preview = atomic("upgrade", "--preview", "--json")
    assert preview.returncode == 0, preview.stderr
    data = json.loads(preview.stdout)["data"]
    assert data["packages"]["added"] == [["curl", "8.14-1"]]
    assert not host.staged()


def test_rollback_and_history(atomic, host):
    assert atomic("upgrade", "-q").returncode == 0
    assert host.unit("finalize").status == 0
    done = atomic("rollback")
    assert done.returncode == 0, done.stderr
    assert "version 1" in done.stdout
    assert "/etc" in done.stdout
    assert host.versions() == ["1", "2"]

    lines = atomic("history").stdout.splitlines()
    assert lines[0].split() == ["TIME", "EVENT", "VERSION", "COMMIT", "DETAIL"]
    assert [line.split()[1:3] for line in lines[1:]] == [
        ["rollback", "1"], ["deployed", "2"], ["staged", "2"]]
    assert len(atomic("history", "-n", "1").stdout.splitlines()) == 2
    entries = json.loads(atomic("history", "--json").stdout)
    assert [entry["event"] for entry in entries] == ["staged", "deployed", "rollback"]


def test_deploy_pin_unpin_cleanup(atomic, status, host):
    assert atomic("deploy", "2").returncode == 0
    assert status()["deployments"][0]["version"] == "2"
    assert atomic("cleanup", "--pending").returncode == 0
    assert [one["version"] for one in status()["deployments"]] == ["1"]
    assert atomic("pin", "0").returncode == 0
    assert status()["deployments"][0]["pinned"] is True
    assert "      Pinned: yes\n" in atomic("status").stdout
    assert atomic("unpin", "0").returncode == 0
    assert status()["deployments"][0]["pinned"] is False
    assert host.leftovers() == []


def test_kargs(atomic, host):
    assert atomic("kargs").stdout == "root=LABEL=root rw\n"
    done = atomic("kargs", "--append=quiet", "--delete=rw")
    assert done.returncode == 0, done.stderr
    assert host.unit("finalize").status == 0
    assert atomic("kargs").stdout == "root=LABEL=root quiet\n"
    assert json.loads(atomic("kargs", "--json").stdout) == ["root=LABEL=root", "quiet"]


@pytest.mark.parametrize("fault, status_of_it, code", [
    (404, 11, "server"), ("corrupt", 13, "corrupt")])
def test_failures_have_a_hint_a_status_and_change_nothing(atomic, host, server, fault,
                                                          status_of_it, code):
    server.faults[r"/objects/.*\.filez$"] = fault
    failed = atomic("upgrade")
    assert failed.returncode == status_of_it, failed.stderr
    assert "\nerror: " in "\n" + failed.stderr
    assert "\nhint: " in failed.stderr
    assert failed.stdout == ""
    assert json.loads(atomic("upgrade", "--json").stdout)["code"] == code
    assert host.versions() == ["1"] and not host.staged()
    server.faults.clear()
    assert atomic("upgrade").returncode == 0


def test_ctrl_c_cancels_the_worker(bin_dir, host, server, atomic):
    server.faults[r"/objects/.*\.filez$"] = "stall"
    process = subprocess.Popen(
        world.as_user([bin_dir / "atomic", "host", "upgrade", f"--sysroot={host.path}"]),
        env=world.environment(), cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    assert server.stalled.wait(LIMIT_S)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 16, errors
    assert "Cancelling" in errors
    assert host.versions() == ["1"] and not host.staged()
    server.faults.clear()
    server.release_stalled.set()
    assert atomic("upgrade").returncode == 0


def test_no_sysroot(atomic, folder):
    failed = atomic("status", sysroot=folder)
    assert failed.returncode == 5
    assert f"{folder} is no OSTree sysroot" in failed.stderr


def test_reboot_is_for_the_running_system(atomic, host):
    failed = atomic("upgrade", "--reboot")
    assert failed.returncode == 2
    assert "--reboot is for the running system" in failed.stderr
    assert not host.staged()


def test_status_needs_no_libostree(bin_dir):
    libraries = subprocess.run(["ldd", bin_dir / "atomic"], capture_output=True, text=True,
                               check=True).stdout
    assert "libsystemd" in libraries
    assert "libostree" not in libraries
