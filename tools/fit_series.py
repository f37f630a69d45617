#!/usr/bin/env python3
"""Fits the trigonometric series of mpc/function/series_tables.cpp and prints that file: python tools/fit_series.py > mpc/function/series_tables.cpp

Each function is fitted on its interval by a constant, K cosines and sines of a freely chosen period (Fourier extension: the function need not be periodic), and where it is
odd a linear term, close to minimax by Lawson's iteration. Coefficients become integers: what the library computes with is the printed file, on every machine the same;
tests compare each table with its function. A run on another machine may differ in last digits (least squares in floating point): the committed file counts. Needs numpy.
"""
import math

import numpy as np

COEFFICIENT_BITS, SLOPE_BITS = 28, 40
erf = np.vectorize(math.erf)
sigma = lambda x: 1 / (1 + np.exp(-x))
softplus = lambda x: np.logaddexp(0, x)


def fit(f, lo, hi, period, harmonics, kind, linear, relative, points, rounds):
    """The smallest largest error found, and the coefficients: [constant and cosines] [sines] [slope]."""
    x = (lo + hi) / 2 + (hi - lo) / 2 * np.cos(np.pi * (np.arange(points) + 0.5) / points)
    w, y = 2 * np.pi / period * np.arange(harmonics + 1), f(x)
    columns = [np.cos(np.outer(x, w))] if kind != "odd" else []
    columns += [np.sin(np.outer(x, w[1:]))] if kind != "even" else []
    columns += [x[:, None]] if linear else []
    scale = 1 / np.abs(y) if relative else np.ones_like(y)
    A, b, weight, best = np.hstack(columns) * scale[:, None], y * scale, np.ones_like(y), (np.inf, None)
    for _ in range(rounds):
        W = np.sqrt(weight)[:, None]
        damped = np.vstack([A * W, 1e-9 * np.eye(A.shape[1])])
        c = np.linalg.lstsq(damped, np.append(b * W[:, 0], np.zeros(A.shape[1])), rcond=None)[0]
        e = np.abs(A @ c - b)
        if e.max() < best[0]:
            best = e.max(), c
        weight *= e / e.max() + 1e-3
        weight /= weight.mean()
    return best


def best_fit(f, lo, hi, harmonics, kind, linear, relative=False, period=None):
    start = 0 if kind in ("odd", "even") else lo
    if period is None:
        span = 2 * hi if kind in ("odd", "even") else hi - lo
        ratios = np.linspace(1.0, 1.7, 29)
        period = min((fit(f, start, hi, r * span, harmonics, kind, linear, relative, 240, 15)[0], r * span) for r in ratios if linear or r > 1.02)[1]
    error, c = fit(f, start, hi, period, harmonics, kind, linear, relative, 800, 120)
    slope = c[-1] if linear else 0.0
    c = c[:-1] if linear else c
    if kind == "odd":
        constant, cosine, sine = 0.0, np.zeros(harmonics), c
    elif kind == "even":
        constant, cosine, sine = c[0], c[1:], np.zeros(harmonics)
    else:
        constant, cosine, sine = c[0], c[1 : harmonics + 1], c[harmonics + 1 :]
    return error, period, constant, cosine, sine, slope


# Inside of [low, high) a function is series + slope·x, below it `below`, above it `above` (a number, or "x"). The series holds from low − 1/2 on, since thresholds are
# fuzzy by that much (mpc/protocol/bands), and the outer branches up to there. `fine` tables serve more than 18 fractional bits; where the usual one has a slope of its own,
# another without serves x with many fractional bits, for which a slope has too few left.
# name: fitted part, kind, linear term fitted, (low, high, harmonics) usual, fine and without slope, added constant, fixed slope, below, above
gelu = lambda x: 0.5 * x * erf(x / math.sqrt(2))
gelu_tanh = lambda x: 0.5 * x * np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
FUNCTIONS = {
    "sigmoid": (lambda x: sigma(x) - 0.5, "odd", True, (-10, 10.5, 9), (-15, 15.5, 20), 11, 0.5, 0, 0, 1),
    "tanh": (np.tanh, "odd", True, (-5, 5.5, 10), (-7.5, 8, 22), 13, 0, 0, -1, 1),
    "erf": (erf, "odd", True, (-3, 3.5, 5), (-4, 4.5, 9), 7, 0, 0, -1, 1),
    "gelu": (gelu, "even", False, (-4.5, 5, 7), (-6, 6.5, 12), None, 0, 0.5, 0, "x"),
    "gelu_tanh": (gelu_tanh, "even", False, (-4.5, 5, 7), (-6, 6.5, 13), None, 0, 0.5, 0, "x"),
    "silu": (lambda x: x * (sigma(x) - 0.5), "even", False, (-12, 12.5, 14), (-16, 15.5, 27), None, 0, 0.5, 0, "x"),
    "softplus": (lambda x: softplus(x) - x / 2, "even", False, (-10, 10.5, 11), (-15, 15.5, 21), None, 0, 0.5, 0, "x"),
    "mish": (lambda x: x * np.tanh(softplus(x)) - x / 2, "both", False, (-12, 6.5, 16), (-16, 9, 27), None, 0, 0.5, 0, "x"),
    "elu": (np.expm1, "both", False, (-10, 0, 8), (-15, 0, 13), None, 0, 0, -1, "x"),
}

# More bits of the small ring for the usual table (FunctionTable::guard_bits): SiLU has the most roundings beside the largest tails.
GUARD = {"silu": 2}

# Arctangents, near zero and of a reciprocal: how far, harmonics, and a slope of few bits where it multiplies a long number (mpc/function/arctangent).
ARCTANGENT = {"atan_near": (1.5, 5, None), "atan_of_reciprocal": (1.001, 3, 43 / 64)}

# Of a mantissa m in [1/4, 1), one turn = 2: relative errors for powers.
MANTISSA = {
    "mantissa_reciprocal": (lambda m: 1 / m, 5, True),
    "mantissa_inv_sqrt": (lambda m: m**-0.5, 4, True),
    "mantissa_sqrt": (lambda m: m**0.5, 4, True),
    "mantissa_log": (np.log, 4, False),
}


def integers(values, bits=COEFFICIENT_BITS):
    result = [int(round(float(v) * 2**bits)) for v in values]
    assert all(abs(v) < 16 * 2**bits for v in result), "a coefficient does not fit"
    return result


def braces(values):
    return "{" + ", ".join(str(v) for v in values) + "}"


def series(constant, cosine, sine):
    return "{%d, %s, %s, %s}" % (integers([constant])[0], braces(range(1, len(cosine) + 1)), braces(integers(cosine)), braces(integers(sine)))


def largest_error(function, series, low, high, below, above, exact):
    """Of all branches, each wherever it may be taken: dense inside, and on the tails out to where nothing changes any more."""
    fuzz = 0 if exact else 0.5
    inside, over, under = np.linspace(low - fuzz, high, 200001), np.linspace(high - fuzz, high + 40, 40001), np.linspace(low - 40, low, 40001)
    worst = max(np.abs(series(inside) - function(inside)).max(), np.abs(below - function(under)).max())
    return worst if exact else max(worst, np.abs((over if above == "x" else above) - function(over)).max())


def function_table(name, f, kind, linear, limits, added, fixed_slope, below, above):
    low, high, harmonics = limits
    farthest = max(high, 0.5 - low) if kind in ("odd", "even") else high
    error, period, constant, cosine, sine, slope = best_fit(f, low - 0.5, farthest, harmonics, kind, linear)
    slope = slope if linear else fixed_slope
    k = lambda x: 2 * np.pi / period * np.outer(x, np.arange(1, harmonics + 1))
    whole = lambda x: constant + np.cos(k(x)) @ cosine + np.sin(k(x)) @ sine + slope * x + added
    exact = name == "elu"  # the table's function is that of negative x: above zero it is x, exactly
    function, x = lambda x: f(x) + fixed_slope * x + added, np.linspace(low - 0.5, high, 20001)
    guard = f" .guard_bits = {GUARD[name]}," if name in GUARD and harmonics == FUNCTIONS[name][3][2] else ""
    headroom = max(1, math.ceil(math.log2(np.abs(function(x) - below).max() + 0.01)))  # strictly less, with all errors: at the end of its range a truncation may wrap
    error = largest_error(function, whole, low, high, below, above, exact)
    print(f"// period {period:.4g}, largest error of series and tails 2^{math.log2(error):.2f}")
    print(f"    .series = {series(constant + added - below, cosine, sine)},")
    print(f"    .turns = {round(2**64 / period)}u, .slope = {round(slope * 2**SLOPE_BITS)}, .headroom_bits = {headroom},{guard}")
    print(f"    .low = {round(2 * low)}, .high = {round(2 * high)}, .below = {below}, .above = {0 if above == 'x' else above}, .above_is_x = {str(above == 'x').lower()}, .error = {error * 1.001:.4g}}},")


def arctangent_table(name, limit, harmonics, fixed_slope):
    left = fixed_slope or 0.0
    _, period, constant, cosine, sine, slope = best_fit(lambda x: np.arctan(x) - left * x, -limit, limit, harmonics, "odd", fixed_slope is None)
    slope += left
    x = np.linspace(-limit, limit, 200001)
    error = np.abs(np.sin(2 * np.pi / period * np.outer(x, np.arange(1, harmonics + 1))) @ sine + slope * x - np.arctan(x)).max()
    print(f"const FunctionTable {name}{{  // period {period:.4g}, largest error 2^{math.log2(error):.2f}")
    print(f"    .series = {series(constant, cosine, sine)},")
    print(f"    .turns = {round(2**64 / period)}u, .slope = {round(slope * 2**SLOPE_BITS)}, .headroom_bits = 1,")
    print(f"    .low = {-math.floor(2 * limit)}, .high = {math.floor(2 * limit)}, .below = 0, .above = 0, .above_is_x = false, .error = {error * 1.001:.4g}}};\n")


def main():
    print("// Printed by tools/fit_series.py: do not edit.")
    print('#include "mpc/function/series_tables.h"\n')
    print("namespace crypten::series_tables {\n\n// clang-format off")
    for name, (f, kind, linear, usual, fine, without_slope, *rest) in FUNCTIONS.items():
        print(f"const Tables {name}{{")
        for field, fitted_slope, limits in (("usual", linear, usual), ("fine", linear, fine), ("without_slope", False, without_slope and (*usual[:2], without_slope))):
            if limits:
                print(f".{field} = {{  ", end="")
                function_table(name, f, kind, fitted_slope, limits, *rest)
        print("};\n")
    for name, limits in ARCTANGENT.items():
        arctangent_table(name, *limits)
    for name, (f, harmonics, relative) in MANTISSA.items():
        error, _, constant, cosine, sine, _ = best_fit(f, 0.25, 1.0, harmonics, "both", False, relative, 2.0)
        print(f"// {'relative ' if relative else ''}error of the fit 2^{math.log2(error):.2f}")
        print(f"const Series {name}{series(constant, cosine, sine)};\n")
    print("// clang-format on\n\n}  // namespace crypten::series_tables")


main()
