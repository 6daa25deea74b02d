#include "relay/data_plane/awaited_answers.h"

namespace relay {

void AwaitedAnswers::expect(overlay::SessionIndex initiator, overlay::Instant now) {
  while (!sent_.empty() && (sent_.size() >= kMaxInitiations || now - sent_.front().at >= kLifetime))
    forget_first();
  if (!answers_left_.try_emplace(initiator, kMaxAnswers).second) return;
  sent_.push_back({initiator, now});
}

bool AwaitedAnswers::take(overlay::SessionIndex initiator, overlay::Instant now) {
  while (!sent_.empty() && now - sent_.front().at >= kLifetime)
    forget_first();
  const auto found = answers_left_.find(initiator);
  if (found == answers_left_.end() || found->second == 0) return false;
  --found->second;
  return true;
}

void AwaitedAnswers::forget_first() {
  answers_left_.erase(sent_.front().initiator);
  sent_.pop_front();
}

}  // namespace relay
