"""ATen operations that compute: layers, activations, pooling, arithmetic, reductions."""

from __future__ import annotations

from typing import Any

from .lowering import Builder, Private, Unsupported, dimensions, float_only, is_number, lowers, pair

# Layers ---------------------------------------------------------------------------------------------------------------


@lowers("conv2d")
def _conv2d(b: Builder, a: dict) -> Private:
    if isinstance(a["weight"], Private):
        raise Unsupported("its weight is computed from the model's input")
    stride, dilation, padding, x = pair(a["stride"]), pair(a["dilation"]), a["padding"], a["input"]
    if padding == "valid":
        padding = [0, 0]
    elif padding == "same":
        total = [d * (k - 1) for d, k in zip(dilation, a["weight"].shape[2:], strict=True)]
        padding = [t // 2 for t in total]
        if any(t % 2 for t in total):  # torch puts the odd row and column at the end
            (top, left), (height, width) = padding, total
            x = b.emit("pad", [x], pad=[left, width - left, top, height - top], value=0.0)
            padding = [0, 0]
    return b.emit("conv2d", [x, a["weight"], a["bias"]], stride=stride, padding=pair(padding), dilation=dilation, groups=a["groups"])


@lowers("conv1d")
def _conv1d(b: Builder, a: dict) -> Private:
    """As images of one row."""
    if isinstance(a["weight"], Private):
        raise Unsupported("its weight is computed from the model's input")
    (stride,), (dilation,), x = pair(a["stride"])[:1], pair(a["dilation"])[:1], a["input"]
    padding = 0 if a["padding"] == "valid" else a["padding"]
    if padding == "same":
        total = dilation * (a["weight"].shape[2] - 1)
        padding = 0 if total % 2 else total // 2
        if total % 2:  # torch puts the odd element at the end
            x = b.emit("pad", [x], pad=[total // 2, total - total // 2], value=0.0)
    image, kernel = (b.emit("unsqueeze", [value], dim=2) for value in (x, a["weight"]))
    (padding,) = pair(padding)[:1]
    product = b.emit("conv2d", [image, kernel, a["bias"]], stride=[1, stride], padding=[0, padding], dilation=[1, dilation], groups=a["groups"])
    return b.emit("squeeze", [product], dim=2)


@lowers("linear")
def _linear(b: Builder, a: dict) -> Private:
    if isinstance(a["weight"], Private) or isinstance(a["bias"], Private):
        raise Unsupported("its weight or bias is computed from the model's input", "torch.matmul")
    return b.emit("linear", [a["input"], a["weight"], a["bias"]])


@lowers("_native_batch_norm_legit_no_training")
def _batch_norm(b: Builder, a: dict) -> list:
    return [b.emit("batch_norm", [a["input"], a["weight"], a["bias"], a["running_mean"], a["running_var"]], eps=a["eps"])]


@lowers("layer_norm", "native_layer_norm")
def _layer_norm(b: Builder, a: dict) -> Any:
    value = b.emit("layer_norm", [a["input"], a["weight"], a["bias"]], dims=len(a["normalized_shape"]), eps=a["eps"])
    return [value] if b.several else value


@lowers("group_norm")
def _group_norm(b: Builder, a: dict) -> Private:
    return b.emit("group_norm", [a["input"], a["weight"], a["bias"]], groups=a["num_groups"], eps=a["eps"])


@lowers("native_group_norm")
def _native_group_norm(b: Builder, a: dict) -> list:
    return [b.emit("group_norm", [a["input"], a["weight"], a["bias"]], groups=a["group"], eps=a["eps"])]


@lowers("softmax", "_softmax")
def _softmax(b: Builder, a: dict) -> Private:
    return b.emit("softmax", [a["self"]], dim=a["dim"])


@lowers("log_softmax", "_log_softmax")
def _log_softmax(b: Builder, a: dict) -> Private:
    return b.emit("log_softmax", [a["self"]], dim=a["dim"])


@lowers("matmul", "mm", "bmm")
def _matmul(b: Builder, a: dict) -> Private:
    return b.emit("matmul", [a["self"], a.get("other", a.get("mat2"))])


@lowers("addmm")
def _addmm(b: Builder, a: dict) -> Private:
    if (a["beta"], a["alpha"]) != (1, 1):
        raise Unsupported("addmm with factors", "write the factors as products")
    product = b.emit("matmul", [a["mat1"], a["mat2"]])
    return b.emit("add", [product, a["self"]], alpha=1)


# Activations ----------------------------------------------------------------------------------------------------------


@lowers("relu")
def _relu(b: Builder, a: dict) -> Private:
    return b.emit("relu", [a["self"]])


@lowers("relu6")
def _relu6(b: Builder, a: dict) -> Private:
    return b.emit("hardtanh", [a["self"]], min=0.0, max=6.0)


@lowers("hardtanh")
def _hardtanh(b: Builder, a: dict) -> Private:
    return b.emit("hardtanh", [a["self"]], min=float(a["min_val"]), max=float(a["max_val"]))


@lowers("clamp", "clamp_min", "clamp_max")
def _clamp(b: Builder, a: dict) -> Private:
    x, low, high = a["self"], a.get("min"), a.get("max")
    if not all(v is None or is_number(v) for v in (low, high)):
        raise Unsupported("its bounds are tensors", "numbers as bounds")
    if low is not None and high is not None:
        return b.emit("hardtanh", [x], min=float(low), max=float(high))
    if low == 0:
        return b.emit("relu", [x])
    if low is not None:  # low + relu(x − low)
        return b.emit("add_scalar", [b.emit("relu", [b.emit("add_scalar", [x], value=-float(low))])], value=float(low))
    above = b.emit("relu", [b.emit("add_scalar", [x], value=-float(high))])  # x − relu(x − high)
    return b.emit("sub", [x, above], alpha=1)


@lowers("hardsigmoid")
def _hardsigmoid(b: Builder, a: dict) -> Private:
    bounded = b.emit("hardtanh", [b.emit("add_scalar", [a["self"]], value=3.0)], min=0.0, max=6.0)
    return b.emit("div", [bounded], divisor=6.0)


@lowers("hardswish")
def _hardswish(b: Builder, a: dict) -> Private:
    return b.emit("mul", [a["self"], _hardsigmoid(b, a)])


@lowers("leaky_relu")
def _leaky_relu(b: Builder, a: dict) -> Private:
    slope = float(a["negative_slope"])  # slope·x + (1 − slope)·relu(x)
    positive = b.emit("mul_scalar", [b.emit("relu", [a["self"]])], value=1 - slope)
    return b.emit("add", [positive, b.emit("mul_scalar", [a["self"]], value=slope)], alpha=1)


@lowers("sigmoid", "tanh", "erf", "silu", "mish", "selu", "sin", "cos", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "reciprocal", "tan")
def _function(b: Builder, a: dict) -> Private:
    return b.emit(b.operation, [a["self"]])


@lowers("log_sigmoid", "log_sigmoid_forward")
def _logsigmoid(b: Builder, a: dict) -> Any:
    value = b.emit("logsigmoid", [a["self"]])
    return [value] if b.several else value


@lowers("gelu")
def _gelu(b: Builder, a: dict) -> Private:
    return b.emit("gelu", [a["self"]], form=a["approximate"])


@lowers("softplus")
def _softplus(b: Builder, a: dict) -> Private:  # torch's threshold changes nothing that float32 can show
    return b.emit("softplus", [a["self"]], beta=float(a["beta"]))


@lowers("elu")
def _elu(b: Builder, a: dict) -> Private:
    if (a["scale"], a["input_scale"]) != (1, 1):
        raise Unsupported("elu with scales", "write the scales as products")
    return b.emit("elu", [a["self"]], alpha=float(a["alpha"]))


@lowers("prelu", "_prelu_kernel")
def _prelu(b: Builder, a: dict) -> Private:
    if isinstance(a["weight"], Private):
        raise Unsupported("its weight is computed from the model's input")
    return b.emit("prelu", [a["self"], a["weight"]])


# Pooling --------------------------------------------------------------------------------------------------------------


@lowers("max_pool2d", "max_pool2d_with_indices")
def _max_pool2d(b: Builder, a: dict) -> Any:
    kernel = pair(a["kernel_size"])
    stride = pair(a["stride"]) if a["stride"] else kernel
    value = b.emit("max_pool2d", [a["self"]], kernel=kernel, stride=stride, padding=pair(a["padding"]), dilation=pair(a["dilation"]), ceil_mode=a["ceil_mode"])
    return [value] if b.several else value


@lowers("avg_pool2d")
def _avg_pool2d(b: Builder, a: dict) -> Private:
    if a["divisor_override"] is not None:
        raise Unsupported("average pooling with divisor_override", "multiply by a number behind it")
    kernel = pair(a["kernel_size"])
    stride = pair(a["stride"]) if a["stride"] else kernel
    return b.emit("avg_pool2d", [a["self"]], kernel=kernel, stride=stride, padding=pair(a["padding"]), ceil_mode=a["ceil_mode"], count_include_pad=a["count_include_pad"])


@lowers("adaptive_avg_pool2d", "_adaptive_avg_pool2d")
def _adaptive_avg_pool2d(b: Builder, a: dict) -> Private:
    return b.emit("adaptive_avg_pool2d", [a["self"]], output=pair(a["output_size"]))


@lowers("adaptive_max_pool2d")
def _adaptive_max_pool2d(b: Builder, a: dict) -> list:
    return [b.emit("adaptive_max_pool2d", [a["self"]], output=pair(a["output_size"]))]


# Arithmetic -----------------------------------------------------------------------------------------------------------


def _sum_or_difference(b: Builder, a: dict, sign: int) -> Private:
    x, y, alpha = a["self"], a["other"], a.get("alpha", 1)
    if is_number(y):
        return b.emit("add_scalar", [x], value=float(sign * y * alpha))
    if is_number(x):  # x − alpha·y
        scaled = y if alpha == 1 else b.emit("mul_scalar", [y], value=float(alpha))
        return b.emit("add_scalar", [b.emit("neg", [scaled]) if sign < 0 else scaled], value=float(x))
    return b.emit("add" if sign > 0 else "sub", [x, y], alpha=alpha)


@lowers("add")
def _add(b: Builder, a: dict) -> Private:
    return _sum_or_difference(b, a, 1)


@lowers("sub")
def _sub(b: Builder, a: dict) -> Private:
    return _sum_or_difference(b, a, -1)


@lowers("rsub")
def _rsub(b: Builder, a: dict) -> Private:
    return _sum_or_difference(b, {"self": a["other"], "other": a["self"], "alpha": a["alpha"]}, -1)


@lowers("mul")
def _mul(b: Builder, a: dict) -> Private:
    x, y = a["self"], a["other"]
    if is_number(x):
        x, y = y, x
    return b.emit("mul_scalar", [x], value=float(y)) if is_number(y) else b.emit("mul", [x, y])


@lowers("div")
def _div(b: Builder, a: dict) -> Private:
    if a.get("rounding_mode") is not None:
        raise Unsupported("division with rounding")
    x, y = a["self"], a["other"]
    if isinstance(y, Private):
        if is_number(x):
            inverse = b.emit("reciprocal", [y])
            return inverse if x == 1 else b.emit("mul_scalar", [inverse], value=float(x))
        return b.emit("quotient", [x, y])
    return b.emit("div", [x], divisor=float(y)) if is_number(y) else b.emit("mul", [x, 1 / y])


@lowers("neg")
def _neg(b: Builder, a: dict) -> Private:
    return b.emit("neg", [a["self"]])


@lowers("square")
def _square(b: Builder, a: dict) -> Private:
    return b.emit("mul", [a["self"], a["self"]])


@lowers("pow")
def _pow(b: Builder, a: dict) -> Private:
    x, power = a["self"], a["exponent"]
    if not is_number(power):
        raise Unsupported("a power that is a tensor", "a number")
    if power != int(power) or power < 1:
        return b.emit("real_pow", [x], exponent=float(power))
    if power == 1:
        return b.emit("identity", [x])
    return b.emit("mul", [x, x]) if power == 2 else b.emit("pow", [x], exponent=int(power))


# Reductions -----------------------------------------------------------------------------------------------------------


@lowers("sum", "mean")
def _reduce(b: Builder, a: dict) -> Private:
    float_only(a)
    return b.emit(b.operation, [a["self"]], dims=dimensions(a.get("dim"), len(a["self"].shape)), keepdim=bool(a.get("keepdim", False)))


@lowers("argmax")
def _argmax(b: Builder, a: dict) -> Private:
    x = a["self"]
    if a["dim"] is None:
        return b.emit("argmax", [b.emit("reshape", [x], shape=[-1])], dim=0, keepdim=False)
    return b.emit("argmax", [x], dim=a["dim"] % len(x.shape), keepdim=a["keepdim"])
