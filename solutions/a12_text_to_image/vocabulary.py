"""Given: the numbers that words, paddings and image codes have in one stream."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """Ids of a stream: first the words (0 is padding), then a padding for each text position, then codes.

    The vocabulary of DALL-E is Vocabulary(16384, 256, 8192), of 24,832 ids.
    """

    text: int  #    words, the padding 0 among them
    length: int  #  text positions
    image: int  #   codes of the dVAE

    @property
    def first_code(self) -> int:
        """Return the id of image code 0: all ids below it belong to the text."""
        return self.text + self.length

    @property
    def size(self) -> int:
        """Return how many ids there are. The next number, `size` itself, stands for the begin of a stream."""
        return self.first_code + self.image
