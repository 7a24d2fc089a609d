"""The table of cases is the twin of the table of rules: nothing is derived without being tested."""

import pytest

import autograd
from autograd.calculus.refusals import refused
from autograd.calculus.rules import no_rule
from autograd.core.ops import OPS
from tests.cases import CASES
from tests.oracle import OURS, outputs_of, tensors


def recorded_keys(outs):
    """The keys of all the ops in the graphs of the tensors `outs`."""
    keys, seen = set(), set()
    stack = [o.grad_fn for o in outs if o.grad_fn is not None]
    while stack:
        node = stack.pop()
        if node.op is None or node in seen:
            continue
        seen.add(node)
        keys.add(node.op.key)
        stack.extend(node.edges)
    return keys


def test_every_op_of_the_table_has_a_case_and_every_case_an_op_of_the_table():
    last = {key for key, op in OPS.items() if {no_rule, refused} & {*op.rules}}  # what has no derivative of its own
    assert {key for case in CASES for key in case.keys} == set(OPS) - last


def test_every_case_has_a_name_of_its_own():
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)), {name for name in names if names.count(name) > 1}


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_case_records_the_ops_that_it_names(case):
    outs = outputs_of(case.fn(OURS, *tensors(OURS, case.arrays())))
    assert set(case.keys) <= recorded_keys(outs), f"{case.name} recorded only {recorded_keys(outs)}"


@pytest.mark.parametrize("case", [case for case in CASES if "modes" not in case.without], ids=repr)
def test_nothing_is_recorded_without_need(case):
    leaves = tensors(OURS, case.arrays())
    with autograd.no_grad():
        outs = outputs_of(case.fn(OURS, *leaves))
    assert not any(o.requires_grad for o in outs if not any(o is x for x in leaves))
    assert not any(o.requires_grad for o in outputs_of(case.fn(OURS, *[x.detach() for x in leaves])))
