"""The bound of a row: the time that its exact cost takes at the rates measured on this machine, in the same run, if nothing else took any.

    max(bytes / channel rate, products / kernel rate, PRG bytes / AES rate) + rounds · exchange time
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Rates:
    """``channel``: bytes a second through one party, in and out together, over mutual TLS. ``kernel``: ring products a second on one core. ``prg``: AES-CTR bytes a second
    on one core. ``exchange``: seconds of a round trip of 8 bytes each way."""

    channel: float
    kernel: float
    prg: float
    exchange: float

    @staticmethod
    def measured(exchange: dict[str, Any], kernels: dict[str, Any]) -> Rates:
        """From the JSON of benchmark-exchange (the bare stream: what the wire can do) and of benchmark-kernels (the fastest shape)."""
        bare = [row for row in exchange["results"] if row["variant"].startswith("bare")]
        best = {unit: max(row["rate"] for row in kernels["results"] if row["unit"] == unit and row["kernel"].startswith(kinds)) for unit, kinds in _KINDS.items()}
        return Rates(
            channel=2 * max(row["bytes_per_s"] for row in bare),  # figures are per direction, and both directions run at once
            kernel=best["GMAC/s"] * 1e9,
            prg=best["GB/s"] * 1e9,
            exchange=min(row["median_s"] for row in bare if row["bytes"] <= 64),
        )


_KINDS = {"GMAC/s": ("matmul", "conv2d"), "GB/s": ("AES",)}


@dataclass(frozen=True)
class Bound:
    """Seconds, and which term they come from. 0 where an operation costs nothing that is counted."""

    seconds: float
    terms: dict[str, float]
    binding: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def bound(costs: Sequence[dict[str, int]], products: int, rates: Rates, prefetched: bool, runs: int = 1) -> Bound:
    """``costs``: exact, by rank. ``products`` of the plaintext operation: each party computes two such products (its share of the one factor with what is open of the other,
    both ways). PRG bytes: a party draws the masks of what it sends, and what others are sent by the dealer instead. ``prefetched``: the dealer's bytes came before.
    ``runs`` in a row: then the dealer sends to all parties in turn, and each gets its part."""
    dealt = [cost["dealer_bytes_received"] if runs == 1 else cost["dealer_bytes"] / len(costs) for cost in costs]
    through = max(cost["bytes_sent"] + cost["bytes_received"] + (0 if prefetched else own) for cost, own in zip(costs, dealt, strict=True))
    drawn = max(cost["bytes_sent"] + cost["dealer_bytes"] - own for cost, own in zip(costs, dealt, strict=True))
    rounds = max(cost["rounds"] for cost in costs)
    terms = {
        "channel": through / rates.channel,
        "kernel": 2 * products / rates.kernel,
        "prg": drawn / rates.prg,
        "rounds": rounds * rates.exchange,
    }
    throughput = max(("channel", "kernel", "prg"), key=terms.__getitem__)
    binding = max((throughput, "rounds"), key=terms.__getitem__)
    return Bound(terms[throughput] + terms["rounds"], terms, binding if terms[binding] > 0 else "none")
