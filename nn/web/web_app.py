"""What the server answers: the page, a few facts about the run, and what the network makes of a picture or a row."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import PurePath
from typing import Any

import numpy as np
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

import nn

from ..data.datasets.encoding import Column
from ..runs.run_folder import RESULTS
from ..runs.task import Images, Table
from ..train import TrainedRun
from .look_inside import look_inside
from .uploads import pixels_of

AT_A_TIME = 4  # computations; more would only get into each other's way
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {
    file.name: (file.read_bytes(), KINDS[ending])
    for file in resources.files(__package__).joinpath("page").iterdir()
    if (ending := PurePath(file.name).suffix) in KINDS
}


def web_app(run: TrainedRun, token: str) -> Starlette:
    """The page of a run below /token/. Every file that it serves was read when this module was imported."""
    facts = about(run)
    ask, look = ("picture", look_at_picture) if isinstance(run.preprocessing, Images) else ("row", look_at_row)

    async def tell(request: Request) -> Response:
        return JSONResponse(facts)

    routes = [Route("/", file("index.html")), Route("/about", tell)]
    routes += [Route(f"/{name}", file(name)) for name in FILES if name != "index.html"]
    routes.append(Route(f"/{ask}", computed(run, look), methods=["POST"]))
    return Starlette(routes=[Mount(f"/{token}", routes=routes)], exception_handlers={HTTPException: plainly})


def file(name: str) -> Callable[[Request], Any]:
    """What answers with one of the page's files."""

    async def answer(request: Request) -> Response:
        content, kind = FILES[name]
        return Response(content, media_type=kind)

    return answer


def computed(run: TrainedRun, look: Callable[[TrainedRun, str, bytes], dict[str, Any]]) -> Callable[[Request], Any]:
    """What answers with the result of a computation, in a thread; a ValueError is the fault of whoever asked."""
    limiter = CapacityLimiter(AT_A_TIME)

    async def answer(request: Request) -> Response:
        kind, body = request.headers.get("content-type", ""), await request.body()
        try:
            return JSONResponse(await to_thread.run_sync(look, run, kind, body, limiter=limiter))
        except ValueError as error:
            raise HTTPException(422, str(error)) from None

    return answer


async def plainly(request: Request, error: Exception) -> Response:
    """An error as a line of text."""
    assert isinstance(error, HTTPException)
    texts = {404: "there is no such file", 405: f"{request.method} is not understood here"}
    text = texts.get(error.status_code, error.detail)
    return PlainTextResponse(text, error.status_code, error.headers)


def look_at_picture(run: TrainedRun, kind: str, body: bytes) -> dict[str, Any]:
    """What the model makes of a PNG file, and what it saw of it: the pixels as whole numbers from 0 to 255."""
    if kind != "image/png":
        raise HTTPException(415, "expected a picture as image/png")
    assert isinstance(run.preprocessing, Images)
    x = run.preprocessing.inputs(pixels_of(body, run.preprocessing))
    seen = np.rint(run.preprocessing.pictures(x)[0] * 255).astype(int)
    return {"seen": seen.ravel().tolist(), **look_inside(run, x)}


def look_at_row(run: TrainedRun, kind: str, body: bytes) -> dict[str, Any]:
    """What the model makes of the row of a table, given as a JSON object by column."""
    if kind.partition(";")[0] != "application/json":
        raise HTTPException(415, "expected a row as application/json")
    try:
        row = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("expected a row as a JSON object by column: this is not JSON") from None
    if not isinstance(row, dict) or not all(isinstance(cell, str | int | float) for cell in row.values()):
        raise ValueError('expected a row as a JSON object by column, such as {"x": 1.5}')
    return look_inside(run, run.preprocessing.inputs(row))


def about(run: TrainedRun) -> dict[str, Any]:
    """What the page has to know about a run."""
    facts: dict[str, Any] = {"name": run.path.resolve().name, "layers": layers(run), "score": score(run)}
    facts |= {"goal": run.preprocessing.goal, "classes": run.classes or [], "shape": run.preprocessing.shape}
    if isinstance(run.preprocessing, Table):
        columns = run.preprocessing.encoding.columns
        facts["columns"] = [
            {"name": column.name, "choices": column.categories, "usual": usual(column)} for column in columns
        ]
    return facts


def usual(column: Column) -> float | None:
    """The mean of a column, shortened; None if the run did not measure it, which leaves a column as it is."""
    return None if (column.mean, column.std) == (0.0, 1.0) else float(f"{column.mean:.3g}")


def layers(run: TrainedRun) -> str:
    """The sizes of the layers, from input to output."""
    inputs = " × ".join(map(str, run.preprocessing.shape[-2:]))
    parts = (m for m in run.model.modules() if isinstance(m, nn.Conv2d | nn.Linear))
    sizes = [m.out_channels if isinstance(m, nn.Conv2d) else m.out_features for m in parts]
    return " – ".join(map(str, [inputs, *sizes]))


def score(run: TrainedRun) -> str:
    """How good the model was at the end of its training, if that is known."""
    try:
        results = json.loads((run.path / RESULTS).read_text(encoding="utf-8"))
        part = {"valid": "held-out", "test": "test", "train": "training"}[results["measured_on"]]
        return f"{results['accuracy']:.1%} correct on its {part} data"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
