"""How does the site run? Settings, URLs, what every response carries, and the servers."""
