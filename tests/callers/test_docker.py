"""dockerd: `--add-runtime`, through its own containerd and shim."""
import json
import re

import pytest

from engines import Daemon, Tool, cgroup_file

pytestmark = [pytest.mark.root, pytest.mark.slow]


@pytest.fixture(scope="module")
def engine(module_base, runtime, rootfs_tar):
    base = module_base
    daemon = Daemon("dockerd", "--data-root", base / "root", "--exec-root", base / "exec",
                    "--pidfile", base / "dockerd.pid", "--host", f"unix://{base}/socket",
                    "--add-runtime", f"atomic={runtime}", "--default-runtime", "atomic",
                    "--storage-driver", "vfs", "--bridge", "none", "--iptables=false",
                    "--exec-opt", "native.cgroupdriver=cgroupfs", "--oom-score-adjust", "0",
                    log=base / "log")
    # Not the first of the name in PATH: another client may speak another version.
    docker = Tool("/usr/bin/docker", "--host", f"unix://{base}/socket")
    docker.env = {"DOCKER_BUILDKIT": "0", "DOCKER_CONFIG": str(base), "PATH": "/usr/bin:/bin"}
    daemon.wait_until((base / "socket").exists)
    docker("import", rootfs_tar, "box")
    yield docker
    daemon.stop()


@pytest.fixture
def docker(engine):
    yield engine
    names = engine("ps", "--all", "--quiet").split()
    if names:
        engine("rm", "--force", *names)


def run(docker, *args, **options):
    return docker("run", "--network", "none", *args, **options)


def test_run(docker):
    assert "atomic" in json.loads(docker("info", "--format", "{{json .Runtimes}}"))
    assert run(docker, "--rm", "box", "id", "-u") == "0\n"
    assert run(docker, "--rm", "--user", "user", "--hostname", "inside", "box", "sh", "-c",
               "id -un; hostname") == "user\ninside\n"
    assert run(docker, "--rm", "-i", "box", "cat", text_in="through\n") == "through\n"
    run(docker, "--rm", "box", "sh", "-c", "exit 7", code=7)
    assert "on a terminal" in run(docker, "--rm", "-t", "box", "sh", "-c",
                                  "test -t 0 && echo on a terminal")


def test_what_it_confines(docker):
    status = run(docker, "--rm", "--cap-drop", "ALL", "--cap-add", "CHOWN", "--security-opt",
                 "no-new-privileges", "box", "cat", "/proc/self/status")
    assert re.search(r"^CapEff:\t0000000000000001$", status, re.M)
    assert re.search(r"^NoNewPrivs:\t1$", status, re.M)
    assert re.search(r"^Seccomp:\t2$", status, re.M)
    run(docker, "--rm", "--read-only", "box", "touch", "/new", code=1)
    assert "tty" in run(docker, "--rm", "--privileged", "box", "ls", "/dev")


def test_reasons_reach_the_user(docker):
    said = run(docker, "--rm", "box", "no-such-command", code=127).stderr
    assert 'exec: "no-such-command": executable file not found in $PATH' in said
    said = run(docker, "--rm", "box", "/etc", code=126).stderr
    assert 'exec: "/etc": permission denied' in said


def test_life(docker):
    run(docker, "--detach", "--name", "one", "--memory", "64m", "--memory-swap", "64m",
        "--pids-limit", "50", "--cpus", "0.5", "box", "sleep", "1000")
    pid = int(docker("inspect", "--format", "{{.State.Pid}}", "one"))
    limit = cgroup_file(pid, "memory", ("memory.limit_in_bytes", "memory.max"))
    pids = cgroup_file(pid, "pids", ("pids.max", "pids.max"))
    assert limit.read_text() == "67108864\n" and pids.read_text() == "50\n"
    docker("update", "--memory", "32m", "--memory-swap", "32m", "--pids-limit", "20", "one")
    assert limit.read_text() == "33554432\n" and pids.read_text() == "20\n"

    assert docker("exec", "--user", "user", "--workdir", "/tmp", "--env", "A=b", "one", "sh", "-c",
                  "id -u; pwd; echo $A") == "1000\n/tmp\nb\n"
    docker("exec", "one", "sh", "-c", "exit 5", code=5)
    docker("pause", "one")
    assert docker("inspect", "--format", "{{.State.Status}}", "one") == "paused\n"
    docker("unpause", "one")
    stats = json.loads(docker("stats", "--no-stream", "--format", "{{json .}}", "one"))
    assert stats["MemUsage"].endswith("/ 32MiB") and stats["PIDs"] == "1"
    assert "sleep 1000" in docker("top", "one")
    docker("restart", "--time", "0", "one")
    docker("kill", "one")
    assert docker("wait", "one") == "137\n"


def test_out_of_memory_is_told(docker):
    run(docker, "--name", "one", "--memory", "16m", "--memory-swap", "16m", "box", "sh", "-c",
        "a=0123456789; while true; do a=$a$a; done", code=137)
    assert docker("inspect", "--format", "{{.State.OOMKilled}}", "one") == "true\n"


def test_volumes(docker, tmp_path):
    run(docker, "--rm", "--volume", f"{tmp_path}:/data", "box", "sh", "-c", "echo hello > /data/file")
    assert (tmp_path / "file").read_text() == "hello\n"
    run(docker, "--rm", "--volume", f"{tmp_path}:/data:ro", "box", "touch", "/data/other", code=1)
    assert run(docker, "--rm", "--tmpfs", "/fast:size=64k", "box", "grep", "-c", "/fast tmpfs",
               "/proc/mounts") == "1\n"


def test_build(docker, tmp_path):
    (tmp_path / "Dockerfile").write_text('FROM box\nRUN id -u > /made\nCMD ["cat", "/made"]\n')
    docker("build", "--network", "none", "--tag", "built", tmp_path)
    assert run(docker, "--rm", "built") == "0\n"
