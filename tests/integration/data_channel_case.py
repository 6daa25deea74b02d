"""Two clients of one edge: each must receive the other's messages on a data channel."""

import unittest

from edge_and_clients import edge_and_clients
from foreign_call import connect, side, watch

MESSAGES = 100


class DataChannelCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(edge_and_clients())

    def assert_delivers(self, kinds, transports):
        kinds = [kinds] * 2 if isinstance(kinds, str) else kinds
        transports = [transports] * 2 if isinstance(transports, str) else transports
        with (side(self.net, "a", kinds[0], self.net.ice_server(transports[0])) as caller,
              side(self.net, "b", kinds[1], self.net.ice_server(transports[1])) as callee):
            connect(caller, callee)
            looks = watch([caller, callee], lambda look: look["messages"] >= MESSAGES)

            for client, transport in zip("ab", transports, strict=True):
                self.assertEqual(self.net.transports_of(client), {transport})
        for look in looks:
            self.assertEqual(look["messages"], MESSAGES)
            self.assertEqual((look["pair"]["local"]["type"], look["pair"]["remote"]["type"]), ("relay", "relay"))
        print(f"{kinds[0]} over {transports[0]}, {kinds[1]} over {transports[1]}: relay to relay, "
              f"{looks[0]['messages']} and {looks[1]['messages']} of {MESSAGES} messages")
