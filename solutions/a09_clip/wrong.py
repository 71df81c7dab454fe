"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Where a mistake was seen in somebody's repository, the comment names the issue.
"""

from autograder.sources.variants import edit, naive, naive_on_gpu, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 cosine_similarity
edit("cosine_similarity", "cosine_similarity__one_side", "@ unit(b.to(dtype)).T", "@ b.to(dtype).T",
    "only one side is brought to unit length: the other's lengths still multiply the result.",
    read="What of task 1.1")
edit("cosine_similarity", "cosine_similarity__inner_products",
    "unit(a.to(dtype)) @ unit(b.to(dtype)).T", "a.to(dtype) @ b.to(dtype).T",
    "nothing is divided by a length: these are inner products, and long rows win everything.",  # xpool #11
    read="What of task 1.1")
edit("cosine_similarity", "cosine_similarity__angle", "return cosine.to",
    "return cosine.clamp(-1, 1).acos().to",
    "the angle is returned instead of its cosine.", read="What of task 1.1")
edit("cosine_similarity", "cosine_similarity__not_cast", "return cosine.to(a.dtype)", "return cosine",
    "the result is not cast: half precision comes back as float32, and a wide b widens it.",
    read="Convention of task 1.1")


@wrong("cosine_similarity",
    "each column is divided by its length (dim=0) instead of each row: an embedding then depends on the "
    "others in its batch.", read="What of task 1.1")
def unit__by_columns(x):
    return x / x.norm(dim=0, keepdim=True).clamp(min=1e-30)


@wrong("cosine_similarity",
    "everything is divided by one number, the length of the whole matrix: x.norm() without a dim.",
    read="What of task 1.1")
def unit__whole_matrix(x):
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    return (wide / wide.norm()).to(x.dtype)


edit("cosine_similarity", "unit__nan_for_zeros", "length.where(length > 0, 1)", "length",
    "a row of zeros is divided by its length, 0: it becomes NaN, and so does every loss that it is in.",
    read="Convention of task 1.1")


@wrong("cosine_similarity",
    "the squares are summed as they are, in float32: those of 1e30 are infinite and those of 1e-30 are 0, so "
    "such rows become 0, or keep nearly no length; F.normalize does that too.", read="Convention of task 1.1")
def unit__as_normalize(x):
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    return (wide / wide.norm(dim=-1, keepdim=True).clamp(min=1e-12)).to(x.dtype)


edit("cosine_similarity", "unit__in_half",
    "x.to(torch.promote_types(x.dtype, torch.float32))", "x",
    "half precision is not widened: each step is rounded to three digits.", read="Convention of task 1.1")
edit("cosine_similarity", "unit__nan_slope",
    "(scaled / length.where(length > 0, 1))", "torch.where(length > 0, scaled / length, 0)",
    "a row of zeros is divided by 0 and then left out: its value is right, and its gradient NaN.",
    read="Convention of task 1.1")
edit("cosine_similarity", "unit__sum_of_magnitudes", "scaled.norm(dim=-1, keepdim=True)",
    "scaled.abs().sum(dim=-1, keepdim=True)",
    "rows are divided by the sum of their magnitudes (the 1-norm) instead of their Euclidean length.",
    read="What of task 1.1")
edit("cosine_similarity", "unit__largest_only", "(scaled / length.where(length > 0, 1))", "scaled",
    "rows are divided by their largest magnitude alone: that prepares the division by the length.",
    read="Convention of task 1.1")
edit("cosine_similarity", "unit__epsilon", "length.where(length > 0, 1)", "(length + 1e-8)",
    "a small constant is added to the length: the last digits are then wrong, and unit rows too short.",
    read="Convention of task 1.1")
edit("cosine_similarity", "unit__detached", "length = scaled.norm(dim=-1, keepdim=True)",
    "length = scaled.detach().norm(dim=-1, keepdim=True)",
    "the length is detached: gradients then also pull along the embedding, where they change nothing.",
    read="Convention of task 1.1")


@wrong("cosine_similarity", "the rows are divided where they stand: the caller's embeddings are overwritten.",
    read="Notation, on arguments")
def unit__in_place(x):
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    largest = wide.detach().abs().amax(dim=-1, keepdim=True)
    scaled = wide / largest.where(largest > 0, 1)
    length = scaled.norm(dim=-1, keepdim=True)
    result = (scaled / length.where(length > 0, 1)).to(x.dtype)
    x.data.copy_(result.detach())
    return result


@naive_on_gpu("cosine_similarity", "half precision goes to float64: many cards do that 64 times more slowly.")
def cosine_similarity__in_float64(a, b):
    return (unit(a.double()) @ unit(b.double()).T).to(a.dtype)


# -------------------- 1.2 logit_scale
edit("logit_scale", "clip_logits__not_exponentiated", "log_scale.exp()", "log_scale",
    "log_scale itself multiplies: it is a logarithm, and 2.66 stands for 14.29.",  # M3D #52
    read="What of task 1.2")
edit("logit_scale", "clip_logits__temperature", "log_scale.exp() * cosine_similarity(image, text)",
    "cosine_similarity(image, text) / log_scale.exp()",
    "the cosine is divided by the scale: a temperature divides, a scale multiplies.",
    read="Convention of task 1.2")
edit("logit_scale", "clip_logits__without_scale", "log_scale.exp() * ", "",
    "the scale is left out: logits between -1 and 1 make nearly even probabilities.",
    read="What of task 1.2")
edit("logit_scale", "clip_logits__clamped_here", "log_scale.exp()", "log_scale.clamp(0, math.log(100)).exp()",
    "the scale is clamped where it is used: beyond it the gradient is 0, and the parameter never comes back.",
    # openai/CLIP #46, PR #530
    read="Convention of task 1.2")
edit("logit_scale", "clip_logits__clamped_after", "log_scale.exp()", "log_scale.exp().clamp(max=100)",
    "the scale is cut at 100 where it is used: above, no gradient reaches log_scale.",
    read="Convention of task 1.2")
edit("logit_scale", "clip_logits__detached", "log_scale.exp()", "log_scale.exp().item()",
    "the scale becomes a plain number: nothing is learnt about it.", read="What of task 1.2")
edit("logit_scale", "clip_logits__inner_products", "cosine_similarity(image, text)", "(image @ text.T)",
    "inner products are scaled instead of cosines.", read="What of task 1.2")
edit("logit_scale", "clip_logits__base_two", "log_scale.exp()", "log_scale.exp2()",
    "2 is raised to log_scale instead of e.", read="What of task 1.2")
edit("logit_scale", "clamp_scale__only_above", "clamp_(0, math.log(100))", "clamp_(max=math.log(100))",
    "the lower bound is forgotten: a scale below 1 stays.", read="What of task 1.2")
edit("logit_scale", "clamp_scale__only_below", "clamp_(0, math.log(100))", "clamp_(min=0)",
    "the upper bound is forgotten: the scale grows without end.", read="What of task 1.2")
edit("logit_scale", "clamp_scale__of_the_scale", "clamp_(0, math.log(100))", "clamp_(1, 100)",
    "the logarithm is brought into the bounds of the scale, 1 to 100: e^100 is infinite in float32.",
    read="Convention of task 1.2")
edit("logit_scale", "clamp_scale__log_ten", "math.log(100)", "math.log10(100)",
    "the bound is the decimal logarithm of 100, which is 2.", read="What of task 1.2")


@wrong("logit_scale",
    "a new tensor is bound to the name, and the caller's parameter stays as it was: nothing is clamped.",
    read="What of task 1.2")
def clamp_scale__new_tensor(log_scale):
    log_scale = nn.Parameter(log_scale.detach().clamp(0, math.log(100)))


# -------------------- 2.1 clip_loss
edit("clip_loss", "clip_loss__rows_only",
    "(F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2", "F.cross_entropy(logits, own)",
    "only the rows are asked, which text belongs to an image: the other direction is missing.",
    read="What of task 2.1")
edit("clip_loss", "clip_loss__columns_twice",
    "(F.cross_entropy(logits, own) +", "(F.cross_entropy(logits.T, own) +",
    "the columns are asked twice, which image belongs to a text, and the rows never.",
    read="What of task 2.1")
edit("clip_loss", "clip_loss__sum_of_both", ") / 2", ")",
    "the two directions are added and not halved.", read="What of task 2.1")
edit("clip_loss", "clip_loss__summed_over_pairs",
    "(F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2",
    "(F.cross_entropy(logits, own, reduction='sum') + F.cross_entropy(logits.T, own, reduction='sum')) / 2",
    "the pairs are summed instead of averaged: the loss grows with the batch.", read="What of task 2.1")
edit("clip_loss", "clip_loss__softmax_twice",
    "logits = clip_logits(image, text=text, log_scale=log_scale)  # n n",
    "logits = clip_logits(image, text, log_scale).softmax(dim=1)",
    "a softmax comes before the cross-entropy, which has one of its own.", read="Given of task 2.1")
edit("clip_loss", "clip_loss__temperature", "clip_logits(image, text=text, log_scale=log_scale)",
    "clip_logits(image, text, -log_scale)",
    "the cosines are divided by the scale instead of multiplied.", read="Convention of task 1.2")
edit("clip_loss", "clip_loss__log_scale_as_factor", "clip_logits(image, text=text, log_scale=log_scale)",
    "clip_logits(image, text, 0 * log_scale) * log_scale",
    "log_scale multiplies without being exponentiated.", read="Convention of task 1.2")
edit("clip_loss", "clip_loss__text_detached", "clip_logits(image, text=text, log_scale=log_scale)",
    "clip_logits(image, text.detach(), log_scale)",
    "the texts are detached: their encoder learns nothing.", read="What of task 2.1")
edit("clip_loss", "clip_loss__image_detached", "clip_logits(image, text=text, log_scale=log_scale)",
    "clip_logits(image.detach(), text, log_scale)",
    "the images are detached: their encoder learns nothing.", read="What of task 2.1")
edit("clip_loss", "clip_loss__own_text_no_negative",
    "logits = clip_logits(image, text=text, log_scale=log_scale)  # n n",
    "logits = clip_logits(image, text, log_scale)\n"
    "    if n > 1:\n"
    "        others = logits.masked_fill(torch.eye(n, dtype=torch.bool), -math.inf)\n"
    "        pull = logits.diagonal().mean()\n"
    "        return (others.logsumexp(1).mean() + others.logsumexp(0).mean()) / 2 - pull",
    "the own pair is left out of the denominator: the loss then goes below 0 (decoupled contrastive loss).",
    read="What of task 2.1")


@wrong("clip_loss",
    "exponentials are formed and summed by hand: at scale 100 they overflow float32, and the loss is NaN or "
    "infinite.", read="Convention of task 2.1")
def clip_loss__by_hand(image, text, log_scale):
    count_pairs((image, text))
    grown = clip_logits(image, text, log_scale).exp()
    rows = grown.diagonal() / grown.sum(dim=1)
    columns = grown.diagonal() / grown.sum(dim=0)
    return -(rows.log() + columns.log()).mean() / 2


@wrong("clip_loss",
    "all 2 n embeddings are compared with each other (NT-Xent, of SimCLR): other images are wrong answers "
    "for an image too.", read="What of task 2.1")
def clip_loss__all_embeddings(image, text, log_scale):
    n = count_pairs((image, text))
    everything = torch.cat([image, text])
    logits = clip_logits(everything, everything, log_scale)
    others = logits.masked_fill(torch.eye(2 * n, dtype=torch.bool), -math.inf)
    return F.cross_entropy(others, torch.arange(2 * n).roll(n))


edit("clip_loss", "clip_loss__unequal_parts", "n = count_pairs((image, text))",
    "n = min(len(image), len(text))",
    "batches without a pair, or of unequal parts, are not refused.", read="Given of task 2.1")
edit("clip_loss", "clip_loss__base_two", ") / 2", ") / 2 / math.log(2)",
    "the loss is in bits: logarithms to base 2 instead of natural ones.", read="Notation, on losses")


# -------------------- 2.2 siglip_loss
edit("siglip_loss", "siglip_loss__mean_over_all", ".sum() / n", ".mean()",
    "the sum over all n * n pairs is divided by their number instead of by n: the loss then looks tiny.",
    read="Convention of task 2.2")  # big_vision #115: "my loss is .003"
edit("siglip_loss", "siglip_loss__zero_and_one",
    "2 * torch.eye(n, dtype=logits.dtype, device=logits.device) - 1",
    "torch.eye(n, dtype=logits.dtype, device=logits.device)",
    "y is 0 instead of -1 for pairs that do not belong together: each of them then costs ln 2, whatever it "
    "is.", read="What of task 2.2")
edit("siglip_loss", "siglip_loss__bias_scaled",
    "clip_logits(image, text=text, log_scale=log_scale) + bias",
    "clip_logits(image, text, log_scale) + log_scale.exp() * bias",
    "the bias is multiplied by the scale too: it is added behind it.", read="What of task 2.2")
edit("siglip_loss", "siglip_loss__signs_exchanged", "sign * logits", "-sign * logits",
    "y has the wrong sign: pairs are pushed apart and strangers pulled together.", read="What of task 2.2")
edit("siglip_loss", "siglip_loss__diagonal_only", "F.logsigmoid(sign * logits).sum()",
    "F.logsigmoid(sign * logits).diagonal().sum()",
    "only the diagonal is counted: without negatives everything ends in one point.",
    read="What of task 2.2")
edit("siglip_loss", "siglip_loss__balanced", "return -F.logsigmoid(sign * logits).sum() / n",
    "cost = -F.logsigmoid(sign * logits)\n"
    "    strangers = cost.sum() - cost.trace()\n"
    "    return cost.trace() / n + strangers / max(n * (n - 1), 1)",
    "strangers are averaged by their own number: all costs are summed and divided by n.",
    read="What of task 2.2")
edit("siglip_loss", "siglip_loss__log_of_sigmoid", "F.logsigmoid(sign * logits)",
    "torch.sigmoid(sign * logits).log()",
    "the logarithm of a sigmoid is taken: at -200 the sigmoid is 0 in float32, and the loss infinite.",
    read="Convention of task 2.2")
edit("siglip_loss", "siglip_loss__bias_subtracted", "+ bias", "- bias",
    "the bias is subtracted instead of added.", read="What of task 2.2")
edit("siglip_loss", "siglip_loss__softmax", "-F.logsigmoid(sign * logits).sum() / n",
    "F.cross_entropy(logits, torch.arange(n))",
    "the softmax of CLIP is used: here each pair is judged by itself.", read="What of task 2.2")
edit("siglip_loss", "siglip_loss__log_scale_as_factor", "clip_logits(image, text=text, log_scale=log_scale)",
    "clip_logits(image, text, 0 * log_scale) * log_scale",
    "log_scale multiplies without being exponentiated.", read="Convention of task 1.2")
edit("siglip_loss", "siglip_loss__unequal_parts", "n = count_pairs((image, text))",
    "n = min(len(image), len(text))\n"
    "    image, text = image[:n], text[:n]",
    "batches without a pair, or of unequal parts, are not refused.", read="Given of task 2.2")
edit("siglip_loss", "initial_bias__positive", "-math.log(n - 1)", "math.log(n - 1)",
    "the sign of the bias is missing: there are more strangers than pairs, so it is negative.",
    read="What of task 2.2")
edit("siglip_loss", "initial_bias__of_n", "math.log(n - 1)", "math.log(n)",
    "the pair itself is counted among the n - 1 strangers.", read="What of task 2.2")
edit("siglip_loss", "initial_bias__always_ten", "return -math.log(n - 1)", "return -10.0",
    "the paper's -10 is returned for every batch: it is the best constant for 22,027 pairs only.",
    read="Why of task 2.2")  # open_clip #650


# -------------------- 2.3 multi_positive_loss
@wrong("multi_positive_loss",
    "the probabilities of a group are added before the logarithm: then one member is enough, and the others "
    "may be anywhere (L_in of supervised contrastive learning).", read="Convention of task 2.3")
def multi_positive_loss__log_of_the_sum(image, text, group, log_scale):
    count_pairs((image, text, group))
    logits = clip_logits(image, text, log_scale)
    same = (group[:, None] == group).to(logits.dtype)
    rows = (same * logits.softmax(dim=1)).sum(dim=1).log()
    columns = (same * logits.softmax(dim=0)).sum(dim=0).log()
    return -(rows.mean() + columns.mean()) / 2


@wrong("multi_positive_loss",
    "only the own text is pulled, and the other members of the group are left out: they are positives too.",
    read="What of task 2.3")
def multi_positive_loss__others_masked(image, text, group, log_scale):
    n = count_pairs((image, text, group))
    logits = clip_logits(image, text, log_scale)
    others = (group[:, None] == group) & ~torch.eye(n, dtype=torch.bool)
    kept, own = logits.masked_fill(others, -math.inf), torch.arange(n)
    return (F.cross_entropy(kept, own) + F.cross_entropy(kept.T, own)) / 2


edit("multi_positive_loss", "multi_positive_loss__not_divided", "same / same.sum(dim=1)",
    "same",
    "the target is 1 for every member of the group: it must be shared, or large groups count more.",
    read="What of task 2.3")
edit("multi_positive_loss", "multi_positive_loss__plain", "target = same / same.sum(dim=1)",
    "target = torch.eye(len(same), dtype=same.dtype)",
    "groups are ignored: the other members are pushed away as strangers.", read="Why of task 2.3")
edit("multi_positive_loss", "multi_positive_loss__rows_only",
    "(F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2",
    "F.cross_entropy(logits, target)",
    "only the rows are asked: the other direction is missing.", read="What of task 2.3")
edit("multi_positive_loss", "multi_positive_loss__without_the_own",
    "same = (group[:, None] == group).to(logits.dtype)",
    "same = (group[:, None] == group).to(logits.dtype) * (1 - torch.eye(len(logits)))",
    "the own pair does not count among the positives.", read="What of task 2.3")
edit("multi_positive_loss", "multi_positive_loss__groups_as_indices",
    "target = same / same.sum(dim=1)", "target = group % len(logits)",
    "the numbers of the groups are taken for indices of columns: they are names.",
    read="Given of task 2.3")
edit("multi_positive_loss", "multi_positive_loss__half_for_the_own",
    "target = same / same.sum(dim=1)",
    "target = (same / same.sum(dim=1) + torch.eye(len(same), dtype=same.dtype)) / 2",
    "the own pair gets half of the target for itself: the target is even over the group.",
    read="What of task 2.3")
edit("multi_positive_loss", "multi_positive_loss__entropy_removed",
    "return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2",
    "return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2 "
    "- same.sum(dim=1).log().mean()",
    "the entropy of the targets is subtracted, so that the least loss is 0: it is asked with it.",
    read="Convention of task 2.3")
edit("multi_positive_loss", "multi_positive_loss__groups_unchecked", "count_pairs((image, text, group))",
    "count_pairs((image, text))\n"
    "    group = group[torch.arange(len(image)).clamp(max=len(group) - 1)]",
    "it is not checked that there are as many groups as pairs.", read="Given of task 2.3")


# -------------------- 2.4 chunked_clip_loss
@wrong("chunked_clip_loss",
    "each chunk is a batch by itself: an image then meets only the texts of its chunk, and the loss is "
    "smaller.", read="Why of task 2.4")
def chunked_clip_loss__own_chunk(image, text, log_scale, chunk):
    n = count_pairs((image, text))
    if chunk < 1:
        raise ValueError(chunk)
    total = 0.0
    for a, b in zip(image.split(chunk), text.split(chunk), strict=True):
        total = total + clip_loss(a, b, log_scale) * len(a)
    return total / n


@wrong("chunked_clip_loss",
    "the mean of the chunks' losses is taken, each a batch by itself: the last one, which may be smaller, "
    "counts as much as the others.", read="Why of task 2.4")
def chunked_clip_loss__mean_of_chunks(image, text, log_scale, chunk):
    count_pairs((image, text))
    if chunk < 1:
        raise ValueError(chunk)
    parts = zip(image.split(chunk), text.split(chunk), strict=True)
    return torch.stack([clip_loss(a, b, log_scale) for a, b in parts]).mean()


@wrong("chunked_clip_loss",
    "the rows are right, but a column's softmax covers its own chunk only.", read="What of task 2.4")
def chunked_clip_loss__columns_within(image, text, log_scale, chunk):
    n = count_pairs((image, text))
    if chunk < 1:
        raise ValueError(chunk)
    image, text, scale = unit(image), unit(text), log_scale.exp()
    total = 0.0
    for first in range(0, n, chunk):
        logits = scale * (image[first : first + chunk] @ text.T)
        own = logits[:, first : first + chunk]
        total = total + logits.logsumexp(dim=1).sum() + own.logsumexp(dim=0).sum()
    return total / (2 * n) - scale * (image * text).sum() / n


@wrong("chunked_clip_loss",
    "the columns' exponentials are added as they are: at scale 100 they overflow float32.",
    read="Convention of task 2.4")
def chunked_clip_loss__exponentials(image, text, log_scale, chunk):
    n = count_pairs((image, text))
    if chunk < 1:
        raise ValueError(chunk)
    image, text, scale = unit(image), unit(text), log_scale.exp()

    def compare(images, columns):
        logits = scale * (images @ text.T)
        return logits.logsumexp(dim=1).sum(), columns + logits.exp().sum(dim=0)

    rows, columns = image.new_zeros(()), image.new_zeros(n)
    for images in image.split(chunk):
        of_chunk, columns = checkpoint(compare, images, columns, use_reentrant=False)
        rows = rows + of_chunk
    return (rows + columns.log().sum()) / (2 * n) - scale * (image * text).sum() / n


edit("chunked_clip_loss", "chunked_clip_loss__scale_detached", "log_scale.exp()", "log_scale.exp().detach()",
    "no gradient reaches log_scale.", read="What of task 2.4")
edit("chunked_clip_loss", "chunked_clip_loss__columns_detached",
    "torch.logaddexp(columns, logits.logsumexp(dim=0))",
    "torch.logaddexp(columns, logits.logsumexp(dim=0)).detach()",
    "the running sum of the columns is detached: half of the loss sends no gradient.",
    read="What of task 2.4")
edit("chunked_clip_loss", "chunked_clip_loss__from_zero", "image.new_full((n,), -math.inf)",
    "image.new_zeros(n)",
    "the columns' running sum starts at 0, the logarithm of 1: every column has one term too many.",
    read="Convention of task 2.4")
edit("chunked_clip_loss", "chunked_clip_loss__last_chunk_dropped", "image.split(chunk)",
    "image[: n // chunk * chunk or n].split(chunk)",
    "the last chunk is dropped when it is smaller than the others.", read="What of task 2.4")
edit("chunked_clip_loss", "chunked_clip_loss__rows_only",
    "(rows + columns.sum()) / (2 * n)", "rows / n",
    "only the rows are asked: the other direction is missing.", read="What of task 2.4")
edit("chunked_clip_loss", "chunked_clip_loss__chunk_unchecked", "if chunk < 1:", "if chunk == 0:",
    "negative chunks are not refused.", read="What of task 2.4")


@naive("chunked_clip_loss", "the loss is right, but the whole matrix of similarities is held.")
def chunked_clip_loss__whole(image, text, log_scale, chunk):
    if chunk < 1:
        raise ValueError(chunk)
    return clip_loss(image, text, log_scale)


@naive("chunked_clip_loss", "the chunks are compared one by one, but autograd keeps all of them.")
def chunked_clip_loss__all_kept(image, text, log_scale, chunk):
    n = count_pairs((image, text))
    if chunk < 1:
        raise ValueError(chunk)
    image, text, scale = unit(image), unit(text), log_scale.exp()
    tables = [scale * (images @ text.T) for images in image.split(chunk)]
    rows = torch.cat([table.logsumexp(dim=1) for table in tables])
    columns = torch.stack([table.logsumexp(dim=0) for table in tables]).logsumexp(dim=0)
    return (rows + columns).mean() / 2 - scale * (image * text).sum() / n


@wrong("chunked_clip_loss",
    "one number stands for each chunk in the mean: the rows' means are averaged over the chunks, and the "
    "last one, which may be smaller, counts as a whole one.", read="What of task 2.4")
def chunked_clip_loss__last_as_whole(image, text, log_scale, chunk):
    n = count_pairs((image, text))
    if chunk < 1:
        raise ValueError(chunk)
    image, text, scale = unit(image), unit(text), log_scale.exp()
    logits = scale * (image @ text.T)
    rows = torch.stack([part.logsumexp(dim=1).mean() for part in logits.split(chunk)]).mean()
    return (rows + logits.logsumexp(dim=0).mean()) / 2 - scale * (image * text).sum() / n


# -------------------- 2.5 cached_step
@wrong("cached_step",
    "each chunk's own loss is accumulated, as one does with losses that are sums over rows: a chunk's pairs "
    "then meet no others.",  # GradCache #7
    read="Why of task 2.5")
def cached_step__accumulated(image_encoder, text_encoder, images, texts, log_scale, chunk):
    if chunk < 1 or len(images) != len(texts):
        raise ValueError(chunk)
    total = 0.0
    for a, b in zip(images.split(chunk), texts.split(chunk), strict=True):
        loss = clip_loss(image_encoder(a), text_encoder(b), log_scale) * len(a) / len(images)
        loss.backward()
        total += loss.item()
    return total


edit("cached_step", "cached_step__draws_anew", "torch.set_rng_state(states.pop(0))\n            ", "",
    "the second pass draws dropout anew: its gradients belong to other embeddings than the loss.",
    read="Convention of task 2.5")  # asked in GC-DPR #12
edit("cached_step", "cached_step__last_state", "torch.set_rng_state(states.pop(0))",
    "torch.set_rng_state(states.pop())",
    "the random states are taken in the wrong order: the second pass repeats the draws of other chunks.",
    read="Convention of task 2.5")
edit("cached_step", "cached_step__graph_kept", "with torch.no_grad():", "with torch.enable_grad():",
    "the first pass is recorded: the graph of the whole batch is what should not be held.",
    read="What of task 2.5")
edit("cached_step", "cached_step__divided", ".backward(gradients[number])",
    ".backward(gradients[number] / len(parts))",
    "the gradients are divided by the number of chunks: they are parts of a sum already.",
    read="What of task 2.5")
edit("cached_step", "cached_step__images_gradients", "embeddings[side].grad.split(chunk)",
    "embeddings[0].grad.split(chunk)",
    "the texts get the images' gradients.", read="What of task 2.5")
edit("cached_step", "cached_step__zeroed", "    # Pass 1: all embeddings",
    "    for module in (image_encoder, text_encoder):\n"
    "        module.zero_grad()\n"
    "    # Pass 1: all embeddings",
    "gradients that were there are set to None first: a step adds to them, as backward() does.",
    read="Convention of task 2.5")
edit("cached_step", "cached_step__scale_forgotten", "clip_loss(*embeddings, log_scale)",
    "clip_loss(*embeddings, log_scale.detach())",
    "log_scale gets no gradient.", read="What of task 2.5")
edit("cached_step", "cached_step__texts_first",
    "((image_encoder, images.split(chunk)), (text_encoder, texts.split(chunk)))",
    "((text_encoder, texts.split(chunk)), (image_encoder, images.split(chunk)))",
    "the texts are encoded before the images: with dropout everything is drawn in another order.",
    read="Convention of task 2.5")
edit("cached_step", "cached_step__unit_gradients",
    "embeddings.append(torch.cat(found).requires_grad_())",
    "whole = torch.cat(found)\n"
    "        embeddings.append((whole / whole.norm(dim=1, keepdim=True)).requires_grad_())",
    "the gradient of the unit embeddings is handed to the encoders, whose outputs have other lengths.",
    read="What of task 2.5")
edit("cached_step", "cached_step__chunk_unchecked", "if chunk < 1:", "if chunk == 0:",
    "negative chunks are not refused.", read="What of task 2.5")
edit("cached_step", "cached_step__loss_of_the_last_chunk", "return loss.item()",
    "return loss.item() / len(sides[0][1])",
    "the loss is divided by the number of chunks.", read="What of task 2.5")



@naive("cached_step", "the second pass encodes all chunks before any gradient goes back.")
def cached_step__back_at_the_end(image_encoder, text_encoder, images, texts, log_scale, chunk):
    if chunk < 1 or len(images) != len(texts):
        raise ValueError(chunk)
    work = [(image_encoder, part) for part in images.split(chunk)]
    work += [(text_encoder, part) for part in texts.split(chunk)]
    states, found = [], []
    for encoder, part in work:
        states.append(torch.get_rng_state())
        with torch.no_grad():
            found.append(encoder(part))
    leaves = [one.requires_grad_() for one in found]
    half = len(leaves) // 2
    loss = clip_loss(torch.cat(leaves[:half]), torch.cat(leaves[half:]), log_scale)
    loss.backward()
    again = []
    for state, (encoder, part) in zip(states, work, strict=True):
        torch.set_rng_state(state)
        again.append(encoder(part))
    torch.autograd.backward(again, [leaf.grad for leaf in leaves])
    return loss.item()


@naive("cached_step", "one graph of the whole batch is held, and what the towers remember is written over.")
def cached_step__one_graph(image_encoder, text_encoder, images, texts, log_scale, chunk):
    if chunk < 1:
        raise ValueError(chunk)
    sides = ((image_encoder, images.split(chunk)), (text_encoder, texts.split(chunk)))
    loss = clip_loss(*(torch.cat([encoder(part) for part in parts]) for encoder, parts in sides), log_scale)
    loss.backward()
    for encoder, parts in sides:
        encoder.calls[:] = [[len(part), recorded] for recorded in (0, 1) for part in parts]
    return loss.item()

# -------------------- 3.1 pooling
edit("pooling", "pool_last__last_place",
    "h[torch.arange(len(h), device=h.device), last]", "h[:, -1]",
    "the vector at the last place is taken, which is padding in all rows but the longest.",
    read="What of task 3.1")
edit("pooling", "pool_last__first_place",
    "h[torch.arange(len(h), device=h.device), last]", "h[:, 0]",
    "the first vector is taken, as with BERT: in a causal tower the first token knows nothing of the others.",
    read="Convention of task 3.1")
edit("pooling", "pool_last__length_as_index", "(places * mask).amax(dim=1)",
    "mask.sum(dim=1).clamp(max=mask.shape[1] - 1)",
    "the number of tokens is taken as an index: places count from 0.", read="Convention of task 3.1")
edit("pooling", "pool_last__length_less_one", "(places * mask).amax(dim=1)", "mask.sum(dim=1) - 1",
    "the number of tokens less 1 is taken as the place: that is right only where no gap is in the mask.",
    read="Convention of task 3.1")
edit("pooling", "pool_last__before_the_padding", "(places * mask).amax(dim=1)",
    "mask.int().argmin(dim=1) - 1",
    "the place before the first False is taken: a full row has none, and a mask may have gaps.",
    read="Convention of task 3.1")
edit("pooling", "pool_last__first_true", "(places * mask).amax(dim=1)", "mask.int().argmax(dim=1)",
    "the first True is taken instead of the last: argmax gives the first of equal values.",
    read="What of task 3.1")
edit("pooling", "pool_last__unchecked",
    "    if not mask.any(dim=1).all():\n"
    "        raise ValueError(\"a sequence without any token has no last one\")\n", "",
    "rows without a True are not refused: they get the vector at place 0.",  # open_clip #1151
    read="Given of task 3.1")
edit("pooling", "pool_mean__over_padding", "kept = h.masked_fill(~mask[..., None], 0)",
    "kept, mask = h, torch.ones_like(mask)",
    "the padding is averaged too.", read="What of task 3.1")
edit("pooling", "pool_mean__divided_by_places", "mask.sum(dim=1, keepdim=True)", "mask.shape[1]",
    "the sum is divided by the number of places instead of the number of tokens.", read="What of task 3.1")
edit("pooling", "pool_mean__sum", " / mask.sum(dim=1, keepdim=True)", "",
    "the sum is returned instead of the mean.", read="What of task 3.1")
edit("pooling", "pool_mean__nan_kept", "h.masked_fill(~mask[..., None], 0)", "h * mask[..., None]",
    "the padding is multiplied by 0: NaN times 0 is NaN.", read="Convention of task 3.1")
edit("pooling", "pool_mean__unchecked", "if not mask.any(dim=1).all():", "if not mask.any():",
    "one row without a True among others is not refused: its mean is 0 / 0.", read="Given of task 3.1")
edit("pooling", "TwoTowers.forward__unit_first",
    "return unit(image), unit(self.text_projection(last))",
    "return self.image_projection(unit(self.image_tower(images))), self.text_projection(unit(last))",
    "unit length comes before the projection, which changes lengths again.", read="What of task 3.1",
    replaces="TwoTowers.forward")
edit("pooling", "TwoTowers.forward__not_unit",
    "return unit(image), unit(self.text_projection(last))", "return image, self.text_projection(last)",
    "the embeddings are not brought to unit length.", read="What of task 3.1", replaces="TwoTowers.forward")
edit("pooling", "TwoTowers.forward__one_projection", "unit(self.text_projection(last))",
    "unit(self.image_projection(last))",
    "the texts go through the images' projection.", read="Given of task 3.1", replaces="TwoTowers.forward")
edit("pooling", "TwoTowers.forward__largest_token",
    "pool_last(self.text_tower(tokens), tokens != 0)",
    "self.text_tower(tokens)[torch.arange(len(tokens)), tokens.argmax(dim=1)]",
    "the vector at the token with the largest number is taken: that is the last one only if the end token "
    "has the largest number.",  # openai/CLIP #217; broke in transformers #24650
    read="Convention of task 3.1", replaces="TwoTowers.forward")
edit("pooling", "TwoTowers.forward__mean", "pool_last(", "pool_mean(",
    "the tokens' vectors are averaged instead of the last one taken.", read="What of task 3.1",
    replaces="TwoTowers.forward")


# -------------------- 4.1 zero_shot
edit("zero_shot", "class_embeddings__raw_mean", "prompts = unit(text)", "prompts = text.clone()",
    "the prompts are averaged as they come: a long vector speaks louder than the others.",
    read="Convention of task 4.1")
edit("zero_shot", "class_embeddings__not_unit_again", "unit(prompts.sum(dim=1))",
    "prompts.sum(dim=1) / (prompts.shape[1] if mask is None else mask.sum(dim=1, keepdim=True))",
    "the mean is not brought to unit length again: classes whose prompts disagree are shorter.",
    read="Convention of task 4.1")  # CLIP_benchmark #90
edit("zero_shot", "class_embeddings__mask_ignored", "if mask is not None:", "if False:",
    "the mask is ignored: what stands where there is no prompt is averaged too.", read="Given of task 4.1")
edit("zero_shot", "class_embeddings__mask_inverted", "~mask[..., None]", "mask[..., None]",
    "the mask is read the wrong way round: True is where a prompt is.", read="Given of task 4.1")
edit("zero_shot", "class_embeddings__nan_kept", "prompts.masked_fill(~mask[..., None], 0)",
    "prompts * mask[..., None]",
    "masked prompts are multiplied by 0: NaN times 0 is NaN.", read="Given of task 4.1")
edit("zero_shot", "class_embeddings__first_prompt", "prompts.sum(dim=1)", "prompts[:, 0]",
    "only the first prompt of each class is used.", read="What of task 4.1")
edit("zero_shot", "class_embeddings__empty_class", "if not mask.any(dim=1).all():", "if not mask.any():",
    "a class without any prompt among others is not refused: it becomes zero.", read="Given of task 4.1")
edit("zero_shot", "zero_shot__over_images", ".softmax(dim=1)", ".softmax(dim=0)",
    "the softmax is taken over the images: an image's probabilities then depend on the others.",
    read="What of task 4.1")
edit("zero_shot", "zero_shot__without_scale", "clip_logits(image, classes, log_scale)",
    "clip_logits(image, classes, 0 * log_scale)",
    "the scale is forgotten: the probabilities are nearly even.", read="What of task 4.1")
edit("zero_shot", "zero_shot__logits", ".softmax(dim=1)", "",
    "logits are returned instead of probabilities.", read="What of task 4.1")
edit("zero_shot", "zero_shot__sigmoid", ".softmax(dim=1)", ".sigmoid()",
    "each class is judged by itself: the probabilities do not add up to 1.", read="What of task 4.1")
edit("zero_shot", "zero_shot__log_probabilities", ".softmax(dim=1)", ".log_softmax(dim=1)",
    "logarithms of probabilities are returned.", read="What of task 4.1")


# -------------------- 5.1 ranks
edit("ranks", "ranks__optimistic", "(similarity >= best)", "(similarity > best)",
    "ties count for the model: who calls everything equally similar then finds everything at once.",
    read="Convention of task 5.1")


@wrong("ranks",
    "the items are sorted, and where one stands among ties is left to the sort.",
    read="Convention of task 5.1")
def ranks__sorted(similarity, relevant):
    if similarity.isnan().any() or not relevant.any(dim=1).all():
        raise ValueError("not to be ranked")
    order = similarity.argsort(dim=1, descending=True, stable=True)
    found = relevant.gather(1, order)
    first = found.int().argmax(dim=1)
    return 1 + first


edit("ranks", "ranks__from_zero", "return 1 + ahead.sum(dim=1)", "return ahead.sum(dim=1)",
    "ranks count from 0: R@1 is then what R@2 should be.", read="What of task 5.1")


@wrong("ranks",
    "columns are taken for queries: item j is then asked which query finds it.", read="Given of task 5.1")
def ranks__columns(similarity, relevant):
    if similarity.isnan().any() or not relevant.any(dim=1).all():
        raise ValueError("not to be ranked")
    best = similarity.masked_fill(~relevant, -math.inf).amax(dim=0)
    ahead = ((similarity >= best) & ~relevant).sum(dim=0)
    n = len(similarity)
    return 1 + ahead[torch.arange(n) % len(ahead)]


edit("ranks", "ranks__others_in_the_way", "(similarity >= best) & ~relevant",
    "(similarity >= best) & (torch.arange(similarity.shape[1]) != "
    "similarity.masked_fill(~relevant, -math.inf).argmax(dim=1, keepdim=True))",
    "other relevant items that tie with the best one count against it.", read="What of task 5.1")


@wrong("ranks",
    "only the item with the query's own number counts as relevant: the other captions of a picture then "
    "stand in its way.", read="Given of task 5.1")
def ranks__diagonal(similarity, relevant):
    if similarity.isnan().any() or not relevant.any(dim=1).all():
        raise ValueError("not to be ranked")
    n, m = similarity.shape
    own = torch.arange(n) % m
    best = similarity[torch.arange(n), own][:, None]
    others = torch.arange(m) != own[:, None]
    return 1 + ((similarity >= best) & others).sum(dim=1)


edit("ranks", "ranks__worst_relevant",
    "similarity.masked_fill(~relevant, -math.inf).amax(dim=1, keepdim=True)",
    "similarity.masked_fill(~relevant, math.inf).amin(dim=1, keepdim=True)",
    "the worst relevant item is ranked instead of the best.", read="What of task 5.1")
edit("ranks", "ranks__multiplied_away",
    "similarity.masked_fill(~relevant, -math.inf)", "(similarity * relevant)",
    "what is not relevant counts as 0 when the best is looked for: 0 wins over negative similarities.",
    read="What of task 5.1")
edit("ranks", "ranks__smallest_first", "similarity >= best", "similarity <= best",
    "the least similar item is ranked first.", read="What of task 5.1")
edit("ranks", "ranks__nan_passes",
    "    if similarity.isnan().any():\n"
    "        raise ValueError(\"a similarity is NaN: nothing can be ranked\")\n", "",
    "NaN is let through: it is neither more nor less similar, so a broken model seems perfect.",
    read="Given of task 5.1")
edit("ranks", "ranks__without_relevant", "if not relevant.any(dim=1).all():", "if not relevant.any():",
    "a query without any relevant item among others is not refused.", read="Given of task 5.1")
edit("ranks", "recall_at__below_k", "ranks <= k", "ranks < k",
    "rank k itself is not among the first k.", read="What of task 5.1")
edit("ranks", "recall_at__percent", ".mean().item()", ".mean().item() * 100",
    "the share is given in percent.", read="What of task 5.1")
edit("ranks", "recall_at__count", ".mean().item()", ".sum().item()",
    "the number of queries is returned instead of their share.", read="What of task 5.1")
edit("ranks", "recall_at__empty",
    "    if len(ranks) == 0:\n"
    "        raise ValueError(\"there is no query\")\n", "",
    "no query at all is not refused.", read="What of task 5.1")
edit("ranks", "median_rank__lower", "torch.quantile(ranks.double(), 0.5).item()",
    "float(ranks.median())",
    "torch.median gives the lower of the two in the middle: the mean of both is asked.",
    read="Convention of task 5.1")
edit("ranks", "median_rank__mean", "torch.quantile(ranks.double(), 0.5).item()",
    "ranks.double().mean().item()",
    "the mean is taken instead of the median: one rank of 1,000 then decides.", read="What of task 5.1")


@naive("ranks", "all items of every query are sorted to find out where one stands.")
def ranks__sort_everything(similarity, relevant):
    if similarity.isnan().any() or not relevant.any(dim=1).all():
        raise ValueError("not to be ranked")
    levels = torch.where(relevant, similarity, math.inf).amin(dim=1)  # the least of the relevant, unused
    del levels
    best = similarity.masked_fill(~relevant, -math.inf).amax(dim=1, keepdim=True)
    order = similarity.argsort(dim=1, descending=True)
    ordered, marks = similarity.gather(1, order), relevant.gather(1, order)
    return 1 + ((ordered >= best) & ~marks).sum(dim=1)


# -------------------- 6.1 geometry
edit("geometry", "alignment__not_squared", ".square().sum(dim=1).mean()", ".norm(dim=1).mean()",
    "the distances are averaged without being squared.", read="What of task 6.1")
edit("geometry", "alignment__not_unit", "(unit(image) - unit(text))", "(image - text)",
    "the rows are not brought to unit length.", read="Convention of task 6.1")
edit("geometry", "alignment__mean_over_values", ".square().sum(dim=1).mean()", ".square().mean()",
    "the squares are averaged over the coordinates too: a squared distance is their sum.",
    read="What of task 6.1")
edit("geometry", "alignment__summed", ".sum(dim=1).mean()", ".sum()",
    "the pairs are summed instead of averaged.", read="What of task 6.1")
edit("geometry", "alignment__unequal", "    count_pairs((image, text))\n", "",
    "unequal numbers of images and texts, and none at all, are not refused.", read="Given of task 6.1")
edit("geometry", "uniformity__self_pairs", "torch.pdist(unit(x))", "torch.cdist(unit(x), unit(x))",
    "rows are paired with themselves too: their distance is 0, so the mean is too large.",
    read="Convention of task 6.1")
edit("geometry", "uniformity__not_squared", "distance.square()", "distance",
    "the distance is not squared.", read="What of task 6.1")
edit("geometry", "uniformity__mean_of_logs", ".exp().mean().log()", ".mean()",
    "the mean of the logarithms is taken instead of the logarithm of the mean.", read="What of task 6.1")
edit("geometry", "uniformity__sum", ".mean().log()", ".sum().log()",
    "the sum over the pairs is taken instead of their mean.", read="What of task 6.1")
edit("geometry", "uniformity__one", "-2 * ", "-",
    "the factor 2 in the exponent is missing (t = 1).", read="What of task 6.1")
edit("geometry", "uniformity__not_unit", "torch.pdist(unit(x))", "torch.pdist(x)",
    "the rows are not brought to unit length.", read="Convention of task 6.1")
edit("geometry", "modality_gap__not_unit", "(unit(image).mean(dim=0) - unit(text).mean(dim=0))",
    "(image.mean(dim=0) - text.mean(dim=0))",
    "the rows are not brought to unit length.", read="Convention of task 6.1")
edit("geometry", "modality_gap__unit_means", "(unit(image).mean(dim=0) - unit(text).mean(dim=0))",
    "(unit(unit(image).mean(dim=0)) - unit(unit(text).mean(dim=0)))",
    "the means are brought to unit length again: that is the angle between the clouds, not their distance.",
    read="Convention of task 6.1")
edit("geometry", "modality_gap__squared", ".norm()", ".square().sum()",
    "the squared distance of the means is returned.", read="What of task 6.1")
edit("geometry", "modality_gap__empty", "if len(image) == 0 or len(text) == 0:", "if len(image) == 0:",
    "no text at all is not refused.", read="Given of task 6.1")


# -------------------- 7.1 clip_gradient
edit("clip_gradient", "clip_gradient__past_the_model",
    "x0hat = (x - (1 - a).sqrt() * eps) / a.sqrt()", "x0hat = (x - (1 - a).sqrt() * eps.detach()) / a.sqrt()",
    "the model's noise is detached: the gradient does not go through the model, and is 1 / sqrt(alpha_bar) "
    "times that of the image.", read="Convention of task 7.1")
edit("clip_gradient", "clip_gradient__noisy_image", "image_encoder(x0hat.to(x_t.dtype))", "image_encoder(x)",
    "the encoder sees x_t instead of the denoised image: it was trained on clean pictures.",  # diffusers #596
    read="Why of task 7.1")
edit("clip_gradient", "clip_gradient__mean", "torch.autograd.grad(cosines, x)",
    "torch.autograd.grad(cosines / len(x), x)",
    "the cosines are averaged over the batch: every gradient is divided by the batch size.",
    read="Convention of task 7.1")
edit("clip_gradient", "clip_gradient__inner_product", "(unit(embedding) * unit(text))", "(embedding * text)",
    "inner products are differentiated instead of cosines: a longer embedding then pleases too.",
    read="What of task 7.1")
edit("clip_gradient", "clip_gradient__text_as_it_is", "unit(text)", "text",
    "the text's embedding is not brought to unit length.", read="What of task 7.1")
edit("clip_gradient", "clip_gradient__downhill", "return gradient, eps", "return -gradient, eps",
    "the gradient has the wrong sign, as that of a loss has: it leads away from the text.",
    read="What of task 7.1")
edit("clip_gradient", "clip_gradient__of_the_image", "torch.autograd.grad(cosines, x)",
    "torch.autograd.grad(cosines, x0hat)",
    "the gradient is that with respect to x0hat instead of x_t.", read="Convention of task 7.1")
edit("clip_gradient", "clip_gradient__clipped", "image_encoder(x0hat.to(x_t.dtype))",
    "image_encoder(x0hat.to(x_t.dtype).clamp(-1, 1))",
    "x0hat is clipped: a clamp has gradient 0 outside, just where guidance is needed.",
    read="Convention of task 7.1")
edit("clip_gradient", "clip_gradient__backward",
    "(gradient,) = torch.autograd.grad(cosines, x)",
    "cosines.backward()\n"
    "        gradient = x.grad",
    "backward() fills the gradients of model and encoder too, which somebody may be training.",
    read="Convention of task 7.1")
edit("clip_gradient", "clip_gradient__recorded", "with torch.enable_grad():",
    "with torch.set_grad_enabled(torch.is_grad_enabled()):",
    "recording is not switched on: under torch.no_grad there is nothing to differentiate.",
    read="Convention of task 7.1")
edit("clip_gradient", "clip_gradient__without_noise_deviation", "(1 - a).sqrt() * eps", "(1 - a) * eps",
    "the noise in x0hat has the factor 1 - alpha_bar instead of its square root.", read="What of task 7.1")
edit("clip_gradient", "clip_gradient__eps_recorded", "eps.detach().to(x_t.dtype)", "eps.to(x_t.dtype)",
    "eps is returned with its graph: a sampler then keeps the graph of every step.",
    read="Convention of task 7.1")


# -------------------- 7.2 clip_guided_sample
edit("clip_guided_sample", "clip_guided_sample__wrong_sign", "eps - scale * noise * gradient",
    "eps + scale * noise * gradient",
    "the gradient is added to the noise: it adds to the score, and the noise points the other way.",
    read="What of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__without_noise", "scale * noise * gradient",
    "scale * gradient",
    "the gradient is not multiplied by sqrt(1 - alpha_bar): guidance then pulls hardest where no noise is "
    "left.", read="What of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__variance", "scale * noise * gradient",
    "scale * noise * noise * gradient",
    "the gradient is multiplied by 1 - alpha_bar instead of its square root.", read="What of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__unguided_image", "x0 = (x - noise * eps) / signal",
    "x0 = (x - noise * (eps + scale * noise * gradient)) / signal",
    "the image is read off the unguided noise, and only the direction is guided.",
    read="What of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__unguided_direction",
    "x = before[t].sqrt() * x0 + (1 - before[t]).sqrt() * eps",
    "x = before[t].sqrt() * x0 + (1 - before[t]).sqrt() * (eps if clip else eps + scale * noise * gradient)",
    "the step goes down with the unguided noise, and only the image is guided.", read="What of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__eps_not_renewed",
    "            eps = (x - signal * x0) / noise\n", "",
    "the image is clipped and the noise is not found again: the two then do not add up to x_t.",
    read="Convention of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__always_clipped", "if clip:", "if True:",
    "every image is clipped, whatever `clip` says: the default is not to.", read="Given of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__never_clipped", "if clip:", "if False:",
    "`clip` is ignored.", read="Given of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__scale_times_steps", "x = x_T.detach()",
    "x, scale = x_T.detach(), scale * len(alpha_bar)",
    "the scale is multiplied by the number of steps.", read="What of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__step_zero_left_out", "reversed(range(len(alpha_bar)))",
    "range(len(alpha_bar) - 1, 0, -1)",
    "step 0 is left out: the result still holds the noise of that step.", read="Convention of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__in_training_mode", "one.eval()", "one.train()",
    "the chain runs in training mode: dropout disturbs each step.", read="Convention of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__left_in_evaluation_mode", "one.train(mode)", "one.eval()",
    "model and encoder are left in evaluation mode: who trains them goes on without dropout.",
    read="Convention of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__put_into_training_mode", "one.train(mode)", "one.train()",
    "model and encoder are put into training mode afterwards, whatever they were in before.",
    read="Convention of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__graph_kept", "x = x_T.detach()", "x = x_T",
    "x_T is not detached: if it requires a gradient, the graph of every step is kept.",
    read="Convention of task 7.2")
edit("clip_guided_sample", "clip_guided_sample__two_calls",
    "signal, noise = alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()",
    "signal, noise = alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()\n"
    "        eps = model(x, steps).detach()",
    "the model is called twice a step: clip_gradient has its answer already.", read="Convention of task 7.2")
