// A table for people: columns as wide as their widest cell, numbers to the right.
#pragma once

#include <string>
#include <vector>

namespace cli {

class Table {
 public:
  using Row = std::vector<std::string>;

  explicit Table(Row headings) : rows_{std::move(headings)} {}
  // As many cells as there are headings; an empty cell is shown as "-".
  void add(Row row);
  [[nodiscard]] std::string to_string() const;

 private:
  std::vector<Row> rows_;  // the first holds the headings
};

}  // namespace cli
