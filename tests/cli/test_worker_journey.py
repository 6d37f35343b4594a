"""Upgrade, finalize, roll back: the way that every host goes."""


def test_upgrade_finalize_rollback(host, repo, keys):
    assert host.versions() == ["1"]
    host.write_etc("hostname", "mine\n")
    host.write_etc("conf.d/local", "added\n")
    (host.etc() / "removed").unlink()

    upgrade = host.ask("upgrade")
    assert (upgrade.status, upgrade.code) == (0, "ok"), upgrade.text
    assert upgrade.phases == ["recover", "resolve", "verify", "pull", "stage", "merge"]
    assert upgrade.data["from"] == {"version": "1", "commit": repo.commits[1]}
    assert upgrade.data["to"] == {"version": "2", "commit": repo.commits[2]}
    assert upgrade.data["next"] == upgrade.data["to"]
    assert upgrade.data["staged"] is True
    assert upgrade.data["download_bytes"] > 0
    assert upgrade.data["packages"] == {
        "upgraded": [["bash", "5.2-1", "5.2-2"]],
        "added": [["curl", "8.14-1"]],
        "removed": [["old-thing", "1"]],
        "downgraded": [],
    }
    assert upgrade.data["kernel"] == {"from": "6.12.0", "to": "6.12.0"}
    assert upgrade.data["signature"]["key"] == keys.fingerprint
    assert "Test Key" in upgrade.data["signature"]["uid"]
    assert host.versions() == ["1"], "staging must not touch the boot entries"
    assert host.staged()

    # Edited between staging and shutdown.
    host.write_etc("late", "edited\n")
    assert host.unit("finalize").status == 0
    assert host.versions() == ["2", "1"]
    assert not host.staged()
    assert host.boot_environment()[1] == 3, "a new version is armed"
    etc = host.etc()
    assert (etc / "hostname").read_text() == "mine\n"
    assert (etc / "conf.d/local").read_text() == "added\n"
    assert (etc / "conf.d/default").read_text() == "default 2\n"
    assert (etc / "release").read_text() == "2\n"
    assert (etc / "late").read_text() == "edited\n"
    assert not (etc / "removed").exists()

    host.write_etc("hostname", "newer\n")
    rollback = host.ask("rollback")
    assert rollback.status == 0, rollback.text
    assert rollback.data["to"]["version"] == "1"
    assert host.versions() == ["1", "2"]
    assert host.boot_environment()[1] is None
    assert (host.etc() / "hostname").read_text() == "mine\n"
    host.fsck()
    assert host.leftovers() == []
    assert host.history() == [("staged", "2"), ("deployed", "2"), ("rollback", "1")]


def test_second_rollback_takes_the_first_back(host):
    assert host.ask("upgrade").status == 0
    assert host.unit("finalize").status == 0
    assert host.ask("rollback").status == 0
    assert host.ask("rollback").status == 0
    assert host.versions() == ["2", "1"]


def test_rollback_without_a_previous_deployment(host):
    rollback = host.ask("rollback")
    assert rollback.code == "not-found"
    assert "no deployment to go back to" in rollback.text
    assert host.versions() == ["1"]
