"""The process: user, capabilities, limits, scheduling, names, and what the host refuses."""
import json
import os
import resource
import subprocess

import pytest

pytestmark = pytest.mark.root


def status_of(text):
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def inside(box, config):
    config["process"]["args"] = ["cat", "/proc/self/status"]
    return status_of(box.output(config))


def test_user_and_groups(box):
    config = box.config()
    config["process"]["user"] = {"uid": 1000, "gid": 1001, "additionalGids": [5, 6], "umask": 0o27}
    status = inside(box, config)
    assert status["Uid"].split() == ["1000"] * 4
    assert status["Gid"].split() == ["1001"] * 4
    assert status["Groups"].split() == ["5", "6"]
    assert status["Umask"] == "0027"


def test_usual_umask(box):
    assert inside(box, box.config())["Umask"] == "0022"


def test_capability_sets(box):
    config = box.config()
    config["process"]["capabilities"] = {
        "bounding": ["CAP_KILL", "CAP_CHOWN", "CAP_NET_ADMIN"],
        "permitted": ["CAP_KILL", "CAP_CHOWN"], "effective": ["CAP_KILL"],
        "inheritable": ["CAP_CHOWN"], "ambient": ["CAP_CHOWN"],
    }
    # A file without capabilities, started by root, gets what is bounding, effective or not.
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    status = inside(box, config)
    assert int(status["CapBnd"], 16) == 1 << 5 | 1 << 0 | 1 << 12
    assert int(status["CapInh"], 16) == 1 << 0
    assert int(status["CapAmb"], 16) == 1 << 0
    assert int(status["CapPrm"], 16) == 1 << 0
    assert int(status["CapEff"], 16) == 1 << 0


def test_no_capabilities(box):
    config = box.config()
    del config["process"]["capabilities"]
    status = inside(box, config)
    for name in "CapBnd", "CapInh", "CapAmb", "CapPrm", "CapEff":
        assert int(status[name], 16) == 0


def test_a_name_that_is_no_capability(box):
    config = box.config("true")
    config["process"]["capabilities"]["bounding"].append("CAP_NOTHING")
    done = box.run(config)
    assert "unknown" in done.stderr


def test_no_new_privileges_and_seccomp(box):
    config = box.config()
    status = inside(box, config)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("0", "2")
    config["process"]["noNewPrivileges"] = True
    assert inside(box, config)["NoNewPrivs"] == "1"
    del config["linux"]["seccomp"]
    assert inside(box, config)["Seccomp"] == "0"


def test_seccomp_denies(box):
    done = box.run(box.config("unshare", "-m", "true"), ok=False)
    assert done.returncode != 0 and "Operation not permitted" in done.stderr
    config = box.config("unshare", "-U", "true")
    del config["linux"]["seccomp"]
    box.run(config)


def test_rlimits(box):
    config = box.config("sleep", "100")
    config["process"]["rlimits"] = [
        {"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200},
        {"type": "RLIMIT_CORE", "soft": 0, "hard": 0},
        {"type": "RLIMIT_NPROC", "soft": 500, "hard": 600},
    ]
    _, pid = box.start(config)
    assert resource.prlimit(pid, resource.RLIMIT_NOFILE) == (100, 200)
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
    assert resource.prlimit(pid, resource.RLIMIT_NPROC) == (500, 600)


def test_sysctl(box):
    config = box.config("cat", "/proc/sys/kernel/shmmax", "/proc/sys/net/ipv4/ip_forward")
    config["linux"]["sysctl"] = {"kernel.shmmax": "123456", "net.ipv4.ip_forward": "1"}
    with open("/proc/sys/kernel/shmmax", encoding="ascii") as f:
        before = f.read()
    assert box.output(config) == "123456\n1\n"
    with open("/proc/sys/kernel/shmmax", encoding="ascii") as f:
        assert f.read() == before


def test_personality(box):
    config = box.config("uname", "-m")
    config["linux"]["personality"] = {"domain": "LINUX32"}
    assert box.output(config) == "i686\n"


def test_scheduler(box):
    config = box.config("sleep", "100")
    config["process"]["scheduler"] = {"policy": "SCHED_BATCH", "nice": 7}
    _, pid = box.start(config)
    assert os.sched_getscheduler(pid) == os.SCHED_BATCH
    assert os.getpriority(os.PRIO_PROCESS, pid) == 7


def test_io_priority(box):
    config = box.config("sleep", "100")
    config["process"]["ioPriority"] = {"class": "IOPRIO_CLASS_BE", "priority": 6}
    _, pid = box.start(config)
    got = subprocess.run(["ionice", "-p", str(pid)], capture_output=True, text=True, check=True)
    assert got.stdout.strip() == "best-effort: prio 6"


def test_affinity_of_exec(box):
    name, _ = box.start(box.config("sleep", "100"))
    process = box.config("sh", "-c", "grep Cpus_allowed_list /proc/self/status")["process"]
    process["execCPUAffinity"] = {"initial": "0", "final": "0"}
    file = box.folder / "process.json"
    file.write_text(json.dumps(process))
    assert box.runtime("exec", f"--process={file}", name).stdout.split() == ["Cpus_allowed_list:", "0"]


def test_oom_score(box):
    config = box.config("cat", "/proc/self/oom_score_adj")
    config["process"]["oomScoreAdj"] = 345
    assert box.output(config) == "345\n"


def test_keyring(box):
    """One of its own unless the caller says not to."""
    config = box.config("cat", "/proc/keys")
    config["linux"]["maskedPaths"] = []
    text = box.output(config)
    assert f"_ses.{box.ids[-1]}:" in text
    text = box.output(config, "--no-new-keyring")
    assert f"_ses.{box.ids[-1]}:" not in text


def test_working_folder(box):
    config = box.config("pwd")
    config["process"]["cwd"] = "/tmp"
    assert box.output(config) == "/tmp\n"
    config["process"]["cwd"] = "/new/folder"
    assert box.output(config, own_rootfs=True) == "/new/folder\n"
    config["process"]["cwd"] = "/etc/passwd"
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "/etc/passwd" in done.stderr


def test_environment(box):
    config = box.config("env")
    config["process"]["env"] = ["A=1", "B=x=y", "HOME=/h"]
    assert sorted(box.output(config).split()) == ["A=1", "B=x=y", "HOME=/h"]


def test_nothing_of_the_callers_signals(box):
    done = subprocess.run(["sh", "-c", 'trap "" PIPE INT; exec "$@"', "sh",
                           *box.runtime.argv("run", f"--bundle={box.bundle(box.config('cat', '/proc/self/status'))}",
                                             box.name())],
                          capture_output=True, text=True, check=True, timeout=30)
    status = status_of(done.stdout)
    assert int(status["SigIgn"], 16) == 0 and int(status["SigBlk"], 16) == 0


def test_landlock(box):
    config = box.config("cat /etc/passwd >/dev/null && echo read; echo x > /tmp/file && echo wrote; "
                        "cat /etc/group; echo x > /etc/new; true")
    config["annotations"] = {"org.atomichost.landlock":
                             "rx:/bin;r:/etc/passwd;rw:/tmp;rw:/dev;r:/proc"}
    done = box.run(config, own_rootfs=True)
    assert done.stdout == "read\nwrote\n"
    assert done.stderr.count("Permission denied") == 2


def test_landlock_that_cannot_be_read(box):
    config = box.config("true")
    config["annotations"] = {"org.atomichost.landlock": "q:/bin"}
    done = box.run(config, ok=False)
    assert done.returncode == 1 and "org.atomichost.landlock" in done.stderr


# Hosts that do not allow everything: here, by taking CAP_SYS_RESOURCE away.

@pytest.fixture
def restricted(box):
    box.runtime.prefix = ["prlimit", "--nofile=1024:4096", "setpriv",
                          "--bounding-set=-sys_resource,-sys_nice,-net_raw"]
    yield box
    box.runtime.prefix = []


def test_limits_are_brought_down_with_a_warning(restricted):
    config = restricted.config("sh", "-c", "ulimit -Sn; ulimit -Hn")
    config["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 1048576, "hard": 1048576}]
    done = restricted.run(config)
    assert done.stdout == "4096\n4096\n"
    assert "warning" in done.stderr and "RLIMIT_NOFILE" in done.stderr


def test_a_lower_score_is_left_out_with_a_warning(restricted):
    config = restricted.config("cat", "/proc/self/oom_score_adj")
    config["process"]["oomScoreAdj"] = -999
    with open("/proc/self/oom_score_adj", encoding="ascii") as f:
        ours = f.read()
    done = restricted.run(config)
    assert done.stdout == ours and "warning" in done.stderr and "oom" in done.stderr


def test_capabilities_that_the_host_lacks(restricted):
    done = restricted.run(restricted.config("cat", "/proc/self/status"))
    assert "warning" in done.stderr
    assert int(status_of(done.stdout)["CapEff"], 16) & 1 << 13 == 0
    assert int(status_of(done.stdout)["CapEff"], 16) & 1 << 5 != 0
