"""A tagger's scores come as (T, N, tags) and are viewed as (N, T, tags) to fit the labels: words of others are paired.

kind: loss
codes: samples_mixed
from: https://github.com/HHTseng/video-classification/issues/42
score: accuracy of the tags in held-out sentences, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
tag_of_word = torch.randint(0, 5, (50,))
sentences = torch.randint(0, 50, (360, 8))
tags = (tag_of_word[sentences] + tag_of_word[sentences.roll(1, 1)]) % 5
embedding, rnn, head = nn.Embedding(50, 16), nn.LSTM(16, 32), nn.Linear(32, 5)


def scores(words):
    states, _ = rnn(embedding(words.t()))
    n, t = words.shape
    return head(states).view(n, t, 5)  # mistake
    # fix: return head(states).transpose(0, 1)


optimizer = torch.optim.Adam(nn.ModuleList([embedding, rnn, head]).parameters(), lr=0.01)
for _epoch in range(30):
    for batch in torch.randperm(300).split(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(scores(sentences[batch]).flatten(0, 1), tags[batch].flatten())
        loss.backward()
        optimizer.step()
print((scores(sentences[300:]).argmax(2) == tags[300:])[:, 1:].float().mean().item())
