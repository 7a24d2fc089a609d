"""What a notebook shows of data: size, classes and a few samples; nothing more is read, and nothing changes."""

import base64
import io
import random
import time
from collections import namedtuple

import numpy as np
import pytest

import autograd
from autograd import Generator
from nn.data import (
    ChainDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    datasets,
    transforms,
)
from nn.data.datasets.images import ImageDataset
from nn.data.inline_images import SIDE, looks_like_image, png, thumbnail
from nn.data.sample_facts import IMAGES, MOST_LABELS, ROWS
from tests.displayed import HOSTILE, SHOWN, displayed, notes, tables


class Counted(Dataset):
    """Samples made on demand, which are counted."""

    def __init__(self, length, make):
        self.length, self.make, self.asked = length, make, []

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        assert type(index) is int
        self.asked.append(index)
        return self.make(index)


class Pictures(ImageDataset):
    """Four classes, one of them without a picture; each picture is of one brightness."""

    classes = ("black", HOSTILE, "white", "missing")

    def __init__(self, transform=None):
        super().__init__("nowhere", transform=transform)

    def _read(self):
        levels = np.repeat([0, 127, 255], [3, 2, 5])
        return np.ones((10, 9, 12), np.uint8) * levels[:, None, None].astype(np.uint8), np.repeat([0, 1, 2], [3, 2, 5])


class Stream(IterableDataset):
    def __iter__(self):
        raise AssertionError("a display reads no stream")


class Sized(Stream):
    def __len__(self):
        return 1000


def images(thing):
    from PIL import Image

    sources = [image.get("src").partition(",")[2] for image in displayed(thing).iter("img")]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(source)))) for source in sources]


def heading(thing):
    return notes(thing)[0]


# -- tables -----------------------------------------------------------------------------------------------------------


def test_a_table_shows_its_first_rows_and_how_many_samples_each_class_has():
    shapes, classes, rows = tables(data := TensorDataset(np.arange(24.0).reshape(12, 2), np.arange(12) % 3))
    assert heading(data) == "TensorDataset: 12 samples"
    assert shapes == [["", "shape of a sample", "dtype"], ["input", "(2,)", "float64"], ["target", "()", "int64"]]
    assert classes == [["class", "0", "1", "2"], ["samples", "4", "4", "4"]]
    assert rows[:2] == [["", "input[0]", "input[1]", "target"], ["0", "0", "1", "0"]]
    assert len(rows) == 1 + ROWS


def test_columns_of_a_file_have_their_names(tmp_path):
    (tmp_path / "x.csv").write_text("a,<b>,kind\n" + "1,2,no\n3,5,yes\n" * 4)
    shapes, classes, rows = tables(datasets.CSV(tmp_path / "x.csv", standardize=False))
    assert classes == [["class", "no", "yes"], ["samples", "4", "4"]]
    assert rows[:3] == [["", "a", "<b>", "target"], ["0", "1", "2", "no"], ["1", "3", "5", "yes"]]


def test_of_a_long_vector_there_are_its_first_numbers():
    rows = tables(datasets.digits())[-1]
    assert rows[0] == ["", *(f"input[{i}]" for i in range(10)), "… of 64", "target"]


def test_whole_numbers_that_are_no_classes_are_not_counted():
    assert len(tables(TensorDataset(np.zeros((30, 2)), np.arange(30)))) == 2
    assert len(tables(TensorDataset(np.arange(30)))) == 2


def test_many_classes_are_told_in_one_line():
    assert "50 classes, each of 2 to 2 samples" in notes(TensorDataset(np.zeros((100, 2)), np.arange(100) % 50))


def test_text_stands_as_text():
    data = Counted(7, lambda i: (HOSTILE + "x" * 1000, f"label {i}"))
    shapes, rows = tables(data)
    assert shapes[1:] == [["input", "", "str"], ["target", "", "str"]]
    assert rows[1][1].startswith(SHOWN)
    assert len(rows[1][1]) < 250
    assert rows[1][2] == "label 0"


Pair = namedtuple("Pair", "left right")


@pytest.mark.parametrize(
    ("sample", "names"),
    [
        ((np.zeros(2), np.zeros(3), 1), ["input 1", "input 2", "target"]),
        (Pair(np.zeros(2), 1.5), ["left", "right"]),
        ({"a": 1, "b": {"c": np.zeros((2, 3))}}, ["a", "b.c"]),
        (((np.zeros(2), 1), 2), ["input.input", "input.target", "target"]),
        ([3, 4] * 20, ["sample"]),
        (autograd.zeros(2), ["sample"]),
        ((), ["sample"]),
        (None, ["sample"]),
        ({}, ["sample"]),
    ],
)
def test_the_parts_of_a_sample_have_names(sample, names):
    assert [row[0] for row in tables(Counted(3, lambda i: sample))[0][1:]] == names


def test_shapes_that_differ_are_told():
    shapes, _ = tables(Counted(4, lambda i: (np.zeros((2, 3 + i)), [np.zeros(2), 0.5][i % 2])))
    assert shapes[1:] == [["input", "(2, ?)", "float64"], ["target", "varies", "float64, float"]]


# -- images -----------------------------------------------------------------------------------------------------------


def test_images_are_a_sheet_with_the_names_of_their_classes_below():
    data = Pictures()
    assert [picture[0, 0] for picture in images(data)] == [0] * 3 + [127] * 2 + [255] * 5
    assert tables(data)[1][0] == ["class", "black", f"{SHOWN[:40]}…", "white", "missing"]
    assert tables(data)[1][1] == ["samples", "3", "2", "5", "0"]
    first = next(displayed(data).iter("img"))
    assert first.get("alt") == "sample 0: black"
    assert (first.get("width"), first.get("height")) == ("72", "54")


def test_the_sheet_is_taken_from_all_over_the_data():
    data = Counted(10**9, lambda i: (np.zeros((28, 28), np.uint8), i % 10))
    assert heading(data) == "Counted: 1,000,000,000 samples"
    assert (data.asked[0], data.asked[-1], len(data.asked)) == (0, 10**9 - 1, IMAGES)
    assert data.asked == sorted(data.asked)


def test_transformed_images_are_shown_as_they_are_transformed_and_scaled_if_they_must_be():
    data = Pictures(transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]))
    assert tables(data)[0][1] == ["input", "(1, 9, 12)", "float32"]
    assert any(line.startswith("transform: Compose(") for line in notes(data))
    assert any("the smallest is black" in line for line in notes(data))
    assert not any("the smallest is black" in line for line in notes(Pictures(transforms.ToTensor())))
    assert images(Pictures(transforms.ToTensor()))[3][0, 0] == 127


@pytest.mark.parametrize(
    "value",
    [np.zeros((8, 8)), np.zeros((8, 9), np.uint8), autograd.zeros(3, 9, 12), np.zeros((9, 12, 4), np.uint8),
     np.zeros((1, 600, 400), bool), np.zeros((3000, 8), np.uint8), np.full((9, 9), np.nan), np.full((9, 9), np.inf)],
)  # fmt: skip
def test_what_looks_like_an_image_becomes_pixels(value):
    from PIL import Image

    assert looks_like_image(value)
    pixels, _ = thumbnail(value)
    assert max(pixels.shape[:2]) <= SIDE
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels)


@pytest.mark.parametrize(
    "value",
    [np.zeros(9), np.zeros((7, 7)), np.zeros((20, 30)), np.zeros((4, 9, 9)), np.zeros((0, 9), np.uint8), "text", 1,
     np.array([["a"] * 9] * 9), np.zeros((9, 9), complex), [[1] * 9] * 9],
)  # fmt: skip
def test_what_does_not_is_no_image(value):
    assert not looks_like_image(value)


def test_large_images_are_averaged():
    value = np.zeros((128, 128, 3))
    value[::2, :, 0] = 1
    pixels, scaled = thumbnail(autograd.tensor(value).permute(2, 0, 1))
    assert pixels.shape == (64, 64, 3)
    assert not scaled
    assert (pixels == [128, 0, 0]).all()


def test_images_of_pillow_are_images():
    from PIL import Image

    data = Counted(3, lambda i: (Image.new("RGBA", (30, 20), (255, 0, 0, 255)), i))
    assert tables(data)[0][1] == ["input", "(20, 30)", "Image"]
    assert (images(data)[0] == [255, 0, 0]).all()


# -- data sets of data sets -------------------------------------------------------------------------------------------


def test_parts_of_a_data_set_have_its_classes():
    part = Subset(Pictures(), [9, 0, 1])
    assert heading(part) == "Subset of Pictures: 3 samples"
    assert tables(part)[1][1] == ["samples", "2", "0", "1", "0"]
    both = part + Pictures()
    assert heading(both) == "ConcatDataset of Subset of Pictures, Pictures: 13 samples"
    assert tables(both)[1][1] == ["samples", "5", "2", "6", "0"]


def test_data_sets_side_by_side_have_their_names():
    data = StackDataset(picture=Pictures(), number=TensorDataset(np.arange(10.0)))
    assert heading(data) == "StackDataset of Pictures, TensorDataset: 10 samples"
    assert [row[0] for row in tables(data)[0][1:]] == ["picture.input", "picture.target", "number.input"]
    assert len(images(data)) == 10


# -- what is not read -------------------------------------------------------------------------------------------------


def test_a_stream_is_not_read():
    assert heading(Stream()) == "Stream: a stream of unknown length"
    assert heading(Sized()) == "Sized: a stream of 1,000 samples"
    assert heading(ChainDataset([Sized(), Sized()])) == "ChainDataset of Sized, Sized: a stream of 2,000 samples"
    assert "not shown" in notes(Sized())[1]


def test_an_empty_data_set_has_no_samples():
    assert heading(TensorDataset(np.zeros((0, 2)), np.zeros(0, int))) == "TensorDataset: 0 samples"
    assert heading(Subset(Pictures(), [])) == "Subset of Pictures: 0 samples"


def test_a_sample_that_fails_is_told_in_one_line_and_the_others_are_shown():
    def make(index):
        if index == 1:
            raise ValueError(f"{HOSTILE}\nand more")
        return float(index)

    data = Counted(4, make)
    assert any(line.startswith("sample 1 cannot be read: ValueError: <script>") for line in notes(data))
    assert [row[0] for row in tables(data)[-1][1:]] == ["0", "2", "3"]
    assert "cannot be read" in notes(Counted(10**9, lambda i: 1 / 0))[1]


def test_whatever_fails_a_display_does_not_raise():
    class Broken(Dataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return (Unprintable(), 1)

    class Unprintable:
        def __repr__(self):
            raise RuntimeError("no <words>")

    assert notes(Broken()) == ["Broken cannot be shown: RuntimeError: no <words>"]
    assert heading(Dataset()).startswith("Dataset: its length is not known (NotImplementedError")
    assert notes(object.__new__(DataLoader))[0].startswith("DataLoader cannot be shown: AttributeError")


def test_slow_data_are_left_after_a_second(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("nn.data.sample_facts.perf_counter", lambda: now[0])

    def make(index):
        now[0] += 0.4
        return np.zeros((9, 9), np.uint8)

    data = Counted(100, make)
    displayed(data)
    assert len(data.asked) == 3


def test_no_property_is_asked_for_because_it_might_read_everything():
    class Lazy(Counted):
        @property
        def targets(self):
            raise AssertionError

        classes = tensors = transform = targets

    displayed(Lazy(3, float))


def test_more_labels_than_can_be_counted_quickly_are_not():
    start = time.perf_counter()
    data = TensorDataset(np.zeros((MOST_LABELS + 1, 1), np.uint8), np.zeros(MOST_LABELS + 1, np.uint8))
    assert len(tables(data)) == 2
    assert time.perf_counter() - start < 5


# -- random numbers ---------------------------------------------------------------------------------------------------


def test_no_generator_moves_on_and_the_display_is_the_same_each_time():
    own, numpys = Generator(3), np.random.default_rng(4)

    def make(index):
        drawn = random.random(), np.random.rand(), autograd.rand(1).item(), numpys.random()
        return np.full((9, 9), int(255 * np.mean(drawn)), np.uint8), index

    data = Counted(50, make)
    data.own = numpys
    turned = Pictures(transforms.Compose([transforms.ToTensor(), transforms.RandomRotation(90, generator=own)]))

    def states():
        return (random.getstate(), str(np.random.get_state()), autograd.get_rng_state().tolist(), own.get_state(),
                numpys.bit_generator.state)  # fmt: skip

    autograd.manual_seed(1)
    before = states()
    for each in data, turned, DataLoader(turned, 2, shuffle=True):
        assert each._repr_html_() == each._repr_html_()
    assert states() == before


def test_a_display_in_the_middle_of_an_epoch_changes_nothing():
    def batches(show):
        loader = DataLoader(Counted(9, float), 2, shuffle=True, generator=Generator(0))
        for batch in loader:
            if show:
                displayed(loader)
            yield batch.tolist()

    assert list(batches(True)) == list(batches(False))


# -- loaders ----------------------------------------------------------------------------------------------------------


def facts(loader):
    return dict(row for row in tables(loader)[0])


def test_a_loader_shows_its_batches_and_its_data():
    loader = DataLoader(Pictures(), 4, shuffle=True, drop_last=True, prefetch=2)
    assert heading(loader) == "DataLoader"
    assert facts(loader) == {"batches": "2 of 4 samples", "order": "shuffled", "prefetched": "2 batches",
                             "last batch": "dropped if it is not full"}  # fmt: skip
    assert tables(loader)[1] == [["", "shape of a sample", "dtype", "in a batch"],
                                 ["input", "(9, 12)", "uint8", "(4, 9, 12) uint8"],
                                 ["target", "", "int", "(4,) int64"]]  # fmt: skip
    assert len(images(loader)) == 10
    assert "Pictures: 10 samples" in notes(loader)


def test_what_a_batch_holds_is_what_the_loader_serves():
    data = [{"a": np.zeros((2, 3), np.float32), "b": 1.5, "c": True, "d": "text", "e": autograd.zeros(4)}] * 4
    loader = DataLoader(data, 2)
    told = {row[0]: row[3] for row in tables(loader)[1][1:]}
    [batch, _] = loader
    assert told.pop("d") == "a list of 2"
    assert told == {name: f"{tuple(batch[name].shape)} {batch[name].dtype}" for name in told}


def test_the_order_is_told():
    data = [1.0, 2.0]
    assert facts(DataLoader(data))["order"] == "as in the data set"
    weighted = DataLoader(data, sampler=WeightedRandomSampler([1, 1], 5))
    assert facts(weighted)["order"] == "that of the WeightedRandomSampler"
    assert facts(DataLoader(data, batch_sampler=[[0], [1]]))["order"] == "that of the list"
    assert facts(DataLoader(data, batch_size=None))["batches"] == "2, single samples"
    assert facts(DataLoader(data, collate_fn=sorted))["collate_fn"] == "sorted"
    stream = DataLoader(Stream(), 4)
    assert facts(stream) == {"batches": "an unknown number of 4 samples", "order": "that of the stream"}
    assert facts(DataLoader(Sized(), 4))["batches"] == "250 of 4 samples"


def test_samples_that_do_not_stack_are_told():
    assert tables(DataLoader(Counted(4, lambda i: np.zeros(i)), 2))[1][1][3] == "they do not stack"


def test_an_epoch_under_way_is_told():
    loader = DataLoader([1.0] * 6, 2)
    next(iter(loader))
    assert facts(loader)["served"] == "1 in this epoch"
