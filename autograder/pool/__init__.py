"""Judge processes side by side, on one machine or on many."""
