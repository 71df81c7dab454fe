"""The learning rate of each update: it rises while the first gradients are wild, and falls to the end."""

import math


def warmup_cosine(
    step: int,  #            number of the update, from 0
    peak: float,  #          the largest rate
    warmup: int,  #          updates that rise
    total: int,  #           updates of the whole run, those of the warm-up included
    floor: float = 0.0,  #   rate after the last of them
) -> float:
    """Return the rate of update number `step`: a line up to `peak`, then half a cosine down to `floor`.

    The line gives `peak (step + 1) / warmup`, so the first update has a rate. The cosine (Loshchilov and
    Hutter 2017, Eq. 5, one period) begins at `peak` at step `warmup`; from `total` on the rate is `floor`.
    Raises ValueError unless 0 <= warmup <= total and step >= 0.
    """
    # BEGIN SOLUTION
    if step < 0 or not 0 <= warmup <= total:
        raise ValueError(f"step {step} of {total} with a warm-up of {warmup}")
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= total:
        return floor
    u = (step - warmup) / (total - warmup)  # 0 at the end of the warm-up, 1 at the end of the run
    return floor + (peak - floor) * (1 + math.cos(math.pi * u)) / 2
    # END SOLUTION
