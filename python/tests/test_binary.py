"""BinaryTensor against torch on the plaintext: exact, for one to three parties; operands, shapes, refusals, what the ledger says."""

import operator

import pytest
import torch

import crypten_cpp as crypten

LEAST, MOST = -(2**63), 2**63 - 1
X = torch.tensor([[0, 1, -1, 5], [-7, 2**40, MOST, LEAST]])
Y = torch.tensor([[3, 1, -1, -5], [-8, 2**39, LEAST, MOST]])
OPERATORS = {
    "xor": operator.xor, "and": operator.and_, "or": operator.or_, "add": operator.add, "sub": operator.sub,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip


@pytest.fixture
def binary(sim):
    """binary(f, x, …): f on binary tensors of the last rank; all ranks must reveal the same, which is returned."""

    def run(f, *tensors):
        def program():
            owner = crypten.world_size() - 1
            shared = [crypten.binary_tensor(x if crypten.rank() == owner else None, src=owner, size=x.shape) for x in tensors]
            return f(*shared).get_plain_text()

        by_rank = sim.run(program)
        assert all(torch.equal(by_rank[0], other) for other in by_rank)
        return by_rank[0]

    return run


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_of_private_and_public_words(binary, name):
    f = OPERATORS[name]
    assert torch.equal(binary(f, X, Y), f(X, Y).long())
    assert torch.equal(binary(lambda x: f(x, Y), X), f(X, Y).long())
    assert torch.equal(binary(lambda y: f(X, y), Y), f(X, Y).long())
    assert torch.equal(binary(lambda x: f(x, 5), X), f(X, 5).long())
    assert torch.equal(binary(lambda x: f(5, x), X), f(5, X).long())


def test_operators_of_one(binary):
    assert torch.equal(binary(lambda x: ~x, X), ~X)
    assert torch.equal(binary(lambda x: -x, X), -X)
    assert torch.equal(binary(lambda x: x << 3, X), X << 3)
    assert torch.equal(binary(lambda x: x >> 3, X), X >> 3)
    assert torch.equal(binary(lambda x: x.shift_right_logical(3), X), (X >> 3) & (2**61 - 1))
    assert torch.equal(binary(lambda x: x.rotate_left(3), X), (X << 3) | ((X >> 61) & 7))


def test_a_choice(binary):
    assert torch.equal(binary(lambda x, y: x.where(x < y, y), X, Y), torch.minimum(X, Y))
    assert torch.equal(binary(lambda x: x.where(x > 0, 0), X), X.clamp(min=0))


def test_shapes(binary):
    assert torch.equal(binary(lambda x, y: x ^ y, X, Y[:, :1]), X ^ Y[:, :1])
    assert torch.equal(binary(lambda x: x.reshape(4, 2), X), X.reshape(4, 2))
    assert torch.equal(binary(lambda x: x.flatten(), X), X.flatten())
    assert torch.equal(binary(lambda x: x.permute(1, 0), X), X.permute(1, 0))
    assert torch.equal(binary(lambda x: x[1, ::2], X), X[1, ::2])
    assert torch.equal(binary(lambda x: x[:, None, [3, 0]], X), X[:, None, [3, 0]])
    assert torch.equal(binary(lambda x, y: crypten.cat([x, y], 1), X, Y), torch.cat([X, Y], 1))
    assert torch.equal(binary(lambda x, y: crypten.stack([x, y]), X, Y), torch.stack([X, Y]))


def test_the_floor_of_reals_and_back(sim, grid):
    x = grid(3, 4)

    def program():
        reals = crypten.cryptensor(x)
        floor = reals.binary()
        assert floor.shape == (3, 4) and floor.size(0) == 3 and floor.dim() == 2 and floor.numel() == 12 and len(floor) == 3
        assert "BinaryTensor(shape=(3, 4)" in repr(floor) and crypten.is_encrypted_tensor(floor)
        return floor.get_plain_text(), (floor.arithmetic() * reals).get_plain_text(), (floor == 2).arithmetic(1).get_plain_text()

    for floor, product, equal in sim.run(program):
        assert torch.equal(floor, x.floor().long())
        assert torch.equal(product, (x.floor() * x).float())
        assert torch.equal(equal, (x.floor() == 2).long())


def test_to_one_rank_and_in_the_ledger(pair):
    def program():
        revealed = crypten.binary_tensor([1, 2]).get_plain_text(dst=1)
        last = crypten.ledger().reveals[-1]
        return revealed, (last.shape, last.to, last.dithered)

    first, second = pair.run(program)
    assert first[0] is None and second[0].tolist() == [1, 2]
    assert first[1] == second[1] == ((2,), 1, False)


def refused(pair, f):
    def program():
        with pytest.raises(crypten.InvalidArgument) as error:
            f(crypten.binary_tensor([1, 2, 3]))
        return error.value.code

    codes = pair.run(program)
    assert codes[0] == codes[1]
    return codes[0]


def test_refusals(pair):
    assert refused(pair, lambda x: x + 0.5) == 439
    assert refused(pair, lambda x: x & torch.ones(3)) == 439
    assert refused(pair, lambda x: 0.5 - x) == 439
    assert refused(pair, lambda x: x ^ crypten.cryptensor([1.0, 2.0, 3.0])) == 439
    assert refused(pair, lambda x: x ^ [1, 2]) == 410
    assert refused(pair, lambda x: x << 64) == 300
    assert refused(pair, lambda x: x.arithmetic(65)) == 300
    assert refused(pair, lambda x: x[7]) == 414
    assert refused(pair, lambda x: x.reshape(2)) == 435
    assert refused(pair, lambda x: bool(x)) == 606
    assert refused(pair, lambda x: torch.relu(x)) == 615
    assert refused(pair, lambda x: crypten.binary_tensor(torch.ones(2), src=crypten.rank())) == 439
    with pytest.raises(TypeError):
        crypten.BinaryTensor(torch.ones(2))
