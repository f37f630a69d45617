"""ATen operations that move values without changing them: views, joins, slices, padding."""

from __future__ import annotations

from .lowering import Builder, Private, Unsupported, dimensions, float_only, lowers


@lowers("view", "reshape", "_unsafe_view", "flatten", "unflatten")
def _reshape(b: Builder, a: dict) -> Private:
    shape = [s if isinstance(s, int) else -1 for s in b.shape]  # every size that follows from the batch size is inferred
    if shape.count(-1) > 1:
        raise Unsupported("more than one size of the result depends on the batch size")
    return b.emit("reshape", [a["self"]], shape=shape)


@lowers("transpose")
def _transpose(b: Builder, a: dict) -> Private:
    return b.emit("transpose", [a["self"]], dims=dimensions([a["dim0"], a["dim1"]], len(a["self"].shape)))


@lowers("t")
def _t(b: Builder, a: dict) -> Private:
    return b.emit("transpose", [a["self"]], dims=[0, 1]) if len(a["self"].shape) == 2 else b.emit("identity", [a["self"]])


@lowers("permute")
def _permute(b: Builder, a: dict) -> Private:
    return b.emit("permute", [a["self"]], dims=dimensions(a["dims"], len(a["self"].shape)))


@lowers("squeeze")
def _squeeze(b: Builder, a: dict) -> Private:
    x, sizes = a["self"], a["self"].shape
    dims = [d for d in dimensions(a.get("dim"), len(sizes)) if isinstance(sizes[d], int) and sizes[d] == 1]
    for dim in sorted(dims, reverse=True):
        x = b.emit("squeeze", [x], dim=dim)
    return x if dims else b.emit("identity", [x])


@lowers("unsqueeze")
def _unsqueeze(b: Builder, a: dict) -> Private:
    return b.emit("unsqueeze", [a["self"]], dim=a["dim"] % (len(a["self"].shape) + 1))


@lowers("cat")
def _cat(b: Builder, a: dict) -> Private:
    return b.emit("cat", list(a["tensors"]), dim=a["dim"] % len(b.shape))


@lowers("stack")
def _stack(b: Builder, a: dict) -> Private:
    dim = a["dim"] % len(b.shape)
    return b.emit("cat", [b.emit("unsqueeze", [x], dim=dim) if isinstance(x, Private) else x.unsqueeze(dim) for x in a["tensors"]], dim=dim)


def _slice_of(b: Builder, x: Private, dim: int, start: int, end: int, step: int = 1) -> Private:
    size = x.shape[dim]
    if not isinstance(size, int):
        if start in (0, None) and (end is None or end >= 2**62) and step == 1:
            return b.emit("identity", [x])
        raise Unsupported("a part of the batch", "take the part before the model is called")
    start, end, step = slice(start, end).indices(size)[:2] + (step,)
    if (start, end, step) == (0, size, 1):
        return b.emit("identity", [x])
    return b.emit("slice", [x], dim=dim, start=start, end=end, step=step)


@lowers("slice")
def _slice(b: Builder, a: dict) -> Private:
    x = a["self"]
    return _slice_of(b, x, a["dim"] % len(x.shape), a["start"], a["end"], a["step"])


@lowers("narrow")
def _narrow(b: Builder, a: dict) -> Private:
    x = a["self"]
    return _slice_of(b, x, a["dim"] % len(x.shape), a["start"], a["start"] + a["length"])


def _fixed_dim(a: dict, x: Private, what: str, instead: str) -> int:
    """The dimension asked for, counted from the front. Unsupported where it is the batch, whose size is not fixed."""
    dim = a["dim"] % len(x.shape)
    if not isinstance(x.shape[dim], int):
        raise Unsupported(what, instead)
    return dim


@lowers("split", "split_with_sizes")
def _split(b: Builder, a: dict) -> list:
    x, sizes = a["self"], a.get("split_size", a.get("split_sizes"))
    dim = _fixed_dim(a, x, "a part of the batch", "take the part before the model is called")
    if isinstance(sizes, int):
        sizes = [min(sizes, x.shape[dim] - i) for i in range(0, x.shape[dim], sizes)]
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [_slice_of(b, x, dim, end - size, end) for size, end in zip(sizes, ends, strict=True)]


@lowers("select")
def _select(b: Builder, a: dict) -> Private:
    x = a["self"]
    dim = _fixed_dim(a, x, "one element of the batch", "take it before the model is called")
    return b.emit("select", [x], dim=dim, index=a["index"] % x.shape[dim])


@lowers("unbind")
def _unbind(b: Builder, a: dict) -> list:
    x = a["self"]
    dim = _fixed_dim(a, x, "one element of the batch", "take it before the model is called")
    return [b.emit("select", [x], dim=dim, index=i) for i in range(x.shape[dim])]


@lowers("expand")
def _expand(b: Builder, a: dict) -> Private:
    x = a["self"]
    added = len(b.shape) - len(x.shape)
    if any(old != new for old, new in zip(x.shape, b.shape[added:], strict=True)) or any(size != 1 for size in b.shape[:added]):
        raise Unsupported("a copy along a dimension is not part of the graph format", "leave it out: sums and products broadcast")
    for _ in range(added):
        x = b.emit("unsqueeze", [x], dim=0)
    return b.emit("identity", [x])


@lowers("pad", "constant_pad_nd")
def _pad(b: Builder, a: dict) -> Private:
    if a.get("mode", "constant") != "constant":
        raise Unsupported(f"padding with mode {a['mode']!r}", "padding with zeros")
    return b.emit("pad", [a["self"]], pad=list(a["pad"]), value=float(a.get("value") or 0))


@lowers("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")
def _dropout(b: Builder, a: dict) -> Private:
    if a["train"] and a["p"] > 0:
        raise Unsupported("dropout that stays active in evaluation draws random numbers", "torch.nn.Dropout, which evaluation switches off")
    return b.emit("identity", [a["input"]])


@lowers("clone", "alias", "detach", "contiguous", "lift_fresh_copy", "_to_copy", "to")
def _identity(b: Builder, a: dict) -> Private:
    float_only(a)
    return b.emit("identity", [a["self"]])
