// Our own bugs end the process with a place and a reason; bytes from the network never reach these.
#pragma once

namespace overlay {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace overlay

#define CHECK(expression) \
  (static_cast<bool>(expression) ? void(0) : ::overlay::check_failed(#expression, __FILE__, __LINE__))

#ifdef NDEBUG
#define DCHECK(expression) (void(sizeof(static_cast<bool>(expression))))
#else
#define DCHECK(expression) CHECK(expression)
#endif
