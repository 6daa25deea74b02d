// The rules that tie the values of a section to each other and to other sections. settings_reader.h calls
// them.
#pragma once

#include <filesystem>

#include "relay/config/config.h"
#include "relay/config/config_reader.h"
#include "relay/config/value_kinds.h"

namespace relay {

// The state of load_config(). `config` holds the sections that have been read so far.
struct NodeReading {
  const NodeConfig& config;
  std::filesystem::path folder;
  Purpose purpose = Purpose::kShow;
  bool has_overlay = false;  // whether the file has an overlay section
};

void check(MapReader& map, NodeSection& node, const NodeReading& reading);
void check(MapReader& map, SeedConfig& seed, const NodeReading& reading);
void check(MapReader& map, ProbeConfig& probe, const NodeReading& reading);
void check(MapReader& map, OverlaySection& overlay, const NodeReading& reading);
void check(MapReader& map, MetricsSection& metrics, const NodeReading& reading);
void check(MapReader& map, NodeConfig& config, const NodeReading& reading);

void check(MapReader& map, ListenerConfig& listener, const NodeReading& reading);
void check(MapReader& map, TurnUser& user, const NodeReading& reading);
void check(MapReader& map, LifetimeConfig& lifetime, const NodeReading& reading);
void check(MapReader& map, ProtocolConfig& protocol, const NodeReading& reading);
void check(MapReader& map, TurnSection& turn, const NodeReading& reading);
// Reports ports for clients that are opened twice, and TLS or DTLS without a certificate.
void check_listeners(MapReader& turn, const TurnSection& section);

}  // namespace relay
