"""What does every request meet? Cookies, addresses, limits, redirects, the background thread."""
