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


class Party:
    def __init__(self) -> None:
        self.program: Callable[..., Any] | None = None
        self.tensors: list[Any] = []

    def versions(self) -> dict[str, Any]:
        return {"crypten": crypten.__version__, "torch": torch.__version__, "provider": cfg.mpc.provider}

    def prepare(self, name: str) -> dict[str, Any]:
        """Runs the row once: warm-up, result. Nothing is cached between runs, so that the shared inputs serve all of them."""
        row = next(row for row in operations.rows() if row.name == name)
        values = operations.inputs(row)
        self.tensors = [crypten.cryptensor(torch.from_numpy(v), src=min(i, 1)) for i, v in enumerate(values)]
        self.program, wanted = self._program(row, values)
        with crypten.no_grad():
            result = self.program(*self.tensors)
        return operations.judge(row, result.get_plain_text().detach().numpy(), wanted)

    def measure(self, variant: str, count: int, settle: float) -> dict[str, Any]:
        samples = []
        for _ in range(count):
            crypten.communicator.get().barrier()
            started = time.perf_counter()
            with crypten.no_grad():
                self.program(*self.tensors)
            samples.append((started, time.perf_counter()))
        return {"samples": samples}

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
    serve(options.control, options.rank, {"versions": party.versions, "prepare": party.prepare, "measure": party.measure})
    crypten.uninit()


if __name__ == "__main__":
    main()
