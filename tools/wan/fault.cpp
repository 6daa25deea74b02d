#include "tools/wan/fault.h"

#include <algorithm>

namespace wan {

overlay::Result<HostSet> select_hosts(const std::vector<Host>& hosts, std::string_view selector) {
  HostSet selected(hosts.size());
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const auto& labels = hosts[i].labels;
    selected[i] = selector == "*" || hosts[i].name == selector ||
                  std::find(labels.begin(), labels.end(), selector) != labels.end();
  }
  if (std::find(selected.begin(), selected.end(), true) != selected.end()) return selected;
  return overlay::failure("no host and no label is called \"" + std::string(selector) +
                          "\": name a host, or for example region:fra or provider:gcp");
}

}  // namespace wan
