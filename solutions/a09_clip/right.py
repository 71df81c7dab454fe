"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


@right("cosine_similarity", "every row by a power of two first, in float64")
def unit__power_of_two(x):
    import scipy.stats  # noqa: F401 (idle, as in a file with other experiments)

    work = x.double()
    exponent = work.detach().abs().max(dim=-1, keepdim=True).values.clip(min=1e-300).log2().floor()
    work = torch.mul(work, torch.exp2(-exponent))
    squares = torch.sum(work * work, -1, keepdim=True)
    return (work * squares.clip(min=0.5).rsqrt()).type(x.dtype)


@right("cosine_similarity", "in float64 with F.normalize, whose eps is then far below")
def unit__wide(x):
    return torch.nn.functional.normalize(x.double(), dim=-1, eps=1e-300).type_as(x)


@right("cosine_similarity", "with einsum, both sides by unit")
def cosine_similarity__einsum(a, b):
    def wide(rows):
        return unit(rows.double())

    return torch.einsum("nd,md->nm", wide(a), wide(b)).type_as(a)


@right("logit_scale", "the scale goes into the images before they are compared")
def clip_logits__scaled_images(image, text, log_scale):
    similar = cosine_similarity(image, text)
    return torch.mul(similar, torch.exp(log_scale)).to(similar.dtype)


@right("logit_scale", "by the parameter's data")
def clamp_scale__data(log_scale):
    log_scale.data.clip_(min=0.0, max=4.605170185988092)


@right("logit_scale", "by copying the clamped value back")
def clamp_scale__copy(log_scale):
    import numpy as np

    low, high = np.log([1.0, 100.0])
    value = torch.tensor(np.clip(log_scale.item(), low, high), dtype=torch.float64)
    if not low <= log_scale.item() <= high:
        log_scale.detach().copy_(value)


@right("clip_loss", "by logsumexp of rows and columns, less the diagonal")
def clip_loss__logsumexp(image, text, log_scale):
    if len(image) != len(text) or not len(image):
        raise ValueError("no pairs")
    z = clip_logits(image, text, log_scale)
    both = torch.logsumexp(z, 0) + torch.logsumexp(z, 1)
    return torch.mean(0.5 * both - torch.diag(z))


@right("clip_loss", "with log_softmax and the trace")
def clip_loss__trace(image, text, log_scale):
    size = len(image)
    if size == 0 or size != text.shape[0]:
        raise ValueError(f"{size} and {len(text)}")
    table = clip_logits(text, image, log_scale)
    total = sum(torch.trace(torch.log_softmax(table, dim)) for dim in (0, 1))
    return -total / (2 * size)


@right("siglip_loss", "as binary cross-entropy with logits")
def siglip_loss__bce(image, text, log_scale, bias):
    if len(text) != len(image) or len(text) < 1:
        raise ValueError("no pairs")
    z = clip_logits(image, text, log_scale)
    target = torch.diag_embed(torch.ones(len(z)).to(z))
    loss = F.binary_cross_entropy_with_logits(z + bias, target, reduction="none")
    return loss.sum(dim=1).mean()


@right("siglip_loss", "as softplus of all logits, less the diagonal")
def siglip_loss__softplus(image, text, log_scale, bias):
    rows = count_pairs((image, text))
    z = torch.add(clip_logits(image, text, log_scale), bias)
    return (torch.logaddexp(z, torch.zeros_like(z)).sum() - z.trace()) / rows


@right("siglip_loss", "as the logit of the share of pairs that belong together")
def initial_bias__logit(n):
    if n <= 1:
        raise ValueError("too few")
    share = torch.tensor(1 / n, dtype=torch.float64)
    return float(torch.logit(share))


@right("multi_positive_loss", "as the mean over a group's members, row by row")
def multi_positive_loss__rows(image, text, group, log_scale):
    if not (len(image) == len(text) == len(group) > 0):
        raise ValueError("no pairs")
    z = clip_logits(image, text, log_scale)
    losses = []
    for i, own in enumerate(group.tolist()):
        members = [j for j, other in enumerate(group.tolist()) if other == own]
        losses += [z[i].logsumexp(0) - z[i, members].mean(), z[:, i].logsumexp(0) - z[members, i].mean()]
    return torch.stack(losses).mean()


@right("multi_positive_loss", "with one-hot groups and their counts")
def multi_positive_loss__one_hot(image, text, group, log_scale):
    count_pairs((image, text, group))
    z = clip_logits(image, text, log_scale)
    _, names, counts = group.unique(return_inverse=True, return_counts=True)
    member = F.one_hot(names).to(z.dtype)  # n g
    weights = member @ torch.diag(1 / counts.to(z.dtype)) @ member.T
    rows = torch.einsum("ij,ij->", weights, z.log_softmax(1))
    columns = torch.einsum("ij,ij->", weights, z.log_softmax(0))
    return -(rows + columns) / (2 * len(z))


@right("chunked_clip_loss", "as an autograd.Function that works the similarities out again")
def chunked_clip_loss__function(image, text, log_scale, chunk):
    if not len(image) == len(text) > 0 or chunk <= 0:
        raise ValueError("no pairs, or no chunk")

    class Chunked(torch.autograd.Function):
        @staticmethod
        def forward(ctx, i, t, s):
            row = torch.empty_like(i[:, 0])
            column = torch.full_like(row, -torch.inf)
            for k in range(0, len(i), chunk):
                z = s * i[k : k + chunk].mm(t.t())
                row[k : k + chunk] = torch.logsumexp(z, 1)
                column = torch.logaddexp(column, torch.logsumexp(z, 0))
            ctx.save_for_backward(i, t, s, row, column)
            return torch.mean(row + column) / 2 - s * torch.mean(torch.sum(i * t, 1))

        @staticmethod
        def backward(ctx, grad):
            i, t, s, row, column = ctx.saved_tensors
            of_i, of_t, of_s = torch.empty_like(i), torch.zeros_like(t), torch.zeros_like(s)
            for k in range(0, len(i), chunk):
                part = i[k : k + chunk]
                c = part.mm(t.t())
                g = ((s * c - row[k : k + chunk, None]).exp() + (s * c - column).exp()) / (2 * len(i))
                g.diagonal(k).sub_(1 / len(i))
                of_i[k : k + chunk] = s * g.mm(t)
                of_t += s * g.t().mm(part)
                of_s += (g * c).sum()
            return grad * of_i, grad * of_t, grad * of_s

    return Chunked.apply(unit(image), unit(text), torch.exp(log_scale))


@right("chunked_clip_loss", "in two sweeps, of rows and of columns, each with checkpoints")
def chunked_clip_loss__two_sweeps(image, text, log_scale, chunk):
    pairs = len(image)
    if pairs != len(text) or pairs == 0 or chunk < 1:
        raise ValueError("odd")
    u, v = unit(image) * torch.exp(log_scale), unit(text)

    def partial(these, all_of_them):
        return torch.logsumexp(torch.einsum("cd,nd->cn", these, all_of_them), -1).sum()

    sums = [checkpoint(partial, part, v, use_reentrant=False) for part in torch.split(u, chunk)]
    sums += [checkpoint(partial, part, u, use_reentrant=False) for part in torch.split(v, chunk)]
    return (torch.stack(sums).sum() / 2 - torch.einsum("nd,nd->", u, v)) / pairs


@right("cached_step", "with surrogate losses, and fork_rng around the second pass")
def cached_step__surrogate(image_encoder, text_encoder, images, texts, log_scale, chunk):
    if chunk <= 0 or len(images) != len(texts):
        raise ValueError("odd")
    work = [(image_encoder, part) for part in torch.split(images, chunk)]
    first_text = len(work)
    work += [(text_encoder, part) for part in torch.split(texts, chunk)]
    seen = []
    for encoder, part in work:
        state = torch.random.get_rng_state()
        with torch.set_grad_enabled(False):
            seen.append((encoder, part, state, encoder(part)))
    leaves = [one[3].detach().clone().requires_grad_(True) for one in seen]
    value = clip_loss(torch.cat(leaves[:first_text]), torch.cat(leaves[first_text:]), log_scale)
    *gradients, of_scale = torch.autograd.grad(value, [*leaves, log_scale])
    log_scale.grad = of_scale if log_scale.grad is None else log_scale.grad + of_scale
    with torch.random.fork_rng(devices=[]):
        for (encoder, part, state, _), gradient in zip(seen, gradients, strict=True):
            torch.random.set_rng_state(state)
            torch.sum(encoder(part) * gradient).backward()
    return float(value)


@right("pooling", "by flipping the mask and looking for the first True")
def pool_last__flipped(h, mask):
    if bool((~mask).all(1).any()):
        raise ValueError("empty")
    back = mask.flip(1).to(torch.uint8).argmax(1)
    index = (mask.size(1) - 1 - back).view(-1, 1, 1).expand(-1, 1, h.size(2))
    return torch.gather(h, 1, index).squeeze(1)


@right("pooling", "row by row, by indexing with the mask")
def pool_last__rows(h, mask):
    found = [row[marks] for row, marks in zip(h, mask, strict=True)]
    if min(len(row) for row in found) == 0:
        raise ValueError("empty")
    return torch.stack([row[-1] for row in found])


@right("pooling", "with einsum and where")
def pool_mean__einsum(h, mask):
    counts = torch.count_nonzero(mask, dim=1)
    if int(counts.min()) == 0:
        raise ValueError("empty")
    shares = mask.to(h.dtype) / counts.to(h.dtype).unsqueeze(1)
    return torch.einsum("bld,bl->bd", torch.where(mask.unsqueeze(-1), h, torch.zeros_like(h)), shares)


@right("pooling", "with the weights themselves", replaces="TwoTowers.forward")
def forward__functional(self, images, tokens):
    pictures = self.image_tower(images) @ self.image_projection.weight.T
    hidden, places = self.text_tower(tokens), tokens.ne(0)
    words = pool_last(hidden @ self.text_projection.weight.T, places)  # a linear map and a choice commute
    return tuple(map(unit, (pictures, words)))


@right("zero_shot", "class by class, from the prompts that are there")
def class_embeddings__by_class(text, mask=None):
    import numpy as np
    import torch

    there = np.ones(text.shape[:2], bool) if mask is None else mask.cpu().numpy()
    rows = []
    for prompts, marks in zip(text, there, strict=True):
        if not marks.any():
            raise ValueError("nothing to say")
        kept = torch.stack([one for one, mark in zip(prompts, marks.tolist(), strict=True) if mark])
        rows.append(torch.mean(unit(kept), 0))
    return unit(torch.stack(rows))


@right("zero_shot", "as exp of the log-softmax, by logsumexp")
def zero_shot__logsumexp(image, classes, log_scale):
    import torch

    z = clip_logits(classes, image, log_scale).T
    return torch.exp(z - torch.logsumexp(z, -1, keepdim=True))


@right("ranks", "row by row, with torch")
def ranks__rows(similarity, relevant):
    if not torch.equal(similarity, similarity) or int(relevant.sum(1).min()) == 0:
        raise ValueError("odd")
    places, kept = [], relevant.logical_not()
    for values, others, marks in zip(similarity, kept, relevant, strict=True):
        level = torch.where(marks, values, -torch.inf).max()
        places.append(torch.logical_and(values.ge(level), others).sum())
    return torch.stack(places).add_(1)


@right("ranks", "with two masked copies")
def ranks__masked_copies(similarity, relevant):
    top = torch.where(relevant, similarity, float("-inf")).max(1, keepdim=True).values
    if bool(top.isnan().any() or torch.isnan(similarity.sum())) and bool(similarity.isnan().any()):
        raise ValueError("NaN")
    if not bool(torch.all(torch.any(relevant, 1))):
        raise ValueError("nothing relevant")
    levels = torch.ge(similarity, top).logical_and(relevant.logical_not())
    return levels.to(torch.int64).sum(1).add(1)


@right("ranks", "in plain Python")
def recall_at__python(ranks, k):
    values = ranks.tolist()
    if not values:
        raise ValueError("none")
    return sum(1 for value in values if value < k + 1) / len(values)


@right("ranks", "with numpy")
def median_rank__numpy(ranks):
    import numpy as np

    if ranks.numel() < 1:
        raise ValueError("none")
    return float(np.median(ranks.cpu().numpy()))


@right("geometry", "from the cosines of the pairs")
def alignment__cosines(image, text):
    if image.shape[0] != text.shape[0] or image.shape[0] < 1:
        raise ValueError("odd")
    return 2 - 2 * torch.mean(torch.einsum("nd,nd->n", unit(image), unit(text)))


@right("geometry", "from the cosines of all rows, by logsumexp")
def uniformity__logsumexp(x):
    rows = x.shape[0]
    if rows <= 1:
        raise ValueError("too few")
    first, second = torch.triu_indices(rows, rows, 1)
    u = unit(x)
    exponents = 4 * torch.sum(u[first] * u[second], -1) - 4
    return torch.logsumexp(exponents, 0) - torch.log(torch.tensor(len(first), dtype=exponents.dtype))


@right("geometry", "by sums and their lengths")
def modality_gap__sums(image, text):
    if min(image.shape[0], text.shape[0]) < 1:
        raise ValueError("none")
    centres = [unit(side).sum(0) / side.shape[0] for side in (image, text)]
    return torch.linalg.vector_norm(torch.sub(*centres))


@right("clip_gradient", "with torch.func, under no_grad")
def clip_gradient__functional(model, image_encoder, text, x_t, t, alpha_bar):
    signal, noise = (
        per_image(one, x_t).to(x_t.dtype) for one in (alpha_bar[t] ** 0.5, (1 - alpha_bar[t]) ** 0.5)
    )

    def agreement(x):
        eps = model(x, t)
        clean = ((x - noise * eps) / signal).type_as(x)
        return torch.cosine_similarity(image_encoder(clean), text, dim=1).sum(), eps

    with torch.no_grad():
        gradient, eps = torch.func.grad(agreement, has_aux=True)(x_t.detach().clone())
    return gradient, eps.type_as(x_t)


@right("clip_gradient", "by the vector-Jacobian product: of the image first, then through the model")
def clip_gradient__two_stages(model, image_encoder, text, x_t, t, alpha_bar):
    ratio = per_image(torch.sqrt(1 / alpha_bar[t]), x_t)
    spread = per_image(torch.sqrt(1 / alpha_bar[t] - 1), x_t)
    leaf = torch.nn.Parameter(x_t.detach().clone())
    with torch.set_grad_enabled(True):
        answer = model(leaf, t)
        image = (ratio * leaf - spread * answer).type_as(x_t)
        clean = image.detach().requires_grad_()
        score = torch.nn.functional.cosine_similarity(image_encoder(clean), text)
        of_image = torch.autograd.grad(score, clean, torch.ones_like(score))[0]
        of_noisy = torch.autograd.grad(image, leaf, of_image)[0]
    return of_noisy, answer.data.type_as(x_t)


@right("clip_guided_sample", "through the score and the posterior mean, in one no_grad block")
def clip_guided_sample__scores(model, image_encoder, text, x_T, alpha_bar, scale, clip=False):
    was = (model.training, image_encoder.training)
    model.train(False), image_encoder.train(False)
    levels = [1.0, *alpha_bar.tolist()]
    x = x_T.clone()
    with torch.no_grad():
        for k in range(len(levels) - 1, 0, -1):
            here, next_ = levels[k], levels[k - 1]
            pull, eps = clip_gradient(
                model, image_encoder, text, x, x.new_full(x.shape[:1], k - 1).long(), alpha_bar
            )
            score = -eps / (1 - here) ** 0.5 + scale * pull
            image = (x + (1 - here) * score) / here**0.5
            image = image.clip(-1, 1) if clip else image
            left = ((1 - next_) / (1 - here)) ** 0.5
            x = left * x + (next_**0.5 - left * here**0.5) * image
    model.train(was[0]), image_encoder.train(was[1])
    return x
