#include "adapters/http_server/tls_identity.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace footfall {
namespace {

// A chain of four with large keys has about 10 kB.
constexpr std::size_t file_bytes_max = 1'048'576;

struct FileText {
  std::string bytes;
  mode_t mode = 0;
};

Error cannot_read(const std::string& what, int problem) {
  const ErrorCode code = problem == ENOENT   ? ErrorCode::not_found
                         : problem == EACCES ? ErrorCode::forbidden
                                             : ErrorCode::failed;
  return {code, "cannot read " + what + ": " + std::strerror(problem)};  // NOLINT(concurrency-mt-unsafe)
}

Result<FileText> read_file(const std::string& name, const std::string& what) {
  const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return cannot_read(what, errno);
  FileText text;
  struct stat status {};
  int problem = ::fstat(file, &status) != 0 ? errno : S_ISREG(status.st_mode) ? 0 : EISDIR;
  text.mode = status.st_mode;
  std::array<char, 8'192> piece{};
  while (problem == 0) {
    const ssize_t got = ::read(file, piece.data(), piece.size());
    if (got == 0) break;
    if (got < 0) {
      problem = errno;
    } else {
      text.bytes.append(piece.data(), static_cast<std::size_t>(got));
      if (text.bytes.size() > file_bytes_max) problem = EFBIG;
    }
  }
  ::close(file);
  if (problem != 0) return cannot_read(what, problem);
  return text;
}

// The last thing OpenSSL said, for a person.
std::string openssl_reason() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason == nullptr ? "" : std::string(": ") + reason;
  ERR_clear_error();
  return text;
}

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio bio_of(const std::string& bytes) {
  return {BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), BIO_free};
}

// Where a passphrase would be asked for at the terminal: a server has nobody to ask.
int no_passphrase(char*, int, int, void*) { return -1; }

std::shared_ptr<X509> next_certificate(BIO* from) {
  return {PEM_read_bio_X509(from, nullptr, no_passphrase, nullptr), X509_free};
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

std::string host_of(X509* certificate) {
  std::string name;
  auto* const names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && name.empty(); ++i) {
    const GENERAL_NAME* const entry = sk_GENERAL_NAME_value(names, i);
    if (entry->type != GEN_DNS) continue;
    name.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(entry->d.dNSName)),
                static_cast<std::size_t>(ASN1_STRING_length(entry->d.dNSName)));
  }
  GENERAL_NAMES_free(names);
  if (!name.empty()) return name;
  std::array<char, 256> subject{};
  X509_NAME_oneline(X509_get_subject_name(certificate), subject.data(), static_cast<int>(subject.size()));
  return subject.data();
}

Result<Done> read_certificates(const std::string& file, TlsIdentity& identity) {
  const std::string what = "the TLS certificate " + file;
  const auto text = read_file(file, what);
  if (!text) return text.error();
  const Bio bio = bio_of(text->bytes);
  ERR_clear_error();
  identity.certificate = next_certificate(bio.get());
  if (identity.certificate == nullptr) {
    return Error{ErrorCode::invalid, what + " holds no certificate in PEM" + openssl_reason()};
  }
  while (auto certificate = next_certificate(bio.get())) identity.chain.push_back(std::move(certificate));
  // "No start line" is how the end of the file shows; all else is a damaged certificate.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = openssl_reason();
  if (!at_end) return Error{ErrorCode::invalid, what + " is damaged" + reason};
  identity.good_from = time_of(X509_get0_notBefore(identity.certificate.get()));
  identity.good_until = time_of(X509_get0_notAfter(identity.certificate.get()));
  identity.name = host_of(identity.certificate.get());
  return Done{};
}

Result<Done> read_key(const std::string& file, TlsIdentity& identity) {
  const std::string what = "the TLS key " + file;
  auto text = read_file(file, what);
  if (!text) return text.error();
  identity.key_is_open_to_all = (text->mode & S_IROTH) != 0;
  const Bio bio = bio_of(text->bytes);
  ERR_clear_error();
  identity.key = {PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free};
  const bool encrypted = text->bytes.find("ENCRYPTED") != std::string::npos;
  OPENSSL_cleanse(text->bytes.data(), text->bytes.size());
  if (identity.key != nullptr) return Done{};
  const std::string reason = openssl_reason();
  if (encrypted) return Error{ErrorCode::invalid, what + " is encrypted: it must be kept without a passphrase"};
  return Error{ErrorCode::invalid, what + " holds no private key in PEM" + reason};
}

}  // namespace

Result<TlsIdentity> read_identity(const std::string& certificate_file, const std::string& key_file) {
  TlsIdentity identity;
  if (auto read = read_certificates(certificate_file, identity); !read) return read.error();
  if (auto read = read_key(key_file, identity); !read) return read.error();
  if (X509_check_private_key(identity.certificate.get(), identity.key.get()) != 1) {
    ERR_clear_error();
    return Error{ErrorCode::invalid,
                 "the TLS key " + key_file + " is not that of the first certificate in " + certificate_file};
  }
  return identity;
}

}  // namespace footfall
