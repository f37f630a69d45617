"""Programs around crypten: the launcher and the certificates. Imports neither torch nor the extension, so that they start at once."""
