"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Where a mistake was seen in somebody's repository, the comment names it.
"""

from autograder.sources.variants import edit, naive, stray, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 frames
edit("frames", "backbone_frames__rows", "torch.linalg.cross(e1, e2)], dim=-1)",
    "torch.linalg.cross(e1, e2)], dim=-2)",
    "axes are the rows of R: they are its columns.", read="Convention of task 1.1")
edit("frames", "backbone_frames__along_n", "e1 = unit(c - ca)  # *n 3\n    aside = n - ca",
    "e1 = unit(n - ca)  # *n 3\n    aside = c - ca",
    "the first axis points to N: it points to C.", read="What of task 1.1")
edit("frames", "backbone_frames__from_c", "unit(c - ca)", "unit(ca - c)",
    "the first axis points away from C, as in a function of OpenFold that takes a point on the negative x "
    "axis.",
    # openfold rigid_utils.py:from_3_points
    read="What of task 1.1")
edit("frames", "backbone_frames__not_orthogonal",
    "unit(aside - (aside * e1).sum(dim=-1, keepdim=True) * e1)", "unit(aside)",
    "the part along the first axis is left in the second one.", read="What of task 1.1")
edit("frames", "backbone_frames__left_handed", "torch.linalg.cross(e1, e2)", "torch.linalg.cross(e2, e1)",
    "the third axis is e2 x e1: a left-handed frame, which mirrors everything.", read="What of task 1.1")
edit("frames", "backbone_frames__origin_at_n", "dim=-1), ca", "dim=-1), n",
    "the origin is N instead of CA.", read="What of task 1.1")
edit("frames", "backbone_frames__never_refused", "if not bool((length > 1e-6).all()):", "if False:",
    "atoms on one line are not refused: their axes are NaN, or rounding.", read="Given of task 1.1")
edit("frames", "backbone_frames__small_number", "return a / length", "return a / (length + 1e-6)",
    "a small number is added to lengths: axes are then a little too short.", read="Convention of task 1.1")
edit("frames", "to_local__not_transposed", '"mji,mkj->mki"', '"mij,mkj->mki"',
    "points are turned by R instead of by its transpose: away from the frame instead of into it.",
    read="What of task 1.1")
edit("frames", "to_local__turned_first", 'torch.einsum("mji,mkj->mki", R, x - t[:, None])',
    'torch.einsum("mji,kj->mki", R, x) - t[:, None]',
    "points are turned before t is taken away: t is a place in global axes.", read="What of task 1.1")
edit("frames", "to_local__points_first", "->mki", "->kmi",
    "the first axis counts points: it counts frames.", read="Convention of task 1.1")
edit("frames", "fape__squared", "errors.mean()", "errors.square().mean()",
    "errors are squared before they are averaged.", read="What of task 1.1")
edit("frames", "fape__clamp_after_the_mean", "errors = errors.clamp(max=clamp)",
    "return errors.mean().clamp(max=clamp) / unit",
    "the clamp comes too late: each error is clamped, in Å, before unit and mean.",
    read="Convention of task 1.1")
edit("frames", "fape__clamped_in_units",
    ".sqrt()  # m k\n"
    "    if clamp is not None:\n        errors = errors.clamp(max=clamp)\n    return errors.mean() / unit",
    ".sqrt() / unit\n"
    "    if clamp is not None:\n        errors = errors.clamp(max=clamp)\n    return errors.mean()",
    "errors are divided by unit before they are clamped: the bound is in Å, and with unit 10 lies at 100 Å.",
    read="Convention of task 1.1")
edit("frames", "fape__eps_outside", "(gaps.square().sum(dim=-1) + eps).sqrt()",
    "gaps.square().sum(dim=-1).sqrt() + eps",
    "eps is added to the distance: it lies inside the root, in Å².", read="Convention of task 1.1")
edit("frames", "fape__true_frames", "to_local(R, t, x)", "to_local(R_true, t_true, x)",
    "both structures are seen from the true frames: each is seen from its own.", read="What of task 1.1")
edit("frames", "fape__own_frame_only", "errors.mean()", "errors.diagonal().mean()",
    "each point is seen from its own frame only: all points are seen from all frames.",
    read="What of task 1.1")
edit("frames", "fape__in_angstroms",
    " / unit", "", "the error is not divided by unit.", read="What of task 1.1")

# -------------------- 1.2 so3_exp_log
edit("so3_exp_log", "so3_exp__not_normalised",
    "torch.sinc(turns) * K + torch.sinc(turns / 2).square() / 2 * (K @ K)",
    "torch.sin(math.pi * turns) * K + (1 - torch.cos(math.pi * turns)) * (K @ K)",
    "sine and 1 - cosine multiply K of the whole vector: divide by the angle, and by its square.",
    read="What of task 1.2")
edit("so3_exp_log", "so3_exp__turned_back",
    "torch.linalg.cross(d[..., None], axes, dim=-2)",
    "torch.linalg.cross(d[..., None], axes, dim=-2).mT",
    "K is transposed: this is exp(-v).", read="What of task 1.2")
edit("so3_exp_log", "so3_exp__first_order",
    "torch.sinc(turns) * K + torch.sinc(turns / 2).square() / 2 * (K @ K)", "K",
    "only the first order is there, 1 + K: that is a rotation for tiny angles only.", read="What of task 1.2")
edit("so3_exp_log", "so3_exp__half_angle", "d, one = v.double(),", "d, one = v.double() / 2,",
    "the angle is halved, as in a quaternion.", read="What of task 1.2")
edit("so3_exp_log", "so3_exp__nan_gradient", "torch.sinc(turns) * K",
    "torch.where(turns == 0, 1.0, torch.sin(math.pi * turns) / (math.pi * turns)) * K",
    "torch.where hides 0 / 0 at v = 0 from the value, and not from the gradient.",
    read="Convention of task 1.2")
edit("so3_exp_log", "so3_exp__small_constant", "turns = d.norm(dim=-1)[..., None, None] / math.pi",
    "turns = (d.norm(dim=-1)[..., None, None] + 1e-6) / math.pi",
    "a small number is added to the angle.", read="Convention of task 1.2")
edit("so3_exp_log", "so3_log__antisymmetric", "(q[..., 1:] * angle / sine.clamp(min=1e-300))", "(turned / 2)",
    "the antisymmetric part is returned: its length is the sine of the angle.", read="Hint 2 of task 1.2")
edit("so3_exp_log", "so3_log__acos",
    "angle = 2 * torch.atan2(sine, q[..., :1])\n    return (q[..., 1:] * angle / sine.clamp(min=1e-300))",
    "angle = torch.acos((trace - 1) / 2)\n    return (turned * angle / (2 * torch.sin(angle)))",
    "acos of the trace is used: it loses half of the digits near 0 and a half turn, where 0 / 0 is left.",
    # pytorch3d #188, #189, #262, #413
    read="Why of task 1.2")
edit("so3_exp_log", "so3_log__acos_clamped",
    "angle = 2 * torch.atan2(sine, q[..., :1])\n    return (q[..., 1:] * angle / sine.clamp(min=1e-300))",
    "angle = torch.acos(((trace - 1) / 2).clamp(1e-7 - 1, 1 - 1e-7))\n"
    "    return (turned * angle / (2 * torch.sin(angle)))",
    "the argument of acos is clamped to 1 - 1e-7: an angle of 1e-4 is then found as 4.5e-4.",
    read="Why of task 1.2")
edit("so3_exp_log", "so3_log__half_angle", "2 * torch.atan2", "torch.atan2",
    "the angle of the quaternion is returned, half of the rotation's.", read="Hint 2 of task 1.2")
edit("so3_exp_log", "so3_log__beyond_a_half_turn", "q = torch.where(q[..., :1] < 0, -q, q)", "pass",
    "angles beyond a half turn are found: q and -q are one rotation, take that with q_0 >= 0.",
    read="Hint 3 of task 1.2")
edit("so3_exp_log", "so3_log__first_row",
    "products.diagonal(dim1=-2, dim2=-1).argmax(dim=-1)[..., None, None]",
    "torch.zeros_like(trace, dtype=torch.long)[..., None]",
    "all is divided by the quaternion's real part, which is 0 at a half turn: take its largest number.",
    read="Hint 3 of task 1.2")
edit("so3_exp_log", "so3_log__turned_back", "M, one = R.double(),", "M, one = R.double().mT,",
    "the rotation back is what is found: the signs of R - R^T are turned round.", read="What of task 1.2")
edit("so3_exp_log", "so3_log__single", "M, one = R.double(),", "M, one = R.float().double(),",
    "the rotation is rounded to float32 first.", read="Convention of task 1.2")

# -------------------- 1.3 igso3
edit("igso3", "igso3_density__on_the_group", "2 / math.pi * torch.sin(omega / 2) * waves",
    "waves / torch.sin(omega / 2)",
    "this is f itself: the *angle* has f (1 - cos) / pi.", read="What of task 1.3")
edit("igso3", "igso3_density__leach", "* sigma**2 / 2)", "* sigma**2)",
    "the exponent has sigma² instead of sigma² / 2: Leach's eps is sigma / sqrt(2).",
    read="Convention of task 1.3")
edit("igso3", "igso3_density__variance", "* sigma**2 / 2)", "* sigma / 2)",
    "the exponent has sigma instead of sigma².", read="What of task 1.3")
edit("igso3", "igso3_density__half", "2 / math.pi", "1 / math.pi",
    "it integrates to 1/2: (1 - cos) / pi is 2 sin²(angle / 2) / pi.", read="What of task 1.3")
edit("igso3", "igso3_density__five_terms", "arange(500,", "arange(5,",
    "the series is cut after five terms: for small sigma hundreds count.", read="Hint 1 of task 1.3")
edit("igso3", "igso3_density__all_alike", "(2 * order + 1) * torch.exp", "torch.exp",
    "the factors 2 l + 1 are left out.", read="What of task 1.3")
edit("igso3", "igso3_density__maxwell", "(2 / math.pi * torch.sin(omega / 2) * waves)",
    "(math.sqrt(2 / math.pi) * omega**2 / sigma**3 * torch.exp(-(omega**2) / (2 * sigma**2)))",
    "angles have Maxwell's law, that of normal vectors: rotations come round.", read="Why of task 1.3")
edit("igso3", "igso3_density__no_deviation", "if sigma <= 0:", "if sigma < 0:",
    "sigma = 0 is not refused.", read="Given of task 1.3")
edit("igso3", "igso3_score__of_the_angle", "ratio - 0.5 / torch.tan", "ratio + 0.5 / torch.tan",
    "the volume factor is differentiated, too: the score is that of the density on the group.",
    # jasonkyuyim/se3_diffusion #9
    read="Convention of task 1.3")
edit("igso3", "igso3_score__flat", "((ratio - 0.5 / torch.tan(omega / 2)) / omega * d)",
    "(-d / sigma**2)",
    "the score is -v / sigma², that of flat space.", read="Why of task 1.3")
edit("igso3", "igso3_score__no_sine", "(ratio - 0.5 / torch.tan(omega / 2))", "ratio",
    "f has sin(angle / 2) below its sum: its logarithm's derivative is missing.", read="Hint 2 of task 1.3")
edit("igso3", "igso3_score__images_only", "if sigma < 1:", "if sigma:",
    "images are used for every sigma: beyond 1 more and more of them count.", read="Hint 2 of task 1.3")
edit("igso3", "igso3_score__times_v", ") / omega * d)", ") * d)",
    "the derivative multiplies v itself: v is to be divided by its length.", read="What of task 1.3")
edit("igso3", "igso3_score__leach",
    "d = v.double()", "sigma = sigma * math.sqrt(2)\n    d = v.double()",
    "the exponent has sigma² instead of sigma² / 2: Leach's eps is sigma / sqrt(2).",
    read="Convention of task 1.3")
edit("igso3", "igso3_score__nan_at_zero", ".clamp(min=1e-4)", "",
    "v = 0 divides by 0: the score is 0 there.", read="What of task 1.3")
@wrong("igso3", "the plain series is summed where rounding is all that is left of it: hint 2 has images for "
    "small sigma.", read="Why of task 1.3")
def igso3_score__series(v, sigma):
    if sigma <= 0:
        raise ValueError("sigma")
    omega = v.double().norm(dim=-1, keepdim=True).clamp(min=1e-4)
    j = torch.arange(1000, dtype=torch.float64)
    e = (2 * j + 1) * torch.exp(-j * (j + 1) * sigma**2 / 2)
    f = (e * torch.sin((j + 0.5) * omega)).sum(-1, keepdim=True)
    df = (e * (j + 0.5) * torch.cos((j + 0.5) * omega)).sum(-1, keepdim=True)
    return ((df / f - 0.5 / torch.tan(omega / 2)) / omega * v.double()).to(v.dtype)

@wrong("igso3", "1e-4 is added to f before the division: where f is small the score is then 0.",
    # jasonkyuyim/se3_diffusion data/so3_diffuser.py
    read="Why of task 1.3")
def igso3_score__guarded(v, sigma):
    if sigma <= 0:
        raise ValueError("sigma")
    omega = v.double().norm(dim=-1, keepdim=True).clamp(min=1e-4)
    j = torch.arange(1000, dtype=torch.float64)
    e = (2 * j + 1) * torch.exp(-j * (j + 1) * sigma**2 / 2)
    low = torch.sin(omega / 2)
    top = (e * torch.sin((j + 0.5) * omega)).sum(-1, keepdim=True)
    slope = (e * (j + 0.5) * torch.cos((j + 0.5) * omega)).sum(-1, keepdim=True)
    df = (low * slope - top * torch.cos(omega / 2) / 2) / low**2
    return (df / (top / low + 1e-4) / omega * v.double()).to(v.dtype)

edit("igso3", "igso3_sample__of_f", "igso3_density(grid, sigma), grid)",
    "igso3_density(grid, sigma) / (1 - grid.cos()).clamp(min=1e-9), grid)",
    "f is sampled as if it were the angle's density: (1 - cos) / pi is missing, and angles are too small.",
    read="What of task 1.3")
edit("igso3", "igso3_sample__long_axes", "F.normalize(axis)", "axis",
    "the axis is not brought to length 1.", read="Given of task 1.3")
edit("igso3", "igso3_sample__right_sums", "torch.cumulative_trapezoid(igso3_density(grid, sigma), grid)",
    "torch.cumsum(igso3_density(grid, sigma), dim=0)[1:]",
    "the density is summed at each step's right end: the distribution is half a step ahead.",
    # jasonkyuyim/se3_diffusion data/so3_diffuser.py
    read="Hint 3 of task 1.3")
edit("igso3", "igso3_sample__coarse", "math.pi, 1001,", "math.pi, 101,",
    "the table has too few angles: between them the distribution is not straight.", read="Hint 3 of task 1.3")
edit("igso3", "igso3_sample__uniform_angles",
    "np.interp(u.cpu().numpy(), F.pad(rise, (1, 0)).numpy(), grid.numpy())", "math.pi * u.numpy()",
    "angles are evenly distributed.", read="What of task 1.3")

# -------------------- 2.1 se3_noise
edit("se3_noise", "so3_schedule__linear", "math.log(math.exp(sigma_min) + t * rise)",
    "sigma_min + t * (sigma_max - sigma_min)",
    "sigma grows linearly: its exponential does.", read="What of task 2.1")
edit("se3_noise", "so3_schedule__geometric", "sigma = math.log(math.exp(sigma_min) + t * rise)\n",
    "sigma = math.log(math.exp(sigma_min) + t * rise)\n    sigma = sigma_min ** (1 - t) * sigma_max**t\n",
    "sigma grows geometrically: its exponential grows linearly.", read="What of task 2.1")
edit("se3_noise", "so3_schedule__g", "2 * sigma * rise * math.exp(-sigma)",
    "math.sqrt(2 * sigma * rise * math.exp(-sigma))",
    "g is returned instead of g².", read="What of task 2.1")
edit("se3_noise", "so3_schedule__slope_of_sigma", "2 * sigma * rise", "rise",
    "g² is the slope of sigma: it is that of sigma².", read="What of task 2.1")
edit("se3_noise", "so3_schedule__turned_round", "t * rise)", "(1 - t) * rise)",
    "time runs the other way: t = 1 is noise.", read="Convention of task 2.1")
edit("se3_noise", "so3_schedule__zero", "if not 0 < t <= 1:", "if not 0 <= t <= 1:",
    "t = 0 is not refused.", read="Given of task 2.1")
edit("se3_noise", "se3_noise__left", "R0 @ so3_exp(v)", "so3_exp(v) @ R0",
    "noise stands on the left: it turns in the world's axes, as in RFdiffusion's code.",
    read="Convention of task 2.1")
edit("se3_noise", "se3_noise__data_not_centred", "x0, z = (one", "_, z = (one",
    "the data are not centred.",  # se3_diffusion: its forward_marginal centres neither
    read="What of task 2.1")
edit("se3_noise", "se3_noise__noise_not_centred", "x0, z = (one", "x0, _ = (one",
    "the noise is not centred: the middle then drifts.", read="What of task 2.1")
edit("se3_noise", "se3_noise__not_scaled", "noise / scale * z", "noise * z",
    "noise of deviation 1 Å is added: it is 1 in units of 1 / scale Å.", read="Convention of task 2.1")
edit("se3_noise", "se3_noise__scaled_units", ", x_t, igso3", ", x_t * scale, igso3",
    "places are returned in scaled units: they are in Å.", read="Convention of task 2.1")
edit("se3_noise", "se3_noise__variance", "noise / scale * z", "noise**2 / scale * z",
    "noise is multiplied by its variance instead of its deviation.", read="What of task 2.1")
edit("se3_noise", "se3_noise__score_in_angstroms", "noise / scale * z\n",
    "noise / scale * z\n    z = z * scale\n",
    "the translations' score is per Å: it is in scaled units.", read="Convention of task 2.1")
edit("se3_noise", "se3_noise__score_by_variance", "-z / noise", "-z / noise**2",
    "the noise is divided by its variance: (x_t - signal x_0) / noise² is z / noise.",
    read="What of task 2.1")
edit("se3_noise", "se3_noise__score_sign", "-z / noise", "z / noise",
    "the translations' score points away from the data.", read="What of task 2.1")
edit("se3_noise", "se3_noise__score_at_the_place",
    "x_t = signal * x0 + noise / scale * z\n    return R0 @ so3_exp(v), x_t, igso3_score(v, sigma),",
    "from .so3 import so3_log\n\n    x_t = signal * x0 + noise / scale * z\n"
    "    return R0 @ so3_exp(v), x_t, igso3_score(so3_log(R0 @ so3_exp(v)), sigma),",
    "the rotations' score is taken at R_t: it belongs to the noise, R_0^T R_t.", read="What of task 2.1")

# -------------------- 2.2 se3_sample
edit("se3_sample", "se3_step__half_the_turn", "    turn = so3_exp(",
    "    rot_score = rot_score / 2\n    turn = so3_exp(",
    "the rotations' drift is halved: that is the probability flow's, which has no noise.",
    read="Convention of task 2.2")
edit("se3_sample", "se3_step__turned_away", "    turn = so3_exp(",
    "    rot_score = -rot_score\n    turn = so3_exp(",
    "the rotations' score is subtracted: residues turn away from the data.", read="What of task 2.2")
edit("se3_sample", "se3_step__g_for_g2", "so3_exp(g2 * dt", "so3_exp(math.sqrt(g2) * dt",
    "the drift has g for g².", read="What of task 2.2")
edit("se3_sample", "se3_step__noise_by_dt", "math.sqrt(g2 * dt) * w", "math.sqrt(g2) * dt * w",
    "the rotations' noise grows with dt instead of its root.", read="What of task 2.2")
edit("se3_sample", "se3_step__two_factors", "so3_exp(g2 * dt * rot_score + math.sqrt(g2 * dt) * w)",
    "so3_exp(g2 * dt * rot_score) @ so3_exp(math.sqrt(g2 * dt) * w)",
    "drift and noise are two rotations, one after the other: they are one rotation vector.",
    read="Convention of task 2.2")
edit("se3_sample", "se3_step__left", "R @ turn", "turn @ R",
    "the turn stands on the left: scores and noise are in the residues' own axes.",
    read="Convention of task 2.2")
edit("se3_sample", "se3_step__contracts", "(moved / 2 + trans_score)", "(trans_score - moved / 2)",
    "beta / 2 y has the sign of the way to the noise.", read="What of task 2.2")
edit("se3_sample", "se3_step__half_the_move", "(moved / 2 + trans_score)", "(moved / 2 + trans_score / 2)",
    "half of beta multiplies the translations' score: that is the probability flow's.",
    read="Convention of task 2.2")
edit("se3_sample", "se3_step__moves_by_dt", "math.sqrt(beta * dt) * z", "math.sqrt(beta) * dt * z",
    "the translations' noise grows with dt instead of its root.", read="What of task 2.2")
edit("se3_sample", "se3_step__not_centred",
    "(moved - moved.mean(dim=0)) / scale", "moved / scale",
    "the result is not centred.", read="What of task 2.2")
edit("se3_sample", "se3_step__scaled_units", ") / scale", ")",
    "places are returned in scaled units: they are in Å.", read="What of task 2.2")
edit("se3_sample", "se3_sample__long_steps", "t, dt, w[k], z[k])", "t, 1 / len(w), w[k], z[k])",
    "steps are 1 / N long: from 1 to t_min there are N of (1 - t_min) / N.",
    # jasonkyuyim/se3_diffusion experiments/train_se3_diffusion.py:inference_fn
    read="What of task 2.2")
edit("se3_sample", "se3_sample__coefficients_at_the_end", "t = 1 - k * dt", "t = 1 - (k + 1) * dt",
    "scores and coefficients are those of each step's end: they belong to its start.",
    read="What of task 2.2")
edit("se3_sample", "se3_sample__last_step_quiet",
    "w[k], z[k])\n",
    "w[k] * (k < len(w) - 1), z[k] * (k < len(w) - 1))\n",
    "the last step has no noise: here every step has.", read="Convention of task 2.2")
edit("se3_sample", "se3_sample__to_zero", "(1 - t_min) / len(w)", "1 / len(w)",
    "steps lead to t = 0: they end at t_min.", read="What of task 2.2")

# -------------------- 3.1 superpose
edit("superpose", "weighted_rigid_align__mirrors", "signs[..., 2] = torch.linalg.det(U @ Vh)", "pass",
    "mirror images are turned into each other: the determinant's sign is not looked at.",
    # ETFlow #11, ProDy #910, BioStructures.jl #37, scipy #10531
    read="Convention of task 3.1")
edit("superpose", "weighted_rigid_align__largest", "signs[..., 2]", "signs[..., 0]",
    "the sign of the largest singular value is turned: that of the smallest costs least.",
    read="Hint 2 of task 3.1")
edit("superpose", "weighted_rigid_align__v", "@ Vh) + goal", "@ Vh.mT) + goal",
    "V is taken for its transpose: torch.linalg.svd returns Vh.",  # MIDI-3D #36
    read="Hint 1 of task 3.1")
edit("superpose", "weighted_rigid_align__turned_back", "(U * signs[..., None, :] @ Vh)",
    "(U * signs[..., None, :] @ Vh).mT",
    "the rotation is transposed: it leads from the target to x.",  # lucidrains/alphafold3-pytorch #24
    read="Hint 1 of task 3.1")
edit("superpose", "weighted_rigid_align__own_mean", "@ Vh) + goal", "@ Vh) + middle",
    "the mean of x is added again: x is to lie where the target is.",  # as printed; ogchen/nanofold #35
    read="Convention of task 3.1")
edit("superpose", "weighted_rigid_align__roles", "with torch.no_grad():",
    "x, target = target, x\n    with torch.no_grad():",
    "the target is laid upon x.",  # lucidrains/alphafold3-pytorch #105, #106
    read="What of task 3.1")
edit("superpose", "weighted_rigid_align__plain_means", "((share * one).sum(dim=-2, keepdim=True) for",
    "(one.mean(dim=-2, keepdim=True) for",
    "the means are not weighted.", read="What of task 3.1")
edit("superpose", "weighted_rigid_align__no_weights",
    "(weights / weights.sum(dim=-1, keepdim=True))[..., None]",
    "torch.ones_like(weights)[..., None] / weights.shape[-1]",
    "weights are not used.", read="What of task 3.1")
edit("superpose", "weighted_rigid_align__plain_products", "(share * centred).mT", "centred.mT",
    "the products of both structures are not weighted.", read="What of task 3.1")
edit("superpose", "weighted_rigid_align__gradient", "torch.no_grad()", "torch.enable_grad()",
    "the result carries gradients.", read="Convention of task 3.1")
edit("superpose", "tm_score__as_they_are", "weighted_rigid_align(x, target, x.new_ones(x.shape[:-1]))", "x",
    "structures are not superposed first.", read="What of task 3.1")
edit("superpose", "tm_score__not_squared", "squares / d0**2", "squares.sqrt() / d0",
    "d / d0 is not squared.", read="What of task 3.1")
edit("superpose", "tm_score__long_scale", "(max(x.shape[-2], 19) - 15)", "max(x.shape[-2], 19)",
    "d0 is that of n instead of n - 15.", read="What of task 3.1")
edit("superpose", "tm_score__short_chains", "max(x.shape[-2], 19)", "x.shape[-2]",
    "chains below 19 residues are not treated as of 19: d0 is negative there, or no real number at all.",
    read="Convention of task 3.1")
edit("superpose", "tm_score__of_the_mean", "(1 / (1 + squares / d0**2)).mean(dim=-1)",
    "1 / (1 + squares.mean(dim=-1) / d0**2)",
    "this is the score of the mean distance: it is the mean of scores.", read="What of task 3.1")
edit("superpose", "lddt__predicted_pairs", "(there < cutoff)", "(here < cutoff)",
    "pairs are those that are near in the prediction: they are near in the truth.",
    read="Convention of task 3.1")
edit("superpose", "lddt__diagonal", " & ~torch.eye(pred.shape[-2], dtype=torch.bool, device=pred.device)", "",
    "each residue counts as its own neighbour, and is always right.", read="What of task 3.1")
edit("superpose", "lddt__mean_of_residues", "return torch.where(count > 0, right.sum(dim=over) / count, 1.0)",
    "each = torch.nan_to_num(right.sum(dim=-1) / pairs.sum(dim=-1), nan=1.0)\n"
    "    return each if per_residue else each.mean(dim=-1)",
    "residues are averaged: all pairs count the same.", read="What of task 3.1")
edit("superpose", "lddt__not_strict", ".abs() < within", ".abs() <= within",
    "a difference of exactly .5 counts as within .5: inequalities are strict.", read="Convention of task 3.1")
edit("superpose", "lddt__cutoff_included", "there < cutoff", "there <= cutoff",
    "distances of exactly the cutoff belong to the pairs: inequalities are strict.",
    read="Convention of task 3.1")
edit("superpose", "lddt__lonely", "/ count, 1.0)", "/ count, 0.0)",
    "without pairs the score is 0: it is 1.", read="Convention of task 3.1")
edit("superpose", "lddt__places", "(here - there).abs() < within",
    "(pred.unsqueeze(-2) - true.unsqueeze(-3)).norm(dim=-1) < within",
    "places of both structures are compared: distances within each are.", read="What of task 3.1")
@naive("superpose", "structures are laid upon each other one after the other.", read="Speed of task 3.1")
def weighted_rigid_align__one_by_one(x, target, weights):
    @torch.no_grad()
    def laid(x, target, weights):
        w = weights[:, None] / weights.sum()
        a, b = x - (w * x).sum(0), target - (w * target).sum(0)
        U, _, Vh = torch.linalg.svd(a.T @ (w * b))
        D = torch.diag(torch.stack([x.new_ones(()), x.new_ones(()), torch.det(U) * torch.det(Vh)]))
        return a @ U @ D @ Vh + (w * target).sum(0)

    flat = [one.flatten(0, -3) if one.dim() > 2 else one[None] for one in (x, target)]
    rows = [laid(*one) for one in zip(*flat, weights.reshape(-1, weights.shape[-1]), strict=True)]
    return torch.stack(rows).reshape(x.shape)

# -------------------- 4.1 af3_loss
edit("af3_loss", "af3_denoise__plain_logarithm", "(sigma / sigma_data).log() / 4", "sigma.log() / 4",
    "the network is told ln(sigma) / 4: sigma is divided by sigma_data before.",
    # lucidrains/alphafold3-pytorch c_noise
    read="What of task 4.1")
edit("af3_loss", "af3_denoise__no_quarter", ".log() / 4", ".log()",
    "the logarithm is not divided by 4.", read="What of task 4.1")
edit("af3_loss", "af3_denoise__not_scaled", "net(x / length,", "net(x,",
    "the network sees positions as they are: they are to have deviation 1.", read="What of task 4.1")
edit("af3_loss", "af3_denoise__skip_of_noise", "(sigma_data / length) ** 2", "(level / length) ** 2",
    "x is kept by the noise's share of the variance: it is the signal's.", read="What of task 4.1")
edit("af3_loss", "af3_denoise__skip_not_squared", "(sigma_data / length) ** 2", "(sigma_data / length)",
    "x is kept by the root of the signal's share.", read="What of task 4.1")
edit("af3_loss", "af3_denoise__out_without_root", "level * sigma_data / length * answer",
    "level * sigma_data / length**2 * answer",
    "the answer is divided by sigma² + sigma_data² instead of its root.", read="What of task 4.1")
edit("af3_loss", "smooth_lddt_loss__diagonal",
    " & ~torch.eye(pred.shape[-2], dtype=torch.bool, device=pred.device)", "",
    "each atom counts as its own neighbour.", read="What of task 4.1")
edit("af3_loss", "smooth_lddt_loss__score", "return 1 - ", "return ",
    "the score is returned, or the sigmoids are turned round, which is the same: the loss is 1 minus "
    "the score.", read="What of task 4.1")
edit("af3_loss", "smooth_lddt_loss__summed", ".mean(dim=0)", ".sum(dim=0)",
    "the four sigmoids are summed instead of averaged.", read="What of task 4.1")
edit("af3_loss", "smooth_lddt_loss__predicted_pairs", "(there < cutoff)", "(here < cutoff)",
    "pairs are those that are near in the prediction.", read="What of task 4.1")
edit("af3_loss", "smooth_lddt_loss__nan_gradient",
    ".norm(dim=-1) for one", ".square().sum(dim=-1).sqrt() for one",
    "the root of an atom's distance from itself, 0, has no finite gradient: masking comes too late.",
    read="Convention of task 4.1")
edit("af3_loss", "smooth_lddt_loss__lonely", ".clamp(min=1)", "",
    "an atom without neighbours divides by 0.", read="Convention of task 4.1")
edit("af3_loss", "smooth_lddt_loss__hard", "torch.sigmoid(within - gap)", "(gap < within).to(gap.dtype)",
    "the steps of lDDT are hard: nothing can be learnt from them.", read="What of task 4.1")
edit("af3_loss", "diffusion_loss__mean_of_coordinates", ".square().sum(dim=-1)", ".square().mean(dim=-1)",
    "squares are averaged over coordinates, and divided by 3 once more.",
    # lucidrains/alphafold3-pytorch ElucidatedAtomDiffusion.forward
    read="Convention of task 4.1")
edit("af3_loss", "diffusion_loss__by_weights", "(weights * squares).mean(dim=1)",
    "(weights * squares).sum(dim=-1) / weights.sum(dim=-1)",
    "the sum is divided by the weights' sum: it is divided by the number of atoms.",
    # boltz model/modules/diffusion.py
    read="Convention of task 4.1")
edit("af3_loss", "diffusion_loss__not_aligned", "weighted_rigid_align(true, denoised, weights)", "true",
    "the truth is not aligned to the prediction.", read="What of task 4.1")
edit("af3_loss", "diffusion_loss__equal_weights", "weighted_rigid_align(true, denoised, weights)",
    "weighted_rigid_align(true, denoised, torch.ones_like(weights))",
    "the truth is aligned with equal weights.", read="Convention of task 4.1")
edit("af3_loss", "diffusion_loss__no_gradient",
    "aligned = weighted_rigid_align(true, denoised, weights)\n    squares = (denoised - aligned)",
    "squares = (weighted_rigid_align(denoised, true, weights) - true)",
    "the prediction is aligned: weighted_rigid_align carries no gradient, so nothing is learnt from "
    "distances.",
    read="Convention of task 4.1")
edit("af3_loss", "diffusion_loss__as_printed", "(sigma**-2 + sigma_data**-2)",
    "((sigma**2 + sigma_data**2) / (sigma + sigma_data) ** 2)",
    "the level's weight is divided by (sigma + sigma_data)², as the supplement prints it: low levels then "
    "hardly "
    "count.",
    # reported in lucidrains/alphafold3-pytorch #18, #68
    read="Convention of task 4.1")
edit("af3_loss", "diffusion_loss__no_third", ".mean(dim=1) / 3", ".mean(dim=1)",
    "the third is left out.", read="What of task 4.1")
edit("af3_loss", "diffusion_loss__distances_only", " + smooth_lddt_loss(denoised, true)", "",
    "the smooth lDDT loss is left out.", read="What of task 4.1")

# -------------------- 4.2 af3_sample
edit("af3_sample", "noise_levels__without_data", "sigma_data * (smax", "(smax",
    "levels are not multiplied by sigma_data.",  # lucidrains/alphafold3-pytorch #124
    read="What of task 4.2")
edit("af3_sample", "noise_levels__geometric",
    "(smax ** (1 / rho) * (1 - share) + smin ** (1 / rho) * share) ** rho",
    "smax ** (1 - share) * smin**share",
    "levels fall geometrically: their 7th roots fall evenly.", read="What of task 4.2")
edit("af3_sample", "noise_levels__ascending", "(smax ** (1 / rho) * (1 - share) + smin ** (1 / rho) * share)",
    "(smin ** (1 / rho) * (1 - share) + smax ** (1 / rho) * share)",
    "levels go up: the first is the highest.", read="What of task 4.2")
edit("af3_sample", "noise_levels__one_less", "torch.arange(steps + 1, dtype=torch.float64) / steps",
    "torch.arange(steps, dtype=torch.float64) / max(steps - 1, 1)",
    "there are as many levels as steps: there is one more.", read="Convention of task 4.2")
@wrong("af3_sample", "a 0 stands at the end, and the levels before it are spread over steps - 1.",
    # lucidrains/alphafold3-pytorch, boltz
    read="Convention of task 4.2")
def noise_levels__zero_at_the_end(steps, sigma_data=16.0, smax=160.0, smin=4e-4, rho=7.0):
    at = torch.linspace(0, 1, steps, dtype=torch.float64)
    levels = sigma_data * (smax ** (1 / rho) + at * (smin ** (1 / rho) - smax ** (1 / rho))) ** rho
    return torch.cat([levels, torch.zeros(1, dtype=torch.float64)])

edit("af3_sample", "uniform_rotation__columns", "rows / rows.norm(dim=-1, keepdim=True)",
    "(rows / rows.norm(dim=-1, keepdim=True)).mT",
    "the vectors are columns: they are rows.", read="Convention of task 4.2")
edit("af3_sample", "uniform_rotation__not_orthogonal", "torch.linalg.cross(third, v0)", "v1",
    "v1 is not made orthogonal to v0.", read="What of task 4.2")
edit("af3_sample", "uniform_rotation__turned_round",
    "torch.linalg.cross(v0, v1)", "torch.linalg.cross(v1, v0)",
    "the cross product is v1 x v0: the last row points the other way.", read="What of task 4.2")
edit("af3_sample", "uniform_rotation__mirror", "torch.linalg.cross(third, v0), third]",
    "torch.linalg.cross(third, v0), -third]",
    "the rows are left-handed: that mirrors structures.", read="What of task 4.2")
edit("af3_sample", "af3_sample__current_level", "if after > gamma_min", "if before > gamma_min",
    "the current level decides about noise: the next one does, one step in 200 earlier.",
    read="Convention of task 4.2")
edit("af3_sample", "af3_sample__difference", "math.sqrt(raised**2 - before**2)", "(raised - before)",
    "the noise has the difference of deviations: variances add up.", read="What of task 4.2")
edit("af3_sample", "af3_sample__scale_in_the_root", "noise_scale * math.sqrt(raised**2",
    "math.sqrt(noise_scale) * math.sqrt(raised**2",
    "noise_scale multiplies the variance: it multiplies the deviation.", read="What of task 4.2")
edit("af3_sample", "af3_sample__told_the_old_level", "denoiser(x, raised)", "denoiser(x, before)",
    "the denoiser is told the level before noise was added.", read="What of task 4.2")
edit("af3_sample", "af3_sample__as_printed",
    "x = x + noise_scale * math.sqrt(raised**2 - before**2) * noises[k]\n"
    "            x = x + step_scale * (after / raised - 1) * (x - denoiser(x, raised))",
    "noisy = x + noise_scale * math.sqrt(raised**2 - before**2) * noises[k]\n"
    "            x = noisy + step_scale * (after / raised - 1) * (x - denoiser(noisy, raised))",
    "the direction is taken from the place before noise was added, as Algorithm 18 prints it in line 9.",
    # bytedance/Protenix generator.py and #8 call it a typo
    read="Convention of task 4.2")
edit("af3_sample", "af3_sample__plain_steps", "with torch.no_grad():",
    "step_scale = 1.0\n    with torch.no_grad():",
    "step_scale is left out.",  # lucidrains/alphafold3-pytorch #124
    read="What of task 4.2")
edit("af3_sample", "af3_sample__from_the_old_level", "(after / raised - 1)", "(after - before) / raised",
    "the step begins at the old level: it begins at the raised one.", read="What of task 4.2")
edit("af3_sample", "af3_sample__not_centred", "(x - x.mean(dim=1, keepdim=True)) @", "x @",
    "structures are turned about the origin: they are centred first.", read="What of task 4.2")
edit("af3_sample", "af3_sample__turned_back", "rotations[k].mT", "rotations[k]",
    "structures are turned by the transposed rotations.", read="Convention of task 4.2")
edit("af3_sample", "af3_sample__one_rotation", "rotations[k].mT", "rotations[k, 0].mT",
    "all structures are turned alike: each has a rotation of its own.",  # lucidrains/alphafold3-pytorch #17
    read="Given of task 4.2")
edit("af3_sample", "af3_sample__never_shifted", " + shifts[k][:, None]", "",
    "structures are not shifted.", read="What of task 4.2")

# -------------------- 5.1 motif
edit("motif", "parse_contig__without_the_end",
    "int(last or first))", "int(last) - 1 if last else int(first))",
    "a range's last residue is left out: both ends belong to it.", read="Convention of task 5.1")
edit("motif", "parse_contig__from_zero", "range(int(first) - 1, int(last or first))",
    "range(int(first), int(last or first) + 1)",
    "residues are numbered from 0: they are numbered from 1.", read="Convention of task 5.1")
edit("motif", "parse_contig__upside_down", "return mask, places", "return ~mask, places",
    "True is taken for \"new\": True means fixed.", read="Convention of task 5.1")
edit("motif", "parse_contig__new_chain", "return mask, places",
    "return mask, torch.where(mask, torch.arange(len(places)), -1)",
    "the index is that in the new chain: it is that in the reference.", read="What of task 5.1")
edit("motif", "parse_contig__twice", " or len(places[mask].unique()) < mask.sum()", "",
    "a residue that is named twice is not refused.", read="Given of task 5.1")
edit("motif", "parse_contig__beyond", "kept[-1] >= length", "kept[-1] > length",
    "the residue after the last one is not refused.", read="Given of task 5.1")
edit("motif", "parse_contig__any_text", "re.fullmatch(", "re.match(",
    "text behind a number is not refused.", read="Given of task 5.1")
edit("motif", "place_motif__in_the_reference", "motif - motif.mean(dim=0)", "motif",
    "the motif stays where it is in the reference: its middle goes to the origin.", read="What of task 5.1")
edit("motif", "place_motif__whole_centred", "x.index_put((mask,), motif - motif.mean(dim=0))",
    "(lambda whole: whole - whole.mean(dim=0))(x.index_put((mask,), motif))",
    "everything is centred: only the motif is.", read="Convention of task 5.1")
edit("motif", "place_motif__noise_shifted", "kept = index[mask]\n",
    "kept = index[mask]\n    x = x - x_ref[kept].mean(dim=0)\n",
    "the noise is shifted along with the motif.", read="Convention of task 5.1")
edit("motif", "place_motif__reference_centred", "motif.mean(dim=0)", "x_ref.mean(dim=0)",
    "the middle of the whole reference goes to the origin: the motif's does.", read="What of task 5.1")
edit("motif", "place_motif__places_only", "R.index_put((mask,), R_ref[kept])", "R",
    "only places come from the reference: rotations do, too.", read="What of task 5.1")
edit("motif", "place_motif__in_order", "motif = x_ref[kept]", "motif = x_ref[: len(kept)]",
    "the reference's first residues are taken: `index` says which.", read="Given of task 5.1")
edit("motif", "place_motif__in_place", "x.index_put(", "x.index_put_(",
    "the caller's noise is overwritten.", read="Convention of task 5.1")

# -------------------- 5.2 design
edit("design", "self_conditioned__gradient", "torch.no_grad()", "torch.enable_grad()",
    "the first pass keeps its gradient.", read="Convention of task 5.2")
edit("design", "self_conditioned__same_step", "t + 1, None", "t, None",
    "the first pass is told step t: its structure is that of t + 1.", read="What of task 5.2")
edit("design", "self_conditioned__same_structure", "model(*noisier, t + 1, None)", "model(*noisy, t, None)",
    "the first pass sees the same structure, as in FrameDiff: it sees the noisier one.",
    # jasonkyuyim/se3_diffusion #27
    read="Convention of task 5.2")
edit("design", "self_conditioned__coin", "coin < 0.5", "coin >= 0.5",
    "the guess is given for coins above 1/2: it is given below.", read="What of task 5.2")
edit("design", "self_conditioned__at_the_origin", "return model(*noisy, t, previous)",
    "return model(*noisy, t, previous or tuple(0 * one for one in noisy))",
    "without a guess the model is given one at the origin: it is given None.", read="Given of task 5.2")
edit("design", "rf_step__betas_of_200", "dtype=torch.float64) * 200 / T", "dtype=torch.float64)",
    "betas are those of 200 steps: they are multiplied by 200 / T.", read="Convention of task 5.2")
edit("design", "rf_step__not_scaled",
    "posterior(x0 / 4, x / 4, t, torch.cumprod(1 - betas, dim=0))\n    moved = (mean + "
    "math.sqrt(variance) * z) * 4",
    "posterior(x0, x, t, torch.cumprod(1 - betas, dim=0))\n    moved = mean + math.sqrt(variance) * z",
    "places are not scaled: noise of deviation 1 belongs to coordinates times .25.",
    read="Convention of task 5.2")
edit("design", "rf_step__beta", "math.sqrt(variance) * z", "math.sqrt(betas[t].item()) * z",
    "the noise has the variance beta: the posterior's is smaller.", read="What of task 5.2")
edit("design", "rf_step__motif_moves",
    "torch.where(mask[:, None, None], R, turned), torch.where(mask[:, None], x, moved)", "turned, moved",
    "the motif moves with everything else.", read="What of task 5.2")
edit("design", "rf_step__upside_down",
    "torch.where(mask[:, None, None], R, turned), torch.where(mask[:, None], x, moved)",
    "torch.where(mask[:, None, None], turned, R), torch.where(mask[:, None], moved, x)",
    "only the motif moves: True means fixed.", read="Given of task 5.2")
edit("design", "rf_step__world_axes", "so3_log(R0.mT @ R)", "so3_log(R @ R0.mT)",
    "the rotation away from the prediction is in the world's axes, and multiplies on the right.",
    read="Convention of task 5.2")
edit("design", "rf_step__turned_away", "so3_log(R0.mT @ R)", "so3_log(R.mT @ R0)",
    "residues turn away from the prediction.", read="What of task 5.2")
edit("design", "rf_step__jumps", "turned = R @ so3_exp(g2 * score + math.sqrt(g2) * w)", "turned = R0",
    "rotations jump to the prediction: they go a part of the way, with noise.", read="What of task 5.2")
edit("design", "rf_step__left", "R @ so3_exp(g2 * score + math.sqrt(g2) * w)",
    "so3_exp(g2 * score + math.sqrt(g2) * w) @ R",
    "the turn stands on the left: score and noise are in the residues' own axes.",
    read="Convention of task 5.2")
edit("design", "rf_step__previous_time", "u = (t + 1) / T", "u = t / T",
    "rotations have the time t / T: steps count from 0, so it is (t + 1) / T.", read="Convention of task 5.2")
edit("design", "rf_step__linear_sigma", "1.5 * u + u**2 / 2", "2 * u",
    "sigma is linear in time: its slope is.", read="What of task 5.2")
edit("design", "rf_sample__no_guess", "R0, x0 = previous = model", "R0, x0 = model",
    "the model is never told its last guess.", read="What of task 5.2")
edit("design", "rf_sample__laid_guess", "R0 = torch.stack(tips, dim=-1) - x0[..., None]",
    "R0 = torch.stack(tips, dim=-1) - x0[..., None]\n                previous = R0, x0",
    "the guess that the model is told was laid upon the motif: it is told as it came.",
    read="Convention of task 5.2")
edit("design", "rf_sample__first_guess", "previous = None", "previous = R, x",
    "the first call is told the noise as its guess: there is none.", read="What of task 5.2")
edit("design", "rf_sample__not_laid", "if mask.any():", "if False:",
    "the prediction is not laid upon the motif.", read="Convention of task 5.2")
edit("design", "rf_sample__frames_not_turned", "R0 = torch.stack(tips, dim=-1) - x0[..., None]", "pass",
    "places of the prediction are laid upon the motif, and its rotations are not turned along.",
    read="Convention of task 5.2")
edit("design", "rf_sample__laid_on_all", "known[:, 0] = mask", "known[:, 0] = 1.0",
    "the prediction is laid upon the whole noisy structure: only the motif is known.",
    read="Convention of task 5.2")
edit("design", "rf_sample__noise_backwards", "w[T - 1 - t], z[T - 1 - t]", "w[t - 1], z[t - 1]",
    "noise is used from its end: w[0] and z[0] belong to the first step.", read="Given of task 5.2")

# -------------------- 6.1 triangles
edit("triangles", "triangle_multiply__in_for_out", "if outgoing else", "if not outgoing else",
    "outgoing and incoming edges are exchanged.", read="What of task 6.1")
edit("triangles", "triangle_multiply__matrices", '"...ikc,...jkc->...ijc"', '"...ikc,...kjc->...ijc"',
    "a and b are multiplied as matrices: both edges begin at the pair's residues.", read="What of task 6.1")
edit("triangles", "triangle_multiply__published_incoming",
    '"...kic,...kjc->...ijc"', '"...kjc,...kic->...ijc"',
    "a and b are exchanged for incoming edges, as in AlphaFold's code, whose projections are exchanged, too.",
    # google-deepmind/alphafold #77
    read="Convention of task 6.1")
edit("triangles", "triangle_multiply__mean",
    "torch.einsum(edges, a, b)", "torch.einsum(edges, a, b) / a.shape[-2]",
    "the mean over k is returned: it is a sum.", read="Convention of task 6.1")
edit("triangles", "triangle_multiply__mixed_channels", '"...ikc,...jkc->...ijc"', '"...ikc,...jkd->...ijc"',
    "b is summed over its channels: each channel has its own product.", read="What of task 6.1")
edit("triangles", "triangle_attention__own_bias", "attn_mask=bias[:, None]", "attn_mask=bias[:, :, None]",
    "the bias is that of the pair that is looked at, (i, k): it is that of the third edge, (j, k).",
    read="What of task 6.1")
edit("triangles", "triangle_attention__bias_transposed",
    "attn_mask=bias[:, None]", "attn_mask=bias.mT[:, None]",
    "the bias is transposed: (k, j) for (j, k).", read="What of task 6.1")
edit("triangles", "triangle_attention__no_bias", "attn_mask=bias[:, None]", "attn_mask=None",
    "the third edge is left out: this is attention along rows.", read="What of task 6.1")
edit("triangles", "triangle_attention__left_transposed",
    "found if starting else found.transpose(1, 2)", "found",
    "around the ending node the result is not transposed back.", read="Hint 2 of task 6.1")
edit("triangles", "triangle_attention__bias_as_it_is",
    "q, k, v, bias = (one.transpose(1, 2) for one in (q, k, v, bias))",
    "q, k, v = (one.transpose(1, 2) for one in (q, k, v))",
    "around the ending node the bias is (i, k): it is (k, i).", read="What of task 6.1")
edit("triangles", "triangle_attention__no_root",
    "attn_mask=bias[:, None])", "attn_mask=bias[:, None], scale=1.0)",
    "products are not divided by the root of c.", read="What of task 6.1")
@naive("triangles", "all products are there before they are summed.", read="Memory of task 6.1")
def triangle_multiply__cube(a, b, outgoing=True):
    if not outgoing:
        a, b = a.transpose(-3, -2), b.transpose(-3, -2)
    return (a.unsqueeze(-3) * b.unsqueeze(-4)).sum(dim=-2)

# -------------------- 6.2 lm_to_pair
edit("lm_to_pair", "mix_layers__logits", "logits.softmax(dim=0)", "logits",
    "logits are used as weights: their softmax is.", read="What of task 6.2")
edit("lm_to_pair", "mix_layers__sigmoids", "logits.softmax(dim=0)", "logits.sigmoid()",
    "weights are sigmoids: they do not add up to 1.", read="What of task 6.2")
edit("lm_to_pair", "mix_layers__last", "torch.tensordot(logits.softmax(dim=0), states, dims=1)", "states[-1]",
    "only the last layer is taken.", read="Why of task 6.2")
edit("lm_to_pair", "sequence_to_pair__transposed", "q.unsqueeze(-3), k.unsqueeze(-2)",
    "q.unsqueeze(-2), k.unsqueeze(-3)",
    "q belongs to the row: it belongs to the column.", read="Convention of task 6.2")
edit("lm_to_pair", "sequence_to_pair__sign", "column - row", "row - column",
    "the difference is k - q.", read="Convention of task 6.2")
edit("lm_to_pair", "sequence_to_pair__difference_first", "[column * row, column - row]",
    "[column - row, column * row]",
    "differences come before products.", read="Convention of task 6.2")
edit("lm_to_pair", "sequence_to_pair__outer",
    "column * row,", "(column[..., None] * row[..., None, :]).flatten(-2),",
    "all products of channels are there: each channel of q meets its own of k.", read="What of task 6.2")

# -------------------- 6.3 recycle
edit("recycle", "recycle_bins__ca", "virtual_cb(atoms)", "atoms[:, 1]",
    "distances are those of CA: they are those of virtual CB.", read="What of task 6.3")
edit("recycle", "recycle_bins__fifteen_edges", "21.375, 14,", "21.375, 15,",
    "there are 15 edges: 15 bins have 14 edges between them.", read="What of task 6.3")
edit("recycle", "recycle_bins__alphafold", "3.375, 21.375", "3.25, 20.75",
    "edges go from 3.25 to 20.75, as AlphaFold's and OpenFold's configurations have it.",  # openfold #105
    read="Convention of task 6.3")
edit("recycle", "recycle_bins__squared", ".norm(dim=-1, keepdim=True)", ".square().sum(dim=-1, keepdim=True)",
    "squared distances are compared with edges of distances.", read="What of task 6.3")
edit("recycle", "fold__one_pass_less", "range(recycles)", "range(recycles - 1)",
    "there are as many passes as recycles: there is one more.",  # two docstrings of ESMFold differ here
    read="Convention of task 6.3")
edit("recycle", "fold__accumulated",
    "bins = recycle_bins(atoms)\n", "bins = recycle_bins(atoms)\n            s0 = s0 + s\n",
    "s0 grows from pass to pass: each begins with the same s0.", read="What of task 6.3")
edit("recycle", "fold__all_gradients", "torch.no_grad()", "torch.enable_grad()",
    "all passes record gradients: only the last one does.", read="Convention of task 6.3")
edit("recycle", "fold__first_bins", "            bins = recycle_bins(atoms)\n", "",
    "distances never go round: the bins stay 0.", read="What of task 6.3")
edit("recycle", "fold__nothing_goes_round",
    "            s, z, atoms = trunk", "            _, _, atoms = trunk",
    "s and z never go round: only distances do.", read="What of task 6.3")
edit("recycle", "fold__never_refused", "if recycles < 0:", "if recycles < -1:",
    "-1 recycles are not refused.", read="Given of task 6.3")

# -------------------- 6.4 confidence
edit("confidence", "plddt__left_edges", ".to(logits) + 0.5) * 100", ".to(logits) + 0) * 100",
    "bins are represented by their left edges: their centres lie half a bin further.",
    read="What of task 6.4")
edit("confidence", "plddt__argmax", "logits.softmax(dim=-1) @ centres", "centres[logits.argmax(dim=-1)]",
    "the likeliest bin is taken: the score is the mean.", read="What of task 6.4")
edit("confidence", "plddt__share", "* 100 / bins", "/ bins",
    "the score is 0 to 1: it is 0 to 100.", read="What of task 6.4")
edit("confidence", "plddt__from_end_to_end", "(torch.arange(bins).to(logits) + 0.5) * 100 / bins",
    "torch.linspace(0, 100, bins).to(logits)",
    "centres go from 0 to 100: the first lies half a bin above 0.", read="What of task 6.4")
edit("confidence", "aligned_error__transposed", ".norm(dim=-1)", ".norm(dim=-1).mT",
    "rows are residues: they are frames.", read="Convention of task 6.4")
edit("confidence", "aligned_error__superposed",
    "(to_local(R, t, t) - to_local(R_true, t_true, t_true)).norm(dim=-1)",
    "(t - t_true).norm(dim=-1).expand(len(t), -1)",
    "places are compared in one superposition: each frame has its own.", read="What of task 6.4")
edit("confidence", "aligned_error__distances",
    "(to_local(R, t, t) - to_local(R_true, t_true, t_true)).norm(dim=-1)",
    "((t[:, None] - t).norm(dim=-1) - (t_true[:, None] - t_true).norm(dim=-1)).abs()",
    "distances are compared: the error is a distance between places.", read="What of task 6.4")
edit("confidence", "error_bins__published", "(2 * error).floor().clamp(max=bins - 1).long()",
    "(error[..., None] > torch.arange(bins - 1) / 2).sum(dim=-1)",
    "edges begin at 0, as in AlphaFold's and OpenFold's training: every error lies one bin too high.",
    # google-deepmind/alphafold #929
    read="Convention of task 6.4")
edit("confidence", "error_bins__rounded", ".floor()", ".round()",
    "errors are rounded to the nearest edge: a bin reaches from its left edge to the next.",
    read="What of task 6.4")
edit("confidence", "error_bins__wide", "(2 * error)", "error",
    "bins are 1 Å wide: they are half an Å.", read="What of task 6.4")
edit("confidence", "error_bins__open", ".clamp(max=bins - 1)", "",
    "large errors lie beyond the last bin: it is open.", read="What of task 6.4")
edit("confidence", "expected_aligned_error__left_edges", " / 2 + 0.25", " / 2",
    "bins are represented by their left edges.",  # openfold-3 #355
    read="What of task 6.4")
edit("confidence", "expected_aligned_error__right_edges", " / 2 + 0.25", " / 2 + 0.5",
    "bins are represented by their right edges.", read="What of task 6.4")
edit("confidence", "ptm__of_the_mean", "logits.softmax(dim=-1) @ (1 / (1 + (errors / d0) ** 2))",
    "1 / (1 + (logits.softmax(dim=-1) @ errors / d0) ** 2)",
    "this is the score of the expected error: it is the expected score.", read="What of task 6.4")
edit("confidence", "ptm__mean_frame", "terms.mean(dim=1).amax()", "terms.mean()",
    "frames are averaged: the best one counts.", read="What of task 6.4")
edit("confidence", "ptm__without_its_own", "terms.mean(dim=1).amax()",
    "((terms.sum(dim=1) - terms.diagonal()) / (len(terms) - 1)).amax()",
    "a frame's own residue is left out of its mean: all residues count.", read="What of task 6.4")
edit("confidence", "ptm__best_residue", "mean(dim=1)", "mean(dim=0)",
    "the mean is over frames, and the best residue counts.", read="What of task 6.4")
edit("confidence", "ptm__short_chains", "max(len(logits), 19)", "len(logits)",
    "chains below 19 residues are not treated as of 19.", read="Convention of task 6.4")

# -------------------- right on the CPU, and fails on a GPU
stray("igso3", "igso3_sample__left_on_the_cpu",
    ".to(axis.device)", "",
    "numpy in between leaves a tensor on the CPU")
# fmt: on
