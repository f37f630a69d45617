"""`make accuracy` on few points: every row is measured, and within what it states."""

import xml.etree.ElementTree

import pytest
import torch

import crypten_cpp as crypten
from benchmarks import accuracy, plot
from benchmarks.functions import FUNCTIONS


@pytest.fixture(scope="module")
def simulation():
    running = crypten.simulate(2)
    yield running
    running.close()


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_within_what_is_stated(row, simulation):
    measured = accuracy.measure(row, simulation, 2, 10_000)
    assert 10_000 - 256 < measured.points <= 10_000  # whole rows
    assert measured.share <= 1, f"{measured.absolute} at {measured.at}"
    assert measured.rounds > 0 and measured.sent > 0 and measured.dealt > 0
    lines = accuracy.document([(row, {2: measured}, {})], {}).splitlines()
    assert any(line.startswith(f"| {row.name} | {row.domain} | {measured.points:,} | ") for line in lines)


def test_an_error_beyond_the_bound_is_seen(simulation):
    row = next(row for row in FUNCTIONS if row.name == "x^2")
    wrong = accuracy.Row(row.name, lambda x: x.pow(2) + 2.0**-13, row.reference, row.domain, row.points, row.bound)
    assert accuracy.measure(wrong, simulation, 2, 1000).share > 4


def test_points_of_peers_are_whole_groups_of_the_same():
    points = torch.arange(256 * 42)
    chosen = accuracy.sample(points)
    assert len(chosen) == 256 * 6 and bool((chosen.reshape(-1, 256).diff(dim=1) == 1).all())
    assert int(chosen[-1]) == len(points) - 1


def test_a_plot_is_small_and_has_a_line_for_each(simulation):
    row = FUNCTIONS[0]
    measured = accuracy.measure(row, simulation, 2, 5000)
    points, results, wanted = measured.values
    peer = accuracy.Compared(len(points), 0.5, 0.25, errors=torch.full_like(points, 0.125))
    text = accuracy.draw(row, measured, {"spu": peer}, points)
    lines = xml.etree.ElementTree.fromstring(text).findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) >= 3 and len(text) < 20_000
    # 2^-3 of 2^-20 … 2^-3, from the bottom to the top.
    assert {y for _, y in (place.split(",") for place in lines[-1].get("points").split())} == {str(plot.TOP)}
    assert float((results - wanted).abs().max()) < 2**-12


def test_names_of_plots_differ():
    assert len({accuracy.plot_name(row) for row in FUNCTIONS}) == len(FUNCTIONS)
