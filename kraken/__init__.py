"""An async Kraken that knows nothing of Telegram."""
