"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Where a mistake was seen in somebody's repository, the comment names it.
"""

from autograder.sources.variants import edit, naive, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 frechet
edit("frechet", "mean_and_covariance__over_n", "scatter / (n - 1)", "scatter / n",
    "the covariance is over n: over n - 1 its mean is right.", read="What of task 1.1")
edit("frechet", "mean_and_covariance__mean_of_means", "mean + len(rows) / total * step",
    "mean + step / (1 + (n > 0))",
    "batches' means are averaged as if all batches had one size.", read="Convention of task 1.1")
edit("frechet", "mean_and_covariance__batches_apart", "+ between", "+ 0 * between",
    "each batch scatters around its own mean only: what the means are apart is missing.",
    read="Hint 2 of task 1.1")
edit("frechet", "mean_and_covariance__single", "rows = sample(batch)", "rows = sample(batch).float()",
    "sums are formed in float32.", read="Convention of task 1.1")

@wrong("frechet", "the covariance is E[x x'] - m m', which cancels where the mean is far away.",
       read="Convention of task 1.1")
def mean_and_covariance__moments(batches):
    n, first, second = 0, 0.0, 0.0
    for batch in batches:
        if len(batch):
            rows = sample(batch)
            n, first, second = n + len(rows), first + rows.sum(dim=0), second + rows.mT @ rows
    if n < 2:
        raise ValueError("too few")
    mean = first / n
    return mean, (second / n - torch.outer(mean, mean)) * n / (n - 1)

@wrong("frechet", "the second moment is over n - 1, but the mean's square is not taken n / (n - 1) times.",
       read="What of task 1.1")
def mean_and_covariance__square_over_n(batches):
    rows = torch.cat([sample(batch) for batch in batches if len(batch)])
    if len(rows) < 2:
        raise ValueError("too few")
    mean, moved = rows.mean(dim=0), rows - rows[0]
    apart = moved.mean(dim=0)
    return mean, moved.mT @ moved / (len(rows) - 1) - torch.outer(apart, apart)

@wrong("frechet", "batches are gone through twice: from a generator they come only once.",
       read="Convention of task 1.1")
def mean_and_covariance__twice(batches):
    n = sum(len(batch) for batch in batches)
    rows = torch.cat([sample(batch, 0) for batch in batches])
    if n < 2:
        raise ValueError("too few")
    return rows.mean(dim=0), rows.mT.cov()

edit("frechet", "mean_and_covariance__any_number", "if n < 2:", "if n < 1:",
    "one row alone is given a covariance: 0/0.", read="Given of task 1.1")
edit("frechet", "frechet_distance__root",
    "gaussian_w2_squared(*mean_and_covariance(real), *mean_and_covariance(fake)).item()",
    "gaussian_w2_squared(*mean_and_covariance(real), *mean_and_covariance(fake)).clamp(min=0).sqrt().item()",
    "the root of the distance is returned: FID is the square.", read="What of task 1.1")
edit("frechet", "fid_infinity__over_sizes", "sample(sizes).reciprocal()", "sample(sizes)",
    "the line is over N instead of over 1/N.", read="What of task 1.1")
edit("frechet", "fid_infinity__slope", ".solution[0]", ".solution[1]",
    "the line's slope is returned instead of its value at 1/N = 0.", read="What of task 1.1")

@wrong("frechet", "the value of the largest set is returned: it is not yet that without end.",
       read="What of task 1.1")
def fid_infinity__largest(sizes, values):
    if len(sizes.unique()) < 2:
        raise ValueError("sizes")
    return sample(values)[sizes.argmax()].item()

# -------------------- 1.2 kid
edit("kid", "kid__diagonal", "(of_x.sum() - of_x.trace()) / (n * (n - 1))", "of_x.mean()",
    "x's rows beside themselves are counted: that is the biased estimate.", read="Convention of task 1.2")
edit("kid", "kid__both_diagonals",
    "within_x = (of_x.sum() - of_x.trace()) / (n * (n - 1))\n"
    "    within_y = (of_y.sum() - of_y.trace()) / (m * (m - 1))",
    "within_x, within_y = of_x.mean(), of_y.mean()",
    "rows beside themselves are counted in both sets: that is the biased estimate.",
    read="Convention of task 1.2")
edit("kid", "kid__divided_by_squares", "(n * (n - 1))", "(n * n)",
    "n (n - 1) pairs are divided by n squared.", read="What of task 1.2")
edit("kid", "kid__no_dimension", "(a @ b.mT / d + 1)", "(a @ b.mT + 1)",
    "the product is not divided by the number of features.", read="What of task 1.2")
edit("kid", "kid__quadratic", "+ 1) ** 3", "+ 1) ** 2",
    "the kernel has degree 2 instead of 3.", read="What of task 1.2")
edit("kid", "kid__no_offset", "(a @ b.mT / d + 1)", "(a @ b.mT / d)",
    "the kernel lacks its 1: it then does not see the even powers.", read="What of task 1.2")
edit("kid", "kid__clipped", "between.mean()).item()", "between.mean()).clamp(min=0).item()",
    "negative estimates are clipped: their mean is then too large.", read="Convention of task 1.2")
edit("kid", "kid__root", "(within_x + within_y - 2 * between.mean()).item()",
    "(within_x + within_y - 2 * between.mean()).abs().sqrt().item()",
    "the root is returned: what is unbiased is the square.", read="What of task 1.2")
edit("kid", "kid__between_once", "- 2 * between", "- between",
    "pairs between the sets count once instead of twice.", read="What of task 1.2")
edit("kid", "kid__equal_sizes", "(m * (m - 1))", "(n * (n - 1))",
    "y's pairs are divided by their number in x: right only where n = m.",
    # the loop of NVlabs/stylegan3 kernel_inception_distance.py takes one size for both
    read="What of task 1.2")

@naive("kid", "the kernel is worked out row by row")
def kid__rows(x, y):
    x, y = sample(x, 2), sample(y, 2)
    n, m, d = len(x), len(y), x.shape[1]
    total = 0.0
    for i, a in enumerate(x):
        row = (x @ a / d + 1) ** 3
        total += ((row.sum() - row[i]) / (n * (n - 1)) - 2 * ((y @ a / d + 1) ** 3).mean() / n).item()
    for i, a in enumerate(y):
        row = (y @ a / d + 1) ** 3
        total += ((row.sum() - row[i]) / (m * (m - 1))).item()
    return total

# -------------------- 1.3 precision_recall
edit("precision_recall", "precision_recall__self_counted", "kthvalue(k + 1)", "kthvalue(k)",
    "a point counts as its own first neighbour: balls then reach the (k - 1)-th.",
    read="Convention of task 1.3")
edit("precision_recall", "density_coverage__self_counted", "kthvalue(k + 1)", "kthvalue(k)",
    "in density and coverage a point counts as its own first neighbour.", read="Convention of task 1.3")
edit("precision_recall", "precision_recall__open_balls",
    "precision = (apart <= of_real[:, None]).any(dim=0).double().mean()\n"
    "    recall = (apart <= of_fake)",
    "precision = (apart < of_real[:, None]).any(dim=0).double().mean()\n"
    "    recall = (apart < of_fake)",
    "edges do not belong to balls: copies of a point are then outside of its ball of radius 0.",
    read="Convention of task 1.3")
edit("precision_recall", "density_coverage__open_balls", "<= radii", "< radii",
    "in density and coverage edges do not belong to balls.", read="Convention of task 1.3")
edit("precision_recall", "precision_recall__exchanged", "return precision.item(), recall.item()",
    "return recall.item(), precision.item()",
    "precision and recall are exchanged.", read="What of task 1.3")
edit("precision_recall", "precision_recall__own_balls",
    "precision = (apart <= of_real[:, None]).any(dim=0).double().mean()\n"
    "    recall = (apart <= of_fake).any(dim=1).double().mean()",
    "precision = (apart <= of_fake).any(dim=0).double().mean()\n"
    "    recall = (apart <= of_real[:, None]).any(dim=1).double().mean()",
    "each point asks its own ball: precision asks the balls of the reals, recall those of the fakes.",
    read="What of task 1.3")
edit("precision_recall", "precision_recall__mean_radius",
    "of_real, of_fake = (distances(x, x).kthvalue(k + 1).values for x in (real, fake))",
    "of_real, of_fake = (\n"
    "        distances(x, x).kthvalue(k + 1).values.mean().expand(len(x)) for x in (real, fake)\n    )",
    "all balls have the mean radius.", read="What of task 1.3")
edit("precision_recall", "density_coverage__over_reals", "(k * len(fake))", "(k * len(real))",
    "density is divided by the number of reals instead of fakes.", read="What of task 1.3")
edit("precision_recall", "density_coverage__no_k", "/ (k * len(fake))", "/ len(fake)",
    "density is not divided by k.", read="What of task 1.3")
edit("precision_recall", "density_coverage__of_fakes", "held.amax(dim=1)", "held.amax(dim=0)",
    "coverage counts fakes in balls, which is precision: it counts the balls that hold a fake.",
    read="What of task 1.3")
edit("precision_recall", "precision_recall__squares", "apart = distances(real, fake)",
    "apart = distances(real, fake).square()",
    "squared distances are compared with radii that are not squared.", read="What of task 1.3")

# -------------------- 2.1 copies
edit("copies", "copy_ratio__nearest_left_out", "mean = nearest.mean(dim=1)",
    "mean = nearest[:, 1:].mean(dim=1) if k > 1 else nearest[:, 0]",
    "the nearest is left out of the mean.", read="What of task 2.1")
edit("copies", "copy_ratio__squares", "nearest = distances(images, known)",
    "nearest = distances(images, known).square()",
    "distances are squared.", read="What of task 2.1")
edit("copies", "copy_ratio__mean_of_all", "mean = nearest.mean(dim=1)",
    "mean = distances(images, known).mean(dim=1)",
    "the mean is over all training images instead of over the k nearest.", read="What of task 2.1")
edit("copies", "copy_ratio__distance", "nearest.amin(dim=1) / mean, 0.0", "nearest.amin(dim=1), 0.0",
    "the distance itself is returned: it has no scale.", read="What of task 2.1")
edit("copies", "copy_ratio__upside_down", "mean > 0, nearest.amin(dim=1) / mean",
    "nearest.amin(dim=1) > 0, mean / nearest.amin(dim=1)",
    "the ratio is upside down.", read="What of task 2.1")
edit("copies", "copy_ratio__zero_by_zero", "torch.where(mean > 0, nearest.amin(dim=1) / mean, 0.0)",
    "nearest.amin(dim=1) / mean",
    "0/0 is NaN for an image that is there k times.", read="Convention of task 2.1")
edit("copies", "copy_ratio__small_constant", "torch.where(mean > 0, nearest.amin(dim=1) / mean, 0.0)",
    "nearest.amin(dim=1) / (mean + 1e-3)",
    "a small constant is added to the mean: the ratio then has a scale again.",
    read="Convention of task 2.1")

# -------------------- 2.2 membership
edit("membership", "auc__ties_lost", "(below + up_to).double().mean() / (2 * len(others))",
    "below.double().mean() / len(others)",
    "ties count nothing: they count one half.", read="What of task 2.2")
edit("membership", "auc__upside_down", "return ((below + up_to).double().mean() / (2 * len(others))).item()",
    "return 1 - ((below + up_to).double().mean() / (2 * len(others))).item()",
    "members are expected to have the smaller score: a loss has to be negated first.",
    read="Convention of task 2.2")
edit("membership", "tpr_at_fpr__strictly_below", "alarms <= fpr", "alarms < fpr",
    "false alarms have to stay strictly below fpr.", read="What of task 2.2")
edit("membership", "tpr_at_fpr__above", "others >= members", "others > members",
    "only scores above the threshold count: it counts itself.", read="Convention of task 2.2")

@wrong("membership", "rates between two thresholds are interpolated: no threshold reaches them.",
       read="Convention of task 2.2")
def tpr_at_fpr__interpolated(members, others, fpr=0.01):
    import numpy as np

    members, others = sample(members), sample(others)
    thresholds = torch.cat([members, others]).unique().flip(0)
    false = [0.0, *((others >= t).double().mean().item() for t in thresholds)]
    true = [0.0, *((members >= t).double().mean().item() for t in thresholds)]
    return float(np.interp(fpr, false, true))

@wrong("membership", "the threshold is a quantile of the members: it belongs to the others.",
       read="What of task 2.2")
def tpr_at_fpr__of_members(members, others, fpr=0.01):
    members, others = sample(members), sample(others)
    return (members > torch.quantile(members, 1 - fpr)).double().mean().item()

edit("membership", "likelihood_ratio_score__variances",
    "inside, outside = (score - mean_in) / std_in, (score - mean_out) / std_out",
    "std_in, std_out = std_in.sqrt(), std_out.sqrt()\n"
    "    inside, outside = (score - mean_in) / std_in, (score - mean_out) / std_out",
    "deviations are taken for variances.", read="Given of task 2.2")
edit("membership", "likelihood_ratio_score__no_deviations", "torch.log(std_out / std_in) + ", "",
    "the logarithms of the deviations are missing: densities have a factor 1 / std.",
    read="What of task 2.2")
edit("membership", "likelihood_ratio_score__out_first", "outside.square() - inside.square()",
    "inside.square() - outside.square()",
    "the squares have the other sign: small where the score is near to `in`.", read="What of task 2.2")
edit("membership", "likelihood_ratio_score__not_halved", "(outside.square() - inside.square()) / 2",
    "(outside.square() - inside.square())",
    "squares are not halved.", read="What of task 2.2")

@naive("membership", "every pair of scores is compared")
def auc__pairs(members, others):
    members, others = sample(members), sample(others)
    won = (members[:, None] > others).double() + 0.5 * (members[:, None] == others).double()
    return won.mean().item()

# -------------------- 3.1 private_gradient
edit("private_gradient", "private_gradient__clip_the_mean",
    "factor = (clip / torch.stack(squares).sum(dim=0).sqrt()).clamp(max=1)  # b",
    "one_norm = sum(one.sum(dim=0).square().sum() for one in gradients.values()).sqrt() / expected_batch\n"
    "    factor = (clip / one_norm).clamp(max=1).expand(len(squares[0]))",
    "the mean gradient is clipped instead of each sample's.",
    # asked in JeffffffFu/Awesome-Differential-Privacy-and-Meachine-Learning #9
    read="What of task 3.1")
edit("private_gradient", "private_gradient__each_parameter",
    'total = torch.einsum("b,b...->...", factor, one)',
    "own = (clip / one.unsqueeze(-1).flatten(1).square().sum(dim=1).sqrt()).clamp(max=1)\n"
    '        total = torch.einsum("b,b...->...", own, one)',
    "each parameter is clipped for itself: a sample has one length, over all of them.",
    read="Convention of task 3.1")
edit("private_gradient", "private_gradient__normalised", ".clamp(max=1)  # b", "  # b",
    "short gradients are made longer: the factor is at most 1.", read="What of task 3.1")
edit("private_gradient", "private_gradient__noise_each", "noise_multiplier * clip * noises[name]",
    "noise_multiplier * clip * len(one) * noises[name]",
    "noise is added for each sample: it comes once, on the sum.",
    # asked in huseyinatahaninan/Differentially-Private-Fine-tuning-of-Language-Models #1
    read="What of task 3.1")
edit("private_gradient", "private_gradient__noise_on_the_mean", "found[name] = total / expected_batch",
    "found[name] = (total - noise_multiplier * clip * noises[name]) / expected_batch "
    "+ noise_multiplier * clip * noises[name] if noise_multiplier > 0 else total / expected_batch",
    "the noise of the sum is added to the mean.",  # google-deepmind/jax_privacy #383
    read="What of task 3.1")
edit("private_gradient", "private_gradient__actual_batch",
    "total / expected_batch", "total / max(len(one), 1)",
    "the sum is divided by how many samples came: that number is a secret too.",  # pytorch/opacus #420 asks
    read="Convention of task 3.1")
edit("private_gradient", "private_gradient__variance",
    "noise_multiplier * clip", "noise_multiplier**0.5 * clip",
    "sigma is taken for the variance of the noise.", read="Given of task 3.1")
edit("private_gradient", "private_gradient__without_clip", "noise_multiplier * clip * noises",
    "noise_multiplier * noises",
    "the noise is not multiplied by C: sigma counts in units of C.", read="What of task 3.1")
edit("private_gradient", "private_gradient__zero_times_infinity", "if noise_multiplier > 0:",
    "if noise_multiplier >= 0:",
    "without noise 0 times C is added, which is NaN for C = inf.", read="Convention of task 3.1")
edit("private_gradient", "per_sample_gradients__mean",
    "return torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(parameters, x, y)",
    "found = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(parameters, x, y)\n"
    "    return {name: one.mean(dim=0).expand_as(one) for name, one in found.items()}",
    "every sample has the batch's mean gradient.", read="What of task 3.1")

# -------------------- 3.2 accountant
edit("accountant", "rdp_subsampled_gaussian__not_squared", "i * (i - 1) / (2 * noise_multiplier**2)",
    "i * (i - 1) / (2 * noise_multiplier)",
    "sigma stands for its square in the exponent.", read="What of task 3.2")
edit("accountant", "rdp_subsampled_gaussian__all_not_squared", "order / (2 * noise_multiplier**2)",
    "order / (2 * noise_multiplier)",
    "sigma stands for its square where everybody is in each batch.", read="What of task 3.2")
edit("accountant", "rdp_subsampled_gaussian__everybody", "if q == 1:", "if q > 0:",
    "q is forgotten: every step costs as if everybody were in it.", read="What of task 3.2")
edit("accountant", "rdp_subsampled_gaussian__not_over_order", "/ (order - 1)\n", "\n",
    "the logarithm is not divided by order - 1.", read="What of task 3.2")
edit("accountant", "rdp_subsampled_gaussian__overflow", "torch.logsumexp(terms, dim=0).item()",
    "terms.exp().sum().log().item()",
    "terms are added outside of logarithms, and e^710 is inf.", read="Convention of task 3.2")
edit("accountant", "rdp_subsampled_gaussian__any_order", "if order < 2:", "if order < 1:",
    "order 1 divides by 0: it is 2 or more.", read="Given of task 3.2")
edit("accountant", "epsilon__one_step", "steps * rdp_subsampled_gaussian", "rdp_subsampled_gaussian",
    "only one step is paid for.", read="What of task 3.2")
edit("accountant", "epsilon__older_conversion",
    "cost + math.log1p(-1 / order) - math.log(delta * order) / (order - 1)",
    "cost - math.log(delta) / (order - 1)",
    "the older conversion (Mironov 2017) is used, which is right and 15 to 20 % dearer.",
    read="Convention of task 3.2")
edit("accountant", "epsilon__fixed_order", "best = min(found)", "best = found[min(8, len(found) - 1)]",
    "one order is taken for all: the best one depends on everything.", read="What of task 3.2")
edit("accountant", "epsilon__logarithm_upside_down", "- math.log(delta * order)", "- math.log(delta / order)",
    "log delta - log order stands where both are added.", read="What of task 3.2")
edit("accountant", "epsilon__never_negative",
    "best = min(found)", "found = [max(one, 0.0) for one in found]\n"
    "    best = min(found)",
    "epsilon is clipped at 0.", read="Convention of task 3.2")

# -------------------- 4.1 embed_rings
@wrong("embed_rings", "the disc is centred one row off the zero frequency, as the published code has it "
       "(y runs backwards): the pattern is not the same at k and -k.",
       # YuxinWenRick/tree-ring-watermark optim_utils.py, circle_mask: y = y[::-1]
       read="Published of task 4.1")
def ring_pattern__off_centre(size, key, inner=0):
    key = sample(key)
    outer = len(key) - 1
    if not inner <= outer < size / 2:
        raise ValueError("rings")
    k = torch.arange(size, dtype=torch.float64) - size // 2
    rho = (k.flip(0)[:, None].square() + k.square()).sqrt()
    rho = torch.fft.ifftshift(rho)
    ring = rho.round().long()
    mask = (ring >= inner) & (rho <= outer)
    pattern = torch.zeros_like(rho)
    pattern[mask] = key[ring[mask]]
    return pattern, mask

edit("embed_rings", "ring_pattern__centred", "return pattern, mask",
    "return torch.fft.fftshift(pattern), torch.fft.fftshift(mask)",
    "the zero frequency is in the middle: fft2 has it in the corner.", read="Convention of task 4.1")
edit("embed_rings", "ring_pattern__ceil", "ring = rho.round().long()", "ring = rho.ceil().long()",
    "radii are rounded up instead of to the nearest ring.", read="What of task 4.1")
edit("embed_rings", "ring_pattern__squares",
    "(k[:, None].square() + k.square()).sqrt()", "torch.maximum(k[:, None].abs(), k.abs())",
    "a radius is the larger of both frequencies: rings are then squares.", read="What of task 4.1")
edit("embed_rings", "ring_pattern__wide", "rho <= outer", "ring <= outer",
    "the disc reaches half a ring too far: it ends at rho = r - 1.", read="What of task 4.1")
edit("embed_rings", "ring_pattern__without_zero", "mask = (ring >= inner)", "mask = (ring >= max(inner, 1))",
    "the zero frequency is never marked: it is ring 0.", read="What of task 4.1")
edit("embed_rings", "ring_pattern__inner_excluded", "ring >= inner", "ring > inner",
    "the smallest ring is left out: `inner` itself is marked.", read="Given of task 4.1")
edit("embed_rings", "embed_rings__not_orthonormal",
    'plane = torch.fft.fft2(z, norm="ortho")\n'
    "    marked = torch.where(mask, pattern.to(plane.dtype), plane)\n"
    '    return torch.fft.ifft2(marked, norm="ortho").real',
    "plane = torch.fft.fft2(z)\n"
    "    marked = torch.where(mask, pattern.to(plane.dtype), plane)\n"
    "    return torch.fft.ifft2(marked).real",
    "the transform is not orthonormal: the mark is then n times too faint.", read="Convention of task 4.1")
edit("embed_rings", "embed_rings__added", "pattern.to(plane.dtype), plane)", "plane + pattern, plane)",
    "the pattern is added to what is there: it takes its place.", read="What of task 4.1")
edit("embed_rings", "embed_rings__rings_alone", "pattern.to(plane.dtype), plane)",
    "pattern.to(plane.dtype), torch.zeros_like(plane))",
    "everything outside of the mask is 0: the noise is gone.", read="What of task 4.1")
# -------------------- 4.2 detect_rings
edit("detect_rings", "ring_p_value__published",
    "apart = (plane - pattern).abs().square()[..., mask].sum(dim=-1)  # *b\n"
    "    p = special.chndtr(apart.cpu().numpy(), mask.sum().item(), pattern.square().sum().item())",
    "there, due = plane[..., mask], pattern[mask]\n"
    "    parts = torch.cat([there.real, there.imag], dim=-1)\n"
    "    due = torch.cat([due, 0 * due])\n"
    "    sigma = parts.std(dim=-1, keepdim=True)\n"
    "    apart = ((parts - due) / sigma).square().sum(dim=-1)\n"
    "    centre = (due / sigma).square().sum(dim=-1).numpy()\n"
    "    p = special.chndtr(apart.cpu().numpy(), 2 * mask.sum().item(), centre)",
    "the published test is used: real and imaginary parts as independent numbers, and their deviation "
    "estimated from the very values that are tested.",
    # YuxinWenRick/tree-ring-watermark optim_utils.py, get_p_value
    read="Published of task 4.2")
edit("detect_rings", "ring_p_value__twice_the_freedom",
    "mask.sum().item(), pattern", "2 * mask.sum().item(), pattern",
    "each coefficient counts as two: z is real, and half of them say what the others said.",
    read="Convention of task 4.2")
edit("detect_rings", "ring_p_value__everything_doubled",
    "special.chndtr(apart.cpu().numpy(), mask.sum().item(), pattern.square().sum().item())",
    "special.chndtr(2 * apart.numpy(), 2 * mask.sum().item(), 2 * pattern.square().sum().item())",
    "distance, freedom and centre are all doubled, as for complex noise.", read="Convention of task 4.2")
edit("detect_rings", "ring_p_value__other_side",
    "p = special.chndtr(apart.cpu().numpy(), mask.sum().item(), pattern.square().sum().item())",
    "p = 1 - special.chndtr(apart.cpu().numpy(), mask.sum().item(), pattern.square().sum().item())",
    "it is the probability to be farther away: near is what a mark is.", read="What of task 4.2")
edit("detect_rings", "ring_p_value__central",
    "special.chndtr(apart.cpu().numpy(), mask.sum().item(), pattern.square().sum().item())",
    "special.chdtr(mask.sum().item(), apart.numpy())",
    "the distribution is central: noise lies around 0, not around the pattern.", read="What of task 4.2")
edit("detect_rings", "ring_p_value__real_part",
    "(plane - pattern).abs().square()", "(plane - pattern).real.square()",
    "real parts alone count: z is real, but its coefficients are complex.", read="What of task 4.2")
edit("detect_rings", "ring_p_value__not_orthonormal", 'fft2(z.double(), norm="ortho")', "fft2(z.double())",
    "the transform is not orthonormal.", read="Convention of task 4.2")
edit("detect_rings", "ring_p_value__estimated",
    "apart = (plane - pattern).abs().square()[..., mask].sum(dim=-1)  # *b",
    "plane = plane / z.double().std(dim=(-2, -1), keepdim=True)\n"
    "    apart = (plane - pattern).abs().square()[..., mask].sum(dim=-1)",
    "z is brought to deviation 1 first: what a mark changes is then taken out of the test.",
    read="Convention of task 4.2")
edit("detect_rings", "ring_p_value__everywhere", "[..., mask].sum(dim=-1)  # *b", ".sum(dim=(-2, -1))",
    "the distance is summed over all frequencies instead of over the mask.", read="What of task 4.2")
edit("detect_rings", "matched_p_value__not_divided", "/ pattern.norm()", "",
    "the product is not divided by |w|: its deviation is then not 1.", read="What of task 4.2")
edit("detect_rings", "matched_p_value__squared_norm", "/ pattern.norm()", "/ pattern.square().sum()",
    "the product is divided by |w| squared.", read="What of task 4.2")
edit("detect_rings", "matched_p_value__other_side", "torch.erfc(agreement / math.sqrt(2)) / 2",
    "torch.erfc(-agreement / math.sqrt(2)) / 2",
    "Phi(T) is returned instead of 1 - Phi(T).", read="What of task 4.2")
edit("detect_rings", "matched_p_value__digits_lost", "torch.erfc(agreement / math.sqrt(2)) / 2",
    "1 - torch.special.ndtr(agreement)",
    "1 - Phi(T) is formed as a difference: from T = 8.3 on nothing is left of it.",
    read="Convention of task 4.2")
edit("detect_rings", "matched_p_value__two_sided", "torch.erfc(agreement / math.sqrt(2)) / 2",
    "torch.erfc(agreement.abs() / math.sqrt(2))",
    "both tails count: minus the mark is no mark.", read="What of task 4.2")

# -------------------- 4.3 manifest
edit("manifest", "canonical__as_inserted", "sort_keys=True, ", "",
    "keys stay in the order in which they were put in.", read="What of task 4.3")
edit("manifest", "canonical__blanks", ', separators=(",", ":")', "",
    "blanks stand after commas and colons.", read="What of task 4.3")
edit("manifest", "canonical__escapes", ", ensure_ascii=False", "",
    "letters beyond ASCII are escaped.", read="What of task 4.3")
edit("manifest", "append_claim__key_and_text",
    'signature = hmac.new(key, canonical(claim).encode(), "sha256").hexdigest()',
    "signature = hashlib.sha256(key + canonical(claim).encode()).hexdigest()",
    "key and text are hashed in a row: that is no HMAC, and who has one signature can go on from it.",
    read="Convention of task 4.3")
edit("manifest", "append_claim__entry_signed", "hmac.new(key, canonical(claim)",
    'hmac.new(key, canonical({"claim": claim})',
    "the claim is signed together with its name: the claim alone is.", read="What of task 4.3")
edit("manifest", "append_claim__parent_of_the_claim", "canonical(chain[-1])", 'canonical(chain[-1]["claim"])',
    "the parent is the hash of the claim without its signature.", read="Convention of task 4.3")
edit("manifest", "append_claim__parent_is_the_signature",
    "previous = hashlib.sha256(canonical(chain[-1]).encode()).hexdigest() if chain else None",
    'previous = chain[-1]["signature"] if chain else None',
    "the parent is the previous signature: it is the hash of the whole entry.", read="What of task 4.3")
edit("manifest", "append_claim__in_place", 'return [*chain, {"claim": claim, "signature": signature}]',
    'chain.append({"claim": claim, "signature": signature})\n    return chain',
    "the caller's list grows, too.", read="Convention of task 4.3")
edit("manifest", "verify_chain__true_or_false", "return None if is_it else len(chain) - 1", "return is_it",
    "True or False is returned instead of an index or None.", read="What of task 4.3")
edit("manifest", "verify_chain__signatures_only", ' or claim["parent"] != parent:', ":",
    "parents are not compared: entries can be dropped and exchanged.", read="What of task 4.3")
edit("manifest", "verify_chain__parents_only",
    'if not hmac.compare_digest(due, entry["signature"]) or claim["parent"] != parent:',
    'if claim["parent"] != parent:',
    "signatures are not compared: anybody can write a chain.", read="What of task 4.3")
edit("manifest", "verify_chain__signatures_before_parents",
    'if not hmac.compare_digest(due, entry["signature"]) or claim["parent"] != parent:\n'
    "            return i\n",
    'if not hmac.compare_digest(due, entry["signature"]):\n            return i\n'
    "    for i, entry in enumerate(chain):\n"
    '        if entry["claim"]["parent"] != parent:\n            return i\n',
    "all signatures are looked at before any parent: an earlier entry may have the wrong one.",
    read="What of task 4.3")
edit("manifest", "verify_chain__every_content", 'or claim["parent"] != parent:',
    'or claim["parent"] != parent or claim["content"] != hashlib.sha256(content).hexdigest():',
    "every entry is compared with the bytes of today: they were others before each step.",
    read="Convention of task 4.3")
edit("manifest", "verify_chain__content_first",
    "    parent = None\n",
    '    if chain[-1]["claim"]["content"] != hashlib.sha256(content).hexdigest():\n'
    "        return len(chain) - 1\n    parent = None\n",
    "the content is compared first: an entry before the last may be wrong, too, and is the first.",
    read="What of task 4.3")
edit("manifest", "verify_chain__content_left_out", "return None if is_it else len(chain) - 1", "return None",
    "the content is not compared: the chain may belong to another image.", read="What of task 4.3")

# -------------------- 5.1 concept_filter
edit("concept_filter", "concept_margins__long_concepts",
    "(image @ F.normalize(one.double(), dim=1).mT for one in (concepts, special))",
    "(image @ one.double().mT for one in (concepts, special))",
    "concepts keep their length: a product is no cosine then.", read="What of task 5.1")
edit("concept_filter", "concept_margins__long_images", "F.normalize(sample(image), dim=1)", "sample(image)",
    "images keep their length: a product is no cosine then.", read="What of task 5.1")
edit("concept_filter", "concept_margins__distance",
    "return to_concepts - thresholds", "return 1 - to_concepts - thresholds",
    "a distance stands where a cosine should: large is far away.", read="What of task 5.1")
edit("concept_filter", "concept_margins__all_images", ".any(dim=1, keepdim=True)  # n 1", ".any()",
    "one special image makes the filter stricter for all.", read="Convention of task 5.1")
edit("concept_filter", "concept_margins__special_included", "to_special > special_thresholds",
    "to_special >= special_thresholds",
    "a special margin of exactly 0 counts.", read="Convention of task 5.1")
edit("concept_filter", "concept_margins__taken_off", "thresholds + adjustment", "thresholds - adjustment",
    "the adjustment is taken off: it makes the filter stricter.", read="What of task 5.1")
edit("concept_filter", "concept_margins__nan_is_safe", "sample(image)", "image.double()",
    "NaN passes: nothing is above a threshold, so a broken image counts as safe.",
    read="Convention of task 5.1")
edit("concept_filter", "concept_margins__single", "is_special.double()", "is_special",
    "a number times a truth value is float32: the last digits of the adjustment are lost.",
    read="Convention of task 5.1")
edit("concept_filter", "is_unsafe__border", "margins > 0", "margins >= 0",
    "a margin of exactly 0 counts as unsafe.", read="Convention of task 5.1")
edit("concept_filter", "is_unsafe__all_concepts", ".any(dim=1)", ".all(dim=1)",
    "an image is unsafe only if it shows all concepts.", read="What of task 5.1")
edit("concept_filter", "is_unsafe__mean", "(margins > 0).any(dim=1)", "margins.mean(dim=1) > 0",
    "the mean margin decides: one concept is enough.", read="What of task 5.1")

# -------------------- 5.2 erase_concept
edit("erase_concept", "erased_noise__towards", "eps_u - strength", "eps_u + strength",
    "it leads towards the concept: that is guidance.", read="What of task 5.2")
edit("erase_concept", "erased_noise__from_the_concept", "(eps_u - strength * (eps_c - eps_u))",
    "(eps_c - strength * (eps_c - eps_u))",
    "the way begins at the prediction with the concept instead of the one without.",
    read="What of task 5.2")
edit("erase_concept", "erased_noise__gradient", ".detach()", "",
    "a gradient flows into the target, so that training moves both ends.", read="Convention of task 5.2")
edit("erase_concept", "erase_linear__ridge_to_zero", "w @ (t @ c.mT + stays)",
    "w @ (t @ c.mT + keep * k @ k.mT)",
    "the ridge pulls towards 0 instead of towards the old weights.", read="What of task 5.2")
edit("erase_concept", "erase_linear__kept_forgotten", "stays = keep * k @ k.mT + ridge", "stays = ridge",
    "what should stay is forgotten.", read="What of task 5.2")
edit("erase_concept", "erase_linear__keep_squared", "keep * k @ k.mT", "keep**2 * k @ k.mT",
    "keep counts squared.", read="What of task 5.2")
edit("erase_concept", "erase_linear__from_the_left",
    "found = torch.linalg.solve(c @ c.mT + stays, w @ (t @ c.mT + stays), left=False)",
    "found = w @ torch.linalg.solve(c @ c.mT + stays, t @ c.mT + stays)",
    "the inverse stands on the wrong side of the other matrix.", read="Hint 2 of task 5.2")
edit("erase_concept", "erase_linear__transposed", "(t @ c.mT + stays)", "(c @ t.mT + stays)",
    "concept and target are exchanged in their product.", read="Hint 2 of task 5.2")
edit("erase_concept", "erase_linear__target_of_zero", "w @ (t @ c.mT + stays)", "w @ stays",
    "the concept is sent to 0 instead of to its target.", read="What of task 5.2")

# -------------------- 6.1 group_gap
edit("group_gap", "group_gap__not_halved", ".sum().item() / 2", ".sum().item()",
    "the sum is not halved: who is too many here is too few there, and counts twice.",
    read="What of task 6.1")
edit("group_gap", "group_gap__largest", ".abs().sum().item() / 2", ".abs().max().item()",
    "the largest difference is returned instead of half the sum.", read="What of task 6.1")
edit("group_gap", "group_gap__empty_groups", "(shares - target).abs()", "(shares - target)[shares > 0].abs()",
    "groups of nobody are left out.", read="Convention of task 6.1")
edit("group_gap", "bootstrap_interval__two_deviations", "low, high = torch.quantile(gaps, ends).tolist()",
    "low, high = (gaps.mean() - 2 * gaps.std()).item(), (gaps.mean() + 2 * gaps.std()).item()",
    "the interval is two deviations wide on each side of the mean.", read="What of task 6.1")
edit("group_gap", "bootstrap_interval__not_resampled", "labels[rows]", "labels",
    "labels are never resampled: the interval has no width.", read="What of task 6.1")
edit("group_gap", "bootstrap_interval__one_sided", "[(1 - level) / 2, (1 + level) / 2]", "[1 - level, level]",
    "each end leaves out 1 - level: both together do.", read="What of task 6.1")
edit("group_gap", "bootstrap_interval__basic", "return low, high",
    "gap = group_gap(labels, target)\n    return 2 * gap - high, 2 * gap - low",
    "it is the basic interval, reflected at the gap.", read="Convention of task 6.1")
edit("group_gap", "counterfactual_test__one_sided", "2 * tail", "tail",
    "only one tail counts.", read="What of task 6.1")
edit("group_gap", "counterfactual_test__all_pairs", "n = sum(ways)", "n = len(before)",
    "pairs that agree count as well.", read="Convention of task 6.1")
edit("group_gap", "counterfactual_test__above_one", "min(1.0, 2 * tail)", "2 * tail",
    "a probability is larger than 1: the middle counts in both tails.", read="Convention of task 6.1")

@wrong("group_gap", "before and after are compared as if they were other people: these are pairs.",
       read="Convention of task 6.1")
def counterfactual_test__unpaired(before, after):
    from scipy.stats import fisher_exact

    a, b, n = int(before.sum()), int(after.sum()), len(before)
    return float(fisher_exact([[a, n - a], [b, n - b]])[1])

# -------------------- 6.2 calibrate
edit("calibrate", "calibration_error__left_closed", "bin_of = (p * bins).ceil().clamp(min=1).long()",
    "bin_of = (p * bins).floor().clamp(max=bins - 1).long()",
    "bins are closed below instead of above.", read="Convention of task 6.2")
edit("calibrate", "calibration_error__unweighted", "return excess.abs().sum().item() / len(p)",
    "sizes = torch.bincount(bin_of)\n"
    "    return (excess.abs() / sizes.clamp(min=1)).sum().item() / (sizes > 0).sum().item()",
    "all bins count alike, whatever is in them.", read="What of task 6.2")
edit("calibrate", "calibration_error__signed", "excess.abs().sum()", "excess.sum().abs()",
    "too high and too low cancel: each bin's size counts.", read="What of task 6.2")
edit("calibrate", "calibration_error__brier", "return excess.abs().sum().item() / len(p)",
    "return (p - y).square().mean().item()",
    "it is the Brier score.", read="What of task 6.2")
edit("calibrate", "calibration_error__confidence", "p, y = sample(p), sample(y)",
    "p, y = sample(p), sample(y)\n    right = (p > 0.5).double() == y\n"
    "    p, y = torch.maximum(p, 1 - p), right.double()",
    "p is turned into the confidence of the likelier class.", read="Convention of task 6.2")
edit("calibrate", "fit_temperature__multiplied",
    "return math.sqrt(low * high)", "return 1 / math.sqrt(low * high)",
    "1 / T is returned: logits are divided by T.", read="What of task 6.2")
edit("calibrate", "fit_temperature__wrong_way", "if slope > 0 else", "if slope < 0 else",
    "the search goes to where the cost is largest.", read="Hint 2 of task 6.2")
edit("calibrate", "fit_temperature__brier", "/ middle) - y)).sum()",
    "/ middle) - y) * torch.sigmoid(logits / middle) * torch.sigmoid(-logits / middle)).sum()",
    "the temperature is that of the least Brier score, (p - y)^2, instead of the least -log p.",
    read="What of task 6.2")
edit("calibrate", "conformal_threshold__quantile",
    "return ranked[k - 1].item() if k <= len(ranked) else math.inf",
    "return torch.quantile(ranked, 1 - alpha).item()",
    "a quantile of the scores is taken: the new score is one of n + 1.",  # np.quantile(scores, 1 - alpha)
    read="Convention of task 6.2")
edit("calibrate", "conformal_threshold__one_further", "ranked[k - 1]", "ranked[min(k, len(ranked) - 1)]",
    "the next score after the k-th is taken: the first has the index 0.", read="What of task 6.2")
edit("calibrate", "conformal_threshold__one_less", "k = len(ranked) + 1 - math.floor",
    "k = len(ranked) - math.floor",
    "k is one too small: too many new scores are above.", read="What of task 6.2")
edit("calibrate", "conformal_threshold__largest",
    "if k <= len(ranked) else math.inf", "if k <= len(ranked) else ranked[-1].item()",
    "the largest score stands for inf: of so few none is large enough.", read="Convention of task 6.2")
edit("calibrate", "conformal_threshold__from_below", "math.floor((len(ranked) + 1) * alpha + 1e-9)",
    "math.floor((len(ranked) + 1) * (1 - alpha) + 1e-9)",
    "alpha counts from the wrong end.", read="What of task 6.2")
# fmt: on
