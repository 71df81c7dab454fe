"""How untrusted code runs: in a locked worker process that answers calls."""
