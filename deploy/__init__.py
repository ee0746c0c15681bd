"""What is needed to build the image and to try it."""
