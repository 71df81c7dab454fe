"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Where a mistake was seen in somebody's repository, the comment names it.
"""

from autograder.sources.variants import edit, naive, stray, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 camera_rays
edit("camera_rays", "camera_rays__corners", "torch.arange(size).to(pose) + 0.5",
    "torch.arange(size).to(pose)",
    "rays go through the pixels' corners: a pixel's centre is half a pixel further.",
    # bmild/nerf run_nerf_helpers.py
    read="Convention of task 1.1")
edit("camera_rays", "camera_rays__upside_down", "height / 2 - rows", "rows - height / 2",
    "the picture is upside down: rows count downwards, and y points up.", read="What of task 1.1")
edit("camera_rays", "camera_rays__backwards", "-torch.ones_like(x)", "torch.ones_like(x)",
    "the camera looks along +z, as OpenCV's does: this one looks along -z.", read="Convention of task 1.1")
edit("camera_rays", "camera_rays__inverse_rotation", "pose[:3, :3].mT", "pose[:3, :3]",
    "the inverse rotation is used: for rows of vectors the product is d @ R.mT.", read="Hint 2 of task 1.1")
edit("camera_rays", "camera_rays__sides_exchanged", "for size in (height, width)",
    "for size in (width, height)",
    "height and width are exchanged.", read="Given of task 1.1")
edit("camera_rays", "camera_rays__axes_exchanged", 'indexing="ij"', 'indexing="xy"',
    "meshgrid has its axes in the order x, y: rows come first.", read="Hint 1 of task 1.1")
edit("camera_rays", "camera_rays__not_normalised", "F.normalize(camera, dim=-1)", "camera",
    "directions have z = -1 instead of length 1: t is then depth along the axis.",
    # published code of NeRF
    read="Convention of task 1.1")
edit("camera_rays", "camera_rays__focal_twice", "x / focal, y / focal", "x / focal**2, y / focal**2",
    "the focal length divides twice.", read="What of task 1.1")
edit("camera_rays", "camera_rays__middle_by_height", "columns - width / 2", "columns - height / 2",
    "the middle of a row is taken to be at half the height.", read="What of task 1.1")
edit("camera_rays", "camera_rays__moved", "@ pose[:3, :3].mT", "@ pose[:3, :3].mT + pose[:3, 3]",
    "the camera's place is added to the directions.", read="What of task 1.1")
edit("camera_rays", "camera_rays__from_the_origin", "pose[:3, 3].expand_as(d)", "torch.zeros_like(d)",
    "all rays begin at the origin instead of where the camera is.", read="What of task 1.1")

# -------------------- 1.2 positional_encoding
edit("positional_encoding", "positional_encoding__with_pi", "angles = frequencies[:, None]",
    "angles = torch.pi * frequencies[:, None]",
    "angles are multiplied by pi, as in the paper's formula: its code, and this course, leave it out.",
    read="Convention of task 1.2")
edit("positional_encoding", "positional_encoding__multiples", "2.0 ** torch.arange(L).to(p)",
    "2.0 * torch.arange(L).to(p)",
    "frequencies are 2 k instead of 2^k.", read="What of task 1.2")
edit("positional_encoding", "positional_encoding__linear", "2.0 ** torch.arange(L).to(p)",
    "torch.linspace(1, 2.0 ** (L - 1), L).to(p)",
    "frequencies are evenly spaced up to the largest: they double.",  # log_sampling=False of published code
    read="What of task 1.2")
edit("positional_encoding", "positional_encoding__interleaved", "dim=-2).flatten(-3)", "dim=-1).flatten(-3)",
    "sine and cosine take turns coordinate by coordinate: all sines of a frequency come first.",
    read="Convention of task 1.2")
edit("positional_encoding", "positional_encoding__cosines_first", "[angles.sin(), angles.cos()]",
    "[angles.cos(), angles.sin()]",
    "cosines come before sines.", read="Convention of task 1.2")
edit("positional_encoding", "positional_encoding__all_sines_first",
    "torch.stack([angles.sin(), angles.cos()], dim=-2).flatten(-3)",
    "torch.cat([angles.sin().flatten(-2), angles.cos().flatten(-2)], dim=-1)",
    "the sines of all frequencies come before all cosines: frequencies are the outer order.",
    read="Convention of task 1.2")
edit("positional_encoding", "positional_encoding__input_last", "torch.cat([p, waves], dim=-1)",
    "torch.cat([waves, p], dim=-1)",
    "the point itself comes last instead of first.", read="Convention of task 1.2")
edit("positional_encoding", "positional_encoding__never_the_input", "if include_input else waves",
    "if not include_input else waves",
    "the point itself is left out where it should be, and is there where it should not.",
    read="What of task 1.2")
edit("positional_encoding", "positional_encoding__from_one", "torch.arange(L)", "torch.arange(1, L + 1)",
    "frequencies begin with 2 instead of 1.", read="What of task 1.2")

# -------------------- 2.1 stratified_samples
edit("stratified_samples", "stratified_samples__linspace", "near + (far - near) * (bins[:-1] + u) / n",
    "torch.linspace(near, far, n).to(u) + (far - near) * u / n",
    "samples are moved from n points between near and far, both included: the last leaves its bin.",
    read="What of task 2.1")
edit("stratified_samples", "stratified_samples__one_u", "(bins[:-1] + u)", "(bins[:-1] + u[:, :1])",
    "all samples of a ray have one u: that shifts the whole comb.", read="Convention of task 2.1")
edit("stratified_samples", "stratified_samples__sorted", "near + (far - near) * (bins[:-1] + u) / n",
    "near + (far - near) * u.sort(dim=1).values",
    "uniform numbers are sorted: some bins then have two samples and others none.", read="Why of task 2.1")
edit("stratified_samples", "stratified_samples__one_bin_less", "(bins[:-1] + u) / n",
    "(bins[:-1] + u) / (n - 1)",
    "the interval is divided by n - 1: there are n bins.", read="What of task 2.1")
edit("stratified_samples", "stratified_samples__far_to_near", "near + (far - near) * (bins[:-1] + u) / n",
    "far + (near - far) * (bins[:-1] + u) / n",
    "samples go from far to near.", read="What of task 2.1")
edit("stratified_samples", "stratified_samples__middles", "(bins[:-1] + u)", "(bins[:-1] + 0.5)",
    "u is not used: every sample is in the middle of its bin.", read="What of task 2.1")
edit("stratified_samples", "stratified_samples__any_interval", "if far <= near:", "if far == near:",
    "intervals that end before they begin are not refused.", read="Given of task 2.1")
edit("stratified_samples", "stratified_samples__last_edge_missing", "(far - near) * bins / n",
    "(far - near) * bins[:-1] / n",
    "the last edge is missing: n bins have n + 1 edges.", read="What of task 2.1")

# -------------------- 2.2 importance_samples
edit("importance_samples", "importance_samples__small_constant",
    "cdf = F.pad(masses.cumsum(dim=1), (1, 0))", "cdf = F.pad((masses + 1e-5).cumsum(dim=1), (1, 0))",
    "1e-5 is added to the weights: empty bins then get samples, the more the less was seen.",
    # published code of NeRF
    read="Convention of task 2.2")
edit("importance_samples", "importance_samples__left_end",
    "k = torch.searchsorted(cdf, u.contiguous(), right=True) - 1",
    "k = (torch.searchsorted(cdf, u.contiguous()) - 1).clamp(min=0)",
    "at a level stretch of the distribution its left end is taken (searchsorted's default side).",
    # yenchenlin/nerf-pytorch #26
    read="Convention of task 2.2")
edit("importance_samples", "importance_samples__wrapped", "u.contiguous(), right=True)", "u.contiguous())",
    "u = 0 gives bin -1, which is the last one: searchsorted's right=True finds the bin above.",
    # kerrj/lerf #19
    read="Convention of task 2.2")
edit("importance_samples", "importance_samples__edge_itself",
    "left + (u - low) / (high - low) * (right - left)", "left + 0 * (u - low)",
    "the left edge of each bin is returned: samples lie anywhere inside.", read="What of task 2.2")
edit("importance_samples", "importance_samples__bin_on_the_left", "left + (u - low)",
    "2 * left - right + (u - low)",
    "samples lie one bin's length too near: the bin of u has the edges k and k + 1.",  # nerfstudio PR 22
    read="What of task 2.2")
edit("importance_samples", "importance_samples__no_leading_zero",
    "F.pad(masses.cumsum(dim=1), (1, 0))", "F.pad(masses.cumsum(dim=1), (0, 1), value=2.0 * masses.sum())",
    "the distribution does not begin with 0, so that every bin has its neighbour's mass.",
    read="Hint 1 of task 2.2")
edit("importance_samples", "importance_samples__uniform_share", "(u - low) / (high - low) * (right - left)",
    "u * (right - left)",
    "u itself is the way through the bin: what counts is how far u is between the bin's two values.",
    read="What of task 2.2")
edit("importance_samples", "importance_samples__mass_of_the_bin", "/ (high - low)", "",
    "the rest of u is not divided by the bin's mass.", read="What of task 2.2")
edit("importance_samples", "importance_samples__sorted", "u.contiguous(), right=True) - 1",
    "(u := u.sort(dim=1).values), right=True) - 1",
    "samples are sorted: they keep the order of u.", read="Convention of task 2.2")
edit("importance_samples", "importance_samples__middle_of_nothing",
    "masses = torch.where(total > 0, weights, torch.ones_like(weights))", "masses = weights",
    "rays without any weight give NaN: 0/0.", read="Convention of task 2.2")
edit("importance_samples", "importance_samples__lengths_of_nothing",
    "torch.where(total > 0, weights, torch.ones_like(weights))",
    "torch.where(total > 0, weights, edges.diff(dim=1))",
    "a ray without any weight is sampled evenly in length: its bins are equally likely.",
    read="Convention of task 2.2")
edit("importance_samples", "importance_samples__not_detached", ".detach()", "",
    "a gradient flows through the samples.", read="Convention of task 2.2")
edit("importance_samples", "importance_samples__negative_weights", "(weights < 0).any()",
    "(weights.sum(dim=1) < 0).any()",
    "negative weights are only refused where a whole ray's are.", read="Given of task 2.2")

@naive("importance_samples", "each number is compared with every edge, all at once")
def importance_samples__all_edges(edges, weights, u):
    if (weights < 0).any():
        raise ValueError("there are negative weights")
    total = weights.sum(dim=1, keepdim=True)
    masses = torch.where(total > 0, weights, torch.ones_like(weights))
    cdf = F.pad(masses.cumsum(dim=1), (1, 0))
    cdf = cdf / cdf[:, -1:]
    k = (u[..., None] >= cdf[:, None]).sum(dim=2) - 1
    low, high = cdf.gather(1, k), cdf.gather(1, k + 1)
    left, right = edges.gather(1, k), edges.gather(1, k + 1)
    return (left + (u - low) / (high - low) * (right - left)).detach()

# -------------------- 2.3 volume_rendering
edit("volume_rendering", "ray_weights__shades_itself", "F.pad(depth.cumsum(dim=1)[:, :-1], (1, 0))",
    "depth.cumsum(dim=1)",
    "each bin stands in its own shade: what lies before it does not include it.", read="What of task 2.3")
edit("volume_rendering", "ray_weights__nothing_before", "torch.exp(-before) * -torch.expm1(-depth)",
    "-torch.expm1(-depth)",
    "what lies before a bin is left out: weights are then opacities of bins.", read="What of task 2.3")
edit("volume_rendering", "ray_weights__difference_of_sums", "F.pad(depth.cumsum(dim=1)[:, :-1], (1, 0))",
    "depth.cumsum(dim=1) - depth",
    "the sum before a bin is a difference of two sums: behind a wall that is inf - inf, NaN.",
    read="Convention of task 2.3")
edit("volume_rendering", "ray_weights__far_away",
    "depth = sigma * edges.diff(dim=-1)",
    "depth = sigma * F.pad(edges.diff(dim=-1)[..., :-1], (0, 1), value=1e10)",
    "the last bin is taken to be endless, as published code has it: the faintest fog there is a wall.",
    read="Convention of task 2.3")
edit("volume_rendering", "ray_weights__exp_minus_one", "-torch.expm1(-depth)", "(1 - torch.exp(-depth))",
    "1 - exp(-x) is formed by hand: in float32 that is 0 for small x.", read="Convention of task 2.3")
edit("volume_rendering", "ray_weights__small_constant",
    "torch.exp(-before) * -torch.expm1(-depth)",
    "F.pad((torch.exp(-depth) + 1e-10).cumprod(dim=-1)[:, :-1], (1, 0), value=1.0) * -torch.expm1(-depth)",
    "1e-10 is added in the product of what comes through, as published code has it.",
    read="Convention of task 2.3")
edit("volume_rendering", "ray_weights__no_lengths", "sigma * edges.diff(dim=-1)", "sigma",
    "the lengths of the bins are left out: density is per unit length.", read="What of task 2.3")
edit("volume_rendering", "ray_weights__mean_length", "edges.diff(dim=-1)",
    "(edges[..., -1:] - edges[..., :1]) / sigma.shape[-1]",
    "all bins are taken to be equally long.", read="Given of task 2.3")
edit("volume_rendering", "composite__distance_unnormalised",
    "(weights * t).sum(dim=1) / divisor", "(weights * t).sum(dim=1)",
    "the distance is not divided by the opacity.", read="What of task 2.3")
edit("volume_rendering", "composite__distance_by_number", "/ divisor", "/ t.shape[1]",
    "the distance is divided by the number of samples instead of by the opacity.", read="What of task 2.3")
edit("volume_rendering", "composite__whole_background", "(1 - opacity)[:, None] * background", "background",
    "the whole background is added: it only shows where nothing stopped the light.", read="What of task 2.3")
edit("volume_rendering", "composite__background_on_things", "(1 - opacity)[:, None]", "opacity[:, None]",
    "the background is multiplied by the opacity instead of by what is left of it.", read="What of task 2.3")
edit("volume_rendering", "composite__zero_by_zero",
    "torch.where(hit, (weights * t).sum(dim=1) / divisor, t[:, -1])", "(weights * t).sum(dim=1) / opacity",
    "a ray that hits nothing has the distance 0/0.", read="Convention of task 2.3")
edit("volume_rendering", "composite__nan_in_the_gradient",
    "torch.where(hit, opacity, torch.ones_like(opacity))",
    "opacity",
    "0/0 is masked afterwards: the gradient keeps its NaN.", read="Hint 3 of task 2.3")
edit("volume_rendering", "composite__distance_zero", "divisor, t[:, -1])", "divisor, 0 * t[:, -1])",
    "a ray that hits nothing has the distance 0: it has that of its last sample.",
    read="Convention of task 2.3")

# -------------------- 3.1 nerf
edit("nerf", "forward__direction_in_the_trunk", "sigma = F.relu(self.density(h)).squeeze(-1)",
    "h = h + directions.sum(dim=-1, keepdim=True)\n"
    "        sigma = F.relu(self.density(h)).squeeze(-1)",
    "the density sees the direction: geometry can then cheat.", read="Why of task 3.1",
    replaces="NeRF.forward")
edit("nerf", "forward__hidden_first", "torch.cat([x, h], dim=-1)", "torch.cat([h, x], dim=-1)",
    "the hidden numbers come before the encoded position.", read="Convention of task 3.1",
    replaces="NeRF.forward")
edit("nerf", "forward__hidden_again", "h = torch.cat([x, h], dim=-1)",
    "h = torch.cat([h[..., :1].expand_as(x), h], dim=-1)",
    "hidden numbers are joined a second time instead of the encoded position.", read="What of task 3.1",
    replaces="NeRF.forward")
edit("nerf", "forward__sigmoid_density", "F.relu(self.density(h)).squeeze(-1)",
    "torch.sigmoid(self.density(h)[..., 0])",
    "the density has a sigmoid: it cannot be more than 1, nor 0.", read="What of task 3.1",
    replaces="NeRF.forward")
edit("nerf", "forward__softplus_density", "F.relu(self.density(h))", "F.softplus(self.density(h))",
    "the density has a softplus, as mip-NeRF: here it is ReLU, as in the paper.",
    read="Convention of task 3.1", replaces="NeRF.forward")
edit("nerf", "forward__negative_density", "F.relu(self.density(h))", "self.density(h)",
    "the density may be negative: light is then created.", read="What of task 3.1", replaces="NeRF.forward")
edit("nerf", "forward__relu_on_the_feature", "self.feature(h), positional",
    "F.relu(self.feature(h)), positional",
    "the feature layer has a ReLU: it has no activation.", read="Convention of task 3.1",
    replaces="NeRF.forward")
edit("nerf", "forward__direction_first",
    "[self.feature(h), positional_encoding(directions, self.L_direction)]",
    "[positional_encoding(directions, self.L_direction), self.feature(h)]",
    "the direction comes before the feature.", read="Convention of task 3.1", replaces="NeRF.forward")
edit("nerf", "forward__no_relu_behind_the_view", "F.relu(self.view(h))", "self.view(h)",
    "the layer behind the direction has no activation.", read="What of task 3.1", replaces="NeRF.forward")
edit("nerf", "forward__linear_trunk", "h = F.relu(layer(h))", "h = layer(h)",
    "the trunk's layers have no activation.", read="What of task 3.1", replaces="NeRF.forward")
edit("nerf", "forward__colour_without_sigmoid", "torch.sigmoid(self.colour(F.relu(self.view(h))))",
    "self.colour(F.relu(self.view(h)))",
    "the colour has no sigmoid.", read="What of task 3.1", replaces="NeRF.forward")
edit("nerf", "forward__feature_left_out", "self.feature(h), positional", "h, positional",
    "the feature layer is left out.", read="What of task 3.1", replaces="NeRF.forward")

# -------------------- 3.2 train_step
edit("train_step", "render_rays__not_sorted", ".sort(dim=1).values", "",
    "the new edges are not sorted: bins then have negative lengths.", read="What of task 3.2")
edit("train_step", "render_rays__samples_only",
    "edges = torch.cat([edges, samples], dim=1).sort(dim=1).values",
    "edges = torch.cat([edges[:, :1], samples, edges[:, -1:]], dim=1).sort(dim=1).values",
    "the coarse edges between near and far are dropped.", read="What of task 3.2")
edit("train_step", "render_rays__coarse_twice", "look(fine, (edges", "look(coarse, (edges",
    "the coarse field is asked both times.", read="What of task 3.2")
edit("train_step", "render_rays__fine_twice", "look(coarse, t, edges)", "look(fine, t, edges)",
    "the fine field is asked both times.", read="What of task 3.2")
edit("train_step", "render_rays__at_the_edges", "(edges[:, 1:] + edges[:, :-1]) / 2", "edges[:, :-1]",
    "the fine field is asked where its bins begin instead of in their middles.", read="What of task 3.2")
edit("train_step", "render_rays__along_x", "d[:, None].expand_as(points)",
    "d[:1, None].expand_as(points)",
    "all rays have the first one's direction when the field is asked.", read="What of task 3.2")
edit("train_step", "render_rays__no_fine_background",
    "return weights, composite(weights, colour, t, background)",
    "return weights, composite(weights, colour, t, background if t.shape[1] == u.shape[1] else None)",
    "the fine look has no background.", read="What of task 3.2")
edit("train_step", "render_rays__colours_exchanged", "return rgb_coarse, rgb_fine",
    "return rgb_fine, rgb_coarse",
    "the fine look's colours come first.", read="What of task 3.2")
edit("train_step", "psnr__natural_logarithm", ".log10()", ".log()",
    "the logarithm is the natural one: decibels need log10.", read="What of task 3.2")
edit("train_step", "psnr__twenty", "-10 *", "-20 *",
    "20 is the factor of amplitudes: a mean square has 10.", read="What of task 3.2")
edit("train_step", "psnr__of_bytes", "(a - b).square()", "((a - b) / 255).square()",
    "the range is taken to be 255: pictures are in [0, 1].", read="Convention of task 3.2")
edit("train_step", "train_step__fine_only", "loss = coarse_error + fine_error", "loss = fine_error",
    "only the fine look counts: the coarse field never learns where to look.", read="What of task 3.2")
edit("train_step", "train_step__summed", "fine_error = (rgb_fine - colour).square().mean()",
    "fine_error = (rgb_fine - colour).square().sum()",
    "the fine look's squares are summed instead of averaged.", read="Convention of task 3.2")
edit("train_step", "train_step__both_summed", "loss = coarse_error + fine_error",
    "loss = 3 * coarse_error + 3 * fine_error",
    "squares are summed over the three colours: the mean is over all numbers.", read="Convention of task 3.2")
edit("train_step", "train_step__halved",
    "colour).square().mean()\n    fine_error = (rgb_fine - colour).square().mean()",
    "colour).square().mean() / 2\n    fine_error = (rgb_fine - colour).square().mean() / 2",
    "the two errors are averaged instead of added.", read="What of task 3.2")
edit("train_step", "train_step__old_gradients", "    optimizer.zero_grad()\n", "",
    "gradients from before are not cleared.", read="Convention of task 3.2")
edit("train_step", "train_step__cleared_too_late", "    loss.backward()\n",
    "    loss.backward()\n    optimizer.zero_grad()\n",
    "gradients are cleared between backward and the step, so that nothing is learnt.",
    read="Convention of task 3.2")

# -------------------- 4.1 trilinear
edit("trilinear", "trilinear__not_reversed", "(2 * p - 1).flip(-1)", "(2 * p - 1)",
    "coordinates are not reversed: grid_sample's x is the last axis of the grid.", read="Hint 1 of task 4.1")
edit("trilinear", "trilinear__cells", "align_corners=True", "align_corners=False",
    "values are taken to sit in the middles of cells (align_corners=False): they sit on the nodes.",
    # facebookresearch/pytorch3d #868
    read="Convention of task 4.1")
edit("trilinear", "trilinear__nearest", "align_corners=True", "align_corners=True, mode='nearest'",
    "the nearest node's value is returned.", read="What of task 4.1")
edit("trilinear", "trilinear__fading", "torch.where(inside, values, torch.zeros_like(values))", "values",
    "values fade to 0 over one cell outside: there they are 0 at once.", read="Convention of task 4.1")
edit("trilinear", "trilinear__border", "torch.where(inside, values, torch.zeros_like(values))",
    "F.grid_sample(grid[None], places, align_corners=True, padding_mode='border')"
    ".reshape(len(grid), *p.shape[:-1]).movedim(0, -1)",
    "outside, the border's values go on for ever: there it is 0.", read="Convention of task 4.1")
edit("trilinear", "trilinear__from_minus_one", "(2 * p - 1).flip(-1)", "p.flip(-1)",
    "p is taken to be in [-1, 1], as grid_sample has it: here it is in [0, 1].", read="Given of task 4.1")
edit("trilinear", "trilinear__open_border", "((p >= 0) & (p <= 1))", "((p > 0) & (p < 1))",
    "the border itself is taken to be outside.", read="Convention of task 4.1")
edit("trilinear", "trilinear__any_axis", "all(dim=-1, keepdim=True)", "any(dim=-1, keepdim=True)",
    "a place counts as inside if one of its coordinates is.", read="Convention of task 4.1")

@wrong("trilinear", "shares are exchanged: the nearer node has the larger one.", read="What of task 4.1")
def trilinear__shares_exchanged(grid, p):
    sizes = torch.tensor(grid.shape[1:])
    at = p * (sizes - 1)
    low = torch.minimum(at.floor().clamp(min=0).long(), sizes - 2)
    share, values = at - low, 0
    for corner in range(8):
        bits = torch.tensor([corner >> 2 & 1, corner >> 1 & 1, corner & 1])
        weight = torch.where(bits.bool(), 1 - share, share).prod(-1)
        values = values + weight * grid[(slice(None), *(low + bits).unbind(-1))]
    inside = ((p >= 0) & (p <= 1)).all(-1)
    return (values * inside).movedim(0, -1)

@wrong("trilinear", "the node above is past the end of the grid at p = 1.", read="Convention of task 4.1")
def trilinear__past_the_end(grid, p):
    sizes = torch.tensor(grid.shape[1:])
    at = p.clamp(0, 1) * (sizes - 1)
    low = at.floor().long()
    share, values = at - low, 0
    for corner in range(8):
        bits = torch.tensor([corner >> 2 & 1, corner >> 1 & 1, corner & 1])
        weight = torch.where(bits.bool(), share, 1 - share).prod(-1)
        values = values + weight * grid[(slice(None), *(low + bits).unbind(-1))]
    inside = ((p >= 0) & (p <= 1)).all(-1)
    return (values * inside).movedim(0, -1)

@naive("trilinear", "places are looked up one after the other")
def trilinear__one_by_one(grid, p):
    rows = []
    for place in p.reshape(-1, 3):
        at = place * (torch.tensor(grid.shape[1:]) - 1)
        if bool(((place < 0) | (place > 1)).any()):
            rows.append(0 * grid[:, 0, 0, 0])
            continue
        low = torch.minimum(at.floor().long(), torch.tensor(grid.shape[1:]) - 2)
        i, j, k = low.tolist()
        cube = grid[:, i : i + 2, j : j + 2, k : k + 2]
        for share in at - low:
            cube = cube[:, 0] * (1 - share) + cube[:, 1] * share
        rows.append(cube)
    return torch.stack(rows).reshape(*p.shape[:-1], len(grid))

# -------------------- 5.1 voxels
edit("voxels", "voxelise__rounded", ".floor()", ".round()",
    "cells are rounded to: a cell reaches from its number to the next.", read="What of task 5.1")
edit("voxels", "voxelise__between_zero_and_one", "(points + 1) / 2 * size", "points * size",
    "points are taken to be in [0, 1]: they are in [-1, 1].", read="Given of task 5.1")
edit("voxels", "voxelise__nodes", "/ 2 * size", "/ 2 * (size - 1)",
    "the cube is divided into size - 1 parts.", read="What of task 5.1")
edit("voxels", "voxelise__past_the_end", ".clamp(0, size - 1)", ".clamp(0, size)",
    "points at +1 lie past the last cell.", read="Convention of task 5.1")
edit("voxels", "voxelise__reversed", "cells.unbind(dim=1)", "cells.flip(1).unbind(dim=1)",
    "axes are in the order z, y, x.", read="Convention of task 5.1")
edit("voxels", "voxelise__counts", "grid[cells.unbind(dim=1)] = 1",
    "grid.index_put_(cells.unbind(dim=1), torch.ones(len(cells)), accumulate=True)",
    "points are counted: a cell is 1 however many lie in it.", read="What of task 5.1")
edit("voxels", "voxel_loss__wrong_class",
    "gamma * target * F.logsigmoid(logits)  # b *s\n    empty = (1 - gamma) *",
    "(1 - gamma) * target * F.logsigmoid(logits)  # b *s\n    empty = gamma *",
    "gamma weighs the empty cells: the rare, occupied ones need it.", read="Why of task 5.1")
edit("voxels", "voxel_loss__mean_over_cells", ".flatten(1).sum(dim=1)  # b\n    divergence",
    ".flatten(1).mean(dim=1)  # b\n    divergence",
    "cells are averaged instead of summed: the divergence then outweighs them.",
    read="Convention of task 5.1")
edit("voxels", "voxel_loss__logarithm_of_sigmoid", "target * F.logsigmoid(logits)",
    "target * logits.sigmoid().log()",
    "the logarithm of a sigmoid is formed by hand: at -800 it is minus infinity.",
    read="Convention of task 5.1")
edit("voxels", "voxel_loss__one_minus_sigmoid", "F.logsigmoid(-logits)", "(1 - logits.sigmoid()).log()",
    "log(1 - sigmoid) is formed by hand: at 100 it is minus infinity.", read="Convention of task 5.1")
edit("voxels", "voxel_loss__no_gamma", "gamma * target * F.logsigmoid(logits)",
    "target * F.logsigmoid(logits)",
    "occupied cells weigh 1 instead of gamma.", read="What of task 5.1")
edit("voxels", "voxel_loss__divergence_once", "return (entropy + beta * divergence).mean()",
    "return entropy.mean() + beta * divergence.sum()",
    "the divergence is summed over the batch.", read="Convention of task 5.1")
edit("voxels", "voxel_loss__log_var_as_deviation", "log_var.exp() - 1 - log_var",
    "log_var.square() - 1 - 2 * log_var.abs().log()",
    "log_var is taken for the deviation.", read="Given of task 5.1")
edit("voxels", "voxel_loss__log_of_deviation", "log_var.exp() - 1 - log_var",
    "(2 * log_var).exp() - 1 - 2 * log_var",
    "log_var is taken for the logarithm of the deviation: it is that of the variance.",
    read="Given of task 5.1")
edit("voxels", "voxel_loss__divergence_not_halved", ".sum(dim=1) / 2", ".sum(dim=1)",
    "the 1/2 of the divergence is left out.", read="What of task 5.1")
edit("voxels", "voxel_loss__mean_over_the_code", ".sum(dim=1) / 2", ".mean(dim=1) / 2",
    "the divergence is averaged over the code instead of summed.", read="Convention of task 5.1")

# -------------------- 5.2 point_distances
edit("point_distances", "chamfer__one_direction", " + squares.amin(dim=-2).mean(dim=-1)", "",
    "only a's points look for neighbours: a single point on the shape is then perfect.",
    read="What of task 5.2")
edit("point_distances", "chamfer__not_squared", ".square().sum(dim=-1)", ".norm(dim=-1)",
    "distances are not squared.", read="Convention of task 5.2")
edit("point_distances", "chamfer__summed", "amin(dim=-1).mean(dim=-1) + squares.amin(dim=-2).mean(dim=-1)",
    "amin(dim=-1).sum(dim=-1) + squares.amin(dim=-2).sum(dim=-1)",
    "distances are summed, as Fan et al. have it: here they are averaged.", read="Convention of task 5.2")
edit("point_distances", "chamfer__worst_point",
    "amin(dim=-1).mean(dim=-1) + squares.amin(dim=-2).mean(dim=-1)",
    "amin(dim=-1).amax(dim=-1).maximum(squares.amin(dim=-2).amax(dim=-1))",
    "the worst point counts instead of the mean: that is Hausdorff's distance.", read="What of task 5.2")
edit("point_distances", "chamfer__other_mean",
    "squares.amin(dim=-1).mean(dim=-1) + squares.amin(dim=-2).mean(dim=-1)",
    "(squares.amin(dim=-1).mean(dim=-1) + squares.amin(dim=-2).mean(dim=-1)) / 2",
    "the two directions are averaged instead of added.", read="What of task 5.2")
edit("point_distances", "chamfer__expanded",
    "(a.unsqueeze(-2) - b.unsqueeze(-3)).square().sum(dim=-1)  # *b n m\n    return squares.amin",
    "a.square().sum(-1).unsqueeze(-1) + b.square().sum(-1).unsqueeze(-2) - 2 * a @ b.mT\n"
    "    return squares.clamp(min=0).amin",
    "|a|^2 + |b|^2 - 2 ab is formed: far from the origin that loses all digits.",
    read="Convention of task 5.2")
edit("point_distances", "chamfer__plain_cdist", "(a.unsqueeze(-2) - b.unsqueeze(-3)).square().sum(dim=-1)",
    "torch.cdist(a, b).square()",
    "cdist is left to choose: for more than 25 points it forms |a|^2 + |b|^2 - 2 ab.",
    read="Convention of task 5.2")
edit("point_distances", "chamfer__empty_sets", "if a.shape[-2] == 0 or b.shape[-2] == 0:",
    "if a.shape[-2] == 0 and b.shape[-2] == 0:",
    "an empty set is only refused beside another.", read="Given of task 5.2")
edit("point_distances", "emd__in_the_given_order", "linear_sum_assignment(distances.cpu().numpy())",
    "2 * (torch.arange(len(a)),)",
    "points are paired in the order in which they come.", read="What of task 5.2")
edit("point_distances", "emd__squared", "(a[:, None] - b).norm(dim=-1)",
    "(a[:, None] - b).square().sum(dim=-1)",
    "distances are squared: the earth mover pays for the way.", read="Convention of task 5.2")
edit("point_distances", "emd__paired_by_squares", "linear_sum_assignment(distances.cpu()",
    "linear_sum_assignment(distances.square().cpu()",
    "points are paired by their squared distances: the least mean distance may have other pairs.",
    read="What of task 5.2")
edit("point_distances", "emd__summed", ".mean().item()", ".sum().item()",
    "distances are summed over the pairs: the mean is asked for.", read="What of task 5.2")
edit("point_distances", "emd__sorted_coordinates", "distances = (a[:, None] - b).norm(dim=-1)  # n n",
    "return (a.sort(dim=0).values - b.sort(dim=0).values).norm(dim=-1).mean().item()\n    distances = a",
    "coordinates are sorted one by one: that is right on a line only.", read="Hint 2 of task 5.2")
@wrong("point_distances", "the nearest pair is taken first, then the next: later pairs pay for it.",
    read="What of task 5.2")
def emd__greedy(a, b):
    if len(a) != len(b) or len(a) == 0:
        raise ValueError("no pairs")
    distances, total = (a[:, None] - b).norm(dim=-1), 0.0
    for _ in range(len(a)):
        i, j = divmod(int(distances.argmin()), len(a))
        total += float(distances[i, j])
        distances[i], distances[:, j] = torch.inf, torch.inf
    return total / len(a)

edit("point_distances", "emd__nearest_with_repeats", "linear_sum_assignment(distances.cpu().numpy())",
    "(torch.arange(len(a)), distances.argmin(dim=1))",
    "each point takes its nearest: a point may be taken once only.", read="What of task 5.2")
edit("point_distances", "emd__unequal", "len(a) != len(b) or len(a) == 0", "len(a) == 0 or len(b) == 0",
    "sets of unequal size are not refused.", read="Given of task 5.2")

# -------------------- 5.3 point_encoder
edit("point_encoder", "forward__mean", "features.amax(dim=1)", "features.nan_to_num(neginf=0).mean(dim=1)",
    "points are averaged: repeating some then changes the code.", read="What of task 5.3",
    replaces="PointEncoder.forward")
edit("point_encoder", "forward__zero_padding", "-torch.inf)", "0)",
    "what is missing is 0 before the maximum: features may all be negative.", read="Convention of task 5.3",
    replaces="PointEncoder.forward")
edit("point_encoder", "forward__points_at_the_origin", "features.masked_fill(~mask[..., None], -torch.inf)",
    "self.each(points * mask[..., None])",
    "missing points are moved to the origin: that is a point, too.", read="Convention of task 5.3",
    replaces="PointEncoder.forward")
edit("point_encoder", "forward__inverted_mask", "~mask[..., None]", "mask[..., None]",
    "True is taken for \"missing\": here True = there is such a point.", read="Convention of task 5.3",
    replaces="PointEncoder.forward")
edit("point_encoder", "forward__no_mask", "features = features.masked_fill(~mask[..., None], -torch.inf)",
    "pass",
    "the mask is not used.", read="What of task 5.3", replaces="PointEncoder.forward")
edit("point_encoder", "forward__first_point", "features.amax(dim=1)", "features[:, 0]",
    "only the first point counts.", read="What of task 5.3", replaces="PointEncoder.forward")
edit("point_encoder", "forward__over_features", "features.amax(dim=1)",
    "features.amax(dim=2)[:, :1].expand(-1, features.shape[2])",
    "the maximum is over a point's features instead of over the points.", read="What of task 5.3",
    replaces="PointEncoder.forward")
edit("point_encoder", "forward__heads_exchanged", "self.mu(whole), self.log_var(whole)",
    "self.log_var(whole), self.mu(whole)",
    "mean and logarithm of the variance are exchanged.", read="What of task 5.3",
    replaces="PointEncoder.forward")
edit("point_encoder", "forward__variance", "self.log_var(whole)", "self.log_var(whole).exp()",
    "the variance is returned instead of its logarithm.", read="What of task 5.3",
    replaces="PointEncoder.forward")
# -------------------- 6.1 score_distillation
edit("score_distillation", "sds_steps__all_steps", "int(low * T), min(int(high * T), T - 1)", "0, T - 1",
    "steps are drawn from 0 to T - 1: the shares low and high bound them.", read="What of task 6.1")
edit("score_distillation", "sds_steps__last_missing", "last - first + 1", "last - first",
    "the last step never occurs: there are last - first + 1 steps.", read="What of task 6.1")
edit("score_distillation", "sds_steps__beyond_the_end", "min(int(high * T), T - 1)", "int(high * T)",
    "high = 1 leads to step T, which there is not.", read="Convention of task 6.1")
edit("score_distillation", "sds_steps__rounded", ".long()", ".round().long()",
    "steps are rounded: the first and the last are then half as likely, and one lies beyond.",
    read="What of task 6.1")
edit("score_distillation", "sds_gradient__through_the_model", "torch.no_grad()", "torch.enable_grad()",
    "the model is called with gradients: those go into another direction, and cost the most.",
    read="Convention of task 6.1")
edit("score_distillation", "sds_gradient__sign", "(predict(x_t, t) - eps)", "(eps - predict(x_t, t))",
    "the sign is turned: the picture walks away from what the model likes.", read="What of task 6.1")
edit("score_distillation", "sds_gradient__no_weight", "(1 - signal) * (predict", "(predict",
    "the weight 1 - alpha_bar is left out.",  # done on purpose in realmdreamer, #14
    read="Convention of task 6.1")
edit("score_distillation", "sds_gradient__other_weight", "(1 - signal) * (predict", "signal * (predict",
    "the weight is alpha_bar instead of 1 - alpha_bar.", read="Convention of task 6.1")
edit("score_distillation", "sds_gradient__first_level", "alpha_bar[t]", "alpha_bar[t[:1]].expand(len(t))",
    "all pictures have the first one's level.", read="What of task 6.1")
edit("score_distillation", "sds_gradient__own_noise", "x_t = (signal.sqrt()",
    "eps = torch.randn(x.shape, generator=torch.Generator().manual_seed(0), dtype=x.dtype)\n"
    "        x_t = (signal.sqrt()",
    "noise is drawn inside: it comes in with `eps`.", read="Given of task 6.1")
edit("score_distillation", "sds_gradient__variances", "signal.sqrt() * x + (1 - signal).sqrt() * eps",
    "signal * x + (1 - signal) * eps",
    "x_t is mixed with variances: the coefficients are their roots.", read="What of task 6.1")
edit("score_distillation", "sds_gradient__clean_picture", "predict(x_t, t)", "predict(x, t)",
    "the model sees the clean picture.", read="What of task 6.1")
edit("score_distillation", "sds_gradient__asked_twice", "return ((1 - signal)",
    "predict(x_t, t)\n        return ((1 - signal)",
    "the model is asked twice: it is the expensive part.", read="Convention of task 6.1")
edit("score_distillation", "sds_loss__x_detached", "(x - target)", "(x.detach() - target + 0 * x)",
    "x is detached: nothing reaches the scene.", read="What of task 6.1")
edit("score_distillation", "sds_loss__target_attached", "(x - gradient).detach()", "(x - gradient)",
    "the target is not detached: x cancels, and the gradient by x is 0.", read="What of task 6.1")
edit("score_distillation", "sds_loss__mean_over_numbers", "(x - target).square().sum() / (2 * len(x))",
    "(x - target).square().mean() / 2",
    "the mean is over all numbers: the gradient is too small by the size of a picture.",
    # google/prompt-to-prompt #83
    read="Convention of task 6.1")
edit("score_distillation", "sds_loss__not_halved", "return (x - target)", "return 2 * (x - target)",
    "the 1/2 is left out: the gradient is twice the given one.", read="Hint 2 of task 6.1")
edit("score_distillation", "sds_loss__not_by_batch", "/ (2 * len(x))", "/ 2",
    "the gradient is not divided by the number of pictures.", read="What of task 6.1")
edit("score_distillation", "sds_loss__sign", "(x - gradient)", "(x + gradient)",
    "the target lies the wrong way: x is led up the gradient.", read="What of task 6.1")

# -------------------- 6.2 distilled_gaussian
edit("distilled_gaussian", "sds_slope__of_x", "(alpha_bar * v + 1 - alpha_bar)", "(v + 1 - alpha_bar)",
    "the variance of x_t is taken to be v + 1 - alpha_bar: the signal's is alpha_bar v.",
    read="What of task 6.2")
edit("distilled_gaussian", "sds_slope__no_weight", "** 1.5", "** 0.5",
    "the weight 1 - alpha_bar is left out.", read="What of task 6.2")
edit("distilled_gaussian", "sds_slope__no_chain_rule", " * torch.sqrt(alpha_bar)", "",
    "the factor sqrt(alpha_bar) between x and x_t is left out.", read="What of task 6.2")
edit("distilled_gaussian", "sds_slope__deviation", "alpha_bar * v", "alpha_bar * v**2",
    "v is squared as if it were a deviation: it is the variance.", read="Given of task 6.2")
edit("distilled_gaussian", "guided_fixed_point__other_w", "w * k_c + (1 - w) * k_u\n",
    "(1 + w) * k_c - w * k_u\n",
    "the pull is that of DreamFusion's form, (1 + w) eps_c - w eps_u.", read="Convention of task 6.2")
edit("distilled_gaussian", "guided_fixed_point__dreamfusion",
    "    k_c, k_u =", "    w = w + 1\n    k_c, k_u =",
    "w is that of DreamFusion's form, (1 + w) eps_c - w eps_u, one less than this course's.",
    read="Convention of task 6.2")
edit("distilled_gaussian", "guided_fixed_point__equal_variances",
    "return (w * k_c * m_c + (1 - w) * k_u * m_u) / pull", "return m_u + w * (m_c - m_u)",
    "the point is that of equal variances: each prior pulls with its own strength.", read="What of task 6.2")
edit("distilled_gaussian", "guided_fixed_point__repellers", "if pull <= 0:", "if pull == 0:",
    "points that repel are returned.", read="Convention of task 6.2")
edit("distilled_gaussian", "guided_fixed_point__precision_of_x", "1 / (alpha_bar * v + 1 - alpha_bar)",
    "1 / v",
    "each prior pulls with the precision of x: it is that of x_t.", read="What of task 6.2")
edit("distilled_gaussian", "guided_fixed_point__variances", "1 / (alpha_bar * v + 1 - alpha_bar)",
    "(alpha_bar * v + 1 - alpha_bar)",
    "each prior pulls with its variance instead of one over it.", read="What of task 6.2")
edit("distilled_gaussian", "vsd_gradient__one_mean", "(x - m_q)", "(x - m)",
    "both scores have the prior's mean.", read="What of task 6.2")
edit("distilled_gaussian", "vsd_gradient__one_variance", "(alpha_bar * v_q + 1 - alpha_bar)",
    "(alpha_bar * v + 1 - alpha_bar)",
    "both scores have the prior's variance.", read="What of task 6.2")
edit("distilled_gaussian", "vsd_gradient__sds", " (of_prior - of_particles)", " of_prior",
    "the particles' own score is left out: that is plain score distillation.", read="What of task 6.2")
edit("distilled_gaussian", "vsd_gradient__sign", "(of_prior - of_particles)", "(of_particles - of_prior)",
    "the two scores are exchanged.", read="What of task 6.2")
edit("distilled_gaussian", "vsd_gradient__no_weight", "(1 - alpha_bar) ** 1.5 * alpha_bar**0.5 * ", "",
    "the weight of the gradient is left out.", read="What of task 6.2")

# -------------------- 6.3 dreamfusion
edit("dreamfusion", "lambert__from_the_light", "light - point", "point - light",
    "the direction is that from the light to the point.", read="What of task 6.3")
edit("dreamfusion", "lambert__no_clamp", ".clamp(min=0)  # *b 1", "",
    "light from behind darkens: max(0, n . l) is at least 0.", read="What of task 6.3")
edit("dreamfusion", "lambert__both_sides", ".clamp(min=0)  # *b 1", ".abs()",
    "surfaces are lit from behind as well.", read="What of task 6.3")
edit("dreamfusion", "lambert__not_normalised", "F.normalize(light - point, dim=-1)", "light - point",
    "the direction to the light has not length 1.", read="What of task 6.3")
edit("dreamfusion", "lambert__ambient_unfiltered", "albedo * (light_colour * shade + ambient)",
    "albedo * light_colour * shade + ambient",
    "the ambient light is not multiplied by the albedo.", read="What of task 6.3")
edit("dreamfusion", "lambert__light_at_infinity", "F.normalize(light - point, dim=-1)",
    "F.normalize(light, dim=-1)",
    "the light's place is taken for its direction.", read="Given of task 6.3")
edit("dreamfusion", "orientation_loss__towards", "(normals * directions[:, None])",
    "(normals * -directions[:, None])",
    "normals that look at the camera are punished: d goes from the camera into the scene.",
    read="Convention of task 6.3")
edit("dreamfusion", "orientation_loss__weights_free", "weights.detach()", "weights",
    "weights are not detached: the scene becomes transparent instead of turning.",
    read="Convention of task 6.3")
edit("dreamfusion", "orientation_loss__summed", ".sum(dim=1).mean()", ".sum()",
    "rays are summed instead of averaged.", read="What of task 6.3")
edit("dreamfusion", "orientation_loss__not_squared", "away.square()", "away",
    "n . d is not squared.", read="What of task 6.3")
edit("dreamfusion", "orientation_loss__both_sides", ".clamp(min=0)  # r n", "",
    "normals that look at the camera cost as much as those that look away.", read="What of task 6.3")
edit("dreamfusion", "opacity_loss__no_root", "torch.sqrt(opacity.square() + 0.01).mean()",
    "(opacity.square() + 0.01).mean()",
    "the root is left out.", read="What of task 6.3")
edit("dreamfusion", "opacity_loss__root_of_the_mean", "torch.sqrt(opacity.square() + 0.01).mean()",
    "(opacity.square() + 0.01).mean().sqrt()",
    "the root is of the mean: it is of each ray.", read="What of task 6.3")
edit("dreamfusion", "opacity_loss__other_constant", "+ 0.01", "+ 0.1",
    "0.1 is added instead of 0.01.", read="What of task 6.3")
edit("dreamfusion", "view_name__never_wrapped", "abs((azimuth + 180) % 360 - 180)", "abs(azimuth)",
    "the azimuth is not wrapped: 350 degrees is in front, too.", read="Convention of task 6.3")
edit("dreamfusion", "view_name__one_side_of_the_front", "abs((azimuth + 180) % 360 - 180)", "azimuth % 360",
    "the front is only 0 to 45 degrees: it reaches to both sides.", read="Convention of task 6.3")
edit("dreamfusion", "view_name__wide_front", "turned < 45", "turned < 90",
    "the front reaches to 90 degrees on either side.", read="What of task 6.3")
edit("dreamfusion", "view_name__polar_angle", "elevation > 60", "elevation <= 30",
    "the elevation is taken for the angle from the vertical.", read="Convention of task 6.3")
edit("dreamfusion", "view_name__never_the_front", "if turned < 45:",
    "if azimuth % 360 >= 337.5 and azimuth % 360 < 22.5:",
    "the front is where the azimuth is both large and small: `and` for `or`, so never.",
    # several published copies of get_view_direction have this &
    read="Convention of task 6.3")
edit("dreamfusion", "view_name__included_bounds", "turned < 45", "turned <= 45",
    "45 degrees is already the side.", read="What of task 6.3")

# -------------------- right on the CPU, and fails on a GPU
stray("point_distances", "emd__numpy_at_once",
    "distances.cpu().numpy()", "distances.numpy()",
    "a tensor on a GPU has no numpy()")
# fmt: on
