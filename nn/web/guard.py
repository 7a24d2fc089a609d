"""What stands between the network and the page: who may ask, how much, and for how long."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from secrets import compare_digest
from typing import Any

import h11
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_BYTES = 4 << 20
PATIENCE = 10.0  # seconds for the head of a request, and for its body
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class RefusedError(Exception):
    """A request that is not answered, with the status and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Guard:
    """Lets through to `app` what comes from its own page, complete and of a sensible size; answers the rest itself.

    A page elsewhere can make a browser send requests here. It cannot know the token in the address, its name is in
    Origin, and a name that it points at this machine is in Host.
    """

    def __init__(self, app: ASGIApp, token: str, hosts: Iterable[str], port: int) -> None:
        self.app, self.token, self.hosts, self.port = app, token, set(hosts), port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the page speaks HTTP only, not {scope['type']}")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        try:
            self.check(scope["path"], Headers(scope=scope))
            body = await whole(receive, Headers(scope=scope))
        except RefusedError as refused:
            response = PlainTextResponse(refused.reason, refused.status, {"Connection": "close"})
            await response(scope, receive, answer)
        else:
            await self.app(scope, replay(body, receive), answer)

    def check(self, path: str, headers: Headers) -> None:
        """Raise RefusedError for a request from elsewhere."""
        if not self.knows(headers.get("host", "")):
            raise RefusedError(421, "this page has another address: open the one that chalkgrad serve printed")
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{headers['host']}":
            raise RefusedError(403, "only the page itself may ask this server")
        if not compare_digest(path.strip("/").partition("/")[0].encode(), self.token.encode()):
            raise RefusedError(404, "there is nothing here: open the address that chalkgrad serve printed, all of it")

    def knows(self, host: str) -> bool:
        """Whether Host is an address of this server; if it listens everywhere, any number will do, but no name."""
        name, _, port = host.rpartition(":") if host.rpartition(":")[2].isdecimal() else (host, "", "80")
        return port == str(self.port) and (name in self.hosts or ("*" in self.hosts and numeric(name)))


def numeric(name: str) -> bool:
    """Whether a host is an address, not a name that somebody could point elsewhere."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


async def whole(receive: Receive, headers: Headers) -> bytes:
    """The body of a request. Raises RefusedError if it is too large, or does not arrive whole and in time."""
    told = headers.get("content-length", "0")
    too_large = RefusedError(413, f"this is too large: {MOST_BYTES >> 20} MB at most")
    if not told.isdecimal() or int(told) > MOST_BYTES:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RefusedError(400, "the request ended before it was complete")
                body += message.get("body", b"")
                if len(body) > MOST_BYTES:
                    raise too_large
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise RefusedError(408, f"this took more than {PATIENCE:g} seconds to arrive: try again") from None


def replay(body: bytes, receive: Receive) -> Receive:
    """What receives a body that has arrived, and after it whatever comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message


class Impatient(H11Protocol):
    """Hangs up on those who have begun a request and do not come to the end of its head."""

    timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.stop()

    def watch(self) -> None:
        """Start the clock while the head of a request is missing, and stop it when that is there."""
        if self.conn.their_state is not h11.IDLE:
            self.stop()
        elif self.timer is None:
            self.timer = self.loop.call_later(PATIENCE, self.transport.close)

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
