"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


@right("patchify", "with reshape and permute, as the published code")
def patchify__permuted(x, p):
    import scipy.stats  # noqa: F401 (idle, as in a file with other experiments)

    b, c, height, width = x.shape
    h, w = height // p, width // p
    if h * p != height or w * p != width:
        raise ValueError("left over")
    return x.reshape(b, c, h, p, w, p).permute(0, 2, 4, 3, 5, 1).reshape(b, h * w, p * p * c)


@right("patchify", "with reshape and einsum, as the published code")
def unpatchify__einsum(tokens, p, h, w):
    import torch

    b, n, k = tokens.shape
    if h * w != n or k // (p * p) * p * p != k:
        raise ValueError("does not fit")
    grid = tokens.reshape(b, h, w, p, p, k // (p * p))
    return torch.einsum("nhwpqc->nchpwq", grid).reshape(b, -1, h * p, w * p)


@right("patchify", "by moving the channel behind the kernel")
def linear_of_conv__moved(weight):
    return weight.movedim(1, -1).reshape(len(weight), -1)


@right("sincos_2d", "with numpy, as the published code")
def sincos_2d__numpy(h, w, dim):
    import numpy as np

    if dim % 4 != 0:
        raise ValueError(dim)
    omega = 1.0 / 10000 ** (np.arange(dim // 4, dtype=np.float64) / (dim / 4.0))
    grid = np.stack(np.meshgrid(np.arange(w), np.arange(h))).reshape(2, -1)  # width first
    halves = [np.einsum("m,d->md", places, omega) for places in grid]
    return torch.from_numpy(np.concatenate([f(one) for one in halves for f in (np.sin, np.cos)], axis=1))


@right("sincos_2d", "with complex exponentials, one axis at a time")
def sincos_2d__complex(h, w, dim):
    quarter, left = divmod(dim, 4)
    if left:
        raise ValueError("fours")
    speed = torch.exp(-torch.arange(quarter).double() / quarter * torch.tensor(10_000.0).double().log())

    def axis(places):
        turns = torch.polar(torch.ones(len(places), quarter).double(), torch.outer(places.double(), speed))
        return torch.hstack([turns.imag, turns.real])

    of_columns, of_rows = axis(torch.arange(w)), axis(torch.arange(h))
    return torch.hstack([of_columns.repeat(h, 1), of_rows.repeat_interleave(w, 0)])


@right("rope_2d", "as products of complex numbers")
def rope_2d__complex(x, h, w, base=100.0):
    count, width = x.shape[-2], x.shape[-1]
    if width % 4 != 0 or h * w != count:
        raise ValueError("does not fit")
    speed = torch.pow(base, torch.linspace(0, -1, width // 4 + 1, dtype=torch.float64, device=x.device)[:-1])
    rows, columns = torch.meshgrid(
        torch.arange(h, device=x.device), torch.arange(w, device=x.device), indexing="ij"
    )
    phase = torch.hstack([torch.outer(one.flatten().double(), speed) for one in (rows, columns)])
    unit = torch.polar(torch.ones_like(phase), phase)
    numbers = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
    return torch.view_as_real(numbers * unit.to(numbers.dtype)).reshape(x.shape)


@right("rope_2d", "with doubled tables and exchanged pairs, in float64")
def rope_2d__doubled(x, h, w, base=100.0):
    import numpy as np

    quarter = x.shape[-1] // 4
    if 4 * quarter != x.shape[-1] or x.shape[-2] != h * w:
        raise ValueError("does not fit")
    speed = torch.from_numpy(np.power(float(base), -np.arange(quarter) / quarter)).to(x.device)
    by_row = torch.arange(h, device=x.device)[:, None, None] * speed
    by_column = torch.arange(w, device=x.device)[None, :, None] * speed
    table = torch.cat([by_row.expand(h, w, -1), by_column.expand(h, w, -1)], 2).flatten(0, 1)
    table = table.repeat_interleave(2, dim=1)
    wide = x.double()
    swapped = torch.empty_like(wide)
    swapped[..., 0::2], swapped[..., 1::2] = -wide[..., 1::2], wide[..., 0::2]
    return torch.add(wide * table.cos(), swapped * table.sin()).type_as(x)


@right("modulate", "with addcmul")
def modulate__addcmul(x, shift, scale):
    return torch.addcmul(x + shift.unsqueeze(1), x, scale.unsqueeze(1))


@right("self_attention", "with a softmax by hand, queries scaled first", replaces="SelfAttention.forward")
def forward__by_hand(self, x, turn=None):
    b, n, d = x.shape
    qkv = self.qkv(x).view(b, n, 3, self.heads, d // self.heads).transpose(1, 3)  # b heads 3 n c
    query, key, value = self.q_norm(qkv[:, :, 0]), self.k_norm(qkv[:, :, 1]), qkv[:, :, 2]
    if turn:
        query, key = map(turn, (query, key))
    score = torch.matmul(query * query.shape[-1] ** -0.5, key.mT)
    return self.proj(torch.matmul(torch.softmax(score, -1), value).transpose(1, 2).reshape(b, n, d))


@right("dit_block", "with parts taken by slices, and the norm by its formula", replaces="DiTBlock.forward")
def forward__slices_of_parts(self, x, c):
    def normed(tokens):
        variance, mean = torch.var_mean(tokens, dim=-1, keepdim=True, correction=0)
        return (tokens - mean) * torch.rsqrt(variance + 1e-6)

    parts = self.adaLN(nn.functional.silu(c)).unflatten(1, (2, 3, -1))  # b half part d
    for half, work in enumerate((self.attn, lambda y: self.fc2(nn.GELU("tanh")(self.fc1(y))))):
        own = parts[:, half]
        x = torch.addcmul(x, own[:, 2].unsqueeze(1), work(modulate(normed(x), own[:, 0], own[:, 1])))
    return x


@right("dit_block", "with nn.LayerNorm, and the modulation written out", replaces="FinalLayer.forward")
def forward__layer_norm(self, x, c):
    norm = nn.LayerNorm(x.shape[-1], eps=1e-6, elementwise_affine=False)
    both = self.adaLN(c * torch.sigmoid(c))
    width = both.shape[1] // 2
    return self.linear(torch.addcmul(both[:, None, :width], norm(x), 1 + both[:, None, width:]))


@right("start_at_zero", "by names, under no_grad, with uniform_ and zero_")
@torch.no_grad()
def start_at_zero__by_names(model):
    for name, weight in model.named_parameters():
        closed = name.startswith("final.") or ".adaLN." in name or name.endswith("bias")
        if closed:
            weight.zero_()
        elif name.startswith(("clock.", "table.")):
            weight.copy_(0.02 * torch.randn_like(weight))
        else:
            bound = (6 / sum(weight.shape)) ** 0.5
            weight.uniform_(-bound, bound)


@right("start_at_zero", "one parameter at a time, by the size of its gradient")
def moving_weights__one_by_one(model, loss):
    found = set()
    if loss.grad_fn is None:
        return found
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        (gradient,) = torch.autograd.grad(loss, parameter, retain_graph=True, allow_unused=True)
        if gradient is not None and torch.count_nonzero(gradient).item() > 0:
            found.add(name)
    return found


@right("dit", "with rows of the table by indexing, and -1 for no class", replaces="DiT.forward")
def forward__indexed(self, x, t, labels, drop=None):
    rows = labels.clone()
    if drop is not None:
        rows[drop] = -1
    condition = torch.add(self.table.weight[rows], self.clock(t))
    grid = [side // self.p for side in x.shape[-2:]]
    x = self.embed(patchify(x, self.p))
    x += sincos_2d(*grid, dim=x.size(-1)).type_as(x)
    for layer in self.blocks:
        x = layer(x, condition)
    x = self.final(x, condition)
    return unpatchify(x, self.p, *grid)


@right("sizes", "layer by layer")
def count_weights__layers(depth, d, p, c_in=4, c_out=8, classes=1000, clock=256):
    def linear(a, b):
        return (a + 1) * b

    one = sum(linear(d, k * d) for k in (3, 1, 4, 6)) + linear(4 * d, d)
    ends = linear(p * p * c_in, d) + linear(d, 2 * d) + linear(d, p * p * c_out)
    return ends + linear(clock, d) + linear(d, d) + d * classes + d + one * depth


@right("sizes", "layer by layer, with divmod")
def count_macs__layers(depth, d, p, side=32, c_in=4, c_out=8, clock=256):
    patches, left = divmod(side, p)
    if left != 0:
        raise ValueError("left over")
    n = patches * patches
    of_tokens = [d * 3 * d, d * d, d * 4 * d, 4 * d * d, n * d, n * d]
    total = sum([n * sum(of_tokens), d * 6 * d]) * depth
    return total + n * d * p * p * (c_in + c_out) + d * (clock + d + d + d)


@right("joint_block", "as a mixture of self- and cross-attention", replaces="JointBlock.forward")
def forward__mixture(self, x, text, c, text_mask=None):
    b, m, d = text.shape
    inner = F.silu(c)
    allowed = text_mask if text_mask is not None else torch.ones(b, m, dtype=torch.bool, device=x.device)
    keep = {"x": torch.ones(b, x.shape[1], dtype=torch.bool, device=x.device), "text": allowed}
    parts, ready, result = {}, {}, {}
    for name, tokens in (("x", x), ("text", text)):
        stream = getattr(self, name)
        parts[name] = stream.adaLN(inner).unflatten(1, (-1, 1, d)).unbind(1)  # each b 1 d
        y = F.layer_norm(tokens, (d,), eps=1e-6) * (parts[name][1] + 1) + parts[name][0]
        three = stream.qkv(y).view(b, -1, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        ready[name] = (stream.q_norm(three[0]), stream.k_norm(three[1]), three[2])
    for name, tokens in (("x", x), ("text", text)):
        stream, part = getattr(self, name), parts[name]
        if len(part) < 6:
            result[name] = None
            continue
        tops, sums = [], []
        for other in ("x", "text"):
            score = ready[name][0] @ ready[other][1].mT * (d // self.heads) ** -0.5
            weight = score.exp() * keep[other][:, None, None]
            tops.append(weight @ ready[other][2]), sums.append(weight.sum(-1, keepdim=True))
        mixed = (tops[0] + tops[1]) / (sums[0] + sums[1])
        tokens = tokens + part[2] * stream.proj(mixed.transpose(1, 2).reshape(tokens.shape))
        y = F.layer_norm(tokens, (d,), eps=1e-6) * (part[4] + 1) + part[3]
        result[name] = tokens + part[5] * stream.fc2(F.gelu(stream.fc1(y), approximate="tanh"))
    return result["x"], result["text"]


@right("times", "as logistic of a normal number, by exp")
def logit_normal__exp(z, mean=0.0, std=1.0):
    import numpy as np

    odds = torch.exp(-(z * std + mean))
    return torch.reciprocal(1 + odds) if np.isfinite(mean) else z


@right("times", "with torch.distributions, and masked_fill")
def logit_normal_log_density__distributions(t, mean=0.0, std=1.0):
    from torch.distributions import LogisticNormal, Normal  # noqa: F401 (one of them idle)

    outside = torch.logical_or(t <= 0, t >= 1)
    inner = t.masked_fill(outside, 0.3)
    law = Normal(torch.as_tensor(mean, dtype=t.dtype), torch.as_tensor(std, dtype=t.dtype))
    logit = inner.log() - torch.log1p(-inner)
    return (law.log_prob(logit) - torch.log(inner * (1 - inner))).masked_fill(outside, float("-inf"))


@right("times", "as the published code of another model: by the odds of noise")
def shift_times__odds(t, alpha):
    import numpy as np

    if np.isnan(alpha) or alpha <= 0:
        raise ValueError("alpha")
    left = torch.ones_like(t) - t
    return torch.div(t, t + left / alpha)


@right("flow_step", "with the path written out, and autograd.grad")
def flow_step__autograd(model, optimizer, x0, labels, drop, t, eps):
    weight = t.to(x0.dtype).view(len(t), *(1 for _ in x0.shape[1:]))
    noisy = torch.lerp(x0, eps, weight.expand_as(x0))
    error = torch.flatten(model(noisy, t, labels, drop) + x0 - eps)
    loss = torch.dot(error, error) / error.numel()
    weights = [one for group in optimizer.param_groups for one in group["params"] if one.requires_grad]
    for one, gradient in zip(weights, torch.autograd.grad(loss, weights, allow_unused=True), strict=True):
        one.grad = gradient
    optimizer.step()
    return float(loss.detach())


@right("flow_sample", "with torch.where over channels")
def flow_sample__channels(model, noise, labels, null, times, w, guided=None):
    if bool(torch.any(torch.diff(times) >= 0)):
        raise ValueError("rising")
    count = noise.shape[1] if guided is None else guided
    chosen = (torch.arange(noise.shape[1], device=noise.device) < count).view(1, -1, 1, 1)
    pair = torch.stack([labels, torch.zeros_like(labels) + null]).flatten()
    x = noise.clone()
    with torch.no_grad():
        for k in range(len(times) - 1):
            clock = torch.full_like(pair, 1).to(noise.dtype) * times[k].to(noise.dtype)
            both = model(x.repeat(2, 1, 1, 1), clock, pair).unflatten(0, (2, -1))
            pushed = torch.lerp(both[1], both[0], w)
            x = x - (times[k] - times[k + 1]).item() * torch.where(chosen, pushed, both[0])
    return x


@right("flow_sample", "with the difference of the halves added to some channels")
def flow_sample__differences(model, noise, labels, null, times, w, guided=None):
    import itertools

    levels = times.tolist()
    if sorted(set(levels), reverse=True) != levels:
        raise ValueError("rising")
    many = labels.new_full((len(labels),), null)
    state = noise.detach()
    for start, end in itertools.pairwise(levels):
        with torch.no_grad():
            answer = model(
                torch.cat((state, state)), state.new_full((2 * len(state),), start), torch.cat((labels, many))
            )
        told, free = answer[: len(state)], answer[len(state) :]
        velocity = told.clone()
        stop = velocity.shape[1] if guided is None else guided
        velocity[:, :stop] += (w - 1) * (told - free)[:, :stop]
        state = torch.add(state, velocity, alpha=end - start)
    return state
