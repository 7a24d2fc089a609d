"""What the doctor is known to get wrong, and why: by the name of a case or of a healthy program, the reason."""

MISSES: dict[str, str] = {
    "adam_with_a_rate_of_one": "the loss jumps, but does not end at five times its start",
    "attention_over_the_batch": "this softmax is inside the model: only that before the loss is looked at",
    "deviation_of_a_hundredth": "what vanishes on the way forward is told as dead units",
    "fine_tuning_rate_given_to_sgd": "the steps are small, but more than a millionth of the weights",
    "one_network_twice": "the same layer twice in a list is meant as often, as by the heads of Deformable DETR",
    "optimizer_of_the_encoder_alone": "a decoder without an optimizer may be meant to stay as it is",
    "optimizer_of_the_network_before": "the new network shares no weights with the optimizer, and is not seen",
    "similar_and_dissimilar_swapped": "which label means similar is not told, and near inputs may be what is to differ",
    "transformer_with_too_high_a_rate": "the loss stays where it was, and does not end at five times its start",
    "warm_up_longer_than_the_training": "the steps are small, but more than a millionth of the weights",
}  # no right code for the faulty program, although there is one
ALARMS: dict[str, str] = {
    "warm_up_longer_than_the_training": "train_mode_in_eval: dropout with a probability of 0 counts as dropout",
}  # a finding on the mended program
HEALTHY_ALARMS: dict[str, str] = {
    "fine_tuning": "foreign_parameters: a layer is replaced after its training has ended",
    "physics_informed": "data_leak: the ends of the interval are known, and are on the grid that is drawn at the end",
    "rare_positives": "with pos_weight, a loss is compared with a constant answer that was weighed otherwise",
}  # a finding on a healthy program, or the sentence that it learned nothing
