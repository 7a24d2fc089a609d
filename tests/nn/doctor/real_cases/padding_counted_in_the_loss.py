"""Sentences are padded to 40 words and the loss counts the padding: it falls to almost nothing, the tags stay wrong.

kind: loss
codes: padding_counted
from: https://github.com/aneesh-joshi/LSTM_POS_Tagger/issues/8
score: accuracy of the tags of real words in held-out sentences, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
tag_of_word = torch.randint(1, 7, (60,))
words = torch.randint(1, 60, (400, 40))
lengths = torch.randint(2, 7, (400, 1))
words[torch.arange(40) >= lengths] = 0
tags = tag_of_word[words].masked_fill(words == 0, 0)
embedding, rnn, head = nn.Embedding(60, 16), nn.GRU(16, 16, batch_first=True), nn.Linear(16, 7)
tagger = nn.ModuleList([embedding, rnn, head])
optimizer = torch.optim.SGD(tagger.parameters(), lr=0.5)
criterion = nn.CrossEntropyLoss()  # mistake
# fix: criterion = nn.CrossEntropyLoss(ignore_index=0)
for _epoch in range(20):
    for batch in torch.randperm(320).split(32):
        scores = head(rnn(embedding(words[batch]))[0])
        loss = criterion(scores.flatten(0, 1), tags[batch].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
found = head(rnn(embedding(words[320:]))[0]).argmax(2)
print((found == tags[320:])[words[320:] > 0].float().mean().item())
