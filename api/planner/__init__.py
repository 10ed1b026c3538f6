"""A planner's draft of a month, as the page `/plan` works on it."""
