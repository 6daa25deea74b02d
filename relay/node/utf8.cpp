#include "relay/node/utf8.h"

#include <cstdint>

namespace relay {
namespace {

// What the first byte of a character says of it.
struct Lead {
  std::size_t size = 0;  // 0: begins no character
  std::uint32_t bits = 0;
  std::uint32_t least = 0;  // a smaller one is written in too many bytes
};

Lead lead_of(std::uint8_t byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xC0 && byte < 0xE0) return {2, byte & 0x1Fu, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return {3, byte & 0x0Fu, 0x800};
  if (byte >= 0xF0 && byte < 0xF8) return {4, byte & 0x07u, 0x10000};
  return {};
}

bool is_control(std::uint32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

bool is_character(std::uint32_t character) {
  const bool is_surrogate = character >= 0xD800 && character < 0xE000;
  return character <= 0x10FFFF && !is_surrogate && !is_control(character);
}

}  // namespace

std::optional<std::size_t> count_characters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    const Lead lead = lead_of(static_cast<std::uint8_t>(text.front()));
    if (lead.size == 0 || lead.size > text.size()) return std::nullopt;
    std::uint32_t character = lead.bits;
    for (const char next : text.substr(1, lead.size - 1)) {
      const auto byte = static_cast<std::uint8_t>(next);
      if ((byte & 0xC0) != 0x80) return std::nullopt;
      character = character << 6 | (byte & 0x3Fu);
    }
    if (character < lead.least || !is_character(character)) return std::nullopt;
    text.remove_prefix(lead.size);
  }
  return count;
}

}  // namespace relay
