"""A sentiment LSTM returns sigmoid(fc(hidden)) and is trained with the loss for logits; it calls every text positive.

kind: output
codes: softmax_before_loss
from: https://github.com/bentrevett/pytorch-sentiment-analysis/issues/75
score: accuracy on held-out texts, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
texts = torch.randint(0, 40, (600, 10))
mood = torch.randn(40)
positive = (mood[texts].sum(1) > 0).float()


class Sentiment(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(40, 16)
        self.lstm = nn.LSTM(16, 16, batch_first=True)
        self.fc = nn.Linear(16, 1)

    def forward(self, text):
        _, (hidden, _) = self.lstm(self.embedding(text))
        return torch.sigmoid(self.fc(hidden[-1])).squeeze(1)  # mistake
        # fix: return self.fc(hidden[-1]).squeeze(1)


model = Sentiment()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _epoch in range(15):
    for batch in torch.randperm(500).split(50):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(model(texts[batch]), positive[batch]).backward()
        optimizer.step()
predictions = torch.round(torch.sigmoid(model(texts[500:])))
print((predictions == positive[500:]).float().mean().item())
