#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/cli_shell.h"

namespace cli {
namespace cli_query_test {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Cli, asks_for_the_paths_of_a_pair_and_prints_them_as_a_table) {
  Shell shell;
  shell.answer =
      R"({"source":"edge-aws-fra","destination":"edge-gcp-lon","generation":17,"paths":[
    {"rank":1,"role":"active","hops":3,"via":["hub-aws-fra","hub-gcp-lon"],"rtt_ms":31.24,"loss":0.0002,"r":89.1,
     "mos":4.31,"stall":0.001,"shared":[],"since_s":72.4,"why":"best R"},
    {"rank":2,"role":"standby","hops":3,"via":["hub-azure-fra","hub-azure-lon"],"rtt_ms":33.0,"loss":0,"r":88.7,
     "mos":4.3,"stall":0.001,"shared":["region lon"],"since_s":4000,"why":"differs in provider"},
    {"rank":3,"role":"candidate","hops":1,"via":[],"rtt_ms":41,"loss":null,"shared":[]}]})";

  const ExitCode code = shell.run({"paths", "edge-aws-fra", "edge-gcp-lon", "--socket", "/tmp/a.sock"});

  EXPECT_EQ(code, ExitCode::kOk) << shell.err.str();
  EXPECT_EQ(shell.socket, "/tmp/a.sock");
  EXPECT_EQ(shell.request,
            json({{"command", "paths"}, {"source", "edge-aws-fra"}, {"destination", "edge-gcp-lon"}}));
  EXPECT_EQ(shell.out.str(), R"(edge-aws-fra → edge-gcp-lon, generation 17
rank  role       hops  via                           rtt_ms  loss %     R   MOS  stall %  shared with active  since   why
   1  active        3  hub-aws-fra, hub-gcp-lon        31.2    0.02  89.1  4.31     0.10  -                   1m 12s  best R
   2  standby       3  hub-azure-fra, hub-azure-lon    33.0    0.00  88.7  4.30     0.10  region lon          1h 6m   differs in provider
   3  candidate     1  (direct)                        41.0       -     -     -        -  nothing             -       -
)");
}

TEST(Cli, prints_the_document_itself_for_programs) {
  Shell shell;
  shell.answer = R"({"node":"a","links":[]})";

  const ExitCode code = shell.run({"links", "--json"});

  EXPECT_EQ(code, ExitCode::kOk);
  EXPECT_EQ(json::parse(shell.out.str()), json::parse(shell.answer));
}

TEST(Cli, prints_links_with_their_detector) {
  Shell shell;
  shell.answer = R"({"links":[{"from":"a","to":"b","class":"internet","providers":["aws","gcp"],"state":"up",
    "rtt_p50_ms":10.04,"rtt_p95_ms":11,"jitter_ms":0.31,"loss_fwd":0.051,"loss_rev":0,"pps":812.7,"last_heard_ms":7.2,
    "detector":"10 ms x 3","flaps":2,"hold_up_left_s":0}]})";

  ASSERT_EQ(shell.run({"links"}), ExitCode::kOk);

  EXPECT_EQ(
      shell.out.str(),
      "from  to  class     prov→prov  state  rtt p50   p95  jitter  loss fwd %  loss rev %  pps  last heard  "
      "detector   flaps  hold-up left\n"
      "a     b   internet  aws→gcp    up        10.0  11.0     0.3        5.10        0.00  813           7  "
      "10 ms x 3      2  0.0s\n"
      "times in ms; last heard: ago\n");
}

TEST(Cli, asks_only_for_the_events_of_a_pair) {
  Shell shell;
  shell.answer =
      R"({"events":[{"time":"2026-11-21T05:48:07.123Z","cause":"silent","source":"a","destination":"d",
    "link":"a→b","detect_ms":34.9,"switch_ms":0.2,"lost":3,"duplicated":4,"old_path":["a","b","d"],
    "new_path":["a","c","d"],"false_alarm":false,"note":""}]})";

  ASSERT_EQ(shell.run({"events", "--pair", "a", "d"}), ExitCode::kOk) << shell.err.str();

  EXPECT_EQ(shell.request["pair"], json({"a", "d"}));
  EXPECT_THAT(shell.out.str(), HasSubstr("05:48:07.123Z  silent  a → d  a→b        34.9        0.2     3"));
  EXPECT_THAT(shell.out.str(), HasSubstr("a>b>d → a>c>d"));
}

TEST(Cli, validate_fails_when_there_is_a_finding) {
  Shell good;
  good.answer = R"({"node":"a","findings":[]})";
  Shell bad;
  bad.answer =
      R"({"node":"a","findings":[{"kind":"relayed_address_conflict","address":"10.0.0.5","nodes":["b","a"],
    "remedy":"keep it on one node"}]})";

  EXPECT_EQ(good.run({"validate"}), ExitCode::kOk) << good.err.str();
  EXPECT_EQ(bad.run({"validate"}), ExitCode::kFailed) << bad.err.str();

  EXPECT_EQ(good.out.str(), "no findings\n");
  EXPECT_EQ(bad.out.str(), "relayed_address_conflict 10.0.0.5: b a\n  keep it on one node\n");
}

TEST(Cli, watches_until_it_is_told_to_stop) {
  Shell shell;
  shell.answer = R"({"counters":{"relay":{"client_in":5}}})";
  shell.rounds = 3;

  ASSERT_EQ(shell.run({"counters", "--watch", "2", "--json"}), ExitCode::kOk) << shell.err.str();

  EXPECT_EQ(shell.out.str(),
            "{\"counters\":{\"relay\":{\"client_in\":5}}}\n"
            "{\"counters\":{\"relay\":{\"client_in\":5}}}\n"
            "{\"counters\":{\"relay\":{\"client_in\":5}}}\n");
}

TEST(Cli, clears_the_screen_between_rounds_and_not_a_pipe) {
  Shell screen{.out_is_terminal = true};
  Shell pipe;

  ASSERT_EQ(screen.run({"counters", "--watch"}), ExitCode::kOk) << screen.err.str();
  ASSERT_EQ(pipe.run({"counters", "--watch"}), ExitCode::kOk) << pipe.err.str();

  EXPECT_THAT(screen.out.str(), HasSubstr("\x1b["));
  EXPECT_THAT(pipe.out.str(), Not(HasSubstr("\x1b")));
}

TEST(Cli, tells_the_commands_of_a_group) {
  Shell shell;
  Shell unfinished;

  EXPECT_EQ(shell.run({"node", "--help"}), ExitCode::kOk);
  EXPECT_EQ(unfinished.run({"node"}), ExitCode::kUsage);

  EXPECT_THAT(shell.out.str(),
              AllOf(HasSubstr("node enroll"), HasSubstr("node show"), Not(HasSubstr("allocations"))));
  EXPECT_THAT(unfinished.err.str(), HasSubstr("node enroll"));
}

TEST(Cli, does_not_take_a_node_name_for_the_seconds_of_watch) {
  Shell shell;

  ASSERT_EQ(shell.run({"paths", "--watch", "a", "b", "--json"}), ExitCode::kOk) << shell.err.str();

  EXPECT_EQ(shell.request["source"], "a");
  EXPECT_EQ(shell.request["destination"], "b");
}

TEST(Cli, fails_with_the_words_of_a_daemon_that_refuses) {
  Shell shell;
  shell.answer = R"({"error":"no node is called \"edge-x\"; see: causeway nodes"})";

  EXPECT_EQ(shell.run({"explain", "edge-x", "b"}), ExitCode::kFailed);

  EXPECT_EQ(shell.err.str(), "causeway: no node is called \"edge-x\"; see: causeway nodes\n");
}

TEST(Cli, asks_for_the_allocations_that_are_meant) {
  Shell shell;
  shell.answer =
      R"({"total":40,"matched":3,"complete":false,"allocations":[{"client":"192.0.2.9:5000","transport":"tls"}]})";

  ASSERT_EQ(shell.run({"allocations", "--user", "alice", "--client", "192.0.2.9", "--relayed", "192.0.2.1",
                       "--transport", "tls", "--limit", "1"}),
            ExitCode::kOk);

  EXPECT_EQ(shell.request, json({{"command", "allocations"},
                                 {"user", "alice"},
                                 {"client", "192.0.2.9"},
                                 {"relayed", "192.0.2.1"},
                                 {"transport", "tls"},
                                 {"limit", 1}}));
  EXPECT_THAT(shell.out.str(), HasSubstr("192.0.2.9:5000  tls"));
  EXPECT_THAT(shell.out.str(), HasSubstr("1 of 3 allocations that match"));
  EXPECT_THAT(shell.out.str(), HasSubstr("did not answer in time"));
}

TEST(Cli, knows_the_old_name_of_allocations) {
  Shell shell;
  shell.answer = R"({"allocations":[]})";

  ASSERT_EQ(shell.run({"sessions", "--user", "alice"}), ExitCode::kOk) << shell.err.str();

  EXPECT_EQ(shell.request, json({{"command", "allocations"}, {"user", "alice"}}));
}

TEST(Cli, ends_the_allocations_that_are_meant) {
  Shell shell;
  shell.answer = R"({"matched":3,"complete":true,"allocations":[]})";

  ASSERT_EQ(shell.run({"allocations", "end", "--user", "alice"}), ExitCode::kOk) << shell.err.str();

  EXPECT_EQ(shell.request, json({{"command", "end_allocations"}, {"user", "alice"}}));
  EXPECT_EQ(shell.out.str(), "3 allocations ended\n");
}

TEST(Cli, ends_no_allocation_without_a_filter) {
  Shell nothing;
  Shell both;
  Shell all;
  all.answer = R"({"matched":3,"complete":true})";

  EXPECT_EQ(nothing.run({"allocations", "end"}), ExitCode::kUsage);
  EXPECT_EQ(both.run({"allocations", "end", "--all", "--user", "alice"}), ExitCode::kUsage);
  EXPECT_EQ(all.run({"allocations", "end", "--all"}), ExitCode::kOk);

  EXPECT_THAT(nothing.err.str(), HasSubstr("--user"));
  EXPECT_EQ(all.request, json({{"command", "end_allocations"}, {"all", true}}));
}

TEST(Cli, shows_both_relayed_addresses_of_an_allocation) {
  Shell shell;
  shell.answer = R"({"allocations":[{"relayed":"192.0.2.1:50000","second_relayed":"[2001:db8::1]:50002"}]})";

  ASSERT_EQ(shell.run({"allocations"}), ExitCode::kOk);

  EXPECT_THAT(shell.out.str(), HasSubstr("192.0.2.1:50000, [2001:db8::1]:50002"));
}

TEST(Cli, shows_no_control_characters_of_a_username) {
  Shell shell;
  shell.answer = R"({"allocations":[{"username":"eve\u001b[2J"}]})";

  ASSERT_EQ(shell.run({"allocations"}), ExitCode::kOk);

  EXPECT_THAT(shell.out.str(), HasSubstr("eve?[2J"));
}

// U+009B does to a terminal what ESC [ does.
TEST(Cli, shows_no_control_characters_beyond_ascii_either) {
  Shell shell;
  shell.answer =
      "{\"allocations\":[{\"username\":\"al\xc2\x9b"
      "31mice Andr\xc3\xa9 \xc2\xa7\"}]}";

  ASSERT_EQ(shell.run({"allocations"}), ExitCode::kOk);

  EXPECT_THAT(shell.out.str(), HasSubstr("al?31mice Andr\xc3\xa9 \xc2\xa7"));
}

TEST(Cli, shows_the_start_of_a_username_that_is_longer_than_its_column) {
  std::string start = "1700000000:";
  for (int i = 0; i < 36; ++i)
    start += "é";
  struct Case {
    std::string name;
    std::string shown;
  };
  for (const auto& [name, shown] : {Case{start + "é", start + "é"}, Case{start + "éa", start + "…"}}) {
    Shell shell;
    shell.answer = json({{"allocations", {{{"username", name}, {"age_s", 1}}}}}).dump();

    ASSERT_EQ(shell.run({"allocations"}), ExitCode::kOk);

    EXPECT_THAT(shell.out.str(), HasSubstr(shown + "  1.0s"));
  }
}

TEST(Cli, gives_programs_the_whole_of_a_long_username) {
  Shell shell;
  const std::string name(500, 'a');
  shell.answer = json({{"allocations", {{{"username", name}}}}}).dump();

  ASSERT_EQ(shell.run({"allocations", "--json"}), ExitCode::kOk);

  EXPECT_EQ(json::parse(shell.out.str())["allocations"][0]["username"], name);
}

TEST(Cli, survives_every_document_that_is_not_what_it_expects) {
  for (const char* answer : {"", "[]", "{", "null", R"({"paths":7})", R"({"events":[7,null,"x"]})",
                             R"({"links":[{"providers":7,"pps":"x"}]})", R"({"summary":[{}],"paths":[[]]})",
                             R"({"node":[],"peers":7,"lsdb":[],"counters":[1]})"}) {
    for (const char* command :
         {"status", "nodes", "links", "events", "allocations", "counters", "validate"}) {
      Shell shell;
      shell.answer = answer;
      EXPECT_NE(shell.run({command}), ExitCode::kUsage) << command << " " << answer;
    }
    for (const char* command : {"paths", "explain"}) {
      Shell shell;
      shell.answer = answer;
      EXPECT_NE(shell.run({command, "a", "b"}), ExitCode::kUsage) << command << " " << answer;
    }
  }
}

TEST(Cli, tells_what_is_wrong_with_the_command_line) {
  struct Case {
    Arguments words;
    const char* message;
  };
  for (const auto& [words, message] :
       {Case{{}, "usage: causeway COMMAND"}, Case{{"stats"}, "\"stats\" is not a command"},
        Case{{"paths", "a"}, "destination is missing"},
        Case{{"status", "--jsn"}, "unrecognised option '--jsn'"},
        Case{{"links", "extra"}, "too many positional options"},
        Case{{"events", "--pair", "a"}, "--pair needs two node names"}}) {
    Shell shell;

    EXPECT_EQ(shell.run(words), ExitCode::kUsage);
    EXPECT_THAT(shell.err.str(), HasSubstr(message));
  }
}

TEST(Cli, every_command_has_help) {
  for (const auto& command : all_commands()) {
    Shell shell;
    Arguments words;
    std::istringstream name{std::string(command.name)};
    for (std::string word; name >> word;)
      words.push_back(word);
    words.emplace_back("--help");

    EXPECT_EQ(shell.run(words), ExitCode::kOk);
    EXPECT_THAT(shell.out.str(), HasSubstr("usage: causeway " + std::string(command.name)));
    EXPECT_THAT(shell.out.str(), HasSubstr("\nfor example:\n  causeway " + std::string(command.name)));
  }
}

}  // namespace cli_query_test
}  // namespace cli
