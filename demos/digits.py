"""Learn to read handwritten digits: a 64-64-10 network on scikit-learn's 1,797 images of 8x8 pixels, step by step.

    python demos/digits.py --epochs 40 --out runs/digits-demo

What to look at:

- `train`: the loop that every training run comes down to. `chalkgrad train digits` runs it with checkpoints, metrics
  and a report around it;
- loss_curve.png: the loss on the training digits keeps falling, the loss on unseen digits levels off;
- misclassified.png: a person might misread some of these too;
- neuron.svg: one neuron, forward and backward, cut down to two pixels.
"""

import argparse
import time
from pathlib import Path

import autograd
import nn
from nn import optim, plot
from nn.data import DataLoader, datasets, stratified_split


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=40, help="passes over the training digits (default 40)")
    parser.add_argument("--seed", type=int, default=0, help="for initial weights and order of the digits (default 0)")
    parser.add_argument("--out", type=Path, default=Path("runs/digits-demo"), help="folder the pictures go to")
    args = parser.parse_args()

    training, test = stratified_split(datasets.digits(), 0.8, autograd.Generator(0))
    x_test, y_test = next(iter(DataLoader(test, len(test))))
    autograd.manual_seed(args.seed)
    net = nn.MLP(64, [64, 10])
    start = time.perf_counter()
    history = train(net, DataLoader(training, batch_size=32, shuffle=True), x_test, y_test, args.epochs)
    seconds = time.perf_counter() - start

    with autograd.no_grad():
        scores = net(x_test)
    right = (scores.argmax(dim=1) == y_test).sum().item()
    pictures = [
        plot.loss_curve(history, args.out / "loss_curve.png"),
        plot.misclassified(x_test, y_test, scores, None, args.out / "misclassified.png", (8, 8), noun="digits"),
        plot.neuron(net[0], x_test[0], args.out / "neuron.svg"),
        plot.neuron(net[0], x_test[0], args.out / "neuron.png"),
    ]
    print(f"{right} of {len(y_test)} unseen digits read correctly ({right / len(y_test):.1%}) after {seconds:.1f} s")
    print(f"pictures: {', '.join(str(picture.path) for picture in pictures)}")


def train(net, loader, x_test, y_test, epochs):
    """Adam with a learning rate that falls to zero. Returns the loss on training and on test digits, epoch by epoch."""
    loss_function = nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr=0.01, weight_decay=1e-3)
    scheduler = optim.lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=epochs)
    history = {"loss": [], "valid_loss": []}
    for epoch in range(1, epochs + 1):
        total = 0.0
        for images, classes in loader:
            optimizer.zero_grad()
            loss = loss_function(net(images), classes)
            loss.backward()
            optimizer.step()
            total += loss.item()
        scheduler.step()
        with autograd.no_grad():
            scores = net(x_test)
            test_loss = loss_function(scores, y_test).item()
            accuracy = (scores.argmax(dim=1) == y_test).double().mean().item()
        history["loss"].append(total / len(loader))
        history["valid_loss"].append(test_loss)
        print(f"epoch {epoch:3d}  loss {total / len(loader):.4f}  test loss {test_loss:.4f}  accuracy {accuracy:6.1%}")
    return history


if __name__ == "__main__":
    main()
