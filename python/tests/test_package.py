"""The package as others meet it: imported beside onnx, for another torch, from CMake, by its commands."""

import importlib
import itertools
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

import pytest
import torch

import crypten_cpp
from crypten_cpp import _C

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = pathlib.Path(crypten_cpp.__file__).parent
BUILD = PACKAGE.parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, **options)
    return done.returncode, done.stdout, done.stderr


ORDERS = """
import os

NAMES = {"torch", "onnx", "crypten_cpp"}


def use(order):
    import crypten_cpp, onnx, torch
    with crypten_cpp.simulate(2) as sim:
        assert sim.run(lambda: crypten_cpp.cryptensor(torch.tensor([1.5])).get_plain_text().item()) == [1.5, 1.5]
    assert onnx.helper.make_tensor("t", onnx.TensorProto.FLOAT, [1], [2.0]).SerializeToString()
    print(" ".join(order), flush=True)


def branch(order):
    # A process for each way to go on: what is imported already is loaded once for all of them.
    for name in sorted(NAMES - set(order)):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                __import__(name)
                branch([*order, name])
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(pid, 0)[1] == 0, [*order, name]
    if len(order) == len(NAMES):
        use(order)


branch([])
"""


def test_torch_onnx_and_crypten_in_every_order():
    """onnx and gRPC both know protobuf; whoever comes first must not spoil it for the others."""
    pytest.importorskip("onnx", reason="onnx is in requirements.txt")
    orders = itertools.permutations(sorted(["torch", "onnx", "crypten_cpp"]))
    status, out, err = run([sys.executable, "-c", ORDERS])
    assert status == 0, err
    assert out.splitlines() == [" ".join(order) for order in orders]


OTHER_TORCH = """
import pathlib, sys
for version in ("2.10.0", "3.0.1"):
    pathlib.Path("crypten_cpp/_build.py").write_text(f'torch_version = "{version}"\\nversion = "0.1.0"\\n')
    for name in [name for name in sys.modules if name.startswith("crypten_cpp")]:
        del sys.modules[name]
    try:
        import crypten_cpp
    except ImportError as error:
        print(error)
    assert "crypten_cpp._C" not in sys.modules
"""


def test_another_torch_is_refused_before_the_extension_is_loaded(tmp_path):
    """With the package itself, and a file of another build."""
    shutil.copytree(PACKAGE, tmp_path / "crypten_cpp", symlinks=False, ignore=shutil.ignore_patterns("*.so", "__pycache__", "_build.py", "lib", "bin"))
    status, out, err = run([sys.executable, "-B", "-c", OTHER_TORCH], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert status == 0, err
    found = torch.__version__
    assert out.splitlines() == [f'crypten_cpp was built for torch {built}, found {found}: pip install "torch=={minor}.*", or build crypten_cpp again' for built, minor in (("2.10.0", "2.10"), ("3.0.1", "3.0"))]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    if not (BUILD / "cmake_install.cmake").exists():
        pytest.skip("not run from a build folder")
    prefix = tmp_path_factory.mktemp("prefix")
    status, out, err = run(["cmake", "--install", BUILD, "--prefix", prefix])
    assert status == 0, out + err
    return prefix


def configure(prefix, folder, *options):
    launcher = shutil.which("ccache")
    return run(["cmake", "-G", "Ninja", "-S", ROOT / "tests" / "consumer", "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}", *([f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}"] if launcher else []), *options])


def test_a_program_outside_finds_the_library(installed, tmp_path):
    moved = tmp_path / "moved"  # whoever installs it may put it elsewhere
    shutil.copytree(installed, moved)
    status, out, err = configure(moved, tmp_path / "build")
    assert status == 0, out + err
    status, out, err = run(["cmake", "--build", tmp_path / "build"])
    assert status == 0, out + err
    environment = {name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE")}
    status, out, err = run([tmp_path / "build" / "consumer"], env=environment)
    assert status == 0 and "2.2500" in out and "4.0000" in out, out + err


def test_another_version_or_torch_is_refused_by_cmake(installed, tmp_path):
    version = next(installed.rglob("crypten-config-version.cmake"))
    kept = version.read_text()
    version.write_text(kept.replace('"0.1.0"', '"0.2.0"'))
    status, _, err = configure(installed, tmp_path / "version")
    version.write_text(kept)
    assert status != 0 and "0.2.0" in err
    torch_root = tmp_path / "torch"
    torch_root.mkdir()
    (torch_root / "version.py").write_text("__version__ = '2.10.1+cpu'\n")
    status, _, err = configure(installed, tmp_path / "other", f"-DCRYPTEN_TORCH_ROOT={torch_root}")
    assert status != 0 and "built for torch" in err and '"2.10.1"' in err


def test_installed_headers_are_those_that_the_library_has(installed):
    headers = {str(path.relative_to(installed / "include" / "crypten")) for path in (installed / "include" / "crypten").rglob("*.h")}
    sources = {str(path.relative_to(ROOT)) for folder in ("crypten_core", "comm", "mpc", "autograd", "nn") for path in (ROOT / folder).rglob("*.h")}
    assert headers == sources
    if _C.with_grpc:
        assert os.access(installed / "bin" / "crypten-dealer", os.X_OK)
        assert run([installed / "bin" / "crypten-dealer", "--help"])[0] == 0


def test_every_command_is_a_function():
    commands = PROJECT["project"]["scripts"]
    assert set(commands) == {"crypten", "crypten-launch", "crypten-cert", "crypten-dealer"}
    for target in commands.values():
        module, function = target.split(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_the_torch_of_the_build_is_the_torch_of_the_package():
    minor = ".".join(_C.torch_version.split(".")[:2])
    assert f"torch=={minor}.*" in PROJECT["project"]["dependencies"]
    assert any(need.startswith(f"torch=={minor}.") for need in PROJECT["build-system"]["requires"])


def test_the_dealer_s_command_finds_its_program_and_not_itself(tmp_path, monkeypatch):
    from crypten_tools import dealer

    command = tmp_path / "crypten-dealer"
    command.write_text("#!/bin/sh\nexit 0\n")
    command.chmod(0o755)
    monkeypatch.setenv("CRYPTEN_DEALER_PROGRAM", str(command))
    assert dealer.program() == str(command)
    monkeypatch.delenv("CRYPTEN_DEALER_PROGRAM")
    access = os.access
    monkeypatch.setattr(dealer.os, "access", lambda path, mode: "build" not in str(path) and access(path, mode))
    monkeypatch.setattr(dealer.shutil, "which", lambda _: str(command))
    monkeypatch.setattr(sys, "argv", [str(command)])
    assert dealer.program() in (None, str(PACKAGE / "bin" / "crypten-dealer"))
