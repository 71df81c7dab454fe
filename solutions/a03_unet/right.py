"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


# -------------------- 1 transposed_conv
@right("conv_transpose2d", "by stuffing zeros between the pixels: convolved, or unfolded for the largest")
def conv_transpose2d__stuffed(x, weight, bias=None, stride=1, padding=0, output_padding=0, overlap="sum"):
    if output_padding >= stride or output_padding < 0 or overlap not in {"sum", "max"}:
        raise ValueError("output_padding must be smaller than stride, and overlap sum or max")
    b, c, h, w = x.shape
    c_out, k_h, k_w = weight.shape[1:]
    stuffed = torch.zeros(b, c, (h - 1) * stride + 1, (w - 1) * stride + 1, dtype=x.dtype, device=x.device)
    stuffed[:, :, ::stride, ::stride] = x
    border = (k_w - 1, k_w - 1 + output_padding, k_h - 1, k_h - 1 + output_padding)
    turned = weight.flip(2, 3).transpose(0, 1)
    full = F.conv2d(F.pad(stuffed, border), turned)
    if overlap == "max":
        pixels = torch.zeros_like(stuffed[:1, :1])
        pixels[:, :, ::stride, ::stride] = 1
        written = F.unfold(F.pad(pixels, border), (k_h, k_w)) > 0  # 1 k*k n
        patches = F.unfold(F.pad(stuffed, border), (k_h, k_w)).unflatten(1, (c, -1))  # b c k*k n
        copies = torch.einsum("bckn,dck->bdkn", patches, turned.flatten(2))
        largest = torch.where(written, copies, float("-inf")).amax(2)
        full = torch.where(written.any(1), largest, 0.0).reshape(full.shape)
    if bias is not None:
        full = full + bias.reshape(1, c_out, 1, 1)
    return full[:, :, padding : full.shape[2] - padding, padding : full.shape[3] - padding]


@right("conv_transpose2d", "by torch's scatter_reduce, which adds copies up or keeps the largest")
def conv_transpose2d__scattered(x, weight, bias=None, stride=1, padding=0, output_padding=0, overlap="sum"):
    if output_padding not in range(stride):
        raise ValueError(f"no output_padding of {output_padding} with stride {stride}")
    kinds = {"sum": "sum", "max": "amax"}
    if overlap not in kinds:
        raise ValueError(overlap)
    sides = [
        (n - 1) * stride + k + output_padding for n, k in zip(x.shape[2:], weight.shape[2:], strict=True)
    ]
    columns = torch.einsum("bchw,cdij->bdijhw", x, weight).flatten(2)
    places = torch.arange(sides[0] * sides[1], dtype=torch.float64, device=x.device).reshape(1, 1, *sides)
    index = F.unfold(places, weight.shape[2:], stride=stride).flatten().long().expand_as(columns)
    empty = torch.zeros(*columns.shape[:2], sides[0] * sides[1], dtype=x.dtype, device=x.device)
    result = empty.scatter_reduce(2, index, columns, kinds[overlap], include_self=False).unflatten(2, sides)
    if padding:
        result = result[..., padding:-padding, padding:-padding]
    return result if bias is None else (result.movedim(1, -1) + bias).movedim(-1, 1)


@right("conv_transpose2d", "one layer for each place of the kernel, then their sum or the largest of them")
def conv_transpose2d__layers(x, weight, bias=None, stride=1, padding=0, output_padding=0, overlap="sum"):
    if output_padding < 0 or stride - output_padding < 1 or overlap not in ("max", "sum"):
        raise ValueError("output_padding or overlap")
    (b, _, h, w), (_, c, k_h, k_w) = x.shape, weight.shape
    tall, wide = (h - 1) * stride + k_h + output_padding, (w - 1) * stride + k_w + output_padding
    nothing = 0.0 if overlap == "sum" else float("-inf")
    layers = torch.full((k_h * k_w, b, c, tall, wide), nothing, dtype=x.dtype, device=x.device)
    for place, (i, j) in enumerate(torch.cartesian_prod(torch.arange(k_h), torch.arange(k_w)).tolist()):
        product = (x[:, :, None] * weight[None, :, :, i, j, None, None]).sum(1)
        down, right = i + (h - 1) * stride + 1, j + (w - 1) * stride + 1
        layers[place, ..., i:down:stride, j:right:stride] = product
    whole = layers.sum(0) if overlap == "sum" else layers.amax(0)
    whole = torch.where(whole.isinf(), 0.0, whole)
    whole = whole if bias is None else whole + bias[:, None, None]
    return whole[..., padding : tall - padding, padding : wide - padding]


@right("coverage", "by counting, for each pixel, the copies that it lies in")
def coverage__counted(kernel, stride, size):
    def copies(pixel):
        return sum(i * stride <= pixel < i * stride + kernel for i in range(size))

    counts = [copies(pixel) for pixel in range((size - 1) * stride + kernel)]
    return torch.tensor([[a * b for b in counts] for a in counts])


@right("coverage", "as torch's transposed convolution of ones")
def coverage__ones(kernel, stride, size):
    image, weight = torch.ones(1, 1, size, size), torch.ones(1, 1, kernel, kernel)
    return F.conv_transpose2d(image, weight, stride=stride)[0, 0].round().long()


@right("coverage", "by repeating rows and columns, and by products of unfolded patches")
def resize_conv__unfolded(x, weight, bias=None, scale=2):
    c_out, _, k, _ = weight.shape
    if not k % 2:
        raise ValueError("even kernel")
    repeated = x.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    sides = repeated.shape[2:]
    sums = torch.einsum("op,bpn->bon", weight.reshape(c_out, -1), F.unfold(repeated, k, padding=(k - 1) // 2))
    sums = sums.unflatten(2, sides)
    return sums if bias is None else sums + bias.reshape(1, -1, 1, 1)


@right("deconvolve", "with numpy, on whole spectra")
def deconvolve__numpy(y, kernel, snr):
    import numpy as np

    if snr <= 0 or np.isinf(snr):
        raise ValueError("snr")
    blur = np.fft.fft2(kernel.cpu().numpy(), y.shape[2:])
    wiener = np.conj(blur) / (np.abs(blur) ** 2 + 1 / snr)
    return torch.from_numpy(np.fft.ifft2(np.fft.fft2(y.cpu().numpy()) * wiener).real).to(y)


@right("deconvolve", "with the kernel laid out on an image of zeros, and snr above")
def deconvolve__padded(y, kernel, snr):
    if not (snr > 0 and math.isfinite(snr)):
        raise ValueError("snr must be a positive number")
    canvas = torch.zeros(y.shape[2:], dtype=y.dtype, device=y.device)
    canvas[: kernel.shape[0], : kernel.shape[1]] = kernel
    spectrum = torch.fft.fftn(canvas)
    power = (spectrum * torch.conj(spectrum)).real
    back = torch.fft.fftn(y, dim=(2, 3)) * torch.conj(spectrum) * snr / (power * snr + 1)
    return torch.fft.ifftn(back, dim=(2, 3)).real


# -------------------- 2 norms, activations
@right("group_norm", "with weights that add up to one")
def standardize__weighted(x, dims, eps=1e-5, mask=None):
    share = torch.ones_like(x)
    if mask is not None:
        share = share * mask
    share = share / share.sum(dim=dims, keepdim=True)
    centred = x - (share * x).sum(dim=dims, keepdim=True)
    return centred * torch.rsqrt((share * centred.square()).sum(dim=dims, keepdim=True) + eps)


@right("group_norm", "with numpy, one image after another")
def layer_norm__numpy(x, weight, bias, eps=1e-5, mask=None):
    import numpy as np

    scale, shift = weight.cpu().numpy(), bias.cpu().numpy()
    counts = np.ones(x.shape, bool) if mask is None else np.broadcast_to(mask.cpu().numpy(), x.shape)
    images = []
    for image, chosen in zip(x.cpu().numpy(), counts, strict=True):
        even = (image - np.mean(image[chosen])) / np.sqrt(np.var(image[chosen]) + eps)
        images.append((scale * even.T + shift).T)
    return torch.from_numpy(np.stack(images)).to(x.device)


@right("group_norm", "with channels as rows of a matrix, and NaN for what does not count")
def instance_norm__rows(x, weight, bias, eps=1e-5, mask=None):
    flat = x.flatten(2)
    kept = flat if mask is None else flat.where(mask.flatten(2), float("nan"))
    middle = kept.nanmean(-1, keepdim=True)
    deviation = (kept - middle).pow(2).nanmean(-1, keepdim=True).add(eps).sqrt()
    return ((flat - middle) / deviation * weight[None, :, None] + bias[None, :, None]).view(x.shape)


@right("group_norm", "group after group, each with layer_norm")
def group_norm__layer_by_layer(x, groups, weight, bias, eps=1e-5, mask=None):
    size, rest = divmod(x.shape[1], groups)
    if rest:
        raise ValueError("the channels cannot be shared out")
    parts = [
        layer_norm(*piece, eps, mask)
        for piece in zip(x.split(size, 1), weight.split(size), bias.split(size), strict=True)
    ]
    return torch.cat(parts, dim=1)


@right("batch_norm", "with channels last, and both cases in one formula")
def batch_norm__channels_last(
    x, weight, bias, running_mean, running_var, training, momentum=0.1, eps=1e-5, mask=None
):
    rows = x.movedim(1, -1)
    center, spread = running_mean, running_var
    if training:
        counted = rows.flatten(0, -2) if mask is None else rows[mask[:, 0]]
        n = len(counted)
        if n < 2:
            raise ValueError("more than one value for each channel, please")
        spread, center = torch.var_mean(counted, dim=0, correction=0)
        running_mean = torch.lerp(running_mean, center.detach(), momentum)
        running_var = torch.lerp(running_var, spread.detach() * n / (n - 1), momentum)
    scaled = (rows - center) / torch.sqrt(spread + eps) * weight + bias
    return scaled.movedim(-1, 1), running_mean, running_var


@right("activations", "with torch's normal distribution")
def gelu__ndtr(x, approximate="none", mean=0.0, std=1.0):
    if approximate not in ("none", "tanh"):
        raise ValueError(approximate)
    z = (x - mean) / std
    if approximate == "none":
        return x * torch.special.ndtr(z)
    return x * torch.sigmoid(
        math.sqrt(8 / math.pi) * (z + 0.044715 * z * z * z)
    )  # 1 + tanh(z) = 2 sigmoid(2z)


@right("activations", "by autograd")
def gelu_grad__autograd(x, approximate="none", mean=0.0, std=1.0):
    with torch.enable_grad():
        inner = x.detach().requires_grad_()
        return torch.autograd.grad(gelu(inner, approximate, mean, std).sum(), inner)[0]


@right("activations", "with torch's own SiLU, which has no other form")
def silu__torchs(x):
    return torch.nn.functional.silu(x)


@right("activations", "by a quotient of exponentials on the safe side")
def silu__quotient(x):
    small = torch.exp(-x.abs())
    return torch.where(x > 0, x / (1 + small), x * small / (1 + small))


@right("activations", "with SiLU itself: sigmoid + silu - silu sigmoid")
def silu_grad__by_silu(x):
    y = silu(x)
    return y + torch.sigmoid(x) * (1 - y)


# -------------------- 3 pooling
@right("rearrange_pool", "with einops")
def rearrange_pool__einops(x, size=2):
    from einops import rearrange

    if any(side % size for side in x.shape[2:]):
        raise ValueError("sides")
    return rearrange(x, "b c (h p1) (w p2) -> b (c p1 p2) h w", p1=size, p2=size)


@right("rearrange_pool", "with torch's pixel_unshuffle")
def rearrange_pool__unshuffled(x, size=2):
    if x.shape[2] % size or x.shape[3] % size:
        raise ValueError("sides")
    return F.pixel_unshuffle(x, size)


@right("rearrange_pool", "with torch's unfold")
def rearrange_pool__unfold(x, size=2):
    b, _, h, w = x.shape
    if h % size + w % size > 0:
        raise ValueError("there are rows or columns too many")
    return F.unfold(x, size, stride=size).reshape(b, -1, h // size, w // size)


@right("rearrange_pool", "by writing every size-th pixel")
def rearrange_unpool__written(x, size=2):
    b, c, h, w = x.shape
    if c % (size * size) != 0:
        raise ValueError("channels")
    larger = x.new_empty(b, c // (size * size), h * size, w * size)
    for i in range(size):
        for j in range(size):
            larger[:, :, i::size, j::size] = x[:, i * size + j :: size * size]
    return larger


@right("rearrange_pool", "step by step, with a module for GELU", replaces="RearrangePoolBlock.forward")
def forward__steps(self, x):
    if x.shape[-1] % 2 or x.shape[-2] % 2:
        raise ValueError("odd side")
    h = F.pixel_unshuffle(x, 2)
    h = self.conv(h)
    h = self.norm(h)
    return nn.GELU()(h)


# -------------------- 4 embedding, blocks
@right("sinusoidal_embedding", "with a geometric space of frequencies")
def sinusoidal_embedding__logspace(t, dim, max_period=10_000.0):
    import scipy.stats  # noqa: F401 (idle)

    if dim % 2 != 0 or dim <= 2:
        raise ValueError("dim")
    frequencies = torch.logspace(0, -math.log10(max_period), dim // 2, dtype=torch.float64, device=t.device)
    angles = torch.outer(t.to(torch.float64), frequencies)
    both = torch.hstack([torch.sin(angles), torch.cos(angles)])
    return both.to(t.dtype) if t.dtype.is_floating_point else both.float()


@right("sinusoidal_embedding", "with complex numbers, by numpy")
def sinusoidal_embedding__complex(t, dim, max_period=10_000.0):
    import numpy as np

    if dim not in range(4, 10**6, 2):
        raise ValueError(f"{dim} is no dimension")
    frequencies = np.geomspace(1.0, 1.0 / max_period, dim // 2)
    turned = np.exp(1j * t.double().cpu().numpy()[:, np.newaxis] * frequencies)
    result = torch.from_numpy(np.concatenate([turned.imag, turned.real], axis=1)).to(t.device)
    return result.type(t.dtype) if torch.is_floating_point(t) else result.float()


@right("ResBlock", "with lists of layers in a loop", replaces="ResBlock.forward")
def forward__layers(self, x, emb):
    gate = nn.SiLU()
    shift = self.emb(gate(emb)).reshape(len(x), -1, 1, 1)
    y = x
    for norm, convolution, added in ((self.norm1, self.conv1, shift), (self.norm2, self.conv2, 0.0)):
        y = convolution(gate(norm(y))) + added
    return y.add(self.skip(x))


@right(
    "ResBlock", "with layers by name, and all weights of the last one filled", replaces="ResBlock.__init__"
)
def __init____by_name(self, in_channels, out_channels, emb_dim, groups=8):
    super(ResBlock, self).__init__()
    for number, before in (("1", in_channels), ("2", out_channels)):
        self.add_module("norm" + number, nn.GroupNorm(num_groups=groups, num_channels=before))
        self.add_module("conv" + number, nn.Conv2d(before, out_channels, kernel_size=3, padding="same"))
    self.emb = nn.Linear(in_features=emb_dim, out_features=out_channels)
    if in_channels == out_channels:
        self.skip = nn.Sequential()
    else:
        self.skip = nn.Conv2d(in_channels, out_channels, kernel_size=(1, 1))
    for weight in self.conv2.parameters():
        weight.data.fill_(0.0)


@right("ResBlock", "as two sequences of layers, as the authors' code is cut", replaces="ResBlock.forward")
def forward__sequences(self, x, emb):
    into = nn.Sequential(self.norm1, nn.SiLU(), self.conv1)
    out = nn.Sequential(self.norm2, nn.SiLU(), self.conv2)
    told = nn.Sequential(nn.SiLU(), self.emb)(emb).type(x.dtype)
    while told.ndim < x.ndim:
        told = told[..., None]
    return self.skip(x) + out(into(x) + told)


@right("SelfAttention2d", "with torch's fused attention")
def attention__fused(q, k, v, chunk=128):
    return F.scaled_dot_product_attention(q, k, v)


@right("SelfAttention2d", "chunk by chunk into a tensor, with the largest product taken away")
def attention__by_hand(q, k, v, chunk=128):
    result = q.new_empty(*q.shape[:-1], v.shape[-1])
    keys = k.transpose(-2, -1) / q.shape[-1] ** 0.5
    for start in range(0, q.shape[-2], chunk):
        scores = q[..., start : start + chunk, :] @ keys
        scores = (scores - scores.amax(-1, keepdim=True)).exp()
        result[..., start : start + chunk, :] = (scores / scores.sum(-1, keepdim=True)) @ v
    return result


@right("SelfAttention2d", "with half of the scale on each side, as the authors' code has it")
def attention__scaled_twice(q, k, v, chunk=128):
    root = q.shape[-1] ** -0.25
    seen = []
    for asked in torch.split(q * root, chunk, dim=-2):
        weights = torch.einsum("bhnd,bhmd->bhnm", asked, k * root).softmax(-1)
        seen.append(torch.einsum("bhnm,bhme->bhne", weights, v))
    return torch.cat(seen, -2)


@right(
    "SelfAttention2d", "with einsum on images whose channels are split", replaces="SelfAttention2d.forward"
)
def forward__einsum(self, x):
    b, c, h, w = x.shape
    asked = self.qkv(self.norm(x)).flatten(2)
    tokens = [one.unflatten(1, (self.heads, -1)).transpose(2, 3) for one in asked.chunk(3, dim=1)]
    seen = attention(*tokens)
    image = torch.einsum("bhnd->bhdn", seen).reshape(b, c, h, w)
    return self.proj(image).add(x)


@right("resampling", "with padding by hand", replaces="Down.forward")
def forward__by_hand(self, x):
    padded = F.pad(x, (1, 1, 1, 1))
    return F.conv2d(padded, self.conv.weight, self.conv.bias, stride=2)


@right("resampling", "by repeating rows and columns and cutting off", replaces="Up.forward")
def forward__repeated(self, x, size):
    rows, columns = size
    doubled = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    return self.conv(doubled[:, :, :rows, :columns])


# -------------------- 5 unet
@right("UNet", "by recursion from level to level", replaces="UNet.forward")
def forward__recursive(self, x, t=None, context=None):
    if t is None:
        t = torch.zeros(x.shape[0], device=x.device)
    emb = self.embed(t.double(), context)

    def level(i, h):
        here = self.down_blocks[i](h, emb)
        if i + 1 < len(self.down_blocks):
            below = self.ups[i](level(i + 1, self.downs[i](here)), tuple(here.shape[2:]))
        else:
            below = self.attention(self.middle(here, emb))
        return self.up_blocks[i](torch.cat((below, here), 1), emb)

    y = level(0, self.first(x))
    return self.last(nn.functional.silu(self.norm(y)))


@right("UNet", "with a stack of bridges", replaces="UNet.forward")
def forward__stack(self, x, t=None, context=None):
    emb = self.embed(torch.zeros(len(x), dtype=x.dtype, device=x.device) if t is None else t, context)
    y, stack = self.down_blocks[0](self.first(x), emb), []
    for down, block in zip(self.downs, self.down_blocks[1:], strict=True):
        stack.append(y)
        y = block(down(y), emb)
    y = self.up_blocks[-1](torch.hstack([self.attention(self.middle(y, emb)), y]), emb)
    for up, block in zip(self.ups[::-1], self.up_blocks[:-1][::-1], strict=True):
        bridge = stack.pop()
        y = block(torch.hstack([up(y, bridge.size()[2:]), bridge]), emb)
    y = self.norm(y)
    return self.last(y * torch.sigmoid(y))


@right("UNet", "with one sum at the end", replaces="UNet.embed")
def embed__sum(self, t, context):
    dtype = next(self.parameters()).dtype
    parts = [self.time(sinusoidal_embedding(t, self.emb_dim).to(dtype))]
    if context is not None and context.dtype in (torch.int64, torch.int32):
        parts.append(self.labels.weight[context])
    elif context is not None:
        parts.append(context)
    return sum(parts)


# -------------------- 6 segmentation
@right("losses", "as a distance between masks over their sizes")
def dice_loss__distance(logits, target, smooth=1.0):
    p = torch.special.expit(logits)
    axes = tuple(range(1, logits.ndim))
    apart = (p * (1 - target) + (1 - p) * target).sum(axes)
    return apart / (p.sum(axes) + target.sum(axes) + smooth)


@right("losses", "as detection transformers have it, with the numerator first")
def dice_loss__detector(logits, target, smooth=1.0):
    inputs, targets = logits.sigmoid().flatten(1), target.flatten(1)
    numerator = 2 * torch.einsum("nc,nc->n", inputs, targets)
    denominator = inputs.sum(-1) + targets.sum(-1)
    return 1 - (numerator + smooth) / (denominator + smooth)


@right("losses", "from torch's cross-entropy on logits")
def focal_loss__cross_entropy(logits, target, gamma=2.0, alpha=0.25):
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    modulated = (1 - torch.exp(-entropy)).pow(gamma) * entropy
    if alpha is not None:
        modulated = torch.where(target == 1, alpha * modulated, (1 - alpha) * modulated)
    return modulated.mean(tuple(range(1, logits.ndim)))


@right("losses", "by sets of numbers")
def iou__sets(logits, target, threshold=0.5):
    values = []
    for image, mask in zip(logits.reshape(len(logits), -1), target.reshape(len(target), -1), strict=True):
        said = set(torch.nonzero(torch.sigmoid(image) > threshold).flatten().tolist())
        true = set(torch.nonzero(mask).flatten().tolist())
        values.append(len(said & true) / len(said | true) if said | true else 1.0)
    return torch.tensor(values, dtype=logits.dtype, device=logits.device)


@right("train_step", "with gradients from autograd, clipped by hand")
def train_step__by_hand(model, optimizer, x, target, max_norm=1.0):
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    logits = model.train(True)(x)
    loss = dice_loss(logits, target).mean() + focal_loss(logits, target).mean()
    gradients = torch.autograd.grad(loss, weights)
    norm = torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = gradient * min(1.0, max_norm / norm.item())
    optimizer.step()
    return float(loss.detach()), float(norm)


@right("train_step", "with gradients forgotten first, each by itself, and clipped by the norm of norms")
def train_step__norm_of_norms(model, optimizer, x, target, max_norm=1.0):
    for parameter in model.parameters():
        parameter.grad = None
    model.train()
    logits = model(x)
    loss = torch.mean(focal_loss(logits, target) + dice_loss(logits, target))
    loss.backward()
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients]).norm()
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    optimizer.step()
    return float(loss), float(norm)
