"""torch, the extension, and the instructions and threads that its kernels use.

The extension is loaded in a process of its own: one that does not fit this torch may end the process that loads it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

from crypten_tools.doctor.finding import Finding, fail, ok, warn

LOAD_SECONDS = 300  # torch from a cold disk
_FACTS = "import json, crypten_cpp as c; f = c._C; print(json.dumps({'path': f.kernel_path(), 'threads': f.threads(), 'grpc': f.with_grpc, 'version': c.__version__}))"


def built_for(package: pathlib.Path) -> str | None:
    """The torch that the package in this folder was built for; None: it was not built."""
    try:
        found = re.search(r'^torch_version = "([^"]+)"$', (package / "_build.py").read_text(), re.MULTILINE)
    except OSError:
        return None
    return found.group(1) if found else None


def check_torch(built: str | None, found: str | None) -> Finding:
    """Whether the torch that is installed is the one that the package was built for, to the minor version: its C++ interface changes with it."""
    if built is None:
        return fail("torch", "crypten_cpp is not built here", "`pip install .` in its sources, or `make build` and PYTHONPATH=build/python")
    minor = ".".join(built.split(".")[:2])
    if found is None:
        return fail("torch", f"crypten_cpp was built for {built}, and none is installed", f'pip install "torch=={minor}.*"')
    if found.split("+")[0].split(".")[:2] != minor.split("."):
        return fail("torch", f"crypten_cpp was built for {built}, found {found}", f'pip install "torch=={minor}.*", or build crypten_cpp again')
    return ok("torch", f"built for {built}, found {found}")


def check_kernels(path: str, forced: str | None) -> Finding:
    """The instructions that the kernels use; `forced` is the value of CRYPTEN_KERNELS."""
    if forced:
        return warn("CPU", f"kernels use {path}, because CRYPTEN_KERNELS says so", "unset CRYPTEN_KERNELS, unless you measure or test")
    if path == "portable":
        return warn("CPU", "kernels are portable: no AVX2 was found", "use a CPU, or a virtual machine's CPU type, with AVX2: products are several times faster")
    return ok("CPU", f"kernels use {path}")


def check_threads(threads: int, cores: int) -> Finding:
    """The kernels' threads beside the cores that this process may use."""
    if threads > cores:
        return warn("threads", f"{threads} on {cores} cores", "lower CRYPTEN_THREADS: threads that wait for a core slow the others down")
    if threads < cores:
        return warn("threads", f"{threads} on {cores} cores", "raise or unset CRYPTEN_THREADS, unless other parties run on this machine")
    return ok("threads", f"{threads} on {cores} cores")


def check_library() -> Iterator[Finding]:
    """The package as this Python finds it."""
    spec = importlib.util.find_spec("crypten_cpp")
    if spec is None or not spec.origin:
        yield fail("package", f"{sys.executable} finds no crypten_cpp", "`pip install .` in its sources, or PYTHONPATH=build/python after `make build`")
        return
    try:
        torch_version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        torch_version = None
    fits = check_torch(built_for(pathlib.Path(spec.origin).parent), torch_version)
    yield fits
    if fits.todo:
        return
    try:
        loaded = subprocess.run([sys.executable, "-c", _FACTS], capture_output=True, text=True, timeout=LOAD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        yield fail("extension", f"not loaded within {LOAD_SECONDS} s", "look at the disk that holds torch")
        return
    if loaded.returncode != 0:
        last = (loaded.stderr.strip().splitlines() or [f"ended with status {loaded.returncode}"])[-1]
        error = re.search(r"CRY-\d{4}.*", loaded.stderr, re.DOTALL)
        yield fail("extension", error.group(0).strip().replace("\n", ";") if error else last, "correct what is named; else install crypten_cpp again for this torch and Python")
        return
    facts = json.loads(loaded.stdout.splitlines()[-1])
    yield ok("package", f"crypten_cpp {facts['version']} in {pathlib.Path(spec.origin).parent}")
    yield check_kernels(facts["path"], os.environ.get("CRYPTEN_KERNELS"))
    yield check_threads(facts["threads"], len(os.sched_getaffinity(0)))
    if not facts["grpc"]:
        yield warn("network", "the library was built without gRPC: parties of one process only", "install libgrpc++-dev and build again")
