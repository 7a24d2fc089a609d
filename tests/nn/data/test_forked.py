"""A loader's iterator in a process that was forked from its own."""

import os
import signal

import pytest

import autograd
from nn.data import DataLoader, TensorDataset


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_an_iterator_with_a_thread_is_refused_in_a_forked_process():
    batches = iter(DataLoader(TensorDataset(autograd.arange(12.0)), 2, prefetch=2))
    next(batches)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(20)  # a child that waits is ended
        try:
            told = str(next(batches))
        except RuntimeError as error:
            told = str(error)
        os.write(writing, told.encode())
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert "make another with iter(loader) there" in os.read(reading, 1000).decode()
    os.close(reading)
    os.close(writing)
    assert len(list(batches)) == 5
