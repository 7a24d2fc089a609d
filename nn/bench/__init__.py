"""`chalkgrad bench`: one step of a network in this engine and in others, timed in turns, each in a process of its own.

Read rows (what is computed), engines (who computes it), torch_steps (how, in PyTorch's names) and its neighbours, one
for each way to write it; then worker (a process), resident (its memory), turns (all of them, in alternating rounds) and
verdicts (what the rounds say), which report_text and bars tell and draw. The folder is also loaded by itself, in
environments where `autograd` and `nn` are other packages: rows, engines, worker, resident and the steps import nothing
of ours.
"""
