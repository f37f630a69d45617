"""What `make accuracy` measures: every function of reals with its reference, its domain, points of it, and the error that its header states for each point.

A function gets a row by being in FUNCTIONS. Peers' forms of the rows, by the same names: crypten_peer.py, spu_peer.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

import crypten_cpp as crypten

BITS = 16
UNIT = 2.0**-BITS
Tensor = torch.Tensor


@dataclass(frozen=True)
class Bound:
    """What a header states: ``text``, and the same as a function of points and wanted values."""

    text: str
    at: Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Row:
    """Points are one long vector; functions of several numbers or of rows cut it up. ``view``: what of the domain a plot shows, and whether its axis is logarithmic."""

    name: str
    ours: Callable[[Any], Any]
    reference: Callable[[Tensor], Tensor]
    domain: str
    points: Callable[[int], Tensor]
    bound: Bound
    view: tuple[float, float, bool] | None = None


def within(absolute: float, relative: float | None = None, text: str = "") -> Bound:
    """An absolute error, or 2^relative of the result and an absolute one."""
    if relative is None:
        return Bound(text or f"2^{math.log2(absolute):.2f}", lambda x, y: torch.full_like(y, absolute))
    return Bound(text or f"2^{relative:g}·abs(y) + {absolute / UNIT:g} u", lambda x, y: 2.0**relative * y.abs() + absolute)


def grid(x: Tensor) -> Tensor:
    return torch.round(x * 2.0**BITS) / 2.0**BITS


def between(low: float, high: float) -> Callable[[int], Tensor]:
    """Grid, random points, ends, zero and its neighbours."""

    def points(count: int) -> Tensor:
        random = torch.Generator().manual_seed(count)
        uniform = low + (high - low) * torch.rand(count - count // 2 - 5, generator=random, dtype=torch.float64)
        edges = torch.tensor([low, high, 0.0, UNIT, -UNIT], dtype=torch.float64).clamp(low, high)
        return grid(torch.cat([torch.linspace(low, high, count // 2, dtype=torch.float64), uniform, edges]))

    return points


def everywhere(limit: float) -> Callable[[int], Tensor]:
    """Mostly about zero and where a bounded function passes into its tails at ±limit; also out to ±600 and, at powers of two, to ±2^44."""

    def points(count: int) -> Tensor:
        far = torch.tensor([s * 2.0**b for b in range(1, 45) for s in (1, -1)], dtype=torch.float64)
        parts = [between(-limit - 3, limit + 3)(count * 3 // 4), between(-600, 600)(count // 8)]
        rest = count - sum(map(len, parts)) - len(far)
        return torch.cat([*parts, between(limit - 0.75, limit + 0.75)(rest // 2), between(-limit - 0.75, -limit + 0.75)(rest - rest // 2), far])

    return points


def of_every_size(low: float, high: float, both_signs: bool = False) -> Callable[[int], Tensor]:
    """A geometric grid, random points, and the neighbours of powers of two."""

    def points(count: int) -> Tensor:
        half, random = count // 2 if both_signs else count, torch.Generator().manual_seed(count)
        powers = torch.tensor([2.0**b + d * UNIT for b in range(round(math.log2(low)), round(math.log2(high)) + 1) for d in (-2, -1, 0, 1, 2)], dtype=torch.float64)
        uniform = math.log(low) + math.log(high / low) * torch.rand((half - len(powers)) // 2, generator=random, dtype=torch.float64)
        steps = torch.linspace(math.log(low), math.log(high), half - len(powers) - len(uniform), dtype=torch.float64)
        x = grid(torch.cat([powers, uniform.exp(), steps.exp()]).clamp(low, high))
        return torch.cat([x, -x]) if both_signs else x

    return points


def moved(points: Callable[[int], Tensor], by: float) -> Callable[[int], Tensor]:
    return lambda count: points(count) + by


def tangents(count: int) -> Tensor:
    """Angles out to ±200 where |tan| ≤ 64."""
    x = torch.cat([between(-1.555, 1.555)(count - count // 4), between(-200, 200)(count // 4)])
    return torch.where(x.tan().abs() <= 64, x, grid(x / 512))


def rows_of_64(spreads: tuple[float, ...], centre: float = 0.0) -> Callable[[int], Tensor]:
    """Normal numbers in rows of 64, of these standard deviations in turn."""

    def points(count: int) -> Tensor:
        random = torch.Generator().manual_seed(count)
        rows = count // 64
        spread = torch.tensor(spreads, dtype=torch.float64)[torch.arange(rows) % len(spreads)].unsqueeze(1)
        return grid((torch.randn(rows, 64, generator=random, dtype=torch.float64) * spread + centre).reshape(-1))

    return points


def pairs(count: int) -> Tensor:
    """a and b in turn for a / b: b of either sign and every size, a at most 4000·b and 4000."""
    b = of_every_size(2.0**-8, 2.0**20, True)(count // 2)
    random = torch.Generator().manual_seed(count + 1)
    a = (2 * torch.rand(len(b), generator=random, dtype=torch.float64) - 1) * torch.clamp(4000 * b.abs(), max=4000.0)
    return torch.stack([grid(a), b], 1).reshape(-1)


def by_row(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Of rows of 64; the results, one or 64 a row, as a vector again."""
    return lambda x: function(x.reshape(-1, 64)).reshape(-1)


def halves(function: Callable[[Any, Any], Any], width: int = 64) -> Callable[[Any], Any]:
    """Of the two halves of rows."""

    def call(x: Any) -> Any:
        rows = x.reshape(-1, 2, width)
        return function(rows[:, 0], rows[:, 1])

    return call


def power_error(p: int, x: Tensor) -> Tensor | float:
    """In units of the last place: of a product of powers, each off by its own error, truncated (mpc/function/power.h)."""
    low, high = p // 2, p - p // 2
    return 0.0 if p == 1 else x.abs() ** low * power_error(high, x) + x.abs() ** high * power_error(low, x) + 1.01


def power(p: int, reach: float) -> Row:
    bound = Bound(f"e({p}) u", lambda x, y: power_error(p, x) * UNIT)
    return Row(f"x^{p}", lambda x: x.pow(p), lambda x: x**p, f"abs(x) ≤ {reach:g}", between(-reach, reach), bound, (-reach, reach, False))


def root_power(text: str, p: float, bound: Bound, low: float = 0.25, high: float = 16.0, both_signs: bool = False) -> Row:
    domain = f"{low:g} ≤ {'abs(x)' if both_signs else 'x'} ≤ {high:g}"
    return Row(f"x^{text}", lambda x: x.pow(p), lambda x: x**p, domain, of_every_size(low, high, both_signs), bound, (low, high, True))


COEFFICIENTS = [0.5, -0.25, 0.125, 0.0625]


def polynomial_of(x: Tensor) -> Tensor:
    return sum(c * x ** (i + 1) for i, c in enumerate(COEFFICIENTS))


def polynomial_error(x: Tensor, y: Tensor) -> Tensor:
    """The powers' errors times the coefficients (exact, with 16 fractional bits), and the last truncation."""
    return (sum(abs(c) * power_error(i + 1, x) for i, c in enumerate(COEFFICIENTS)) + 1.01) * UNIT


def normalised_error(x: Tensor, y: Tensor) -> Tensor:
    """Layer and group normalisation: mpc/function/normalization.h."""
    sigma = x.reshape(-1, 64).std(1, unbiased=False, keepdim=True).expand(-1, 64).reshape(-1)
    return y.abs() * (2.0**-11.7 + 2.0**-9 * UNIT / sigma) + 4 * UNIT / sigma + 2 * UNIT


def root_mean_square_error(x: Tensor, y: Tensor) -> Tensor:
    sigma = x.reshape(-1, 64).square().mean(1, keepdim=True).sqrt().expand(-1, 64).reshape(-1)
    return y.abs() * (2.0**-11.7 + 2.0**-9 * UNIT / sigma) + 4 * UNIT / sigma + 2 * UNIT


def variance_error(x: Tensor, y: Tensor) -> Tensor:
    """mpc/function/statistics.h: deviations off by a unit, the factor 1/63 by 2^-16 of itself, and a truncation."""
    return 2.1 * y.sqrt() * UNIT + 2.0**-16 * y + 1.25 * UNIT


def deviation_error(x: Tensor, y: Tensor) -> Tensor:
    return variance_error(x, y.square()) / (2 * y) + 2.0**-12.4 * y + 1.25 * UNIT


def of_log(x: Tensor, y: Tensor, exponent: float) -> Tensor:
    """mpc/function/derived.h: powers by the logarithm."""
    return y.abs() * (abs(exponent) * (2.0**-13 + UNIT) * 1.01 + 2.0**-13 + x.log().abs() * 2.0**-21 + UNIT) + 2.5 * UNIT


def batch_norm(x: Any) -> Any:
    return x.reshape(-1, 64).batch_norm(*(crypten.cryptensor(t) for t in statistics()), eps=1e-5).reshape(-1)


def statistics() -> tuple[Tensor, Tensor]:
    """Means and variances of 64 channels."""
    steps = torch.arange(64, dtype=torch.float64)
    return grid(steps / 16 - 2), grid(0.0625 * 1.1**steps)


def batch_norm_of(x: Tensor) -> Tensor:
    mean, variance = statistics()
    return ((x.reshape(-1, 64) - mean) / (variance + 1e-5).sqrt()).reshape(-1)


def batch_norm_error(x: Tensor, y: Tensor) -> Tensor:
    """mpc/function/normalization.h: the scale with 16 fractional bits."""
    deviation = (x.reshape(-1, 64) - statistics()[0]).abs().reshape(-1)
    return 2.0**-11.8 * y.abs() + 1.25 * UNIT * deviation + 1.25 * UNIT


def rotary_tables() -> tuple[Tensor, Tensor]:
    """Of 4 positions and 64 features."""
    angles = torch.outer(torch.arange(4, dtype=torch.float64), 10000.0 ** -(torch.arange(0, 64, 2, dtype=torch.float64) / 64))
    both = torch.cat([angles, angles], 1)
    return both.cos(), both.sin()


def rotary_of(x: Tensor) -> Tensor:
    cosine, sine = rotary_tables()
    a, b = x.reshape(-1, 4, 64).split(32, 2)
    return (torch.cat([a, b], 2) * cosine + torch.cat([-b, a], 2) * sine).reshape(-1)


def rotary_error(x: Tensor, y: Tensor) -> Tensor:
    pairs = x.reshape(-1, 2, 32).abs().sum(1, keepdim=True)
    return (pairs.expand(-1, 2, 32).reshape(-1) / 2 + 1) * UNIT


def softplus(x: Tensor) -> Tensor:
    return torch.logaddexp(x, torch.zeros_like(x))


ALL = "all reals"
SIZES, RANGE = "2^-10 ≤ x ≤ 2^20", (2.0**-10, 2.0**20)
ROWS = "rows of 64, any"
FUNCTIONS: list[Row] = [
    Row("sigmoid", lambda x: x.sigmoid(), torch.sigmoid, ALL, everywhere(10), within(2.0**-12.9), (-13, 13, False)),
    Row("tanh", lambda x: x.tanh(), torch.tanh, ALL, everywhere(5), within(2.0**-12.5), (-8, 8, False)),
    Row("erf", lambda x: x.erf(), torch.erf, ALL, everywhere(3), within(2.0**-12.9), (-6, 6, False)),
    Row("GELU", lambda x: x.gelu(), F.gelu, ALL, everywhere(4.5), within(2.0**-12.9), (-7.5, 7.5, False)),
    Row("GELU, tanh form", lambda x: x.gelu("tanh"), lambda x: F.gelu(x, approximate="tanh"), ALL, everywhere(4.5), within(2.0**-12.9), (-7.5, 7.5, False)),
    Row("SiLU", lambda x: x.silu(), F.silu, ALL, everywhere(12), within(2.0**-12.7), (-15, 15, False)),
    Row("softplus", lambda x: x.softplus(), softplus, ALL, everywhere(10), within(2.0**-12.4), (-13, 13, False)),
    Row("logsigmoid", lambda x: x.logsigmoid(), lambda x: -softplus(-x), ALL, everywhere(10), within(2.0**-12.4), (-13, 13, False)),
    Row("mish", lambda x: x.mish(), lambda x: x * torch.tanh(softplus(x)), ALL, everywhere(12), within(2.0**-12.0), (-15, 15, False)),
    Row("ELU", lambda x: x.elu(), F.elu, ALL, everywhere(10), within(2.0**-12.9), (-13, 13, False)),
    Row("SELU", lambda x: x.selu(), F.selu, "abs(x) ≤ 2^12", between(-(2.0**12), 2.0**12), Bound("2^-12.1 + 2^-17·abs(x)", lambda x, y: 2.0**-12.1 + 2.0**-17 * x.abs()), (-2.0**12, 2.0**12, False)),
    Row("leaky ReLU", lambda x: x.leaky_relu(0.125), lambda x: F.leaky_relu(x, 0.125), "abs(x) ≤ 2^12", between(-(2.0**12), 2.0**12), within(1.25 * UNIT), (-2.0**12, 2.0**12, False)),
    Row("PReLU", lambda x: x.prelu(crypten.cryptensor(torch.tensor([0.25]))), lambda x: F.leaky_relu(x, 0.25), "abs(x) ≤ 2^12", between(-(2.0**12), 2.0**12), within(1.25 * UNIT), (-2.0**12, 2.0**12, False)),
    Row("hardsigmoid", lambda x: x.hardsigmoid(), F.hardsigmoid, "abs(x) ≤ 2^12", between(-(2.0**12), 2.0**12), within(6 * 2.0**-17 + UNIT), (-2.0**12, 2.0**12, False)),
    Row("hardswish", lambda x: x.hardswish(), F.hardswish, "abs(x) ≤ 2^8", between(-(2.0**8), 2.0**8), Bound("2^-17·6·abs(x) + 1.25 u", lambda x, y: 6 * 2.0**-17 * x.abs() + 1.25 * UNIT), (-2.0**8, 2.0**8, False)),
    Row("sin", lambda x: x.sin(), torch.sin, "abs(x) ≤ 2^15", between(-(2.0**15), 2.0**15), within(2.0**-15.5), (-2.0**15, 2.0**15, False)),
    Row("cos", lambda x: x.cos(), torch.cos, "abs(x) ≤ 2^15", between(-(2.0**15), 2.0**15), within(2.0**-15.5), (-2.0**15, 2.0**15, False)),
    Row("tan", lambda x: x.tan(), torch.tan, "abs(x) ≤ 2^15, abs(tan x) ≤ 2^6", tangents,
        Bound("(1 + y²)·2^-14 + abs(y)·2^-12.7 + 2 u", lambda x, y: (1 + y.square()) * 2.0**-14 + y.abs() * 2.0**-12.7 + 2 * UNIT), (-1.55, 1.55, False)),
    Row("atan", lambda x: x.atan(), torch.atan, "abs(x) ≤ 2^22", of_every_size(2.0**-8, 2.0**22, True), within(2.0**-13.3 + 1.5 * UNIT), (2.0**-8, 2.0**22, True)),
    Row("rotary of 64", lambda x: x.reshape(-1, 4, 64).rotary(*rotary_tables()).reshape(-1), rotary_of, "rows of 64 of a position", lambda n: rows_of_64((0.3, 3.0, 12.0))(n // 256 * 256), Bound("2^-17·(abs(a) + abs(b)) + 1 u", rotary_error)),
    Row("exp, x ≤ 0", lambda x: x.exp(), torch.exp, "x ≤ 0", between(-60, 0), within(2.5 * UNIT, -13), (-25, 0, False)),
    Row("exp, to e^20", lambda x: x.exp(), torch.exp, "0 ≤ x ≤ 20", between(0, 20), within(2.5 * UNIT, -13), (0, 20, False)),
    Row("expm1", lambda x: x.expm1(), torch.expm1, "x ≤ 20", between(-20, 20), Bound("2^-13·e^x + 2.5 u", lambda x, y: 2.0**-13 * x.exp() + 2.5 * UNIT), (-20, 20, False)),
    Row("log", lambda x: x.log(), torch.log, SIZES, of_every_size(*RANGE), within(2.0**-13 + UNIT), (*RANGE, True)),
    Row("log1p", lambda x: x.log1p(), torch.log1p, "2^-10 ≤ 1 + x ≤ 2^20", moved(of_every_size(*RANGE), -1), within(2.0**-13 + UNIT), (0.01, 2.0**20, True)),
    Row("reciprocal", lambda x: x.reciprocal(), torch.reciprocal, "2^-8 ≤ abs(x) ≤ 2^20", of_every_size(2.0**-8, 2.0**20, True), within(1.25 * UNIT, -12.8), (2.0**-8, 2.0**20, True)),
    Row("reciprocal, x ≥ 1", lambda x: x.reciprocal("denominators"), torch.reciprocal, "1 ≤ x ≤ 2^12", of_every_size(1, 2.0**12), within(1.25 * UNIT, -12.8), (1, 2.0**12, True)),
    Row("a / b", halves(lambda a, b: a / b, 1), halves(lambda a, b: a / b, 1), "2^-8 ≤ abs(b) ≤ 2^20, abs(a / b) ≤ 4000", pairs,
        Bound("2^-12.8·abs(y) + abs(a)·2^-31.6 + 1.25 u", lambda x, y: 2.0**-12.8 * y.abs() + 1.25 * 2.0**-32 * x.reshape(-1, 2)[:, :1].abs().reshape(y.shape) + 1.25 * UNIT)),
    Row("3 / b", lambda x: 3.0 / x, lambda x: 3.0 / x, "2^-8 ≤ abs(x) ≤ 2^20", of_every_size(2.0**-8, 2.0**20, True), within(1.25 * UNIT + 3 * 1.25 * 2.0**-32, -12.8), (2.0**-8, 2.0**20, True)),
    Row("sqrt", lambda x: x.sqrt(), torch.sqrt, SIZES, of_every_size(*RANGE), within(1.25 * UNIT, -12.4), (*RANGE, True)),
    Row("inverse sqrt", lambda x: x.inv_sqrt(), torch.rsqrt, SIZES, of_every_size(*RANGE), within(1.25 * UNIT, -11.8), (*RANGE, True)),
    power(2, 1000), power(3, 100), power(5, 16), power(8, 6),
    root_power("-2", -2, Bound("2·abs(1/x)·e + 1.25 u, e as 1/x", lambda x, y: 2.05 / x.abs() * (2.0**-12.8 / x.abs() + 1.25 * UNIT) + 1.25 * UNIT), both_signs=True),
    root_power("1.5", 1.5, Bound("3·x·e + 3 u·x + 1.25 u, e as √x", lambda x, y: 3.05 * x * (2.0**-12.4 * x.sqrt() + 1.25 * UNIT) + (x.sqrt() + 1.25) * UNIT)),
    root_power("0.3", 0.3, Bound("see derived.h", lambda x, y: of_log(x, y, 0.3)), *RANGE),
    root_power("-1.7", -1.7, Bound("see derived.h", lambda x, y: of_log(x, y, -1.7)), 2.0**-6, 2.0**6),
    Row("polynomial", lambda x: x.polynomial(COEFFICIENTS), polynomial_of, "degree 4, abs(x) ≤ 16", between(-16, 16), Bound("see power.h", polynomial_error), (-16, 16, False)),
    Row("softmax of 64", by_row(lambda x: x.softmax(1)), by_row(lambda x: x.softmax(1)), ROWS, rows_of_64((0.3, 3.0, 12.0)), within(2.0**-13)),
    Row("log_softmax of 64", by_row(lambda x: x.log_softmax(1)), by_row(lambda x: x.log_softmax(1)), ROWS, rows_of_64((0.3, 3.0, 12.0)), within(2.0**-13 + UNIT + 2.0**-19 + 64 * (2.0**-20.9 + 2.0**-24))),
    Row("logsumexp of 64", by_row(lambda x: x.logsumexp(1)), by_row(lambda x: x.logsumexp(1)), ROWS, rows_of_64((0.3, 3.0, 12.0)), within(2.0**-13 + UNIT + 2.0**-19 + 64 * (2.0**-20.9 + 2.0**-24))),
    Row("variance of 64", by_row(lambda x: x.var(1)), by_row(lambda x: x.var(1)), "rows of 64", rows_of_64((0.3, 3.0, 12.0), 2), Bound("see statistics.h", variance_error)),
    Row("std of 64", by_row(lambda x: x.std(1)), by_row(lambda x: x.std(1)), "variances of 2^-10 … 2^20", rows_of_64((0.3, 3.0, 12.0), 2), Bound("see statistics.h", deviation_error)),
    Row("1-norm of 64", by_row(lambda x: x.norm(1, 1)), by_row(lambda x: x.norm(1, 1)), "rows of 64", rows_of_64((0.3, 3.0, 12.0)), within(0.0, text="exact")),
    Row("2-norm of 64", by_row(lambda x: x.norm(2, 1)), by_row(lambda x: x.norm(2, 1)), "norms of 2^-5 … 2^10", rows_of_64((0.3, 3.0, 12.0)), within(1.25 * UNIT, -12.4)),
    Row("cosine similarity", halves(lambda a, b: a.cosine_similarity(b, 1)), halves(lambda a, b: F.cosine_similarity(a, b, 1, 0)), "norms of 2^-5 … 2^7", lambda n: rows_of_64((0.1, 1.0, 8.0))(n // 256 * 256), within(2.0**-10)),
    Row("layer norm of 64", by_row(lambda x: x.layer_norm((64,))), by_row(lambda x: F.layer_norm(x, (64,))), "2^-17 ≤ σ² + eps ≤ 2^14", rows_of_64((0.02, 1.0, 60.0), 3), Bound("see normalization.h", normalised_error)),
    Row("group norm of 64", lambda x: x.reshape(-1, 4, 64).group_norm(4).reshape(-1), lambda x: F.group_norm(x.reshape(-1, 4, 64), 4).reshape(-1), "2^-17 ≤ σ² + eps ≤ 2^14", lambda n: rows_of_64((0.02, 1.0, 60.0), 3)(n // 256 * 256), Bound("see normalization.h", normalised_error)),
    Row("RMS norm of 64", by_row(lambda x: x.rms_norm((64,))), by_row(lambda x: F.rms_norm(x, (64,), eps=1e-5)), "2^-17 ≤ mean square ≤ 2^14", rows_of_64((0.02, 1.0, 60.0)), Bound("see normalization.h", root_mean_square_error)),
    Row("batch norm", batch_norm, batch_norm_of, "2^-17 ≤ variance + eps ≤ 2^14", rows_of_64((0.3, 3.0, 12.0)), Bound("see normalization.h", batch_norm_error)),
]  # fmt: skip
