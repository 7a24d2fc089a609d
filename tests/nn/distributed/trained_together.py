"""A program for several ranks: `trained_together.py FOLDER EPOCHS`, by DistributedTrainer; prints the history."""

import sys

import autograd
import nn
from nn import distributed as dist
from nn import optim
from nn.data import datasets
from nn.train import Accuracy, Checkpoints, DistributedTrainer, EarlyStopping, PrecisionRecall

dist.init_process_group()
first = dist.get_rank() == 0
autograd.manual_seed(3)
x, y = datasets.digits().tensors
data = (x[:131].double(), y[:131]), (x[131:200].double(), y[131:200])
net = nn.Sequential(nn.Linear(64, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 10)).double()
trainer = DistributedTrainer(
    sys.argv[1] if first else None, metrics=[Accuracy(), PrecisionRecall()], accumulate=2, l2=1e-3, clip_norm=1.0,
    callbacks=[EarlyStopping(patience=3), *[Checkpoints()] * first], progress=False,
)  # fmt: skip
optimizer = optim.Adam(net.parameters(), lr=0.01)
schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
options = {"epochs": int(sys.argv[2]), "optimizer": optimizer, "loss": nn.CrossEntropyLoss(), "scheduler": schedule}
history = trainer.fit(net, *data, **options, batch_size=16, resume=True)
for row in history if first else ():
    print(*(f"{value:.10g}" for name, value in row.items() if name != "seconds" and "[" not in name))
