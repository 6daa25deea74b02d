"""GStreamer's webrtcbin over libnice as one side of a call: VP8 and Opus both ways. It uses permissions, indications and channels."""

import json
import re
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC  # noqa: E402
from side_lines import described, say  # noqa: E402

GATHERED_WITHIN_S = 20.0
SOURCES = """
  webrtcbin name=w bundle-policy=max-bundle ice-transport-policy=relay
  videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=30/1 ! vp8enc deadline=1 ! rtpvp8pay pt=96
    ! application/x-rtp,media=video,encoding-name=VP8,payload=96 ! w.
  audiotestsrc is-live=true ! opusenc ! rtpopuspay pt=97 ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! w.
"""


class Track:
    """Counts RTP packets by their sequence numbers."""

    def __init__(self):
        self._seen = set()
        self._highest = None

    def add(self, packet):
        number = int.from_bytes(packet[2:4], "big")
        if self._highest is None:
            self._highest = number + 0x10000
        extended = self._highest + ((number - self._highest + 0x8000) & 0xFFFF) - 0x8000
        self._highest = max(self._highest, extended)
        self._seen.add(extended)

    def counts(self):
        expected = self._highest - min(self._seen) + 1 if self._seen else 0
        return {"packetsReceived": len(self._seen), "packetsLost": expected - len(self._seen)}


class WebrtcbinSide:
    def start(self, ice_server):
        Gst.init(None)
        self._tracks = {"video": Track(), "audio": Track()}
        self._kept = []  # otherwise Python frees objects that GStreamer still uses
        self._pipeline = Gst.parse_launch(SOURCES)
        self._bin = self._pipeline.get_by_name("w")
        self._bin.set_property("turn-server", _turn_server(ice_server))
        self._candidates = []
        self._gathered = threading.Event()
        self._bin.connect("pad-added", self._on_pad)
        self._bin.connect("on-ice-candidate", lambda _, media, candidate: self._candidates.append((media, candidate)))
        self._bin.connect("notify::ice-gathering-state", self._on_gathering)
        self._pipeline.set_state(Gst.State.PLAYING)

    def offer(self):
        return self._describe("create-offer", "offer")

    def answer(self, remote):
        self.accept(remote)
        return self._describe("create-answer", "answer")

    def accept(self, remote):
        self._do("set-remote-description", self._parsed(remote))

    def look(self):
        stats = self._do("get-stats", None)
        return {"pair": _selected_pair(stats), **{kind: track.counts() for kind, track in self._tracks.items()}}

    def stop(self):
        self._pipeline.set_state(Gst.State.NULL)

    def _describe(self, what, field):
        description = self._do(what, None).get_value(field)
        self._do("set-local-description", description)
        if not self._gathered.wait(GATHERED_WITHIN_S):
            raise TimeoutError(f"candidates are not complete after {GATHERED_WITHIN_S:.0f} s")
        return {"type": field, "sdp": _with_candidates(description.sdp.as_text(), self._candidates)}

    def _do(self, signal, argument):
        """The reply to one of webrtcbin's action signals."""
        promise = Gst.Promise.new()
        self._kept += [promise, argument]
        self._bin.emit(signal, argument, promise)
        promise.wait()
        reply = promise.get_reply()
        self._kept.append(reply)
        if reply is not None and reply.has_field("error"):
            raise RuntimeError(reply.get_value("error").message)
        return reply

    def _parsed(self, description):
        _, message = GstSdp.SDPMessage.new_from_text(description["sdp"])
        kind = {"offer": GstWebRTC.WebRTCSDPType.OFFER, "answer": GstWebRTC.WebRTCSDPType.ANSWER}[description["type"]]
        self._kept.append(message)
        return GstWebRTC.WebRTCSessionDescription.new(kind, message)

    def _on_gathering(self, element, _):
        if element.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            self._gathered.set()

    def _on_pad(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        media = pad.get_current_caps().get_structure(0).get_string("media")
        sink = Gst.ElementFactory.make("fakesink")
        self._pipeline.add(sink)
        sink.set_property("async", False)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))
        pad.add_probe(Gst.PadProbeType.BUFFER, self._on_packet, self._tracks[media])

    def _on_packet(self, _, probe, track):
        track.add(probe.get_buffer().extract_dup(0, 4))
        return Gst.PadProbeReturn.OK


def _turn_server(ice_server):
    scheme, _, rest = ice_server["urls"].partition(":")
    return f"{scheme}://{ice_server['username']}:{ice_server['credential']}@{rest}"


def _with_candidates(sdp, candidates):
    """Appends the candidates of each medium to its part of the description, as other clients do themselves."""
    head, *media = re.split(r"(?=^m=)", sdp, flags=re.MULTILINE)
    for index, candidate in candidates:
        media[index] += f"a={candidate}\r\n"
    return head + "".join(media)


def _selected_pair(stats):
    """Returns None before a pair is selected."""
    parts = [stats.get_value(stats.nth_field_name(number)) for number in range(stats.n_fields())]
    by_id = {part.get_string("id"): part for part in parts if isinstance(part, Gst.Structure)}
    for part in by_id.values():
        ends = {end: by_id.get(part.get_string(f"{end}-candidate-id")) for end in ("local", "remote")}
        if all(ends.values()):
            return {end: {"type": candidate.get_string("candidate-type")} for end, candidate in ends.items()}
    return None


def main():
    side = WebrtcbinSide()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            say({"answer": getattr(side, request.pop("do"))(**request)})
        except Exception as error:  # the caller decides what an error means
            say(described(error))
    side.stop()


main()
