"""A figure that a notebook displays, without pyplot and without `%matplotlib inline`."""

from io import BytesIO

from matplotlib.figure import Figure


class _Shown(Figure):
    """A Figure with the method that notebooks look for: they show a bare one only after pyplot has asked."""

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, its size in inches, whose parts find their places by themselves."""
    return _Shown(figsize=(width, height), dpi=120, layout="constrained")
