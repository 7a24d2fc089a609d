"""The server answers its own page and nobody else, is not held up by the slow, and cannot be led astray."""

import os
import signal
import subprocess
import threading
import time
import urllib.request
from http.client import HTTPResponse

import pytest

from tests.cli_runs import COMMAND, ENVIRONMENT, fails, here

from .served import PNG, served

guard = pytest.importorskip("nn.web.guard")

TRICKS = ["/", "/about", "/{t}", "/{t}x/", "/x{t}/", "/{T}/", "//", "/{t}/../{t}x/", "/%2e%2e/", "/favicon.ico",
          "/page.js"]  # fmt: skip
PATHS = ["../", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "....//etc/passwd",
         "/etc/passwd", "..\\..\\etc", "__init__.py", "index.html", "page/index.html", "model.safetensors",
         "config.toml", "style.css%00", "style.css/", "./style.css"]  # fmt: skip
HOSTS = ["evil.example", "evil.example:{p}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.nip.io:{p}", "localhost.evil:{p}",
         "0.0.0.0:{p}", "10.0.0.1:{p}", "[::1", ":{p}", "@127.0.0.1:{p}x"]  # fmt: skip


@pytest.mark.parametrize("path", TRICKS)
def test_without_the_token_there_is_nothing(digits, path):
    token = digits.path.strip("/")
    found = digits.ask(whole_path=path.format(t=token, T=token.swapcase()))
    assert found.status in (404, 307)
    assert b"<html" not in found.body
    assert b"shape" not in found.body


def test_a_token_is_long_and_new_for_every_page(digits, iris):
    assert len(digits.path) > 32
    assert digits.path != iris.path
    assert digits.address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("path", PATHS)
def test_no_other_file_is_served(digits, path):
    found = digits.raw(f"GET {digits.path}{path} HTTP/1.1\r\nHost: 127.0.0.1:{digits.port}\r\nConnection: close\r\n\r\n"
                       .encode())  # fmt: skip
    assert found.split()[1] in (b"404", b"400", b"307")
    assert b"root:" not in found
    assert b"import" not in found


@pytest.mark.parametrize("host", HOSTS)
def test_a_foreign_host_is_refused(digits, host):
    found = digits.ask(headers={"Host": host.format(p=digits.port)})
    assert (found.status, "another address" in found.text) == (421, True)


@pytest.mark.parametrize("host", ["127.0.0.1:{p}", "localhost:{p}", "[::1]:{p}"])
def test_the_own_host_goes_by_several_names(digits, host):
    assert digits.ask(headers={"Host": host.format(p=digits.port)}).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{p}", "http://127.0.0.1", "",
                                    "http://localhost:{p}", "http://127.0.0.1:{p}.evil.example"])  # fmt: skip
def test_a_foreign_origin_is_refused(digits, origin):
    headers = {**PNG, "Origin": origin.format(p=digits.port)}
    found = digits.picture(b"", headers)
    assert (found.status, "only the page itself" in found.text) == (403, True)
    assert "access-control-allow-origin" not in found.headers


def test_the_own_origin_is_known(digits):
    assert digits.picture(b"", {**PNG, "Origin": f"http://127.0.0.1:{digits.port}"}).status == 422


def test_where_everybody_may_come_addresses_will_do_but_no_names(runs):
    with served(runs / "digits", host="0.0.0.0") as page:
        assert page.address.startswith("http://127.0.0.1:")
        for host, status in {"192.168.1.7": 200, "127.0.0.1": 200, "evil.example": 421}.items():
            assert page.ask(headers={"Host": f"{host}:{page.port}"}).status == status


def test_a_giant_body_is_refused_before_it_has_come(digits):
    head = f"POST {digits.path}picture HTTP/1.1\r\nHost: 127.0.0.1:{digits.port}\r\nContent-Type: image/png\r\n"
    found = digits.raw(f"{head}Content-Length: {10**12}\r\n\r\n".encode())
    assert found.startswith(b"HTTP/1.1 413")
    assert b"4 MB at most" in found
    assert digits.picture(bytes(guard.MOST_BYTES)).status == 422


def test_a_giant_body_of_untold_length_is_refused(digits):
    head = f"POST {digits.path}picture HTTP/1.1\r\nHost: 127.0.0.1:{digits.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    with digits.connect() as line:
        line.sendall(head.encode())
        for _ in range(5):
            line.sendall(piece)
        assert line.recv(1000).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("content", [b"\x00" * 1000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 200_000,
                                     b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000], ids=range(5))  # fmt: skip
def test_what_is_not_http_is_told(digits, content):
    try:
        found = digits.raw(content)
    except ConnectionError:
        found = b""
    assert found == b"" or found.startswith((b"HTTP/1.1 400", b"HTTP/1.1 421"))
    assert digits.ask().status == 200


@pytest.mark.parametrize("target", ["*", "http://127.0.0.1:{p}{t}", "{t}".lstrip("/"), "/%ff%fe/", "/%00/", "////"])
def test_an_odd_target_leads_nowhere(digits, target):
    line = f"OPTIONS {target.format(p=digits.port, t=digits.path)} HTTP/1.1\r\nHost: 127.0.0.1:{digits.port}\r\n"
    assert digits.raw(f"{line}Connection: close\r\n\r\n".encode()).split()[1] in (b"404", b"400", b"405")


def test_who_hangs_up_early_does_no_harm(digits):
    head = f"POST {digits.path}picture HTTP/1.1\r\nHost: 127.0.0.1:{digits.port}\r\nContent-Length: 100\r\n\r\nabc"
    for _ in range(20):
        with digits.connect() as line:
            line.sendall(head.encode())
    assert digits.ask().status == 200


@pytest.mark.parametrize("sent", ["", "GET /", "GET {t} HTTP/1.1\r\nHost: 127.0.0.1:{p}\r\nX: "])
def test_who_does_not_finish_is_hung_up_on(digits, monkeypatch, sent):
    monkeypatch.setattr(guard, "PATIENCE", 0.3)
    start = time.monotonic()
    assert digits.raw(sent.format(t=digits.path, p=digits.port).encode()) == b""
    assert 0.2 < time.monotonic() - start < 5


def test_a_body_that_does_not_come_is_told(digits, monkeypatch):
    monkeypatch.setattr(guard, "PATIENCE", 0.3)
    head = f"POST {digits.path}picture HTTP/1.1\r\nHost: 127.0.0.1:{digits.port}\r\nContent-Length: 100\r\n\r\nabc"
    found = digits.raw(head.encode())
    assert found.startswith(b"HTTP/1.1 408")
    assert b"try again" in found


def test_a_second_request_on_a_line_may_not_dawdle_either(digits, monkeypatch):
    monkeypatch.setattr(guard, "PATIENCE", 0.3)
    head = f"GET {digits.path}about HTTP/1.1\r\nHost: 127.0.0.1:{digits.port}\r\n"
    with digits.connect() as line:
        line.sendall(f"{head}\r\n".encode())
        first = HTTPResponse(line)
        first.begin()
        assert (first.status, first.read()[:1]) == (200, b"{")
        line.sendall(head.encode())
        assert line.recv(65536) == b""


def test_the_slow_keep_nobody_waiting(digits):
    lines = [digits.connect() for _ in range(150)]
    try:
        for line in lines:
            line.sendall(f"POST {digits.path}picture HTTP/1.1\r\nHost: 127.0.0.1:{digits.port}\r\n".encode())
        start = time.monotonic()
        assert digits.ask("about").status == 200
        assert time.monotonic() - start < 2
    finally:
        for line in lines:
            line.close()


# the command


def test_the_command_prints_the_address_and_ends_with_ctrl_c(runs):
    command = [*COMMAND, "serve", str(runs / "digits"), "--no-browser"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=ENVIRONMENT, text=True, **pipes) as running:
        timer = threading.Timer(60, running.kill)
        timer.start()
        address = running.stdout.readline().strip()
        with urllib.request.urlopen(address) as page:
            assert b"<title>chalkgrad</title>" in page.read()
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0
        timer.cancel()
        assert running.stderr.read() == ""


def test_a_port_that_is_taken_is_told(digits, runs, capsys):
    done = here(capsys, "serve", runs / "digits", "--port", digits.port, "--no-browser")
    assert fails(done, 2, f"cannot listen on 127.0.0.1, port {digits.port}", "leave out --port")
    assert fails(here(capsys, "serve", runs / "digits", "--host", "no.such.host.invalid"), 2, "cannot listen")
    assert fails(here(capsys, "serve", runs), 2, "is not the folder of a run")


def test_without_its_packages_the_page_says_what_to_install(runs, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "starlette", None)
    assert fails(here(capsys, "serve", runs / "digits"), 1, "pip install -e '.[web]'")


def test_a_browser_is_opened_where_there_is_a_screen(monkeypatch):
    from nn.web import server

    opened = threading.Event()
    monkeypatch.setattr(server.webbrowser, "open", lambda address: opened.set())
    monkeypatch.setattr(server.sys, "platform", "linux")
    monkeypatch.setattr(server, "os", type("os", (), {"environ": {}}))
    assert not server.open_browser("http://127.0.0.1/")
    assert os.environ is not server.os.environ
    monkeypatch.setattr(server.sys, "platform", "darwin")
    assert server.open_browser("http://127.0.0.1/")
    assert opened.wait(5)
