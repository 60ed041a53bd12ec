"""The three providers. A provider is data; methods that it overrides are its peculiarities."""
