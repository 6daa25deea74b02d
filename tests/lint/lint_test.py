#!/usr/bin/env python3
"""A lint that cannot fail is a defect: each rule is shown a tree that breaks it, and one that does not."""

import pathlib
import tempfile
import unittest

import bodies
import formatting
import layering
import programs
import proofs
import rooms
import sizes
import tables
import walks
import wording
from source_tree import SourceTree, code_only


class RuleTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def findings(self, rule, files):
        for path, text in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return [(finding.path, finding.line) for finding in rule.check(SourceTree(self.root, files.keys()))]


class Layering(RuleTest):
    def test_refuses_an_include_against_the_arrows(self):
        found = self.findings(layering, {"overlay/base/a.h": '#include "overlay/base/b.h"\n#include "routing/c.h"\n'})

        self.assertEqual(found, [("overlay/base/a.h", 2)])

    def test_lets_routing_see_one_header_of_forwarding(self):
        found = self.findings(layering, {
            "routing/a.cpp": '#include "overlay/forwarding/explicit_route.h"\n#include "overlay/forwarding/forwarder.h"\n'})

        self.assertEqual(found, [("routing/a.cpp", 2)])

    def test_follows_the_arrows_inside_relay(self):
        found = self.findings(layering, {
            "relay/data_plane/a.cpp": '#include "relay/stun/b.h"\n#include "relay/fast_path/fast_path.h"\n'
                                      '#include "relay/fast_path/xdp_relay.h"\n#include "relay/config/config.h"\n'})

        self.assertEqual(found, [("relay/data_plane/a.cpp", 3), ("relay/data_plane/a.cpp", 4)])

    def test_guards_the_planes_as_cores(self):
        text = "#include <thread>\n"

        found = self.findings(layering, {f"relay/{room}/a.cpp": text
                                         for room in ("messages", "data_plane", "control_plane", "history", "views", "node")})

        self.assertEqual([path for path, _ in found], [f"relay/{room}/a.cpp" for room in
                                                       ("control_plane", "data_plane", "history", "messages", "views")])

    def test_lets_nobody_include_tests(self):
        found = self.findings(layering, {"tools/a.cpp": '#include "tests/sim/network.h"\n'})

        self.assertEqual(found, [("tools/a.cpp", 1)])

    def test_refuses_sockets_and_threads_in_a_core_but_not_in_a_shell(self):
        text = "#include <sys/socket.h>\n#include <thread>\n"

        found = self.findings(layering, {"relay/turn/a.cpp": text, "overlay/io/a.cpp": text})

        self.assertEqual(found, [("relay/turn/a.cpp", 1), ("relay/turn/a.cpp", 2)])

    def test_refuses_a_clock_in_a_core_but_not_in_its_comments(self):
        found = self.findings(layering, {"routing/a.cpp": "// not steady_clock::now()\nauto t = std::chrono::steady_clock::now();\n"})

        self.assertEqual(found, [("routing/a.cpp", 2)])


class Sizes(RuleTest):
    def test_refuses_a_long_file(self):
        found = self.findings(sizes, {"a.cpp": "\n" * 601, "b.cpp": "\n" * 600})

        self.assertEqual(found, [("a.cpp", 600)])

    def test_refuses_a_long_function_wherever_it_stands(self):
        body = "{\n" + "  f();\n" * 69 + "}\n"

        found = self.findings(sizes, {
            "free.cpp": "namespace n {\nint f(int a)\n" + body + "}\n",
            "member.cpp": "struct S {\nvoid f() const\n" + body + "};\n",
            "constructor.cpp": "S::S() : a_{1}, b_(2)\n" + body,
            "short.cpp": "namespace n {\nvoid f(){\n" + "  f();\n" * 68 + "}\n" + "int a;\n" * 100 + "}\n"})

        self.assertEqual(found, [("constructor.cpp", 1), ("free.cpp", 2), ("member.cpp", 2)])

    def test_knows_a_brace_in_a_literal_from_a_real_one(self):
        self.assertEqual(sizes.functions("void f() { g('}', \"}\"); }\nvoid h() {}\n"), [("f", 1, 1), ("h", 2, 1)])


class Bodies(RuleTest):
    def test_refuses_a_class_that_is_spread_over_three_files(self):
        found = self.findings(bodies, {
            "relay/turn/a.cpp": "A::A() : b_(1) {}\n", "relay/turn/b.cpp": "int A::f(int a) const {\n  return B::g(a);\n}\n",
            "relay/turn/c.cpp": "std::vector<int>\nA::g() { return {}; }\nint B::g(int a) { return a; }\n",
            "relay/turn/d.cpp": "int b = B::g(1);\n", "relay/turn/e.cpp": "int B::h() { return 1; }\n",
            "relay/http/f.cpp": "void A::f() {}\n"})

        self.assertEqual(found, [("relay/turn/c.cpp", 1)])


class Formatting(RuleTest):
    def test_refuses_what_clang_format_would_change(self):
        found = self.findings(formatting, {".clang-format": "BasedOnStyle: Google\n", "a.cpp": "int a;\nint  b ;\n", "b.cpp": "int a;\n"})

        self.assertEqual(found, [("a.cpp", 2)])


class Wording(RuleTest):
    def test_refuses_promises_machine_paths_and_registries(self):
        found = self.findings(wording, {
            "a.md": "TO" "DO later\nsee /ho" "me/me/notes\nmake.home/ is fine, so is chroot/x\n",
            "lock.json": '"resolved": "https://registry.npmjs' '.org/x"\n'})

        self.assertEqual(found, [("a.md", 1), ("a.md", 2), ("lock.json", 1)])

    def test_refuses_phrases_in_prose_comments_and_strings(self):
        found = self.findings(wording, {
            "a.md": "Fine.\nIt serves as ev" "er.\n", "a.h": "// The client that asks, by ch" "ance.\n",
            "a.py": 'print("the link ended without a w" "ord".replace("", ""))\nprint("sent to who' 'm")\n',
            "a.yaml": "key: 1  # no" "ne: no limit\n", "a.json": '"as ev' 'er"\n'})

        self.assertEqual(found, [("a.h", 1), ("a.md", 2), ("a.py", 2), ("a.yaml", 1)])

    def test_finds_a_phrase_that_a_line_break_divides(self):
        found = self.findings(wording, {"a.h": "// The client ends without a\n  // w" "ord.\n"})

        self.assertEqual(found, [("a.h", 1)])

    def test_refuses_statements_that_begin_with_a_pronoun_but_not_questions(self):
        found = self.findings(wording, {
            "a.h": "// Wh" "at arrives late.\n// What is late?\nint a;  // Whoev" "er comes.\n// Whatever comes.\n",
            "a.py": '"""Wh' 'o sends what."""\n'})

        self.assertEqual(found, [("a.h", 1), ("a.h", 3), ("a.py", 1)])

    def test_every_phrase_can_be_found(self):
        for phrase, instead in wording._PHRASES:
            with self.subTest(phrase):
                self.assertTrue(instead)
                self.assertRegex(phrase, r"\[\w\]", "a phrase must not match its own file")


class Rooms(RuleTest):
    def test_asks_for_a_readme_where_code_lives(self):
        found = self.findings(rooms, {"routing/a.cpp": "", "tests/unit/routing/a.cpp": "", "tests/unit/README.md": "x"})

        self.assertEqual(found, [("routing/README.md", 1)])

    def test_asks_for_a_purpose_and_a_guard_in_headers(self):
        found = self.findings(rooms, {"relay/README.md": "x", "relay/a.h": "// Why.\n#pragma once\n", "relay/b.h": "#pragma once\n",
                                      "relay/c.h": "// Why.\n"})

        self.assertEqual(found, [("relay/b.h", 1), ("relay/c.h", 1)])


    def test_refuses_a_crowded_folder(self):
        files = {f"relay/turn/file_{number}.cpp": "" for number in range(41)} | {"relay/turn/README.md": "Purpose.\n"}

        self.assertEqual(self.findings(rooms, files), [("relay/turn", 1)])


class Programs(RuleTest):
    def test_refuses_a_file_that_no_program_has(self):
        found = self.findings(programs, {
            "relay/CMakeLists.txt": "causeway_library(\n  NAME a\n  SOURCES a.cpp parts/b.cpp)\n", "relay/a.cpp": "",
            "relay/parts/b.cpp": "", "relay/c.cpp": "", "x.cmake": "target_sources(x PRIVATE ${CMAKE_SOURCE_DIR}/relay/d.cpp)\n",
            "relay/d.cpp": "", "parts/a.cpp": ""})

        self.assertEqual(found, [("parts/a.cpp", 1), ("relay/c.cpp", 1)])


class Walks(RuleTest):
    def test_refuses_a_step_whose_file_or_function_is_gone(self):
        found = self.findings(walks, {
            "relay/README.md": "| 1 | relay/a.cpp | `open` | x |\n| 2 | relay/a.cpp | `gone` | x |\n| 3 | relay/b.cpp | `open` | x |\n",
            "relay/a.cpp": "void A::open(int port) {}\n"})

        self.assertEqual(found, [("relay/README.md", 2), ("relay/README.md", 3)])


class Tables(RuleTest):
    def test_refuses_a_table_by_text_or_number_without_a_keyed_hash(self):
        found = self.findings(tables, {
            "relay/a.h": "std::unordered_map<std::string, std::vector<int>> a;\n"
                         "std::unordered_map<std::string, int, overlay::KeyedHasher> b;\n"
                         "std::unordered_map<overlay::Endpoint, std::unordered_set<std::uint64_t>> c;\n"
                         "std::unordered_set<Allocation*> d;\n"
                         "auto e = std::hash<std::string>{}(text);\n",
            "tools/a.h": "std::unordered_map<std::string, int> a;\n"})

        self.assertEqual(found, [("relay/a.h", 1), ("relay/a.h", 3), ("relay/a.h", 5)])


class CodeOnly(unittest.TestCase):
    def test_blanks_comments_and_literals_and_keeps_lines(self):
        self.assertEqual(code_only('a /* b\nc */ "d" 1\'000 e // f\n'), "a     \n         1'000 e     \n")


class Proofs(RuleTest):
    def test_misses_tests_that_do_not_exist(self):
        found = self.findings(proofs, {
            "SECURITY.md": "| a | `Relay.drops` `flood_test.py` |\n| b | `Relay.drips` |\n| c | `spray_test.py` `turn.users` |\n",
            "tests/unit/a_test.cpp": "TEST_F(Relay, drops) {\n",
            "tests/integration/flood_test.py": ""})

        self.assertEqual(found, [("SECURITY.md", 2), ("SECURITY.md", 3)])


if __name__ == "__main__":
    unittest.main()
