"""Right answers written another way than the reference: every check must accept them.

Read, not run. Some are the ways of well-known libraries, and one imports more than it needs.
"""

from autograder.sources.variants import right


# -------------------- 1.1 frames
@right("frames", "by three planar rotations, as OpenFold has it, one residue after the other")
def backbone_frames__planar(atoms):
    import math

    import scipy.stats  # noqa: F401 (idle, as in a file with other experiments)

    def plane(i, j, angle):
        turn = torch.eye(3, dtype=atoms.dtype, device=atoms.device)
        turn[i, i] = turn[j, j] = math.cos(angle)
        turn[i, j], turn[j, i] = -math.sin(angle), math.sin(angle)
        return turn

    flat, rotations = atoms.reshape(-1, 3, 3), []
    for first, origin, last in flat:
        to_n, to_c = first - origin, last - origin
        if torch.linalg.vector_norm(torch.linalg.cross(to_n, to_c)) <= 1e-6 * to_c.norm():
            raise ValueError("no axes")
        back = plane(0, 1, -math.atan2(to_c[1], to_c[0]))
        back = plane(0, 2, -math.atan2(to_c[2], math.hypot(to_c[0], to_c[1]))) @ back
        seen = back @ to_n
        back = plane(1, 2, -math.atan2(seen[2], seen[1])) @ back
        rotations.append(back.T)
    return torch.stack(rotations).reshape(atoms.shape), atoms[..., 1, :].clone()


@right("frames", "as two products of matrices")
def to_local__products(R, t, x):
    return x @ R - t.unsqueeze(1) @ R


@right("frames", "frame by frame, with F.relu for the clamp")
def fape__frames(R, t, x, R_true, t_true, x_true, clamp=10.0, unit=10.0, eps=1e-4):
    total = 0
    for i in range(len(R)):
        gap = (x - t[i]) @ R[i] - (x_true - t_true[i]) @ R_true[i]
        error = torch.sqrt(torch.sum(gap * gap, 1) + eps)
        total = total + (error if clamp is None else clamp - torch.relu(clamp - error)).mean()
    return total / (unit * len(R))


# -------------------- 1.2 so3_exp_log
@right("so3_exp_log", "with torch.matrix_exp")
def so3_exp__matrix_exp(v):
    d = v.double()
    basis = torch.zeros(3, 3, 3, dtype=torch.float64, device=v.device)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        basis[i, k, j], basis[i, j, k] = 1.0, -1.0
    return torch.linalg.matrix_exp(torch.einsum("...a,aij->...ij", d, basis)).type_as(v)


@right("so3_exp_log", "with scipy")
def so3_log__scipy(R):
    from scipy.spatial.transform import Rotation

    found = Rotation.from_matrix(R.detach().reshape(-1, 3, 3).double().cpu().numpy()).as_rotvec()
    return torch.from_numpy(found).reshape(R.shape[:-1]).type_as(R)


# -------------------- 1.3 igso3
@right("igso3", "by images for small deviations, and by the series for large ones")
def igso3_density__images(omega, sigma):
    if not sigma > 0:
        raise ValueError("no deviation")
    w = omega.double()
    if sigma > 1:
        total = sum(
            (2 * n + 1) * math.exp(-sigma * sigma * n * (n + 1) / 2) * torch.sin((n + 0.5) * w)
            for n in range(15)
        )
    else:
        factor = math.exp(sigma * sigma / 8) * math.sqrt(2 * math.pi) / sigma**3
        total = factor * sum(
            (-1) ** k * (w + 2 * math.pi * k) * torch.exp(-((w + 2 * math.pi * k) ** 2) / (2 * sigma * sigma))
            for k in range(-4, 5)
        )
    return (total * torch.sin(w / 2) * 2 / math.pi).type_as(omega)


@right("igso3", "by differentiating a logarithm")
@torch.enable_grad()
def igso3_score__autograd(v, sigma):
    if not sigma > 0:
        raise ValueError("no deviation")
    flat = v.detach().double().reshape(-1, 3)
    length = torch.linalg.vector_norm(flat, dim=1)
    w = length.clamp(1e-3, math.pi).requires_grad_()
    if sigma <= 1:
        k = torch.arange(-3, 4, device=v.device).double()[:, None]
        a = w + 2 * math.pi * k
        signs = 1 - 2 * torch.remainder(k, 2)
        total = torch.sum(signs * a * torch.exp((w**2 - a**2) / (2 * sigma**2)), 0)
        log_f = torch.log(total / torch.sin(w / 2)) - w**2 / (2 * sigma**2)
    else:
        n = torch.arange(20, device=v.device).double()[:, None]
        total = torch.sum((2 * n + 1) * torch.exp(-n * (n + 1) * sigma**2 / 2) * torch.sin((n + 0.5) * w), 0)
        log_f = torch.log(total / torch.sin(w / 2))
    (slope,) = torch.autograd.grad(log_f.sum(), w)
    unit = flat / w.detach()[:, None]
    return (slope[:, None] * unit).reshape(v.shape).type_as(v)


@right("igso3", "by bisection of the distribution in closed form")
def igso3_sample__bisection(u, axis, sigma):
    if not sigma > 0:
        raise ValueError("no deviation")
    low, high = (
        torch.zeros(len(u), device=u.device).double(),
        torch.full((len(u),), math.pi, device=u.device).double(),
    )
    n = torch.arange(1, 12 + int(9 / sigma), device=u.device).double()[:, None]
    weights = (2 * n + 1) * torch.exp(-n * (n + 1) * sigma**2 / 2)
    for _ in range(30):
        middle = (low + high) / 2
        waves = torch.sin(n * middle) / n - torch.sin((n + 1) * middle) / (n + 1)
        below = (middle - torch.sin(middle) + (weights * waves).sum(0)) / math.pi < u
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    unit = axis.double() / torch.linalg.vector_norm(axis.double(), dim=1, keepdim=True)
    return (unit * low.unsqueeze(1)).type_as(axis)


# -------------------- 2.1 se3_noise
@right("se3_noise", "as a weighted mean of exponentials")
def so3_schedule__mean(t, sigma_min=0.1, sigma_max=1.5):
    if t <= 0 or t > 1:
        raise ValueError("no such time")
    inside = t * math.exp(sigma_max) + (1 - t) * math.exp(sigma_min)
    slope = (math.exp(sigma_max) - math.exp(sigma_min)) / inside
    return math.log(inside), 2 * math.log(inside) * slope


@right("se3_noise", "in scaled units, with einsum, and the score from x_t")
def se3_noise__scaled(R0, x0, t, v, z, scale=0.1):
    signal, noise, _ = r3_schedule(t)
    y0 = scale * (x0 - torch.mean(x0, 0))
    y = torch.add(signal * y0, z - torch.mean(z, 0), alpha=noise)
    turned = torch.einsum("nij,njk->nik", R0, so3_exp(v))
    return turned, y.div(scale), igso3_score(v, so3_schedule(t)[0]), (signal * y0 - y).div(noise**2)


# -------------------- 2.2 se3_sample
@right("se3_sample", "in Å, residue by residue")
def se3_step__residues(R, x, rot_score, trans_score, t, dt, w, z, scale=0.1):
    g2 = so3_schedule(t)[1]
    beta = r3_schedule(t)[2]
    vectors = [g2 * dt * score + (g2 * dt) ** 0.5 * one for score, one in zip(rot_score, w, strict=True)]
    rotations = torch.stack([R[i] @ so3_exp(vectors[i]) for i in range(len(R))])
    places = (1 + beta * dt / 2) * x + (beta * dt * trans_score + (beta * dt) ** 0.5 * z) / scale
    return rotations, places.sub(places.mean(0))


@right("se3_sample", "over pairs of times")
@torch.no_grad()
def se3_sample__pairs(scores, R, x, w, z, t_min=0.01):
    times = torch.linspace(1, t_min, len(w) + 1, dtype=torch.float64).tolist()
    for now, later, turn, move in zip(times, times[1:], w, z, strict=False):
        rotational, translational = scores(R, x, now)
        R, x = se3_step(R, x, rotational, translational, now, now - later, turn, move)
    return R.clone(), x.clone()


# -------------------- 3.1 superpose
@right("superpose", "by Horn's quaternion, an eigenvector")
def weighted_rigid_align__horn(x, target, weights):
    x, target = x.detach(), target.detach()
    w = (weights / weights.sum(-1, True)).unsqueeze(-1)
    a, b = x - (w * x).sum(-2, True), target - (w * target).sum(-2, True)
    S = torch.einsum("...ni,...nj->...ij", w * a, b).double()
    turned = torch.stack([S[..., 1, 2], S[..., 2, 0], S[..., 0, 1]], -1)
    turned = turned - torch.stack([S[..., 2, 1], S[..., 0, 2], S[..., 1, 0]], -1)
    trace = torch.einsum("...ii->...", S)[..., None, None]
    below = torch.cat([turned.unsqueeze(-1), S + S.mT - trace * torch.eye(3).to(S)], -1)
    N = torch.cat([torch.cat([trace, turned.unsqueeze(-2)], -1), below], -2)
    q0, q1, q2, q3 = torch.linalg.eigh(N)[1][..., -1].unbind(-1)
    R = torch.stack(
        [
            torch.stack(
                [q0**2 + q1**2 - q2**2 - q3**2, 2 * (q1 * q2 - q0 * q3), 2 * (q1 * q3 + q0 * q2)], -1
            ),
            torch.stack(
                [2 * (q1 * q2 + q0 * q3), q0**2 - q1**2 + q2**2 - q3**2, 2 * (q2 * q3 - q0 * q1)], -1
            ),
            torch.stack(
                [2 * (q1 * q3 - q0 * q2), 2 * (q2 * q3 + q0 * q1), q0**2 - q1**2 - q2**2 + q3**2], -1
            ),
        ],
        -2,
    )
    return a @ R.mT.to(a) + (w * target).sum(-2, True)


@right("superpose", "with reciprocals, from distances")
def tm_score__reciprocals(x, target):
    n = x.size(-2)
    scale = 1.24 * (4 if n < 19 else n - 15) ** (1 / 3) - 1.8
    laid = weighted_rigid_align(x, target, x.new_ones(x.shape[:-1]))
    ratio = torch.linalg.vector_norm(laid - target, dim=-1) / scale
    return torch.reciprocal(ratio**2 + 1).sum(-1) / n


@right("superpose", "with cdist, and a loop over the four bounds")
def lddt__cdist(pred, true, cutoff=15.0, per_residue=False):
    way = "donot_use_mm_for_euclid_dist"
    due = torch.cdist(true, true, compute_mode=way)
    off = torch.abs(torch.cdist(pred, pred, compute_mode=way) - due)
    near = due < cutoff
    near.diagonal(dim1=-2, dim2=-1).fill_(False)
    score = 0
    for bound in (0.5, 1.0, 2.0, 4.0):
        score = score + 0.25 * torch.logical_and(off < bound, near).to(pred)
    score, number = score.sum(-1), near.sum(-1)
    if not per_residue:
        score, number = score.sum(-1), number.sum(-1)
    return torch.where(number == 0, torch.ones_like(score), score / number.clamp(min=1))


# -------------------- 4.1 af3_loss
@right("af3_loss", "by coefficients that are named as in Karras et al.")
def af3_denoise__coefficients(net, x, sigma, sigma_data=16.0):
    total = sigma.pow(2) + sigma_data**2
    c_in, c_skip = total.rsqrt(), sigma_data**2 / total
    c_out, c_noise = sigma * sigma_data * c_in, 0.25 * torch.log(sigma / sigma_data)
    guess = net(torch.einsum("b,bni->bni", c_in, x), c_noise)
    return torch.einsum("b,bni->bni", c_skip, x) + torch.einsum("b,bni->bni", c_out, guess)


@right("af3_loss", "with a root that is safe at 0, structure by structure")
def smooth_lddt_loss__safe(pred, true, cutoff=15.0):
    n = pred.shape[-2]
    losses = []
    for p, q in zip(pred.reshape(-1, n, 3), true.reshape(-1, n, 3), strict=True):
        due = torch.cdist(q, q, compute_mode="donot_use_mm_for_euclid_dist")
        i, j = torch.nonzero((due < cutoff).fill_diagonal_(False), as_tuple=True)
        squares = (p[i] - p[j]).pow(2).sum(1)
        there = squares > 0
        distance = torch.where(there, squares, 1.0).sqrt() * there
        score = sum(torch.sigmoid(c - torch.abs(distance - due[i, j])) for c in (0.5, 1, 2, 4)).sum() / 4
        losses.append(1 - score / max(len(i), 1))
    return torch.stack(losses).reshape(pred.shape[:-2])


@right("af3_loss", "by laying the prediction upon the truth, with gradients, for the value is the same")
def diffusion_loss__other_side(denoised, true, sigma, weights, sigma_data=16.0):
    share = (weights / weights.sum(1, keepdim=True))[..., None]
    here = denoised - (share * denoised).sum(1, keepdim=True)
    there = true - (share * true).sum(1, keepdim=True)
    U, _, Vh = torch.linalg.svd(here.mT @ (share * there))
    D = torch.eye(3, dtype=U.dtype, device=denoised.device).repeat(len(U), 1, 1)
    D[:, 2, 2] = torch.linalg.det((U @ Vh).detach())
    off = torch.sum((here @ (U @ D @ Vh) - there) ** 2, -1)
    mse = torch.mean(weights * off, 1) / 3
    return (sigma**2 + sigma_data**2) / (sigma * sigma_data) ** 2 * mse + smooth_lddt_loss(denoised, true)


# -------------------- 4.2 af3_sample
@right("af3_sample", "with torch.linspace between the roots")
def noise_levels__linspace(steps, sigma_data=16.0, smax=160.0, smin=4e-4, rho=7.0):
    roots = torch.linspace(smax ** (1 / rho), smin ** (1 / rho), steps + 1, dtype=torch.float64)
    return torch.pow(roots, rho) * sigma_data


@right("af3_sample", "by Gram and Schmidt")
def uniform_rotation__gram_schmidt(v0, v1):
    e0 = torch.nn.functional.normalize(v0, dim=-1)
    rest = v1 - torch.sum(v1 * e0, -1, keepdim=True) * e0
    e1 = torch.nn.functional.normalize(rest, dim=-1)
    return torch.stack((e0, e1, torch.linalg.cross(e0, e1)), -2)


@right("af3_sample", "with einsum, over pairs of levels")
def af3_sample__einsum(
    denoiser,
    x,
    levels,
    rotations,
    shifts,
    noises,
    gamma0=0.8,
    gamma_min=1.0,
    noise_scale=1.003,
    step_scale=1.5,
):
    x, pairs = x.detach(), list(zip(levels.tolist(), levels.tolist()[1:], strict=False))
    for (old, new), turn, shift, noise in zip(pairs, rotations, shifts, noises, strict=True):
        centred = torch.sub(x, torch.mean(x, 1, True))
        x = torch.einsum("bij,bnj->bni", turn, centred) + shift.unsqueeze(1)
        gamma = gamma0 * (new > gamma_min)
        hat = old + gamma * old
        noisy = x + noise * (noise_scale * old * (gamma * (gamma + 2)) ** 0.5)
        with torch.no_grad():
            guess = denoiser(noisy, hat)
        x = torch.add(noisy, (noisy - guess) / hat, alpha=step_scale * (new - hat))
    return x


# -------------------- 5.1 motif
@right("motif", "letter by letter, without regular expressions")
def parse_contig__letters(contig, length):
    digits = set("0123456789")
    places = []
    for part in contig.split("/"):
        if part and set(part) <= digits:
            places.extend(-1 for _ in range(int(part)))
            continue
        letter, ends = part[:1], part[1:].split("-")
        if not letter.isalpha() or len(ends) > 2 or not all(end and set(end) <= digits for end in ends):
            raise ValueError(part)
        first, last = int(ends[0]), int(ends[-1])
        if first < 1 or last > length or last < first:
            raise ValueError(part)
        for residue in range(first, last + 1):
            if residue - 1 in places:
                raise ValueError(part)
            places.append(residue - 1)
    if len(places) == 0:
        raise ValueError("nothing")
    return torch.tensor([place != -1 for place in places]), torch.tensor(places)


@right("motif", "with torch.where, from the whole reference")
def place_motif__where(R, x, R_ref, x_ref, mask, index):
    at = index.clamp(min=0)
    share = mask.to(x) / mask.sum().clamp(min=1)
    moved = x_ref[at] - share @ x_ref[at]
    return torch.where(mask[:, None, None], R_ref[at], R), torch.where(mask.unsqueeze(1), moved, x)


# -------------------- 5.2 design
@right("design", "with the guess detached")
def self_conditioned__detached(model, noisier, noisy, t, coin):
    if coin >= 0.5:
        return model(noisy[0], noisy[1], t, None)
    turned, placed = model(noisier[0], noisier[1], t + 1, None)
    return model(noisy[0], noisy[1], t, (turned.detach(), placed.detach()))


@right("design", "in the world's axes, on the left, and with DDPM's own numbers")
def rf_step__left(R, x, R0, x0, t, T, mask, w, z):
    if T < 15 or t < 1 or t >= T:
        raise ValueError("no such step")
    beta = [(0.01 + 0.06 * k / (T - 1)) * 200 / T for k in range(T)]
    left = math.prod(1 - b for b in beta[:t])
    now = left * (1 - beta[t])
    mean = left**0.5 * beta[t] / (1 - now) * x0 + (1 - beta[t]) ** 0.5 * (1 - left) / (1 - now) * x
    places = mean + 4 * (beta[t] * (1 - left) / (1 - now)) ** 0.5 * z
    time = (1 + t) / T
    deviation = 0.02 + time * (1.5 + 0.5 * time)
    rate = 2 * deviation * (1.5 + time) / T
    world = so3_log(torch.einsum("nij,nkj->nik", R, R0))
    noise = torch.einsum("nij,nj->ni", R, w)
    turns = so3_exp(rate * igso3_score(world, deviation) + rate**0.5 * noise) @ R
    turns[mask], places[mask] = R[mask], x[mask]
    return turns, places


@right("design", "with a superposition of its own")
@torch.no_grad()
def rf_sample__own(model, R, x, mask, w, z, T=50):
    if not T >= 15:
        raise ValueError("too few steps")
    guess = None
    for k, t in enumerate(reversed(range(T))):
        guess = model(R, x, t, guess)
        if t:
            turned, placed = guess
            if int(mask.sum()):
                here, there = placed[mask].mean(0), x[mask].mean(0)
                U, _, Vh = torch.linalg.svd((x[mask] - there).T @ (placed[mask] - here))
                U[:, 2] *= torch.linalg.det(U @ Vh)
                turned, placed = U @ Vh @ turned, (placed - here) @ (U @ Vh).T + there
            R, x = rf_step(R, x, turned, placed, t, T, mask, w[k], z[k])
    return guess


# -------------------- 6.1 triangles
@right("triangles", "as a product of matrices for each channel")
def triangle_multiply__matmul(a, b, outgoing=True):
    left, right = (torch.movedim(one, -1, -3) for one in (a, b))
    product = torch.matmul(left, right.mT) if outgoing else torch.matmul(left.mT, right)
    return torch.movedim(product, -3, -1)


@right("triangles", "with einsum and softmax")
def triangle_attention__einsum(q, k, v, bias, starting=True):
    root = q.shape[-1] ** 0.5
    if starting:
        scores = torch.einsum("hijc,hikc->hijk", q, k) / root + bias.unsqueeze(1)
        return torch.einsum("hijk,hikc->hijc", torch.softmax(scores, -1), v)
    scores = torch.einsum("hijc,hkjc->hijk", q, k) / root + bias.mT.unsqueeze(2)
    return torch.einsum("hijk,hkjc->hijc", torch.softmax(scores, -1), v)


# -------------------- 6.2 lm_to_pair
@right("lm_to_pair", "layer by layer")
def mix_layers__layers(states, logits):
    weights = torch.exp(logits - torch.logsumexp(logits, 0))
    return sum(weight * layer for weight, layer in zip(weights, states, strict=True))


@right("lm_to_pair", "with einsum, and repeated rows")
def sequence_to_pair__einsum(q, k):
    n = q.shape[-2]
    difference = q[..., None, :, :].expand(*q.shape[:-2], n, n, -1) - k[..., :, None, :]
    return torch.concat((torch.einsum("...jc,...ic->...ijc", q, k), difference), -1)


# -------------------- 6.3 recycle
@right("recycle", "with cdist and bucketize")
def recycle_bins__bucketize(atoms):
    places = virtual_cb(atoms)
    gaps = torch.cdist(places, places, compute_mode="donot_use_mm_for_euclid_dist").double()
    return torch.bucketize(gaps, 3.375 + 18 / 13 * torch.arange(14, device=atoms.device).double())


@right("recycle", "in one loop, as ESMFold has it")
def fold__one_loop(trunk, norm_s, norm_z, disto, s0, z0, recycles):
    if recycles < 0:
        raise ValueError("no pass")
    s, z, bins, outer = torch.zeros_like(s0), torch.zeros_like(z0), None, torch.is_grad_enabled()
    for left in reversed(range(recycles + 1)):
        with torch.set_grad_enabled(outer and left == 0):
            if bins is None:
                bins = torch.zeros(len(z0), len(z0), dtype=torch.int64)
            s, z = s.detach(), z.detach()
            s, z, atoms = trunk(torch.add(s0, norm_s(s)), torch.add(z0, norm_z(z)) + disto(bins))
        bins = recycle_bins(atoms.detach())
    return s, z, atoms


# -------------------- 6.4 confidence
@right("confidence", "as a sum over bins")
def plddt__sum(logits):
    shares = torch.softmax(logits, -1)
    n = shares.shape[-1]
    return 100 * sum((2 * k + 1) / (2 * n) * shares[..., k] for k in range(n))


@right("confidence", "frame by frame")
def aligned_error__frames(R, t, R_true, t_true):
    rows = [(t - t[i]) @ R[i] - (t_true - t_true[i]) @ R_true[i] for i in range(len(t))]
    return torch.linalg.vector_norm(torch.stack(rows), dim=2)


@right("confidence", "with bucketize")
def error_bins__bucketize(error, bins=64):
    edges = 0.5 * torch.arange(1, bins).to(error)
    return torch.bucketize(error, edges, right=True)


@right("confidence", "with tensordot, from half centres")
def expected_aligned_error__tensordot(logits):
    shares = (
        logits.exp() / logits.exp().sum(-1, keepdim=True) if logits.abs().max() < 50 else logits.softmax(-1)
    )
    return torch.tensordot(shares, (2 * torch.arange(shares.shape[-1]).to(shares) + 1) / 4, 1)


@right("confidence", "with einsum, row by row")
def ptm__einsum(logits):
    n, bins = logits.shape[0], logits.shape[2]
    scale = 1.24 * (n - 15 if n > 19 else 4) ** (1 / 3) - 1.8
    terms = [1 / (1 + ((2 * k + 1) / (4 * scale)) ** 2) for k in range(bins)]
    worth = torch.tensor(terms, dtype=logits.dtype, device=logits.device)
    return torch.stack([torch.einsum("nk,k->", row.softmax(-1), worth) / n for row in logits]).max()
