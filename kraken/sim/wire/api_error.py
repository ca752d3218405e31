"""The one way in which a request is refused on either wire."""


class ApiError(Exception):
    """The request is answered with this error text and no result."""
