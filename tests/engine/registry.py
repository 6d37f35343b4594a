"""Images made of Python values, and registries to pull them from: Debian's docker-registry, and one of
ours that misbehaves as it is told."""
import base64
import gzip
import hashlib
import http.client
import http.server
import io
import json
import pathlib
import re
import socket
import ssl
import subprocess
import tarfile
import threading
import time

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
USER, PASSWORD = "tester", "secret"
# bcrypt of the password, in few rounds.
HTPASSWD = "tester:$2b$04$HEHQUGxuTtJHfYB3F2Xam.WtczyydYZkuvqA9G2WrPvDRAXiyWn7.\n"


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


# ---- Layers ----


def entry(name, data=b"", kind=tarfile.REGTYPE, **attributes):
    """An entry of an archive; `attributes` are those of tarfile.TarInfo."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mtime = 1700000000
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    info.size = len(data)
    for key, value in attributes.items():
        setattr(info, key, value)
    return info, data


def folder(name, **attributes):
    return entry(name, kind=tarfile.DIRTYPE, **attributes)


def symlink(name, target, **attributes):
    return entry(name, kind=tarfile.SYMTYPE, linkname=target, **attributes)


def hardlink(name, target):
    return entry(name, kind=tarfile.LNKTYPE, linkname=target)


def archive(*entries, form=tarfile.PAX_FORMAT):
    """An uncompressed tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return out.getvalue()


def text(value):
    return json.dumps(value).encode()


class Image:
    """A manifest with its blobs. `layers` are uncompressed archives."""

    def __init__(self, *layers, compress=gzip.compress, media=OCI_LAYER, architecture="amd64",
                 variant=None, run=None, diff_ids=None):
        self.archives = layers
        self.layers = [compress(layer) for layer in layers]
        config = {"architecture": architecture, "os": "linux", "config": run or {},
                  "created": "2026-01-02T03:04:05.123456789Z",
                  "rootfs": {"type": "layers",
                             "diff_ids": diff_ids or [sha256(layer) for layer in layers]},
                  "history": [{"created": "2026-01-02T03:04:05Z", "created_by": f"layer {i}"}
                              for i in range(len(layers))]}
        if variant:
            config["variant"] = variant
        self.platform = {"os": "linux", "architecture": architecture, **({"variant": variant} if variant else {})}
        self.config = text(config)
        self.id = sha256(self.config)
        self.document = {
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": {"mediaType": OCI_CONFIG, "digest": self.id, "size": len(self.config)},
            "layers": [{"mediaType": media, "digest": sha256(layer), "size": len(layer)}
                       for layer in self.layers]}

    @property
    def manifest(self):
        return text(self.document)

    @property
    def digest(self):
        return sha256(self.manifest)

    @property
    def blobs(self):
        return {sha256(data): data for data in [self.config, *self.layers]}


def index(*images):
    """The text of an index of images."""
    return text({"schemaVersion": 2, "mediaType": OCI_INDEX,
                 "manifests": [{"mediaType": OCI_MANIFEST, "digest": image.digest,
                                "size": len(image.manifest), "platform": image.platform}
                               for image in images]})


# ---- Debian's registry ----


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Registry:
    """docker-registry on the loopback, with its data below `folder`."""

    def __init__(self, where, tls=None, client_authority=None, password=False):
        where.mkdir()
        self.port = free_port()
        self.host = f"localhost:{self.port}" if tls else f"127.0.0.1:{self.port}"
        self.password = password
        self.context = None
        http_part = {"addr": f"127.0.0.1:{self.port}"}
        if tls:
            http_part["tls"] = {"certificate": str(tls.certificate), "key": str(tls.key)}
            self.context = ssl.create_default_context(cafile=str(tls.authority))
            if client_authority:
                http_part["tls"]["clientcas"] = [str(client_authority)]
                self.context.load_cert_chain(tls.client_certificate, tls.client_key)
        config = {"version": 0.1, "log": {"level": "error"},
                  "storage": {"filesystem": {"rootdirectory": str(where / "data")},
                              "delete": {"enabled": True}},
                  "http": http_part}
        if password:
            (where / "htpasswd").write_text(HTPASSWD)
            config["auth"] = {"htpasswd": {"realm": "tests", "path": str(where / "htpasswd")}}
        # JSON is YAML.
        (where / "config.yml").write_text(json.dumps(config))
        with open(where / "log", "w") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", where / "config.yml"],
                                            stdout=log, stderr=log)
        self.wait()

    def wait(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.ask("GET", "/v2/")
                return
            except OSError:
                assert self.process.poll() is None, "docker-registry ended"
                threading.Event().wait(0.05)
        raise AssertionError("docker-registry does not answer")

    def close(self):
        self.process.terminate()
        self.process.wait()

    def ask(self, method, path, body=None, kind=None):
        """One request; returns (status, headers, body)."""
        host, port = self.host.split(":")
        connection = (http.client.HTTPSConnection(host, int(port), context=self.context) if self.context
                      else http.client.HTTPConnection(host, int(port)))
        headers = {"Content-Type": kind} if kind else {"Accept": f"{OCI_MANIFEST}, {OCI_INDEX}"}
        if self.password:
            pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        result = answer.status, answer.headers, answer.read()
        connection.close()
        return result

    def put_manifest(self, repository, tag, document, kind):
        status, _, said = self.ask("PUT", f"/v2/{repository}/manifests/{tag}", document, kind)
        assert status == 201, said

    def put_blobs(self, repository, image):
        for digest, data in image.blobs.items():
            _, headers, _ = self.ask("POST", f"/v2/{repository}/blobs/uploads/")
            place = headers["Location"]
            path = place[place.index("/v2/"):]
            status, _, said = self.ask("PUT", path + ("&" if "?" in path else "?") + "digest=" + digest,
                                       data, "application/octet-stream")
            assert status == 201, said

    def put(self, repository, tag, image):
        """Push an image; returns its whole name."""
        self.put_blobs(repository, image)
        self.put_manifest(repository, tag, image.manifest, OCI_MANIFEST)
        return f"{self.host}/{repository}:{tag}"


# ---- One that misbehaves ----


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # What pipelined small writes would wait for.
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.owner.answer(self)

    do_HEAD = do_GET


class FakeRegistry:
    """Serves what it is given, and keeps a list of what it was asked for. `faults` are functions of
    (handler, path) that are asked first, and return True when they have answered."""

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.daemon_threads = True
        self.server.owner = self
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        self.documents = {}  # path -> (bytes, type)
        self.asked = []      # (path, Range or None)
        self.sent = {}       # path -> bytes sent in bodies
        self.faults = []
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def put(self, repository, tag, image):
        for digest, data in image.blobs.items():
            self.documents[f"/v2/{repository}/blobs/{digest}"] = (data, "application/octet-stream")
        self.put_manifest(repository, tag, image.manifest, OCI_MANIFEST)
        return f"{self.host}/{repository}:{tag}"

    def put_manifest(self, repository, tag, document, kind):
        for name in (tag, sha256(document)):
            self.documents[f"/v2/{repository}/manifests/{name}"] = (document, kind)

    def count(self, pattern):
        """How often a path that fits was asked for."""
        with self.lock:
            return sum(1 for path, _ in self.asked if re.search(pattern, path))

    def send(self, handler, data, kind="application/octet-stream", status=200, headers=(), cut=None):
        """Answer with `data`, or only with `cut` bytes of it before the connection breaks."""
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()
        part = data if cut is None else data[:cut]
        try:
            handler.wfile.write(part)
            handler.wfile.flush()
        except OSError:
            handler.close_connection = True
            return
        with self.lock:
            path = handler.path.split("?")[0]
            self.sent[path] = self.sent.get(path, 0) + len(part)
        if cut is not None:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)

    def answer(self, handler):
        path = handler.path.split("?")[0]
        wanted = handler.headers.get("Range")
        with self.lock:
            self.asked.append((path, wanted))
        if any(fault(handler, path) for fault in self.faults):
            return
        if path == "/v2/":
            self.send(handler, b"{}")
        elif path in self.documents:
            data, kind = self.documents[path]
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
            self.send(handler, data[start:], kind, 206 if wanted else 200,
                      [("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")] if wanted else [])
        else:
            self.send(handler, text({"errors": [{"code": "UNKNOWN", "message": "not here"}]}), status=404)


# ---- TLS ----


class Certificates:
    """An authority, a server's certificate for localhost, and a client's."""

    def __init__(self, where):
        where.mkdir()
        self.authority, authority_key = where / "ca.crt", where / "ca.key"
        self.certificate, self.key = where / "server.crt", where / "server.key"
        self.client_certificate, self.client_key = where / "client.cert", where / "client.key"
        self.make(authority_key, "-x509", "-subj", "/CN=Tests", "-out", self.authority,
                  "-addext", "basicConstraints=critical,CA:TRUE")
        self.sign(where, authority_key, self.key, self.certificate, "localhost",
                  "subjectAltName=DNS:localhost")
        self.sign(where, authority_key, self.client_key, self.client_certificate, "client",
                  "extendedKeyUsage=clientAuth")

    @staticmethod
    def make(key, *arguments):
        subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-days", "2", "-keyout", key, *arguments],
                       check=True, capture_output=True)

    def sign(self, where, authority_key, key, certificate, name, extension):
        request, extensions = where / f"{name}.csr", where / f"{name}.ext"
        extensions.write_text(extension + "\n")
        self.make(key, "-subj", f"/CN={name}", "-out", request)
        subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", self.authority, "-CAkey",
                        authority_key, "-days", "2", "-out", certificate, "-extfile", extensions],
                       check=True, capture_output=True)


def write_config(path, **keys):
    """A registries.conf: Plain="host", Mirror=["a b", ...]"""
    lines = ["[Registries]"]
    for key, values in keys.items():
        lines += [f"{key}={value}" for value in ([values] if isinstance(values, str) else values)]
    pathlib.Path(path).write_text("\n".join(lines) + "\n")
