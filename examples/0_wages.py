"""Two employers compare wages: crypten-launch -n 2 examples/0_wages.py"""

import torch

import crypten_cpp as crypten

crypten.init()
wages = torch.tensor([[3.25, 2.75, 4.0], [3.5, 2.5, 4.5]])[crypten.rank()]  # thousands; each has its own row
a, b = crypten.cryptensor(wages, src=0), crypten.cryptensor(wages, src=1)
print("mean wage, known to both:", crypten.cat([a, b]).mean().get_plain_text())
less = (b - a).relu().get_plain_text(dst=1)
if less is not None:
    print("what rank 0 pays less, known to rank 1:", less)
print(crypten.ledger(), end="")
crypten.uninit()
