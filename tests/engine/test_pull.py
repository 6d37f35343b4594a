"""`atomic pull` from real and misbehaving registries."""
import base64
import gzip
import json
import os
import pathlib
import random
import signal
import subprocess
import tarfile
import threading
import time
import urllib.parse

import pytest

import registry as reg
from registry import Image, archive, entry, folder, sha256, write_config

pytestmark = [pytest.mark.root, pytest.mark.slow]


def small_image(seed=b"", **options):
    return Image(archive(folder("etc"), entry("etc/one", b"one" + seed)),
                 archive(entry("etc/two", b"two" + seed)), **options)


def noise(size, seed=1):
    return random.Random(seed).randbytes(size)


def big_layer(size=3 << 20, seed=1):
    """It does not compress, so that its blob is as large."""
    return archive(entry(f"noise-{seed}", noise(size, seed)))


# ---- What works ----


def test_pull(engine, registry):
    image = small_image(b"pull")
    name = registry.put("some/thing", "1", image)
    said = engine.run("pull", name)
    assert said.split("\n") == ["1: Pulling from some/thing", f"Digest: {image.digest}",
                                f"Status: Downloaded newer image for {name}", name, ""]
    assert engine.images() == [(name[:-2], "1", image.id)]
    lower, upper = engine.layers(name)
    assert (lower / "etc/one").read_bytes() == b"onepull"
    assert (upper / "etc/two").read_bytes() == b"twopull"
    known = engine.inspect(name)
    assert known["RepoDigests"] == [f"{name[:-2]}@{image.digest}"]
    assert known["RootFS"]["Layers"] == [sha256(layer) for layer in image.archives]
    # Kept as they came.
    for digest, data in image.blobs.items():
        assert (engine.root / "blobs/sha256" / digest[7:]).read_bytes() == data


def test_pull_again(engine, registry):
    image = small_image(b"again")
    name = registry.put("again", "1", image)
    engine.run("pull", name)
    assert f"Status: Image is up to date for {name}" in engine.run("pull", name)
    newer = small_image(b"newer")
    registry.put("again", "1", newer)
    engine.run("pull", "-q", name)
    assert engine.images() == sorted([(name[:-2], "1", newer.id), (name[:-2], "<none>", image.id)])


def test_pull_by_digest(engine, registry):
    image = small_image(b"digest")
    name = registry.put("pinned", "1", image)
    pinned = f"{name[:-2]}@{image.digest}"
    assert engine.run("pull", "-q", pinned) == pinned + "\n"
    assert engine.inspect(pinned)["Id"] == image.id
    assert engine.inspect(pinned)["RepoTags"] == []


def test_shared_layers_come_once(engine, fake):
    base = big_layer()
    first = Image(base, archive(entry("a", b"1")))
    second = Image(base, archive(entry("a", b"2")))
    engine.run("pull", fake.put("first", "1", first))
    name = fake.put("second", "1", second)
    engine.run("pull", name)
    blob = sha256(first.layers[0])
    assert fake.count(blob) == 1
    assert len(list((engine.root / "layers").iterdir())) == 3
    assert engine.layers(name)[0] == engine.layers(f"{fake.host}/first:1")[0]


def test_the_same_layer_twice(engine, fake):
    """It comes once, though it is two layers of the chain; and a third time from the store."""
    layer = big_layer()
    twice = Image(layer, layer)
    engine.run("pull", fake.put("twice", "1", twice))
    elsewhere = Image(archive(entry("below", b"")), layer)
    name = fake.put("elsewhere", "1", elsewhere)
    engine.run("pull", name)
    assert fake.count(sha256(twice.layers[0])) == 1
    assert (engine.layers(name)[1] / "noise-1").read_bytes() == noise(3 << 20)


def test_platforms(engine, registry):
    images = [small_image(arch.encode() + (variant or "").encode(), architecture=arch, variant=variant)
              for arch, variant in (("amd64", None), ("arm64", "v8"), ("arm", "v6"), ("arm", "v7"))]
    for image in images:
        registry.put_blobs("many", image)
        registry.put_manifest("many", image.digest, image.manifest, reg.OCI_MANIFEST)
    document = reg.index(*images)
    registry.put_manifest("many", "1", document, reg.OCI_INDEX)
    name = f"{registry.host}/many:1"
    for platform, expected in (("linux/amd64", 0), ("linux/arm64", 1), ("arm/v6", 2), ("linux/arm", 3)):
        if "/" in platform and platform.startswith("arm"):
            platform = "linux/" + platform
        engine.run("pull", "--platform", platform, name)
        assert engine.inspect(name)["Id"] == images[expected].id
    assert sha256(document) in engine.inspect(name)["RepoDigests"][0]
    said = engine.fail("pull", "--platform", "linux/s390x", name)
    assert "no image for linux/s390x" in said and "linux/arm/v7" in said


@pytest.mark.parametrize("tool", ["zstd", "gzip -9", "cat"])
def test_compressions(engine, registry, tool):
    def compress(data):
        return subprocess.run(tool.split(), input=data, stdout=subprocess.PIPE, check=True).stdout

    kinds = {"zstd": "+zstd", "gzip -9": "+gzip", "cat": ""}
    image = Image(big_layer(300000, seed=tool), compress=compress,
                  media="application/vnd.oci.image.layer.v1.tar" + kinds[tool])
    name = registry.put("compressed", kinds[tool][1:] or "none", image)
    engine.run("pull", name)
    assert (engine.layers(name)[0] / f"noise-{tool}").read_bytes() == noise(300000, tool)


def test_docker_schema_2(engine, registry):
    image = small_image(b"docker")
    prefix = "application/vnd.docker."
    image.document["mediaType"] = prefix + "distribution.manifest.v2+json"
    image.document["config"]["mediaType"] = prefix + "container.image.v1+json"
    for layer in image.document["layers"]:
        layer["mediaType"] = prefix + "image.rootfs.diff.tar.gzip"
    registry.put_blobs("docker", image)
    registry.put_manifest("docker", "1", image.manifest, image.document["mediaType"])
    engine.run("pull", f"{registry.host}/docker:1")
    assert engine.inspect(f"{registry.host}/docker:1")["Id"] == image.id


def test_image_of_another_tool(engine, registry, tmp_path):
    """umoci makes it, skopeo brings it there."""
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin/tool").write_bytes(b"#!/bin/true\n")
    layout = tmp_path / "layout"
    for command in (["init", "--layout", layout], ["new", "--image", f"{layout}:x"],
                    ["insert", "--image", f"{layout}:x", tree, "/"],
                    ["config", "--image", f"{layout}:x", "--config.cmd", "/bin/tool"]):
        subprocess.run(["umoci", *command], check=True, capture_output=True)
    subprocess.run(["skopeo", "copy", "-q", "--dest-tls-verify=false", f"oci:{layout}:x",
                    f"docker://{registry.host}/umoci:1"], check=True)
    engine.run("pull", f"{registry.host}/umoci:1")
    assert engine.inspect(f"{registry.host}/umoci:1")["Config"]["Cmd"] == ["/bin/tool"]
    assert (engine.layers(f"{registry.host}/umoci:1")[-1] / "bin/tool").read_bytes() == b"#!/bin/true\n"


# ---- Names ----


def test_short_names(engine, fake):
    image = small_image(b"short")
    fake.put("library/tool", "latest", image)
    fake.put("team/other", "2", image)
    write_config(engine.registries, Plain=fake.host, Search=f"{fake.host}/library",
                 Alias=f"other {fake.host}/team/other")
    assert engine.run("pull", "-q", "tool") == f"{fake.host}/library/tool:latest\n"
    assert engine.run("pull", "-q", "other:2") == f"{fake.host}/team/other:2\n"
    assert engine.inspect("tool")["Id"] == engine.inspect("other:2")["Id"] == image.id


def test_mirrors(engine, fake):
    image = small_image(b"mirror")
    fake.put("cache/library/tool", "1", image)
    write_config(engine.registries, Plain=fake.host,
                 Mirror=["docker.io 127.0.0.1:1", f"docker.io {fake.host}/cache"])
    assert engine.run("pull", "-q", "tool:1") == "docker.io/library/tool:1\n"
    assert engine.images() == [("tool", "1", image.id)]


def test_blocked(engine, fake):
    write_config(engine.registries, Plain=fake.host, Blocked=f"{fake.host}/bad")
    name = fake.put("bad/image", "1", small_image())
    assert f"is blocked by {engine.registries}:3" in engine.fail("pull", name)
    assert fake.asked == []


def test_not_there(engine, registry):
    said = engine.fail("pull", f"{registry.host}/nothing:1")
    assert f"pulling {registry.host}/nothing:1: " in said and "404" in said


# ---- Who asks ----


def test_plain_http_is_for_those_who_are_named(engine, fake):
    name = fake.put("plain", "1", small_image())
    write_config(engine.registries)
    said = engine.fail("pull", name)
    assert "Plain=HOST" in said
    assert fake.asked == []


def test_tls(engine, closed_registry, certificates):
    name = closed_registry.put("secure", "1", small_image(b"tls"))
    assert "certs.d/HOST/ca.crt" in engine.fail("pull", name)
    place = engine.certificates / closed_registry.host
    place.mkdir(parents=True)
    (place / "ca.crt").write_bytes(certificates.authority.read_bytes())
    assert "atomic login" in engine.fail("pull", name)
    said = engine.fail("login", "-u", reg.USER, "--password-stdin", closed_registry.host, input="wrong\n")
    assert "logging in to" in said
    assert not (engine.where / "docker/config.json").exists()
    assert "Login Succeeded" in engine.run("login", "-u", reg.USER, "--password-stdin",
                                           closed_registry.host, input=reg.PASSWORD + "\n")
    file = engine.where / "docker/config.json"
    assert file.stat().st_mode & 0o777 == 0o600
    pair = base64.b64encode(f"{reg.USER}:{reg.PASSWORD}".encode()).decode()
    assert json.loads(file.read_text())["auths"][closed_registry.host]["auth"] == pair
    engine.run("pull", name)
    engine.run("tag", name, f"{closed_registry.host}/copy:2")
    engine.run("push", f"{closed_registry.host}/copy:2")
    status, _, manifest = closed_registry.ask("GET", "/v2/copy/manifests/2")
    assert status == 200 and json.loads(manifest)["schemaVersion"] == 2
    engine.run("logout", closed_registry.host)
    assert "atomic login" in engine.fail("pull", name)
    assert "not logged in" in engine.fail("logout", closed_registry.host)


def test_client_certificate(engine, certificates, tmp_path):
    registry = reg.Registry(tmp_path / "registry", tls=certificates,
                            client_authority=certificates.authority)
    try:
        name = registry.put("mutual", "1", small_image())
        place = engine.certificates / registry.host
        place.mkdir(parents=True)
        (place / "ca.crt").write_bytes(certificates.authority.read_bytes())
        assert "client's certificate" in engine.fail("pull", name)
        (place / "me.cert").write_bytes(certificates.client_certificate.read_bytes())
        assert "has no me.key" in engine.fail("pull", name)
        (place / "me.key").write_bytes(certificates.client_key.read_bytes())
        engine.run("pull", name)
    finally:
        registry.close()


def test_token(engine, fake):
    """Bearer: the token is asked for once, with the scope, and not sent to anybody else."""
    name = fake.put("guarded", "1", small_image(b"token"))
    asked = []

    def guard(handler, path):
        if path == "/token":
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)
            asked.append((query, handler.headers.get("Authorization")))
            fake.send(handler, json.dumps({"token": "abc"}).encode())
            return True
        if handler.headers.get("Authorization") == "Bearer abc":
            return False
        challenge = f'Bearer realm="http://{fake.host}/token",service="tests",scope="repository:guarded:pull"'
        fake.send(handler, b"{}", status=401, headers=[("WWW-Authenticate", challenge)])
        return True

    fake.faults.append(guard)
    pair = base64.b64encode(b"me:word").decode()
    (engine.where / "docker").mkdir()
    (engine.where / "docker/config.json").write_text(
        json.dumps({"auths": {fake.host: {"auth": pair}, f"{fake.host}/other": {"auth": "eDp5"}}}))
    engine.run("pull", name)
    assert asked == [({"service": ["tests"], "scope": ["repository:guarded:pull"], "account": ["me"]},
                      f"Basic {pair}")]


def test_redirects_get_no_credentials(engine, fake):
    image = small_image(b"redirect")
    name = fake.put("moved", "1", image)
    other = reg.FakeRegistry()
    seen = []
    try:
        def redirect(handler, path):
            if "/blobs/" not in path:
                if handler.headers.get("Authorization") is None:
                    fake.send(handler, b"", status=401,
                              headers=[("WWW-Authenticate", 'Basic realm="x"')])
                    return True
                return False
            host = other.host.replace("127.0.0.1", "localhost")
            fake.send(handler, b"", status=307, headers=[("Location", f"http://{host}{path}")])
            return True

        def watch(handler, path):
            seen.append(handler.headers.get("Authorization"))
            return False

        fake.faults.append(redirect)
        other.faults.append(watch)
        other.put("moved", "1", image)
        (engine.where / "docker").mkdir()
        (engine.where / "docker/config.json").write_text(
            json.dumps({"auths": {fake.host: {"auth": "bWU6d29yZA=="}}}))
        engine.run("pull", name)
        assert seen == [None] * 3
    finally:
        other.close()


# ---- Faults ----


def test_broken_off_and_resumed(engine, fake):
    """What came once does not come again."""
    image = Image(big_layer(8 << 20))
    name = fake.put("broken", "1", image)
    size = len(image.layers[0])
    cuts = [size // 3, size // 4]

    def cut(handler, path):
        if "/blobs/" not in path or not path.endswith(sha256(image.layers[0])) or not cuts:
            return False
        wanted = handler.headers.get("Range")
        start = int(wanted[6:-1]) if wanted else 0
        fake.send(handler, image.layers[0][start:], status=206 if wanted else 200, cut=cuts.pop(0),
                  headers=[("Content-Range", f"bytes {start}-{size - 1}/{size}")] if wanted else [])
        return True

    fake.faults.append(cut)
    engine.run("pull", name)
    path = f"/v2/broken/blobs/{sha256(image.layers[0])}"
    assert [part for asked, part in fake.asked if asked == path] == [
        None, f"bytes={size // 3}-", f"bytes={size // 3 + size // 4}-"]
    assert fake.sent[path] == size
    assert (engine.layers(name)[0] / "noise-1").read_bytes() == noise(8 << 20)


def test_resumed_without_ranges(engine, fake):
    """A server that begins anew: what came is passed over."""
    image = Image(big_layer())
    name = fake.put("anew", "1", image)
    cuts = [100000]

    def cut(handler, path):
        if not path.endswith(sha256(image.layers[0])):
            return False
        fake.send(handler, image.layers[0], cut=cuts.pop() if cuts else None)
        return True

    fake.faults.append(cut)
    engine.run("pull", name)
    assert (engine.layers(name)[0] / "noise-1").read_bytes() == noise(3 << 20)


def test_busy_server(engine, fake):
    name = fake.put("busy", "1", small_image(b"busy"))
    times = [503, 429, 500]

    def busy(handler, path):
        if times and "/blobs/" in path:
            fake.send(handler, b"later", status=times.pop())
            return True
        return False

    fake.faults.append(busy)
    engine.run("pull", name)
    assert times == []


def test_gone_in_the_middle(engine, fake):
    """The registry dies; the error says so, and nothing is left."""
    image = Image(big_layer())
    name = fake.put("dying", "1", image)

    def die(handler, path):
        if "/blobs/" in path and sha256(image.layers[0]) in path:
            fake.send(handler, image.layers[0], cut=1000)
            threading.Thread(target=fake.server.shutdown).start()
            fake.server.socket.close()
            return True
        return False

    fake.faults.append(die)
    said = engine.fail("pull", name)
    assert f"asking http://{fake.host}" in said
    engine.assert_empty()


def other_bytes(image):
    return {image.document["layers"][0]["digest"]: gzip.compress(archive(entry("evil", b"!")))}


LIES = {
    # What is served in the place of a blob, and what the error must say.
    "other layer": (other_bytes, "the server sends"),
    "shorter layer": (lambda image: {image.document["layers"][0]["digest"]: image.layers[0][:-100]},
                      "the server sends"),
    "longer layer": (lambda image: {image.document["layers"][0]["digest"]: image.layers[0] + b"x" * 100},
                     "more than"),
    "other configuration": (lambda image: {image.id: image.config.replace(b"one", b"eno")}, "more than|digest"),
    "bytes flipped": (lambda image: {image.document["layers"][0]["digest"]:
                                     image.layers[0][:200000] + b"\xff" + image.layers[0][200001:]},
                      "layer sha256:"),
}


@pytest.mark.parametrize("lie", LIES)
def test_lies(engine, fake, lie):
    image = Image(big_layer(400000), archive(entry("x", b"y")))
    name = fake.put("lies", "1", image)
    served, words = LIES[lie]
    for digest, data in served(image).items():
        if lie == "other configuration":
            data = data.replace(b"layer 0", b"layer Z")
        fake.documents[f"/v2/lies/blobs/{digest}"] = (data, "application/octet-stream")
    said = engine.fail("pull", name)
    assert any(word in said for word in words.split("|")), said
    engine.assert_empty()


def test_wrong_diff_id(engine, fake):
    """Compressed as announced, but its content is another one than the configuration says."""
    layer = archive(entry("x", b"y"))
    image = Image(layer, diff_ids=[sha256(b"something else")])
    said = engine.fail("pull", fake.put("diff", "1", image))
    assert "the content of a layer should be" in said
    engine.assert_empty()


def test_wrong_digest_of_a_manifest(engine, fake):
    image = small_image()
    other = small_image(b"other")
    fake.put("manifest", "1", image)
    fake.documents[f"/v2/manifest/manifests/{image.digest}"] = (other.manifest, reg.OCI_MANIFEST)
    said = engine.fail("pull", f"{fake.host}/manifest@{image.digest}")
    assert other.digest in said
    engine.assert_empty()


def test_two_meanings(engine, fake):
    """A document that is a manifest and an index at once (CVE-2021-41190)."""
    image = small_image()
    document = {**image.document, "manifests": []}
    fake.put("both", "1", image)
    fake.put_manifest("both", "1", reg.text(document), reg.OCI_MANIFEST)
    assert "both a manifest and an index" in engine.fail("pull", f"{fake.host}/both:1")
    fake.put_manifest("both", "1", image.manifest, reg.OCI_INDEX)
    assert "served as something else" in engine.fail("pull", f"{fake.host}/both:1")


def test_endless_indices(engine, fake):
    inner = small_image()
    document = reg.index(inner)
    for _ in range(4):
        fake.put_manifest("endless", "1", document, reg.OCI_INDEX)
        document = reg.text({"schemaVersion": 2, "mediaType": reg.OCI_INDEX, "manifests": [
            {"mediaType": reg.OCI_INDEX, "digest": sha256(document), "size": len(document),
             "platform": inner.platform}]})
    fake.put_manifest("endless", "1", document, reg.OCI_INDEX)
    assert "indices within indices" in engine.fail("pull", f"{fake.host}/endless:1")


def test_too_large_a_manifest(engine, fake):
    fake.put_manifest("large", "1", b" " * (5 << 20) + b"{}", reg.OCI_MANIFEST)
    assert "more than" in engine.fail("pull", f"{fake.host}/large:1")


def test_full_disk(engine, fake, tmp_path):
    image = Image(big_layer(8 << 20))
    name = fake.put("full", "1", image)
    engine.root.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", engine.root], check=True)
    try:
        said = engine.fail("pull", name)
        assert "No space left on device" in said
        engine.assert_empty()
    finally:
        subprocess.run(["umount", engine.root], check=True)


# ---- Policy ----


@pytest.mark.parametrize("policy,words", [
    ({"default": [{"type": "reject"}]}, "rejected by default"),
    ({"default": [{"type": "insecureAcceptAnything"}],
      "transports": {"docker": {"HOST/team": [{"type": "reject"}]}}}, 'rejected by scope "HOST/team"'),
    ({"default": [{"type": "insecureAcceptAnything"}, {"type": "reject"}]}, "rejected by default"),
    ({"default": []}, "there are no requirements"),
    ({"default": [{"type": "whatever"}]}, "unknown type"),
    ({"default": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/k"}]}, "cannot be checked"),
])
def test_policy_refuses(engine, fake, policy, words):
    name = fake.put("team/app", "1", small_image())
    engine.use_policy(json.loads(json.dumps(policy).replace("HOST", fake.host)))
    assert words.replace("HOST", fake.host) in engine.fail("pull", name)
    assert fake.asked == []
    engine.assert_empty()


def test_policy_accepts_by_scope(engine, fake):
    accept = [{"type": "insecureAcceptAnything"}]
    name = fake.put("team/app", "1", small_image())
    for scope in (name, name[:-2], f"{fake.host}/team", fake.host, ""):
        engine.use_policy({"default": [{"type": "reject"}], "transports": {"docker": {scope: accept}}})
        engine.run("pull", name)
    engine.use_policy({"default": [{"type": "reject"}],
                       "transports": {"docker": {f"{fake.host}/tea": accept}}})
    engine.fail("pull", name)


class Signer:
    """A key pair, and signatures as cosign attaches them."""

    def __init__(self, where, name, algorithm="EC"):
        self.private, self.public = where / f"{name}.key", where / f"{name}.pub"
        options = ["-pkeyopt", "ec_paramgen_curve:P-256"] if algorithm == "EC" else []
        subprocess.run(["openssl", "genpkey", "-algorithm", algorithm, *options, "-out", self.private],
                       check=True, capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", self.private, "-pubout", "-out", self.public], check=True)

    def attach(self, fake, repository, digest, name, kind="cosign container image signature", change=b""):
        payload = reg.text({"critical": {"identity": {"docker-reference": name}, "type": kind,
                                         "image": {"docker-manifest-digest": digest}}, "optional": None})
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.private], input=payload,
                                   stdout=subprocess.PIPE, check=True).stdout
        payload += change
        holder = Image()
        holder.layers = [payload]
        holder.document["layers"] = [{
            "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": sha256(payload),
            "size": len(payload),
            "annotations": {"dev.cosignproject.cosign/signature": base64.b64encode(signature).decode()}}]
        fake.put(repository, digest.replace(":", "-") + ".sig", holder)


def want_signature(engine, *keys, **identity):
    requirement = [{"type": "sigstoreSigned", "keyPath": str(key),
                    **({"signedIdentity": identity} if identity else {})} for key in keys]
    engine.use_policy({"default": [{"type": "reject"}], "transports": {"docker": {"": requirement}}})


@pytest.mark.parametrize("algorithm", ["EC", "RSA"])
def test_signed(engine, fake, tmp_path, algorithm):
    image = small_image(b"signed")
    name = fake.put("signed", "1", image)
    ours, other = Signer(tmp_path, "ours", algorithm), Signer(tmp_path, "other")
    want_signature(engine, ours.public)
    assert "has none" in engine.fail("pull", name)
    other.attach(fake, "signed", image.digest, name)
    assert "not by the policy's key" in engine.fail("pull", name)
    ours.attach(fake, "signed", image.digest, name, change=b" ")
    assert "not by the policy's key" in engine.fail("pull", name)
    engine.assert_empty()
    ours.attach(fake, "signed", image.digest, name)
    engine.run("pull", name)
    want_signature(engine, ours.public, other.public)
    assert "not by the policy's key" in engine.fail("pull", name)


def test_signed_as_something_else(engine, fake, tmp_path):
    image, another = small_image(b"signed"), small_image(b"another")
    name = fake.put("signed", "1", image)
    repository = name[:-2]
    ours = Signer(tmp_path, "ours")
    want_signature(engine, ours.public)
    for digest, signed_name, kind, words in (
            (another.digest, name, None, "of another digest"),
            (image.digest, f"{fake.host}/other:1", None, "of another image"),
            (image.digest, f"{repository}:2", None, "of another image"),
            (image.digest, repository, None, "of another image"),
            (image.digest, name, "something", "of another kind")):
        ours.attach(fake, "signed", image.digest, signed_name, **({"kind": kind} if kind else {}))
        if digest != image.digest:
            ours.attach(fake, "signed", digest, name)
            for place in list(fake.documents):
                if place.endswith(digest.replace(":", "-") + ".sig"):
                    fake.documents[place.replace(digest[7:], image.digest[7:])] = fake.documents[place]
        assert words in engine.fail("pull", name)
    # cosign signs the name without a tag: then the repository must do.
    ours.attach(fake, "signed", image.digest, repository)
    want_signature(engine, ours.public, type="matchRepository")
    engine.run("pull", name)
    want_signature(engine, ours.public, type="remapIdentity")
    assert "not supported" in engine.fail("pull", name)
    want_signature(engine, tmp_path / "nothing")
    assert "reading the policy's key" in engine.fail("pull", name)


def test_signed_index(engine, fake, tmp_path):
    """A signature of the index counts for all of it, and one of the image for the image."""
    image = small_image(b"indexed")
    fake.put("indexed", image.digest, image)
    document = reg.index(image)
    fake.put_manifest("indexed", "1", document, reg.OCI_INDEX)
    name = f"{fake.host}/indexed:1"
    ours = Signer(tmp_path, "ours")
    want_signature(engine, ours.public)
    assert "has none" in engine.fail("pull", name)
    ours.attach(fake, "indexed", image.digest, name)
    engine.run("pull", name)
    engine.run("rmi", name)
    fake.documents.pop(f"/v2/indexed/manifests/{image.digest.replace(':', '-')}.sig")
    ours.attach(fake, "indexed", sha256(document), name)
    engine.run("pull", name)


# ---- Several at once ----


def test_two_pulls_fetch_once(engine, fake):
    image = Image(big_layer(), big_layer(seed=2))
    name = fake.put("shared", "1", image)
    pulls = [engine.start("pull", "-q", name) for _ in range(4)]
    for pull in pulls:
        out, err = pull.communicate(timeout=300)
        assert pull.returncode == 0, err
        assert out == name + "\n"
    for layer in image.layers:
        assert fake.count(sha256(layer)) == 1


def test_killed(engine, fake):
    """A pull that is killed leaves nothing that counts; the next command takes away the rest."""
    image = Image(big_layer(6 << 20), big_layer(seed=2))
    name = fake.put("killed", "1", image)
    reached = threading.Event()
    go_on = threading.Event()

    def hold(handler, path):
        if sha256(image.layers[0]) in path and not go_on.is_set():
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(image.layers[0])))
            handler.end_headers()
            handler.wfile.write(image.layers[0][:4 << 20])
            reached.set()
            go_on.wait(60)
            handler.close_connection = True
            return True
        return False

    fake.faults.append(hold)
    pull = engine.start("pull", name)
    assert reached.wait(60)
    os.kill(pull.pid, signal.SIGKILL)
    pull.communicate()
    go_on.set()
    assert engine.images() == []
    engine.run("pull", name)
    assert [path.name for path in (engine.root / "tmp").iterdir()] == []
    assert (engine.layers(name)[0] / "noise-1").read_bytes() == noise(6 << 20)


def look_at_children(pid):
    """Name -> (status, root) of its processes."""
    seen = {}
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            status = dict(line.split(":\t", 1) for line in open(f"/proc/{child}/status") if ":\t" in line)
            seen[status["Name"].strip()] = (status, os.readlink(f"/proc/{child}/root"))
        except OSError:
            continue
    return seen


def test_unpacking_has_few_privileges(engine, fake):
    """Looked at while it waits for bytes: nobody's network side, a layer in its own root."""
    image = Image(big_layer())
    name = fake.put("looked", "1", image)
    reached, go_on = threading.Event(), threading.Event()

    def hold(handler, path):
        if sha256(image.layers[0]) in path:
            reached.set()
            go_on.wait(60)
        return False

    fake.faults.append(hold)
    pull = engine.start("pull", name)
    assert reached.wait(60)
    try:
        deadline = time.monotonic() + 60
        seen = {}
        while "atomic-layer" not in seen or not seen["atomic-layer"][1].startswith(str(engine.root / "tmp")):
            assert time.monotonic() < deadline, seen
            seen = look_at_children(pull.pid)
        fetch, _ = seen["atomic-fetch"]
        assert fetch["Uid"].split() == ["65534"] * 4 and int(fetch["CapEff"], 16) == 0
        assert fetch["NoNewPrivs"].strip() == "1"
        # The filter of system calls is the last step; sanitizers get none.
        while seen["atomic-layer"][0]["NoNewPrivs"].strip() != "1":
            assert time.monotonic() < deadline, seen
            seen = look_at_children(pull.pid)
        layer, _ = seen["atomic-layer"]
        # chown, dac_override, fowner, fsetid, mknod, setfcap
        assert int(layer["CapEff"], 16) == 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 27 | 1 << 31
    finally:
        go_on.set()
        pull.communicate()
    assert pull.returncode == 0


def test_ordinary_users(engine, fake):
    name = fake.put("user", "1", small_image())
    said = engine.fail("pull", name, user=65534, group=65534, extra_groups=[])
    assert "root" in said


def test_ancient_archives(engine, registry):
    """GNU's format, as old tools write it."""
    deep = "d" * 90 + "/" + "e" * 90 + "/" + "f" * 90
    image = Image(archive(entry(deep, b"deep"), reg.symlink("link", deep), form=tarfile.GNU_FORMAT))
    name = registry.put("ancient", "1", image)
    engine.run("pull", name)
    layer, = engine.layers(name)
    assert (layer / "link").read_bytes() == b"deep"
