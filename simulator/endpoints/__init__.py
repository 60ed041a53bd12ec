"""The endpoints that clients and visitors use, one module each; what differs is in `providers`."""
