"""What the doctor is known to get wrong, and why: by the name of a case or of a healthy program, the reason."""

MISSES: dict[str, str] = {
    "names_numbered_twice": "targets of validation are looked for by names; a comparison under no_grad is not followed",
    "one_network_twice": "the same layer twice in a list is meant as often, as by the heads of Deformable DETR",
    "optimizer_of_the_network_before": "the new network shares no weights with the optimizer, and is not seen",
    "plateau_schedule_watches_accuracy_fall": "a rate that is lowered on a plateau is not judged by what it is given",
    "policy_gradient_without_minus": "rewards are not judged: either sign may be meant",
    "similar_and_dissimilar_swapped": "which label means similar is not told, and near inputs may be what is to differ",
}  # no right code for the faulty program, although there is one
ALARMS: dict[str, str] = {}  # a finding on the mended program
HEALTHY_ALARMS: dict[str, str] = {}  # a finding on a healthy program, or the sentence that it learned nothing
