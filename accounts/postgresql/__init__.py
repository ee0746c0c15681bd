"""Django's PostgreSQL backend for a server that may hang: nobody waits for it long, and few at once."""
