"""An encoder and a decoder with additive attention learn to say a sequence backwards."""

import torch
from torch import nn

WORDS, START = 8, 8


class Encoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.embedding, self.gru = nn.Embedding(WORDS, width), nn.GRU(width, width, batch_first=True)

    def forward(self, tokens):
        return self.gru(self.embedding(tokens))


class Decoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.embedding, self.cell = nn.Embedding(WORDS + 1, width), nn.GRUCell(2 * width, width)
        self.query, self.key, self.score = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, 1)
        self.out = nn.Linear(width, WORDS)

    def forward(self, token, state, memory):
        scores = self.score(torch.tanh(self.query(state).unsqueeze(1) + self.key(memory)))
        context = (torch.softmax(scores, dim=1) * memory).sum(1)
        state = self.cell(torch.cat([self.embedding(token), context], 1), state)
        return self.out(state), state


torch.manual_seed(0)
encoder, decoder = Encoder(32), Decoder(32)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=5e-3)
criterion = nn.CrossEntropyLoss()
for step in range(200):
    source = torch.randint(0, WORDS, (48, 5))
    target = source.flip(1)
    memory, state = encoder(source)
    state, token, loss = state[0], torch.full((48,), START), 0
    for t in range(5):
        logits, state = decoder(token, state, memory)
        loss = loss + criterion(logits, target[:, t])
        token = target[:, t]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item() / 5)
assert loss.item() / 5 < 1.0
