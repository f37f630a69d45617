"""What is measured: one row per operation and size, with its inputs and the plaintext result that every peer must reproduce. numpy only: every peer's environment reads it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

SIZES = (10**2, 10**4, 10**6)
GRID = 2.0**-8  # inputs are multiples: exact in fixed point, so that a comparison has one right answer
IMAGES = {10**2: (1, 1, 10, 10), 10**4: (1, 1, 100, 100), 10**6: (1, 16, 250, 250)}
MODELS = ("digits", "resnet18")


@dataclass(frozen=True)
class Row:
    """``size``: elements of an input, side of a matrix or of an image, or images. ``products``: multiply-accumulates of the operation on plaintext matrices, 0 if element-wise."""

    operation: str
    size: int
    shapes: tuple[tuple[int, ...], ...]
    products: int = 0
    tolerance: float = 1e-3

    @property
    def name(self) -> str:
        return f"{self.operation}/{self.size}"

    @property
    def is_model(self) -> bool:
        return self.operation in MODELS


def rows() -> list[Row]:
    """All rows, in the order in which they run and are printed."""
    table: list[Row] = []
    for operation, inputs in (("multiply", 2), ("square", 1), ("truncated product", 2), ("comparison", 2), ("relu", 1), ("sum", 1)):
        table += [Row(operation, n, ((n,),) * inputs) for n in SIZES]
    table += [Row("max", n, ((n // 100, 100),)) for n in SIZES]
    table += [Row("max pool", n, (IMAGES[n],)) for n in SIZES]
    table += [Row("matmul", n, ((n, n), (n, n)), products=n**3) for n in (64, 256, 1024)]
    table.append(Row("conv2d", 56, ((1, 64, 56, 56), (64, 64, 3, 3)), products=56 * 56 * 64 * 64 * 9))
    table += [Row("digits", n, ((n, 1, 8, 8),), products=n * (64 * 16 * 9 + 64 * 32 * 16 * 9 + 512 * 10), tolerance=0.05) for n in (1, 64)]
    table += [Row("resnet18", n, ((1, 3, n, n),), products=resnet18_products(n), tolerance=0.05) for n in (64, 224)]
    return table


# Functions of reals, and where their arguments lie.
FUNCTION_DOMAINS = {"sigmoid": (-8.0, 8.0), "tanh": (-8.0, 8.0), "erf": (-4.0, 4.0), "exp": (-8.0, 2.0), "log": (0.125, 64.0), "reciprocal": (0.25, 16.0), "sqrt": (0.125, 64.0), "softmax": (-8.0, 8.0)}


def function_rows() -> list[Row]:
    """100×100 and 10^6 elements in rows of 100; softmax over the rows."""
    return [Row(name, n, ((n // 100, 100),), tolerance=5e-3) for name in FUNCTION_DOMAINS for n in (10**4, 10**6)]


def row_named(name: str) -> Row:
    """Errors: StopIteration where there is none."""
    return next(row for row in rows() + function_rows() if row.name == name)


def resnet18_products(side: int) -> int:
    """Multiply-accumulates of torchvision's ResNet-18 on one image of side × side pixels."""
    side //= 2
    total, channels = side * side * 64 * 3 * 49, 64
    side //= 2
    for out in (64, 128, 256, 512):
        if out != channels:
            side //= 2
            total += side * side * out * channels  # the shortcut
        total += side * side * out * 9 * (channels + 3 * out)
        channels = out
    return total + 512 * 1000


def inputs(row: Row, draw: int = 0) -> list[np.ndarray]:
    """The row's inputs: the same numbers in every process. ``draw`` numbers independent inputs."""
    random = np.random.default_rng([zlib.crc32(row.name.encode()), draw])
    limit = 1.0 if row.products else 4.0
    low, high = FUNCTION_DOMAINS.get(row.operation, (-limit, limit))
    return [(np.round(random.uniform(low, high, shape) / GRID) * GRID).astype(np.float32) for shape in row.shapes]


def expected(row: Row, values: list[np.ndarray]) -> np.ndarray:
    """The operation in plaintext, in float64. Models: see models.py."""
    x, y = (np.asarray(v, np.float64) for v in (values[0], values[-1]))
    match row.operation:
        case "multiply":
            return x * y
        case "square":
            return x * x
        case "truncated product":
            return x * y * FACTOR
        case "comparison":
            return (x < y).astype(np.float64)
        case "relu":
            return np.maximum(x, 0)
        case "sum":
            return x.sum()
        case "max":
            return x.max(axis=1)
        case "max pool":
            n, c, h, w = x.shape
            return x.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))
        case "matmul":
            return x @ y
        case "conv2d":
            padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
            windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
            return np.einsum("nchwij,ocij->nohw", windows, y, optimize=True)
        case "sigmoid":
            return 1 / (1 + np.exp(-x))
        case "tanh" | "exp" | "log" | "reciprocal" | "sqrt":
            return getattr(np, row.operation)(x)
        case "erf":
            return np.vectorize(math.erf)(x)
        case "softmax":
            powers = np.exp(x - x.max(axis=1, keepdims=True))
            return powers / powers.sum(axis=1, keepdims=True)
    raise ValueError(f"no plaintext of {row.name}")


FACTOR = 0.75  # public: after it, the product in front must have been truncated

# The rows for tensors like torch's: what this project and CrypTen both run.
TENSOR_PROGRAMS: dict[str, Callable[..., Any]] = {
    "multiply": lambda x, y: x * y,
    "square": lambda x: x.square(),
    "truncated product": lambda x, y: (x * y) * FACTOR,
    "comparison": lambda x, y: x < y,
    "relu": lambda x: x.relu(),
    "sum": lambda x: x.sum(),
    "max": lambda x: x.max(dim=1)[0],
    "max pool": lambda x: x.max_pool2d(2),
    "matmul": lambda x, y: x.matmul(y),
    "conv2d": lambda x, y: x.conv2d(y, padding=1),
    "sigmoid": lambda x: x.sigmoid(),
    "tanh": lambda x: x.tanh(),
    "erf": lambda x: x.erf(),
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "reciprocal": lambda x: x.reciprocal(),
    "sqrt": lambda x: x.sqrt(),
    "softmax": lambda x: x.softmax(1),
}


def judge(row: Row, found: np.ndarray, wanted: np.ndarray) -> dict[str, float | int]:
    """``error``: the largest absolute difference; ``wrong``: how many elements are off by more than the row's tolerance. Errors: ValueError for another shape."""
    found = np.asarray(found, np.float64)
    if found.shape != wanted.shape:
        raise ValueError(f"{row.name}: a result of shape {found.shape}, expected {wanted.shape}")
    difference = np.abs(found - wanted)
    return {"error": float(np.max(difference, initial=0.0)), "wrong": int((difference > row.tolerance).sum()), "elements": difference.size}
