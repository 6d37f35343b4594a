"""The command with a store of its own, and what its store holds."""
import json
import os
import pathlib
import subprocess

from support import BIN_DIR as BIN


class Failed(AssertionError):
    pass


class Engine:
    """`atomic` with its own roots, configuration and home below `where`."""

    def __init__(self, where):
        self.where = where
        self.root = where / "root"
        self.registries = where / "registries.conf"
        self.policy = where / "policy.json"
        self.certificates = where / "certs.d"
        self.registries.write_text("")
        self.env = {**os.environ, "ATOMIC_ROOT": str(self.root), "ATOMIC_RUN_ROOT": str(where / "run"),
                    "ATOMIC_REGISTRIES": str(self.registries), "ATOMIC_CERTS": str(self.certificates),
                    "DOCKER_CONFIG": str(where / "docker"), "HOME": str(where), "LC_ALL": "C.UTF-8"}
        for name in ("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "ATOMIC_POLICY"):
            self.env.pop(name, None)
        self.use_policy({"default": [{"type": "insecureAcceptAnything"}]})

    def use_policy(self, policy):
        self.policy.write_text(json.dumps(policy))
        self.env["ATOMIC_POLICY"] = str(self.policy)

    def start(self, *words, **options):
        return subprocess.Popen([BIN / "atomic", *map(str, words)], env=self.env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def run(self, *words, status=0, **options):
        """Run a verb; returns what it printed. `status` is what it must end with."""
        result = subprocess.run([BIN / "atomic", *map(str, words)], env=self.env, text=True,
                                capture_output=True, check=False, timeout=300, **options)
        if result.returncode != status:
            raise Failed(f"atomic {' '.join(map(str, words))}: status {result.returncode}\n"
                         f"{result.stdout}{result.stderr}")
        return result.stdout

    def fail(self, *words, status=1, **options):
        """Run a verb that must fail; returns what it said."""
        result = subprocess.run([BIN / "atomic", *map(str, words)], env=self.env, text=True,
                                capture_output=True, check=False, timeout=300, **options)
        if result.returncode != status:
            raise Failed(f"atomic {' '.join(map(str, words))}: status {result.returncode}\n"
                         f"{result.stdout}{result.stderr}")
        return result.stderr

    def inspect(self, image):
        return json.loads(self.run("image", "inspect", image))[0]

    def layers(self, image):
        """Folders of its layers, the lowest first."""
        data = self.inspect(image)["GraphDriver"]["Data"]
        upper_first = [data["UpperDir"], *filter(None, data.get("LowerDir", "").split(":"))]
        return [pathlib.Path(path) for path in reversed(upper_first)]

    def images(self):
        """(repository, tag, id) of each."""
        rows = self.run("images", "--no-trunc", "--format", "{{.Repository}} {{.Tag}} {{.ID}}").split("\n")
        return sorted(tuple(row.split(" ")) for row in rows if row)

    def assert_empty(self):
        """Nothing of a failed or removed image is left."""
        left = [path.relative_to(self.root) for name in ("layers", "blobs/sha256", "tmp")
                for path in (self.root / name).glob("*")]
        assert left == [], left
        assert self.images() == []
