"""The noisy reference: equal to the private run bit for bit where rounding is exact, in distribution where it is dithered, and able to see one biased truncation."""

import pytest
import torch
from torch import nn

import crypten_cpp as crypten
from crypten_cpp.nn.fixed import Arithmetic, Fixed, Stochastic, to_nearest
from crypten_cpp.nn.reference import Reference, fold


class Everything(nn.Module):
    """Each operation that has scales of its own: residuals, pending truncations through views and pools, means, joins, scalars."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.down = nn.Conv2d(4, 4, 1, stride=2, bias=False)
        self.lone = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = nn.functional.relu(self.norm(self.conv(x)))
        x = nn.functional.max_pool2d(self.down(x) + nn.functional.avg_pool2d(x, 2), 2, stride=1)
        x = self.lone(torch.cat([x, 0.3 * x.transpose(2, 3) - 1.25], 1))
        x = nn.functional.hardswish(x) + nn.functional.relu6(x) * x
        return self.head(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1) + x.mean((2, 3)) * 1.5)


@pytest.fixture(scope="module")
def everything():
    torch.manual_seed(3)
    model = Everything()
    for norm in (model.norm, model.lone):
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
    return crypten.nn.from_pytorch(model, torch.zeros(1, 2, 8, 8)), torch.randn(1, 2, 8, 8, generator=torch.Generator().manual_seed(4))


def private_logits(graph, x, config=None, parties=2):
    with crypten.simulate(parties, config) as sim:
        return sim.run(lambda: graph.encrypt(src=0)(crypten.cryptensor(x, src=parties - 1)).get_plain_text())[0]


@pytest.mark.parametrize("precision", [16, 13])
@pytest.mark.parametrize("parties", [1, 2, 3])
def test_exact_truncation_gives_the_reference_bit_for_bit(everything, parties, precision):
    graph, x = everything
    found = private_logits(graph, x, {"protocol.truncation": "exact", "encoder.precision_bits": precision}, parties)
    expected = Reference(fold(graph.program), precision).exact(x)
    assert torch.equal(found, expected.float())


def test_dithered_runs_pass(everything):
    graph, x = everything
    distribution = Reference(fold(graph.program)).distribution(x)
    found = private_logits(graph, x.expand(64, -1, -1, -1))
    with torch.no_grad():
        check = distribution.check(found, unquantised=graph.plaintext(x))
    assert check.passed, str(check)
    assert len(check.layers) == len(distribution.sites) >= 6
    assert check.to_torch < 1e-2 and "passed" in str(check)


def test_a_bias_of_one_unit_in_any_one_truncation_is_seen(everything):
    graph, x = everything
    reference = Reference(fold(graph.program))
    runs = 20_000  # the weakest response is an eighth of a standard deviation, and six of them over the square root of 10,000 are seen
    distribution = reference.distribution(x, runs)
    for i, site in enumerate(distribution.sites):
        check = distribution.check(reference.repeated(x, runs, seed=1000 * (i + 1), biased=i))
        assert not check.passed and list(check.layers.values())[i] > 1, f"{site}: {check}"


def test_resnet18_at_64_pixels():
    import torchvision

    torch.manual_seed(0)
    graph = crypten.nn.from_pytorch(torchvision.models.resnet18(weights=None), torch.zeros(1, 3, 64, 64))
    x = torch.randn(1, 3, 64, 64)
    reference = Reference(fold(graph.program))
    distribution = reference.distribution(x)
    check = distribution.check(private_logits(graph, x.expand(16, -1, -1, -1)), unquantised=graph.plaintext(x))
    assert check.passed, str(check)
    assert len(distribution.sites) == 18  # 17 ReLUs, and the mean in front of the last layer
    for i in range(18):
        biased = distribution.check(reference.repeated(x, 16, seed=1000 * (i + 1), biased=i))
        assert not biased.passed and list(biased.layers.values())[i] > 1, str(biased)


def test_stochastic_rounding_is_unbiased_and_within_a_unit():
    x = torch.full((200_000,), 0.3, dtype=torch.float64)
    rounded = Stochastic(0)(x)
    assert set(rounded.tolist()) == {0.0, 1.0}
    assert abs(float(rounded.mean()) - 0.3) < 6 * (0.3 * 0.7 / len(x)) ** 0.5


def test_a_value_is_rounded_once_however_often_it_is_asked():
    m = Arithmetic(16, Stochastic(0))
    product = Fixed(torch.rand(100, dtype=torch.float64), 32)
    view = m.rearranged(product, lambda v: v.flip(0))
    first = m.relu(product).value
    m.at_most(view, 16)
    assert torch.equal(view.value, first.flip(0)) and product.bits == 16 and len(m.sites) == 1


def test_half_up():
    assert to_nearest(torch.tensor([0.5, -0.5, 1.5, -1.5])).tolist() == [1, 0, 2, -1]
