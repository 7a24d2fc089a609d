"""A program for two ranks: what `record_step` sees of a backward pass."""

import sys
from itertools import pairwise

import pytest

import autograd
import nn
from nn import distributed as dist

dist.init_process_group()
net = nn.Sequential(nn.Linear(300, 400), nn.Tanh(), nn.Sequential(nn.Linear(400, 300), nn.Dropout(0.1)))
model = dist.DistributedDataParallel(net, bucket_cap_mb=0.5)
x = autograd.ones(64, 300)
with dist.record_step(model) as step:
    with model.no_sync():
        model(x).sum().backward()
    model(x).sum().backward()
with pytest.raises(RuntimeError, match="once"), step:
    pass

assert len(step.ranks) == 2
for rank, spans in enumerate(step.ranks):
    names = {kind: [span.name for span in spans if span.kind == kind] for kind in {span.kind for span in spans}}
    assert names["message"] == ["0", "1"]
    assert names["forward"] == ["0", "1", "2.0", "2.1", ""] * 2
    assert names["backward"] == ["", "2.1", "2.0", "1", "0"] * 2
    (waiting,) = (span for span in spans if span.kind == "waiting")
    assert all(0 <= span.began <= span.ended <= waiting.ended for span in spans)
    computed = [span for span in spans if span.kind in ("forward", "backward", "sending")]
    assert all(one.ended <= other.began for one, other in pairwise(computed))
    assert 0 < step.hidden(rank) < 1
    assert step.seconds("backward", rank) <= waiting.began
assert repr(step).splitlines()[1].startswith("rank 1: forward ")

before = [bucket.start_by for bucket in model.buckets]
with pytest.raises(KeyError), dist.record_step(model) as broken:
    raise KeyError
assert broken.ranks == []
assert before == [bucket.start_by for bucket in model.buckets] == [None, None]
assert not net[0]._forward_hooks
with pytest.raises(ValueError, match="nothing was computed"):
    broken.draw("nothing.png")
if dist.get_rank() == 0:
    print(step.draw(sys.argv[1]))
