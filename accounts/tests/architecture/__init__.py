"""Where the tree stands: floors, budgets, documents."""
