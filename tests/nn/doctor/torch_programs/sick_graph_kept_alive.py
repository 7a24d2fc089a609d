# expect: graph_kept_alive, line 31
import torch
import torch.nn as nn


class CharRNN(nn.Module):
    def __init__(self, letters, hidden):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(letters, 16), nn.GRU(16, hidden, batch_first=True)
        self.head = nn.Linear(hidden, letters)

    def forward(self, x, h):
        out, h = self.rnn(self.embed(x), h)
        return self.head(out), h


torch.manual_seed(9)
text = "to be or not to be, that is the question. " * 12
vocabulary = {letter: i for i, letter in enumerate(sorted(set(text)))}
ids = torch.tensor([vocabulary[letter] for letter in text])
model, criterion = CharRNN(len(vocabulary), 32), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
running_loss = 0
for epoch in range(4):
    hidden = None
    for start in range(0, len(ids) - 21, 20):
        logits, hidden = model(ids[None, start : start + 20], None if hidden is None else hidden.detach())
        loss = criterion(logits[0], ids[start + 1 : start + 21])
        running_loss += loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, f"{running_loss.item() / (epoch + 1) / 24:.6f}")
torch.save(model.state_dict(), "weights.pt")
