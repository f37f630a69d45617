"""What users hand in by mistake: each is refused with a code and what to do, on all ranks alike where all can see it, without a hang, and without showing the value."""

import pathlib
import threading
import time

import pytest
import torch

import crypten_cpp as crypten
from crypten_cpp.session import entered


def refused(code, f):
    """f's error, which carries this code and all four facts."""
    with pytest.raises(crypten.Error) as caught:
        f()
    error = caught.value
    assert error.code == code, error
    assert error.what and error.where and error.why and error.todo, error
    return error


# values that fixed point cannot hold


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 2.0**46 + 1, -(2.0**60), 1e300])
@pytest.mark.parametrize("owner", [0, 1])
def test_values_that_cannot_be_encoded(bad, owner):
    """Only the owner sees them; the others are told that it failed."""

    def program():
        return crypten.cryptensor(torch.tensor([1.0, bad], dtype=torch.float64), src=owner).get_plain_text()

    with crypten.simulate(2) as sim:
        error = refused(104, lambda: sim.run(program))
        assert any(f"party {owner} of 2" in note for note in error.__notes__)
        assert str(bad) not in str(error).split() and "1e+300" not in str(error)
        assert sim.sessions[owner].party.reveals() == []


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e300])
def test_public_operands_that_cannot_be_encoded(pair, bad):
    """All ranks see them: all refuse before anything is sent, and the session goes on."""

    def program():
        x = crypten.cryptensor(torch.ones(2))
        sent = pair.sessions[crypten.rank()].party.traffic()
        codes = set()
        for f in (lambda: x + bad, lambda: x * bad, lambda: bad - x, lambda: x > bad, lambda: x * torch.tensor([1.0, bad], dtype=torch.float64)):
            with pytest.raises(crypten.InvalidArgument) as caught:
                f()
            assert caught.value.todo and caught.value.why
            codes.add(caught.value.code)
        assert pair.sessions[crypten.rank()].party.traffic() == sent
        return codes, x.get_plain_text().tolist()

    first, second = pair.run(program)
    assert first == second and first[1] == [1.0, 1.0]


def test_division_by_zero(pair):
    assert all(error.code == 413 for error in pair.run(lambda: refused(413, lambda: crypten.cryptensor(torch.ones(2)) / 0)))
    assert all(error.code == 413 for error in pair.run(lambda: refused(413, lambda: crypten.cryptensor(torch.ones(2)) / torch.tensor([1.0, 0.0]))))


# sizes and layouts


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 4, 2)])
def test_tensors_without_elements(private, shape):
    x = torch.ones(shape)
    assert private(lambda x: x, x).shape == x.shape
    assert private(lambda x: (x * x + 1).relu(), x).shape == x.shape
    assert private(lambda x: (x > 0), x).shape == x.shape
    assert private(lambda x: x.sum(), x).item() == 0.0


def test_products_and_maxima_of_nothing(private, sim):
    assert torch.equal(private(lambda a, b: a @ b, torch.ones(2, 0), torch.ones(0, 3)), torch.zeros(2, 3))
    assert private(lambda a, b: a @ b, torch.ones(0, 2), torch.ones(2, 3)).shape == (0, 3)
    for f in (lambda x: x.max(), lambda x: x.argmax(), lambda x: x.mean()):
        assert all(error.code == 416 for error in sim.run(lambda f=f: refused(416, lambda: f(crypten.cryptensor(torch.ones(0))))))


def test_numbers_without_dimensions(private):
    assert private(lambda x: x * x, torch.tensor(1.5)).item() == 2.25
    assert private(lambda x: x.relu(), torch.tensor(-3.0)).item() == 0.0
    assert private(lambda x: x.sum(), torch.tensor(2.0)).item() == 2.0
    assert private(lambda x: x.max(), torch.tensor(2.0)).item() == 2.0


def test_layouts(private, grid):
    """Transposed, strided, expanded, reversed: what is read is what torch shows, not what lies in memory."""
    base = grid(6, 8)
    for x in (base.t(), base[::2, 1::3], base[0].expand(4, 8), base.flip(0), base.to_sparse().to_dense(), base.as_strided((3, 3), (1, 2), 5)):
        assert torch.equal(private(lambda x: x, x), x.float())
        assert torch.equal(private(lambda x: x * 2, x), (x * 2).float())


def test_what_torch_holds_but_nobody_can_encode(simulations):
    for value in (torch.ones(2, dtype=torch.complex64), torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)):
        simulations(1).run(lambda value=value: refused(103, lambda: crypten.cryptensor(value)))


@pytest.mark.parametrize("size", [(2**62,), (2**40, 2**40), (2**31, 2**31, 2**31), (3, -1)])
def test_impossible_sizes_are_refused_on_all_ranks(pair, size):
    """A shape costs nothing to state; one whose elements cannot be counted in 64 bits neither."""
    pair.run(lambda: refused(426, lambda: crypten.cryptensor(None, src=0, size=size)))


@pytest.mark.skipif(pathlib.Path("/proc/sys/vm/overcommit_memory").read_text().strip() == "1", reason="this system promises memory that it does not have")
def test_huge_tensors(simulations):
    """2^39 numbers that torch shows and nobody has the memory for: an error, not the end of the process."""
    simulations(1).run(lambda: refused(618, lambda: crypten.cryptensor(torch.ones(1).expand(2**39))))


def test_shapes_that_do_not_fit(pair):
    def program():
        x = crypten.cryptensor(torch.ones(2, 3))
        sent = pair.sessions[crypten.rank()].party.traffic()
        y = torch.ones(4)
        codes = [refused(code, f).code for code, f in (
            (410, lambda: x + y), (410, lambda: x * crypten.cryptensor(y)), (410, lambda: x > y), (121, lambda: x @ torch.ones(2, 2)),
            (411, lambda: x.reshape(4, 2)), (412, lambda: x.sum(5)), (414, lambda: x[7]), (418, lambda: crypten.cat([x, crypten.cryptensor(y)])),
        )]  # fmt: skip
        assert pair.sessions[crypten.rank()].party.traffic() == sent
        return codes

    first, second = pair.run(program)
    assert first == second


def test_ranks_that_disagree_about_a_shape():
    """The owner's shape counts, and who declared another one is not computed with."""

    def program():
        x = crypten.cryptensor(torch.ones(2 + crypten.rank()), src=0)
        return (x * x).get_plain_text()

    with crypten.simulate(2) as sim, pytest.raises(crypten.ProgramMismatch) as caught:
        sim.run(program)
    assert caught.value.code == 205 and caught.value.todo


# sessions and threads


def test_tensors_of_another_session(pair):
    with crypten.simulate(2) as other:
        foreign = other.run(lambda: crypten.cryptensor(torch.ones(2)))

        def program():
            own, strange = crypten.cryptensor(torch.ones(2)), foreign[crypten.rank()]
            for f in (lambda: own + strange, lambda: strange * own, lambda: own > strange, lambda: crypten.cat([own, strange]), lambda: crypten.where(own, own, strange)):
                refused(401, f)
            return own.get_plain_text().tolist()

        assert pair.run(program) == [[1.0, 1.0]] * 2


def test_use_after_close():
    sim = crypten.simulate(2)
    x = sim.run(lambda: crypten.cryptensor(torch.ones(2)))[0]
    sim.close()
    sim.close()  # twice is once
    assert x.shape == (2,) and repr(x)
    for f in (lambda: x + 1, lambda: x * x, lambda: x > 0, lambda: x.relu(), lambda: x @ x, lambda: x.get_plain_text(), lambda: x.max(), lambda: x[0]):
        with pytest.raises(crypten.SessionClosed) as caught:
            f()
        assert caught.value.code in (207, 303) and caught.value.todo
    with pytest.raises(crypten.SessionClosed):
        sim.run(lambda: crypten.cryptensor(torch.ones(1)))


def test_two_threads_on_one_party():
    """The second one is refused; the first one's result is not disturbed."""
    release, codes = threading.Event(), []

    def intruder(session, x):
        with entered(session):
            deadline = time.monotonic() + 60
            while not codes and time.monotonic() < deadline:
                try:
                    x + x  # local: harmless until the first thread is inside
                    time.sleep(0.01)
                except crypten.ProtocolError as error:
                    codes.append(error.code)
        release.set()

    with crypten.simulate(2) as sim:

        def program():
            x = crypten.cryptensor(torch.tensor([2.0]))
            y = crypten.cryptensor(torch.tensor([5.0]))
            second = None
            if crypten.rank() == 0:
                second = threading.Thread(target=intruder, args=(sim.sessions[0], y))
                second.start()
            else:
                release.wait(90)  # rank 0 waits in get_plain_text meanwhile
            result = x.get_plain_text().item()
            if second:
                second.join()
            return result

        assert sim.run(program) == [2.0, 2.0]
    assert codes == [302]
