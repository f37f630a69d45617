"""CrypTensor against torch on the plaintext. Inputs lie on the grid, so that only truncations round: the allowed units are counted, not guessed."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from on_grid import UNIT, assert_within

import crypten_cpp as crypten

# name, private computation, plain one, shapes, truncations whose error reaches the result (revealed products carry none)
CASES = {
    "add": (lambda x, y: x + y, (3, 4), (4,)),
    "sub": (lambda x, y: x - y, (3, 1), (2, 1, 4)),
    "neg": (lambda x: -x, (5,)),
    "mul": (lambda x, y: x * y, (3, 4), (4,)),
    "square": (lambda x: x.square(), (3, 4)),
    "add number": (lambda x: x + 1.5, (3,)),
    "number minus": (lambda x: 2 - x, (3,)),
    "mul integer": (lambda x: 3 * x, (3,)),
    "mul number": (lambda x: x * -0.75, (3,)),
    "div": (lambda x: x / 4, (3, 2)),
    "matmul": (lambda x, y: x @ y, (3, 4), (4, 2)),
    "matmul batched": (lambda x, y: x @ y, (2, 3, 4), (4, 2)),
    "dot": (lambda x, y: (x * y).sum(), (6,), (6,)),
    "sum": (lambda x: x.sum(), (3, 4)),
    "sum dims": (lambda x: x.sum((0, 2), keepdim=True), (2, 3, 4)),
    "mean": (lambda x: x.mean(1), (3, 4)),
    "relu": (lambda x: x.relu(), (4, 5)),
    "abs": (lambda x: x.abs(), (4, 5)),
    "reshape": (lambda x: x.reshape(2, -1), (3, 4)),
    "view": (lambda x: x.view(6, 2), (3, 4)),
    "flatten": (lambda x: x.flatten(1), (2, 3, 4)),
    "transpose": (lambda x: x.transpose(0, -1), (2, 3, 4)),
    "t": (lambda x: x.t(), (2, 3)),
    "permute": (lambda x: x.permute(2, 0, 1), (2, 3, 4)),
    "expand": (lambda x: x.expand(3, 4), (3, 1)),
    "squeeze": (lambda x: x.squeeze(1), (3, 1, 2)),
    "unsqueeze": (lambda x: x.unsqueeze(-1), (3, 2)),
    "narrow": (lambda x: x.narrow(1, 1, 2), (3, 4)),
    "index": (lambda x: x[1], (3, 4)),
    "negative index": (lambda x: x[-1, ..., None], (3, 4)),
    "slices": (lambda x: x[1:, None, ::2], (3, 4)),
    "index tensor": (lambda x: x[:, torch.tensor([2, 0, -1])], (2, 3)),
    "index matrix": (lambda x: x[torch.tensor([[0, 1], [1, 1]])], (2, 3)),
    "index mask": (lambda x: x[torch.tensor([True, False, True])], (3, 2)),
    "index list": (lambda x: x[[1, 0]], (2, 2)),
}


@pytest.mark.parametrize("name", CASES)
def test_exact_operations(name, private, grid):
    f, *shapes = CASES[name]
    tensors = [grid(*shape) for shape in shapes]
    assert_within(private(f, *tensors), f(*tensors), truncations=0)


def test_chain_of_products_truncates_each_factor_once(private, grid):
    x, y, z = grid(5, scale=1), grid(5, scale=1), grid(5, scale=1)
    assert_within(private(lambda x, y, z: x * y * z, x, y, z), x * y * z, truncations=1)


def test_relu_of_a_product_rounds_by_one_unit(private, grid):
    x, y = grid(40), grid(40)
    assert_within(private(lambda x, y: (x * y).relu(), x, y), (x * y).relu(), truncations=1)


def test_hardtanh_saturates_exactly(private, grid):
    x = grid(50, scale=8)
    found = private(lambda x: x.hardtanh(-1, 2), x)
    assert_within(found, x.clamp(-1, 2), truncations=0)
    assert_within(private(lambda x: x.relu6(), x), x.clamp(0, 6), truncations=0)


@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_comparisons(name, private, grid):
    x, y = grid(30, scale=1), grid(30, scale=1)
    y[::3] = x[::3]
    for other in (y, 0.25):
        found = private(lambda x, *ys: getattr(x, name)(*ys, *([other] if not ys else [])), x, *([y] if other is y else []))
        assert found.dtype == torch.int64
        assert torch.equal(found, getattr(x, name)(other).long())


def test_operators_on_both_sides(private, grid):
    x = grid(4)
    found = private(lambda x: (x < 1, 1 < x, x == x, x != 0, 1 - x, 1 + x, 2 * x), x)
    expected = (x < 1, 1 < x, x == x, x != 0, 1 - x, 1 + x, 2 * x)
    for a, b in zip(found, expected, strict=True):
        assert_within(a, b.double(), truncations=0)


def test_sign_is_torch_s(private):
    x = torch.tensor([-2.5, 0.0, 1.0])
    assert torch.equal(private(lambda x: x.sign(), x), torch.tensor([-1, 0, 1]))


def test_max_and_argmax(private, grid):
    x = grid(4, 6)
    x[0, 5] = x[0, 2] = 7.0  # a tie: the first wins
    value, one_hot = private(lambda x: x.max(1), x)
    assert_within(value, x.max(1).values, truncations=0)
    assert torch.equal(one_hot, F.one_hot(x.argmax(1), 6))
    assert torch.equal(private(lambda x: x.argmax(1, one_hot=False), x), x.argmax(1))
    assert torch.equal(private(lambda x: x.argmin(0, keepdim=True, one_hot=False), x), x.argmin(0, keepdim=True))
    assert_within(private(lambda x: x.max(), x), x.max(), truncations=0)
    assert_within(private(lambda x: x.min(0)[0], x), x.min(0).values, truncations=0)


def test_conv2d(private, grid):
    x, w, b = grid(2, 4, 5, 6), grid(6, 2, 3, 2), grid(6)
    found = private(lambda x, w, b: x.conv2d(w, stride=(2, 1), padding=1, dilation=(1, 2), groups=2, bias=b), x, w, b)
    assert_within(found, F.conv2d(x, w, b, (2, 1), 1, (1, 2), 2), truncations=0)
    assert_within(private(lambda x: x.conv2d(w[:, :, :1, :1], groups=2), x), F.conv2d(x, w[:, :, :1, :1], groups=2), truncations=0)


def test_pooling(private, grid):
    x = grid(2, 3, 6, 7)
    # CrypTen's order: padding before stride
    assert_within(private(lambda x: x.max_pool2d(3, 1, 2), x), F.max_pool2d(x, 3, 2, 1), truncations=0)
    assert_within(private(lambda x: x.max_pool2d((2, 3), ceil_mode=True), x), F.max_pool2d(x, (2, 3), ceil_mode=True), truncations=0)
    assert_within(private(lambda x: x.avg_pool2d(2), x), F.avg_pool2d(x, 2), truncations=0)
    assert_within(private(lambda x: x.adaptive_max_pool2d(1), x), F.adaptive_max_pool2d(x, 1), truncations=0)
    # 42 is no power of two: its reciprocal has 17 significant bits
    mean = F.adaptive_avg_pool2d(x, 1)
    found = private(lambda x: x.adaptive_avg_pool2d((1, 1)), x)
    assert bool(((found - mean).abs() <= mean.abs() * 2.0**-17 + mean.abs() * 2.0**-24).all())


def test_cat_stack_where(private, grid):
    x, y, condition = grid(2, 3), grid(2, 3), torch.tensor([[1.0, 0, 1], [0, 0, 1]])
    assert_within(private(lambda x, y: crypten.cat([x, y, y], 1), x, y), torch.cat([x, y, y], 1), truncations=0)
    assert_within(private(lambda x, y: crypten.stack([x, y], -1), x, y), torch.stack([x, y], -1), truncations=0)
    assert_within(private(lambda x: crypten.cat([x, y]), x), torch.cat([x, y]), truncations=0)
    expected = torch.where(condition > 0, x, y)
    assert_within(private(lambda x, y: crypten.where(condition, x, y), x, y), expected, truncations=0)
    assert_within(private(lambda x, y: crypten.where(x > 0, x, y), x, y), torch.where(x > 0, x, y), truncations=0)
    assert_within(private(lambda x: x.where(x > 0, 0.5), x), torch.where(x > 0, x, 0.5), truncations=0)
    with pytest.raises(ValueError):
        crypten.cat([])


def test_split_and_unbind(private, grid):
    x = grid(5, 2)
    for f in (lambda x: x.split(2), lambda x: x.unbind(1), lambda x: list(x)):
        for found, expected in zip(private(f, x), f(x), strict=True):
            assert_within(found, expected, truncations=0)


def test_powers_and_padding(private, grid):
    x = grid(3, 2, scale=1)
    assert_within(private(lambda x: x**2, x), x**2, truncations=0)
    assert_within(private(lambda x: x.pow(5), x), x**5, truncations=6)
    assert_within(private(lambda x: x.pad((1, 2), value=0.5), x), F.pad(x, (1, 2), value=0.5), truncations=0)


def test_plain_operands_of_many_kinds(private, grid):
    x = grid(3)
    y = grid(3)
    for other in (y, y.float(), y.numpy(), y.tolist(), torch.tensor(2), np.float64(0.5), np.int64(3), True):
        expected = x + torch.as_tensor(other)
        assert_within(private(lambda x, other=other: x + other, x), expected.double(), truncations=0)
    assert_within(private(lambda x: y.numpy() + x, x), x + y, truncations=0)


def test_get_plain_text_for_one_rank(sim):
    def program():
        dst = crypten.world_size() - 1
        x = crypten.cryptensor(torch.ones(2), src=0)
        return x.get_plain_text(dst=dst), x.reveal(dst)

    *others, (value, words) = sim.run(program)
    assert all(o == (None, None) for o in others)
    assert torch.equal(value, torch.ones(2)) and torch.equal(words, torch.full((2,), 65536))


def test_public_facts(pair):
    def program():
        x = crypten.cryptensor(torch.zeros(2, 3), src=1)
        return x.shape, x.size(1), x.dim(), x.ndim, x.numel(), len(x), x.device, repr(x), crypten.is_encrypted_tensor(x)

    for rank, facts in enumerate(pair.run(program)):
        text = f"CrypTensor(shape=(2, 3), fraction_bits=16, rank={rank} of 2)"
        assert facts == (torch.Size([2, 3]), 3, 2, 2, 6, 2, torch.device("cpu"), text, True)


def test_repr_shows_no_share(pair):
    def program():
        return repr(crypten.cryptensor(torch.full((1,), 7.0), src=0) * 3)

    assert all("7" not in text and "tensor(" not in text for text in pair.run(program))


def test_in_place_names_rebind_the_handle(private, grid):
    x, y = grid(4), grid(4)

    def program(x, y):
        alias, before = x, x.clone()
        x += y
        x.mul_(2).relu_()
        x -= 1
        assert alias is x
        return x, before

    found, before = private(program, x, y)
    assert_within(found, ((x + y) * 2).relu() - 1, truncations=0)
    assert_within(before, x, truncations=0)


def test_in_place_does_not_change_shapes(pair, grid):
    def program():
        x = crypten.cryptensor(torch.ones(3))
        with pytest.raises(crypten.InvalidArgument, match="shape"):
            x += torch.ones(2, 3)
        with pytest.raises(AttributeError):
            x.nonsense_()
        with pytest.raises(AttributeError):
            _ = x.dtype

    pair.run(program)


def test_no_control_flow_on_private_values(pair):
    def program():
        with pytest.raises(RuntimeError, match="where"):
            bool(crypten.cryptensor(torch.ones(1)) > 0)
        with pytest.raises(TypeError):
            import pickle

            pickle.dumps(crypten.cryptensor(torch.ones(1)))

    pair.run(program)


def test_unsupported_arguments_say_what_to_do(pair):
    def program():
        x = crypten.cryptensor(torch.ones(2, 2))
        for f in (lambda: x / torch.zeros(2), lambda: x.pow("2"), lambda: x.pad((1, 1), mode="reflect"), lambda: x[torch.tensor([0]), torch.tensor([0])], lambda: x[::-1], lambda: x["a"]):
            with pytest.raises(crypten.InvalidArgument) as error:
                f()
            assert error.value.todo and error.value.code
        for f in (lambda: x[2], lambda: x[0, 0, 0], lambda: x.sum(2), lambda: x[..., ...]):
            with pytest.raises(IndexError):
                f()
        with pytest.raises(TypeError):
            x + object()

    pair.run(program)


def test_encoding_refuses_what_cannot_be_held():
    for bad in (float("nan"), float("inf"), 2.0**60):
        with crypten.simulate(1) as sim, pytest.raises(crypten.InvalidArgument):
            sim.run(lambda bad=bad: crypten.cryptensor(torch.tensor([1.0, bad])))


def test_missing_values_and_ranks_are_named(pair):
    def program():
        with pytest.raises(crypten.InvalidArgument):
            crypten.cryptensor(torch.ones(1), src=2)
        with pytest.raises(crypten.InvalidArgument):
            crypten.cryptensor(torch.ones(1)).get_plain_text(dst=5)

    pair.run(program)


def test_unit_of_the_grid():
    assert UNIT == 2.0**-16
