"""What a planner asks of a roster: who covers, what changes, what it promises, what another site would have."""
