"""`make accuracy` on few points: every row is measured, and within what it states."""

import pytest

import crypten_cpp as crypten
from benchmarks import accuracy


@pytest.fixture(scope="module")
def simulation():
    running = crypten.simulate(2)
    yield running
    running.close()


@pytest.mark.parametrize("row", accuracy.FUNCTIONS, ids=lambda row: row.name)
def test_within_what_is_stated(row, simulation):
    measured = accuracy.measure(row, simulation, 2, 10_000)
    assert 10_000 - 64 < measured.points <= 10_000  # whole rows
    assert 0 < measured.absolute <= 2.0**row.stated
    assert measured.rounds > 0 and measured.sent > 0 and measured.dealt > 0
    line = accuracy.document([(row, {2: measured})]).splitlines()[-1]
    assert line.startswith(f"| {row.name} | {row.domain} | {measured.points:,} | 2^")
