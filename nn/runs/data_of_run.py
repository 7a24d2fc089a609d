"""The data of a run that was trained before: split as they were then, whatever has become of them since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..data import Subset
from .data_record import NEW, DataChangedError, DataRecord
from .run_data import Data, load_data
from .run_folder import RunFolder
from .settings import ConfigError, kind
from .task import Images

UNRECORDED = "the run is of a version that kept no record of its data: whether they have changed is unknown"


def data_of(folder: RunFolder) -> Data:
    """The data of a run. Its `note` says so if they have changed since: no row that was trained on is then held out.

    The rows are known by their content. Those that are new belong to those held out, and a part may be empty if its
    rows are gone. Raises DataChangedError if nobody knows which rows were trained on, and what unreadable data raise.
    """
    record = DataRecord.load(folder.path)
    if folder.made is not None and not folder.settings.dataset:
        raise ConfigError(
            f"{folder.path} was made in Python, and knows no file of its data: name other data with --data"
        )
    if record is None:
        data = load_data(folder.settings)
        return Data(data.task, data.parts, UNRECORDED)
    source = folder.settings.dataset
    if kind(source) == source:
        data = load_data(folder.settings)
        if not record.same(DataRecord.of(data.parts)):
            raise DataChangedError(
                f"{source} is not the data set that the run was trained on, or is split in another way"
            )
        return data
    whole = _labelled(folder)
    now = DataRecord.of({"whole": whole})
    found, added, gone = _found(record, now)
    if record.source["sha256"] == now.source["sha256"]:
        if folder.made and added and not gone:
            raise DataChangedError(
                f"{source} has {added:,} {_noun(folder)} that are neither in train nor in valid, as save_run was given "
                "them, so that nobody knows whether they were trained on: give it both, or --data other data"
            )
        if added or gone:
            raise DataChangedError(
                f"{source} is as it was, but this version reads it in another way than the one that trained the run, "
                "so that nobody knows which rows were trained on: train again, or give --data other data"
            )
        return Data(folder.task, _parts(whole, found))
    noun = _noun(folder)
    last = "test" if "test" in found else "valid"
    held_out = np.concatenate([found.get(last, found[NEW][:0]), found[NEW]])
    if len(held_out) or last in found:
        found[last] = held_out
    changed = f"{source} has changed since the run was trained: {difference(added, gone, noun)}"
    note = f"{changed}; {noun} that it was not trained on: {len(held_out):,}"
    return Data(folder.task, _parts(whole, found), note)


def same_data(folder: RunFolder) -> Data:
    """The data of a run that goes on: the same rows, split in the same way, in the same order.

    Raises DataChangedError if they are not, saying what has changed, and what unreadable data raise.
    """
    record = DataRecord.load(folder.path)
    try:
        data = load_data(folder.settings)
    except ConfigError:  # there are none any more
        raise
    except ValueError as error:
        if record is None:
            raise
        raise DataChangedError(_refused(folder, f"it cannot be read as it was: {error}")) from None
    if record is None:
        return Data(data.task, data.parts, UNRECORDED)
    if record.same(DataRecord.of(data.parts)) and data.task == folder.task:
        return data
    if kind(folder.settings.dataset) == folder.settings.dataset:
        raise DataChangedError(_refused(folder, "it is another data set, or split in another way"))
    try:
        whole = _labelled(folder)
    except ValueError as error:
        raise DataChangedError(_refused(folder, str(error))) from None
    _, added, gone = _found(record, DataRecord.of({"whole": whole}))
    raise DataChangedError(_refused(folder, difference(added, gone, _noun(folder))))


def trained_on(folder: RunFolder, data: Any) -> int:
    """How many rows or images of other data the model of a run was trained on; 0 if that was not recorded."""
    record = DataRecord.load(folder.path)
    return 0 if record is None else int(record.trained(DataRecord.of({"other": data}).parts["other"]).sum())


def difference(added: int, gone: int, noun: str) -> str:
    """What has become of the rows."""
    if not added and not gone:
        return f"the same {noun}, in another order or split in another way"
    return f"new or changed {noun}: {added:,}, {noun} that are gone: {gone:,}"


def _labelled(folder: RunFolder) -> Any:
    return folder.task.labelled(Path(folder.settings.dataset).expanduser())


def _found(record: DataRecord, now: DataRecord) -> tuple[dict[str, Any], int, int]:
    """The places of the rows, how many are not known, and how many are gone."""
    found = record.places(now.parts["whole"])
    known = sum(len(places) for name, places in found.items() if name != NEW)
    return found, now.source["rows"] - known, record.source["rows"] - known


def _noun(folder: RunFolder) -> str:
    return "images" if isinstance(folder.task, Images) else "rows"


def _parts(whole: Any, found: dict[str, Any]) -> dict[str, Any]:
    return {name: Subset(whole, places) for name, places in found.items() if name != NEW}


def _refused(folder: RunFolder, what: str) -> str:
    return (
        f"{folder.settings.dataset} has changed since the run was trained, which cannot go on: {what}. Put the data "
        f"back, or train anew: chalkgrad train --config {folder.path / 'config.toml'}"
    )
