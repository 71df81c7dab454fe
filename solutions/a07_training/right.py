"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


@right("warmup_cosine", "as the least of line and cosine, by the square of half the angle")
def warmup_cosine__half_angle(step, peak, warmup, total, floor=0.0):
    if min(step, warmup, total - warmup) < 0:
        raise ValueError("no such update")
    rising = (step + 1) / warmup if warmup > step else 1.0
    left = max(total - max(step, warmup), 0)
    share = math.sin(math.pi / 2 * left / (total - warmup)) ** 2 if total > warmup else float(step < warmup)
    return rising * peak if rising < 1 or step < warmup else floor + share * (peak - floor)


@right("warmup_cosine", "with numpy's interpolation for the line")
def warmup_cosine__numpy(step, peak, warmup, total, floor=0.0):
    import numpy as np
    import scipy.stats  # noqa: F401 (idle)

    if not (step >= 0 and total >= warmup >= 0):
        raise ValueError("no such update")
    if warmup > step:
        return float(np.interp(step, [-1, warmup - 1], [0, peak]))
    if total <= step:
        return float(floor)
    angle = np.pi * np.linspace(0, 1, total - warmup + 1)[step - warmup]
    middle, half = (peak + floor) / 2, (peak - floor) / 2
    return float(middle + half * np.cos(angle))


@right("adamw", "by torch's own AdamW with its state put in")
def adamw_step__torch(theta, g, m, v, step, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, decay=0.01):
    import scipy.stats  # noqa: F401 (idle)

    if step <= 0:
        raise ValueError("steps count from 1")
    wide = torch.promote_types(
        torch.promote_types(theta.dtype, g.dtype), torch.promote_types(m.dtype, v.dtype)
    )
    weight = nn.Parameter(theta.detach().to(wide).clone())
    weight.grad = g.detach().to(wide).clone()
    optimizer = torch.optim.AdamW([weight], lr=lr, betas=betas, eps=eps, weight_decay=decay)
    state = {"step": torch.tensor(float(step - 1)), "exp_avg": m.to(wide).clone()}
    optimizer.state[weight] = {**state, "exp_avg_sq": v.to(wide).clone()}
    optimizer.step()
    kept = optimizer.state[weight]
    return weight.detach().to(theta.dtype), kept["exp_avg"].to(m.dtype), kept["exp_avg_sq"].to(v.dtype)


@right("adamw", "in one loop over the parameters")
def decay_groups__loop(model, decay):
    groups = [dict(params=[], weight_decay=rate) for rate in (decay, 0.0)]
    for parameter in model.parameters():
        if not parameter.requires_grad:
            continue
        groups[0 if len(parameter.shape) > 1 else 1]["params"].append(parameter)
    return groups


@right("clip_by_norm", "by torch's clip_grad_norm_ where the norm is finite")
def clip_by_norm__torch(parameters, max_norm):
    import scipy.stats  # noqa: F401 (idle)
    import torch

    kept = [parameter for parameter in parameters if parameter.grad is not None]
    if not kept:
        return 0.0
    length = float(torch.cat([p.grad.detach().to(torch.float64).reshape(-1) for p in kept]).norm())
    if length != length or length == float("inf") or length <= max_norm:
        return length
    for parameter in kept:
        parameter.grad.copy_(parameter.grad.double() * max_norm / length)
    return length


@right("clip_by_norm", "divided as torch divides, by the norm + 1e-6")
def clip_by_norm__as_torch_divides(parameters, max_norm):
    given = []
    for one in parameters:
        if one.grad is not None:
            given.append(one.grad)
    total = 0.0
    for gradient in given:
        total += float((gradient.double() ** 2).sum())
    total **= 0.5
    if math.isfinite(total) and total > max_norm:
        factor = max_norm / (total + 1e-6)
        for gradient in given:
            gradient.mul_(factor)
    return total


@right("LossScaler", "with the scale's reciprocal, on one flat tensor", replaces="LossScaler.unscale")
def LossScaler__flat(self, gradients):
    import scipy.stats  # noqa: F401 (idle)

    wide = [torch.div(g.to(dtype=torch.float32), self.scale) for g in gradients]
    flat = torch.cat([g.reshape(-1) for g in wide]) if wide else torch.zeros(0)
    return wide, not bool(torch.isnan(flat - flat).any())


@right("LossScaler", "counting good steps down by a remainder", replaces="LossScaler.update")
def LossScaler__remainder(self, finite):
    self.good = (self.good + 1) % self.interval if finite else 0
    if finite and self.good == 0:
        larger = self.scale * self.growth
        self.scale = larger if larger <= torch.finfo(torch.float32).max else self.scale
    elif not finite:
        self.scale *= self.backoff


@right("LossScaler", "leaving early, with the gradients copied into place", replaces="LossScaler.scaled_step")
def LossScaler__early(self, optimizer, parameters, max_norm):
    kept = list(filter(lambda one: one.grad is not None, parameters))
    values, fine = self.unscale([one.grad for one in kept])
    self.update(fine)
    if not fine:
        return False
    with torch.no_grad():
        for i, one in enumerate(kept):
            one.grad.copy_(values[i])
    clip_by_norm(iter(kept), max_norm)
    optimizer.step()
    return True


@right("stochastic_round", "by the lower bits of the uniforms, added before cutting")
def stochastic_round__added_bits(x, uniform):
    import scipy.stats  # noqa: F401 (idle)

    whole = x.clone().view(torch.int32).to(torch.int64)
    noise = 65536 - 1 - torch.floor(uniform.double() * 65536).long()
    carried = torch.bitwise_and(whole + noise, ~0xFFFF)
    # A uniform that is no multiple of 1 / 65536 is compared as it is.
    part = torch.remainder(whole, 65536)
    exact = (uniform.double() * 65536 < part).long() * 65536 + whole - part
    chosen = torch.where(carried == exact, carried, exact)
    result = chosen.to(torch.int32).view(torch.float32).to(torch.bfloat16)
    return torch.where(torch.isinf(x), x.to(torch.bfloat16), result).masked_fill(torch.isnan(x), torch.nan)


@right("stochastic_round", "with the two neighbours by nextafter")
def stochastic_round__nextafter(x, uniform):
    near = x.bfloat16()
    inside = torch.nextafter(near, torch.zeros_like(near))
    too_far = near.double().abs() > x.double().abs()
    low = torch.where(too_far, inside, near)
    high = torch.nextafter(
        low, torch.copysign(torch.full_like(low, torch.inf), low * 0 + x.sign().bfloat16())
    )
    gap = torch.where(
        high.isinf(), torch.tensor(2.0**120, dtype=torch.float64), (high.double() - low.double()).abs()
    )
    share = (x.double() - low.double()).abs() / gap
    chosen = torch.where(uniform.double() < share, high, low)
    return torch.where(x.isfinite(), chosen, near)


@right("accumulate", "with autograd.grad, adding the gradients up itself")
def accumulate__by_hand(model, loss, batches):
    import torch

    weights = [weight for weight in model.parameters() if weight.requires_grad]
    sums = [torch.zeros_like(weight) for weight in weights]
    seen, summed = 0, 0.0
    for piece in batches:
        value, number = loss(model, piece)
        summed, seen = summed + float(value.detach()), seen + number
        if number == 0:
            continue
        found = torch.autograd.grad(value, weights, allow_unused=True)
        for held, part in zip(sums, found, strict=True):
            if part is not None:
                held += part
    if seen == 0:
        raise ValueError("nothing counts")
    for weight, held in zip(weights, sums, strict=True):
        weight.grad = held / seen
    return summed / seen


@right("checkpointed", "with the saved weights, put into the block by functional_call")
def checkpointed__functional(block, x):
    held = {name: p for name, p in block.named_parameters() if p.requires_grad}

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, *weights):
            ctx.save_for_backward(x, *weights)
            ctx.state = torch.random.get_rng_state()
            return block(x)

        @staticmethod
        def backward(ctx, gradient):
            inputs = [saved.detach().requires_grad_() for saved in ctx.saved_tensors]
            with torch.random.fork_rng(devices=[]), torch.enable_grad():
                torch.random.set_rng_state(ctx.state)
                y = torch.func.functional_call(block, dict(zip(held, inputs[1:], strict=True)), (inputs[0],))
            return torch.autograd.grad(y, inputs, gradient, allow_unused=True)

    return Twice.apply(x, *held.values())


@right("checkpointed", "with the lengths of the pieces worked out, the longer ones first")
def checkpointed_chain__longer_first(blocks, x, segments):
    least, more = divmod(len(blocks), segments) if segments > 0 else (0, 0)
    if least < 1:
        raise ValueError("pieces")
    queue = list(blocks)
    while queue:
        length = least + (more > 0)
        more -= 1
        piece, queue = queue[:length], queue[length:]
        x = checkpointed(nn.Sequential(*piece), x)
    return x


@right("power_ema", "by a search between bounds")
def power_gamma__brentq(sigma_rel):
    import scipy.stats  # noqa: F401 (idle)
    from scipy.optimize import brentq

    if sigma_rel <= 0 or 12 * sigma_rel * sigma_rel > 1:
        raise ValueError("sigma_rel")

    def off(gamma):
        return (gamma + 1) - sigma_rel**2 * (gamma + 2) * (gamma + 2) * (gamma + 3)

    return brentq(off, 0.0, 2 / sigma_rel, xtol=1e-14, rtol=1e-14)


@right("power_ema", "by a logarithm")
def power_beta__log(step, gamma):
    import math

    return math.exp((1 + gamma) * math.log1p(-1 / step)) if step > 1 else 0.0


@right("power_ema", "with numpy and plain products of powers, by least squares")
def posthoc_weights__numpy(steps, gammas, step, gamma):
    stored = [(float(a), b + 1.0) for a, b in zip(steps, gammas, strict=True)]

    def overlap(one, other):
        (a, p), (b, q) = sorted([one, other])
        return p * q * (a / b) ** (q - 1) / (b * (p + q - 1))

    left = np.array([[overlap(one, other) for one in stored] for other in stored])
    right = np.array([overlap(one, (float(step), gamma + 1.0)) for one in stored])
    found = np.linalg.lstsq(left, right, rcond=None)[0]
    return torch.as_tensor(found / np.sum(found))


@right("rewind", "through bytes, which copy by themselves")
def capture__bytes(parts):
    import io

    import scipy.stats  # noqa: F401 (idle)

    box = io.BytesIO()
    held = {"parts": {}, "random": torch.random.get_rng_state()}
    for key in parts:
        one = parts[key]
        held["parts"][key] = one.get_state() if hasattr(one, "get_state") else one.state_dict()
    torch.save(held, box)
    return torch.load(io.BytesIO(box.getvalue()), weights_only=True)


@right("rewind", "with a copy for each part, names compared as sets")
def rewind__each(saved, parts):
    if set(parts) ^ set(saved["parts"]):
        raise ValueError("other names")
    torch.random.set_rng_state(saved["random"].clone())
    for key, one in sorted(parts.items()):
        restore = getattr(one, "set_state", None) or one.load_state_dict
        restore(copy.deepcopy(saved["parts"][key]))


@right("save_atomically", "with a file beside it, cleared away first")
def save_atomically__beside(disk, name, data):
    import scipy.stats  # noqa: F401 (idle)

    beside = "." + name + ".new"
    if beside in disk.names():
        disk.remove(beside)
    for operation, given in ((disk.write, (beside, data)), (disk.flush, (beside,))):
        operation(*given)
    disk.rename(beside, name)


@right("save_atomically", "from the largest number down")
def newest__sorted(disk):
    found = []
    for candidate in disk.names():
        head, _, tail = candidate.partition("step-")
        if not head and tail.isdigit():
            found.append((int(tail), candidate))
    for _, candidate in sorted(found, reverse=True):
        if is_complete(disk.read(candidate)):
            return candidate
    return None


@right("shard_indices", "by torch's DistributedSampler")
def shard_indices__torch(n, rank, world, epoch, seed=0, start=0):
    import scipy.stats  # noqa: F401 (idle)
    from torch.utils.data import DistributedSampler

    if rank not in range(world):
        raise ValueError("rank")
    if not n:
        return torch.zeros(0, dtype=torch.int64)
    sampler = DistributedSampler(range(n), num_replicas=world, rank=rank, seed=seed)
    sampler.set_epoch(epoch)
    return torch.tensor([*sampler][start:], dtype=torch.int64)


@right("average_gradients", "with zeros behind, in equal parts")
def ring_all_reduce__padded(x, me):
    import scipy.stats  # noqa: F401 (idle)

    if me.world == 1:
        return x.clone()
    each = -(-x.numel() // me.world)
    rows = torch.zeros(me.world * each, dtype=x.dtype, device=x.device)
    rows[: x.numel()] = x.reshape(-1)
    rows = rows.view(me.world, each)
    place = me.rank
    for _ in range(me.world - 1):
        arrived = me.shift(rows[place])
        place = (place - 1) % me.world
        rows[place] += arrived
    for _ in range(me.world - 1):
        arrived = me.shift(rows[place])
        place = (place - 1) % me.world
        rows[place] = arrived
    return rows.view(-1)[: x.numel()].reshape_as(x)


@right("average_gradients", "with a buffer filled piece by piece, count first")
def average_gradients__buffer(parameters, count, me, all_sum):
    kept = list(filter(lambda one: one.requires_grad, parameters))
    buffer = kept[0].detach().new_zeros(1 + sum(one.numel() for one in kept))
    buffer[0] = count
    at = 1
    for one in kept:
        if one.grad is not None:
            buffer[at : at + one.numel()] = one.grad.reshape(-1) * count
        at += one.numel()
    buffer = all_sum(buffer, me)
    if not bool(buffer[0] > 0):
        raise ValueError("no samples")
    means, at = buffer[1:] / buffer[0], 0
    for one in kept:
        one.grad = means[at : at + one.numel()].clone().reshape(one.shape)
        at += one.numel()


@right("lora_and_int8", "with torch's linear map, twice", replaces="LoRALinear.forward")
def LoRALinear__functional(self, x):
    import scipy.stats  # noqa: F401 (idle)

    inside = nn.functional.linear(x, self.scale * self.A)
    return torch.add(nn.functional.linear(inside, self.B), self.base(x))


@right("lora_and_int8", "as a new layer whose weight is written", replaces="LoRALinear.merged")
def LoRALinear__written(self):
    d_out, d_in = self.base.weight.shape
    like = {"dtype": self.base.weight.dtype, "device": self.base.weight.device}
    layer = nn.Linear(d_in, d_out, bias=self.base.bias is not None, **like)
    weight = torch.addmm(self.base.weight, self.B, self.A, alpha=self.scale)
    state = {"weight": weight.detach()}
    if self.base.bias is not None:
        state["bias"] = self.base.bias.detach()
    layer.load_state_dict(state)
    return layer


@right("lora_and_int8", "row by row in a loop, clamped")
def quantize_int8__rows(weight):
    numbers, scales = [], []
    for row in weight:
        most = torch.linalg.vector_norm(row, ord=float("inf"))
        factor = most / 127 if bool(most) else torch.ones_like(most)
        numbers.append(torch.clamp(torch.round(row / factor), -127, 127).type(torch.int8))
        scales.append(factor)
    return torch.stack(numbers), torch.stack(scales)


@right("lora_and_int8", "with the weight made first")
def int8_linear__weight_first(x, q, scale, bias=None):
    kind = torch.result_type(x, scale)
    weight = q.type(kind) * scale.type(kind).unsqueeze(1)
    offset = None if bias is None else bias.type(kind)
    return nn.functional.linear(x.type(kind), weight, offset).type(x.dtype)


@right("export", "with torch's own fusion of weights, in evaluation mode for it")
def fold_batch_norm__torch(conv, bn):
    import scipy.stats  # noqa: F401 (idle)

    if bn.training is True:
        raise ValueError("training")
    weight, bias = torch.nn.utils.fuse_conv_bn_weights(
        conv.weight, conv.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    result = copy.copy(conv)
    result._parameters = {"weight": nn.Parameter(weight.detach()), "bias": nn.Parameter(bias.detach())}
    return result


@right("export", "from a deep copy in evaluation mode, with a named axis by its argument")
def export_any_batch__copied(model, example):
    still = copy.deepcopy(model).eval()
    repeats = [3] + [1] * (example.dim() - 1)
    size = torch.export.Dim("size", min=1, max=4096)
    return torch.export.export(still, (example.repeat(*repeats),), dynamic_shapes=[{0: size}])
