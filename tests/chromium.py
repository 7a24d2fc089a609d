"""A headless Chromium, driven over the DevTools protocol through a pipe, so that no driver and no port are needed.

    with Chromium() as browser:
        page = browser.open("file:///page.html", width=390, dark=True)
        page.evaluate("document.title")

Tests that need it ask for the fixture `browser`, and skip where no Chromium is installed.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 30  # that an answer may take
REASON = "no Chromium here: apt-get install chromium"


def path():
    """The browser's program, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """A browser process. It speaks JSON, each message ended by a zero byte, on its file descriptors 3 and 4."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        theirs_in, self.to = os.pipe()
        self.back, theirs_out = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"]
        flags += ["--no-first-run", "--disable-background-networking", "--remote-debugging-pipe"]
        shell = f"exec 3<&{theirs_in} 4>&{theirs_out}; exec \"$@\""
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "bash", path(), *flags, f"--user-data-dir={self.profile.name}"],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.number, self.rest, self.events = 0, b"", []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.terminate()
        self.process.wait()
        os.close(self.to)
        os.close(self.back)
        self.profile.cleanup()

    def call(self, method, session=None, **parameters):
        """Send a command; returns its result. Raises RuntimeError for an error."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while (answer := self.read()).get("id") != self.number:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def read(self):
        """The next message. Raises TimeoutError, or RuntimeError if the process has ended."""
        while b"\0" not in self.rest:
            if not select.select([self.back], [], [], SECONDS)[0]:
                raise TimeoutError(f"Chromium has not answered for {SECONDS} s")
            part = os.read(self.back, 1 << 20)
            if not part:
                raise RuntimeError("Chromium has ended")
            self.rest += part
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def open(self, address, width=1280, height=900, dark=False, still=True, touch=False):
        """A page in a window of its own; `still` asks for reduced motion."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, target, session)
        page.call("Page.enable")
        page.call("Runtime.enable")
        page.call("Network.enable")
        page.call("Log.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=touch)
        features = {
            "prefers-color-scheme": "dark" if dark else "light",
            "prefers-reduced-motion": "reduce" if still else "no-preference",
        }
        page.call("Emulation.setEmulatedMedia", features=[{"name": k, "value": v} for k, v in features.items()])
        page.call("Page.navigate", url=address)
        page.wait("document.readyState === 'complete'")
        return page


class Page:
    """An open page."""

    def __init__(self, browser, target, session):
        self.browser, self.target, self.session = browser, target, session

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def evaluate(self, expression):
        """The value of a JavaScript expression. Raises RuntimeError for one that throws."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"].get("exception", {}).get("description", "an error"))
        return done["result"].get("value")

    def wait(self, condition):
        """Until a JavaScript expression is true. Raises TimeoutError if it does not become so."""
        end = time.monotonic() + SECONDS
        while not self.evaluate(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"{condition} has not become true")
            time.sleep(0.02)

    def text(self, selector):
        """What is written in the first element of a CSS selector."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent")

    def texts(self, selector):
        """What is written in each element of a CSS selector."""
        return self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.textContent)")

    def click(self, selector):
        """Click the middle of the first visible element of a CSS selector, as a mouse does."""
        x, y = self.evaluate(
            f"(() => {{ const e = [...document.querySelectorAll({json.dumps(selector)})].find(e => e.getClientRects()"
            ".length); e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key):
        """A key: "ArrowRight", "Home", " "."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def png(self, whole=False):
        """A picture of the window, or of the `whole` page."""
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])

    def complaints(self):
        """The errors in the console, and the addresses that it asked for beside its own."""
        self.evaluate("0")
        told = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            about = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                told.append(about["exceptionDetails"]["text"])
            if event["method"] == "Log.entryAdded" and about["entry"]["level"] == "error":
                told.append(about["entry"]["text"])
            if event["method"] == "Network.requestWillBeSent" and about["type"] != "Document":
                told.append(about["request"]["url"])
        return told

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
