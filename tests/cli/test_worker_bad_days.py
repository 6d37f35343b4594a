"""Bad days: each ends with a code and a message of its own, the deployments as before, and the same
command works once the cause is gone."""
import pytest

import repo as world


@pytest.fixture(params=["http", "file"])
def source(request, host, server, repo):
    """How the host reaches the repository."""
    url = {"http": server.url, "file": f"file://{repo.path}"}[request.param]
    host.ostree("config", "set", f'remote "{world.REMOTE}".url', url)
    return request.param


def assert_as_before(host):
    assert host.versions() == ["1"]
    assert not host.staged()
    assert host.leftovers() == []
    host.fsck()


def assert_upgrades(host):
    upgrade = host.ask("upgrade")
    assert upgrade.status == 0, upgrade.text
    assert host.unit("finalize").status == 0
    assert host.versions()[0] == upgrade.data["to"]["version"]
    host.fsck()


class TestServer:
    @pytest.mark.parametrize("status", [404, 500])
    def test_says_no(self, host, server, status):
        server.faults[r"\.filez$"] = status
        upgrade = host.ask("upgrade")
        assert (upgrade.status, upgrade.code) == (11, "server"), upgrade.text
        assert str(status) in upgrade.text
        assert_as_before(host)
        server.faults.clear()
        assert_upgrades(host)

    def test_refuses_connections(self, host, server):
        server.close()
        upgrade = host.ask("upgrade")
        assert (upgrade.status, upgrade.code) == (10, "network"), upgrade.text
        assert "check the network" in upgrade.text
        assert_as_before(host)

    def test_stalls(self, host, server):
        server.faults[r"\.filez$"] = "stall"
        upgrade = host.ask("upgrade", timeout=2)
        assert (upgrade.status, upgrade.code) == (10, "network"), upgrade.text
        assert "nothing arrived for 2 seconds" in upgrade.text
        assert_as_before(host)
        server.faults.clear()
        server.release_stalled.set()
        assert_upgrades(host)

    def test_stalls_at_the_very_beginning(self, host, server):
        server.faults["/config$"] = "stall"
        upgrade = host.ask("upgrade", timeout=2)
        assert (upgrade.status, upgrade.code) == (10, "network"), upgrade.text

    def test_cuts_a_file_short(self, host, server):
        server.faults[r"\.filez$"] = "cut"
        upgrade = host.ask("upgrade")
        assert upgrade.code in ("network", "corrupt"), upgrade.text
        assert_as_before(host)
        server.faults.clear()
        assert_upgrades(host)

    def test_what_has_arrived_is_kept(self, host, server):
        server.faults[r"objects/[89a-f].*\.filez$"] = 503
        assert host.ask("upgrade").code == "server"
        arrived = {path for path in server.log if path.endswith(".filez")
                   and server.fault_of(path) is None}
        assert arrived
        server.faults.clear()
        server.log.clear()
        assert_upgrades(host)
        assert not arrived & set(server.log), "downloaded again"


def test_only_the_network_counts_as_download(host, source):
    upgrade = host.ask("upgrade")
    assert upgrade.status == 0, upgrade.text
    assert (upgrade.data["download_bytes"] > 0) == (source == "http")


class TestContent:
    @pytest.mark.parametrize("suffix", ["filez", "dirtree"])
    def test_changed_on_the_way(self, host, server, suffix):
        server.faults[rf"\.{suffix}$"] = "corrupt"
        upgrade = host.ask("upgrade")
        assert (upgrade.status, upgrade.code) == (13, "corrupt"), upgrade.text
        assert_as_before(host)
        server.faults.clear()
        assert_upgrades(host)

    def test_changed_in_the_repository(self, host, source, repo):
        """Stock libostree imports this from file:// without an error."""
        here = {path.stem for path in (host.path / "ostree/repo/objects").rglob("*.file")}
        new = [path for path in repo.objects("filez") if path.stem not in here]
        damaged = new[0]
        whole = damaged.read_bytes()
        damaged.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        upgrade = host.ask("upgrade")
        assert (upgrade.status, upgrade.code) == (13, "corrupt"), upgrade.text
        assert_as_before(host)
        damaged.write_bytes(whole)
        assert_upgrades(host)

    def test_changed_commit(self, host, server):
        server.faults[r"\.commit$"] = "corrupt"
        assert host.ask("upgrade").code == "corrupt"
        assert_as_before(host)


class TestSignature:
    def refused(self, host, commit, *words):
        upgrade = host.ask("upgrade")
        assert (upgrade.status, upgrade.code) == (12, "signature"), upgrade.text
        assert commit in upgrade.text
        for word in words:
            assert word in upgrade.text
        assert "pull" not in upgrade.phases, "content must not be fetched"
        assert_as_before(host)

    def test_none(self, host, repo, source):
        self.refused(host, repo.release(3, signed=False), "no signature")

    def test_none_although_the_remote_does_not_ask(self, host, repo, source):
        host.ostree("config", "set", f'remote "{world.REMOTE}".gpg-verify', "false")
        self.refused(host, repo.release(3, signed=False), "no signature")

    def test_unknown_key(self, host, repo, source, folder):
        stranger = world.Keys(folder / "stranger", "Stranger <stranger@example.org>")
        commit = repo.release(3, keys=stranger)
        self.refused(host, commit, stranger.fingerprint[-16:], "unknown key", "gpg-import")
        stranger.close()

    def test_expired_key(self, host, repo, source, folder):
        old = world.Keys(folder / "old", "Old <old@example.org>", "10d", "20200101T000000")
        host.ostree("remote", "gpg-import", f"--keyring={old.public}", world.REMOTE)
        commit = repo.release(3, keys=old)
        self.refused(host, commit, old.fingerprint, "xpired", "2020-01-11")
        old.close()

    def test_bad(self, host, repo, source):
        """The signature of another commit."""
        signature = repo.path / "objects" / repo.commits[2][:2] / f"{repo.commits[2][2:]}.commitmeta"
        commit = repo.release(3)
        other = repo.path / "objects" / commit[:2] / f"{commit[2:]}.commitmeta"
        other.write_bytes(signature.read_bytes())
        self.refused(host, commit, "Bad signature", repo.keys.fingerprint[-16:])


class TestOlderStates:
    def test_older_than_the_deployed(self, host, repo, source):
        repo.release(9, day=9)
        assert_upgrades(host)
        repo.point_to(repo.commits[2])
        upgrade = host.ask("upgrade")
        assert (upgrade.status, upgrade.code) == (17, "downgrade"), upgrade.text
        assert "--allow-downgrade" in upgrade.text and "version 2" in upgrade.text
        assert not host.staged()
        allowed = host.ask("upgrade", allow_downgrade=True)
        assert allowed.data["to"]["version"] == "2"

    def test_older_than_what_was_seen(self, host, repo, source):
        """Newer than what runs, but the server had something newer before."""
        repo.release(9, day=9)
        assert host.ask("upgrade", download_only=True).status == 0
        repo.point_to(repo.commits[2])
        for _ in range(2):
            upgrade = host.ask("upgrade")
            assert upgrade.code == "downgrade", upgrade.text
            assert "offered before" in upgrade.text
        assert not host.staged()


class TestOtherMachines:
    def test_architecture(self, host, repo, source):
        repo.release(3, architecture="arm64")
        upgrade = host.ask("upgrade")
        assert (upgrade.status, upgrade.code) == (18, "arch"), upgrade.text
        assert "arm64" in upgrade.text and "amd64" in upgrade.text
        assert_as_before(host)


class TestKnownBad:
    def test_a_version_that_failed_is_not_taken_again(self, host, repo):
        line = f'{{"time":"2026-01-01T00:00:00Z","event":"failed","commit":"{repo.commits[2]}"}}\n'
        (host.path / "ostree/atomic/history").write_text(line)
        upgrade = host.ask("upgrade")
        assert (upgrade.status, upgrade.code) == (22, "known-bad"), upgrade.text
        assert_as_before(host)
        assert host.ask("deploy", commit=repo.commits[2]).status == 0
        repo.release(3)
        assert_upgrades(host)


class TestEtc:
    def test_a_change_without_a_place(self, host, repo):
        host.write_etc("hostname", "mine\n")

        def folder_there(tree):
            (tree / "usr/etc/hostname").unlink()
            (tree / "usr/etc/hostname").mkdir()
            (tree / "usr/etc/hostname/default").write_text("host\n")

        repo.release(3, change=folder_there)
        upgrade = host.ask("upgrade")
        assert upgrade.code == "failed" and "/etc/hostname" in upgrade.text
        assert_as_before(host)
