"""Fresh weights that the checks draw and send: the modules' own shapes, by name."""

from torch import Tensor

from autograder.checks import Seed

Shapes = dict[str, tuple[int, ...]]


def drawn(seed: Seed, shapes: Shapes, silent: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """Draw all weights, norms and biases too, in float64; those of the parts named `silent` are 0."""
    return {
        name: 0.4 * seed.fork(name).normal(*shape) * (not any(part in name for part in silent))
        for name, shape in shapes.items()
    }


def under(name: str, shapes: Shapes) -> Shapes:
    """Return the shapes under the names that they have in a part of this name."""
    return {f"{name}.{inner}": shape for inner, shape in shapes.items()}


def norm(c: int) -> Shapes:
    """Return the shapes of any norm."""
    return {"weight": (c,), "bias": (c,)}


def linear(n_in: int, n_out: int, *kernel: int) -> Shapes:
    """Return the shapes of a linear layer, or of a convolution with this kernel."""
    return {"weight": (n_out, n_in, *kernel), "bias": (n_out,)}


def residual_block(c_in: int, c_out: int) -> Shapes:
    """Return the shapes of ResidualBlock(c_in, c_out)."""
    return {
        **under("norm1", norm(c_in)),
        **under("conv1", linear(c_in, c_out, 3, 3)),
        **under("norm2", norm(c_out)),
        **under("conv2", linear(c_out, c_out, 3, 3)),
        **({} if c_in == c_out else under("skip", linear(c_in, c_out, 1, 1))),
    }


def cross_attention(dim: int, context_dim: int) -> Shapes:
    """Return the shapes of CrossAttention(dim, context_dim)."""
    inward = {"to_q.weight": (dim, dim), "to_k.weight": (dim, context_dim), "to_v.weight": (dim, context_dim)}
    return inward | under("to_out", linear(dim, dim))


def transformer_block(dim: int, context_dim: int) -> Shapes:
    """Return the shapes of TransformerBlock(dim, context_dim)."""
    return {
        **under("norm1", norm(dim)),
        **under("norm2", norm(dim)),
        **under("norm3", norm(dim)),
        **under("to_itself", cross_attention(dim, dim)),
        **under("to_context", cross_attention(dim, context_dim)),
        **under("mlp.0", linear(dim, 4 * dim)),
        **under("mlp.2", linear(4 * dim, dim)),
    }


def spatial_transformer(c: int, context_dim: int, dim: int) -> Shapes:
    """Return the shapes of SpatialTransformer(c, context_dim, dim)."""
    return {
        **under("norm", norm(c)),
        **under("proj_in", linear(c, dim, 1, 1)),
        **under("block", transformer_block(dim, context_dim)),
        **under("proj_out", linear(dim, c, 1, 1)),
    }


def text_encoder(depth: int, words: int = 20, dim: int = 8, length: int = 9) -> Shapes:
    """Return the shapes of TextEncoder(words, dim, length, depth=depth)."""
    layer = {
        "self_attn.in_proj_weight": (3 * dim, dim),
        "self_attn.in_proj_bias": (3 * dim,),
        **under("self_attn.out_proj", linear(dim, dim)),
        **under("linear1", linear(dim, 4 * dim)),
        **under("linear2", linear(4 * dim, dim)),
        **under("norm1", norm(dim)),
        **under("norm2", norm(dim)),
    }
    shapes: Shapes = {"embedding.weight": (words, dim), "positions": (length, dim)}
    for i in range(depth):
        shapes |= under(f"layers.{i}", layer)
    return shapes | under("norm", norm(dim))
