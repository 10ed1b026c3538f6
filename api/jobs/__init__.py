"""Long work: rows of the store, the process that does them, and what each of them does."""
