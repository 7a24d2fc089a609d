"""Training steps compiled by Numba: one function, one program, and states of the kind that they were."""

import pytest

pytest.importorskip("numba", reason="the Numba back end needs numba")
pytest.importorskip("scipy", reason="the Numba back end needs scipy")

import autograd
import nn
from nn import optim


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def classifier(*, units, activation=nn.ReLU):
    """A network, Adam, and a step of both, compiled."""
    autograd.manual_seed(0)
    net = nn.MLP(30, [units, 4], activation=activation)
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    loss_function = nn.CrossEntropyLoss()

    @autograd.compile(backend="numba", fullgraph=True)
    def step(x, y):
        optimizer.zero_grad()
        loss = loss_function(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return net, optimizer, step


@pytest.mark.parametrize("units", [8, 200], ids=["few numbers", "many numbers"])
def test_a_step_of_adam_is_one_function_and_one_program(units):
    net, optimizer, step = classifier(units=units)
    x, y = autograd.randn(64, 30), autograd.randint(4, (64,))
    losses = [step(x, y).item() for _ in range(7)]
    assert losses == sorted(losses, reverse=True)
    assert step.compiled_calls == 4
    assert step.eager_calls == 3
    assert step.source.count("def ") == 1
    assert "computed by NumPy" not in step.source
    assert {type(state["step"]) for state in optimizer.state_dict()["state"].values()} == {int}
    assert optimizer.state[next(net.parameters())]["step"] == 7
