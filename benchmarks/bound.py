"""The bounds of a row: the time that its exact cost takes at the rates measured on this machine, in the same run, if nothing else took any.

As if each process had a machine of its own and the wire took no CPU:

    max(bytes / channel rate, products / kernel rate, PRG bytes / AES rate) + rounds · exchange time

And as the CPU time that all processes need for it together, spread over all cores of this one machine:

    (bytes · CPU time of a byte + exchanges · CPU time of an exchange + products / kernel rate + PRG bytes / AES rate) / cores
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Rates:
    """``channel``: bytes a second through one party, in and out together, over mutual TLS. ``kernel``: ring products a second on one core. ``prg``: AES-CTR bytes a second
    on one core. ``exchange``: seconds of a round trip of 8 bytes each way. ``byte_cpu``, ``exchange_cpu``: seconds of CPU time, of both ends together, for a byte of a long message
    and for such a round trip. ``cores``: that all processes share."""

    channel: float
    kernel: float
    prg: float
    exchange: float
    byte_cpu: float
    exchange_cpu: float
    cores: int

    @staticmethod
    def measured(exchange: dict[str, Any], kernels: dict[str, Any], cores: int) -> Rates:
        """From the JSON of benchmark-exchange (the bare stream: what the wire can do) and of benchmark-kernels (the fastest shape)."""
        bare = [row for row in exchange["results"] if row["variant"].startswith("bare")]
        best = {unit: max(row["rate"] for row in kernels["results"] if row["unit"] == unit and row["kernel"].startswith(kinds)) for unit, kinds in _KINDS.items()}
        return Rates(
            channel=2 * max(row["bytes_per_s"] for row in bare),  # figures are per direction, and both directions run at once
            kernel=best["GMAC/s"] * 1e9,
            prg=best["GB/s"] * 1e9,
            exchange=min(row["median_s"] for row in bare if row["bytes"] <= 64),
            byte_cpu=min(row["cpu_s"] / (2 * row["bytes"]) for row in bare if row["bytes"] > 64),
            exchange_cpu=min(row["cpu_s"] for row in bare if row["bytes"] <= 64),
            cores=cores,
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


@dataclass(frozen=True)
class Work:
    """Seconds, if all cores were always busy with nothing else, and the CPU time of each term."""

    seconds: float
    terms: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def bound(costs: Sequence[dict[str, int]], products: int, rates: Rates, prefetched: bool, runs: int = 1) -> Bound:
    """``costs``: exact, by rank. ``products`` of the plaintext operation: each party computes two such products (its share of the one factor with what is open of the other,
    both ways). PRG bytes: a party draws the masks of what it sends, and what others are sent by the dealer instead. ``prefetched``: the dealer's bytes came before.
    ``runs`` in a row: then the dealer sends to all parties in turn, and each gets its part."""
    dealt = [cost["dealer_bytes_received"] if runs == 1 else cost["dealer_bytes"] / len(costs) for cost in costs]
    through = max(cost["bytes_sent"] + cost["bytes_received"] + (0 if prefetched else own) for cost, own in zip(costs, dealt, strict=True))
    drawn = max(_drawn(cost, own) for cost, own in zip(costs, dealt, strict=True))
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


def work(costs: Sequence[dict[str, int]], products: int, rates: Rates, prefetched: bool) -> Work:
    """The least CPU time of all processes together. Unless ``prefetched`` the dealer is asked once by each party, draws what the parties draw, and computes the product of the masks."""
    asked = not prefetched and any(cost["dealer_bytes"] for cost in costs)
    sent = sum(cost["bytes_sent"] for cost in costs) + (costs[0]["dealer_bytes"] if asked else 0)
    exchanges = max(cost["rounds"] for cost in costs) * len(costs) * (len(costs) - 1) // 2 + (len(costs) if asked else 0)
    drawn = sum(_drawn(cost, cost["dealer_bytes_received"]) for cost in costs)
    terms = {
        "bytes": sent * rates.byte_cpu,
        "exchanges": exchanges * rates.exchange_cpu,
        "kernel": (2 * len(costs) + asked) * products / rates.kernel,
        "prg": (1 + asked) * drawn / rates.prg,
    }
    return Work(sum(terms.values()) / rates.cores, terms)


def _drawn(cost: dict[str, int], dealt: float) -> float:
    return cost["bytes_sent"] + cost["dealer_bytes"] - dealt
