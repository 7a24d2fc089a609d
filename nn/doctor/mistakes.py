"""The mistakes that the doctor knows: what it says of each, and which are only the consequences of others."""

from __future__ import annotations

# The mistakes, most serious first: title, cause, fix.
MISTAKES: dict[str, tuple[str, str, str]] = {
    "no_grad": (
        "no gradient is ever computed",
        "Nothing is recorded under no_grad, and nothing is differentiated without backward: the weights keep their "
        "initial values.",
        "with autograd.enable_grad(): loss = loss_function(model(x), y)  # and then loss.backward()",
    ),
    "bad_optimizer_order": (
        "the optimizer steps before backward",
        "When step is called, the gradients of this batch do not exist yet: it uses none, or those of the last batch.",
        "optimizer.zero_grad(); loss.backward(); optimizer.step()  # in this order",
    ),
    "unregistered": (
        "the model does not know some of its parameters",
        "Only attributes that are Parameters or Modules are registered. parameters() does not see a plain tensor, or "
        "anything in a plain list, tuple or dict, so no optimizer updates it.",
        "self.layers = nn.ModuleList(layers)  # or nn.ModuleDict(layers), or nn.Parameter(weights)",
    ),
    "foreign_parameters": (
        "the optimizer updates parameters that are not the model's",
        "It was created for another model or a copy, or before a layer was replaced.",
        "optimizer = optim.SGD(model.parameters(), lr=0.1)  # once the model is complete",
    ),
    "no_gradient": (
        "some parameters never receive a gradient",
        "As far as the graph shows, the loss does not depend on them: forward does not use them, or detach(), .data, "
        "numpy() or item() cuts the graph on the way.",
        "out = self.layer(x)  # use every layer, without detach(), .data, .numpy() or .item()",
    ),
    "not_moved": (
        "some parameters receive gradients but never change",
        "step is not called, the optimizer does not have them, their learning rate is 0, or zero_grad comes between "
        "backward and step.",
        "optimizer = optim.SGD(model.parameters(), lr=0.1)  # and zero_grad(), backward(), step() in this order",
    ),
    "wrong_sign": (
        "the loss is minimised in the wrong direction",
        "The optimizer makes the loss as small as it can: of a loss with a minus sign, or one that is neither squared "
        "nor made absolute, that is minus infinity, and the answers become as wrong as possible.",
        "loss = loss_function(out, y)  # a measure of error: 0 when all is right, and larger the worse it is",
    ),
    "zero_gradients": (
        "all gradients are exactly 0",
        "Accuracy, round, sign, argmax, and clamp outside its limits are flat: a small change of the weights does not "
        "change them at all.",
        "loss = nn.CrossEntropyLoss()(scores, y)  # a smooth loss of the scores themselves; accuracy is for reading",
    ),
    "no_zero_grad": (
        "gradients are never cleared",
        "backward adds to existing gradients, so each step uses the sum of all gradients so far.",
        "optimizer.zero_grad()  # before loss.backward(), in every step",
    ),
    "loss_broadcast": (
        "the loss compares every prediction with every target",
        "A column (N, 1) and a row (N,) broadcast to (N, N), and the model learns to predict the mean of all targets.",
        "loss = ((out - y.unsqueeze(1)) ** 2).mean()  # or nn.MSELoss(), which warns",
    ),
    "softmax_before_loss": (
        "a softmax or sigmoid is applied before a loss that has its own",
        "The loss expects scores (logits). A second softmax flattens probabilities, and the gradient almost vanishes.",
        "loss = loss_function(scores, y)  # the scores as they are; apply softmax only to read probabilities",
    ),
    "softmax_of_one": (
        "a softmax over an axis of length 1 is always 1",
        "Softmax divides by the sum over its axis, and over a single number that is the number itself. The output does "
        "not depend on the weights, and no gradient reaches them.",
        "loss = nn.BCEWithLogitsLoss()(scores.squeeze(1), y.float())  # two classes: a sigmoid, or nn.Linear(n, 2)",
    ),
    "softmax_over_batch": (
        "the softmax runs over the batch",
        "The probabilities of a sample do not sum to 1, and depend on which other samples stand in its batch.",
        "out = scores.log_softmax(dim=1)  # over the classes; dim=0 is the batch",
    ),
    "not_log_probabilities": (
        "the loss is not given logarithms of probabilities",
        "The loss takes logarithms and computes none: with probabilities or scores it falls below 0 without a bound, "
        "and is no likelihood.",
        "loss = nn.CrossEntropyLoss()(scores, y)  # or scores.log_softmax(dim=1) before NLLLoss and KLDivLoss",
    ),
    "relu_before_loss": (
        "a ReLU cuts off the scores",
        "It makes each score below 0 a 0, so that no class can be ruled out, and a class whose score is 0 for every "
        "sample gets no gradient.",
        "self.head = nn.Linear(n, classes)  # the last layer, with no ReLU after it",
    ),
    "targets_out_of_range": (
        "the targets are outside the range of the output",
        "The last function cannot reach them: the output goes to its limit and stays there, where the slope is almost "
        "0; a cross-entropy of such targets falls without a bound.",
        "self.head = nn.Linear(n, 1)  # no activation; or bring y into its range, with a sigmoid to 0 and 1",
    ),
    "several_labels": (
        "a softmax is used where a sample can have several labels",
        "The probabilities of a softmax sum to 1: two labels of one sample compete, and neither can come near 1.",
        "loss = nn.BCEWithLogitsLoss()(scores, y)  # a sigmoid for each label",
    ),
    "padding_counted": (
        "the loss counts the padding",
        "Sequences of different lengths were padded to one, and the padding is a class like any other: it is the most "
        "frequent and the easiest, so the loss falls while the real positions are hardly learned.",
        "loss_function = nn.CrossEntropyLoss(ignore_index=0)  # the target of the padding",
    ),
    "last_step_is_padding": (
        "the last step of a recurrent network is padding",
        "Behind the end of a short sequence the network has read padding, step after step: what its state was at the "
        "end is overwritten.",
        "last = out[autograd.arange(len(x)), lengths - 1]  # or nn.utils.rnn.pack_padded_sequence(x, lengths, ...)",
    ),
    "zero_init": (
        "hidden weights start at zero and stay there",
        "Neither activations nor gradients pass through a layer of zeros.",
        "nn.init.kaiming_uniform_(layer.weight)",
    ),
    "symmetric_init": (
        "all units of a layer are equal and stay equal",
        "Units that start equal receive equal gradients, so that the whole layer is worth a single unit.",
        "nn.init.kaiming_uniform_(layer.weight)  # random weights break the symmetry",
    ),
    "inputs_not_normalised": (
        "the inputs are large",
        "Initial weights and usual learning rates suit inputs of about 0 ± 1. Larger ones saturate activations, kill "
        "units or make training diverge, and slow down the rest.",
        "x = (x - x_train.mean(0)) / x_train.std(0)  # pixels: x / 255",
    ),
    "validation_scale": (
        "validation inputs are on another scale than training inputs",
        "What is done to the inputs in training (a division by 255, a subtraction of the mean) has to be done, with "
        "the same numbers, wherever the model is used: to other inputs it gives answers that mean nothing.",
        "x_valid = (x_valid - x_train.mean(0)) / x_train.std(0)  # the mean and spread of the training inputs",
    ),
    "class_order": (
        "classes are numbered differently in training and validation",
        "The model finds the classes, but the validation targets give them other numbers: they were numbered anew, in "
        "another order or from 1.",
        "index = {name: i for i, name in enumerate(classes)}  # made once, from the training data, and used for both",
    ),
    "batches_of_one_class": (
        "batches hold a single class each",
        "The samples are in the order of their classes. Each batch teaches the model to always answer its class, and "
        "to forget the others.",
        "loader = nn.data.DataLoader(dataset, batch_size=32, shuffle=True)",
    ),
    "targets_too_large": (
        "the targets are far larger than the outputs",
        "A new network gives numbers of about 0 ± 1. A usual step is far too small to bring them to such targets, and "
        "a gradient in proportion to the error far too large for the weights.",
        "y = (y - y_train.mean(0)) / y_train.std(0)  # standardise; undo it on the answers: out * std + mean",
    ),
    "dropout_after_last_layer": (
        "dropout stands after the last layer",
        "It makes a part of the answers 0 and enlarges the rest, so that in training the targets are compared with "
        "zeros: the errors that remain are those of dropout, and it is to them that the model adapts.",
        "nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1))  # between hidden layers only",
    ),
    "linear_into_linear": (
        "linear layers follow each other with nothing in between",
        "A linear function of a linear function is a linear function: without an activation in between, several layers "
        "can do no more than one.",
        "net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))  # an activation after each hidden layer",
    ),
    "dropout_too_high": (
        "dropout leaves out almost everything",
        "p is the share that is dropped, not the share that is kept: little of the signal comes through.",
        "nn.Dropout(p=0.2)  # and 1 - p where p was meant to be kept",
    ),
    "exploding_gradients": (
        "gradients grow from layer to layer",
        "On the way back each layer multiplies the gradient by its weights; if they are large, no learning rate suits "
        "both the first and the last layers.",
        "nn.init.kaiming_normal_(layer.weight)  # preserves the scale; nn.utils.clip_grad_norm_(...) also helps",
    ),
    "lr_too_high": (
        "training diverges",
        "The steps are too large, or an op was given a number where its value or slope is infinite.",
        "optimizer = optim.SGD(model.parameters(), lr=lr / 10)  # and x.clamp(min=1e-8) before log, sqrt and /",
    ),
    "schedule_too_fast": (
        "the schedule brings the learning rate to nothing too early",
        "From then on the weights stand still. Schedules count the calls of scheduler.step(): one written for epochs "
        "must not be stepped with every batch.",
        "scheduler.step()  # once per epoch, after the loop over the batches; or T_max, step_size in batches",
    ),
    "weight_decay_too_high": (
        "weight decay crushes the weights",
        "In every step it takes more away from the weights than the gradient adds: they go to 0, and the model gives "
        "the same answer to everything.",
        "optimizer = optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)  # 1e-4 for SGD",
    ),
    "optimizer_remade": (
        "the optimizer is made anew again and again",
        "A new optimizer knows nothing of the steps before: momentum and Adam's averages begin at 0 each time.",
        "optimizer = optim.Adam(model.parameters())  # once, before the loop over the epochs",
    ),
    "clip_after_step": (
        "gradients are clipped after the step",
        "The step has already used them as they were, and then they are cleared: clipping does nothing.",
        "loss.backward(); nn.utils.clip_grad_norm_(model.parameters(), 1.0); optimizer.step()  # in this order",
    ),
    "eval_mode_in_training": (
        "the model is trained in evaluation mode",
        "Dropout is off and BatchNorm does not update its statistics: eval() was called, and train() was not called "
        "after it.",
        "model.train()  # at the start of every epoch",
    ),
    "train_mode_in_eval": (
        "the model is evaluated in training mode",
        "Dropout drops units, and BatchNorm uses the statistics of the batch and learns from the validation data.",
        "model.eval()  # before validation, and model.train() after it",
    ),
    "dropout_in_eval": (
        "dropout stays on in evaluation mode",
        "F.dropout drops units unless it is told not to, and eval() does not reach a layer that is made in forward or "
        "kept in a plain list: the results of validation and use are random, and worse.",
        "x = F.dropout(x, p, training=self.training)  # or self.dropout = nn.Dropout(p) in __init__",
    ),
    "batch_norm_momentum": (
        "batch norm remembers only the last batch",
        "In PyTorch and here momentum is the share of the new batch. The 0.9 or 0.99 of other libraries is that of the "
        "past: given here, evaluation uses the statistics of a single batch, which differ from batch to batch.",
        "nn.BatchNorm1d(n, momentum=0.01)  # 1 minus the momentum of the other library",
    ),
    "samples_mixed": (
        "a layer mixes the samples of a batch",
        "What the model answers to a sample depends on which others stand beside it, so it learns less, and answers "
        "otherwise to one sample alone.",
        "out, _ = nn.LSTM(n, m, batch_first=True)(x)  # softmax(dim=1); x.permute(1, 0, 2) in place of view",
    ),
    "scheduler_first": (
        "the scheduler steps before the optimizer",
        "The first learning rate of the schedule is never used.",
        "optimizer.step(); scheduler.step()  # in this order",
    ),
    "dead_relu": (
        "most units of a ReLU are dead",
        "They are 0 for every sample, so no gradient reaches them and they cannot recover: their bias is far below 0, "
        "or a step was too large.",
        "nn.init.zeros_(layer.bias)  # or a lower lr, or nn.LeakyReLU()",
    ),
    "saturated": (
        "an activation is saturated",
        "Its inputs are so large that its slope is almost 0, and the layers before it receive almost no gradient.",
        "nn.init.xavier_uniform_(layer.weight)  # or a lower lr, or nn.LayerNorm(n) before the activation",
    ),
    "vanishing_gradients": (
        "gradients vanish on the way to the first layers",
        "Each layer shrinks the gradient that passes through it; a sigmoid, to at most a quarter.",
        "activation = nn.ReLU  # or skip connections, x + layer(x), or nn.LayerNorm(n)",
    ),
    "lr_too_low": (
        "the steps are too small to change anything",
        "All steps go in the same direction, and together they do not lead far: most of the loss is left.",
        "optimizer = optim.SGD(model.parameters(), lr=0.1)",
    ),
    "constant_labels": (
        "all targets are the same",
        "Any model can learn a constant, so a falling loss proves nothing.",
        "print(y.unique() if hasattr(y, 'unique') else set(y.tolist()))  # check how the targets are computed",
    ),
    "shuffled_labels": (
        "the targets do not depend on the inputs",
        "Similar samples have targets as different as any two, and the loss stays at the level of chance: inputs and "
        "targets were sorted or shuffled separately, or the targets are noise, from which nothing can be learned.",
        "order = autograd.randperm(len(x)); x, y = x[order], y[order]  # the same order for both",
    ),
    "data_leak": (
        "validation samples are also in the training data",
        "A good result on samples seen in training says nothing about new ones.",
        "train, valid = nn.data.random_split(dataset, [0.8, 0.2])",
    ),
    "graph_kept_alive": (
        "the graphs of past steps stay in memory",
        "A loss holds the graph that computed it, and `total += loss`, or a list of losses, keeps all of them alive.",
        "total += loss.item()  # a number; or loss.detach()",
    ),
}

# The consequences of each mistake, which are not reported beside it.
EVERYTHING = set(MISTAKES)
SLOW = {"lr_too_low", "shuffled_labels", "constant_labels"}
STUCK = {"targets_too_large", "dropout_too_high"}  # what is blamed where nothing is learned
EXPLAINS: dict[str, set[str]] = {
    "no_grad": EVERYTHING - {"unregistered", "foreign_parameters"},
    "bad_optimizer_order": {"no_zero_grad", "no_gradient", "not_moved", "zero_init", "symmetric_init", *SLOW, *STUCK},
    "unregistered": {"no_gradient", "not_moved", "dropout_in_eval", *SLOW, *STUCK},
    "foreign_parameters": {"no_gradient", "not_moved", "zero_init", "symmetric_init", *SLOW, *STUCK},
    "no_gradient": {
        "zero_gradients", "not_moved", "vanishing_gradients", "zero_init", "symmetric_init", *SLOW, *STUCK,
    },
    "not_moved": {"no_zero_grad", "zero_init", "symmetric_init", *SLOW, *STUCK},
    "wrong_sign": {
        "lr_too_high", "exploding_gradients", "vanishing_gradients", "dead_relu", "saturated", "shuffled_labels",
        *STUCK,
    },
    "zero_gradients": {
        "no_gradient", "not_moved", "vanishing_gradients", "zero_init", "symmetric_init", "saturated", *SLOW, *STUCK,
    },
    "schedule_too_fast": {*SLOW, *STUCK},
    "weight_decay_too_high": {"dead_relu", "saturated", "vanishing_gradients", "exploding_gradients", *SLOW},
    "optimizer_remade": SLOW,
    "no_zero_grad": {"exploding_gradients", "lr_too_high", "dead_relu", "saturated", *SLOW},
    "loss_broadcast": SLOW,
    "softmax_before_loss": {"vanishing_gradients", *SLOW},
    "softmax_of_one": {
        "no_gradient", "not_moved", "softmax_before_loss", "zero_init", "symmetric_init", "dead_relu", "saturated",
        "vanishing_gradients", "targets_out_of_range", "zero_gradients", *SLOW,
    },
    "softmax_over_batch": {"wrong_sign", "softmax_before_loss", "samples_mixed", *SLOW},
    "not_log_probabilities": {"wrong_sign", "softmax_before_loss", "lr_too_high", "dead_relu", "saturated", *SLOW},
    "relu_before_loss": {"zero_gradients", "dead_relu", "no_gradient", *SLOW},
    "targets_out_of_range": {
        "zero_gradients", "wrong_sign", "dead_relu", "saturated", "vanishing_gradients", "several_labels", *SLOW,
    },
    "several_labels": SLOW,
    "padding_counted": SLOW,
    "last_step_is_padding": {"vanishing_gradients", *SLOW, *STUCK},
    "zero_init": {"zero_gradients", "symmetric_init", "dead_relu", "vanishing_gradients", *SLOW},
    "symmetric_init": {"dead_relu", *SLOW},
    "inputs_not_normalised": {
        "exploding_gradients", "lr_too_high", "dead_relu", "saturated", "vanishing_gradients", *SLOW,
    },
    "validation_scale": {"class_order"},
    "batches_of_one_class": {"lr_too_high", "dead_relu", "saturated", "vanishing_gradients", *SLOW},
    "targets_too_large": {
        "exploding_gradients", "lr_too_high", "dead_relu", "saturated", "vanishing_gradients", *SLOW,
    },
    "linear_into_linear": SLOW,
    "dropout_after_last_layer": {"lr_too_high", *SLOW, *STUCK},
    "dropout_too_high": {"dead_relu", "saturated", "vanishing_gradients", "linear_into_linear", *SLOW},
    "exploding_gradients": {"lr_too_high", "dead_relu", "saturated", *SLOW},
    "lr_too_high": {"dead_relu", "saturated", "vanishing_gradients", *SLOW},
    "eval_mode_in_training": {"lr_too_high", "train_mode_in_eval", *SLOW},
    "samples_mixed": {"dead_relu", *SLOW},
    "dead_relu": {"zero_gradients", "vanishing_gradients", *SLOW},
    "saturated": {"vanishing_gradients", *SLOW},
    "vanishing_gradients": SLOW,
    "constant_labels": {"lr_too_low", "shuffled_labels"},
    "lr_too_low": {"shuffled_labels"},
}  # fmt: skip
