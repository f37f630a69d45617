"""Exponentials, quotients, roots, softmax and normalisation on CrypTensors, by method and by torch's functions. Accuracy is tested in C++ and measured by benchmarks/accuracy.py."""

import torch
import torch.nn.functional as F

import crypten_cpp as crypten


def test_methods_and_torch_functions(private, grid):
    x = grid(4, 8)
    y = grid(4, 8).abs() + 0.5
    for ours, torchs in (
        (lambda x, y: x.exp(), lambda x, y: x.exp()),
        (lambda x, y: torch.exp(-y), lambda x, y: torch.exp(-y)),
        (lambda x, y: torch.expm1(x), lambda x, y: torch.expm1(x)),
        (lambda x, y: torch.log(y), lambda x, y: torch.log(y)),
        (lambda x, y: y.log1p(), lambda x, y: y.log1p()),
        (lambda x, y: torch.sqrt(y), lambda x, y: torch.sqrt(y)),
        (lambda x, y: torch.rsqrt(y), lambda x, y: torch.rsqrt(y)),
        (lambda x, y: y.reciprocal(domain="positive"), lambda x, y: 1 / y),
        (lambda x, y: x / y, lambda x, y: x / y),
        (lambda x, y: 3.5 / y, lambda x, y: 3.5 / y),
        (lambda x, y: torch.ones(8, dtype=torch.float64) / y, lambda x, y: 1 / y),
        (lambda x, y: x.clone().softmax(1), lambda x, y: x.softmax(1)),
        (lambda x, y: F.softmax(x, dim=0), lambda x, y: x.softmax(0)),
        (lambda x, y: torch.log_softmax(x, 1), lambda x, y: x.log_softmax(1)),
        (lambda x, y: x.logsumexp(1), lambda x, y: x.logsumexp(1)),
        (lambda x, y: y**-1.5, lambda x, y: y**-1.5),
        (lambda x, y: y.pow(0.5), lambda x, y: y**0.5),
        (lambda x, y: x.var(1), lambda x, y: x.var(1)),
        (lambda x, y: torch.std(x, 1, unbiased=False), lambda x, y: torch.std(x, 1, unbiased=False)),
        (lambda x, y: x.norm(dim=1), lambda x, y: x.norm(dim=1)),
        (lambda x, y: x.norm(p=float("inf")), lambda x, y: x.norm(p=float("inf"))),
        (lambda x, y: F.cosine_similarity(x, y, dim=1), lambda x, y: F.cosine_similarity(x, y, dim=1)),
        (lambda x, y: (x * 0.25).tan(), lambda x, y: (x * 0.25).tan()),
    ):
        expected = torchs(x, y)
        assert (private(ours, x, y) - expected).abs().max() < 2**-9 * max(1, expected.abs().max())


def test_normalisation_layers(private, grid):
    x, weight, bias = grid(5, 6, 4), grid(4), grid(4)
    channel_weight, channel_bias, mean, variance = grid(6), grid(6), grid(6), grid(6).abs() + 0.5
    for ours, torchs, parameters in (
        (lambda x, w, b: F.layer_norm(x, (4,), w, b), lambda x, w, b: F.layer_norm(x, (4,), w, b), (weight, bias)),
        (lambda x, w, b: x.group_norm(3, w, b), lambda x, w, b: F.group_norm(x, 3, w, b), (channel_weight, channel_bias)),
        (lambda x, m, v: F.batch_norm(x, m, v), lambda x, m, v: F.batch_norm(x, m, v), (mean, variance)),
        (lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), (channel_weight, channel_bias)),
        (lambda x, w, b: x.rms_norm((4,), w) + b, lambda x, w, b: x * torch.rsqrt((x * x).mean(2, keepdim=True) + 1e-5) * w + b, (weight, bias)),
    ):
        assert (private(ours, x, *parameters) - torchs(x, *parameters)).abs().max() < 2**-7


def test_softmax_takes_thirteen_rounds_beside_the_maximum(pair):
    x = torch.randn(3, 16)

    def program():
        shared = crypten.cryptensor(x)
        before = crypten.communication_stats().rounds
        shared.max(1, one_hot=False)[0]
        middle = crypten.communication_stats().rounds
        crypten.cryptensor(x).softmax(1)
        return middle - before, crypten.communication_stats().rounds - middle

    maximum, softmax = pair.run(program)[0]
    assert softmax <= maximum + 13
