"""_C.pyi names exactly what the extension has."""

import ast
import pathlib

import crypten_cpp
from crypten_cpp import _C

STUB = pathlib.Path(crypten_cpp.__file__).parent / "_C.pyi"


def public(names):
    return {name for name in names if not name.startswith("_") or name in ("__call__", "__version__")}


def test_the_stub_is_complete_and_true():
    tree = ast.parse(STUB.read_text())
    declared = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    variables = {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    assert set(declared) | variables == public(dir(_C))
    for name, node in declared.items():
        if isinstance(node, ast.ClassDef):
            members = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
            assert public(members) == public(vars(getattr(_C, name))), name


def test_typed_package():
    assert (STUB.parent / "py.typed").exists()


def test_the_version_is_one():
    root = STUB.resolve().parents[2]
    assert crypten_cpp.__version__ == _C.__version__
    assert f'version = "{crypten_cpp.__version__}"' in (root / "pyproject.toml").read_text()
