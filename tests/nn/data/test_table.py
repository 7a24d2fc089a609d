"""Tables of one's own: what becomes of the columns of a CSV file, and what is said of faults in it."""

import gzip
import json

import numpy as np
import pytest

import autograd
import nn
from autograd import Generator
from nn.data import ConcatDataset, DataLoader, datasets
from tests.on_disk import as_if_large

pytestmark = pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")

PEOPLE = """age,city,height,likes
31,Bern,1.71,tea
45,Basel,1.82,coffee
22,Bern,1.64,tea
58,Chur,1.77,coffee
37,Basel,1.69,tea
"""


@pytest.fixture(params=["in memory", "on disk"], autouse=True)
def place(request, monkeypatch):
    if request.param == "on disk":
        as_if_large(monkeypatch)


@pytest.fixture
def file(tmp_path):
    def write(content, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def column(*values):
    """A file with a feature x that counts, and these values of a target y."""
    return "x,y\n" + "".join(f"{i},{value}\n" for i, value in enumerate(values))


# What the columns become.


def test_numbers_are_standardised_and_words_are_one_hot(file):
    data = datasets.CSV(file(PEOPLE))
    assert data.features == ["age", "city=Basel", "city=Bern", "city=Chur", "height"]
    ages, heights = np.array([31, 45, 22, 58, 37.0]), np.array([1.71, 1.82, 1.64, 1.77, 1.69])
    x = data.x.numpy()
    np.testing.assert_allclose(x[:, 0], (ages - ages.mean()) / ages.std(), rtol=1e-6)
    np.testing.assert_allclose(x[:, 4], (heights - heights.mean()) / heights.std(), rtol=1e-5)
    assert x[:, 1:4].tolist() == [[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert data.x.dtype == autograd.float32
    assert (data.task, data.classes, data.y.tolist()) == ("classification", ("coffee", "tea"), [1, 0, 1, 0, 1])
    assert data.y.dtype == autograd.int64


def test_a_batch_is_inputs_and_targets(file):
    data = datasets.CSV(file(PEOPLE))
    x, y = next(iter(DataLoader(data, 3)))
    assert (x.shape, y.shape) == ((3, 5), (3,))
    assert data[1][0].tolist() == data.x[1].tolist()
    assert repr(data).endswith("table.csv, 5 rows, 5 features, 2 classes)")


def test_the_target_is_the_column_that_is_named_else_the_last(file):
    data = datasets.CSV(file(PEOPLE), target="city")
    assert data.classes == ("Basel", "Bern", "Chur")
    assert data.features == ["age", "height", "likes=coffee", "likes=tea"]


def test_without_standardisation_numbers_stay_as_they_are(file):
    data = datasets.CSV(file("a,b,y\n1,5,0.5\n2,7,1.5\n3,6,9.25\n"), standardize=False)
    assert data.x.tolist() == [[1, 5], [2, 7], [3, 6]]
    assert data.y.tolist() == [[0.5], [1.5], [9.25]]


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["no", "yes", "no"], None, ("no", "yes")),
        ([0, 1, 1, 0], None, ("0", "1")),
        (["1.0", "0.0", "1", "0"], None, ("0", "1")),
        ([10, 9, 10, 9, 2, 2], None, ("2", "9", "10")),
        ([-1, 1, -1, 1], None, ("-1", "1")),
        ([1, 2, 3, 4], None, None),
        ([0.5, 1.5, 0.5, 1.5], None, None),
        (list(range(25)) * 2, None, None),
        ([0.5, 1.5, 0.5, 1.5], "classification", ("0.5", "1.5")),
        ([1, 2, 3, 4], "classification", ("1", "2", "3", "4")),
        ([0, 1, 1, 0], "regression", None),
    ],
)
def test_the_target_says_what_the_task_is(file, values, task, classes):
    data = datasets.CSV(file(column(*values)), task=task)
    assert data.classes == classes
    assert data.task == ("regression" if classes is None else "classification")
    assert data.y.shape == ((len(values), 1) if classes is None else (len(values),))
    decoded = data.encoding.decode(data.y if classes is None else np.eye(len(classes))[data.y.numpy()])
    if classes == ("no", "yes"):
        assert decoded == values
    else:
        assert [float(value) for value in decoded] == pytest.approx([float(value) for value in values], abs=1e-5)


def test_a_regression_target_is_standardised_and_decoded_again(file):
    prices = [250_000.5, 410_000, 333_000, 198_000]
    data = datasets.CSV(file(column(*prices)))
    assert data.y.dtype == autograd.float32
    assert data.y.numpy().mean() == pytest.approx(0, abs=1e-6)
    assert nn.MSELoss()(autograd.zeros(4, 1), data.y).item() == pytest.approx(1, rel=1e-6)
    assert data.encoding.decode(data.y) == pytest.approx(prices)
    assert data.encoding.decode(data.y[:, 0]) == pytest.approx(prices)


def test_scores_of_two_classes_are_decoded_from_one_logit_too(file):
    encoding = datasets.CSV(file(PEOPLE)).encoding
    assert encoding.decode(autograd.tensor([[0.2, 0.1], [-3.0, 5.0]])) == ["coffee", "tea"]
    assert encoding.decode(autograd.tensor([[-0.1], [0.1]])) == encoding.decode([-2, 2]) == ["coffee", "tea"]


def test_a_constant_column_is_only_centred(file):
    data = datasets.CSV(file("a,b,y\n0.1,1,u\n0.1,2,v\n0.1,3,u\n"), keep=["a"])
    assert data.x[:, 0].tolist() == [0, 0, 0]
    assert data.encoding.rows({"a": "1.1", "b": 2}).tolist() == [[pytest.approx(1), 0]]


def test_a_column_whose_deviation_is_too_small_for_a_number_is_only_centred(file):
    assert np.isfinite(datasets.CSV(file("a,b,y\n0,1,u\n1e-200,2,v\n2e-200,3,u\n")).x.numpy()).all()


def test_numbers_can_be_taken_for_words_and_columns_left_out(file):
    path = file("id,postcode,y\n1,3011,a\n2,4051,b\n3,3011,b\n")
    data = datasets.CSV(path, words=["postcode"], ignore=["id"])
    assert data.features == ["postcode=3011", "postcode=4051"]


@pytest.mark.parametrize(
    ("content", "name", "encoding"),
    [
        (PEOPLE.replace(",", ";"), "table.csv", "utf-8"),
        (PEOPLE.replace(",", "\t"), "table.csv", "utf-8"),
        (PEOPLE.replace(",", ", "), "table.csv", "utf-8"),
        (PEOPLE, "table.csv", "utf-8-sig"),
        (PEOPLE.replace("\n", "\r\n"), "table.csv", "utf-8"),
        (PEOPLE.replace(",", ";").replace(".", ","), "table.csv", "utf-8"),
        ("\n" + PEOPLE.replace("Bern", '"Bern"') + "\n,,,\n", "table.csv", "utf-8"),
        (gzip.compress(PEOPLE.encode()), "table.csv.gz", None),
    ],
    ids=["semicolons", "tabs", "blanks", "byte order mark", "CRLF", "decimal commas", "blank lines, quotes", "packed"],
)
def test_the_dialects_of_csv_are_understood(file, content, name, encoding):
    data, plain = datasets.CSV(file(content, name, encoding)), datasets.CSV(file(PEOPLE, "plain.csv"))
    assert data.features == plain.features
    assert data.x.tolist() == plain.x.tolist()
    assert data.y.tolist() == plain.y.tolist()


def test_a_cell_may_hold_the_delimiter_a_line_break_and_other_alphabets(file):
    data = datasets.CSV(file('who,y\n"Müller, Zoë",ja\n"two\nlines",nein\n李,ja\n'))
    assert data.features == ["who=Müller, Zoë", "who=two\nlines", "who=李"]


# Rows to learn from, and the rest.


def big(rows=100, seed=0):
    rng = np.random.default_rng(seed)
    lines = [f"{a:.3f},{'uvw'[i % 3]},{'no' if i % 4 else 'yes'}" for i, a in enumerate(rng.normal(5, 3, rows))]
    return "a,b,y\n" + "\n".join(lines) + "\n"


def test_a_split_is_encoded_by_the_rows_to_learn_from(file):
    data = datasets.CSV(file(big()))
    train, valid = data.split(0.8, Generator(0))
    assert (len(train), len(valid)) == (80, 20)
    assert np.bincount(train.y.numpy()).tolist() == [60, 20]
    assert train.x[:, 0].numpy().mean() == pytest.approx(0, abs=1e-6)
    assert train.x[:, 0].numpy().std() == pytest.approx(1, rel=1e-6)
    assert abs(valid.x[:, 0].numpy().mean()) > 1e-3
    assert valid.encoding == train.encoding != data.encoding
    both = ConcatDataset([train, valid])
    column = train.encoding.columns[0]
    values = sorted(both[i][0][0].item() * column.std + column.mean for i in range(100))
    assert values == pytest.approx(sorted(float(line.split(",")[0]) for line in big().split()[1:]), abs=1e-5)


def test_a_split_follows_from_the_seed(file):
    data = datasets.CSV(file(big()))
    first, again, other = (data.split(0.5, Generator(seed))[0].x.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_a_regression_is_split_as_well(file):
    train, valid = datasets.CSV(file(column(*np.linspace(0, 1, 10)))).split(0.7, Generator(0))
    assert (len(train), len(valid)) == (7, 3)
    assert train.y.numpy().std() == pytest.approx(1, rel=1e-6)


def test_a_word_that_only_the_rest_has_is_known(file):
    data = datasets.CSV(file("a,y\n" + "u,0\nu,1\n" * 5 + "v,1\n"))
    for seed in range(5):
        train, valid = data.split(0.5, Generator(seed))
        assert train.features == valid.features == ["a=u", "a=v"]


# The encoding in a file, and new rows.


def test_the_encoding_survives_a_file_and_encodes_new_rows(file, tmp_path):
    data = datasets.CSV(file(PEOPLE))
    data.encoding.save(tmp_path / "encoding.json")
    encoding = datasets.Encoding.load(tmp_path / "encoding.json")
    assert encoding == data.encoding
    assert (encoding.task, encoding.classes, encoding.features) == (data.task, data.classes, data.features)
    lines = [line.split(",") for line in PEOPLE.split()]
    turned = "\n".join(",".join([*reversed(line[:3]), "more"]) for line in lines)
    assert encoding.rows(file(PEOPLE)).tolist() == data.x.tolist()
    assert encoding.rows(file(turned)).tolist() == data.x.tolist()
    rows = [dict(zip(lines[0], line)) for line in lines[1:]]
    assert encoding.rows(rows).tolist() == data.x.tolist()
    assert encoding.rows({"height": 1.71, "city": "Bern", "age": 31}).tolist() == data.x[:1].tolist()
    assert datasets.Encoding.from_state(json.loads(json.dumps(encoding.state_dict()))) == encoding


def test_a_file_to_test_on_is_read_in_the_encoding_learned_from(file):
    train = datasets.CSV(file(PEOPLE))
    test = datasets.CSV(file("likes,height,city,age\ntea,1.71,Bern,31\n"), encoding=train.encoding)
    assert test.x.tolist() == train.x[:1].tolist()
    assert test.y.tolist() == [1]
    assert test.classes == train.classes


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("age,city,height\n31,Bern,tall\n", "line 2, column 'height': expected a number, found 'tall'"),
        ("age,city\n31,Bern\n", "there is no column 'height': the columns are 'age', 'city'"),
        ("Age,city,height\n31,Bern,1\n", "there is no column 'age': did you mean 'Age'?"),
        ({"age": 31, "city": "Bern"}, "the given rows: there is no column 'height'"),
        ([], "expected the path of a CSV file, or rows as dicts from column to value, or a DataFrame, given .."),
        ([[31, "Bern", 1.7]], "expected the path of a CSV file, or rows as dicts"),
    ],
)
def test_new_rows_that_cannot_be_encoded_are_refused(file, rows, message):
    encoding = datasets.CSV(file(PEOPLE, "people.csv")).encoding
    with pytest.raises(ValueError, match=message):
        encoding.rows(file(rows) if isinstance(rows, str) else rows)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("age,city,height\n31,Bren,1.7\n", "line 2, column 'city': 'Bren' is unknown, .* did you mean 'Bern'?"),
        ("age,city,height\n31,Lugano,1.7\n", "'Lugano' is unknown, so its inputs are 0: known are 'Basel', 'Bern'"),
        ([{"age": 31, "city": 3, "height": 1.7}], "the given rows, row 0, column 'city': '3' is unknown"),
    ],
)
def test_a_word_that_was_not_learned_from_is_told_and_has_inputs_of_0(file, rows, message):
    encoding = datasets.CSV(file(PEOPLE, "people.csv")).encoding
    with pytest.warns(datasets.DataNote, match=message):
        x = encoding.rows(file(rows) if isinstance(rows, str) else rows)
    assert x[0, 1:4].tolist() == [0, 0, 0]
    assert x[0, [0, 4]].tolist() == encoding.rows({"age": 31, "city": "Bern", "height": 1.7})[0, [0, 4]].tolist()


def test_an_unknown_class_in_a_file_to_test_on_is_refused(file):
    encoding = datasets.CSV(file(PEOPLE)).encoding
    with pytest.raises(ValueError, match="line 3, column 'likes': 'milk' is unknown: expected one of 'coffee', 'tea'"):
        datasets.CSV(file("age,city,height,likes\n1,Bern,1,tea\n1,Bern,1,milk\n"), encoding=encoding)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"columns": [], "target": 3}', '{"columns": [{"name": "a"}], "target": {"name": "b"}}',
                '{"columns": [], "target": {"name": "y", "categories": null, "mean": 0, "std": 0}}']
)  # fmt: skip
def test_a_file_that_is_no_encoding_is_refused(file, content):
    with pytest.raises(ValueError, match=r"encoding.json: not the encoding of a table"):
        datasets.Encoding.load(file(content, "encoding.json"))


# Files that are not as they should be.


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty, expected a header"),
        ("\n \n", "the file is empty, expected a header"),
        (",", "the file is empty, expected a header"),
        ("a,b\n", "there is a header .a, b. and no line below it"),
        ("1,2,3\n4,5,6\n", "line 1: expected a header, the names of the 3 columns, found numbers .1, 2, 3."),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", "line 1: expected a header, .* found numbers .5.1, 3.5."),
        ("a,b\n1,2\n\n3,4,5\n", "line 4: expected 2 cells, one for each name in the header, found 3"),
        ("a,b\n1\n", "line 2: expected 2 cells, one for each name in the header, found 1"),
        ('a,b\n1,2\n"3,4\n5,6\n', "line 3: unexpected end of data: is a double quote missing"),
        ('a,b\n"1"x,2\n', "line 2: .* is a double quote missing, or one too many"),
        ("a|b\n1|2\n", "expected one or more columns beside the target, found the columns 'a|b'"),
        ("a,y\n1,u\n2,v\n3O,u\n4,v\n", "line 4, column 'a': expected a number, found '3O': correct it"),
        ("a,y\n1,u\nx,v\n3,u\n4,v\n5,u\nz,u\n", "line 3, column 'a': expected a number, found 'x' .and 1 more of 6."),
        ("a,y\n1,u\ninf,v\n3,u\n", "line 3, column 'a': expected a number, found 'inf'"),
        ("a,y\n1,u\n1_0,v\n3,u\n", "line 3, column 'a': expected a number, found '1_0'"),
        ("a,y\n1,0\n2,1\n3,1\n4,one\n", "line 5, column 'y': expected a number, found 'one'"),
        ("a,y\n1,u\n2,u\n", "in all 2 rows 'y' is 'u': expected two or more classes"),
        ("a,y\n1,7\n2,7.0\n", "in all 2 rows 'y' is '7': expected two or more classes"),
    ],
)
def test_a_fault_in_a_file_is_told_with_its_place(file, content, message):
    path = file(content)
    with pytest.raises(ValueError, match=message) as error:
        datasets.CSV(path)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,y\n" + "".join(f"{i % 2},name{i}\n" for i in range(30)), "'y': 30 different words in 30 rows .such as"),
        ("a,y\n1,\n2,NA\n", "all 2 cells of the target 'y' are missing"),
    ],
)
def test_a_target_that_cannot_be_predicted_is_refused(file, content, message):
    with pytest.raises(ValueError, match=message):
        datasets.CSV(file(content), target="y")


def test_a_file_that_is_no_text_is_refused(file):
    with pytest.raises(ValueError, match="line 2: the byte 0x89 is not text in UTF-8, and the file is no text at all"):
        datasets.CSV(file(b"a,b\n\x89PNG\r\n\x1a\n\0\0"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "hieght"}, "there is no column 'hieght': did you mean 'height'?"),
        ({"target": "xyz"}, "there is no column 'xyz': the columns are 'age', 'city', 'height', 'likes'"),
        ({"words": ["zip"]}, "there is no column 'zip'"),
        ({"ignore": ["id"]}, "there is no column 'id'"),
        ({"ignore": ["age", "city", "height"]}, "expected one or more columns beside the target"),
        ({"task": "sorting"}, "expected the task 'classification' or 'regression', given 'sorting'"),
        ({"task": "regression"}, "'likes': expected numbers for a regression, found words such as 'coffee'"),
    ],
)
def test_options_that_do_not_fit_the_file_are_refused(file, options, message):
    with pytest.raises(ValueError, match=message):
        datasets.CSV(file(PEOPLE), **options)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.csv: expected a CSV file, found nothing there"):
        datasets.CSV(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError, match="expected a CSV file, found a folder"):
        datasets.CSV(tmp_path)


# From the file to the trained model.


def fit(model, data, loss, epochs, lr=0.05):
    optimizer = nn.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        for x, y in DataLoader(data, 16, shuffle=True):
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()


def test_a_classifier_learns_a_table_and_names_the_classes_of_new_rows(file):
    autograd.manual_seed(0)
    rng = np.random.default_rng(0)
    rows = [(a, "left" if b else "right", "in" if (a > 100) == b else "out")
            for a, b in zip(rng.uniform(0, 200, 200), rng.random(200) < 0.5)]  # fmt: skip
    data = datasets.CSV(file("a,side,answer\n" + "\n".join(f"{a},{b},{c}" for a, b, c in rows)))
    train, valid = data.split(0.8)
    model = nn.MLP(3, [16, 2])
    fit(model, train, nn.CrossEntropyLoss(), epochs=40)
    assert (model(valid.x).argmax(dim=1) == valid.y).double().mean().item() > 0.9
    new = [{"side": "left", "a": 180}, {"side": "left", "a": 20}, {"side": "right", "a": 20}]
    assert train.encoding.decode(model(train.encoding.rows(new))) == ["in", "out", "in"]


def test_a_regression_learns_a_table_whose_numbers_are_large(file):
    autograd.manual_seed(0)
    rng = np.random.default_rng(0)
    areas, kinds = rng.uniform(40, 200, 150), rng.integers(0, 2, 150)
    prices = 5000 * areas + 90_000 * kinds
    lines = [f"{area},{('flat', 'house')[kind]},{price}" for area, kind, price in zip(areas, kinds, prices)]
    train, valid = datasets.CSV(file("area,kind,price\n" + "\n".join(lines))).split()
    model = nn.Linear(3, 1)
    fit(model, train, nn.MSELoss(), epochs=40)
    assert nn.MSELoss()(model(valid.x), valid.y).item() < 1e-3
    price = train.encoding.decode(model(train.encoding.rows({"area": 100, "kind": "house"})))
    assert price == pytest.approx([590_000], rel=0.02)
