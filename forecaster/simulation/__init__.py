"""Days played call by call: one queue or many, with patience, retrials, breaks and the ladder."""
