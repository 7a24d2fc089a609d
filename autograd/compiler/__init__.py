"""A recorded step as one program: `autograd.compile`. Eager code does not know of this room.

Read in this order:

1. program.py: what a recorded step is, a list of calls from arrays to arrays;
2. step_recorder.py, recorded_array.py, recorded_calls.py, recorded_number.py, recorded_random.py: how a call becomes
   one, by arrays that tell a recorder through NumPy's protocols what is computed of them: forward pass, rules, the
   walk and the optimizer alike;
3. reach.py: what a function can reach, of which a program must know whether it has changed;
4. exchange.py, capturing.py, capture.py: all of that exchanged for what is recorded, one call made, and what it was;
   two calls that were the same make a program;
5. passes.py, buffers.py, block_runs.py, numpy_backend.py: the program as a flat list of NumPy's calls that write into
   planned memory; back_ends.py names this one and Numba's, whose reading order stands in numba_backend.py;
6. bound_program.py, compiled_graph.py: what is looked at before a program may run in place of the function, what it
   changes then, and the one node of the graph that a forward pass leaves;
7. compiled.py, compiling.py: which program a call is made by, when none, and why.
"""
