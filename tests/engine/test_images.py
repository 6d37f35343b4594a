"""Images of the store: names, lists, archives, and what goes when they go."""
import json
import re
import subprocess
import tarfile

import pytest

from registry import Image, archive, entry, folder, sha256

pytestmark = pytest.mark.root


@pytest.fixture
def pulled(engine, fake):
    """Pull an image of one layer with this content; returns its name and id."""
    def pull(name="thing", content=b"content", **options):
        image = Image(archive(folder("etc"), entry("etc/content", content)), **options)
        whole = fake.put(name, "1", image)
        engine.run("pull", "-q", whole)
        return whole, image.id
    return pull


# ---- Lists ----


def test_columns(engine, pulled):
    name, image = pulled(content=b"x" * 4264000)
    repository = name.rsplit(":", 1)[0]
    header, row, last = engine.run("images").split("\n")
    width = len(repository) + 3
    assert re.fullmatch(f"{'REPOSITORY':{width}}TAG       IMAGE ID       CREATED +SIZE", header)
    assert row.startswith(f"{repository}   1         {image[7:19]}   ")
    assert row.endswith("ago   4.26MB") and last == ""
    assert engine.run("image", "ls", "-q") == image[7:19] + "\n"
    assert engine.run("images", "-q", "--no-trunc") == image + "\n"
    assert engine.run("images", "--format", "{{.Repository}}:{{.Tag}} {{.Size}}") == f"{name} 4.26MB\n"
    row = json.loads(engine.run("images", "--digests", "--format", "json"))
    assert row["Digest"].startswith("sha256:") and row["ID"] == image[7:19]


def test_which_are_listed(engine, pulled):
    first, _ = pulled("team/first", b"1", run={"Labels": {"a": "b"}})
    second, _ = pulled("team/second", b"2")
    engine.run("tag", first, "other:tag")

    def names(*options):
        return sorted(engine.run("images", "--format", "{{.Repository}}:{{.Tag}}", *options).split())

    assert names() == sorted([first, second, "other:tag"])
    assert names("other") == names("other:tag") == names("docker.io/library/other") == ["other:tag"]
    assert names("*/team/*") == sorted([first, second])
    assert names("-f", "label=a") == names("-f", "label=a=b") == sorted([first, "other:tag"])
    assert names("-f", "label=a=c") == []
    assert names("-f", "dangling=true") == []
    engine.run("tag", first, second)
    assert names("-f", "dangling=true") == [second.rsplit(":", 1)[0] + ":<none>"]
    assert "no filter of images" in engine.fail("images", "-f", "what=ever")


def test_found_by_id(engine, pulled):
    name, image = pulled()
    for text in (image, image[7:], image[7:19], image[7:9], name):
        assert engine.inspect(text)["Id"] == image
    assert "No such image: 0123" in engine.fail("image", "inspect", "0123")
    assert engine.run("image", "inspect", "-f", "{{.Os}}/{{.Architecture}}", name) == "linux/amd64\n"


def test_history(engine, pulled):
    name, image = pulled(content=b"x" * 1000)
    lines = engine.run("history", "--format", "{{.ID}}|{{.CreatedBy}}|{{.Size}}", name)
    assert lines == f"{image[7:19]}|layer 0|1kB\n"


# ---- Names ----


def test_tag_and_rmi(engine, pulled):
    name, image = pulled()
    engine.run("tag", name, "second")
    assert engine.run("rmi", "second") == "Untagged: second:latest\n"
    repository = name.rsplit(":", 1)[0]
    digest = engine.inspect(name)["RepoDigests"][0]
    chain = engine.layers(name)[0].parent.name
    assert engine.run("rmi", name) == (f"Untagged: {name}\nUntagged: {digest}\nDeleted: {image}\n"
                                       f"Deleted: sha256:{chain}\n")
    assert repository in digest
    engine.assert_empty()
    assert "No such image" in engine.fail("rmi", name)
    assert engine.run("rmi", "-f", name) == ""


def test_rmi_by_id(engine, pulled):
    name, image = pulled()
    engine.run("tag", name, "elsewhere:2")
    assert "names of several repositories" in engine.fail("rmi", image[7:19])
    said = engine.run("rmi", "-f", image[7:19])
    assert "Untagged: elsewhere:2" in said and f"Deleted: {image}" in said
    engine.assert_empty()


def test_shared_layers_stay(engine, fake):
    base = archive(entry("base", b"b"))
    for tag in "ab":
        engine.run("pull", "-q", fake.put("shared", tag, Image(base, archive(entry(tag, b"")))))
    engine.run("rmi", f"{fake.host}/shared:a")
    lower, upper = engine.layers(f"{fake.host}/shared:b")
    assert (lower / "base").exists() and (upper / "b").exists()
    assert len(list((engine.root / "layers").iterdir())) == 2
    engine.run("rmi", f"{fake.host}/shared:b")
    engine.assert_empty()


def test_what_was_left_is_swept(engine, pulled):
    """Folders and files without rows, as a kill leaves them."""
    name, _ = pulled()
    (engine.root / "layers" / ("0" * 64) / "fs").mkdir(parents=True)
    (engine.root / "blobs/sha256" / ("1" * 64)).write_bytes(b"x")
    (engine.root / "blobs/sha256/.tmp-0123456789abcdef").write_bytes(b"y")
    (engine.root / "tmp/dead").mkdir()
    engine.run("image", "prune", "-f")
    assert len(list((engine.root / "layers").iterdir())) == 1
    assert len(list((engine.root / "blobs/sha256").iterdir())) == 3
    engine.run("rmi", name)
    engine.assert_empty()


def test_prune(engine, pulled):
    first, _ = pulled("first", b"1")
    second, _ = pulled("second", b"2")
    engine.run("tag", first, second)
    assert "WARNING! This will remove all dangling images." in engine.run("image", "prune", input="n\n")
    assert len(engine.images()) == 3
    said = engine.run("image", "prune", "-f")
    assert "deleted: sha256:" in said and "Total reclaimed space: " in said
    assert [row[0] for row in engine.images()] == [first.rsplit(":", 1)[0], second.rsplit(":", 1)[0]]
    engine.run("image", "prune", "-a", "-f")
    engine.assert_empty()


# ---- Archives ----


def test_save_and_load(engine, pulled, tmp_path):
    name, image = pulled()
    engine.run("tag", name, "saved:1")
    folders = engine.layers(name)
    kept = (folders[0] / "etc/content").read_bytes()
    file = tmp_path / "saved.tar"
    engine.run("save", "-o", file, "saved:1", name)
    engine.run("rmi", "saved:1", name)
    engine.assert_empty()
    assert engine.run("load", "-i", file) == f"Loaded image: saved:1\nLoaded image: {name}\n"
    assert engine.inspect("saved:1")["Id"] == engine.inspect(name)["Id"] == image
    assert (engine.layers("saved:1")[0] / "etc/content").read_bytes() == kept
    # By a pipe, compressed; by id, without a name.
    engine.run("save", "-o", file, image[7:])
    engine.run("rmi", "-f", image)
    with open(file, "rb") as source:
        packed = subprocess.run(["gzip"], stdin=source, stdout=subprocess.PIPE, check=True).stdout
    (tmp_path / "packed").write_bytes(packed)
    with open(tmp_path / "packed", "rb") as source:
        assert engine.run("load", stdin=source) == f"Loaded image ID: {image}\n"


def test_saved_twice_alike(engine, pulled, tmp_path):
    name, _ = pulled()
    files = [tmp_path / "one", tmp_path / "two"]
    engine.run("save", "-o", files[0], name)
    engine.run("rmi", name)
    engine.run("load", "-i", files[0])
    engine.run("save", "-o", files[1], name)
    first, second = (sorted(tarfile.open(file).getnames()) for file in files)
    assert {"index.json", "manifest.json", "oci-layout"} <= set(first)
    assert len(first) == len(second)


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive"])
def test_others_read_what_we_save(engine, pulled, tmp_path, form):
    name, image = pulled(run={"Cmd": ["/bin/true"]})
    engine.run("tag", name, "saved:1")
    file = tmp_path / "saved.tar"
    engine.run("save", "--format", form, "-o", file, "saved:1")
    source = f"{form}:{file}" + (":saved:1" if form == "docker-archive" else "")
    config = subprocess.run(["skopeo", "inspect", "--config", "--raw", source], check=True,
                            capture_output=True).stdout
    assert sha256(config) == image
    copy = tmp_path / "copy"
    subprocess.run(["skopeo", "copy", "-q", source, f"dir:{copy}"], check=True)
    assert json.loads((copy / "manifest.json").read_text())["layers"]


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive"])
def test_we_read_what_others_save(engine, fake, tmp_path, form):
    image = Image(archive(entry("a", b"1")), archive(entry("b", b"2")), archive(entry("a", b"1")))
    name = fake.put("thing", "1", image)
    file = tmp_path / "other.tar"
    subprocess.run(["skopeo", "copy", "-q", "--src-tls-verify=false", f"docker://{name}",
                    f"{form}:{file}:docker.io/library/other:2"], check=True)
    assert engine.run("load", "-i", file) == "Loaded image: other:2\n"
    assert [(layer / file).read_bytes() for layer, file in zip(engine.layers("other:2"), "aba")] == [
        b"1", b"2", b"1"]


def test_no_archive(engine, tmp_path):
    for data in (b"", b"nothing" * 200, archive(entry("a", b"1")), archive(entry("manifest.json", b"[{}"))):
        (tmp_path / "bad").write_bytes(data)
        assert "error: " in engine.fail("load", "-i", tmp_path / "bad")
    engine.assert_empty()


def test_archives_that_mean_harm(engine, tmp_path):
    """Files of the archive that are links to the host's."""
    secret = tmp_path / "secret"
    secret.write_text("{}")
    link = tarfile.TarInfo("manifest.json")
    link.type, link.linkname = tarfile.SYMTYPE, str(secret)
    manifest = [{"Config": str(secret), "RepoTags": ["a:1"], "Layers": ["../../../etc/passwd"]}]
    (tmp_path / "linked").write_bytes(archive((link, b"")))
    assert "neither manifest.json nor" in engine.fail("load", "-i", tmp_path / "linked")
    (tmp_path / "named").write_bytes(archive(entry("manifest.json", json.dumps(manifest).encode())))
    assert f"no file {secret}" in engine.fail("load", "-i", tmp_path / "named")
    engine.assert_empty()


def test_policy_of_archives(engine, pulled, tmp_path):
    name, _ = pulled()
    engine.run("save", "-o", tmp_path / "saved", name)
    engine.run("rmi", name)
    engine.use_policy({"default": [{"type": "reject"}]})
    assert "rejected by default" in engine.fail("load", "-i", tmp_path / "saved")
    engine.assert_empty()


def test_import(engine, tmp_path):
    file = tmp_path / "root.tar"
    file.write_bytes(archive(folder("bin"), entry("bin/sh", b"#!", mode=0o755), entry(".wh.odd", b"")))
    changes = ['CMD ["/bin/sh", "-x"]', "ENV A=b C=d", "ENV E f g", "EXPOSE 80 53/udp", "WORKDIR /a", "WORKDIR b",
               'LABEL x="y z"', "USER 5:6", "VOLUME /data", "STOPSIGNAL INT"]
    options = [word for change in changes for word in ("-c", change)]
    image = engine.run("import", "-m", "from tests", *options, file, "root:1").strip()
    known = engine.inspect("root:1")
    assert known["Id"] == image and known["Comment"] == "from tests"
    assert known["Config"] == {
        "User": "5:6", "ExposedPorts": {"80/tcp": {}, "53/udp": {}}, "Env": ["A=b", "C=d", "E=f g"],
        "Cmd": ["/bin/sh", "-x"], "Volumes": {"/data": {}}, "WorkingDir": "/a/b", "Labels": {"x": "y z"},
        "StopSignal": "INT"}
    assert (engine.layers("root:1")[0] / "bin/sh").read_bytes() == b"#!"
    assert "no instruction" in engine.fail("import", "-c", "FROM x", file)


# ---- To a registry ----


def test_push(engine, registry, tmp_path):
    file = tmp_path / "root.tar"
    file.write_bytes(archive(entry("a", b"1")))
    image = engine.run("import", file, "made:1").strip()
    name = f"{registry.host}/team/made:2"
    assert "give the image this name first" in engine.fail("push", name)
    engine.run("tag", "made:1", name)
    said = engine.run("push", name)
    digest = engine.inspect("made:1")["RepoDigests"][0].split("@")[1]
    assert f"2: digest: {digest} size: " in said
    config = subprocess.run(["skopeo", "inspect", "--tls-verify=false", "--config", "--raw",
                             f"docker://{name}"], check=True, capture_output=True).stdout
    assert sha256(config) == image
    # Again: nothing is sent; and it comes back the same.
    engine.run("push", "-q", name)
    engine.run("rmi", "-f", image)
    engine.run("pull", "-q", name)
    assert engine.inspect(name)["Id"] == image
