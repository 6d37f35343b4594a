"""What each verb of the worker does to a host, and what it says."""
import json
import os
import subprocess

import pytest

import repo as world


@pytest.fixture
def upgraded(host):
    """A host of version 2 with version 1 behind it."""
    assert host.ask("upgrade").status == 0
    assert host.unit("finalize").status == 0
    assert host.versions() == ["2", "1"]
    return host


def check_record(host):
    return json.loads((host.path / "ostree/atomic/check.json").read_text())


class TestUpgrade:
    def test_nothing_newer(self, upgraded):
        again = upgraded.ask("upgrade")
        assert (again.status, again.code) == (77, "nothing")
        assert "version 2" in again.text and "deployed already" in again.text
        assert again.data["to"]["version"] == "2"

    def test_nothing_newer_than_what_is_staged(self, host):
        assert host.ask("upgrade").status == 0
        again = host.ask("upgrade")
        assert again.status == 77
        assert "staged already" in again.text and "systemctl reboot" in again.text
        assert host.staged()

    def test_check_downloads_no_content(self, host, server):
        check = host.ask("upgrade", check=True)
        assert check.status == 0
        assert check.data["to"]["version"] == "2"
        assert check.data["packages"]["added"] == [["curl", "8.14-1"]]
        assert not [path for path in server.log if path.endswith(".filez")]
        assert not host.staged()
        assert check_record(host)["version"] == "2"

    def test_check_that_fails_is_noted(self, host, server):
        server.faults[""] = 503
        assert host.ask("upgrade", check=True).code == "server"
        assert "503" in check_record(host)["error"]

    def test_preview_tells_the_packages(self, host, server):
        preview = host.ask("upgrade", preview=True)
        assert preview.data["packages"]["upgraded"] == [["bash", "5.2-1", "5.2-2"]]
        assert preview.data["staged"] is False
        assert not [path for path in server.log if path.endswith(".filez")]

    def test_download_only_then_offline(self, host, server):
        only = host.ask("upgrade", download_only=True)
        assert only.status == 0
        assert not host.staged()
        server.log.clear()
        assert host.ask("upgrade").status == 0
        assert not [path for path in server.log if path.endswith((".filez", ".dirtree"))]
        assert host.staged()

    def test_a_newer_one_replaces_what_is_staged(self, host, repo):
        assert host.ask("upgrade").status == 0
        repo.release(3)
        third = host.ask("upgrade")
        assert third.data["from"]["version"] == "2"
        assert third.data["packages"]["downgraded"] == [["curl", "8.14-1", "8.13-1"]]
        assert host.leftovers() == []
        assert host.unit("finalize").status == 0
        assert host.versions() == ["3", "1"]
        host.fsck()

    def test_third_version_drops_the_first(self, upgraded, repo):
        repo.release(3)
        assert upgraded.ask("upgrade").status == 0
        assert upgraded.versions() == ["2", "1"], "the way back stays until the flip"
        assert upgraded.unit("finalize").status == 0
        assert upgraded.versions() == ["3", "2"]
        assert upgraded.leftovers() == []
        kernels = os.listdir(upgraded.path / "boot/ostree")
        assert len(kernels) == 2

    def test_unknown_stateroot(self, host):
        result = host.ask("upgrade", stateroot="other")
        assert result.code == "not-found" and "stateroot other" in result.text

    def test_every_deployment_has_a_karg_of_its_own(self, upgraded, repo):
        for entry, version in zip(upgraded.entries(), (2, 1)):
            assert f"atomic.deployment={repo.commits[version][:8]}.0" in entry.kargs
            assert "root=LABEL=root" in entry.kargs


class TestDeploy:
    def test_by_version_of_a_deployment_without_network(self, upgraded, server, repo):
        server.log.clear()
        deploy = upgraded.ask("deploy", commit="1")
        assert deploy.status == 0, deploy.text
        assert deploy.data["to"] == {"version": "1", "commit": repo.commits[1]}
        assert server.log == []
        assert upgraded.unit("finalize").status == 0
        assert upgraded.versions() == ["1", "2"]

    def test_by_version_of_the_branch(self, host, repo):
        third = repo.release(3)
        repo.release(4, parent=third)
        deploy = host.ask("deploy", commit="3")
        assert deploy.status == 0, deploy.text
        assert deploy.data["to"]["commit"] == third

    @pytest.mark.parametrize("length", [64, 10])
    def test_by_checksum(self, upgraded, repo, length):
        deploy = upgraded.ask("deploy", commit=repo.commits[1][:length])
        assert deploy.status == 0, deploy.text
        assert deploy.data["to"]["version"] == "1"

    def test_by_branch_keeps_the_origin(self, host, repo):
        repo.release(3, ref="host/next")
        deploy = host.ask("deploy", commit=f"{world.REMOTE}:host/next")
        assert deploy.status == 0, deploy.text
        assert host.unit("finalize").status == 0
        assert host.versions() == ["3", "1"]
        origin = host.entries()[0].tree.with_suffix(".0.origin").read_text()
        assert f"refspec={world.REMOTE}:{world.REF}" in origin

    def test_unknown_version(self, host):
        deploy = host.ask("deploy", commit="99")
        assert deploy.code == "not-found" and "99" in deploy.text

    def test_without_a_commit(self, host):
        assert host.ask("deploy").code == "usage"


class TestRebase:
    def test_follows_the_new_branch(self, host, repo):
        repo.release(3, ref="host/next")
        rebase = host.ask("rebase", refspec="host/next")
        assert rebase.status == 0, rebase.text
        assert host.unit("finalize").status == 0
        assert host.versions() == ["3", "1"]
        repo.release(4, ref="host/next")
        assert host.ask("upgrade").data["to"]["version"] == "4"

    def test_same_branch_is_nothing(self, upgraded):
        assert upgraded.ask("rebase", refspec=f"{world.REMOTE}:{world.REF}").status == 77

    def test_unknown_remote(self, host):
        rebase = host.ask("rebase", refspec="nowhere:host/next")
        assert rebase.code == "not-found" and "ostree remote add" in rebase.text

    def test_unknown_branch(self, host):
        rebase = host.ask("rebase", refspec="host/none")
        assert rebase.code in ("server", "not-found") and "host/none" in rebase.text


class TestPin:
    def test_a_pinned_deployment_stays(self, upgraded, repo):
        assert upgraded.ask("pin", deployment="1").status == 0
        repo.release(3)
        assert upgraded.ask("upgrade").status == 0
        assert upgraded.unit("finalize").status == 0
        assert upgraded.versions() == ["3", "2", "1"]
        assert upgraded.ask("unpin", deployment=repo.commits[1]).status == 0
        assert upgraded.ask("cleanup", rollback=True).status == 0
        assert upgraded.versions() == ["3"]
        upgraded.fsck()

    def test_twice_is_nothing(self, host):
        assert host.ask("pin", deployment="0").status == 0
        assert host.ask("pin", deployment="0").status == 77

    def test_a_staged_one_cannot_be_pinned(self, host):
        assert host.ask("upgrade").status == 0
        pin = host.ask("pin", deployment="0")
        assert pin.code == "not-found" and "after the reboot" in pin.text
        assert host.ask("pin", deployment="1").status == 0

    def test_unknown(self, host):
        assert host.ask("pin", deployment="7").code == "not-found"


class TestCleanup:
    def test_pending(self, host):
        assert host.ask("upgrade").status == 0
        assert host.ask("cleanup", pending=True).status == 0
        assert not host.staged()
        assert host.leftovers() == []
        assert host.unit("finalize").code == "nothing"
        assert host.history()[-1] == ("dropped", "2")

    def test_repo_gives_back_what_was_dropped(self, host, repo):
        assert host.ask("upgrade").status == 0
        assert host.ask("cleanup", pending=True).status == 0
        host.ostree("refs", "--delete", f"{world.REMOTE}:{world.REF}")
        assert host.ask("cleanup").data["freed_bytes"] > 0
        assert repo.commits[2] not in host.ostree("refs", "--list") and host.versions() == ["1"]
        host.fsck()

    def test_keeps_what_is_staged(self, host):
        assert host.ask("upgrade").status == 0
        assert host.ask("cleanup").status == 0
        assert host.unit("finalize").status == 0
        assert host.versions() == ["2", "1"]
        host.fsck()

    def test_stock_cleanup_spares_what_is_staged(self, host):
        assert host.ask("upgrade").status == 0
        world.run("ostree", "admin", f"--sysroot={host.path}", "cleanup")
        assert host.unit("finalize").status == 0
        assert host.versions() == ["2", "1"]


class TestKargs:
    def test_list_hides_ours(self, host):
        kargs = host.ask("kargs")
        assert kargs.data == {"kargs": ["root=LABEL=root", "rw"]}

    def test_change(self, host):
        changed = host.ask("kargs", append=["quiet", "console=ttyS0"], delete=["rw"],
                           replace=["root=/dev/vda4"])
        assert changed.status == 0, changed.text
        assert changed.data["kargs"] == ["root=/dev/vda4", "quiet", "console=ttyS0"]
        assert host.ask("kargs", append=["console=tty0"]).status == 0
        assert host.unit("finalize").status == 0
        assert host.versions() == ["1", "1"]
        first = host.entries()[0].kargs
        assert [karg for karg in first if karg.startswith("console=")] == ["console=ttyS0",
                                                                            "console=tty0"]
        assert "root=/dev/vda4" in first and "rw" not in first
        assert host.boot_environment()[1] == 3, "new arguments are tried as a new version is"

    def test_upgrade_keeps_staged_arguments(self, host):
        assert host.ask("kargs", append=["quiet"]).status == 0
        assert host.ask("upgrade").status == 0
        assert host.unit("finalize").status == 0
        assert host.versions() == ["2", "1"]
        assert "quiet" in host.entries()[0].kargs

    @pytest.mark.parametrize("options, code", [
        ({"delete": ["absent"]}, "not-found"),
        ({"append": ["it's"]}, "usage"),
        ({"append": ["ostree=/elsewhere"]}, "usage"),
        ({"append_if_missing": ["rw"]}, "nothing"),
        ({"delete_if_present": ["absent"]}, "nothing"),
    ])
    def test_refused(self, host, options, code):
        assert host.ask("kargs", **options).code == code
        assert not host.staged()


class TestRequests:
    def test_unknown_option(self, host):
        result = host.ask("upgrade", chekc=True)
        assert (result.status, result.code) == (2, "usage")
        assert "did you mean check?" in result.text

    def test_option_of_another_verb(self, host):
        assert host.ask("rollback", check=True).code == "usage"

    def test_no_sysroot(self, folder, worker):
        result = world.Host(folder, worker).ask("upgrade")
        assert (result.status, result.code) == (5, "no-sysroot")

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"verb": "destroy"}',
                                      '{"verb": "upgrade", "options": {"check": "yes"}}'])
    def test_malformed(self, worker, text):
        done = subprocess.run(world.as_user([worker]), input=text, capture_output=True, text=True,
                              env=world.environment(), check=False)
        assert done.returncode == 2
        assert json.loads(done.stdout)["code"] == "usage"

    def test_boot_verbs_need_the_booted_system(self, host):
        for verb in ("boot-complete", "boot-failed"):
            assert host.unit(verb).code == "no-sysroot"
