"""A doctor for training loops: it watches one, and finds the mistakes that do not crash.

To be read in this order:

1. The watch. `watched_loop` is the context manager, `facts` and `step_facts` are what it notes in every step,
   `validation` and `samples` what it notes of the data.
2. Close looks at single steps. `close_look` is told of every op; `following` follows the output into the loss,
   `meetings` and `answers` say what meets there and how well it agrees. `chains`, `padded`, `mixing`, `agreement` and
   `sign_of_loss` each look for one thing more.
3. The end. `probe` calls a copy of the model that leaves no traces (`kept_still`), and `what_was_learned` compares the
   loss with that of a constant answer.
4. From facts to findings. `checks` has a function for each mistake; `mistakes` is what is said of it, `report` how.
5. Whole programs. `trainings` finds every training in one, `one_training` is one of them, and `told_trainings` tells
   what was seen in the program's own words.
"""

from .report import Finding, Report
from .watched_loop import doctor

__all__ = ["Finding", "Report", "doctor"]
