"""What happens at the same moment, or in the middle of a death: real PostgreSQL, real processes, real threads."""
