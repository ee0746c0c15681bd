"""What operators and security people look after: keys, deletions, mails, and the audit."""
