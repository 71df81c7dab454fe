"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Where a mistake was seen in somebody's repository, the comment names it.
"""

from autograder.sources.variants import edit, naive, naive_on_gpu, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 patchify
edit("patchify", "patchify__channel_first", "b (h w) (p q c)", "b (h w) (c p q)",
    "the channel comes first inside a token, as F.unfold and the weight of a convolution have it: the last "
    "layer of a published DiT would then paint each channel into the others.",
    read="Convention of task 1.1")
edit("patchify", "patchify__columns_first", "b (h w) (p q c)", "b (w h) (p q c)",
    "tokens are counted column by column: a round trip never sees it, positions do.",
    read="Convention of task 1.1")
edit("patchify", "patchify__rows_cut",
    "rearrange(x, \"b c (h p) (w q) -> b (h w) (p q c)\", p=p, q=p)",
    "x.reshape(len(x), (H // p) * (W // p), -1)",
    "numbers are cut off one after another as they lie in memory: those are pieces of rows, not patches.",
    read="What of task 1.1")
edit("patchify", "patchify__unchecked", "if H % p or W % p:", "if H % p:",
    "a width that p does not divide is not refused with ValueError.", read="Given of task 1.1")
edit("patchify", "patchify__strided", "b c (h p) (w q) -> b (h w) (p q c)",
    "b c (p h) (q w) -> b (h w) (p q c)",
    "pixels are taken from all over the map, every (H / p)th, instead of neighbours.",
    read="What of task 1.1")
edit("patchify", "patchify__in_float", "return rearrange(x,", "return rearrange(x.float(),",
    "the pixels become float32: whole numbers and half precision should stay what they are.",
    read="Convention of task 1.1")
edit("patchify", "unpatchify__channel_first", "(p q c)", "(c p q)",
    "the channel is taken as the slowest inside a token, as in the weight of a convolution.",
    read="Convention of task 1.1")
edit("patchify", "unpatchify__exchanged", "-> b c (h p) (w q)", "-> b c (h q) (w p)",
    "rows and columns inside a patch are exchanged on the way back.", read="Convention of task 1.1")


@wrong("patchify",
    "the map is taken as square, with int(sqrt(n)) patches on each side: DiT does so and asserts it, and "
    "a map "
    "of 2 x 3 patches dies.", read="Given of task 1.1")  # facebookresearch/DiT models.py
def unpatchify__square(tokens, p, h, w):
    side = int(tokens.shape[1] ** 0.5)
    if side * side != tokens.shape[1] or tokens.shape[2] % p**2 or h * w != side * side:
        raise ValueError("not square")
    return rearrange(tokens, "b (h w) (p q c) -> b c (h p) (w q)", h=side, p=p, q=p)


edit("patchify", "unpatchify__number_unchecked", "n != h * w or k % p**2", "k % p**2",
    "other numbers of tokens than h * w are not refused with ValueError.", read="Given of task 1.1")
edit("patchify", "linear_of_conv__flattened", "d (p q c)", "d (c p q)",
    "the weight is flattened as it lies there, channel first: its columns do not meet the right numbers.",
    read="What of task 1.1")
edit("patchify", "linear_of_conv__transposed", "-> d (p q c)\")", "-> (p q c) d\").T.flip(1)",
    "the kernel is turned round, as in a convolution of mathematics: networks correlate.",
    read="What of task 1.1")


@naive("patchify", "the patches are cut one by one.")
def patchify__loop(x, p):
    import torch

    H, W = x.shape[2:]
    if H % p or W % p:
        raise ValueError("left over")
    places = [(i, j) for i in range(0, H, p) for j in range(0, W, p)]
    return torch.stack([x[:, :, i : i + p, j : j + p].movedim(1, 3).flatten(1) for i, j in places], 1)


# -------------------- 2.1 sincos_2d
edit("sincos_2d", "sincos_2d__row_first", "[column.sin(), column.cos(), row.sin(), row.cos()]",
    "[row.sin(), row.cos(), column.sin(), column.cos()]",
    "the row comes first: the published code calls its first half `emb_h`, and computes the column there.",
    read="Convention of task 2.1")  # facebookresearch/mae #18, huggingface/diffusers #10877
edit("sincos_2d", "sincos_2d__cosine_first", "[column.sin(), column.cos(), row.sin(), row.cos()]",
    "[column.cos(), column.sin(), row.cos(), row.sin()]",
    "cosines come first, as in the clock: here sines do.", read="Convention of task 2.1")
edit("sincos_2d", "sincos_2d__sines_together", "[column.sin(), column.cos(), row.sin(), row.cos()]",
    "[column.sin(), row.sin(), column.cos(), row.cos()]",
    "all sines come before all cosines, of both axes: each axis should have a half of its own.",
    read="Convention of task 2.1")
edit("sincos_2d", "sincos_2d__interleaved",
    "return torch.cat([column.sin(), column.cos(), row.sin(), row.cos()], dim=1)",
    "pairs = [torch.stack([one.sin(), one.cos()], dim=2).flatten(1) for one in (column, row)]\n"
    "    return torch.cat(pairs, dim=1)",
    "sine and cosine of a frequency are neighbours: in this layout all sines of an axis come first.",
    read="Convention of task 2.1")
edit("sincos_2d", "sincos_2d__divisor", "dtype=torch.float64) / m)", "dtype=torch.float64) / max(m - 1, 1))",
    "frequencies are divided by m - 1, so that the last one is 1 / 10000: here that is one step further.",
    read="Convention of task 2.1")
edit("sincos_2d", "sincos_2d__half_as_many", "m = dim // 4", "m = dim // 2",
    "each axis has dim / 2 frequencies, and the result twice the channels.", read="What of task 2.1")
edit("sincos_2d", "sincos_2d__float32", "(place[:, None] * frequency)",
    "(place[:, None] * frequency).float().double()",
    "angles are computed in float32: right to seven digits only, and widened afterwards.",
    read="Convention of task 2.1")
edit("sincos_2d", "sincos_2d__from_one", "(token % w, token // w)", "(token % w + 1, token // w + 1)",
    "positions count from 1 instead of 0.", read="Convention of task 2.1")
edit("sincos_2d", "sincos_2d__by_height", "(token % w, token // w)", "(token % h, token // h)",
    "tokens are numbered by the height h instead of the width: right for square grids alone.",
    read="Given of task 2.1")
edit("sincos_2d", "sincos_2d__columns_first", "(token % w, token // w)", "(token // h, token % h)",
    "tokens are numbered column by column, as meshgrid does without indexing=\"ij\" and a wrong flatten.",
    read="Given of task 2.1")
edit("sincos_2d", "sincos_2d__only_even", "if dim % 4:", "if dim % 2:",
    "dimensions that 2 divides and 4 does not are not refused with ValueError.", read="Given of task 2.1")
edit("sincos_2d", "sincos_2d__base_hundred", "10_000.0", "100.0",
    "frequencies fall half as fast: the base is 100 instead of 10000, or exponents are divided by dim / 2.",
    read="What of task 2.1")


# -------------------- 2.2 rope_2d
edit("rope_2d", "rope_2d__halves_paired",
    "u, v = x[..., ::2], x[..., 1::2]  # *batch n d/2\n"
    "    return torch.stack([u * cos - v * sin, u * sin + v * cos], dim=-1).flatten(-2)",
    "u, v = x[..., : d // 2], x[..., d // 2 :]\n"
    "    return torch.cat([u * cos - v * sin, u * sin + v * cos], dim=-1)",
    "channel i is paired with i + d / 2 (`rotate_half` of language models) instead of its neighbour.",
    read="Convention of task 2.2")
edit("rope_2d", "rope_2d__row_twice", "(token // w, token % w)", "(token // w, token // w)",
    "both halves turn by the row: columns are not told apart.", read="What of task 2.2")
edit("rope_2d", "rope_2d__column_first", "(token // w, token % w)", "(token % w, token // w)",
    "the first half turns by the column: here the row comes first, other than in task 2.1.",
    read="Convention of task 2.2")
edit("rope_2d", "rope_2d__one_dimension", "(token // w, token % w)", "(token, token)",
    "the number of the token stands for its place: neighbours below each other seem far apart.",
    read="What of task 2.2")
edit("rope_2d", "rope_2d__backwards", "u * cos - v * sin, u * sin + v * cos",
    "u * cos + v * sin, v * cos - u * sin",
    "pairs turn the other way: the sine has the wrong sign.", read="What of task 2.2")
edit("rope_2d", "rope_2d__not_a_turn", "u * cos - v * sin, u * sin + v * cos",
    "u * cos - v * sin, u * sin - v * cos",
    "one sign is wrong, so that pairs are mirrored and scores do not depend on offsets.",
    read="What of task 2.2")
edit("rope_2d", "rope_2d__float32", "cos, sin = angle.cos()",
    "angle = angle.float()\n    cos, sin = angle.cos()",
    "angles are computed in float32: far from the corner they are right to six digits only.",
    read="Convention of task 2.2")
edit("rope_2d", "rope_2d__base_ten_thousand", "frequency = base **", "frequency = 10_000.0 **",
    "the base is 10000, as for texts of thousands of words, whatever is given.", read="Given of task 2.2")
edit("rope_2d", "rope_2d__base_ignored", "frequency = base **", "frequency = 100.0 **",
    "the base that is given is ignored.", read="Given of task 2.2")
edit("rope_2d", "rope_2d__exponent_of_half", "torch.arange(m, dtype=torch.float64, device=x.device) / m)",
    "torch.arange(m, dtype=torch.float64, device=x.device) / (2 * m))",
    "exponents are i / (d / 2) instead of i / (d / 4): frequencies fall half as fast.",
    read="What of task 2.2")
edit("rope_2d", "rope_2d__frequencies_run_on",
    "angle = torch.cat([place[:, None] * frequency for place in (token // w, token % w)], dim=1)",
    "frequency = base ** (-torch.arange(2 * m, dtype=torch.float64) / (2 * m))\n"
    "    place = torch.stack([token // w, token % w], dim=1).repeat_interleave(m, dim=1)\n"
    "    angle = place * frequency",
    "one row of d / 2 frequencies is dealt to both axes: the column gets the slow ones only.",
    read="Convention of task 2.2")
edit("rope_2d", "rope_2d__from_one", "(token // w, token % w)", "(token // w + 1, token % w + 1)",
    "positions count from 1 instead of 0: the first token is turned too.",
    read="Given of task 2.2")
edit("rope_2d", "rope_2d__cosine_of_input", ".flatten(-2)", ".flatten(-2).double()",
    "the result is float64 whatever came in.", read="Convention of task 2.2")
edit("rope_2d", "rope_2d__number_unchecked", "if d % 4 or n != h * w:", "if d % 4:",
    "other numbers of tokens than h * w are not refused with ValueError.", read="Given of task 2.2")
edit("rope_2d", "rope_2d__channels_unchecked", "if d % 4 or n != h * w:", "if d % 2 or n != h * w:",
    "numbers of channels that 4 does not divide are not refused with ValueError.", read="Given of task 2.2")


@wrong("rope_2d", "the argument itself is turned: the caller's channels are overwritten.",
    read="Notation, on arguments")
def rope_2d__in_place(x, h, w, base=100.0):
    n, d = x.shape[-2:]
    if d % 4 or n != h * w:
        raise ValueError("does not fit")
    m = d // 4
    frequency = base ** (-torch.arange(m, dtype=torch.float64) / m)
    token = torch.arange(n)
    angle = torch.cat([place[:, None] * frequency for place in (token // w, token % w)], dim=1)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    u, v = x[..., ::2].clone(), x[..., 1::2].clone()
    x[..., ::2], x[..., 1::2] = u * cos - v * sin, u * sin + v * cos
    return x


@naive("rope_2d", "the tokens are turned one by one.")
def rope_2d__loop(x, h, w, base=100.0):
    n, d = x.shape[-2:]
    if d % 4 or n != h * w:
        raise ValueError("does not fit")
    frequency = base ** (-torch.arange(d // 4, dtype=torch.float64) / (d // 4))
    out = torch.empty_like(x)
    for token in range(n):
        angle = torch.cat([token // w * frequency, token % w * frequency])
        cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
        u, v = x[..., token, ::2], x[..., token, 1::2]
        out[..., token, ::2], out[..., token, 1::2] = u * cos - v * sin, u * sin + v * cos
    return out


# -------------------- 3.1 modulate
edit("modulate", "modulate__without_one", "(1 + scale[:, None])", "scale[:, None]",
    "x is multiplied by scale instead of 1 + scale: at the start, where scale is 0, nothing gets through.",
    read="What of task 3.1")
edit("modulate", "modulate__exchanged", "x * (1 + scale[:, None]) + shift[:, None]",
    "x * (1 + shift[:, None]) + scale[:, None]",
    "shift and scale are exchanged: one published skeleton has them in the other order.",
    read="Convention of task 3.1")
edit("modulate", "modulate__shift_scaled", "x * (1 + scale[:, None]) + shift[:, None]",
    "(x + shift[:, None]) * (1 + scale[:, None])",
    "the shift is scaled too: it is added afterwards.", read="What of task 3.1")
edit("modulate", "modulate__shift_over_tokens", "+ shift[:, None]",
    "+ (shift if len(shift) in (1, x.shape[1]) else shift[:, None])",
    "the shift has no axis for the tokens: where there are as many samples as tokens, token i silently gets "
    "the shift of sample i.", read="Convention of task 3.1")
edit("modulate", "modulate__scale_over_tokens", "(1 + scale[:, None])",
    "(1 + (scale if len(scale) in (1, x.shape[1]) else scale[:, None]))",
    "the scale has no axis for the tokens: where there are as many samples as tokens, token i silently gets "
    "the scale of sample i.", read="Convention of task 3.1")
edit("modulate", "modulate__in_place", "return x * (1 + scale[:, None]) + shift[:, None]",
    "x.data.mul_(1 + scale.data[:, None]).add_(shift.data[:, None])\n"
    "    return x + 0 * (scale + shift)[:, None]",
    "the tokens are changed where they stand, past autograd.", read="Notation, on arguments")
edit("modulate", "modulate__detached", "shift[:, None]", "shift.detach()[:, None]",
    "no gradient reaches the shift.", read="What of task 3.1")


# -------------------- 3.2 self_attention
edit("self_attention", "SelfAttention.forward__heads_outside", "(three heads c)", "(heads three c)",
    "rows of qkv are read as (head; q, k or v; channel): weights of DiT fit in shape, not in meaning.",
    read="Convention of task 3.2", replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__channels_outside", "(three heads c)", "(three c heads)",
    "channels of a head are taken from all over the width, not one after another.",
    read="Convention of task 3.2", replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__key_query_value", "q, k, v = rearrange", "k, q, v = rearrange",
    "keys and queries are exchanged: the first d rows of qkv are the queries.",
    read="Convention of task 3.2", replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__values_normed", "q, k = self.q_norm(q), self.k_norm(k)",
    "q, k, v = self.q_norm(q), self.k_norm(k), self.k_norm(v)",
    "values are normed as well.", read="What of task 3.2", replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__not_normed", "q, k = self.q_norm(q), self.k_norm(k)", "pass",
    "queries and keys are not normed: long ones make scores that nothing bounds.", read="What of task 3.2",
    replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__queries_alone", "q, k = self.q_norm(q), self.k_norm(k)",
    "q = self.q_norm(q)",
    "only the queries are normed.", read="What of task 3.2", replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__turn_first",
    "q, k = self.q_norm(q), self.k_norm(k)\n"
    "        if turn is not None:\n"
    "            q, k = turn(q), turn(k)",
    "if turn is not None:\n"
    "            q, k = turn(q), turn(k)\n"
    "        q, k = self.q_norm(q), self.k_norm(k)",
    "queries and keys are turned before they are normed: with learnt norms that is not the same.",
    read="Convention of task 3.2", replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__values_turned", "q, k = turn(q), turn(k)",
    "q, k, v = turn(q), turn(k), turn(v)",
    "values are turned as well: positions belong into scores alone.", read="What of task 3.2",
    replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__no_turn", "if turn is not None:", "if turn is None and False:",
    "the turn is ignored.", read="What of task 3.2", replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__whole_width", "F.scaled_dot_product_attention(q, k, v)",
    "F.scaled_dot_product_attention(q, k, v, scale=x.shape[2] ** -0.5)",
    "scores are divided by the root of the whole width d instead of a head's channels.",
    read="What of task 3.2", replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__not_joined", "b heads n c -> b n (heads c)",
    "b heads n c -> b n (c heads)",
    "heads are not laid side by side again: their channels are shuffled into each other.",
    read="What of task 3.2", replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__reshaped", "rearrange(out, \"b heads n c -> b n (heads c)\")",
    "out.reshape(x.shape)",
    "heads are joined by a reshape without exchanging the axes of heads and tokens first.",
    read="What of task 3.2", replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__causal", "F.scaled_dot_product_attention(q, k, v)",
    "F.scaled_dot_product_attention(q, k, v, is_causal=True)",
    "tokens see only those before them: a picture has no before.", read="What of task 3.2",
    replaces="SelfAttention.forward")
edit("self_attention", "SelfAttention.forward__over_queries", "F.scaled_dot_product_attention(q, k, v)",
    "(q @ k.mT * q.shape[3] ** -0.5).softmax(dim=2) @ v",
    "the softmax is over queries: weights of a query's keys add up to 1.", read="What of task 3.2",
    replaces="SelfAttention.forward")
@naive_on_gpu("self_attention", "all scores are held at once.", replaces="SelfAttention.forward")
def SelfAttention__scores(self, x, turn=None):
    q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
    q, k = self.q_norm(q), self.k_norm(k)
    if turn is not None:
        q, k = turn(q), turn(k)
    out = (q @ k.mT * q.shape[3] ** -0.5).softmax(dim=3) @ v
    return self.proj(out.transpose(1, 2).flatten(2))


# -------------------- 3.3 dit_block
edit("dit_block", "DiTBlock.forward__scale_first", "shift1, scale1, gate1, shift2, scale2, gate2 =",
    "scale1, shift1, gate1, scale2, shift2, gate2 =",
    "scale is taken before shift in both halves.", read="Convention of task 3.3", replaces="DiTBlock.forward")
edit("dit_block", "DiTBlock.forward__gates_last", "shift1, scale1, gate1, shift2, scale2, gate2 =",
    "shift1, scale1, shift2, scale2, gate1, gate2 =",
    "both gates are taken from the end: each half has shift, scale and gate in a row.",
    read="Convention of task 3.3", replaces="DiTBlock.forward")
edit("dit_block", "DiTBlock.forward__no_silu", "self.adaLN(F.silu(c))", "self.adaLN(c)",
    "the condition goes into adaLN without SiLU.", read="What of task 3.3", replaces="DiTBlock.forward")
edit("dit_block", "DiTBlock.forward__parallel",
    "y = modulate(F.layer_norm(x, x.shape[2:], eps=1e-6), shift1, scale1)\n"
    "        x = x + gate1[:, None] * self.attn(y)",
    "old = x\n"
    "        y = modulate(F.layer_norm(x, x.shape[2:], eps=1e-6), shift1, scale1)\n"
    "        out = gate1[:, None] * self.attn(y)\n"
    "        y = modulate(F.layer_norm(old, x.shape[2:], eps=1e-6), shift2, scale2)\n"
    "        return x + out + gate2[:, None] * self.fc2(F.gelu(self.fc1(y), approximate='tanh'))",
    "the MLP reads the old x, from before attention.", read="What of task 3.3", replaces="DiTBlock.forward")
edit("dit_block", "DiTBlock.forward__sum_gated", "x = x + gate1[:, None] * self.attn(y)",
    "x = gate1[:, None] * (x + self.attn(y))",
    "the gate closes the whole sum: a fresh block then gives 0 instead of its tokens.",
    read="Convention of task 3.3", replaces="DiTBlock.forward")
edit("dit_block", "DiTBlock.forward__sigmoid", "x = x + gate1[:, None] * self.attn(y)",
    "gate1, gate2 = gate1.sigmoid(), gate2.sigmoid()\n"
    "        x = x + gate1[:, None] * self.attn(y)",
    "gates go through a sigmoid: at 0 they are half open, and a fresh block is not the identity.",
    read="Convention of task 3.3", replaces="DiTBlock.forward")  # lucidrains/transfusion-pytorch #43
edit("dit_block", "DiTBlock.forward__one_plus_gate", "x + gate1[:, None] * self.attn(y)",
    "x + (1 + gate1[:, None]) * self.attn(y)",
    "1 is added to the gate as to the scale: it is then open at the start.", read="Convention of task 3.3",
    replaces="DiTBlock.forward")
edit("dit_block", "DiTBlock.forward__gate_inside", "x + gate1[:, None] * self.attn(y)",
    "x + self.attn(gate1[:, None] * y)",
    "the gate stands before attention: biases then come through even when it is closed.",
    read="Convention of task 3.3", replaces="DiTBlock.forward")
edit("dit_block", "DiTBlock.forward__default_eps", "F.layer_norm(x, x.shape[2:], eps=1e-6), shift1",
    "F.layer_norm(x, x.shape[2:]), shift1",
    "eps of the norm is 1e-5, the default of torch, instead of 1e-6.", read="Given of task 3.3",
    replaces="DiTBlock.forward")
edit("dit_block", "DiTBlock.forward__not_normed",
    "modulate(F.layer_norm(x, x.shape[2:], eps=1e-6), shift2, scale2)",
    "modulate(x, shift2, scale2)",
    "the norm before the MLP is left out.", read="What of task 3.3", replaces="DiTBlock.forward")
edit("dit_block", "DiTBlock.forward__norm_after_the_sum",
    "y = modulate(F.layer_norm(x, x.shape[2:], eps=1e-6), shift1, scale1)\n"
    "        x = x + gate1[:, None] * self.attn(y)",
    "y = modulate(x, shift1, scale1)\n"
    "        x = F.layer_norm(x + gate1[:, None] * self.attn(y), x.shape[2:], eps=1e-6)",
    "the norm comes after the sum: then the tokens themselves are normed, and no block is the identity.",
    read="Convention of task 3.3", replaces="DiTBlock.forward")
edit("dit_block", "DiTBlock.forward__exact_gelu", ", approximate=\"tanh\"", "",
    "GELU has its exact form, torch's default: DiT has the tanh form.", read="Given of task 3.3",
    replaces="DiTBlock.forward")
edit("dit_block", "FinalLayer.forward__scale_first", "shift, scale =", "scale, shift =",
    "the last layer takes scale before shift.", read="Convention of task 3.3", replaces="FinalLayer.forward")
edit("dit_block", "FinalLayer.forward__no_silu", "F.silu(c)", "c",
    "the last layer's condition goes without SiLU.", read="What of task 3.3", replaces="FinalLayer.forward")
edit("dit_block", "FinalLayer.forward__not_normed", "F.layer_norm(x, x.shape[2:], eps=1e-6)", "x",
    "the last layer has no norm.", read="What of task 3.3", replaces="FinalLayer.forward")
edit("dit_block", "FinalLayer.forward__modulated_after",
    "self.linear(modulate(F.layer_norm(x, x.shape[2:], eps=1e-6), shift, scale))",
    "F.linear(F.layer_norm(x, x.shape[2:], eps=1e-6) * (1 + scale[:, None]), self.linear.weight, "
    "self.linear.bias)",
    "the last layer's shift is left out.", read="What of task 3.3", replaces="FinalLayer.forward")


# -------------------- 3.4 start_at_zero
edit("start_at_zero", "start_at_zero__gates_only",
    "    for layer in (*(block.adaLN for block in model.blocks), model.final.adaLN, model.final.linear):",
    "    for block in model.blocks:\n"
    "        for part in (2, 5):\n"
    "            nn.init.zeros_(block.adaLN.weight.data.chunk(6)[part])\n"
    "    for layer in (model.final.adaLN, model.final.linear):",
    "only the gates of the blocks begin at 0, and shift and scale do not: nothing shows in the output, only "
    "in the weights.", read="What of task 3.4")
edit("start_at_zero", "start_at_zero__last_open", "model.final.adaLN, model.final.linear)",
    "model.final.adaLN)",
    "the last linear layer is not set to 0: noise comes out at the start.", read="What of task 3.4")
edit("start_at_zero", "start_at_zero__blocks_open", "*(block.adaLN for block in model.blocks), ", "",
    "the blocks' adaLN are forgotten: gates are open at the start.",  # SWivid/F5-TTS #793
    read="What of task 3.4")
edit("start_at_zero", "start_at_zero__proj_too", "*(block.adaLN for block in model.blocks), ",
    "*(block.adaLN for block in model.blocks), *(block.attn.proj for block in model.blocks), ",
    "attention's last layer is 0 as well as its gate: each is a factor of the other's gradient, so neither "
    "ever moves, with any optimizer.", read="Convention of task 3.4")


@wrong("start_at_zero",
    "what must be closed is closed first, and a loop over all layers opens it again afterwards.",
    read="Convention of task 3.4")  # apply(initialise) at the end
def start_at_zero__closed_first(model):
    for layer in (*(block.adaLN for block in model.blocks), model.final.adaLN, model.final.linear):
        nn.init.zeros_(layer.weight)
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
    for layer in (model.table, model.clock.fc1, model.clock.fc2):
        nn.init.normal_(layer.weight, std=0.02)


edit("start_at_zero", "start_at_zero__biases_of_closed", "            nn.init.zeros_(module.bias)\n", "",
    "biases of the layers that stay open are not set to 0.", read="What of task 3.4")
edit("start_at_zero", "start_at_zero__normal", "nn.init.xavier_uniform_(module.weight)",
    "nn.init.xavier_normal_(module.weight)",
    "weights are normal instead of uniform: some are larger than the bound.", read="What of task 3.4")
edit("start_at_zero", "start_at_zero__kaiming", "nn.init.xavier_uniform_(module.weight)",
    "nn.init.kaiming_uniform_(module.weight, a=5**0.5)",
    "linear layers have torch's own weights, of variance 1 / (3 in), instead of Xavier's.",
    read="What of task 3.4")
edit("start_at_zero", "start_at_zero__table_wide", "(model.table, model.clock.fc1, model.clock.fc2)",
    "(model.clock.fc1, model.clock.fc2)",
    "the table of labels keeps the weights that it had, fifty times as wide.", read="What of task 3.4")
edit("start_at_zero", "start_at_zero__frozen", "nn.init.zeros_(layer.weight)  # its bias is 0 already",
    "nn.init.zeros_(layer.weight)\n"
    "        layer.weight.requires_grad_(False)",
    "what is closed is frozen too: it would stay closed for ever.", read="Convention of task 3.4")
edit("start_at_zero", "moving_weights__none_moves", "if g is not None and g.any()", "if g is None or g.any()",
    "weights without any gradient are named: no gradient counts as zero.", read="What of task 3.4")
edit("start_at_zero", "moving_weights__zeros_too", "if g is not None and g.any()", "if g is not None",
    "weights whose gradient is 0 everywhere are named: they are in the graph, and do not move.",
    read="What of task 3.4")
edit("start_at_zero", "moving_weights__all_not_zero", "g.any()", "g.all()",
    "only weights without any 0 in their gradient are named: one number that moves is enough.",
    read="What of task 3.4")


@wrong("start_at_zero",
    "backward() is called: it adds to the gradients that are there, and names what had one before.",
    read="Convention of task 3.4")
def moving_weights__backward(model, loss):
    if loss.requires_grad:
        loss.backward()
    return {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}


@wrong("start_at_zero", "the gradients of the caller are set to None, and stay so.",
    read="Convention of task 3.4")
def moving_weights__cleared(model, loss):
    model.zero_grad()
    if not loss.requires_grad:
        return set()
    loss.backward()
    names = {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    model.zero_grad()
    return names


# -------------------- 4.1 dit
edit("dit", "DiT.forward__no_positions", "tokens = tokens + sincos_2d(h, w, tokens.shape[2]).to(tokens)",
    "pass",
    "positions are left out: the network cannot tell places apart.", read="What of task 4.1",
    replaces="DiT.forward")


@wrong("dit", "positions are added behind the blocks: they are too late to tell the blocks anything.",
    read="What of task 4.1", replaces="DiT.forward")
def DiT_forward__positions_last(self, x, t, labels, drop=None):
    h, w = x.shape[2] // self.p, x.shape[3] // self.p
    tokens = self.embed(patchify(x, self.p))
    if drop is not None:
        labels = torch.where(drop, self.num_classes, labels)
    c = self.clock(t) + self.table(labels)
    for block in self.blocks:
        tokens = block(tokens, c)
    tokens = tokens + sincos_2d(h, w, tokens.shape[2]).to(tokens)
    return unpatchify(self.final(tokens, c), self.p, h, w)


edit("dit", "DiT.forward__exchanged", "sincos_2d(h, w, tokens.shape[2])", "sincos_2d(w, h, tokens.shape[2])",
    "positions are those of a map with rows and columns exchanged.", read="What of task 4.1",
    replaces="DiT.forward")
edit("dit", "DiT.forward__square", "h, w = x.shape[2] // self.p, x.shape[3] // self.p",
    "h = w = int((x.shape[2] * x.shape[3]) ** 0.5) // self.p",
    "the map is taken as square.", read="Convention of task 4.1", replaces="DiT.forward")
edit("dit", "DiT.forward__null_is_class_0", "torch.where(drop, self.num_classes, labels)",
    "torch.where(drop, 0, labels)",
    "dropped samples get row 0 of the table, which is a class.", read="What of task 4.1",
    replaces="DiT.forward")
edit("dit", "DiT.forward__kept", "torch.where(drop, self.num_classes, labels)",
    "torch.where(drop, labels, self.num_classes)",
    "the mask is read the wrong way round: True is dropped.", read="Convention of task 4.1",
    replaces="DiT.forward")
edit("dit", "DiT.forward__drop_ignored", "if drop is not None:", "if False:",
    "drop is ignored.", read="What of task 4.1", replaces="DiT.forward")
edit("dit", "DiT.forward__only_in_training", "if drop is not None:", "if drop is not None and self.training:",
    "labels are dropped in training mode only: sampling needs it too.", read="Convention of task 4.1",
    replaces="DiT.forward")
edit("dit", "DiT.forward__scaled_time", "self.clock(t)", "self.clock(1000 * t)",
    "t is multiplied by 1000 before the clock, which does so itself.", read="Given of task 4.1",
    replaces="DiT.forward")
edit("dit", "DiT.forward__no_time", "c = self.clock(t) + self.table(labels)",
    "c = self.table(labels) + 0 * self.clock(t)",
    "the time is not told.", read="What of task 4.1", replaces="DiT.forward")
edit("dit", "DiT.forward__product", "self.clock(t) + self.table(labels)",
    "self.clock(t) * self.table(labels)",
    "time and label are multiplied instead of added.", read="What of task 4.1", replaces="DiT.forward")
edit("dit", "DiT.forward__first_block_only", "for block in self.blocks:", "for block in self.blocks[:1]:",
    "only the first block is used.", read="What of task 4.1", replaces="DiT.forward")
edit("dit", "DiT.forward__channels_of_input",
    "self.embed(patchify(x, self.p))",
    "self.embed(x.unfold(2, self.p, self.p).unfold(3, self.p, self.p).permute(0, 2, 3, 1, 4, "
    "5).flatten(3).flatten(1, 2))",
    "patches go in with the channel first.", read="Convention of task 1.1", replaces="DiT.forward")
edit("dit", "DiT.forward__wide_positions", ".to(tokens)", "",
    "positions stay float64: with float32 weights the tokens become float64, and the next layer refuses "
    "them.",
    read="Convention of task 4.1", replaces="DiT.forward")


# -------------------- 4.2 sizes
edit("sizes", "count_weights__no_biases", "18 * d**2 + 15 * d", "18 * d**2",
    "the biases of a block are left out.", read="What of task 4.2")
edit("sizes", "count_weights__affine_norms", "18 * d**2 + 15 * d", "18 * d**2 + 19 * d",
    "weights and biases of two norms are counted, which these norms do not have.", read="Given of task 4.2")
edit("sizes", "count_weights__four_parts", "18 * d**2 + 15 * d", "16 * d**2 + 13 * d",
    "adaLN is counted with four parts instead of six: the gates are left out.", read="What of task 4.2")
edit("sizes", "count_weights__no_null", "(classes + 1) * d", "classes * d",
    "the row of no class is left out.", read="What of task 4.2")
edit("sizes", "count_weights__positions", "return embed +", "return (32 // p) ** 2 * d + embed +",
    "positions are counted, which are not learnt: 675,129,632 for XL/2 is often quoted.",
    read="Convention of task 4.2")
edit("sizes", "count_weights__channels_of_input", "p**2 * c_out * d + p**2 * c_out",
    "p**2 * c_in * d + p**2 * c_in",
    "the last layer is counted with the channels of the input: it also predicts variances.",
    read="What of task 4.2")
edit("sizes", "count_weights__one_clock_layer", "clock * d + d + d**2 + d", "clock * d + d",
    "the second layer of the clock is left out.", read="What of task 4.2")
edit("sizes", "count_macs__one_product", "2 * n**2 * d", "n**2 * d",
    "scores or mixing is left out: each takes n² d.", read="What of task 4.2")
edit("sizes", "count_macs__no_attention", " + 2 * n**2 * d", "",
    "scores and mixing are left out: only layers with weights are counted.", read="What of task 4.2")
edit("sizes", "count_macs__adaLN_of_tokens", "+ 6 * d**2", "+ 6 * n * d**2",
    "adaLN is counted for each token: it sees one condition a sample.", read="What of task 4.2")
edit("sizes", "count_macs__flops", "return embed + condition + depth * block + final",
    "return 2 * (embed + condition + depth * block + final)",
    "multiplications and additions are counted: these are FLOPs, twice the number.",
    read="Convention of task 4.2")
edit("sizes", "count_macs__channels_of_input", "n * d * p**2 * c_out", "n * d * p**2 * c_in",
    "the last layer is counted with the channels of the input.", read="What of task 4.2")
edit("sizes", "count_macs__unchecked", "if side % p:", "if side < p:",
    "patches that do not fill the map are not refused with ValueError.", read="Given of task 4.2")


# -------------------- 5.1 joint_block
edit("joint_block", "JointBlock.forward__split_at_n",
    "out.split([text.shape[1], x.shape[1]], dim=1)",
    "out.roll(x.shape[1], dims=1).split([text.shape[1], x.shape[1]], dim=1)",
    "the result is split in another order than tokens were joined: words get what belongs to patches.",
    read="Convention of task 5.1", replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__shared_qkv", "rearrange(stream.qkv(y),", "rearrange(self.x.qkv(y),",
    "both streams go through the same qkv: each should have its own.", read="What of task 5.1",
    replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__not_normed", "(stream.q_norm(q), stream.k_norm(k), v)", "(q, k, v)",
    "queries and keys are not normed.", read="What of task 5.1", replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__mask_inverted", "F.pad(text_mask, (0, x.shape[1]), value=True)",
    "F.pad(~text_mask, (0, x.shape[1]), value=True)",
    "the mask is read the wrong way round: True is a word.", read="Convention of task 5.1",
    replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__mask_of_patches", "F.pad(text_mask, (0, x.shape[1]), value=True)",
    "F.pad(text_mask, (x.shape[1], 0), value=True)",
    "the mask lies over the last keys, and those are patches: the text comes first.",
    read="Convention of task 5.1", replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__mask_ignored", "if text_mask is not None:", "if False:",
    "the mask is ignored: padding is looked at.", read="What of task 5.1", replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__mask_for_patches_only",
    "seen = F.pad(text_mask, (0, x.shape[1]), value=True)[:, None, None]  # b 1 1 m+n",
    "m, n = text.shape[1], x.shape[1]\n"
    "            seen = F.pad(text_mask, (0, n), value=True)[:, None, None].repeat(1, 1, m + n, 1)\n"
    "            seen[:, :, :m] = True",
    "only patches leave padding out; words still look at it.", read="What of task 5.1",
    replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__condition_of_x", "stream.adaLN(F.silu(c))",
    "self.x.adaLN(F.silu(c))",
    "the text is modulated by the patches' adaLN.", read="What of task 5.1", replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__mlp_shared", "stream.fc2(F.gelu(stream.fc1(y)",
    "self.x.fc2(F.gelu(self.x.fc1(y)",
    "both streams share an MLP.", read="What of task 5.1", replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__heads_outside", "(three heads c)", "(heads three c)",
    "rows of qkv are read as (head; q, k or v; channel).", read="Convention of task 3.2",
    replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__exchanged", "return done[1], done[0]", "return done[0], done[1]",
    "the text's stream is returned first.", read="What of task 5.1", replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__two_attentions",
    "F.scaled_dot_product_attention(q, k, v, seen)",
    "sum(F.scaled_dot_product_attention(q, k[:, :, part], v[:, :, part], None if seen is None else "
    "seen[..., part]).nan_to_num() for part in (slice(text.shape[1]), slice(text.shape[1], None)))",
    "two attentions are added, each with a softmax of its own: one softmax weighs words against patches.",
    read="Why of task 5.1", replaces="JointBlock.forward")
edit("joint_block", "JointBlock.forward__text_unchanged", "if len(row) == 2:",
    "if len(row) == 2 or stream is self.text:",
    "None comes for the text in every block, not only in the last.", read="What of task 5.1",
    replaces="JointBlock.forward")


# -------------------- 6.1 times
edit("times", "logit_normal__variance", "mean + std * z", "mean + std**0.5 * z",
    "std is taken as a variance.", read="What of task 6.1")
edit("times", "logit_normal__clipped", "torch.sigmoid(mean + std * z)", "(mean + std * z).clamp(0, 1)",
    "normal numbers are clipped to [0, 1]: most of them end at 0 or 1.", read="What of task 6.1")
edit("times", "logit_normal__law", "torch.sigmoid(mean + std * z)", "torch.special.ndtr(mean + std * z)",
    "the normal law's own distribution function stands for the sigmoid: times are then uniform for mean 0 "
    "and "
    "std 1.", read="What of task 6.1")
edit("times", "logit_normal__reversed", "mean + std * z", "-mean - std * z",
    "times run the other way: t and 1 - t are exchanged.", read="Notation, on time")
edit("times", "logit_normal_log_density__no_jacobian", " - t.log() - torch.log1p(-t)", "",
    "the density of the logit is returned: that of t is divided by t (1 - t).", read="What of task 6.1")
edit("times", "logit_normal_log_density__no_root", "math.sqrt(2 * math.pi)", "(2 * math.pi)",
    "the root of 2 pi is forgotten: the integral is not 1.", read="What of task 6.1")
edit("times", "logit_normal_log_density__variance", "(torch.logit(t) - mean) / std",
    "(torch.logit(t) - mean) / std**0.5",
    "std is taken as a variance in the exponent.", read="What of task 6.1")
edit("times", "logit_normal_log_density__std_forgotten", "std * math.sqrt", "math.sqrt",
    "the factor 1 / std is forgotten: a wide law then weighs more than 1.", read="What of task 6.1")
edit("times", "logit_normal_log_density__density", "return torch.where(inside, log_p, -math.inf)",
    "return torch.where(inside, log_p.exp(), 0)",
    "the density itself is returned instead of its logarithm.", read="What of task 6.1")
edit("times", "logit_normal_log_density__nan_at_the_ends",
    "torch.where(inside, log_p, -math.inf)", "log_p",
    "0 and 1 are not looked at apart: infinity less infinity is NaN.", read="Convention of task 6.1")
edit("times", "logit_normal_log_density__clamped", "inside = (t > 0) & (t < 1)",
    "t = t.clamp(1e-6, 1 - 1e-6)\n"
    "    inside = torch.ones_like(t).bool()",
    "0 and 1 are clamped to their neighbours, where the density is not 0.", read="Convention of task 6.1")
edit("times", "shift_times__without_t", "alpha * t /", "alpha /",
    "t is missing in the numerator.", read="What of task 6.1")
edit("times", "shift_times__backwards", "alpha * t / (1 + (alpha - 1) * t)", "t / (alpha + (1 - alpha) * t)",
    "times are shifted the wrong way, towards data: that is right where t = 0 is noise.",
    read="Convention of task 6.1")
edit("times", "shift_times__rooted", "    return alpha * t", "    alpha = alpha**0.5\n    return alpha * t",
    "the root of alpha is taken here: alpha is the root of the numbers of tokens already.",
    read="Given of task 6.1")
edit("times", "shift_times__unchecked", "if not alpha > 0:", "if alpha == 0:",
    "an alpha below 0, or NaN, is not refused with ValueError.", read="Given of task 6.1")
edit("times", "shift_times__zero_unchecked", "if not alpha > 0:", "if not alpha >= 0:",
    "an alpha of 0 is not refused with ValueError: all times become 0.", read="Given of task 6.1")


# -------------------- 6.2 flow_step
edit("flow_step", "flow_step__target_reversed", "t, labels, drop), v)", "t, labels, drop), -v)",
    "the target is x0 - eps, the velocity of a clock that runs from noise to data.",
    read="Convention of task 6.2")
edit("flow_step", "flow_step__path_reversed", "path(x0, eps, t)", "path(eps, x0, t)",
    "data and noise are exchanged: x_t = (1 - t) eps + t x0.", read="Convention of task 6.2")
edit("flow_step", "flow_step__x_t_reversed", "path(x0, eps, t)", "path(x0, eps, 1 - t)",
    "x_t is taken at 1 - t while the model is told t.", read="Convention of task 6.2")
edit("flow_step", "flow_step__told_reversed", "mse_loss(model(x_t, t, labels, drop)",
    "mse_loss(model(x_t, 1 - t, labels, drop)",
    "the model is told 1 - t.", read="Convention of task 6.2")
edit("flow_step", "flow_step__variance_preserving", "x_t, v = path(x0, eps, t)",
    "x_t, v = path(x0, eps, t)\n"
    "    s = t.reshape(-1, *[1] * (x0.ndim - 1))\n"
    "    x_t = (1 - s).sqrt() * x0 + s.sqrt() * eps",
    "data and noise have roots as coefficients, which keep the variance: here the path is straight.",
    read="What of task 6.2")
edit("flow_step", "flow_step__summed", "labels, drop), v)", "labels, drop), v, reduction='sum')",
    "squares are summed instead of averaged.", read="What of task 6.2")
edit("flow_step", "flow_step__weighted", "loss = F.mse_loss(model(x_t, t, labels, drop), v)",
    "s = t.reshape(-1, *[1] * (x0.ndim - 1))\n"
    "    loss = (s * (1 - s) * (model(x_t, t, labels, drop) - v).square()).mean()",
    "the loss is weighted by t (1 - t): how times are drawn is the weighting already.",
    read="Convention of task 6.2")
edit("flow_step", "flow_step__gradients_kept", "    optimizer.zero_grad()\n", "",
    "gradients are not set to zero: they add up from update to update.", read="Convention of task 6.2")
edit("flow_step", "flow_step__zeroed_late",
    "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()",
    "    loss.backward()\n    optimizer.step()\n    optimizer.zero_grad()",
    "gradients are set to zero after the update: those that were there before the first call count.",
    read="Convention of task 6.2")
edit("flow_step", "flow_step__loss_after", "    return loss.item()",
    "    return F.mse_loss(model(x_t, t, labels, drop), v).item()",
    "the loss after the update is returned, by a second call of the model.", read="What of task 6.2")
edit("flow_step", "flow_step__tells_all", "mse_loss(model(x_t, t, labels, drop)",
    "mse_loss(model(x_t, t, labels, torch.zeros_like(drop))",
    "drop does not reach the model: all labels are told.", read="Given of task 6.2")
# -------------------- 6.3 flow_sample
edit("flow_sample", "flow_sample__wrong_way", "(then - now) * v", "(now - then) * v",
    "the step has the wrong sign: one from t = 1 ends at 2 eps - x0.", read="Convention of task 6.3")
edit("flow_sample", "flow_sample__even_steps", "(then - now) * v",
    "(times[-1] - times[0]).item() / (len(times) - 1) * v",
    "all steps are of one size, whatever the times.", read="What of task 6.3")
edit("flow_sample", "flow_sample__told_next", "noise.new_full(both.shape, now)",
    "noise.new_full(both.shape, then)",
    "the model is told the time at which a step ends instead of where it begins.", read="What of task 6.3")
edit("flow_sample", "flow_sample__halves_exchanged", "told, untold = model", "untold, told = model",
    "the halves are exchanged: w = 1 gives pictures without a label.", read="Convention of task 6.3")
edit("flow_sample", "flow_sample__null_first", "torch.cat([labels, torch.full_like(labels, null)])",
    "torch.cat([torch.full_like(labels, null), labels])",
    "the null labels come first, and the halves are taken as if they came last.",
    read="Convention of task 6.3")
edit("flow_sample", "flow_sample__papers_w", "untold + w * (told - untold)", "told + w * (told - untold)",
    "w counts from 0, as in the paper on classifier-free guidance: here w = 1 is plain sampling.",
    read="Convention of task 6.3")
edit("flow_sample", "flow_sample__all_guided", "if guided is not None:", "if False:",
    "all channels are guided whatever `guided` says.", read="What of task 6.3")
edit("flow_sample", "flow_sample__zero_guides_all", "if guided is not None:", "if guided:",
    "guided = 0 is taken as None: none should be guided, and all are.", read="Convention of task 6.3")
edit("flow_sample", "flow_sample__rest_from_null", "told[:, guided:]", "untold[:, guided:]",
    "channels that are not guided come from the half without labels.", read="Convention of task 6.3")
edit("flow_sample", "flow_sample__last_guided", "torch.cat([v[:, :guided], told[:, guided:]], dim=1)",
    "torch.cat([told[:, : v.shape[1] - guided], v[:, v.shape[1] - guided :]], dim=1)",
    "the last channels are guided instead of the first.", read="What of task 6.3")
edit("flow_sample", "flow_sample__shifted_again", "itertools.pairwise(times.tolist())",
    "itertools.pairwise(shift_times(times, 3.0).tolist())",
    "the times that come are shifted once more.", read="Given of task 6.3")
edit("flow_sample", "flow_sample__stays_allowed", "times[1:] >= times[:-1]", "times[1:] > times[:-1]",
    "times that stay are not refused with ValueError.", read="Given of task 6.3")
edit("flow_sample", "flow_sample__unchecked", "if (times[1:] >= times[:-1]).any():", "if (times > 1).any():",
    "times that rise are not refused with ValueError.", read="Given of task 6.3")
edit("flow_sample", "flow_sample__recorded", "with torch.no_grad():", "with torch.enable_grad():",
    "gradients are recorded through the whole walk.", read="Convention of task 6.3")
edit("flow_sample", "flow_sample__two_calls", "told, untold = model(torch.cat([x, x]), t, both).chunk(2)",
    "told, untold = (model(x, time, part) for time, part in zip(t.chunk(2), both.chunk(2), strict=True))",
    "the model is called twice a step, on the batch and again, instead of once on both.",
    read="Convention of task 6.3")
edit("flow_sample", "flow_sample__wide_time", "noise.new_full(both.shape, now)",
    "torch.full(both.shape, now, dtype=torch.float64)",
    "t goes in as float64 whatever the dtype of the noise.", read="Convention of task 6.3")
edit("flow_sample", "flow_sample__denoised_last", "    return x\n",
    "    if len(times) > 1:\n"
    "        x = x - 0.02 * told\n"
    "    return x\n",
    "something is added behind the last step: at t = 0 the walk is over.", read="What of task 6.3")
