#!/usr/bin/env python3
"""docs/faults.md: each fault by its id, the test cases of the last `make test` that stand for it, and what the long runs saw.

    tools/faults.py [FILE]   exit status 1 if a fault has no test
"""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path

import results

# id, what happens and what must follow, the tests that stand for it (as in tools/results.py), and the long run that repeats it.
FAULTS: list[tuple[str, str, str, str]] = [
    ("R1", "kill −9 of a party or the only dealer in the middle of a run: every survivor names it within 5 s and exits with an error", r"test_chaos::test_a_hit|test_a_killed|a killed peer is noticed|the loss of one peer|connection ends without last words", "chaos: party, SIGKILL; dealer, SIGKILL"),
    ("R2", "SIGSTOP: the same; who wakes learns that its session has ended; a second's stop is not noticed", r"a stopped peer is noticed|stops for one second|closing while the peer is stopped|test_chaos::test_a_hit", "chaos: party, SIGSTOP; dealer, SIGSTOP"),
    ("R3", "the network breaks, in both directions or in one, between parties or towards the dealer: named within 5 s; a cable that comes back at once is not noticed", r"test_partition::", ""),
    ("R4", "no false alarm: four spinning processes a core; a long computation of one party between rounds; idle sessions; late readers", r"test_no_false_alarm|test_a_slow_line|reads late|idle parties stay|is not read ahead", "soak: busy"),
    ("R5", "early end, exception, sys.exit, SIGTERM, Ctrl-C of a party: all others hear it by name", r"test_interruption::|PeerFinished|PeerAborted|an interrupt ends|test_chaos::test_a_hit", "chaos: party, early end; party, exception; party, sys.exit; party, SIGTERM; party, SIGINT"),
    ("R6", "a rank that does not come, or comes twice, is named", r"a missing rank is named|a rank that does not come|rendezvous ends at its time-out|second process of the same rank|a rank twice|rank that went away before", ""),
    ("R7", "messages of every size, in both directions at once, in pieces or whole", r"of any size and number of parties|in both directions at once|numbered|a message of more than 1 MiB", "long: large messages"),
    ("R8", "128 sessions in one dealer, beside a client that stalls and one that talks nonsense: every answer right", r"128 sessions in one dealer process|a client that does not read holds|one certificate cannot take", "long: 128 sessions"),
    ("R9", "a dealer's replica takes over in the middle of a run: the result is the same, bit for bit", r"next replica's complete|two dealers that both break|killed_and_started_again|test_chaos::test_a_hit", "chaos: replica, SIGKILL; replica, SIGSTOP; replica, SIGTERM"),
    ("R11", "many rounds, many sessions in one process: no memory, descriptor or thread is left, every value is right", r"test_soak::test_many", "soak: rounds; sessions"),
    ("R12", "a full disk: a named error, and nothing half-written is taken for whole", r"test_a_model_that_does_not_fit|test_certificates_that_do_not_fit|test_a_log_folder_that_is_full", ""),
    ("R13", "lists of faults in virtual time: no hang, no wrong result, the right rank named; a seed repeats a failure", r"lists of faults|planted defects are found|same run, event by event|same list on every machine|the lists strike", "long: simulation"),
    ("R14", "the launcher leaves no process, port or file, and shows what failed", r"test_nothing_is_left|test_no_orphan|does_not_survive_either|test_run_folder_is_removed|test_launch::", ""),
    ("S1", "wrong, expired, foreign and other ranks' certificates, on either side and at the dealer", r"certificate of the same authority|foreign authority|another rank's certificate|own certificate is checked|roster's ends the handshake|test_a_valid_certificate_of_another_rank|test_check_refuses_expired|test_dates|stranger_s_certificate|a party is not a service|service's identity is checked", ""),
    ("S2", "foreign protocols on a port", r"test_foreign_protocols|noise on the port|TLS on one side only|test_live_ports::", "fuzz: live ports"),
    ("S3", "another session, world, version, roster or setting on one side", r"configuration field that is compared|another library version|another protocol revision|another world size|run id, program and roster|another run or another world|plaintext and certificates", ""),
    ("S4", "programs that diverge: all ranks hear it in the same round, with both operations", r"programs diverge|test_diverging_programs|sends something else|test_divergence::", ""),
    ("S5", "replayed, reflected, reordered, truncated and changed messages", r"replayed, reordered|spoilt bytes|refused where they arrive|numbered|lists of faults", "long: simulation"),
    ("D1", "every decoder under coverage-guided fuzzing", r"^fuzz: |test_decoders::", "fuzz: targets"),
    ("D2", "garbage on live ports: the process lives, and a session takes place afterwards", r"test_live_ports::", "fuzz: live ports"),
    ("D3", "no decoder takes memory for what is not there", r"lengths that lie|^fuzz: |lie over one another|nested without end", "fuzz: targets"),
    ("D4", "sanitizers over the C++ suite", r"^address-|^thread-", ""),
    ("D5", "clang-tidy, hardened files", r"test_tidy::|test_hardening::", ""),
]
RUNS = {"chaos": "make chaos", "soak": "make soak", "long": "make long", "fuzz": "make fuzz"}


def records() -> dict[str, dict]:
    """What long runs left in docs: by their names."""
    return {name: json.loads(file.read_text()) for name in RUNS if (file := results.ROOT / "docs" / f"{name}.json").exists()}


def long_run(where: str, known: dict[str, dict]) -> str:
    """What a long run saw, in words."""
    if not where:
        return ""
    run, _, names = where.partition(": ")
    if run in ("long", "fuzz"):  # they pass or fail, and leave no figures
        return f"`{RUNS[run]}`"
    if run not in known:
        return f"not run (`{RUNS[run]}`)"
    wanted = names.split("; ")
    if run == "chaos":
        hits = [known[run]["hits"][name] for name in wanted if name in known[run]["hits"]]
        return f"{sum(hit['trials'] for hit in hits)} hits, none wrong; slowest {max(hit['longest_s'] for hit in hits):.2f} s" if hits else f"not run (`{RUNS[run]}`)"
    said = [f"{name}: " + ", ".join(f"{key} {value}" for key, value in known[run][name].items() if not isinstance(value, dict)) for name in wanted if name in known[run]]
    return "; ".join(said) or f"not run (`{RUNS[run]}`)"


def faults(file: Path | None) -> int:
    cases = results.all_cases()
    known = records()
    date = datetime.date.fromtimestamp((results.RESULTS / "blocks.txt").stat().st_mtime)
    lines = ["# Faults", "", f"Written by `make faults` from the results of `make test` ({date}) and of the long runs, whose figures are in `docs/*.json`.", ""]
    lines += ["| id | what happens, and what must follow | test cases | passed | failed | long runs |", "|---|---|---|---|---|---|"]
    missing = 0
    for name, what, pattern, where in FAULTS:
        found = results.standing_for(cases, pattern)
        passed = sum(case.outcome == "passed" for case in found)
        lines.append(f"| {name} | {what} | {len(found)} | {passed} | {len(found) - passed} | {long_run(where, known)} |")
        if not found:
            print(f"no test stands for {name}: {what}")
            missing += 1
    if file is not None:
        file.write_text("\n".join(lines) + "\n")
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(faults(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
