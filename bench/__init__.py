"""What does a sign-in cost, beside other sites? `make bench` begins in `__main__.py`."""
