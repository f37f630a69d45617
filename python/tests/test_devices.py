"""Tensors on a device: a GPU where there is one, and on every machine one that is emulated on the CPU (tests/cuda/emulation), whose library is loaded as the real one is."""

import importlib.util
import json
import pathlib

import emulated
import pytest
import torch

import crypten_cpp as crypten
from crypten_cpp.errors import InvalidArgument

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=["emulated", "cuda"])
def device(request):
    if request.param == "cuda":
        if not torch.cuda.is_available():
            pytest.skip("no GPU here")
        return torch.device("cuda", 0)
    return emulated.load() or pytest.skip("the emulated device is not built here: cmake --build build --target crypten_cuda_emulated")


def test_shares_lie_where_the_tensor_does(pair, device):
    x = torch.linspace(-3, 3, 12).reshape(3, 4)

    def program():
        mine = x.to(device) if crypten.rank() == 0 else None
        a, b = crypten.cryptensor(x.to(device)), crypten.cryptensor(mine, size=x.shape, device=device)
        c, d = crypten.cryptensor(2.5, device=device), crypten.binary_tensor(torch.arange(4), device=device)
        results = [a, b, a * b, (a - c).relu(), a.softmax(1), d + 1]
        return [r.device for r in results], [r.get_plain_text().cpu() for r in results[2:]]

    for devices, (product, relu, softmax, added) in pair.run(program):
        assert devices == [device] * 6
        assert torch.allclose(product, x * x, atol=1e-3)
        assert torch.allclose(relu, (x - 2.5).relu(), atol=1e-3)
        assert torch.allclose(softmax, x.softmax(1), atol=1e-3)
        assert added.tolist() == [1, 2, 3, 4]


def test_random_values_are_made_where_they_are_wanted(pair, device):
    def program():
        p = torch.full((200,), 0.25)
        values = [crypten.rand(3, 50, device=device), crypten.randn((4, 50), device=device), crypten.randperm(20, device=device), crypten.bernoulli(p.to(device))]
        values.append(crypten.shuffle(values[2]))
        return [v.device for v in values], [v.get_plain_text().cpu() for v in values], crypten.rand(2).device

    first, *others = pair.run(program)
    devices, (uniform, normal, order, coins, shuffled), other = first
    assert devices == [device] * 5
    assert other == torch.device("cpu")
    assert 0 <= uniform.min() and uniform.max() < 1
    assert normal.shape == (4, 50)
    assert order.sort().values.tolist() == list(range(20)) == shuffled.sort().values.tolist()
    assert set(coins.unique().tolist()) <= {0.0, 1.0}
    for _, values, _ in others:
        assert all(torch.equal(a, b) for a, b in zip(values, first[1], strict=True))


def test_moving_keeps_what_is_open(pair, device):
    x = torch.linspace(-3, 3, 5)

    def program():
        here = crypten.cryptensor(x)
        square = here * here  # opens it
        there = here.to(device)
        before = crypten.communication_stats().rounds
        again = there * there
        rounds = crypten.communication_stats().rounds - before
        back = again.cpu() - square
        words = crypten.binary_tensor(torch.tensor([3, 4])).to(device)
        return rounds, there.device, back.device, back.get_plain_text(), words.device, words.cpu().get_plain_text()

    for rounds, there, back, zeros, words, integers in pair.run(program):
        assert rounds == 0
        assert (there, back, words) == (device, torch.device("cpu"), device)
        assert zeros.abs().max() < 1e-3
        assert integers.tolist() == [3, 4]


def test_a_pending_truncation_is_done_once(pair, device):
    def program():
        x = crypten.cryptensor(torch.tensor([1.5, -2.0]))
        product = x * x
        there = product.to(device)
        return (there.relu() - product.to(device)).get_plain_text().cpu()

    for difference in pair.run(program):
        assert difference.abs().max() < 1e-3


def test_parties_on_different_devices_compute_together(pair, device):
    x, w = torch.linspace(-3, 3, 6).reshape(2, 3), torch.linspace(1, -1, 6).reshape(3, 2)

    def program():
        place = device if crypten.rank() == 0 else "cpu"
        a = crypten.cryptensor(x).to(place)
        b = crypten.cryptensor(w, src=1, device=place)
        y = (a @ b).relu() + a.to(place).gelu().sum() + (a.to(place) * a.to(place)).max()
        return y.get_plain_text().cpu()

    expected = (x @ w).relu() + torch.nn.functional.gelu(x).sum() + (x * x).max()
    for result in pair.run(program):
        assert torch.allclose(result, expected, atol=1e-2)


def test_operands_on_two_devices_are_refused(pair, device):
    def program():
        x = crypten.cryptensor(torch.ones(3))
        with pytest.raises(InvalidArgument) as refused:
            x * x.to(device)
        return refused.value.code, (x + 1).get_plain_text()

    for code, value in pair.run(program):
        assert code == 403
        assert value.tolist() == [2, 2, 2]


@pytest.mark.parametrize("first", ["to", "encrypt"])
def test_a_model_on_a_device(pair, device, first):
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Linear(27, 5), torch.nn.Softmax(1)).eval()
    x = torch.randn(2, 1, 8, 8)
    graph = crypten.nn.from_pytorch(model, x)

    def program():
        own = graph.structure_only() if crypten.rank() else crypten.nn.Graph(graph.program)
        (own.to(device).encrypt() if first == "to" else own.encrypt().to(device))
        classify = crypten.plan(own)
        for _ in range(2):
            y = classify(crypten.cryptensor(x, src=1, device=device))
        return y.device, y.get_plain_text().cpu()

    with torch.no_grad():
        expected = model(x)
    for where, result in pair.run(program):
        assert where == device
        assert torch.allclose(result, expected, atol=1e-2)


def test_devices_that_are_not_there(pair):
    def program():
        x = crypten.cryptensor(torch.ones(2))
        codes = []
        for move in (lambda: x.to("mps"), lambda: crypten.cryptensor([1.0], device="mps"), lambda: crypten.nn.Graph(None).to("mps")):
            with pytest.raises(InvalidArgument) as refused:
                move()
            codes.append(refused.value.code)
        return codes, x.cpu().get_plain_text().tolist()

    for codes, value in pair.run(program):
        assert codes == [621] * 3
        assert value == [1, 1]


def test_the_benchmark_of_protocols_runs(device, tmp_path):
    path = ROOT / "benchmarks" / "cuda" / "protocols.py"
    spec = importlib.util.spec_from_file_location("protocols", path)
    protocols = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(protocols)
    assert protocols.main(["--device", str(device), "--sizes", "40,1000", "--models", "digits", "--runs", "1", "--json", str(tmp_path / "results.json")]) == 0
    results = json.loads((tmp_path / "results.json").read_text())["results"]
    assert [r["name"] for r in results] == [f"{name} {size}" for name in protocols.OPERATIONS for size in ("40", "1,000")] + ["digits", "digits, rtt=0.05ms,rate=10Gbps"]
    assert all(r["seconds"] > 0 for r in results)
    assert protocols.main(["--device", "mps"]) == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_no_gpu_here(pair):
    def program():
        x = crypten.cryptensor(torch.ones(2))
        codes = []
        for move in (x.cuda, lambda: x.cuda(1), lambda: x.to("cuda:0"), lambda: crypten.binary_tensor([1], device="cuda"), lambda: crypten.nn.Graph(None).cuda()):
            with pytest.raises(InvalidArgument, match="no GPU") as refused:
                move()
            codes.append(refused.value.code)
        return codes

    assert pair.run(program) == [[620] * 5] * 2


def test_the_count_of_launches_runs(capsys):
    if emulated.load() is None:
        pytest.skip("the emulated device is not built here: cmake --build build --target crypten_cuda_emulated")
    spec = importlib.util.spec_from_file_location("launches", ROOT / "benchmarks" / "cuda" / "launches.py")
    launches = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(launches)
    assert launches.main(["--models", "digits"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["digits, rank 0", "digits, rank 1"]
    assert all("in 19 rounds" in line for line in lines)
