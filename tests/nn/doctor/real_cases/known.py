"""What the doctor is known to get wrong, and why: by the name of a case or of a healthy program, the reason."""

MISSES: dict[str, str] = {}  # no right code for the faulty program
ALARMS: dict[str, str] = {}  # a finding on the mended program
HEALTHY_ALARMS: dict[str, str] = {
    "fine_tuning": "foreign_parameters: a layer is replaced after its training has ended",
    "physics_informed": "data_leak: the ends of the interval are known, and are on the grid that is drawn at the end",
    "rare_positives": "with pos_weight, a loss is compared with a constant answer that was weighed otherwise",
}  # a finding on a healthy program, or the sentence that it learned nothing
