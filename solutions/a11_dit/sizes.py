"""What a DiT will weigh and what one image will cost, before it is built.

`p` is the side of a patch, `side` that of the map, `clock` how many waves tell the time. Heads do not appear.
"""


def count_weights(
    depth: int, d: int, p: int, c_in: int = 4, c_out: int = 8, classes: int = 1000, clock: int = 256
) -> int:
    """Return how many numbers training can change, biases and the row of no class included."""
    # BEGIN SOLUTION
    embed = p**2 * c_in * d + d
    condition = clock * d + d + d**2 + d + (classes + 1) * d
    block = 18 * d**2 + 15 * d  # qkv 3 and proj 1, MLP 4 and 4, adaLN 6; and their biases
    final = 2 * d**2 + 2 * d + p**2 * c_out * d + p**2 * c_out
    return embed + condition + depth * block + final
    # END SOLUTION


def count_macs(
    depth: int, d: int, p: int, side: int = 32, c_in: int = 4, c_out: int = 8, clock: int = 256
) -> int:
    """Return how many multiplications one image takes, in matrix products (with as many additions).

    Raises ValueError unless p divides side.
    """
    # BEGIN SOLUTION
    if side % p:
        raise ValueError(f"patches of side {p} do not fill a map of side {side}")
    n = (side // p) ** 2
    embed = n * p**2 * c_in * d
    condition = clock * d + d**2
    block = 12 * n * d**2 + 2 * n**2 * d + 6 * d**2
    final = 2 * d**2 + n * d * p**2 * c_out
    return embed + condition + depth * block + final
    # END SOLUTION
