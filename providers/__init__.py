"""Which providers are there, and how do we talk to each? Rows, catalogue, clients."""
