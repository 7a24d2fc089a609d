"""Large results are made in memory that was used before, unless the environment says otherwise."""

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import autograd

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

x = autograd.randn(2**20, requires_grad=True)
one = autograd.ones(2**20)

def step():
    x.grad = None
    (x.tanh() * (-x * x).exp() + x.relu()).backward(one)

step(), step()
before = faults()
for _ in range(10):
    step()
print(faults() - before)
"""


def run(program, **environment):
    """What the program prints, as a number."""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True,
                          env={**os.environ, **environment})  # fmt: skip
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that is told to keep memory")
def test_a_repeated_computation_takes_no_fresh_pages():
    pages = 2**20 * 4 // os.sysconf("SC_PAGE_SIZE")
    assert run(PROGRAM, CHALKGRAD_KEEP_MEMORY="1") < pages / 10
    assert run(PROGRAM, CHALKGRAD_KEEP_MEMORY="0") > 10 * pages


def test_a_variable_of_the_environment_leaves_the_allocator_alone():
    program = "from autograd.core.memory import keep_freed_memory; print(int(keep_freed_memory()))"
    assert run(program, CHALKGRAD_KEEP_MEMORY="0") == 0
    assert run(program, CHALKGRAD_KEEP_MEMORY="1") == (platform.libc_ver()[0] == "glibc")
