"""From a PyTorch model to a graph: ``torch.export`` with an empty decomposition table, then one walk over its nodes.

What depends on the model's input becomes a node. What does not is computed here, in plaintext, from the model's own numbers.
Parameter names, module paths and batch norms are kept. The first dimension of every input is the batch: any size at run time.
"""

from __future__ import annotations

import contextlib
import functools
import operator
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch.export.graph_signature import InputKind, OutputKind
from torch.fx.experimental.symbolic_shapes import is_concrete_int

from . import lowering_shapes, lowering_values  # noqa: F401: their handlers register themselves
from .graph import GraphInput, Node, Program, TensorInfo
from .lowering import HANDLERS, Private, Unsupported
from .report import Problem, Report, reason_for, source_line


@functools.cache
def _tracer() -> ThreadPoolExecutor:
    """The one thread that traces. torch.export patches global state, so parties that are threads of one process take turns; and without a GPU
    it registers a device guard that lives as long as the thread that traced (torch._C._ensureCUDADeviceGuardSet), so this thread never ends."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="crypten-tracer")


os.register_at_fork(after_in_child=_tracer.cache_clear)  # a fork has none of its parent's threads


def import_pytorch(model: torch.nn.Module, example: Any) -> tuple[Program, Report]:
    """Imports what can be imported, and reports the rest. ``example``: a tensor, or a tuple of them, with the batch as first dimension."""
    args = tuple(example) if isinstance(example, (tuple, list)) else (example,)
    if not isinstance(model, torch.nn.Module) or not args or not all(isinstance(a, torch.Tensor) and a.dim() > 0 and a.shape[0] > 0 for a in args):
        from ..errors import InvalidArgument

        found = type(model).__name__ if not isinstance(model, torch.nn.Module) else ", ".join(type(a).__name__ for a in args) or "nothing"
        raise InvalidArgument(521, "from_pytorch takes a torch.nn.Module and example tensors", "crypten.nn.from_pytorch", f"found {found}", "pass e.g. torch.zeros(1, 3, 224, 224)")
    name = type(model).__name__
    parameters = sum(p.numel() for p in model.parameters())
    wrong = [Problem(f"input {i}", str(a.dtype), "inputs are tensors of reals", "floating point inputs") for i, a in enumerate(args) if not a.is_floating_point()]
    if wrong:
        return Program(), Report(name, 0, parameters, tuple(wrong))
    try:
        exported = _tracer().submit(_export, model, args).result()
    except Exception as error:  # noqa: BLE001: torch.export reports the model's faults with many classes
        reason = f"torch.export cannot trace it: {type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        return Program(), Report(name, 0, parameters, (Problem("", "torch.export", reason, "no branches on values; sizes from x.shape"),))
    walk = _Walk(model, exported, args)
    program = walk.run()
    return program, Report(name, len(program.nodes), parameters, tuple(walk.problems))


@contextlib.contextmanager
def _evaluation(model: torch.nn.Module) -> Iterator[None]:
    """Evaluation mode inside; every module's own mode again afterwards."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def _export(model: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> torch.export.ExportedProgram:
    # A batch of one would be traced as the number 1, as if the model had asked for it: trace with two.
    args = tuple(torch.cat([a, a]) if a.shape[0] == 1 else a for a in args)
    sizes = torch.export.ShapesCollection()  # by tensor, whatever forward's signature is
    for a in args:
        sizes[a] = {0: torch.export.Dim.AUTO}
    with _evaluation(model), warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        return torch.export.export(model, args, strict=False, dynamic_shapes=sizes).run_decompositions({})


class _Walk:
    """One pass over an exported program; the ``Builder`` of its handlers."""

    def __init__(self, model: torch.nn.Module, exported: torch.export.ExportedProgram, args: tuple[torch.Tensor, ...]) -> None:
        self.model, self.exported, self.args = model, exported, args
        self.program = Program()
        self.problems: list[Problem] = []
        self.values: dict[torch.fx.Node, Any] = {}
        self.origin: dict[int, tuple[str, str]] = {}  # id of a known tensor → its name and kind
        self.keep: list[torch.Tensor] = []  # so that ids stay unique
        self.names: set[str] = set()
        self.node: torch.fx.Node
        self.operation, self.shape, self.several, self.emitted = "", (), False, 0

    def run(self) -> Program:
        self._placeholders()
        for node in self.exported.graph.nodes:
            self.node = node
            if node.op == "call_function":
                self.values[node] = self._call(node)
            elif node.op not in ("placeholder", "output"):
                self._problem(node.op, "is not part of the graph format")
        self._outputs()
        self._drop_unused()
        return self.program

    # Inputs and outputs ------------------------------------------------------------------------------------------------

    def _placeholders(self) -> None:
        nodes = {node.name: node for node in self.exported.graph.nodes if node.op == "placeholder"}
        kinds = {InputKind.PARAMETER: "parameter", InputKind.BUFFER: "buffer", InputKind.CONSTANT_TENSOR: "constant"}
        specs = self.exported.graph_signature.input_specs
        state, constants = self.exported.state_dict, self.exported.constants
        self.names = {spec.target for spec in specs if spec.kind in kinds}
        first: dict[int, str] = {}  # a tensor that the model has under several names keeps the first
        for name, value in self.model.state_dict(keep_vars=True).items():
            first.setdefault(id(value), name)
        inputs = iter(self.args)
        for spec in specs:
            node = nodes[spec.arg.name]
            if spec.kind in kinds:
                original = (state if spec.target in state else constants)[spec.target]
                value = original.detach().clone()
                self.keep.append(value)
                self.origin[id(value)] = (first.get(id(original), spec.target), kinds[spec.kind])
                self.values[node] = value
            elif spec.kind is InputKind.USER_INPUT:
                example = next(inputs)
                name = self._unique(spec.arg.name)
                shape = tuple(node.meta["val"].shape)
                if is_concrete_int(shape[0]):
                    self.problems.append(Problem(f"input {name}", "batch size", f"the model works for a batch of {shape[0]} only", "x.flatten(1), or sizes from x.shape[0]"))
                self.program.inputs.append(GraphInput(name, tuple(example.shape)))
                self.values[node] = Private(name, shape)
            else:
                self.problems.append(Problem("", str(spec.kind), "is not part of the graph format"))

    def _outputs(self) -> None:
        output = next(node for node in self.exported.graph.nodes if node.op == "output")
        self.node = output
        kinds = [spec.kind for spec in self.exported.graph_signature.output_specs]
        for node, kind in zip(output.args[0], kinds, strict=True):
            value = self.values.get(node) if isinstance(node, torch.fx.Node) else node
            if kind is OutputKind.USER_INPUT_MUTATION:  # an operation in place on the input: the caller keeps its tensor
                continue
            if kind is OutputKind.BUFFER_MUTATION:
                self._problem("buffer mutation", "the model changes one of its buffers", "torch.nn.Module.eval() switches most of these off")
            elif not isinstance(value, Private):
                self._problem("output", "an output does not depend on the model's input")
            else:
                self.program.outputs.append(value.name)

    def _drop_unused(self) -> None:
        used, nodes = set(self.program.outputs), []
        for node in reversed(self.program.nodes):
            if node.name in used:
                nodes.append(node)
                used.update(name for name in node.inputs if name)
        self.program.nodes = nodes[::-1]
        self.program.tensors = {name: info for name, info in self.program.tensors.items() if name in used}

    # Nodes -------------------------------------------------------------------------------------------------------------

    def _call(self, node: torch.fx.Node) -> Any:
        target = node.target
        args, kwargs = torch.fx.node.map_arg((node.args, node.kwargs), lambda n: self.values[n])
        if target is operator.getitem:
            source = args[0]
            return source[args[1]] if isinstance(source, (list, tuple)) and args[1] < len(source) else self._stand_in(node)
        result = node.meta.get("val")
        if isinstance(result, (torch.SymInt, torch.SymFloat, torch.SymBool, int, float, bool)):
            return result  # a size: public
        leaves = torch.utils._pytree.tree_leaves((args, kwargs))
        if not any(isinstance(leaf, Private) for leaf in leaves):
            return self._evaluate(node, args, kwargs, leaves)
        first = result[0] if isinstance(result, (tuple, list)) else result
        self.shape, self.several, self.emitted = tuple(first.shape), isinstance(result, (tuple, list)), 0
        schema = getattr(target, "_schema", None)
        self.operation = schema.name.split("::")[-1] if schema else str(target)
        try:
            if self.operation not in HANDLERS or (schema and not schema.name.startswith("aten::")):
                raise Unsupported(*reason_for(self.operation, set(HANDLERS)))
            return _shaped(HANDLERS[self.operation](self, _by_name(schema, args, kwargs)), result)
        except Unsupported as unsupported:
            self._problem(self.operation, unsupported.reason, unsupported.hint)
            return self._stand_in(node)

    def _evaluate(self, node: torch.fx.Node, args: tuple, kwargs: dict, leaves: list) -> Any:
        if any(isinstance(leaf, (torch.SymInt, torch.SymFloat)) for leaf in leaves):
            self._problem(str(node.target).removeprefix("aten.").split(".")[0], "a constant whose shape depends on the batch size", "let it broadcast: a first dimension of 1")
            return self._stand_in(node)
        with torch.no_grad():
            value = node.target(*args, **kwargs)
        private = any(self.origin.get(id(leaf), ("", "constant"))[1] != "constant" for leaf in leaves if isinstance(leaf, torch.Tensor))
        kind = "buffer" if private else "constant"
        if isinstance(value, torch.Tensor):
            return self._known(value, node.name, kind)
        if isinstance(value, (tuple, list)):
            return [self._known(v, f"{node.name}.{i}", kind) if isinstance(v, torch.Tensor) else v for i, v in enumerate(value)]
        return value

    def emit(self, op: str, inputs: list, **attributes: Any) -> Private:
        """Adds a node that stands for (a part of) the current operation. The value has no shape until the handler returned it."""
        base = self.node.name if self.emitted == 0 else f"{self.node.name}.{self.emitted}"
        self.emitted += 1
        name = self._unique(base)
        self.program.nodes.append(Node(name, op, _path(self.node), [self._name(x) for x in inputs], attributes))
        return Private(name, ())

    def _name(self, value: Any) -> str | None:
        """The name of an input; a tensor that is known at import enters the graph here."""
        if value is None:
            return None
        if isinstance(value, Private):
            return value.name
        if not isinstance(value, torch.Tensor):
            raise Unsupported(f"an operand of type {type(value).__name__}")
        if not value.is_floating_point():
            value = self._known(value.to(torch.float32), self.node.name, self.origin.get(id(value), ("", "constant"))[1])
        if id(value) not in self.origin:  # made by a handler from known ones
            self._known(value, self.node.name, "buffer")
        name, kind = self.origin[id(value)]
        if name not in self.program.tensors:
            self.program.tensors[name] = TensorInfo(tuple(value.shape), kind, value.contiguous())
        return name

    def _known(self, value: torch.Tensor, name: str, kind: str) -> torch.Tensor:
        """Remembers what a tensor is called, should a node need it."""
        if id(value) not in self.origin:
            self.keep.append(value)
            self.origin[id(value)] = (self._unique(name), kind)
        return value

    def _unique(self, name: str) -> str:
        candidate, number = name, 1
        while candidate in self.names:
            candidate, number = f"{name}_{number}", number + 1
        self.names.add(candidate)
        return candidate

    def _stand_in(self, node: torch.fx.Node) -> Any:
        """For the result of an unsupported operation, so that the walk goes on and finds the others."""
        value = node.meta.get("val")
        if isinstance(value, (tuple, list)):
            return [Private(node.name, tuple(v.shape)) if isinstance(v, torch.Tensor) else v for v in value]
        return Private(node.name, tuple(value.shape) if isinstance(value, torch.Tensor) else ())

    def _problem(self, operation: str, reason: str, hint: str = "") -> None:
        problem = Problem(_path(self.node), operation, reason, hint, source_line(self.node.meta.get("stack_trace")))
        if problem not in self.problems:  # one line of a model may be traced many times
            self.problems.append(problem)


def _by_name(schema: torch.FunctionSchema, args: tuple, kwargs: dict) -> dict[str, Any]:
    """Arguments by the names of the schema, defaults filled in."""
    bound = {a.name: a.default_value for a in schema.arguments if a.has_default_value()}
    bound.update(zip((a.name for a in schema.arguments), args, strict=False))
    bound.update(kwargs)
    return bound


def _shaped(value: Any, meta: Any) -> Any:
    """A handler's result with the shapes that torch.export derived."""
    if isinstance(value, list):
        return [_shaped(v, m) for v, m in zip(value, meta, strict=False)]
    return Private(value.name, tuple(meta.shape)) if isinstance(value, Private) else value


def _path(node: torch.fx.Node) -> str:
    stack = list(node.meta.get("nn_module_stack", {}).values())
    path = stack[-1][0] if stack else ""
    return "" if path.startswith("_empty_nn_module_stack") else path
