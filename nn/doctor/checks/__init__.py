"""From facts to findings: one function for each kind of mistake, named after its code.

A check returns the evidence, None if all is well, or `Open(reason)` if there is too little to judge. The thresholds are
at the top of each file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...module import Module
from ..facts import Facts
from ..report import Finding, finding, primary
from .case import Case, Evidence, Mended, Open
from .check_architecture import batch_norm_momentum, dropout_after_last_layer, dropout_too_high, linear_into_linear
from .check_data import batches_of_one_class, constant_labels, data_leak, shuffled_labels, targets_too_large
from .check_layers import dead_relu, exploding_gradients, inputs_not_normalised, saturated, vanishing_gradients
from .check_loop import (
    bad_optimizer_order,
    eval_mode_in_training,
    graph_kept_alive,
    no_grad,
    no_zero_grad,
    scheduler_first,
    train_mode_in_eval,
)
from .check_loss import first_broken, loss_broadcast, softmax_before_loss, suspect
from .check_output import (
    not_log_probabilities,
    relu_before_loss,
    several_labels,
    softmax_of_one,
    softmax_over_batch,
    targets_out_of_range,
)
from .check_padding import last_step_is_padding, padding_counted
from .check_parameters import foreign_parameters, no_gradient, not_moved, symmetric_init, unregistered, zero_init
from .check_probe import dropout_in_eval, samples_mixed
from .check_rate import lr_too_high, lr_too_low, schedule_too_fast
from .check_steps import clip_after_step, optimizer_remade, weight_decay_too_high, wrong_sign, zero_gradients
from .check_validation import class_order, validation_scale

__all__ = ["CHECKS", "examine", "first_broken", "suspect"]

CHECKS: list[Callable[[Case], Evidence]] = [
    no_grad, bad_optimizer_order, unregistered, foreign_parameters, no_gradient, not_moved, no_zero_grad,
    loss_broadcast, softmax_before_loss, zero_init, symmetric_init, inputs_not_normalised, exploding_gradients,
    lr_too_high, eval_mode_in_training, train_mode_in_eval, scheduler_first, dead_relu, saturated, vanishing_gradients,
    softmax_of_one, softmax_over_batch, not_log_probabilities, relu_before_loss, targets_out_of_range, several_labels,
    lr_too_low, constant_labels, shuffled_labels, data_leak, graph_kept_alive,
    validation_scale, class_order,
    batches_of_one_class, targets_too_large, linear_into_linear, dropout_too_high,
    wrong_sign, zero_gradients, schedule_too_fast, clip_after_step, weight_decay_too_high, optimizer_remade,
    dropout_in_eval, samples_mixed,
    padding_counted, last_step_is_padding,
    batch_norm_momentum, dropout_after_last_layer,
]  # fmt: skip


def examine(facts: Facts, model: Module, optimizer: Any, modes: Sequence[Module]) -> tuple[list[Finding], list[str]]:
    """The findings, most serious first, and what could not be checked."""
    case = Case(facts, model, optimizer, modes)
    findings, unchecked = [], []
    for check in CHECKS:
        code = check.__name__
        try:
            evidence = check(case)
        except Exception as error:
            evidence = Open(f"the check itself failed: {type(error).__name__}: {error}")
        if isinstance(evidence, Open):
            unchecked.append(f"{code}: {evidence}".replace("\n", " "))
        elif evidence:
            findings.append(finding(code, evidence, evidence.fix if isinstance(evidence, Mended) else ""))
    return primary(findings), unchecked
