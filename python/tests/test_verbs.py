"""Orders, rearrangements, assignments, logic, convolutions and samples: CrypTensor against torch on the plaintext. Inputs lie on the grid: what does not round is compared exactly."""

import math

import pytest
import torch
import torch.nn.functional as F
from on_grid import UNIT, assert_within

import crypten_cpp as crypten

INDEX = torch.tensor([[0, 2, 1], [1, 0, 2]])
MASK = torch.tensor([[True, False, True], [False, False, True], [True, True, False]])

# name → the computation, on private tensors and on plain ones alike; shapes
LOCAL = {
    "flip": (lambda x: x.flip(0, 2), (2, 3, 2)),
    "flip of a tuple": (lambda x: x.flip((1,)), (2, 3)),
    "roll": (lambda x: x.roll(1, 0), (3, 2)),
    "roll two": (lambda x: x.roll((1, -1), (0, 1)), (3, 4)),
    "roll all": (lambda x: x.roll(2), (2, 3)),
    "cumsum": (lambda x: x.cumsum(1), (2, 3)),
    "trace": (lambda x: x.trace(), (3, 4)),
    "diagonal": (lambda x: x.diagonal(1), (3, 4)),
    "tril": (lambda x: x.tril(), (3, 3)),
    "triu": (lambda x: x.triu(1), (2, 3, 3)),
    "repeat": (lambda x: x.repeat(2, 1, 2), (2, 3)),
    "tile": (lambda x: x.tile((2,)), (2, 3)),
    "repeat_interleave": (lambda x: x.repeat_interleave(2, dim=0), (2, 3)),
    "unfold": (lambda x: x.unfold(1, 3, 2), (2, 7)),
    "chunk": (lambda x: x.chunk(3, 1), (2, 7)),
    "gather": (lambda x: x.gather(0, INDEX), (3, 3)),
    "take": (lambda x: x.take(INDEX), (2, 2)),
    "scatter": (lambda x, y: x.scatter(0, INDEX, y), (3, 3), (2, 3)),
    "scatter number": (lambda x: x.scatter(1, INDEX[:, :2], 0.5), (2, 3)),
    "scatter_add": (lambda x, y: x.scatter_add(0, INDEX * 0, y), (3, 3), (2, 3)),
    "index_add": (lambda x, y: x.index_add(0, torch.tensor([2, 2]), y), (3, 4), (2, 4)),
    "masked_fill": (lambda x: x.masked_fill(MASK, -1.5), (3, 3)),
    "swapaxes": (lambda x: x.swapaxes(0, 2), (2, 3, 4)),
    "movedim": (lambda x: x.movedim(0, -1), (2, 3, 4)),
    "bmm": (lambda x, y: x.bmm(y), (2, 3, 4), (2, 4, 2)),
    "mm": (lambda x, y: x.mm(y), (3, 4), (4, 2)),
    "mv": (lambda x, y: x.mv(y), (3, 4), (4,)),
    "outer": (lambda x, y: x.outer(y), (3,), (4,)),
    "ger": (lambda x, y: x.ger(y), (3,), (2,)),
    "addmm": (lambda x, y, z: x.addmm(y, z, beta=2, alpha=-1), (2, 3), (2, 4), (4, 3)),
    "torch.flip": (lambda x: torch.flip(x, (0,)), (3, 2)),
    "torch.outer": (lambda x, y: torch.outer(x, y), (3,), (4,)),
    "torch.cumsum": (lambda x: torch.cumsum(x, 0), (3, 2)),
    "torch.gather": (lambda x: torch.gather(x, 0, INDEX), (3, 3)),
    "torch.tril": (lambda x: torch.tril(x), (3, 3)),
}

COMPARING = {
    "clamp": (lambda x: x.clamp(-1, 2), (40,)),
    "clamp min": (lambda x: x.clamp(min=0.5), (40,)),
    "clamp_max": (lambda x: x.clamp_max(-0.25), (40,)),
    "maximum": (lambda x, y: x.maximum(y), (4, 5), (5,)),
    "minimum": (lambda x, y: x.minimum(y), (4, 5), (4, 1)),
    "torch.maximum": (lambda x, y: torch.maximum(x, y), (4, 5), (5,)),
    "torch.clamp": (lambda x: torch.clamp(x, max=1), (40,)),
    "median": (lambda x: x.median(), (3, 4)),
}

PLAIN_TENSOR = torch.linspace(-2, 2, 5, dtype=torch.float64)
MIXED = {
    "maximum": lambda x: torch.maximum(PLAIN_TENSOR, x),
    "minimum": lambda x: x.minimum(PLAIN_TENSOR),
    "scatter": lambda x: x.scatter(0, torch.tensor([1, 3]), PLAIN_TENSOR[:2]),
}


def check(f, shapes, private, grid):
    tensors = [grid(*shape) for shape in shapes]
    found, expected = private(f, *tensors), f(*tensors)
    if isinstance(expected, torch.Tensor):
        found, expected = [found], [expected]
    for a, b in zip(found, expected, strict=True):
        assert_within(a, b, truncations=0)


@pytest.mark.parametrize("name", LOCAL)
def test_exact_operations(name, private, grid):
    f, *shapes = LOCAL[name]
    check(f, shapes, private, grid)


@pytest.mark.parametrize("name", COMPARING)
def test_bounds(name, private, grid):
    f, *shapes = COMPARING[name]
    check(f, shapes, private, grid)


@pytest.mark.parametrize("name", MIXED)
def test_public_operands(name, private, grid):
    check(MIXED[name], [(5,)], private, grid)


def tied(grid, *shape):
    return torch.round(grid(*shape))


@pytest.mark.parametrize("size", [1, 2, 5, 8, 11])
def test_sort_is_stable(size, private, grid):
    x = tied(grid, 3, size)
    for descending in (False, True):
        values, indices = private(lambda x, d=descending: x.sort(1, d), x)
        expected = x.sort(dim=1, descending=descending, stable=True)
        assert_within(values, expected.values, truncations=0)
        assert torch.equal(indices, expected.indices)
    assert torch.equal(private(lambda x: x.argsort(), x), x.argsort(dim=-1, stable=True))


def test_parts_of_the_order(private, grid):
    x = tied(grid, 4, 7)
    up, down = x.sort(dim=1, stable=True), x.sort(dim=1, descending=True, stable=True)
    for found, values, indices in (
        (private(lambda x: x.topk(3), x), down.values[:, :3], down.indices[:, :3]),
        (private(lambda x: x.topk(2, 1, largest=False), x), up.values[:, :2], up.indices[:, :2]),
        (private(lambda x: torch.kthvalue(x, 3, 1), x), up.values[:, 2], up.indices[:, 2]),
        (private(lambda x: x.median(1, keepdim=True), x), up.values[:, 3:4], up.indices[:, 3:4]),
        (private(lambda x: torch.sort(x, dim=0), x), x.sort(dim=0, stable=True).values, x.sort(dim=0, stable=True).indices),
    ):
        assert_within(found[0], values, truncations=0)
        assert torch.equal(found[1], indices)
    assert_within(private(lambda x: x.topk(3, indices=False)[0], x), down.values[:, :3], truncations=0)


def test_a_sort_costs_what_it_says(pair):
    def program():
        x = crypten.cryptensor(torch.arange(16.0))
        before = crypten.communication_stats().rounds
        x.topk(1, indices=False)
        return crypten.communication_stats().rounds - before

    assert set(pair.run(program)) == {16}  # a tournament: 4 levels of 4 rounds


def test_truth_values(private):
    a, b = torch.tensor([0.0, 0, 1, 1]), torch.tensor([0.0, 1, 0, 1])
    p, q = a > 0.5, b > 0.5
    found = private(lambda a, b: ((a > 0.5) & (b > 0.5), (a > 0.5) | (b > 0.5), (a > 0.5) ^ (b > 0.5), ~(a > 0.5), (a > 0.5) & q, q ^ (a > 0.5), a.logical_or(b), torch.logical_not(a)), a, b)
    for x, expected in zip(found, (p & q, p | q, p ^ q, ~p, p & q, p ^ q, p | q, ~p), strict=True):
        assert torch.equal(x.double(), expected.double())


def test_prod(private, grid):
    x = grid(3, 5, scale=1)
    assert_within(private(lambda x: x.prod(1), x), x.prod(1), truncations=4)
    assert_within(private(lambda x: torch.prod(x), x), x.prod(), truncations=14)
    assert torch.equal(private(lambda x: (x > 0).prod(1, keepdim=True), x), (x > 0).long().prod(1, keepdim=True))


ASSIGNMENTS = {
    "element": (lambda x, v: x.__setitem__((1, 2), v), ()),
    "row": (lambda x, v: x.__setitem__(0, v), (4,)),
    "last rows": (lambda x, v: x.__setitem__(slice(1, None), v), (4,)),
    "step": (lambda x, v: x.__setitem__((slice(None), slice(0, None, 2)), v), (3, 2)),
    "index tensor": (lambda x, v: x.__setitem__(torch.tensor([2, 0]), v), (2, 4)),
    "two index tensors": (lambda x, v: x.__setitem__((torch.tensor([2, 0]), torch.tensor([1, 1])), v), (2,)),
    "mask": (lambda x, v: x.__setitem__(torch.tensor([True, False, True]), v), (2, 4)),
}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_assignment(name, private, grid):
    assign, shape = ASSIGNMENTS[name]
    x, v = grid(3, 4), grid(*shape)

    def run(x, v):
        x, other = x.clone(), x
        assign(x, v)
        y = x.clone()
        assign(y, 0.5)
        return x, y, other

    for found, expected in zip(private(run, x, v), run(x, v), strict=True):
        assert_within(found, expected, truncations=0)


def test_assigned_in_place(private, grid):
    x = grid(3, 4)

    def program(x):
        x = x.clone()
        x[1] += 2
        return x

    assert_within(private(program, x), program(x), truncations=0)


CONVOLUTIONS = {
    "conv1d": (F.conv1d, (2, 4, 9), (6, 2, 3), 6, {"stride": 2, "padding": 2, "dilation": 2, "groups": 2}),
    "conv3d": (F.conv3d, (1, 2, 4, 3, 4), (3, 2, 2, 2, 1), 3, {"stride": (2, 1, 1), "padding": 1}),
    "conv_transpose1d": (F.conv_transpose1d, (2, 4, 5), (4, 3, 3), 6, {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2}),
    "conv_transpose2d": (F.conv_transpose2d, (1, 2, 3, 4), (2, 3, 2, 3), 3, {"stride": (2, 3), "output_padding": (1, 0), "dilation": 2}),
    "conv_transpose3d": (F.conv_transpose3d, (1, 2, 2, 2, 3), (2, 1, 2, 1, 2), 1, {"stride": 2}),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolutions(name, private, grid):
    function, *shapes, outputs, options = CONVOLUTIONS[name]
    x, w, b = grid(*shapes[0]), grid(*shapes[1], scale=1), grid(outputs)
    expected = function(x, w, b, **options)
    assert_within(private(lambda x, w, b: getattr(x, name)(w, bias=b, **options), x, w, b), expected, truncations=0)
    assert_within(private(lambda x: function(x, w, b, **options), x), expected, truncations=0)


def test_samples(sim):
    count = 20_000
    most = math.sqrt(math.log(2e12) / (2 * count)) + UNIT  # Hoeffding: exceeded with probability 1e-12

    def program():
        u = crypten.rand(2, count)
        coins = crypten.bernoulli(torch.tensor([0.2]).expand(count))
        kept = crypten.cryptensor(torch.ones(count)).dropout(0.25)
        return [x.get_plain_text() for x in (u, coins, crypten.rand(()), kept, u[0].bernoulli())]

    first, *others = sim.run(program)
    assert all(torch.equal(a, b) for other in others for a, b in zip(first, other, strict=True))
    u, coins, number, kept, drawn = first
    assert u.shape == (2, count) and number.shape == ()
    assert bool(((u >= 0) & (u < 1)).all()) and not torch.equal(u[0], u[1])
    assert abs(float(u.mean()) - 0.5) < most
    assert abs(float(coins.double().mean()) - 0.2) < most
    assert abs(float((kept != 0).double().mean()) - 0.75) < most
    assert bool(((kept == 0) | ((kept - 4 / 3).abs() < 2.0**-16)).all())
    assert abs(float(drawn.double().mean()) - 0.5) < most


def test_orders_that_nobody_knows(sim):
    x = torch.arange(60.0).view(20, 3)

    def program():
        rows, labels = crypten.shuffle(crypten.cryptensor(x), crypten.cryptensor(x[:, 0]))
        alone = crypten.shuffle(crypten.cryptensor(x))
        return [v.get_plain_text() for v in (rows, labels, alone, crypten.randperm(50))]

    first, *others = sim.run(program)
    assert all(torch.equal(a, b) for other in others for a, b in zip(first, other, strict=True))
    rows, labels, alone, order = first
    assert torch.equal(rows, x[(labels / 3).long()]) and not torch.equal(labels, x[:, 0])
    assert torch.equal(alone.sort(0).values, x)
    assert torch.equal(order.sort().values, torch.arange(50)) and order.dtype == torch.int64


def test_normal_numbers(sim):
    count = 20_000
    first, *others = sim.run(lambda: [v.get_plain_text() for v in (crypten.randn(2, count // 2), crypten.randn(()))])
    assert all(torch.equal(a, b) for other in others for a, b in zip(first, other, strict=True))
    x, number = first
    assert x.shape == (2, count // 2) and number.shape == ()
    # Dvoretzky, Kiefer and Wolfowitz: exceeded with probability 1e-12; the distribution itself is within 2^-11.
    distance = (torch.special.ndtr(x.flatten().double().sort().values) - torch.arange(count) / count).abs().max()
    assert float(distance) < math.sqrt(math.log(2e12) / (2 * count)) + 2**-11 + 1 / count


def test_tables(private, grid):
    table, rows, index = grid(12), grid(12, 3), torch.tensor([[0.0, 11.0, 5.0], [7.0, 7.0, 1.0]])
    places = index.long()
    assert_within(private(lambda i: crypten.lookup(table, i), index), table[places], truncations=0)
    assert_within(private(lambda i, t: crypten.lookup(t, i), index, rows), rows[places], truncations=0)
    assert_within(private(lambda x: crypten.lookup(table, x.argmax(0, one_hot=False)), rows), table[rows.argmax(0)], truncations=0)


def test_max_pool2d_with_indices(private, grid):
    x = grid(2, 3, 7, 6)
    options = {"kernel_size": (3, 2), "stride": 2, "padding": 1}
    value, index = F.max_pool2d(x, **options, return_indices=True)
    assert_within(private(lambda x: F.max_pool2d(x, **options, return_indices=True)[0], x), value, truncations=0)
    assert_within(private(lambda x: x.max_pool2d(**options, return_indices=True)[1], x), index, truncations=0)


def test_what_does_not_fit_is_refused(pair):
    def program():
        x = crypten.cryptensor(torch.ones(2, 3))
        for f in (lambda: x.bmm(x), lambda: x.clamp(), lambda: x.repeat(2), lambda: crypten.bernoulli(torch.tensor([2.0])), lambda: x.conv1d(x), lambda: x.chunk(0)):
            with pytest.raises(crypten.InvalidArgument) as error:
                f()
            assert error.value.todo and error.value.code
        for f in (lambda: x.sort(2), lambda: x.topk(4), lambda: x.flip(2), lambda: x.__setitem__(2, 0), lambda: x.__setitem__("a", 0)):
            with pytest.raises(IndexError):
                f()
        with pytest.raises(crypten.InvalidArgument, match="two values"):
            x[torch.tensor([0, 0])] = 1

    pair.run(program)
