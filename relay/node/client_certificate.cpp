#include "relay/node/client_certificate.h"

#include <chrono>
#include <utility>

#include "overlay/base/log.h"

namespace relay {

overlay::Status ClientCertificate::load(const TlsConfig& tls) {
  loaded_.reset();
  if (tls.certificate.empty()) return overlay::ok();
  auto identity = TlsIdentity::load(tls.certificate.path, tls.key.path);
  if (!identity) return overlay::failure("turn.tls: " + identity.error().message);
  loaded_ = std::move(identity).value();
  return overlay::ok();
}

void ClientCertificate::show(const TlsConfig& tls) {
  auto loaded = std::exchange(loaded_, nullptr);
  if (loaded == nullptr) return;
  if (identity_ != nullptr)
    identity_->become(std::move(*loaded));
  else
    identity_ = std::move(loaded);
  files_ = tls;
  warn_of_dates();
}

void ClientCertificate::watch() {
  if (identity_ == nullptr) return;
  const auto reloaded = identity_->reload_if_changed();
  if (!reloaded)
    return overlay::log(overlay::Level::kError, "certificate_refused",
                        {{"reason", reloaded.error().message}});
  if (!*reloaded) return;
  overlay::log(overlay::Level::kInfo, "certificate_reloaded", {{"file", files_.certificate.path}});
  warn_of_dates();
}

void ClientCertificate::warn_of_dates() const {
  const auto now =
      std::chrono::floor<overlay::UnixSeconds>(std::chrono::system_clock::now().time_since_epoch());
  if (const auto dates = identity_->current()->check_dates(now); !dates)
    overlay::log(overlay::Level::kWarning, "certificate_not_valid",
                 {{"file", files_.certificate.path}, {"reason", dates.error().message}});
}

}  // namespace relay
