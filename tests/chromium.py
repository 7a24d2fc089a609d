"""A page in a real browser, Chromium without a window, driven over its DevTools protocol.

    with chromium() as tab:
        tab.open("file:///page.html", phone=True, dark=True)
        tab.click("#next")
        assert tab.text("h1") == "A page"

It is spoken to through a pipe, so neither a driver nor a port nor a package is needed.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

SECONDS = 60  # that an answer may take
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--mute-audio",
         "--hide-scrollbars", "--remote-debugging-pipe", "about:blank")  # fmt: skip
ON_3_AND_4 = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'  # where Chromium reads and writes


def find():
    """The program, if it is installed."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def chromium():
    """A tab of a new browser. Skips the test without Chromium."""
    program = find()
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium, or its path in the environment variable CHROMIUM")
    (read, sent), (answered, write) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = ["bash", "-c", ON_3_AND_4, "bash", str(read), str(write), program]
        command += [f"--user-data-dir={profile}", *FLAGS]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, pass_fds=(read, write), **quiet)
        os.close(read)
        os.close(write)
        with os.fdopen(sent, "wb") as to, os.fdopen(answered, "rb", 0) as back:
            try:
                yield Tab(Line(to, back))
            finally:
                process.terminate()
                process.wait(30)


class Line:
    """Messages to the browser and back, each ended by a zero byte."""

    def __init__(self, to, back):
        self.to, self.back, self.rest = to, back, b""

    def send(self, message):
        self.to.write(message.encode() + b"\0")
        self.to.flush()

    def recv(self):
        while b"\0" not in self.rest:
            if not select.select([self.back], [], [], SECONDS)[0]:
                raise TimeoutError("Chromium does not answer")
            part = self.back.read(1 << 20)
            assert part, "Chromium has ended"
            self.rest += part
        message, _, self.rest = self.rest.partition(b"\0")
        return message


class Tab:
    """A tab: what is sent to it, and what it answers. `errors` are those of its scripts and of its security policy."""

    def __init__(self, line):
        self.line, self.numbers, self.answers, self.errors = line, count(1), {}, []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "DOM"):
            self.call(f"{domain}.enable")

    def send(self, method, **given):
        """Send a command without waiting for its answer."""
        number = next(self.numbers)
        session = {"sessionId": self.session} if self.session else {}
        self.line.send(json.dumps({"id": number, "method": method, "params": given, **session}))
        return number

    def answer(self, number):
        while number not in self.answers:
            message = json.loads(self.line.recv())
            if "id" in message:
                self.answers[message["id"]] = message
            elif message["method"] == "Runtime.exceptionThrown":
                self.errors.append(message["params"]["exceptionDetails"])
            elif message["method"] == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
                self.errors.append(message["params"]["entry"])
        found = self.answers.pop(number)
        assert "error" not in found, found
        return found["result"]

    def call(self, method, **given):
        return self.answer(self.send(method, **given))

    def run(self, script):
        """The value of an expression in the page; of a promise, what it promises."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, condition, seconds=20):
        """Wait until an expression is true, and return its value."""
        end = time.monotonic() + seconds
        while not (value := self.run(condition)):
            assert time.monotonic() < end, f"never true: {condition}"
            time.sleep(0.01)
        return value

    def open(self, address, width=1100, height=900, dark=False, phone=False, still=False):
        """Open a page in a window of this size; `still` asks it not to move."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1 + phone,
                  mobile=phone)  # fmt: skip
        self.call("Emulation.setTouchEmulationEnabled", enabled=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        motion = {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"}
        self.call("Emulation.setEmulatedMedia", features=[scheme, motion])
        self.call("Page.navigate", url=address)
        self.until("document.readyState == 'complete'")

    def box(self, selector):
        """Left, top, width and height of an element in the window."""
        return self.run(f"(b => [b.left, b.top, b.width, b.height])({one(selector)}.getBoundingClientRect())")

    def text(self, selector):
        return self.run(f"{one(selector)}.textContent")

    def texts(self, selector):
        """Those of all elements that the selector finds."""
        return self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.textContent)")

    def click(self, selector):
        self.run(f"{one(selector)}.scrollIntoView({{block: 'nearest', inline: 'nearest', behavior: 'instant'}})")
        left, top, width, height = self.box(selector)
        self.stroke([(left + width / 2, top + height / 2)])

    def stroke(self, points):
        """Press the mouse at the first point, move it along the others, and let it go."""
        (x, y), (u, v) = points[0], points[-1]
        held = {"button": "left", "clickCount": 1}
        sent = [self.send("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, **held)]
        sent += [self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="left", buttons=1)
                 for x, y in points[1:]]  # fmt: skip
        sent.append(self.send("Input.dispatchMouseEvent", type="mouseReleased", x=u, y=v, **held))
        for number in sent:
            self.answer(number)

    def touch(self, points):
        """Draw with a finger."""
        for kind, where in [("touchStart", points[:1]), *(("touchMove", [p]) for p in points[1:]), ("touchEnd", [])]:
            self.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y} for x, y in where])

    def key(self, key, code=0, text="", **more):
        """Press a key and let it go."""
        named = {"key": key, "windowsVirtualKeyCode": code, **more}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def choose(self, selector, *files):
        """Choose files in a field for them."""
        found = self.call("Runtime.evaluate", expression=one(selector))["result"]["objectId"]
        self.call("DOM.setFileInputFiles", objectId=found, files=[str(file) for file in files])

    def picture(self, path):
        """Save the whole page as it looks."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        found = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip={**size, "scale": 1})
        Path(path).write_bytes(base64.b64decode(found["data"]))


def one(selector):
    return f"document.querySelector({json.dumps(selector)})"
