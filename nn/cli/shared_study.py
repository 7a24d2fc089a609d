"""A study of Optuna in a file that several processes share: none of its trials is lost or done twice."""

from __future__ import annotations

import json
import os
import platform
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from autograd.tools.extras import require

from ..runs.folder_lock import FolderInUseError, FolderLock, lockable
from ..runs.settings import ConfigError

Params = dict[str, Any]

POLL = 0.05  # seconds between two looks at what other processes do
OURS: set[str] = set()  # the workers in this process, which could take its own locks again
ATTEMPTS = 3  # so often a trial is begun; one that ends its process each time, for want of memory, is given up


class OtherSearchError(ConfigError):
    """The file has a search that is not this one."""


class SharedStudy:
    """Hands out the trials of a study, from a queue and then from a sampler, until so many are done.

    Who takes trials holds a lock in a folder beside the file, which the system takes back when the process
    dies, by whatever: a trial whose worker is gone has failed, and stands in the queue again. Workers may be on several
    machines that see the same file, if its file system has locks.

    Args:
        file: the journal, which is made if need be.
        plan: what the study is about, as JSON has it; a study with another plan is not this one.
        space: the distribution of each parameter.
        sampler: the sampler of the next trial, given the number of trials before it.
        queue: the parameters of the trials to begin with.

    Raises OtherSearchError if the file has a study with another plan; ConfigError where nothing can be locked;
    ImportError without Optuna.
    """

    def __init__(
        self,
        file: Path,
        name: str,
        plan: Mapping[str, Any],
        space: Mapping[str, Any],
        sampler: Callable[[int], Any],
        *,
        queue: Sequence[Params] = (),
        direction: str = "minimize",
        pruner: Any = None,
    ) -> None:
        optuna = optuna_for("a search takes Optuna")
        file.parent.mkdir(parents=True, exist_ok=True)
        if not lockable(file.parent):
            raise ConfigError(f"{file.parent}: its file system has no locks, without which trials would be done twice: "
                              "choose another place")  # fmt: skip
        self.file, self.workers = file, file.with_name(f".{file.stem}-workers")
        self.space, self.sampler = dict(space), sampler
        self.worker = f"{platform.node()}-{os.getpid()}-{secrets.token_hex(3)}"
        with alone_in(self.workers):
            self.study = optuna.create_study(
                storage=journal(file),
                study_name=name,
                direction=direction,
                sampler=sampler(0),
                pruner=pruner or optuna.pruners.NopPruner(),
                load_if_exists=True,
            )
            own = json.loads(json.dumps(plan))
            if self.study.user_attrs.get("plan", own) != own:
                raise OtherSearchError(f"{file} has a search with other settings: choose another file")
            self.study.set_user_attr("plan", own)
            known = [_parameters(trial) for trial in self.trials()]
            for parameters in queue:
                if parameters not in known:
                    self.study.enqueue_trial(parameters)
            self.lock = FolderLock(self.workers / self.worker)
            OURS.add(self.worker)

    def close(self) -> None:
        """Take no more trials; one that was taken and not ended is tried again by whoever comes next."""
        with alone_in(self.workers):
            self.lock.release()
            OURS.discard(self.worker)
            with suppress(OSError):
                self.lock.folder.rmdir()

    def take(self, total: int) -> Any:
        """The next trial, its parameters chosen; None once `total` are done. While others do the last ones, it waits,
        since a trial whose process dies comes back."""
        while (trial := self.next(total)) is None and self.running():
            time.sleep(POLL)
        return trial

    def next(self, total: int) -> Any:
        """As `take`, but None as well while all that is left is being done."""
        with alone_in(self.workers):
            self._bring_back()
            begun = sum(begins(trial) for trial in self.trials())
            if begun >= total:
                return None
            self.study.sampler = self.sampler(begun)
            trial = self.study.ask(self.space)
            trial.set_user_attr("worker", self.worker)
            return trial

    def fail(self, number: int) -> None:
        """Note that the trial of that number came to nothing, and put its parameters into the queue again."""
        trial = self.trials()[number]
        tried = trial.user_attrs.get("attempt", 1)
        again = any(other.user_attrs.get("again") == number for other in self.trials())
        if (parameters := _parameters(trial)) and tried < ATTEMPTS and not again:
            self.study.enqueue_trial(parameters, {"attempt": tried + 1, "again": number})
        self.study.tell(number, state=_states().FAIL, skip_if_finished=True)

    def trials(self) -> list[Any]:
        """All trials, in any state."""
        return self.study.get_trials(deepcopy=False)

    def done(self) -> list[Any]:
        """The trials that ended: in full, early, or given up."""
        return [trial for trial in self.trials() if trial.state.is_finished() and begins(trial)]

    def running(self) -> bool:
        """Whether a trial is under way, here or elsewhere."""
        return any(trial.state == _states().RUNNING for trial in self.trials())

    def _bring_back(self) -> None:
        """Fail the trials whose worker is gone."""
        alive = set(OURS)
        for folder in self.workers.iterdir():
            if folder.is_dir() and folder.name not in OURS:
                try:
                    FolderLock(folder).release()
                except FolderInUseError:
                    alive.add(folder.name)
                else:
                    with suppress(OSError):
                        folder.rmdir()
        for trial in self.trials():
            if trial.state == _states().RUNNING and trial.user_attrs.get("worker") not in alive:
                self.fail(trial.number)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder, for which it waits."""
    while True:
        try:
            lock = FolderLock(folder)
            break
        except FolderInUseError:
            time.sleep(POLL)
    with lock:
        yield


def begins(trial: Any) -> bool:
    """Whether a trial counts: it is under way, or done, and not one that is tried again."""
    states = _states()
    given_up = trial.state == states.FAIL and trial.user_attrs.get("attempt", 1) == ATTEMPTS
    return given_up or trial.state not in (states.WAITING, states.FAIL)


def journal(file: Path) -> Any:
    """The storage of Optuna in a file. What uses it raises ConfigError once the file was removed or replaced."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    class SameFile(JournalFileBackend):
        def __init__(self) -> None:
            super().__init__(str(file))  # which makes it
            self.own = file.stat().st_ino

        def check(self) -> None:
            if not file.exists() or file.stat().st_ino != self.own:
                raise ConfigError(
                    f"{file} was removed or replaced while the search went on, and with it the list of its trials: "
                    "their runs are still there; begin anew with another --storage"
                )

        def read_logs(self, log_number_from: int) -> Any:
            self.check()
            return super().read_logs(log_number_from)

        def append_logs(self, logs: list[dict[str, Any]]) -> None:
            self.check()
            super().append_logs(logs)

    return JournalStorage(SameFile())


def optuna_for(use: str) -> Any:
    """Optuna, quiet. Raises ImportError without it, naming the use."""
    optuna = require("optuna", "train", use)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _parameters(trial: Any) -> Params:
    return {**trial.system_attrs.get("fixed_params", {}), **trial.params}


def _states() -> Any:
    from optuna.trial import TrialState

    return TrialState
