"""People who had their accounts elsewhere: taken over from a file, with the hashes of their passwords."""
