"""Runs on the digits and on tables, trained once, and their pages."""

import pytest

from tests.cli_runs import process

PRICES = "rooms,town,price\n" + "".join(f"{n},{town},{100 * n + 50 * (town == 'Ulm')}\n"
                                        for n in range(1, 9) for town in ("Ulm", "Bonn"))  # fmt: skip


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    (folder / "prices.csv").write_text(PRICES)
    for flags in (["digits"], ["iris"], ["prices.csv"]):
        assert process("train", *flags, "--quiet", folder=folder).code == 0
    return folder / "runs"


@pytest.fixture(scope="session")
def digits(runs):
    from .served import served

    with served(runs / "digits") as page:
        yield page


@pytest.fixture(scope="session")
def iris(runs):
    from .served import served

    with served(runs / "iris") as page:
        yield page
