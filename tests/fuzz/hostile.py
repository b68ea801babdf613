"""Makes broken input out of sound input, with whatever randomness it is given."""

import json
import math
import time
from contextlib import contextmanager
from copy import deepcopy

VALUES = (
    True,
    0,
    -1,
    1.5,
    2**31,
    -(2**63),
    10**400,
    math.nan,
    math.inf,
    -math.inf,
    1e308,
    5e-324,
    "",
    " ",
    "left",
    "rdl",
    "../../etc/passwd",
    "=1+1",
    "\u202e{t}\u0000",
    "\x1b[2J",
    "🏋️" * 50,
    "x" * 20_000,
    [],
    [[]],
    ["a", 1, None],
    {},
    {"id": {"id": "x"}},
)
"""What somebody might put where something else belongs."""


@contextmanager
def within(cpu_s):
    """Refuse work that takes longer; processor time, for other programs may keep the machine busy."""
    began_s = time.process_time()
    yield
    took_s = time.process_time() - began_s
    assert took_s <= cpu_s, f"it took {took_s:.2f} s"


def one_sentence(error):
    """Return what an error says, if that is something to be read."""
    said = str(error).rstrip()
    assert "\n" not in said, said
    assert 5 < len(said) < 3000, said
    return said


def broken_bytes(content, rng, most=6):
    """Return bytes with some flipped, cut out, doubled, wiped or made up."""
    found = bytearray(content)
    for _ in range(rng.randint(1, most)):
        at, length = rng.randint(0, len(found)), rng.choice((1, 1, 2, 4, 16, 300))
        match rng.randint(0, 5):
            case 0 if at < len(found):
                found[at] ^= 1 << rng.randint(0, 7)
            case 1:
                found[at : at + length] = bytes(rng.randint(0, 255) for _ in range(min(length, 16)))
            case 2:
                found[at : at + length] = rng.choice((b"\x00", b"\xff", b"\x7f\xff\xff\xff")) * length
            case 3:
                del found[at : at + length]
            case 4:
                found[at:at] = found[at : at + length] * rng.choice((1, 2, 50))
            case _:
                del found[at:]
    return bytes(found)


def broken_tree(tree, rng, most=3, values=VALUES):
    """Return a copy of tables and lists with some values, keys and places changed."""
    found = json.loads(json.dumps(tree))
    for _ in range(rng.randint(1, most)):
        holder, key = rng.choice(_places(found) or [(found, None)])
        if key is None:
            return _one_of(values, rng)
        _change(holder, key, rng, values)
    return found


def _one_of(values, rng):
    """Return a copy: what is changed once more must not be another one for the next input."""
    return deepcopy(rng.choice(values))


def _places(tree):
    if not isinstance(tree, dict | list):
        return []
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    return [(tree, key) for key in keys] + [place for key in keys for place in _places(tree[key])]


def _change(holder, key, rng, values):
    match rng.randint(0, 4):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[f"{key}{rng.choice('sx_. ')}"] = holder.pop(key)
        case 2:
            holder[key] = [holder[key]] if rng.randint(0, 1) else {"value": holder[key]}
        case 3 if isinstance(holder[key], str):
            holder[key] = holder[key] + rng.choice(("x", "{}", "{0.x}", "{", " word" * 20, "\x00"))
        case 3 if isinstance(holder[key], int | float):
            holder[key] = rng.choice((-holder[key], holder[key] * 1e6, str(holder[key]), holder[key] + 0.5))
        case _:
            holder[key] = _one_of(values, rng)
