"""How well the doctor does: it watches real mistakes, the same programs mended, and healthy programs of many kinds.

    python -m tests.doctor_cases                       every case from one seed, and the table
    python -m tests.doctor_cases --seeds 3 --write     from three seeds, and the table into docs/doctor.md
    python -m tests.doctor_cases --set seen            one half of the cases: seen or aside
    python -m tests.doctor_cases --case NAME           one case, with its reports
    python -m tests.doctor_cases --healthy --seeds 5   the healthy programs alone
    python -m tests.doctor_cases --split               which cases are seen, and which are set aside

Half of the cases are set aside: they are for measuring, and the checks are written without them. Which half they are
nobody chooses: within each kind, in the order of the SHA-256 of their file names, the first is set aside, the second
seen, the third set aside, and so on.
"""

import argparse
import sys
from collections import defaultdict
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from tests.nn.doctor import healthy_programs
from tests.nn.doctor.real_cases import CASES, KINDS
from tests.programs_watched import Watched, watch

PAGE = Path(__file__).parent.parent / "docs" / "doctor.md"
BEGIN, END = "<!-- written by `python -m tests.doctor_cases --seeds 3 --write` -->\n", "<!-- to here -->\n"
SETS = {"aside": "set aside", "seen": "seen when the checks were written"}
HEAD = "| | cases | diagnosed | detected | missed | false alarms |\n" + "| --- " * 6 + "|"


class Result(NamedTuple):
    """What became of one case from one seed."""

    kind: str
    half: str  # "aside" or "seen"
    diagnosed: bool
    detected: bool
    alarm: bool  # a finding on the mended program
    denied: bool  # the report on the mended program says that nothing was learned


class Silence(NamedTuple):
    """What became of one healthy program from one seed."""

    alarm: bool
    denied: bool  # it learned, and the report denies it; or nothing could be learned, and the report does not say so


def split(cases=CASES):
    """By the name of each case, the half it is in: "aside" or "seen"."""
    kinds = defaultdict(list)
    for case in sorted(cases, key=lambda case: sha256(case.path.name.encode()).hexdigest()):
        kinds[case.kind].append(case.name)
    return {name: ("aside", "seen")[i % 2] for names in kinds.values() for i, name in enumerate(names)}


def measured(case, half, seed, whole=False):
    """The result of a case, which is also printed; `whole`: with both reports."""
    faulty, mended = watch(case.path, case.faulty, seed), watch(case.path, case.mended, seed)
    right = case.diagnosed(faulty.codes), faulty.detected
    result = Result(case.kind, half, *right, bool(mended.codes), bool(mended.unlearned))
    verdict = "diagnosed" if result.diagnosed else "detected " if result.detected else "missed   "
    print(f"{verdict} {case.name}, seed {seed}: {outcome(faulty)}", *_expected(case, result), flush=True)
    if mended.detected or mended.error:
        print(f"  mended: {outcome(mended)}", *mended.unlearned, sep="\n    ")
    if whole:
        print(faulty.report, mended.report, sep="\n\n--- mended ---\n\n", end="\n\n")
    return result


def _expected(case, result):
    return () if result.diagnosed else (f"(expected {' or '.join(case.codes)})",)


def outcome(watched: Watched):
    """What the doctor found, in a few words."""
    told = ", ".join(watched.codes) or ("nothing was learned" if watched.unlearned else "no finding")
    return told if watched.error is None else f"{told}; it ended with {watched.error.splitlines()[-1]}"


def healthy(path, seed, whole=False):
    """How quiet the doctor was about a healthy program; what was wrong is printed."""
    watched = watch(path, seed=seed)
    denied = bool(watched.unlearned) != (path.stem in healthy_programs.NOTHING_TO_LEARN)
    if watched.codes or denied or watched.error or whole:
        print(f"{path.stem}, seed {seed}: {outcome(watched)}", *watched.unlearned, sep="\n  ", flush=True)
    if whole:
        print(watched.report, end="\n\n")
    return Silence(bool(watched.codes), denied)


def table(results, silences, seeds):
    """The table of the page: by kind, by half, in all, and the healthy programs."""
    groups = {kind: [r for r in results if r.kind == kind] for kind in KINDS}
    halves = {words: [r for r in results if r.half == half] for half, words in SETS.items()}
    groups |= {**halves, "all": results} if all(halves.values()) else {"all": results}
    rows = [row(name, group, seeds) for name, group in groups.items() if group]
    if silences:
        rows.append(f"| healthy programs | {len(silences) // seeds} | | | | {sum(s.alarm for s in silences)} |")
    denied = sum(r.denied for r in results) + sum(s.denied for s in silences)
    told = (
        f"Each program ran from {seeds} seed{'s' * (seeds != 1)}. After {denied} of the "
        f"{len(results) + len(silences):,} runs without a mistake, the report was wrong about whether it learned."
    )
    return "\n".join([HEAD, *rows, "", told, ""])


def row(name, results, seeds):
    """A line of the table. The shares are those of all runs, one for each case and seed."""
    runs = len(results)
    shares = [sum(each) for each in zip(*((r.diagnosed, r.detected, not r.detected) for r in results))]
    told = " | ".join(f"{count / runs:.2f}" for count in shares)
    return f"| {name} | {runs // seeds} | {told} | {sum(r.alarm for r in results)} |"


def written(text, page):
    """The page with this text between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or END not in rest:
        raise ValueError(f"{PAGE} has not both marks: expected {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}{text}{END}{after}"


def arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--set", choices=SETS, help="one half of the cases")
    what.add_argument("--case", metavar="NAME", help="one case or healthy program, with its reports")
    what.add_argument("--healthy", action="store_true", help="the healthy programs alone")
    what.add_argument("--split", action="store_true", help="print which half each case is in, and run nothing")
    what.add_argument("--write", action="store_true", help="write the table into docs/doctor.md")
    parser.add_argument("--seeds", type=int, default=1, help="from how many seeds (default: 1)")
    return parser.parse_args(words)


def main():
    asked, halves = arguments(), split()
    if asked.split:
        print(*(f"{halves[case.name]:6}{case.kind:16}{case.name}" for case in CASES), sep="\n")
        return 0
    cases = [] if asked.healthy else [c for c in CASES if asked.set in (None, halves[c.name])]
    programs = [] if asked.set else healthy_programs.PROGRAMS
    if asked.case:
        cases = [case for case in cases if case.name == asked.case]
        programs = [path for path in programs if path.stem == asked.case]
        if not (cases or programs):
            print(f"there is no case or healthy program {asked.case}: --split lists the cases", file=sys.stderr)
            return 2
    seeds, whole = range(asked.seeds), asked.case is not None
    results = [measured(case, halves[case.name], seed, whole) for case in cases for seed in seeds]
    silences = [healthy(path, seed, whole) for path in programs for seed in seeds]
    print(f"\n{table(results, silences, asked.seeds)}")
    if asked.write:
        text = table(results, silences, asked.seeds)
        PAGE.write_text(written(text, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return int(any(s.alarm or s.denied for s in silences) or any(r.alarm for r in results))


if __name__ == "__main__":
    sys.exit(main())
