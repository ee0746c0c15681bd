"""One scenario through REST and GraphQL: the same answers, or the same reasons."""
