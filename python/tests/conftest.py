"""Simulated sessions that tests share, and values on the grid of 16 fractional bits, for which encoding is exact."""

import os

import emulated
import pytest
import torch
from on_grid import UNIT

import crypten_cpp as crypten

# CRYPTEN_TEST_DEVICE=cuda, or emulated: what `private` shares lies there.
DEVICE = os.environ.get("CRYPTEN_TEST_DEVICE")
if DEVICE == "emulated":
    emulated.load()


@pytest.fixture(scope="session")
def simulations():
    """Sessions by number of parties; one that a failure has ended is replaced, so that one failing test does not fail the others."""
    running = {}

    def get(n):
        if n not in running or any(session.closed for session in running[n].sessions):
            running[n] = crypten.simulate(n)
        return running[n]

    yield get
    for simulation in running.values():
        simulation.close()


@pytest.fixture(params=[1, 2, 3], ids=lambda n: f"n={n}")
def sim(request, simulations):
    return simulations(request.param)


@pytest.fixture
def pair(simulations):
    return simulations(2)


@pytest.fixture
def grid():
    generator = torch.Generator().manual_seed(1)

    def values(*shape, scale=4.0):
        x = (torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1) * scale
        return torch.round(x / UNIT) * UNIT

    return values


@pytest.fixture
def private(sim):
    """private(f, x, …): f on shared tensors in the simulation; all ranks must reveal the same; returns rank 0's. The owner rotates."""

    def run(f, *tensors):
        def program():
            owner = crypten.world_size() - 1
            shared = [crypten.cryptensor(x if crypten.rank() == owner else None, src=owner, size=x.shape, device=DEVICE) for x in tensors]
            result = f(*shared)
            results = result if isinstance(result, (tuple, list)) else (result,)
            return [r.get_plain_text().cpu() for r in results]

        by_rank = sim.run(program)
        for other in by_rank[1:]:
            assert all(torch.equal(a, b) for a, b in zip(by_rank[0], other, strict=True))
        return by_rank[0][0] if len(by_rank[0]) == 1 else by_rank[0]

    return run
