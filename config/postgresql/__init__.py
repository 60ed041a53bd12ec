"""PostgreSQL as Django speaks to it, with fewer connections than threads."""
