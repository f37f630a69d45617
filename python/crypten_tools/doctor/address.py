"""host:port, as the environment of a run writes it, and what the system says about it."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Mapping


class AddressProblem(Exception):
    """Text that is no address, or a variable that is missing; the message says which."""


@dataclasses.dataclass(frozen=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def resolve(self) -> list[tuple[int, tuple]]:
        """Families and socket addresses. Raises socket.gaierror."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except UnicodeError:  # Python itself refuses such a name
            raise socket.gaierror(socket.EAI_NONAME, "no host name") from None
        return list(dict.fromkeys((family, where) for family, _, _, _, where in found))


def parse(text: str) -> Address:
    """host:port, with an IPv6 host in brackets. Raises AddressProblem."""
    host, colon, port = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise AddressProblem(f'"{text}" is not host:port')
    return Address(host, int(port))


def number(environment: Mapping[str, str], name: str, low: int, high: int) -> int:
    text = environment.get(name, "")
    if not text.isdecimal() or not low <= int(text) <= high:
        raise AddressProblem(f'{name} is "{text}", not a number from {low} to {high}' if text else f"{name} is not set")
    return int(text)


def own_address(environment: Mapping[str, str]) -> Address | None:
    """Where this party will listen, by the rules of a run: CRYPTEN_ADDRESSES, or MASTER_ADDR and MASTER_PORT + RANK. None: a party of one, or no run at all."""
    if not environment.get("RANK") and not environment.get("WORLD_SIZE"):
        return None
    world_size = number(environment, "WORLD_SIZE", 1, 1024)
    rank = number(environment, "RANK", 0, world_size - 1)
    if world_size == 1:
        return None
    if listed := environment.get("CRYPTEN_ADDRESSES"):
        addresses = listed.split(",")
        if len(addresses) != world_size:
            raise AddressProblem(f"CRYPTEN_ADDRESSES has {len(addresses)} addresses for a world of {world_size}")
        return parse(addresses[rank])
    host = environment.get("MASTER_ADDR")
    if not host:
        raise AddressProblem("MASTER_ADDR is not set")
    return Address(host.strip("[]"), number(environment, "MASTER_PORT", 1, 65536 - world_size) + rank)
