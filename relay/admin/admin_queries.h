// Answers the admin socket's questions from the control plane's state. Reads only.
#pragma once

#include <string>
#include <string_view>

#include "overlay/base/time.h"
#include "relay/control_plane/control_plane.h"

namespace relay {

// `request` is a JSON object such as {"command":"paths","source":"a","destination":"b"}; the answer is one
// JSON document without line breaks. A request that cannot be answered gets {"error":"..."}, which says what
// to ask instead.
[[nodiscard]] std::string answer_query(const ControlPlane& control, std::string_view request,
                                       overlay::Instant now);

// The data planes answer `allocations` and `end_allocations`: the shell collects their lists.
[[nodiscard]] bool asks_for_allocations(std::string_view request);
[[nodiscard]] std::string allocations_answer(const ControlPlane& control, const AllocationList& list,
                                             bool is_complete);
[[nodiscard]] std::string error_answer(const std::string& message);

}  // namespace relay
