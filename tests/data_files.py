"""Small files in the formats of MNIST and CIFAR-10, for tests that need no network."""

import gzip
import pickle
import struct

import numpy as np

SPLITS = {True: "train", False: "t10k"}


def idx(array, magic=None, shape=None):
    """An array of bytes as an IDX file; `magic` and `shape` can lie."""
    shape = array.shape if shape is None else shape
    return struct.pack(f">{1 + len(shape)}I", magic or 0x800 + array.ndim, *shape) + array.tobytes()


def packed(content):
    return gzip.compress(content, mtime=0)


def pictures(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 28, 28), dtype=np.uint8), rng.integers(0, 10, n, dtype=np.uint8)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def write_mnist(folder, train=True, n=12, pack=packed, end=".gz"):
    """Image and label file of one part; returns their arrays."""
    images, labels = pictures(n)
    write(folder / f"{SPLITS[train]}-images-idx3-ubyte{end}", pack(idx(images)))
    write(folder / f"{SPLITS[train]}-labels-idx1-ubyte{end}", pack(idx(labels)))
    return images, labels


def records(n, seed=0):
    """CIFAR-10 records: planes (n, 3, 32, 32), labels, and the bytes of the binary version."""
    rng = np.random.default_rng(seed)
    planes, labels = rng.integers(0, 256, (n, 3, 32, 32), dtype=np.uint8), rng.integers(0, 10, n, dtype=np.uint8)
    return planes, labels, np.concatenate([labels[:, None], planes.reshape(n, -1)], axis=1).tobytes()


def python_batch(planes, labels, protocol=4):
    """The same in the python version."""
    batch = {"batch_label": "x", "data": planes.reshape(len(planes), -1), "labels": labels.tolist()}
    return pickle.dumps(batch, protocol)
