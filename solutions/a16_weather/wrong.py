"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Where a mistake was seen in somebody's repository, the comment names it.
"""

from autograder.sources.variants import edit, naive, stray, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 weighted_scores
edit("weighted_scores", "latitude_weights__all_equal", "return area / area.mean()",
    "return torch.ones_like(area)",
    "all rows weigh the same: a row at the pole then counts as much as one at the equator.",
    read="Why of task 1.1")
edit("weighted_scores", "latitude_weights__sum_is_one", "area / area.mean()", "area / area.sum()",
    "weights have the sum 1: here their mean is 1.", read="What of task 1.1")
edit("weighted_scores", "latitude_weights__radians", "phi = torch.deg2rad(lat.double())",
    "phi = lat.double()",
    "degrees are taken for radians.", read="Notation")
edit("weighted_scores", "latitude_weights__cosine_only", 'if kind == "cosine" or len(lat) == 1:',
    'if kind:',
    "the cosine is taken for both kinds: a row at a pole then weighs nothing.", read="What of task 1.1")
edit("weighted_scores", "latitude_weights__area_only", 'if kind == "cosine" or len(lat) == 1:',
    'if len(lat) == 1:',
    "the area is taken for both kinds.", read="What of task 1.1")
edit("weighted_scores", "latitude_weights__to_the_poles",
    "edges.clamp(-math.pi / 2, math.pi / 2)",
    "torch.cat([torch.full_like(edges[:1], math.pi / 2 * (1 if phi[0] > phi[-1] else -1)), edges[1:-1],\n"
    "            torch.full_like(edges[:1], math.pi / 2 * (-1 if phi[0] > phi[-1] else 1))])",
    "the outermost cells reach to the poles, as in WeatherBench 2: on a cut-out they then weigh too much.",
    # google-research/weatherbench2 metrics.py
    read="Convention of task 1.1")
edit("weighted_scores", "latitude_weights__past_the_pole", "edges.clamp(-math.pi / 2, math.pi / 2)", "edges",
    "edges lie beyond a pole, where the sine falls again.", read="What of task 1.1")
edit("weighted_scores", "latitude_weights__any_latitude", "(lat.abs() > 90).any()", "(lat > 90).any()",
    "latitudes below -90 are not refused.", read="Given of task 1.1")
edit("weighted_scores", "weighted_rmse__weights_on_errors",
    "squares = (forecast.double() - truth).square()  # *b h w\n"
    "    return (weights[:, None] * squares)",
    "errors = forecast.double() - truth\n    return (weights[:, None] * errors).square()",
    "the error is weighted before it is squared, so that weights count squared.", read="What of task 1.1")
edit("weighted_scores", "weighted_rmse__unweighted", "weights[:, None] * squares", "squares",
    "weights are left out.", read="What of task 1.1")
edit("weighted_scores", "weighted_rmse__all_maps", ".mean(dim=(-2, -1)).sqrt()",
    ".mean().expand(forecast.shape[:-2]).sqrt()",
    "all maps have one error: each has its own.", read="Convention of task 1.1")
edit("weighted_scores", "weighted_rmse__absolute", ".square()  # *b h w", ".abs().pow(1.0)",
    "absolute errors are averaged instead of squares.", read="What of task 1.1")
edit("weighted_scores", "weighted_rmse__no_root", ".mean(dim=(-2, -1)).sqrt()", ".mean(dim=(-2, -1))",
    "the root is left out.", read="What of task 1.1")
edit("weighted_scores", "weighted_rmse__by_column", "weights[:, None] * squares",
    "weights[:, None] * squares / squares.shape[-1]",
    "the mean over the columns is taken twice.", read="What of task 1.1")
edit("weighted_scores", "acc__no_climatology",
    "forecast.double() - climatology, truth.double() - climatology",
    "forecast.double() + 0 * climatology, truth.double() + 0 * climatology",
    "the climatology is not taken away: the season alone then correlates.", read="What of task 1.1")
edit("weighted_scores", "acc__centred", "w = weights[:, None]",
    "w = weights[:, None]\n"
    "    f, t = (one - (w * one).mean(dim=(-2, -1), keepdim=True) for one in (f, t))",
    "the mean anomaly is taken away as well: this correlation is not centred.",
    read="Convention of task 1.1")
edit("weighted_scores", "acc__weights_above_only", "for product in (f * t, f * f, t * t))",
    "for product in (f * t, f * f / w.clamp(min=1e-9), t * t / w.clamp(min=1e-9)))",
    "weights are only in the numerator.", read="What of task 1.1")
edit("weighted_scores", "acc__no_root", "(both / (ours * real).sqrt())", "(both / (ours * real))",
    "the product of the two sums of squares has no root.", read="What of task 1.1")
edit("weighted_scores", "csi__strictly_above", "forecast >= limits, truth >= limits",
    "forecast > limits, truth > limits",
    "an event is above the threshold: it is at the threshold or above.", read="Convention of task 1.1")
edit("weighted_scores", "csi__accuracy",
    "(one.flatten(1).sum(dim=1).double() for one in (said & happened, said | happened))",
    "(one.flatten(1).sum(dim=1).double() for one in (said == happened, said | ~said))",
    "what neither has is counted as a hit: it is most of a map.", read="What of task 1.1")
edit("weighted_scores", "csi__no_false_alarms", "said | happened", "happened",
    "false alarms are left out of the divisor.", read="What of task 1.1")
edit("weighted_scores", "csi__zero_for_none", "return hits / events", "return hits / events.clamp(min=1)",
    "no event at all gives 0: it is 0/0, NaN.", read="Convention of task 1.1")
edit("weighted_scores", "csi__mean_of_maps",
    "hits, events = (one.flatten(1).sum(dim=1).double() for one in (said & happened, said | happened))\n"
    "    return hits / events",
    "hits, events = (one.sum(dim=(-2, -1)).double() for one in (said & happened, said | happened))\n"
    "    return (hits / events).flatten(1).mean(dim=1) if hits.ndim > 1 else hits / events",
    "each map's index is averaged: counts of all maps are added first.", read="Convention of task 1.1")
@wrong("weighted_scores", "hits are read from a table of classes whose dry row is missing where all is wet.",
    read="Convention of task 1.1")  # VioletsOleander/nowcastnet-rewritten evaluation/metrics.py
def csi__missing_row(forecast, truth, thresholds):
    values = []
    for limit in thresholds.tolist():
        said, happened = (forecast >= limit).flatten(), (truth >= limit).flatten()
        _, rows = happened.unique(return_inverse=True)
        table = torch.zeros(2, 2, dtype=torch.float64)
        table.index_put_((rows, said.long()), torch.ones(len(rows)).double(), accumulate=True)
        values.append(table[1, 1] / (table[1, 1] + table[0, 1] + table[1, 0]))
    return torch.stack(values)

# -------------------- 1.2 ensemble_scores
edit("ensemble_scores", "crps__whole_pairs", "(m * max(m - fair, 1))", "(m * max(m - fair, 1) / 2)",
    "the pairs' mean is not halved.", read="What of task 1.2")
edit("ensemble_scores", "crps__never_fair", "max(m - fair, 1)", "m",
    "pairs of a member with itself count in the mean also where it should be fair.", read="What of task 1.2")
edit("ensemble_scores", "crps__always_fair", "max(m - fair, 1)", "max(m - 1, 1)",
    "the mean is over pairs of different members also where fair is False.", read="What of task 1.2")
edit("ensemble_scores", "crps__of_the_mean", "members.sub_(truth).abs_().mean(dim=0) - apart",
    "(members.mean(dim=0) - truth).abs()",
    "the error of the ensemble's mean is returned: it does not see the spread.", read="Why of task 1.2")
edit("ensemble_scores", "crps__no_pairs", "mean(dim=0) - apart)", "mean(dim=0) - 0 * apart)",
    "only the mean error is returned: nothing is taken away for the spread.", read="What of task 1.2")
edit("ensemble_scores", "crps__absolute_outside", "members.sub_(truth).abs_().mean(dim=0)",
    "members.sub_(truth).mean(dim=0).abs()",
    "the absolute value is taken of the mean error.", read="What of task 1.2")
edit("ensemble_scores", "crps__added", ".mean(dim=0) - apart)", ".mean(dim=0) + apart)",
    "the pairs' mean is added instead of taken away.", read="What of task 1.2")
edit("ensemble_scores", "crps__not_sorted", "ensemble.double().sort(dim=0).values",
    "ensemble.double().clone()",
    "ranks are given to members that are not sorted.", read="Hint 1 of task 1.2")
edit("ensemble_scores", "crps__nan_for_one", "max(m - fair, 1)", "(m - fair)",
    "a single member has 0/0 pairs: it costs |x - y|.", read="Convention of task 1.2")
edit("ensemble_scores", "crps__ranks_from_zero", "torch.arange(1, m + 1,", "torch.arange(m,",
    "ranks count from 0 in a formula in which they count from 1.", read="Hint 1 of task 1.2")
edit("ensemble_scores", "spread_skill__biased", "members.var(dim=0)", "members.var(dim=0, correction=0)",
    "the variance is divided by m instead of m - 1.", read="What of task 1.2")
edit("ensemble_scores", "spread_skill__mean_of_deviations", "(w * members.var(dim=0)).mean()",
    "(w * members.std(dim=0)).mean().square()",
    "deviations are averaged: variances are, and the root comes after.", read="What of task 1.2")
edit("ensemble_scores", "spread_skill__no_factor", "math.sqrt((m + 1) / m) * ", "",
    "the factor sqrt((m + 1) / m) is left out: a calibrated ensemble of two then has .82.",
    read="What of task 1.2")
edit("ensemble_scores", "spread_skill__inverted_factor",
    "math.sqrt((m + 1) / m) * (", "math.sqrt(m / (m + 1)) * (",
    "the factor is upside down.", read="What of task 1.2")
edit("ensemble_scores", "spread_skill__skill_by_spread", "variance / square", "square / variance",
    "the error is divided by the spread.", read="What of task 1.2")
edit("ensemble_scores", "spread_skill__mean_of_ratios", "(variance / square).sqrt().item()",
    "(members.var(dim=0) / (members.mean(dim=0) - truth).square()).sqrt().mean().item()",
    "ratios of places are averaged: both means come first.", read="What of task 1.2")
edit("ensemble_scores", "spread_skill__unweighted",
    "w, members = weights[:, None],", "w, members = 1.0,",
    "rows are not weighted.", read="What of task 1.2")
edit("ensemble_scores", "spread_skill__error_of_members",
    "(members.mean(dim=0) - truth).square()).mean()", "(members - truth).square()).mean()",
    "the error is that of single members: it is that of their mean.", read="What of task 1.2")
edit("ensemble_scores", "spread_skill__one_member", "if m < 2:", "if m < 1:",
    "one member is not refused.", read="Given of task 1.2")
edit("ensemble_scores", "rank_histogram__ties_low", "below + (u * (equal + 1)).floor().long()", "below",
    "a truth that equals members always has the lowest of their ranks: dry places fill bin 0.",
    read="Convention of task 1.2")
edit("ensemble_scores", "rank_histogram__ties_high", "(u * (equal + 1)).floor().long()", "equal",
    "a truth that equals members always has the highest of their ranks.", read="Convention of task 1.2")
edit("ensemble_scores", "rank_histogram__one_place_less", "(u * (equal + 1))", "(u * equal)",
    "among equal members there is one place less than there should be.", read="Convention of task 1.2")
edit("ensemble_scores", "rank_histogram__rounded", ".floor().long()", ".round().long()",
    "the lot is rounded instead of cut off: the places at the ends get half.", read="What of task 1.2")
edit("ensemble_scores", "rank_histogram__from_the_top", "(ensemble < truth)", "(ensemble > truth)",
    "members above are counted: ranks count those below.", read="What of task 1.2")
edit("ensemble_scores", "rank_histogram__m_bins",
    "torch.bincount(ranks.flatten(), minlength=len(ensemble) + 1)",
    "torch.bincount(ranks.flatten().clamp(max=len(ensemble) - 1), minlength=len(ensemble))",
    "there are m bins: m members leave m + 1 places.", read="What of task 1.2")

@naive("ensemble_scores", "a table of all pairs of members is formed")
def crps__all_pairs(ensemble, truth, fair=True):
    x = ensemble.double()
    m = len(x)
    pairs = (x[:, None] - x).abs().sum(dim=(0, 1)) / (2 * m * max(m - fair, 1))
    return ((x - truth).abs().mean(dim=0) - pairs).to(ensemble.dtype)

# -------------------- 2.1 multimesh
edit("multimesh", "refine__below_the_sphere", "F.normalize(vertices[edges].sum(dim=1), dim=1)",
    "vertices[edges].mean(dim=1)",
    "new vertices are the middles themselves: these lie below the sphere.", read="What of task 2.1")
edit("multimesh", "refine__no_half_no_length", "F.normalize(vertices[edges].sum(dim=1), dim=1)",
    "vertices[edges].sum(dim=1) / 1.7013016167",
    "middles are brought out by the factor of the first level: longer ways need another.",
    read="What of task 2.1")
edit("multimesh", "refine__middle_turned", "(ab, bc, ca)]", "(ab, ca, bc)]",
    "the middle triangle goes round the other way.", read="Convention of task 2.1")
edit("multimesh", "refine__corner_turned", "(ca, bc, c)", "(bc, ca, c)",
    "a corner's triangle goes round the other way.", read="Convention of task 2.1")
edit("multimesh", "refine__three_faces", "(ca, bc, c), (ab, bc, ca)]", "(ca, bc, c)]",
    "the triangle in the middle is left out: the mesh has holes.", read="What of task 2.1")
@wrong("multimesh", "each face makes its own middles: the mesh falls apart along its edges.",
    read="What of task 2.1")
def refine__middles_twice(vertices, faces):
    a, b, c = faces.unbind(dim=1)
    sides = torch.cat([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    middles = F.normalize(vertices[sides].sum(dim=1), dim=1)
    ab, bc, ca = (len(vertices) + torch.arange(len(sides))).view(3, -1)
    children = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return torch.cat([vertices, middles]), torch.cat([torch.stack(one, dim=1) for one in children])

@wrong("multimesh", "new vertices come before the old ones, which get other numbers.",
    read="Convention of task 2.1")
def refine__new_ones_first(vertices, faces):
    sides = torch.cat([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).sort(dim=1).values
    edges, which = sides.unique(dim=0, return_inverse=True)
    middles = F.normalize(vertices[edges].sum(dim=1), dim=1)
    a, b, c = (faces + len(middles)).unbind(dim=1)
    ab, bc, ca = which.view(3, -1)
    children = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return torch.cat([middles, vertices]), torch.cat([torch.stack(one, dim=1) for one in children])

edit("multimesh", "multimesh_edges__one_way", "torch.cat([sides, sides.flip(0)], dim=1)",
    "sides.sort(dim=0).values",
    "edges go one way only: neighbours tell each other.", read="What of task 2.1")
edit("multimesh", "multimesh_edges__as_faces_go", "torch.cat([sides, sides.flip(0)], dim=1)", "sides",
    "edges go the way that faces turn: where a mesh ends, one way is missing.", read="Given of task 2.1")
edit("multimesh", "multimesh_edges__twice", ".unique(dim=1)", "",
    "sides of two faces are there twice.", read="What of task 2.1")
edit("multimesh", "multimesh_edges__finest_only", "for one in faces]", "for one in faces[-1:]]",
    "only the finest level has edges: news then needs many steps.", read="Why of task 2.1")
edit("multimesh", "multimesh_edges__coarsest_only", "for one in faces]", "for one in faces[:1]]",
    "only the first level has edges.", read="What of task 2.1")
edit("multimesh", "multimesh_edges__two_sides", "torch.stack([one, one.roll(1, dims=1)]).flatten(1)",
    "torch.stack([one, one.roll(1, dims=1)])[:, :, 1:].flatten(1)",
    "each face gives two of its three sides.", read="What of task 2.1")

# -------------------- 2.2 grid_mesh
edit("grid_mesh", "grid2mesh_edges__angle", "return (apart <= radius**2).nonzero().T",
    "return (2 * (apart.sqrt() / 2).clamp(max=1).asin() <= radius).nonzero().T",
    "the angle along the surface is compared: the radius is a straight line's.",
    read="Convention of task 2.2")
edit("grid_mesh", "grid2mesh_edges__squared", "apart <= radius**2", "apart <= radius",
    "squared distances are compared with the radius.", read="What of task 2.2")
edit("grid_mesh", "grid2mesh_edges__once_more", "apart <= radius**2", "apart <= (0.6 * radius) ** 2",
    "the radius is multiplied by .6 once more: it is given.", read="Given of task 2.2")
edit("grid_mesh", "grid2mesh_edges__nearest_only", "return (apart <= radius**2).nonzero().T",
    "return torch.stack([torch.arange(len(grid)), apart.argmin(dim=1)])",
    "each point of the grid speaks to its nearest vertex only.", read="What of task 2.2")
edit("grid_mesh", "grid2mesh_edges__swapped", "nonzero().T", "nonzero().flip(1).T",
    "sender and receiver are exchanged: the grid speaks to the mesh.", read="What of task 2.2")
edit("grid_mesh", "grid2mesh_edges__below", "apart <= radius**2", "apart < radius**2",
    "links that are as long as the radius are left out.", read="What of task 2.2")
edit("grid_mesh", "mesh2grid_edges__nearest_three", "torch.stack([faces[around].flatten(),",
    "torch.stack([torch.cdist(grid, vertices).topk(3, largest=False).indices.flatten(),",
    "the three nearest vertices are taken: for one point in seven these are not the corners around it.",
    read="Convention of task 2.2")
edit("grid_mesh", "mesh2grid_edges__nearest_centre", "shares.amin(dim=2).argmax(dim=1)",
    "torch.cdist(grid, F.normalize(vertices[faces].mean(dim=1), dim=1)).argmin(dim=1)",
    "the face with the nearest centre is taken: faces are not all alike.", read="Convention of task 2.2")
edit("grid_mesh", "mesh2grid_edges__swapped",
    "[faces[around].flatten(), points]", "[points, faces[around].flatten()]",
    "sender and receiver are exchanged: the mesh speaks to the grid.", read="What of task 2.2")
edit("grid_mesh", "mesh2grid_edges__rows_for_columns", "vertices[faces].mT", "vertices[faces]",
    "corners are the rows of the matrix that is inverted: p = V w wants them as columns.",
    read="Hint 2 of task 2.2")
edit("grid_mesh", "mesh2grid_edges__repeat", "repeat_interleave(3)", "repeat(3)",
    "points are numbered 0, 1, 2, ... where three corners of point 0 come first.",
    read="What of task 2.2")
edit("grid_mesh", "mesh2grid_edges__largest_weight", "shares.amin(dim=2).argmax(dim=1)",
    "shares.amax(dim=2).argmax(dim=1)",
    "the face with the largest weight is taken: all three must be 0 or more.", read="What of task 2.2")

# -------------------- 2.3 graph_network
edit("graph_network", "forward__mean", "index_add(0, target, messages)",
    "index_reduce(0, target, messages, 'mean', include_self=False)",
    "messages are averaged: they are added.", read="What of task 2.3", replaces="InteractionNetwork.forward")
edit("graph_network", "forward__maximum", "index_add(0, target, messages)",
    "index_reduce(0, target, messages, 'amax', include_self=False)",
    "the largest message wins: they are added.", read="What of task 2.3",
    replaces="InteractionNetwork.forward")
edit("graph_network", "forward__last_message", "torch.zeros_like(receivers).index_add(0, target, messages)",
    "torch.zeros_like(receivers)\n        sums[target] += messages",
    "a[receiver] += m keeps one message for each receiver.", read="Hint 1 of task 2.3",
    replaces="InteractionNetwork.forward")
edit("graph_network", "forward__sum_of_edges", "index_add(0, target, messages)",
    "index_add(0, target, edges + messages)",
    "new edges are summed at the nodes: messages are, and edges change after that.",
    read="Convention of task 2.3", replaces="InteractionNetwork.forward")
edit("graph_network", "forward__at_the_sender", "index_add(0, target, messages)",
    "index_add(0, source.clamp(max=len(receivers) - 1), messages)",
    "messages are summed where they come from.", read="What of task 2.3",
    replaces="InteractionNetwork.forward")
edit("graph_network", "forward__no_residual_at_nodes", "return receivers + self.node_mlp",
    "return self.node_mlp",
    "receivers are replaced: what is new is added to them.", read="What of task 2.3",
    replaces="InteractionNetwork.forward")
edit("graph_network", "forward__edges_replaced", "edges + messages\n", "messages\n",
    "edges are replaced by their messages: these are added.", read="What of task 2.3",
    replaces="InteractionNetwork.forward")
edit("graph_network", "forward__receiver_first", "senders[source], receivers[target]],",
    "receivers[target], senders[source]],",
    "the receiver comes before the sender in what the edges' network gets.", read="Convention of task 2.3",
    replaces="InteractionNetwork.forward")
edit("graph_network", "forward__sum_first", "torch.cat([receivers, sums], dim=1)",
    "torch.cat([sums, receivers], dim=1)",
    "the sum comes before the receiver in what the nodes' network gets.", read="Convention of task 2.3",
    replaces="InteractionNetwork.forward")
edit("graph_network", "forward__one_processor",
    "for step in self.processor:\n            mesh, links = step(",
    "for _ in self.processor:\n            mesh, links = self.processor[0](",
    "all steps on the mesh have the first one's weights.", read="What of task 2.3",
    replaces="GraphCast.forward")
edit("graph_network", "forward__edges_forgotten", "mesh, links = step(", "mesh, _ = step(",
    "each step on the mesh begins with the first edges: they change from step to step.",
    read="What of task 2.3", replaces="GraphCast.forward")
edit("graph_network", "forward__state_itself", "return now + self.leave(grid)", "return self.leave(grid)",
    "the network's output is taken for the state: it is the change.", read="What of task 2.3",
    replaces="GraphCast.forward")
edit("graph_network", "forward__from_the_previous", "return now + self.leave(grid)",
    "return previous + self.leave(grid)",
    "the change is added to the state before the last.", read="What of task 2.3",
    replaces="GraphCast.forward")
edit("graph_network", "forward__now_first", "torch.cat([previous, now, place], dim=1)",
    "torch.cat([now, previous, place], dim=1)",
    "what is now comes before what was.", read="Convention of task 2.3", replaces="GraphCast.forward")
edit("graph_network", "forward__mesh_untouched",
    "mesh, _ = self.encoder(grid, mesh, self.embed_up(up), self.grid2mesh)",
    "self.encoder(grid, mesh, self.embed_up(up), self.grid2mesh)",
    "what the encoder says is not used: the mesh hears nothing of the grid.", read="What of task 2.3",
    replaces="GraphCast.forward")

edit("graph_network", "forward__places_in_float64", "one.to(previous) for one in", "one for one in",
    "places and ways stay float64, which layers of float32 refuse.", read="Convention of task 2.3",
    replaces="GraphCast.forward")

# -------------------- 3.1 shifted_windows
edit("shifted_windows", "window_partition__no_permute",
    "cut.permute(0, 5, 1, 3, 2, 4, 6, 7).reshape", "cut.reshape",
    "axes are not moved before the last reshape: numbers from different places share a window.",
    read="Hint 1 of task 3.1")
edit("shifted_windows", "window_partition__latitude_first", "cut.permute(0, 5, 1, 3, 2, 4, 6, 7)",
    "cut.permute(0, 5, 3, 1, 2, 4, 6, 7)",
    "types count latitude first: pressure is the outer one.", read="Convention of task 3.1")
edit("shifted_windows", "window_partition__tokens_turned", "cut.permute(0, 5, 1, 3, 2, 4, 6, 7)",
    "cut.permute(0, 5, 1, 3, 6, 4, 2, 7)",
    "tokens of a window come in the order longitude, latitude, pressure.", read="Convention of task 3.1")
edit("shifted_windows", "window_partition__cut_off", "if Z % p or H % q or W % r:",
    "x, Z, H, W = x[:, : Z // p * p, : H // q * q, : W // r * r], Z // p * p, H // q * q, W // r * r\n"
    "    if not (Z and H and W):",
    "what fills no window is dropped: it is refused here.", read="Given of task 3.1")
edit("shifted_windows", "window_merge__wrong_way_back", "whole.permute(0, 2, 4, 3, 5, 1, 6, 7)",
    "whole.permute(0, 5, 1, 3, 2, 4, 6, 7)",
    "axes are moved as for cutting: the way back is the inverse order.", read="Hint 1 of task 3.1")
edit("shifted_windows", "window_merge__windows_inside_out", "whole.permute(0, 2, 4, 3, 5, 1, 6, 7)",
    "whole.permute(0, 4, 2, 5, 3, 6, 1, 7)",
    "windows are laid out inside the tokens.", read="Hint 1 of task 3.1")
edit("shifted_windows", "shift_mask__seam",
    "cut_h = last_h[:, None, None] & (beyond_h[:, None] != beyond_h)",
    "beyond_w = torch.arange(len(z)) % window[2] >= window[2] - window[2] // 2\n"
    "    cut_h = last_h[:, None, None] & (beyond_h[:, None] != beyond_h)\n"
    "    cut_h = cut_h | (beyond_w[:, None] != beyond_w)",
    "longitude is cut as well, as Swin does with pictures: a seam along the date line.",
    # the last window along longitude of `get_shift_window_mask` in several public copies of Pangu-Weather
    read="Convention of task 3.1")
edit("shifted_windows", "shift_mask__true_is_masked", "return ~(cut_z[:, None] | cut_h)",
    "return (cut_z[:, None] | cut_h)",
    "True where a pair is masked: here it means that it may attend.", read="Convention of task 3.1")
edit("shifted_windows", "shift_mask__first_levels", "[p - 1 :: p] == Z - 1", "[p - 1 :: p] == p - 1",
    "the first windows in pressure are cut: after the roll the edge of the field lies in the last ones.",
    read="Hint 2 of task 3.1")
edit("shifted_windows", "shift_mask__first_rows", "[q - 1 :: q] == H - 1", "[q - 1 :: q] == q - 1",
    "the first windows in latitude are cut: after the roll the edge of the field lies in the last ones.",
    read="Hint 2 of task 3.1")
edit("shifted_windows", "shift_mask__latitude_only", "cut_z[:, None] | cut_h",
    "(cut_z[:, None] & False) | cut_h",
    "nothing is cut in pressure: the top of the air would see the ground.", read="What of task 3.1")
edit("shifted_windows", "shift_mask__pressure_only", "cut_z[:, None] | cut_h",
    "cut_z[:, None] | (cut_h & False)",
    "nothing is cut in latitude: one pole would see the other.", read="What of task 3.1")
edit("shifted_windows", "shift_mask__one_label", "cut_z[:, None] | cut_h", "cut_z[:, None] ^ cut_h",
    "what lies past both cuts looks like what lies past none.", read="Hint 2 of task 3.1")
edit("shifted_windows", "shift_mask__types_exchanged", "(cut_z[:, None] | cut_h).flatten(0, 1)",
    "(cut_z | cut_h[:, None]).flatten(0, 1)",
    "types count latitude first: pressure is the outer one.", read="Convention of task 3.1")
edit("shifted_windows", "shift_mask__half_from_the_front", "2 * h >= q", "2 * h >= q - 1",
    "the shift is q // 2, so so many rows at the end have come round: with odd windows not the rest.",
    read="What of task 3.1")
edit("shifted_windows", "shift_mask__half_of_pressure_from_the_front", "2 * z >= p", "2 * z >= p - 1",
    "the shift is p // 2, so so many levels at the end have come round: with odd windows not the rest.",
    # [-p // 2:], which is one more than [-(p // 2):] where p is odd
    read="Hint 2 of task 3.1")

# -------------------- 3.2 earth_attention
edit("earth_attention", "earth_position_index__relative",
    "level, row = z[:, None] + p * z, h[:, None] + q * h  # L L\n"
    "    return (level * q**2 + row) * (2 * r - 1) + w[:, None] - w + r - 1",
    "level, row = z[:, None] - z + p - 1, h[:, None] - h + q - 1\n"
    "    return (level * (2 * q - 1) + row) * (2 * r - 1) + w[:, None] - w + r - 1",
    "the index is relative along all axes, as Swin's: a level and a latitude keep their identity here.",
    read="Why of task 3.2")
edit("earth_attention", "earth_position_index__roles", "z[:, None] + p * z, h[:, None] + q * h",
    "p * z[:, None] + z, q * h[:, None] + h",
    "query and key are exchanged in level and row.", read="What of task 3.2")
edit("earth_attention", "earth_position_index__columns_from_rows", "w[:, None] - w + r - 1",
    "w - w[:, None] + r - 1",
    "columns are key minus query.", read="What of task 3.2")
edit("earth_attention", "earth_position_index__no_offset", "w[:, None] - w + r - 1", "w[:, None] - w",
    "differences of columns begin at -(r - 1) instead of 0: rows of the table are then negative.",
    read="What of task 3.2")
edit("earth_attention", "earth_position_index__rows_not_squared", "level * q**2", "level * q",
    "pairs of rows number q², not q: different pairs share an entry.", read="What of task 3.2")
edit("earth_attention", "earth_position_index__tokens_turned",
    'torch.meshgrid(*map(torch.arange, window), indexing="ij"))',
    'torch.meshgrid(*map(torch.arange, window), indexing="xy"))',
    "meshgrid has its axes in the order x, y: tokens then come in another order than in the windows.",
    read="Convention of task 3.2")
edit("earth_attention", "earth_attention__no_scale", " / math.sqrt(q.shape[-1])", "",
    "scores are not divided by the root of d.", read="What of task 3.2")
edit("earth_attention", "earth_attention__scaled_bias", "q @ k.mT / math.sqrt(q.shape[-1]) + bias",
    "(q @ k.mT + bias) / math.sqrt(q.shape[-1])",
    "the bias is divided by the root of d as well.", read="What of task 3.2")
edit("earth_attention", "earth_attention__bias_turned", "permute(2, 3, 0, 1)", "permute(2, 3, 1, 0)",
    "queries and keys of the bias are exchanged.", read="What of task 3.2")
edit("earth_attention", "earth_attention__over_queries", "softmax(dim=-1)", "softmax(dim=-2)",
    "the softmax is over queries: weights of a query's keys add up to 1.", read="What of task 3.2")
edit("earth_attention", "earth_attention__one_table", "bias = table[index].permute(2, 3, 0, 1)",
    "bias = table.mean(dim=1, keepdim=True)[index].permute(2, 3, 0, 1)",
    "all types share a bias: each has its own table.", read="Why of task 3.2")
edit("earth_attention", "earth_attention__inverted_mask", "~mask[:, None]", "mask[:, None] & ~mask.all()",
    "True is taken for masked: here it means that it may attend.", read="Convention of task 3.2")
edit("earth_attention", "earth_attention__mask_after", "scores.masked_fill(~mask[:, None], -torch.inf)",
    "scores.masked_fill(~mask[:, None], 0)",
    "masked scores are 0: e^0 is a weight like others.", read="Convention of task 3.2")
edit("earth_attention", "earth_attention__no_bias", "+ bias\n", "+ 0 * bias\n",
    "the bias is left out.", read="What of task 3.2")

# -------------------- 3.3 lead_times
edit("lead_times", "lead_times__smallest_first", "sorted(models, reverse=True)", "sorted(models)",
    "the shortest lead comes first: it then does everything.", read="What of task 3.3")
edit("lead_times", "lead_times__given_order", "sorted(models, reverse=True)", "models",
    "models are taken in the order in which they are given.", read="Given of task 3.3")
edit("lead_times", "lead_times__ascending_plan", "return plan", "return plan[::-1]",
    "the plan begins with its shortest leads.", read="What of task 3.3")
edit("lead_times", "lead_times__left_over", "if hours:", "if hours < 0:",
    "hours that are left over are forgotten.", read="Given of task 3.3")
edit("lead_times", "lead_times__zero", "if hours <= 0:", "if hours < 0:",
    "0 hours are not refused.", read="Given of task 3.3")
edit("lead_times", "lead_times__once_each", "plan += [lead] * count", "plan += [lead] * min(count, 1)",
    "each lead is taken once at most.", read="What of task 3.3")
edit("lead_times", "hourly_forecasts__always_hourly", "lead = max(fitting)", "lead = min(fitting)",
    "each hour comes from the last one: errors then add up hour by hour.", read="Why of task 3.3")
edit("lead_times", "hourly_forecasts__from_the_last_hour", "models[lead](states[hour - lead])",
    "models[lead](states[-1])",
    "a long step begins at the last hour: it begins so many hours before.", read="What of task 3.3")
edit("lead_times", "hourly_forecasts__longest_that_fits", "hour % lead == 0", "lead <= hour",
    "each hour comes by the longest lead that fits into it: the lead must divide the hour.",
    read="What of task 3.3")
edit("lead_times", "hourly_forecasts__with_the_start", "return states[1:]", "return states",
    "hour 0 is returned, too.", read="What of task 3.3")
@wrong("lead_times", "each hour is planned from the start: that is right for divisors, and takes many calls.",
    read="What of task 3.3")
def hourly_forecasts__from_the_start(x, models, hours):
    states = []
    for hour in range(1, hours + 1):
        state = x
        for lead in lead_times(hour, list(models)):
            state = models[lead](state)
        states.append(state)
    return states

# -------------------- 4.1 advect
edit("advect", "advect__forwards", "- motion[:, 0]", "+ motion[:, 0]",
    "columns come from p + motion: what moves right comes from the left.",
    # the grid of VioletsOleander/nowcastnet-rewritten evolution_operator.py: its motion points backwards
    read="What of task 4.1")
edit("advect", "advect__upwards", "torch.arange(H, device=x.device)[:, None] - motion[:, 1]",
    "torch.arange(H, device=x.device)[:, None] + motion[:, 1]",
    "rows come from p + motion: what moves down comes from above.", read="What of task 4.1")
edit("advect", "advect__exchanged",
    "    H, W = x.shape[2:]\n", "    H, W = x.shape[2:]\n    motion = motion.flip(1)\n",
    "the motion's components are exchanged: the first is to the right.", read="Convention of task 4.1")
edit("advect", "advect__corners", "align_corners=False", "align_corners=True",
    "places and align_corners do not go together: a field that stands still is then stretched.",
    read="Convention of task 4.1")
edit("advect", "advect__no_half_pixel", "(2 * columns + 1) / W", "2 * columns / W",
    "columns are half a pixel off: with align_corners=False the first one's middle is inside of -1.",
    read="Hint 1 of task 4.1")
edit("advect", "advect__no_half_row", "(2 * rows + 1) / H", "2 * rows / H",
    "rows are half a pixel off: with align_corners=False the first one's middle is inside of -1.",
    read="Hint 1 of task 4.1")
edit("advect", "advect__zeros_outside", 'padding_mode="border"', 'padding_mode="zeros"',
    "from outside come zeros: the nearest value of the border should.", read="Convention of task 4.1")
edit("advect", "advect__reflected", 'padding_mode="border"', 'padding_mode="reflection"',
    "from outside comes a mirror image: the nearest value of the border should.",
    read="Convention of task 4.1")
edit("advect", "advect__always_bilinear", "mode=mode", 'mode="bilinear"',
    "mode is not used.", read="What of task 4.1")
edit("advect", "advect__rounded_down", "    # Pixels are 2 / W wide",
    '    if mode == "nearest":\n'
    "        columns, rows = columns.floor(), rows.floor()\n"
    "    # Pixels are 2 / W wide",
    "places are rounded down to a pixel: the next one may be nearer.", read="What of task 4.1")
edit("advect", "advect__places_exchanged", "torch.stack([(2 * columns + 1) / W, (2 * rows + 1) / H], dim=3)",
    "torch.stack([(2 * rows + 1) / H, (2 * columns + 1) / W], dim=3)",
    "grid_sample gets rows first: it wants x, that is columns, first.", read="Hint 1 of task 4.1")
edit("advect", "advect__pixels", "(2 * columns + 1) / W, (2 * rows + 1) / H], dim=3) - 1",
    "columns, rows], dim=3)",
    "grid_sample gets pixels: its places go from -1 to 1.", read="Hint 1 of task 4.1")

@naive("advect", "rows are looked up one after the other")
def advect__row_by_row(x, motion, mode="bilinear"):
    H, W = x.shape[2:]
    rows = []
    for i in range(H):
        columns = torch.arange(W, device=x.device) - motion[:, 0, i]
        down = i - motion[:, 1, i]
        places = torch.stack([2 * columns / max(W - 1, 1), 2 * down / max(H - 1, 1)], dim=2)[:, None] - 1
        row = F.grid_sample(x, places.to(x.dtype), mode=mode, padding_mode="border", align_corners=True)
        rows.append(row[:, :, 0])
    return torch.stack(rows, dim=2)

# -------------------- 4.2 evolution
edit("evolution", "evolve__not_detached", "x = x.detach()", "x = x + 0",
    "gradients go through all steps: the state is detached before each.", read="Convention of task 4.2")
edit("evolution", "evolve__growth_first", 'x = advect(x, way, "nearest") + growth',
    'x = advect(x + growth, way, "nearest")',
    "rain grows before it moves: it moves first.", read="What of task 4.2")
edit("evolution", "evolve__bilinear", '"nearest"', '"bilinear"',
    "what is evolved is moved bilinearly, and so blurred at each step.", read="What of task 4.2")
edit("evolution", "evolve__nearest_in_both", "advected.append(advect(x, way))",
    'advected.append(advect(x, way, "nearest"))',
    "what is advected is moved to the nearest pixel: nothing then tells the motion how to change.",
    read="Convention of task 4.2")
edit("evolution", "evolve__first_field_again", "x = x.detach()", "x = x0.detach()",
    "each step begins with the first field.", read="What of task 4.2")
edit("evolution", "evolve__growth_in_both", "advected.append(advect(x, way))",
    "advected.append(advect(x, way) + growth)",
    "what is advected grows, too: it only moves.", read="What of task 4.2")
edit("evolution", "evolve__exchanged",
    "return torch.stack(advected, dim=1), torch.stack(evolved, dim=1)",
    "return torch.stack(evolved, dim=1), torch.stack(advected, dim=1)",
    "the two sequences have changed places.", read="What of task 4.2")
edit("evolution", "weighted_distance__by_the_forecast", "(1 + truth)", "(1 + forecast)",
    "the weight is the forecast's: then it pays to forecast no rain.", read="Convention of task 4.2")
edit("evolution", "weighted_distance__not_capped", "(1 + truth).clamp(max=24)", "(1 + truth)",
    "weights are not capped at 24.", read="What of task 4.2")
edit("evolution", "weighted_distance__no_one", "(1 + truth).clamp(max=24)", "truth.clamp(max=24)",
    "dry places have the weight 0: there any forecast is then free.", read="What of task 4.2")
edit("evolution", "weighted_distance__squared", "(truth - forecast).abs()", "(truth - forecast).square()",
    "differences are squared.", read="What of task 4.2")
edit("evolution", "weighted_distance__summed", ".mean()", ".sum()",
    "the distance is summed over the pixels.", read="What of task 4.2")
edit("evolution", "motion_smoothness__zero_border", 'mode="replicate"', 'mode="constant"',
    "the border is zero: a motion that is the same everywhere then costs something.",
    read="Convention of task 4.2")
edit("evolution", "motion_smoothness__own_direction",
    "weighted = slopes.square()", "weighted = slopes[:, [0, 3]].square()",
    "each component is only looked at along its own direction: both have slopes in both.",
    # VioletsOleander/nowcastnet-rewritten
    read="What of task 4.2")
edit("evolution", "motion_smoothness__summed", ".mean(dim=(0, 2, 3))", ".sum(dim=(0, 2, 3))",
    "the cost is summed over pixels: they are averaged.", read="What of task 4.2")
edit("evolution", "motion_smoothness__averaged", ".mean(dim=(0, 2, 3)).sum()", ".mean()",
    "the four slopes are averaged: they are added.", read="What of task 4.2")
edit("evolution", "motion_smoothness__not_squared", "slopes.square()", "slopes.abs()",
    "slopes are not squared.", read="What of task 4.2")
edit("evolution", "motion_smoothness__normalised", "[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]).to(motion)",
    "[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]).to(motion) / 8",
    "the Sobel kernel is divided by 8.", read="Convention of task 4.2")
edit("evolution", "motion_smoothness__unweighted", "slopes.square() * (1 + truth).clamp(max=24)",
    "slopes.square() * torch.ones_like(truth)",
    "rain does not weigh: a rough motion then costs as much where it is dry.", read="What of task 4.2")
edit("evolution", "motion_smoothness__plain_differences", "[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]",
    "[[0, 0, 0], [-4, 0, 4], [0, 0, 0]]",
    "slopes are taken along one row: the Sobel kernel looks at three, 1 2 1.", read="What of task 4.2")

# -------------------- 5.1 cube_embedding
edit("cube_embedding", "cube_embedding__overlapping",
    "stride=weight.shape[2:]", "stride=(weight.shape[2], 1, 1)",
    "cubes overlap: each begins where the last one ends.", read="What of task 5.1")
edit("cube_embedding", "cube_embedding__padded", "F.conv3d(x, weight, bias,",
    "F.conv3d(F.pad(x, (0, -x.shape[4] % weight.shape[4], 0, -x.shape[3] % weight.shape[3])), weight, bias,",
    "fields are padded to whole cubes: 721 rows then have 181, not 180.", read="Convention of task 5.1")
edit("cube_embedding", "cube_embedding__frames_exchanged", "F.conv3d(x, ", "F.conv3d(x.flip(2), ",
    "frames are taken in the other order.", read="What of task 5.1")
edit("cube_embedding", "cube_embedding__no_bias", "F.conv3d(x, weight, bias,",
    "F.conv3d(x, weight, None,",
    "the bias is left out.", read="What of task 5.1")
edit("cube_embedding", "cube_embedding__four", "stride=weight.shape[2:]", "stride=(weight.shape[2], 4, 4)",
    "cubes are always 4 pixels wide: the weight says how wide.", read="Given of task 5.1")
edit("cube_embedding", "cube_recovery__channels_last", "F.pixel_shuffle(numbers, p)",
    "F.pixel_shuffle(numbers.unflatten(1, (p * p, -1)).transpose(1, 2).flatten(1, 2), p)",
    "channels come last in the order of the numbers: they come first.", read="Convention of task 5.1")
edit("cube_embedding", "cube_recovery__columns_first", "F.pixel_shuffle(numbers, p)",
    "F.pixel_shuffle(numbers.unflatten(1, (-1, p, p)).transpose(2, 3).flatten(1, 3), p)",
    "rows and columns of a place are exchanged.", read="Convention of task 5.1")
edit("cube_embedding", "cube_recovery__corners", 'mode="bilinear")', 'mode="bilinear", align_corners=True)',
    "the stretch holds the corners fast (align_corners=True).", read="Convention of task 5.1")
edit("cube_embedding", "cube_recovery__nearest", 'mode="bilinear")', 'mode="nearest")',
    "pixels are repeated instead of interpolated.", read="What of task 5.1")

# -------------------- 5.2 cascade
edit("cascade", "cascade__one_state_twice", "for model, count in zip(models, steps, strict=True):",
    "for model, count in zip(models, steps, strict=True):\n        states[-2] = states[-1]",
    "a model begins with one state twice: it gets the last two.", read="Convention of task 5.2")
edit("cascade", "cascade__exchanged", "model(*states[-2:])", "model(states[-1], states[-2])",
    "a model gets what is now before what was.", read="Convention of task 5.2")
edit("cascade", "cascade__last_state_again", "for model, count in zip(models, steps, strict=True):",
    "for model, count in zip(models, steps, strict=True):\n"
    "        states += states[-1:] if len(states) > 2 and count else []",
    "the last state of a model is repeated as the first of the next.", read="What of task 5.2")
edit("cascade", "cascade__each_from_the_start", "for model, count in zip(models, steps, strict=True):",
    "for model, count in zip(models, steps, strict=True):\n        states += [before, now]",
    "each model begins where the first one began, and the beginning is among the states.",
    read="Why of task 5.2")
edit("cascade", "cascade__last_states_only", "return states[2:]", "return states[-1:]",
    "only the last state is returned.", read="What of task 5.2")
edit("cascade", "cascade__with_the_start", "return states[2:]", "return states",
    "the two states from which it began are returned, too.", read="What of task 5.2")
edit("cascade", "cascade__only_short", "for model, count in zip(models, steps, strict=True):",
    "for model, count in zip(models[:1] * len(models), steps, strict=True):",
    "the first model makes all steps.", read="What of task 5.2")
edit("cascade", "cascade__shorter_list", "strict=True", "strict=False",
    "models without a number of steps are left out: they are refused.", read="Given of task 5.2")
edit("cascade", "cascade__in_hours", "for _ in range(count):", "for _ in range(count // 6 or count):",
    "numbers of steps are taken for hours.", read="Given of task 5.2")

# -------------------- 6.1 spherical_noise
edit("spherical_noise", "spherical_noise__no_four_pi", "(4 * math.pi / (L * (2 * degrees + 1)))",
    "(1 / (L * (2 * degrees + 1)))",
    "the factor 4 pi is left out: the deviation is then .28.", read="What of task 6.1")
edit("spherical_noise", "spherical_noise__equal_coefficients", "(4 * math.pi / (L * (2 * degrees + 1)))",
    "(4 * math.pi / (L * (0 * degrees + 1)))",
    "the orders of a degree do not share its power: the variance is then L.", read="Convention of task 6.1")
edit("spherical_noise", "spherical_noise__white", "(4 * math.pi / (L * (2 * degrees + 1)))",
    "(4 * math.pi / (L * L * (0 * degrees + 1)))",
    "all coefficients have the same power: that is white, and GenCast's noise is not.",
    read="Convention of task 6.1")
edit("spherical_noise", "spherical_noise__no_root", "(L * (2 * degrees + 1))).sqrt()[:, None, None]",
    "(L * (2 * degrees + 1)))[:, None, None]",
    "powers are multiplied instead of their roots.", read="What of task 6.1")
edit("spherical_noise", "spherical_noise__no_root_of_two", "P[:, 1:] *= math.sqrt(2)", "P[:, 1:] *= 1",
    "the root of 2 of orders that are not 0 is left out.", read="What of task 6.1")
edit("spherical_noise", "spherical_noise__root_of_two_everywhere", "P[:, 1:] *= math.sqrt(2)",
    "P *= math.sqrt(2)",
    "order 0 is multiplied by the root of 2 as well.", read="What of task 6.1")
edit("spherical_noise", "spherical_noise__colatitude", "legendre(lat, L)", "legendre(90 - lat, L)",
    "the angle from the pole is taken for the latitude.", read="Given of task 6.1")
edit("spherical_noise", "spherical_noise__sides_exchanged",
    "even, odd = z[..., L - 1 :].double(), z[..., :L].flip(-1).double()",
    "odd, even = z[..., L - 1 :].double(), z[..., :L].flip(-1).double()",
    "orders above 0 get the sine: they have the cosine.", read="Convention of task 6.1")
edit("spherical_noise", "spherical_noise__not_turned", "z[..., :L].flip(-1).double()",
    "z[..., :L].double()",
    "orders below 0 are read in the wrong direction: column 0 holds -(L - 1).", read="Given of task 6.1")
edit("spherical_noise", "spherical_noise__cosines_only",
    'waves = waves + torch.einsum("...lm,lmh->...hm", odd, P) @ angles.sin()', "pass",
    "orders below 0 are left out: the field is a mirror image of itself.", read="What of task 6.1")
edit("spherical_noise", "spherical_noise__degrees", "torch.deg2rad(lon.double())", "lon.double()",
    "longitudes are taken for radians.", read="Notation")
@wrong("spherical_noise", "numbers are laid on the grid as they are: near a pole neighbours differ.",
    read="Why of task 6.1")
def spherical_noise__on_the_grid(z, lat, lon):
    flat = z.flatten(-2)
    count = -(-len(lat) * len(lon) // flat.shape[-1])
    many = flat.repeat(*(1,) * (flat.ndim - 1), count)[..., : len(lat) * len(lon)]
    return many.unflatten(-1, (len(lat), len(lon)))

# -------------------- 6.2 gencast
edit("gencast", "gencast_loss__state_itself", "(after - now) / change_std[:, None, None]",
    "after / change_std[:, None, None]",
    "the state is learnt: GenCast learns its change.", read="What of task 6.2")
edit("gencast", "gencast_loss__over_two_steps", "(after - now) / change_std", "(after - before) / change_std",
    "the change over two steps is learnt: it is that from now to after.", read="What of task 6.2")
edit("gencast", "gencast_loss__not_scaled", "(after - now) / change_std[:, None, None]", "(after - now)",
    "changes are not divided by their deviation: fields in large units then count alone.",
    read="What of task 6.2")
edit("gencast", "gencast_loss__inverse_weight", "(1 + 1 / sigma.square()) *",
    "sigma.square() / (sigma.square() + 1) *",
    "c_out² is the weight: it is 1 / c_out².", read="What of task 6.2")
edit("gencast", "gencast_loss__no_weight", "(1 + 1 / sigma.square()) *", "",
    "the weight of the level is left out.", read="What of task 6.2")
edit("gencast", "gencast_loss__edm_weight", "(1 + 1 / sigma.square())", "(1 + 1 / sigma)",
    "sigma is not squared in the weight.", read="What of task 6.2")
edit("gencast", "gencast_loss__rows_alike", "weights[:, None].to(now.dtype) * ", "",
    "rows are not weighted by their area.", read="What of task 6.2")
edit("gencast", "gencast_loss__noise_not_scaled", "change + level * noise", "change + noise",
    "noise is not multiplied by its level.", read="What of task 6.2")
edit("gencast", "gencast_loss__summed", "squares.mean(dim=(1, 2, 3))", "squares.sum(dim=(1, 2, 3))",
    "squares are summed over a field.", read="What of task 6.2")
edit("gencast", "gencast_loss__predicts_noise", "(clean - change).square()", "(clean - noise).square()",
    "the denoiser's answer is compared with the noise: it is the clean change.", read="What of task 6.2")
edit("gencast", "sample_change__unit_start", "levels[0] * start", "start",
    "the start has deviation 1: it has that of the first level.", read="What of task 6.2")
edit("gencast", "sample_change__asked_at_the_old_level", "            level = more\n", "",
    "the level is not raised with the noise: the denoiser is then told less than there is.",
    read="What of task 6.2")
edit("gencast", "sample_change__churn_everywhere", "gamma > 0 and level >= churn_min", "gamma > 0",
    "noise is added at small levels, too.", read="What of task 6.2")
edit("gencast", "sample_change__not_capped", "min(churn / n, math.sqrt(2) - 1)", "churn / n",
    "the churn of a step is not capped at sqrt(2) - 1.", read="What of task 6.2")
edit("gencast", "sample_change__churn_whole", "min(churn / n, math.sqrt(2) - 1)",
    "min(churn, math.sqrt(2) - 1)",
    "the churn is not shared among the steps: each gets 1/n of it.", read="What of task 6.2")
edit("gencast", "sample_change__no_inflation", "math.sqrt(more**2 - level**2) * inflation *",
    "math.sqrt(more**2 - level**2) *",
    "the noise that is added is not inflated.", read="What of task 6.2")
edit("gencast", "sample_change__linear_churn", "math.sqrt(more**2 - level**2)", "(more - level)",
    "deviations are subtracted: variances add up.", read="What of task 6.2")
edit("gencast", "sample_change__euler", "seen = clean(torch.lerp(seen, x, middle / level), middle)",
    "clean(torch.lerp(seen, x, middle / level), middle)",
    "the step is made with the first look: that is of first order.", read="What of task 6.2")
edit("gencast", "sample_change__arithmetic_middle", "math.sqrt(level * after)", "(level + after) / 2",
    "the second look is half-way between the levels: it is half-way between their logarithms.",
    read="Convention of task 6.2")
edit("gencast", "sample_change__step_from_the_middle",
    "seen = clean(torch.lerp(seen, x, middle / level), middle)",
    "x = torch.lerp(seen, x, middle / level)\n            level, seen = middle, clean(x, middle)",
    "the step begins at the second look instead of at x.", read="What of task 6.2")
edit("gencast", "sample_change__any_number_of_noises", "if len(noises) != sum(churned):",
    "if len(noises) < sum(churned):",
    "more noises than are used are not refused.", read="Given of task 6.2")
@wrong("gencast", "the last step has a second look, as the released code has: 40 calls, one of them unused.",
    read="Convention of task 6.2")  # google-deepmind/graphcast, dpm_solver_plus_plus_2s.py
def sample_change__forty_calls(denoiser, start, noises, sigmas, churn=2.5, churn_min=0.75, inflation=1.05):
    levels = sigmas.tolist()
    n = len(levels) - 1
    gamma = min(churn / n, math.sqrt(2) - 1)
    if len(noises) != sum(gamma > 0 and level >= churn_min for level in levels[:-1]):
        raise ValueError("noises")
    x, fresh = levels[0] * start, iter(noises)
    for level, after in pairwise(levels):
        if gamma > 0 and level >= churn_min:
            more = level * (1 + gamma)
            x = x + math.sqrt(more**2 - level**2) * inflation * next(fresh)
            level = more
        middle = math.sqrt(level * after)
        first = denoiser(x, torch.full((len(x),), level, dtype=x.dtype))
        x_middle = torch.lerp(first, x, middle / level)
        second = denoiser(x_middle, torch.full((len(x),), max(middle, 1e-9), dtype=x.dtype))
        x = torch.lerp(second, x, after / level) if after else first
    return x

edit("gencast", "ensemble_forecast__one_pair_for_all", "last, current = states[-2:]",
    "last, current = (one[:1].expand_as(one) for one in states[-2:])",
    "all members are told the first one's states.", read="Convention of task 6.2")
edit("gencast", "ensemble_forecast__states_exchanged", "denoiser(y, sigma, last, current)",
    "denoiser(y, sigma, current, last)",
    "the denoiser is told what is now before what was.", read="What of task 6.2")
edit("gencast", "ensemble_forecast__change_not_scaled",
    "current + change_std[:, None, None] * change", "current + change",
    "changes are not multiplied by their deviation.", read="What of task 6.2")
edit("gencast", "ensemble_forecast__change_as_state",
    "current + change_std[:, None, None] * change", "change_std[:, None, None] * change",
    "the change is taken for the state.", read="What of task 6.2")
edit("gencast", "ensemble_forecast__first_states_again", "last, current = states[-2:]",
    "last, current = states[:2]",
    "each step begins with the first two states.", read="What of task 6.2")

# -------------------- right on the CPU, and fails on a GPU
stray("advect", "advect__columns_on_the_cpu",
    "torch.arange(W, device=x.device)", "torch.arange(W)",
    "torch.arange makes a tensor on the CPU")
