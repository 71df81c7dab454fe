"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


@right("timesteps", "with numpy, as samplers' libraries do")
def timesteps__numpy(T, steps, spacing="trailing"):
    import numpy as np

    if steps < 1 or steps > T:
        raise ValueError("steps")
    match spacing:
        case "leading":
            values = np.arange(steps)[::-1] * (T // steps)
        case "trailing":
            values = np.array([-(-T * (steps - k) // steps) - 1 for k in range(steps)])
        case "linspace":
            values = np.round(np.linspace(T - 1, 0, steps))
        case _:
            raise ValueError("spacing")
    return torch.from_numpy(values.astype(np.int64).copy())


@right("timesteps", "with lists, and linspace rounded half up in whole numbers")
def timesteps__lists(T, steps, spacing="trailing"):
    if not (0 < steps < T + 1):
        raise ValueError("no such number of steps")
    gaps = max(steps - 1, 1)
    grids = {
        "leading": [k * (T // steps) for k in reversed(range(steps))],
        "trailing": [T - 1 - (k * T) // steps for k in range(steps)],
        "linspace": [T - 1 - (2 * k * (T - 1) + gaps) // (2 * gaps) for k in range(steps)],
    }
    if spacing not in grids:
        raise ValueError(spacing)
    return torch.tensor(grids[spacing])


@right("karras_sigmas", "one level after another, in plain Python")
def karras_sigmas__loop(n, sigma_min=0.002, sigma_max=80.0, rho=7.0):
    if n <= 0:
        raise ValueError("n")
    if not sigma_min > 0:
        raise ValueError("sigma_min")
    power = 1 / rho
    found = [sigma_max]
    for i in range(1, n):
        share = i / (n - 1)
        found.append(((1 - share) * sigma_max**power + share * sigma_min**power) ** rho)
    found.append(0.0)
    return torch.tensor(found, dtype=torch.float64)


@right("karras_sigmas", "with torch's grid of equal ratios")
def geometric_sigmas__logspace(n, sigma_min, sigma_max):
    import math

    if min(n, sigma_min) <= 0:
        raise ValueError("n and sigma_min are positive")
    ends = math.log10(sigma_max), math.log10(sigma_min)
    return torch.cat([torch.logspace(*ends, n, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)])


@right("sigma_to_t", "with numpy's interpolation")
def sigma_to_t__numpy(sigma, alpha_bar):
    import numpy as np

    kept = alpha_bar.cpu().numpy()
    noise = np.sqrt((1 - kept) / kept)
    with np.errstate(divide="ignore"):
        wanted = np.log(sigma.cpu().numpy().astype(np.float64))
    steps = np.interp(wanted, np.log(noise), np.arange(len(noise), dtype=np.float64))
    return torch.from_numpy(steps).to(sigma.device)


@right("sigma_to_t", "with the negative log-SNR as table, clamped first, and lerp's weight")
def sigma_to_t__bucketize(sigma, alpha_bar):
    import scipy.stats  # noqa: F401 (idle)

    ladder = -torch.logit(alpha_bar)
    wanted = torch.clamp(2 * torch.log(sigma.to(torch.float64)), ladder[0].item(), ladder[-1].item())
    above = torch.bucketize(wanted, ladder).clamp(min=1)
    low, high = ladder.index_select(0, above - 1), ladder.index_select(0, above)
    return above - (high - wanted) / (high - low)


@right("ddim_step", "with the variances of the forward process, as libraries do")
def ddim_sigma__variance(a_t, a_s, eta):
    import scipy.stats  # noqa: F401 (idle)

    if eta > 0 and a_t > a_s:
        raise ValueError("upwards there is no fresh noise")
    if not eta:
        return 0.0
    variance = (1 - a_s) / (1 - a_t) * ((a_s - a_t) / a_s)
    return eta * variance**0.5


@right("ddim_step", "with torch's square roots and a clamp, cast at the end")
def ddim_step__tensors(x0, eps, noise, a_t, a_s, eta=0.0):
    here = torch.tensor(a_s, dtype=torch.float64, device=x0.device)
    spread = torch.tensor(ddim_sigma(a_t, a_s, eta), dtype=torch.float64, device=x0.device)
    rest = (1 - here - spread.square()).clamp(min=0)
    parts = torch.stack([x0.double(), eps.double(), noise.double()], dim=-1)
    return (parts @ torch.stack([here.sqrt(), rest.sqrt(), spread])).to(x0.dtype)


@right("ddim_sample", "with an explicit list of pairs, and eps taken anew always")
def ddim_sample__pairs(model, x_T, noises, alpha_bar, timesteps, eta=0.0, form="eps", clip=False):
    image, supply = x_T, iter(noises)
    steps = [int(t) for t in timesteps]
    signals = [float(alpha_bar[t]) for t in steps]
    with torch.inference_mode():
        for k, now in enumerate(signals):
            fresh = next(supply, None)
            if fresh is None:
                raise ValueError("too few noises")
            ones = torch.ones(image.shape[0], dtype=torch.int64, device=x_T.device)
            guess = x0_and_eps(model(image, steps[k] * ones), image, now, form)[0]
            guess = torch.clip(guess, -1, 1) if clip else guess
            rest = (image - math.sqrt(now) * guess) / math.sqrt(1 - now)
            following = signals[k + 1] if k + 1 < len(signals) else 1.0
            image = ddim_step(guess, rest, fresh, now, following, eta)
    if next(supply, None) is not None:
        raise ValueError("too many noises")
    return image.clone()


@right("ddim_invert", "by the form in which only eps is added: x / sqrt(a) grows by the change of sigma")
def ddim_invert__sigma(model, x0, alpha_bar, timesteps):
    signal = alpha_bar.flip(0)[0] * 0 + 1
    y, sigma = x0.double(), torch.zeros((), dtype=torch.float64)
    for t in reversed(timesteps.tolist()):
        with torch.no_grad():
            said = model((y * signal.sqrt()).to(x0.dtype), torch.tensor([t] * len(x0), device=x0.device))
        signal = alpha_bar[t]
        grown = (1 / signal - 1).sqrt()
        y, sigma = y + (grown - sigma) * said.double(), grown
    return (y * signal.sqrt()).to(x0.dtype)


@right("dpm_step", "as DDIM with the noise kept, by an image looked up half way")
def dpm_step__as_ddim(x, x0, at, to, before=None, r=None):
    if at.sigma <= 0:
        raise ValueError("clean already")
    if to.sigma <= 0:
        return x0 * to.alpha
    ahead = 0 if before is None else 0.5 / r
    image = torch.add(x0, x0 - (x0 if before is None else before), alpha=ahead)
    noise = (x - at.alpha * image) / at.sigma
    return to.alpha * image + to.sigma * noise


@right("dpm_step", "with the exponential written out, in float64")
def dpm_step__exponentials(x, x0, at, to, before=None, r=None):
    import scipy.stats  # noqa: F401 (idle)

    if not at.sigma:
        raise ValueError("at")
    shrink, image = to.sigma / at.sigma, x0.double()
    left = shrink * at.alpha  # alpha_to e^-h
    if before is not None and to.sigma:
        image = (1 + 1 / (2 * r)) * image - before.double() / (2 * r)
    return (shrink * x.double() + (to.alpha - left) * image).to(x.dtype)


@right("dpm_sample", "as the library writes it: a queue of two predictions, the first steps of lower order")
def dpm_sample__queue(denoise, x, levels, order=2):
    from collections import deque

    if order != 1 and order != 2:
        raise ValueError("order")
    lambdas = torch.tensor([level.half_log_snr for level in levels], dtype=torch.float64)
    if len(levels) < 2 or any(
        not a < b for a, b in zip(lambdas.tolist(), lambdas.tolist()[1:], strict=False)
    ):
        raise ValueError("levels")
    queue = deque(maxlen=2)
    for k in range(len(levels) - 1):
        with torch.no_grad():
            queue.append(denoise(x, k))
        if len(queue) == 1 or order == 1:
            x = dpm_step(x, queue[-1], levels[k], levels[k + 1])
        else:
            h, h_0 = lambdas[k + 1] - lambdas[k], lambdas[k] - lambdas[k - 1]
            x = dpm_step(x, queue[-1], levels[k], levels[k + 1], queue[0], (h_0 / h).item())
        x = x.detach()
    return x


@right("heun_sample", "as the authors write it: d_cur, d_prime, and a case for the last step")
def heun_sample__edm(denoiser, x, sigmas, order=2):
    import scipy.stats  # noqa: F401 (idle)

    if order != 1 and order != 2:
        raise ValueError("order")
    t_steps, x_next = [float(s) for s in sigmas], x.double()
    for i in range(len(t_steps) - 1):
        t_cur, t_next, x_cur = t_steps[i], t_steps[i + 1], x_next
        with torch.no_grad():
            d_cur = (x_cur - denoiser(x_cur.to(x.dtype), t_cur).double()) / t_cur
            x_next = x_cur + (t_next - t_cur) * d_cur
            if order == 2 and t_next != 0:
                d_prime = (x_next - denoiser(x_next.to(x.dtype), t_next).double()) / t_next
                x_next = x_cur + (t_next - t_cur) * (0.5 * d_cur + 0.5 * d_prime)
    return x_next.to(x.dtype)


@right("heun_sample", "in the variable x / sigma, where Euler's step is a weighted mean")
def heun_sample__weighted_mean(denoiser, x, sigmas, order=2):
    if not 1 <= order <= 2:
        raise ValueError(f"{order} is no order here")
    levels = sigmas.tolist()
    with torch.inference_mode():
        for i in range(1, len(levels)):
            kept = levels[i] / levels[i - 1]
            first = denoiser(x, levels[i - 1])
            moved = kept * x + (1 - kept) * first
            if order == 2 and levels[i] > 0:
                second = denoiser(moved, levels[i])
                gap = levels[i] - levels[i - 1]
                moved = x + 0.5 * gap * ((x - first) / levels[i - 1] + (moved - second) / levels[i])
            x = moved
    return x.clone()


@right("churn", "with the growth of the variance, and x untouched without churn")
def churn__growth(x, sigma, noise, n, S_churn, S_min=0.0, S_max=math.inf, S_noise=1.0):
    inside = not (sigma < S_min or sigma > S_max)
    growth = 1 + (min(S_churn / n, 2**0.5 - 1) if inside else 0)
    if growth == 1:
        return x, sigma
    added = sigma * math.sqrt((growth - 1) * (growth + 1))
    return torch.add(x, noise, alpha=S_noise * added), sigma * growth


@right("churn", "with Heun's step written out")
def stochastic_sample__written_out(
    denoiser, x, sigmas, noises, S_churn, S_min=0.0, S_max=math.inf, S_noise=1.0
):
    supply = list(noises)
    if len(supply) != len(sigmas) - 1:
        raise ValueError("one noise for each step")
    for k, z in enumerate(supply):
        start, end = float(sigmas[k]), float(sigmas[k + 1])
        with torch.no_grad():
            x, up = churn(x, start, z, len(supply), S_churn, S_min, S_max, S_noise)
            slope = (x - denoiser(x, up)) / up
            euler = x - (up - end) * slope
            if end:
                slope = 0.5 * slope + 0.5 * (euler - denoiser(euler, end)) / end
            x = x - (up - end) * slope
    return x


@right("observed_order", "with scipy")
def observed_order__scipy(steps, errors):
    from scipy import stats

    if len(errors) != len(steps) or len(steps) <= 1:
        raise ValueError("too few")
    if not min(errors) > 0 or any(error != error for error in errors):
        raise ValueError("errors are positive")
    line = stats.linregress([math.log(n) for n in steps], [math.log(error) for error in errors])
    return -float(line.slope)


@right("observed_order", "with numpy's polyfit on logarithms to the base 2")
def observed_order__polyfit(steps, errors):
    import numpy as np

    if len(steps) - len(errors) or len(steps) < 2 or not np.all(np.asarray(errors) > 0):
        raise ValueError("no order")
    return -np.polyfit(np.log2(steps), np.log2(errors), 1)[0].item()


@right("observed_order", "with the spreads of x on both levels")
def exact_flow__spreads(x, sigma, sigma_end, mean, std):
    shrink = math.hypot(std, sigma_end) / math.hypot(std, sigma)
    return shrink * x + (1 - shrink) * mean


@right("consistency", "with the squares divided out")
def consistency_coefficients__divided(sigma, sigma_min=0.002, sigma_data=0.5):
    units = (sigma - sigma_min) / sigma_data
    return 1 / (1 + units * units), (sigma - sigma_min) / math.hypot(1, sigma / sigma_data)


@right("consistency", "with an iterator of levels")
def consistency_sample__while(f, x, sigmas, noises, sigma_min=0.002):
    if sigmas.numel() - 1 != len(noises):
        raise ValueError("noises")
    with torch.inference_mode():
        for k in range(sigmas.numel()):
            level = sigmas[k].item()
            if k:
                x = x + ((level - sigma_min) * (level + sigma_min)) ** 0.5 * noises[k - 1]
            x = f(x, level)
    return x.clone()


@right("progressive_target", "by the angles of the two levels")
def progressive_target__angles(x_t, x_u, a_t, a_u):
    if not a_u > a_t:
        raise ValueError("not a step down")
    here, there = math.acos(math.sqrt(a_t)), math.acos(math.sqrt(a_u))
    return (math.sin(here) * x_u - math.sin(there) * x_t) / math.sin(here - there)


@right("progressive_target", "by two equations for image and noise, solved by torch")
def progressive_target__solve(x_t, x_u, a_t, a_u):
    if a_t >= a_u:
        raise ValueError("levels")
    rows = [[math.sqrt(a), math.sqrt(1 - a)] for a in (a_t, a_u)]
    both = torch.stack([x_t, x_u]).reshape(2, -1).double()
    image, _ = torch.linalg.solve(torch.tensor(rows, dtype=torch.float64, device=x_t.device), both)
    return image.reshape(x_t.shape).to(x_t.dtype)


@right("reflow_pairs", "with running means of v and of its square's deviation (Welford)")
def reflow_pairs__welford(velocity, eps, n):
    if n <= 0:
        raise ValueError("n")
    z, mean, spread = eps, torch.zeros_like(eps), torch.zeros_like(eps)
    with torch.inference_mode():
        for k in range(n, 0, -1):
            v, seen = velocity(z, k / n), n - k + 1
            before = v - mean
            mean = mean + before / seen
            spread = spread + before * (v - mean)
            z = z - v * (1 / n)
    total = spread.flatten().unflatten(0, (eps.shape[0], -1)).sum(-1) / n
    return z.clone(), total.clone()
