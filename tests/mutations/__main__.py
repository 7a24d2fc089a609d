"""`python -m tests.mutations --each 100000`: read as many damaged files of every kind. --only csv takes one kind."""

import argparse
import sys

from .run import mutate

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=1000, help="files of each kind")
    parser.add_argument("--seed", type=int, default=0, help="other damage")
    parser.add_argument("--only", default="", help="kinds whose name begins so")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    given = parser.parse_args()
    report = mutate(given.each, given.seed, given.only, given.jobs)
    print(report)
    sys.exit(bool(report.faults))
