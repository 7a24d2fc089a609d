"""What a cell of a table can say: numbers and dates as people write them."""

import datetime

import numpy as np
import pytest

from nn.data import datasets
from nn.data.datasets.cell_numbers import form, number
from nn.data.datasets.dates import moment, orders
from tests.nn.data.test_own_tables import noise, place, said, table, written

pytestmark = pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")
assert place  # in memory, and on disk


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1,000", 1000), ("1,234,567.5", 1234567.5), ("1.000,5", 1000.5), ("1.234.567", 1234567), ("0,5", 0.5),
        ("3,14", 3.14), ("$5", 5), ("5 €", 5), ("€ 1.299,90", 1299.9), ("-$1,200.50", -1200.5), ("$-3", -3),
        ("£3", 3), ("10%", 0.1), ("12,5 %", 0.125), ("3.2e-4", 3.2e-4), ("1,5e3", 1500), ("(5)", -5),
        ("($1,250)", -1250),        ("−5", -5), ("+7", 7), ("1 000", 1000), ("1\u00a0234,5", 1234.5),
        ("1'000'000", 1e6), (".5", 0.5), ("5.", 5),
        ("1,00", 1.0), ("0,125", 0.125), ("1234,567", 1234.567),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(cell, value):
    assert number(cell) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "cell",
    ["", "abc", "5 kg", "1,00,000", "1,2,3", "1.2.3", "12-5", "1_000", "inf", "nan", "(5", "5)", "$", "%", "1e",
     "10:30", "2020-01-31", "31.12.2020", "١٢٣x", "1e999", "0x10", "5 5", "9" * 400, "(" * 50, "1," * 30],
)  # fmt: skip
def test_what_is_no_number_is_none(cell):
    assert number(cell) is None


def test_the_whole_column_decides_what_a_comma_means(tmp_path):
    def read(*cells):
        rows = [(f'"{cell}"', *rest) for cell, *rest in zip(cells * 4, noise(len(cells) * 4), "ab" * len(cells) * 2)]
        data = datasets.CSV(written(tmp_path / "t.csv", ["n", "x", "y"], rows), standardize=False)
        return data.x.numpy()[: len(cells), 0].tolist(), data

    values, data = read("1,000", "2,500.5", "3,000")
    assert values == [1000, 2500.5, 3000]
    assert not said(data, "'n'")
    values, data = read("1,000", "2,5", "3.000")
    assert values == [1, 2.5, 3000]
    assert data.encoding.rows({"n": "4,000", "x": 0}).tolist()[0][0] == 4
    values, data = read("1,000", "2,000", "7")
    assert values == [1000, 2000, 7]
    assert said(data, "'n'", "taken for a comma between thousands")


def test_in_a_file_with_semicolons_a_comma_is_that_of_decimals(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("n;y\n" + "1,250;a\n2,5;b\n1.000,75;a\n" * 4)
    assert datasets.CSV(path, standardize=False).x[:3].tolist() == [[1.25], [2.5], [1000.75]]
    path.write_text("n;y\n" + "1,250;a\n2,500;b\n" * 4)
    data = datasets.CSV(path, standardize=False)
    assert data.x[:2].tolist() == [[1.25], [2.5]]
    assert said(data, "taken for a decimal comma")
    path.write_text("n;y\n1.250;a\n2.500;b\n")
    assert datasets.CSV(path, standardize=False).x.tolist() == [[1.25], [2.5]]


def test_forms_tell_what_a_mark_means():
    assert [form(cell) for cell in ("1", "1.5", "1,000", "1,5", "1,000.5", "1.000,5", "x")] == [
        "n", "n", "?", ",", ".", ",", None]  # fmt: skip


@pytest.mark.parametrize("pair", ["yes no", "true false", "t f", "True False", "Y N", "0 1", "on off"])
def test_two_words_are_two_inputs_or_two_classes(tmp_path, pair):
    first, second = pair.split()
    cells = [first, second] * 30
    data = datasets.CSV(table(tmp_path, b=cells))
    assert len(data.features) == (2 if pair == "0 1" else 3)
    rows = zip(noise(60), cells)
    assert datasets.CSV(written(tmp_path / "t.csv", ["x", "y"], rows)).classes == tuple(sorted(pair.split()))


# Dates.


@pytest.mark.parametrize(
    ("cell", "order", "when"),
    [
        ("2020-01-31", "dmy", (2020, 1, 31)), ("2020/1/31", "mdy", (2020, 1, 31)),
        ("31/12/2020", "dmy", (2020, 12, 31)),
        ("12/31/2020", "mdy", (2020, 12, 31)), ("31.12.99", "dmy", (1999, 12, 31)), ("1-2-03", "dmy", (2003, 2, 1)),
        ("2020-01-31T13:45:10Z", "dmy", (2020, 1, 31, 13, 45, 10)),
        ("2020-01-31 01:45 PM", "dmy", (2020, 1, 31, 13, 45)),
        ("2020-01-31 00:00:00+01:00", "dmy", (2020, 1, 31)), ("31 Jan 2020", "mdy", (2020, 1, 31)),
        ("January 31, 2020", "dmy", (2020, 1, 31)), ("Jan-1-1995", "dmy", (1995, 1, 1)),
        ("1974Q3", "dmy", (1974, 7, 1)),
        ("2020-03", "dmy", (2020, 3, 1)), ("1899-12-31", "dmy", (1899, 12, 31)),
    ],
)  # fmt: skip
def test_a_date_is_read(cell, order, when):
    seconds = (datetime.datetime(*when) - datetime.datetime(1970, 1, 1)).total_seconds()
    assert moment(cell, order) == seconds


@pytest.mark.parametrize("cell", ["", "2020", "31/12", "2020-02-30", "32/1/2020", "0000-01-01", "12:60", "25:00", "x",
                                  "2020-01-31 99:00", "13 xyz 2020", "1" * 50])  # fmt: skip
def test_what_is_no_date_is_none(cell):
    assert not orders(cell)
    assert moment(cell, "dmy") is None


def dated(tmp_path, cells):
    return datasets.CSV(table(tmp_path, len(cells), when=cells), standardize=False)


def test_a_column_of_dates_is_a_year_and_places_in_cycles(tmp_path):
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=17 * i) for i in range(60)]
    data = dated(tmp_path, days)
    cycles = ["when month sin", "when month cos", "when weekday sin", "when weekday cos"]
    assert data.features == ["when year", *cycles, "x"]
    x = data.x.numpy()
    np.testing.assert_allclose(x[:, 1], [np.sin(2 * np.pi * (day.month - 1) / 12) for day in days], atol=1e-6)
    np.testing.assert_allclose(x[:, 4], [np.cos(2 * np.pi * day.weekday() / 7) for day in days], atol=1e-6)
    assert x[-1, 0] - x[0, 0] == pytest.approx((days[-1] - days[0]).days / 365.2425, rel=1e-4)
    scaled = datasets.CSV(tmp_path / "table.csv")
    assert scaled.x.numpy()[:, 0].std() == pytest.approx(1, rel=1e-4)
    scaled.encoding.save(tmp_path / "e.json")
    again = datasets.Encoding.load(tmp_path / "e.json")
    assert again == scaled.encoding
    assert again.rows({"when": "1 Jan 2020", "x": 0})[0, :5].tolist() == scaled.x[0, :5].tolist()
    with pytest.raises(ValueError, match="'when': expected a date, found 'tomorrow'"):
        again.rows({"when": "tomorrow", "x": 0})


def test_the_order_of_day_and_month_follows_from_all_cells(tmp_path):
    for cells, order, told in (
        ([f"{1 + i % 28}/{1 + i % 12}/2020" for i in range(60)], "dmy", False),
        ([f"{1 + i % 12}/{1 + i % 28}/2020" for i in range(60)], "mdy", False),
        ([f"{1 + i % 12}/{1 + i % 11}/2020" for i in range(60)], "mdy", True),
        ([f"{1 + i % 12}.{1 + i % 11}.2020" for i in range(60)], "dmy", True),
    ):
        data = dated(tmp_path, cells)
        assert data.encoding.columns[0].order == order
        assert said(data, "'when': dates such as", "fit the other way as well") is told


def test_times_are_hours(tmp_path):
    data = dated(tmp_path, [f"{i % 24}:{i % 60:02}" for i in range(60)])
    assert data.features == ["when hour", "when hour sin", "when hour cos", "x"]
    assert data.x[13, 0].item() == pytest.approx(13 + 13 / 60)
    stamps = [f"2020-03-01 {i % 24:02}:00" for i in range(60)]
    assert dated(tmp_path, stamps).features == ["when year", "when hour sin", "when hour cos", "x"]


def test_missing_dates_are_filled_in(tmp_path):
    cells = [f"2020-01-{1 + i % 28:02}" if i % 10 else "" for i in range(60)]
    data = dated(tmp_path, cells)
    assert "when is missing" in data.features
    assert np.isfinite(data.x.numpy()).all()
    assert said(data, "6 missing cells are filled in: when (6: 2020-01-1")
