"""The kinds of file and of data in memory that hold a table."""

import gzip
import json

import numpy as np
import pytest

from nn.data import datasets
from nn.data.datasets.csv_table import unique_names
from nn.data.datasets.readers import read_table
from tests.nn.data.test_table import PEOPLE

pytestmark = pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")
ROWS = [dict(zip(PEOPLE.split()[0].split(","), line.split(","))) for line in PEOPLE.split()[1:]]
NUMBERS = [row | {"age": int(row["age"]), "height": float(row["height"])} for row in ROWS]


@pytest.fixture
def plain(tmp_path):
    (tmp_path / "plain.csv").write_text(PEOPLE)
    return datasets.CSV(tmp_path / "plain.csv")


def alike(data, plain):
    assert data.features == plain.features
    assert data.x.tolist() == plain.x.tolist()
    assert data.y.tolist() == plain.y.tolist()
    return True


FILES = {
    "people.tsv": PEOPLE.replace(",", "\t"),
    "people.json": json.dumps(NUMBERS),
    "people.jsonl": "\n".join(map(json.dumps, NUMBERS)) + "\n",
    "columns.json": json.dumps({name: [row[name] for row in NUMBERS] for name in NUMBERS[0]}),
    "pandas.json": json.dumps({name: {str(i): row[name] for i, row in enumerate(NUMBERS)} for name in NUMBERS[0]}),
    "one.ndjson": "\n\n".join(map(json.dumps, ROWS)),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_read_by_the_end_of_its_name(tmp_path, plain, name, packed):
    content = FILES[name].encode()
    path = tmp_path / (name + ".gz" * packed)
    path.write_bytes(gzip.compress(content) if packed else content)
    assert alike(datasets.CSV(path), plain)
    assert plain.encoding.rows(path).tolist() == plain.x.tolist()


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "[1, 2]", '{"a": 1}{', '{"a": [1], "b": [1, 2]}', "[" * 10**5])
def test_json_that_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "t.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"t\.json: expected"):
        datasets.CSV(path)


def test_rows_as_dicts_are_a_table_to_learn_from(plain):
    assert alike(datasets.CSV(NUMBERS), plain)
    assert alike(datasets.CSV([*NUMBERS[:-1], NUMBERS[-1]], encoding=plain.encoding), plain)


@pytest.mark.parametrize(("encoding", "called"), [("utf-16", "UTF-16"), ("cp1252", "Windows-1252"), ("latin-1", "")])
def test_text_in_another_encoding_is_read_and_told(tmp_path, encoding, called):
    path = tmp_path / "t.csv"
    path.write_bytes("who,x,y\nAnna,1,a\nMüller,2,b\n".encode(encoding))
    with pytest.warns(datasets.DataNote, match=f"t.csv.*{called}"):
        data = datasets.CSV(path)
    assert data.features[:2] == ["who=Anna", "who=Müller"]


def test_text_with_bytes_that_windows_lacks_is_latin_1(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("who,x,y\nAnna,1,a\nM\x81ller,2,b\n".encode("latin-1"))
    with pytest.warns(datasets.DataNote, match="0x81 is not text in UTF-8: the file is read as Latin-1"):
        datasets.CSV(path)


def test_columns_without_a_name_or_with_the_same_one_are_called_as_pandas_calls_them(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(",a,a,\n" + "".join(f"{i},{i % 3},{i % 4},{'uv'[i % 2]}\n" for i in range(20)))
    with pytest.warns(datasets.DataNote, match="twice in the header: the later columns are called 'a.1'"):
        data = datasets.CSV(path)
    assert data.features == ["a", "a.1"]
    assert data.encoding.target.name == "Unnamed: 3"


def test_many_columns_of_one_name_are_numbered_in_no_time():
    assert unique_names(["a", "a.2", *["a"] * 30_000])[:4] == ["a", "a.2", "a.1", "a.3"]


@pytest.mark.parametrize(
    "content",
    [
        PEOPLE.replace(",", " "),
        PEOPLE.replace(",", "   ").replace("\n", "  \n  "),
        PEOPLE.replace(",", " ", 3).replace(",", " \t "),
        PEOPLE.replace("age,city,height,likes", "'age' 'city' 'height' 'likes'").replace(",", " "),
        PEOPLE.replace("Bern", '"Bern"').replace(",", " "),
    ],
    ids=["one", "several", "tabs below the header", "single quotes", "double quotes"],
)
def test_cells_may_be_separated_by_blanks(tmp_path, plain, content):
    path = tmp_path / "people.txt"
    path.write_text(content)
    with pytest.warns(datasets.DataNote, match=r"the cells of people\.txt are separated by blanks$"):
        data = datasets.CSV(path)
    assert alike(data, plain)


@pytest.mark.parametrize("cells", ["5.1\n4.9", "New York\nBern", "Anna Maria\nBern"])
def test_a_name_of_two_words_is_one_column_unless_every_line_has_as_many(tmp_path, cells):
    path = tmp_path / "one.csv"
    path.write_text(f"petal length\n{cells}\n")
    assert read_table(path).header == ["petal length"]


def test_a_line_of_a_file_separated_by_blanks_that_is_too_short_is_told_with_its_place(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x y\n" + "1 2\n" * 200 + "3\n")
    with pytest.raises(ValueError, match=r"t\.csv, line 202: expected 2 cells, .* found 1: put a cell that"):
        datasets.CSV(path)


def test_numbers_separated_by_blanks_without_a_header_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("-0.003 0.083\n0.018 0.083\n")
    with pytest.raises(ValueError, match=r"line 1: expected a header, the names of the 2 columns, found numbers"):
        datasets.CSV(path)


@pytest.mark.parametrize("mark", [",", ";", "\t", " "])
def test_single_quotes_around_names_are_left_out(tmp_path, mark):
    path = tmp_path / "t.csv"
    path.write_text(PEOPLE.replace("age,city,height,likes", "'age','city','height','likes'").replace(",", mark))
    for quoted, bare in ("'height'", "height"), ("height", "height"):
        data = datasets.CSV(path, quoted, ignore=["'city'"])
        assert data.encoding.target.name == bare
        assert not any("city" in name for name in data.features)
    assert data.encoding.rows({"'age'": 30, "likes": "tea"}).tolist() == (
        data.encoding.rows({"age": 30, "likes": "tea"}).tolist()
    )


# With pandas.


@pytest.fixture
def pandas():
    return pytest.importorskip("pandas")


def test_a_data_frame_is_a_table(pandas, plain):
    frame = pandas.DataFrame(NUMBERS)
    assert alike(datasets.CSV(frame, "likes"), plain)
    assert plain.encoding.rows(frame[["height", "city", "age"]]).tolist() == plain.x.tolist()
    assert plain.encoding.rows(frame.astype({"city": "category"})).tolist() == plain.x.tolist()
    with pytest.raises(ValueError, match="the data frame: expected rows and columns, found 0 rows"):
        datasets.CSV(frame[:0])


def test_missing_values_and_dates_of_a_data_frame_are_understood(pandas):
    frame = pandas.DataFrame(
        {
            "n": pandas.array([1, None, 3, 5] * 5, dtype="Int64"),
            "f": [0.5, np.nan, 2, 1] * 5,
            "b": [True, False, True, True] * 5,
            "d": pandas.to_datetime(["2020-01-01", None, "2020-03-01 12:00", "2021-01-01"] * 5, format="ISO8601"),
            "c": pandas.Categorical(["u", "v", None, "u"] * 5),
            "y": [*"abab"] * 5,
        }
    )
    data = datasets.CSV(frame)
    assert "d month sin" in data.features
    assert "n is missing" in data.features
    assert "b=False" in data.features
    assert np.isfinite(data.x.numpy()).all()


@pytest.mark.parametrize("name", ["people.parquet", "people.feather", "people.xlsx"])
def test_files_that_pandas_reads(pandas, plain, tmp_path, name):
    pytest.importorskip("openpyxl" if name.endswith("xlsx") else "pyarrow")
    frame = pandas.DataFrame(NUMBERS)
    path = tmp_path / name
    getattr(frame, {"parquet": "to_parquet", "feather": "to_feather", "xlsx": "to_excel"}[name.split(".")[1]])(
        path, **({"index": False} if name.endswith("xlsx") else {})
    )
    assert alike(datasets.CSV(path), plain)
    path.write_bytes(b"not such a file")
    with pytest.raises((ValueError, OSError)):
        datasets.CSV(path)


def test_without_pandas_its_files_are_refused_with_the_cure(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pandas", None)
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    with pytest.raises(ImportError, match=r"t\.parquet: pandas reads this kind of file: pip install pandas pyarrow"):
        datasets.CSV(tmp_path / "t.parquet")
