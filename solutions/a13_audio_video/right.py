"""Right answers written another way than the reference: every check must accept them.

Read, not run. Some are the ways of well-known libraries, and one imports more than it needs.
"""

from autograder.sources.variants import right


# -------------------- 1.1 stft
@right("stft", "with torch.stft, told window and padding")
def stft__torch(wave, n_fft, hop):
    import scipy.stats  # noqa: F401 (idle, as in a file with other experiments)

    window = torch.hann_window(n_fft, periodic=True, dtype=wave.dtype, device=wave.device)
    return torch.stft(
        wave, n_fft, hop_length=hop, window=window, center=True, pad_mode="constant", return_complex=True
    )


@right("stft", "with torch.istft")
def istft__torch(spec, n_fft, hop, length):
    if 2 * hop > n_fft:
        raise ValueError(hop)
    window = torch.hann_window(n_fft, dtype=spec.real.dtype, device=spec.device)
    return torch.istft(spec, n_fft, hop_length=hop, window=window, center=True, length=length)


@right("stft", "with a loop over frames for the sums")
def istft__loop(spec, n_fft, hop, length):
    if hop * 2 > n_fft:
        raise ValueError("gaps")
    window = 0.5 - 0.5 * torch.cos(
        2 * torch.pi * torch.arange(n_fft, dtype=torch.float64, device=spec.device) / n_fft
    )
    window = window.to(spec.real.dtype)
    parts = torch.fft.irfft(spec, n=n_fft, dim=1)  # b n_fft frames
    total = parts.new_zeros(len(spec), n_fft + hop * (spec.shape[2] - 1))
    weight = total.new_zeros(total.shape[1])
    for k in range(spec.shape[2]):
        total[:, k * hop : k * hop + n_fft] += window * parts[:, :, k]
        weight[k * hop : k * hop + n_fft] += window**2
    half = n_fft // 2
    return total[:, half : half + length] / weight[half : half + length]


# -------------------- 1.2 mel
@right("mel", "in numpy")
def hz_to_mel__numpy(f, scale):
    import numpy as np

    values = f.cpu().numpy()
    if scale == "slaney":
        high = 15 + np.log(np.maximum(values, 1000) / 1000) / (np.log(6.4) / 27)
        return torch.from_numpy(np.where(values >= 1000, high, values / (200 / 3))).to(f.device)
    if scale == "htk":
        return torch.from_numpy(2595 * np.log10(1 + values / 700)).to(f.device)
    raise ValueError(scale)


@right("mel", "with powers and a table of functions")
def mel_to_hz__powers(m, scale):
    ways = {
        "htk": lambda m: 700 * torch.expm1(m * math.log(10) / 2595),
        "slaney": lambda m: torch.where(m < 15, m / 0.015, 1000 * 6.4 ** ((m - 15) / 27)),
    }
    if scale not in ways:
        raise ValueError(scale)
    return ways[scale](m)


@right("mel", "as torchaudio and librosa have it, with linspace and two slopes")
def mel_bank__slopes(sample_rate, n_fft, n_mels, f_min=0.0, f_max=None, scale="slaney", area=True):
    nyquist = sample_rate / 2
    top = nyquist if f_max is None else f_max
    if f_min >= top or top > nyquist:
        raise ValueError("no band")
    low, high = hz_to_mel(torch.tensor([f_min, top], dtype=torch.float64), scale).tolist()
    points = mel_to_hz(torch.linspace(low, high, n_mels + 2, dtype=torch.float64), scale)
    bins = torch.linspace(0, nyquist, n_fft // 2 + 1, dtype=torch.float64)
    widths = points.diff()
    slopes = points[None] - bins[:, None]  # bins mels+2
    down, up = -slopes[:, :-2] / widths[:-1], slopes[:, 2:] / widths[1:]
    bank = torch.clamp(torch.minimum(down, up), min=0.0)
    if area:
        bank = bank * (2 / (points[2:] - points[:-2]))
    return bank.T.contiguous()


@right("mel", "as DiffWave's preprocessing has it, for values from 0 to 1 first")
def log_mel__diffwave(magnitude, bank, floor_db=-80.0, ceil_db=20.0):
    bands = torch.einsum("mk,bkf->bmf", bank, magnitude.double())
    decibels = 20 * torch.log10(torch.clamp(bands, min=10 ** (floor_db / 20)))
    share = torch.clamp((decibels - floor_db) / (ceil_db - floor_db), 0.0, 1.0)
    return (2 * share - 1).type_as(magnitude)


# -------------------- 1.3 griffin_lim
@right("griffin_lim", "with a unit factor that is 1 in silence, and exp")
def griffin_lim__factor(magnitude, phase, steps, n_fft, hop, length):
    factor = torch.exp(1j * phase)
    wave = istft(magnitude * factor, n_fft, hop, length)
    for _ in range(steps):
        again = stft(wave, n_fft, hop)
        size = again.abs()
        factor = torch.where(size > 0, again / torch.where(size > 0, size, 1), 1)
        wave = istft(magnitude * factor, n_fft, hop, length)
    return wave


# -------------------- 2.1 step_embedding
@right("step_embedding", "with logspace, and shares of both rows")
def step_embedding__logspace(t, half=64):
    rates = torch.logspace(0, 4, half, dtype=torch.float64, device=t.device)
    t64 = t.to(torch.float64)
    low, high = torch.floor(t64), torch.ceil(t64)
    share = (t64 - low).unsqueeze(1)

    def rows(step):
        angles = torch.outer(step, rates)
        return torch.hstack([torch.sin(angles), torch.cos(angles)])

    mixed = (1 - share) * rows(low) + share * rows(high)
    return mixed if t.dtype == torch.float64 else mixed.float()


# -------------------- 2.2 diffwave
@right("diffwave", "layer by layer")
def receptive_field__layers(dilations, kernel=3):
    seen = 1
    for dilation in dilations:
        seen += dilation * (kernel - 1)
    return seen


@right("diffwave", "as public implementations have it", replaces="ResidualBlock.forward")
def forward__block(self, x, step, mel=None):
    told = self.step_proj(step).unsqueeze(-1)
    y = self.dilated_conv(x + told)
    if mel is not None:
        y = y + self.mel_proj(mel)
    gate, filter = torch.chunk(y, 2, dim=1)
    y = self.out_proj(torch.sigmoid(gate) * torch.tanh(filter))
    residual, skip = torch.chunk(y, 2, dim=1)
    return (x + residual) / 2**0.5, skip


@right("diffwave", "with a running sum", replaces="DiffWave.forward")
def forward__running(self, wave, t, mel=None):
    x = torch.relu(self.enter(wave.unsqueeze(1)))
    told = self.step(step_embedding(t, self.half).type_as(wave))
    if mel is not None:
        mel = self.stretch(mel, wave.shape[-1])
    total = torch.zeros_like(x)
    for layer in self.blocks:
        x, skip = layer(x, told, mel)
        total = total + skip
    y = self.middle(total * len(self.blocks) ** -0.5)
    return self.leave(y.relu()).squeeze(1)


# -------------------- 2.3 fast_sampling
@right("fast_sampling", "by the double loop of the published code, which finds every level")
def aligned_steps__loops(betas, alpha_bar):
    wanted, steps, roots = 1.0, [], alpha_bar.sqrt().tolist()
    for beta in betas.tolist():
        wanted *= 1 - beta
        if not alpha_bar[-1] - 1e-12 <= wanted <= alpha_bar[0] + 1e-12:
            raise ValueError("no such level")
        for t in range(len(roots) - 1):
            if wanted**0.5 >= roots[t + 1] or t == len(roots) - 2:
                steps.append(t + (roots[t] - wanted**0.5) / (roots[t] - roots[t + 1]))
                break
    return torch.tensor(steps, dtype=torch.float64, device=betas.device)


@right("fast_sampling", "through the estimate of the clean wave, in a no_grad function")
@torch.no_grad()
def fast_sample__clean(model, mel, x_T, noises, betas, alpha_bar, clip=False):
    steps, noises = aligned_steps(betas, alpha_bar), iter(noises)
    now = torch.cumprod(1 - betas, 0).tolist()
    x = x_T
    for s in range(len(now) - 1, -1, -1):
        before, beta = (now[s - 1] if s else 1.0), betas[s].item()
        told = torch.full((x.shape[0],), steps[s].item(), dtype=x.dtype, device=x_T.device)
        clean = (x - (1 - now[s]) ** 0.5 * model(x, told, mel)) / now[s] ** 0.5
        x = (before**0.5 * beta * clean + (1 - beta) ** 0.5 * (1 - before) * x) / (1 - now[s])
        if s:
            x = x + ((1 - before) / (1 - now[s]) * beta) ** 0.5 * next(noises)
        x = torch.clamp(x, -1, 1) if clip else x
    return x


# -------------------- 3.1 windows
@right("windows", "with the windows of a clip side by side, and index_add")
def windowed_prediction__side_by_side(model, x_t, t, window, hop):
    b, frames = x_t.shape[0], x_t.shape[-1]
    starts = torch.tensor(window_starts(frames, window, hop), device=x_t.device)
    index = starts[:, None] + torch.arange(window, device=x_t.device)  # windows window
    parts = x_t[..., index].movedim(-2, 1)  # b windows c mels window
    told = t.repeat_interleave(len(starts))
    out = model(parts.flatten(0, 1), told).unflatten(0, (b, len(starts))).movedim(1, -2)
    total = torch.zeros_like(x_t).index_add(-1, index.flatten(), out.flatten(-2))
    return total / torch.bincount(index.flatten(), minlength=frames).to(x_t.dtype)


# -------------------- 4.1 factorised_attention
@right("factorised_attention", "with flatten and unflatten")
def space_attention__flatten(x, attend):
    rows = x.flatten(0, 1)
    return attend(rows, rows, rows, None).unflatten(0, x.shape[:2])


@right("factorised_attention", "with transposed axes")
def time_attention__transpose(x, attend, mask=None):
    b, f, n, d = x.shape
    rows = x.transpose(1, 2).reshape(b * n, f, d)
    return attend(rows, rows, rows, mask).view(b, n, f, d).transpose(1, 2)


@right("factorised_attention", "with block_diag")
def joint_mask__blocks(frames, images):
    return torch.block_diag(torch.ones(frames, frames), *[torch.ones(1, 1)] * images) > 0


# -------------------- 4.2 inflation
@right("inflation", "by a product with a profile in time")
def inflate_conv2d__profile(weight, frames, mode):
    if mode == "mean":
        profile = torch.full((frames,), 1 / frames, dtype=weight.dtype, device=weight.device)
    elif mode == "centre" and frames % 2:
        profile = torch.zeros(frames, dtype=weight.dtype, device=weight.device)
        profile[(frames - 1) // 2] = 1
    else:
        raise ValueError(mode)
    return torch.einsum("oihw,t->oithw", weight, profile)


@right("inflation", "with two convolutions in three dimensions", replaces="Pseudo3dConv.forward")
def forward__conv3d(self, x):
    F = nn.functional
    if x.dim() == 4:
        return self.space(x)
    p, q = self.space.padding[0], self.time.padding[0]
    y = F.conv3d(x, self.space.weight[:, :, None], self.space.bias, padding=(0, p, p))
    return F.conv3d(y, self.time.weight[..., None, None], self.time.bias, padding=(q, 0, 0))


# -------------------- 5.1 frame_noise
@right("frame_noise", "with weights that know infinity")
def mixed_noise__hypot(shared, own, alpha):
    if math.isinf(alpha):
        return shared.expand_as(own).clone()
    root = math.hypot(1, alpha)
    return shared * (alpha / root) + own / root


@right("frame_noise", "by the matrix of the map")
def progressive_noise__matrix(own, alpha):
    f = own.shape[1]
    q = 1 / math.hypot(1, alpha)
    p = 1.0 if math.isinf(alpha) else alpha * q
    power = (torch.arange(f, device=own.device)[:, None] - torch.arange(f, device=own.device)).clamp(min=0)
    matrix = (p ** power.double()).tril()
    matrix[:, 1:] *= q
    return torch.einsum("ij,bj...->bi...", matrix.to(own.dtype), own)


# -------------------- 5.2 reconstruction_guidance
@right("reconstruction_guidance", "with a vector-Jacobian product by autograd")
def reconstruction_guidance__vjp(denoise, z, known, mask, alpha_bar, weight):
    shape = (-1,) + (1,) * (z.dim() - 2)
    keep = mask.reshape(shape)
    with torch.enable_grad():
        noisy = z.detach().clone().requires_grad_(True)
        x0 = denoise(noisy)
        gap = torch.where(keep, known - x0.detach(), 0)
        # The derivative of the squared error by x0 is -2 gap.
        pulled = None
        if x0.requires_grad:
            (pulled,) = torch.autograd.grad(x0, noisy, gap, allow_unused=True)
    step = 0 if pulled is None else weight * alpha_bar**0.5 * pulled
    return torch.where(keep, known, x0.detach() + step)


# -------------------- 6.1 space_time_patches
@right("space_time_patches", "with unfold")
def patchify__unfold(x, patch):
    for size, step in zip(x.shape[2:], patch, strict=True):
        if size % step:
            raise ValueError(f"{size} is no multiple of {step}")
    pieces = x.unfold(2, patch[0], patch[0]).unfold(3, patch[1], patch[1]).unfold(4, patch[2], patch[2])
    return pieces.permute(0, 2, 3, 4, 5, 6, 7, 1).flatten(4).flatten(1, 3)


@right("space_time_patches", "with view and permute")
def unpatchify__permute(tokens, size, patch):
    (c, f, h, w), (t, p, q) = size, patch
    if f % t or h % p or w % q:
        raise ValueError(patch)
    parts = tokens.view(-1, f // t, h // p, w // q, t, p, q, c)
    return parts.permute(0, 7, 1, 4, 2, 5, 3, 6).reshape(-1, c, f, h, w)


@right("space_time_patches", "by counting tokens")
def positions__counted(f, h, w):
    token = torch.arange(f * h * w)
    return torch.stack([token // (h * w), token // w % h, token % w], dim=1)


# -------------------- 6.2 packing
@right("packing", "with lists of rows that are joined at the end")
def pack__lists(clips, capacity):
    if capacity < 1:
        raise ValueError("no room")
    rows, place = [], []
    for number, clip in enumerate(clips):
        n = clip.shape[0]
        if n == 0 or n > capacity:
            raise ValueError(n)
        filled = [sum(len(part) for _, part in parts) for parts in rows]
        row = next((row for row, taken in enumerate(filled) if taken + n <= capacity), len(rows))
        if row == len(rows):
            rows.append([])
            filled.append(0)
        start = filled[row]
        rows[row].append((number, clip))
        place.append((row, start))
    if not clips:
        return Packed(torch.zeros(0, capacity, 1), torch.zeros(0, capacity, dtype=torch.long), [])
    tokens, segments = [], []
    for parts in rows:
        joined = torch.cat([part for _, part in parts])
        ids = torch.cat([torch.full((len(part),), number, device=part.device) for number, part in parts])
        left = capacity - len(joined)
        tokens.append(torch.nn.functional.pad(joined, (0, 0, 0, left)))
        segments.append(torch.nn.functional.pad(ids, (0, left), value=-1))
    return Packed(torch.stack(tokens), torch.stack(segments), place)


@right("packing", "with padding that gets a number of its own")
def block_mask__numbers(segment):
    own = -1 - torch.arange(segment.shape[-1], device=segment.device)
    numbers = torch.where(segment < 0, own, segment)
    return numbers.unsqueeze(-1).eq(numbers.unsqueeze(-2))


# -------------------- 6.3 causal_conv
@right("causal_conv", "with replicated padding by F.pad", replaces="CausalConv3d.forward")
def forward__pad(self, x, cache=None):
    past = self.conv.weight.shape[2] - 1
    if cache is None:
        x = torch.nn.functional.pad(x, (0, 0, 0, 0, past, 0), mode="replicate")
    else:
        x = torch.cat((cache, x), 2)
    kept = x[:, :, -past:] if past else x[:, :, :0]
    return self.conv(x), kept.clone()


@right("causal_conv", "with an iterator that goes on by hand")
def stream__by_hand(conv, chunks):
    rest, cache = iter(chunks), None
    while True:
        try:
            chunk = next(rest)
        except StopIteration:
            return
        out = conv(chunk, cache)
        cache = out[1]
        yield out[0]
