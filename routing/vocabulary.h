// The types of overlay/base that routing uses, in the namespace of routing.
#pragma once

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/ids.h"
#include "overlay/base/ip_prefix.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/forwarding/explicit_route.h"

namespace routing {

using overlay::ByteArray;
using overlay::Bytes;
using overlay::ByteVector;
using overlay::Duration;
using overlay::Endpoint;
using overlay::ExplicitRoute;
using overlay::failure;
using overlay::Generation;
using overlay::Instant;
using overlay::IpAddress;
using overlay::IpPrefix;
using overlay::kNever;
using overlay::kNoNode;
using overlay::MutableBytes;
using overlay::NodeId;
using overlay::Result;

}  // namespace routing
