"""Honest work of many kinds: right, wrong, unfinished, broken, noisy. None of it attacks anything."""

from __future__ import annotations

import itertools

from autograder.sources.variants import read_right, read_wrong, variant_sources
from autograder.spec import Assignment

UNFINISHED = b"def standardise(x, delta=1e-5):\n    raise NotImplementedError('TODO standardise: read task 1.1 in README.md')\n"
KINDS = (
    UNFINISHED,
    b"def standardise(x, delta=1e-5):\n    return x - x.mean(0\n",  # does not parse
    b"def standardise(x, delta=1e-5):\n    print('x is', x)\n    return (x - x.mean(0)) / x.std(0)\n",
    b"import numpy as np\n\ndef standardise(x, delta=1e-5):\n    return np.asarray(x)\n",
    b"import threading\n\ndef standardise(x, delta=1e-5):\n    worker = threading.Thread(target=print, args=('hello',))\n"
    b"    worker.start()\n    worker.join()\n    return x\n",
    b"import torch\n\ndef standardise(x, delta=1e-5):\n    torch.save(x, 'x.pt')\n    return x\n",
    b"def interpolate(x0, eps, t):\n    t = t.reshape(-1, *[1] * (x0.ndim - 1))\n    return (1 - t) * x0 + t * eps\n",
    b"",
)


def work(assignment: Assignment, students: int) -> list[dict[str, bytes]]:
    """Return so many students' files."""
    reference = {"noising.py": (assignment.folder / "noising.py").read_bytes()}
    variants = [
        {name: text.encode() for name, text in variant_sources(assignment, variant).items()}
        for variant in (*read_right(assignment), *read_wrong(assignment))
    ]
    kinds = [reference, *variants, *({"noising.py": source} for source in KINDS)]
    return list(itertools.islice(itertools.cycle(kinds), students))
