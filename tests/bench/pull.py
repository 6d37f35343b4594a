"""A pull from a registry on the loopback, beside podman's and beside curl, sha256sum, gzip and tar.

    bench pull [--runs N] [--bin FOLDER] [--size MB]

One image of four layers, made of files of this machine (so many MB unpacked, about half of that as gzip).
Everybody begins with an empty store and ends with the layers unpacked; ours has also synchronised the
disk. CPU time and the largest process are those of all children; the registry's own are nobody's.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "engine"))

import registry as reg  # noqa: E402

SOURCES = ["/usr/lib/python3", "/usr/share", "/usr/lib/gcc", "/usr/lib/x86_64-linux-gnu", "/usr/include"]
LAYERS = 4
DISK_BYTES = 24 << 30
# One after another in the same process, as docker and podman hash: compressed and unpacked.
SHELL = ("curl -sS {url} | tee >(sha256sum >&2) | gzip -dc | tee >(sha256sum >&2) | tar -x -C {folder}")


class Files:
    """The image in files: its layers are too large to keep in memory."""

    def __init__(self, folder, size_mb):
        self.layers = []
        paths = self.choose(size_mb * 1000000)
        for i in range(LAYERS):
            names = folder / f"names-{i}"
            names.write_text("\n".join(paths[i::LAYERS]))
            packed = folder / f"layer-{i}.tar.gz"
            subprocess.run(f"tar -C / -c --no-recursion -T {names} | tee >(sha256sum > {folder}/diff-{i})"
                           f" | gzip -6 > {packed}", shell=True, check=True, executable="/bin/bash")
            diff = self.wait_for(folder / f"diff-{i}")
            digest = hashlib.sha256(packed.read_bytes()).hexdigest()
            self.layers.append((packed, digest, diff))

    @staticmethod
    def wait_for(path):
        while not (text := path.read_text().split()):
            time.sleep(0.01)
        return text[0]

    @staticmethod
    def choose(size):
        chosen = []
        for top in SOURCES:
            for folder, _, names in os.walk(top):
                for name in sorted(names):
                    path = pathlib.Path(folder, name)
                    if not path.is_symlink() and path.is_file() and "\n" not in str(path):
                        chosen.append(str(path)[1:])
                        size -= path.stat().st_size
                        if size <= 0:
                            return chosen
        return chosen

    def push(self, registry, repository):
        config = reg.text({"architecture": "amd64", "os": "linux", "config": {},
                           "rootfs": {"type": "layers",
                                      "diff_ids": [f"sha256:{diff}" for *_, diff in self.layers]}})
        blobs = [(config, hashlib.sha256(config).hexdigest())]
        blobs += [(packed.read_bytes(), digest) for packed, digest, _ in self.layers]
        for data, digest in blobs:
            _, headers, _ = registry.ask("POST", f"/v2/{repository}/blobs/uploads/")
            place = headers["Location"]
            path = place[place.index("/v2/"):]
            registry.ask("PUT", f"{path}{'&' if '?' in path else '?'}digest=sha256:{digest}", data,
                         "application/octet-stream")
        manifest = {"schemaVersion": 2, "mediaType": reg.OCI_MANIFEST,
                    "config": {"mediaType": reg.OCI_CONFIG, "digest": f"sha256:{blobs[0][1]}",
                               "size": len(config)},
                    "layers": [{"mediaType": reg.OCI_LAYER, "digest": f"sha256:{digest}", "size": len(data)}
                               for data, digest in blobs[1:]]}
        registry.put_manifest(repository, "1", json.dumps(manifest).encode(), reg.OCI_MANIFEST)


class Taken:
    """What a command and all that it waited for took."""

    def __init__(self, argv, env=None):
        os.sync()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        # GNU time stands between: a child of Python would have Python's memory as its peak.
        with tempfile.NamedTemporaryFile("r") as peak:
            subprocess.run(["time", "--quiet", "--format=%M", f"--output={peak.name}", *map(str, argv)],
                           check=True, env=env, capture_output=True)
            self.peak_mib = int(peak.read()) / 1024
        self.wall = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Bench:
    def __init__(self, folder, bin_folder, registry, files):
        self.folder, self.bin, self.registry, self.files = folder, bin_folder, registry, files
        self.name = f"{registry.host}/bench:1"
        self.count = 0
        (folder / "registries.conf").write_text(f"[Registries]\nPlain={registry.host}\n")
        (folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')

    def fresh(self, name):
        """A new folder; old ones stay until the end: for a minute ext4 looks at every inode that was
        freed before it takes one (recently_deleted), and whoever comes next would pay for it."""
        self.count += 1
        where = self.folder / f"{name}-{self.count}"
        where.mkdir()
        return where

    def ours(self):
        where = self.fresh("ours")
        env = {**os.environ, "ATOMIC_ROOT": str(where / "root"), "ATOMIC_RUN_ROOT": str(where / "run"),
               "ATOMIC_REGISTRIES": str(self.folder / "registries.conf"),
               "ATOMIC_POLICY": str(self.folder / "policy.json")}
        return Taken([self.bin / "atomic", "pull", "-q", self.name], env)

    def podman(self):
        where = self.fresh("podman")
        taken = Taken(["podman", "--root", where / "root", "--runroot", where / "run", "--storage-driver", "overlay",
                       "pull", "-q", "--tls-verify=false", "--signature-policy", self.folder / "policy.json",
                       self.name])
        subprocess.run(["umount", "-q", where / "root/overlay"], check=False)
        return taken

    def shell(self):
        where = self.fresh("shell")
        commands = []
        for i, (_, digest, _) in enumerate(self.files.layers):
            (where / str(i)).mkdir()
            url = f"http://{self.registry.host}/v2/bench/blobs/sha256:{digest}"
            commands.append(f"({SHELL.format(url=url, folder=where / str(i))}) & ")
        return Taken(["bash", "-o", "pipefail", "-c", "".join(commands) + "wait"])

    def print(self, runs):
        kinds = {"ours": self.ours, "podman": self.podman, "shell": self.shell}
        taken = {name: [] for name in kinds}
        for _ in range(runs):
            for name, take in kinds.items():
                taken[name].append(take())
        print(f"| figure | {' | '.join(kinds)} | ours/podman | ours/shell |\n|---|" + "--:|" * 5)
        for title, key in (("wall, median, s", "wall"), ("CPU, median, s", "cpu"), ("largest process, MiB", "peak_mib")):
            values = [statistics.median(getattr(t, key) for t in taken[name]) for name in kinds]
            print(f"| {title} | " + " | ".join(f"{value:.2f}" for value in values)
                  + f" | {values[0] / values[1]:.2f} | {values[0] / values[2]:.2f} |")
        for title, key in (("wall, least, s", "wall"), ("CPU, least, s", "cpu")):
            values = [min(getattr(t, key) for t in taken[name]) for name in kinds]
            print(f"| {title} | " + " | ".join(f"{value:.2f}" for value in values)
                  + f" | {values[0] / values[1]:.2f} | {values[0] / values[2]:.2f} |")
        packed = sum(path.stat().st_size for path, *_ in self.files.layers)
        print(f"\n{packed / 1e6:.0f} MB in {LAYERS} layers of gzip; {os.cpu_count()} processors; "
              f"kernel {os.uname().release}")


@contextlib.contextmanager
def own_disk(folder):
    """A new ext4 file system, whose inodes nobody else has used."""
    image, mounted = folder / "disk", folder / "mounted"
    with open(image, "wb") as file:
        file.truncate(DISK_BYTES)
    mounted.mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, mounted], check=True)
    try:
        yield mounted
    finally:
        subprocess.run(["umount", "-R", mounted], check=True)


def main():
    parser = argparse.ArgumentParser(prog="bench pull")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--size", type=int, default=270, help="MB of files")
    options = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("bench pull: needs root")
    with tempfile.TemporaryDirectory(prefix="atomic-bench-") as name, own_disk(pathlib.Path(name)) as folder:
        files = Files(folder, options.size)
        registry = reg.Registry(folder / "registry")
        try:
            files.push(registry, "bench")
            Bench(folder, options.bin.resolve(), registry, files).print(options.runs)
        finally:
            registry.close()


if __name__ == "__main__":
    main()
