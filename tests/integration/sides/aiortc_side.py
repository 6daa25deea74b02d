"""aiortc as one side of a call: a data channel with numbered messages. It binds channels and sends no CreatePermission."""

import asyncio
import json
import sys

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from side_lines import described, say

MESSAGES = 100


class AiortcSide:
    async def start(self, ice_server):
        server = RTCIceServer(urls=ice_server["urls"], username=ice_server["username"], credential=ice_server["credential"])
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[server]))
        self._connection.on("datachannel", self._use)
        self._received = set()

    async def offer(self):
        self._use(self._connection.createDataChannel("numbers"))
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._description()

    async def answer(self, remote):
        await self._connection.setRemoteDescription(RTCSessionDescription(**remote))
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._description()

    async def accept(self, remote):
        await self._connection.setRemoteDescription(RTCSessionDescription(**remote))

    async def look(self):
        transport = self._connection.sctp.transport.transport
        pair = transport._connection._nominated.get(1)  # there is no public accessor
        ends = {"local": {"type": pair.local_candidate.type}, "remote": {"type": pair.remote_candidate.type}} if pair else None
        return {"pair": ends, "messages": len(self._received)}

    def _description(self):
        own = self._connection.localDescription
        return {"type": own.type, "sdp": own.sdp}

    def _use(self, channel):
        channel.on("message", self._received.add)

        def send():
            for number in range(MESSAGES):
                channel.send(f"message {number}")

        if channel.readyState == "open":
            send()
        else:
            channel.on("open", send)


async def main():
    side = AiortcSide()
    while line := await asyncio.to_thread(sys.stdin.readline):
        request = json.loads(line)
        try:
            say({"answer": await getattr(side, request.pop("do"))(**request)})
        except Exception as error:  # the caller decides what an error means
            say(described(error))


asyncio.run(main())
