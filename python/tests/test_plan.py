import pytest
import torch

import crypten_cpp as crypten


def test_results_and_costs_are_those_of_the_function():
    def program():
        weight = crypten.cryptensor(torch.full((3, 3), 0.5))
        layer = crypten.plan(lambda x: (x @ weight).relu())
        results, costs = [], []
        for i in range(4):
            x = crypten.cryptensor(torch.full((2, 3), float(i)))
            crypten.reset_communication_stats()
            y = layer(x)
            costs.append(crypten.communication_stats().rounds)
            results.append(y.get_plain_text())
        return results, costs

    with crypten.simulate(2) as sim:
        for results, costs in sim.run(program):
            for i, found in enumerate(results):
                assert (found - 1.5 * i).abs().max() <= 2.0**-16
            assert costs[1:] == [5, 5, 5]  # a matrix product and a ReLU


def test_exceptions_pass_through_and_end_the_call():
    def program():
        @crypten.plan
        def fails(x):
            """Documented."""
            raise KeyError(x)

        assert fails.__doc__ == "Documented."
        for _ in range(2):
            with pytest.raises(KeyError):
                fails(1)
        return crypten.plan(lambda: 5)()

    with crypten.simulate(2) as sim:
        assert sim.run(program) == [5, 5]
