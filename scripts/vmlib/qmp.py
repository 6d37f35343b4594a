"""QEMU's control socket: JSON lines, one client at a time.

Source of the protocol: QEMU's docs/interop/qmp-spec. A connection is opened for one errand and
closed again, so that several programs can take turns on the one socket.
"""
import json
import os
import socket

from . import VmError


class Qmp:
    """A connection to the socket at `path`; use it in a with statement.

    `timeout_s` bounds each single wait for QEMU. Raises VmError when nobody listens there or a
    command fails.
    """

    def __init__(self, path, timeout_s=30):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout_s)
        try:
            self._connect(path)
        except OSError as error:
            self._socket.close()
            raise VmError(f"connecting to QEMU at {path}: {error}",
                          "is the machine running? scripts/run-vm list") from error
        self._lines = self._socket.makefile("rb")
        self._receive()
        self.execute("qmp_capabilities")

    def _connect(self, path):
        # A socket's address has 108 bytes at most; a path through a descriptor is always short.
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._socket.connect(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lines.close()
        self._socket.close()

    def _receive(self):
        line = self._lines.readline()
        if not line:
            raise VmError("QEMU closed its control socket")
        return json.loads(line)

    def execute(self, command, **arguments):
        """Run one command and return what it returns; events on the way are dropped."""
        request = {"execute": command, "arguments": arguments}
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            while True:
                answer = self._receive()
                if "return" in answer:
                    return answer["return"]
                if "error" in answer:
                    raise VmError(f"QEMU, {command}: {answer['error']['desc']}")
        except OSError as error:
            raise VmError(f"QEMU, {command}: {error}") from error

    def monitor(self, line):
        """Run one line of the human monitor; it answers with text only when it fails."""
        text = self.execute("human-monitor-command", **{"command-line": line}).strip()
        if text:
            raise VmError(f"QEMU, {line}: {text}")
