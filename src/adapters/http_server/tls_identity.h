// Who a server is under TLS: a certificate, those that lead from it to a root, and the private key.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

struct x509_st;      // OpenSSL's X509
struct evp_pkey_st;  // and EVP_PKEY

namespace footfall {

struct TlsIdentity {
  std::shared_ptr<x509_st> certificate;  // shared, as OpenSSL counts them too
  std::vector<std::shared_ptr<x509_st>> chain;
  std::shared_ptr<evp_pkey_st> key;
  std::chrono::sys_seconds good_from;
  std::chrono::sys_seconds good_until;
  std::string name;                 // the first host name it is for, or its subject
  bool key_is_open_to_all = false;  // every user of this machine may read the key's file
};

// Reads and checks both files.
//   errors  not_found, forbidden, failed  a file cannot be read
//           invalid                       it holds no such thing, or the two do not belong together
Result<TlsIdentity> read_identity(const std::string& certificate_file, const std::string& key_file);

}  // namespace footfall
