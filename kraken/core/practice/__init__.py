"""What practice trading adds to a ledger, without any clock or connection.

index     which of thousands of orders a price or a book touches
extremes  the best price seen since any time
replay    what trades of the past would have done to orders
kept      everything that must survive a restart, as one text
why       why an order is not filled yet
rates     what trading costs somebody without volume
"""
