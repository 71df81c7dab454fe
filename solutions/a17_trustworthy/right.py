"""Right answers written another way than the reference: every check must accept them.

Read, not run. Some are the ways of well-known libraries, and one imports more than it needs.
"""

from autograder.sources.variants import right


# -------------------- 1.1 frechet
@right("frechet", "with all rows kept, and numpy's cov")
def mean_and_covariance__numpy(batches):
    import numpy as np
    import scipy.stats  # noqa: F401 (idle, as in a file with other experiments)

    parts = [sample(batch, 0) for batch in batches]
    if sum(map(len, parts)) < 2:
        raise ValueError("too few rows")
    table = np.concatenate([part.cpu() for part in parts if len(part)])
    cov = np.atleast_2d(np.cov(table, rowvar=False))
    return torch.from_numpy(table.mean(axis=0)).to(parts[0]), torch.from_numpy(cov).to(parts[0])


@right("frechet", "with scipy's regression")
def fid_infinity__scipy(sizes, values):
    from scipy.stats import linregress

    if sizes.min() == sizes.max():
        raise ValueError("one size")
    return float(linregress(1 / sample(sizes).cpu().numpy(), sample(values).cpu().numpy()).intercept)


# -------------------- 1.2 kid
@right("kid", "with scikit-learn's kernel")
def kid__sklearn(x, y):
    from sklearn.metrics.pairwise import polynomial_kernel

    a, b = sample(x, 2).cpu().numpy(), sample(y, 2).cpu().numpy()

    def kernel(p, q):
        return polynomial_kernel(p, q, degree=3, gamma=1 / a.shape[1], coef0=1)

    def off_diagonal(table):
        return (table.sum() - table.diagonal().sum()) / (table.size - len(table))

    return float(off_diagonal(kernel(a, a)) + off_diagonal(kernel(b, b)) - 2 * kernel(a, b).mean())


@right("kid", "with diagonals filled and the cube written out")
def kid__filled(x, y):
    import torch

    x, y = sample(x, least=2), sample(y, least=2)
    means = []
    for a, b in ((x, x), (y, y), (x, y)):
        table = torch.addmm(torch.ones((), dtype=a.dtype), a, b.T, alpha=1 / a.size(1))
        table = table * table * table
        if a is b:
            means.append(table.fill_diagonal_(0).sum() / (len(a) ** 2 - len(a)))
        else:
            means.append(table.mean())
    return float(means[0] + means[1] - means[2] - means[2])


# -------------------- 1.3 precision_recall
@right("precision_recall", "with scikit-learn's neighbours")
def precision_recall__sklearn(real, fake, k=3):
    from sklearn.neighbors import NearestNeighbors

    if k >= min(len(real), len(fake)):
        raise ValueError("k")
    real, fake = sample(real).cpu(), sample(fake).cpu()
    table = distances(real, fake).numpy()
    radii = [
        NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(x.numpy()).kneighbors(x.numpy())[1][:, k]
        for x in (real, fake)
    ]
    of_real = distances(real, real).numpy()[range(len(real)), radii[0]]
    of_fake = distances(fake, fake).numpy()[range(len(fake)), radii[1]]
    return (
        float((table <= of_real[:, None]).any(axis=0).mean()),
        float((table <= of_fake[None]).any(axis=1).mean()),
    )


@right("precision_recall", "with the diagonal at infinity, sorted")
def density_coverage__sorted(real, fake, k=5):
    import torch

    real, fake = sample(real), sample(fake)
    own = distances(real, real)
    if len(real) <= k:
        raise ValueError("k")
    own.fill_diagonal_(torch.inf)
    ball = torch.sort(own, dim=1)[0][:, k - 1 : k]
    inside = torch.le(distances(real, fake), ball)
    return inside.sum().item() / k / fake.shape[0], inside.any(1).sum().item() / real.shape[0]


# -------------------- 2.1 copies
@right("copies", "image by image, sorted")
def copy_ratio__loop(x, training, k=10):
    if len(training) < k:
        raise ValueError("k")
    sample(training)
    ratios = []
    for image in sample(x):
        apart = (training.double() - image).reshape(len(training), -1).norm(dim=1).sort()[0][:k]
        ratios.append(apart[0] * k / apart.sum() if apart[-1] > 0 else apart[0])
    return torch.stack(ratios)


# -------------------- 2.2 membership
@right("membership", "with scipy's statistic of Mann and Whitney")
def auc__scipy(members, others):
    from scipy.stats import mannwhitneyu

    a, b = sample(members).cpu().numpy(), sample(others).cpu().numpy()
    return float(mannwhitneyu(a, b, method="asymptotic").statistic) / (a.size * b.size)


@right("membership", "with the largest scores that are allowed to be wrong")
def tpr_at_fpr__ranked(members, others, fpr=0.01):
    members, others = sample(members), torch.sort(sample(others), descending=True)[0]
    n = others.numel()
    free = max(j for j in range(n + 1) if j / n <= fpr)
    if free == n:
        return 1.0
    return float(torch.count_nonzero(members > others[free])) / members.numel()


@right("membership", "with torch's normal distribution")
def likelihood_ratio_score__normal(score, mean_in, std_in, mean_out, std_out):
    args = [sample(one) for one in (score, mean_in, std_in, mean_out, std_out)]
    if not bool((torch.stack([args[2], args[4]]) > 0).all()):
        raise ValueError("std")
    inside, outside = torch.distributions.Normal(*args[1:3]), torch.distributions.Normal(*args[3:])
    return inside.log_prob(args[0]) - outside.log_prob(args[0])


# -------------------- 3.1 private_gradient
@right("private_gradient", "one sample after the other, with autograd")
def per_sample_gradients__loop(loss, parameters, x, y):
    found = {name: [] for name in parameters}
    for a, b in zip(x, y, strict=True):
        own = {name: one.detach().clone().requires_grad_() for name, one in parameters.items()}
        slopes = torch.autograd.grad(loss(own, a, b), list(own.values()))
        for name, slope in zip(own, slopes, strict=True):
            found[name].append(slope)
    return {name: torch.stack(slopes) for name, slopes in found.items()}


@right("private_gradient", "with all parameters side by side")
def private_gradient__flat(gradients, clip, noise_multiplier, noises, expected_batch):
    n = len(next(iter(gradients.values())))
    sizes = [noise.numel() for noise in noises.values()]
    table = torch.cat([gradients[name].reshape(n, size) for name, size in zip(noises, sizes, strict=True)], 1)
    lengths = torch.linalg.vector_norm(table, dim=1, keepdim=True)
    clipped = torch.where(lengths > clip, table * (clip / lengths), table).sum(0)
    if noise_multiplier != 0:
        clipped += noise_multiplier * clip * torch.cat([noise.flatten() for noise in noises.values()])
    parts = torch.split(clipped / expected_batch, sizes)
    return {name: part.view(noises[name].shape) for name, part in zip(noises, parts, strict=True)}


# -------------------- 3.2 accountant
@right("accountant", "with numpy and scipy, as opacus has it")
def rdp_subsampled_gaussian__scipy(q, noise_multiplier, order):
    import numpy as np
    from scipy import special

    if order <= 1:
        raise ValueError("order")
    if q == 0 or noise_multiplier == 0:
        return 0.0 if q == 0 else np.inf
    if q == 1.0:
        return order / noise_multiplier**2 / 2
    total = -np.inf
    for i in range(order + 1):
        term = (
            math.log(special.binom(order, i))
            + i * math.log(q)
            + (order - i) * math.log(1 - q)
            + (i * i - i) / (2 * noise_multiplier**2)
        )
        total = np.logaddexp(total, term)
    return float(total) / (order - 1)


@right("accountant", "order by order, with the best so far")
def epsilon__loop(q, noise_multiplier, steps, delta, orders=range(2, 257)):
    best, which = math.inf, next(iter(orders))
    for a in orders:
        rdp = rdp_subsampled_gaussian(q, noise_multiplier, a) * steps
        now = rdp - (math.log(delta) + math.log(a)) / (a - 1) + math.log((a - 1) / a)
        if now < best:
            best, which = now, a
    return best, which


# -------------------- 4.1 embed_rings
@right("embed_rings", "by squares of whole numbers, on a grid")
def ring_pattern__whole(size, key, inner=0):
    rings = key.numel()
    if inner >= rings or 2 * (rings - 1) >= size:
        raise ValueError("no room")
    line = torch.arange(size, device=key.device)
    line = torch.minimum(line, size - line)
    y, x = torch.meshgrid(line, line, indexing="ij")
    squares = x * x + y * y
    which = (squares.double().sqrt() + 0.5).floor().to(torch.int64)
    mask = torch.logical_and(squares <= (rings - 1) ** 2, which >= inner)
    return torch.where(mask, key.double()[which.clamp(max=rings - 1)], 0.0), mask


@right("embed_rings", "with numpy, in place")
def embed_rings__numpy(z, pattern, mask):
    import numpy as np

    values = np.fft.fft2(z.double().cpu().numpy(), norm="ortho")
    values[..., mask.cpu().numpy()] = pattern[mask].cpu().numpy()
    return torch.from_numpy(np.real(np.fft.ifft2(values, norm="ortho"))).to(z)


# -------------------- 4.2 detect_rings
@right("detect_rings", "with scipy's noncentral law and half of the plane")
def ring_p_value__scipy(z, pattern, mask):
    from scipy.stats import ncx2

    n = z.shape[-1]
    near_it = torch.fft.rfft2(z.double()) / n - pattern[:, : n // 2 + 1]
    twice = torch.full((n // 2 + 1,), 2.0, dtype=torch.float64, device=z.device)
    twice[0] = 1
    if n % 2 == 0:
        twice[-1] = 1
    squares = (near_it.real**2 + near_it.imag**2) * twice * mask[:, : n // 2 + 1]
    total = squares.sum(-1).sum(-1)
    law = ncx2(df=int(torch.count_nonzero(mask)), nc=float(torch.dot(pattern.flatten(), pattern.flatten())))
    return torch.tensor(law.cdf(total.cpu().numpy()), dtype=torch.float64, device=z.device)


@right("detect_rings", "in the Fourier plane, with scipy's survival function")
def matched_p_value__plane(z, pattern):
    from scipy.stats import norm

    plane = torch.fft.fft2(z.double(), norm="ortho").real
    t = torch.einsum("...ij,ij->...", plane, pattern) / torch.linalg.matrix_norm(pattern)
    return torch.as_tensor(norm.sf(t.cpu().numpy()), dtype=torch.float64, device=z.device)


# -------------------- 4.3 manifest
@right("manifest", "with an encoder")
def canonical__encoder(value):
    encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "".join(encoder.iterencode(value))


@right("manifest", "with digests as bytes")
def append_claim__bytes(chain, action, content, key):
    parent = None
    if len(chain) > 0:
        parent = hashlib.sha256(bytes(canonical(chain[-1]), "utf-8")).digest().hex()
    claim = dict(parent=parent, action=action, content=hashlib.sha256(content).digest().hex())
    sealed = hmac.digest(key, bytes(canonical(claim), "utf-8"), hashlib.sha256)
    return [*chain] + [{"signature": sealed.hex(), "claim": claim}]  # noqa: RUF005


@right("manifest", "by lists of what should stand there")
def verify_chain__lists(chain, content, key):
    if len(chain) == 0:
        raise ValueError("empty")
    hashes = [hashlib.sha256(canonical(entry).encode("utf8")).hexdigest() for entry in chain]
    for index, (entry, due) in enumerate(zip(chain, [None, *hashes], strict=False)):
        sealed = hmac.HMAC(key, msg=canonical(entry["claim"]).encode("utf8"), digestmod=hashlib.sha256)
        if entry["claim"]["parent"] != due or entry["signature"] != sealed.hexdigest():
            return index
    if chain[-1]["claim"]["content"] != hashlib.sha256(content).hexdigest():
        return len(chain) - 1
    return None


# -------------------- 5.1 concept_filter
@right("concept_filter", "with cosine_similarity, image by image")
def concept_margins__images(image, concepts, thresholds, special, special_thresholds, adjustment=0.01):
    import torch

    found = []
    for one in sample(image):
        margin = F.cosine_similarity(one[None], concepts.double(), dim=-1) - thresholds
        for other, least in zip(special, special_thresholds, strict=True):
            if F.cosine_similarity(one, other.double(), dim=0) - least > 0:
                margin = margin + adjustment
                break
        found.append(margin)
    return torch.stack(found)


@right("concept_filter", "by counting")
def is_unsafe__count(margins):
    return (margins > 0).sum(dim=-1) > 0


# -------------------- 5.2 erase_concept
@right("erase_concept", "without recording, as a weighted sum")
def erased_noise__weighted(eps_u, eps_c, strength=1.0):
    return (1 + strength) * eps_u.detach() - strength * eps_c.detach()


@right("erase_concept", "by least squares of stacked equations")
def erase_linear__stacked(weight, concept, target, kept, keep=1.0, ridge=1e-6):
    w = weight.double()
    d = w.shape[1]
    right_hand = torch.hstack(
        [
            target.double(),
            keep**0.5 * kept.double(),
            ridge**0.5 * torch.eye(d, dtype=w.dtype, device=weight.device),
        ]
    )
    left_hand = torch.hstack(
        [
            concept.double(),
            keep**0.5 * kept.double(),
            ridge**0.5 * torch.eye(d, dtype=w.dtype, device=weight.device),
        ]
    )
    found = torch.linalg.lstsq(left_hand.T, (w @ right_hand).T, driver="gelsd").solution
    return found.T.to(weight.dtype)


# -------------------- 6.1 group_gap
@right("group_gap", "by what is too many")
def group_gap__too_many(labels, target):
    n = labels.numel()
    if n == 0 or not bool(((labels >= 0) & (labels < target.numel())).all()):
        raise ValueError("labels")
    shares = torch.nn.functional.one_hot(labels, target.numel()).double().mean(0)
    return float(torch.relu(shares - target).sum() + torch.relu(target - shares).sum()) * 0.5


@right("group_gap", "with numpy's percentiles")
def bootstrap_interval__numpy(labels, target, indices, level=0.95):
    import numpy as np

    table = np.array(
        [[(labels[row] == i).double().mean().item() for i in range(len(target))] for row in indices]
    )
    gaps = 0.5 * np.abs(table - target.double().cpu().numpy()).sum(1)
    low, high = np.percentile(gaps, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)


@right("group_gap", "with scipy's binomial test")
def counterfactual_test__scipy(before, after):
    from scipy.stats import binomtest

    changed = before != after
    n = int(changed.sum())
    return 1.0 if n == 0 else float(binomtest(int(before[changed].sum()), n, 0.5).pvalue)


# -------------------- 6.2 calibrate
@right("calibrate", "bin by bin")
def calibration_error__bins(p, y, bins=10):
    p, y = sample(p), sample(y)
    if not bool(((p >= 0) & (p <= 1)).all()):
        raise ValueError("p")
    total, edges = 0.0, torch.arange(1, bins, dtype=torch.float64, device=p.device) / bins
    place = torch.bucketize(p, edges)
    for i in range(bins):
        inside = place == i
        if inside.any():
            weight = inside.sum().item() / p.numel()
            total += weight * abs(p[inside].mean().item() - y[inside].mean().item())
    return total


@right("calibrate", "by scipy's search")
def fit_temperature__scipy(logits, y):
    from scipy.optimize import minimize_scalar

    logits, y = sample(logits), sample(y)

    def cost(log_t):
        z = logits / math.exp(log_t)
        return torch.nn.functional.binary_cross_entropy_with_logits(z, y).item()

    ends = (math.log(0.01), math.log(100))
    return math.exp(minimize_scalar(cost, bounds=ends, method="bounded", options={"xatol": 1e-7}).x)


@right("calibrate", "with inf as one more score")
def conformal_threshold__one_more(scores, alpha):
    if alpha <= 0 or alpha >= 1:
        raise ValueError("alpha")
    values = sorted(sample(scores).tolist(), reverse=True)
    return float([math.inf, *values][int((len(values) + 1) * alpha + 1e-9)])
