"""Training steps compiled by Numba: one function, one program, and states of the kind that they were."""

import pytest

pytest.importorskip("numba", reason="the Numba back end needs numba")
pytest.importorskip("scipy", reason="the Numba back end needs scipy")

import autograd
import nn
from nn import functional as F
from nn import optim


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


def test_a_block_of_a_transformer_is_one_function():
    """Norms, masked attention and GELU are loops, whatever NumPy takes for them; exp and tanh are no calls in them."""
    autograd.manual_seed(0)
    norm, mix, up, down = nn.LayerNorm(16), nn.Linear(16, 48), nn.Linear(16, 300), nn.Linear(300, 16)
    parameters = [w for layer in (norm, mix, up, down) for w in layer.parameters()]

    def block(x):
        q, k, v = mix(norm(x)).view(8, 32, 3, 2, 8).permute(2, 0, 3, 1, 4)
        x = x + F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(8, 32, 16)
        return autograd.grad(((x + down(F.gelu(up(x)))) ** 2).mean(), parameters)

    compiled = autograd.compile(block, backend="numba", fullgraph=True)
    x = autograd.randn(8, 32, 16)
    for _ in range(4):
        ours, eager = compiled(x), block(x)
        assert all(autograd.allclose(a, b, rtol=1e-4, atol=1e-6) for a, b in zip(ours, eager, strict=True))
    assert compiled.compiled_calls == 2
    assert compiled.source.count("def ") == 1
    (part,) = next(iter(compiled._known.values()))[0].run.parts
    code = "".join(part[0].inspect_llvm().values())
    assert not [line for line in code.splitlines() if "call" in line and "numba_maths" in line]
