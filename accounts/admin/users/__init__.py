"""People in the admin: looked for, invited, changed, suspended, let in again, deleted."""
