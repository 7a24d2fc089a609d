"""Downloads, from a server on this machine that can be told to misbehave."""

import gzip
import io
import tarfile
import threading
from functools import partial
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nn.data import datasets
from nn.data.datasets import download as module
from nn.data.datasets import first_names
from nn.data.datasets.download import download
from tests.data_files import idx, packed, pictures, records, write
from tests.nn.notebooks import as_in_a_notebook

CONTENT = bytes(range(256)) * 1000
FILE = packed(CONTENT + bytes(range(100)))
SUM = md5(CONTENT + bytes(range(100))).hexdigest()
HALF = len(FILE) // 2


class Server(ThreadingHTTPServer):
    """Serves the functions in `pages`, which are given the request handler; keeps the (path, Range) of each request."""

    daemon_threads = True

    def __init__(self):
        self.pages, self.requests = {}, []
        super().__init__(("127.0.0.1", 0), Handler)

    def url(self, name):
        return f"http://127.0.0.1:{self.server_port}/{name}"

    @property
    def ranges(self):
        return [found for _, found in self.requests]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append((self.path[1:], self.headers.get("Range")))
        page = self.server.pages.get(self.path[1:])
        if page is None:
            self.send_error(404)
        else:
            page(self)

    def log_message(self, *args):
        pass

    def reply(self, body, status=200, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def start(self):
        asked = self.headers.get("Range")
        return int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0


def whole(content):
    """A server that knows no ranges."""
    return lambda handler: handler.reply(content)


def ranged(content, most=None):
    """A server that knows ranges, and hangs up after `most` bytes."""

    def page(handler):
        start = handler.start()
        if start >= len(content):
            handler.send_error(416)
            return
        rest = content[start:]
        place = {"Content_Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        handler.reply(rest[:most], 206 if start else 200, len(rest), **place)

    return page


def silent(handler):
    handler.reply(b"", length=100)
    handler.wfile.flush()
    handler.server.closing.wait(5)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        server.closing = threading.Event()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def fetch(server, tmp_path):
    """Fetch from the pages named; returns the path of the file."""
    path = tmp_path / "sub/file.gz"
    return lambda *names: download([server.url(name) for name in names], path, SUM)


def only_file(path):
    assert path.read_bytes() == FILE
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    return True


def test_a_file_comes_whole_and_only_once(server, fetch):
    server.pages["good"] = whole(FILE)
    assert only_file(fetch("good"))
    assert only_file(fetch("good"))
    assert len(server.requests) == 1


def test_the_sum_is_that_of_the_content_however_it_was_packed(server, fetch):
    other = gzip.compress(CONTENT + bytes(range(100)), 1)
    server.pages["good"] = whole(other)
    assert fetch("good").read_bytes() == other


BAD = {
    "missing": (lambda handler: handler.send_error(404), "HTTP Error 404"),
    "broken": (lambda handler: handler.send_error(500), "HTTP Error 500"),
    "a login page": (whole(b"<html>sign in</html>"), "expected an undamaged gzip file"),
    "another file": (whole(packed(b"other")), f"expected content of MD5 {SUM}, got {md5(b'other').hexdigest()}"),
    "one bit flipped": (whole(FILE[:-5] + bytes([FILE[-5] ^ 1]) + FILE[-4:]), "expected an undamaged gzip file"),
    "cut short": (whole(FILE[:HALF]), "cut short"),
    "hangs up at once": (lambda handler: handler.connection.close(), "url"),
    "nothing": (lambda handler: handler.reply(b"", length=50), "cut after 0 of 50 bytes"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bad_mirror_is_left_for_the_next(server, fetch, name):
    server.pages = {"bad": BAD[name][0], "good": whole(FILE)}
    assert only_file(fetch("bad", "good"))


@pytest.mark.parametrize("name", [name for name in BAD if name != "hangs up at once"])
def test_when_all_mirrors_are_bad_each_is_named_and_nothing_stays(server, fetch, tmp_path, name):
    page, message = BAD[name]
    server.pages = {"one": page, "two": page}
    with pytest.raises(RuntimeError, match=r"file\.gz could not be downloaded") as error:
        fetch("one", "two")
    text = str(error.value)
    assert text.count(message) == 2
    assert server.url("one") in text
    assert server.url("two") in text
    assert str(tmp_path / "sub/file.gz") in text
    assert not list((tmp_path / "sub").iterdir())


def test_a_server_that_falls_silent_is_left_for_the_next(server, fetch, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    server.pages = {"silent": silent, "good": whole(FILE)}
    assert only_file(fetch("silent", "good"))


def test_a_download_that_is_cut_off_goes_on_where_it_stopped(server, fetch):
    server.pages["short"] = ranged(FILE, most=len(FILE) // 3 + 1)
    assert only_file(fetch("short"))
    step = len(FILE) // 3 + 1
    assert server.ranges == [None, f"bytes={step}-", f"bytes={2 * step}-"]


def test_a_later_call_goes_on_where_an_interrupted_one_stopped(server, fetch, tmp_path):
    write(tmp_path / "sub/file.gz.part", FILE[:HALF])
    server.pages["good"] = ranged(FILE)
    assert only_file(fetch("good"))
    assert server.ranges == [f"bytes={HALF}-"]


def test_a_part_stays_for_a_later_call_when_the_network_fails(server, fetch, tmp_path):
    server.pages["short"] = ranged(FILE, most=50)
    with pytest.raises(RuntimeError, match=f"cut after 200 of {len(FILE):,} bytes"):
        fetch("short")
    assert (tmp_path / "sub/file.gz.part").read_bytes() == FILE[:200]
    assert not (tmp_path / "sub/file.gz").exists()
    server.pages["short"] = ranged(FILE)
    assert only_file(fetch("short"))


@pytest.mark.parametrize(
    ("part", "page"),
    [
        (b"rubbish", ranged(FILE)),
        (FILE[:HALF], whole(FILE)),
        (FILE, ranged(FILE)),
        (FILE + b"more than there is", ranged(FILE)),
        (FILE[:HALF], lambda handler: handler.reply(FILE[5:], 206, Content_Range=f"bytes 5-{len(FILE)}/{len(FILE)}")),
    ],
    ids=["rubbish", "no ranges", "complete", "too long", "another range"],
)
def test_a_part_that_does_not_fit_is_begun_again(server, fetch, tmp_path, part, page):
    write(tmp_path / "sub/file.gz.part", part)
    server.pages = {"first": page, "good": whole(FILE)}
    assert only_file(fetch("first", "good"))


def test_a_server_without_ranges_is_asked_only_once(server, fetch, tmp_path):
    write(tmp_path / "sub/file.gz.part", FILE[:HALF])
    server.pages["plain"] = whole(FILE)
    assert only_file(fetch("plain"))
    assert server.ranges == [f"bytes={HALF}-"]


def test_two_at_a_time_do_not_disturb_each_other(server, fetch):
    gate = threading.Event()

    def slow(handler):
        gate.wait(0.2)
        handler.reply(FILE)

    server.pages["slow"] = slow
    results = []
    threads = [threading.Thread(target=lambda: results.append(fetch("slow"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert only_file(results[0])
    assert len(server.requests) == 1


def test_an_archive_is_checked_as_it_is(server, tmp_path):
    archive = packed(b"tar")
    server.pages["x.tar.gz"] = whole(archive)
    path = download([server.url("x.tar.gz")], tmp_path / "x.tar.gz", md5(archive).hexdigest())
    assert path.read_bytes() == archive


def test_without_rich_or_a_terminal_there_is_one_line(server, fetch, capsys):
    server.pages["good"] = whole(FILE)
    fetch("good")
    assert capsys.readouterr().err == f"downloading file.gz ({len(FILE) / 1e6:.1f} MB)\n"


def test_in_a_notebook_there_is_one_bar_that_ends_full(server, fetch, monkeypatch, capsys):
    output = as_in_a_notebook(monkeypatch)
    server.pages["good"] = whole(FILE)
    assert only_file(fetch("good"))
    [versions] = output.displays
    assert "downloading file.gz" in versions[0]
    assert 'style="width: 100.0%' in versions[-1]
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_there_is_a_bar(server, fetch, monkeypatch, capsys):
    console = pytest.importorskip("rich.console")
    monkeypatch.setattr(console, "Console", partial(console.Console, force_terminal=True))
    server.pages["good"] = whole(FILE)
    assert only_file(fetch("good"))
    assert "file.gz" in capsys.readouterr().err


# Whole data sets.


@pytest.fixture
def small_mnist(server, monkeypatch):
    files = {}
    for part, n in (("train", 5), ("t10k", 3)):
        images, labels = pictures(n)
        files |= {f"{part}-images-idx3-ubyte": idx(images), f"{part}-labels-idx1-ubyte": idx(labels)}
    server.pages = {f"{name}.gz": whole(packed(content)) for name, content in files.items()}
    monkeypatch.setattr(datasets.MNIST, "md5", {name: md5(content).hexdigest() for name, content in files.items()})
    monkeypatch.setattr(datasets.MNIST, "mirrors", (server.url("gone/"), server.url("")))


def test_mnist_is_fetched_once_for_both_parts(server, small_mnist, tmp_path):
    assert len(datasets.MNIST(tmp_path, download=True)) == 5
    fetched = len(server.requests)
    assert len(datasets.MNIST(tmp_path, train=False, download=True)) == 3
    assert len(datasets.MNIST(tmp_path)) == 5
    assert len(server.requests) == fetched == 8
    assert sorted(path.name for path in (tmp_path / "mnist").iterdir()) == sorted(
        f"{name}.gz" for name in datasets.MNIST.md5
    )


def test_files_in_another_layout_are_not_fetched(server, small_mnist, tmp_path):
    datasets.MNIST(tmp_path, download=True)
    (tmp_path / "MNIST").mkdir()
    (tmp_path / "mnist").rename(tmp_path / "MNIST/raw")
    fetched = len(server.requests)
    assert len(datasets.MNIST(tmp_path, download=True)) == 5
    assert len(server.requests) == fetched


def test_cifar_is_fetched_and_unpacked(server, tmp_path, monkeypatch):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for i, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
            content = records(2, seed=i)[2]
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}.bin")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    server.pages["cifar-10-binary.tar.gz"] = whole(buffer.getvalue())
    monkeypatch.setattr(datasets.CIFAR10, "mirrors", (server.url(""),))
    monkeypatch.setattr(datasets.CIFAR10, "archive_md5", md5(buffer.getvalue()).hexdigest())
    assert len(datasets.CIFAR10(tmp_path, download=True)) == 10
    assert len(datasets.CIFAR10(tmp_path, train=False, download=True)) == 2
    assert len(server.requests) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cifar-10-batches-bin"]


def test_names_are_fetched(server, tmp_path, monkeypatch):
    server.pages["names.txt"] = whole(b"ada\ngrace\n")
    monkeypatch.setattr(first_names, "URL", server.url("names.txt"))
    monkeypatch.setattr(first_names, "MD5", md5(b"ada\ngrace\n").hexdigest())
    assert datasets.names(tmp_path, download=True) == ["ada", "grace"]
    assert datasets.names(tmp_path) == ["ada", "grace"]
