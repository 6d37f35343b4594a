"""Networks as containers see them: addresses, ways out, names, who reaches whom."""
import json
import os
import signal
import subprocess

import pytest

from netbox import HOST, OUTSIDE, OUTSIDE6, wait_for

pytest_plugins = ["netfixtures"]
pytestmark = [pytest.mark.root, pytest.mark.slow]


def test_default_bridge(net):
    out = net.run("--rm", "--", "sh", "-c", "ip -o addr show dev eth0; ip route").stdout
    assert "inet 172.17.0.2/16" in out
    assert "default via 172.17.0.1" in out
    assert "172.17.0.1/16" in net.host.run("ip", "-o", "addr", "show", "atomic0").stdout
    # One after the other gets the address that has become free.
    assert "172.17.0.2/16" in net.run("--rm", "--", "ip", "addr").stdout


def test_modes_without_a_bridge(net):
    assert net.run("--rm", "--network", "none", "--", "ls", "/sys/class/net").stdout == "lo\n"
    assert "up0" in net.run("--rm", "--network", "host", "--", "ls", "/sys/class/net").stdout
    net.sleeper("one")
    shared = net.run("--rm", "--network", "container:one", "--", "ip", "addr").stdout
    assert f"inet {net.address('one')}/16" in shared


def test_way_out_is_masqueraded(net):
    """The neighbour has no way to 172.17.0.0/16: an answer proves the host's address as source."""
    server = net.outside.command("/bin/busybox", "httpd", "-f", "-p", "80", "-h", net.rootfs / "www")
    process = subprocess.Popen(server)
    try:
        assert net.outside.reaches("http://127.0.0.1/")
        net.sleeper("one")
        assert net.fetch_inside("one", f"http://{OUTSIDE}/") == "page\n"
        # Nobody outside comes in without having been asked.
        net.outside.run("ip", "route", "add", "172.17.0.0/16", "via", HOST)
        net.web("two")
        assert net.outside.is_kept_from(f"http://{net.address('two')}/")
    finally:
        process.kill()
        process.wait()


def test_foreign_packets_are_not_forwarded_on_our_account(net):
    """The host did not forward before; that it does now is for containers only."""
    other = net.host
    other.run("ip", "link", "add", "dummy0", "type", "bridge")
    other.run("ip", "addr", "add", "203.0.113.1/24", "dev", "dummy0")
    other.run("ip", "link", "set", "dummy0", "up")
    net.sleeper("one")
    assert "iifname != @bridges drop" in other.run("nft", "list", "chain", "inet", "atomic",
                                                   "forward").stdout
    assert other.run("cat", "/proc/sys/net/ipv4/ip_forward").stdout == "1\n"


def test_networks_are_kept_apart(net):
    net.atomic("network", "create", "red")
    net.atomic("network", "create", "blue")
    net.web("r1", "--network", "red").sleeper("r2", "--network", "red")
    net.sleeper("b1", "--network", "blue").sleeper("d1")
    target = net.address("r1")
    assert wait_for(lambda: net.fetch_inside("r2", f"http://{target}/") == "page\n")
    assert net.fetch_inside("b1", f"http://{target}/", 1) is None
    assert net.fetch_inside("d1", f"http://{target}/", 1) is None


def test_internal_network(net):
    net.atomic("network", "create", "--internal", "vault")
    net.web("v1", "--network", "vault").sleeper("v2", "--network", "vault")
    assert wait_for(lambda: net.fetch_inside("v2", "http://v1/") == "page\n")
    assert "default" not in net.inside("v2", "ip", "route").stdout
    net.inside("v2", "ip", "route", "add", "default", "via",
               json.loads(net.atomic("network", "inspect", "vault").stdout)[0]["IPAM"]["Config"][0]
               ["Gateway"], check=False)
    assert net.inside("v2", "ping", "-c", "1", "-W", "1", OUTSIDE, check=False).returncode != 0
    refused = net.run("--rm", "--network", "vault", "-p", "8080:80", "--", "true", check=False)
    assert refused.returncode == 125 and "no address that can be reached" in refused.stderr


def test_names(net):
    net.atomic("network", "create", "team")
    net.web("one", "--network", "team", "--network-alias", "uno")
    net.sleeper("two", "--network", "team")
    # Also whoever was started later, by name, alias and short id.
    net.web("three", "--network", "team")
    for name in ("one", "uno", "three"):
        assert wait_for(lambda name=name: net.fetch_inside("two", f"http://{name}/") == "page\n")
    assert net.fetch_inside("one", "http://three/") == "page\n"
    net.atomic("rename", "three", "drei")
    assert net.fetch_inside("one", "http://drei/") == "page\n"
    net.atomic("rm", "-f", "drei")
    assert "drei" not in net.inside("two", "cat", "/etc/hosts").stdout
    # The default bridge knows no names but a container's own.
    net.sleeper("four")
    hosts = net.inside("four", "cat", "/etc/hosts").stdout
    assert "four" in hosts and "one" not in hosts


def test_given_addresses(net):
    net.atomic("network", "create", "--subnet", "10.99.0.0/24", "--ip-range", "10.99.0.128/25",
               "--gateway", "10.99.0.254", "mine")
    net.sleeper("one", "--network", "mine", "--ip", "10.99.0.7").sleeper("two", "--network", "mine")
    assert net.address("one") == "10.99.0.7"
    assert net.address("two") == "10.99.0.128"
    assert "default via 10.99.0.254" in net.inside("one", "ip", "route").stdout
    taken = net.run("--rm", "--network", "mine", "--ip", "10.99.0.7", "--", "true", check=False)
    assert taken.returncode == 125 and "taken by container one" in taken.stderr
    wrong = net.run("--rm", "--network", "mine", "--ip", "10.98.0.7", "--", "true", check=False)
    assert wrong.returncode == 125 and "is not in network" in wrong.stderr


def test_ipv6(net):
    net.atomic("network", "create", "--ipv6", "--subnet", "fd00:99::/64", "six")
    net.web("one", "--network", "six", "-p", "8080:80").sleeper("two", "--network", "six")
    assert net.address("one", family="inet6") == "fd00:99::2"
    assert wait_for(lambda: net.fetch_inside("two", "http://[fd00:99::2]/") == "page\n")
    assert net.inside("two", "ping", "-6", "-c", "1", "-W", "5", OUTSIDE6).returncode == 0
    assert net.outside.reaches("http://[2001:db8:51::1]:8080/")
    assert net.outside.reaches(f"http://{HOST}:8080/")
    # What cannot work is refused at once, so that `localhost` goes on to 127.0.0.1.
    refusal = net.host.run("/bin/busybox", "nc", "-w", "5", "::1", "8080", check=False)
    assert "refused" in refusal.stderr
    assert net.host.fetch("http://127.0.0.1:8080/") == "page\n"
    refused = net.run("--rm", "--network", "six", "-p", "[::1]:8081:80", "--", "true", check=False)
    assert refused.returncode == 125 and "publish it on 127.0.0.1" in refused.stderr
    net.host.nft("table inet fw { chain input { type filter hook input priority 0; policy drop;\n"
                 "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; }; }\n")
    assert net.outside.is_kept_from("http://[2001:db8:51::1]:8080/")


def test_connect_and_disconnect(net):
    net.atomic("network", "create", "red")
    net.atomic("network", "create", "blue")
    net.web("one", "--network", "red").sleeper("two", "--network", "blue")
    net.atomic("network", "connect", "--alias", "eins", "blue", "one")
    assert wait_for(lambda: net.fetch_inside("two", "http://eins/") == "page\n")
    assert net.address("one", "eth1") in net.inside("two", "cat", "/etc/hosts").stdout
    again = net.atomic("network", "connect", "blue", "one", check=False)
    assert again.returncode == 1 and "already" in again.stderr
    net.atomic("network", "disconnect", "blue", "one")
    assert "eth1" not in net.inside("one", "ip", "link").stdout
    assert "eins" not in net.inside("two", "cat", "/etc/hosts").stdout


def test_verbs(net):
    assert net.atomic("network", "ls", "--format", "{{.Name}} {{.Driver}} {{.Scope}}").stdout \
        == "bridge bridge local\nhost host local\nnone null local\n"
    head = net.atomic("network", "ls").stdout.splitlines()[0]
    assert head.split("  ")[0] == "NETWORK ID" and head.split() \
        == ["NETWORK", "ID", "NAME", "DRIVER", "SCOPE"]
    made = net.atomic("network", "create", "--label", "a=b", "red").stdout.strip()
    shown = json.loads(net.atomic("network", "inspect", made[:12]).stdout)[0]
    assert shown["Name"] == "red" and shown["Id"] == made and shown["Labels"] == {"a": "b"}
    assert net.atomic("network", "ls", "-q", "--no-trunc", "--filter", "label=a").stdout.strip() \
        == made
    again = net.atomic("network", "create", "red", check=False)
    assert again.returncode == 1 and "already" in again.stderr
    overlap = net.atomic("network", "create", "--subnet", "198.51.100.0/25", "blue", check=False)
    assert overlap.returncode == 1 and "route of the host" in overlap.stderr
    near = net.atomic("network", "rm", "rde", check=False)
    assert near.returncode == 1 and 'did you mean "red"?' in near.stderr
    net.sleeper("one", "--network", "red")
    used = net.atomic("network", "rm", "red", check=False)
    assert used.returncode == 1 and "used by one" in used.stderr
    assert net.atomic("network", "prune", "-f").stdout == ""
    net.atomic("rm", "-f", "one")
    assert net.atomic("network", "prune", "-f").stdout == "Deleted Networks:\nred\n"
    assert not net.host.links("atb")


def test_nothing_is_left(net):
    net.atomic("network", "create", "red")
    net.web("one", "-p", "8080:80").web("two", "--network", "red", "-p", "8081:80")
    assert len(net.host.links("atv")) == 2 and len(net.elements()) == 2
    net.atomic("rm", "-f", "one", "two")
    assert wait_for(lambda: not net.host.links("atv"))
    assert not net.elements()
    net.atomic("network", "rm", "red")
    assert not net.host.links("atb")


def test_what_a_kill_leaves_is_found(net):
    """Monitor and container die without a word: the next command gives all back."""
    net.web("one", "-p", "8080:80")
    pids = net.host.run("ip", "netns", "pids", net.host.name).stdout.split()
    shown = json.loads(net.atomic("container", "inspect", "one").stdout)[0]
    for pid in [shown["State"]["Pid"], *map(int, pids)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    assert wait_for(lambda: "Exited" in net.atomic("ps", "-a").stdout)
    assert not net.elements()
    net.web("two", "-p", "8080:80")
    assert net.outside.reaches(f"http://{HOST}:8080/")
