#include "relay/node/back_end_counters.h"

namespace relay {

void BackEndCounters::add(const overlay::IoCounters& counters, std::uint64_t unsent_messages) {
  append({{"received", counters.received},
          {"oversized", counters.oversized},
          {"receive_errors", counters.receive_errors},
          {"receive_calls", counters.receive_calls},
          {"queued", counters.queued},
          {"sent", counters.sent},
          {"send_calls", counters.send_calls},
          {"send_buffer_full", counters.send_buffer_full},
          {"send_refused", counters.send_refused},
          {"send_unreachable", counters.send_unreachable},
          {"send_too_long", counters.send_too_long},
          {"send_denied", counters.send_denied},
          {"send_other", counters.send_other},
          {"send_no_port", counters.send_no_port},
          {"send_no_buffer", counters.send_no_buffer},
          {"unsent_messages", unsent_messages}});
}

void BackEndCounters::add(const StreamCounters& counters, const Streams& now) {
  append({{"stream_open", now.open},
          {"stream_admitted", now.admitted},
          {"stream_accepted", counters.accepted},
          {"stream_refused_full", counters.refused_full},
          {"stream_refused_source_full", counters.refused_source_full},
          {"stream_refused_network_full", counters.refused_network_full},
          {"stream_refused_no_descriptor", counters.refused_no_descriptor},
          {"stream_messages_in", counters.messages_in},
          {"stream_messages_too_long", counters.messages_too_long},
          {"stream_queued", counters.queued},
          {"stream_media_dropped", counters.media_dropped},
          {"stream_answers_dropped", counters.answers_dropped},
          {"stream_no_connection", counters.no_connection}});
  for (std::size_t i = 0; i < counters.closed.size(); ++i)
    named_.emplace_back(std::string("stream_") + to_string(static_cast<StreamEnd>(i)), counters.closed[i]);
}

void BackEndCounters::add(const PeerSocketCounters& counters, std::size_t open) {
  append({{"peer_tcp_open", open},
          {"peer_tcp_accepted", counters.accepted},
          {"peer_tcp_refused", counters.refused},
          {"peer_tcp_refused_no_descriptor", counters.refused_no_descriptor},
          {"peer_tcp_connected", counters.connected},
          {"peer_tcp_failed", counters.failed},
          {"peer_tcp_joined", counters.joined}});
}

void BackEndCounters::add(const DtlsCounters& counters, std::size_t open) {
  append({{"dtls_open", open},
          {"dtls_accepted", counters.accepted},
          {"dtls_refused", counters.refused},
          {"dtls_evicted", counters.evicted},
          {"dtls_closed", counters.closed},
          {"dtls_datagrams_in", counters.datagrams_in},
          {"dtls_unproven", counters.unproven},
          {"dtls_greetings_limited", counters.greetings_limited},
          {"dtls_handshake_overflow", counters.handshake_overflow},
          {"dtls_messages_in", counters.messages_in},
          {"dtls_queued", counters.queued},
          {"dtls_dropped", counters.dropped}});
}

void BackEndCounters::add(const HandshakeCounters& counters, std::size_t waiting) {
  append({{"tls_handshakes_waiting", waiting},
          {"tls_handshake_steps", counters.steps},
          {"tls_handshake_steps_delayed", counters.delayed}});
}

void BackEndCounters::add(const FlowTable& flows) {
  append({{"fast_path_flows", flows.size()}, {"fast_path_declined", flows.declined()}});
}

void BackEndCounters::add(const XdpRelay::Losses& losses, bool is_first_plane) {
  append({{"fast_path_closed", is_first_plane ? losses.closed.load() : 0},
          {"fast_path_thrown_away", is_first_plane ? losses.thrown_away.load() : 0}});
}

}  // namespace relay
