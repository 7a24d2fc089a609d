"""Folds: scikit-learn's parts of a table, and an encoding that knows nothing of the rows that are held out."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit

from nn.data import datasets
from nn.data.folds import fold_indices

pytestmark = pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")

N = 60
DRAW = np.random.default_rng(0)
FRAME = pd.DataFrame({
    "x": DRAW.normal(size=N),
    "soil": DRAW.choice(["clay", "peat", "sand"], N),
    "patient": DRAW.integers(0, 12, N),
    "day": pd.date_range("2020-01-01", periods=N).astype(str),
    "price": DRAW.normal(size=N).round(4),
    "ill": DRAW.choice(["no", "yes"], N, p=[0.7, 0.3]),
})  # fmt: skip
SEEDED = {"shuffle": True, "random_state": 0}
CASES = {
    "classes": ("ill", {}, StratifiedKFold(5, **SEEDED)),
    "numbers": ("price", {}, KFold(5, **SEEDED)),
    "groups": ("ill", {"group": "patient"}, StratifiedGroupKFold(5, **SEEDED)),
    "groups, numbers": ("price", {"group": "patient"}, GroupKFold(5, **SEEDED)),
    "time": ("ill", {"time": "day"}, TimeSeriesSplit(5)),
}


def table(target, frame=FRAME, **options):
    return datasets.CSV(frame, target, ignore=[name for name in ("day", "patient") if name not in options.values()],
                        **options)  # fmt: skip


def rows(part):
    """The places of its rows in the table, of which all have another x."""
    place = [column.name for column in part.encoding.columns].index("x")
    return [FRAME["x"].tolist().index(x) for x in part.numbers(slice(None))[:, place]]


@pytest.mark.parametrize(("target", "options", "splitter"), CASES.values(), ids=CASES)
def test_the_folds_are_those_of_scikit_learn(target, options, splitter):
    groups = {"groups": pd.factorize(FRAME["patient"])[0]} if "group" in options else {}
    expected = splitter.split(FRAME[["x"]], FRAME[target], **groups)
    for (train, held_out), (ours, others) in zip(table(target, **options).folds(5), expected, strict=True):
        assert rows(train) == ours.tolist()
        assert rows(held_out) == others.tolist()


def test_what_is_neither_trained_on_nor_held_out_comes_later():
    train, held_out, later = table("ill", time="day").fold(2, 5)
    assert max(rows(train)) < min(rows(held_out)) <= max(rows(held_out)) < min(rows(later))
    assert len(train) + len(held_out) + len(later) == N
    assert len(table("ill").fold(2, 5)[2]) == 0


def test_rows_of_one_moment_stay_together():
    frame = FRAME.assign(day=[f"2020-01-{1 + i // 6:02}" for i in range(N)])
    for train, held_out in table("ill", frame, time="day").folds(4):
        assert not {i // 6 for i in rows(train)} & {i // 6 for i in rows(held_out)}


def test_copies_are_on_one_side():
    several = pd.concat([FRAME, FRAME[:20], FRAME[:7]])
    for train, held_out in table("ill", several).folds(4):
        assert not set(rows(train)) & set(rows(held_out))
        assert any("27 of 87 rows are copies of others: copies stay on one side" in note for note in train.notes)


def test_an_encoding_is_measured_on_the_rows_that_are_trained_on():
    lacking = FRAME.assign(y=FRAME["x"].where(FRAME.index % 7 > 0))[["x", "y", "price"]]
    data = datasets.CSV(lacking, "price")
    for (train, held_out), (ours, _) in zip(data.folds(5), KFold(5, **SEEDED).split(lacking), strict=True):
        x, y = train.encoding.columns
        assert (x.mean, x.std) == pytest.approx((lacking["x"][ours].mean(), lacking["x"][ours].std(ddof=0)))
        assert y.fill == pytest.approx(lacking["y"][ours].median())
        assert train.encoding.target.mean == pytest.approx(lacking["price"][ours].mean())
        assert held_out.encoding is train.encoding


def test_a_word_that_only_held_out_rows_have_is_unknown():
    data = table("price", FRAME.assign(soil=["lava", *FRAME["soil"][1:]]), words=["ill"])
    for train, held_out in data.folds(5):
        soil = [name for name in train.features if name.startswith("soil")]
        assert ("soil=lava" in soil) is (0 in rows(train))
        if 0 in rows(held_out):
            inputs = held_out.x.numpy()[rows(held_out).index(0)]
            assert inputs[[train.features.index(name) for name in soil]].tolist() == [0, 0, 0]
            again = train.encoding.rows({"x": 1, "soil": "sand", "ill": "no"}).numpy()[0]
            assert again[train.features.index("soil=sand")] == 1
        assert held_out.x.numpy()[:, [train.features.index(name) for name in soil]].sum(1).max() == 1


def test_of_too_many_words_those_that_are_not_trained_on_are_among_the_others():
    words = [f"word{i % 100:02}" for i in range(300)]
    data = datasets.CSV(pd.DataFrame({"word": words, "x": range(300), "y": np.arange(300) % 7 / 3}), "y", keep=["x"])
    for number in 1, 2:
        train, held_out, _ = data.fold(number, 2)
        known = {cell for cell, in train.numbers(slice(None))[:, :1]}
        assert known == set(range(len(train.encoding.columns[0].categories) + 1))
        assert (held_out.x.numpy()[:, :-1].sum(1) == 1).all()


def test_a_part_of_a_fold_keeps_its_encoding():
    train, _, _ = table("ill").fold(1, 5)
    ours, others = train.split(0.8)
    assert ours.encoding is others.encoding is train.encoding


REFUSED = {
    "more than the frequent class has": ({"classes": np.repeat([0, 1], [7, 3])}, 8, "2 to 7, the rows of the most"),
    "more than rows": ({}, 11, "2 to 10, the number of rows that differ, given 11"),
    "more than copied rows": ({"copies": np.arange(10) // 2}, 6, "2 to 5, the number of rows that differ"),
    "more than groups": ({"groups": np.arange(10) % 3}, 4, "2 to 3, the number of groups, given 4"),
    "more than times": ({"moments": np.arange(10) // 4}, 3, "2 to 2, one less than there are different times"),
    "one": ({}, 1, "2 to 10"),
}


@pytest.mark.parametrize(("options", "k", "words"), REFUSED.values(), ids=REFUSED)
def test_folds_are_refused(options, k, words):
    with pytest.raises(ValueError, match=words):
        fold_indices(k, 10, **options)


def test_a_fold_has_a_number():
    with pytest.raises(ValueError, match="one of 5 folds, from 1 to 5, given 6"):
        table("ill").fold(6, 5)


def test_no_group_leaves_a_part_empty():
    groups = np.repeat([0, 1, 2], [50, 1, 1])
    folds = fold_indices(3, 52, np.arange(52) % 2, groups=groups)
    assert sorted(len(others) for _, others in folds) == [1, 1, 50]
