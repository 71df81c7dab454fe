"""What a DiT will weigh and what one image will cost, before it is built.

`p` is the side of a patch, `side` that of the map, `clock` how many waves tell the time. Heads do not appear.
"""


def count_weights(
    depth: int, d: int, p: int, c_in: int = 4, c_out: int = 8, classes: int = 1000, clock: int = 256
) -> int:
    """Return how many numbers training can change, biases and the row of no class included."""
    raise NotImplementedError("TODO sizes: read task 4.2 in README.md")


def count_macs(
    depth: int, d: int, p: int, side: int = 32, c_in: int = 4, c_out: int = 8, clock: int = 256
) -> int:
    """Return how many multiplications one image takes, in matrix products (with as many additions).

    Raises ValueError unless p divides side.
    """
    raise NotImplementedError("TODO sizes: read task 4.2 in README.md")
