"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function. What
`naive` marks is right, but costs far too much.
"""

from autograder.sources.variants import edit, naive, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 diagonal_gaussian
edit("diagonal_gaussian", "init__log_variances_first",
    "self.mean, log_var =", "log_var, self.mean =",
    "the first half of the channels is taken for log-variances.",
    read="What of task 1.1", replaces="DiagonalGaussian.__init__")
edit("diagonal_gaussian", "init__every_other_channel",
    "moments.chunk(2, dim=1)", "moments[:, ::2], moments[:, 1::2]",
    "means and log-variances are taken from every other channel instead of from halves.",
    read="What of task 1.1", replaces="DiagonalGaussian.__init__")
edit("diagonal_gaussian", "init__not_clipped",
    "log_var.clamp(-30, 20)", "log_var",
    "the log-variances are not clipped: exp of 100 ends a training run with infinity.",
    read="Convention of task 1.1", replaces="DiagonalGaussian.__init__")
edit("diagonal_gaussian", "init__clipped_the_other_way_round",
    "clamp(-30, 20)", "clamp(-20, 30)",
    "the log-variances are clipped to -20..30 instead of -30..20.",
    read="Convention of task 1.1", replaces="DiagonalGaussian.__init__")
edit("diagonal_gaussian", "sample__variance",
    "0.5 * self.log_var", "self.log_var",
    "the noise is multiplied by the variance instead of the standard deviation: one half is missing.",
    read="Convention of task 1.1", replaces="DiagonalGaussian.sample")
edit("diagonal_gaussian", "sample__of_the_logarithm",
    "torch.exp(0.5 * self.log_var) * noise", "self.log_var * noise",
    "the noise is multiplied by the logarithm itself.",
    read="Convention of task 1.1", replaces="DiagonalGaussian.sample")
edit("diagonal_gaussian", "kl__mean_not_squared",
    "self.mean**2", "self.mean",
    "the mean is not squared: the divergence of N(-2, 1) is then negative.",
    read="What of task 1.1", replaces="DiagonalGaussian.kl")
edit("diagonal_gaussian", "kl__averaged",
    "sum(dim=1)", "mean(dim=1)",
    "the divergence is averaged over the components: a larger latent map then seems no further from N(0, 1).",
    read="Convention of task 1.1", replaces="DiagonalGaussian.kl")
edit("diagonal_gaussian", "kl__twice",
    "0.5 * terms", "terms",
    "the factor one half is missing.", read="What of task 1.1", replaces="DiagonalGaussian.kl")

# -------------------- 1.2 blocks
edit("blocks", "residual__activated_before_the_norm",
    "F.silu(self.norm1(x))", "self.norm1(F.silu(x))",
    "the activation comes before the norm instead of after it.",
    read="What of task 1.2", replaces="ResidualBlock.forward")
edit("blocks", "residual__without_skip",
    "self.skip(x) + h", "h",
    "nothing passes by: the input itself is not part of the sum.",
    read="What of task 1.2", replaces="ResidualBlock.forward")
edit("blocks", "residual__activated_at_the_end",
    "return self.skip(x) + h", "total = self.skip(x) + h\n        return F.silu(total)",
    "the sum is activated, as in the first residual networks: nothing negative can then pass by.",
    read="Convention of task 1.2", replaces="ResidualBlock.forward")
edit("blocks", "residual__relu",
    "F.silu(self.norm2(h))", "F.relu(self.norm2(h))",
    "relu is used instead of silu.", read="What of task 1.2", replaces="ResidualBlock.forward")
edit("blocks", "residual__skip_of_the_normed",
    "self.skip(x)", "self.skip(self.norm1(x))",
    "what passes by is normed: the block forgets how large its input was.",
    read="Convention of task 1.2", replaces="ResidualBlock.forward")
edit("blocks", "downsample__padded_all_around",
    "(0, 1, 0, 1)", "(1, 1, 1, 1)",
    "zeros are put on all four sides: the picture moves by half a pixel, and weights of Stable Diffusion no "
    "longer fit.", read="Convention of task 1.2", replaces="Downsample.forward")
edit("blocks", "downsample__padded_left_and_top",
    "(0, 1, 0, 1)", "(1, 0, 1, 0)",
    "the zeros are put on the left and at the top: F.pad takes left, right, top, bottom.",
    read="Convention of task 1.2", replaces="Downsample.forward")
edit("blocks", "downsample__padded_by_repetition",
    "(0, 1, 0, 1))", '(0, 1, 0, 1), mode="replicate")',
    "the border is repeated instead of filled with zeros.", read="What of task 1.2",
    replaces="Downsample.forward")
edit("blocks", "upsample__bilinear",
    '"nearest"', '"bilinear"',
    "the values are interpolated instead of repeated.", read="What of task 1.2", replaces="Upsample.forward")
edit("blocks", "upsample__convolved_first",
    'self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))',
    'F.interpolate(self.conv(x), scale_factor=2, mode="nearest")',
    "the convolution comes before the repetition: the squares of four equal pixels then stay in the picture.",
    read="What of task 1.2", replaces="Upsample.forward")

# -------------------- 1.3 autoencoder_loss
edit("autoencoder_loss", "hinge_discriminator_loss__roles_exchanged",
    "F.relu(1 - real).mean() + F.relu(1 + fake).mean()", "F.relu(1 + real).mean() + F.relu(1 - fake).mean()",
    "real images are pushed below 0 and reconstructions above.", read="What of task 1.3")
edit("autoencoder_loss", "hinge_discriminator_loss__not_halved",
    "0.5 * (F", "(F",
    "the two hinge losses are added without one half.", read="What of task 1.3")
edit("autoencoder_loss", "hinge_discriminator_loss__fake_detached",
    "F.relu(1 + fake)", "F.relu(1 + fake.detach())",
    "the logits of reconstructions are detached: the adversary learns nothing from them. It is the images "
    "that the caller has detached.", read="Convention of task 1.3")
edit("autoencoder_loss", "hinge_discriminator_loss__logistic",
    "F.relu(1 - real).mean() + F.relu(1 + fake).mean()", "F.softplus(-real).mean() + F.softplus(fake).mean()",
    "this is the logistic loss of the first GANs instead of the hinge.", read="What of task 1.3")
edit("autoencoder_loss", "hinge_generator_loss__hinged",
    "-fake.mean()", "F.relu(1 - fake).mean()",
    "the autoencoder's loss has a hinge too: its gradient ends at logits of 1.",
    read="Convention of task 1.3")
edit("autoencoder_loss", "adaptive_weight__upside_down",
    "by_reconstruction.norm() / (by_adversary.norm() + eps)",
    "by_adversary.norm() / (by_reconstruction.norm() + eps)",
    "the ratio is upside down: the adversary is weakest where it should be strongest.",
    read="What of task 1.3")
edit("autoencoder_loss", "adaptive_weight__without_eps",
    "(by_adversary.norm() + eps)", "by_adversary.norm()",
    "eps is left out.", read="What of task 1.3")
edit("autoencoder_loss", "adaptive_weight__not_limited",
    ".clamp(max=largest)", "",
    "the weight is not limited: an adversary without gradient then counts infinitely.",
    read="What of task 1.3")
edit("autoencoder_loss", "adaptive_weight__by_backward",
    "(by_reconstruction,) = torch.autograd.grad(reconstruction_loss, last_layer, retain_graph=True)\n"
    "    (by_adversary,) = torch.autograd.grad(adversarial_loss, last_layer, retain_graph=True)",
    "last_layer.grad = None\n"
    "    reconstruction_loss.backward(retain_graph=True)\n"
    "    by_reconstruction, last_layer.grad = last_layer.grad, None\n"
    "    adversarial_loss.backward(retain_graph=True)\n"
    "    by_adversary, last_layer.grad = last_layer.grad, None",
    "both gradients are made by backward(), which fills .grad of every other weight too, and erases what was "
    "in the last layer's.", read="Convention of task 1.3")
edit("autoencoder_loss", "adaptive_weight__recorded",
    "(reconstruction_loss, last_layer, retain_graph=True)",
    "(reconstruction_loss, last_layer, create_graph=True)",
    "the weight itself is recorded: its gradient, through a second derivative, then joins the loss's.",
    read="Convention of task 1.3")
edit("autoencoder_loss", "autoencoder_loss__averaged_pixels",
    "abs().flatten(1).sum(dim=1).mean()", "abs().mean()",
    "the error is averaged over pixels instead of summed: kl_weight then means thousands of times as much.",
    read="Convention of task 1.3")
edit("autoencoder_loss", "autoencoder_loss__squared",
    "abs()", "square()",
    "the error is squared instead of absolute.", read="What of task 1.3")
edit("autoencoder_loss", "autoencoder_loss__kl_summed",
    "kl.mean()", "kl.sum()",
    "the divergences are summed over the batch: they count more in a larger one.",
    read="What of task 1.3")
edit("autoencoder_loss", "autoencoder_loss__fixed_weight",
    "adaptive_weight(error, adversary, last_layer) * ", "",
    "the adaptive weight is left out.", read="What of task 1.3")
edit("autoencoder_loss", "autoencoder_loss__against_itself",
    "return loss + adversary_weight", "return loss - adversary_weight",
    "the adversary's part is subtracted: the autoencoder then helps the adversary.", read="What of task 1.3")

# -------------------- 2.1 nearest_code
edit("nearest_code", "nearest_code__largest_product",
    "scores.argmin(dim=1)", "(z @ codebook.T).argmax(dim=1)",
    "the code with the largest product is taken: long codes then win everywhere.",
    read="Convention of task 2.1")
edit("nearest_code", "nearest_code__product_once",
    "2 * z", "z",
    "the product is subtracted once instead of twice.", read="What of task 2.1")
edit("nearest_code", "nearest_code__length_not_squared",
    "codebook.square().sum(dim=1)", "codebook.norm(dim=1)",
    "the codes' lengths are not squared.", read="What of task 2.1")
edit("nearest_code", "nearest_code__by_angle",
    "codebook.square().sum(dim=1) - 2 * z @ codebook.T", "-z @ F.normalize(codebook, dim=1).T",
    "directions are compared instead of positions: lengths do not count (later codebooks do so on purpose, "
    "on a sphere).", read="Convention of task 2.1")
edit("nearest_code", "nearest_code__city_block",
    "scores.argmin(dim=1)", "torch.cdist(z, codebook, p=1).argmin(dim=1)",
    "absolute differences are summed instead of squared ones.", read="What of task 2.1")
edit("nearest_code", "nearest_code__nearest_vector",
    "argmin(dim=1)", "argmin(dim=0)",
    "each code finds its vector instead of each vector its code.", read="What of task 2.1")

# -------------------- 2.2 vector_quantizer
edit("vector_quantizer", "quantizer__not_straight_through",
    "z + (codes - z).detach()", "codes",
    "the codes are returned as they are: the encoder gets no gradient from the decoder, for argmin has none.",
    read="What of task 2.2", replaces="VectorQuantizer.forward")
edit("vector_quantizer", "quantizer__z_cut_off",
    "return z + (codes", "return z.detach() + (codes",
    "z is cut off too: no gradient passes at all.", read="What of task 2.2",
    replaces="VectorQuantizer.forward")
edit("vector_quantizer", "quantizer__beta_on_the_codebook",
    "towards_z + self.beta * commitment", "self.beta * towards_z + commitment",
    "beta weighs the other term: the latent diffusion code has it so, and keeps it for old weights.",
    read="Convention of task 2.2", replaces="VectorQuantizer.forward")
edit("vector_quantizer", "quantizer__codes_move_twice",
    "codes.detach()).square()", "codes).square()",
    "the commitment moves the codes too: they are not detached in it.",
    read="What of task 2.2", replaces="VectorQuantizer.forward")
edit("vector_quantizer", "quantizer__z_moves_twice",
    "z.detach()).square()", "z).square()",
    "the codebook's term moves the vectors too: they are not detached in it, so beta has hardly any meaning.",
    read="What of task 2.2", replaces="VectorQuantizer.forward")
edit("vector_quantizer", "quantizer__without_codebook_loss",
    "towards_z + self.beta * commitment", "self.beta * commitment",
    "only the commitment is returned: the codes never move (right when averages move them, task 2.3).",
    read="What of task 2.2", replaces="VectorQuantizer.forward")
edit("vector_quantizer", "quantizer__summed",
    "(codes - z.detach()).square().mean()", "(codes - z.detach()).square().sum()",
    "the codebook's term is summed instead of averaged.", read="What of task 2.2",
    replaces="VectorQuantizer.forward")
edit("vector_quantizer", "quantizer__reshaped",
    "rows = z.movedim(1, 3)", "rows = z.reshape(z.shape[0], *z.shape[2:], z.shape[1])",
    "the channels are not moved: reshape only reads the numbers in another rhythm, and vectors become "
    "mixtures.",
    read="Convention of task 2.2", replaces="VectorQuantizer.forward")
edit("vector_quantizer", "perplexity__entropy",
    "torch.exp(torch.special.entr(share).sum())", "torch.special.entr(share).sum()",
    "the entropy comes back, not its exponential.", read="What of task 2.2")
edit("vector_quantizer", "perplexity__two_bases",
    "torch.exp(", "torch.exp2(",
    "a power of 2 is taken of an entropy with natural logarithms.", read="What of task 2.2")
edit("vector_quantizer", "perplexity__of_the_first_axis", "/ indices.numel()", "/ len(indices)",
    "the counts are divided by the length of the first axis instead of by the number of all indices.",
    read="What of task 2.2")
edit("vector_quantizer", "perplexity__codes_in_use",
    "torch.exp(torch.special.entr(share).sum()).item()", "float(indices.unique().numel())",
    "the codes in use are counted, however seldom they are used.", read="What of task 2.2")

# -------------------- 2.3 ema_codebook
edit("ema_codebook", "ema_codebook__decay_exchanged",
    "    counts = decay * counts + (1 - decay) * chosen.sum(dim=0)\n"
    "    sums = decay * sums + (1 - decay) * chosen.T @ z.detach()\n",
    "    counts = (1 - decay) * counts + decay * chosen.sum(dim=0)\n"
    "    sums = (1 - decay) * sums + decay * chosen.T @ z.detach()\n",
    "decay is taken for the share of the new batch.", read="Convention of task 2.3")
edit("ema_codebook", "ema_codebook__not_smoothed",
    "sums / smoothed[:, None]", "sums / counts[:, None]",
    "the counts are not smoothed: a code that was never chosen becomes 0 / 0.", read="What of task 2.3")
edit("ema_codebook", "ema_codebook__smoothed_counts_kept",
    "return counts, sums,", "return smoothed, sums,",
    "the smoothed counts come back: they are smoothed again and again.", read="Convention of task 2.3")
edit("ema_codebook", "ema_codebook__total_grows",
    "(counts + eps) * counts.sum() / (counts + eps).sum()", "counts + eps",
    "eps is added without scaling back: every code shrinks a little.", read="What of task 2.3")
edit("ema_codebook", "ema_codebook__means_averaged",
    "chosen.T @ z.detach()", "(chosen.T @ z.detach()) / chosen.sum(dim=0).clamp(min=1)[:, None]",
    "means are averaged instead of sums: a batch with one vector counts as much as one with a hundred.",
    read="What of task 2.3")
edit("ema_codebook", "ema_codebook__in_place",
    "counts = decay * counts + (1 - decay) * chosen.sum(dim=0)",
    "counts.mul_(decay).add_((1 - decay) * chosen.sum(dim=0))",
    "the counts that came in are changed.", read="Convention of task 2.3")
edit("ema_codebook", "ema_codebook__recorded",
    "z.detach()", "z",
    "gradients of the vectors are recorded: the averages then keep the graph of every batch.",
    read="Given of task 2.3")


@wrong("ema_codebook",
       "the smoothing is scaled by the total of the old counts instead of the new: at the start that is 0.",
       read="What of task 2.3")
def ema_codebook__old_total(counts, sums, z, indices, decay=0.99, eps=1e-5):
    total = counts.sum()
    chosen = F.one_hot(indices, len(counts)).to(z.dtype)
    counts = decay * counts + (1 - decay) * chosen.sum(dim=0)
    sums = decay * sums + (1 - decay) * chosen.T @ z.detach()
    smoothed = (counts + eps) * total / (counts + eps).sum()
    return counts, sums, sums / smoothed[:, None]


edit("ema_codebook", "revive_dead_codes__at_the_limit",
    "counts < least", "counts <= least",
    "a count of exactly `least` counts as dead: a code that was just revived would be revived again.",
    read="Convention of task 2.3")
edit("ema_codebook", "revive_dead_codes__counts_stay",
    "counts[dead] = 1.0", "counts[dead] = counts[dead]",
    "the counts of revived codes stay: they are dead again at once.", read="Convention of task 2.3")
edit("ema_codebook", "revive_dead_codes__in_place",
    "    counts = counts.clone()\n", "",
    "the counts that came in are changed.", read="Convention of task 2.3")
edit("ema_codebook", "revive_dead_codes__sums_stay",
    "sums.index_copy(0, dead, chosen), ", "sums, ",
    "the sums of revived codes stay: the next update moves them back to where they were dead.",
    read="Convention of task 2.3")
edit("ema_codebook", "revive_dead_codes__recorded",
    "candidates[: len(dead)].detach()", "candidates[: len(dead)]",
    "gradients of the candidates are recorded: sums and codebook then keep the graph of their batch.",
    read="Given of task 2.3")
edit("ema_codebook", "revive_dead_codes__the_last_candidates",
    "candidates[: len(dead)]", "candidates.flip(0)[: len(dead)]",
    "the candidates are taken from the end.", read="What of task 2.3")

# -------------------- 3.1 latent_scale
edit("latent_scale", "scale_factor__deviation",
    "return 1 / deviation", "return deviation",
    "the deviation comes back instead of one over it.", read="What of task 3.1")
edit("latent_scale", "scale_factor__variance",
    "std(correction=0)", "var(correction=0)",
    "one over the variance comes back.", read="What of task 3.1")
edit("latent_scale", "scale_factor__n_minus_1",
    "std(correction=0)", "std()",
    "n - 1 stands below the fraction: torch's std has it so unless it is told otherwise.",
    read="Convention of task 3.1")
edit("latent_scale", "scale_factor__about_zero",
    "values.double().std(correction=0)", "values.double().square().mean().sqrt()",
    "the mean is not subtracted: that is the root of the mean square, not the deviation.",
    read="Convention of task 3.1")
edit("latent_scale", "scale_factor__mean_not_squared",
    "values.double().std(correction=0).item()",
    "(values.double().square().mean() - values.double().mean()).abs().item() ** 0.5",
    "the mean itself is subtracted from the mean square, instead of its square.", read="What of task 3.1")
edit("latent_scale", "scale_factor__mean_of_the_root",
    "values.double().std(correction=0)",
    "(values.double().square().mean().sqrt() - values.double().mean())",
    "the mean is subtracted from the root of the mean square: a variance is mean square less squared mean.",
    read="What of task 3.1")
edit("latent_scale", "scale_factor__mean_of_deviations",
    "    values = torch.cat([batch.flatten() for batch in batches])\n",
    "    batches = [batch.double() for batch in batches]\n"
    "    values = torch.cat([b.flatten() for b in batches])\n"
    "    each = torch.stack([batch.std(correction=0) for batch in batches])\n"
    "    if values.min() < values.max():\n        return 1 / each.mean().item()\n",
    "the batches' own deviations are averaged: what lies between their means is lost.",
    read="Convention of task 3.1")
edit("latent_scale", "scale_factor__float32",
    "values.double().", "values.",
    "the deviation of float32 latents is worked out in float32.", read="Convention of task 3.1")
edit("latent_scale", "scale_factor__infinite",
    "    if values.min() == values.max():\n"
    "        raise ValueError(\"all latents are equal: no factor gives them deviation 1\")\n"
    "    deviation = values.double().std(correction=0).item()\n",
    "    deviation = max(values.double().std(correction=0).item(), 1e-12)\n",
    "equal latents give a huge factor instead of an error.", read="Convention of task 3.1")
edit("latent_scale", "scale_factor__rounded_deviation",
    "    if values.min() == values.max():\n"
    "        raise ValueError(\"all latents are equal: no factor gives them deviation 1\")\n"
    "    deviation = values.double().std(correction=0).item()\n",
    "    deviation = values.double().std(correction=0).item()\n"
    "    if deviation == 0:\n        raise ValueError\n",
    "the deviation is compared with 0: that of equal values may be rounded to a little more.",
    read="Convention of task 3.1")
edit("latent_scale", "encode_latents__divided",
    "scale * z", "z / scale",
    "the latents are divided by the factor on the way in.", read="What of task 3.1")
edit("latent_scale", "encode_latents__noise_unscaled",
    "posterior.sample(noise)", "posterior.mode() + noise",
    "the noise is added to the mode as it is: the posterior has a deviation of its own.",
    read="What of task 3.1")
edit("latent_scale", "encode_latents__always_the_mode",
    "posterior.mode() if noise is None else posterior.sample(noise)", "posterior.mode()",
    "the noise is not used.", read="What of task 3.1")
edit("latent_scale", "encode_latents__detached",
    "with torch.no_grad():\n"
    "        posterior = autoencoder.encode(x)\n"
    "        z = posterior.mode() if noise is None else posterior.sample(noise)\n"
    "        return scale * z",
    "posterior = autoencoder.encode(x)\n"
    "    z = posterior.mode() if noise is None else posterior.sample(noise)\n"
    "    return scale * z.detach()",
    "the latents are detached at the end: until then the encoder's whole graph is in memory.",
    read="Convention of task 3.1")
edit("latent_scale", "encode_latents__recorded",
    "no_grad", "enable_grad",
    "a gradient is recorded: the whole encoder's memory is then kept for a loss that never reaches it.",
    read="Convention of task 3.1")
edit("latent_scale", "decode_latents__multiplied",
    "z / scale", "scale * z",
    "the latents are multiplied by the factor on the way out too.", read="What of task 3.1")

# -------------------- 4.1 cross_attention
edit("cross_attention", "attention__mask_inverted",
    "mask[:, None, None, :]", "~mask[:, None, None, :]",
    "the mask is read the other way round, as nn.MultiheadAttention's key_padding_mask: only padding is "
    "looked at.",
    read="Convention of task 4.1")
edit("cross_attention", "attention__mask_ignored",
    "None if mask is None else mask[:, None, None, :]", "None",
    "the mask is not used: short prompts are diluted by their padding.", read="What of task 4.1")
# Seen in k-diffusion, issue 24, and in diffusers.
edit("cross_attention", "attention__minus_10000", "mask[:, None, None, :]",
    "(mask[:, None, None, :].to(q.dtype) - 1) * 10_000",
    "10000 is taken from the scores of padding instead of infinity: a padded key of a large score is then "
    "seen all the same.", read="Convention of task 4.1")
edit("cross_attention", "attention__divided_by_all_channels",
    "attn_mask=allowed", "attn_mask=allowed, scale=(heads * q.shape[3]) ** -0.5",
    "the products are divided by the root of all channels instead of one head's.",
    read="Convention of task 4.1")
edit("cross_attention", "attention__not_divided",
    "attn_mask=allowed", "attn_mask=allowed, scale=1.0",
    "the products are not divided by the root of a head's width.", read="What of task 4.1")
edit("cross_attention", "attention__channels_dealt_out",
    "(heads d) -> b heads n d", "(d heads) -> b heads n d",
    "the channels are dealt out to the heads one by one instead of in blocks.", read="Convention of task 4.1")
edit("cross_attention", "attention__heads_put_back_mixed",
    "b heads n d -> b n (heads d)", "b heads n d -> b n (d heads)",
    "the heads' results are put back in another order than they were taken out.",
    read="Convention of task 4.1")


edit("cross_attention", "attention__joined_by_reshape",
    'rearrange(out, "b heads n d -> b n (heads d)")', "out.reshape(out.shape[0], out.shape[2], -1)",
    "the heads are not moved back behind the positions before they are joined: the two get mixed.",
    read="Hint 1 of task 4.1")


@wrong("cross_attention",
       "the heads are cut by view(b, heads, n, d), without moving axes: a head then has some of the "
       "positions, with all their channels, instead of some of the channels.",
       read="Hint 1 of task 4.1")
def attention__cut_by_view(q, k, v, heads, mask=None):
    shape = q.shape
    q, k, v = (x.reshape(x.shape[0], heads, x.shape[1], -1) for x in (q, k, v))
    allowed = None if mask is None else mask[:, None, None, :]
    return F.scaled_dot_product_attention(q, k, v, attn_mask=allowed).reshape(shape)


@wrong("cross_attention",
       "the heads are cut by view(b, heads, n, d), without moving axes, and joined rightly: a head then has "
       "some of the positions instead of some of the channels.",
       read="Hint 1 of task 4.1")
def attention__cut_by_view_only(q, k, v, heads, mask=None):
    q, k, v = (x.reshape(x.shape[0], heads, x.shape[1], -1) for x in (q, k, v))
    allowed = None if mask is None else mask[:, None, None, :]
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
    return rearrange(out, "b heads n d -> b n (heads d)")


@wrong("cross_attention",
       "padding is set to 0 after the softmax: what is left no longer adds up to 1.",
       read="Convention of task 4.1")
def attention__masked_after_softmax(q, k, v, heads, mask=None):
    q, k, v = (rearrange(x, "b n (heads d) -> b heads n d", heads=heads) for x in (q, k, v))
    weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)
    if mask is not None:
        weights = weights * mask[:, None, None, :]
    return rearrange(weights @ v, "b heads n d -> b n (heads d)")


edit("cross_attention", "cross__added_to_x",
    "return self.to_out(", "return x + self.to_out(",
    "x is added: that is the business of the block around it, which would then add it twice.",
    read="Convention of task 4.1", replaces="CrossAttention.forward")
edit("cross_attention", "cross__mask_forgotten",
    "self.heads, mask)", "self.heads)",
    "CrossAttention does not hand its mask on.", read="What of task 4.1", replaces="CrossAttention.forward")
edit("cross_attention", "cross__without_to_out",
    "self.to_out(attention(self.to_q(x), k, v, self.heads, mask))",
    "attention(self.to_q(x), k, v, self.heads, mask)",
    "to_out is left out: the heads' results are never mixed.",
    read="What of task 4.1", replaces="CrossAttention.forward")

# -------------------- 4.2 spatial_transformer
edit("spatial_transformer", "block__normed_afterwards",
    "x = x + self.to_itself(self.norm1(x))", "x = self.norm1(x + self.to_itself(x))",
    "the norm comes after the sum, as in the first transformers.",
    read="Convention of task 4.2", replaces="TransformerBlock.forward")
edit("spatial_transformer", "block__normed_passes_by",
    "return x + self.mlp(self.norm3(x))", "x = self.norm3(x)\n        return x + self.mlp(x)",
    "the normed positions pass by instead of the positions themselves.",
    read="Convention of task 4.2", replaces="TransformerBlock.forward")
edit("spatial_transformer", "block__context_not_added",
    "x = x + self.to_context(", "x = self.to_context(",
    "what the context says replaces the positions instead of being added.",
    read="What of task 4.2", replaces="TransformerBlock.forward")
edit("spatial_transformer", "block__mask_forgotten",
    "context, mask)", "context)",
    "the block does not hand the mask on: padding is read like words.",
    read="What of task 4.2", replaces="TransformerBlock.forward")
edit("spatial_transformer", "block__one_norm_twice",
    "self.norm3(x)", "self.norm2(x)",
    "one norm is used twice: each part has its own.",
    read="What of task 4.2", replaces="TransformerBlock.forward")
edit("spatial_transformer", "block__context_first",
    "        x = x + self.to_itself(self.norm1(x))\n"
    "        x = x + self.to_context(self.norm2(x), context, mask)\n",
    "        x = x + self.to_context(self.norm2(x), context, mask)\n"
    "        x = x + self.to_itself(self.norm1(x))\n",
    "the context comes before the attention of the positions to each other.",
    read="What of task 4.2", replaces="TransformerBlock.forward")
edit("spatial_transformer", "map__x_not_added",
    "return x + self.proj_out(", "return self.proj_out(",
    "x is not added: a fresh transformer then gives zeros.",
    read="What of task 4.2", replaces="SpatialTransformer.forward")
edit("spatial_transformer", "map__reshaped",
    'rearrange(self.proj_in(self.norm(x)), "b c h w -> b (h w) c")',
    "self.proj_in(self.norm(x)).reshape(x.shape[0], x.shape[2] * x.shape[3], -1)",
    "the channels are not moved to the end: reshape mixes them with positions.",
    read="Convention of task 4.2", replaces="SpatialTransformer.forward")
edit("spatial_transformer", "map__columns_first",
    '"b c h w -> b (h w) c"', '"b c h w -> b (w h) c"',
    "positions go in column by column and come back row by row.",
    read="Convention of task 4.2", replaces="SpatialTransformer.forward")
edit("spatial_transformer", "map__mask_forgotten",
    "(tokens, context, mask)", "(tokens, context)",
    "the mask is not handed on: padding is read like words.",
    read="What of task 4.2", replaces="SpatialTransformer.forward")
edit("spatial_transformer", "map__not_normed",
    "self.proj_in(self.norm(x))", "self.proj_in(x)",
    "the map is not normed before it goes in.", read="What of task 4.2",
    replaces="SpatialTransformer.forward")

# -------------------- 5.1 text_encoder
edit("text_encoder", "padding_mask__inverted",
    "tokens != PAD", "tokens == PAD",
    "the mask is True for padding, which is what nn.MultiheadAttention wants; the course's masks are True "
    "for words.", read="Convention of task 5.1")
edit("text_encoder", "padding_mask__without_start",
    "tokens != PAD", "tokens > 1",
    "START does not count as a token: an empty prompt is then all padding, and its softmax 0 / 0.",
    read="Convention of task 5.1")
edit("text_encoder", "encoder__mask_as_it_is",
    "=~mask", "=mask",
    "the layers get the mask as it is: torch wants True for what is to be ignored.",
    read="Convention of task 5.1", replaces="TextEncoder.forward")
edit("text_encoder", "encoder__padding_is_read",
    "layer(h, src_key_padding_mask=~mask)", "layer(h)",
    "the layers get no mask: a text has other vectors with more padding.",
    read="Why of task 5.1", replaces="TextEncoder.forward")
edit("text_encoder", "encoder__bag_of_words",
    "self.embedding(tokens) + self.positions[: tokens.shape[1]]", "self.embedding(tokens)",
    "positions are left out: the encoder sees a bag of words.",
    read="What of task 5.1", replaces="TextEncoder.forward")
edit("text_encoder", "encoder__one_position",
    "self.positions[: tokens.shape[1]]", "self.positions[0]",
    "all words get the first position.", read="What of task 5.1", replaces="TextEncoder.forward")
edit("text_encoder", "encoder__not_normed",
    "self.norm(h), mask", "h, mask",
    "the last norm is left out: layers that norm first leave their sum as large as it has become.",
    read="What of task 5.1", replaces="TextEncoder.forward")
edit("text_encoder", "encoder__mask_back_inverted",
    "self.norm(h), mask", "self.norm(h), ~mask",
    "the mask comes back inverted.", read="Convention of task 5.1", replaces="TextEncoder.forward")
edit("text_encoder", "encoder__causal",
    "src_key_padding_mask=~mask)",
    "src_mask=torch.ones(2 * tokens.shape[1:]).triu(1).bool(), src_key_padding_mask=~mask)",
    "a word sees only those before it, as in CLIP; this encoder reads in both directions.",
    read="Convention of task 5.1", replaces="TextEncoder.forward")

# -------------------- 6.1 scaled_linear
edit("scaled_linear", "scaled_linear_betas__linear",
    "torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64).square()",
    "torch.linspace(beta_start, beta_end, T, dtype=torch.float64)",
    "the betas themselves grow evenly: less signal is then left at the end, 0.00158 instead of 0.00466.",
    read="Convention of task 6.1")
edit("scaled_linear", "scaled_linear_betas__not_squared",
    ".square()", "",
    "the roots come back: they are not squared.", read="What of task 6.1")
edit("scaled_linear", "scaled_linear_betas__float32",
    "float64", "float32",
    "the betas are in float32.", read="Given of task 6.1")
edit("scaled_linear", "scaled_linear_betas__ends_squared",
    "beta_start**0.5, beta_end**0.5, T", "beta_start, beta_end, T",
    "the ends are not replaced by their roots, but the values are squared.", read="What of task 6.1")
edit("scaled_linear", "timestep_embedding__sines_first",
    "[angle.cos(), angle.sin()] if", "[angle.sin(), angle.cos()] if",
    "sines stand first in Stable Diffusion's form too.", read="What of task 6.1")
edit("scaled_linear", "timestep_embedding__divisor_half_less_1",
    'half if form == "stable_diffusion" else half - 1', "half - 1",
    "the divisor is half - 1 in both forms.", read="What of task 6.1")
edit("scaled_linear", "timestep_embedding__divisor_half",
    "else half - 1", "else half",
    "the divisor is half in both forms.", read="What of task 6.1")
edit("scaled_linear", "timestep_embedding__interleaved",
    "torch.cat(halves, dim=1)", "torch.stack(halves, dim=2).flatten(1)",
    "cosines and sines alternate, as in the first transformers, instead of standing in halves.",
    read="Convention of task 6.1")
edit("scaled_linear", "timestep_embedding__growing",
    "max_period**-exponent", "max_period**exponent",
    "the frequencies grow from 1 instead of falling.", read="What of task 6.1")
edit("scaled_linear", "timestep_embedding__whole_turns",
    "t[:, None] * max_period", "2 * torch.pi * t[:, None] * max_period",
    "the angles are multiplied by 2 pi.", read="What of task 6.1")

# -------------------- 6.2 latent_train_step
edit("latent_train_step", "latent_train_step__keep_inverted",
    "tokens, null_tokens))", "null_tokens, tokens))",
    "the prompts to keep are dropped and the others kept.", read="Convention of task 6.2")
edit("latent_train_step", "latent_train_step__old_mask",
    "context, mask = encoder(torch.where(keep[:, None], tokens, null_tokens))",
    "context, mask = encoder(tokens)\n    null, _ = encoder(null_tokens[None])\n"
    "    context = torch.where(keep[:, None, None], context, null)",
    "the context is replaced, but the mask is still the lost prompt's: its length gives it away, and "
    "padding is read.", read="Convention of task 6.2")
edit("latent_train_step", "latent_train_step__nothing_dropped",
    "torch.where(keep[:, None], tokens, null_tokens)", "tokens",
    "no prompt is lost: guidance has nothing to move away from.", read="Why of task 6.2")
edit("latent_train_step", "latent_train_step__without_roots",
    "signal.sqrt() * z + (1 - signal).sqrt() * eps", "signal * z + (1 - signal) * eps",
    "the variances are used without their square roots.", read="What of task 6.2")
edit("latent_train_step", "latent_train_step__step_before",
    "alpha_bar[t]", "alpha_bar[t - 1]",
    "the level of the step before is used: alpha_bar[0] belongs to step 0 already.", read="Notation")
edit("latent_train_step", "latent_train_step__summed",
    "square().mean()", "square().sum()",
    "the squared errors are summed instead of averaged.", read="What of task 6.2")
edit("latent_train_step", "latent_train_step__predicts_latents",
    "- eps).square()", "- z).square()",
    "the prediction is compared with the latents instead of the noise.", read="What of task 6.2")
edit("latent_train_step", "latent_train_step__gradients_add_up",
    "    optimizer.zero_grad()\n", "",
    "gradients of earlier steps are added.", read="Convention of task 6.2")
edit("latent_train_step", "latent_train_step__zeroed_for_the_model",
    "optimizer.zero_grad()", "model.zero_grad()",
    "only the model's gradients are set to zero: those of the encoder, which the optimizer has too, add up.",
    read="What of task 6.2")
edit("latent_train_step", "latent_train_step__own_descent", "optimizer.step()",
    "for group in optimizer.param_groups:\n"
    "        for weight in group['params']:\n"
    "            weight.data -= group['lr'] * weight.grad",
    "the step is plain descent, written by hand: momentum, or whatever else the optimizer does, is lost.",
    read="What of task 6.2")
edit("latent_train_step", "latent_train_step__encoder_frozen",
    "    context, mask = encoder(torch.where",
    "    with torch.no_grad():\n        context, mask = encoder(torch.where",
    "the encoder is called without recording: it cannot learn, even if the optimizer has its weights.",
    read="Convention of task 6.2")
edit("latent_train_step", "latent_train_step__float64",
    "z_t.to(z.dtype)", "z_t",
    "the noised latents are float64, because alpha_bar is: a network of float32 refuses them.",
    read="Given of task 6.2")

# -------------------- 7.1 text_to_image
edit("text_to_image", "encode_prompts__empty_first",
    "[tokens, null_tokens.expand_as(tokens)]", "[null_tokens.expand_as(tokens), tokens]",
    "the empty prompts stand first: guidance then moves away from the prompt.", read="Convention of task 7.1")
edit("text_to_image", "guided_noise__exchanged",
    "torch.lerp(unconditional, conditional, w)", "torch.lerp(conditional, unconditional, w)",
    "the two predictions are exchanged.", read="Convention of task 7.1")
edit("text_to_image", "guided_noise__papers_weight",
    "conditional, w)", "conditional, 1 + w)",
    "w is the paper's weight, (1 + w) eps_c - w eps_u; the course's is larger by 1.",
    read="Convention of task 7.1")
edit("text_to_image", "guided_noise__interleaved",
    "torch.cat([z, z])", "z.repeat_interleave(2, dim=0)",
    "latents are doubled as a, a, b, b while the texts stand as a, b, empty, empty.",
    read="Convention of task 7.1")
edit("text_to_image", "guided_noise__two_calls",
    "conditional, unconditional = model(torch.cat([z, z]), steps, context, mask).chunk(2)",
    "halves = zip(steps.chunk(2), context.chunk(2), mask.chunk(2), strict=True)\n"
    "    conditional, unconditional = [model(z, *half) for half in halves]",
    "the model is called twice a step: one call on a doubled batch does the same.",
    read="Convention of task 7.1")
edit("text_to_image", "text_to_image__encoded_again_and_again",
    "for i, t in enumerate(ladder.t):\n",
    "for i, t in enumerate(ladder.t):\n"
    "            context, mask = encode_prompts(encoder, tokens, null_tokens)\n",
    "the texts are encoded in every step.", read="Convention of task 7.1")
edit("text_to_image", "text_to_image__told_the_rung",
    "guided_noise(model, z, t,", "guided_noise(model, z, i,",
    "the model is told the number of the rung instead of its step t: it then takes pure noise for an image.",
    read="Given of part 7")
edit("text_to_image", "text_to_image__last_step_missing",
    "enumerate(ladder.t)", "enumerate(ladder.t[:-1])",
    "the last step is not made: its noise stays in the image.", read="What of task 7.1")
edit("text_to_image", "text_to_image__not_decoded",
    "return decode(z)", "return z",
    "latents come back instead of images.", read="What of task 7.1")
edit("text_to_image", "text_to_image__recorded",
    "no_grad", "enable_grad",
    "a gradient is recorded: memory grows with every step.", read="Convention of task 7.1")

# -------------------- 7.2 editing
edit("editing", "noised__without_roots",
    "signal.sqrt() * z0 + (1 - signal).sqrt() * noise", "signal * z0 + (1 - signal) * noise",
    "the variances are used without their square roots.", read="What of task 7.2")
edit("editing", "img2img__cut_off",
    "round(", "int(",
    "the number of steps is cut off instead of rounded: 0.29 of 100 steps are then 28.",
    read="Convention of task 7.2")
edit("editing", "img2img__share_that_stays",
    "len(ladder) - round(strength * len(ladder))", "round(strength * len(ladder))",
    "strength is taken for the share of the image that stays.", read="Convention of task 7.2")
edit("editing", "img2img__noised_one_rung_higher",
    "ladder.signal[start]", "ladder.signal[start - 1]",
    "the latents have the noise of the rung before: step `start` begins at rung `start`.",
    read="What of task 7.2")
edit("editing", "img2img__pure_noise_at_the_top",
    "z = noised(z0, noise, ladder.signal[start])",
    "z = noised(z0, noise, ladder.signal[start])\n        z = z if start else noise",
    "at strength 1 the image is forgotten altogether: a trace of it belongs to the first rung.",
    read="Convention of task 7.2")
edit("editing", "img2img__clean_start",
    "z = noised(z0, noise, ladder.signal[start])", "z = z0",
    "no noise is added: the model is told of noise that is not there, and smooths the image.",
    read="What of task 7.2")
edit("editing", "latent_mask__one_pixel",
    "F.max_pool2d(mask, factor)", "mask[:, :, ::factor, ::factor]",
    "one pixel decides for a whole square: thin strokes get lost, as in a well-known library.",
    read="Convention of task 7.2")
edit("editing", "latent_mask__most_pixels",
    "F.max_pool2d(mask, factor)", "F.avg_pool2d(mask, factor).round()",
    "the majority of the pixels decides.", read="Convention of task 7.2")
edit("editing", "inpaint__mask_inverted",
    "z = noise\n", "z, mask = noise, 1 - mask\n",
    "the mask is read the other way round, as in the paper: 1 means new here.", read="Convention of task 7.2")
edit("editing", "inpaint__kept_without_noise",
    "noised(z0, noise, ladder.signal[i])", "z0",
    "what is kept is put back without noise: the model then sees two levels in one latent.",
    read="What of task 7.2")
edit("editing", "inpaint__next_rungs_noise",
    "ladder.signal[i]", "ladder.signal[i + 1]",
    "what is kept has the noise of the next rung.", read="What of task 7.2")
edit("editing", "inpaint__not_put_back_at_the_end",
    "decode(torch.where(mask > 0, z, z0))", "decode(z)",
    "after the last step z0 is not put back: what should stay has changed a little.", read="What of task 7.2")


# -------------------- right, but slow or large
@naive("nearest_code", "all differences are formed: n times k times d numbers, of which n are wanted.")
def nearest_code__all_differences(z, codebook):
    return (z[:, None] - codebook[None]).square().sum(dim=2).argmin(dim=1)


@naive("cross_attention", "the scores of all heads are held at once, and their softmax beside them.")
def attention__all_scores(q, k, v, heads, mask=None):
    q, k, v = (rearrange(x, "b n (heads d) -> b heads n d", heads=heads) for x in (q, k, v))
    scores = q @ k.mT / q.shape[-1] ** 0.5
    if mask is not None:
        scores = scores.masked_fill(~mask[:, None, None, :], float("-inf"))
    return rearrange(scores.softmax(-1) @ v, "b heads n d -> b n (heads d)")
