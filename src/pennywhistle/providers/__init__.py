"""Payment providers, each in its folder behind the port of apps.payments."""
