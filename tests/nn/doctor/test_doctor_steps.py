"""Steps that only look wrong: what may be negative, small, clipped, scheduled or remade, and is well."""

from itertools import islice

import pytest

import autograd
import autograd.hooks
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from nn.doctor.sign_of_loss import NEGATIVE_ONLY, POSITIVE_ONLY, UNBOUNDED, range_of
from nn.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, LambdaLR, ReduceLROnPlateau
from nn.train import doctor
from nn.utils import clip_grad_norm_
from tests.doctored import classify, endless, fit, healthy, line, moons

TRAPS = []


def trap(function):
    TRAPS.append(function)
    return function


# -- losses that may be negative --------------------------------------------------------------------------------------


@trap
def a_critic_and_its_generator():
    """Wasserstein losses: the difference of two scores has no sign."""
    generator, critic = nn.MLP(2, [16, 2]), nn.MLP(2, [16, 1])
    g_step = optim.RMSprop(generator.parameters(), lr=5e-4)
    c_step = optim.RMSprop(critic.parameters(), lr=5e-4)
    with doctor(critic, c_step) as first, doctor(generator, g_step) as second:
        for x, _ in islice(moons(), 200):
            made = generator(autograd.randn(20, 2))
            c_step.zero_grad()
            (critic(made.detach()).mean() - critic(x).mean()).backward()
            c_step.step()
            for p in critic.parameters():
                p.data.clamp_(-0.1, 0.1)
            g_step.zero_grad()
            (-critic(made).mean()).backward()
            g_step.step()
    assert first.codes == [], str(first)
    return second


@trap
def a_generator_that_maximizes_the_loss_of_its_discriminator():
    generator, judge = nn.MLP(2, [16, 2]), nn.MLP(2, [16, 1], activation=nn.LeakyReLU)
    g_step, j_step = optim.Adam(generator.parameters(), lr=0.002), optim.Adam(judge.parameters(), lr=0.002)
    ones, zeros, loss = autograd.ones(20, 1), autograd.zeros(20, 1), F.binary_cross_entropy_with_logits
    with doctor(judge, j_step) as first, doctor(generator, g_step) as second:
        for x, _ in islice(moons(), 200):
            made = generator(autograd.randn(20, 2))
            j_step.zero_grad()
            (loss(judge(x), ones) + loss(judge(made.detach()), zeros)).backward()
            j_step.step()
            g_step.zero_grad()
            (-loss(judge(made), zeros)).backward()
            g_step.step()
    assert first.codes == [], str(first)
    return second


def bandit(worth):
    """Actions that are drawn, and what they are worth."""
    net = nn.MLP(2, [16, 2])

    def loss_of(x, y):
        logp = net(x).log_softmax(1)
        action = autograd.multinomial(logp.detach().exp(), 1).squeeze(1)
        return worth(logp[autograd.arange(len(y)), action], (action == y).float())

    return fit(net, loss_of, moons())


@trap
def rewards_of_both_signs():
    return bandit(lambda logp, hit: -(logp * (hit - 0.5)).mean())


@trap
def rewards_that_are_all_negative():
    return bandit(lambda logp, hit: -(logp * (hit - 2)).mean())


@trap
def costs():
    return bandit(lambda logp, hit: (logp * (1 - hit)).mean())


@trap
def one_episode_with_one_number_for_all_its_actions():
    return bandit(lambda logp, hit: -logp.mean() * (hit.mean().item() - 1.5))


@trap
def the_log_likelihood_of_a_density():
    """The density of a narrow peak is above 1, and the loss below 0."""
    x, y = line()
    net = nn.MLP(3, [16, 2], activation=nn.Tanh)

    def loss_of(x, y):
        mean, log_scale = net(x).split(1, dim=1)
        return (0.5 * ((y - mean) / log_scale.exp()) ** 2 + log_scale - 2).mean()

    return fit(net, loss_of, endless(x, y))


@trap
def an_evidence_bound_that_is_maximized():
    x = datasets.digits().tensors[0]
    net = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 64), nn.Sigmoid())
    optimizer = optim.Adam(net.parameters(), lr=0.01, maximize=True)

    def loss_of(x):
        x, p = x / 2 + 0.5, net(x)
        return (x * (p + 1e-6).log() + (1 - x) * (1 - p + 1e-6).log()).sum(1).mean()

    return fit(net, loss_of, endless(x.clamp(-1, 1)), optimizer)


@trap
def a_bonus_for_entropy():
    net = nn.MLP(2, [16, 2])

    def loss_of(x, y):
        scores = net(x)
        return F.cross_entropy(scores, y) + 0.3 * (scores.softmax(1) * scores.log_softmax(1)).sum(1).mean()

    return fit(net, loss_of, moons())


@trap
def cosines_to_be_made_large():
    x, y = line()
    net = nn.MLP(3, [16, 3], activation=nn.Tanh)
    return fit(net, lambda x, y: -F.cosine_similarity(net(x), x).mean(), endless(x, y))


# -- gradients of 0, clipping, decay ----------------------------------------------------------------------------------


@trap
def a_hinge_that_is_satisfied():
    x, y = datasets.moons(200).tensors
    net = nn.MLP(2, [32, 1])
    batches = endless(x, 2 * y.float().unsqueeze(1) - 1)
    return fit(net, lambda x, y: (1 - y * net(x)).relu().mean(), batches, optim.Adam(net.parameters(), lr=0.05), 400)


@trap
def gradients_clipped_after_several_backward_passes():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for i, (x, y) in enumerate(islice(moons(), 200), 1):
            (F.cross_entropy(net(x), y) / 2).backward()
            if i % 2 == 0:
                clip_grad_norm_(net.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad()
    return report


@trap
def the_norm_of_gradients_is_read_after_the_step_as_well():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for x, y in islice(moons(), 200):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            clip_grad_norm_(net.parameters(), float("inf"))
    return report


@trap
def weight_decay_that_shrinks_what_nothing_needs():
    """Strong for SGD, and still the network learns."""
    net = nn.MLP(2, [64, 64, 2], activation=nn.Tanh)
    return classify(net, optim.SGD(net.parameters(), lr=0.2, weight_decay=3e-3), 600)


# -- rates ------------------------------------------------------------------------------------------------------------


def scheduled(make, steps=200, lr=0.1, every=1):
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    scheduler = make(optimizer)
    count = iter(range(1, 10_000))

    def after(loss):
        if next(count) % every == 0:
            scheduler.step(*([loss.item()] if isinstance(scheduler, ReduceLROnPlateau) else []))

    return classify(net, optimizer, steps, scheduler=scheduler, after=after)


@trap
def a_schedule_that_ends_when_all_is_learned():
    return scheduled(lambda o: LambdaLR(o, lambda t: max(0.0, 1 - t / 300)), steps=600)


@trap
def a_decay_for_every_epoch():
    return scheduled(lambda o: ExponentialLR(o, 0.8), steps=400, every=10)


@trap
def a_cosine_for_the_whole_run():
    return scheduled(lambda o: CosineAnnealingLR(o, 200))


@trap
def a_long_warm_up():
    return scheduled(lambda o: LambdaLR(o, lambda t: 1e-3 + t / 400), lr=0.1)


@trap
def fine_tuning_of_what_is_nearly_right():
    net = nn.MLP(2, [16, 2])
    classify(net, optim.Adam(net.parameters(), lr=0.02), 300)
    return classify(net, optim.Adam(net.parameters(), lr=1e-5), 300)


@trap
def a_single_sample_at_a_time():
    x, y = line()
    net = nn.MLP(3, [16, 1], activation=nn.Tanh)
    optimizer = optim.SGD(net.parameters(), lr=0.01)
    return fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, y, batch_size=1), optimizer)


@trap
def weights_that_have_to_grow():
    """From weights near 0 to large targets: more than tenfold, and rightly so."""
    x, y = line(scale=20.0)
    net = nn.Linear(3, 1)
    for p in net.parameters():
        nn.init.normal_(p, std=0.01)
    return fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, y), optim.SGD(net.parameters(), lr=0.003))


# -- optimizers that are made again -----------------------------------------------------------------------------------


@trap
def two_phases_of_training():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    with doctor(net, optimizer) as report:
        for phase in range(2):
            if phase:
                optimizer = optim.Adam(net.parameters(), lr=0.001)
            for x, y in islice(moons(), 100):
                optimizer.zero_grad()
                F.cross_entropy(net(x), y).backward()
                optimizer.step()
    assert report.steps == 200
    return report


@trap
def an_optimizer_without_a_memory_in_every_epoch():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for _ in range(10):
            optimizer = optim.SGD(net.parameters(), lr=0.1)
            for x, y in islice(moons(), 20):
                optimizer.zero_grad()
                F.cross_entropy(net(x), y).backward()
                optimizer.step()
    assert report.steps == 200
    return report


@pytest.mark.parametrize("training", TRAPS, ids=lambda training: training.__name__)
def test_steps_that_only_look_wrong_are_healthy(training):
    healthy(training)


# -- pure noise, of which nothing can be learned, by no rate ----------------------------------------------------------


def noise(make=optim.Adam, lr=0.003, after=lambda optimizer: lambda loss: None):
    net = nn.MLP(8, [32, 3])
    batches = [(autograd.randn(32, 8), autograd.randint(0, 3, (32,))) for _ in range(300)]
    optimizer = make(net.parameters(), lr=lr)
    return classify(net, optimizer, 300, batches, after=after(optimizer))


def plateau(optimizer):
    """Lowers the rate whenever the loss stays where it is, which it always does."""
    scheduler = ReduceLROnPlateau(optimizer, patience=1)
    count = iter(range(1000))
    return lambda loss: scheduler.step(loss.item()) if next(count) % 30 == 29 else None


@pytest.mark.parametrize("seed", [0, 11, 15])
@pytest.mark.parametrize("options", [
    {}, {"lr": 1e-4}, {"lr": 0.03}, {"make": optim.SGD, "lr": 0.01}, {"make": optim.SGD, "lr": 0.3},
    {"make": optim.SGD, "lr": 0.1, "after": plateau},
], ids=["Adam", "1e-4", "0.03", "SGD", "0.3", "plateau"])
def test_noise_is_no_mistake_of_the_steps(options, seed):
    autograd.manual_seed(seed)
    assert set(noise(**options).codes) <= {"shuffled_labels"}


# -- what is certain of a loss ----------------------------------------------------------------------------------------

X, CLASSES, SHARES = autograd.arange(12).reshape(4, 3) / 10, autograd.tensor([0, 2, 1, 2]), autograd.ones(4, 3) / 2
HOT = F.one_hot(CLASSES, 3).float()
POSITIVE = {
    "mse_loss": lambda out: F.mse_loss(out, SHARES),
    "by hand": lambda out: ((SHARES - out) ** 2).sum() / 4,
    "absolute": lambda out: (out - SHARES).abs().mean(),
    "huber": lambda out: F.huber_loss(out, SHARES),
    "cross_entropy": lambda out: 3 * F.cross_entropy(out, CLASSES),
    "nll_loss": lambda out: F.nll_loss(out.log_softmax(1), CLASSES),
    "logits": lambda out: F.binary_cross_entropy_with_logits(out, SHARES),
    "chosen": lambda out: -out.log_softmax(1)[autograd.arange(4), CLASSES].mean(),
    "gathered": lambda out: -out.softmax(1).log().gather(1, CLASSES.unsqueeze(1)).mean(),
    "one-hot": lambda out: -(F.one_hot(CLASSES, 3) * (out.softmax(1) + 1e-9).log()).sum(1).mean(),
    "two terms": lambda out: -(HOT * out.sigmoid().log() + (1 - HOT) * (1 - out.sigmoid()).log()).mean(),
    "a sum": lambda out: F.cross_entropy(out, CLASSES) + F.mse_loss(out, SHARES),
}  # fmt: skip
UNCERTAIN = {
    "a reward": lambda out: -(out.log_softmax(1)[autograd.arange(4), CLASSES] * X[:, 0]).mean(),
    "a mixture": lambda out: F.cross_entropy(out, CLASSES) - F.mse_loss(out, SHARES),
    "scores": lambda out: out[:2].mean() - out[2:].mean(),
    "no target": lambda out: out.square().mean(),
    "a margin": lambda out: 1 - F.mse_loss(out, SHARES),
}


def made_by(loss, known=True):
    """What is certain of a loss, if its differences of an output and an array are `known` to be from targets."""
    root = autograd.hooks.node_of(loss(nn.Linear(3, 3)(X)))
    nodes = [node for node in autograd.hooks.reachable([root]) if node.op and node.shape]
    return range_of(root, [node.stamp for node in nodes if known and node.op.name == "sub"])[0]


@pytest.mark.parametrize("name", POSITIVE)
def test_the_sign_of_a_known_loss_is_certain(name):
    assert made_by(POSITIVE[name]) == POSITIVE_ONLY
    assert made_by(lambda out: -POSITIVE[name](out)) == NEGATIVE_ONLY


@pytest.mark.parametrize("name", UNCERTAIN)
def test_the_sign_of_anything_else_is_not(name):
    assert made_by(UNCERTAIN[name]) == made_by(lambda out: -UNCERTAIN[name](out)) == ""


def test_a_plain_difference_has_no_lowest_value():
    assert made_by(lambda out: (out - SHARES).mean()) == UNBOUNDED
    assert made_by(lambda out: 2 * (SHARES - out).sum()) == UNBOUNDED
    assert made_by(lambda out: (out - SHARES).mean(), known=False) == ""


# -- what the findings say --------------------------------------------------------------------------------------------


def test_the_fix_of_a_rate_keeps_the_momentum_and_the_class_of_the_optimizer():
    autograd.manual_seed(0)
    net = nn.MLP(64, [64, 10])
    optimizer = optim.Adam(net.parameters(), lr=1.0)
    report = classify(net, optimizer, batches=endless(*datasets.digits().tensors))
    assert report.codes == ["lr_too_high"]
    assert report.findings[0].fix == "optimizer = optim.Adam(model.parameters(), lr=0.001)  # instead of lr=1"


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_a_forgotten_train_is_named_and_not_the_rate(mode):
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 10))
    getattr(net, mode)()
    report = classify(net, optim.SGD(net.parameters(), lr=20.0), 100, endless(*datasets.digits().tensors))
    assert report.codes == ["lr_too_high" if mode == "train" else "eval_mode_in_training"]


def test_a_doctor_that_ends_leaves_optimizers_as_they_were():
    init, net = optim.Optimizer.__init__, nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer):
        assert optim.Optimizer.__init__ is not init
        newer = optim.SGD(net.parameters(), lr=0.1)
        F.cross_entropy(net(autograd.randn(4, 2)), autograd.tensor([0, 1, 0, 1])).backward()
        newer.step()
        newest = optim.SGD(net.parameters(), lr=0.1)
    assert optim.Optimizer.__init__ is init
    assert all("step" not in vars(each) for each in (optimizer, newer, newest))
