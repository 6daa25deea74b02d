#include "tests/unit/turn_differential/comparison.h"

#include <algorithm>
#include <set>

#include "relay/stun/stun_reader.h"
#include "tests/unit/turn_differential/facts.h"

namespace differential {
namespace {

using overlay::Bytes;

[[nodiscard]] bool we_reject(const Difference& difference) {
  return difference.aspect == Aspect::kIsMessage && !difference.we_have_it;
}

template <typename Predicate>
[[nodiscard]] bool any_attribute(Bytes datagram, Predicate predicate) {
  const auto facts = attribute_facts(datagram);
  return std::any_of(facts.begin(), facts.end(), predicate);
}

[[nodiscard]] bool is_closing(std::uint16_t type) {
  return type == kMessageIntegrity || type == kMessageIntegritySha256 || type == kFingerprint;
}

// Of the first attribute of that type; 0 when there is none.
[[nodiscard]] std::uint8_t first_byte_of(std::uint16_t type, Bytes datagram) {
  const auto message = relay::StunReader::parse(datagram);
  const auto value = message ? message->find(static_cast<relay::StunAttribute>(type)) : std::nullopt;
  return value && !value->empty() ? (*value)[0] : 0;
}

constexpr AcceptedDifference kAccepted[] = {
    {"attribute beyond the message",
     "libturnclient 4.6.1 believes an attribute's length and would read behind the buffer (fixed later); we "
     "reject the message",
     [](const Difference& difference, Bytes datagram) {
       return we_reject(difference) && reaches_beyond_the_message(datagram);
     }},
    {"misplaced fingerprint",
     "RFC 8489 section 14.7: FINGERPRINT is the last attribute; the library checks the first, wherever it is",
     [](const Difference& difference, Bytes datagram) {
       return we_reject(difference) && any_attribute(datagram, [](const AttributeFact& fact) {
                return fact.type == kFingerprint && !fact.is_last;
              });
     }},
    {"integrity of a wrong size",
     "RFC 8489 sections 14.5, 14.6 fix it (TURN does not truncate); the library reports it only when asked "
     "to "
     "verify",
     [](const Difference& difference, Bytes datagram) {
       return we_reject(difference) && any_attribute(datagram, [](const AttributeFact& fact) {
                return (fact.type == kMessageIntegrity && fact.size != 20) ||
                       (fact.type == kMessageIntegritySha256 && fact.size != 32);
              });
     }},
    {"too many attributes", "a bound of ours: no client sends more than 64; the library has none",
     [](const Difference& difference, Bytes datagram) {
       return we_reject(difference) && attribute_facts(datagram).size() > relay::StunReader::kMaxAttributes;
     }},
    {"attribute after the integrity",
     "RFC 8489 section 14.5: ignored, for anyone on the path may have appended it; the library shows it",
     [](const Difference& difference, Bytes datagram) {
       return (difference.aspect == Aspect::kAttribute || difference.aspect == Aspect::kAddress) &&
              !difference.we_have_it &&
              any_attribute(datagram, [](const AttributeFact& fact) { return is_closing(fact.type); });
     }},
    {"reserved byte of an address",
     "RFC 8489 section 14.1: ignored by receivers; the library reads no address when it is not zero",
     [](const Difference& difference, Bytes datagram) {
       return difference.aspect == Aspect::kAddress && difference.we_have_it &&
              first_byte_of(difference.attribute, datagram) != 0;
     }},
    {"second address of a type",
     "RFC 8489 section 14: the first attribute of a type counts; the library takes the first that it can "
     "read",
     [](const Difference& difference, Bytes datagram) {
       const auto facts = attribute_facts(datagram);
       return difference.aspect == Aspect::kAddress &&
              std::count_if(facts.begin(), facts.end(),
                            [&](const AttributeFact& fact) { return fact.type == difference.attribute; }) > 1;
     }},
    {"SHA-256 integrity",
     "RFC 8489 section 14.6: it takes MESSAGE-INTEGRITY's place when both are there; the library does not "
     "know "
     "it",
     [](const Difference& difference, Bytes datagram) {
       return difference.aspect == Aspect::kIntegrity &&
              any_attribute(datagram,
                            [](const AttributeFact& fact) { return fact.type == kMessageIntegritySha256; });
     }},
    {"bytes after ChannelData",
     "RFC 8656 section 12.5: over UDP padding may be there or not; we ignore whatever follows the length, "
     "the "
     "library refuses some of it",
     [](const Difference& difference, Bytes datagram) {
       return difference.aspect == Aspect::kChannelData && difference.we_have_it &&
              datagram.size() > 4U + overlay::load_be<std::uint16_t>(&datagram[2]);
     }},
};

class Comparison {
 public:
  Comparison(const Opinion& ours, const Opinion& theirs) : ours_(ours), theirs_(theirs) {}

  [[nodiscard]] std::vector<Difference> run() {
    if (ours_.channel_data != theirs_.channel_data)
      add(Aspect::kChannelData, ours_.channel_data.has_value(),
          ours_.channel_data.value_or("none") + " / " + theirs_.channel_data.value_or("none"));
    if (ours_.is_message != theirs_.is_message)
      add(Aspect::kIsMessage, ours_.is_message, "accepted by one only");
    else if (ours_.is_message)
      compare_messages();
    return std::move(found_);
  }

 private:
  void add(Aspect aspect, bool we_have_it, std::string text, std::uint16_t attribute = 0) {
    found_.push_back({aspect, we_have_it, attribute, std::move(text)});
  }

  void compare_messages() {
    if (ours_.method != theirs_.method || ours_.message_class != theirs_.message_class)
      add(Aspect::kType, true, "method or class");
    if (ours_.transaction != theirs_.transaction) add(Aspect::kTransaction, true, "transaction id");
    compare_maps(Aspect::kAttribute, ours_.attributes, without_closing(theirs_.attributes));
    compare_maps(Aspect::kAddress, ours_.addresses, theirs_.addresses);
    if (ours_.is_signed != theirs_.is_signed)
      add(Aspect::kIntegrity, ours_.is_signed.value_or(false), "verified by one only");
  }

  // Ours are no attributes to look up: the reader tells of them by other names.
  [[nodiscard]] static std::map<std::uint16_t, overlay::ByteVector> without_closing(
      std::map<std::uint16_t, overlay::ByteVector> attributes) {
    for (const auto type : {kMessageIntegrity, kMessageIntegritySha256, kFingerprint})
      attributes.erase(type);
    return attributes;
  }

  template <typename Map>
  void compare_maps(Aspect aspect, const Map& ours, const Map& theirs) {
    std::set<std::uint16_t> types;
    for (const auto& [type, value] : ours)
      types.insert(type);
    for (const auto& [type, value] : theirs)
      types.insert(type);
    for (const auto type : types) {
      const auto mine = ours.find(type);
      const auto other = theirs.find(type);
      const bool in_both = mine != ours.end() && other != theirs.end();
      if (in_both && mine->second == other->second) continue;
      add(aspect, mine != ours.end(), "attribute " + std::to_string(type) + (in_both ? " differs" : ""),
          type);
    }
  }

  const Opinion& ours_;
  const Opinion& theirs_;
  std::vector<Difference> found_;
};

}  // namespace

std::span<const AcceptedDifference> accepted_differences() {
  return kAccepted;
}

std::vector<Difference> differences(Bytes datagram) {
  const Opinion ours = our_opinion(datagram);
  const Opinion theirs = library_opinion(datagram);
  return Comparison(ours, theirs).run();
}

const AcceptedDifference* explanation(const Difference& difference, Bytes datagram) {
  for (const auto& accepted : kAccepted)
    if (accepted.explains(difference, datagram)) return &accepted;
  return nullptr;
}

}  // namespace differential
