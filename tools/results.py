#!/usr/bin/env python3
"""Reads the JUnit files that tools/test.sh leaves in build/results: what failed, how long each block took, how many cases passed.

    tools/results.py summary            the failures, a table of minutes per block, and the line "N passed, N failed"; exit status 1 if any failed
    tools/results.py hardening [FILE]   docs/hardening.md: what is tested against attacks and accidents, with counts and results; exit status 1 if a row has no test
"""

from __future__ import annotations

import datetime
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "build" / "results"


@dataclass(frozen=True)
class Case:
    suite: str
    name: str
    outcome: str  # passed, failed or skipped
    text: str


def read(file: Path) -> list[Case]:
    cases = {}
    try:
        elements = list(ElementTree.parse(file).iter("testcase"))
    except ElementTree.ParseError:  # the program was killed, or broke off
        return [Case(file.stem, "results", "failed", f"{file.name} ends in the middle")]
    for element in elements:
        # Catch2 has one element for each section of a case, "case" or "case/section"; pytest one for each parameter.
        name = f"{element.get('classname', '')}::{element.get('name', '')}" if file.stem == "python" else element.get("name", "").split("/")[0]
        kinds = [child.tag for child in element]
        outcome = "failed" if {"failure", "error"} & set(kinds) else "skipped" if "skipped" in kinds else "passed"
        text = "\n".join((child.get("message") or "") + (child.text or "") for child in element if child.tag in ("failure", "error"))
        known = cases.get(name)
        if known is None or known.outcome != "failed":
            cases[name] = Case(file.stem, name, outcome, text)
    return list(cases.values())


def all_cases() -> list[Case]:
    return [case for file in sorted(RESULTS.glob("*.xml")) for case in read(file)]


def standing_for(cases: list[Case], pattern: str) -> list[Case]:
    """The cases that ran and whose "suite: name" the pattern finds. Instrumented runs repeat tests: they count where a pattern begins with their suite only."""
    instrumented = pattern.startswith(("^address-", "^thread-"))
    return [case for case in cases if ("-" in case.suite) == instrumented and case.outcome != "skipped" and re.search(pattern, f"{case.suite}: {case.name}")]


def in_block(case: Case, block: str) -> bool:
    """Instrumented runs of several programs are one block: address-comm, address-mpc, …"""
    return case.suite == block or case.suite.startswith(block + "-")


def minutes(cases: list[Case]) -> list[tuple[str, int, float, str]]:
    """For each block of the run: its name, its cases, its minutes, its exit status."""
    rows = []
    for line in (RESULTS / "blocks.txt").read_text().splitlines():
        name, seconds, status = line.split()
        rows.append((name, sum(in_block(case, name) and case.outcome != "skipped" for case in cases), int(seconds) / 60, status))
    return rows


def minutes_side_by_side() -> float:
    """Of all blocks but the build, which run in two rows."""
    return int((RESULTS / "elapsed.txt").read_text()) / 60


def summary() -> int:
    cases = all_cases()
    for case in cases:
        if case.outcome == "failed":
            print(f"FAILED {case.suite}: {case.name}\n{case.text}\n")
    failed = sum(case.outcome == "failed" for case in cases)
    print(f"{'block':<24}{'cases':>7}{'minutes':>9}")
    for name, number, took, status in minutes(cases):
        print(f"{name:<24}{number or '':>7}{took:>9.1f}{'' if status == '0' else '  FAILED'}")
        # A block that broke without a failed case of its own is a failure all the same.
        if status != "0" and not any(in_block(case, name) and case.outcome == "failed" for case in cases):
            failed += 1
    print(f"{'all but the build':<24}{'':>7}{minutes_side_by_side():>9.1f}  (side by side)")
    print(f"{sum(case.outcome == 'passed' for case in cases)} passed, {failed} failed")
    return int(failed > 0)


# What is claimed, and the names of the tests (a regular expression over "suite: name") that stand for it.
CLAIMS: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "Bad input",
        [
            ("shapes and ranks that do not fit", r"test_shapes_that_do_not_fit|test_ranks_that_disagree_about_a_shape|sizes that do not fit|another shape on one rank"),
            ("a tensor of another session", r"test_tensors_of_another_session"),
            ("use after close", r"test_use_after_close|after close and after abort|test_closed_sessions"),
            ("two threads on one party", r"test_two_threads_on_one_party"),
            ("another configuration, version, world or program on one rank", r"configuration field that is compared|another library version|another protocol revision|another world size|programs diverge|test_diverging_programs|run id, program and roster|sends something else"),
            ("wrong, expired, foreign or another rank's certificate", r"certificate of the same authority|foreign authority|another rank's certificate|own certificate is checked|roster's ends the handshake|test_a_valid_certificate_of_another_rank|test_check_refuses_expired|test_dates|stranger_s_certificate"),
            ("no certificates, or readable by others", r"without_certificates|without certificates|a key that others may read|master key that others may read|master key that only its owner may read"),
            ("a missing dealer", r"test_two_parties_without_a_dealer|test_a_missing_dealer_program|test_a_dealer_that_does_not_start"),
            ("a dealer started with a party's certificate", r"test_a_party_in_the_dealer_s_place|a party is not a service"),
            ("a port that is taken", r"a taken port|test_ports"),
            ("a rank that does not come", r"a missing rank is named|a rank that does not come|rendezvous ends at its time-out"),
            ("the same rank twice", r"second process of the same rank|a rank twice"),
            ("NaN, infinity, numbers out of range", r"test_values_that_cannot_be_encoded|test_public_operands_that_cannot_be_encoded|test_encoding_refuses"),
            ("tensors without elements, without dimensions, of any layout, or huge", r"test_tensors_without_elements|test_products_and_maxima_of_nothing|test_numbers_without_dimensions|test_layouts|test_impossible_sizes|test_huge_tensors"),
            ("truncated and damaged model files", r"test_files::test_(every_truncation|every_flipped|structures)|test_damaged_files"),
            ("every decoder of the network, fuzzed: never a crash, an unnamed error, or memory for what is not there; what decodes encodes to the same bytes", r"^fuzz: (frame|tensor|handshake|handshake_message|last_words|dealer_greeting|request|dealer|correction)$"),
            ("every decoder of files, fuzzed: model, roster, certificates, settings, run.toml", r"^fuzz: (graph|roster|certificate|configuration)$|test_decoders::"),
            ("defects planted for the fuzzers are found", r"^fuzz: planted defect"),
            ("thousands of inputs on live ports: random bytes, broken HTTP/2, calls with mutated bodies", r"test_live_ports::"),
            ("model files that would take many times their size, or whose structure has no end", r"lie over one another|nested without end|can be shown"),
            ("garbage and foreign protocols on every port", r"test_foreign_protocols|noise on the port|bytes that are no handshake"),
            ("Ctrl-C, SIGTERM and exceptions in every phase", r"test_who_is_hit_ends|test_ctrl_c_ends|test_signals_are_forwarded|test_an_exception_in_one_party|an interrupt ends"),
            ("nothing is left: no process, port or file", r"test_nothing_is_left|test_no_orphan|does_not_survive_either|test_run_folder_is_removed"),
            ("a full disk", r"test_a_model_that_does_not_fit|test_certificates_that_do_not_fit|test_a_log_folder_that_is_full"),
            ("files that another user may not read", r"test_what_another_user_may_not_read|test_the_doctor_and_the_tools_as_another_user"),
            ("malformed frames, hellos, requests and last words", r"refused where they arrive|spoilt bytes|replayed, reordered|truncated and extended requests|mutated requests|lengths that lie|hello cannot make|last words that end early|message that ends anywhere too early"),
            ("every error has a code, four facts and a page", r"test_every_code_is_documented|test_every_documented_code|test_codes_are_documented_once|test_code_and_facts|test_messages_hold_no_values"),
        ],
    ),
    (
        "Faults in the middle of a run",
        [
            ("a party or the dealer is killed, stopped, interrupted, or ends early at a random round: all others know by name within 5 s", r"test_chaos::test_a_hit|test_a_killed|a killed peer|a stopped peer"),
            ("1,000 lists of faults in virtual time: no hang, no wrong result, the right rank named; defects planted in a channel are found", r"simulation|lists of faults|planted defects are found|same run, event by event|same list on every machine|the lists strike"),
            ("no false alarm: a pause of a second, a peer that reads late, long idle times", r"stops for one second|reads late|idle parties stay|is not read ahead"),
            ("a dealer's replica takes over, bit for bit, wherever the answers broke off", r"next replica's complete|two dealers that both break|killed_and_started_again"),
            ("the loss of the dealer is told to all", r"told to the witness|test_a_killed_dealer"),
            ("a dealer that is told to stop completes what clients are in the middle of; probes and metrics say so", r"a dealer that is told to stop|a service that drains|test_metrics_and_health"),
            ("128 sessions in one dealer, beside a client that does not read and one that talks nonsense: every answer is right", r"128 sessions in one dealer process"),
            ("places and memory of a dealer are bounded for each client, with a named refusal", r"one certificate cannot take|more clients than allowed|one rank of one session has few|more than half of the dealer's memory|a client that does not read holds|test_a_full_dealer"),
        ],
    ),
    (
        "Planted defects, each found by the examination that passes without it",
        [
            ("a mask that hides two values", r"Planted: a mask that hides"),
            ("an in-place write that keeps a cached opening", r"Planted: an in-place write"),
            ("zero shares between ring neighbours only, four parties", r"Planted: zero shares between"),
            ("encrypt and reveal without zero shares", r"Planted: encrypt and reveal without"),
            ("one zero share used twice", r"Planted: one zero share"),
            ("an unmasked top bit", r"Planted: the top bit"),
            ("an opening of k bits sent as 64", r"Planted: an opening of 3 bits"),
            ("a correction to the wrong rank", r"Planted: a correction that reaches"),
            ("a correction repeated for another request", r"Planted: a correction repeated"),
            ("a constant seed", r"Planted: a constant seed"),
            ("truncation by local shifts", r"Planted: truncation by a shift"),
            ("two sign conventions on one position", r"Planted: two sign conventions"),
            ("a correction in clear on an unrevealed truncation", r"Planted: a correction in clear"),
            ("mask bits of a comparison; the dealer's values on a mask's stream", r"Planted: (mask bits|what the dealer)"),
        ],
    ),
    (
        "Secrecy: every assignment of small rings, over the production code",
        [
            ("sharing, sums, reveals; every coalition of two, three and four parties", r"Secrecy: .*(coalition|revealed to one rank|shared words, revealed)"),
            ("products, cached openings, plans", r"Secrecy: .*(multiply|product|factor|opened under two masks|what is open|static operand)"),
            ("truncation", r"Secrecy: .*truncate|By design: a revealed truncation"),
            ("comparison, ReLU, maximum", r"Secrecy: .*(compare|x < y|thresholds|ReLU|maximum|corrections are uniform|serves a truncation)"),
            ("bits, words, select, conversions", r"Secrecy: .*(AND|bit to ring|masked bits|shared words become)"),
            ("the examination itself", r"Enumerated words|Codes are equal|Views that differ|A reveal is safe|A wrong result"),
        ],
    ),
    (
        "Secrecy: no branch and no address of a party depends on its secrets (valgrind)",
        [
            ("every verb of the cost table, two and three parties", r"^memcheck: Control flow: every verb"),
            ("inputs of reals, verbs without a row; what is opened is public", r"^memcheck: Control flow: (inputs of reals|what is opened|bytes that)"),
            ("planted branches and addresses are found", r"^memcheck: Control flow: a branch on a secret"),
        ],
    ),
    (
        "Package",
        [
            ("hardened files", r"test_hardening::"),
            ("imports in every order, the wheel's torch, type stubs", r"test_package::|test_stubs|test_the_stub_is_complete|test_typed_package|test_another_torch|test_import_order"),
            ("crypten doctor", r"test_doctor"),
        ],
    ),
    (
        "Instrumented runs and analysis",
        [
            ("AddressSanitizer and UndefinedBehaviorSanitizer over crypten_core", r"^address-crypten_core:"),
            ("… over comm", r"^address-comm(_grpc)?:"),
            ("… over mpc", r"^address-mpc:"),
            ("ThreadSanitizer over comm", r"^thread-comm(_grpc)?:"),
            ("… over mpc", r"^thread-mpc:"),
            ("clang-tidy: a planted finding of each family is found", r"test_tidy::"),
        ],
    ),
]


def hardening(file: Path | None) -> int:
    cases = all_cases()
    lines = ["# What is tested against attacks and accidents", "", "Written by `make hardening` from the results of `make test`.", ""]
    missing = 0
    for title, rows in CLAIMS:
        lines += [f"## {title}", "", "| what | test cases | passed | failed |", "|---|---|---|---|"]
        for what, pattern in rows:
            found = standing_for(cases, pattern)
            passed = sum(case.outcome == "passed" for case in found)
            lines.append(f"| {what} | {len(found)} | {passed} | {len(found) - passed} |")
            if not found:
                print(f"no test stands for: {title}: {what}")
                missing += 1
        lines.append("")
    if file is not None:
        date = datetime.date.fromtimestamp((RESULTS / "blocks.txt").stat().st_mtime)
        lines += [f"## The run: {date}, {os.cpu_count()} cores", "", "| block | test cases | minutes |", "|---|---|---|"]
        lines += [f"| {name} | {number or ''} | {took:.1f} |" for name, number, took, _ in minutes(cases)]
        lines += [f"| all but the build, side by side | | {minutes_side_by_side():.1f} |", ""]
    coverage = ROOT / "build-coverage" / "coverage.json"
    if file is not None and coverage.exists():
        reached = json.loads(coverage.read_text())
        lines += [f"Lines of `comm` and `mpc` that the C++ tests reach (`make coverage`): {reached['line_covered']} of {reached['line_total']}, {reached['line_percent']} %.", ""]
    if file is not None:
        file.write_text("\n".join(lines).rstrip() + "\n")
    return int(missing > 0)


if __name__ == "__main__":
    if sys.argv[1:] == ["summary"]:
        sys.exit(summary())
    if sys.argv[1:2] == ["hardening"]:
        sys.exit(hardening(Path(sys.argv[2]) if len(sys.argv) > 2 else None))
    sys.exit(__doc__)
