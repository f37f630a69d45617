"""Encrypted models in Python."""

import pytest
import torch
from torch import nn

import crypten_cpp as crypten


def network():
    return nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 4)).eval()


def test_the_owner_s_numbers_count(sim):
    torch.manual_seed(0)
    owned, x = network(), torch.randn(5, 1, 4, 4)

    def program():
        torch.manual_seed(100 + crypten.rank())
        owner = crypten.world_size() - 1
        model = owned if crypten.rank() == owner else network()  # the architecture, with other numbers
        graph = crypten.nn.from_pytorch(model, torch.zeros(1, 1, 4, 4))
        assert not graph.encrypted
        assert graph.encrypt(src=owner) is graph and graph.encrypted
        return graph(crypten.cryptensor(x)).get_plain_text()

    with torch.no_grad():
        expected = owned(x)
    for found in sim.run(program):
        # Two truncations of one unit, and half a unit in each of weights and inputs, through 9 and 12 products: far below this.
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-3)


def test_one_graph_may_serve_all_parties_of_a_simulation(pair):
    graph = crypten.nn.from_pytorch(nn.Linear(2, 2), torch.zeros(1, 2))
    results = pair.run(lambda: graph.encrypt()(crypten.cryptensor(torch.ones(1, 2))).get_plain_text())
    torch.testing.assert_close(results[0], graph.plaintext(torch.ones(1, 2)), rtol=0, atol=1e-4)
    assert torch.equal(*results)


def test_several_inputs_and_outputs(pair):
    class Two(nn.Module):
        def forward(self, a, b):
            return a + b, a * b

    graph = crypten.nn.from_pytorch(Two(), (torch.zeros(1, 2), torch.zeros(1, 2)))

    def program():
        a, b = crypten.cryptensor([[1.0, 2.0]]), crypten.cryptensor([[3.0, 4.0]])
        graph.encrypt()
        return [y.get_plain_text().tolist() for y in graph(a, b)]

    assert pair.run(program) == [[[[4.0, 6.0]], [[3.0, 8.0]]]] * 2


def test_another_architecture_is_noticed_before_weights_are_shared():
    def program():
        model = nn.Linear(2, 2 + crypten.rank())
        crypten.nn.from_pytorch(model, torch.zeros(1, 2)).encrypt()

    with crypten.simulate(2) as sim, pytest.raises(crypten.ProgramMismatch):
        sim.run(program)


def test_misuse_is_explained(pair):
    graph = crypten.nn.from_pytorch(nn.Linear(2, 2), torch.zeros(1, 2))

    def program():
        x = crypten.cryptensor(torch.ones(1, 2))
        cases = [(524, lambda: graph(x))]
        encrypted = crypten.nn.from_pytorch(nn.Linear(2, 2), torch.zeros(1, 2)).encrypt()
        cases += [(522, lambda: encrypted(torch.ones(1, 2))), (505, lambda: encrypted(x, x)), (505, lambda: encrypted(crypten.cryptensor(torch.ones(1, 3)))), (507, lambda: encrypted.encrypt(src=7))]
        for code, case in cases:
            with pytest.raises(crypten.InvalidArgument) as error:
                case()
            assert error.value.code == code

    pair.run(program)


def test_a_structure_cannot_be_the_owner():
    graph = crypten.nn.from_pytorch(nn.Linear(2, 2), torch.zeros(1, 2)).structure_only()
    with crypten.simulate(1) as sim, pytest.raises(crypten.InvalidArgument) as error:
        sim.run(graph.encrypt)
    assert error.value.code == 508
