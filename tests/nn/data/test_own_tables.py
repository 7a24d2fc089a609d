"""Tables as people have them: what is made of missing cells, odd columns and copies, and what is said of it."""

import warnings

import numpy as np
import pytest

from autograd import Generator
from nn.data import datasets
from nn.data.datasets import Encoding
from tests.nn.data.test_table import PEOPLE
from tests.on_disk import as_if_large

pytestmark = pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")


@pytest.fixture(params=["in memory", "on disk"], autouse=True)
def place(request, monkeypatch):
    if request.param == "on disk":
        as_if_large(monkeypatch)


def written(path, header, rows):
    """A CSV file of columns that are given by name, or of rows."""
    lines = [",".join(header), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def noise(rows, seed=0):
    return np.random.default_rng(seed).normal(size=rows).round(4).tolist()


def table(tmp_path, rows=60, **columns):
    """A file with these columns, and a feature x and a target y of coin flips."""
    x, y = noise(rows), np.random.default_rng(1).integers(0, 2, rows).tolist()
    columns = {**columns, "x": x, "y": ["ab"[i] for i in y]}
    return written(tmp_path / "table.csv", columns, zip(*columns.values()))


def said(data, *words):
    """Whether one of the notes has all of these words in it."""
    return any(all(word in note for word in words) for note in data.notes)


# Missing cells.


def gaps(tmp_path, rows=100, gone=20):
    ages = [str(20 + i % 50) for i in range(rows)]
    words = ["red" if i % 3 else "blue" for i in range(rows)]
    for i in range(gone):
        ages[i], words[(7 * i) % rows] = ("", "NA")[i % 2], "?"
    return table(tmp_path, rows, age=ages, colour=words)


def test_missing_cells_are_filled_by_the_median_and_the_most_frequent_word_and_that_is_said(tmp_path):
    path = gaps(tmp_path)
    with pytest.warns(datasets.DataNote, match=r"40 missing cells are filled in: age \(20: the median, 4.*'red'"):
        data = datasets.CSV(path)
    assert data.features == ["age", "age is missing", "colour=blue", "colour=red", "colour is missing", "x"]
    ages = np.array([20 + i % 50 for i in range(20, 100)])
    column = data.encoding.columns[0]
    assert (column.fill, column.mean, column.std) == (np.median(ages), ages.mean(), ages.std())
    x = data.x.numpy()
    assert x[:20, 1].tolist() == [1] * 20
    assert not x[20:, 1].any()
    np.testing.assert_allclose(x[:20, 0], (np.median(ages) - ages.mean()) / ages.std(), rtol=1e-5)
    assert x[0, 2:5].tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("missing", "fill", "flags", "rows"),
    [("auto", 4, 1, 60), ("median", 4, 0, 60), ("mean", 5, 0, 60), ("mode", 2, 0, 60), ("flag", 4, 1, 60),
     ("drop", None, 0, 50)],
)  # fmt: skip
def test_the_policy_for_missing_cells_can_be_chosen(tmp_path, missing, fill, flags, rows):
    values = [*["-"] * 10, *([2, 2, 2, 4, 4, 4, 7, 8, 10, 7] * 5)]
    data = datasets.CSV(table(tmp_path, 60, n=values), missing=missing)
    assert (len(data), len(data.features)) == (rows, 2 + flags)
    assert data.encoding.columns[0].fill == (None if fill is None else pytest.approx(fill))
    assert said(data, "10 of 60 rows are left out") if missing == "drop" else said(data, "10 missing cells")


def test_what_is_filled_in_is_measured_on_the_training_rows_and_kept_with_the_encoding(tmp_path):
    data = datasets.CSV(gaps(tmp_path))
    train, valid = data.split(0.5, Generator(3))
    known = [float(v) for v in train._values.column(0, 0, 50) if v == v]
    assert train.encoding.columns[0].fill == np.median(known) != data.encoding.columns[0].fill
    train.encoding.save(tmp_path / "encoding.json")
    again = Encoding.load(tmp_path / "encoding.json")
    assert again == valid.encoding == train.encoding
    with pytest.warns(datasets.DataNote, match="2 missing cells are filled in"):
        filled = again.rows({"age": None, "colour": "NA", "x": 0.5})
    whole = again.rows({"age": np.median(known), "colour": "red", "x": 0.5})
    assert filled[0, [0, 2, 3, 5]].tolist() == whole[0, [0, 2, 3, 5]].tolist()
    assert filled[0, [1, 4]].tolist() == [1, 1] != whole[0, [1, 4]].tolist() == [0, 0]


def test_an_indicator_is_made_where_more_than_one_percent_is_missing(tmp_path):
    for gone, flagged in ((1, False), (2, False), (3, True)):
        ages = ["" if i < gone else i % 50 for i in range(200)]
        assert ("age is missing" in datasets.CSV(table(tmp_path, 200, age=ages)).features) is flagged


def test_rows_without_a_target_are_left_out_and_that_is_said(tmp_path):
    rows = [(v, "?" if i < 3 else "ab"[i % 2]) for i, v in enumerate(noise(30))]
    data = datasets.CSV(written(tmp_path / "t.csv", ["x", "y"], rows))
    assert (len(data), data.classes) == (27, ("a", "b"))
    assert said(data, "3 of 30 rows are left out, with no 'y'")
    assert data.x.shape == (27, 1)


def test_an_encoding_of_before_is_read_and_refuses_missing_cells(tmp_path):
    state = {
        "columns": [
            {"name": "a", "categories": None, "mean": 1.0, "std": 2.0},
            {"name": "b", "categories": ["u", "v"], "mean": 0.0, "std": 1.0},
        ],
        "target": {"name": "y", "categories": ["no", "yes"], "mean": 0.0, "std": 1.0},
    }
    encoding = Encoding.from_state(state)
    assert encoding.rows({"a": 5, "b": "v"}).tolist() == [[2, 0, 1]]
    assert encoding.state_dict() == state
    with pytest.raises(ValueError, match="1 value is missing: 1 in 'a'"):
        encoding.rows({"a": "", "b": "v"})


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("age,city,height\n31,Bern,\n", "1 value is missing: 1 in 'height' .line 2.: fill them in"),
        ([{"age": 31, "city": "Bern", "height": None}], "1 value is missing: 1 in 'height' .row 0."),
        ("age,city,height\n" + "NA,Bern,1\nn/a,Chur,2\n" * 4, "8 in 'age' .line 2, line 3, .*line 6 and 3 more."),
    ],
)
def test_missing_cells_are_refused_by_an_encoding_that_does_not_fill_them_in(tmp_path, rows, message):
    path = tmp_path / "new.csv"
    path.write_text(PEOPLE)
    encodings = [datasets.CSV(path, missing="drop").encoding]
    old = encodings[0].state_dict()
    for column in old["columns"]:
        del column["missing"]  # as it was written before cells were filled in
    encodings.append(datasets.Encoding.from_state(old))
    path.write_text(rows if isinstance(rows, str) else "")
    for encoding in encodings:
        with pytest.raises(ValueError, match=message):
            encoding.rows(path if isinstance(rows, str) else rows)


# Columns of many words, huge numbers, and cells that do not fit.


def test_a_column_of_a_thousand_words_is_a_few_inputs(tmp_path):
    words = [f"w{i % 1000}" for i in range(3000)] + ["often"] * 60
    data = datasets.CSV(table(tmp_path, 3060, who=words))
    assert len(data.features) == 65
    assert data.features[0] == "who=often"
    assert data.features[63] == "who=(other)"
    assert said(data, "'who'", "63 most frequent words", "all others")
    assert data.x.numpy()[:, :64].sum(1).tolist() == [1] * 3060
    assert data.encoding.rows({"who": "never seen", "x": 0}).numpy()[0, 63] == 1


def test_huge_and_tiny_numbers_are_scaled_and_can_be_read_again(tmp_path):
    values = noise(60, 2)
    for odd in (1e300, -1e308, 1e-300):
        data = datasets.CSV(table(tmp_path, 60, n=[odd, *values[1:]]))
        data.encoding.save(tmp_path / "e.json")
        assert Encoding.load(tmp_path / "e.json") == data.encoding
        x = data.x.numpy()
        assert np.isfinite(x).all()
        assert x[1:, 0].std() > 0.2
    for scale in (1e-200, 1e200, 1.5e307):
        data = datasets.CSV(table(tmp_path, 60, n=[value * scale for value in values]))
        data.encoding.save(tmp_path / "e.json")
        assert Encoding.load(tmp_path / "e.json") == data.encoding
        assert data.x.numpy()[:, 0].std() == pytest.approx(1, rel=1e-4)
    rows = list(zip(noise(60), [1e300, *noise(59)]))
    data = datasets.CSV(written(tmp_path / "t.csv", ["x", "y"], rows))
    assert np.isfinite(data.y.numpy()).all()


def test_an_outlier_does_not_squeeze_the_other_numbers(tmp_path):
    values = noise(200, 5)
    plain = datasets.CSV(table(tmp_path, 200, n=values)).x.numpy()[1:, 0]
    odd = datasets.CSV(table(tmp_path, 200, n=[1e6, *values[1:]])).x.numpy()[:, 0]
    assert odd[1:].std() > 0.3 * plain.std()
    assert odd[0] == odd.max() < 20


def test_a_few_words_among_numbers_are_missing_cells_or_names(tmp_path):
    data = datasets.CSV(table(tmp_path, 100, n=[*noise(97, 2), "unknown", "> 5", "unknown"]))
    assert said(data, "'n': 3 cells that are no numbers are taken as missing, such as 'unknown' (line 99)")
    assert data.features == ["n", "n is missing", "x"]
    assert np.isfinite(data.encoding.rows({"n": "unknown", "x": 1}).numpy()).all()
    data = datasets.CSV(table(tmp_path, 60, n=[*[4, 6, 8] * 19, 4, 6, "rotary"]))
    assert data.features == ["n=4", "n=6", "n=8", "n=rotary", "x"]
    assert said(data, "'n' holds numbers and words such as 'rotary'")
    with pytest.raises(ValueError, match="expected a number, found 'abc'"):
        datasets.CSV(table(tmp_path, 60, n=[*noise(50, 2), *[f"a{i}" for i in range(9)], "abc"][::-1]))


def test_numbers_with_a_unit_are_told(tmp_path):
    data = datasets.CSV(table(tmp_path, n=[f"{i % 7} kg" for i in range(60)]))
    assert said(data, "'n'", "'0 kg' and the like are taken as words", "'kg' into the header")


# Notes before training.


def test_a_column_of_ids_is_left_out_and_said(tmp_path):
    rows = [(i, a, b, i // 100) for i, a, b in zip(range(300), noise(300), noise(300, 1))]  # sorted by class
    path = written(tmp_path / "t.csv", ["id", "a", "b", "kind"], rows)
    with pytest.warns(datasets.DataNote, match="column 'id' is left out: by its name and its values it numbers"):
        assert datasets.CSV(path).features == ["a", "b"]
    assert datasets.CSV(path, keep=["id"]).features == ["id", "a", "b"]


@pytest.mark.parametrize("name", ["id", "ID", "PassengerId", "index", "Unnamed: 0", "row_id", "customer number", ""])
def test_the_name_of_a_column_can_say_that_it_numbers_the_rows(tmp_path, name):
    assert datasets.CSV(table(tmp_path, **{name: range(100, 160)})).features == ["x"]


def test_a_column_of_distinct_words_or_shuffled_numbers_is_left_out(tmp_path):
    shuffled = np.random.default_rng(0).permutation(60).tolist()
    data = datasets.CSV(table(tmp_path, who=[f"name {i}" for i in shuffled], place=shuffled, year=range(1900, 1960)))
    assert data.features == ["year", "x"]
    assert said(data, "'who' is left out: every row has another word")
    assert said(data, "'place' is left out: it numbers the rows")
    assert said(data, "'year': it rises from row to row")


def test_the_only_column_is_never_left_out(tmp_path):
    data = datasets.CSV(written(tmp_path / "t.csv", ["id", "y"], [(i, "ab"[i > 20]) for i in range(40)]))
    assert data.features == ["id"]
    assert said(data, "'id': by its name and its values it numbers the rows")


def test_constant_and_empty_columns_are_left_out(tmp_path):
    data = datasets.CSV(table(tmp_path, one=["same"] * 60, none=[""] * 60))
    assert data.features == ["x"]
    assert said(data, "'one' is left out: it is 'same' in all rows")
    assert said(data, "'none' is left out: it is empty")


def test_a_column_that_gives_the_target_away_is_told(tmp_path):
    y = np.random.default_rng(1).integers(0, 2, 200)
    for leak in ([f"k{v}" for v in y], (y + 0.1 * np.array(noise(200))).tolist()):
        data = datasets.CSV(table(tmp_path, 200, leak=leak))
        assert said(data, "one column alone gives the target away: 'leak'")
    rows = [(v, 3 * v + 2, w) for v, w in zip(noise(50), noise(50, 3))]
    data = datasets.CSV(written(tmp_path / "t.csv", ["f", "c", "g"], [(r[0], r[2], r[1]) for r in rows]))
    assert said(data, "gives the target away: 'f'", "of the variance is explained")
    assert not said(data, "'c'")


def test_noise_gives_nothing_away(tmp_path):
    for seed in range(5):
        y = ["ab"[i] for i in np.random.default_rng(seed).integers(0, 2, 40)]
        rows = zip(noise(40, seed), np.random.default_rng(seed).integers(0, 3, 40).tolist(), y)
        assert not datasets.CSV(written(tmp_path / "t.csv", ["a", "b", "y"], rows)).notes


def test_a_rare_class_is_told_with_the_shares(tmp_path):
    rows = [(v, "yes" if i % 50 < 7 else "no") for i, v in enumerate(noise(300))]
    data = datasets.CSV(written(tmp_path / "t.csv", ["x", "y"], rows))
    assert said(data, "not balanced: 86.0% of the rows are 'no', 14.0% 'yes'")


def test_copies_of_a_row_stay_on_one_side_of_the_split(tmp_path):
    y = np.random.default_rng(1).integers(0, 2, 150)
    rows = [row for row in zip(noise(150), noise(150, 2), y) for _ in range(4)]
    data = datasets.CSV(written(tmp_path / "t.csv", ["a", "b", "y"], rows))
    with pytest.warns(datasets.DataNote, match="450 of 600 rows are copies of others: copies stay on one side"):
        train, valid = data.split(0.8, Generator(0))
    assert (len(train), len(valid)) == (480, 120)
    ours, others = ({tuple(row) for row in part._values[:].tolist()} for part in (train, valid))
    assert not ours & others
    assert said(train, "copies stay on one side")


def test_equal_rows_of_a_few_kinds_are_only_told(tmp_path):
    rng = np.random.default_rng(0)
    rows = zip(*rng.integers(0, 3, (2, 300)), rng.integers(0, 2, 300))
    data = datasets.CSV(written(tmp_path / "t.csv", ["a", "b", "y"], rows))
    with pytest.warns(datasets.DataNote, match="60 of 60 held-out rows are equal to rows that are trained on"):
        train, valid = data.split(0.8, Generator(0))
    assert (len(train), len(valid)) == (240, 60)


def test_a_table_without_oddities_has_no_notes(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", datasets.DataNote)
        data = datasets.CSV(table(tmp_path))
        data.split(0.8)
    assert data.notes == ()


def test_the_target_by_default_is_the_last_column_that_can_be_one(tmp_path):
    rows = [(v, "ab"[i % 2], f"name {i}", "") for i, v in enumerate(noise(40))]
    data = datasets.CSV(written(tmp_path / "t.csv", ["x", "y", "who", "empty"], rows))
    assert (data.features, data.classes) == (["x"], ("a", "b"))
    assert said(data, "the target is 'y': the last column, 'empty', cannot be predicted, as it is empty")


# Groups and time.


def test_a_group_stays_on_one_side(tmp_path):
    path = table(tmp_path, 120, patient=[f"p{i % 12}" for i in range(120)])
    train, valid = datasets.CSV(path, group="patient", keep=["patient"]).split(0.75, Generator(0))
    ours, others = ({*part._values[:][:, 0].tolist()} for part in (train, valid))
    assert not ours & others
    assert len(train) + len(valid) == 120
    assert len(others) == 3
    assert datasets.CSV(path, group="patient").features == ["x"]
    half, rest = train.split(0.5, Generator(1))
    assert not {*half._values[:][:, 0].tolist()} & {*rest._values[:][:, 0].tolist()}
    with pytest.raises(ValueError, match="there is no column 'patent': did you mean 'patient'"):
        datasets.CSV(path, group="patent")


def test_the_newest_rows_are_held_out(tmp_path):
    days = [f"{1 + i % 28}.{1 + i % 12}.20{10 + i % 10}" for i in range(100)]
    train, valid = datasets.CSV(table(tmp_path, 100, day=days), time="day").split(0.8)
    assert len(train) in range(75, 86)
    assert train._values.column(0, 0, len(train)).max() < valid._values.column(0, 0, len(valid)).min()
    with pytest.raises(ValueError, match="a split by time: 'y' holds neither dates nor numbers"):
        datasets.CSV(tmp_path / "table.csv", time="y")
    with pytest.raises(ValueError, match="line 4: a split by time: expected a date or a number in every cell of 'day'"):
        datasets.CSV(table(tmp_path, 100, day=[*days[:2], "", *days[3:]]), time="day")
