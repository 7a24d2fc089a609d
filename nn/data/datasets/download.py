"""Fetch a file from the first mirror that has it undamaged, and only then put it in place."""

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

from ...notebook_bar import NotebookBar, in_notebook
from .binary_formats import read_bytes

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: no lock; two processes that fetch the same file disturb each other and report it
    fcntl = None

TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 4  # at each mirror; each continues where the last one was cut off
CHUNK = 1 << 16


def download(urls: Iterable[str], path: Path, md5: str) -> Path:
    """`path`, fetched from one of `urls` unless it is there already.

    The bytes are collected in `path`.part, from where a later call continues if this one is interrupted. That file
    becomes `path`, in one step, once its MD5 sum is right: for .gz the sum of the unpacked content, since mirrors may
    pack it differently; for .tar.gz that of the file itself. Raises RuntimeError, naming each mirror and its fault.
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
    """Fill `part` from `url`, with new attempts as long as each one makes progress, and check it."""
    inherited = part.stat().st_size > 0  # from an earlier call, perhaps from a mirror that packed it differently
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
    """Append to `part` what is missing, or write it anew if the server cannot serve a range."""
    have = part.stat().st_size
    request = Request(url, headers={"User-Agent": "chalkgrad"} | ({"Range": f"bytes={have}-"} if have else {}))
    try:
        response = urlopen(request, timeout=TIMEOUT)
    except HTTPError as error:
        if error.code != 416 or not have:
            raise
        os.truncate(part, 0)  # the server has no more bytes than we have: start again
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
    """The MD5 sum of a file or of its unpacked content. Raises ValueError for a damaged gzip file."""
    if unpack:
        return hashlib.md5(read_bytes(path, packed=True), usedforsecurity=False).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Within this context `part` exists and no other process uses it. If it is empty, it is removed afterwards."""
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
    """Whether `path` is still that open file, neither removed nor replaced."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _progress(name: str, start: int, total: int | None) -> Iterator[Callable[[int], Any]]:
    """A function to call with the size of each piece: it moves a bar in a notebook, or on a terminal with rich.

    Elsewhere a line is printed at the beginning.
    """
    if in_notebook():
        with _notebook_progress(name, start, total) as advance:
            yield advance
        return
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


@contextmanager
def _notebook_progress(name: str, done: int, total: int | None) -> Iterator[Callable[[int], Any]]:
    bar = NotebookBar()

    def show(ended: str = "") -> None:
        size = f"{done / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB" if total else "")
        bar.show(f"downloading {name}", done / total if total else None, [("", size)], ended=ended)

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if bar.due:
            show()

    show()
    try:
        yield advance
    except BaseException:
        show("bad")
        raise
    show("good")
