"""What does every request need? Cookies, addresses, limits, redirects, the background thread."""
