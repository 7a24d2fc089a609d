"""The server of the page: on which address it listens, and how it starts and ends."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
import webbrowser
from contextlib import suppress

import uvicorn

from ..runs.settings import ConfigError
from ..train import TrainedRun
from .guard import Guard, Impatient
from .web_app import web_app

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
EVERYWHERE = ("0.0.0.0", "::")
MOST_CONNECTIONS = 500


class LocalPage:
    """A page of a run, ready to be served at an address that nobody can guess.

    Attributes: `address`, and `server`: `server.should_exit = True` ends `run`, from another thread.

    Raises ConfigError if it cannot listen on that host and port; port 0 is a free one.
    """

    def __init__(self, run: TrainedRun, host: str = "127.0.0.1", port: int = 0) -> None:
        self.socket = listen(host, port)
        port = self.socket.getsockname()[1]
        name = f"[{host}]" if ":" in host else host
        hosts = {*LOOPBACK, name, *["*"] * (host in EVERYWHERE)}
        token = secrets.token_urlsafe(24)
        shown = "127.0.0.1" if host in EVERYWHERE else name
        self.address = f"http://{shown}:{port}/{token}/"
        config = uvicorn.Config(
            Guard(web_app(run, token), token, hosts, port),
            http=Impatient,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)

    def run(self) -> None:
        """Serve until Ctrl-C."""
        with self.socket, suppress(KeyboardInterrupt):
            self.server.run([self.socket])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises ConfigError if there cannot be one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"cannot listen on {host}, port {port} ({reason}): leave out --port, and a free one is taken; --host is an "
            "address of this machine, by default 127.0.0.1"
        ) from None


def open_browser(address: str) -> bool:
    """Open the page in a browser, if there is a screen to show it."""
    screen = sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if screen:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    return screen
