"""Runs to serve, a server in a thread, and requests to it: sensible ones, and bytes as they are."""

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from io import BytesIO
from urllib.parse import urlsplit

import numpy as np
import pytest

from nn.train import load_run

Image = pytest.importorskip("PIL.Image")
pytest.importorskip("uvicorn")

from nn.web.server import LocalPage

PNG = {"Content-Type": "image/png"}
JSON = {"Content-Type": "application/json"}


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class Served:
    """A run that is being served."""

    def __init__(self, run, page):
        self.run, self.address = run, page.address
        parts = urlsplit(page.address)
        self.port, self.path = parts.port, parts.path

    def ask(self, path="", method="GET", body=None, headers=(), whole_path=None):
        """The answer to a request below the address, or at another path."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, whole_path or self.path + path, body, dict(headers))
            found = line.getresponse()
            return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
        finally:
            line.close()

    def picture(self, content, headers=PNG):
        return self.ask("picture", "POST", content, headers)

    def row(self, content, headers=JSON):
        return self.ask("row", "POST", content if isinstance(content, bytes) else json.dumps(content), headers)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def raw(self, content):
        """All that comes back for these bytes until the server hangs up."""
        with self.connect() as line:
            line.sendall(content)
            return b"".join(iter(lambda: line.recv(65536), b""))


@contextmanager
def served(path, **options):
    run = load_run(path)
    page = LocalPage(run, **options)
    thread = threading.Thread(target=page.run)
    thread.start()
    try:
        yield Served(run, page)
    finally:
        page.server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def png(pixels, **options):
    """A PNG file of a uint8 array."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", **options)
    return file.getvalue()


def levels(x):
    """Images in [0, 1] as bytes."""
    return np.rint(np.asarray(x) * 255).astype(np.uint8)
