"""What staff, and services for them, do with accounts: make and change them, end sessions, have mails sent."""
