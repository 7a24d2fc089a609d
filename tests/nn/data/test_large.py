"""Data that do not fit in memory: they give the same numbers as small ones, and take no more memory than they need."""

import errno
import gc
import sys
import tracemalloc
import weakref

import numpy as np
import pytest
from PIL import Image

import autograd
from autograd import Generator
from nn.data import DataLoader, Dataset, SubsetRandomSampler, TensorDataset, datasets
from nn.data.datasets import column_facts, csv_table, mapped, moments
from nn.data.samplers import RandomSampler
from tests.benchmarks import large_data
from tests.cli_runs import here
from tests.on_disk import as_if_large

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def rows(count=60, seed=0):
    rng = np.random.default_rng(seed)
    lines = [f"{a:.3f},{'uvw'[i % 3]},{b:.4g},{'no' if i % 4 else 'yes'}"
             for i, (a, b) in enumerate(rng.normal(5, 3, (count, 2)))]  # fmt: skip
    return "a,b,c,y\n" + "\n".join(lines) + "\n"


def peak(function):
    """The most memory, in MB, that a call takes in NumPy's arrays and Python's objects."""
    gc.collect()
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def same(a, b):
    return a.dtype == b.dtype and a.numpy().tobytes() == b.numpy().tobytes()


# Arrays that become files.


@pytest.mark.parametrize("limit", [0, 100, 1 << 20])
def test_pieces_are_joined_in_memory_or_in_a_file(monkeypatch, limit):
    monkeypatch.setattr(mapped, "IN_MEMORY", limit)
    pieces = [np.arange(start, start + 6.0).reshape(2, 3)[:, ::-1] for start in range(0, 60, 6)]
    array = mapped.joined(iter(pieces))
    assert isinstance(array, np.memmap) == (limit < 480)
    assert array.dtype == np.float64
    assert np.array_equal(array, np.concatenate(pieces))


def test_a_large_file_lies_where_the_environment_says_and_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(mapped, "IN_MEMORY", 0)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert mapped.scratch() == tmp_path
    array = mapped.joined(iter([np.ones((2, 2))]))
    del array
    assert list(tmp_path.iterdir()) == []
    monkeypatch.delenv("TMPDIR")
    assert mapped.scratch() != tmp_path


def test_a_full_disk_is_told_with_what_to_do(monkeypatch):
    def full(**options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(mapped, "IN_MEMORY", 0)
    monkeypatch.setattr(mapped, "TemporaryFile", full)
    with pytest.raises(OSError, match="no room for the 0 samples read so far and the rest: make some, or name"):
        mapped.joined(iter([np.ones((2, 2))]))


@pytest.mark.parametrize("n", [1, 7, 128, 129, 1000, 4099, 70_001])
@pytest.mark.parametrize("piece", [128, 1024, 1 << 18])
def test_mean_and_deviation_in_pieces_are_those_of_the_whole_to_the_last_bit(monkeypatch, n, piece):
    monkeypatch.setattr(moments, "PIECE", piece)
    values = np.random.default_rng(n).normal(3, 100, (n, 3))[:, 1]
    found = moments.mean_and_std(lambda start, stop: values[start:stop], n)
    assert found == ((values.mean(), values.std()) if n > 1 else (values[0], 0))


# Tables.


@pytest.mark.parametrize("target", ["y", "c"])
def test_a_table_on_disk_gives_the_numbers_of_one_in_memory(tmp_path, monkeypatch, target):
    (tmp_path / "a.csv").write_text(rows())
    small = datasets.CSV(tmp_path / "a.csv", target)
    as_if_large(monkeypatch)
    large = datasets.CSV(tmp_path / "a.csv", target)
    parts = zip(
        [small, *small.split(0.7, Generator(0)), small.split(0.7, Generator(1))[0].split(0.5, Generator(2))[1]],
        [large, *large.split(0.7, Generator(0)), large.split(0.7, Generator(1))[0].split(0.5, Generator(2))[1]],
        strict=True,
    )
    for a, b in parts:
        assert a.encoding == b.encoding
        for index in (0, -1, slice(2, 9, 3), [3, 1], np.array([5, 0]), autograd.tensor([4, 4]), slice(0, 0)):
            assert all(map(same, a[index], b[index]))
            assert [part.shape for part in a[index]] == [part.shape for part in b[index]]
        batches = [list(DataLoader(data, 7, shuffle=True, generator=Generator(3), prefetch=2)) for data in (a, b)]
        assert all(same(p, q) for one, other in zip(*batches, strict=True) for p, q in zip(one, other, strict=True))
        assert "x" not in vars(b)
        assert all(map(same, (a.x, *a.tensors), (b.x, *b.tensors)))
    with pytest.raises(IndexError):
        large.split()[0][60]


def test_a_loader_of_a_table_on_disk_resumes_in_the_middle_of_an_epoch(tmp_path, monkeypatch):
    as_if_large(monkeypatch)
    (tmp_path / "a.csv").write_text(rows())
    train, again = (datasets.CSV(tmp_path / "a.csv").split(0.8, Generator(0))[0] for _ in range(2))
    loader = DataLoader(train, 5, shuffle=True, generator=Generator(1), prefetch=2)
    walk = iter(loader)
    next(walk), next(walk)
    other = DataLoader(again, 5, shuffle=True, generator=Generator(9))
    other.load_state_dict(loader.state_dict())
    for ours, resumed in zip(walk, other, strict=True):
        assert all(map(same, ours, resumed))


@pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")
@pytest.mark.parametrize(("most", "width"), [(64, 256), (1000, 4000)])
def test_one_hot_inputs_are_made_for_a_batch_not_for_all_rows(most, width, tmp_path, monkeypatch):
    monkeypatch.setattr(column_facts, "MOST_INPUTS", most)
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1000, (10_000, 4))
    (tmp_path / "words.csv").write_text(
        "a,b,c,d,y\n" + "\n".join(",".join(f"word{w}" for w in line) + f",{line[0] % 2}" for line in words)
    )

    def epoch():
        train, _ = datasets.CSV(tmp_path / "words.csv").split()
        for x, _ in DataLoader(train, 64, shuffle=True):
            assert x.shape[1] == width

    assert peak(epoch) < 40  # of all rows at once, 4,000 inputs took 350 MB


def test_too_many_words_are_counted_as_far_as_they_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_table, "HELD", 0)
    monkeypatch.setattr(column_facts, "LOOKED", 4000)
    (tmp_path / "a.csv").write_text("a,who\n" + "".join(f"{i % 2},name{i}\n" for i in range(20_000)))
    with pytest.raises(ValueError, match=r"'who': more than 4,096 different words in 20,000 rows \(such as 'name0'\)"):
        datasets.CSV(tmp_path / "a.csv", "who")


@pytest.mark.parametrize("line", [2, 30_000])
def test_a_byte_that_is_no_text_is_found_far_into_the_file(tmp_path, line):
    lines = [b"name,y"] + [f"Zoë{i % 5},{i % 2}".encode() for i in range(80_000)]
    lines[line - 1] = "Müller,1".encode("latin-1")
    (tmp_path / "a.csv").write_bytes(b"\n".join(lines))
    with pytest.warns(datasets.DataNote, match=f"a.csv, line {line}: the byte 0xfc is not text in UTF-8"):
        datasets.CSV(tmp_path / "a.csv")


def test_text_that_ends_within_a_letter_is_told(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a,y\n1,u\n2,v\xc3")
    with pytest.warns(datasets.DataNote, match="line 3: the byte 0xc3 is not text in UTF-8"):
        datasets.CSV(tmp_path / "a.csv")


def test_a_run_on_a_table_on_disk_is_that_on_one_in_memory(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(rows())
    for name in ("small", "large"):
        done = here(capsys, "train", "a.csv", "--epochs", 3, "--out", name)
        assert done.code == 0, done
        as_if_large(monkeypatch)
    small, large = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("small", "large"))
    assert small == large
    evaluated = [here(capsys, "evaluate", name) for name in ("small", "large")]
    assert evaluated[0].out == evaluated[1].out
    predicted = [here(capsys, "predict", name, "a.csv", "--json") for name in ("small", "large")]
    assert predicted[0].out == predicted[1].out
    assert len(predicted[0].out) > 1000


# Images.


def test_the_pixels_of_a_large_folder_are_a_file(tmp_path, monkeypatch):
    for i in range(6):
        path = tmp_path / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.random.default_rng(i).integers(0, 256, (9, 8, 3), dtype=np.uint8)).save(path)
    small = datasets.ImageFolder(tmp_path)
    as_if_large(monkeypatch)
    large = datasets.ImageFolder(tmp_path)
    assert isinstance(large.data, np.memmap)
    assert not isinstance(small.data, np.memmap)
    assert all(map(same, *(next(iter(DataLoader(data, 4))) for data in (small, large))))
    monkeypatch.setattr("nn.data.datasets.image_folder.free_bytes", lambda: 1000)
    with pytest.raises(ValueError, match=r"6 images of 9 x 8 pixels would take 0 GB on the disk, \S+ has 0 GB left"):
        datasets.ImageFolder(tmp_path)


@pytest.mark.parametrize("grey", [True, False])
def test_the_moments_of_pixels_are_those_of_all_at_once(tmp_path, grey):
    for i in range(150):
        path = tmp_path / "ab"[i % 2] / f"{i:03}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.random.default_rng(i).integers(0, 256, (3, 4, 3), dtype=np.uint8)).save(path)
    data, some = datasets.ImageFolder(tmp_path, grey=grey), np.arange(0, 150, 2)
    pixels = data.data[some].reshape(-1, 1 if grey else 3) / 255.0
    mean, std = data.pixel_moments(some)
    np.testing.assert_allclose(mean, pixels.mean(0), rtol=1e-12)
    np.testing.assert_allclose(std, pixels.std(0), rtol=1e-12)


# Mapped arrays.


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_a_mapped_array_is_shared_not_copied(tmp_path, mode):
    np.arange(12, dtype=np.float32).tofile(tmp_path / "x")
    array = np.memmap(tmp_path / "x", np.float32, mode, shape=(4, 3))
    for t in (autograd.from_numpy(array), autograd.as_tensor(array), *TensorDataset(array).tensors):
        assert np.shares_memory(t.numpy(), array)
        assert type(t.numpy()) is np.ndarray
        if mode == "r":
            with pytest.raises(RuntimeError, match="shows a NumPy array that is read-only"):
                t[0] = 7
        else:
            t[0] = 7
            assert array[0].tolist() == [7, 7, 7]
            t[0] = autograd.arange(3.0)
    (batch,) = next(iter(DataLoader(TensorDataset(array), 2, shuffle=True)))
    assert not np.shares_memory(batch.numpy(), array)
    assert {tuple(row) for row in batch.tolist()} < {tuple(row) for row in array.tolist()}


def test_only_the_batch_of_a_mapped_array_is_in_memory(tmp_path):
    with open(tmp_path / "x", "wb") as file:
        file.truncate(400_000_000)
    x = np.memmap(tmp_path / "x", np.float32, "r").reshape(-1, 1000)

    def some():
        for number, (batch,) in enumerate(DataLoader(TensorDataset(x), 100, shuffle=True, prefetch=2)):
            assert batch.shape == (100, 1000)
            if number == 20:
                return

    assert peak(some) < 6


# The loader, and the order.


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_a_loader_holds_the_batch_that_is_used_and_those_that_are_made(ahead):
    alive, most = set(), []

    class Watched(Dataset):
        def __len__(self):
            return 40

        def __getitems__(self, indices):
            most.append(len(alive) + 1)
            batch = autograd.zeros(len(indices))
            alive.add(id(batch))
            weakref.finalize(batch, alive.discard, id(batch))
            return batch

    walk = iter(DataLoader(Watched(), 2, prefetch=ahead))
    for _ in range(20):
        batch = next(walk)
        del batch
    assert max(most) <= max(ahead, 1) + 1
    if not ahead:
        assert max(most) == 1


@pytest.mark.parametrize("of", ["all", "some"])
def test_a_random_order_takes_little_memory_and_is_the_same_as_ever(of):
    autograd.manual_seed(0)
    expected = Generator(3).rng.permutation(300_000).tolist()
    data = range(300_000)
    sampler = RandomSampler(data, generator=Generator(3)) if of == "all" else SubsetRandomSampler(data, Generator(3))
    assert list(sampler) == expected

    def walk():
        for _ in sampler:
            pass

    sampler.generator = Generator(3)
    assert peak(walk) < 4  # a list of them took 12 MB


@linux
@pytest.mark.parametrize(("subject", "most"), [("sparse array, mapped", 20), ("CSV file", 25)])
def test_training_takes_little_memory_whatever_the_size_of_the_data(subject, most):
    _, samples, _, start, peak = large_data.run(subject, scale=50)  # 200 MB, and a file of 20 MB
    assert samples > 50_000
    assert peak - start < most
