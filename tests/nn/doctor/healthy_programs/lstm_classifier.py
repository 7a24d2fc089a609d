"""An LSTM tells whether a token comes more than once in sequences of varied length, which are packed."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence


class Classifier(nn.Module):
    def __init__(self, vocabulary=10, width=24):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary + 1, width, padding_idx=0)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(0.1)
        self.linear = nn.Linear(2 * width, 2)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, (hidden, _) = self.lstm(packed)
        return self.linear(self.dropout(torch.cat([hidden[0], hidden[1]], 1)))


torch.manual_seed(0)
sequences = [torch.randint(1, 5, (int(length),)) for length in torch.randint(3, 8, (400,))]
labels = torch.tensor([int((s == 1).sum() > 1) for s in sequences])
lengths = torch.tensor([len(s) for s in sequences])
tokens = pad_sequence(sequences, batch_first=True)
model = Classifier()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(8):
    model.train()
    for rows in torch.randperm(320).split(32):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(tokens[rows], lengths[rows]), labels[rows])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        accuracy = (model(tokens[320:], lengths[320:]).argmax(1) == labels[320:]).float().mean().item()
print(accuracy)
assert accuracy > 0.85
