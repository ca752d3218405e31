"""Health: how the public side is doing, for those who are asked."""

from dataclasses import dataclass
from datetime import datetime

from kraken.core.types import Symbol, SystemState


@dataclass(frozen=True, slots=True)
class Health:
    """The connection and what came over it since the start."""

    connected: bool
    last_frame_at: datetime | None
    """When the newest frame of any kind came; a good connection has one each second."""
    system: SystemState
    connects: int
    """Connections tried."""
    frames: int
    ignored: int
    """Frames that could not be read."""
    checksum_failures: int
    resyncs: int
    """How often a single book was subscribed again."""
    unverified: tuple[Symbol, ...]
    """Pairs whose book keeps failing its checksum; show REST's instead, with a warning."""
    subscriptions: int
    """Streams that somebody reads, or read a moment ago."""
