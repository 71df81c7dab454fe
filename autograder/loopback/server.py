"""The server: the interface below /api, git over HTTP below /."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

from .answers import Asked, answer
from .organisation import TOKEN, Fault, Organisation, run_git


class Handler(BaseHTTPRequestHandler):
    """The API below /api, git below /."""

    protocol_version = "HTTP/1.1"
    hub: Organisation

    def log_message(self, *_: Any) -> None:
        pass

    def handle_any(self) -> None:
        url = urlparse(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        if not url.path.startswith("/api/"):
            return self._git(url.path, url.query, body)
        self.hub.asked.append((self.command, self.path.removeprefix("/api")))
        for place, (part, fault) in enumerate(self.hub.faults):
            if part in self.path:
                del self.hub.faults[place]
                return self._fail(fault)
        if self.headers.get("Authorization") not in (f"token {TOKEN}", f"Bearer {TOKEN}"):
            return self._say(401, {"message": "Bad credentials"})
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        path = url.path.removeprefix("/api")
        said = answer(self.hub, Asked(self.command, path, query, json.loads(body or b"{}")))
        self._say(said.status, said.body, said.headers)

    do_GET = do_POST = do_PUT = do_PATCH = handle_any

    def _fail(self, fault: Fault) -> None:
        time.sleep(fault.delay_s)
        if fault.cut:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"[")
            self.close_connection = True
            return
        self._say(fault.status, {"message": "as the test wants it"}, fault.headers)

    def _say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        tag = f'"{hashlib.sha256(data).hexdigest()}"'
        if status == 200 and self.command == "GET" and self.headers.get("If-None-Match") == tag:
            status, data = 304, b""
        self.hub.counted += status != 304
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", "ETag": tag, **(headers or {})}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _git(self, path: str, query: str, body: bytes) -> None:
        words = self.headers.get("Authorization", "").removeprefix("Basic ")
        user = base64.b64decode(words).decode()
        name = path.split("/")[2].removesuffix(".git")
        if user != f"x-access-token:{TOKEN}" and not user.endswith(":student"):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if not self.hub.bare(name).exists():
            return self._say(404, {"message": "Not Found"})
        before = self.hub.refs(name)
        status, headers, data = backend(self, self.hub.home, path, query, body)
        if path.endswith("git-receive-pack") and self.command == "POST":
            self.hub.note(name, before)
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def backend(
    asked: BaseHTTPRequestHandler, home: Path, path: str, query: str, body: bytes
) -> tuple[int, list[list[str]], bytes]:
    """Have git itself answer a request; return status, headers and content."""
    environment = {
        "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(home), "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path,
        "QUERY_STRING": query, "REQUEST_METHOD": asked.command, "REMOTE_USER": "somebody",
        "CONTENT_TYPE": asked.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": asked.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": asked.headers.get("Git-Protocol", ""), "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    said = subprocess.run([_backend()], input=body, env=environment, capture_output=True).stdout
    head, _, content = said.partition(b"\r\n\r\n")
    headers = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
    status = next((int(value.split()[0]) for key, value in headers if key == "Status"), 200)
    return status, [header for header in headers if header[0] != "Status"], content


@cache
def _backend() -> Path:
    return Path(run_git("--exec-path"), "git-http-backend")


@contextmanager
def organisation(home: Path) -> Iterator[Organisation]:
    """Serve an organisation until the block ends."""
    hub = Organisation(home)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
