"""One party of the project itself: `crypten-launch -n 2 -- -m benchmarks.ours --control SOCKET [--plaintext]`."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import crypten_cpp as crypten
from benchmarks import memory, models, operations
from benchmarks.control import serve
from benchmarks.operations import Row

BARRIERS = 5  # before a run: also wakes what has fallen asleep
WAITS = {"peer": "wait_seconds", "dealer": "dealer_wait_seconds"}
COSTS = ("rounds", "bytes_sent", "bytes_received", "dealer_bytes", "dealer_bytes_received")


def share(values: list[np.ndarray]) -> list[crypten.CrypTensor]:
    """Inputs that nothing is known of yet: the first belongs to rank 0, the last to rank 1."""
    return [crypten.cryptensor(torch.from_numpy(v), src=min(i, 1)) for i, v in enumerate(values)]


def in_one_call(fn: Callable[[], Any]) -> Any:
    """fn() as a call of a plan, which decides anew which rank the dealer sends what, so that it does not depend on what ran before. The call ends by an exception, so
    nothing is asked for ahead."""

    class Ended(Exception):
        pass

    results = []

    def call() -> None:
        results.append(fn())
        raise Ended

    try:
        crypten.plan(call)()
    except Ended:
        pass
    return results[0]


class Party:
    def __init__(self) -> None:
        self.row: Row | None = None
        self.inputs: list[np.ndarray] = []
        self.program: Callable[..., Any] | None = None

    def versions(self) -> dict[str, Any]:
        return {"crypten_cpp": crypten.__version__, "torch": torch.__version__}

    def process(self) -> dict[str, Any]:
        return {"process": os.getpid()}

    def prepare(self, name: str) -> dict[str, Any]:
        """Runs the row once, to warm up, and once more for its result and its exact cost."""
        self.row = operations.row_named(name)
        self.inputs = operations.inputs(self.row)
        self.program, wanted = self._program(self.row)
        self.program(*share(self.inputs))
        tensors = share(self.inputs)
        before = crypten.communication_stats()
        started = time.perf_counter()
        result = in_one_call(lambda: self.program(*tensors))
        first = started, time.perf_counter()
        after = crypten.communication_stats()
        found = result.get_plain_text().numpy()
        return operations.judge(self.row, found, wanted) | {"first": first, "costs": {name: after[name] - before[name] for name in COSTS}}

    def measure(self, variant: str, samples: int, runs: int, settle: float) -> dict[str, Any]:
        """Samples of ``runs`` runs in a row, each run on inputs of its own that nothing is known of yet; prefetched: all runs of a sample are one call of a plan.
        ``settle``: seconds for answers that were asked for ahead to arrive, before a sample. ``waits``: seconds of each sample."""
        call = crypten.plan(self._in_a_row) if variant == "prefetched" else self._in_a_row
        spans, waits = [], {name: [] for name in WAITS}
        if variant == "prefetched":  # records what to ask for ahead
            call(self._batch(runs))
        for _ in range(samples):
            batch = self._batch(runs)
            if variant == "prefetched":
                time.sleep(settle)
            for _ in range(BARRIERS):
                self._barrier()
            before = crypten.communication_stats()
            started = time.perf_counter()
            call(batch)
            spans.append((started, time.perf_counter()))
            after = crypten.communication_stats()
            for name, counter in WAITS.items():
                waits[name].append(after[counter] - before[counter])
            self._barrier()  # what comes next is not to disturb who has not ended
        if variant == "prefetched":
            self._drain()
        return {"samples": spans, "waits": waits}

    def _batch(self, runs: int) -> list[list[crypten.CrypTensor]]:
        return [share(self.inputs) for _ in range(runs)]

    def _in_a_row(self, batch: list[list[crypten.CrypTensor]]) -> None:
        """Inputs stay until the sample has ended: giving them back is no part of a run."""
        for tensors in batch:
            self.program(*tensors)

    def _program(self, row: Row) -> tuple[Callable[..., Any], np.ndarray]:
        if not row.is_model:
            return operations.TENSOR_PROGRAMS[row.operation], operations.expected(row, self.inputs)
        model = models.load(row.operation)
        graph = crypten.nn.from_pytorch(model, torch.zeros(row.shapes[0])).encrypt(src=0)
        with torch.no_grad():
            return graph, model(torch.from_numpy(self.inputs[0])).double().numpy()

    @staticmethod
    def _drain() -> None:
        """Waits for all answers that the last sample asked for ahead, so that no later count has them: the dealer answers in order, and each of the two ranks is sent
        one of these."""
        x = crypten.cryptensor(torch.zeros(1), src=0)
        in_one_call(lambda: (x * x, x * x))

    @staticmethod
    def _barrier() -> None:
        crypten.cryptensor(torch.zeros(1), src=0).reveal()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--control", required=True)
    parser.add_argument("--plaintext", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    crypten.init({"communicator.insecure_plaintext": options.plaintext})
    party = Party()
    commands = {"versions": party.versions, "process": party.process, "prepare": party.prepare, "measure": party.measure, "memory": memory.of_model}
    serve(options.control, crypten.rank(), commands)
    crypten.uninit()


if __name__ == "__main__":
    main()
