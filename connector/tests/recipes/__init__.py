"""The code of docs/recipes.md does what the page says of it, as it stands there."""
