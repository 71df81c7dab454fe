"""How data crosses to code under test and comes back checked: the same for a worker and for this process."""
