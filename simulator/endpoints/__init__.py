"""The endpoints for clients and visitors. What differs between providers is in `providers`."""
