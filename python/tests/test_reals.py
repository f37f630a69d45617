"""Functions of reals on CrypTensors: parameters, fusion, errors. Accuracy is tested in C++ (tests/mpc/function) and measured by benchmarks/accuracy.py."""

import pytest
import torch
import torch.nn.functional as F

import crypten_cpp as crypten


def test_parameters(private, grid):
    x = grid(4, 6)
    for ours, torchs in (
        (lambda x: x.gelu(approximate="tanh"), lambda x: F.gelu(x, approximate="tanh")),
        (lambda x: x.softplus(beta=2.5), lambda x: F.softplus(x, 2.5)),
        (lambda x: x.elu(alpha=0.25), lambda x: F.elu(x, 0.25)),
        (lambda x: x.leaky_relu(0.125), lambda x: F.leaky_relu(x, 0.125)),
        (lambda x: x.polynomial([0.5, -0.25, 0.125]), lambda x: 0.5 * x - 0.25 * x**2 + 0.125 * x**3),
        (lambda x: x.pow(0), torch.ones_like),
        (lambda x: x**4, lambda x: x**4),
    ):
        assert (private(ours, x) - torchs(x)).abs().max() < 2**-8


def test_cosine_and_sine_together(pair):
    x = torch.linspace(-20, 20, 50)

    def program():
        cosine, sine = crypten.cryptensor(x).cossin()
        return cosine.get_plain_text(), sine.get_plain_text()

    for cosine, sine in pair.run(program):
        assert (cosine - x.cos()).abs().max() < 2**-11 and (sine - x.sin()).abs().max() < 2**-11


def test_gelu_of_a_product_takes_four_rounds(pair):
    x = torch.linspace(-3, 3, 64)

    def program():
        product = crypten.cryptensor(x) * crypten.cryptensor(x)
        before = crypten.communication_stats().rounds
        product.gelu()
        return crypten.communication_stats().rounds - before

    assert pair.run(program)[0] == 4


@pytest.mark.parametrize("interleaved", [False, True])
def test_rotary(private, grid, interleaved):
    x, angle = grid(3, 8), torch.linspace(0, 3, 12, dtype=torch.float64).reshape(3, 4)
    both = angle.repeat_interleave(2, 1) if interleaved else torch.cat([angle, angle], 1)
    a, b = (x[:, ::2], x[:, 1::2]) if interleaved else x.split(4, 1)
    turned = [a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()]
    wanted = torch.stack(turned, 2).reshape(3, 8) if interleaved else torch.cat(turned, 1)
    assert (private(lambda x: x.rotary(both.cos(), both.sin(), interleaved), x) - wanted).abs().max() < 2**-12


def test_a_bound_saves_rounds(pair):
    x = torch.linspace(-4, 4, 64)

    def program():
        rounds = []
        for call in (lambda x: x.sigmoid(), lambda x: x.sigmoid(bound=4), lambda x: x.exp(bound=4), lambda x: (x + 6).reciprocal(bound=16), lambda x: x.reshape(8, 8).softmax(1, bound=4)):
            private = crypten.cryptensor(x)  # not open yet
            before = crypten.communication_stats().rounds
            result = call(private)
            rounds.append(crypten.communication_stats().rounds - before)
        return rounds, result.get_plain_text(), crypten.cryptensor(x).gelu(bound=4).get_plain_text()

    for rounds, soft, gelu in pair.run(program):
        assert rounds == [4, 2, 2, 8, 5 + 11]
        assert (soft - x.reshape(8, 8).softmax(1)).abs().max() < 2**-11 and (gelu - F.gelu(x)).abs().max() < 2**-12


COMPARING = {
    "lt": lambda x, y, b: x.lt(y, bound=b), "ge number": lambda x, y, b: x.ge(0.5, bound=b), "eq": lambda x, y, b: x.eq(y, bound=b), "relu": lambda x, y, b: x.relu(bound=b),
    "relu6": lambda x, y, b: x.relu6(bound=b), "hardtanh": lambda x, y, b: x.hardtanh(-1, 2, bound=b), "abs": lambda x, y, b: x.abs(bound=b), "sign": lambda x, y, b: x.sign(bound=b),
    "maximum": lambda x, y, b: x.maximum(y, bound=b), "minimum": lambda x, y, b: x.minimum(0.5, bound=b), "clamp_min": lambda x, y, b: x.clamp_min(0.5, bound=b),
    "max": lambda x, y, b: x.max(1, bound=b)[0], "max of all": lambda x, y, b: x.max(bound=b), "argmin": lambda x, y, b: x.argmin(1, bound=b), "sort": lambda x, y, b: x.sort(1, bound=b)[1],
    "argsort": lambda x, y, b: x.argsort(1, bound=b), "topk": lambda x, y, b: x.topk(2, bound=b)[0], "kthvalue": lambda x, y, b: x.kthvalue(2, bound=b)[0], "median": lambda x, y, b: x.median(bound=b),
    "median of rows": lambda x, y, b: x.median(1, bound=b)[0], "max_pool2d": lambda x, y, b: x.reshape(1, 1, 8, 8).max_pool2d(2, bound=b),
    "adaptive_max_pool2d": lambda x, y, b: x.reshape(1, 1, 8, 8).adaptive_max_pool2d(2, bound=b), "leaky_relu": lambda x, y, b: x.leaky_relu(0.25, bound=b),
    "prelu": lambda x, y, b: x.prelu(crypten.cryptensor(torch.tensor([0.5])), bound=b), "hardsigmoid": lambda x, y, b: x.hardsigmoid(bound=b), "hardswish": lambda x, y, b: x.hardswish(bound=b),
    "inf norm": lambda x, y, b: x.norm(float("inf"), dim=1, bound=b),
}  # fmt: skip


def test_bounds_of_what_is_compared(pair):
    x = torch.linspace(-4, 4, 64).reshape(8, 8)
    y = x.flip(0)

    def program():
        results = {}
        for name, call in COMPARING.items():
            for bound in (None, 4):
                a, b = crypten.cryptensor(x), crypten.cryptensor(y)
                before = crypten.communication_stats().dealer_bytes
                value = call(a, b, bound)
                results[name, bound] = value.get_plain_text(), crypten.communication_stats().dealer_bytes - before
            with pytest.raises(crypten.InvalidArgument) as error:
                call(a, b, 0)
            assert error.value.code == 419
        return results

    outcomes = pair.run(program)
    for results in outcomes:
        for name in COMPARING:
            assert (results[name, 4][0] - results[name, None][0]).abs().max() <= 2**-14, name  # two truncations at most
    for name in COMPARING:
        assert outcomes[-1][name, 4][1] < outcomes[-1][name, None][1], name


def test_bounds_of_what_is_divided_and_normalised(pair):
    x = torch.linspace(0.5, 4, 64).reshape(8, 8)

    def program():
        a = crypten.cryptensor(x)
        calls = (a.div(a, bound=4), a.pow(-1, bound=4), a.log1p(bound=4), a.expm1(bound=4), a.std(1, bound=4), a.norm(dim=1, bound=4), a.cosine_similarity(a * 0.5 + 1, bound=4))
        layers = (a.layer_norm(8, bound=4), a.rms_norm(8, bound=4))
        before = crypten.communication_stats().dealer_bytes
        a.div(a, bound=4)
        bounded = crypten.communication_stats().dealer_bytes - before
        a.div(a)
        return [c.get_plain_text() for c in calls + layers], bounded, crypten.communication_stats().dealer_bytes - before - bounded

    expected = [torch.ones(8, 8), 1 / x, x.log1p(), x.expm1(), x.std(1), x.norm(dim=1), F.cosine_similarity(x, x * 0.5 + 1), F.layer_norm(x, (8,)), F.rms_norm(x, (8,), eps=1e-5)]
    outcomes = pair.run(program)
    for found, bounded, free in outcomes:
        for one, wanted in zip(found, expected, strict=True):
            assert (one - wanted).abs().max() < 2**-8 * wanted.abs().max() ** 0.5
        assert bounded <= free
    assert outcomes[-1][1] < outcomes[-1][2]  # dealer bytes


def test_private_slopes(private, grid):
    x = grid(2, 3, 4)
    weight = torch.tensor([0.5, -0.25, 2.0], dtype=torch.float64)
    assert (private(lambda x, w: F.prelu(x, w), x, weight) - F.prelu(x, weight)).abs().max() < 2**-12


def test_errors(pair):
    def program():
        x = crypten.cryptensor(torch.ones(2))
        for f, code in ((lambda: x.gelu("fast"), 619), (lambda: x.pow("2"), 608), (lambda: x.pow(float("nan")), 427), (lambda: x.reciprocal("small"), 608), (lambda: x.softplus(0.0), 413), (lambda: x.exp(bound=-1), 419)):
            with pytest.raises(crypten.InvalidArgument) as error:
                f()
            assert error.value.code == code

    pair.run(program)


@pytest.mark.parametrize("model", [torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.GELU(), torch.nn.Linear(5, 4), torch.nn.SiLU(), torch.nn.Linear(4, 3), torch.nn.Sigmoid())])
def test_a_network(model, pair):
    torch.manual_seed(0)
    x = torch.randn(4, 6)
    graph = crypten.nn.from_pytorch(model.eval(), torch.zeros(1, 6))

    def program():
        return graph.encrypt(src=0)(crypten.cryptensor(x, src=1)).get_plain_text()

    with torch.no_grad():
        expected = model(x)
    for found in pair.run(program):
        assert (found - expected).abs().max() < 2**-9
