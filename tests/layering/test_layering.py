"""Who may include whom: reads every #include and fails on an arrow that is not in docs/architecture.md, on include cycles, and on forbidden sources of randomness."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("crypten_core", "comm", "mpc", "autograd", "nn", "cuda")

# Folder → folders it may include (itself always). Sub-folders of mpc and comm have rules of their own.
ARROWS = {
    "crypten_core": set(),
    "comm": {"crypten_core"},
    "mpc": {"comm", "crypten_core"},
    "autograd": {"mpc", "comm", "crypten_core"},
    "nn": {"autograd", "mpc", "comm", "crypten_core"},
    "cuda": {"crypten_core"},
}
# Within mpc, upwards is forbidden: a room may include rooms of its own or a smaller number. The files of mpc itself (party …) are one room,
# but for those that include nothing of the project and may be read everywhere.
MPC_FOUNDATION = {"mpc/ring.h", "mpc/error_codes.h"}
MPC_FLOORS = {"sharing": 1, "provider": 1, "": 2, "protocol": 3, "tensor": 4, "function": 5, "costs": 6}
RANDOMNESS = re.compile(r"\b(mt19937|random_device|std::rand|at::rand\w*|torch::rand\w*|at::randint|rand\(\))")


def sources():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cpp", ".cu", ".cuh"):
                yield path


def includes(path):
    return re.findall(r'^\s*#\s*include\s+["<]([^">]+)[">]', path.read_text(), re.MULTILINE)


def own(include):
    return include.split("/")[0] in FOLDERS


def violations(path, include):
    """The rules one include breaks, as text; empty if none."""
    relative = path.relative_to(ROOT)
    folder = relative.parts[0]
    target = include.split("/")[0]
    if target == "cuda" and folder != "cuda":
        yield "nobody includes cuda"
    if own(include) and target != folder and target not in ARROWS[folder]:
        yield f"{folder} may not include {target}"
    if include.startswith(("grpc/", "grpcpp/", "grpc.h")) and not str(relative).startswith("comm/grpc/"):
        yield "gRPC is included only under comm/grpc"
    if str(relative).startswith("comm/grpc/") and include.startswith(("ATen/", "torch/", "c10/")):
        yield "comm/grpc moves bytes: no torch header"
    if include.startswith("pybind11/"):
        yield "pybind11 is included only under python"
    if folder == "mpc" and target == "mpc" and include not in MPC_FOUNDATION:
        here = relative.parts[1] if len(relative.parts) > 2 else ""
        parts = include.split("/")
        there = parts[1] if len(parts) > 2 else ""
        if MPC_FLOORS[there] > MPC_FLOORS[here]:
            yield f"mpc/{here or '*'} may not include mpc/{there or '*'}"
        if here == "provider" and there == "":
            yield "provider never includes party"


def test_arrows():
    broken = [f"{path.relative_to(ROOT)} includes {include}: {rule}" for path in sources() for include in includes(path) for rule in violations(path, include)]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("file", "include"),
    [
        ("crypten_core/prg.cpp", "comm/channel.h"),
        ("comm/frame.cpp", "mpc/party.h"),
        ("mpc/party.cpp", "grpcpp/grpcpp.h"),
        ("comm/grpc/mesh.cpp", "ATen/ATen.h"),
        ("mpc/provider/dealer.cpp", "mpc/party.h"),
        ("mpc/protocol/open.cpp", "mpc/tensor/mpc_tensor.h"),
        ("nn/graph.cpp", "cuda/elementwise.h"),
        ("nn/graph.cpp", "pybind11/pybind11.h"),
    ],
)
def test_each_rule_finds_its_defect(file, include):
    assert list(violations(ROOT / file, include))


def test_no_include_cycles():
    graph = {str(path.relative_to(ROOT)): [i for i in includes(path) if own(i)] for path in sources()}
    state = {}

    def visit(node, trail):
        if state.get(node) == "done" or node not in graph:
            return
        assert state.get(node) != "open", "include cycle: " + " -> ".join([*trail, node])
        state[node] = "open"
        for target in graph[node]:
            visit(target, [*trail, node])
        state[node] = "done"

    for node in graph:
        visit(node, [])


def test_sources_of_randomness():
    broken = [f"{path.relative_to(ROOT)}: {match.group()}" for path in sources() for match in RANDOMNESS.finditer(path.read_text())]
    assert not broken, "only the CSPRNG makes masks and shares:\n" + "\n".join(broken)


def test_one_door():
    """Only mpc/protocol/open queues openings, and only party and communicator plumbing exchanges bytes."""
    allowed_queue = {"mpc/protocol/open.cpp", "mpc/party.cpp"}
    broken = [str(path.relative_to(ROOT)) for path in sources() if re.search(r"\bparty\.queue\(|->queue\(", path.read_text()) and str(path.relative_to(ROOT)) not in allowed_queue]
    assert not broken, f"shares are opened outside mpc/protocol/open: {broken}"


def test_every_source_has_a_test():
    """tests/ is the same tree as the sources; the kernels of one instruction set are tested through their dispatcher."""
    missing = []
    for path in sources():
        relative = path.relative_to(ROOT)
        if path.suffix != ".cpp" or re.search(r"_(avx2|aesni|vaes|vaes512|avx512|gfni|amx)$", path.stem) or relative.parts[0] == "cuda":
            continue
        text = path.with_suffix(".h")
        if text.exists() and not (ROOT / "tests" / relative.parent / f"{path.stem}_test.cpp").exists():
            missing.append(str(relative))
    # What is plumbing behind another header's tests is named here, with the header that covers it.
    covered = ROOT / "tests" / "layering" / "covered_elsewhere.txt"
    known = {line.split()[0]: line.split()[1] for line in covered.read_text().splitlines() if line and not line.startswith("#")} if covered.exists() else {}
    assert all((ROOT / test).exists() for test in known.values()), "covered_elsewhere.txt names a test that does not exist"
    left = [source for source in missing if source not in known]
    assert not left, "sources without a test file of their name:\n" + "\n".join(left)
