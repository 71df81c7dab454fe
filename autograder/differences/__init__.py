"""What the difference of two arrays looks like."""
