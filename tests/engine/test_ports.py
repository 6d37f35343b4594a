"""Published ports: from where they are reached, who has them, and whose rules they obey."""
import re
import subprocess

import pytest

from netbox import HOST, OUTSIDE, wait_for

pytest_plugins = ["netfixtures"]
pytestmark = [pytest.mark.root, pytest.mark.slow]

INPUT_DROP = """
table inet fw {
  chain input {
    type filter hook input priority 0; policy drop;
    iifname "lo" accept
    ct state established,related accept
  }
}
"""


def test_reached_from_everywhere(net):
    net.web("one", "-p", "8080:80").web("two")
    url = f"http://{HOST}:8080/"
    assert net.outside.reaches(url)
    assert net.host.fetch("http://127.0.0.1:8080/") == "page\n"
    assert net.host.fetch(url) == "page\n"
    # From the bridge, by the host's address: another container, and itself.
    assert net.fetch_inside("two", url) == "page\n"
    assert net.fetch_inside("one", url) == "page\n"
    net.atomic("network", "create", "red")
    net.sleeper("three", "--network", "red")
    assert net.fetch_inside("three", url) == "page\n"
    net.atomic("stop", "-t", "0", "one")
    assert net.outside.fetch(url) is None and net.host.fetch(url) is None
    net.atomic("start", "one")
    assert net.outside.reaches(url)


def test_address_of_the_host_counts(net):
    net.web("one", "-p", "127.0.0.1:8080:80").web("two", "-p", f"{HOST}:8081:80")
    assert net.host.reaches("http://127.0.0.1:8080/")
    assert net.outside.fetch(f"http://{HOST}:8080/") is None
    assert net.outside.reaches(f"http://{HOST}:8081/")
    assert net.host.fetch("http://127.0.0.1:8081/") is None
    missing = net.run("--rm", "-p", "192.0.2.99:8082:80", "--", "true", check=False)
    assert missing.returncode == 125 and "the host has no address 192.0.2.99" in missing.stderr


def test_nobody_else_uses_the_loopback(net):
    """The route that lets the host's loopback in is no way for a neighbour or a container."""
    net.host.run("sh", "-c", "busybox httpd -p 127.0.0.1:9999 -h /")
    net.sleeper("one", "--cap-add", "NET_ADMIN", "-p", "8080:80")
    net.inside("one", "ip", "route", "add", "127.0.0.1/32", "via", "172.17.0.1", check=False)
    net.inside("one", "ip", "addr", "del", "127.0.0.1/8", "dev", "lo")
    net.inside("one", "ip", "route", "replace", "127.0.0.1/32", "via", "172.17.0.1", check=False)
    assert net.fetch_inside("one", "http://127.0.0.1:9999/", 1) is None
    assert net.host.fetch("http://127.0.0.1:9999/etc/hostname", 5) is not None


UDP_SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 53))
while True:
    data, peer = s.recvfrom(99)
    s.sendto(data + b" from " + peer[0].encode(), peer)
"""
UDP_CLIENT = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
s.connect(("{HOST}", 9000))
s.send(b"ping")
print(s.recv(99).decode())
"""


def test_ranges_and_protocols(net):
    net.run("-d", "--name", "one", "-p", "9000-9002:80-82", "-p", "9000:53/udp", "--", "sh", "-c",
            "httpd -p 80 -h /www; exec httpd -f -p 82 -h /www")
    assert net.outside.reaches(f"http://{HOST}:9000/")
    assert net.outside.reaches(f"http://{HOST}:9002/")
    net.beside("one", "python3", "-c", UDP_SERVER)

    def answer():
        return net.outside.run("python3", "-c", UDP_CLIENT, check=False).stdout.strip()
    assert wait_for(lambda: answer() == f"ping from {OUTSIDE}")
    ports = net.atomic("ps", "--format", "{{.Ports}}").stdout
    assert "0.0.0.0:9000-9002->80-82/tcp" in ports and "0.0.0.0:9000->53/udp" in ports


def test_a_new_holder_gets_what_is_sent_on(net):
    """Someone who never stops sending is remembered by the kernel, with whom it has sent to."""
    net.sleeper("old", "-p", "9000:53/udp")
    net.beside("old", "python3", "-c", UDP_SERVER)
    sender = UDP_CLIENT.replace("s.connect", 's.bind(("", 5353)); s.connect')

    def answer():
        return net.outside.run("python3", "-c", sender, check=False).stdout.strip()
    assert wait_for(lambda: answer() == f"ping from {OUTSIDE}")
    net.sleeper("other")  # takes the next address, so that the new one gets a third
    net.atomic("rm", "-f", "old")
    net.sleeper("filler")
    net.sleeper("new", "-p", "9000:53/udp")
    net.beside("new", "python3", "-c", UDP_SERVER.replace(" from ", " anew from "))
    assert wait_for(lambda: answer() == f"ping anew from {OUTSIDE}")


def test_port_of_the_kernels_choice(net):
    net.web("one", "-p", "80").web("two", "-p", "127.0.0.1::80")
    shown = net.atomic("ps", "--format", "{{.Names}} {{.Ports}}").stdout
    one = re.search(r"one 0\.0\.0\.0:(\d+)->80/tcp", shown).group(1)
    two = re.search(r"two 127\.0\.0\.1:(\d+)->80/tcp", shown).group(1)
    assert net.outside.reaches(f"http://{HOST}:{one}/")
    assert net.host.reaches(f"http://127.0.0.1:{two}/")


def test_taken_by_a_container(net):
    net.web("one", "-p", "8080:80")
    for wanted in ("8080:81", "127.0.0.1:8080:81", "8079-8081:79-81"):
        refused = net.run("--rm", "-p", wanted, "--", "true", check=False)
        assert refused.returncode == 125, wanted
        assert "taken by container one" in refused.stderr, wanted
    net.run("--rm", "-p", "8080:80/udp", "--", "true")


def test_taken_by_a_process(net):
    net.host.run("/bin/busybox", "httpd", "-p", f"{HOST}:8080", "-h", "/")
    refused = net.run("--rm", "-p", "8080:80", "--", "true", check=False)
    assert refused.returncode == 125
    assert "port 8080/tcp of 0.0.0.0 is taken by a process of the host" in refused.stderr
    net.run("--rm", "-p", "127.0.0.1:8080:80", "--", "true")


def test_obeys_the_hosts_input_rules(net):
    """What the host's own firewall keeps from its services it keeps from published ports."""
    net.host.nft(INPUT_DROP)
    net.web("one", "-p", "8080:80")
    url = f"http://{HOST}:8080/"
    assert net.host.reaches("http://127.0.0.1:8080/")
    assert net.outside.is_kept_from(url)
    net.host.nft("add rule inet fw input tcp dport 8080 accept")
    assert net.outside.fetch(url) == "page\n"
    # A rule that looks at who comes sees who comes.
    net.host.nft("flush chain inet fw input\n"
                 "add rule inet fw input ip saddr 198.51.100.2 iifname up0 tcp dport 8080 accept\n")
    assert net.outside.fetch(url) == "page\n"
    net.host.nft("flush chain inet fw input\n")
    assert net.outside.is_kept_from(url)


def test_obeys_the_hosts_forward_rules(net):
    net.web("one", "-p", "8080:80")
    url = f"http://{HOST}:8080/"
    assert net.outside.reaches(url)
    net.host.nft("table ip fw { chain forward { type filter hook forward priority 10;"
                 " policy drop; }; }\n")
    assert net.outside.is_kept_from(url)
    net.host.nft("add rule ip fw forward ct state established accept\n"
                 "add rule ip fw forward oifname atomic0 accept\n")
    assert net.outside.fetch(url) == "page\n"


def test_source_address_is_kept(net):
    """A container sees who asks, not the host."""
    net.run("-d", "--name", "one", "-p", "8080:80", "--", "httpd", "-f", "-v", "-v", "-p", "80",
            "-h", "/www")
    assert net.outside.reaches(f"http://{HOST}:8080/")
    assert wait_for(lambda: "198.51.100.2" in (lambda done: done.stdout + done.stderr)(
        net.atomic("logs", "one")))


def test_flushed_rules_come_back(net):
    net.web("one", "-p", "8080:80").web("two", "-p", "8081:80")
    url = f"http://{HOST}:8080/"
    assert net.outside.reaches(url)
    for text in ("flush ruleset", "delete table inet atomic", "flush table inet atomic",
                 "delete table ip atomic"):
        net.host.nft(text)
        assert wait_for(lambda: len(net.elements()) == 2), text
        assert net.outside.reaches(url), text
    # A firewall that is loaded anew begins with a flush.
    net.host.nft("flush ruleset\n" + INPUT_DROP)
    assert wait_for(lambda: len(net.elements()) == 2)
    assert net.outside.is_kept_from(url)


def test_flushes_while_containers_come_and_go(net):
    """Whatever interleaves: in the end all rules are there, and none too many."""
    count = 10
    running = [net.start("run", "-d", "--name", f"c{n}", "-p", f"{20000 + n}:80", "--rootfs",
                         net.rootfs, "sleep", "1000") for n in range(count)]
    while any(process.poll() is None for process in running):
        net.host.nft("flush ruleset")
    for process in running:
        out, err = process.communicate()
        assert process.returncode == 0, (out, err)
    assert wait_for(lambda: len(net.elements()) == count)
    removal = net.start("rm", "-f", *(f"c{n}" for n in range(1, count)))
    while removal.poll() is None:
        net.host.nft("flush ruleset")
    out, err = removal.communicate()
    assert removal.returncode == 0, (out, err)
    assert wait_for(lambda: len(net.elements()) == 1)


def test_a_killed_run_holds_nothing(net):
    """At whatever moment: what it started can be removed, and its port is free."""
    for step in range(8):
        process = net.start("run", "-d", "-p", "8080:80", "--rootfs", net.rootfs, "sleep", "1000")
        try:
            process.wait(timeout=0.004 * step)
        except subprocess.TimeoutExpired:
            pass
        process.kill()
        process.communicate()
        left = net.atomic("ps", "-aq").stdout.split()
        if left:
            net.atomic("rm", "-f", *left)
    net.run("--rm", "-p", "8080:80", "--", "true")
    assert net.atomic("system", "check", "--repair").stdout == "all is well\n"


def test_restore(net):
    net.sleeper("one", "-p", "8080:80")
    net.host.nft("flush map inet atomic any4")
    net.atomic("network", "restore")
    assert len(net.elements()) == 1


def test_fifty_at_once(net):
    count = 50
    running = [net.start("run", "-d", "--name", f"c{n}", "-p", f"{20000 + n}:80", "--rootfs",
                         net.rootfs, "httpd", "-f", "-p", "80", "-h", "/www")
               for n in range(count)]
    for process in running:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, (out, err)
    addresses = {net.atomic("container", "inspect", "-f", "{{.NetworkSettings.IPAddress}}", f"c{n}")
                 .stdout.strip() for n in (0, 17, 49)}
    assert len(addresses) == 3
    assert len(net.host.links("atv")) == count
    listed = net.host.run("nft", "list", "map", "inet", "atomic", "any4").stdout
    assert listed.count("tcp . 20") == count
    assert net.outside.reaches(f"http://{HOST}:20000/")
    assert net.outside.reaches(f"http://{HOST}:20049/")
    net.atomic("rm", "-f", *(f"c{n}" for n in range(count)))
    assert not net.elements()
