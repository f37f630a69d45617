"""One party of CrypTen 0.4.1, or its trusted third party: `python -m benchmarks.crypten_peer --control SOCKET --rank R --rendezvous FILE`, in CrypTen's own environment.

Provider TTP: a third process deals, which is the trust this project asks for too. Its own transport is gloo, without encryption.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.onnx

from benchmarks import models, operations
from benchmarks.control import serve
from benchmarks.operations import Row

# CrypTen 0.4.1 was written for torch's former ONNX exporter, and imports a module that newer versions of torch keep elsewhere, of which it uses nothing.
torch.onnx.export = functools.partial(torch.onnx.export, dynamo=False)
_shim = types.ModuleType("torch.onnx._internal.registration")
_shim.registry = None
sys.modules.setdefault(_shim.__name__, _shim)

import crypten  # noqa: E402: after the shim
from crypten.config import cfg  # noqa: E402


def by_row(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(x.view(-1, 64))


def halves(x: Any, function: Callable[[Any, Any], Any], width: int = 64) -> Any:
    rows = x.view(-1, 2, width)
    return function(rows[:, 0], rows[:, 1])


# The rows of functions.py that CrypTen has a method for, and GELU and SiLU as its model importer composes them.
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda x: x.sigmoid(), "tanh": lambda x: x.tanh(), "erf": lambda x: x.erf(), "GELU": lambda x: 0.5 * x * (1 + (x * 0.5**0.5).erf()), "SiLU": lambda x: x * x.sigmoid(),
    "sin": lambda x: x.sin(), "cos": lambda x: x.cos(), "exp, x ≤ 0": lambda x: x.exp(), "exp, to e^20": lambda x: x.exp(), "log": lambda x: x.log(), "reciprocal": lambda x: x.reciprocal(),
    "reciprocal, x ≥ 1": lambda x: x.reciprocal(), "a / b": lambda x: halves(x, lambda a, b: a / b, 1), "3 / b": lambda x: x.reciprocal() * 3.0,
    "sqrt": lambda x: x.sqrt(), "inverse sqrt": lambda x: x.inv_sqrt(), "x^2": lambda x: x.pow(2), "x^3": lambda x: x.pow(3), "x^5": lambda x: x.pow(5), "x^8": lambda x: x.pow(8), "x^-2": lambda x: x.pow(-2),
    "x^1.5": lambda x: x.pos_pow(1.5), "x^0.3": lambda x: x.pos_pow(0.3), "x^-1.7": lambda x: x.pos_pow(-1.7), "polynomial": lambda x: x.polynomial([0.5, -0.25, 0.125, 0.0625]),
    "softmax of 64": by_row(lambda x: x.softmax(1)), "log_softmax of 64": by_row(lambda x: x.log_softmax(1)), "variance of 64": by_row(lambda x: x.var(1)),
    "1-norm of 64": by_row(lambda x: x.norm(1, 1)), "2-norm of 64": by_row(lambda x: x.norm(2, 1)), "cosine similarity": lambda x: halves(x, lambda a, b: a.cosine_similarity(b, 1)),
}  # fmt: skip


class Party:
    def __init__(self) -> None:
        self.program: Callable[..., Any] | None = None
        self.tensors: list[Any] = []

    def versions(self) -> dict[str, Any]:
        return {"crypten": crypten.__version__, "torch": torch.__version__, "provider": cfg.mpc.provider}

    def prepare(self, name: str) -> dict[str, Any]:
        """Runs the row once: warm-up, result. Nothing is cached between runs, so that the shared inputs serve all of them."""
        row = operations.row_named(name)
        values = operations.inputs(row)
        self.tensors = [crypten.cryptensor(torch.from_numpy(v), src=min(i, 1)) for i, v in enumerate(values)]
        self.program, wanted = self._program(row, values)
        started = time.perf_counter()
        with crypten.no_grad():
            result = self.program(*self.tensors)
        first = started, time.perf_counter()
        return operations.judge(row, result.get_plain_text().detach().numpy(), wanted) | {"first": first}

    def measure(self, variant: str, samples: int, runs: int, settle: float) -> dict[str, Any]:
        """Samples of ``runs`` runs in a row, each on a copy of the inputs of its own. The other arguments are for peers that ask ahead."""
        spans = []
        for _ in range(samples):
            batch = [[tensor.clone() for tensor in self.tensors] for _ in range(runs)]
            crypten.communicator.get().barrier()
            started = time.perf_counter()
            with crypten.no_grad():
                for tensors in batch:
                    self.program(*tensors)
            spans.append((started, time.perf_counter()))
            crypten.communicator.get().barrier()  # what comes next is not to disturb who has not ended
        return {"samples": spans}

    def evaluate(self, name: str, points: str, results: str) -> dict[str, Any]:
        """A function of functions.py of points in a file of numpy's; rank 0 writes the results. ``missing``: CrypTen does not have it."""
        if name not in FUNCTIONS:
            return {"missing": True}
        with crypten.no_grad():
            found = FUNCTIONS[name](crypten.cryptensor(torch.from_numpy(np.load(points)), src=0)).get_plain_text()
        if crypten.communicator.get().get_rank() == 0:
            np.save(results, found.reshape(-1).double().numpy())
        return {}

    def _program(self, row: Row, values: list[np.ndarray]) -> tuple[Callable[..., Any], np.ndarray]:
        if not row.is_model:
            return operations.TENSOR_PROGRAMS[row.operation], operations.expected(row, values)
        model = models.load(row.operation)
        private = crypten.nn.from_pytorch(model, torch.from_numpy(values[0]))
        private.encrypt(src=0)
        private.eval()
        with torch.no_grad():
            return private, model(torch.from_numpy(values[0])).double().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--control", required=True)
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--rendezvous", required=True)
    parser.add_argument("--provider", choices=("TTP", "TFP"), default="TTP")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cfg.mpc.provider = options.provider
    os.environ |= {"RANK": str(options.rank), "WORLD_SIZE": "2", "RENDEZVOUS": f"file://{options.rendezvous}", "DISTRIBUTED_BACKEND": "gloo"}
    if options.rank == 2:
        crypten.mpc.provider.TTPServer()
        return
    crypten.init()
    party = Party()
    serve(options.control, options.rank, {"versions": party.versions, "prepare": party.prepare, "measure": party.measure, "evaluate": party.evaluate})
    crypten.uninit()


if __name__ == "__main__":
    main()
