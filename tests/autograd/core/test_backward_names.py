"""What is printed of a node: its name in torch."""

import pytest
import torch

import autograd
from nn import functional


def x(m, *shape):
    return m.ones(shape or (2, 2), requires_grad=True)


NAMED = {
    **{name: lambda m, f, name=name: getattr(x(m), name)() for name in (
        "abs", "neg", "exp", "log", "log1p", "sqrt", "reciprocal", "sin", "cos", "tan", "tanh", "sigmoid", "relu",
        "erf",
        "sign", "floor", "round", "clone", "sum", "mean", "prod", "var", "std", "norm", "amax", "square", "double",
        "det",
    )},
    **{name: lambda m, f, name=name: getattr(m, name)(x(m), x(m)) for name in (
        "add", "sub", "mul", "div", "atan2", "maximum", "minimum", "matmul", "mm",
    )},
    **{name: lambda m, f, name=name: getattr(f, name)(x(m)) for name in (
        "elu", "leaky_relu", "gelu", "silu", "softplus",
    )},
    "a sum of rows": lambda m, f: x(m).sum(0),
    "a mean of rows": lambda m, f: x(m).mean(0, keepdim=True),
    "a product of vectors": lambda m, f: m.dot(x(m, 2), x(m, 2)),
    "a product with a vector": lambda m, f: x(m) @ x(m, 2),
    "products": lambda m, f: m.bmm(x(m, 1, 2, 2), x(m, 1, 2, 2)),
    "view": lambda m, f: x(m).view(4),
    "permute": lambda m, f: x(m).permute(1, 0),
    "cat": lambda m, f: m.cat([x(m), x(m)]),
    "softmax": lambda m, f: x(m).softmax(0),
    "log_softmax": lambda m, f: x(m).log_softmax(0),
    "linear": lambda m, f: f.linear(x(m), x(m), x(m, 2)),
    "conv2d": lambda m, f: f.conv2d(x(m, 1, 1, 3, 3), x(m, 1, 1, 2, 2)),
    "max_pool2d": lambda m, f: f.max_pool2d(x(m, 1, 1, 4, 4), 2),
    "cross_entropy": lambda m, f: f.cross_entropy(x(m), m.tensor([0, 1])),
    "batch_norm": lambda m, f: f.batch_norm(x(m), None, None, training=True),
}  # fmt: skip


@pytest.mark.parametrize("use", NAMED.values(), ids=NAMED)
def test_a_node_is_called_as_in_torch(use):
    ours, theirs = use(autograd, functional).grad_fn, use(torch, torch.nn.functional).grad_fn
    assert ours.name() == theirs.name()
    assert repr(ours) == f"<{theirs.name()}>"
    assert repr(use(autograd, functional)).endswith(f"grad_fn={ours!r})")
    assert len(ours.next_functions) <= len(theirs.next_functions)


def test_the_node_of_a_function_has_the_name_of_its_class():
    def cube(m):
        class Cube((m if m is autograd else m.autograd).Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x**3

            @staticmethod
            def backward(ctx, g):
                return 3 * ctx.saved_tensors[0] ** 2 * g

        return Cube.apply(x(m))

    assert cube(autograd).grad_fn.name() == cube(torch).grad_fn.name() == "CubeBackward"
    assert repr(cube(autograd)).endswith("grad_fn=<CubeBackward>)")
