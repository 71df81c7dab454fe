"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


@right("diagonal_gaussian", "with torch.distributions, whose laws know their own divergence")
class DiagonalGaussian__distributions:
    def __init__(self, moments):
        channels = moments.shape[1] // 2
        deviation = (moments[:, channels:].clip(min=-30.0, max=20.0) / 2).exp()
        self.law = torch.distributions.Normal(moments[:, :channels], deviation)

    def sample(self, noise):
        return torch.addcmul(self.law.loc, self.law.scale, noise)

    def mode(self):
        return self.law.mode

    def kl(self):
        standard = torch.distributions.Normal(torch.zeros_like(self.law.loc), torch.ones_like(self.law.scale))
        return torch.distributions.kl_divergence(self.law, standard).sum((1, 2, 3))


@right("blocks", "layer after layer in a loop", replaces="ResidualBlock.forward")
def residual__loop(self, x):
    y = x
    for norm, conv in ((self.norm1, self.conv1), (self.norm2, self.conv2)):
        y = norm(y)
        y = conv(y * torch.sigmoid(y))
    return y + self.skip(x)


@right("blocks", "with zeros that are concatenated", replaces="Downsample.forward")
def downsample__concatenated(self, x):
    wider = torch.cat([x, x.new_zeros(*x.shape[:3], 1)], dim=3)
    return self.conv(torch.cat([wider, wider.new_zeros(*wider.shape[:2], 1, wider.shape[3])], dim=2))


@right("blocks", "by repeat_interleave", replaces="Upsample.forward")
def upsample__repeated(self, x):
    rows = x.repeat_interleave(2, dim=-2)
    return self.conv(rows.repeat_interleave(2, dim=-1))


@right("autoencoder_loss", "with maxima instead of relu")
def hinge_discriminator_loss__maxima(real, fake):
    costs = [torch.clamp_min(1 - real, 0), torch.clamp_min(fake + 1, 0)]
    return sum(cost.sum() / cost.numel() for cost in costs) / 2


@right("autoencoder_loss", "with sums of squares of detached gradients")
def adaptive_weight__squares(reconstruction_loss, adversarial_loss, last_layer, eps=1e-4, largest=1e4):
    def length(loss):
        gradient = torch.autograd.grad(loss, [last_layer], retain_graph=True)[0]
        return gradient.detach().pow(2).sum().sqrt()

    ratio = length(reconstruction_loss) / (eps + length(adversarial_loss))
    return torch.minimum(ratio, torch.full_like(ratio, largest))


@right("autoencoder_loss", "divided by the number of images, as the authors' code does")
def autoencoder_loss__divided(
    x, reconstruction, kl, last_layer, fake=None, kl_weight=1e-6, adversary_weight=0.5
):
    images = len(x)
    nll = F.l1_loss(reconstruction, x, reduction="sum") / images
    total = nll + kl_weight * kl.sum() / images
    if fake is not None:
        generator = hinge_generator_loss(fake)
        total = total + generator * adversary_weight * adaptive_weight(nll, generator, last_layer)
    return total


@right("nearest_code", "with torch's own distances")
def nearest_code__cdist(z, codebook):
    return torch.cdist(z, codebook, compute_mode="use_mm_for_euclid_dist").min(dim=1).indices


@right("nearest_code", "as the largest product less half the squared length, in one addmm")
def nearest_code__addmm(z, codebook):
    half = codebook.pow(2).sum(1) / 2
    return torch.addmm(-half, z, codebook.mT).argmax(-1)


@right(
    "vector_quantizer",
    "with embeddings, mse_loss and the straight-through sum the other way round",
    replaces="VectorQuantizer.forward",
)
def quantizer__embedding(self, z):
    b, d, h, w = z.shape
    flat = z.permute(0, 2, 3, 1).reshape(-1, d)
    numbers = nearest_code(flat.detach(), self.codebook.detach())
    picked = F.embedding(numbers, self.codebook)
    loss = F.mse_loss(picked, flat.detach()) + self.beta * F.mse_loss(flat, picked.detach())
    through = picked.detach() + flat - flat.detach()
    return through.reshape(b, h, w, d).permute(0, 3, 1, 2), numbers.reshape(b, h, w), loss


@right("vector_quantizer", "as a product of powers of the shares, with numpy")
def perplexity__numpy(indices):
    import numpy as np

    _, counts = np.unique(indices.cpu().numpy(), return_counts=True)
    shares = counts / counts.sum()
    return float(np.prod(shares**-shares))


@right("ema_codebook", "with index_add and lerp")
def ema_codebook__index_add(counts, sums, z, indices, decay=0.99, eps=1e-5):
    met = torch.zeros_like(counts).index_add(0, indices, torch.ones_like(z[:, 0]))
    total = torch.zeros_like(sums).index_add(0, indices, z.detach())
    counts, sums = torch.lerp(met, counts, decay), torch.lerp(total, sums, decay)
    n, k = counts.sum(), counts.numel()
    return counts, sums, sums / ((counts + eps) / (n + k * eps) * n).unsqueeze(1)


@right("ema_codebook", "one code after another")
@torch.no_grad()
def revive_dead_codes__loop(counts, sums, codebook, candidates, least=1.0):
    counts, sums, codebook = (tensor.clone() for tensor in (counts, sums, codebook))
    waiting = iter(candidates)
    for i, count in enumerate(counts.tolist()):
        if count < least:
            one = next(waiting, None)
            if one is None:
                break
            counts[i], sums[i], codebook[i] = 1, one, one
    return counts, sums, codebook


@right("latent_scale", "with numpy, in one pass over the batches")
def scale_factor__one_pass(batches):
    n, mean, off, seen = 0, 0.0, 0.0, set()
    for batch in batches:
        values = batch.double().cpu().numpy().ravel()
        seen |= {values.min(), values.max()}
        own, m = values.mean(), values.size
        off += ((values - own) ** 2).sum() + (own - mean) ** 2 * n * m / (n + m)
        mean += (own - mean) * m / (n + m)
        n += m
    if len(seen) == 1:
        raise ValueError("no variation")
    return float((n / off) ** 0.5)


@right("latent_scale", "under a decorator")
@torch.no_grad()
def encode_latents__decorated(autoencoder, x, scale, noise=None):
    law = autoencoder.encode(x)
    if noise is None:
        return law.mode().mul(scale)
    return law.sample(noise).mul(scale)


@right("cross_attention", "with a bias of minus infinity on padding, and heads by reshape")
def attention__bias(q, k, v, heads, mask=None):
    b, n, c = q.shape
    split = [y.reshape(b, -1, heads, c // heads).transpose(1, 2) for y in (q, k, v)]
    bias = None
    if mask is not None:
        bias = q.new_zeros(b, 1, 1, k.shape[1]).masked_fill(~mask.reshape(b, 1, 1, -1), float("-inf"))
    return F.scaled_dot_product_attention(*split, bias).transpose(1, 2).reshape(b, n, c)


@right(
    "cross_attention",
    "with torch's own multi-head attention, whose mask is the other way round",
    replaces="CrossAttention.forward",
)
def cross__torch(self, x, context=None, mask=None):
    import torch

    words = x if context is None else context
    ignored = None if mask is None else ~mask
    queries, keys, values = (y.transpose(0, 1) for y in (self.to_q(x), self.to_k(words), self.to_v(words)))
    eye = torch.eye(queries.shape[2], dtype=x.dtype, device=x.device)
    out, _ = F.multi_head_attention_forward(
        queries,
        keys,
        values,
        queries.shape[2],
        self.heads,
        None,
        None,
        None,
        None,
        False,
        0.0,
        self.to_out.weight,
        self.to_out.bias,
        key_padding_mask=ignored,
        need_weights=False,
        use_separate_proj_weight=True,
        q_proj_weight=eye,
        k_proj_weight=eye,
        v_proj_weight=eye,
    )
    return out.transpose(0, 1)


@right("spatial_transformer", "with a sum that is added up step by step", replaces="TransformerBlock.forward")
def block__steps(self, x, context, mask=None):
    first = self.to_itself(self.norm1(x), None, None)
    second = self.to_context(self.norm2(x + first), context=context, mask=mask)
    total = sum([first, second], start=x)
    return total.add(self.mlp(self.norm3(total)))


@right("spatial_transformer", "with flatten and unflatten", replaces="SpatialTransformer.forward")
def map__flatten(self, x, context, mask=None):
    inside = self.proj_in(self.norm(x)).flatten(2).mT
    outside = self.block(inside, context, mask).mT.unflatten(2, x.shape[2:])
    return self.proj_out(outside) + x


@right("text_encoder", "text by text, without padding", replaces="TextEncoder.forward")
def encoder__one_by_one(self, tokens):
    length = tokens.shape[1]
    real = padding_mask(tokens)
    rows = []
    for row, here in zip(tokens, real, strict=True):
        places = here.nonzero().flatten()
        y = (self.embedding.weight[row[places]] + self.positions[:length][places])[None]
        for layer in self.layers:
            y = layer(y)
        rows.append(
            torch.zeros(length, y.shape[2], dtype=y.dtype, device=tokens.device).index_copy(
                0, places, self.norm(y)[0]
            )
        )
    return torch.stack(rows), real


@right("text_encoder", "by the sign")
def padding_mask__sign(tokens):
    return tokens.gt(0)


@right("scaled_linear", "by arithmetic")
def scaled_linear_betas__arithmetic(T, beta_start=0.00085, beta_end=0.012):
    a, b = beta_start**0.5, beta_end**0.5
    return torch.tensor([(a + (b - a) * i / max(T - 1, 1)) ** 2 for i in range(T)], dtype=torch.float64)


@right("scaled_linear", "with complex exponentials")
def timestep_embedding__complex(t, dim, form="stable_diffusion", max_period=10_000.0):
    if dim % 2 or dim < 4:
        raise ValueError("dim must be even and at least 4")
    if form == "stable_diffusion":
        frequencies = torch.logspace(
            0, -1, dim // 2 + 1, base=max_period, dtype=torch.float64, device=t.device
        )[:-1]
    elif form == "ddpm":
        frequencies = torch.logspace(0, -1, dim // 2, base=max_period, dtype=torch.float64, device=t.device)
    else:
        raise ValueError(form)
    turning = torch.exp(1j * torch.outer(t.double(), frequencies))
    parts = (turning.real, turning.imag)
    return torch.hstack(parts if form == "stable_diffusion" else parts[::-1])


@right("latent_train_step", "with rows that are replaced in a copy, and torch's mse_loss")
def latent_train_step__copied(model, encoder, optimizer, z, tokens, null_tokens, keep, t, eps, alpha_bar):
    texts = tokens.clone()
    texts[~keep] = null_tokens
    kept = alpha_bar.index_select(0, t).reshape(-1, 1, 1, 1)
    noisy = torch.addcmul(kept**0.5 * z.double(), (1 - kept) ** 0.5, eps.double()).type(z.dtype)
    words, real = encoder(texts)
    cost = torch.nn.functional.mse_loss(model(noisy, t, words, real), eps)
    optimizer.zero_grad(set_to_none=True)
    cost.backward()
    optimizer.step()
    return float(cost.detach())


@right("text_to_image", "with two calls of the encoder, one for each kind of text")
def encode_prompts__two_calls(encoder, tokens, null_tokens):
    b = len(tokens)
    words, real = encoder(tokens)
    empty, short = encoder(null_tokens[None])
    return torch.cat([words, empty.repeat(b, 1, 1)]), torch.cat([real, short.repeat(b, 1)])


@right("text_to_image", "without a gradient by itself")
@torch.no_grad()
def encode_prompts__decorated(encoder, tokens, null_tokens):
    return encoder(torch.cat([tokens, null_tokens[None].repeat(len(tokens), 1)]))


@right("text_to_image", "as a weighted sum of both predictions")
def guided_noise__weighted(model, z, t, context, mask, w):
    b = z.shape[0]
    told = torch.tensor([t] * (2 * b), device=z.device)
    both = model(z.repeat(2, 1, 1, 1), told, context, mask)
    return w * both[:b] + (1 - w) * both[b:]


@right("editing", "for a whole ladder in advance, with a decorator")
@torch.no_grad()
def inpaint__in_advance(model, encoder, decode, z0, mask, tokens, null_tokens, noise, ladder, w=7.5):
    words, real = encode_prompts(encoder, tokens, null_tokens)
    kept = [noised(z0, noise, signal) for signal in ladder.signal[:-1]] + [z0]
    new, x = mask.bool().expand_as(z0), noise.clone()
    for i in range(len(ladder)):
        x = x.where(new, kept[i])
        x = ladder.step(x, guided_noise(model, x, ladder.t[i], words, real, w), i)
    return decode(x.where(new, kept[-1]))


@right("editing", "by cutting the picture into squares")
def latent_mask__squares(mask, factor):
    b, _, h, w = mask.shape
    return mask.reshape(b, 1, h // factor, factor, w // factor, factor).amax(dim=(3, 5))


@right("editing", "with a number of steps by floor, and a while loop")
@torch.no_grad()
def img2img__while(model, encoder, decode, z0, tokens, null_tokens, noise, ladder, strength, w=7.5):
    if strength < 0 or strength > 1:
        raise ValueError("strength is a share")
    left = int(strength * len(ladder) + 0.5)
    told = encode_prompts(encoder, tokens, null_tokens)
    x = noised(z0, noise, ladder.signal[-1 - left])
    while left:
        i = len(ladder) - left
        x = ladder.step(x, guided_noise(model, x, ladder.t[i], *told, w), i)
        left -= 1
    return decode(x)
