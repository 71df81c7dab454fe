"""Public checks of the blocks: what a new one does, and weights for which the result is plain to see."""

import torch

from autograder.checks import close, exactly, expect, raises, task

from .. import plays_model
from .near import near
from .parts import attention_block, conv, expect_names, res_block, weights


def added_by(values: torch.Tensor) -> torch.Tensor:
    """Return SiLU of the norm of one value for each channel: one group, eps = 1e-5."""
    normed = (values - values.mean()) / (values.var(correction=0) + 1e-5).sqrt()
    return normed / (1 + (-normed).exp())


SIZES = {"4 to 4 channels": [4, 4, 6, 2], "4 to 8 channels": [4, 8, 6, 2]}  # in, out, emb_dim, groups


# -------------------- 4.2 ResBlock
@task("ResBlock")
def test_new_block_is_its_skip(submission, seed):
    """A new block gives what its skip gives: its last convolution is zero"""
    x, emb = seed.fork("x").normal(2, 4, 3, 5), seed.fork("emb").normal(2, 6)
    for name, sizes in SIZES.items():
        came = submission.play(plays_model.fresh_res_block, sizes, x, emb)
        hint = "Its last convolution gives 0, weights and bias, and nothing changes what skip gives."
        near(came["result"], came["skip"], f"a new block, {name}", hint)
        if sizes[0] == sizes[1]:
            close(came["skip"], x, rtol=0, what="the skip where the channels stay")


@task("ResBlock")
def test_block_has_the_names_it_should(submission, seed):
    """The parts have the names and shapes that the docstring says"""
    x, emb = seed.fork("x").normal(1, 4, 2, 2), seed.fork("emb").normal(1, 6)
    for sizes in SIZES.values():
        came = submission.play(plays_model.fresh_res_block, sizes, x, emb)
        expect_names(came["shapes"], res_block(*sizes[:3]))


@task("ResBlock")
def test_last_convolution_learns_first(submission, seed):
    """In a new block only conv2 (and the skip) get a gradient; it is not stuck at zero"""
    x, emb = seed.fork("x").normal(2, 4, 3, 3), seed.fork("emb").normal(2, 6)
    came = submission.play(plays_model.fresh_res_block, SIZES["4 to 8 channels"], x, emb)
    learn = ["conv2.bias", "conv2.weight", "skip.bias", "skip.weight"]
    hint = "Zero the weights of the last convolution, not its output, and nothing else."
    expect(came["learn"] == learn, f"{', '.join(came['learn']) or 'nothing'} gets a gradient", hint)


@task("ResBlock", weight=2)
def test_block_is_told_the_time(submission):
    """Where conv1 is only its bias, the block adds SiLU of the norm of that bias plus SiLU(embedding)"""
    given = {name: torch.zeros(shape).double() for name, shape in res_block(4, 4, 4).items()}
    given["emb.weight"], given["conv1.bias"] = torch.eye(4).double(), exactly(0.5, -1, 0.25, 1)
    given["conv2.weight"][range(4), range(4), 1, 1] = 1.0  # leaves each channel as it is
    given["norm2.weight"] = exactly(1, 1, 1, 1)
    emb = exactly(1, 2, 3, -4)
    x = torch.arange(32, dtype=torch.float64).reshape(1, 4, 2, 4) / 10
    came = submission.play(plays_model.res_block, [4, 4, 4, 1], given, x, emb[None])
    shift = given["conv1.bias"] + emb / (1 + (-emb).exp())
    hint = "SiLU of the embedding goes through emb and is added at all positions alike; is anything else?"
    near(came - x, added_by(shift)[None, :, None, None].expand_as(x), "block - skip", hint, within=1e-4)


@task("ResBlock")
def test_block_norms_as_torch_does(submission):
    """Where the values before norm2 are about a thousandth, its eps counts: 1e-5, as torch has it"""
    given = {name: torch.zeros(shape).double() for name, shape in res_block(4, 4, 4).items()}
    given["conv2.weight"][range(4), range(4), 1, 1] = 1.0
    given["norm2.weight"], given["conv1.bias"] = exactly(1, 1, 1, 1), exactly(0.002, -0.004, 0.001, 0.004)
    x = torch.zeros(1, 4, 2, 2).double()
    came = submission.play(plays_model.res_block, [4, 4, 4, 1], given, x, exactly(0, 0, 0, 0)[None])
    hint = "nn.GroupNorm(groups, channels) as it is, without another eps."
    expected = added_by(given["conv1.bias"])[None, :, None, None].expand_as(x)
    near(came, expected, "the block's image", hint)
    given |= {"conv1.weight": given["conv2.weight"], "norm1.weight": exactly(1, 1, 1, 1)}
    given |= {"conv1.bias": exactly(0, 0, 0, 0)}
    x = exactly(0.002, -0.004, 0.001, 0.004).reshape(1, 4, 1, 1).expand(1, 4, 2, 2)
    came = submission.play(plays_model.res_block, [4, 4, 4, 1], given, x, exactly(0, 0, 0, 0)[None])
    twice = added_by(added_by(x[0, :, 0, 0]))
    near(came - x, twice[None, :, None, None].expand_as(x), "block - skip, norm1 alike", hint)


@task("ResBlock")
def test_block_keeps_images_apart(submission, seed):
    """Each image gets its own embedding, and none depends on its neighbours in the batch"""
    sizes = SIZES["4 to 8 channels"]
    given = weights(seed, res_block(*sizes[:3]))
    x, emb = seed.fork("x").normal(3, 4, 4, 3), seed.fork("emb").normal(3, 6)
    together = submission.play(plays_model.res_block, sizes, given, x, emb)
    for i in range(3):
        alone = submission.play(plays_model.res_block, sizes, given, x[i : i + 1], emb[i : i + 1])
        near(together[i : i + 1], alone, f"image {i}")


# -------------------- 4.3 attention, SelfAttention2d
@task("SelfAttention2d")
def test_attention_without_preference(submission, seed):
    """Queries of zero find all keys alike, so each result is the mean of the values"""
    q, k, v = (
        torch.zeros(1, 2, 3, 4).double(),
        seed.fork("k").normal(1, 2, 5, 4),
        seed.fork("v").normal(1, 2, 5, 6),
    )
    came = submission.blocks.attention(q, k, v)
    expected = v.mean(2, keepdim=True).expand(1, 2, 3, 6)
    near(came, expected, "the result", "Weights add up to 1 over the keys.")


@task("SelfAttention2d")
def test_attention_of_one_query(submission):
    """In 4 dimensions q k^T = 2 ln 3 for one key and 0 for the other gives weights 3/4 and 1/4"""
    q, k = torch.zeros(1, 1, 1, 4).double(), torch.zeros(1, 1, 2, 4).double()
    q[..., 0], k[0, 0, 0, 0] = 2.0, 1.0986122886681098
    v = exactly(1, 0, 0, 1).reshape(1, 1, 2, 2)
    hint = "Divide by the root of d, the size of one head's queries."
    near(submission.blocks.attention(q, k, v), exactly(0.75, 0.25).reshape(1, 1, 1, 2), "the result", hint)


@task("SelfAttention2d")
def test_attention_in_chunks(submission, seed):
    """The size of a chunk, whether it divides the queries or not, changes nothing"""
    q, k, v = (seed.fork(name).normal(2, 2, n, 3) for name, n in (("q", 7), ("k", 5), ("v", 5)))
    whole = submission.blocks.attention(q, k, v)
    for chunk in (1, 3, 7, 100):
        came = submission.blocks.attention(q, k, v, chunk)
        hint = "It is the queries that are cut: each has one softmax over all keys."
        near(came, whole, f"the result for chunk = {chunk}", hint)


@task("SelfAttention2d")
def test_new_attention_block_changes_nothing(submission, seed):
    """A new block returns its image; its parts are norm, qkv and proj"""
    x = seed.normal(2, 4, 3, 2)
    came = submission.play(plays_model.fresh_attention_block, [4, 2, 2], x)
    close(came["result"], x, rtol=0, what="a new block", hint="proj starts at zero, and x is added.")
    expect_names(came["shapes"], attention_block(4))


@task("SelfAttention2d")
def test_attention_block_knows_no_places(submission, seed):
    """Positions that change places change places in the result, and nothing else happens"""
    x, given = seed.fork("x").normal(2, 4, 3, 4), weights(seed, attention_block(4))
    order = torch.randperm(12, generator=seed.fork("order").generator())
    moved = x.flatten(2)[:, :, order].reshape(x.shape)
    came = submission.play(plays_model.attention_block, [4, 2, 2], given, x)
    of_moved = submission.play(plays_model.attention_block, [4, 2, 2], given, moved)
    expected = came.flatten(2)[:, :, order].reshape(x.shape)
    hint = "Positions, h * w of them, are the tokens; reshape never exchanges axes."
    near(of_moved, expected, "the result of moved positions", hint)


@task("SelfAttention2d")
def test_heads_are_runs_of_channels(submission):
    """Queries come first, then keys, then values, and each is cut into runs of channels, one a head"""
    given = {name: torch.zeros(shape).double() for name, shape in attention_block(4).items()}
    given["norm.weight"] = exactly(1, 1, 1, 1)
    given["qkv.weight"][range(12), [0, 1, 2, 3] * 3, 0, 0] = 1.0
    given["proj.weight"][range(4), range(4), 0, 0] = 1.0
    x = exactly(1, -1, 1, -1, 2, -2, -3, 3).reshape(1, 4, 1, 2)
    came = submission.play(plays_model.attention_block, [4, 2, 4], given, x)
    # Normed, the channels are +-1 at the first position, with the other sign at the second: q k^T = +-2.
    sure = 1 - 2 / (1 + torch.tensor(2 * 2**0.5).exp())
    added = sure * x.sign()
    hint = "The channels of qkv are (3, heads, d), in this order; head 0 has channels 0 and 1."
    close(came - x, added, rtol=1e-3, what="block - x", hint=hint)  # eps is 1e-5 beside 1 to 9


@task("SelfAttention2d")
def test_queries_ask_and_keys_answer(submission):
    """A position whose queries are 0 finds all keys alike; small images are normed with eps = 1e-5"""
    given = {name: torch.zeros(shape).double() for name, shape in attention_block(4).items()}
    given["norm.weight"] = exactly(1, 1, 1, 1)
    given["qkv.weight"][range(12), [0, 1, 2, 3] * 3, 0, 0] = 1.0
    given["proj.weight"][range(4), range(4), 0, 0] = 1.0
    for size in (1.0, 0.004):
        x = size * exactly(1, -1, 1, -1, 1, -1, -1, 1).reshape(1, 4, 1, 2)
        normed = x / (size**2 + 1e-5) ** 0.5
        given["qkv.bias"][:4] = normed[0, :, 0, 0]  # queries: twice the normed at position 0, and 0 at 1
        came = submission.play(plays_model.attention_block, [4, 2, 4], given, x)
        score = 4 * normed[0, 0, 0, 0] ** 2 / 2**0.5  # over the two channels of a head
        sure = torch.stack([torch.tanh(score), torch.tensor(0.0).double()])
        expected = normed[..., :1] * sure
        hint = "softmax(q k^T) v: rows belong to queries, columns to keys. The norm is nn.GroupNorm as it is."
        near(came - x, expected, f"block - x for values of {size:g}", hint)


@task("SelfAttention2d")
def test_heads_must_divide_the_channels(submission):
    """4 channels cannot be shared out to 3 heads: ValueError"""
    with raises(ValueError, hint="Look at the remainder in __init__."):
        submission.play(plays_model.fresh_attention_block, [4, 3, 2], torch.ones(1, 4, 2, 2).double())


# -------------------- 4.4 Down, Up
def middle_only(channels: int) -> dict[str, torch.Tensor]:
    """Return weights of a convolution that leaves images as they are."""
    given = {name: torch.zeros(shape).double() for name, shape in conv("conv", channels, channels, 3).items()}
    given["conv.weight"][range(channels), range(channels), 1, 1] = 1.0
    return given


@task("resampling")
def test_down_takes_every_other_pixel(submission):
    """With a kernel that is 1 in the middle Down keeps rows and columns 0, 2, 4, ..., also of odd sides"""
    for H, W in ((4, 6), (5, 7), (1, 2)):
        x = torch.arange(2 * H * W, dtype=torch.float64).reshape(1, 2, H, W)
        came = submission.play(plays_model.down, 2, middle_only(2), x)
        near(came, x[..., ::2, ::2], f"down of {H} × {W}", "Stride 2 and padding 1.")


@task("resampling")
def test_up_repeats_pixels(submission):
    """With the same kernel Up gives each pixel twice each way, the last once where the side is odd"""
    x = exactly(1, 2, 3, 4, 5, 6).reshape(1, 1, 2, 3)
    for H, W in ((4, 6), (3, 6), (4, 5), (3, 5)):
        came = submission.play(plays_model.up, 1, middle_only(1), x, [H, W])
        expected = torch.kron(x[0, 0], torch.ones(2, 2).double())[:H, :W]
        hint = "F.interpolate takes size=; nearest is the mode that repeats."
        near(came, expected[None, None], f"up to {H} × {W}", hint)


@task("resampling")
def test_resampling_sees_neighbours(submission):
    """Both convolve with 3 × 3 kernels over zeros around the image; nine ones count the neighbours"""
    given = {"conv.weight": torch.ones(1, 1, 3, 3).double(), "conv.bias": exactly(0.5)}
    came = submission.play(plays_model.down, 1, given, torch.ones(1, 1, 4, 4).double())
    near(came, exactly(4.5, 6.5, 6.5, 9.5).reshape(1, 1, 2, 2), "down of ones")
    came = submission.play(plays_model.up, 1, given, torch.ones(1, 1, 2, 2).double(), [3, 3])
    expected = exactly(4.5, 6.5, 4.5, 6.5, 9.5, 6.5, 4.5, 6.5, 4.5).reshape(1, 1, 3, 3)
    near(came, expected, "up of ones", "Repeat first, then convolve.")
