"""Every error code of the sources has its line in docs/errors.md, and every line there is a code of the sources."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("crypten_core", "comm", "mpc", "autograd", "nn", "cuda", "tools", "python/bindings", "python/crypten_cpp")


def codes_in_sources():
    found = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".h", ".cpp", ".py"):
                continue
            text = path.read_text()
            for match in re.finditer(r"constexpr int \w+ = ([1-6]\d\d);|\(\s*([1-6]\d\d),\s*(?:f?\"|[A-Za-z_]+[.,:(+ ])", text):
                code = match.group(1) or match.group(2)
                found.setdefault(int(code), str(path.relative_to(ROOT)))
    return found


def codes_in_docs():
    return [int(code) for code in re.findall(r"^\| CRY-0(\d{3}) \|", (ROOT / "docs" / "errors.md").read_text(), re.MULTILINE)]


def test_every_code_is_documented():
    missing = {code: path for code, path in codes_in_sources().items() if code not in codes_in_docs()}
    assert not missing, missing


def test_every_documented_code_exists():
    stale = [code for code in codes_in_docs() if code not in codes_in_sources()]
    assert not stale, stale


def test_codes_are_documented_once():
    documented = codes_in_docs()
    assert len(documented) == len(set(documented)) > 80
