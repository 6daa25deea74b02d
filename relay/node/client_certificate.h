// The TLS certificate that clients see: loaded first, shown once the whole configuration is accepted, and
// read again when its files change. Owned by the node; used on the control thread only. The identity itself
// is read by data planes.
#pragma once

#include <memory>

#include "overlay/base/result.h"
#include "relay/config/config.h"
#include "relay/io/tls_identity.h"

namespace relay {

class ClientCertificate {
 public:
  // Loads the files without showing them. Succeeds when the configuration names no certificate.
  [[nodiscard]] overlay::Status load(const TlsConfig& tls);
  // Shows what load() has loaded; without a loaded certificate the shown one stays.
  void show(const TlsConfig& tls);
  // Reads changed files again. Files with an error are logged once, and the shown certificate stays.
  void watch();

  // Null before the first certificate is shown. The pointer stays valid and the same from then on.
  [[nodiscard]] const TlsIdentity* identity() const { return identity_.get(); }

 private:
  void warn_of_dates() const;

  std::unique_ptr<TlsIdentity> identity_;
  std::unique_ptr<TlsIdentity> loaded_;  // not shown yet
  TlsConfig files_;                      // of identity_
};

}  // namespace relay
