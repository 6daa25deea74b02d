// npm's werift as one side of a call: a data channel with numbered messages. It binds channels and sends no CreatePermission.

import { RTCPeerConnection } from "werift";
import { serve } from "./side_lines.mjs";

const MESSAGES = 100;
const received = new Set();
let connection;

function use(channel) {
  channel.onMessage.subscribe((data) => received.add(data.toString()));
  const send = () => {
    for (let number = 0; number < MESSAGES; number += 1) channel.send(`message ${number}`);
  };
  if (channel.readyState === "open") send();
  else channel.stateChanged.subscribe((state) => state === "open" && send());
}

async function describe(description) {
  await connection.setLocalDescription(description);
  while (connection.iceGatheringState !== "complete") await connection.iceGatheringStateChange.watch((state) => state === "complete");
  const { type, sdp } = connection.localDescription;
  return { type, sdp };
}

serve({
  start({ ice_server: iceServer }) {
    connection = new RTCPeerConnection({ iceServers: [iceServer], iceTransportPolicy: "relay" });
    connection.onDataChannel.subscribe(use);
  },
  async offer() {
    use(connection.createDataChannel("numbers"));
    return describe(await connection.createOffer());
  },
  async answer({ remote }) {
    await connection.setRemoteDescription(remote);
    return describe(await connection.createAnswer());
  },
  accept: ({ remote }) => connection.setRemoteDescription(remote),
  look() {
    const pair = connection.iceTransports[0]?.connection.nominated;
    const candidate = ({ type, host, port }) => ({ type, address: host, port });
    return { pair: pair ? { local: candidate(pair.localCandidate), remote: candidate(pair.remoteCandidate) } : null,
             messages: received.size };
  },
});
