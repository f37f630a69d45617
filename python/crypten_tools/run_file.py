"""run.toml: who takes part in a run between organisations, where they are reached, and which certificates they have.

The same file lies in every bundle, and nothing in it is secret. Addresses may be edited, in every copy alike: no certificate depends on them.

    run_id = "9f1c…"

    [[party]]                                # rank 0; the others follow in order
    name = "alice"
    address = "alice.example.com:29500"      # where the others reach it
    fingerprint = "…"                        # SHA-256 of its certificate
    listen = "10.0.0.7:29500"                # optional: where it listens (default: the address's port, every interface)

    [[party]]                                # without an address: it dials the others, nobody dials it
    name = "bob"
    fingerprint = "…"

    [dealer]
    addresses = ["dealer.example.com:29510"]  # replicas, in the order in which they are tried
    fingerprint = "…"

A party dials all parties before it, so only the last one needs no address.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import tomllib
from collections.abc import Sequence
from typing import Any

NAME = re.compile(r"[a-z0-9]([a-z0-9_-]{0,30}[a-z0-9])?")
RESERVED = "dealer"


class RunFileProblem(Exception):
    """A run file that cannot be made or used: what is wrong, and what to do."""

    def __init__(self, what: str, todo: str) -> None:
        self.what, self.todo = what, todo
        super().__init__(f"{what}: {todo}")


@dataclasses.dataclass(frozen=True)
class Member:
    """One party. Without an address it only dials out."""

    name: str
    address: str | None = None
    fingerprint: str = ""
    listen: str | None = None


@dataclasses.dataclass(frozen=True)
class RunFile:
    """Parties by rank, dealers in the order in which they are tried."""

    run_id: str
    parties: tuple[Member, ...]
    dealers: tuple[str, ...]
    dealer_fingerprint: str

    def rank(self, name: str) -> int:
        """Raises RunFileProblem: nobody has this name."""
        for rank, party in enumerate(self.parties):
            if party.name == name:
                return rank
        names = ", ".join(party.name for party in self.parties)
        raise RunFileProblem(f"nobody in this run is called {name}", f"the parties are {names}")


def split_address(text: str) -> tuple[str, int]:
    """host and port; an IPv6 host stays in its brackets. Raises RunFileProblem."""
    host, _, port = text.rpartition(":")
    good = bool(host) and port.isascii() and port.isdecimal() and 0 < int(port) < 65536 and not re.search(r"[\s/]", text)
    if good and ":" in host:
        good = host.startswith("[") and host.endswith("]")
    if not good:
        raise RunFileProblem(f'"{text}" is not host:port', "write for example alice.example.com:29500 or [2001:db8::7]:29500")
    return host, int(port)


def listening_address(party: Member) -> str:
    """Where a party listens: on every interface, unless the file says otherwise; one that only dials out, nowhere that others see."""
    if party.listen:
        return party.listen
    return f"[::]:{split_address(party.address)[1]}" if party.address else "localhost:0"


def in_dialling_order(parties: Sequence[Member]) -> tuple[Member, ...]:
    """The party without an address last, where nobody needs to reach it. Raises RunFileProblem: there are two such."""
    hidden = [party for party in parties if party.address is None]
    if len(hidden) > 1:
        names = " and ".join(party.name for party in hidden)
        raise RunFileProblem(f"{names} only dial out, so they cannot meet", "give all parties but one an address at which the others reach them")
    return tuple([party for party in parties if party.address is not None] + hidden)


def check(run: RunFile) -> RunFile:
    """Returns it. Raises RunFileProblem: names, addresses or fingerprints that cannot be used."""
    names = [party.name for party in run.parties]
    for name in names:
        if not NAME.fullmatch(name) or name == RESERVED:
            raise RunFileProblem(f'"{name}" cannot be a party\'s name', f"use up to 32 lower-case letters, digits, - and _, and another word than {RESERVED}")
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise RunFileProblem(f"{twice[0]} is named twice", "give each party a name of its own")
    if in_dialling_order(run.parties) != run.parties:
        hidden = next(party.name for party in run.parties if party.address is None)
        raise RunFileProblem(f"{hidden} has no address and is not the last party", "the parties behind it could not reach it: give it an address, or make the run folder again")
    for text in [*(a for p in run.parties for a in (p.address, p.listen) if a is not None), *run.dealers]:
        split_address(text)
    if len(run.parties) > 1 and not run.dealers:
        raise RunFileProblem("no dealer is named", "two or more parties need one: name its address")
    for text in [*(party.fingerprint for party in run.parties), run.dealer_fingerprint]:
        if not re.fullmatch(r"[0-9a-f]{64}", text):
            raise RunFileProblem(f'"{text[:70]}" is no fingerprint', "it is the SHA-256 of a certificate, 64 hex digits; copy the file again")
    return run


def write(run: RunFile) -> str:
    """The file's text."""
    text = json.dumps  # of ASCII strings and lists of them, which TOML writes in the same way
    lines = ["# A run of several organisations. The same file lies in every bundle; nothing in it is secret.", f"run_id = {text(run.run_id)}", ""]
    for rank, party in enumerate(run.parties):
        lines += [f"[[party]]  # rank {rank}", f"name = {text(party.name)}"]
        if party.address is not None:
            lines.append(f"address = {text(party.address)}")
        if party.listen is not None:
            lines.append(f"listen = {text(party.listen)}")
        lines += [f"fingerprint = {text(party.fingerprint)}", ""]
    return "\n".join([*lines, "[dealer]", f"addresses = {text(list(run.dealers))}", f"fingerprint = {text(run.dealer_fingerprint)}", ""])


def _text(table: dict[str, Any], key: str, where: str, needed: bool = True) -> str | None:
    value = table.get(key)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or not value.isascii():
        raise RunFileProblem(f"{where} has no usable {key}", f'write {key} = "…"')
    return value


def read(path: pathlib.Path) -> RunFile:
    """Raises RunFileProblem: not readable, no TOML, something missing, or what check() refuses."""
    try:
        with path.open("rb") as file:
            tables = tomllib.load(file)
    except OSError as problem:
        raise RunFileProblem(f"{path} cannot be read ({problem.strerror})", "name the run.toml of your bundle; `crypten-cert init --party …` makes it") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise RunFileProblem(f"{path} is no TOML ({problem})", "copy the file again") from problem
    known = {"run_id", "party", "dealer"}
    if unknown := sorted(tables.keys() - known):
        raise RunFileProblem(f"{path} has an unknown entry {unknown[0]}", f"the entries are {', '.join(sorted(known))}")
    parties, dealer = tables.get("party"), tables.get("dealer")
    if not isinstance(parties, list) or not parties or not all(isinstance(party, dict) for party in parties) or not isinstance(dealer, dict):
        raise RunFileProblem(f"{path} has no [[party]] or no [dealer]", "copy the file again")
    addresses = dealer.get("addresses")
    if not isinstance(addresses, list) or not all(isinstance(address, str) for address in addresses):
        raise RunFileProblem(f"{path}: [dealer] has no addresses", 'write addresses = ["host:port"]')
    members = []
    for rank, party in enumerate(parties):
        where = f"{path}: party {rank}"
        if unknown := sorted(party.keys() - {field.name for field in dataclasses.fields(Member)}):
            raise RunFileProblem(f"{where} has an unknown entry {unknown[0]}", "its entries are name, address, listen, fingerprint")
        name, mark = _text(party, "name", where), _text(party, "fingerprint", where)
        members.append(Member(name or "", _text(party, "address", where, False), mark or "", _text(party, "listen", where, False)))
    run_id, mark = _text(tables, "run_id", str(path)), _text(dealer, "fingerprint", f"{path}: [dealer]")
    return check(RunFile(run_id or "", tuple(members), tuple(addresses), mark or ""))
