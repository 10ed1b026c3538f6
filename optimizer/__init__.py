"""Supply: requirement and people in, lawful roster out."""
