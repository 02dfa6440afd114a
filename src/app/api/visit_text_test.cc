#include "app/api/visit_text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace footfall {
namespace {

VisitRow row_of(const std::string& title) {
  VisitRow row;
  row.id = "01939e2a-7c1d-7b3a-9f00-0123456789ab";
  row.site = "example.com";
  row.path = "/";
  row.title = title;
  return row;
}

// The title's cell: the sixth.
std::string title_cell(const std::string& title) {
  const std::string line = to_csv(row_of(title));
  const std::string front = "01939e2a-7c1d-7b3a-9f00-0123456789ab,1970-01-01T00:00:00.000Z,example.com,/,,";
  EXPECT_TRUE(line.starts_with(front));
  const std::string back = ",,,,,,,load,script,,,,,,,,,,,,,,,,,,0,\r\n";
  EXPECT_TRUE(line.ends_with(back)) << line;
  return line.substr(front.size(), line.size() - front.size() - back.size());
}

TEST(Csv, QuotesWhatRfc4180Quotes) {
  struct Row {
    const char* because;
    const char* text;
    const char* cell;
  };
  for (const auto& row : {Row{"plain text", "About us", "About us"}, Row{"nothing", "", ""},
                          Row{"a comma", "a,b", "\"a,b\""}, Row{"a quote", "a \"b\"", "\"a \"\"b\"\"\""},
                          Row{"a line end", "a\nb", "\"a\nb\""}, Row{"UTF-8", "café", "café"}}) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(title_cell(row.text), row.cell);
  }
}

TEST(Csv, LetsNoSpreadsheetRunWhatAStrangerWrote) {
  for (const char* text : {"=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\tcell", "\rcell"}) {
    SCOPED_TRACE(text);
    const std::string cell = title_cell(text);
    EXPECT_EQ(cell.substr(0, 2), "\"'");
    EXPECT_EQ(cell, "\"'" + std::string(text) + "\"");
  }
  EXPECT_EQ(title_cell("a=b"), "a=b") << "only at the beginning is it a formula";
}

TEST(Csv, HasAsManyCellsAsItsHead) {
  const auto commas = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
  EXPECT_EQ(commas(csv_head()), 32);
  EXPECT_EQ(commas(to_csv(row_of("plain"))), 32);
}

TEST(VisitJson, HasTheNamesOfTheHeadInItsOrder) {
  std::string names;
  for (const auto& [name, value] : to_json(row_of("About"))) {
    names += (names.empty() ? "" : ",") + std::string(name);
  }
  EXPECT_EQ(names + "\r\n", csv_head());
}

TEST(VisitJson, ShowsWhatIsNotThereAsNull) {
  const json::object empty = to_json(row_of(""));
  for (const char* name : {"title", "query", "props", "country", "bot", "scroll_depth"}) {
    EXPECT_TRUE(empty.at(name).is_null()) << name;
  }
  EXPECT_EQ(empty.at("engaged_ms"), 0);
  VisitRow row = row_of("About");
  row.props = R"({"plan":"gold"})";
  row.scroll_depth = 0;
  const json::object full = to_json(row);
  EXPECT_EQ(full.at("props").at("plan"), "gold");
  EXPECT_EQ(full.at("scroll_depth"), 0) << "the top is a depth";
}

}  // namespace
}  // namespace footfall
