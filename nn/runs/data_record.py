"""What a run remembers of its data: a fingerprint of their source, and which rows it was trained on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ..data import Subset
from ..data.datasets import CSV, ImageFolder
from ..data.datasets.readers import FRAME, ROWS
from ..files import FileError, load, replacing, save
from .row_ids import numbered, row_ids

Array = np.ndarray[Any, Any]
DATA, SPLIT = "data.json", "split.safetensors"
NEW = "new"


class DataChangedError(ValueError):
    """The data of a run are not those it was trained on; the message says what has changed."""


@dataclass(frozen=True)
class DataRecord:
    """The data of a run, as they were when it began.

    Attributes:
        source: the "sha256", "rows", and of a file or a folder also its "path", "bytes", and when it was "changed";
            of a table the "columns", how many cells of each are "missing", and the "notes" that were said before the
            training; of a folder the number of "files", and its "notes".
        parts: the ids of the rows of each part, "train" first, in the order of the split, as `row_ids` gives them.
    """

    source: dict[str, Any]
    parts: dict[str, Array]

    @classmethod
    def of(cls, parts: Mapping[str, Any]) -> DataRecord:
        """The record of data that were read just now. Raises OSError for a file that cannot be read any more."""
        hashes: list[bytes] = []
        ids: dict[str, Array] = {}
        told: dict[str, Any] = {}
        for name, part in parts.items():
            base, places = (part.dataset, part.indices) if isinstance(part, Subset) else (part, slice(None))
            if isinstance(base, ImageFolder) and not hashes:
                hashes = [_sha256(path).digest() for path in base.files]
            ids[name] = row_ids(base, places, hashes)
            told = told or _told(base)
        rows = sum(map(len, ids.values()))
        return cls({**_source(base, hashes, np.concatenate([*ids.values()])), "rows": rows, **told}, ids)

    def save(self, folder: Path) -> None:
        """Write it into the folder of a run. Raises what `nn.save` does."""
        save(self.parts, folder / SPLIT)
        with replacing(folder / DATA) as beside:
            beside.write_text(json.dumps(self.source, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> DataRecord | None:
        """The record in the folder of a run; None if it is of the time before there were any.

        Raises FileError if it is damaged.
        """
        if not (folder / DATA).exists():
            return None
        try:
            source: dict[str, Any] = json.loads((folder / DATA).read_text(encoding="utf-8"))
            parts = {name: np.asarray(ids) for name, ids in load(folder / SPLIT).items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise FileError(f"{folder}: {DATA} and {SPLIT} are not what chalkgrad train writes: {error}") from None
        facts = (
            isinstance(source, dict) and isinstance(source.get("sha256"), str) and isinstance(source.get("rows"), int)
        )
        whole = facts and all(ids.dtype == np.int64 and ids.shape[1:] == (2,) for ids in parts.values())
        if not whole or not len(parts.get("train", ())):
            raise FileError(f"{folder}: {DATA} and {SPLIT} are not what chalkgrad train writes")
        return cls(source, parts)

    def places(self, ids: Array) -> dict[str, Array]:
        """Where the rows of each part are among rows with these ids, in the order that they have in the part.

        NEW are the rows that are in no part and whose inputs are not those of a row that was trained on.
        """
        before, now = (numbered(rows[:, 0]) for rows in (np.concatenate([*self.parts.values()]), ids))
        order = np.argsort(before)
        rank = order[np.searchsorted(before[order], now).clip(max=len(before) - 1)]
        known, found, start = before[rank] == now, {}, 0
        for name, part in self.parts.items():
            inside = np.flatnonzero(known & (start <= rank) & (rank < start + len(part)))
            found[name] = inside[np.argsort(rank[inside])]
            start += len(part)
        return {**found, NEW: np.flatnonzero(~known & ~self.trained(ids))}

    def trained(self, ids: Array) -> Array:
        """For each of the rows with these ids, (N,), whether its inputs are those of a row that was trained on."""
        return np.isin(ids[:, 1], self.parts["train"][:, 1])

    def same(self, other: DataRecord) -> bool:
        """Whether these are the same rows, split in the same way, in the same order."""
        return self.parts.keys() == other.parts.keys() and all(
            np.array_equal(ids, other.parts[name]) for name, ids in self.parts.items()
        )


def _source(base: Any, hashes: list[bytes], ids: Array) -> dict[str, Any]:
    if isinstance(base, CSV) and str(base.path) not in (FRAME, ROWS):
        columns = [column.name for column in (*base.encoding.columns, base.encoding.target)]
        return {**_file(base.path, [base.path], _sha256(base.path)), "columns": columns}
    if isinstance(base, ImageFolder):
        names = (path.relative_to(base.root).as_posix() for path in base.files)
        lines = "".join(f"{content.hex()}  {name}\n" for content, name in zip(hashes, names, strict=True))
        return {**_file(base.root, base.files, hashlib.sha256(lines.encode())), "files": len(base.files)}
    return {"sha256": hashlib.sha256(np.sort(ids[:, 0]).tobytes()).hexdigest()}


def _told(base: Any) -> dict[str, Any]:
    """What was found in a table or a folder when it was read."""
    if isinstance(base, CSV):
        return {"missing": {name: count for name, count in base.lacking.items() if count}, "notes": list(base.notes)}
    return {"notes": list(base.remarks)} if isinstance(base, ImageFolder) else {}


def _file(path: Path, files: list[Path], content: Any) -> dict[str, Any]:
    facts = [file.stat() for file in files]
    changed = datetime.fromtimestamp(max(fact.st_mtime for fact in facts), UTC)
    return {
        "path": str(path.resolve()),
        "bytes": sum(fact.st_size for fact in facts),
        "changed": changed.isoformat("T", "seconds"),
        "sha256": content.hexdigest(),
    }


def _sha256(path: Path) -> Any:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")
