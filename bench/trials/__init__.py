"""What is not told by comparing rates: latency in a crowd, growth, threads and workers, memory."""
