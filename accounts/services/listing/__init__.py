"""Lists people: the same cost however many there are, and a place that holds while rows come and go."""
