"""Right answers written another way than the reference: every check must accept them.

Read, not run. Some are the ways of well-known libraries, and one imports more than it needs.
"""

from autograder.sources.variants import right


# -------------------- 1.1 clip_context
@right("clip_context", "with torch.triu, as libraries make the mask, and the layers counted from the end")
def clip_context__counted(layers, norm, x, skip=0):
    import scipy.stats  # noqa: F401 (idle, as in a file with other experiments)

    last = len(layers) - skip
    if skip < 0 or last < 1:
        raise ValueError(skip)
    forbidden = torch.triu(x.new_ones(x.size(1), x.size(1)), diagonal=1).bool()
    for number, layer in enumerate(layers, 1):
        x = layer(x, torch.logical_not(forbidden))
        if number == last:
            break
    return norm(x)


# -------------------- 1.2 plms
@right("plms", "with a table of fractions")
def plms_noise__fractions(eps, old):
    if len(old) == 0:
        return eps.clone()
    if len(old) == 1:
        return 1.5 * eps - 0.5 * old[0]
    if len(old) == 2:
        return 23 / 12 * eps - 4 / 3 * old[0] + 5 / 12 * old[1]
    return (55 * eps - 59 * old[0] + 37 * old[1] - 9 * old[2]) / 24


@right("plms", "with the mean of both steps from z, in a no_grad function")
@torch.no_grad()
def plms__mean_of_steps(model, z, ladder):
    history = []
    for k in range(len(ladder)):
        answer = model(z, ladder.t[k])
        if history or len(ladder) == 1:
            after = ladder.step(z, plms_noise(answer, history), k)
        else:
            first = ladder.step(z, answer, k)
            after = torch.lerp(first, ladder.step(z, model(first, ladder.t[k + 1]), k), 0.5)
        history.insert(0, answer)
        del history[3:]
        z = after
    return z


# -------------------- 1.3 tiled_decode
@right("tiled_decode", "in a loop that stops at the end")
def tile_starts__loop(n, tile, overlap):
    if overlap < 0 or overlap >= tile:
        raise ValueError("no such tiles")
    found, start = [], 0
    while start + tile < n:
        found.append(start)
        start += tile - overlap
    return [*found, n - tile if n > tile else 0]


@right("tiled_decode", "from the distances of pixels to both ends")
def tile_weights__distances(start, n, tile, overlap, factor):
    import numpy as np

    size, k = min(tile, n) * factor, overlap * factor
    near = np.arange(1.0, size + 1)
    left = np.minimum(near / (k + 1), 1) if start else np.ones(size)
    right = np.minimum(near[::-1] / (k + 1), 1) if start + tile < n else np.ones(size)
    return torch.tensor(left * right)


@right("tiled_decode", "with all tiles padded onto the canvas, columns first")
def tiled_decode__padded(decode, z, tile, overlap, factor):
    (h, w), total, weights = z.shape[-2:], 0, 0
    with torch.no_grad():
        for left in tile_starts(w, tile, overlap):
            for top in tile_starts(h, tile, overlap):
                weight = torch.outer(
                    tile_weights(top, h, tile, overlap, factor), tile_weights(left, w, tile, overlap, factor)
                ).to(z.device)
                image = decode(z[..., top : top + tile, left : left + tile]) * weight
                y, x = top * factor, left * factor
                around = (x, w * factor - x - weight.shape[1], y, h * factor - y - weight.shape[0])
                total = total + nn.functional.pad(image, around)
                weights = weights + nn.functional.pad(weight, around)
    return torch.div(total, weights).type_as(z)


# -------------------- 2.1 gumbel_softmax
@right("gumbel_softmax", "as a race of exponential clocks, and the hard draw by one_hot")
def gumbel_softmax__race(logits, uniforms, tau, hard=False):
    if not tau > 0:
        raise ValueError(tau)
    info = torch.finfo(uniforms.dtype)
    u = torch.clip(uniforms, min=info.tiny, max=1 - info.eps)
    clock = torch.log(-torch.log(u))
    soft = torch.softmax((logits - clock) / tau, 1)
    if hard:
        sharp = torch.nn.functional.one_hot(soft.argmax(1), soft.shape[1]).movedim(-1, 1)
        return soft + (sharp.type_as(soft) - soft).detach()
    return soft


# -------------------- 2.2 logit_laplace
@right("logit_laplace", "through [0, 1], as the authors' code has it")
def to_open__pixels(x):
    pixels = torch.div(x + 1, 2)
    return (1 - 2 * 0.1) * pixels + 0.1


@right("logit_laplace", "through [0, 1], clipped there")
def from_open__pixels(y):
    pixels = torch.clamp((y - 0.1) / (1 - 2 * 0.1), 0, 1)
    return 2 * pixels - 1


@right("logit_laplace", "with torch.distributions")
def logit_laplace_nll__distributions(x, mu, log_b):
    y = to_open(x)
    law = torch.distributions.Laplace(mu, torch.exp(log_b), validate_args=False)
    jacobian = -torch.log(y) - torch.log1p(-y)
    cost = -(law.log_prob(torch.special.logit(y)) + jacobian)
    return cost.reshape(len(x), -1).sum(-1)


# -------------------- 2.3 dvae_loss
@right("dvae_loss", "with torch.distributions")
def kl_to_uniform__distributions(logits):
    entropy = torch.distributions.Categorical(logits=logits.movedim(1, -1), validate_args=False).entropy()
    return (math.log(logits.size(1)) - entropy).sum(dim=(1, 2))


@right("dvae_loss", "with F.kl_div and a uniform law of full size")
def kl_to_uniform__kl_div(logits):
    log_q = torch.log_softmax(logits, 1)
    uniform = torch.full_like(log_q, -math.log(logits.shape[1]))
    return torch.nn.functional.kl_div(uniform, log_q, reduction="none", log_target=True).sum((1, 2, 3))


@right("dvae_loss", "as two means")
def dvae_loss__two_means(nll, kl, beta):
    return torch.mean(nll) + beta * torch.mean(kl)


@right("dvae_loss", "by the square of half the angle")
def cosine_anneal__half_angle(step, start, end, steps):
    if step >= steps:
        return end
    share = math.cos(0.5 * math.pi * step / steps) ** 2
    return share * start + (1 - share) * end


# -------------------- 3.1 stream
@right("stream", "with positions added to the paddings")
def join__positions(text, codes, vocab):
    length = text.size(-1)
    right_words = torch.logical_and(text >= 0, text < vocab.text).all()
    right_codes = torch.logical_and(codes >= 0, codes < vocab.image).all()
    if length != vocab.length or not right_words or not right_codes:
        raise ValueError("not in the vocabulary")
    places = torch.arange(length, device=text.device).expand_as(text)
    words = text + (text == 0) * (vocab.text + places)
    return torch.hstack([words, codes.add(vocab.text + vocab.length)])


@right("stream", "row by row, into a copy")
def split_logits__rows(logits, past, vocab):
    left = torch.full_like(logits, float("-inf"))
    first = vocab.text + vocab.length
    for row in range(logits.size(1)):
        ids = slice(None, first) if past + row < vocab.length else slice(first, None)
        left[:, row, ids] = logits[:, row, ids]
    return left


@right("stream", "half by half, each with its own ids")
def stream_loss__halves(logits, stream, vocab):
    first, L = vocab.text + vocab.length, vocab.length
    words = F.cross_entropy(logits[:, :L, :first].flatten(0, 1), stream[:, :L].flatten())
    image = F.cross_entropy(logits[:, L:, first:].flatten(0, 1), stream[:, L:].flatten() - first)
    return 0.125 * words + 0.875 * image


# -------------------- 3.2 sparse_masks
@right("sparse_masks", "from blocks, with numpy and kron")
def sparse_mask__blocks(kind, L, d, k=11):
    import numpy as np

    n = d * d
    if kind == "row":
        image = np.tri(n, n) - np.tri(n, n, -d - 1)
    elif kind == "column":
        image = np.kron(np.ones((d, d)), np.eye(d))
    elif kind == "conv":
        half = (k - 1) // 2
        band = np.tri(d, d, half) * np.tri(d, d, half).T
        image = np.kron(band, band)
    else:
        raise ValueError(kind)
    whole = np.block([[np.ones((L, L)), np.zeros((L, n))], [np.ones((n, L)), image]])
    return torch.from_numpy(np.tril(whole) > 0)


@right("sparse_masks", "by slices")
def layer_kinds__slices(layers):
    kinds = ["row"] * layers
    kinds[1::4] = ["column"] * len(kinds[1::4])
    kinds[-1] = "conv"
    return kinds


# -------------------- 3.3 generate
@right("generate", "with explicit scores", replaces="CachedAttention.forward")
def forward__explicit(self, x, cache=None, mask=None):
    b, m, d = x.shape
    q, k, v = self.qkv(x).view(b, m, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
    past = 0
    if cache:
        past = cache[0].size(-2)
        k, v = (torch.cat(pair, -2) for pair in zip(cache, (k, v), strict=True))
    scores = torch.einsum("bhmc,bhnc->bhmn", q, k) / (d / self.heads) ** 0.5
    seen = torch.arange(past + m, device=x.device) <= torch.arange(past, past + m, device=x.device)[:, None]
    if mask is not None:
        seen = mask[past : past + m, : past + m]
    scores = scores.masked_fill(~seen, float("-inf"))
    out = torch.einsum("bhmn,bhnc->bmhc", scores.softmax(-1), v)
    return self.proj(out.reshape(b, m, d)), (k, v)


@right("generate", "with searchsorted, in a no_grad function")
@torch.no_grad()
def generate__searchsorted(model, prefix, uniforms, vocab):
    new, cache, feed, ids = uniforms.shape[1], None, prefix, []
    for step in range(new):
        logits, cache = model(feed, cache)
        here = split_logits(logits, prefix.shape[1] - feed.shape[1] + step, vocab)[:, -1].double()
        p = torch.softmax(here, -1)
        sums = torch.cumsum(p, -1)
        token = torch.searchsorted(sums, uniforms[:, step, None].contiguous(), right=True)[:, 0]
        possible = [row.nonzero().max() for row in p]
        feed = torch.minimum(token, torch.stack(possible))[:, None]
        ids.append(feed)
    return torch.cat(ids, 1) if ids else prefix[:, :0]


# -------------------- 4.1 prior
@right("prior", "with unsqueeze and repeat")
def prior_tokens__cat(text, z_text, clock, z_t, query):
    rows = [one.unsqueeze(1) for one in (z_text, clock, z_t)]
    return torch.cat([text, *rows, query.repeat(len(text), 1, 1)], 1)


@right("prior", "with F.mse_loss, the embedding scaled by its root mean square")
def prior_loss__mse(net, z_image, cond, noise, t, alpha_bar):
    clean = z_image / z_image.square().mean(1, keepdim=True).sqrt()
    signal = alpha_bar.sqrt()[t].unsqueeze(1).type_as(clean)
    spread = torch.sqrt(1 - alpha_bar)[t].unsqueeze(1).type_as(clean)
    return F.mse_loss(net(torch.addcmul(signal * clean, spread, noise), t, cond), clean)


@right("prior", "through the noise that the answer leaves, in a no_grad function")
@torch.no_grad()
def sample_prior__through_noise(net, cond, noises, betas):
    levels = torch.cumprod(1 - betas, 0).tolist()
    z = noises[0].clone()
    for t in range(len(betas) - 1, -1, -1):
        a, beta = levels[t], betas[t].item()
        clean = net(z, torch.tensor([t] * len(z), device=cond.device), cond)
        eps = (z - a**0.5 * clean) / (1 - a) ** 0.5
        z = (z - beta / (1 - a) ** 0.5 * eps) / (1 - beta) ** 0.5
        if t:
            z = z + ((1 - levels[t - 1]) / (1 - a) * beta) ** 0.5 * noises[len(betas) - t]
    return z / z.shape[1] ** 0.5


@right("prior", "with einsum and gather")
def choose__gather(candidates, z_text):
    best = torch.einsum("bkd,bd->bk", candidates, z_text).argmax(-1)
    index = best.view(-1, 1, 1).expand(-1, 1, candidates.shape[-1])
    return candidates.gather(1, index).squeeze(1)


# -------------------- 4.2 embedding_edits
@right("embedding_edits", "in the plane of both, by Gram and Schmidt")
def slerp__plane(a, b, t):
    import numpy as np

    u = (a.double() / torch.linalg.norm(a.double(), dim=1, keepdim=True)).cpu().numpy()
    v = (b.double() / torch.linalg.norm(b.double(), dim=1, keepdim=True)).cpu().numpy()
    angle = 2 * np.arcsin(np.clip(np.linalg.norm(u - v, axis=1) / 2, 0, 1))
    angle = np.where(angle > 2, np.pi - 2 * np.arcsin(np.linalg.norm(u + v, axis=1).clip(0, 2) / 2), angle)
    if (angle > np.pi - 1e-4).any():
        raise ValueError("opposite")
    share = np.broadcast_to(np.asarray(t.cpu() if isinstance(t, Tensor) else t, dtype=float), angle.shape)
    across = v - (u * v).sum(1, keepdims=True) * u
    length = np.linalg.norm(across, axis=1, keepdims=True)
    across = np.divide(across, length, out=np.zeros_like(across), where=length > 0)
    turned = share * angle
    return torch.from_numpy(np.cos(turned)[:, None] * u + np.sin(turned)[:, None] * across).to(a)


@right("embedding_edits", "with the difference brought to length 1 first")
def text_diff__unit(z_image, z_new, z_old, theta):
    lengths = torch.linalg.vector_norm(z_new - z_old, dim=1, keepdim=True)
    if bool((lengths == 0).any()):
        raise ValueError("equal texts")
    return slerp(F.normalize(z_image, dim=1), (z_new - z_old) / lengths, theta)


@right("embedding_edits", "by multiplying with what is kept", replaces="DecoderCondition.forward")
def forward__kept(self, z_image, clock, text, drop=None):
    kept = z_image.new_ones(len(z_image), 1) if drop is None else (~drop)[:, None].to(z_image.dtype)
    z = kept * z_image
    rows = self.to_tokens(z).reshape(len(z), 4, text.shape[-1])
    return torch.add(self.to_time(z), clock), torch.cat((text, rows), -2)


# -------------------- 5.1 adaptive_conv
@right("adaptive_conv", "as a product of matrices")
def select_kernel__matrix(bank, logits):
    shares = torch.softmax(logits, -1)
    return (shares @ bank.reshape(len(bank), -1)).reshape(-1, *bank.shape[1:])


@right("adaptive_conv", "sample by sample, styling the image and scaling its maps")
def adaptive_conv__samples(x, bank, logits, style, demodulate=True, eps=1e-8):
    images = []
    for image, kernel, factors in zip(x, select_kernel(bank, logits), style, strict=True):
        maps = F.conv2d((image * factors[:, None, None])[None], kernel, padding="same")
        if demodulate:
            squares = torch.einsum("oikl,i->o", kernel**2, factors**2)
            maps = maps / torch.sqrt(squares + eps)[None, :, None, None]
        images.append(maps)
    return torch.cat(images)


@right("adaptive_conv", "with the bank weighted for each sample")
def select_kernel__broadcast(bank, logits):
    shares = torch.softmax(logits, 1)[:, :, None, None, None, None]
    return torch.mul(shares, bank[None]).sum(1)


# -------------------- 5.2 l2_attention
@right("l2_attention", "with cdist, and the keys' mean taken away first")
def l2_attention__cdist(q, k, v):
    middle = k.mean(dim=-2, keepdim=True)
    far = torch.cdist(q - middle, k - middle, compute_mode="donot_use_mm_for_euclid_dist") ** 2
    return torch.softmax(-far / q.shape[-1] ** 0.5, -1) @ v


@right("l2_attention", "with the square written out")
def l2_attention__expanded(q, k, v):
    squares = (
        (q**2).sum(-1, keepdim=True) + (k**2).sum(-1).unsqueeze(-2) - 2 * torch.matmul(q, k.transpose(-1, -2))
    )
    return torch.matmul(torch.softmax(squares.neg() / q.size(-1) ** 0.5, dim=-1), v)


# -------------------- 5.3 gigagan_loss
@right("gigagan_loss", "with F.interpolate")
def pyramid__interpolate(x, levels):
    found = [x]
    while len(found) < levels:
        if any(side % 2 for side in found[-1].shape[-2:]):
            raise ValueError("odd")
        found += [F.interpolate(found[-1], scale_factor=0.5, mode="area")]
    return found


@right("gigagan_loss", "by indices")
def wrong_texts__indices(text, shift=1):
    samples = len(text)
    index = [(i - shift) % samples for i in range(samples)]
    if index == list(range(samples)):
        raise ValueError("their own texts")
    return text[index]


@right("gigagan_loss", "as binary cross-entropy, level by level")
def multiscale_losses__bce(real, fake, mismatched):
    if len({len(real), len(fake), len(mismatched), 0}) != 2:
        raise ValueError("levels")
    bce = F.binary_cross_entropy_with_logits
    of_adversary, of_generator = 0, 0
    for r, f, m in zip(real, fake, mismatched, strict=True):
        of_adversary = of_adversary + bce(r, torch.ones_like(r))
        of_adversary = of_adversary + bce(f, torch.zeros_like(f)) + bce(m, torch.zeros_like(m))
        of_generator = of_generator - F.logsigmoid(f).mean()
    return of_adversary / len(real), of_generator / len(real)
