"""How graders are graded."""
