"""crypten-launch --run run.toml: this machine's part of a run of several organisations.

    crypten-launch --run alice/run.toml script.py arguments…     a party: the program, with rank, addresses and certificates in its environment
    crypten-launch --run dealer/run.toml                         the dealer (--replica 2: the second one)

The bundle beside run.toml says whose part it is; --party only confirms it. The launcher becomes the program: output, signals and exit status are the program's own.
"""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping, Sequence

from crypten_tools.cert import check_bundle
from crypten_tools.dealer import program as dealer_program
from crypten_tools.run_file import RESERVED, Member, RunFile, RunFileProblem, listening_address, read, split_address

NOWHERE = "dials-out.invalid:1"  # in the place of an address that nobody needs


def _owner(bundle: pathlib.Path) -> str:
    check_bundle(bundle)  # one key, which fits the certificate, the roster and the date
    (key,) = (path for path in bundle.glob("*.key") if path.name != "master.key")
    return key.stem


def _compare(run: RunFile, bundle: pathlib.Path) -> None:
    """The pins of run.toml are those of the roster, by which the parties know one another."""
    roster = json.loads((bundle / "roster.json").read_text())
    pins = [party["fingerprint"] for party in roster["parties"]]
    if roster["run_id"] != run.run_id or pins != [party.fingerprint for party in run.parties] or roster["dealer"]["fingerprint"] != run.dealer_fingerprint:
        raise RunFileProblem("run.toml and roster.json name different certificates", "copy the bundle again, whole; only addresses may be edited in run.toml")


def member(path: pathlib.Path, claimed: str | None = None) -> tuple[RunFile, str]:
    """The run, and who this bundle is: a party's name or "dealer". Raises RunFileProblem, CertificateProblem."""
    run = read(path)
    owner = _owner(path.parent)
    _compare(run, path.parent)
    name = RESERVED if owner == RESERVED else run.parties[int(owner.removeprefix("party-"))].name
    if claimed is not None and claimed != name:
        if claimed != RESERVED:
            run.rank(claimed)  # a wrong name is said to be one
        raise RunFileProblem(f"the bundle beside {path} is that of {name}, not of {claimed}", f"use the bundle that was made for {claimed}, or pass --party {name}")
    return run, name


def party_environment(run: RunFile, rank: int, bundle: pathlib.Path) -> dict[str, str]:
    """What rendezvous_from_environment() reads. The own address is where this party listens, the others are where they are reached."""

    def address(of: int, party: Member) -> str:
        return listening_address(party) if of == rank else party.address or NOWHERE

    return {
        "RANK": str(rank),
        "WORLD_SIZE": str(len(run.parties)),
        "CRYPTEN_ADDRESSES": ",".join(address(of, party) for of, party in enumerate(run.parties)),
        "CRYPTEN_DEALER": ",".join(run.dealers),
        "CRYPTEN_RUN_FOLDER": str(bundle.absolute()),
    }


def dealer_command(run: RunFile, bundle: pathlib.Path, replica: int) -> list[str]:
    """Raises RunFileProblem: there is no such replica, or no program."""
    if not 1 <= replica <= len(run.dealers):
        raise RunFileProblem(f"there is no replica {replica}", f"run.toml names {len(run.dealers)} dealer(s)")
    found = dealer_program()
    if not found:
        raise RunFileProblem("the program crypten-dealer was not found", "build it (make build), or name it in CRYPTEN_DEALER_PROGRAM")
    port = split_address(run.dealers[replica - 1])[1]
    return [found, "--listen", f"[::]:{port}", "--run-folder", str(bundle), "--master-key", str(bundle / "master.key")]


def join(path: pathlib.Path, claimed: str | None, replica: int, command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Becomes this member's program. Raises RunFileProblem, CertificateProblem, OSError; otherwise it does not return."""
    run, name = member(path, claimed)
    if name == RESERVED:
        if command:
            raise RunFileProblem("a dealer runs no program of yours", "leave the program away, or use a party's bundle")
        argv = dealer_command(run, path.parent, replica)
        os.execve(argv[0], argv, dict(environment))
    if not command:
        raise RunFileProblem(f"no program is given for {name}", "write it behind the options")
    os.execvpe(command[0], list(command), dict(environment) | party_environment(run, run.rank(name), path.parent))

