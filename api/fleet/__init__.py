"""Many queues and centres planned in one go, on whatever engine the house already has."""
