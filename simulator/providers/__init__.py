"""The three providers. A provider is data; its manners are the methods that it overrides."""
