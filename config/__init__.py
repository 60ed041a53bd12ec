"""The site: settings from the environment, URLs, what every response carries, and the servers."""
