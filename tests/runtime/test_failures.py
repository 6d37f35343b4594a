"""Nothing is left behind, whichever system call fails, and whenever the runtime is killed."""
import collections
import os
import re
import subprocess

import pytest

pytestmark = pytest.mark.root

# What the steps of a plan and their preparation call; strace makes each fail at its N-th time, in the
# runtime or in the process that becomes the container's.
CALLS = """accept4 bind capget capset chdir clone3 close_range chroot connect execve faccessat faccessat2
fchdir fchmodat fchown fchownat fsconfig fsmount fsopen fspick fstat ioctl ioprio_set keyctl listen
mkdir mkdirat mknodat mount mount_setattr move_mount newfstatat open open_tree openat openat2
personality pipe2 pivot_root poll prctl prlimit64 read recvfrom renameat rt_sigaction
sched_setaffinity sched_setattr seccomp sendmsg sendto set_mempolicy setdomainname setgroups
sethostname setns setresgid setresuid setsid socket socketpair statfs symlinkat tgkill umount2
unlinkat unshare wait4 waitid write writev landlock_create_ruleset landlock_add_rule
landlock_restrict_self pidfd_open clone vfork""".split()
# Not each of many like ones.
TIMES = [1, 2, 3, 4, 5, 6, 8, 11, 14, 18, 23, 29, 36, 44, 53, 65, 80, 100]


def traced(call, injection):
    # -D: beside the runtime, whose end is what we wait for; the container's process goes on.
    return ["strace", "-D", "-f", "-qq", "-o", os.devnull, "--seccomp-bpf", "-e", f"trace={call}",
            "-e", f"inject={call}:{injection}"]


@pytest.fixture
def bundle(box):
    # What the sanitizers of a debug build look for at the end cannot be looked for under strace.
    box.runtime.env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    config = box.config("true")
    config["linux"]["sysctl"] = {"net.ipv4.ip_forward": "1"}
    return box.bundle(config)


def everything(box):
    """A configuration whose plan has every kind of step that one container can have."""
    config = box.config("true")
    process, linux = config["process"], config["linux"]
    source = box.make_folder("source")
    (source / "sub").mkdir()
    linux["sysctl"] = {"net.ipv4.ip_forward": "1"}
    linux["namespaces"].append({"type": "time"})
    linux["timeOffsets"] = {"boottime": {"secs": 100}}
    linux["devices"] = [{"path": "/made/zero", "type": "c", "major": 1, "minor": 5, "uid": 1}]
    linux["rootfsPropagation"] = "private"
    linux["personality"] = {"domain": "LINUX"}
    linux["memoryPolicy"] = {"mode": "MPOL_DEFAULT", "nodes": ""}
    config["domainname"] = "example.org"
    config["mounts"] += [
        {"destination": "/bound", "type": "bind", "source": str(source), "options": ["rbind", "ro"]},
        {"destination": "/mapped", "type": "bind", "source": str(source), "options": ["bind"],
         "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
         "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}]},
        {"destination": "/etc", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]},
        {"destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": ["ro"]}]
    config["hooks"] = {kind: [{"path": "/bin/true"}] for kind in
                       ("createRuntime", "createContainer", "startContainer")}
    config["annotations"] = {"org.atomichost.landlock": "rwx:/"}
    config["root"]["readonly"] = True
    process.update(oomScoreAdj=100, rlimits=[{"type": "RLIMIT_CORE", "soft": 0, "hard": 0}],
                   scheduler={"policy": "SCHED_OTHER"},
                   ioPriority={"class": "IOPRIO_CLASS_BE", "priority": 4},
                   user={"uid": 1000, "gid": 1000, "additionalGids": [5]})
    process["env"] = ["PATH=/bin"]
    return config


def test_the_plan_of_everything(box):
    """What the tests below break has all steps but those that exclude each other."""
    bundle = box.bundle(everything(box), own_rootfs=True)
    plan = box.runtime("plan", f"--bundle={bundle}", "x").stdout
    for step in ("new session", "set oom_score_adj", "join cgroup", "set cpu affinity",
                 "unshare cgroup", "bring up loopback", "set hostname", "set domainname",
                 "set propagation", "bind rootfs", "mount proc", "bind /", "mount cgroups",
                 "in folder", "make device", "link", "set sysctl", "make read-only", "mask",
                 "await hooks", "run hooks createContainer", "make mount read-only", "pivot root",
                 "make the rootfs read-only", "set propagation of the root", "join keyring",
                 "set RLIMIT", "set personality", "set scheduler", "set io priority",
                 "set memory policy", "change to folder", "find home", "find program",
                 "report created", "set umask", "close descriptors", "restrict", "keep bounding",
                 "set user", "set capabilities", "load seccomp filter", "set last capabilities",
                 "run hooks startContainer", "exec"):
        assert any(line.startswith(step) for line in plan.splitlines()), f"{step}\n{plan}"


@pytest.fixture
def all_steps(box, tmp_path):
    """The bundle, and how often each call is made for it: by the runtime or by the container's
    process, whichever makes more."""
    box.runtime.env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    path = box.bundle(everything(box), own_rootfs=True)
    log = tmp_path / "calls"
    name = box.name()
    box.runtime.prefix = ["strace", "-D", "-f", "-qq", "-o", str(log)]
    done = box.runtime.create(f"--bundle={path}", name)
    box.runtime.prefix = []
    assert done.returncode == 0, done.stdout
    box.runtime("delete", "--force", name)
    counts = collections.Counter()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        found = re.match(r"(\d+) +([a-z0-9_]+)\(", line)
        if found:
            counts[found.groups()] += 1
    return path, {call: max(n for (_, c), n in counts.items() if c == call)
                  for _, call in counts}


@pytest.mark.parametrize("part", range(4))
def test_a_call_that_fails(box, all_steps, part):
    """Each in turn: an error is told, and nothing is left of what came before."""
    bundle, counts = all_steps
    told = set()
    for call in sorted(set(CALLS) & set(counts))[part::4]:
        for number in [n for n in TIMES if n <= counts[call]]:
            name = box.name()
            box.runtime.prefix = traced(call, f"error=EIO:when={number}")
            done = box.runtime.create(f"--bundle={bundle}", name)
            box.runtime.prefix = []
            if done.returncode == 0:
                box.runtime("delete", "--force", name)
            else:
                assert re.search("Input/output error|errno 5|(ended|killed) before|-full:|Sanitizer", done.stdout), \
                    (call, number, done.stdout)
                told.add((call, number))
            box.check_nothing_left()
    # Most of them matter.
    assert len(told) >= 10, told


@pytest.mark.parametrize("call", ["mkdir", "clone3", "recvfrom", "sendto", "renameat", "openat2",
                                  "move_mount", "pivot_root", "execve"])
def test_a_runtime_that_is_killed(box, bundle, call):
    """`delete --force` clears away, and the process in the making does not stay."""
    for number in 1, 2, 5:
        name = box.name()
        box.runtime.prefix = traced(call, f"signal=KILL:when={number}")
        box.runtime.create(f"--bundle={bundle}", name)
        box.runtime.prefix = []
        box.runtime("delete", "--force", name)
        box.check_nothing_left()


def test_start_that_fails(box, bundle):
    """The container stays created or has stopped, and can be deleted."""
    for call in "socket", "connect", "sendto", "recvfrom":
        name = box.create(bundle)
        box.runtime.prefix = traced(call, "error=EIO:when=1")
        done = box.runtime("start", name, ok=False)
        box.runtime.prefix = []
        assert done.returncode != 0, call
        box.runtime("delete", "--force", name)
        box.check_nothing_left()


def test_exec_that_fails(box, bundle):
    """The container goes on."""
    name, _ = box.start(box.config("sleep", "100"))
    for call in ["setns", "clone3", "openat2", "close_range", "setresuid", "capset", "seccomp",
                 "write", "pidfd_open", "sendto"]:
        box.runtime.prefix = traced(call, "error=EIO:when=1")
        box.runtime("exec", name, "true", ok=False)
        box.runtime.prefix = []
        assert box.runtime.state(name)["status"] == "running"
        assert len(box.runtime("exec", name, "sh", "-c", "ls -d /proc/[0-9]*").stdout.split()) <= 3


def test_too_little_memory_says_so(box):
    config = box.config("true")
    config["linux"]["resources"]["memory"] = {"limit": 4096 * 12}
    done = box.run(config, ok=False)
    assert done.returncode != 0 and "memory" in done.stderr


def test_no_room_for_processes(box):
    config = box.config("sh", "-c", "true & true & wait")
    config["linux"]["resources"]["pids"] = {"limit": 1}
    assert box.run(config, ok=False).returncode != 0


def test_a_bundle_on_a_full_file_system(box):
    """The state cannot be kept."""
    small = box.make_folder("small")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", small], check=True)
    try:
        bundle = box.bundle(box.config("true"))
        root, box.runtime.root = box.runtime.root, small / "state"
        done = box.runtime.create(f"--bundle={bundle}", box.name())
        box.runtime.root = root
        assert done.returncode == 1 and "No space left" in done.stdout
        assert list((small / "state").iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)
