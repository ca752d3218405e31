"""Tests: sentences about behaviour. Run them with ``make test``."""
