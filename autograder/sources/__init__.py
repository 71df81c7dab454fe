"""One source tree, some of it replaced: skeletons, wrong and right answers; and whether an answer shows."""
