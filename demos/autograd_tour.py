"""How does an engine find derivatives? From one formula on paper to a neuron, with every number in sight.

    python -m demos.autograd_tour

What to look at:

- the two tables: the engine knows nothing of 2x + 3, it has only the rules of +, * and **, and agrees at every x;
- the order: where a value is used twice, a recursion that passes on each contribution at once says 6 instead of 4;
- chain.png and neuron.png: values go along the arrows, gradients come back against them, and each edge has its rule;
- order.html and backprop.html: both backward passes to click through, step by step, in any browser.
"""

from collections import Counter

import autograd
from autograd import Value

from .lab import Lab

STEP = 1e-6  # of a difference quotient


def main(lab):
    polynomial(lab)
    chain(lab)
    order(lab)
    neuron(lab)


def polynomial(lab):
    """y = x**2 + 3x + 5, whose derivative on paper is 2x + 3."""
    print("y = x**2 + 3*x + 5\n     x       y   dy/dx   2x + 3   difference quotient")
    furthest = 0
    for at in (-2.0, -1.5, 0.0, 1.0, 4.0):
        x = Value(at)
        y = f(x)
        y.backward()
        quotient = (f(at + STEP) - f(at - STEP)) / (2 * STEP)
        print(f"{at:6.1f}  {y.item():6.2f}  {x.grad:6.2f}   {2 * at + 3:6.2f}   {quotient:.8f}")
        furthest = max(furthest, abs(x.grad - (2 * at + 3)))
    lab.found(furthest_from_2x_plus_3=furthest)


def f(x):
    return x**2 + 3 * x + 5


def chain(lab):
    """(x + 2)**2 in two steps: dy/dx = dy/du * du/dx."""
    x = Value(3.0)
    u = x + 2
    y = u**2
    y.backward()
    print(f"\nu = x + 2 = {u.item():g}, y = u**2 = {y.item():g}")
    print(f"dy/du = 2u = {u.grad:g}, du/dx = 1, so dy/dx = {u.grad:g} * 1 = {x.grad:g}")
    lab.found(chain_rule=x.grad)
    lab.picture(autograd.draw(y, x=x, u=u, y=y), "chain.png")


def order(lab):
    """b = a + a, c = b + b: so c = 4a. Who passes on a gradient that is not complete counts it twice."""
    a = Value(2.0, label="a")
    b = a + a
    c = b + b
    b.label, c.label = "b", "c"
    naive = Counter()
    recursion("c", 1, {"c": ["b", "b"], "b": ["a", "a"], "a": []}, naive)
    debugger = autograd.debug(c)
    print(f"\nb = a + a, c = b + b, so c = 4a and dc/da = 4. The recursion says {naive['a']}.")
    print("The engine waits until all contributions are in:")
    while debugger.step():
        print(debugger)
    debugger.commit()
    lab.found(dc_da_by_recursion=naive["a"], dc_da=a.grad)
    lab.picture(debugger, "order.html")


def recursion(node, g, inputs, grads):
    """The mistake: add what comes to the gradient of this node, and pass on what it has, at once."""
    grads[node] += g
    for x in inputs[node]:  # the rule of +: the gradient of the result is that of both inputs
        recursion(x, grads[node], inputs, grads)


def neuron(lab):
    """tanh(x1 w1 + x2 w2 + b), forward and back."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    first, second = x1 * w1, x2 * w2
    total = first + second + b
    out = total.tanh()
    names = {"x1 w1": first, "x2 w2": second, "sum": total, "out": out}
    debugger = autograd.debug(out, **names)
    out.backward()
    print(f"\na neuron: tanh({total.item():.4f}) = {out.item():.4f}")
    for value in (x1, w1, x2, w2, b):
        print(f"  d out / d {value.label:2} = {value.grad:7.4f}")
    lab.found(**{f"gradient_of_{value.label}": value.grad for value in (x1, w1, x2, w2)})
    lab.picture(autograd.draw(out, direction="TB", **names), "neuron.png")
    lab.picture(debugger, "backprop.html")


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
