"""How much of the sending of gradients goes on behind backward: measured, and one step as a picture.

`mpiexec -n 2 python -m tests.benchmarks.overlap docs/images/overlap.png` prints the seconds of a step of a wide MLP
whose gradients are sent during backward, after it, and not at all, and draws the fastest recorded step.
"""

import sys
from time import perf_counter

import autograd
import nn
from nn import distributed as dist
from nn.distributed.gradient_buckets import Reduction

WIDTHS, BATCH, MB = [1024] * 5 + [10], 128, 5  # a layer of 1,024 units has 4 MB of gradients, and is a message
ROUNDS = 40


def main():
    dist.init_process_group()
    autograd.manual_seed(0)
    net = dist.DistributedDataParallel(nn.MLP(784, WIDTHS), bucket_cap_mb=MB)
    x, y = autograd.randn(BATCH, 784), autograd.randint(0, 10, (BATCH,))

    def during():
        nn.functional.cross_entropy(net(x), y).backward()

    def alone():
        with net.no_sync():
            during()

    def after():
        alone()
        everything = [range(len(bucket.parameters)) for bucket in net.buckets]
        reduction = Reduction(net.group, net.buckets, list(map(set, everything)), 0)
        for number, positions in enumerate(everything):
            for position in positions:
                reduction.arrived(number, position)
        reduction.finish(reduction.used)

    steps, records = {step.__name__: step for step in (during, after, alone)}, []
    seconds = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            net.zero_grad()
            dist.barrier()
            began = perf_counter()
            step()
            dist.barrier()
            seconds[name].append(perf_counter() - began)
        net.zero_grad()
        with dist.record_step(net) as record:
            during()
        records.append(record)
    if dist.get_rank() == 0:
        report(seconds, min(records, key=lambda record: max(span.ended for spans in record.ranks for span in spans)))


def report(seconds, fastest):
    during, after, alone = (min(times) for times in seconds.values())  # for others use the machine, too
    for name, time in (("during backward", during), ("after backward", after), ("not at all", alone)):
        print(f"gradients sent {name}: {time * 1e3:.1f} ms a step")
    print(f"sending takes {(after - alone) * 1e3:.1f} ms, of which {(after - during) / (after - alone):.0%} are hidden")
    print(fastest)
    if sys.argv[1:]:
        fastest.draw(sys.argv[1], f"A step of {dist.get_world_size()} ranks")


if __name__ == "__main__":
    main()
