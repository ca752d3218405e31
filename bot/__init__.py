"""The Telegram side: a bot that shows Kraken's market to the people its owner lets in.

From the top down, imports pointing down only::

    __main__, cli     the command line
    demo              the bot with a stand-in at each end, offline
    app               the composition root: builds, owns, ends
    telegram          updates in, letters out, the gate in between
    handlers          one small function per command and per button
    live              messages that follow the market
    desk              what is asked of the market, without Telegram
    outbox, charts    what is to be said; pictures
    store, tasks      what survives a restart; who owns which task
    vault             seals and opens the keys that the store keeps
    migrations        the shape of the database
    log, watchdog     the log without secrets; words to systemd
    core              pure: settings, access, arguments, every sentence
    standin           a local Telegram; imports nothing of the bot
"""
