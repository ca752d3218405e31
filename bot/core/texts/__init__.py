"""Every sentence and button label, one module per topic. Takes domain values, gives pages.

Rules: every value is escaped here (``bot.core.texts.markup``); the first line is complete in
itself and at most 40 characters, because it is the preview of a notification; a table is at most
32 columns; nobody outside this package writes a word that a person reads.
"""
