"""One party of SPU 0.9.5 (SEMI2K, two parties): `python -m benchmarks.spu_peer --control SOCKET --rank R --ports P0,P1`, in SPU's own environment.

Its multiplication triples come from the trusted first party, SPU's default for SEMI2K; its links (brpc) are not encrypted. Programs are compiled from JAX before they are timed.
"""

from __future__ import annotations

import argparse
import pickle
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import spu
from jax.experimental import enable_x64
from spu import api, libspu
from spu.utils import frontend

from benchmarks import models, operations
from benchmarks.control import serve

SECRET = libspu.Visibility.VIS_SECRET


def conv(x: Any, w: Any, stride: int = 1, padding: int = 0) -> Any:
    return jax.lax.conv_general_dilated(x, w, (stride, stride), ((padding, padding),) * 2)


def max_pool(x: Any, kernel: int, stride: int, padding: int = 0) -> Any:
    edge = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, kernel, kernel), (1, 1, stride, stride), edge)


def relu(x: Any) -> Any:
    return jnp.maximum(x, 0)


def biased(p: dict[str, Any], name: str, x: Any, stride: int = 1, padding: int = 0) -> Any:
    return conv(x, p[f"{name}.weight"], stride, padding) + p[f"{name}.bias"][None, :, None, None]


def digits(p: dict[str, Any], x: Any) -> Any:
    x = relu(biased(p, "features.0", x, padding=1))
    x = relu(biased(p, "features.3", x, padding=1))
    x = max_pool(x, 2, 2)
    return x.reshape(x.shape[0], -1) @ p["classifier.weight"].T + p["classifier.bias"]


def resnet18(p: dict[str, Any], x: Any) -> Any:
    x = max_pool(relu(biased(p, "conv1", x, 2, 3)), 3, 2, 1)
    for layer in range(1, 5):
        for block in range(2):
            name, stride = f"layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1
            out = biased(p, f"{name}.conv2", relu(biased(p, f"{name}.conv1", x, stride, 1)), 1, 1)
            x = relu(out + (biased(p, f"{name}.downsample.0", x, stride) if stride == 2 else x))
    return x.mean(axis=(2, 3)) @ p["fc.weight"].T + p["fc.bias"]


OPERATIONS: dict[str, Callable[..., Any]] = {
    "empty": lambda x: x,
    "multiply": lambda x, y: x * y,
    "square": lambda x: x * x,
    "truncated product": lambda x, y: (x * y) * operations.FACTOR,
    "comparison": lambda x, y: x < y,
    "relu": relu,
    "sum": lambda x: x.sum(),
    "max": lambda x: x.max(axis=1),
    "max pool": lambda x: max_pool(x, 2, 2),
    "matmul": lambda x, y: x @ y,
    "conv2d": lambda x, y: conv(x, y, padding=1),
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "erf": jax.lax.erf,
    "exp": jnp.exp,
    "log": jnp.log,
    "reciprocal": jnp.reciprocal,
    "sqrt": jnp.sqrt,
    "softmax": lambda x: jax.nn.softmax(x, axis=1),
}
MODELS = {"digits": digits, "resnet18": resnet18}


def by_row(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(x.reshape(-1, 64))


def halves(x: Any, function: Callable[[Any, Any], Any], width: int = 64) -> Any:
    rows = x.reshape(-1, 2, width)
    return function(rows[:, 0], rows[:, 1])


def normal(x: Any) -> Any:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred * centred).mean(axis=-1, keepdims=True) + 1e-5)


def cosine(a: Any, b: Any) -> Any:
    return (a * b).sum(axis=1) * jax.lax.rsqrt((a * a).sum(axis=1)) * jax.lax.rsqrt((b * b).sum(axis=1))


# The rows of functions.py as JAX has them; what SPU's compiler does not take is its own word in the table.
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "erf": jax.lax.erf, "GELU": lambda x: jax.nn.gelu(x, approximate=False), "GELU, tanh form": lambda x: jax.nn.gelu(x, approximate=True), "SiLU": jax.nn.silu,
    "softplus": jax.nn.softplus, "logsigmoid": jax.nn.log_sigmoid, "mish": lambda x: x * jnp.tanh(jax.nn.softplus(x)), "ELU": jax.nn.elu, "SELU": jax.nn.selu,
    "leaky ReLU": lambda x: jax.nn.leaky_relu(x, 0.125), "PReLU": lambda x: jax.nn.leaky_relu(x, 0.25), "hardsigmoid": jax.nn.hard_sigmoid, "hardswish": jax.nn.hard_silu,
    "sin": jnp.sin, "cos": jnp.cos, "tan": jnp.tan, "atan": jnp.arctan, "exp, x ≤ 0": jnp.exp, "exp, to e^20": jnp.exp, "expm1": jnp.expm1, "log": jnp.log, "log1p": jnp.log1p,
    "reciprocal": jnp.reciprocal, "reciprocal, x ≥ 1": jnp.reciprocal, "a / b": lambda x: halves(x, jnp.divide, 1), "3 / b": lambda x: 3.0 / x, "sqrt": jnp.sqrt, "inverse sqrt": jax.lax.rsqrt,
    "x^2": lambda x: x**2, "x^3": lambda x: x**3, "x^5": lambda x: x**5, "x^8": lambda x: x**8, "x^-2": lambda x: x**-2, "x^1.5": lambda x: x**1.5, "x^0.3": lambda x: x**0.3, "x^-1.7": lambda x: x**-1.7,
    "polynomial": lambda x: 0.5 * x - 0.25 * x**2 + 0.125 * x**3 + 0.0625 * x**4, "softmax of 64": by_row(jax.nn.softmax), "log_softmax of 64": by_row(jax.nn.log_softmax),
    "logsumexp of 64": by_row(lambda x: jax.nn.logsumexp(x, axis=1)), "variance of 64": by_row(lambda x: x.var(axis=1, ddof=1)), "std of 64": by_row(lambda x: x.std(axis=1, ddof=1)),
    "1-norm of 64": by_row(lambda x: jnp.abs(x).sum(axis=1)), "2-norm of 64": by_row(lambda x: jnp.sqrt((x * x).sum(axis=1))), "cosine similarity": lambda x: halves(x, cosine),
    "layer norm of 64": by_row(normal), "group norm of 64": by_row(normal), "RMS norm of 64": by_row(lambda x: x * jax.lax.rsqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)),
}  # fmt: skip


class Party:
    def __init__(self, rank: int, ports: list[str]) -> None:
        self.rank = rank
        description = libspu.link.Desc()
        for i, port in enumerate(ports):
            description.add_party(f"party-{i}", f"127.0.0.1:{port}")
        self.link = libspu.link.create_brpc(description, rank)
        self.config = libspu.RuntimeConfig(protocol=libspu.ProtocolKind.SEMI2K, field=libspu.FieldType.FM64, fxp_fraction_bits=16)
        self.runtime, self.io = api.Runtime(self.link, self.config), api.Io(2, self.config)
        self.names: list[str] = []
        self.program: Any = None

    def versions(self) -> dict[str, Any]:
        return {"spu": spu.__version__, "jax": jax.__version__, "provider": self.config.beaver_type.name}

    def empty(self) -> dict[str, Any]:
        """Prepares a call that computes nothing: what it takes is the cost of a call."""
        self._load(OPERATIONS["empty"], [np.zeros(1, np.float32)])
        self.runtime.run(self.program)
        return {}

    def prepare(self, name: str) -> dict[str, Any]:
        """Compiles and runs the row once: warm-up, result. Nothing is cached between runs, so that the shared inputs serve all of them."""
        row = operations.row_named(name)
        values = operations.inputs(row)
        if row.is_model:
            parameters = models.parameters(row.operation)
            names, model = sorted(parameters), MODELS[row.operation]
            wanted = np.asarray(model({k: jnp.asarray(v) for k, v in parameters.items()}, values[0]), np.float64)
            self._load(lambda x, *p: model(dict(zip(names, p, strict=True)), x), [*values, *(parameters[k] for k in names)])
        else:
            wanted = operations.expected(row, values)
            self._load(OPERATIONS[row.operation], values)
        started = time.perf_counter()
        self.runtime.run(self.program)
        first = started, time.perf_counter()
        return operations.judge(row, self._reveal(), wanted) | {"first": first}

    def measure(self, variant: str, samples: int, runs: int, settle: float) -> dict[str, Any]:
        """Samples of ``runs`` runs in a row, all on the same inputs: a compiled program names them. The other arguments are for peers that ask ahead."""
        spans = []
        for _ in range(samples):
            self.link.barrier()
            started = time.perf_counter()
            for _ in range(runs):
                self.runtime.run(self.program)
            spans.append((started, time.perf_counter()))
        return {"samples": spans}

    def evaluate(self, name: str, points: str, results: str) -> dict[str, Any]:
        """A function of functions.py of points in a file of numpy's; rank 0 writes the results. ``missing``: no form of it here. Numbers of 64 bits, since the points have more than 24."""
        if name not in FUNCTIONS:
            return {"missing": True}
        with enable_x64():
            self._load(FUNCTIONS[name], [np.load(points)])
        self.runtime.run(self.program)
        found = self._reveal()
        if self.rank == 0:
            np.save(results, np.asarray(found, np.float64).reshape(-1))
        return {}

    def _load(self, function: Callable[..., Any], values: list[np.ndarray]) -> None:
        """Compiles, and shares the values: rank 0 splits them all, since only time is asked for here."""
        for name in self.names:
            self.runtime.del_var(name)
        self.names = [f"in{i}" for i in range(len(values))]
        self.program, _ = frontend.compile(frontend.Kind.JAX, function, values, {}, self.names, [SECRET] * len(values), lambda out: [f"out{i}" for i in range(len(out))])
        for name, value in zip(self.names, values, strict=True):
            if self.rank == 0:
                own, other = self.io.make_shares(value, SECRET)
                self.link.send(1, pickle.dumps(other))
            else:
                own = pickle.loads(self.link.recv(0))
            self.runtime.set_var(name, own)

    def _reveal(self) -> np.ndarray:
        own = self.runtime.get_var("out0")
        self.link.send(1 - self.rank, pickle.dumps(own))
        other = pickle.loads(self.link.recv(1 - self.rank))
        return self.io.reconstruct([own, other] if self.rank == 0 else [other, own])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--control", required=True)
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--ports", required=True)
    options = parser.parse_args()
    party = Party(options.rank, options.ports.split(","))
    serve(options.control, options.rank, {"versions": party.versions, "empty": party.empty, "prepare": party.prepare, "measure": party.measure, "evaluate": party.evaluate})
    party.link.stop_link()


if __name__ == "__main__":
    main()
