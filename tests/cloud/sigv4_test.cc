// Signature Version 4 against what AWS has published: cases of its test suite, and the worked example of its manual.

#include "adapters/aws/sigv4.h"

#include <gtest/gtest.h>

#include "adapters/openssl_crypto/openssl_crypto.h"

namespace footfall::aws {
namespace {

const Credentials example{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

std::string signed_by(std::string_view method, std::string_view target, std::string_view body, Headers headers,
                      const Credentials& credentials = example, const SigningScope& scope = {"us-east-1", "service"}) {
  const OpensslCrypto crypto;
  sign(headers, method, target, body, credentials, scope, *parse_time("2015-08-30T12:36:00Z"), crypto);
  EXPECT_EQ(headers.back().first, "Authorization");
  return headers.back().second;
}

std::string signature_in(const std::string& authorization) {
  return authorization.substr(authorization.find("Signature=") + 10);
}

TEST(Sigv4, MakesTheSignaturesOfThePublishedTestSuite) {
  struct Row {
    const char* name;
    const char* method;
    const char* target;
    const char* body;
    Headers headers;
    const char* signature;
  };
  const std::pair<std::string, std::string> host{"Host", "example.amazonaws.com"};
  for (const Row& row : {
           Row{"get-vanilla",
               "GET",
               "/",
               "",
               {host},
               "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
           Row{"post-vanilla",
               "POST",
               "/",
               "",
               {host},
               "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
           Row{"get-vanilla-query-order-key-case",
               "GET",
               "/?Param2=value2&Param1=value1",
               "",
               {host},
               "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
           Row{"post-x-www-form-urlencoded",
               "POST",
               "/",
               "Param1=value1",
               {host, {"Content-Type", "application/x-www-form-urlencoded"}},
               "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
           Row{"post-header-key-sort",
               "POST",
               "/",
               "",
               {host, {"My-Header1", "value1"}},
               "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
       }) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(signature_in(signed_by(row.method, row.target, row.body, row.headers)), row.signature);
  }
}

TEST(Sigv4, MakesTheSignatureOfTheManualsExample) {
  const std::string authorization =
      signed_by("GET", "/?Action=ListUsers&Version=2010-05-08", "",
                {{"Host", "iam.amazonaws.com"}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
                example, {"us-east-1", "iam"});
  EXPECT_EQ(authorization,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(Sigv4, SignsTheTokenOfTemporaryCredentials) {
  Credentials temporary = example;
  temporary.session_token = "token";
  const std::string authorization = signed_by("POST", "/", "{}", {{"Host", "h"}}, temporary);
  EXPECT_NE(authorization.find("SignedHeaders=host;x-amz-date;x-amz-security-token,"), std::string::npos);
  EXPECT_NE(signature_in(authorization), signature_in(signed_by("POST", "/", "{}", {{"Host", "h"}})));
}

TEST(Sigv4, SpacesInAHeaderCountOnce) {
  EXPECT_EQ(signature_in(signed_by("GET", "/", "", {{"Host", "h"}, {"My-Header1", "  a   b  "}})),
            signature_in(signed_by("GET", "/", "", {{"Host", "h"}, {"my-header1", "a b"}})));
}

}  // namespace
}  // namespace footfall::aws
