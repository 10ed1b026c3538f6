"""What was observed, and the calendar it lies in: the time grid, the past of a queue, its oddities."""
