"""The report of a run: one page that says what `evaluate` says, needs nothing else, and hides nothing."""

import json
import re
import shlex
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from nn.cli.evaluate_command import outcome_on
from nn.data import datasets
from nn.report.report_facts import gather
from nn.report.report_mistakes import worst
from nn.report.report_tags import figure
from nn.runs.run_folder import RunFolder
from nn.train import load_run, save_run
from tests.chromium import chromium
from tests.cli_runs import fails, here
from tests.nn.cli.test_inputs import images

EVIL = "<script>alert(1)</script>"
QUOTE = '"><img src=x onerror=alert(2)>'
KINDS = ("loans", "prices", "digits", "photos", "iris", "all")


def loans(n=200):
    """Classes of which one is rare, with missing cells, dates, an id, and names that are HTML."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=n)
    yield f'id,income,town,since,{EVIL},"{QUOTE.replace(chr(34), chr(34) * 2)}"'
    for i in range(n):
        income = "" if i % 9 == 0 else f"{9000 + 2000 * x[i]:.0f}"
        kind = EVIL if x[i] + draw.normal() > 1 else "no & no"
        yield f"{i},{income},{draw.choice(['Ulm', 'Köln'])},2020-0{1 + i % 9}-11,{draw.normal():.3f},{kind}"


def prices(n=120):
    draw = np.random.default_rng(1)
    yield "rooms,town,price"
    for _ in range(n):
        rooms, ulm = draw.integers(1, 9), draw.integers(2)
        yield f"{rooms},{'Ulm' if ulm else 'Bonn'},{1000 * rooms + 500 * ulm + draw.normal(0, 90):.0f}"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a run of every kind, and the report of each."""
    folder = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("loans.csv").write_text("\n".join(loans()), encoding="utf-8")
        Path("prices.csv").write_text("\n".join(prices()), encoding="utf-8")
        images(folder / "photos")
        (folder / "photos" / "red").rename(folder / "photos" / "<b>red")
        for data in ("loans.csv", "prices.csv", "digits", "photos", "iris"):
            assert nn.cli.app.run(["train", data, "--epochs", "5", "--quiet"]) == 0
        assert nn.cli.app.run(["train", "iris", "--epochs", "2", "--valid", "0", "--out", "runs/all", "--quiet"]) == 0
        for kind in KINDS:
            load_run(f"runs/{kind}").report()
    return folder


@pytest.fixture
def runs(made, tmp_path, monkeypatch):
    """A copy of it, to be in."""
    shutil.copytree(made, tmp_path / "copy", ignore=shutil.ignore_patterns("report.html"))
    for config in (tmp_path / "copy" / "runs").glob("*/config.toml"):
        config.write_text(config.read_text().replace(str(made), str(tmp_path / "copy")))
    monkeypatch.chdir(tmp_path / "copy")
    return Path("runs")


class Page(HTMLParser):
    """The elements of a page, its text, and what is opened and not closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.text, self.blocks = [], [], [], [], []
        self.feed(text)
        self.words = " ".join("".join(self.text).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in ("br", "img", "meta"):
            self.open.append(tag)
        self.text.append(" ")
        if tag == "pre":
            self.blocks.append("")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)
        if "pre" in self.open:
            self.blocks[-1] += data


@pytest.fixture
def there(made, monkeypatch):
    """To be in that folder itself, and change nothing."""
    monkeypatch.chdir(made)
    return made / "runs"


def read(file):
    """A page, as text and taken apart."""
    text = Path(file).read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    return text, page


def written(run):
    """The page of a run's report, written now."""
    return read(load_run(run).report())


def timeless(text):
    """A page without the time at which it was written."""
    return re.sub(r"Written by .*?<", "", text)


@pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")  # that evaluate tells
@pytest.mark.parametrize("kind", KINDS)
def test_it_says_what_evaluate_says(there, kind):
    _, page = read(there / kind / "report.html")
    _, outcome, _ = outcome_on("", RunFolder.open(there / kind))
    for each in (outcome, *outcome.baselines.values()):
        for value in each.figures().values():
            assert figure(value) in page.words
    if outcome.classes:
        assert f"{outcome.accuracy:.1%}" in page.words
        for recall in outcome.confusion.recall:
            assert f"{recall:.1%}" in page.words
    low, high = outcome.interval
    assert low == high or f"{figure(low)} to {figure(high)}" in page.words
    assert page.words.count(f"{len(outcome.targets):,} ") > 0


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_one_file_that_needs_nothing_else(there, kind):
    text, page = read(there / kind / "report.html")
    assert {"script", "link", "iframe", "object", "form", "base"}.isdisjoint(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name == "href":
            assert value.startswith("#")
            assert f'id="{value[1:]}"' in text
        if name == "src":
            assert value.startswith("data:image/png;base64,")
    assert not re.search(r"url\(|@import|https?://", text)
    assert 10_000 < len(text.encode()) < 2 << 20


def test_names_that_are_html_are_text(there):
    text, page = read(there / "loans" / "report.html")
    assert "<script" not in text
    assert "<img src=x" not in text
    assert page.words.count(EVIL) > 5
    assert QUOTE in page.words
    assert "<b>red" not in read(there / "photos" / "report.html")[0]


@pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")  # that evaluate tells
@pytest.mark.parametrize("kind", KINDS)
def test_its_python_and_its_commands_run(there, kind, capsys):
    _, page = read(there / kind / "report.html")
    *commands, program = page.blocks
    assert [shlex.split(each)[:3] for each in commands] == [
        ["chalkgrad", name, f"runs/{kind}"] for name in ("evaluate", "predict", "serve")
    ]
    assert here(capsys, *shlex.split(commands[0])[1:]).code == 0
    assert len(program.splitlines()) == 4
    capsys.readouterr()
    exec(program, {})
    assert capsys.readouterr().out.startswith("Prediction(")


def test_it_tells_what_was_done_to_the_table(there):
    _, page = read(there / "loans" / "report.html")
    for words in ("Column 'id' is left out", "missing cells are filled in", "the median", "Ulm", "dates",
                  "160 training", "40 held out", "Fewer rows (160) than weights", "Seed", "SHA-256"):  # fmt: skip
        assert words in page.words, words
    assert re.search(r"income numbers, mean [\d,]+, deviation [\d,]+ 23 \(11.5%\)", page.words)


def test_the_worst_mistakes_are_those_it_was_most_sure_of(there):
    facts = gather(load_run(there / "loans"))
    scores = facts.outcome.scores.double().softmax(1).numpy()
    targets = facts.outcome.targets.numpy()
    wrong = sorted((-scores[i].max(), i) for i in range(len(targets)) if scores[i].argmax() != targets[i])
    assert [each.place for each in worst(facts)] == [i for _, i in wrong[:12]]
    numbers = gather(load_run(there / "prices"))
    off = np.abs(np.subtract(*(np.array(numbers.task.encoding.decode(x))
                               for x in (numbers.outcome.scores, numbers.outcome.targets))))  # fmt: skip
    assert [each.place for each in worst(numbers)] == np.argsort(-off, kind="stable")[:12].tolist()


def test_a_row_that_was_mistaken_is_that_of_the_file(there):
    facts = gather(load_run(there / "prices"))
    rows = Path("prices.csv").read_text().splitlines()[1:]
    _, page = read(there / "prices" / "report.html")
    for mistake in worst(facts):
        place = int(facts.tested.indices[mistake.place])
        rooms, town, price = rows[place].split(",")
        assert re.search(rf"\b{place + 1} \S+ \S+ {figure(float(price))} {rooms} {town}\b", page.words)


@pytest.mark.parametrize("kind", ["loans", "prices", "photos"])
def test_two_reports_are_equal_but_for_the_time(there, kind, tmp_path):
    again = load_run(f"runs/{kind}").report(tmp_path / "again.html")
    assert timeless(again.read_text(encoding="utf-8")) == timeless(read(there / kind / "report.html")[0])


def test_both_doors_write_the_same(runs, capsys):
    done = here(capsys, "report", runs / "iris", "--out", "new/iris.html")
    assert (done.code, done.out) == (0, f"{Path('new/iris.html')}\n")
    assert load_run(runs / "iris").report() == runs / "iris" / "report.html"
    first, second = (read(file)[0] for file in ("new/iris.html", runs / "iris" / "report.html"))
    assert timeless(first) == timeless(second)


def test_it_opens_the_page_if_asked_to(runs, capsys, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert here(capsys, "report", runs / "iris", "--open").code == 0
    assert opened == [(runs / "iris" / "report.html").resolve().as_uri()]


@pytest.mark.parametrize("kind", ["loans", "prices", "photos"])
def test_of_data_that_are_gone_it_tells_what_the_run_kept(runs, kind):
    source = Path(load_run(runs / kind).settings.dataset)
    source.rename(source.with_name("elsewhere"))
    text, page = written(runs / kind)
    assert f"There is no file or folder {source}" in page.words
    assert "The model was not measured for this page" in page.words
    results = json.loads((runs / kind / "results.json").read_text())
    name = "mae" if kind == "prices" else "accuracy"
    assert figure(results[name]) in page.words
    assert figure(results["baselines"]["linear"][name]) in page.words
    low, high = results["interval"]
    assert low == high or f"{figure(low)} to {figure(high)}" in page.words
    assert "At the end of the training" in page.words
    assert text.count("data:image/png") >= 3
    assert "held out" in page.words


def test_of_data_that_have_changed_it_says_so(runs, capsys):
    rows = Path("prices.csv").read_text().splitlines()
    Path("prices.csv").write_text("\n".join([*rows[:100], "3,Ulm,9999", "4,Bonn,1"]))
    note = here(capsys, "evaluate", runs / "prices").out.splitlines()[0].removeprefix("note: ")
    assert "has changed since the run was trained" in note
    _, page = written(runs / "prices")
    assert page.words.count(note) == 2


def test_classes_go_by_the_numbers_of_the_model_also_where_one_is_gone(runs):
    shutil.rmtree("photos/blue")
    _, page = written(runs / "photos")
    for counts in ("<b>red 10 (50.0%) 2 (50.0%)", "blue 0 (0.0%) 0 (0.0%)", "green 10 (50.0%) 2 (50.0%)"):
        assert counts in page.words
    assert "images that are gone: 12" in page.words


def test_of_many_columns_the_program_names_the_file_only_while_it_is_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(2)
    rows = [",".join(f"{value:.3f}" for value in draw.normal(size=15)) for _ in range(40)]
    Path("wide.csv").write_text("\n".join([",".join(f"c{i}" for i in range(15)), *rows]))
    assert here(capsys, "train", "wide.csv", "--epochs", 2, "--quiet").code == 0
    for named in (True, False):
        program = written("runs/wide")[1].blocks[-1]
        assert ("wide.csv" in program) == named
        exec(program, {})
        Path("wide.csv").unlink(missing_ok=True)


@pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")
def test_a_fold_says_which_it_is(runs, capsys):
    assert here(capsys, "train", "loans.csv", "--folds", 3, "--epochs", 2, "--quiet", "--out", "cross").code == 0
    assert "fold 2 of 3 of a cross-validation" in written("cross/fold-2")[1].words
    assert fails(here(capsys, "report", "cross"), 2, "cross")


def test_a_run_of_which_nothing_was_held_out_says_so(there):
    _, page = read(there / "all" / "report.html")
    assert "Nothing was held out: these are figures on the rows that the network learned from" in page.words
    assert "none were held out" in page.words


def test_a_network_that_failed_is_refused(runs, capsys):
    model = nn.load(runs / "iris" / "model.safetensors")
    model["0.weight"][0, 0] = float("nan")
    nn.save(model, runs / "iris" / "model.safetensors")
    assert fails(here(capsys, "report", runs / "iris"), 1, "its training failed", "0.weight")
    assert not (runs / "iris" / "report.html").exists()


def test_what_cannot_be_drawn_is_said(runs, monkeypatch):
    def without(*given, **more):
        raise ImportError("curves need a package that is <missing>")

    monkeypatch.setattr("nn.plot.roc", without)
    assert "ROC curve, each class against all others: curves need a package that is <missing>." in written(
        runs / "iris"
    )[1].words


def test_what_the_owner_wrote_stands_on_the_page(runs, made):
    assert "write here, or into about.txt" in read(made / "runs" / "iris" / "report.html")[1].words
    (runs / "iris" / "about.txt").write_text("For the <school> garden.\n\nAsk Ada.", encoding="utf-8")
    words = written(runs / "iris")[1].words
    assert "For the <school> garden. Ask Ada." in words
    assert "write here" not in words


def test_only_a_page_is_written_over(runs, capsys):
    before = Path("prices.csv").read_bytes()
    assert fails(here(capsys, "report", runs / "prices", "--out", "prices.csv"), 2, "ends in .html")
    assert Path("prices.csv").read_bytes() == before
    assert fails(here(capsys, "report", "runs/nothing"), 2, "not the folder of a run")


def test_a_run_of_before_there_were_records_has_a_report(runs):
    for name in ("data.json", "split.safetensors", "environment.json", "baselines.safetensors", "history.jsonl"):
        (runs / "loans" / name).unlink()
    _, page = written(runs / "loans")
    for words in ("kept no record of its data", "kept no notes", "It was not kept"):
        assert words in page.words, words


def test_it_can_be_read_on_a_phone_and_in_the_dark(there):
    files = [there / kind / "report.html" for kind in ("loans", "photos")]
    with chromium() as tab:
        for file in files:
            for dark in (False, True):
                tab.open(file.as_uri(), width=390, phone=True, dark=dark)
                assert tab.run("document.documentElement.scrollWidth") == 390
                assert tab.errors == []
                paper = tab.run("getComputedStyle(document.body).backgroundColor")
                assert (sum(map(int, re.findall(r"\d+", paper)[:3])) < 150) == dark


@pytest.mark.parametrize("train", [None, nn.data.TensorDataset(autograd.zeros(3, 1), autograd.zeros(3))])
def test_a_run_without_a_file_claims_nothing_about_its_data(train, tmp_path):
    page = load_run(save_run(nn.Linear(1, 1), tmp_path / "run", ["length"], goal="weight", train=train)).report()
    text = re.sub(r"<style>.*</style>|<[^>]+>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    words = " ".join(text.split())
    for false in ("the 0 of", "that chalkgrad knows", "those of ,", "did not come to its end", "Nothing stood out",
                  "its figures", "none were held out", "of the figures"):  # fmt: skip
        assert false not in words, false
    assert "No figures were kept." in words
    assert "run --data your-table.csv" in words


class Own(nn.Linear):
    """A class that the folder of a run knows nothing of."""


@pytest.mark.parametrize("model", [nn.Linear(1, 2), Own(1, 2)], ids=["of nn", "of its own class"])
def test_a_run_that_was_made_in_python_has_no_settings(model, tmp_path, capsys):
    table = tmp_path / "fish.csv"
    table.write_text("length,kind\n" + "".join(f"{i / 7},{'ab'[i > 34]}\n" for i in range(70)))
    train, valid = datasets.CSV(table).split(0.8)
    path = save_run(model, tmp_path / "fish", train.encoding, train=train, valid=valid)
    page = load_run(path, model=model).report().read_text(encoding="utf-8")
    assert "trained by a program" in page
    assert "settings that are the default" not in page
    assert "Whether anything was chosen" in page
    assert ("chalkgrad predict" in page) != isinstance(model, Own)
    assert (here(capsys, "report", path).code == 0) != isinstance(model, Own)


def test_the_help_of_a_setting_has_no_marks_of_the_terminal(made):
    assert "[dim]" not in (made / "runs" / "iris" / "report.html").read_text(encoding="utf-8")
