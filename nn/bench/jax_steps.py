"""The steps for jax.jit: a step is one compiled function of the weights and the optimizer's state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .rows import RATES, Task

Step = Callable[[], Any]
Weights = dict[str, Any]


def trained(jax: Any, task: Task, loss_of: Callable[[Weights, Any, Any], Any]) -> Step:
    """A step that keeps the weights and the state of SGD or Adam between calls."""
    jnp, tree, kind = jax.numpy, jax.tree_util.tree_map, task.options.optimizer
    lr, beta1, beta2, eps = RATES[kind], 0.9, 0.999, 1e-8
    x, y = jnp.asarray(task.inputs["x"]), jnp.asarray(task.inputs["y"])

    def sgd(weights: Weights, state: Any, gradients: Weights) -> tuple[Weights, Any]:
        return tree(lambda w, g: w - lr * g, weights, gradients), state

    def adam(weights: Weights, state: Any, gradients: Weights) -> tuple[Weights, Any]:
        t, m, v = state
        t = t + 1
        m = tree(lambda m, g: beta1 * m + (1 - beta1) * g, m, gradients)
        v = tree(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, gradients)
        rate, root = lr / (1 - beta1**t), jnp.sqrt(1 - beta2**t)
        return tree(lambda w, m, v: w - rate * m / (jnp.sqrt(v) / root + eps), weights, m, v), (t, m, v)

    update = {"SGD": sgd, "Adam": adam}[kind]

    def compiled(weights: Weights, state: Any, x: Any, y: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(weights, x, y)
        return loss, *update(weights, state, gradients)

    compiled = jax.jit(compiled, donate_argnums=(0, 1))
    weights = {name: jnp.array(w) for name, w in task.weights.items()}
    state = (jnp.zeros(()), *(tree(jnp.zeros_like, weights) for _ in range(2))) if kind == "Adam" else ()

    def step() -> Any:
        nonlocal weights, state
        loss, weights, state = compiled(weights, state, x, y)
        return loss

    return step


def cross_entropy(jax: Any, z: Any, y: Any) -> Any:
    return -jax.numpy.take_along_axis(jax.nn.log_softmax(z), y[:, None], 1).mean()


def linear(weights: Weights, name: Any, x: Any) -> Any:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def mlp(jax: Any, task: Task) -> Step:
    return trained(jax, task, network(jax, len(task.weights), jax.nn.relu))


def network(jax: Any, count: int, activation: Any) -> Callable[[Weights, Any, Any], Any]:
    """The loss of linear layers with so many weights and biases."""

    def loss_of(weights: Weights, x: Any, y: Any) -> Any:
        for i in range(0, count - 2, 2):
            x = activation(linear(weights, i, x))
        return cross_entropy(jax, linear(weights, count - 2, x), y)

    return loss_of


def expression(jax: Any, task: Task) -> Step:
    jnp, x = jax.numpy, jax.numpy.asarray(task.inputs["x"])

    def both(x: Any, one: Any) -> Any:
        y, back = jax.vjp(lambda x: jnp.tanh(x) * jnp.exp(-x * x) + jax.nn.relu(x), x)
        return y, *back(one)

    compiled, one = jax.jit(both), jnp.ones_like(x)
    return lambda: compiled(x, one)[1]


def hvp(jax: Any, task: Task) -> Step:
    """Forward over reverse: the derivative of the gradient along the vector."""
    x, y = (jax.numpy.asarray(task.inputs[name]) for name in "xy")
    weights = {name: jax.numpy.asarray(w) for name, w in task.weights.items()}
    vector = {name: jax.numpy.asarray(task.inputs[name]) for name in weights}
    gradient = jax.grad(network(jax, len(weights), jax.numpy.tanh))
    compiled = jax.jit(lambda weights, vector: jax.jvp(lambda w: gradient(w, x, y), (weights,), (vector,))[1])

    def step() -> Any:
        product = compiled(weights, vector)
        return [product[name] for name in weights]

    return step


def scalars(jax: Any, task: Task) -> Step:
    def chain(a: Any, b: Any, d: Any) -> Any:
        c = a
        for _ in range(task.options.repeats):
            c = jax.nn.relu(c * b + a) - d
        return c

    compiled = jax.jit(jax.grad(chain, (0, 1, 2)))
    a, b, d = (jax.numpy.asarray(task.inputs[name]) for name in "abd")
    return lambda: compiled(a, b, d)


def lenet(jax: Any, task: Task) -> Step:
    def loss_of(weights: Weights, x: Any, y: Any) -> Any:
        for name, padding in ((0, 2), (3, 0)):
            x = convolution(jax, x, weights[f"{name}.weight"], padding) + weights[f"{name}.bias"][:, None, None]
            x = jax.lax.reduce_window(jax.nn.relu(x), -float("inf"), jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
        x = x.reshape(len(x), -1)
        for name in (7, 9):
            x = jax.nn.relu(linear(weights, name, x))
        return cross_entropy(jax, linear(weights, 11, x), y)

    return trained(jax, task, loss_of)


def convolution(jax: Any, x: Any, kernel: Any, padding: int) -> Any:
    return jax.lax.conv_general_dilated(x, kernel, (1, 1), [(padding, padding)] * 2)


def gpt(jax: Any, task: Task) -> Step:
    jnp, heads = jax.numpy, task.options.heads

    def norm(weights: Weights, name: str, x: Any) -> Any:
        mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / jnp.sqrt(var + 1e-5) * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def loss_of(weights: Weights, x: Any, y: Any) -> Any:
        batch, length, width = x.shape
        q, k, v = linear(weights, "qkv", norm(weights, "norm1", x)).reshape(
            batch, length, 3, heads, width // heads
        ).transpose(2, 0, 3, 1, 4)  # fmt: skip
        scores = q @ k.swapaxes(2, 3) * (width // heads) ** -0.5
        scores = jnp.where(jnp.tril(jnp.ones((length, length), bool)), scores, -jnp.inf)
        mixed = (jax.nn.softmax(scores) @ v).swapaxes(1, 2).reshape(x.shape)
        x = x + linear(weights, "proj", mixed)
        h = jax.nn.gelu(linear(weights, "up", norm(weights, "norm2", x)), approximate=False)
        return ((x + linear(weights, "down", h) - y) ** 2).mean()

    return trained(jax, task, loss_of)


def lstm(jax: Any, task: Task) -> Step:
    jnp, hidden = jax.numpy, task.options.hidden

    def loss_of(weights: Weights, x: Any, y: Any) -> Any:
        ahead = x @ weights["lstm.weight_ih_l0"].T + weights["lstm.bias_ih_l0"] + weights["lstm.bias_hh_l0"]

        def moment(state: Any, z: Any) -> Any:
            h, c = state
            i, f, g, o = jnp.split(z + h @ weights["lstm.weight_hh_l0"].T, 4, 1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        zero = jnp.zeros((len(x), hidden))
        (h, _), _ = jax.lax.scan(moment, (zero, zero), ahead.swapaxes(0, 1))
        return cross_entropy(jax, linear(weights, "head", h), y)

    return trained(jax, task, loss_of)


def names(jax: Any, task: Task) -> Step:
    def loss_of(weights: Weights, x: Any, y: Any) -> Any:
        e = weights["0.weight"][x].reshape(len(x), -1)
        return cross_entropy(jax, linear(weights, 4, jax.numpy.tanh(linear(weights, 2, e))), y)

    return trained(jax, task, loss_of)


def resnet(jax: Any, task: Task) -> Step:
    def norm(weights: Weights, name: str, x: Any) -> Any:
        axes = (0, 2, 3)
        mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
        scale, shift = (weights[f"{name}.{part}"][:, None, None] for part in ("weight", "bias"))
        return (x - mean) / jax.numpy.sqrt(var + 1e-5) * scale + shift

    def loss_of(weights: Weights, x: Any, y: Any) -> Any:
        h = jax.nn.relu(norm(weights, "norm1", convolution(jax, x, weights["conv1.weight"], 1)))
        h = norm(weights, "norm2", convolution(jax, h, weights["conv2.weight"], 1))
        return ((jax.nn.relu(h + x) - y) ** 2).mean()

    return trained(jax, task, loss_of)
