"""Fixed-point numbers in plaintext, as the private tensors compute with them: scales, and truncations exactly where ``mpc/tensor`` has them.

Values are kept as float64 on the grid of their scale; sums of products of 16-bit numbers are exact in it while they stay below 2^21.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

Rounding = Callable[[torch.Tensor], torch.Tensor]


def to_nearest(x: torch.Tensor) -> torch.Tensor:
    """Half up: what ``protocol.truncation = exact`` does."""
    return torch.floor(x + 0.5)


def unrounded(x: torch.Tensor) -> torch.Tensor:
    return x


class Stochastic:
    """Unbiased rounding to one of the two neighbours: what ``protocol.truncation = dithered`` does with uniform masks."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return torch.floor(x + torch.rand(x.shape, generator=self.generator, dtype=torch.float64))


@dataclass(eq=False)
class Fixed:
    """A value with ``bits`` fractional bits. Like a private tensor's handle it is truncated at most once, in place; views take theirs from their source."""

    value: torch.Tensor
    bits: int
    source: Fixed | None = None
    map: Callable[[torch.Tensor], torch.Tensor] | None = None
    rounded: dict[int, torch.Tensor] = field(default_factory=dict)

    @property
    def shape(self) -> torch.Size:
        return self.value.shape


class Arithmetic:
    """Operations on Fixed. ``sites`` names each truncation, in program order; ``biased`` is the one whose results are one unit too large."""

    def __init__(self, precision: int, rounding: Rounding, biased: int | None = None) -> None:
        self.precision, self.rounding, self.biased = precision, rounding, biased
        self.sites: list[str] = []
        self.place = ""  # of the node that runs

    # Scales -------------------------------------------------------------------------------------------------------------

    def encode(self, x: torch.Tensor) -> Fixed:
        return Fixed(torch.round(x.double() * 2.0**self.precision) / 2.0**self.precision, self.precision)

    def truncated(self, x: Fixed, bits: int) -> torch.Tensor:
        """The value with at most ``bits`` fractional bits; x itself stays as it is, but is rounded the same way whenever it is asked again."""
        if x.bits <= bits:
            return x.value
        if x.source is not None:
            return x.map(self.truncated(x.source, bits))
        if bits not in x.rounded:
            self.sites.append(self.place)
            unit = 2.0**-bits
            x.rounded[bits] = self.rounding(x.value / unit) * unit + (unit if self.biased == len(self.sites) - 1 else 0)
        return x.rounded[bits]

    def at_most(self, x: Fixed, bits: int) -> None:
        if x.bits > bits:
            x.value, x.bits = self.truncated(x, bits), bits
            if x.source is not None:
                self.at_most(x.source, bits)
                x.source = x.map = None

    def align(self, xs: list[Fixed]) -> int:
        most = max(x.bits for x in xs)
        if most > 2 * self.precision and any(x.bits != most for x in xs):
            for x in xs:
                if x.bits > 2 * self.precision:
                    self.at_most(x, self.precision)
        return max(x.bits for x in xs)

    def rearranged(self, x: Fixed, view: Callable[[torch.Tensor], torch.Tensor]) -> Fixed:
        pending = x.bits > self.precision
        return Fixed(view(x.value), x.bits, x if pending else None, view if pending else None)

    # Numbers of the program ----------------------------------------------------------------------------------------------

    def exact_bits(self, number: float, most: int) -> int | None:
        return next((bits for bits in range(most + 1) if math.ldexp(number, bits).is_integer()), None)

    def times(self, x: Fixed, number: float, room: bool = True) -> Fixed:
        bits = self.precision + max(0, 1 - math.frexp(abs(number))[1]) if number else self.precision
        exact = self.exact_bits(number, bits)
        bits = min(bits if exact is None else exact, 62 - min(x.bits, 2 * self.precision))
        if room and bits > 0 and x.bits + bits > 2 * self.precision:
            self.at_most(x, self.precision)
        factor = round(math.ldexp(number, bits)) / 2.0**bits  # Python rounds halves to even, as encode does
        return Fixed(x.value * factor, x.bits + bits)

    def plus(self, x: Fixed, number: float) -> Fixed:
        if x.bits > 2 * self.precision:
            self.at_most(x, self.precision)
        exact = self.exact_bits(number, self.precision)
        bits = max(x.bits, self.precision if exact is None else exact)
        return Fixed(x.value + round(math.ldexp(number, bits)) / 2.0**bits, bits)

    # Operations ----------------------------------------------------------------------------------------------------------

    def add(self, x: Fixed, y: Fixed, sign: int = 1) -> Fixed:
        bits = self.align([x, y])
        return Fixed(x.value + sign * y.value, bits)

    def product(self, operation: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], x: Fixed, y: Fixed) -> Fixed:
        if x.bits + y.bits > 2 * self.precision:
            self.at_most(x, self.precision)
            self.at_most(y, self.precision)
        return Fixed(operation(x.value, y.value), x.bits + y.bits)

    def relu(self, x: Fixed) -> Fixed:
        return Fixed(self.truncated(x, self.precision).clamp(min=0), min(x.bits, self.precision))

    def hardtanh(self, x: Fixed, low: float, high: float) -> Fixed:
        def bits_of(number: float) -> int:
            exact = self.exact_bits(number, self.precision)
            return self.precision if exact is None else exact

        grid = max(min(x.bits, self.precision), bits_of(low), bits_of(high))
        low, high = (round(math.ldexp(b, grid)) / 2.0**grid for b in (low, high))
        return Fixed(self.truncated(x, grid).clamp(low, high), grid)

    def divide_by_count(self, x: Fixed, count: int) -> Fixed:
        log2 = count.bit_length() - 1
        power_of_two = count == 1 << log2
        if not power_of_two or x.bits + log2 > 62:
            self.at_most(x, self.precision)
        moved = Fixed(x.value / 2.0**log2, x.bits + log2)
        if power_of_two:
            return moved
        if 3 * log2 > 62 - 2 * self.precision:
            self.at_most(moved, self.precision)
        return self.times(moved, 2.0**log2 / count, room=False)
