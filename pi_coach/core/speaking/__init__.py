"""What is said, and when, and why not."""
