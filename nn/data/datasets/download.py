"""Fetch a file from the first mirror that has it whole, and only then put it in its place."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from .binary_formats import read_bytes

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: no lock, two processes that fetch the same file disturb each other and say so
    fcntl = None

TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 4  # at one mirror; each goes on where the last one was cut off
CHUNK = 1 << 16


def download(urls: Iterable[str], path: Path, md5: str) -> Path:
    """`path`, fetched from one of `urls` unless it is there already.

    Bytes are collected in `path`.part, where a later call goes on if this one is interrupted. They become `path`, in
    one step, once their MD5 sum is right: that of the unpacked content for a .gz file, since mirrors pack anew; that of
    the file itself for .tar.gz. Raises RuntimeError, naming each mirror and what was wrong with it.
    """
    faults = []
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with _alone(part):
            for url in urls:
                if path.exists():  # from the mirror before, or by another process while this one waited
                    break
                try:
                    _fetch_whole(url, part, path.name, md5)
                    os.replace(part, path)
                except (OSError, HTTPException, ValueError) as error:
                    faults.append(f"\n    {url}: {error}")
    if not path.exists():
        raise RuntimeError(
            f"{path.name} could not be downloaded:{''.join(faults)}\nFetch it by other means and put it at {path}"
        )
    return path


def _fetch_whole(url: str, part: Path, name: str, md5: str) -> None:
    """Fill `part` from `url`, as often as it takes while every attempt brings it further, and check it."""
    inherited = part.stat().st_size > 0  # begun at another time, perhaps from a mirror that packed it otherwise
    for attempt in range(1, ATTEMPTS + 1):
        before = part.stat().st_size
        try:
            _fetch(url, part, name)
        except (OSError, HTTPException) as error:
            if attempt == ATTEMPTS or isinstance(error, HTTPError) or part.stat().st_size <= before:
                raise
            continue
        try:
            found = _md5(part, unpack=name.endswith(".gz") and not name.endswith(".tar.gz"))
            if found == md5:
                return
            fault = f"expected content of MD5 {md5}, got {found}"
        except ValueError as error:
            fault = str(error)
        os.truncate(part, 0)
        if not inherited:
            raise ValueError(fault)
        inherited = False
    raise ValueError(fault)


def _fetch(url: str, part: Path, name: str) -> None:
    """Append to `part` what it lacks, or write it anew where the server cannot serve a range."""
    have = part.stat().st_size
    request = Request(url, headers={"User-Agent": "chalkgrad"} | ({"Range": f"bytes={have}-"} if have else {}))
    try:
        response = urlopen(request, timeout=TIMEOUT)
    except HTTPError as error:
        if error.code != 416 or not have:
            raise
        os.truncate(part, 0)  # there is nothing after what we have: begin again
        return _fetch(url, part, name)
    with response:
        appends = response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if have and response.status == 206 and not appends:
            os.truncate(part, 0)
            raise ConnectionError(f"asked for the bytes from {have:,} on, got {response.headers.get('Content-Range')}")
        start = have if appends else 0
        length = response.headers.get("Content-Length")
        total = start + int(length) if length else None
        done = start
        with part.open("ab" if appends else "wb") as file, _progress(name, start, total) as advance:
            while data := response.read(CHUNK):
                file.write(data)
                advance(len(data))
                done += len(data)
            file.flush()
            os.fsync(file.fileno())
    if total is not None and done != total:
        raise ConnectionError(f"the connection was cut after {done:,} of {total:,} bytes")
    return None


def _md5(path: Path, unpack: bool) -> str:
    """The MD5 sum of a file or of what is packed in it. A damaged gzip file raises ValueError."""
    if unpack:
        return hashlib.md5(read_bytes(path, packed=True), usedforsecurity=False).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """`part` exists, and no other process is within. An empty one is removed afterwards."""
    while True:
        file = part.open("ab")
        if fcntl is None:
            file.close()
            break
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_at(file, part):
            break
        file.close()  # it was moved into place, or removed, while this process waited
    try:
        yield
    finally:
        with closing(file):
            if (file.closed or _is_at(file, part)) and part.exists() and not part.stat().st_size:
                part.unlink()


def _is_at(file: Any, path: Path) -> bool:
    """Whether `path` is still that open file, and not removed or another one."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _progress(name: str, start: int, total: int | None) -> Iterator[Callable[[int], Any]]:
    """A function to be told of every piece: it moves a bar on a terminal with rich; else there is one line to read."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
    except ImportError:
        console = None
    else:
        console = Console(stderr=True)
    if console is None or not console.is_terminal:
        size = f" ({total / 1e6:.1f} MB)" if total else ""
        print(f"downloading {name}{size}", file=sys.stderr)
        yield lambda count: None
        return
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(name, total=total, completed=start)
        yield lambda count: bar.advance(task, count)
