"""S4: programs that diverge. One rank of three runs a mutated version of a program of 200 operations: all ranks hear it in the same round, with what each of the two was doing."""

import os
import random
import re

import torch

import crypten_cpp as crypten

OPERATIONS = 200
MUTATIONS = int(os.environ.get("CRYPTEN_MUTATIONS", "100"))
# Name → what it does to a 4×4 tensor of small numbers, x, with another one, w. All but a few are local: they must be noticed by the next message.
KINDS = {
    "add": lambda x, w: x * 0.5 + 0.25,
    "subtract": lambda x, w: x - w,
    "multiply": lambda x, w: x * w,
    "square": lambda x, w: (x * x) * 0.25,
    "relu": lambda x, w: x.relu(),
    "transpose": lambda x, w: x.t(),
    "reshape": lambda x, w: x.reshape(2, 8).reshape(4, 4),
    "flip": lambda x, w: x.flip(0),
    "sum": lambda x, w: x - x.sum(1, keepdim=True) * 0.25,
    "compare": lambda x, w: x * (x < 1),
    "matmul": lambda x, w: x.matmul(w) * 0.25,
    "slice": lambda x, w: crypten.cat([x[:2], x[2:]]),
    "reveal": lambda x, w: (x.get_plain_text(), x)[1],
}


def operations(choose):
    return [choose.choice(list(KINDS)) for _ in range(OPERATIONS)]


def mutated(program, choose):
    """Another program, and what was done to it: one operation more, less, instead, earlier, or on another shape."""
    place, other = choose.randrange(1, OPERATIONS - 2), list(program)
    how = choose.choice(("more", "less", "instead", "earlier", "another shape"))
    if how == "more":
        other.insert(place, choose.choice(list(KINDS)))
    elif how == "less":
        del other[place]
    elif how == "instead":
        other[place] = choose.choice([kind for kind in KINDS if kind != other[place]])
    elif how == "earlier":
        while other[place] == other[place + 1]:
            place = choose.randrange(1, OPERATIONS - 2)
        other[place], other[place + 1] = other[place + 1], other[place]
    else:
        other[place] = "another shape"
    return other, f"{how} at {place}"


def run(programs):
    def party():
        x, w = crypten.cryptensor(torch.linspace(-1, 1, 16).reshape(4, 4), src=0), crypten.cryptensor(torch.linspace(-0.5, 0.5, 16).reshape(4, 4), src=1)
        try:
            for name in programs[crypten.rank()]:
                if name == "another shape":
                    (x[:3] * w[:3]).relu()
                else:
                    x = KINDS[name](x, w)
            x.get_plain_text()
        except crypten.Error as error:
            return type(error).__name__, str(error)
        return "done", ""

    with crypten.simulate(3) as sim:
        return sim.run(party)


def test_mutated_programs_are_named_in_the_same_round_on_all_ranks():
    for seed in range(MUTATIONS):
        choose = random.Random(seed)
        program = operations(choose)
        other, what = mutated(program, choose)
        odd = choose.randrange(3)
        if seed == 0:
            assert run([program] * 3) == [("done", "")] * 3
        ends = run([other if rank == odd else program for rank in range(3)])
        assert [end[0] for end in ends] == ["ProgramMismatch"] * 3, (seed, what, odd, ends)
        # Each rank names the round, two ranks, one of which is the odd one, and what these were doing. (Who hears it from another one's last words names two others.)
        said = [re.search(r'round (\d+): (here|rank \d) "(.+?)", (rank \d) "(.+?)"', text) for _, text in ends]
        assert all(said) and len({one.group(1) for one in said}) == 1, (seed, what, odd, ends)
        for rank, one in enumerate(said):
            assert f"rank {odd}" in {one.group(2).replace("here", f"rank {rank}"), one.group(4)}, (seed, what, odd, ends)
