"""Right answers written another way than the reference: every check must accept them.

Read, not run. Some are the ways of well-known libraries, and one imports more than it needs.
"""

from autograder.sources.variants import right


# -------------------- 1.1 weighted_scores
@right("weighted_scores", "with numpy, from the rising order")
def latitude_weights__numpy(lat, kind="area"):
    import numpy as np
    import scipy.stats  # noqa: F401 (idle, as in a file with other experiments)

    rows = np.asarray(lat.cpu(), dtype=float)
    if np.max(np.abs(rows)) > 90 or kind not in {"cosine", "area"}:
        raise ValueError("rows or kind")
    if len(rows) == 1:
        return torch.ones(1, dtype=torch.float64, device=lat.device)
    if kind == "cosine":
        w = np.cos(np.pi * rows / 180)
    else:
        order = np.argsort(rows)
        up = rows[order]
        between = (up[1:] + up[:-1]) / 2
        lower = np.concatenate([[max(-90.0, 2 * up[0] - between[0])], between])
        upper = np.concatenate([between, [min(90.0, 2 * up[-1] - between[-1])]])
        w = np.empty_like(rows)
        w[order] = np.sin(np.radians(upper)) - np.sin(np.radians(lower))
    return torch.from_numpy(w / np.mean(w)).to(lat.device)


@right("weighted_scores", "as a norm with the roots of the weights")
def weighted_rmse__norm(forecast, truth, weights):
    scaled = torch.sqrt(weights.double()).unsqueeze(-1) * (forecast.double() - truth.double())
    size = torch.linalg.vector_norm(scaled.flatten(-2), dim=-1)
    return (size / scaled[..., 0, 0].new_tensor(scaled.shape[-2] * scaled.shape[-1]).sqrt()).to(forecast)


@right("weighted_scores", "as the cosine of the angle between weighted anomalies")
def acc__cosine(forecast, truth, climatology, weights):
    root = weights.double().sqrt().unsqueeze(1)
    a = torch.flatten(root * (forecast.double() - climatology.double()), -2)
    b = torch.flatten(root * (truth.double() - climatology.double()), -2)
    dot = torch.einsum("...i,...i->...", a, b)
    return torch.div(dot, a.norm(dim=-1) * b.norm(dim=-1)).type_as(forecast)


@right("weighted_scores", "threshold by threshold, with hits, misses and false alarms")
def csi__loop(forecast, truth, thresholds):
    values = torch.empty(thresholds.numel(), dtype=torch.float64, device=forecast.device)
    for k in range(thresholds.numel()):
        f, t = torch.ge(forecast, thresholds[k]), torch.ge(truth, thresholds[k])
        tp = torch.count_nonzero(f * t)
        fp, fn = torch.count_nonzero(f * ~t), torch.count_nonzero(t * ~f)
        values[k] = tp.double() / (tp + fp + fn).double()
    return values


# -------------------- 1.2 ensemble_scores
@right("ensemble_scores", "member after member")
def crps__members(ensemble, truth, fair=True):
    x, y = ensemble.to(torch.float64), truth.to(torch.float64)
    m = x.shape[0]
    pairs, error = torch.zeros_like(y), torch.zeros_like(y)
    for a in x:
        error += torch.abs(a - y) / m
        for b in x:
            pairs += torch.abs(a - b)
    if m == 1:
        return error.to(ensemble.dtype)
    count = m**2 - m if fair else m**2
    return (error - 0.5 * pairs / count).to(ensemble.dtype)


@right("ensemble_scores", "by ranks from two argsorts, as WeatherBench 2 has it")
def crps__argsorts(ensemble, truth, fair=True):
    x = ensemble.double()
    m = x.size(0)
    skill = torch.mean(torch.abs(x - truth.double().unsqueeze(0)), 0)
    if m < 2:
        return skill.to(ensemble)
    rank = x.argsort(0).argsort(0).add_(1)
    spread = torch.mean(x * (2 * rank - m - 1), 0) * 2 / (m - 1 if fair else m)
    return (skill - spread / 2).to(ensemble)


@right("ensemble_scores", "by sums of squares")
def spread_skill__sums(ensemble, truth, weights):
    m = ensemble.shape[0]
    if m <= 1:
        raise ValueError("too few")
    x = ensemble.double()
    middle = torch.mean(x, 0)
    w = torch.reshape(weights.double(), (-1, 1)).expand(middle.shape)
    deviations = torch.einsum("m...,...->", (x - middle) ** 2, w) / (m - 1)
    errors = torch.sum(w * (middle - truth.double()) ** 2)
    return float(torch.sqrt((1 + 1 / m) * deviations / errors))


@right("ensemble_scores", "with numpy's histogram")
def rank_histogram__numpy(ensemble, truth, u):
    import numpy as np

    x, y, lot = (values.cpu().numpy() for values in (ensemble, truth, u))
    low = np.sum(x < y[None], axis=0)
    high = np.sum(x <= y[None], axis=0)
    rank = np.minimum(low + (lot * (high - low + 1)).astype(int), high)
    bins = np.arange(x.shape[0] + 2) - 0.5
    return torch.from_numpy(np.histogram(rank, bins=bins)[0].astype(np.int64)).to(u.device)


# -------------------- 2.1 multimesh
@right("multimesh", "with a dictionary of middles")
def refine__dictionary(vertices, faces):
    points, known, finer = list(vertices), {}, []

    def middle(a, b):
        key = (min(a, b), max(a, b))
        if key not in known:
            known[key] = len(points)
            way = vertices[a] + vertices[b]
            points.append(way / torch.linalg.vector_norm(way))
        return known[key]

    for a, b, c in faces.tolist():
        x, y, z = middle(a, b), middle(b, c), middle(c, a)
        finer += [[x, y, z], [a, x, z], [x, b, y], [z, y, c]]
    return torch.stack(points), torch.tensor(finer, device=vertices.device)


@right("multimesh", "as a set of pairs")
def multimesh_edges__set(faces):
    found = set()
    for level in faces:
        for corners in level.tolist():
            for i in range(3):
                for j in range(3):
                    if i != j:
                        found.add((corners[i], corners[j]))
    return torch.tensor(sorted(found), device=faces[0].device).T


# -------------------- 2.2 grid_mesh
@right("grid_mesh", "with scipy's tree")
def grid2mesh_edges__tree(grid, vertices, radius):
    from scipy.spatial import cKDTree

    lists = cKDTree(vertices.cpu().numpy()).query_ball_point(grid.cpu().numpy(), r=radius)
    flat = [[i, j] for i in range(len(lists)) for j in lists[i]]
    return torch.tensor(flat, device=grid.device).reshape(-1, 2).T


@right("grid_mesh", "with normals of the three sides, face by face")
def mesh2grid_edges__normals(grid, vertices, faces):
    best, inside = (
        torch.zeros(len(grid), dtype=torch.long, device=grid.device),
        torch.full((len(grid),), -9.0, dtype=grid.dtype, device=grid.device),
    )
    for n in range(len(faces)):
        a, b, c = vertices[faces[n]]
        volume = torch.linalg.det(torch.stack([a, b, c]))
        normals = torch.stack([torch.linalg.cross(b, c), torch.linalg.cross(c, a), torch.linalg.cross(a, b)])
        least = (grid @ normals.T / volume).min(1)[0]
        better = least > inside
        best[better], inside[better] = n, least[better]
    corners = faces[best]
    return torch.cat(
        [torch.stack([corners[:, k], torch.arange(len(grid), device=grid.device)]) for k in range(3)], 1
    )


# -------------------- 2.3 graph_network
@right("graph_network", "with scatter_add and an addition in place", replaces="InteractionNetwork.forward")
def forward__scatter(self, senders, receivers, edges, index):
    s, r = index[0], index[1]
    told = torch.cat((edges, senders.index_select(0, s), receivers.index_select(0, r)), -1)
    message = self.edge_mlp(told)
    heard = receivers.new_zeros(receivers.shape)
    heard = heard.scatter_add(0, r.unsqueeze(1).expand_as(message), message)
    change = self.node_mlp(torch.cat((receivers, heard), -1))
    return change.add(receivers), message.add(edges)


@right(
    "graph_network", "with products of weights and a matrix of links", replaces="InteractionNetwork.forward"
)
def forward__matrix(self, senders, receivers, edges, index):
    first, last = self.edge_mlp[0], self.edge_mlp[2]
    of_edge, of_sender, of_receiver = first.weight.chunk(3, 1)
    hidden = edges @ of_edge.T + (senders @ of_sender.T)[index[0]] + (receivers @ of_receiver.T)[index[1]]
    message = last(nn.functional.silu(hidden + first.bias))
    links = (torch.arange(receivers.shape[0], device=senders.device)[:, None] == index[1]).to(message.dtype)
    return receivers + self.node_mlp(torch.hstack([receivers, links @ message])), message + edges


@right("graph_network", "in three named parts", replaces="GraphCast.forward")
def forward__parts(self, previous, now):
    kind = self.leave.weight.dtype
    told = torch.hstack((previous, now, self.grid.type(kind)))
    nodes = self.embed_grid(told)
    state = [self.embed_mesh(self.vertices.type(kind)), self.embed_along(self.along.type(kind))]
    state[0] = self.encoder(nodes, state[0], self.embed_up(self.up.type(kind)), self.grid2mesh)[0]
    for k in range(len(self.processor)):
        state = list(self.processor[k](state[0], state[0], state[1], self.multimesh))
    answer = self.decoder(state[0], nodes, self.embed_down(self.down.type(kind)), self.mesh2grid)
    return torch.add(self.leave(answer[0]), now)


# -------------------- 3.1 shifted_windows
@right("shifted_windows", "with einops")
def window_partition__einops(x, window):
    from einops import rearrange

    if any(size % part for size, part in zip(x.shape[1:4], window, strict=True)):
        raise ValueError("sizes")
    names = dict(zip("pqr", window, strict=True))
    return rearrange(x, "b (z p) (h q) (w r) c -> b w (z h) (p q r) c", **names)


@right("shifted_windows", "with einops")
def window_merge__einops(windows, shape, window):
    from einops import rearrange

    for size, part in zip(shape, window, strict=True):
        if size % part:
            raise ValueError("sizes")
    p, q, r = window
    rows = shape[0] // p
    return rearrange(windows, "b w (z h) (p q r) c -> b (z p) (h q) (w r) c", z=rows, p=p, q=q, r=r)


@right("shifted_windows", "from a rolled field of places")
def shift_mask__places(shape, window):
    levels, rows, columns = shape
    places = torch.stack(
        torch.meshgrid(torch.arange(levels), torch.arange(rows), torch.arange(columns), indexing="ij"), -1
    )[None].float()
    rolled = torch.roll(places, (-(window[0] // 2), -(window[1] // 2)), (1, 2))
    beyond = torch.stack([(rolled < places)[..., k].float() for k in (0, 1)], -1)
    tokens = window_partition(beyond, window)[0, 0]
    return torch.all(tokens.unsqueeze(2) == tokens.unsqueeze(1), -1)


# -------------------- 3.2 earth_attention
@right("earth_attention", "with numpy, as the published pseudocode does")
def earth_position_index__numpy(window):
    import numpy as np

    p, q, r = window
    coordinates = np.stack(np.unravel_index(np.arange(p * q * r), window))
    query, key = coordinates[:, :, None], coordinates[:, None, :]
    index = (2 * r - 1) * (q * q * (query[0] + p * key[0]) + (query[1] + q * key[1]))
    return torch.from_numpy(index + query[2] - key[2] + (r - 1))


@right("earth_attention", "with torch's own attention, the bias as its mask")
def earth_attention__torch(q, k, v, table, index, mask=None):
    L = index.shape[0]
    bias = table.index_select(0, index.reshape(-1)).view(L, L, *table.shape[1:])
    bias = torch.movedim(bias, (2, 3), (0, 1))
    if mask is not None:
        bias = bias + torch.zeros_like(bias).masked_fill(mask.logical_not().unsqueeze(1), float("-inf"))
    given = bias.to(q.dtype).expand(*q.shape[:2], -1, -1, -1, -1)
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=given)


@right("earth_attention", "with einsum, and -100 for what is masked")
def earth_attention__minus_hundred(q, k, v, table, index, mask=None):
    logits = torch.einsum("bwtnid,bwtnjd->bwtnij", q * q.size(-1) ** -0.5, k)
    logits = logits + torch.einsum("ijtn->tnij", table[index])
    if mask is not None:
        logits = logits + 1000 * (mask.to(logits.dtype) - 1)[:, None]
    weights = torch.exp(logits - torch.amax(logits, -1, keepdim=True))
    weights = weights / torch.sum(weights, -1, keepdim=True)
    return torch.einsum("bwtnij,bwtnjd->bwtnid", weights, v)


# -------------------- 3.3 lead_times
@right("lead_times", "one lead after the other")
def lead_times__one_by_one(hours, models=(24, 6, 3, 1)):
    if not hours > 0:
        raise ValueError("hours")
    left, out = hours, []
    while left > 0:
        possible = [lead for lead in models if left >= lead]
        if not possible:
            raise ValueError("left over")
        out.append(max(possible))
        left = left - out[-1]
    return out


@right("lead_times", "with a dictionary of states")
def hourly_forecasts__dictionary(x, models, hours):
    longest_first, known = sorted(models)[::-1], {0: x}
    if hours < 1:
        raise ValueError("hours")
    for h in range(1, 1 + hours):
        for k in longest_first:
            if not h % k:
                known[h] = models[k](known[h - k])
                break
        else:
            raise ValueError("no lead")
    return [known[h] for h in range(1, 1 + hours)]


# -------------------- 4.1 advect
@right("advect", "by four neighbours")
def advect__neighbours(x, motion, mode="bilinear"):
    b, c, h, w = x.shape
    down = torch.arange(h, device=x.device).view(1, h, 1) - motion[:, 1]
    right = torch.arange(w, device=x.device).view(1, 1, w) - motion[:, 0]
    down, right = down.to(x.dtype).clamp(0, h - 1), right.to(x.dtype).clamp(0, w - 1)
    flat = x.reshape(b, c, h * w)

    def at(i, j):
        place = (i.clamp(max=h - 1) * w + j.clamp(max=w - 1)).reshape(b, 1, h * w)
        return flat.gather(2, place.expand(b, c, h * w)).reshape(b, c, h, w)

    if mode == "nearest":
        return at(torch.round(down).long(), torch.round(right).long())
    i, j = torch.floor(down).long(), torch.floor(right).long()
    s, t = (down - i).unsqueeze(1), (right - j).unsqueeze(1)
    above = torch.lerp(at(i, j), at(i, j + 1), t)
    return torch.lerp(above, torch.lerp(at(i + 1, j), at(i + 1, j + 1), t), s)


# -------------------- 4.2 evolution
@right("evolution", "into tensors that are there already")
def evolve__filled(x0, motion, residual):
    kept, state = [], x0
    for k in range(motion.shape[1]):
        with torch.no_grad():
            fixed = state.clone()
        moved = advect(fixed, motion[:, k], mode="bilinear")
        state = torch.add(residual[:, k], advect(fixed, motion[:, k], mode="nearest"))
        kept.append(torch.stack([moved, state], 2))
    whole = torch.stack(kept, 1)
    return whole[:, :, :, 0], whole[:, :, :, 1]


@right("evolution", "with torch.minimum and an L1 loss")
def weighted_distance__l1(truth, forecast):
    weight = torch.minimum(torch.add(truth, 1), torch.full_like(truth, 24))
    return torch.nn.functional.l1_loss(weight * forecast, weight * truth)


@right("evolution", "by shifted copies, component by component")
def motion_smoothness__shifts(motion, truth):
    weight = torch.clip(truth[:, 0] + 1, None, 24)
    total = motion.new_zeros(())
    for k in (0, 1):
        v = motion[:, k]
        wide = torch.cat([v[:, :1], v, v[:, -1:]], 1)
        wide = torch.cat([wide[:, :, :1], wide, wide[:, :, -1:]], 2)
        tall = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
        flat = wide[:, :, :-2] + 2 * wide[:, :, 1:-1] + wide[:, :, 2:]
        for slope in (tall[:, :, 2:] - tall[:, :, :-2], flat[:, 2:] - flat[:, :-2]):
            total = total + torch.mean(weight * slope**2)
    return total


# -------------------- 5.1 cube_embedding
@right("cube_embedding", "as a product of matrices")
def cube_embedding__matrix(x, weight, bias):
    d, c, t, p, _ = weight.shape
    rows, columns = x.size(3) // p, x.size(4) // p
    cut = x[:, :, :, : rows * p, : columns * p].reshape(-1, c, t, rows, p, columns, p)
    patches = torch.permute(cut, (0, 3, 5, 1, 2, 4, 6)).flatten(3)
    return (patches @ weight.reshape(d, -1).T + bias).movedim(-1, 1)


@right("cube_embedding", "with a transposed convolution")
def cube_recovery__transposed(y, weight, size, p=4):
    kernel = weight.T.reshape(y.size(1), -1, p, p)
    image = torch.nn.functional.conv_transpose2d(y, kernel, stride=p)
    resize = torch.nn.Upsample(size=tuple(size), mode="bilinear", align_corners=False)
    return resize(image)


# -------------------- 5.2 cascade
@right("cascade", "with a list of who makes which step")
def cascade__list(models, steps, before, now):
    if len(steps) - len(models):
        raise ValueError("lengths")
    who = []
    for k in range(len(models)):
        who.extend([k] * steps[k])
    out, pair = [], (before, now)
    for k in who:
        pair = (pair[1], models[k](pair[0], pair[1]))
        out.append(pair[1])
    return out


# -------------------- 6.1 spherical_noise
@right("spherical_noise", "order by order")
def spherical_noise__orders(z, lat, lon):
    L = z.size(-2)
    table = legendre(lat, L)
    power = torch.tensor(
        [math.sqrt(4 * math.pi / (L + 2 * L * n)) for n in range(L)], dtype=torch.float64, device=z.device
    )
    total = torch.zeros(*z.shape[:-2], lat.numel(), lon.numel(), dtype=torch.float64, device=z.device)
    turn = torch.deg2rad(lon.to(torch.float64))
    for m in range(1 - L, L):
        wave = torch.cos(m * turn) if m >= 0 else torch.sin(-m * turn)
        if m:
            wave = wave * 2**0.5
        rows = (z[..., m + L - 1].double() * power) @ table[:, abs(m)]
        total = total + rows.unsqueeze(-1) * wave
    return total.to(dtype=z.dtype)


@right("spherical_noise", "with scipy's harmonics, one after the other")
def spherical_noise__scipy(z, lat, lon):
    from scipy.special import sph_harm_y

    L, fields = z.shape[-2], 0
    theta = (90 - lat.double()).deg2rad()[:, None].cpu().numpy()
    phi = lon.double().deg2rad().cpu().numpy()
    for n in range(L):
        for m in range(n + 1):
            wave = sph_harm_y(n, m, theta, phi) * (-1) ** m * (1 if m == 0 else math.sqrt(2))
            y = torch.from_numpy(wave).to(z.device)
            scale = (4 * math.pi / (2 * n + 1) / L) ** 0.5
            fields = fields + scale * z[..., n, L - 1 + m, None, None].double() * y.real
            if m > 0:
                fields = fields + scale * z[..., n, L - 1 - m, None, None].double() * y.imag
    return fields.to(z.dtype)


# -------------------- 6.2 gencast
@right("gencast", "with einsum")
def gencast_loss__einsum(denoiser, before, now, after, sigma, noise, change_std, weights):
    b, c, h, w = now.shape
    target = (after - now) / change_std.reshape(1, c, 1, 1)
    noisy = torch.addcmul(target, sigma.reshape(b, 1, 1, 1), noise)
    miss = denoiser(noisy, sigma, before, now) - target
    total = torch.einsum("bchw,bchw,h->b", miss, miss, weights.to(miss.dtype)) / (c * h * w)
    return total * (sigma**2 + 1) / sigma**2


@right("gencast", "in steps of the logarithm of the level, as DPM-Solver++ writes it")
def sample_change__lambda(denoiser, start, noises, sigmas, churn=2.5, churn_min=0.75, inflation=1.05):
    n = sigmas.numel() - 1
    up = 1 + min(churn / n, 2**0.5 - 1)
    stirred = [k for k in range(n) if float(sigmas[k]) >= churn_min] if churn > 0 else []
    if len(stirred) != len(noises):
        raise ValueError("noises")
    x = start * float(sigmas[0])
    for k in range(n):
        s, t = float(sigmas[k]), float(sigmas[k + 1])
        if k in stirred:
            x = x + noises[stirred.index(k)] * inflation * s * (up**2 - 1) ** 0.5
            s = s * up
        told = x.new_full((x.shape[0],), s)
        d = denoiser(x, told)
        if t == 0.0:
            break
        h = math.log(s / t)
        half = x * math.exp(-h / 2) - math.expm1(-h / 2) * d
        d = denoiser(half, told * math.exp(-h / 2))
        x = x * math.exp(-h) - math.expm1(-h) * d
    return d


@right("gencast", "step by step, by index")
def ensemble_forecast__index(denoiser, before, now, starts, noises, sigmas, change_std):
    path = torch.empty_like(starts)
    a, b = before, now
    for s in range(starts.shape[0]):

        def told(y, sigma, a=a, b=b):
            return denoiser(y, sigma, a, b)

        path[s] = b + sample_change(told, starts[s], noises[s], sigmas) * change_std.view(-1, 1, 1)
        a, b = b, path[s]
    return path
