"""What lies outside of what is graded here, each with its reason; such rows are shown and not counted."""

from autograder.redteam.attack import Attack

ATTACKS = (
    Attack(
        51, "hoard a GPU", "scope", reason="points are earned on the CPU, in workers without one: docs/gpu.md"
    ),
)
