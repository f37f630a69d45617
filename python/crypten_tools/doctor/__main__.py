"""crypten doctor: looks for what keeps a run from working on this machine, and says what to do.

Without arguments it reads the environment of a run (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT, CRYPTEN_ADDRESSES, CRYPTEN_RUN_FOLDER, CRYPTEN_DEALER), as a party
would; with --run a bundle's run.toml instead. Exit status: 0, or 1 if a check failed. It sends nothing but a TLS handshake and the question for their version to the
dealer and to peers.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
from collections.abc import Iterator, Mapping

from crypten_tools.cert import CertificateProblem
from crypten_tools.doctor.address import Address, AddressProblem, number, own_address, parse
from crypten_tools.doctor.certificates import bundles, check_certificates
from crypten_tools.doctor.finding import Finding, Level, fail, ok
from crypten_tools.doctor.library import check_library
from crypten_tools.doctor.limits import check_limits
from crypten_tools.doctor.ports import check_port
from crypten_tools.doctor.reach import DEALER, check_reach
from crypten_tools.join import member
from crypten_tools.run_file import RESERVED, RunFile, RunFileProblem, listening_address, split_address

SECTIONS = ("library", "limits", "certificates", "ports", "dealer", "peers")


def _rank(environment: Mapping[str, str]) -> int | None:
    try:
        return number(environment, "RANK", 0, 1023)
    except AddressProblem:
        return None


def _ports(options: argparse.Namespace, environment: Mapping[str, str]) -> Iterator[Finding]:
    try:
        listed = [parse(text) for text in options.listen]
        own = own_address(environment)
    except AddressProblem as problem:
        yield fail("port", str(problem), "start with `crypten-launch`, or set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT as torchrun does")
        return
    for address in listed + ([own] if own else []):
        yield check_port(address)
    if not listed and not own:
        yield ok("port", "no address to listen on is given (RANK and WORLD_SIZE, or --listen)")


def _certificates(options: argparse.Namespace, environment: Mapping[str, str]) -> Iterator[Finding]:
    if options.run_folder:
        yield from check_certificates(pathlib.Path(options.run_folder), _rank(environment))
    elif environment.get("WORLD_SIZE", "1") not in ("", "1"):
        yield fail("certificates", "no folder is given", "set CRYPTEN_RUN_FOLDER or --run-folder to this party's bundle; `crypten-cert init` makes them")
    else:
        yield ok("certificates", "no folder is given (CRYPTEN_RUN_FOLDER or --run-folder); crypten-launch makes its own")


def _client_bundle(folder: pathlib.Path) -> pathlib.Path:
    """A party's bundle: the folder itself, or the first party of a run folder."""
    try:
        return next((bundle for bundle in bundles(folder) if bundle.name != "dealer"), folder)
    except OSError:
        return folder


def _dealer(options: argparse.Namespace, environment: Mapping[str, str]) -> Iterator[Finding]:
    if not options.dealer:
        if environment.get("WORLD_SIZE", "1") not in ("", "1"):
            yield fail("dealer", "no address is given, and two or more parties need a dealer", "set CRYPTEN_DEALER or --dealer; crypten-launch starts one itself")
        else:
            yield ok("dealer", "no address is given (CRYPTEN_DEALER or --dealer); crypten-launch starts its own")
        return
    for text in options.dealer.split(","):  # replicas
        try:
            address: Address = parse(text)
        except AddressProblem as problem:
            yield fail("dealer", str(problem), "write host:port, or several with commas between")
            continue
        yield check_reach(DEALER, address, _client_bundle(pathlib.Path(options.run_folder or "no-run-folder")), options.timeout)


def _peers(options: argparse.Namespace) -> Iterator[Finding]:
    bundle = _client_bundle(pathlib.Path(options.run_folder or "no-run-folder"))
    for text, expected in options.peer:
        try:
            yield check_reach("peer", parse(text), bundle, options.timeout, expected)
        except AddressProblem as problem:
            yield fail("peer", str(problem), "write host:port")
    if not options.peer:
        yield ok("peer", "nobody is named whom this party dials (--run or --peer)")


def _take_part(options: argparse.Namespace, run: RunFile, name: str) -> None:
    """What --run says, as if it had been said by the other options."""
    options.run_folder = str(pathlib.Path(options.run).parent)
    if name == RESERVED:
        options.listen += [f"[::]:{split_address(address)[1]}" for address in run.dealers[:1]]
        return
    rank = run.rank(name)
    options.dealer = ",".join(run.dealers)
    if rank + 1 < len(run.parties):  # the last one dials all others
        options.listen.append(listening_address(run.parties[rank]))
    options.peer += [(party.address, f"rank {of} ({party.name})") for of, party in enumerate(run.parties[:rank])]


def examine(options: argparse.Namespace, environment: Mapping[str, str]) -> Iterator[Finding]:
    """All findings, section by section."""
    for section in (section for section in SECTIONS if not options.only or section in options.only):
        match section:
            case "library":
                yield from check_library()
            case "limits":
                yield from check_limits()
            case "certificates":
                yield from _certificates(options, environment)
            case "ports":
                yield from _ports(options, environment)
            case "dealer":
                yield from _dealer(options, environment)
            case "peers":
                yield from _peers(options)


def main(arguments: list[str] | None = None) -> int:
    """The program `crypten doctor`."""
    parser = argparse.ArgumentParser(prog="crypten doctor", description="Looks for what keeps a run from working on this machine.")
    parser.add_argument("--run-folder", default=os.environ.get("CRYPTEN_RUN_FOLDER"), help="a bundle, or a run folder with all of them (default: CRYPTEN_RUN_FOLDER)")
    parser.add_argument("--dealer", default=os.environ.get("CRYPTEN_DEALER"), metavar="HOST:PORT,…", help="the dealer to reach, with all its replicas (default: CRYPTEN_DEALER)")
    parser.add_argument("--run", metavar="RUN.TOML", help="the run.toml of a bundle: instead of the environment and the options below")
    parser.add_argument("--peer", action="append", default=[], type=lambda text: (text, None), metavar="HOST:PORT", help="another party that should be listening")
    parser.add_argument("--listen", action="append", default=[], metavar="HOST:PORT", help="an address to listen on, beside the environment's")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds to wait for the dealer (default: 5)")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="this part only; may be repeated")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args(arguments)
    environment: Mapping[str, str] = os.environ
    counts = dict.fromkeys(Level, 0)
    try:
        if options.run is not None:
            environment = {}  # what another run has left there does not count
            _take_part(options, *member(pathlib.Path(options.run)))
        findings = examine(options, environment)
    except (RunFileProblem, CertificateProblem) as problem:
        findings = iter([fail("run file", problem.what, problem.todo or "make the run folder again")])
    for finding in findings:
        counts[finding.level] += 1
        text = json.dumps({"level": finding.level.value, "subject": finding.subject, "text": finding.text, "todo": finding.todo}) if options.json else finding.line()
        print(text, flush=True)
    if not options.json:
        print(f"{counts[Level.OK]} ok, {counts[Level.WARN]} warnings, {counts[Level.FAIL]} failures")
    return 1 if counts[Level.FAIL] else 0


if __name__ == "__main__":
    sys.exit(main())
