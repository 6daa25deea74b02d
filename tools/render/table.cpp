#include "tools/render/table.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "overlay/base/check.h"
#include "tools/render/format.h"

namespace cli {
namespace {

[[nodiscard]] bool is_number(std::string_view cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.+-") == std::string_view::npos;
}

[[nodiscard]] std::string padded(const std::string& cell, std::size_t to, bool right) {
  const std::string blanks(to - width(cell), ' ');
  return right ? blanks + cell : cell + blanks;
}

}  // namespace

void Table::add(Row row) {
  CHECK(row.size() == rows_.front().size());
  for (auto& cell : row)
    if (cell.empty()) cell = "-";
  rows_.push_back(std::move(row));
}

std::string Table::to_string() const {
  const std::size_t columns = rows_.front().size();
  std::vector<std::size_t> widths(columns);
  std::vector<bool> numeric(columns, rows_.size() > 1);
  for (const auto& row : rows_)
    for (std::size_t column = 0; column < columns; ++column) {
      widths[column] = std::max(widths[column], width(row[column]));
      if (&row != &rows_.front() && !is_number(row[column])) numeric[column] = false;
    }

  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t column = 0; column < columns; ++column)
      line += (column == 0 ? "" : "  ") + padded(row[column], widths[column], numeric[column]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace cli
