"""What an import found: everything that is in the way of a model, at once."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass

from ..errors import UnsupportedModel


@dataclass(frozen=True)
class Problem:
    """One thing that cannot be imported: layer path, operation, source line, reason, what to write instead."""

    path: str
    operation: str
    reason: str
    hint: str = ""
    source: str = ""

    def __str__(self) -> str:
        place = f"{self.path or '(top level)'}: {self.operation}"
        return "\n".join([place] + [f"    {name:<7} {fact}" for name, fact in (("reason:", self.reason), ("hint:", self.hint), ("source:", self.source)) if fact])


@dataclass(frozen=True)
class Report:
    """The verdict on a model. ``problems`` is empty for a supported one."""

    model: str
    nodes: int
    parameters: int
    problems: tuple[Problem, ...] = ()

    @property
    def supported(self) -> bool:
        return not self.problems

    def by_operation(self) -> dict[str, list[Problem]]:
        groups: dict[str, list[Problem]] = {}
        for problem in self.problems:
            groups.setdefault(problem.operation, []).append(problem)
        return groups

    def __str__(self) -> str:
        if self.supported:
            return f"{self.model}: supported ({self.nodes} operations, {self.parameters:,} parameters)"
        head = f"{self.model}: {len(self.problems)} of its operations cannot be imported"
        return "\n".join([head] + [str(problem) for problem in self.problems])

    def raise_if_unsupported(self) -> None:
        if self.problems:
            text = "\n".join(str(problem) for problem in self.problems)
            kinds = ", ".join(f"{name} ({len(group)}×)" for name, group in self.by_operation().items())
            raise UnsupportedModel(520, f"{self.model} cannot be imported: {kinds}", "crypten.nn.from_pytorch", "\n" + text, "replace the operations listed", self.problems)


_COMPARE = "a comparison result inside a model is not part of the graph format"
_SHAPE = "its shape or its positions depend on values"

# Operation → (reason, what to write instead).
REASONS: dict[str, tuple[str, str]] = {
    "celu": ("is not part of the graph format", "torch.nn.ELU: celu(x, a) = a * elu(x / a)"),
    "instance_norm": ("divides by a private standard deviation, which is not computed in this version", "torch.nn.BatchNorm2d, then fine-tune"),
    "_native_batch_norm_legit": ("batch norm with the statistics of the batch: in evaluation it must have running statistics", "track_running_stats=True"),
    "scaled_dot_product_attention": ("attention in one operation is not part of the graph format", "softmax and matrix products"),
    "embedding": ("a private index into a table is not computed in this version", ""),
    "index": (_SHAPE, "indexing with constants: x[:, 2:5], x[..., 0]"),
    "gather": (_SHAPE, ""),
    "topk": (_SHAPE, "argmax"),
    "sort": (_SHAPE, "argmax"),
    "max": ("a maximum over a dimension is not part of the graph format", "argmax for labels, max_pool2d for feature maps"),
    "amax": ("a maximum over a dimension is not part of the graph format", "adaptive_max_pool2d for feature maps"),
    "where": (_COMPARE, "relu, clamp or leaky_relu express most of these choices"),
    "masked_fill": (_COMPARE, "relu, clamp or leaky_relu express most of these choices"),
    "lt": (_COMPARE, ""), "le": (_COMPARE, ""), "gt": (_COMPARE, ""), "ge": (_COMPARE, ""), "eq": (_COMPARE, ""), "ne": (_COMPARE, ""),
    "conv3d": ("convolutions of three dimensions are not part of the graph format", ""),
    "conv_transpose2d": ("transposed convolutions are not part of the graph format", ""),
    "upsample_bilinear2d": ("resampling is not part of the graph format", ""),
    "upsample_nearest2d": ("resampling is not part of the graph format", ""),
    "expand": ("a copy along a dimension is not part of the graph format", "leave it out: sums and products broadcast"),
    "dropout": ("dropout that stays active in evaluation draws random numbers", "torch.nn.Dropout, which evaluation switches off"),
    "native_dropout": ("dropout that stays active in evaluation draws random numbers", "torch.nn.Dropout, which evaluation switches off"),
}  # fmt: skip


def reason_for(operation: str, known: set[str]) -> tuple[str, str]:
    """Reason and hint for an operation that nobody lowers."""
    name = operation.removeprefix("aten.").split(".")[0]
    if name in REASONS:
        return REASONS[name]
    close = difflib.get_close_matches(name, known, n=1)
    return "is not part of the graph format", f"did you mean {close[0]}?" if close else ""


_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)\n\s*(?P<code>.*)')


def source_line(stack_trace: str | None) -> str:
    """The innermost line of the model's own code: the last frame outside torch."""
    frames = [m.groupdict() for m in _FRAME.finditer(stack_trace or "")]
    own = [f for f in frames if f"{os.sep}torch{os.sep}" not in f["file"]] or frames
    if not own:
        return ""
    file = own[-1]["file"]
    for root in (os.getcwd() + os.sep, f"{os.sep}site-packages{os.sep}"):
        if root in file:
            file = file.split(root, 1)[1]
            break
    return f"{file}:{own[-1]['line']}: {own[-1]['code'].strip()}"
