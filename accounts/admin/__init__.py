"""The Django admin as a door: pages for members of staff over the services that every other door calls, too."""
