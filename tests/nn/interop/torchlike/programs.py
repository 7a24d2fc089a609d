"""Small programs in the ways that public teaching programs are written. Their weights and data are NumPy's."""

SEEDED = '''
import numpy as np
rng = np.random.default_rng(0)

def seeded(model):
    """The same weights in every library."""
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.from_numpy(rng.standard_normal(tuple(p.shape)).astype(np.float32) * 0.3))
    return model

def data(*shape):
    return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))

def classes(n, *shape):
    return torch.from_numpy(rng.integers(n, size=shape))
'''

PROGRAMS = {
    "mlp": '''
import torch
from torch import nn, optim

class Net(nn.Module):
    def __init__(self, hidden):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(2, hidden)
        self.fc2 = nn.Linear(hidden, 1)

    def forward(self, x):
        x = torch.tanh(self.fc1(x))
        return self.fc2(x)

net = seeded(Net(16))
x = data(64, 2)
y = torch.sin(x).sum(1, keepdim=True)
optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_fn = nn.MSELoss()
for step in range(20):
    optimizer.zero_grad()
    loss = loss_fn(net(x), y)
    loss.backward()
    optimizer.step()
    print(loss.item())
''',
    "namespaces": '''
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(6, 12), torch.nn.ReLU(), torch.nn.LayerNorm(12), torch.nn.Linear(12, 3)
        )

    def forward(self, x):
        return torch.nn.functional.log_softmax(self.layers(x), dim=-1)

net = seeded(Net())
x, y = data(40, 6), classes(3, 40)
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)
for epoch in range(20):
    loss = torch.nn.functional.nll_loss(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    print(loss.item(), scheduler.get_last_lr()[0])
torch.nn.init.zeros_(net.layers[0].weight)
print(net.layers[0].weight.abs().sum().item())
''',
    "cnn": '''
import torch
import torch.nn as nn
import torch.nn.functional as F

class ConvNet(nn.Module):
    def __init__(self, num_classes=4):
        super(ConvNet, self).__init__()
        self.layer1 = nn.Sequential(
            nn.Conv2d(1, 4, kernel_size=5, stride=1, padding=2),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=2, stride=2))
        self.conv2 = nn.Conv2d(4, 6, 3, padding=1)
        self.fc = nn.Linear(4 * 4 * 6, num_classes)

    def forward(self, x):
        out = self.layer1(x)
        out = F.max_pool2d(F.relu(self.conv2(out)), 2)
        out = out.reshape(out.size(0), -1)
        return self.fc(out)

model = seeded(ConvNet())
images, labels = data(16, 1, 16, 16), classes(4, 16)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
for i in range(20):
    outputs = model(images)
    loss = criterion(outputs, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
model.eval()
with torch.no_grad():
    _, predicted = torch.max(model(images).data, 1)
    print((predicted == labels).sum().item())
''',
    "views": '''
import torch
import torch.nn as nn
import torch.nn.functional as F

class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, 1, 2)
        self.conv2 = nn.Conv2d(4, 6, 3)
        self.fc = nn.Linear(6 * 3 * 3, 8)
        self.back = nn.Linear(8, 2 * 6 * 6)
        self.kernel = nn.Parameter(torch.zeros(2, 1, 4, 4))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.avg_pool2d(F.relu(self.conv2(x)), 2)
        x = self.back(torch.tanh(self.fc(x.view(x.size(0), -1))))
        x = F.conv_transpose2d(x.view(-1, 2, 6, 6), self.kernel, stride=2, padding=1)
        return torch.sigmoid(x.view(x.size(0), -1))

model = seeded(AutoEncoder())
images = data(8, 1, 16, 16)
targets = torch.sigmoid(data(8, 144))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    loss = F.binary_cross_entropy(model(images), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
swapped = images.transpose(2, 3)
print(*torch.cat([swapped, swapped], dim=1).view(2, -1).sum(1).tolist())
print(*torch.stack([swapped, swapped], dim=1).view(4, -1).sum(1).tolist())
''',
    "what_scripts_pass": '''
import torch
import torch.nn.functional as F

torch.manual_seed(0)
means = torch.ones(100, 2)
x = torch.cat((torch.normal(2 * means, 1), torch.normal(-2 * means, std=torch.ones(2))), 0).type(torch.FloatTensor)
print(x.shape, x[:100].mean().item() > 1, x[100:].mean().item() < -1)
picks = torch.randint(5, size=(7,)), torch.randint(high=5, size=(7,)), torch.randint(low=2, high=5, size=(2, 3))
print(*(p.shape for p in picks), all(0 <= i < 5 for p in picks for i in p.view(-1).tolist()))
logits, targets = data(6, 3), classes(3, 6)
logprobs = F.log_softmax(logits, 1)
print(-logprobs[range(6), targets].mean().item(), F.cross_entropy(logits, targets).item())
dlogits = F.softmax(logits, 1)
dlogits[range(6), targets] -= 1
print(*dlogits[range(2)].view(-1).tolist())
hist, edges = torch.histogram(logits.view(-1), density=True)
print(len(hist), len(edges), (hist * edges.diff()).sum().item(), edges[0].item(), edges[-1].item())
''',
    "loader": '''
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset

class Squares(Dataset):
    def __init__(self, n):
        self.x = data(n, 3)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], (self.x[i] ** 2).sum()

own = DataLoader(Squares(20), batch_size=8, drop_last=True)
for x, y in own:
    print(tuple(x.shape), y.sum().item())
inputs = data(50, 3)
train = TensorDataset(inputs, inputs.abs().sum(1, keepdim=True))
loader = DataLoader(dataset=Subset(train, range(40)), batch_size=16, shuffle=False, num_workers=0)
model = seeded(nn.Sequential(nn.Linear(3, 8), nn.Sigmoid(), nn.Linear(8, 1)))
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)
for epoch in range(7):
    model.train()
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = nn.functional.smooth_l1_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    print(epoch, total / len(loader.dataset), len(loader))
''',
    "custom_function": '''
import torch

class MyReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        input, = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input < 0] = 0
        return grad_input

x, y = data(16, 10), data(16, 2)
w1, w2 = data(10, 8).requires_grad_(), data(8, 2).requires_grad_()
for t in range(20):
    y_pred = MyReLU.apply(x.mm(w1)).mm(w2)
    loss = (y_pred - y).pow(2).sum()
    print(loss.item())
    loss.backward()
    with torch.no_grad():
        w1 -= 1e-4 * w1.grad
        w2 -= 1e-4 * w2.grad
        w1.grad.zero_()
        w2.grad.zero_()
''',
    "by_hand": '''
import torch

x, y = data(32, 10), data(32, 3)
w1, w2 = data(10, 6), data(6, 3)
for t in range(20):
    h = x.mm(w1)
    h_relu = h.clamp(min=0)
    y_pred = h_relu.mm(w2)
    print((y_pred - y).pow(2).sum().item())
    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.t().mm(grad_y_pred)
    grad_h = grad_y_pred.mm(w2.t()).clone()
    grad_h[h < 0] = 0
    w1 -= 1e-4 * x.t().mm(grad_h)
    w2 -= 1e-4 * grad_w2
''',
    "language_model": '''
import math
import torch
import torch.nn as nn
from torch.nn import functional as F

class Head(nn.Module):
    def __init__(self, width, block):
        super().__init__()
        self.key, self.query, self.value = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.register_buffer("tril", torch.tril(torch.ones(block, block)))

    def forward(self, x):
        B, T, C = x.shape
        k, q = self.key(x), self.query(x)
        wei = q @ k.transpose(-2, -1) * C ** -0.5
        wei = wei.masked_fill(self.tril[:T, :T] == 0, float("-inf"))
        return F.softmax(wei, dim=-1) @ self.value(x)

class Model(nn.Module):
    def __init__(self, vocabulary=11, width=8, block=6):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(block, width)
        self.head = Head(width, block)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, vocabulary)

    def forward(self, idx, targets=None):
        B, T = idx.shape
        x = self.tokens(idx) + self.positions(torch.arange(T))
        x = self.norm(x + self.head(x))
        logits = self.out(x)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1))

model = seeded(Model())
text = classes(11, 12, 7)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
for step in range(20):
    logits, loss = model(text[:, :-1], text[:, 1:])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    print(loss.item(), math.exp(loss.item()))
idx = torch.zeros((1, 1), dtype=torch.long)
for _ in range(5):
    logits, _ = model(idx)
    idx = torch.cat((idx, logits[:, -1:].argmax(-1)), dim=1)
print(*idx[0].tolist())
''',
    "without_effect": '''
import torch
import torch.onnx

torch.backends.cudnn.benchmark = True
torch.backends.cudnn.deterministic = True
if torch.cuda.is_available():
    torch.cuda.manual_seed_all(0)
torch.cuda.manual_seed_all(1)
torch.cuda.empty_cache()
print(torch.onnx.is_in_onnx_export(), torch.ones(1).is_xpu or torch.ones(1).is_cuda)
print(torch.cuda.device_count(), torch.cuda.max_memory_allocated(), torch.backends.mps.is_available())
model = torch.compile(seeded(torch.nn.Linear(3, 1)), disable=True)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cuda", enabled=False)
x, y = data(10, 3), data(10, 1)
for _ in range(20):
    with torch.autocast("cpu", enabled=False):
        loss = torch.nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    print(loss.item(), scaler.get_scale())
''',
    "amp": '''
import torch
from torch import nn
from torch.amp import GradScaler, autocast

model = seeded(nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3)))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = GradScaler("cpu", init_scale=2.0**30, growth_interval=5)
x, y = data(40, 8), classes(3, 40)
for step in range(30):
    optimizer.zero_grad(set_to_none=True)
    with autocast(device_type="cpu", dtype=torch.float16):
        output = model(x)
        loss = nn.functional.cross_entropy(output, y)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), 10.0)
    scaler.step(optimizer)
    scaler.update()
    print(output.dtype, scaler.get_scale(), round(loss.item(), 2))
print(torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu"), torch.amp.is_autocast_available("mps"))
''',
    "checkpoints": '''
import os
import tempfile
import torch
import torch.nn as nn

def make():
    return seeded(nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 1)))

model, x, y = make(), data(10, 3), data(10, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
path = os.path.join(tempfile.mkdtemp(), "checkpoint.pt")

def train(steps):
    for _ in range(steps):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(loss.item())

train(10)
torch.save({"epoch": 10, "model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
model = make()
optimizer = torch.optim.Adam(model.parameters(), lr=1.0)
checkpoint = torch.load(path, map_location="cpu", weights_only=True)
model.load_state_dict(checkpoint["model"])
print(sorted(checkpoint), checkpoint["epoch"])
optimizer.load_state_dict(checkpoint["optimizer"])
train(10)
''',
    "derivatives": '''
import torch
from torch.autograd import Variable, backward, grad
from torch.autograd.functional import hessian, hvp, jacobian, jvp, vjp

x, v = data(4), data(4)
f = lambda x: (x.exp() * x.roll(1)).sum()
g = lambda x: torch.stack([x.prod(), (x * x).sum()])
for result in (jacobian(g, x), hessian(f, x), *vjp(g, x, torch.ones(2)), *jvp(g, x, v), *hvp(f, x, v)):
    print(*result.flatten().tolist())
a, b = jacobian(lambda a, b: a * b.sum(), (x, v))
print(*a.flatten().tolist(), *b.flatten().tolist())
(haa, hab), (hba, hbb) = hessian(lambda a, b: (a * a * b).sum(), (x, v))
print(*haa.flatten().tolist(), *hab.flatten().tolist(), *hbb.flatten().tolist())
w = Variable(x, requires_grad=True)
h = w * w
backward([h.sum(), (h * 2).sum()], [torch.tensor(2.0), torch.tensor(3.0)])
print(*w.grad.tolist(), isinstance(w, Variable), w.requires_grad)
print(*torch.func.grad(f)(x).tolist(), *torch.func.jacrev(g)(x).flatten().tolist())
''',
}
