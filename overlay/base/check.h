// A failed check is a bug of ours: it prints the place and the expression, and ends the process. Bytes from
// the network never reach a check.
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
