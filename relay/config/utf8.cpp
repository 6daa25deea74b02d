#include "relay/config/utf8.h"

#include <utf8.h>

namespace relay {
namespace {

bool is_control(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

}  // namespace

std::optional<std::size_t> count_characters(std::string_view text) {
  if (!utf8::is_valid(text.begin(), text.end())) return std::nullopt;
  std::size_t count = 0;
  for (auto next = text.begin(); next != text.end(); ++count)
    if (is_control(utf8::unchecked::next(next))) return std::nullopt;
  return count;
}

}  // namespace relay
