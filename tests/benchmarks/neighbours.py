"""The table beside other engines: what `chalkgrad bench --json` measured, into docs/performance.md, and its picture.

    chalkgrad bench --threads 1 2 --json bench.json    # the page says how to include the engines that are not installed
    python -m tests.benchmarks.neighbours bench.json   # of several files, the first is drawn
"""

import json
import sys
from pathlib import Path

from nn.bench import report_text
from nn.bench.bars import bench_bars
from nn.bench.turns import Turn
from nn.bench.verdicts import Verdict, label
from tests.benchmarks.page import IMAGES, put


def text(data, verdicts):
    """The machine, the versions and the tables, in Markdown."""
    machine, found = data["machine"], data["versions"]
    packages = {f"{name} {number}" for each in found.values() for name, number in each.items() if name != "python"}
    python = ", ".join(sorted({each["python"] for each in found.values()}))
    load = f"; load average {machine['load']:.1f}" if machine["load"] is not None else ""
    rounds = min(len(said["rounds"]) for v in verdicts for said in v.turn.engines.values() if "rounds" in said)
    here = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}{load}. Python {python}; "
        f"{', '.join(sorted(packages))}. Medians of {rounds} rounds, {data['clock']} time."
    )
    left_out = [f"{label(e)}, {v.turn.row}: {why}" for v in verdicts for e, why in v.remarks.items()
                if "missing" not in v.turn.engines[e]]  # fmt: skip
    return "\n\n".join([here, *report_text.tables(verdicts), *dict.fromkeys(left_out)])


def main():
    data, *others = (json.loads(Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:])
    drawn = [Verdict(Turn(**turn), data["clock"]) for turn in data["turns"]]
    further = [Verdict(Turn(**turn), other["clock"]) for other in others for turn in other["turns"]]
    put("neighbours", text(data, drawn + further))
    print(bench_bars(drawn, IMAGES / "bench.png").path)


if __name__ == "__main__":
    main()
