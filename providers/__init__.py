"""Which providers are there, and how is each spoken to? Rows, catalogue, clients."""
