"""Comparisons in units of 16 fractional bits. Inputs on that grid are encoded exactly, so that only truncations round."""

UNIT = 2.0**-16


def assert_within(found, expected, truncations):
    """Within `truncations` units in the last place; float32, in which results come, adds half a unit of its own."""
    assert found.shape == expected.shape
    tolerance = truncations * UNIT + expected.double().abs() * 2.0**-24
    distance = (found.double() - expected.double()).abs()
    assert bool((distance <= tolerance).all()), f"{float((distance / UNIT).max())} units, allowed {truncations}"
