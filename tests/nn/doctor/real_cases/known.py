"""What the doctor is known to get wrong, and why: by the name of a case or of a healthy program, the reason."""

MISSES: dict[str, str] = {
    "fine_tuning_rate_given_to_sgd": "the steps are small, but more than a millionth of the weights",
    "one_network_twice": "the same layer twice in a list is meant as often, as by the heads of Deformable DETR",
    "optimizer_of_the_network_before": "the new network shares no weights with the optimizer, and is not seen",
    "similar_and_dissimilar_swapped": "which label means similar is not told, and near inputs may be what is to differ",
    "warm_up_longer_than_the_training": "the steps are small, but more than a millionth of the weights",
}  # no right code for the faulty program, although there is one
ALARMS: dict[str, str] = {
    "warm_up_longer_than_the_training": "train_mode_in_eval: dropout with a probability of 0 counts as dropout",
}  # a finding on the mended program
HEALTHY_ALARMS: dict[str, str] = {}  # a finding on a healthy program, or the sentence that it learned nothing
