"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


@right("bernoulli_mask", "as the complement of who drops, with bounds of its own")
def bernoulli_mask__complement(uniforms, p_drop):
    if p_drop != min(max(p_drop, 0.0), 1.0):
        raise ValueError("a probability, please")
    return torch.lt(uniforms, p_drop).logical_not()


@right("bernoulli_mask", "one sample after another, in plain Python")
def bernoulli_mask__loop(uniforms, p_drop):
    assert_probability = torch.distributions.constraints.unit_interval.check
    if not bool(assert_probability(torch.tensor(p_drop))):
        raise ValueError("no probability")
    return torch.tensor([not u < p_drop for u in uniforms.tolist()], device=uniforms.device)


@right("drop_context", "by masked assignment into a copy")
def drop_labels__assignment(labels, keep, num_classes):
    changed = labels.clone()
    changed[torch.logical_not(keep)] = num_classes
    return changed


@right("drop_context", "as a product with a diagonal matrix")
def drop_one_hot__matrix(one_hot, keep):
    return torch.diag(keep.to(one_hot.dtype)) @ one_hot


@right("drop_context", "by choosing rows of a stack of both")
def drop_context__index(context, keep, null):
    choices = torch.cat([context, null.type(context.dtype).unsqueeze(0)])
    rows = torch.arange(len(context), device=context.device).masked_fill(~keep, len(context))
    return choices.index_select(0, rows)


@right("drop_context", "by assignment into a copy, through which gradients flow too")
def drop_context__assignment(context, keep, null):
    mixed = context.clone()
    mixed[~keep] = null.to(mixed)
    return mixed


@right("cfg_combine", "with the two weights that add up to 1")
def cfg_combine__two_weights(cond, uncond, w):
    weight = torch.as_tensor(w, dtype=torch.float64)
    weight = weight.reshape(weight.shape + (1,) * (cond.ndim - 1) if weight.ndim else ())
    return (weight * cond.double() + (1 - weight) * uncond.double()).type(cond.dtype)


@right("cfg_combine", "with einsum")
def cfg_combine__einsum(cond, uncond, w):
    weights = torch.ones(len(cond), dtype=torch.float64, device=cond.device) * w
    pair = torch.stack([cond, uncond]).double()
    return torch.einsum("nb,nb...->b...", torch.stack([weights, 1 - weights]), pair).to(cond)


@right("cfg_combine", "by cases")
def convert_weight__cases(w, source, target):
    match source, target:
        case ("course", "course") | ("paper", "paper"):
            return w
        case "course", "paper":
            return w - 1.0
        case "paper", "course":
            return 1.0 + w
    raise ValueError((source, target))


@right("guided_x0", "by turning each prediction into an image first and guiding the images")
def guided_x0__images_first(x_t, cond, uncond, w, alpha_bar, form):
    signal, variance = per_image(alpha_bar**0.5, x_t), per_image(1 - alpha_bar, x_t)
    if form not in ("eps", "x0", "v", "score") or (form[0] in "es" and alpha_bar.min() <= 0):
        raise ValueError(form)

    def image(prediction):
        if form == "x0":
            return prediction
        if form == "v":
            return signal * x_t - variance**0.5 * prediction
        noise = prediction if form == "eps" else -torch.sqrt(variance) * prediction
        return x_t / signal - torch.sqrt(variance / signal**2) * noise

    return cfg_combine(image(cond), image(uncond), w).type(x_t.dtype)


@right("guided_x0", "with a table of two factors for each form")
def guided_x0__table(x_t, cond, uncond, w, alpha_bar, form):
    if form in {"eps", "score"} and not bool(alpha_bar.all()):
        raise ValueError("pure noise")
    one, s, n = torch.ones_like(alpha_bar), alpha_bar.sqrt(), torch.sqrt(1 - alpha_bar)
    factors = {"eps": (one / s, -n / s), "x0": (0 * one, one), "v": (s, -n), "score": (one / s, n * n / s)}
    if form not in factors:
        raise ValueError(form)
    of_x, of_prediction = (per_image(factor, x_t) for factor in factors[form])
    return (of_x * x_t + of_prediction * cfg_combine(cond, uncond, w)).type_as(x_t)


@right("rescale_cfg", "with numpy's biased deviation, image by image: the ratio is the same")
def rescale_cfg__numpy(guided, cond, phi=0.7):
    import numpy as np

    images = []
    for g, c in zip(guided, cond, strict=True):
        ratio = np.std(c.double().cpu().numpy()) / np.std(g.double().cpu().numpy())
        images.append((g.double() * (1 + phi * (ratio - 1))).to(g.dtype))
    return torch.stack(images)


@right("rescale_cfg", "as Algorithm 2 of the paper mixes two predictions")
def rescale_cfg__two_predictions(guided, cond, phi=0.7):
    axes = tuple(range(1, guided.ndim))
    rescaled = guided * (cond.std(axes, keepdim=True) / guided.std(axes, keepdim=True))
    return phi * rescaled + (1.0 - phi) * guided


@right("dynamic_threshold", "with numpy's partition, image by image")
def dynamic_threshold__numpy(x0, percentile=0.995):
    import numpy as np

    images = []
    for image in x0.cpu().numpy():
        sizes = np.abs(image).ravel()
        position = percentile * (sizes.size - 1)
        k, following = int(position), min(int(position) + 1, sizes.size - 1)
        low, high = map(float, np.partition(sizes, (k, following))[[k, following]])
        s = max(1.0, low + (position - k) * (high - low))
        images.append(torch.from_numpy(np.asarray(np.clip(image / s, -1, 1))))
    return torch.stack(images).to(x0)


@right("classifier_guidance", "with torch.func, under no_grad")
def classifier_gradient__functional(classifier, x_t, t, labels):
    def total(x):
        logits = classifier(x, t)
        return -torch.nn.functional.cross_entropy(logits, labels, reduction="sum")

    with torch.no_grad():
        return torch.func.grad(total)(x_t.detach().clone())


@right("classifier_guidance", "by backward() to one leaf alone")
def classifier_gradient__inputs(classifier, x_t, t, labels):
    leaf = torch.nn.Parameter(x_t.detach().clone())
    with torch.set_grad_enabled(True):
        logits = classifier(leaf, t)
        rows = torch.arange(len(leaf))
        loss = (logits[rows, labels] - torch.logsumexp(logits, 1)).sum()
        loss.backward(inputs=[leaf])
    return leaf.grad


@right("classifier_guidance", "through the score that the noise stands for")
def classifier_guidance__score(classifier, eps, x_t, t, labels, alpha_bar, scale=1.0):
    std = per_image(torch.sqrt(1.0 - alpha_bar).gather(0, t), eps)
    score = -eps / std + scale * classifier_gradient(classifier, x_t, t, labels)
    return (-std * score).type_as(eps)


@right("guided_step", "with the halves the other way round, and interleaved")
def guided_step__interleaved(model, x_t, t, context, negative, w, step):
    if w == 1.0:
        prediction = model(x_t, x_t.new_full((len(x_t),), t, dtype=torch.long), context)
    else:
        pairs = torch.stack([negative, context], dim=1).flatten(0, 1)
        times = torch.tensor([t] * (2 * len(x_t)), device=x_t.device)
        answers = model(x_t.repeat_interleave(2, 0), times, pairs)
        prediction = (1 - w) * answers[0::2] + w * answers[1::2]
    return step(x_t, prediction, t)


@right("guided_step", "with einops, the negative half first")
def guided_step__einops(model, x_t, t, context, negative, w, step):
    from einops import rearrange, repeat

    halves = [context] if w == 1 else [negative, context]
    images = repeat(x_t, "b ... -> (n b) ...", n=len(halves))
    answers = model(images, torch.tensor([t], device=x_t.device).expand(len(images)), torch.cat(halves))
    parts = rearrange(answers, "(n b) ... -> n b ...", n=len(halves))
    return step(x_t, torch.lerp(parts[0], parts[-1], w) if len(halves) > 1 else parts[0], t)


@right("weight_schedules", "one step after another, in plain Python")
def interval_weights__loop(alpha_bar, w, sigma_low, sigma_high):
    values = []
    for a in alpha_bar.tolist():
        sigma = ((1 - a) / a) ** 0.5 if a > 0 else float("inf")
        values.append(float(w) if sigma_low < sigma <= sigma_high else 1.0)
    return torch.tensor(values, dtype=torch.float64, device=alpha_bar.device)


@right("weight_schedules", "by looking up the bucket of each noise level")
def interval_weights__bucketize(alpha_bar, w, sigma_low, sigma_high):
    sigma = torch.sqrt(torch.special.expm1(-torch.log(alpha_bar)))
    bounds = torch.tensor([sigma_low, sigma_high], dtype=torch.float64, device=alpha_bar.device)
    table = torch.tensor([1.0, w, 1.0], dtype=torch.float64, device=alpha_bar.device)
    return table[torch.bucketize(sigma, bounds)]


@right("weight_schedules", "by arithmetic on the steps")
def linear_weights__arithmetic(T, w):
    if T <= 1:
        raise ValueError("too few")
    remaining = torch.arange(T).flip(0).double() / (T - 1)
    return 1 + 2 * (w - 1) * remaining


@right("guided_sample", "with a while loop, in inference mode")
def guided_sample__inference_mode(model, x_T, context, negative, weights, step):
    left = len(weights)
    images = x_T.clone()
    with torch.inference_mode():
        while left > 0:
            left -= 1
            images = guided_step(model, images, left, context, negative, float(weights[left]), step)
    return images


@right("guided_sample", "by folding the steps, each detached before the next")
def guided_sample__reduce(model, x_T, context, negative, weights, step):
    import functools

    schedule = list(enumerate(weights.tolist()))[::-1]
    return functools.reduce(
        lambda x, tw: guided_step(model, x, tw[0], context, negative, tw[1], step).detach(), schedule, x_T
    )


@right("tilted_gaussian", "by the natural parameters")
def tilted_gaussian__natural(mean_c, var_c, mean_u, var_u, w):
    of_c = torch.stack([mean_c / var_c, -0.5 / var_c])
    of_u = torch.stack([mean_u / var_u, -0.5 / var_u])
    first, second = torch.lerp(of_u, of_c, w)
    if bool(second.max() >= 0):
        raise ValueError("not a density")
    return -first / (2 * second), -1 / (2 * second)


@right("tilted_gaussian", "from differences of the log-density at three points")
def tilted_gaussian__differences(mean_c, var_c, mean_u, var_u, w):
    left, centre, right_ = (
        (w - 1) * (x - mean_u) ** 2 / (2 * var_u) - w * (x - mean_c) ** 2 / (2 * var_c)
        for x in (-1.0, 0.0, 1.0)
    )
    curvature = left - 2 * centre + right_
    if not bool((curvature < -1e-12).all()):
        raise ValueError("flat or convex")
    return (left - right_) / (2 * curvature), -curvature.reciprocal()


@right("guided_ode_gaussian", "by Gauss-Legendre quadrature in the noise variance")
def guided_ode_gaussian__legendre(mean_c, var_c, mean_u, var_u, w, points=2_001):
    import numpy as np

    nodes, weights = (
        torch.from_numpy(value).to(mean_c.device) for value in np.polynomial.legendre.leggauss(80)
    )
    u = ((nodes + 1) / 2).unsqueeze(1)  # 1 at the image, 0 at pure noise
    tau = (1 - u**2) / u**2
    log_end = ((1 - w) * torch.log(var_u) + w * torch.log(var_c)) / 2
    log_phi = ((1 - w) * torch.log(var_u + tau) + w * torch.log(var_c + tau)) / 2
    drive = (1 - w) * mean_u / (var_u + tau) + w * mean_c / (var_c + tau)
    integrand = torch.exp(log_end - log_phi) * drive / u**3
    return (integrand * weights.unsqueeze(1) / 2).sum(0), torch.exp(2 * log_end)


@right("guided_ode_gaussian", "by solving the ODE for slope and intercept with Runge-Kutta")
def guided_ode_gaussian__runge_kutta(mean_c, var_c, mean_u, var_u, w, points=2_001):
    def velocity(angle, a, b):
        c, s = math.cos(angle), math.sin(angle)
        k_c, k_u = (s * c * (1 - v) / (v * c * c + s * s) for v in (var_c, var_u))
        k = w * k_c + (1 - w) * k_u
        push = w * mean_c * (s + k_c * c) + (1 - w) * mean_u * (s + k_u * c)
        return k * a, k * b - push

    a, b, n = torch.ones_like(mean_c), torch.zeros_like(mean_c), 200
    h = -math.pi / 2 / n
    for i in range(n):
        angle = math.pi / 2 + i * h
        p1 = velocity(angle, a, b)
        p2 = velocity(angle + h / 2, a + h / 2 * p1[0], b + h / 2 * p1[1])
        p3 = velocity(angle + h / 2, a + h / 2 * p2[0], b + h / 2 * p2[1])
        p4 = velocity(angle + h, a + h * p3[0], b + h * p3[1])
        a = a + h / 6 * (p1[0] + 2 * p2[0] + 2 * p3[0] + p4[0])
        b = b + h / 6 * (p1[1] + 2 * p2[1] + 2 * p3[1] + p4[1])
    return b, a * a
