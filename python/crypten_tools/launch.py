"""crypten-launch: runs a program once for each party, and the dealer (or several replicas of it), on this machine.

    crypten-launch -n 2 script.py arguments…        (or a program instead of a script)
    crypten-launch --run run.toml script.py         this machine's part of a run of several organisations (join.py)

Every process learns its rank from the environment, with torchrun's names (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT), and finds its certificates, made for this
run, in CRYPTEN_RUN_FOLDER. Output is prefixed with the rank. The first failure wins: it stops all, is printed last, and gives the exit status (128 + signal for a
signal). SIGINT, SIGTERM and SIGHUP are passed on once; a second one kills. Nothing survives the launcher, even when it is killed with SIGKILL.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import tempfile

from crypten_tools.cert import CertificateProblem, create_run_folder
from crypten_tools.chaos import Chaos
from crypten_tools.guardian import Guardian
from crypten_tools.join import join
from crypten_tools.local_run import LocalRun
from crypten_tools.network import Network
from crypten_tools.run_file import RunFileProblem
from crypten_tools.start import LaunchProblem, environment, program_command, visible_gpus


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="crypten-launch", description="Runs a program once for each party, and the dealer, on this machine.")
    parser.add_argument("-n", "--parties", type=int, help="number of parties, all on this machine")
    parser.add_argument("--run", metavar="RUN.TOML", help="take one party's part, or the dealer's, in a run of several machines: the run.toml of the bundle that `crypten-cert init --party …` made for it")
    parser.add_argument("--party", metavar="NAME", help="with --run: who this is; an error if the bundle is another one's")
    parser.add_argument("--replica", type=int, default=1, help="with --run, for a dealer: which of its addresses is this machine's (default: 1)")
    parser.add_argument("--dealer", action=argparse.BooleanOptionalAction, default=True, help="start a dealer (default)")
    parser.add_argument("--dealers", type=int, default=1, help="how many replicas of the dealer to start, which stand in for one another (default: 1)")
    parser.add_argument("--gpus", type=int, metavar="N", help="this machine's first N GPUs (of those that CUDA_VISIBLE_DEVICES names): rank r sees number r mod N alone, as cuda:0")
    parser.add_argument("--run-folder", help="bundles made by `crypten-cert init`; default: made for this run and removed after it")
    parser.add_argument("--timeout", type=float, help="stop everything after so many seconds, with status 124")
    parser.add_argument("--chaos", metavar="seed=7,kill,stop", help="to see how the program fails: kill or stop one of the processes, the dealer among them, at a moment that follows from the seed (within=SECONDS: the latest, default 5)")
    parser.add_argument("--network", metavar="wan|rtt=40ms,rate=100Mbps", help="emulate a network between all processes: its round-trip time and its rate (wan: 40 ms and 100 Mbps; lan: 0.5 ms and 1 Gbps)")
    parser.add_argument("--log-dir", help="also write each process's output to a file there")
    parser.add_argument("--ranks", help="show the output of these ranks only, with commas between")
    parser.add_argument("program", nargs=argparse.REMAINDER, help="script.py or program, and its arguments; -m module after --")
    options = parser.parse_args(arguments)
    if options.program[:1] == ["--"]:
        options.program = options.program[1:]
    if options.run is not None:
        local = ("parties", "dealers", "gpus", "run_folder", "timeout", "chaos", "network", "log_dir", "ranks")
        if given := [name for name in local if getattr(options, name) != parser.get_default(name)]:
            parser.error(f"--{given[0].replace('_', '-')} is for runs on one machine; --run starts one process, whose output, signals and end are its own")
        return options
    if options.party is not None or options.replica != 1:
        parser.error("--party and --replica go with --run")
    if options.parties is None or options.parties < 1 or options.dealers < 1 or not options.program:
        parser.error("a number of parties and of dealers of at least 1 and a program are needed")
    if options.gpus is not None and not 1 <= options.gpus <= len(visible_gpus() or range(options.gpus)):
        parser.error(f"--gpus {options.gpus}: give at least 1, and no more than CUDA_VISIBLE_DEVICES names")
    try:
        options.chaos = None if options.chaos is None else Chaos.parse(options.chaos)
        options.network = None if options.network is None else Network.parse(options.network)
    except ValueError as problem:
        parser.error(str(problem))
    return options


def _join(options: argparse.Namespace) -> int:
    """Becomes this member's program. Returns only if that is not possible."""
    try:
        join(pathlib.Path(options.run), options.party, options.replica, program_command(options.program) if options.program else [], environment())
    except (LaunchProblem, RunFileProblem, CertificateProblem, OSError) as problem:
        print(f"crypten-launch: {problem}", file=sys.stderr)
    return 1


def main(arguments: list[str] | None = None) -> int:
    """The program `crypten-launch`."""
    options = _parse(arguments)
    if options.run is not None:
        return _join(options)
    if options.log_dir:
        os.makedirs(options.log_dir, exist_ok=True)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None  # keys need not reach a disk
    guardian = Guardian()
    with tempfile.TemporaryDirectory(prefix="crypten-run-", dir=memory) as temporary:
        guardian.remove_later(temporary)
        folder = pathlib.Path(options.run_folder) if options.run_folder else pathlib.Path(temporary) / "run"
        local = LocalRun(options, folder, guardian)
        try:
            if not options.run_folder:
                create_run_folder(folder, options.parties)
            status = local.run()
        except (CertificateProblem, OSError) as problem:
            print(f"crypten-launch: {problem}", file=sys.stderr)
            status = 1
    guardian.dismiss()
    return status


if __name__ == "__main__":
    sys.exit(main())
