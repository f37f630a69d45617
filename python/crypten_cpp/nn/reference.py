"""The noisy reference of a private run: the folded graph in float64 on decode(encode(·)) of weights, biases and input, with unbiased one-ulp rounding at every truncation.

A private result is one more draw from the distribution that repeated runs show. ``Reference.check`` asks whether it lies within six standard deviations of
their mean, for each output, and along the direction in which each single truncation would push the outputs if it were biased.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .fixed import Arithmetic, Fixed, Rounding, Stochastic, to_nearest, unrounded
from .graph import Node, Program, program_from
from .plaintext import OPERATIONS, evaluate

_VIEWS = {"flatten", "reshape", "transpose", "permute", "squeeze", "unsqueeze", "slice", "select"}
_EXACT = {"max_pool2d", "adaptive_max_pool2d", "neg", "sum"}  # act on the value at whatever scale it has


def fold(program: Program) -> Program:
    """The program that is run privately: batch norms folded by the C++ library, numbers in float64."""
    from .. import _C

    folded = _C.fold(_C.Graph(program.structure(), program.state_dict()))
    return program_from(folded.structure(), {name: value.double() for name, value in folded.values().items()})


@dataclass
class Check:
    """Distances in units of their tolerance, six standard deviations: a result passes if none is above 1."""

    outputs: float
    layers: dict[str, float]  # truncation → distance along its bias response
    tolerance: float  # the largest six standard deviations of an output, in its own unit
    measured: float  # the largest distance of an output to the runs' mean
    to_torch: float | None  # the largest distance to unquantised torch: information, no bound

    @property
    def passed(self) -> bool:
        return max([self.outputs, *self.layers.values()]) <= 1

    def __str__(self) -> str:
        worst = max(self.layers, key=self.layers.get, default="none")
        lines = [
            f"outputs: measured / tolerance {self.outputs:.3f} (largest distance {self.measured:.3g}, six sigma up to {self.tolerance:.3g})",
            f"bias of each of {len(self.layers)} truncations: measured / tolerance {max(self.layers.values(), default=0):.3f} (largest at {worst})",
        ]
        if self.to_torch is not None:
            lines.append(f"distance to unquantised torch: {self.to_torch:.3g} (no bound)")
        return "\n".join([*lines, "passed" if self.passed else "FAILED"])


class Reference:
    """Plaintext runs of a folded program as the private executor would compute them. One input, one output."""

    def __init__(self, program: Program, precision_bits: int = 16) -> None:
        self.program, self.precision = program, precision_bits

    def run(self, x: torch.Tensor, rounding: Rounding, biased: int | None = None) -> tuple[torch.Tensor, list[str]]:
        """The output, and the names of all truncations in program order. ``biased``: the number of the one that is a unit too large."""
        arithmetic = Arithmetic(self.precision, rounding, biased)

        def step(node: Node, inputs: list) -> Fixed:
            arithmetic.place = node.path or node.name
            return _operation(arithmetic, node, inputs)

        values = evaluate(self.program, (x,), run=step, convert=arithmetic.encode)
        return values[0].value, arithmetic.sites

    def exact(self, x: torch.Tensor) -> torch.Tensor:
        """With rounding to nearest: what ``protocol.truncation = exact`` gives, bit for bit."""
        return self.run(x, to_nearest)[0]

    def repeated(self, x: torch.Tensor, runs: int, seed: int, biased: int | None = None) -> torch.Tensor:
        """Outputs of independent noisy runs on one input of batch size 1: (runs, outputs)."""
        parts = [min(_AT_ONCE, runs - start) for start in range(0, runs, _AT_ONCE)]
        return torch.cat([self.run(x.expand(n, *x.shape[1:]), Stochastic(seed + i), biased)[0].flatten(1) for i, n in enumerate(parts)])

    def distribution(self, x: torch.Tensor, runs: int = 100, seed: int = 0) -> Distribution:
        """Repeated noisy runs, and the response of the outputs to a bias of each truncation. ``x``: one input of batch size 1."""
        centre, sites = self.run(x, unrounded)
        responses = torch.cat([self.run(x, unrounded, biased=i)[0].flatten(1) - centre.flatten(1) for i in range(len(sites))])
        return Distribution(self.repeated(x, runs, seed), responses, sites)


_AT_ONCE = 50  # images in one plaintext run


@dataclass
class Distribution:
    draws: torch.Tensor  # (runs, outputs)
    responses: torch.Tensor  # (truncations, outputs)
    sites: list[str]

    def check(self, found: torch.Tensor, unquantised: torch.Tensor | None = None) -> Check:
        """Judges private results on the same input: (runs, outputs), a row for each private run. Each output of each run must lie within six sigma.

        A bias is sought in the mean of the private runs, whose noise is smaller: one unit in one of many layers moves a single run by a few sigma only.
        ``unquantised``: torch's own result, to print beside it.
        """
        found = found.double().reshape(-1, self.draws.shape[1])
        mean, tiny = self.draws.mean(0), torch.finfo(torch.float64).tiny

        def six_sigma(averaged: int) -> float:  # the mean of the reference runs is itself a draw
            return 6 * (1 / averaged + 1 / len(self.draws)) ** 0.5

        distance, bound = (found - mean).abs(), six_sigma(1) * self.draws.std(0)
        directions = F.normalize(self.responses, dim=1)
        along = directions @ (found.mean(0) - mean)
        spread = six_sigma(len(found)) * ((self.draws - mean) @ directions.T).std(0)
        layers = {f"{i} {site}": float(a.abs() / s.clamp(min=tiny)) for i, (site, a, s) in enumerate(zip(self.sites, along, spread, strict=True))}
        to_torch = None if unquantised is None else float((found - unquantised.double().reshape(1, -1)).abs().max())
        return Check(float((distance / bound.clamp(min=tiny)).max()), layers, float(bound.max()), float(distance.max()), to_torch)


def _operation(m: Arithmetic, node: Node, xs: list) -> Fixed:
    """One node on Fixed: the private executor's own composition of ``mpc/tensor`` operations (nn/operations.cpp)."""
    a, op, x = node.attributes, node.op, xs[0]

    def plain(*values: torch.Tensor) -> torch.Tensor:
        return OPERATIONS[op](a, *values)

    if op in ("conv2d", "linear"):
        y = m.product(lambda v, w: OPERATIONS[op](a, v, w, None), x, xs[1])
        return y if xs[2] is None else m.add(y, Fixed(xs[2].value.reshape(-1, *[1] * (2 * (op == "conv2d"))), xs[2].bits))
    if op == "channel_affine":
        shape = (1, -1, *[1] * (x.value.dim() - 2))
        y = m.product(torch.mul, x, Fixed(xs[1].value.reshape(shape), xs[1].bits))
        return m.add(y, Fixed(xs[2].value.reshape(shape), xs[2].bits))
    if op == "relu":
        return m.relu(x)
    if op == "hardtanh":
        return m.hardtanh(x, a["min"], a["max"])
    if op in ("add", "sub"):
        return m.add(x, xs[1] if a["alpha"] == 1 else m.times(xs[1], a["alpha"]), 1 if op == "add" else -1)
    if op in ("mul", "matmul"):
        return m.product(plain, x, xs[1])
    if op in ("mul_scalar", "div"):
        return m.times(x, a["value"] if op == "mul_scalar" else 1 / a["divisor"])
    if op == "add_scalar":
        return m.plus(x, a["value"])
    if op == "mean":
        count = x.value.numel() // max(1, plain(x.value).numel())
        return m.divide_by_count(Fixed(x.value.sum(a["dims"], a["keepdim"]), x.bits), count)
    if op in ("avg_pool2d", "adaptive_avg_pool2d"):
        return _average_pool(m, x, a, plain)
    if op == "cat":
        bits = m.align(xs)
        return Fixed(plain(*(v.value for v in xs)), bits)
    if op == "pad":
        return Fixed(plain(x.value), m.plus(x, a["value"]).bits)
    if op in _VIEWS:
        return m.rearranged(x, plain)
    if op in _EXACT:
        return Fixed(plain(x.value), x.bits)
    if op == "argmax":
        return Fixed(plain(x.value), 0)
    raise NotImplementedError(op)


def _average_pool(m: Arithmetic, x: Fixed, a: dict, plain: object) -> Fixed:
    ones = torch.ones_like(x.value[:1, :1])
    if "output" in a:
        sizes, cells = x.value.shape[2:], a["output"]
        if any(size % cell for size, cell in zip(sizes, cells, strict=True)):
            raise NotImplementedError("adaptive average pooling whose windows differ in size")
        count = sizes[0] // cells[0] * (sizes[1] // cells[1])
    else:
        counts = F.avg_pool2d(ones, a["kernel"], a["stride"], a["padding"], a["ceil_mode"], a["count_include_pad"], divisor_override=1)
        if a["padding"] != [0, 0] and not a["count_include_pad"] or a["ceil_mode"] or (a["padding"] == [0, 0] and len(counts.unique()) > 1):
            raise NotImplementedError("average pooling whose windows differ in size")
        count = a["kernel"][0] * a["kernel"][1]
    return m.divide_by_count(Fixed(torch.round(plain(x.value) * count * 2.0**x.bits) / 2.0**x.bits, x.bits), count)
