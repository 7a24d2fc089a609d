"""A transformer for texts returns a softmax, the loss is NLLLoss; the loss is always negative, the texts stay mixed up.

kind: output
codes: not_log_probabilities
from: https://github.com/AnubhavGupta3377/Text-Classification-Models-Pytorch/issues/9
score: accuracy on held-out texts, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
topics = torch.randint(0, 20, (700,))
texts = torch.where(torch.rand(700, 8) < 0.5, topics.unsqueeze(1), torch.randint(20, 60, (700, 8)))


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(60, 16)
        self.encoder = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.fc = nn.Linear(16, 20)

    def forward(self, text):
        scores = self.fc(self.encoder(self.embedding(text)).mean(1))
        return torch.softmax(scores, dim=1)  # mistake
        # fix: return torch.log_softmax(scores, dim=1)


model = Classifier()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
criterion = nn.NLLLoss()
for _epoch in range(15):
    for batch in torch.randperm(600).split(40):
        optimizer.zero_grad()
        criterion(model(texts[batch]), topics[batch]).backward()
        optimizer.step()
print((model(texts[600:]).argmax(1) == topics[600:]).float().mean().item())
