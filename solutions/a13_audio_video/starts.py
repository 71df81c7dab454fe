"""Given: where windows begin that cover a long spectrogram, as `tile_starts` of assignment 12 has it."""


def window_starts(frames: int, window: int, hop: int) -> list[int]:
    """Return 0, hop, 2 * hop, ... and a last start whose window ends with the spectrogram.

    Raises ValueError if there are fewer frames than a window has, or if windows would leave gaps.
    """
    if frames < window or not 1 <= hop <= window:
        raise ValueError(f"windows of {window} frames every {hop} do not cover {frames} frames")
    return [*range(0, frames - window, hop), frames - window]
