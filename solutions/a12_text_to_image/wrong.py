"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Where a mistake was seen in somebody's repository, the comment names it.
"""

from autograder.sources.variants import edit, naive, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 clip_context
edit("clip_context", "clip_context__strictly_below", ".tril()", ".tril(-1)",
    "no row may look at itself, and the first at nothing at all: the diagonal of the mask is True.",
    read="Convention of task 1.1")
edit("clip_context", "clip_context__upper_triangle", ".tril()", ".triu()",
    "the mask is the upper triangle: rows look at those that come after them.", read="What of task 1.1")
edit("clip_context", "clip_context__inverted", "x = layer(x, causal)",
    "x = layer(x, ~causal)",
    "True is taken for \"may not look\", as nn.TransformerEncoder has it: here True = may look.",
    read="Convention of task 1.1")
edit("clip_context", "clip_context__no_mask", ".tril()", "",
    "every row looks at every other: CLIP's text encoder is causal.", read="What of task 1.1")
edit("clip_context", "clip_context__padding_masked", "x = layer(x, causal)",
    "if layer is layers[0]:\n"
    "            causal = causal & (x != 0).any(dim=2)[:, None] | torch.eye(n, dtype=torch.bool)\n"
    "        x = layer(x, causal)",
    "rows of padding are hidden by a second mask: CLIP has none, and its padding carries the sentence.",
    # huggingface/diffusers #2634
    read="Why of task 1.1")
edit("clip_context", "clip_context__first_skipped", "layers[: len(layers) - skip]", "layers[skip:]",
    "the first layers are skipped instead of the last ones.", read="What of task 1.1")
edit("clip_context", "clip_context__norm_only_at_the_end", "return norm(x)", "return x if skip else norm(x)",
    "the norm is left out where layers are skipped: that is what SDXL does, and not Stable Diffusion 1 "
    "and 2.",
    read="Convention of task 1.1")
edit("clip_context", "clip_context__none_of_all", "layers[: len(layers) - skip]", "layers[:-skip]",
    "no layer runs where none is skipped: layers[:-0] is empty.", read="What of task 1.1")
edit("clip_context", "clip_context__one_more", "layers[: len(layers) - skip]",
    "layers[: len(layers) - skip - (skip > 0)]",
    "one layer more is skipped: skip = 1 leaves the penultimate layer in, and ends with it.",
    read="Convention of task 1.1")
edit("clip_context", "clip_context__norm_in_each_layer", "x = layer(x, causal)", "x = norm(layer(x, causal))",
    "the norm is used after every layer instead of once, at the end.", read="What of task 1.1")
edit("clip_context", "clip_context__any_skip", "not 0 <= skip < len(layers)", "skip > len(layers)",
    "impossible numbers of skipped layers are not refused.", read="Given of task 1.1")


# -------------------- 1.2 plms
edit("plms", "plms_noise__oldest_first", "[eps, *old[:3]]", "[eps, *old[:3][::-1]]",
    "the earlier answers are taken with the oldest first: `old` has the newest first.",
    read="What of task 1.2")
edit("plms", "plms_noise__newest_last", "weights = eps.new_tensor(rows[len(known) - 1])",
    "weights = eps.new_tensor(rows[len(known) - 1]).flip(0)",
    "the weights are turned round: the largest belongs to the newest answer.", read="What of task 1.2")
edit("plms", "plms_noise__adams_moulton", "((1,), (3, -1), (23, -16, 5), (55, -59, 37, -9))",
    "((1,), (1, 1), (5, 8, -1), (9, 19, -5, 1))",
    "the weights are those of Adams and Moulton, which interpolate: the answer at the next rung is not "
    "known yet.",
    read="What of task 1.2")
edit("plms", "plms_noise__two_earlier", "[eps, *old[:3]]", "[eps, *old[:2]]",
    "only two earlier answers are used: from the fourth step on there are three.", read="What of task 1.2")
edit("plms", "plms_noise__not_divided", " / weights.sum()", "",
    "the weighted sum is not divided by 2, 12 or 24.", read="What of task 1.2")
edit("plms", "plms_noise__all_signs_plus", "torch.tensordot(weights, known, 1)",
    "torch.tensordot(weights.abs(), known, 1)",
    "the signs of the weights are left out.", read="What of task 1.2")
edit("plms", "plms__no_second_call", "if i == 0 and len(ladder) > 1:", "if False:",
    "the first step is plain DDIM: it asks the model only once.", read="What of task 1.2")
edit("plms", "plms__mean_in_history", "old = [eps, *old]", "old = [better if i == 0 else eps, *old]",
    "the mean of both first answers is put into the history: it keeps the model's own answer at rung 0.",
    read="Convention of task 1.2")
edit("plms", "plms__combinations_in_history", "eps = model(z, t)\n            better = plms_noise(eps, old)",
    "better = eps = plms_noise(model(z, t), old)",
    "extrapolated noises are put into the history: it keeps the model's own answers.",
    read="Convention of task 1.2")
edit("plms", "plms__counted_twice", "better = plms_noise(eps, old)",
    "better = plms_noise(eps, [eps, *old] if i else old)",
    "the new answer is in the history before it is used: it counts twice, as newest and as earlier.",
    read="What of task 1.2")
edit("plms", "plms__from_the_trial", "better = (eps + model(tried, ladder.t[1])) / 2",
    "better = (eps + model(tried, ladder.t[1])) / 2\n"
    "                z = tried",
    "the first step is made from the tried latents: it starts from z again.", read="What of task 1.2")
edit("plms", "plms__look_ahead_always", "if i == 0 and len(ladder) > 1:",
    "if i + 1 < len(ladder):\n"
    "                tried = ladder.step(z, eps, i)\n"
    "                better = (eps + model(tried, ladder.t[i + 1])) / 2\n"
    "            if False:",
    "every step looks ahead (Heun's method): that is two calls for each step instead of one.",
    read="Why of task 1.2")
edit("plms", "plms__second_answer_at_rung_0", "model(tried, ladder.t[1])", "model(tried, t)",
    "the second call of the first step is told rung 0's time: the trial stands on rung 1.",
    read="What of task 1.2")
edit("plms", "plms__one_step_breaks", "if i == 0 and len(ladder) > 1:", "if i == 0:",
    "a ladder of one step is not thought of: there is no second rung to ask at.",
    read="Convention of task 1.2")
edit("plms", "plms__recorded", "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded through the whole chain.", read="Convention of task 1.2")


# -------------------- 1.3 tiled_decode
edit("tiled_decode", "tile_starts__last_cut_short",
    "[*range(0, n - tile, tile - overlap), max(n - tile, 0)]",
    "[*range(0, max(n - overlap, 1), tile - overlap)]",
    "tiles begin a stride apart to the end: the last one is cut short instead of ending flush.",
    read="What of task 1.3")
edit("tiled_decode", "tile_starts__flush_twice",
    "[*range(0, n - tile, tile - overlap), max(n - tile, 0)]",
    "[*range(0, max(n - tile, 0) + 1, tile - overlap), max(n - tile, 0)]",
    "the last start is listed twice where the stride meets it anyway.", read="What of task 1.3")
edit("tiled_decode", "tile_starts__stride_is_tile", "tile - overlap)", "tile)",
    "tiles stand side by side: they overlap, so the stride is tile - overlap.", read="What of task 1.3")
edit("tiled_decode", "tile_starts__nothing_refused", "not 0 <= overlap < tile", "overlap == tile",
    "overlaps that cannot be are not refused.", read="Given of task 1.3")
edit("tiled_decode", "tile_weights__no_slopes", "    if start > 0:\n        weights = weights * slope\n", "",
    "there is no slope where a tile follows an earlier one.", read="What of task 1.3")
edit("tiled_decode", "tile_weights__sloping_border", "if start > 0:", "if True:",
    "weights slope at the border of the image too, where no other tile is: only seams need slopes.",
    read="Convention of task 1.3")
edit("tiled_decode", "tile_weights__from_zero", "torch.arange(1, size + 1, dtype=torch.float64) / (k + 1)",
    "torch.arange(size, dtype=torch.float64) / max(k, 1)",
    "the slope begins with 0, not with 1 / (k + 1).", read="Convention of task 1.3")
edit("tiled_decode", "tile_weights__overlap_in_latents", "factor, overlap * factor", "factor, overlap",
    "the slope is as long as the overlap in latents: in pixels it is factor times that.",
    read="What of task 1.3")
edit("tiled_decode", "tile_weights__smaller_of_both", "weights = weights * slope.flip(0)",
    "weights = torch.minimum(weights, slope.flip(0))",
    "where both slopes meet the smaller one is taken: they multiply.", read="Convention of task 1.3")
edit("tiled_decode", "tiled_decode__not_divided", "return total / weights", "return total",
    "the sum is not divided by the weights.", read="What of task 1.3")
edit("tiled_decode", "tiled_decode__factor_forgotten", "y, x = top * factor, left * factor",
    "y, x = top, left",
    "tiles are put where their latents begin: in pixels that is factor times as far.",
    read="Convention of task 1.3")
edit("tiled_decode", "tiled_decode__rows_for_columns", "rows[:, None] * columns", "columns[:, None] * rows",
    "the weights of rows and columns are exchanged.", read="What of task 1.3")
edit("tiled_decode", "tiled_decode__last_tile_wins", "total[place] += weight * image",
    "total[place] = weight * image",
    "each tile overwrites what is there: the weighted images are added.", read="What of task 1.3")
edit("tiled_decode", "tiled_decode__recorded", "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded, so every tile's activations are kept.", read="Convention of task 1.3")
edit("tiled_decode", "tiled_decode__widened", "return total / weights", "return (total / weights).double()",
    "the image is float64 whatever the latents are.", read="Convention of task 1.3")


# -------------------- 2.1 gumbel_softmax
edit("gumbel_softmax", "gumbel_softmax__one_logarithm", "-(-u.log()).log()", "-u.log()",
    "one logarithm is missing: -log u is exponential noise; a Gumbel number is -log of that.",
    read="What of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__minus_sign", "logits + gumbel", "logits - gumbel",
    "the noise has the wrong sign, by its own two minus signs or by how it is added: Gumbel's law is not "
    "symmetric.", read="What of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__last_axis", "softmax(dim=1)", "softmax(dim=-1)",
    "the softmax is over the last axis, the columns of the grid: codes are axis 1.",
    read="Convention of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__tau_multiplies", "/ tau", "* tau",
    "the temperature multiplies: a low one must sharpen, so it divides.", read="What of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__noise_after_tau", "((logits + gumbel) / tau)",
    "(logits / tau + gumbel)",
    "only the logits are divided by tau: then the law of the largest changes with tau.",
    read="What of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__no_noise", "(logits + gumbel)", "(logits + 0 * gumbel)",
    "no noise is added: that is a softmax at temperature tau, and no draw.", read="What of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__fresh_noise", "u = uniforms.clamp(limits.tiny, 1 - limits.eps)",
    "u = torch.rand(uniforms.shape, generator=torch.Generator().manual_seed(0), dtype=uniforms.dtype)",
    "noise is drawn inside: all randomness comes in with `uniforms`.", read="Given of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__hard_without_gradient", "+ (soft - soft.detach())", "",
    "the hard draw is a plain one-hot: no gradient flows through it.", read="What of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__hard_plus_soft", "(soft - soft.detach())", "soft",
    "the soft draw is added and not taken away again: values are not 0 and 1.", read="What of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__hard_by_default", "if not hard:", "if hard:",
    "hard and soft are exchanged.", read="What of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__small_constant",
    "u = uniforms.clamp(limits.tiny, 1 - limits.eps)\n    gumbel = -(-u.log()).log()",
    "gumbel = -(-(uniforms + 1e-20).log() + 1e-20).log()",
    "1e-20 is added to u: that is 0 in float16, and u = 0 then gives NaN where it stands alone.",
    read="Convention of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__not_clipped", "uniforms.clamp(limits.tiny, 1 - limits.eps)",
    "uniforms",
    "u = 0 is not clipped: its Gumbel number is minus infinity, and NaN where all are.",
    read="Convention of task 2.1")
edit("gumbel_softmax", "gumbel_softmax__any_temperature", "if tau <= 0:", "if tau != tau:",
    "temperatures of 0 and below are not refused.", read="Given of task 2.1")


# -------------------- 2.2 logit_laplace
edit("logit_laplace", "to_open__of_zero_one", "0.5 + 0.4 * x", "0.1 + 0.8 * x",
    "the map is that for images in [0, 1], .1 + .8 p: these are in [-1, 1].",  # openai/DALL-E dall_e/utils.py
    read="Convention of task 2.2")
edit("logit_laplace", "to_open__whole_interval", "0.5 + 0.4 * x", "0.5 + 0.5 * x",
    "images are mapped to [0, 1] and not inside: the logit of 0 and 1 is infinite.", read="What of task 2.2")
edit("logit_laplace", "from_open__not_clipped", ".clamp(-1, 1)", "",
    "what lies outside [-1, 1] is not clipped.", read="What of task 2.2")
edit("logit_laplace", "logit_laplace_nll__no_jacobian", " + (y * (1 - y)).log()", "",
    "ln y(1 - y) is left out: the density is then one of the logit, and does not integrate to 1 over y.",
    read="What of task 2.2")
edit("logit_laplace", "logit_laplace_nll__jacobian_turned", "+ (y * (1 - y)).log()", "- (y * (1 - y)).log()",
    "ln y(1 - y) has the wrong sign: the density is divided by y(1 - y), so its cost has it with plus.",
    read="What of task 2.2")
edit("logit_laplace", "logit_laplace_nll__b_itself", "log_b + (y", "log_b.exp() + (y",
    "b is added instead of its logarithm.", read="What of task 2.2")
edit("logit_laplace", "logit_laplace_nll__log_b_as_b", "(-log_b).exp()", "1 / log_b",
    "the distance is divided by log_b: b is its exponential.", read="What of task 2.2")
edit("logit_laplace", "logit_laplace_nll__times_b", "(-log_b).exp()", "log_b.exp()",
    "the distance is multiplied by b: it is divided.", read="What of task 2.2")
edit("logit_laplace", "logit_laplace_nll__squared", ".abs()", ".square()",
    "the distance is squared, as in a Gaussian: Laplace's law has its magnitude.", read="What of task 2.2")
edit("logit_laplace", "logit_laplace_nll__in_the_image", "y.logit() - mu", "x - mu.sigmoid()",
    "the image itself is compared with the sigmoid of mu: the law is that of logits.",
    read="Convention of task 2.2")
edit("logit_laplace", "logit_laplace_nll__no_map", "    y = to_open(x)\n", "    y = (x + 1) / 2\n",
    "images are not mapped into (0, 1) by to_open: a pixel of -1 or 1 then costs an infinite amount.",
    read="What of task 2.2")
edit("logit_laplace", "logit_laplace_nll__mean", ".sum(dim=1)", ".mean(dim=1)",
    "the values of an image are averaged instead of summed.", read="Convention of task 2.2")
edit("logit_laplace", "logit_laplace_nll__one_ln_two", "math.log(2) + ", "",
    "the 2 of 2b is left out.", read="What of task 2.2")


# -------------------- 2.3 dvae_loss
@wrong("dvae_loss",
    "F.kl_div divides by the size of its first argument, which is 1: \"batchmean\" is then the sum over "
    "the batch.",
    # lucidrains/DALLE-pytorch, its issues #99 and #255
    read="Convention of task 2.3")
def kl_to_uniform__batchmean(logits):
    log_q = logits.log_softmax(dim=1)
    uniform = torch.full((1,), -math.log(logits.shape[1]), dtype=logits.dtype)
    kl = torch.nn.functional.kl_div(uniform, log_q, reduction="batchmean", log_target=True)
    return kl.expand(len(logits))


edit("dvae_loss", "kl_to_uniform__other_direction", "log_q.exp() * (log_q + math.log(logits.shape[1]))",
    "-(log_q + math.log(logits.shape[1])) / logits.shape[1]",
    "the divergence goes from the uniform law to q: it is asked from q to the uniform law.",
    read="What of task 2.3")
edit("dvae_loss", "kl_to_uniform__mean_over_positions", "surplus.flatten(1).sum(dim=1)",
    "surplus.sum(dim=1).flatten(1).mean(dim=1)",
    "positions are averaged: every position's divergence is paid, so they are summed.",
    read="Convention of task 2.3")
edit("dvae_loss", "kl_to_uniform__mean_over_codes", "surplus.flatten(1).sum(dim=1)",
    "surplus.mean(dim=1).flatten(1).sum(dim=1)",
    "the mean over codes is taken: an expectation is the sum of probabilities times values.",
    read="What of task 2.3")
edit("dvae_loss", "kl_to_uniform__minus_entropy", " + math.log(logits.shape[1])", "",
    "ln k is left out: minus the entropy is below 0, and a divergence never is.", read="What of task 2.3")
edit("dvae_loss", "kl_to_uniform__share_itself", "+ math.log(logits.shape[1])", "- 1 / logits.shape[1]",
    "1/k is subtracted instead of its logarithm.",  # YongfeiYan/Gumbel_Softmax_VAE #1
    read="What of task 2.3")
edit("dvae_loss", "kl_to_uniform__last_axis", "log_softmax(dim=1)", "log_softmax(dim=-1)",
    "probabilities are formed along the last axis: codes are axis 1.", read="Convention of task 2.3")
edit("dvae_loss", "kl_to_uniform__of_the_batch", "surplus.flatten(1).sum(dim=1)",
    "surplus.flatten(1).sum(dim=1).mean().expand(len(logits))",
    "the batch's mean is returned for every image.", read="What of task 2.3")
edit("dvae_loss", "dvae_loss__summed", ".mean()", ".sum()",
    "the images are summed instead of averaged.", read="What of task 2.3")
edit("dvae_loss", "dvae_loss__beta_on_nll", "(nll + beta * kl)", "(beta * nll + kl)",
    "beta multiplies nll instead of kl.", read="What of task 2.3")
edit("dvae_loss", "dvae_loss__minus", "(nll + beta * kl)", "(nll - beta * kl)",
    "the divergence is subtracted: it is a cost.", read="What of task 2.3")
edit("dvae_loss", "cosine_anneal__linear", "(1 + math.cos(math.pi * done)) / 2", "(1 - done)",
    "the number changes linearly: half a cosine is flat at both ends.", read="What of task 2.3")
edit("dvae_loss", "cosine_anneal__restarts", "done = min(step / steps, 1.0)", "done = step / steps",
    "after `steps` the cosine goes on, and leads back to the start: the number stays at its end.",
    read="Convention of task 2.3")
edit("dvae_loss", "cosine_anneal__turned", "end + (start - end)", "start + (end - start)",
    "start and end are exchanged.", read="What of task 2.3")


# -------------------- 3.1 stream
edit("stream", "join__one_padding", "torch.arange(vocab.text, vocab.first_code, device=text.device)",
    "torch.full((vocab.length,), vocab.text)",
    "all positions share one padding: each has its own id, text + position.", read="What of task 3.1")
edit("stream", "join__padding_kept", "torch.where(text == 0, paddings, text)", "text",
    "padding stays word 0: it becomes text + position.", read="What of task 3.1")
edit("stream", "join__padding_from_one", "torch.arange(vocab.text, vocab.first_code,",
    "torch.arange(vocab.text + 1, vocab.first_code + 1,",
    "paddings are counted from 1: the last one is then the id of code 0.", read="What of task 3.1")
edit("stream", "join__codes_not_moved", "codes + vocab.first_code", "codes",
    "codes keep their numbers, and collide with words.", read="What of task 3.1")
edit("stream", "join__codes_after_words", "codes + vocab.first_code", "codes + vocab.text",
    "codes begin right after the words, where the paddings are.", read="What of task 3.1")
edit("stream", "join__image_first", "torch.cat([words, codes + vocab.first_code], dim=1)",
    "torch.cat([codes + vocab.first_code, words], dim=1)",
    "the image comes first: a picture is to be drawn from words, so these do.", read="What of task 3.1")
edit("stream", "join__ids_unchecked", "if ((ids < 0) | (ids >= size)).any():", "if (ids > size).any():",
    "ids outside the vocabulary are not refused.", read="Given of task 3.1")
edit("stream", "join__any_length", "if text.shape[1] != vocab.length:", "if text.shape[1] > vocab.length:",
    "shorter texts are not refused.", read="Given of task 3.1")
edit("stream", "split_logits__by_the_input", "torch.arange(past, past + m,",
    "torch.arange(past - 1, past + m - 1,",
    "what is possible is decided by where the input stands: the token after the last word is already a code.",
    read="Convention of task 3.1")
edit("stream", "split_logits__past_forgotten", "torch.arange(past, past + m,", "torch.arange(0, m,",
    "`past` is left out: with a cache every row would be taken for the text.", read="What of task 3.1")
edit("stream", "split_logits__paddings_ruled_out", "< vocab.first_code", "< vocab.text",
    "paddings are counted with the codes: they belong to the text.", read="Convention of task 3.1")
edit("stream", "split_logits__other_half", "in_text[:, None] != is_text", "in_text[:, None] == is_text",
    "the halves are exchanged: what is possible is ruled out.", read="What of task 3.1")
edit("stream", "split_logits__large_number", "-math.inf", "-10.0",
    "a negative number stands for -inf: what cannot be keeps a probability.", read="What of task 3.1")
edit("stream", "stream_loss__not_split", "split_logits(logits, 0, vocab).mT", "logits.mT",
    "the logits are not split: probability goes to ids that a position cannot hold.", read="What of task 3.1")
edit("stream", "stream_loss__mean_of_all",
    "losses[:, : vocab.length].mean() / 8 + 7 * losses[:, vocab.length :].mean() / 8", "losses.mean()",
    "one mean is taken over all positions: text and image count 1/8 and 7/8, each by its own mean.",
    read="What of task 3.1")
edit("stream", "stream_loss__weights_exchanged",
    "losses[:, : vocab.length].mean() / 8 + 7 * losses[:, vocab.length :].mean() / 8",
    "7 * losses[:, : vocab.length].mean() / 8 + losses[:, vocab.length :].mean() / 8",
    "7/8 go to the text: they belong to the image.", read="What of task 3.1")
edit("stream", "stream_loss__one_to_seven",
    "losses[:, : vocab.length].mean() / 8 + 7 * losses[:, vocab.length :].mean() / 8",
    "losses[:, : vocab.length].mean() + 7 * losses[:, vocab.length :].mean()",
    "the weights are 1 and 7: together they must be 1.", read="What of task 3.1")
edit("stream", "stream_loss__paddings_free",
    "losses[:, : vocab.length].mean() / 8",
    "(losses * (stream < vocab.text))[:, : vocab.length].sum() / (stream < "
    "vocab.text).sum().clamp(min=1) / 8",
    "paddings are left out of the text's mean: they count.", read="Convention of task 3.1")


@wrong("stream", "the logits are shifted once more: row i is already the prediction of position i.",
    read="Convention of task 3.1")
def stream_loss__shifted(logits, stream, vocab):
    split = split_logits(logits, 0, vocab)[:, :-1].transpose(1, 2)
    losses = F.cross_entropy(split.clamp(min=-1e4), stream[:, 1:], reduction="none")
    first = vocab.length - 1
    return losses[:, :first].mean() / 8 + 7 * losses[:, first:].mean() / 8


# -------------------- 3.2 sparse_masks
edit("sparse_masks", "sparse_mask__own_row", "near = apart <= d", "near = row[:, None] == row",
    "a token sees its own row of the picture only: a row mask is the window of the d tokens before.",
    # lucidrains/DALLE-pytorch SparseAxialCausalAttention
    read="Convention of task 3.2")
edit("sparse_masks", "sparse_mask__d_tokens", "apart <= d", "apart < d",
    "the window has d tokens with the token itself: there are d before it, so d + 1.",
    read="Convention of task 3.2")
edit("sparse_masks", "sparse_mask__both_sides", "(apart >= 0) & ((token < L) | near)",
    "((apart >= 0) & (token < L)) | near & (token[:, None] >= L) & (token >= L)",
    "image tokens see later ones within their window: every mask is causal.", read="What of task 3.2")
edit("sparse_masks", "sparse_mask__strictly_causal", "apart >= 0", "apart > 0",
    "no token sees itself.", read="What of task 3.2")
edit("sparse_masks", "sparse_mask__not_causal", "(apart >= 0) & ((token < L) | near)", "(token < L) | near",
    "nothing is causal: text sees later text, and tokens see later ones.", read="What of task 3.2")
edit("sparse_masks", "sparse_mask__wrapping_window", "torch.maximum(rows, columns)",
    "torch.maximum(rows, torch.minimum(columns, d - columns))",
    "the window wraps round the edge of the picture.",  # a public ru-DALL-E script
    read="Convention of task 3.2")
edit("sparse_masks", "sparse_mask__window_of_rows", "torch.maximum(rows, columns)", "rows",
    "the window has k rows and all columns: it is k x k.", read="What of task 3.2")
edit("sparse_masks", "sparse_mask__half_width_k", "<= k // 2", "<= k",
    "the window reaches k to each side: it is k wide, so k // 2 to each side.", read="What of task 3.2")
edit("sparse_masks", "sparse_mask__stride_in_the_text", "((token < L) | near)",
    "((token < L) & ((kind != \"column\") | (apart % d == 0)) | (token >= L) & near)",
    "the stride of a column is applied to the text as well: all of the text is seen.",
    read="What of task 3.2")
edit("sparse_masks", "sparse_mask__text_by_position", "(token < L) | near",
    "(token < L) & ((token <= (token[:, None] - L) % max(L, 1)) | (token[:, None] < L)) | (token >= L) & "
    "near",
    "an image token sees a part of the text only: it sees all of it.", read="What of task 3.2")
edit("sparse_masks", "sparse_mask__any_kind",
    "    else:\n        raise ValueError(f\"there is no mask of the kind {kind!r}\")",
    "    else:\n        near = apart >= 0",
    "other kinds are not refused.", read="Given of task 3.2")
edit("sparse_masks", "layer_kinds__counted_from_0", "i % 4 == 1", "i % 4 == 2",
    "the third layer is the first column: the paper counts layers from 1, and its second one is.",
    read="What of task 3.2")
edit("sparse_masks", "layer_kinds__every_second", "i % 4 == 1", "i % 2 == 1",
    "every second layer is a column: every fourth is.", read="What of task 3.2")
edit("sparse_masks", "layer_kinds__no_conv", "[*kinds[:-1], \"conv\"]", "kinds",
    "the last layer is not conv.", read="What of task 3.2")
edit("sparse_masks", "layer_kinds__one_more", "[*kinds[:-1], \"conv\"]", "[*kinds, \"conv\"]",
    "conv comes as one more layer: it takes the last one's place.", read="What of task 3.2")


# -------------------- 3.3 generate
edit("generate", "forward__top_left",
    "mask=mask[n - m : n, :n]", "mask=mask[:m, :n]",
    "the mask's first rows are used, as with is_causal=True: a new token then sees the oldest tokens only.",
    read="Convention of task 3.3", replaces="CachedAttention.forward")
edit("generate", "forward__new_see_all", "attn_mask=mask[n - m : n, :n]", "attn_mask=mask[n - 1 : n, :n]",
    "all new tokens have the last one's view: they see later tokens when there are several.",
    read="Convention of task 3.3", replaces="CachedAttention.forward")
edit("generate", "forward__past_forgotten",
    "k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)", "pass",
    "the cache is not used: new tokens see each other only.",
    read="What of task 3.3", replaces="CachedAttention.forward")
edit("generate", "forward__new_before_old",
    "torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)",
    "torch.cat([k, cache[0]], dim=2), torch.cat([v, cache[1]], dim=2)",
    "new keys and values are put before the old ones: the mask is for the order in time.",
    read="What of task 3.3", replaces="CachedAttention.forward")
edit("generate", "forward__old_values", "torch.cat([cache[1], v], dim=2)", "torch.cat([cache[0], v], dim=2)",
    "the keys' cache is used for the values too.", read="What of task 3.3",
    replaces="CachedAttention.forward")
edit("generate", "forward__heads_mixed", "part.unflatten(-1, (self.heads, -1)).transpose(1, 2)",
    "part.unflatten(-1, (-1, self.heads)).permute(0, 3, 1, 2)",
    "heads are interleaved: head h has the h-th block of neighbouring channels.",
    read="Given of task 3.3", replaces="CachedAttention.forward")
edit("generate", "forward__heads_not_put_back", "y.transpose(1, 2).flatten(2)", "y.reshape(x.shape)",
    "heads and tokens are not exchanged back before they are flattened: values of different tokens are "
    "mixed.",
    read="Given of task 3.3", replaces="CachedAttention.forward")
edit("generate", "forward__query_key_exchanged", "q, k, v = (part", "k, q, v = (part",
    "queries and keys are exchanged: the first third of qkv are the queries.",
    read="Given of task 3.3", replaces="CachedAttention.forward")
edit("generate", "forward__mask_ignored", "if mask is None:", "if True:",
    "a mask that is given is not used.", read="What of task 3.3", replaces="CachedAttention.forward")
edit("generate", "forward__no_projection", "return self.proj(y.transpose(1, 2).flatten(2)), (k, v)",
    "return y.transpose(1, 2).flatten(2), (k, v)",
    "the projection of the result is left out.", read="Given of task 3.3", replaces="CachedAttention.forward")
edit("generate", "forward__in_place",
    "k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)",
    "k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)\n"
    "            cache[0].data += 1",
    "the cache that came in is written to: whoever continues it twice finds another one.",
    read="Convention of task 3.3", replaces="CachedAttention.forward")
edit("generate", "generate__strictly_below", "<= u[:, None]", "< u[:, None]",
    "cumulative sums are counted that are < u: at u = 0 an impossible id is then drawn.",
    read="What of task 3.3")
edit("generate", "generate__one_more", "(p.cumsum(dim=1) <= u[:, None]).sum(dim=1)",
    "(p.cumsum(dim=1) <= u[:, None]).sum(dim=1) + 1",
    "the number of sums is taken from 1: it is the id itself.", read="What of task 3.3")
edit("generate", "generate__greedy", "(p.cumsum(dim=1) <= u[:, None]).sum(dim=1)", "p.argmax(dim=1)",
    "the likeliest id is taken: that is no draw.", read="What of task 3.3")
edit("generate", "generate__not_split", "split_logits(logits[:, -1:], position + i, vocab)", "logits[:, -1:]",
    "the logits are not split: words come where codes belong.", read="What of task 3.3")
edit("generate", "generate__one_position_late", "prefix.shape[1] - 1", "prefix.shape[1]",
    "BOS is counted as a position: p ids of a prefix are followed by position p - 1.",
    read="Convention of task 3.3")
edit("generate", "generate__position_stays", "position + i", "position",
    "the position stays that of the first new id: later ones are split as if they stood there.",
    read="What of task 3.3")
edit("generate", "generate__cache_forgotten", "logits, cache = model(ids, cache)",
    "logits, _ = model(ids, None)",
    "the cache is not handed on: the model sees the last id alone.", read="What of task 3.3")
edit("generate", "generate__first_row", "logits[:, -1:]", "logits[:, :1]",
    "the first row of the logits is used: it predicts what the prefix already has.", read="What of task 3.3")
edit("generate", "generate__fed_twice", "ids = drawn[:, i : i + 1]", "ids = drawn[:, : i + 1]",
    "all drawn ids are fed in each call, though the cache has seen the earlier ones.",
    read="Convention of task 3.3")
edit("generate", "generate__from_scratch",
    "logits, cache = model(ids, cache)",
    "logits, cache = model(torch.cat([prefix, drawn[:, :i]], dim=1), None)",
    "the whole stream goes through the model for every id: right, but each call must bring one new id.",
    read="Convention of task 3.3")
edit("generate", "generate__first_draw_again", "enumerate(uniforms.T)",
    "enumerate(uniforms[:, :1].expand_as(uniforms).T)",
    "every id is drawn with the first uniform.", read="Given of task 3.3")
edit("generate", "generate__not_clipped", "token.minimum(last)", "token.clamp(max=vocab.size - 1)",
    "the draw is clipped to the last id of all: that may be impossible at this position.",
    read="Convention of task 3.3")
edit("generate", "generate__recorded", "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded through all calls.", read="Convention of task 3.3")


# -------------------- 4.1 prior
edit("prior", "prior_tokens__clock_first", "[z_text, clock, z_t, query.expand_as(z_t)]",
    "[clock, z_text, z_t, query.expand_as(z_t)]",
    "the clock comes before the text's embedding.", read="What of task 4.1")
edit("prior", "prior_tokens__query_before_z", "[z_text, clock, z_t, query.expand_as(z_t)]",
    "[z_text, clock, query.expand_as(z_t), z_t]",
    "the query comes before the noised embedding: the answer is read off the last token, which is the query.",
    read="What of task 4.1")
edit("prior", "prior_tokens__text_last", "torch.cat([text, last], dim=1)", "torch.cat([last, text], dim=1)",
    "the rows of text come last.", read="What of task 4.1")
edit("prior", "prior_tokens__no_query", "[z_text, clock, z_t, query.expand_as(z_t)]",
    "[z_text, clock, z_t, z_t]",
    "the noised embedding stands in the query's place.", read="What of task 4.1")
edit("prior", "prior_loss__noise_predicted", "(net(z_t, t, cond) - z)", "(net(z_t, t, cond) - noise)",
    "the answer is compared with the noise: this prior predicts the clean embedding.",
    read="Convention of task 4.1")
edit("prior", "prior_loss__not_scaled", "math.sqrt(z_image.shape[1]) * F.normalize(z_image, dim=1)",
    "F.normalize(z_image, dim=1)",
    "embeddings keep length 1: beside noise of deviation 1 there is nearly nothing of them.",
    # lucidrains/DALLE2-pytorch #60
    read="Convention of task 4.1")
edit("prior", "prior_loss__not_unit", "math.sqrt(z_image.shape[1]) * F.normalize(z_image, dim=1)",
    "math.sqrt(z_image.shape[1]) * z_image",
    "embeddings are not brought to length 1 before they are scaled.", read="Convention of task 4.1")
edit("prior", "prior_loss__times_d", "math.sqrt(z_image.shape[1])", "z_image.shape[1]",
    "embeddings are scaled by d: its root makes coordinates of deviation 1.", read="Convention of task 4.1")
edit("prior", "prior_loss__summed", ".square().mean()", ".square().sum(dim=1).mean()",
    "the squares of an embedding are summed: the mean is over all values.", read="What of task 4.1")
edit("prior", "prior_loss__variances_as_factors", "a.sqrt() * z + (1 - a).sqrt() * noise",
    "a * z + (1 - a) * noise",
    "the roots are left out: alpha_bar is a variance.", read="What of task 4.1")
edit("prior", "sample_prior__not_divided", "return z / math.sqrt(d)", "return z",
    "the result is left in scaled coordinates.", read="What of task 4.1")
edit("prior", "sample_prior__clipped", "cond)\n            # Mean", "cond).clamp(-1, 1)\n            # Mean",
    "the clean embedding is clipped to [-1, 1], as pixels are: its coordinates have deviation 1.",
    read="Convention of task 4.1")
edit("prior", "sample_prior__beta_itself", "variance = betas[t] * (1 - before[t]) / (1 - alpha_bar[t])",
    "variance = betas[t] * (t > 0)",
    "beta is used as the variance: asked is the posterior's, beta-tilde.", read="Convention of task 4.1")
edit("prior", "sample_prior__variance_as_deviation", "variance.sqrt()", "variance",
    "the variance multiplies the noise: that takes its root.", read="What of task 4.1")
edit("prior", "sample_prior__noises_by_t", "variance.sqrt() * noises[T - t]",
    "variance.sqrt() * noises[t]",
    "the noises are taken by t: step t uses noises[T - t].", read="Given of task 4.1")
edit("prior", "sample_prior__noise_as_answer",
    "cond)\n            # Mean",
    "cond)\n            clean = (z - (1 - alpha_bar[t]).sqrt() * clean) / alpha_bar[t].sqrt()\n          "
    "  # Mean",
    "the answer is taken for the noise: this prior predicts the clean embedding.",
    read="Convention of task 4.1")
edit("prior", "sample_prior__recorded", "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded through the whole chain.", read="Convention of task 4.1")
edit("prior", "choose__by_cosine", "(candidates * z_text[:, None]).sum(dim=2)",
    "F.cosine_similarity(candidates, z_text[:, None], dim=2)",
    "the cosine decides: the paper takes the product, in which lengths count.",
    # lucidrains/DALLE2-pytorch
    read="Convention of task 4.1")
edit("prior", "choose__least", "products.argmax(dim=1)", "products.argmin(dim=1)",
    "the least product decides.", read="What of task 4.1")
edit("prior", "choose__last_of_equals", "products.argmax(dim=1)",
    "products.shape[1] - 1 - products.flip(1).argmax(dim=1)",
    "the last of equals is chosen.", read="What of task 4.1")


# -------------------- 4.2 embedding_edits
edit("embedding_edits", "slerp__straight", "torch.where(angle < 1e-4, straight, curved)", "straight",
    "the straight line is followed and only brought to length 1: its angle does not grow evenly with t.",
    read="Why of task 4.2")
edit("embedding_edits", "slerp__straight_and_short",
    "F.normalize(torch.where(angle < 1e-4, straight, curved), dim=1)",
    "straight",
    "the straight line is followed: its points are shorter than 1.", read="Why of task 4.2")
edit("embedding_edits", "slerp__t_turned", "curved = ((1 - t) * angle).sin() * u + (t * angle).sin() * v",
    "curved = (t * angle).sin() * u + ((1 - t) * angle).sin() * v",
    "t and 1 - t are exchanged: t = 0 is `a`.", read="What of task 4.2")
edit("embedding_edits", "slerp__not_unit", "(F.normalize(side.double(), dim=1) for side in (a, b))",
    "(side.double() for side in (a, b))",
    "the directions are not brought to length 1 first: the longer one then pulls more.",
    read="Convention of task 4.2")
edit("embedding_edits", "slerp__no_branch", "torch.where(angle < 1e-4, straight, curved)",
    "curved / angle.sin()",
    "the sine of the angle divides also where it is 0: equal directions give NaN.",
    read="Convention of task 4.2")
edit("embedding_edits", "slerp__opposite_allowed", "if (angle > math.pi - 1e-4).any():",
    "if (angle > 4).any():",
    "opposite directions are not refused.", read="Given of task 4.2")
edit("embedding_edits", "slerp__half_angle", "2 * torch.atan2", "torch.atan2",
    "half of the angle is used: |a - b| and |a + b| have the ratio of its tangent.",
    read="What of task 4.2")
edit("embedding_edits", "slerp__one_t", ".reshape(-1, 1)", ".reshape(-1)[0]",
    "the first t is used for all samples.", read="Given of task 4.2")
edit("embedding_edits", "slerp__single", "F.normalize(side.double(), dim=1)",
    "F.normalize(side.float(), dim=1)",
    "the angle is worked out in float32, which misses opposite directions and loses digits.",
    read="Convention of task 4.2")
edit("embedding_edits", "slerp__acos_of_what_came",
    "    u, v = (F.normalize(side.double(), dim=1) for side in (a, b))\n"
    "    angle = 2 * torch.atan2((u - v).norm(dim=1), (u + v).norm(dim=1))[:, None]  # b 1\n",
    "    u, v = (F.normalize(side, dim=1) for side in (a, b))\n"
    "    angle = (u * v).sum(dim=1, keepdim=True).clamp(-1, 1).acos()\n",
    "the angle is the acos of a cosine in the dtype that comes: in float32 that misses opposite directions.",
    read="Convention of task 4.2")
edit("embedding_edits", "slerp__acos_above_1",
    "2 * torch.atan2((u - v).norm(dim=1), (u + v).norm(dim=1))[:, None]",
    "(u * v).sum(dim=1, keepdim=True).acos()",
    "the acos of a cosine that rounding has put above 1 is NaN: equal directions come to nothing.",
    read="Convention of task 4.2")
edit("embedding_edits", "slerp__wide_result", ".to(a.dtype)", "",
    "the result is float64 whatever came in.", read="Convention of task 4.2")
edit("embedding_edits", "text_diff__old_minus_new", "z_new - z_old", "z_old - z_new",
    "the difference goes from the new text to the old one.", read="What of task 4.2")
edit("embedding_edits", "text_diff__added", "return slerp(z_image, difference, theta)",
    "return F.normalize(z_image + theta * difference, dim=1)",
    "the difference is added and the sum brought to length 1: the embedding is turned by slerp.",
    read="What of task 4.2")
edit("embedding_edits", "text_diff__towards_the_text", "slerp(z_image, difference, theta)",
    "slerp(z_image, z_new, theta)",
    "the embedding is turned towards the new text instead of the direction from old to new.",
    read="What of task 4.2")
edit("embedding_edits", "text_diff__equal_texts", "if (difference == 0).all(dim=1).any():",
    "if (difference == 0).all():",
    "equal texts are refused only if all of a batch are equal.", read="Given of task 4.2")
edit("embedding_edits", "forward__rows_first", "torch.cat([text, tokens], dim=1)",
    "torch.cat([tokens, text], dim=1)",
    "the four rows come before the text: they follow it.", read="What of task 4.2",
    replaces="DecoderCondition.forward")
edit("embedding_edits", "forward__dropped_after",
    "        if drop is not None:\n            z_image = z_image.masked_fill(drop[:, None], 0)\n"
    "        tokens = self.to_tokens(z_image).unflatten(1, (4, -1))  # b 4 w\n"
    "        return clock + self.to_time(z_image), torch.cat([text, tokens], dim=1)\n",
    "        tokens, time = self.to_tokens(z_image).unflatten(1, (4, -1)), self.to_time(z_image)\n"
    "        if drop is not None:\n"
    "            tokens = tokens.masked_fill(drop[:, None, None], 0)\n"
    "            time = time.masked_fill(drop[:, None], 0)\n"
    "        return clock + time, torch.cat([text, tokens], dim=1)\n",
    "what is dropped becomes 0 after the projections: their biases are missing then.",
    read="Convention of task 4.2", replaces="DecoderCondition.forward")
edit("embedding_edits", "forward__kept_instead", "masked_fill(drop[:, None], 0)",
    "masked_fill(~drop[:, None], 0)",
    "True is taken for \"keep\": it means dropped.", read="Given of task 4.2",
    replaces="DecoderCondition.forward")
edit("embedding_edits", "forward__text_dropped", "torch.cat([text, tokens], dim=1)",
    "torch.cat([text if drop is None else text.masked_fill(drop[:, None, None], 0), tokens], dim=1)",
    "the text is dropped with the embedding: it stays.", read="Convention of task 4.2",
    replaces="DecoderCondition.forward")
edit("embedding_edits", "forward__columns_first", ".unflatten(1, (4, -1))", ".unflatten(1, (-1, 4)).mT",
    "the four rows are read column by column: the first quarter of to_tokens is the first row.",
    read="Given of task 4.2", replaces="DecoderCondition.forward")
edit("embedding_edits", "forward__clock_replaced", "clock + self.to_time(z_image)", "self.to_time(z_image)",
    "the clock is replaced: the embedding is added to it.", read="What of task 4.2",
    replaces="DecoderCondition.forward")


# -------------------- 5.1 adaptive_conv
edit("adaptive_conv", "select_kernel__over_the_batch", "softmax(dim=1)", "softmax(dim=0)",
    "the softmax is over the batch: each sample chooses among the kernels of the bank.",
    read="What of task 5.1")
edit("adaptive_conv", "select_kernel__no_softmax", "logits.softmax(dim=1)", "logits",
    "the logits themselves weigh the kernels: the softmax is missing.", read="What of task 5.1")
edit("adaptive_conv", "select_kernel__sigmoid", "logits.softmax(dim=1)", "logits.sigmoid()",
    "each kernel has a weight of its own: those of a sample add up to 1.", read="What of task 5.1")
edit("adaptive_conv", "select_kernel__one_for_all", "logits.softmax(dim=1)",
    "logits.softmax(dim=1).mean(dim=0, keepdim=True).expand_as(logits)",
    "the batch shares one kernel: each sample has its own.", read="What of task 5.1")
edit("adaptive_conv", "adaptive_conv__style_plus_one", "style[:, None, :, None, None]",
    "(style + 1)[:, None, :, None, None]",
    "1 is added to the style: here it multiplies as it is.",  # lucidrains/gigagan-pytorch
    read="Convention of task 5.1")
edit("adaptive_conv", "adaptive_conv__style_after",
    "        kernel = kernel * (kernel.square().sum(dim=(2, 3, 4), keepdim=True) + eps).rsqrt()\n",
    "        plain = select_kernel(bank, logits)\n"
    "        kernel = kernel * (plain.square().sum(dim=(2, 3, 4), keepdim=True) + eps).rsqrt()\n",
    "filters are divided by their length before the style: it comes last, so that styles cancel.",
    read="Convention of task 5.1")
edit("adaptive_conv", "adaptive_conv__over_outputs", "dim=(2, 3, 4)", "dim=(1, 3, 4)",
    "the length is taken over output channels: each output's filter has length 1.", read="What of task 5.1")
edit("adaptive_conv", "adaptive_conv__eps_outside",
    "(kernel.square().sum(dim=(2, 3, 4), keepdim=True) + eps).rsqrt()",
    "kernel.square().sum(dim=(2, 3, 4), keepdim=True).rsqrt() / (1 + eps)",
    "eps is not added to the sum of squares, under the root.", read="Convention of task 5.1")
edit("adaptive_conv", "adaptive_conv__clamped", "(kernel.square().sum(dim=(2, 3, 4), keepdim=True) + eps)",
    "kernel.square().sum(dim=(2, 3, 4), keepdim=True).clamp(min=eps)",
    "the sum of squares is clamped at eps: eps is added to it.",  # lucidrains/gigagan-pytorch
    read="Convention of task 5.1")
edit("adaptive_conv", "adaptive_conv__not_the_root", ".rsqrt()", ".reciprocal()",
    "filters are divided by their squared length.", read="What of task 5.1")
edit("adaptive_conv", "adaptive_conv__always", "if demodulate:", "if True:",
    "filters are brought to length 1 also with demodulate=False.", read="What of task 5.1")
edit("adaptive_conv", "adaptive_conv__no_padding", "bank.shape[-1] // 2", "1",
    "the padding is 1 whatever the kernel's size: k // 2 keeps the size of the image.",
    read="Given of task 5.1")
edit("adaptive_conv", "adaptive_conv__first_kernel", "kernel.flatten(0, 1), padding",
    "kernel[:1].expand_as(kernel).flatten(0, 1), padding",
    "the first sample's kernel is used for all.", read="What of task 5.1")


@naive("adaptive_conv",
    "the whole batch is convolved with every kernel of the bank, and the images are mixed.")
def adaptive_conv__images_mixed(x, bank, logits, style, demodulate=True, eps=1e-8):
    shares, styled = logits.softmax(dim=1), x * style[:, :, None, None]
    y = sum(
        shares[:, n, None, None, None] * F.conv2d(styled, one, padding=bank.shape[-1] // 2)
        for n, one in enumerate(bank)
    )
    if demodulate:
        kernel = select_kernel(bank, logits) * style[:, None, :, None, None]
        y = y * (kernel.square().sum(dim=(2, 3, 4)) + eps).rsqrt()[:, :, None, None]
    return y


# -------------------- 5.2 l2_attention
edit("l2_attention", "l2_attention__products", "bias = -k.square()", "bias = -0 * k.square()",
    "the keys' squared lengths are left out: that is attention by products, with twice the queries.",
    read="What of task 5.2")
edit("l2_attention", "l2_attention__not_twice", "2 * q", "q",
    "the product has a factor 2 in the squared distance.", read="What of task 5.2")
edit("l2_attention", "l2_attention__halved",
    "bias = -k.square().sum(dim=-1)[:, :, None] / k.shape[-1] ** 0.5  # b h 1 m\n"
    "    return F.scaled_dot_product_attention(2 * q,",
    "bias = -k.square().sum(dim=-1)[:, :, None] / k.shape[-1] ** 0.5 / 2\n"
    "    return F.scaled_dot_product_attention(q,",
    "squared distances are halved, as in a Gaussian's exponent.", read="What of task 5.2")
edit("l2_attention", "l2_attention__plus", "attn_mask=bias", "attn_mask=-bias",
    "the keys' squared lengths have the wrong sign.", read="What of task 5.2")


@wrong("l2_attention", "the distance is not squared.",  # lucidrains/gigagan-pytorch has both forms
    read="Convention of task 5.2")
def l2_attention__not_squared(q, k, v):
    return (-(q[..., :, None, :] - k[..., None, :, :]).norm(dim=-1) / k.shape[-1] ** 0.5).softmax(dim=-1) @ v


@wrong("l2_attention", "the distances are not divided by the root of d.", read="What of task 5.2")
def l2_attention__no_scale(q, k, v):
    return (-(q[..., :, None, :] - k[..., None, :, :]).square().sum(dim=-1)).softmax(dim=-1) @ v


@wrong("l2_attention", "the distances are divided by d instead of its root.", read="What of task 5.2")
def l2_attention__by_d(q, k, v):
    far = (q[..., :, None, :] - k[..., None, :, :]).square().sum(dim=-1)
    return (-far / k.shape[-1]).softmax(dim=-1) @ v


@wrong("l2_attention", "the softmax has plus the distance: what is far away is looked at.",
    read="What of task 5.2")
def l2_attention__far_is_good(q, k, v):
    far = (q[..., :, None, :] - k[..., None, :, :]).square().sum(dim=-1)
    return (far / k.shape[-1] ** 0.5).softmax(dim=-1) @ v


@wrong("l2_attention", "the softmax is over the queries: each query's weights add up to 1 over the keys.",
    read="What of task 5.2")
def l2_attention__over_queries(q, k, v):
    far = (q[..., :, None, :] - k[..., None, :, :]).square().sum(dim=-1)
    return (-far / k.shape[-1] ** 0.5).softmax(dim=-2) @ v


@naive("l2_attention", "all differences of queries and keys are formed, d numbers for each pair.")
def l2_attention__all_differences(q, k, v):
    far = (q[..., :, None, :] - k[..., None, :, :]).square().sum(dim=-1)
    return (-far / k.shape[-1] ** 0.5).softmax(dim=-1) @ v


# -------------------- 5.3 gigagan_loss
edit("gigagan_loss", "pyramid__every_second_pixel", "F.avg_pool2d(images[-1], 2)",
    "images[-1][:, :, ::2, ::2]",
    "every second pixel is picked: fine patterns then turn into coarse ones (aliasing).",
    read="Convention of task 5.3")
edit("gigagan_loss", "pyramid__largest", "F.avg_pool2d(images[-1], 2)", "F.max_pool2d(images[-1], 2)",
    "the largest of four pixels is taken instead of their mean.", read="What of task 5.3")
edit("gigagan_loss", "pyramid__one_more", "range(levels - 1)", "range(levels)",
    "there is a level too many: x itself is the first.", read="What of task 5.3")
edit("gigagan_loss", "pyramid__coarse_first", "return images", "return images[::-1]",
    "the coarsest level comes first.", read="Convention of task 5.3")
edit("gigagan_loss", "pyramid__odd_sides", "if h % 2 or w % 2:", "if h < 2 or w < 2:",
    "odd sides are halved all the same, and their last row or column is lost.", read="Given of task 5.3")
edit("gigagan_loss", "wrong_texts__other_direction", "text.roll(shift, dims=0)", "text.roll(-shift, dims=0)",
    "the texts are rolled the other way: sample i gets that of sample i - shift.", read="What of task 5.3")
edit("gigagan_loss", "wrong_texts__permuted", "text.roll(shift, dims=0)",
    "text[torch.randperm(len(text), generator=torch.Generator().manual_seed(0))]",
    "a random permutation is used: a sample may keep its own text.", read="Convention of task 5.3")
edit("gigagan_loss", "wrong_texts__own_allowed", "if shift % len(text) == 0:", "if shift == 0:",
    "shifts that lead round the whole batch are not refused: each sample then has its own text.",
    read="Given of task 5.3")
edit("gigagan_loss", "wrong_texts__channels", "dims=0", "dims=1",
    "the numbers of each text are rolled instead of the texts of the batch.", read="What of task 5.3")
edit("gigagan_loss", "multiscale_losses__overflow", "F.softplus(m).mean()", "(1 + m.exp()).log().mean()",
    "log(1 + exp) is formed by hand: it overflows for large logits.",  # lucidrains/gigagan-pytorch
    read="Convention of task 5.3")
edit("gigagan_loss", "multiscale_losses__mismatched_as_real", "F.softplus(m).mean()", "F.softplus(-m).mean()",
    "a real image with another's text counts as real: the adversary must say no.", read="Why of task 5.3")
edit("gigagan_loss", "multiscale_losses__half", "torch.stack(matching).mean()",
    "torch.stack(matching).mean() / 2",
    "the mismatched pairs count half, as in GAN-CLS: here they count whole.", read="Convention of task 5.3")
edit("gigagan_loss", "multiscale_losses__no_matching", " + torch.stack(matching).mean()", "",
    "the mismatched pairs are left out.", read="What of task 5.3")
edit("gigagan_loss", "multiscale_losses__summed",
    "return torch.stack(adversary).mean() + torch.stack(matching).mean()",
    "return torch.stack(adversary).sum() + torch.stack(matching).sum()",
    "the levels' losses are summed instead of averaged.", read="What of task 5.3")
edit("gigagan_loss", "multiscale_losses__one_mean",
    "adversary = list(map(discriminator_loss, real, fake))\n"
    "    matching = [F.softplus(m).mean() for m in mismatched]\n"
    "    generator = list(map(generator_loss, fake))",
    "r, f, m = (torch.cat([one.flatten() for one in part]) for part in (real, fake, mismatched))\n"
    "    adversary, matching = [discriminator_loss(r, f)], [F.softplus(m).mean()]\n"
    "    generator = [generator_loss(f)]",
    "one mean is taken over the logits of all levels: fine levels have more of them and outweigh the others.",
    read="Convention of task 5.3")
edit("gigagan_loss", "multiscale_losses__generator_detached", "list(map(generator_loss, fake))",
    "[generator_loss(f.detach()) for f in fake]",
    "the generator's loss is detached from the logits: it learns nothing.", read="Convention of task 5.3")
edit("gigagan_loss", "multiscale_losses__unequal", "if not len(real) == len(fake) == len(mismatched) > 0:",
    "if not len(real) == len(fake) > 0:",
    "another number of mismatched levels is not refused.", read="Given of task 5.3")
