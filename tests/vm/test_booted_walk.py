"""The walk of a host: version 1, to version 2, back to version 1; on BIOS and on UEFI.

What belongs to the administrator (users, /etc) and to the machine (/var) is followed through it.
The steps share one machine and run in this order; a boot is what costs.
"""
import json

import pytest

from vm import Host, USER

pytestmark = [pytest.mark.vm, pytest.mark.image, pytest.mark.network]

HOSTD = "org.atomichost.Host1"
MANAGER = f"{HOSTD} /org/atomichost/Host1 {HOSTD}.Manager"


@pytest.fixture(scope="class", params=["bios", "uefi"])
def host(request, host_images, repository, machines):
    repository.publish("1")
    vm = Host(f"walk-{request.param}", machines, host_images.qcow2, repository.path,
              firmware=request.param, files=[(request.path, "/etc/from-seed")],
              commands=["echo ran >/var/lib/from-seed"])
    vm.start()
    yield vm
    vm.kill()


class TestWalk:
    STEPS = True

    def test_first_boot(self, host):
        host.wait_ready()
        host.wait_for(lambda: host.status()["health"] != "starting", "the boot to be complete")
        assert host.run("systemctl --failed --no-legend") == ""
        assert host.run("systemctl is-active boot-complete.target") == "active"
        assert host.version() == "1"

    def test_seed_has_arrived(self, host):
        assert host.run("hostname") == host.name
        assert host.run("whoami") == USER
        assert host.run("cat /var/lib/from-seed") == "ran"
        assert host.run("head -n 1 /etc/from-seed").startswith('"""The walk')
        result = json.loads(host.root("cat /run/cloud-init/result.json"))["v1"]
        assert result["errors"] == []
        assert "NoCloud" in result["datasource"]

    def test_tree_is_read_only_and_var_is_not(self, host):
        for folder in ("/usr", "/sysroot", "/"):
            result = host.ssh(f"sudo touch {folder}/written")
            assert result.returncode == 1
            assert "Read-only file system" in result.stderr or "not permitted" in result.stderr
        for folder in ("/var/lib", "/etc", "/home", "/usr/local/bin", "/opt", "/root", "/srv"):
            host.root(f"touch {folder}/written && rm {folder}/written")

    def test_root_has_grown_to_its_disk(self, host):
        size = int(host.run("df --block-size=1M --output=size /sysroot | tail -n 1"))
        assert size > 9 * 1024 * 0.9, "of a 10 GiB disk"

    def test_status_is_free_for_all_and_agrees_with_ostree(self, host):
        lines = host.run("atomic host status").splitlines()
        assert lines[0].split() == ["Health:", "healthy,", "running", "version", "1"]
        assert lines[2].split()[:5] == ["Next", "reboot:", "version", "1", "again,"]
        status = host.status()
        assert (status["schema"], len(status["deployments"])) == (1, 1)
        booted = host.booted()
        assert (booted["version"], booted["boot_state"]) == ("1", "good")
        assert booted["commit"] in host.run("ostree admin status")

    def test_changes_are_refused_to_others(self, host):
        host.root("useradd --create-home plain")
        result = host.ssh("sudo -u plain atomic host upgrade")
        assert result.returncode == 19, result.stderr
        assert "error:" in result.stderr
        # Reading is free, over D-Bus too.
        reply = host.run(f"sudo -u plain busctl --json=short call {MANAGER} GetStatus")
        assert json.loads(json.loads(reply)["data"][0])["schema"] == 1

    def test_nothing_newer_says_so(self, host):
        host.root("atomic host upgrade", status=77)
        host.root("atomic host upgrade --check", status=77)
        assert host.status()["currency"] == "current"

    def test_marks_are_made(self, host):
        host.root("useradd --create-home --comment 'of version 1' walker")
        host.root("echo kept >/home/walker/file && echo kept >/var/lib/walk-1")
        host.root("echo edited-1 >/etc/motd && echo added >/etc/walk-1.conf && rm /etc/from-seed")
        host.root("install -m 0640 -g adm /dev/null /etc/walk-mode")

    def test_upgrade_stages_version_2(self, host, repository):
        repository.publish("2")
        check = json.loads(host.root("atomic host upgrade --check --json"))
        assert check["data"]["to"]["version"] == "2"
        text = host.root("atomic host upgrade", timeout_s=900)
        assert "tree" in text
        status = host.status()
        staged = status["deployments"][0]
        assert (staged["version"], staged["staged"], staged["next"]) == ("2", True, True)
        assert staged["commit"] == repository.commits["2"]
        assert staged["signature"]["key"]
        assert host.version() == "1"
        host.root("atomic host upgrade", status=77)

    def test_edits_after_staging_are_merged_too(self, host):
        host.root("echo late >/etc/walk-late.conf")

    def test_version_2_has_all_that_was_kept(self, host, repository):
        host.forget_cloud_init()
        host.reboot()
        assert host.version() == "2"
        host.run("command -v tree")
        host.run("test -e /usr/sbin/nft", status=1)
        assert host.booted()["commit"] == repository.commits["2"]
        assert host.root("cat /home/walker/file /var/lib/walk-1") == "kept\nkept"
        assert "of version 1" in host.run("getent passwd walker")
        assert host.run("cat /etc/motd /etc/walk-1.conf /etc/walk-late.conf") \
            == "edited-1\nadded\nlate"
        host.run("test -e /etc/from-seed", status=1)
        assert host.run("stat -c '%a %G' /etc/walk-mode") == "640 adm"

    def test_version_2_is_good(self, host):
        host.wait_for(lambda: host.booted()["boot_state"] == "good", "version 2 to be marked good")
        status = host.status()
        assert (status["tries_left"], status["failed_version"]) == (-1, None)
        assert [entry["version"] for entry in status["deployments"]] == ["2", "1"]
        assert status["deployments"][1]["fallback"]
        assert host.run("systemctl --failed --no-legend") == ""
        assert host.run("ostree admin status").count("atomic-host") >= 2

    def test_stock_deploy_is_refused(self, host):
        """It would delete what the boot set in use needs."""
        before = host.root("cat /boot/atomic/env; ls -R /boot/atomic /boot/ostree")
        result = host.ssh("sudo ostree admin deploy --no-merge atomic-host:atomic-host/amd64/stable")
        assert result.returncode != 0
        assert host.root("cat /boot/atomic/env; ls -R /boot/atomic /boot/ostree") == before

    def test_idle_hostd_leaves(self, host):
        pid = int(host.root(f"busctl call {MANAGER} GetStatus >/dev/null; "
                            "systemctl show -P MainPID hostd.service"))
        assert pid > 0
        # Its size is a figure for scripts/bench; here it is only told.
        print(host.root(f"grep VmRSS /proc/{pid}/status"))
        host.wait_for(lambda: host.run("systemctl show -P MainPID hostd.service") == "0",
                      "hostd to leave")
        assert host.run("systemctl is-failed hostd.service", status=1) == "inactive"

    def test_rollback_says_what_boots_next(self, host):
        host.root("echo edited-2 >/etc/motd && echo two >/etc/walk-2.conf && echo v2 >/var/lib/walk-2")
        text = host.root("atomic host rollback")
        assert "version 1" in text
        assert "/etc" in text
        status = host.status()
        assert status["deployments"][0]["version"] == "1"
        assert status["deployments"][0]["next"]

    def test_version_1_has_its_etc_and_all_of_var(self, host):
        host.reboot()
        assert host.version() == "1"
        assert host.run("cat /etc/motd /etc/walk-1.conf") == "edited-1\nadded"
        host.run("test -e /etc/walk-2.conf", status=1)
        assert host.root("cat /var/lib/walk-1 /var/lib/walk-2 /home/walker/file") == "kept\nv2\nkept"

    def test_host_is_whole(self, host):
        host.wait_for(lambda: host.status()["health"] == "healthy", "the boot to be complete")
        assert [entry["version"] for entry in host.status()["deployments"]] == ["1", "2"]
        host.root("ostree fsck --quiet", timeout_s=600)
        events = [entry["event"] for entry in host.history()]
        assert "rollback" in events
