// The description of the API (openapi.json) and its manual (docs/api.md) say what the routes do: all of it, nothing
// else.
#include <fstream>
#include <set>
#include <sstream>

#include "app/api/api_world.h"
#include "domain/stats_query.h"

namespace footfall {
namespace {

std::string read_file(const char* name) {
  std::ifstream file(name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class OpenApi : public ApiWorld {
 protected:
  void SetUp() override {
    const auto parsed = parse_json(read_file("src/app/api/openapi.json"));
    ASSERT_TRUE(parsed) << parsed.error().what;
    document_ = parsed->as_object();
    register_sites();
  }
  // The two that the examples speak of. GoatCounter has addresses in common with us, so it has a site of its own.
  void register_sites() {
    Site site{"localhost", {}};
    site.dialects = {"countapi", "busuanzi", "hit-counter", "moe"};
    ASSERT_TRUE(registry->put_site(site));
    site.name = "example.org";
    site.dialects = {"goatcounter"};
    ASSERT_TRUE(registry->put_site(site));
  }

  static std::string lower(Method method) {
    std::string name(name_of(method));
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name;
  }
  // The operation of a route; null: it is not described.
  const json::object* operation(const Route& route) {
    const json::value* path = document_.at("paths").as_object().if_contains(route.pattern);
    if (path == nullptr) return nullptr;
    const json::value* found = path->as_object().if_contains(lower(route.method));
    return found == nullptr ? nullptr : &found->as_object();
  }
  // What a value is, or what it points to.
  const json::object& resolved(const json::value& value) {
    const json::value* pointer = value.as_object().if_contains("$ref");
    if (pointer == nullptr) return value.as_object();
    const std::string_view text = pointer->as_string();
    const json::value* found = nullptr;
    const auto* document = &document_;
    std::string_view rest = text.substr(2);  // "#/"
    while (!rest.empty()) {
      const std::size_t end = rest.find('/');
      found = document == nullptr ? nullptr : document->if_contains(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      if (found == nullptr) break;
      document = found->if_object();
    }
    EXPECT_NE(found, nullptr) << text << " points nowhere";
    static const json::object nothing;
    return found == nullptr ? nothing : found->as_object();
  }
  std::set<std::string> texts(const json::value& list) {
    std::set<std::string> found;
    for (const json::value& text : list.as_array()) found.emplace(text.as_string());
    return found;
  }
  const json::value& schema(const char* name) { return document_.at("components").at("schemas").at(name); }

  json::object document_;
};

// --- both ways ---

TEST_F(OpenApi, DescribesEveryRoute) {
  for (const Route& route : router.routes()) {
    EXPECT_NE(operation(route), nullptr) << name_of(route.method) << " " << route.pattern;
  }
}

TEST_F(OpenApi, DescribesNothingElse) {
  std::set<std::string> routes;
  for (const Route& route : router.routes()) routes.insert(lower(route.method) + " " + std::string(route.pattern));
  for (const auto& [path, operations] : document_.at("paths").as_object()) {
    for (const auto& [method, operation] : operations.as_object()) {
      EXPECT_TRUE(routes.contains(std::string(method) + " " + std::string(path))) << method << " " << path;
    }
  }
}

TEST_F(OpenApi, SaysWhoMayCallEachRoute) {
  for (const Route& route : router.routes()) {
    SCOPED_TRACE(std::string(name_of(route.method)) + " " + std::string(route.pattern));
    const json::object* described = operation(route);
    ASSERT_NE(described, nullptr);
    std::set<std::string> roles;
    bool anyone = described->at("security").as_array().empty();
    for (const json::value& way : described->at("security").as_array()) {
      anyone = anyone || way.as_object().empty();
      for (const auto& [scheme, needed] : way.as_object()) {
        EXPECT_TRUE(document_.at("components").at("securitySchemes").as_object().contains(scheme));
        for (const json::value& role : needed.as_array()) roles.emplace(role.as_string());
      }
    }
    EXPECT_EQ(anyone, route.access == Access::anyone);
    if (!anyone) {
      EXPECT_EQ(roles, std::set<std::string>{std::string(name_of(route.access))});
    }
  }
}

TEST_F(OpenApi, SaysHowLongEachBodyMayBe) {
  for (const Route& route : router.routes()) {
    SCOPED_TRACE(std::string(name_of(route.method)) + " " + std::string(route.pattern));
    const json::object* described = operation(route);
    ASSERT_NE(described, nullptr);
    const json::value* body = described->if_contains("requestBody");
    EXPECT_EQ(body == nullptr, route.body_bytes_max == 0);
    if (body != nullptr) {
      EXPECT_EQ(body->at("x-body-bytes-max"), route.body_bytes_max);
    }
  }
}

TEST_F(OpenApi, NamesTheKeyOfEachPathThatHasOne) {
  for (const Route& route : router.routes()) {
    if (route.method == Method::options) continue;
    SCOPED_TRACE(route.pattern);
    bool named = false;
    if (const json::value* parameters = operation(route)->if_contains("parameters")) {
      for (const json::value& parameter : parameters->as_array()) {
        const json::object& described = resolved(parameter);
        named = named || (described.at("in") == "path" && described.at("name") == "key");
      }
    }
    EXPECT_EQ(named, route.pattern.find("{key}") != std::string_view::npos);
  }
}

// --- it hangs together ---

void for_each_reference(const json::value& value, const std::function<void(const json::value&)>& use) {
  if (const auto* object = value.if_object()) {
    if (object->contains("$ref")) use(value);
    for (const auto& [name, member] : *object) for_each_reference(member, use);
  } else if (const auto* array = value.if_array()) {
    for (const json::value& member : *array) for_each_reference(member, use);
  }
}

TEST_F(OpenApi, PointsOnlyToWhatIsThere) {
  int references = 0;
  for_each_reference(document_, [&](const json::value& reference) {
    ++references;
    EXPECT_FALSE(resolved(reference).empty());
  });
  EXPECT_GT(references, 100);
}

TEST_F(OpenApi, NamesEachOperationOnceAndSaysWhatItIsFor) {
  EXPECT_EQ(document_.at("openapi"), "3.1.0");
  std::set<std::string> tags;
  for (const json::value& tag : document_.at("tags").as_array()) tags.emplace(tag.at("name").as_string());
  std::set<std::string> names;
  for (const auto& [path, operations] : document_.at("paths").as_object()) {
    for (const auto& [method, described] : operations.as_object()) {
      SCOPED_TRACE(std::string(method) + " " + std::string(path));
      EXPECT_TRUE(names.emplace(described.at("operationId").as_string()).second);
      EXPECT_FALSE(described.at("summary").as_string().empty());
      for (const json::value& tag : described.at("tags").as_array()) {
        EXPECT_TRUE(tags.contains(std::string(tag.as_string())));
      }
      EXPECT_FALSE(described.at("responses").as_object().empty());
    }
  }
}

TEST_F(OpenApi, KnowsTheNamesThatTheCodeKnows) {
  std::set<std::string> metrics, dimensions{"time"}, kinds, sources, codes, roles;
  for (int i = 0; i <= static_cast<int>(Metric::percentage); ++i) metrics.emplace(name_of(static_cast<Metric>(i)));
  for (int i = 0; i <= static_cast<int>(Dimension::time_month); ++i) {
    const auto dimension = static_cast<Dimension>(i);
    if (dimension != Dimension::event_props) dimensions.insert(text_of({dimension, ""}));
  }
  for (int i = 0; i <= static_cast<int>(Kind::event); ++i) kinds.emplace(name_of(static_cast<Kind>(i)));
  for (int i = 0; i <= static_cast<int>(Source::log); ++i) sources.emplace(name_of(static_cast<Source>(i)));
  for (int i = 0; i <= static_cast<int>(ErrorCode::failed); ++i) codes.emplace(name_of(static_cast<ErrorCode>(i)));
  for (const Role role : {Role::ingest, Role::read, Role::admin}) roles.emplace(name_of(role));
  EXPECT_EQ(texts(schema("Metric").at("enum")), metrics);
  EXPECT_EQ(texts(schema("Dimension").at("anyOf").as_array().at(0).at("enum")), dimensions);
  EXPECT_EQ(texts(schema("Kind").at("enum")), kinds);
  EXPECT_EQ(texts(schema("Source").at("enum")), sources);
  EXPECT_EQ(texts(schema("Problem").at("properties").at("code").at("enum")), codes);
  EXPECT_EQ(texts(schema("Role").at("enum")), roles);
  const auto& by = document_.at("paths").at("/api/visits/top").at("get").at("parameters").as_array().at(0);
  std::set<std::string> columns;
  for (int i = 0; i <= static_cast<int>(TopBy::source); ++i) columns.emplace(name_of(static_cast<TopBy>(i)));
  EXPECT_EQ(texts(by.at("schema").at("enum")), columns);
}

// --- and it is true ---

class OpenApiExamples : public OpenApi {
 protected:
  // The target that the examples of the parameters make.
  std::string target(const Route& route, const json::object& described) {
    std::string path(route.pattern), query;
    const json::value* parameters = described.if_contains("parameters");
    if (parameters == nullptr) return path;
    for (const json::value& parameter : parameters->as_array()) {
      const json::object& one = resolved(parameter);
      const json::value* example = one.if_contains("example");
      if (example == nullptr) continue;
      const std::string text(example->as_string());
      if (one.at("in") == "path") {
        path.replace(path.find("{key}"), 5, text);
      } else if (one.at("in") == "query") {
        query += (query.empty() ? "?" : "&") + std::string(one.at("name").as_string()) + "=" + text;
      }
    }
    return path + query;
  }
  // The headers that the examples of the parameters make.
  Headers headers(const json::object& described) {
    Headers found;
    const json::value* parameters = described.if_contains("parameters");
    if (parameters == nullptr) return found;
    for (const json::value& parameter : parameters->as_array()) {
      const json::object& one = resolved(parameter);
      const json::value* example = one.if_contains("example");
      if (example == nullptr || one.at("in") != "header") continue;
      found.push_back({one.at("name").as_string(), example->as_string()});
    }
    return found;
  }
  // The bodies it shows; one that is empty where it shows none.
  static std::vector<std::string> bodies(const json::object& described) {
    const json::value* body = described.if_contains("requestBody");
    std::vector<std::string> found;
    if (body != nullptr) {
      const json::object& content = body->at("content").as_object().begin()->value().as_object();
      const auto add = [&](const json::value& value) {
        found.push_back(value.is_string() ? std::string(value.as_string()) : json::serialize(value));
      };
      if (const json::value* example = content.if_contains("example")) add(*example);
      if (const json::value* examples = content.if_contains("examples")) {
        for (const auto& [name, example] : examples->as_object()) add(example.at("value"));
      }
    }
    if (found.empty()) found.emplace_back();
    return found;
  }
  // The members that a schema requires, where the value is an object.
  void expect_required(const json::value& value, const json::value& schema_or_reference) {
    const json::object& wanted = resolved(schema_or_reference);
    const json::value* required = wanted.if_contains("required");
    if (required == nullptr || !value.is_object()) return;
    for (const std::string& name : texts(*required)) {
      EXPECT_TRUE(value.as_object().contains(name)) << name << " is missing in " << json::serialize(value);
    }
    const json::value* properties = wanted.if_contains("properties");
    if (properties == nullptr) return;
    for (const auto& [name, member] : value.as_object()) {
      const json::value* described = properties->as_object().if_contains(name);
      EXPECT_NE(described, nullptr) << name << " is not described";
      if (described == nullptr) continue;
      const json::object& of = resolved(*described);
      if (const json::value* items = of.if_contains("items"); items != nullptr && member.is_array()) {
        for (const json::value& item : member.as_array()) expect_required(item, *items);
      } else {
        expect_required(member, *described);
      }
    }
  }
  // The answer is one that the document tells of.
  void expect_described(const json::object& described, const Answer& answer) {
    const json::value* response = described.at("responses").as_object().if_contains(std::to_string(answer.status));
    ASSERT_NE(response, nullptr) << answer.status << " is not described: " << answer.body;
    const json::value* content = resolved(*response).if_contains("content");
    if (answer.body.empty() || content == nullptr) return;
    const std::string type = answer.header("content-type");
    const json::value* of_type = content->as_object().if_contains(type.substr(0, type.find(';')));
    ASSERT_NE(of_type, nullptr) << type << " is not described for " << answer.status;
    const auto body = parse_json(answer.body);
    if (type.find("json") == std::string::npos || !body) return;
    if (const json::value* shown = of_type->as_object().if_contains("schema")) expect_required(*body, *shown);
  }
};

TEST_F(OpenApiExamples, AreAnsweredAsTheDocumentSays) {
  as(admin);
  post("/api/visits", R"({"site":"localhost","path":"/about"})");
  // A counter of which there is something to tell.
  session = "of the winner";
  send(Method::put, "/api/counters/likes?site=localhost", R"({"winners":{"every":2,"random":{"one_in":9}}})");
  for (int i = 0; i < 2; ++i) post("/api/counters/likes/increment?site=localhost", "");
  for (const Route& route : router.routes()) {
    const json::object* described = operation(route);
    ASSERT_NE(described, nullptr);
    for (const std::string& body : bodies(*described)) {
      for (const std::string& token : {admin, std::string(), read, ingest, std::string("nonsense")}) {
        const std::string where = target(route, *described);
        SCOPED_TRACE(std::string(name_of(route.method)) + " " + where + " " + body + " by " +
                     token.substr(0, token.rfind('_')));
        process();
        register_sites();  // the examples before may have changed them
        as(token);
        const Answer answer = send(route.method, where, body, headers(*described));
        expect_described(*described, answer);
        // Ids in the examples are of no visit, site or token, and the login's token is cut short.
        const bool is_made_up = where.find("01a1fd58") != std::string::npos || route.method == Method::del ||
                                route.pattern == "/api/login" || route.pattern == "/dashboard/{key}";
        if (token == admin) {
          EXPECT_TRUE(answer.status < 400 || is_made_up) << answer.body;
        }
        clock.advance(std::chrono::hours(1));
      }
    }
  }
}

TEST_F(OpenApiExamples, OfAnswersHaveWhatTheirSchemasRequire) {
  for (const auto& [path, operations] : document_.at("paths").as_object()) {
    for (const auto& [method, described] : operations.as_object()) {
      for (const auto& [status, response] : described.at("responses").as_object()) {
        const json::value* content = resolved(response).if_contains("content");
        if (content == nullptr) continue;
        for (const auto& [type, shown] : content->as_object()) {
          SCOPED_TRACE(std::string(method) + " " + std::string(path) + " " + std::string(status));
          if (const json::value* example = shown.as_object().if_contains("example")) {
            expect_required(*example, shown.at("schema"));
          }
        }
      }
    }
  }
}

// --- the manual ---

class Manual : public OpenApi {
 protected:
  [[nodiscard]] bool names(const std::string& text) const { return manual_.find(text) != std::string::npos; }
  std::string manual_ = read_file("docs/api.md");
};

TEST_F(Manual, NamesEveryRoute) {
  for (const Route& route : router.routes()) {
    if (route.method == Method::options) continue;
    const std::string text = std::string(name_of(route.method)) + " " + std::string(route.pattern);
    EXPECT_TRUE(names("`" + text)) << text;
  }
}

TEST_F(Manual, ExplainsEveryMetricDimensionColumnAndCode) {
  for (const char* name : {"Metric", "Kind", "Source", "Role"}) {
    for (const std::string& text : texts(schema(name).at("enum"))) EXPECT_TRUE(names("`" + text + "`")) << text;
  }
  for (const std::string& text : texts(schema("Dimension").at("anyOf").as_array().at(0).at("enum"))) {
    EXPECT_TRUE(names("`" + text + "`")) << text;
  }
  for (const std::string& text : texts(schema("Problem").at("properties").at("code").at("enum"))) {
    EXPECT_TRUE(names("`" + text + "`")) << text;
  }
  for (const std::string& text : texts(schema("Visit").at("required"))) EXPECT_TRUE(names("`" + text + "`")) << text;
  for (const char* text : {"event:props:NAME", "auto", "common", "combined", "combined-with-host"}) {
    EXPECT_TRUE(names("`" + std::string(text) + "`")) << text;
  }
}

}  // namespace
}  // namespace footfall
