"""What a process of a run is started with: its command, an environment of its own, free ports, the GPUs that the user has, the dealer's program."""

from __future__ import annotations

import os
import pathlib
import random
import socket
import sys

from crypten_tools.dealer import program as find_dealer

# Set for every process of a run; a value from outside must not reach a process that has none.
RENDEZVOUS = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
RENDEZVOUS += ("CRYPTEN_ADDRESSES", "CRYPTEN_RUN_FOLDER", "CRYPTEN_DEALER", "CRYPTEN_EMULATED_NETWORK")


class LaunchProblem(Exception):
    """Nothing was started, or not all; the message says why and what to do."""


def environment() -> dict[str, str]:
    """The user's, without what says where a process stands in a run."""
    return {key: value for key, value in os.environ.items() if key not in RENDEZVOUS}


def program_command(program: list[str]) -> list[str]:
    if program[0] == "-m":
        return [sys.executable, "-u", *program]
    if program[0].endswith(".py"):
        if not os.path.exists(program[0]):
            raise LaunchProblem(f"there is no script {program[0]}")
        return [sys.executable, "-u", *program]
    return program


def dealer_program() -> str:
    found = find_dealer()
    if not found:
        raise LaunchProblem("the program crypten-dealer was not found: build it (make build), or name it in CRYPTEN_DEALER_PROGRAM, or pass --no-dealer")
    return found


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on, outside the range from which the kernel takes ports for outgoing connections."""
    try:
        lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        lowest = 32768
    found: list[int] = []
    candidates = random.SystemRandom().sample(range(min(20000, lowest // 2), lowest), min(2000, lowest // 2))
    for port in candidates:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise LaunchProblem("no free ports on 127.0.0.1")


def visible_gpus() -> list[str]:
    """Those that the user's environment names; empty if it names none, so that all are visible."""
    return [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
