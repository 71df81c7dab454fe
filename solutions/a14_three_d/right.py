"""Right answers written another way than the reference: every check must accept them.

Read, not run. Some are the ways of well-known libraries, and one imports more than it needs.
"""

from autograder.sources.variants import right


# -------------------- 1.1 camera_rays
@right("camera_rays", "with numpy, by the sum of three axes")
def camera_rays__numpy(pose, focal, height, width):
    import numpy as np
    import scipy.stats  # noqa: F401 (idle, as in a file with other experiments)

    right, up, back, place = np.moveaxis(pose.double().cpu().numpy()[:3], 1, 0)
    i, j = np.meshgrid(np.arange(width), np.arange(height))
    across = (2 * i + 1 - width) / (2 * focal)
    above = (height - 2 * j - 1) / (2 * focal)
    ways = across[..., None] * right + above[..., None] * up - back
    ways = ways / np.linalg.norm(ways, axis=2, keepdims=True)
    origins = np.broadcast_to(place, ways.shape).copy()
    return torch.from_numpy(origins).to(pose), torch.from_numpy(ways).to(pose)


# -------------------- 1.2 positional_encoding
@right("positional_encoding", "in a loop over frequencies, as published code has it")
def positional_encoding__loop(p, L, include_input=True):
    parts = [p] if include_input else [p[..., :0]]
    for k in range(L):
        parts.append(torch.sin(p * 2**k))
        parts.append(torch.cos(p * 2**k))
    return torch.cat(parts, -1)


# -------------------- 2.1 stratified_samples
@right("stratified_samples", "between the edges of torch.linspace")
def stratified_samples__lerp(near, far, u):
    if not near < far:
        raise ValueError("no interval")
    edges = torch.linspace(near, far, u.size(-1) + 1, dtype=u.dtype, device=u.device)
    return torch.lerp(edges[:-1].expand_as(u), edges[1:].expand_as(u), u), edges


# -------------------- 2.2 importance_samples
@right("importance_samples", "with numpy, ray by ray")
def importance_samples__numpy(edges, weights, u):
    import numpy as np

    if float(weights.min()) < 0:
        raise ValueError("negative")
    rows = []
    for e, w, v in zip(edges.numpy(force=True), weights.numpy(force=True), u.numpy(force=True), strict=True):
        w = w.astype(float) if w.sum() > 0 else np.ones(len(w))
        sums = np.cumsum(w) / np.sum(w)
        sums[sums >= sums[-1]] = 1.0
        index = np.searchsorted(sums, v, side="right")
        before = np.append(0.0, sums)[index]
        share = (v - before) / (sums[index] - before)
        rows.append(e[index] * (1 - share) + e[index + 1] * share)
    return torch.from_numpy(np.stack(rows)).to(u)


@right("importance_samples", "with take_along_dim, as nerfstudio has it, in a no_grad function")
@torch.no_grad()
def importance_samples__bins(edges, weights, u):
    if torch.any(weights < 0):
        raise ValueError("negative")
    empty = weights.sum(-1) == 0
    pdf = weights.masked_fill(empty[:, None], 1.0)
    pdf = pdf / torch.sum(pdf, -1, keepdim=True)
    sums = torch.cumsum(pdf, -1)
    sums = torch.cat([torch.zeros_like(sums[:, :1]), sums / sums[:, -1:]], -1)
    above = torch.searchsorted(sums, u.contiguous(), side="right")
    start = torch.take_along_dim(sums, above - 1, -1)
    step = torch.take_along_dim(sums, above, -1) - start
    return torch.lerp(
        torch.take_along_dim(edges, above - 1, -1), torch.take_along_dim(edges, above, -1), (u - start) / step
    )


# -------------------- 2.3 volume_rendering
@right("volume_rendering", "bin by bin, from the front to the back")
def ray_weights__loop(sigma, edges):
    through, weights = torch.ones_like(sigma[:, 0]), []
    for k in range(sigma.size(1)):
        stopped = -torch.special.expm1(-sigma[:, k] * (edges[..., k + 1] - edges[..., k]))
        weights += [through * stopped]
        through = through * (1 - stopped)
    return torch.stack(weights, 1)


@right("volume_rendering", "with einsum, and the distance set where nothing was hit")
def composite__einsum(weights, colour, t, background=None):
    total = torch.einsum("rn->r", weights)
    rgb = torch.einsum("rn,rnc->rc", weights, colour)
    if background is not None:
        rgb = torch.addcmul(rgb, 1 - total.unsqueeze(1), background.unsqueeze(0))
    nothing = total <= 0
    mean = torch.einsum("rn,rn->r", weights, t) / total.masked_fill(nothing, 1.0)
    return rgb, nothing * t[:, -1] + (~nothing) * mean, total


# -------------------- 3.1 nerf
@right("nerf", "with torch.relu and the trunk in two parts", replaces="NeRF.forward")
def forward__two_parts(self, points, directions):
    place = positional_encoding(points, self.L_position)
    way = positional_encoding(directions, self.L_direction)
    hidden = place
    for layer in self.trunk[: self.skip + 1]:
        hidden = torch.relu(layer(hidden))
    hidden = torch.cat((place, hidden), -1)
    for layer in self.trunk[self.skip + 1 :]:
        hidden = layer(hidden).clamp(min=0)
    both = torch.cat((self.feature(hidden), way), -1)
    logits = self.colour(torch.relu(self.view(both)))
    return self.density(hidden)[..., 0].clamp(min=0), 1 / (1 + torch.exp(-logits))


# -------------------- 3.2 train_step
@right("train_step", "written out, ray points by broadcasting")
def render_rays__written_out(coarse, fine, o, d, near, far, u, u_fine, background):
    r, n = u.shape
    t, cuts = stratified_samples(near, far, u)
    ways = d.unsqueeze(1).repeat(1, n, 1)
    density, light = coarse(torch.addcmul(o.unsqueeze(1), t.unsqueeze(2), ways), ways)
    shares = ray_weights(density, cuts)
    first = composite(shares, light, t, background)[0]
    cuts = cuts.repeat(r, 1)
    new = importance_samples(cuts, shares.detach(), u_fine)
    cuts = torch.sort(torch.hstack([new, cuts]), -1)[0]
    middle = torch.lerp(cuts[:, :-1], cuts[:, 1:], 0.5)
    ways = d.unsqueeze(1).repeat(1, middle.shape[1], 1)
    density, light = fine(torch.addcmul(o.unsqueeze(1), middle.unsqueeze(2), ways), ways)
    return (first, *composite(ray_weights(density, cuts), light, middle, background))


@right("train_step", "from natural logarithms, with F.mse_loss")
def psnr__natural(a, b):
    return -10 / torch.log(torch.tensor(10.0, dtype=a.dtype)) * torch.log(torch.nn.functional.mse_loss(a, b))


@right("train_step", "with the gradients cleared at the last moment, and the errors written out")
def train_step__late(coarse, fine, optimizer, o, d, colour, near, far, u, u_fine, background):
    looks = render_rays(coarse, fine, o, d, near, far, u, u_fine, background)
    error = sum(torch.nn.functional.mse_loss(look, colour) for look in looks[:2])
    optimizer.zero_grad(set_to_none=False)
    torch.autograd.backward(error)
    optimizer.step()
    return float(error.detach())


# -------------------- 4.1 trilinear
@right("trilinear", "from the eight corners")
def trilinear__corners(grid, p):
    sizes = torch.tensor(grid.shape[1:], device=grid.device)
    at = p * (sizes - 1)
    low = torch.minimum(at.floor().clamp(min=0), (sizes - 2).to(p.dtype))
    share, low = at - low, torch.minimum(low.long(), sizes - 2)
    flat, values = grid.flatten(1), 0
    for corner in range(8):
        bits = torch.tensor([corner >> 2 & 1, corner >> 1 & 1, corner & 1], device=grid.device)
        weight = torch.where(bits.bool(), share, 1 - share).prod(-1)
        i, j, k = (low + bits).unbind(-1)
        values = values + weight * flat[:, (i * sizes[1] + j) * sizes[2] + k]
    outside = torch.logical_or(p < 0, p > 1).any(-1)
    return torch.movedim(values.masked_fill(outside, 0), 0, -1)


@right("trilinear", "along one axis after the other")
def trilinear__axes(grid, p):
    shape, p = p.shape[:-1], p.reshape(-1, 3)
    inside = (p.clamp(0, 1) == p).all(1)
    nodes, shares = [], []
    for axis in range(3):
        n = grid.shape[axis + 1]
        at = p[:, axis].clamp(0, 1) * (n - 1)
        node = at.long().clamp(max=n - 2)
        nodes.append(node)
        shares.append(at - node)
    i, j, k = nodes
    cube = [
        [
            grid[:, i + a, j + b, k] * (1 - shares[2]) + grid[:, i + a, j + b, k + 1] * shares[2]
            for b in (0, 1)
        ]
        for a in (0, 1)
    ]
    square = [one[0] * (1 - shares[1]) + one[1] * shares[1] for one in cube]
    line = square[0] * (1 - shares[0]) + square[1] * shares[0]
    return (line * inside).T.reshape(*shape, grid.shape[0])


# -------------------- 5.1 voxels
@right("voxels", "as a histogram")
def voxelise__histogram(points, size):
    place = torch.div((points + 1) * size, 2, rounding_mode="floor").clamp(0, size - 1).long()
    index = (place * torch.tensor([size * size, size, 1], device=points.device)).sum(dim=1)
    counts = torch.bincount(index, minlength=size**3)
    return (counts > 0).to(torch.float32).view(size, size, size)


@right("voxels", "with torch's cross-entropy and a weight for each cell")
def voxel_loss__weights(logits, target, mu, log_var, gamma=0.97, beta=1.0):
    weight = gamma * target + (1 - gamma) * (1 - target)
    cost = F.binary_cross_entropy_with_logits(logits, target, weight=weight, reduction="sum")
    code = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    unit = torch.distributions.Normal(torch.zeros_like(mu), 1.0)
    kl = torch.distributions.kl_divergence(code, unit).sum()
    return (cost + beta * kl) / logits.shape[0]


# -------------------- 5.2 point_distances
@right("point_distances", "with cdist, a's mean taken away first")
def chamfer__cdist(a, b):
    if 0 in (a.size(-2), b.size(-2)):
        raise ValueError("empty")
    middle = a.mean(-2, keepdim=True)
    table = torch.cdist(a - middle, b - middle).pow(2)
    return table.min(-1).values.mean(-1) + table.min(-2).values.mean(-1)


@right("point_distances", "with scipy's distances")
def emd__scipy(a, b):
    from scipy.spatial.distance import cdist

    if a.shape != b.shape or not len(a):
        raise ValueError("no pairs")
    table = cdist(a.cpu().numpy(), b.cpu().numpy())
    return float(table[linear_sum_assignment(table)].sum() / len(table))


# -------------------- 5.3 point_encoder
@right("point_encoder", "set by set, with the points that are there", replaces="PointEncoder.forward")
def forward__set_by_set(self, points, mask=None):
    if mask is None:
        mask = torch.ones(points.shape[:2], dtype=torch.bool)
    best = []
    for one, there in zip(points, mask, strict=True):
        if not bool(there.any()):
            raise ValueError("empty")
        best.append(torch.max(self.each(one[there]), 0)[0])
    code = torch.stack(best)
    return self.mu(code), self.log_var(code)


@right("point_encoder", "with torch.where and the lowest number", replaces="PointEncoder.forward")
def forward__where(self, points, mask=None):
    each = self.each(points)
    if mask is not None:
        if (mask.sum(-1) == 0).any():
            raise ValueError("empty")
        each = torch.where(mask.unsqueeze(-1), each, torch.finfo(each.dtype).min)
    pooled, _ = each.max(1)
    return self.mu(pooled), self.log_var(pooled)


# -------------------- 6.1 score_distillation
@right("score_distillation", "from a table of all steps")
def sds_steps__table(u, T, low=0.02, high=0.98):
    steps = torch.arange(int(low * T), 1 + min(T - 1, int(high * T)), device=u.device)
    return steps[torch.floor(len(steps) * u).to(torch.int64)]


@right("score_distillation", "in a no_grad function, picture by picture")
@torch.no_grad()
def sds_gradient__pictures(predict, x, t, eps, alpha_bar):
    noisy = torch.empty_like(x)
    for i, step in enumerate(t.tolist()):
        level = float(alpha_bar[step])
        noisy[i] = level**0.5 * x[i] + (1 - level) ** 0.5 * eps[i]
    guess = predict(noisy, t)
    weights = [1 - float(alpha_bar[step]) for step in t.tolist()]
    return torch.stack([w * (g - e) for w, g, e in zip(weights, guess, eps, strict=True)])


@right("score_distillation", "as a product with the gradient, which has another value")
def sds_loss__product(x, gradient):
    return torch.mul(x, gradient.detach()).sum() / x.shape[0]


# -------------------- 6.2 distilled_gaussian
@right("distilled_gaussian", "as ratios of deviations")
def sds_slope__deviations(v, alpha_bar):
    noise = torch.sqrt(1 - alpha_bar)
    return torch.sqrt(alpha_bar) * noise * noise**2 / (v * alpha_bar + noise**2)


@right("distilled_gaussian", "with a common denominator")
def guided_fixed_point__common(m_c, v_c, m_u, v_u, w, alpha_bar):
    of_c = 1 + alpha_bar * (v_c - 1)
    of_u = 1 + alpha_bar * (v_u - 1)
    strength = w * of_u - (w - 1) * of_c
    if not strength > 0:
        raise ValueError("repels")
    return m_u + w * of_u * (m_c - m_u) / strength


@right("distilled_gaussian", "from two predicted noises")
def vsd_gradient__noises(x, m, v, m_q, v_q, alpha_bar):
    import math

    a, s = math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)
    guesses = [s * a * (x - mean) / (a * a * var + s * s) for mean, var in ((m, v), (m_q, v_q))]
    return s * s * torch.sub(*guesses)


# -------------------- 6.3 dreamfusion
@right("dreamfusion", "with einsum and relu")
def lambert__einsum(albedo, normal, point, light, light_colour, ambient):
    way = light - point
    cosine = torch.einsum("...c,...c->...", normal, way) / torch.linalg.vector_norm(way, dim=-1)
    return albedo * ambient + albedo * light_colour * torch.relu(cosine).unsqueeze(-1)


@right("dreamfusion", "as a product of matrices, in a mask")
def orientation_loss__matrix(weights, normals, directions):
    with torch.no_grad():
        fixed = weights.clone()
    along = torch.matmul(normals, directions.unsqueeze(-1))[..., 0]
    return torch.sum(fixed * along * along * (along > 0)) / len(fixed)


@right("dreamfusion", "as lengths of two numbers")
def opacity_loss__hypot(opacity):
    return torch.mean(torch.hypot(opacity, torch.full_like(opacity, 0.1)))


@right("dreamfusion", "by sectors of a turn")
def view_name__sectors(azimuth, elevation):
    turned = azimuth % 360
    sector = "front" if turned < 45 or turned > 315 else "back" if 135 < turned < 225 else "side"
    return "overhead" if elevation > 60 else sector
