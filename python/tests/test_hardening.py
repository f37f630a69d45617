"""What the linker and the compiler were told is in the files that they made: read back from the ELF files themselves."""

import pathlib
import re
import subprocess

import pytest

import crypten_cpp
from crypten_cpp import _C

BUILD = pathlib.Path(crypten_cpp.__file__).parents[2]
LIBRARY = BUILD / "lib" / "libcrypten.so"
PROGRAMS = sorted(path for path in (BUILD / "bin").glob("*") if path.read_bytes()[:4] == b"\x7fELF")
FILES = [LIBRARY, pathlib.Path(_C.__file__), *PROGRAMS]

pytestmark = pytest.mark.skipif(not LIBRARY.exists(), reason="not run from a build folder")


def readelf(what, path):
    return subprocess.run(["readelf", "-W", what, path], capture_output=True, text=True, check=True).stdout


def imported(path):
    """Names that the file takes from other libraries."""
    return {line.split()[7].split("@")[0] for line in readelf("--dyn-syms", path).splitlines() if re.match(r"\s+\d+:", line) and " UND " in line and len(line.split()) > 7}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_relocations_are_read_only_from_the_start(path):
    segments, dynamic = readelf("-l", path), readelf("-d", path)
    assert "GNU_RELRO" in segments
    assert re.search(r"\(FLAGS_1\).*\bNOW\b", dynamic)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_memory_is_writable_and_executable(path):
    segments = [line.split() for line in readelf("-l", path).splitlines() if re.match(r"\s+(LOAD|GNU_STACK)\s", line)]
    assert len(segments) > 2
    for segment in segments:
        flags = "".join(segment[6:-1])
        assert not ("W" in flags and "E" in flags), segment


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_programs_are_loaded_anywhere(path):
    assert re.search(r"\(FLAGS_1\).*\bPIE\b", readelf("-d", path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_stacks_are_guarded(path):
    assert "__stack_chk_fail" in imported(path)


def test_the_c_library_s_checked_functions_are_used():
    assert any(name.endswith("_chk") and name != "__stack_chk_fail" for name in imported(LIBRARY))


def test_indirect_calls_have_landing_pads():
    """Every exported function of ours starts with endbr64, what -fcf-protection puts there."""
    if "X86-64" not in readelf("-h", LIBRARY):
        pytest.skip("x86-64 only")
    loads = [[int(word, 16) for word in line.split()[1:5]] for line in readelf("-l", LIBRARY).splitlines() if line.strip().startswith("LOAD")]
    functions = [line.split() for line in readelf("--dyn-syms", LIBRARY).splitlines() if " FUNC " in line and " UND " not in line and "_ZN7crypten" in line]
    assert len(functions) > 500
    bare = []
    with open(LIBRARY, "rb") as file:
        for words in functions:
            address = int(words[1], 16)
            offset = next(address - start + position for position, start, _, size in loads if start <= address < start + size)
            file.seek(offset)
            if file.read(4) != b"\xf3\x0f\x1e\xfa":
                bare.append(words[7])
    assert not bare, bare[:5]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_libraries_are_searched_for_in_named_folders_only(path):
    """An empty or relative entry would mean the current folder, into which others may have put theirs."""
    for entries in re.findall(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", readelf("-d", path)):
        assert all(entry.startswith(("/", "$ORIGIN")) for entry in entries.split(":")), entries
