"""What students and staff read of the results."""
