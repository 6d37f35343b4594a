"""The small static program and the full one, which it becomes for what needs libraries."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from box import Box

pytestmark = pytest.mark.root
FILTERS = pathlib.Path("/run/atomic-runtime/.filters")


@pytest.fixture(scope="session")
def small(bin_dir):
    """Where the sanitizers' build has it, or a release."""
    path = bin_dir / "small/atomic-runtime"
    path = path if path.exists() else bin_dir / "atomic-runtime"
    assert (path.parent / "atomic-runtime-full").exists(), "musl-dev was not there when it was built"
    return path


@pytest.fixture
def small_box(folder, small, rootfs):
    """What is kept of the profiles of this test goes with it."""
    known = set(FILTERS.glob("*"))
    made = Box(folder, os.path.realpath(small), rootfs)
    # What the sanitizers of a debug build look for at the end cannot be looked for under strace.
    made.runtime.env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    yield made
    made.close()
    for path in set(FILTERS.glob("*")) - known:
        path.unlink()


def profile():
    """One that nobody has kept."""
    return {"defaultAction": "SCMP_ACT_ALLOW",
            "syscalls": [{"names": ["kexec_load"], "action": "SCMP_ACT_ERRNO",
                          "args": [{"index": 0, "value": time.time_ns(), "op": "SCMP_CMP_EQ"}]}]}


def filtered(box, *args):
    config = box.config(*args)
    config["linux"]["seccomp"] = profile()
    return config


def programs(box, *args):
    """The programs that a run of the runtime executed, by their names, the container's own not."""
    trace = box.folder / "calls"
    box.runtime.prefix = ["strace", "-f", "-qq", "-z", "-e", "trace=execve,execveat", "-o", trace]
    box.runtime(*args)
    box.runtime.prefix = []
    return re.findall(r'execve\w*\((?:"(?:[^"]*/)?|\d+, ")([^"/]*)", ', trace.read_text("utf-8"))


def test_it_is_static_and_small(small, tmp_path):
    headers = subprocess.run(["readelf", "--program-headers", "--dynamic", small],
                             capture_output=True, text=True, check=True).stdout
    assert "DYN (Position-Independent Executable" in headers or "DYN (Shared object" in headers
    for word in "INTERP", "NEEDED", "TEXTREL":
        assert word not in headers
    assert "GNU_RELRO" in headers
    assert not re.search(r"GNU_STACK.*\n.*RWE", headers)
    stripped = tmp_path / "stripped"
    subprocess.run(["strip", "-o", stripped, small], check=True)
    assert stripped.stat().st_size < 400_000


def test_life(small_box):
    name, _ = small_box.start(small_box.config("sleep", "100"))
    assert small_box.runtime.state(name)["status"] == "running"
    assert small_box.runtime("exec", name, "echo", "hello").stdout == "hello\n"
    small_box.runtime("update", "--pids-limit=50", name)
    small_box.runtime("kill", name, "KILL")
    small_box.runtime("delete", "--force", name)
    small_box.check_nothing_left()


def test_an_unknown_profile_takes_the_full_one_once(small_box):
    bundle = small_box.bundle(filtered(small_box, "true"))
    first = programs(small_box, "run", f"--bundle={bundle}", small_box.name())
    again = programs(small_box, "run", f"--bundle={bundle}", small_box.name())
    assert first.count("atomic-runtime-full") == 1
    assert "atomic-runtime-full" not in again
    assert first[-1] == again[-1] == "true"


def test_exec_with_an_unknown_profile(small_box):
    """What describes the process may be a pipe, which is read once."""
    name, _ = small_box.start(filtered(small_box, "sleep", "100"))
    kept = pathlib.Path(small_box.runtime.root) / name / "config.json"
    config = json.loads(kept.read_text("utf-8"))
    config["linux"]["seccomp"] = profile()
    kept.write_text(json.dumps(config), "utf-8")
    process = {**config["process"], "args": ["echo", "through a pipe"]}
    done = small_box.runtime("exec", "--process=/dev/stdin", name, input=json.dumps(process))
    assert (done.stdout, done.stderr) == ("through a pipe\n", "")


def test_a_configuration_through_a_pipe(small_box):
    bundle = small_box.bundle(filtered(small_box, "true"))
    config = json.loads((bundle / "config.json").read_text("utf-8"))
    config["process"]["args"] = ["echo", "through a pipe"]
    config["linux"]["seccomp"] = profile()
    done = small_box.run(bundle, "--config=/dev/stdin", input=json.dumps(config))
    assert (done.stdout, done.stderr) == ("through a pipe\n", "")


def test_alone_it_says_what_it_lacks(small, folder, rootfs):
    shutil.copy(small, folder / "atomic-runtime")
    box = Box(folder, str(folder / "atomic-runtime"), rootfs)
    try:
        done = box.run(filtered(box, "true"), ok=False)
        assert done.returncode == 1
        assert re.search(r"executing /\S+/atomic-runtime-full: No such file or directory",
                         done.stdout + done.stderr)
        box.check_nothing_left()
        unfiltered = box.config("echo", "alone")
        del unfiltered["linux"]["seccomp"]
        assert box.output(unfiltered) == "alone\n"
    finally:
        box.close()
