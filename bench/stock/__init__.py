"""What authservice is measured against: DRF and simplejwt as most people assemble them."""
