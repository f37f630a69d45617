"""Files that are damaged, that this user may not read, and disks that are full."""

import functools
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

import pytest
import torch
from torch import nn

import crypten_cpp as crypten
from crypten_cpp import _C
from crypten_tools import cert

NOBODY = 65534
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user, who may not read a file")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    crypten.nn.from_pytorch(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), torch.zeros(1, 3)).save(path)
    return path


def loaders(path):
    yield lambda: crypten.nn.load(path)
    yield lambda: _C.load_graph(str(path))


def test_every_truncation_is_refused(model, tmp_path):
    data = model.read_bytes()
    for length in [*range(0, 64), *range(64, len(data), 37), len(data) - 1]:
        (tmp_path / "cut").write_bytes(data[:length])
        for load in loaders(tmp_path / "cut"):
            with pytest.raises(crypten.InvalidArgument) as error:
                load()
            assert error.value.code in (501, 502) and error.value.todo, length


def test_every_flipped_byte_of_a_header_is_refused_or_harmless(model, tmp_path):
    """A flipped bit may give another valid name; nothing else than a model or a named error may come out."""
    data = bytearray(model.read_bytes())
    header = 8 + int.from_bytes(data[:8], "little")
    refused = 0
    for position in range(0, header, 5):
        for mask in (0x01, 0x10, 0x80):
            data[position] ^= mask
            (tmp_path / "flipped").write_bytes(data)
            data[position] ^= mask
            for load in loaders(tmp_path / "flipped"):
                try:
                    load()
                except crypten.InvalidArgument as error:
                    assert error.code in (501, 502) and error.todo, (position, mask)
                    refused += 1
    assert refused > header // 5


@pytest.mark.parametrize("structure", ["", "[]", "7", "null", '{"format": "crypten-graph"}', '{"format": "crypten-graph", "version": 1, "inputs": 3, "outputs": [], "nodes": [], "tensors": {}}',
                                       '{"format": "crypten-graph", "version": 1, "inputs": [], "outputs": [], "nodes": [[]], "tensors": {}}',
                                       '{"format": "crypten-graph", "version": 1, "inputs": [], "outputs": [], "nodes": [], "tensors": []}',
                                       "[" * 100_000])  # fmt: skip
def test_structures_that_cannot_be_meant(structure, tmp_path):
    from safetensors.torch import save_file

    save_file({}, tmp_path / "model", metadata={"crypten_graph": structure})
    for load in loaders(tmp_path / "model"):
        with pytest.raises(crypten.InvalidArgument) as error:
            load()
        assert error.value.code in (501, 502) and error.value.todo


# disks that are full


def limited(code, *arguments):
    """Runs Python where no file may grow beyond 1000 bytes: what a full disk does, without one."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    return subprocess.run([sys.executable, "-B", "-c", code, *map(str, arguments)], preexec_fn=limit, capture_output=True, text=True, timeout=300, check=False)


SAVE = """
import sys, crypten_cpp as crypten
model, target = sys.argv[1:]
graph = crypten.nn.load(model)
program = crypten._C.load_graph(model)
for save in (lambda: graph.program.save(target), lambda: program.save(target)):
    try:
        save()
        print("saved")
    except crypten.InvalidArgument as error:
        print(error.code, bool(error.todo), error.where == target)
"""


def test_a_model_that_does_not_fit_on_the_disk(model, tmp_path):
    assert model.stat().st_size > 1000
    target = tmp_path / "copy.safetensors"
    target.write_text("what was there before")
    done = limited(SAVE, model, target)
    assert done.stdout.splitlines() == ["503 True True"] * 2, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["copy.safetensors"] and target.read_text() == "what was there before"


def mounted(megabytes_of, script):
    """Runs a shell script where $disk is a disk of 16 KiB, in a mount namespace of its own; None where that is not allowed."""
    prefix = [] if os.geteuid() == 0 else ["--map-root-user"]
    shell = f'set -e; mount -t tmpfs -o size={megabytes_of} none "$disk"; {script}'
    folder = tempfile.mkdtemp()
    try:
        probe = subprocess.run(["unshare", *prefix, "--mount", "sh", "-c", 'mount -t tmpfs none "$disk"'], env=os.environ | {"disk": folder}, capture_output=True, check=False)
        if probe.returncode != 0:
            return None
        return subprocess.run(["unshare", *prefix, "--mount", "sh", "-c", shell], env=os.environ | {"disk": folder}, capture_output=True, text=True, timeout=300, check=False)
    finally:
        shutil.rmtree(folder)


def test_certificates_that_do_not_fit_on_the_disk():
    done = mounted("16k", f'cd "$disk"; {sys.executable} -m crypten_tools.cert init run -n 4')
    if done is None:
        pytest.skip("no mount namespace for this user")
    assert done.returncode == 1 and "No space left on device" in done.stderr and "Traceback" not in done.stderr


def test_a_log_folder_that_is_full():
    done = mounted("16k", f'{sys.executable} -m crypten_tools.launch -n 2 --no-dealer --log-dir "$disk/logs" sh -c "seq 1 10000; sleep 60"')
    if done is None:
        pytest.skip("no mount namespace for this user")
    assert done.returncode == 1 and "No space left on device" in done.stderr and "Traceback" not in done.stderr


# files of another user


@pytest.fixture
def shown():
    """A folder that everybody may enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="crypten-shown-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@functools.cache
def reachable():
    """Whether another user may enter the folders of this Python and of the packages."""
    code = "import importlib.util as u; assert u.find_spec('crypten_cpp') and u.find_spec('torch') and u.find_spec('crypten_tools.doctor')"
    try:
        return subprocess.run([sys.executable, "-c", code], user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, check=False).returncode == 0
    except PermissionError:
        return False  # this Python lies where only its owner may look


def as_nobody(command, **environment):
    if not reachable():
        pytest.skip("another user cannot reach this Python")
    # HOME and caches of root are not its own.
    return subprocess.run(command, env=os.environ | environment | {"HOME": "/nonexistent"}, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, text=True, timeout=300, check=False)


READ = """
import sys, crypten_cpp as crypten
model, config = sys.argv[1:]
for f in (lambda: crypten.nn.load(model), lambda: crypten._C.load_graph(model), lambda: crypten.cfg.load_config(config), lambda: crypten.init()):
    try:
        f()
        print("no error")
    except crypten.Error as error:
        print(error.code, bool(error.todo), "ermission" in str(error))
"""


@only_root
def test_what_another_user_may_not_read(model, shown):
    for name, data in (("model", model.read_bytes()), ("config.toml", b"[encoder]\nprecision_bits = 16\n")):
        (shown / name).write_bytes(data)
        (shown / name).chmod(0o600)
    cert.create_run_folder(shown / "run", 2)
    (shown / "run").chmod(0o755)
    (shown / "run" / "party-0").chmod(0o755)  # the key itself stays 0600, root's
    run = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "24999", "CRYPTEN_DEALER": "127.0.0.1:1", "CRYPTEN_RUN_FOLDER": str(shown / "run" / "party-0")}
    done = as_nobody([sys.executable, "-B", "-c", READ, str(shown / "model"), str(shown / "config.toml")], **run)
    assert done.stdout.splitlines() == ["502 True True", "502 True True", "603 True True", "256 True True" if _C.with_grpc else "305 True False"], done.stderr


@only_root
def test_the_doctor_and_the_tools_as_another_user(shown):
    cert.create_run_folder(shown / "run", 1)
    for folder, says in ((shown / "run", "may not be read by this user"), (shown / "run" / "party-0", "may not be read by this user")):
        done = as_nobody([sys.executable, "-B", "-m", "crypten_tools.doctor", "--only", "certificates", "--run-folder", str(folder)])
        assert done.returncode == 1 and says in done.stdout and "to do:" in done.stdout, done.stderr
        (shown / "run").chmod(0o755)
    (shown / "run" / "party-0").chmod(0o755)
    done = as_nobody([sys.executable, "-B", "-m", "crypten_tools.cert", "check", str(shown / "run" / "party-0")])
    assert done.returncode == 1 and "party-0.key may not be read by this user: run as its owner" in done.stderr
    done = as_nobody([sys.executable, "-B", "-m", "crypten_tools.cert", "init", str(shown / "new"), "-n", "1"])
    assert done.returncode == 1 and "Permission denied" in done.stderr and "Traceback" not in done.stderr
