"""The rules of source_rules.py, each broken and kept by made-up files."""

import pathlib
import tempfile
import unittest

import source_rules

HEAD = "// What a made-up file is for.\n"


class SourceRules(unittest.TestCase):
    def violations(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                file = pathlib.Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                pragma = "#pragma once\n" if path.endswith(".h") else ""
                file.write_text(text if text.startswith("!") else HEAD + pragma + text, encoding="utf-8")
                if text.startswith("!"):
                    file.write_text(text[1:], encoding="utf-8")
            return source_rules.violations(folder)

    def assert_kept(self, files):
        self.assertEqual(self.violations(files), [])

    def assert_broken(self, files, words):
        found = self.violations(files)
        self.assertTrue(any(words in line for line in found), f"{words!r} is not in {found}")

    def test_arrows_point_inward(self):
        self.assert_kept({
            "base/a.h": "#include <string>\n",
            "domain/b.h": '#include "base/a.h"\n',
            "ports/c.h": '#include "base/a.h"\n#include "domain/b.h"\n',
            "app/d.h": '#include "ports/c.h"\n#include "app/e.h"\n',
            "app/e.h": "",
            "app/api/f.h": '#include "app/d.h"\n',
            "adapters/duckdb/g.h": '#include "ports/c.h"\n#include "adapters/duckdb/h.h"\n',
            "adapters/duckdb/h.h": "",
            "main/i.cc": '#include "adapters/duckdb/g.h"\n#include "app/api/f.h"\n#include "app/d.h"\n',
        })

    def test_an_outward_arrow_is_found(self):
        for source, target in [("base/a.h", "domain/b.h"), ("domain/a.h", "ports/b.h"), ("ports/a.h", "app/b.h"),
                               ("app/a.h", "app/api/b.h"), ("app/a.h", "adapters/duckdb/b.h"),
                               ("app/api/a.h", "adapters/duckdb/b.h"), ("app/api/a.h", "main/b.h"),
                               ("adapters/duckdb/a.h", "app/b.h"), ("adapters/duckdb/a.h", "main/b.h"),
                               ("testing/a.h", "app/b.h"), ("testing/a.h", "adapters/duckdb/b.h")]:
            with self.subTest(source=source, target=target):
                self.assert_broken({source: f'#include "{target}"\n', target: ""}, f"must not know {target}")

    def test_an_adapter_does_not_know_another_one(self):
        self.assert_broken({"adapters/duckdb/a.h": '#include "adapters/geoip/b.h"\n', "adapters/geoip/b.h": ""},
                           "must not know adapters/geoip/b.h")

    def test_tests_use_the_fakes_and_nobody_else_does(self):
        self.assert_kept({"app/a_test.cc": '#include "testing/b.h"\n#include <gtest/gtest.h>\n', "testing/b.h": ""})
        self.assert_broken({"app/a.cc": '#include "testing/b.h"\n', "testing/b.h": ""}, "must not know testing/b.h")
        self.assert_broken({"app/a.cc": "#include <gtest/gtest.h>\n"}, "must not include <gtest/gtest.h>")

    def test_a_header_that_brings_in_the_fakes_is_for_tests(self):
        fixture = {"app/fixture.h": '#include "testing/b.h"\n', "testing/b.h": "",
                   "app/world.h": '#include "app/fixture.h"\n'}
        self.assert_kept({**fixture, "app/a_test.cc": '#include "app/world.h"\n'})
        self.assert_broken({**fixture, "app/a.cc": '#include "app/world.h"\n'}, "app/world.h is for tests only")

    def test_tests_keep_to_the_arrows_too(self):
        self.assert_broken({"domain/a_test.cc": '#include "app/b.h"\n', "app/b.h": ""}, "must not know app/b.h")

    def test_each_adapter_has_one_outside_library(self):
        self.assert_kept({"adapters/http_server/a.h": "#include <boost/asio/io_context.hpp>\n",
                          "adapters/duckdb/sql.h": "#include <duckdb.h>\n",
                          "adapters/user_agents/a.cc": "#include <re2/re2.h>\n"})
        for source, library in [("adapters/duckdb/a.h", "re2/re2.h"), ("adapters/http_server/a.h", "openssl/ssl.h"),
                                ("adapters/geoip/a.h", "zlib.h"), ("app/a.h", "boost/asio/io_context.hpp"),
                                ("app/api/a.h", "boost/json.hpp"), ("domain/a.h", "boost/json.hpp"),
                                ("main/a.cc", "duckdb.h"), ("adapters/referrers/a.h", "boost/json.hpp")]:
            with self.subTest(source=source, library=library):
                self.assert_broken({source: f"#include <{library}>\n"}, f"must not include <{library}>")

    def test_a_library_stays_in_the_files_that_wrap_it(self):
        self.assert_broken({"adapters/duckdb/store.cc": "#include <duckdb.h>\n"}, "must not include <duckdb.h>")
        self.assert_broken({"app/a.cc": "#include <boost/json.hpp>\n"}, "must not include <boost/json.hpp>")
        self.assert_kept({"app/json.h": "#include <boost/json.hpp>\n"})

    def test_a_new_adapter_has_to_name_its_library(self):
        self.assert_broken({"adapters/carrier_pigeon/a.h": ""}, "adapters/carrier_pigeon is not in LIBRARIES")

    def test_a_second_library_stays_in_the_files_it_is_named_for(self):
        self.assert_kept({"adapters/http_server/tls.cc": "#include <openssl/ssl.h>\n#include <boost/asio/post.hpp>\n"})
        self.assert_broken({"adapters/http_server/connection.cc": "#include <openssl/ssl.h>\n"},
                           "must not include <openssl/ssl.h>")
        self.assert_broken({"adapters/geoip/tls.cc": "#include <openssl/ssl.h>\n"}, "must not include <openssl/ssl.h>")

    def test_a_new_folder_has_to_have_a_layer(self):
        self.assert_broken({"utilities/a.h": ""}, "is no layer")

    def test_the_core_leaves_the_operating_system_alone(self):
        self.assert_kept({"adapters/log_input/a.cc": "#include <fcntl.h>\n#include <sys/stat.h>\n",
                          "domain/a.cc": "#include <arpa/inet.h>\n"})
        self.assert_broken({"app/a.cc": "#include <unistd.h>\n"}, "must not include <unistd.h>")
        self.assert_broken({"domain/a.cc": "#include <sys/socket.h>\n"}, "must not include <sys/socket.h>")

    def test_the_domain_is_pure(self):
        for header in sorted(source_rules.IMPURE):
            with self.subTest(header=header):
                self.assert_broken({"domain/a.cc": f"#include <{header}>\n"}, f"must not include <{header}>")
        self.assert_kept({"domain/a_test.cc": "#include <random>\n", "app/a.cc": "#include <mutex>\n"})

    def test_a_cycle_is_found_however_long(self):
        self.assert_broken({"base/a.h": '#include "domain/b.h"\n', "domain/b.h": '#include "ports/c.h"\n',
                            "ports/c.h": '#include "base/a.h"\n'}, "ports: is on a cycle of includes")

    def test_a_header_says_what_it_is(self):
        self.assert_broken({"base/a.h": "!#pragma once\n"}, "base/a.h:1: a header begins with a sentence")
        self.assert_broken({"base/a.h": "!// stuff\n#pragma once\n"}, "base/a.h:1: a header begins with a sentence")
        self.assert_broken({"base/a.h": "!" + HEAD}, "a header says #pragma once")
        self.assert_kept({"base/a.h": "!// One sentence that goes on\n// to the next line.\n#pragma once\n"})

    def test_a_source_begins_with_its_header_or_says_what_it_is(self):
        header = {"base/a.h": ""}
        for source in ["base/a.cc", "base/a_test.cc", "base/a_bench.cc"]:
            with self.subTest(source=source):
                self.assert_kept({**header, source: '!#include "base/a.h"\n'})
                self.assert_kept({**header, source: "!// What this file is for is told here.\n"})
                self.assert_broken({**header, source: "!#include <string>\n"}, f"{source}:1: a source begins")
                self.assert_broken({**header, source: '!\n#include "base/a.h"\n'}, f"{source}:1: a source begins")

    def test_an_include_hidden_by_spaces_is_found(self):
        self.assert_broken({"base/a.cc": '  #  include "domain/b.h"\n', "domain/b.h": ""}, "base/a.cc:2:")

    def test_no_source_is_no_success(self):
        self.assert_broken({"base/notes.txt": ""}, "there is no source")


if __name__ == "__main__":
    unittest.main()
