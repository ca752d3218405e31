"""Plans: what the bot does at a time without being asked again. Pure: words, rules, figures."""
