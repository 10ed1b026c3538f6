"""What is lawful: people, shifts, rules, and a finished roster judged without the solver."""
