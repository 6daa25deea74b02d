#include "relay/node/public_address_search.h"

#include <algorithm>
#include <string>

#include "relay/stun/stun_reader.h"
#include "relay/stun/stun_writer.h"

namespace relay {
namespace {

constexpr const char* kRemedy = "; write turn.public_addresses, or mend turn.stun_servers";

overlay::ByteVector binding_request(const TransactionId& transaction) {
  overlay::ByteVector bytes(kStunHeaderSize);
  const StunWriter writer(bytes, {StunMethod::kBinding, StunClass::kRequest}, transaction);
  return bytes;
}

}  // namespace

PublicAddressSearch::PublicAddressSearch(std::vector<overlay::Endpoint> locals,
                                         const std::vector<overlay::Endpoint>& servers,
                                         overlay::Random& random)
    : locals_(std::move(locals)) {
  for (std::size_t local = 0; local < locals_.size(); ++local)
    for (const overlay::Endpoint& server : servers) {
      if (server.address.family() != locals_[local].address.family()) continue;
      Question& question = questions_.emplace_back(Question{.local = local, .server = server});
      random.fill(question.transaction);
    }
}

std::vector<PublicAddressSearch::Query> PublicAddressSearch::poll_queries(overlay::Instant now) {
  std::vector<Query> queries;
  for (Question& question : questions_) {
    if (!question.is_open() || now < question.due) continue;
    question.due = now + kRetransmission;
    // After the last attempt an answer still gets its time.
    if (++question.attempts > kAttempts) continue;
    queries.push_back({.local = locals_[question.local],
                       .server = question.server,
                       .bytes = binding_request(question.transaction)});
  }
  return queries;
}

overlay::Instant PublicAddressSearch::next_timeout() const {
  overlay::Instant next = overlay::kNever;
  for (const Question& question : questions_)
    if (question.is_open()) next = std::min(next, question.due);
  return next;
}

void PublicAddressSearch::on_datagram(const overlay::Endpoint& local, const overlay::Endpoint& from,
                                      overlay::Bytes bytes) {
  const auto message = StunReader::parse(bytes);
  if (!message || message->type() != StunType{StunMethod::kBinding, StunClass::kSuccess}) return;
  for (Question& question : questions_)
    if (locals_[question.local] == local && question.server == from &&
        question.transaction == message->transaction() && !question.mapped)
      question.mapped = message->find_xor_address(StunAttribute::kXorMappedAddress);
}

bool PublicAddressSearch::is_done() const {
  return std::ranges::none_of(questions_, &Question::is_open);
}

overlay::Result<std::vector<overlay::IpAddress>> PublicAddressSearch::result() const {
  std::vector<overlay::IpAddress> addresses;
  for (std::size_t local = 0; local < locals_.size(); ++local) {
    const auto address = result_for(local);
    if (!address) return overlay::failure(address.error().message);
    addresses.push_back(*address);
  }
  return addresses;
}

overlay::Result<overlay::IpAddress> PublicAddressSearch::result_for(std::size_t local) const {
  const overlay::Endpoint& asked_from = locals_[local];
  const Question* first = nullptr;
  for (const Question& question : questions_) {
    if (question.local != local || !question.mapped) continue;
    if (first == nullptr) first = &question;
    if (question.mapped->address != first->mapped->address)
      return overlay::failure(first->server.to_string() + " sees " + asked_from.address.to_string() + " as " +
                              first->mapped->address.to_string() + ", but " + question.server.to_string() +
                              " as " + question.mapped->address.to_string() +
                              ": a NAT that is not 1:1 cannot carry relayed media; give the "
                              "node an address of its own");
    if (question.mapped->port != asked_from.port)
      return overlay::failure(
          "a NAT in front of " + asked_from.address.to_string() +
          " changes ports: relayed addresses would not be reachable; map the address one to "
          "one, or give the node an address of its own");
  }
  if (first != nullptr) return first->mapped->address;
  return overlay::failure("no STUN server told the public address of " + asked_from.address.to_string() +
                          kRemedy);
}

}  // namespace relay
