"""Methods of CrypTensor that are functions of reals. Domains and errors: docs/accuracy.md; costs: docs/costs.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from . import _C
from .errors import InvalidArgument
from .operands import Applied, limit, operand


class RealFunctions(Applied):
    """Mixed into CrypTensor. Functions need ``encoder.precision_bits`` of 8 … 24: InvalidArgument (409) otherwise.

    ``bound``: that |x| ≤ bound is known and public makes a function cheaper (docs/costs.md); a value beyond it gives a wrong number, and no error. Not positive: InvalidArgument (419)."""

    __slots__ = ()

    # Everywhere, 4 rounds, 24 B an element ---------------------------------------------------------------------------------

    def sigmoid(self, *, bound: float | None = None) -> Self:
        """1 / (1 + e^-x) for every x: error at most 2^-12.9 at 16 fractional bits. 4 rounds."""
        return self._apply(_C.sigmoid, limit(bound))

    def tanh(self, *, bound: float | None = None) -> Self:
        """For every x: error at most 2^-12.5. 4 rounds."""
        return self._apply(_C.tanh, limit(bound))

    def erf(self, *, bound: float | None = None) -> Self:
        """For every x: error at most 2^-12.9. 4 rounds."""
        return self._apply(_C.erf, limit(bound))

    def gelu(self, approximate: str = "none", *, bound: float | None = None) -> Self:
        """x·Φ(x), or torch's tanh form, for every x: error at most 2^-12.9. 4 rounds, which the truncation of a product in front of it is part of."""
        if approximate not in ("none", "tanh"):
            raise InvalidArgument(619, f"unknown form of gelu: {approximate!r}", "gelu", 'expected "none" or "tanh"', "choose one of them")
        return self._apply(_C.gelu, approximate == "tanh", limit(bound))

    def silu(self, *, bound: float | None = None) -> Self:
        """x·sigmoid(x) for every x: error at most 2^-12. 4 rounds, as gelu."""
        return self._apply(_C.silu, limit(bound))

    def softplus(self, beta: float = 1.0, *, bound: float | None = None) -> Self:
        """log(1 + e^(βx)) / β for every x: error at most 2^-12.4 for β = 1. 4 rounds, as gelu."""
        return self._apply(_C.softplus, beta, limit(bound))

    def logsigmoid(self, *, bound: float | None = None) -> Self:
        """log(sigmoid(x)) for every x: error at most 2^-12.4. 4 rounds."""
        return self._apply(_C.logsigmoid, limit(bound))

    def mish(self, *, bound: float | None = None) -> Self:
        """x·tanh(softplus(x)) for every x: error at most 2^-12. 4 rounds, as gelu."""
        return self._apply(_C.mish, limit(bound))

    def elu(self, alpha: float = 1.0, *, bound: float | None = None) -> Self:
        """x above zero, α·(e^x − 1) below: error at most 2^-12.9 for α = 1. 4 rounds."""
        return self._apply(_C.elu, alpha, limit(bound))

    def selu(self, *, bound: float | None = None) -> Self:
        """1.0507…·elu(x, 1.6732…). 4 rounds."""
        return self._apply(_C.selu, limit(bound))

    # Of straight pieces ----------------------------------------------------------------------------------------------------

    def leaky_relu(self, negative_slope: float = 0.01, *, bound: float | None = None) -> Self:
        """x above zero, negative_slope·x below. As relu."""
        return self._apply(_C.leaky_relu, negative_slope, limit(bound))

    def prelu(self, weight: Self, *, bound: float | None = None) -> Self:
        """leaky_relu with a private slope: one, or one for each channel (dimension 1). 5 rounds."""
        return self._apply(_C.prelu, weight._value, limit(bound))

    def hardsigmoid(self, *, bound: float | None = None) -> Self:
        """min(max(x + 3, 0), 6) / 6. 4 rounds."""
        return self._apply(_C.hardsigmoid, limit(bound))

    def hardswish(self, *, bound: float | None = None) -> Self:
        """x·hardsigmoid(x). 6 rounds."""
        return self._apply(_C.hardswish, limit(bound))

    # Periodic, 2 rounds ----------------------------------------------------------------------------------------------------

    def sin(self) -> Self:
        """For |x| ≤ 2^15: error at most 2^-15.5. 2 rounds, 8.5 B an element."""
        return self._apply(_C.sin)

    def cos(self) -> Self:
        """For |x| ≤ 2^15: error at most 2^-15.5. 2 rounds, 8.5 B an element."""
        return self._apply(_C.cos)

    def cossin(self) -> tuple[Self, Self]:
        """Cosine and sine in the same 2 rounds, 13.5 B an element."""
        cosine, sine = _C.cossin(self._value)
        return type(self)(cosine), type(self)(sine)  # type: ignore[call-arg, return-value]

    # Arctangents and turns -------------------------------------------------------------------------------------------------

    def atan(self, *, bound: float | None = None) -> Self:
        """For |x| ≤ 2^22: error at most 2^-12.9. 10 rounds."""
        return self._apply(_C.atan, limit(bound))

    arctan = atan

    def rotary(self, cosine: Any, sine: Any, interleaved: bool = False) -> Self:
        """Rotary position embedding: pairs of features of the last dimension turned by public angles, whose cosines and sines broadcast to it, each at both features of its pair.
        Pairs: i and i + features/2, or neighbours (``interleaved``). Local: 0 rounds."""
        return self._apply(_C.rotary, operand(cosine), operand(sine), interleaved)

    # Powers ----------------------------------------------------------------------------------------------------------------

    def pow(self, p: float, *, bound: float | None = None) -> Self:
        """A power by a public number. Whole p ≥ 0: ⌈log2 p⌉ rounds, and one for the truncation where it is needed. Others: mpc/function/derived.h. Errors: InvalidArgument."""
        if not isinstance(p, (int, float)):
            raise InvalidArgument(608, f"the power {p} is not a number", "pow", "expected an integer or a real number", "use products")
        return self._apply(_C.power, int(p)) if float(p).is_integer() and p >= 0 else self._apply(_C.real_power, float(p), limit(bound))

    def polynomial(self, coeffs: Iterable[float]) -> Self:
        """Σ coeffs[i]·x^(i+1), as CrypTen: from the linear term on, public coefficients. 1 + ⌈log2 degree⌉ rounds."""
        return self._apply(_C.polynomial, [0.0, *(float(c) for c in coeffs)])
