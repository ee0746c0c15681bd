"""Every page as a person meets it: in Chromium, through a host name that is not localhost."""
