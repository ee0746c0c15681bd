"""Who is asked about: few very often, most hardly ever, and always the same for the same seed."""

import random
from itertools import accumulate
from typing import Final

EXPONENT: Final = 1.0
RANKS_SEED: Final = 1


def choose(count: int, *, size: int, seed: int) -> list[int]:
    """`size` numbers below `count`; the one of rank r comes with a weight of 1 / r.

    The ranks are dealt out once for all seeds: who is often asked about in one round is so in the next.
    """
    ranked = list(range(count))
    random.Random(RANKS_SEED).shuffle(ranked)
    weights = list(accumulate(1 / rank**EXPONENT for rank in range(1, count + 1)))
    return random.Random(seed).choices(ranked, cum_weights=weights, k=size)
